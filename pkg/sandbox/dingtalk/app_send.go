package dingtalk

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// The limits of a message.
// https://open.dingtalk.com/document/orgapp/chatbots-send-one-on-one-chat-messages-in-batches
// https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message
const (
	maxUsers = 20
	maxParam = 15_000
	// recallLife is how long a message can be taken back.
	recallLife = 24 * time.Hour
)

// outgoing is a message of an app's robot.
type outgoing struct {
	Robot string   `json:"robotCode"`
	Users []string `json:"userIds"`
	Chat  string   `json:"openConversationId"`
	Key   string   `json:"msgKey"`
	Param string   `json:"msgParam"`
}

// template is what msgParam holds in the templates that need no console.
// https://open.dingtalk.com/document/orgapp/types-of-messages-sent-by-enterprise-robots
type template struct {
	Content     string `json:"content"`
	Title       string `json:"title"`
	Text        string `json:"text"`
	SingleTitle string `json:"singleTitle"`
	SingleURL   string `json:"singleURL"`
}

// check returns what is wrong with a message, or nothing.
func (o outgoing) check() (word, text string) {
	var t template
	switch {
	case len(o.Param) > maxParam:
		return wordParam, "msgParam is longer than 15000 bytes"
	case json.Unmarshal([]byte(o.Param), &t) != nil:
		return wordParam, "msgParam is not an object of strings in JSON"
	}
	missing := func(field string) (string, string) { return wordParam, field + " is missing" }
	switch o.Key {
	case "sampleText":
		if t.Content == "" {
			return missing("content")
		}
	case "sampleMarkdown", "sampleActionCard":
		switch {
		case t.Title == "" || t.Text == "":
			return missing("title or text")
		case o.Key == "sampleActionCard" && (t.SingleTitle == "" || t.SingleURL == ""):
			return missing("singleTitle or singleURL")
		}
	default:
		return wordForm, "this msgKey is not played: " + o.Key
	}
	return "", ""
}

// show is what the inbox keeps of a message.
func (o outgoing) show() json.RawMessage {
	// Strings always marshal.
	raw, _ := json.Marshal(map[string]string{"msgKey": o.Key, "msgParam": o.Param})
	return raw
}

// servePeople delivers to each person that the app may reach and that is not flow-controlled.
func (p *appPlay) servePeople(s session) stage.Answer {
	var in outgoing
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return fail(wordParameter, err.Error())
	}
	switch {
	case in.Robot != s.app.robot():
		return fail(wordRobot, "robotCode does not exist")
	case len(in.Users) == 0:
		return fail("miss.staffId", "userIds is empty")
	case len(in.Users) > maxUsers:
		return fail("too.many.people", "userIds holds more than 20 people")
	}
	if word, text := in.check(); word != "" {
		return fail(word, text)
	}
	query := p.stage.NewID("pqk_")
	invalid, flow := []string{}, []string{}
	record := sent{robot: in.Robot}
	for n, id := range in.Users {
		u, found := p.member(id)
		switch {
		case !found || !s.app.reaches(u):
			invalid = append(invalid, id)
		case slices.Contains(s.app.FlowControlled, id):
			flow = append(flow, id)
		default:
			copyID := fmt.Sprintf("%s-%d", query, n)
			record.copies = append(record.copies, copyID)
			p.deliver(s, copyID, p.person(id), in.Key, in.show())
		}
	}
	p.keep(query, record)
	return done(map[string]any{"processQueryKey": query, "invalidStaffIdList": invalid, "flowControlledStaffIdList": flow})
}

func (p *appPlay) serveGroup(s session) stage.Answer {
	var in outgoing
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return fail(wordParameter, err.Error())
	}
	p.mu.Lock()
	i := slices.IndexFunc(p.world.Groups, func(g Group) bool { return g.ID == in.Chat })
	var group Group
	if i >= 0 {
		group = p.world.Groups[i]
	}
	p.mu.Unlock()
	switch {
	case in.Robot != s.app.robot():
		return fail(wordRobot, "robotCode does not exist")
	case in.Chat == "":
		return fail("miss.openConversationId", "openConversationId is missing")
	case i < 0 || !group.has(in.Robot):
		return fail("invalid.openConversationId", "the conversation does not exist, or the robot is not in it")
	case group.Dissolved:
		return fail("group.disbanded", "the group was dissolved")
	case group.Stopped:
		return fail("bot.stopped", "the robot is stopped in this group")
	}
	if word, text := in.check(); word != "" {
		return fail(word, text)
	}
	query := p.stage.NewID("pqk_")
	p.deliver(s, query, group.conversation(), in.Key, in.show())
	p.keep(query, sent{robot: in.Robot, chat: in.Chat, copies: []string{query}})
	return done(map[string]string{"processQueryKey": query})
}

