package wecom

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// The limits of a message. https://developer.work.weixin.qq.com/document/path/90236.
const (
	maxUsers       = 1000
	maxParties     = 100
	maxText        = 2048
	maxTitle       = 128
	maxDescription = 512
	maxTaskID      = 128
	// maxDuplicate is the longest time for which equal requests are one.
	maxDuplicate     = 4 * time.Hour
	defaultDuplicate = 30 * time.Minute
	everybody        = "@all"
	// maxEqual is how many requests are remembered before old ones are swept out.
	maxEqual = 10_000
)

// memberRates are the limits of one app and member; WeCom drops the rest without a word.
func memberRates() []stage.Rate {
	return []stage.Rate{{Count: 30, Per: time.Minute}, {Count: 1000, Per: time.Hour}}
}

type outgoing struct {
	ToUser   string          `json:"touser"`
	ToParty  string          `json:"toparty"`
	ToTag    string          `json:"totag"`
	AgentID  int             `json:"agentid"`
	Type     string          `json:"msgtype"`
	Text     *content        `json:"text"`
	Markdown *content        `json:"markdown"`
	TextCard *textCard       `json:"textcard"`
	Card     json.RawMessage `json:"template_card"`
	Check    int             `json:"enable_duplicate_check"`
	Interval int             `json:"duplicate_check_interval"`
}

type content struct {
	Content string `json:"content"`
}

type textCard struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Button      string `json:"btntxt"`
}

type templateCard struct {
	Type string `json:"card_type"`
	Main struct {
		Title string `json:"title"`
	} `json:"main_title"`
	SubTitle string `json:"sub_title_text"`
	TaskID   string `json:"task_id"`
	Menu     *struct {
		Actions []struct {
			Text string `json:"text"`
			Key  string `json:"key"`
		} `json:"action_list"`
	} `json:"action_menu"`
	Action struct {
		Type int    `json:"type"`
		URL  string `json:"url"`
	} `json:"card_action"`
	Rows []json.RawMessage `json:"horizontal_content_list"`
}

func (p *play) serveSend(s session) stage.Answer {
	var in outgoing
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return refuse(codeParameter, "invalid parameter: "+err.Error())
	}
	switch {
	case in.AgentID == 0:
		return refuse(codeNoAgent, "agentid missing")
	case in.AgentID != s.app.AgentID:
		return refuse(codeOtherApp, "not allow to use this agentid")
	case s.app.Disabled:
		return refuse(codeAgent, "the app is disabled")
	case in.ToUser+in.ToParty+in.ToTag == "":
		return refuse(codeNobody, "touser, toparty and totag are all empty")
	}
	card, refusal := check(in)
	if refusal != nil {
		return *refusal
	}
	if in.Check == 1 {
		if first, again := p.duplicate(s, in); again {
			return ok(map[string]any{"msgid": first})
		}
	}
	a, id := p.deliver(s, in, card)
	if in.Check == 1 && id != "" {
		p.remember(s, id)
	}
	return a
}

// sum tells requests of one app apart by their bytes.
func sum(s session) string {
	h := sha256.Sum256(s.Body)
	return strconv.Itoa(s.app.AgentID) + "/" + hex.EncodeToString(h[:])
}

// duplicate finds the msgid of an equal request that WeCom still remembers.
func (p *play) duplicate(s session, in outgoing) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first, found := p.equal[sum(s)]
	return first.id, found && p.stage.Now().Sub(first.at) < duplicateLife(in)
}

func (p *play) remember(s session, id string) {
	now := p.stage.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.equal) > maxEqual {
		maps.DeleteFunc(p.equal, func(_ string, e equal) bool { return now.Sub(e.at) >= maxDuplicate })
	}
	p.equal[sum(s)] = equal{id, now}
}

func duplicateLife(in outgoing) time.Duration {
	if in.Interval <= 0 {
		return defaultDuplicate
	}
	return min(time.Duration(in.Interval)*time.Second, maxDuplicate)
}

// check judges the message itself; a text that is too long is cut later, as WeCom does.
func check(in outgoing) (templateCard, *stage.Answer) {
	var card templateCard
	no := func(code int, text string) (templateCard, *stage.Answer) {
		a := refuse(code, text)
		return card, &a
	}
	switch in.Type {
	case "text", "markdown":
		body := in.Text
		if in.Type == "markdown" {
			body = in.Markdown
		}
		if body == nil || body.Content == "" {
			return no(codeEmpty, "empty content")
		}
	case "textcard":
		switch c := in.TextCard; {
		case c == nil || c.Title == "" || c.Description == "":
			return no(codeEmpty, "empty title or description")
		case c.URL == "" || len(c.URL) > maxText:
			return no(codeParameter, "invalid url")
		case len(c.Title) > maxTitle || len(c.Description) > maxDescription:
			return no(codeTooLong, "title or description too long")
		}
	case "template_card":
		if err := json.Unmarshal(in.Card, &card); err != nil {
			return no(codeParameter, "invalid template_card")
		}
		if text := checkCard(card); text != "" {
			return no(codeParameter, text)
		}
	default:
		return no(codeMsgType, "invalid message type "+strconv.Quote(in.Type))
	}
	return card, nil
}

