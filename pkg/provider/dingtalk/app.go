package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// app sends as the robot of one internal app.
type app struct {
	api    *api
	people *directory
}

var (
	_ sender.Sender       = (*app)(nil)
	_ sender.Batcher      = (*app)(nil)
	_ sender.Recaller     = (*app)(nil)
	_ sender.Urger        = (*app)(nil)
	_ sender.UrgeRecaller = (*app)(nil)
	_ sender.Tracker      = (*app)(nil)
	_ sender.Prober       = (*app)(nil)
	_ sender.Finder       = (*app)(nil)
)

func newApp(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	own := appSettings{
		AppKey: s.Values[fieldAppKey], AppSecret: s.Secrets[fieldAppSecret], RobotCode: s.Values[fieldRobotCode], ContactURL: s.Values[fieldContactURL],
	}
	faults := own.check()
	if own.RobotCode == "" {
		own.RobotCode = own.AppKey
	}
	if own.ContactURL == "" {
		own.ContactURL = strings.Replace(s.BaseURL, "://api.dingtalk.", "://oapi.dingtalk.", 1)
	}
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	if err := sender.Misconfigured(append(faults, err)...); err != nil {
		return nil, err
	}
	old := s
	old.BaseURL = own.ContactURL
	contacts, err := outbound.New(outbound.Options{Settings: old, Transport: d.Transport, Logger: d.Logger})
	if err != nil {
		return nil, err
	}
	a := newAPI(client, contacts, own, d.TokenRefreshed)
	return &app{api: a, people: &directory{api: a, known: outbound.NewLookups()}}, nil
}