func (p *appPlay) deliver(s session, id string, to stage.Conversation, form string, content json.RawMessage) {
	p.stage.Deliver(stage.Message{
		ID: id, Provider: Provider, Type: typeApp, App: s.app.Key, Conversation: to, Form: form, Content: content,
		Request: &stage.Request{Method: s.Method, Path: s.URL.Path, Body: string(s.Body)},
	}, "", 0)
}

func (p *appPlay) keep(id string, record sent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent[id] = record
}

func (p *appPlay) find(id string) (sent, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	record, found := p.sent[id]
	return record, found
}

func (p *appPlay) servePeopleRecall(s session) stage.Answer { return p.recall(s, false) }

func (p *appPlay) serveGroupRecall(s session) stage.Answer { return p.recall(s, true) }

// recall takes messages back, each of which may fail by itself.
// https://open.dingtalk.com/document/orgapp/batch-message-recall-chat
func (p *appPlay) recall(s session, group bool) stage.Answer {
	var in struct {
		Robot   string   `json:"robotCode"`
		Chat    string   `json:"openConversationId"`
		Queries []string `json:"processQueryKeys"`
	}
	switch err := json.Unmarshal(s.Body, &in); {
	case err != nil:
		return fail(wordParameter, err.Error())
	case in.Robot != s.app.robot():
		return fail(wordRobot, "robotCode does not exist")
	case group && in.Chat == "":
		return fail("miss.openConversationId", "openConversationId is missing")
	case len(in.Queries) == 0 || len(in.Queries) > maxUsers:
		return fail(wordParameter, "processQueryKeys must hold 1 to 20 keys")
	}
	gone, failed := []string{}, map[string]string{}
	for _, query := range in.Queries {
		record, found := p.find(query)
		switch {
		case !found || record.robot != in.Robot || record.chat != in.Chat || (record.chat != "") != group:
			failed[query] = "the message does not exist"
		case !p.takeBack(record):
			failed[query] = "the message is older than 24 hours"
		default:
			gone = append(gone, query)
		}
	}
	return done(map[string]any{"successResult": gone, "failedResult": failed})
}

// takeBack recalls every copy; it returns false when they are too old.
func (p *appPlay) takeBack(record sent) bool {
	for _, id := range record.copies {
		m, found := p.stage.Message(id)
		if found && p.stage.Now().Sub(m.At) > recallLife {
			return false
		}
		p.stage.Recall(id)
	}
	return true
}

// serveRead tells who read a message to people.
// https://open.dingtalk.com/document/orgapp/chatbot-batch-query-the-read-status-of-messages
func (p *appPlay) serveRead(s session) stage.Answer {
	q := s.URL.Query()
	record, found := p.find(q.Get("processQueryKey"))
	switch {
	case q.Get("robotCode") != s.app.robot():
		return fail(wordRobot, "robotCode does not exist")
	case !found || record.chat != "" || record.robot != q.Get("robotCode"):
		return fail(wordParameter+".processQueryKey", "the message does not exist")
	}
	type reader struct {
		Name   string `json:"name"`
		User   string `json:"userId"`
		Status string `json:"readStatus"`
		At     int64  `json:"readTimestamp,omitempty"`
	}
	list := []reader{}
	for _, id := range record.copies {
		m, found := p.stage.Message(id)
		if !found {
			continue
		}
		one := reader{Name: m.Conversation.Name, User: m.Conversation.ID[len("dingtalk:person:"):], Status: "UNREAD"}
		if len(m.Reads) > 0 {
			one.Status, one.At = "READ", m.Reads[0].At.UnixMilli()
		}
		list = append(list, one)
	}
	return done(map[string]any{"sendStatus": "SUCCESS", "messageReadInfoList": list})
}
