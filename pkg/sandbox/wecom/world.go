package wecom

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// World is a company in WeCom. Its members are the stage's users, by their user_id.
type World struct {
	CorpID      string       `json:"corp_id"`
	Apps        []App        `json:"apps,omitempty"`
	Departments []Department `json:"departments,omitempty"`
	Tags        []Department `json:"tags,omitempty"`
	// Unlicensed members cannot be reached by an app.
	Unlicensed []string `json:"unlicensed,omitempty"`
	Robots     []Robot  `json:"robots,omitempty"`
	// Callers are the agent_ids of the apps that may make emergency calls, Calls how many are paid for; negative is
	// without end. Silent members answer none.
	Callers []int    `json:"callers,omitempty"`
	Calls   int      `json:"calls,omitempty"`
	Silent  []string `json:"silent,omitempty"`
}

// App is a self-built app.
type App struct {
	AgentID int    `json:"agent_id"`
	Secret  string `json:"corp_secret,omitempty"`
	Name    string `json:"name"`
	// Visible are the user_ids that the app may reach; "*" is everybody.
	Visible []string `json:"visible"`
	// TrustedIPs are the addresses that may call; none means any, as for apps made before June 2022.
	TrustedIPs []string `json:"trusted_ips,omitempty"`
	Disabled   bool     `json:"disabled,omitempty"`
	NoLimits   bool     `json:"no_limits,omitempty"`
}

// Department is a numbered set of members: a department or a tag.
type Department struct {
	ID      int      `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

// Robot is a robot of a group.
type Robot struct {
	Key     string   `json:"key"`
	Group   string   `json:"group"`
	Members []string `json:"members"`
}

// demo is the company that the sandbox starts with. Its secrets open nothing but the sandbox.
func demo() World {
	return World{
		CorpID: "wwdemo",
		//nolint:gosec // a credential of the sandbox, published in its manual
		Apps:        []App{{AgentID: 1000002, Secret: "wecom-demo-secret", Name: "云锣告警", Visible: []string{"*"}}},
		Departments: []Department{{ID: 1, Name: "研发中心", Members: []string{"li_lei", "han_meimei", "wang_fang"}}},
		Tags:        []Department{{ID: 1, Name: "值班", Members: []string{"li_lei"}}},
		Unlicensed:  []string{"john"},
		Robots:      []Robot{{Key: "demo-wecom-robot-key", Group: "企微运维群", Members: []string{"li_lei", "han_meimei"}}},
		Callers:     []int{1000002},
		Calls:       -1,
	}
}

func accounts() []stage.Account {
	return []stage.Account{{
		Name: "wecom-demo", Type: typeApp, Title: "演示用企业微信应用",
		Settings: []stage.Setting{
			{Name: "corp_id", Value: "wwdemo"},
			{Name: "agent_id", Value: "1000002"},
			{Name: "corp_secret", Value: "wecom-demo-secret"},
			{Name: "base_url", Value: "{url}"},
		},
		To: []string{"person:lilei"},
	}, {
		Name: "wecom-robot-demo", Type: typeRobot, Title: "演示用企业微信机器人",
		Settings: []stage.Setting{{Name: "key", Value: "demo-wecom-robot-key"}, {Name: "base_url", Value: "{url}"}}, Mention: []string{"person:lilei"},
	}, {
		Name: "wecom-call-demo", Type: typeCall, Title: "演示用企业微信紧急电话",
		Settings: []stage.Setting{{Name: "corp_id", Value: "wwdemo"}, {Name: "corp_secret", Value: "wecom-demo-secret"}, {Name: "base_url", Value: "{url}"}},
		To:       []string{"person:lilei"},
	}}
}

func (w World) appOf(match func(App) bool) (App, bool) {
	i := slices.IndexFunc(w.Apps, match)
	if i < 0 {
		return App{}, false
	}
	return w.Apps[i], true
}

// add takes a World in JSON; what has the same id is replaced.
func (p *play) add(raw json.RawMessage) error {
	var more World
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&more); err != nil {
		return fmt.Errorf("read the company: %w", err)
	}
	for _, a := range more.Apps {
		if a.AgentID <= 0 || a.Secret == "" {
			return errors.New("an app needs an agent_id and a corp_secret")
		}
	}
	for _, r := range more.Robots {
		if r.Key == "" || r.Group == "" {
			return errors.New("a robot needs a key and a group")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &p.world
	w.CorpID = cmp.Or(more.CorpID, w.CorpID)
	w.Apps = stage.Replace(w.Apps, more.Apps, func(a App) string { return strconv.Itoa(a.AgentID) })
	w.Departments = stage.Replace(w.Departments, more.Departments, func(d Department) string { return strconv.Itoa(d.ID) })
	w.Tags = stage.Replace(w.Tags, more.Tags, func(d Department) string { return strconv.Itoa(d.ID) })
	w.Robots = stage.Replace(w.Robots, more.Robots, func(r Robot) string { return r.Key })
	w.Unlicensed = append(w.Unlicensed, more.Unlicensed...)
	w.Silent = append(w.Silent, more.Silent...)
	w.Callers = stage.Replace(w.Callers, more.Callers, strconv.Itoa)
	if more.Calls != 0 {
		w.Calls = more.Calls
	}
	return nil
}

func (p *play) view() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.world
	w.Apps = slices.Clone(w.Apps)
	for i := range w.Apps {
		w.Apps[i].Secret = ""
	}
	w.Robots = slices.Clone(w.Robots)
	for i := range w.Robots {
		w.Robots[i].Key = stage.Mask(w.Robots[i].Key)
	}
	return w
}

// places are a member and the robots' groups.
func (p *play) places() []stage.Conversation {
	list := []stage.Conversation{p.conversation("user", "li_lei")}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.world.Robots {
		list = append(list, r.conversation())
	}
	return list
}

func (p *play) sender(m stage.Message) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	app, _ := p.world.appOf(func(a App) bool { return strconv.Itoa(a.AgentID) == m.App })
	return app.Name
}

// conversation is where a message to a member, department, tag or everybody is shown.
func (p *play) conversation(kind, id string) stage.Conversation {
	name := id
	p.mu.Lock()
	defer p.mu.Unlock()
	switch kind {
	case "user":
		if u, found := p.stage.UserBy(func(u *stage.User) bool { return strings.EqualFold(u.UserID, id) }); found {
			id, name = u.UserID, u.Name
		}
		kind = "member"
	case "party":
		name, kind = named(p.world.Departments, id), "department"
	case "tag":
		name, kind = named(p.world.Tags, id), "tag"
	default:
		name, kind = "全体成员", "everybody"
	}
	return stage.Conversation{ID: "wecom:" + kind + ":" + id, Kind: kind, Name: name}
}

func named(list []Department, id string) string {
	for _, d := range list {
		if strconv.Itoa(d.ID) == id {
			return d.Name
		}
	}
	return id
}
