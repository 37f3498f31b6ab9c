package feishu

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// typeRobot is the account type of a group's robot.
const typeRobot = "feishu_robot"

// The codes of a robot's webhook, all of them with HTTP 200, and its limits.
// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
const (
	robotToken    = 19001
	robotSign     = 19021
	robotAddress  = 19022
	robotKeyword  = 19024
	robotTooFast  = 11232
	maxRobotBody  = 20 << 10
	maxRobotSkew  = time.Hour
	robotKind     = "robot"
	robotConvHead = "feishu:robot:"
)

// World is what only this play knows: groups' robots.
type World struct {
	Robots []Robot `json:"robots,omitempty"`
}

// Robot is a custom robot of a group.
type Robot struct {
	Token  string `json:"token"`
	Secret string `json:"secret,omitempty"`
	Group  string `json:"group"`
	// Members are user_ids of the group; "*" is everybody.
	Members []string `json:"members"`
	// Keywords are the robot's: a message must hold one. AllowIPs are addresses or CIDRs.
	Keywords []string `json:"keywords,omitempty"`
	AllowIPs []string `json:"allow_ips,omitempty"`
	NoLimits bool     `json:"no_limits,omitempty"`
}

// robots are the robots of the play.
type robots struct {
	stage *stage.Stage

	mu    sync.Mutex
	world World
}

func newRobots(s *stage.Stage) *robots {
	return &robots{stage: s, world: World{Robots: []Robot{
		//nolint:gosec // a credential of the sandbox, published in its manual
		{Token: "demo-feishu-robot-token", Secret: "feishu-robot-demo-secret", Group: "飞书运维群", Members: []string{"li_lei", "han_meimei", "wang_fang"}},
	}}}
}

func robotAccount() stage.Account {
	return stage.Account{
		Name: "feishu-robot-demo", Type: typeRobot, Title: "演示用飞书机器人", Mention: []string{"user:ou_demo_lilei"},
		Settings: []stage.Setting{
			{Name: "token", Value: "demo-feishu-robot-token"}, {Name: "secret", Value: "feishu-robot-demo-secret"}, {Name: "base_url", Value: "{url}"},
		},
	}
}

// add takes a World in JSON; what has the same token is replaced.
func (r *robots) add(raw json.RawMessage) error {
	var more World
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&more); err != nil {
		return fmt.Errorf("read the robots: %w", err)
	}
	for _, one := range more.Robots {
		if one.Token == "" || one.Group == "" {
			return errors.New("a robot needs a token and a group")
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.world.Robots = stage.Replace(r.world.Robots, more.Robots, func(one Robot) string { return one.Token })
	return nil
}

func (r *robots) all() []Robot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.world.Robots)
}

func (r *robots) view() any {
	w := World{Robots: r.all()}
	for i := range w.Robots {
		w.Robots[i].Token, w.Robots[i].Secret = stage.Mask(w.Robots[i].Token), ""
	}
	return w
}

func (r *robots) places() (list []stage.Conversation) {
	for _, one := range r.all() {
		list = append(list, one.conversation())
	}
	return list
}

func (r Robot) conversation() stage.Conversation {
	return stage.Conversation{ID: robotConvHead + r.Group, Kind: robotKind, Name: r.Group}
}

// hooked is what a robot takes.
type hooked struct {
	Time    json.RawMessage `json:"timestamp"`
	Sign    string          `json:"sign"`
	Type    string          `json:"msg_type"`
	Content json.RawMessage `json:"content"`
	Card    json.RawMessage `json:"card"`
}

// answerRobot is how a webhook answers: HTTP 200 whatever it is.
func answerRobot(code int, text string) stage.Answer {
	body := map[string]any{"code": code, "msg": text, "data": map[string]any{}}
	if code == 0 {
		body["StatusCode"], body["StatusMessage"] = 0, "success"
	}
	// Strings and numbers always marshal.
	raw, _ := json.Marshal(body)
	return stage.Answer{Status: http.StatusOK, Body: raw, Outcome: strconv.Itoa(code)}
}

