package wecom

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// typeRobot is the account type of a group's robot.
const typeRobot = "wecom_robot"

// The limits of a robot. https://developer.work.weixin.qq.com/document/path/91770
const (
	robotPerMinute = 20
	maxMarkdown    = 4096
	codeForm       = codeMsgType
)

// post is what a robot is sent.
type post struct {
	Type string `json:"msgtype"`
	Text *struct {
		Content string   `json:"content"`
		Users   []string `json:"mentioned_list"`
		Mobiles []string `json:"mentioned_mobile_list"`
	} `json:"text"`
	Markdown  *content `json:"markdown"`
	Markdown2 *content `json:"markdown_v2"`
}

// serveRobot takes no token: the key is all.
func (p *play) serveRobot(c *stage.Call) stage.Answer {
	key := c.URL.Query().Get("key")
	p.mu.Lock()
	i := slices.IndexFunc(p.world.Robots, func(r Robot) bool { return r.Key == key })
	var robot Robot
	if i >= 0 {
		robot = p.world.Robots[i]
	}
	p.mu.Unlock()
	var in post
	switch {
	case i < 0:
		return refuse(codeWebhook, "invalid webhook url")
	case json.Unmarshal(c.Body, &in) != nil:
		return refuse(codeParameter, "invalid parameter: the body is no JSON of a message")
	case p.stage.Take("wecom/robot/"+key, stage.Rate{Count: robotPerMinute, Per: time.Minute}) > 0:
		return refuse(codeTooOften, "api freq out of limit")
	}
	said, most, refusal := in.words()
	switch {
	case refusal != nil:
		return *refusal
	case said == "":
		return refuse(codeEmpty, "empty content")
	case len(said) > most:
		return refuse(codeParameter, "content exceed max length")
	}
	p.stage.Deliver(stage.Message{
		ID: p.stage.NewID("wr_"), Provider: Provider, Type: typeRobot, App: stage.Mask(robot.Key), Conversation: robot.conversation(),
		Form: in.Type, Content: c.Body, Mentions: p.mentions(in, robot),
		Request: &stage.Request{Method: c.Method, Path: c.URL.Path, Body: string(c.Body)},
	}, "", 0)
	return ok(map[string]any{})
}

// words is what a message says, and how many bytes it may have.
func (in post) words() (said string, most int, refusal *stage.Answer) {
	switch in.Type {
	case "text":
		if in.Text != nil {
			said = in.Text.Content
		}
		return said, maxText, nil
	case "markdown":
		if in.Markdown != nil {
			said = in.Markdown.Content
		}
		return said, maxMarkdown, nil
	case "markdown_v2":
		if in.Markdown2 != nil {
			said = in.Markdown2.Content
		}
		return said, maxMarkdown, nil
	default:
		a := refuse(codeForm, "invalid message type")
		return "", 0, &a
	}
}

func (r Robot) conversation() stage.Conversation {
	return stage.Conversation{ID: "wecom:robot:" + r.Group, Kind: "robot", Name: r.Group}
}

var inlineMention = regexp.MustCompile(`<@([^<>]+)>`)

// mentions decides whom a message notifies: in text those of the lists, in markdown those written <@id>.
func (p *play) mentions(in post, robot Robot) []stage.Mention {
	var found []stage.Mention
	judge := func(id string, match func(*stage.User) bool) {
		if id == everybody {
			found = append(found, stage.Mention{ID: id, Name: "所有人", Notified: true})
			return
		}
		m := stage.Mention{ID: id}
		u, known := p.stage.UserBy(match)
		switch {
		case !known:
			m.Why = "nobody has this id"
		case u.Resigned, !slices.Contains(robot.Members, "*") && !slices.Contains(robot.Members, u.UserID):
			m.Why = "not in this group"
		default:
			m.Notified = true
		}
		m.Name = u.Name
		found = append(found, m)
	}
	byID := func(id string) { judge(id, func(u *stage.User) bool { return strings.EqualFold(u.UserID, id) }) }
	switch in.Type {
	case "text":
		for _, id := range in.Text.Users {
			byID(id)
		}
		for _, mobile := range in.Text.Mobiles {
			judge(mobile, func(u *stage.User) bool { return u.Mobile != "" && strings.TrimPrefix(u.Mobile, "+86") == mobile })
		}
	case "markdown":
		for _, m := range inlineMention.FindAllStringSubmatch(in.Markdown.Content, -1) {
			byID(m[1])
		}
	}
	return found
}
