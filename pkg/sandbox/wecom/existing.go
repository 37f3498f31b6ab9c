package wecom

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// recallLife is how long a message can be recalled, cardLife how long a card can be updated.
// https://developer.work.weixin.qq.com/document/path/94867, .../94888.
const (
	recallLife = 24 * time.Hour
	cardLife   = 72 * time.Hour
)

func (p *play) copiesOf(id string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.copies[id])
}

func (p *play) serveRecall(s session) stage.Answer {
	var in struct {
		ID string `json:"msgid"`
	}
	if json.Unmarshal(s.Body, &in) != nil || in.ID == "" {
		return refuse(codeEmptyField, "msgid missing")
	}
	copies := p.copiesOf(in.ID)
	if len(copies) == 0 {
		return refuse(codeParameter, "invalid msgid")
	}
	for _, id := range copies {
		m, found := p.stage.Message(id)
		if !found {
			continue
		}
		if p.stage.Now().Sub(m.At) > recallLife {
			return refuse(codeParameter, "the message is older than 24 hours")
		}
		p.stage.Recall(id)
	}
	return ok(map[string]any{})
}

// serveUpdate replaces a card: with a code that works once, for 72 hours.
func (p *play) serveUpdate(s session) stage.Answer {
	var in struct {
		Users   []string        `json:"userids"`
		Parties []int           `json:"partyids"`
		Tags    []int           `json:"tagids"`
		All     int             `json:"atall"`
		AgentID int             `json:"agentid"`
		Code    string          `json:"response_code"`
		Card    json.RawMessage `json:"template_card"`
		Button  json.RawMessage `json:"button"`
	}
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return refuse(codeParameter, "invalid parameter: "+err.Error())
	}
	var card templateCard
	switch {
	case in.AgentID != s.app.AgentID:
		return refuse(codeOtherApp, "not allow to use this agentid")
	case len(in.Users)+len(in.Parties)+len(in.Tags)+in.All == 0:
		return refuse(codeNobody, "nobody to update the card for")
	case in.Card == nil:
		return refuse(codeParameter, "template_card missing; the replacement of a button is not played")
	case json.Unmarshal(in.Card, &card) != nil:
		return refuse(codeParameter, "invalid template_card")
	}
	if text := checkCard(card); text != "" {
		return refuse(codeParameter, text)
	}
	p.mu.Lock()
	id, known := p.cards[in.Code]
	delete(p.cards, in.Code)
	p.mu.Unlock()
	if !known {
		return refuse(codeParameter, "invalid response_code: unknown, or used before")
	}
	body, err := json.Marshal(map[string]any{"msgtype": "template_card", "template_card": in.Card})
	if err != nil {
		return refuse(codeParameter, "invalid template_card")
	}
	for _, copyID := range p.copiesOf(id) {
		if m, found := p.stage.Message(copyID); !found || p.stage.Now().Sub(m.At) > cardLife {
			return refuse(codeParameter, "invalid response_code: older than 72 hours")
		}
		p.stage.Edit(copyID, stage.Message{Content: body, Request: &stage.Request{Method: s.Method, Path: s.URL.Path, Body: string(s.Body)}})
	}
	return ok(map[string]any{})
}

// serveMobile finds a member by mobile number: in China without the country's code.
func (p *play) serveMobile(s session) stage.Answer {
	var in struct {
		Mobile string `json:"mobile"`
	}
	if json.Unmarshal(s.Body, &in) != nil || in.Mobile == "" || strings.Trim(in.Mobile, "+0123456789") != "" {
		return refuse(codeMobile, "invalid mobile")
	}
	return p.find(func(u *stage.User) bool { return u.Mobile != "" && strings.TrimPrefix(u.Mobile, "+86") == in.Mobile })
}

func (p *play) serveEmail(s session) stage.Answer {
	var in struct {
		Email string `json:"email"`
		Type  int    `json:"email_type"`
	}
	if json.Unmarshal(s.Body, &in) != nil || !strings.Contains(in.Email, "@") || (in.Type != 1 && in.Type != 2) {
		return refuse(codeParameter, "invalid email or email_type")
	}
	return p.find(func(u *stage.User) bool {
		if in.Type == 1 {
			return strings.EqualFold(u.Email, in.Email)
		}
		return u.Mailbox != "" && strings.EqualFold(u.Mailbox, in.Email)
	})
}

func (p *play) find(match func(*stage.User) bool) stage.Answer {
	u, found := p.stage.UserBy(match)
	if !found || u.Resigned {
		return refuse(codeUnknown, "user not found")
	}
	return ok(map[string]any{"userid": u.UserID})
}

// serveAgent describes the app to itself.
func (p *play) serveAgent(s session) stage.Answer {
	users := []map[string]string{}
	for _, id := range s.app.Visible {
		users = append(users, map[string]string{"userid": id})
	}
	closed := 0
	if s.app.Disabled {
		closed = 1
	}
	return ok(map[string]any{
		"agentid": s.app.AgentID, "name": s.app.Name, "close": closed, "allow_userinfos": map[string]any{"user": users},
		"allow_partys": map[string]any{"partyid": []int{}}, "allow_tags": map[string]any{"tagid": []int{}},
	})
}
