package dingtalk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// The rights that an app can lack.
const (
	rightMessage  = "qyapi_robot_sendmsg"
	rightDing     = "qyapi_robot_ding"
	rightContacts = "qyapi_get_member_by_mobile"
)

// World is a company's apps and groups. Its members are the stage's users, by their user_id.
type World struct {
	Apps   []App   `json:"apps,omitempty"`
	Groups []Group `json:"groups,omitempty"`
	// MonthlyCalls is how many calls the company's edition includes in a calendar month; 0 is without end.
	MonthlyCalls int `json:"monthly_calls,omitempty"`
}

// App is an internal app with a robot.
type App struct {
	Key    string `json:"app_key"`
	Secret string `json:"app_secret,omitempty"`
	// Robot is the robot's code, the app key if empty.
	Robot string `json:"robot_code,omitempty"`
	Name  string `json:"name"`
	// Visible are the user_ids that the app may reach; "*" is everybody.
	Visible []string `json:"visible"`
	// FlowControlled members get too many messages: none is delivered to them.
	FlowControlled []string `json:"flow_controlled,omitempty"`
	// Lacks are the rights that nobody granted.
	Lacks []string `json:"lacks,omitempty"`
	// DingSMS and DingPhone are how many DINGs are paid for; negative is without end.
	DingSMS   int  `json:"ding_sms"`
	DingPhone int  `json:"ding_phone"`
	NoLimits  bool `json:"no_limits,omitempty"`
}

// Group is a group that robots of apps are in.
type Group struct {
	ID   string `json:"open_conversation_id"`
	Name string `json:"name"`
	// Robots are robot codes; "*" is every one.
	Robots    []string `json:"robots"`
	Dissolved bool     `json:"dissolved,omitempty"`
	Stopped   bool     `json:"stopped,omitempty"`
}

// demo is what the sandbox starts with. Its secrets open nothing but the sandbox.
func demo() World {
	return World{
		//nolint:gosec // a credential of the sandbox, published in its manual
		Apps:         []App{{Key: "dingdemo", Secret: "dingtalk-demo-secret", Robot: "dingdemo", Name: "云锣告警", Visible: []string{"*"}, DingSMS: -1, DingPhone: -1}},
		Groups:       []Group{{ID: "cidDemo==", Name: "钉钉值班群", Robots: []string{"*"}}},
		MonthlyCalls: 10_000,
	}
}

func appAccount() stage.Account {
	return stage.Account{
		Name: "dingtalk-app-demo", Type: typeApp, Title: "演示用钉钉应用",
		Settings: []stage.Setting{
			{Name: "app_key", Value: "dingdemo"},
			{Name: "app_secret", Value: "dingtalk-demo-secret"},
			{Name: "base_url", Value: "{url}"},
		},
		To: []string{"person:lilei", "chat:cidDemo=="},
	}
}

func (w World) app(key string) (App, bool) {
	i := slices.IndexFunc(w.Apps, func(a App) bool { return a.Key == key })
	if i < 0 {
		return App{}, false
	}
	return w.Apps[i], true
}

func (a App) lacks(right string) bool { return slices.Contains(a.Lacks, right) }

func (a App) robot() string {
	if a.Robot == "" {
		return a.Key
	}
	return a.Robot
}

// reaches tells whether the app may see a member, who is still one.
func (a App) reaches(u stage.User) bool {
	return !u.Resigned && (slices.Contains(a.Visible, "*") || slices.Contains(a.Visible, u.UserID))
}

// add takes a World in JSON; what has the same id is replaced.
func (p *appPlay) add(raw json.RawMessage) error {
	var more World
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&more); err != nil {
		return fmt.Errorf("read the company: %w", err)
	}
	for _, a := range more.Apps {
		if a.Key == "" || a.Secret == "" {
			return errors.New("an app needs an app_key and an app_secret")
		}
	}
	for _, g := range more.Groups {
		if g.ID == "" || g.Name == "" {
			return errors.New("a group needs an open_conversation_id and a name")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &p.world
	w.Apps = stage.Replace(w.Apps, more.Apps, func(a App) string { return a.Key })
	w.Groups = stage.Replace(w.Groups, more.Groups, func(g Group) string { return g.ID })
	if more.MonthlyCalls != 0 {
		w.MonthlyCalls = max(more.MonthlyCalls, 0)
	}
	return nil
}

func (p *appPlay) view() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.world
	w.Apps = slices.Clone(w.Apps)
	for i := range w.Apps {
		w.Apps[i].Secret = ""
	}
	return w
}

// places are the first person and the groups.
func (p *appPlay) places() []stage.Conversation {
	list := []stage.Conversation{p.person("li_lei")}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, g := range p.world.Groups {
		list = append(list, g.conversation())
	}
	return list
}

func (g Group) conversation() stage.Conversation {
	return stage.Conversation{ID: "dingtalk:group:" + g.ID, Kind: "group", Name: g.Name}
}

func (g Group) has(robot string) bool {
	return slices.Contains(g.Robots, "*") || slices.Contains(g.Robots, robot)
}

// person is the conversation of a robot with a member.
func (p *appPlay) person(id string) stage.Conversation {
	name := id
	if u, found := p.member(id); found {
		name = u.Name
	}
	return stage.Conversation{ID: "dingtalk:person:" + id, Kind: "staff", Name: name}
}

func (p *appPlay) member(id string) (stage.User, bool) {
	return p.stage.UserBy(func(u *stage.User) bool { return u.UserID == id })
}

func (p *appPlay) sender(m stage.Message) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	app, _ := p.world.app(m.App)
	return app.Name
}