// serve checks in this order: robot, security, rate, message.
func (r *robots) serve(c *stage.Call) stage.Answer {
	all := r.all()
	i := slices.IndexFunc(all, func(one Robot) bool { return one.Token == c.PathValue("token") })
	var in hooked
	switch {
	case i < 0:
		return answerRobot(robotToken, "param invalid: incoming webhook access token invalid")
	case len(c.Body) > maxRobotBody || json.Unmarshal(c.Body, &in) != nil:
		return answerRobot(codeBadRequest, "Bad Request")
	}
	robot := all[i]
	switch ip := stage.CallerIP(c); {
	case robot.Secret != "" && !r.signed(robot, in):
		return answerRobot(robotSign, "sign match fail or timestamp is not within one hour from current time")
	case len(robot.AllowIPs) > 0 && !stage.Allowed(robot.AllowIPs, ip):
		return answerRobot(robotAddress, "Ip Not Allowed")
	case !robot.NoLimits && r.stage.Take("feishu/robot/"+robot.Token, stage.Rate{Count: 100, Per: time.Minute}, stage.Rate{Count: 5, Per: time.Second}) > 0:
		return answerRobot(robotTooFast, "frequency limited")
	}
	mentions, err := in.read()
	switch {
	case err != nil:
		return answerRobot(codeBadRequest, "Bad Request: "+err.Error())
	case len(robot.Keywords) > 0 && !slices.ContainsFunc(robot.Keywords, func(k string) bool { return strings.Contains(string(c.Body), k) }):
		return answerRobot(robotKeyword, "Key Words Not Found")
	}
	content, err := json.Marshal(map[string]json.RawMessage{"msg_type": json.RawMessage(strconv.Quote(in.Type)), in.holder(): in.body()})
	if err != nil {
		return answerRobot(codeBadRequest, "Bad Request")
	}
	r.stage.Deliver(stage.Message{
		ID: r.stage.NewID("fr_"), Provider: Provider, Type: typeRobot, App: stage.Mask(robot.Token), Conversation: robot.conversation(),
		Form: in.Type, Content: content, Mentions: r.judge(robot, mentions),
		Request: &stage.Request{Method: c.Method, Path: "/open-apis/bot/v2/hook/" + stage.Mask(robot.Token), Body: string(content)},
	}, "", 0)
	return answerRobot(0, "success")
}

func (h hooked) holder() string {
	if h.Type == "interactive" {
		return "card"
	}
	return "content"
}

func (h hooked) body() json.RawMessage {
	if h.Type == "interactive" {
		return h.Card
	}
	return h.Content
}

// signed checks the signature: of nothing, with the time in seconds and the secret as the key.
func (r *robots) signed(robot Robot, in hooked) bool {
	words := strings.Trim(string(in.Time), `"`)
	seconds, err := strconv.ParseInt(words, 10, 64)
	if err != nil || r.stage.Now().Sub(time.Unix(seconds, 0)).Abs() > maxRobotSkew {
		return false
	}
	return hmac.Equal([]byte(in.Sign), []byte(SignRobot(robot.Secret, seconds)))
}

// SignRobot is the signature that a robot with this secret asks for at a time in seconds.
func SignRobot(secret string, seconds int64) string {
	mac := hmac.New(sha256.New, []byte(strconv.FormatInt(seconds, 10)+"\n"+secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// read checks a message's form and finds whom it names.
func (h hooked) read() ([]mention, error) {
	switch h.Type {
	case "text":
		return readText(string(h.Content))
	case "post":
		var outer struct {
			Post json.RawMessage `json:"post"`
		}
		if json.Unmarshal(h.Content, &outer) != nil || outer.Post == nil {
			return nil, errors.New("content lacks post")
		}
		return readPost(string(outer.Post))
	case "interactive":
		if len(h.Card) == 0 || h.Card[0] != '{' {
			return nil, errors.New("card must be an object")
		}
		c, err := readCard(string(h.Card))
		if err != nil {
			return nil, err
		}
		return c.mentions, nil
	default:
		return nil, errors.New("params error, msg_type need")
	}
}

// judge decides whom a message notifies: only open_ids of the group's members count.
func (r *robots) judge(robot Robot, ids []mention) []stage.Mention {
	var found []stage.Mention
	for _, m := range ids {
		out := stage.Mention{ID: m.id}
		u, _, known := r.stage.UserByOpenID(m.id)
		switch {
		case m.id == "all":
			out.Name, out.Notified = "所有人", true
		case !known:
			out.Why = "nobody has this id"
		case !member(robot.Members, u.UserID) || u.Resigned:
			out.Name, out.Why = u.Name, "not in this group"
		default:
			out.Name, out.Notified = u.Name, true
		}
		found = append(found, out)
	}
	return found
}
