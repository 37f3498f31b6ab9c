package dingtalk

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// post is what a robot takes; each type has its own object.
// https://open.dingtalk.com/document/orgapp/custom-bot-send-message-type.
type post struct {
	Type string `json:"msgtype"`
	UUID string `json:"msgUuid"`
	At   struct {
		Mobiles []string `json:"atMobiles"`
		UserIDs []string `json:"atUserIds"`
		All     bool     `json:"isAtAll"`
	} `json:"at"`
	Text *struct {
		Content string `json:"content"`
	} `json:"text"`
	Markdown *struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	} `json:"markdown"`
	Link *struct {
		Title      string `json:"title"`
		Text       string `json:"text"`
		MessageURL string `json:"messageUrl"`
	} `json:"link"`
	ActionCard *actionCard `json:"actionCard"`
	FeedCard   *struct {
		Links []struct {
			Title      string `json:"title"`
			MessageURL string `json:"messageURL"`
			PicURL     string `json:"picURL"`
		} `json:"links"`
	} `json:"feedCard"`
}

type actionCard struct {
	Title       string `json:"title"`
	Text        string `json:"text"`
	SingleTitle string `json:"singleTitle"`
	SingleURL   string `json:"singleURL"`
	Orientation string `json:"btnOrientation"`
	Buttons     []struct {
		Title string `json:"title"`
		URL   string `json:"actionURL"`
	} `json:"btns"`
}

// Errors of a message's form; the text is what DingTalk answers.
var (
	errForm = errors.New("msgtype is not supported")
	errAt   = errors.New("at holds more than 50 people")
)

// missingError is a field that a message type needs.
type missingError string

func (m missingError) Error() string { return "missing parameter " + string(m) }

// decode reads a message; said is all the text that people see, and mentionable whether the type
// shows mentions.
func decode(body []byte) (in post, said string, mentionable bool, err error) {
	if json.Unmarshal(body, &in) != nil {
		return post{}, "", false, missingError("json")
	}
	if len(in.At.Mobiles)+len(in.At.UserIDs) > maxAt {
		return post{}, "", false, errAt
	}
	switch in.Type {
	case "text":
		if in.Text == nil || in.Text.Content == "" {
			return post{}, "", false, missingError("text->content")
		}
		return in, in.Text.Content, true, nil
	case "markdown":
		if in.Markdown == nil || in.Markdown.Title == "" {
			return post{}, "", false, missingError("markdown->title")
		}
		if in.Markdown.Text == "" {
			return post{}, "", false, missingError("markdown->text")
		}
		return in, in.Markdown.Title + "\n" + in.Markdown.Text, true, nil
	case "link":
		if in.Link == nil || in.Link.Title == "" || in.Link.Text == "" || in.Link.MessageURL == "" {
			return post{}, "", false, missingError("link->title, text or messageUrl")
		}
		return in, in.Link.Title + "\n" + in.Link.Text, false, nil
	case "actionCard":
		said, err = in.ActionCard.check()
		return in, said, false, err
	case "feedCard":
		said, err = in.feed()
		return in, said, false, err
	default:
		return post{}, "", false, errForm
	}
}

// check wants either the single button, both its fields, or a list of buttons.
func (a *actionCard) check() (string, error) {
	switch {
	case a == nil || a.Title == "":
		return "", missingError("actionCard->title")
	case a.Text == "":
		return "", missingError("actionCard->text")
	case a.Orientation != "" && a.Orientation != "0" && a.Orientation != "1":
		return "", missingError("actionCard->btnOrientation")
	case len(a.Buttons) == 0 && a.SingleTitle == "":
		return "", missingError("actionCard->singleTitle")
	case len(a.Buttons) == 0 && a.SingleURL == "":
		return "", missingError("actionCard->singleURL")
	}
	for _, b := range a.Buttons {
		if b.Title == "" || b.URL == "" {
			return "", missingError("actionCard->btns->title or actionURL")
		}
	}
	return a.Title + "\n" + a.Text, nil
}

func (in *post) feed() (string, error) {
	if in.FeedCard == nil || len(in.FeedCard.Links) == 0 {
		return "", missingError("feedCard->links")
	}
	var said strings.Builder
	for _, l := range in.FeedCard.Links {
		if l.Title == "" || l.MessageURL == "" || l.PicURL == "" {
			return "", missingError("feedCard->links->title, messageURL or picURL")
		}
		said.WriteString(l.Title + "\n")
	}
	return said.String(), nil
}

func (p *play) deliver(c *stage.Call, robot stage.Robot) stage.Answer {
	in, said, mentionable, err := decode(c.Body)
	switch {
	case errors.Is(err, errForm):
		return refuse(robot, codeForm, err.Error())
	case err != nil:
		return refuse(robot, codeParameter, err.Error())
	case !holdsKeyword(robot.Keywords, said):
		return refuse(robot, codeSecurity, "keywords not in content, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]")
	}
	body := said
	if in.Markdown != nil && in.Type == "markdown" {
		// The title is only the line in the list of chats.
		body = in.Markdown.Text
	}
	p.stage.Deliver(stage.Message{
		ID: p.stage.NewID("dt_"), Provider: Provider, Type: contentType, App: stage.Mask(robot.Token),
		Conversation: stage.Conversation{ID: "robot:" + robot.Group, Kind: "robot", Name: robot.Group},
		Form:         in.Type, Key: in.UUID, Content: c.Body,
		Request:  &stage.Request{Method: c.Method, Path: c.URL.Path, Body: string(c.Body)},
		Mentions: p.mentions(in, robot, body, mentionable),
	}, banKey(robot), uuidLife)
	return refuse(robot, 0, "ok")
}

func holdsKeyword(keywords []string, said string) bool {
	if len(keywords) == 0 {
		return true
	}
	for _, k := range keywords {
		if strings.Contains(said, k) {
			return true
		}
	}
	return false
}

// mentions decides whom a message notifies: those in the list whose @ is also in the text, and
// that are in the group.
func (p *play) mentions(in post, robot stage.Robot, text string, mentionable bool) []stage.Mention {
	var found []stage.Mention
	judge := func(id string, match func(*stage.User) bool) {
		m := stage.Mention{ID: id}
		u, known := p.stage.UserBy(match)
		switch {
		case !mentionable:
			m.Why = "messages of this type mention nobody"
		case !isAt(text, id):
			m.Why = "its @ is not in the text"
		case !known:
			m.Why = "nobody has this id"
		case !inGroup(robot, u):
			m.Why = "not in this group"
		default:
			m.Notified = true
		}
		m.Name = u.Name
		found = append(found, m)
	}
	for _, mobile := range in.At.Mobiles {
		judge(mobile, func(u *stage.User) bool { return mobile != "" && mobile == nationalMobile(u.Mobile) })
	}
	for _, id := range in.At.UserIDs {
		judge(id, func(u *stage.User) bool { return u.UserID == id })
	}
	if in.At.All {
		m := stage.Mention{ID: "all", Name: "所有人", Notified: mentionable}
		if !mentionable {
			m.Why = "messages of this type mention nobody"
		}
		found = append(found, m)
	}
	return found
}

// nationalMobile is how DingTalk writes a number: bare for mainland China, +code-number elsewhere.
func nationalMobile(mobile string) string {
	if rest, ok := strings.CutPrefix(mobile, "+86"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(mobile, "+1"); ok {
		return "+1-" + rest
	}
	return mobile
}

func inGroup(robot stage.Robot, u stage.User) bool {
	for _, m := range robot.Members {
		if m == "*" || m == u.UserID {
			return !u.Resigned
		}
	}
	return false
}