// check finds what is wrong with what was entered.
func (s appSettings) check() (faults []error) {
	for _, one := range []struct {
		name, value string
		required    bool
	}{{fieldAppKey, s.AppKey, true}, {fieldRobotCode, s.RobotCode, false}, {fieldAppSecret, s.AppSecret.Reveal(), true}} {
		if (one.required && one.value == "") || strings.ContainsAny(one.value, " \t\r\n") {
			faults = append(faults, lang.Wrong(
				"%s 是空的，或有空白：请到开放平台的应用页面重新复制",
				"%s is empty or holds a blank: copy it again from the app's page on the open platform", one.name))
		}
	}
	if s.ContactURL != "" {
		if _, err := outbound.ParseBase(fieldContactURL, s.ContactURL); err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

// receipt is Receipt.Data.
type receipt struct {
	Version int `json:"v"`
	// Query is the processQueryKey of a message; Chat its conversation, User its recipient.
	Query string `json:"query,omitempty"`
	Chat  string `json:"chat,omitempty"`
	User  string `json:"user,omitempty"`
	Title string `json:"title,omitempty"`
	// Dings are the openDingIds of an urge.
	Dings []string `json:"dings,omitempty"`
}

func (r receipt) encode(id string) (sender.Receipt, error) {
	r.Version = 1
	data, err := json.Marshal(r)
	return sender.Receipt{Data: data, MessageID: id}, err
}

func readReceipt(r sender.Receipt) (receipt, error) {
	var own receipt
	if err := json.Unmarshal(r.Data, &own); err != nil || own.Version != 1 || (own.Query == "" && len(own.Dings) == 0) {
		return own, sender.Permanent(sender.ReasonMessage, errors.New("the receipt is none of this type's"))
	}
	return own, nil
}

// Send posts one message to a person or a group.
func (a *app) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	o := a.SendBatch(ctx, []sender.Notification{n})[0]
	return o.Receipt, o.Err
}

// SendBatch posts one message to several people in one call, and to groups one by one.
func (a *app) SendBatch(ctx context.Context, list []sender.Notification) []sender.Outcome {
	out := make([]sender.Outcome, len(list))
	w, err := parseApp(list[0].Content)
	if err != nil {
		for i := range out {
			out[i].Err = sender.Permanent(sender.ReasonMessage, err)
		}
		return out
	}
	users := make([]string, len(list))
	var group []int
	for i, n := range list {
		if n.Target.Kind == sender.TargetChat {
			out[i] = a.toGroup(ctx, w, n.Target.Value)
			continue
		}
		if users[i], out[i].Err = a.people.user(ctx, n.Target); out[i].Err == nil {
			group = append(group, i)
		}
	}
	for chunk := range slices.Chunk(group, batchUsers) {
		a.toPeople(ctx, w, users, chunk, list, out)
	}
	return out
}

// toPeople makes one call for the people at the places in group.
// https://open.dingtalk.com/document/orgapp/chatbots-send-one-on-one-chat-messages-in-batches
func (a *app) toPeople(ctx context.Context, w appWire, users []string, group []int, list []sender.Notification, out []sender.Outcome) {
	var to []string
	for _, i := range group {
		if !slices.Contains(to, users[i]) {
			to = append(to, users[i])
		}
	}
	var got struct {
		Query   string   `json:"processQueryKey"`
		Invalid []string `json:"invalidStaffIdList"`
		Flow    []string `json:"flowControlledStaffIdList"`
	}
	body := map[string]any{"robotCode": a.api.settings.RobotCode, "userIds": to, "msgKey": w.Key, "msgParam": w.Param}
	err := a.api.call(ctx, http.MethodPost, pathPeople, nil, body, &got)
	if err == nil && got.Query == "" && len(got.Invalid)+len(got.Flow) == 0 {
		err = &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
	}
	for n, i := range group {
		out[i].Shared = n > 0
		switch {
		case err != nil:
			out[i].Err = err
		case slices.Contains(got.Invalid, users[i]):
			out[i].Err = leftOut(codeInvalidStaff, list[i].Target)
		case slices.Contains(got.Flow, users[i]):
			out[i].Err = leftOut(codeFlowStaff, list[i].Target)
		default:
			out[i].Receipt, out[i].Err = receipt{Query: got.Query, User: users[i], Title: w.title()}.encode(got.Query)
			out[i].Receipt.Settled = !w.Read
		}
	}
}

// leftOut is what a list of people in a successful answer says of one of them.
func leftOut(list string, t sender.Target) *sender.Failure {
	return outbound.FailureFromCode(appCodes(), list, "the list names "+t.String(), http.StatusOK)
}

// toGroup posts into a conversation.
// https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message
func (a *app) toGroup(ctx context.Context, w appWire, chat string) (o sender.Outcome) {
	var got struct {
		Query string `json:"processQueryKey"`
	}
	body := map[string]any{"robotCode": a.api.settings.RobotCode, "openConversationId": chat, "msgKey": w.Key, "msgParam": w.Param}
	if o.Err = a.api.call(ctx, http.MethodPost, pathGroup, nil, body, &got); o.Err != nil {
		return o
	}
	if got.Query == "" {
		o.Err = &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
		return o
	}
	o.Receipt, o.Err = receipt{Query: got.Query, Chat: chat, Title: w.title()}.encode(got.Query)
	o.Receipt.Settled = true
	return o
}

// Recall takes a message back.
// https://open.dingtalk.com/document/orgapp/batch-message-recall-chat, .../enterprise-chatbot-withdraws-internal-group-messages
func (a *app) Recall(ctx context.Context, r sender.Receipt) error {
	own, err := readReceipt(r)
	if err != nil {
		return err
	}
	path, body := pathUnPeople, map[string]any{"robotCode": a.api.settings.RobotCode, "processQueryKeys": []string{own.Query}}
	if own.Chat != "" {
		path = pathUnGroup
		body["openConversationId"] = own.Chat
	}
	var got struct {
		Done   []string          `json:"successResult"`
		Failed map[string]string `json:"failedResult"`
	}
	if err := a.api.call(ctx, http.MethodPost, path, nil, body, &got); err != nil {
		return err
	}
	switch why := got.Failed[own.Query]; {
	case why != "":
		return &sender.Failure{
			Class: sender.Never, Reason: sender.ReasonMessage, Code: "failedResult", Text: why,
			Hint: text("消息已无法撤回（过期或已删除）。", "The message can no longer be taken back: too old, or deleted."),
		}
	case !slices.Contains(got.Done, own.Query):
		return &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
	}
	return nil
}

// Track asks whether a person read a message.
// https://open.dingtalk.com/document/orgapp/chatbot-batch-query-the-read-status-of-messages
func (a *app) Track(ctx context.Context, r sender.Receipt) (sender.Progress, error) {
	own, err := readReceipt(r)
	if err != nil {
		return sender.Progress{}, err
	}
	var got struct {
		Status string `json:"sendStatus"`
		List   *[]struct {
			Name   string `json:"name"`
			User   string `json:"userId"`
			Status string `json:"readStatus"`
		} `json:"messageReadInfoList"`
	}
	query := url.Values{"robotCode": {a.api.settings.RobotCode}, "processQueryKey": {own.Query}}
	if err := a.api.call(ctx, http.MethodGet, pathReadStatus, query, nil, &got); err != nil {
		return sender.Progress{}, err
	}
	if got.Status == "" && got.List == nil {
		return sender.Progress{}, &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
	}
	p := sender.Progress{Fate: sender.FatePending}
	if got.List == nil {
		return p, nil
	}
	for _, one := range *got.List {
		if one.User == own.User && one.Status == "READ" {
			p.Fate, p.Final, p.Readers = sender.FateRead, true, []string{one.Name}
		}
	}
	return p, nil
}

// Find implements sender.Finder.
func (a *app) Find(ctx context.Context, p sender.Person) (string, error) {
	return a.people.user(ctx, sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p})
}