func checkCard(c templateCard) string {
	switch {
	case c.Type != "text_notice":
		return "card_type is not played: " + c.Type
	case c.Main.Title == "" && c.SubTitle == "":
		return "main_title.title or sub_title_text is required"
	case c.Action.Type != 1 || c.Action.URL == "":
		return "card_action is required"
	case len(c.Rows) > 6:
		return "horizontal_content_list has more than 6 entries"
	case c.Menu != nil && (len(c.Menu.Actions) == 0 || len(c.Menu.Actions) > 3 || c.Menu.Actions[0].Text == "" || c.Menu.Actions[0].Key == ""):
		return "action_menu needs 1 to 3 actions with text and key"
	case c.Menu != nil && (c.TaskID == "" || len(c.TaskID) > maxTaskID || strings.ContainsFunc(c.TaskID, badTaskRune)):
		return "task_id is required with an action_menu: letters, digits, _-@ and at most 128 bytes"
	}
	return ""
}

func badTaskRune(r rune) bool {
	return r > unicode.MaxASCII || (!unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-@", r))
}

// reach is one conversation that a message goes to.
type reach struct{ kind, id string }

// deliver puts the message where it goes and names who is left out.
func (p *play) deliver(s session, in outgoing, card templateCard) (a stage.Answer, id string) {
	var to []reach
	var invalidUser, unlicensed, invalidParty, invalidTag []string
	if in.ToUser == everybody {
		to = append(to, reach{"all", ""})
	} else {
		users := parts(in.ToUser)
		if len(users) > maxUsers {
			return refuse(codeParameter, "touser has more than 1000 members"), ""
		}
		for _, id := range users {
			switch {
			case !p.reachable(s.app, id):
				invalidUser = append(invalidUser, strings.ToLower(id))
			case p.lacksLicence(id):
				unlicensed = append(unlicensed, strings.ToLower(id))
			default:
				to = append(to, reach{"user", id})
			}
		}
	}
	for _, g := range []struct {
		list    string
		kind    string
		known   func() []Department
		invalid *[]string
	}{
		{in.ToParty, "party", func() []Department { return p.world.Departments }, &invalidParty},
		{in.ToTag, "tag", func() []Department { return p.world.Tags }, &invalidTag},
	} {
		ids := parts(g.list)
		if len(ids) > maxParties {
			return refuse(codeParameter, "more than 100 departments or tags"), ""
		}
		for _, id := range ids {
			p.mu.Lock()
			found := slices.ContainsFunc(g.known(), func(d Department) bool { return strconv.Itoa(d.ID) == id })
			p.mu.Unlock()
			if !found {
				*g.invalid = append(*g.invalid, id)
				continue
			}
			to = append(to, reach{g.kind, id})
		}
	}
	body := map[string]any{
		"invaliduser": strings.Join(invalidUser, "|"), "invalidparty": strings.Join(invalidParty, "|"), "invalidtag": strings.Join(invalidTag, "|"),
		"unlicenseduser": strings.Join(unlicensed, "|"),
	}
	if len(to) == 0 {
		body["errmsg"] = "user & party & tag all invalid"
		return answer(codeAllInvalid, body), ""
	}
	id = p.stage.NewID("wm_")
	body["msgid"] = id
	if card.Menu != nil {
		code := p.stage.NewID("rc_")
		body["response_code"] = code
		p.mu.Lock()
		p.cards[code] = id
		p.mu.Unlock()
	}
	for n, r := range to {
		p.show(s, in, r, fmt.Sprintf("%s-%d", id, n), id)
	}
	return ok(body), id
}

// show puts one copy into the inbox, unless the member has had too many.
func (p *play) show(s session, in outgoing, r reach, copyID, id string) {
	if r.kind == "user" && !s.app.NoLimits {
		key := fmt.Sprintf("wecom/%d/%s", s.app.AgentID, strings.ToLower(r.id))
		if p.stage.Take(key, memberRates()...) > 0 {
			p.stage.CountCall(stage.CallKey{Provider: Provider, Endpoint: "send", Outcome: "dropped silently"})
			return
		}
	}
	p.stage.Deliver(stage.Message{
		ID: copyID, Provider: Provider, Type: typeApp, App: strconv.Itoa(s.app.AgentID), Conversation: p.conversation(r.kind, r.id),
		Form: in.Type, Content: cutContent(s.Body, in), Request: &stage.Request{Method: s.Method, Path: s.URL.Path, Body: string(s.Body)},
	}, "", 0)
	p.mu.Lock()
	p.copies[id] = append(p.copies[id], copyID)
	p.mu.Unlock()
}

// cutContent is what people see of a body: texts end at the limit, wherever that is.
func cutContent(body []byte, in outgoing) json.RawMessage {
	c := in.Text
	if in.Type == "markdown" {
		c = in.Markdown
	}
	if c == nil || len(c.Content) <= maxText {
		return body
	}
	// A string always marshals.
	raw, _ := json.Marshal(map[string]any{"msgtype": in.Type, in.Type: content{strings.ToValidUTF8(c.Content[:maxText], "\uFFFD")}})
	return raw
}

func parts(list string) []string {
	return slices.DeleteFunc(strings.Split(list, "|"), func(s string) bool { return s == "" })
}

// reachable tells whether a member exists and the app may see them.
func (p *play) reachable(app App, id string) bool {
	u, found := p.stage.UserBy(func(u *stage.User) bool { return strings.EqualFold(u.UserID, id) })
	return found && !u.Resigned && (slices.Contains(app.Visible, "*") || slices.Contains(app.Visible, u.UserID))
}

func (p *play) lacksLicence(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.world.Unlicensed, func(u string) bool { return strings.EqualFold(u, id) })
}
