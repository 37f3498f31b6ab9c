package wecom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// app sends as one self-built app.
type app struct {
	api    *api
	people *directory
}

var (
	_ sender.Sender   = (*app)(nil)
	_ sender.Batcher  = (*app)(nil)
	_ sender.Updater  = (*app)(nil)
	_ sender.Recaller = (*app)(nil)
	_ sender.Prober   = (*app)(nil)
	_ sender.Finder   = (*app)(nil)
)

func newApp(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	own, faults := appSettings(s)
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	if err := sender.Misconfigured(faults, err); err != nil {
		return nil, err
	}
	a := newAPI(client, own, appCodes(), d.TokenRefreshed)
	return &app{api: a, people: newDirectory(a)}, nil
}

func appSettings(s sender.Settings) (settings, error) {
	own := settings{CorpID: s.Values[fieldCorpID], Secret: s.Secrets[fieldSecret]}
	faults := []error{own.check()}
	var err error
	if own.AgentID, err = strconv.Atoi(s.Values[fieldAgentID]); err != nil || own.AgentID <= 0 {
		faults = append(faults, lang.Wrong("agent_id 不是大于零的数字：从「应用管理」里复制应用的 AgentId", "agent_id is no number above zero: copy the app's AgentId from App Management"))
	}
	return own, errors.Join(faults...)
}

// check names what no token can be asked for with.
func (s settings) check() error {
	var faults []error
	if s.CorpID == "" || strings.ContainsAny(s.CorpID, " \t\r\n/?&=") {
		faults = append(faults, lang.Wrong("corp_id 是空的，或不只是企业 ID：从管理后台「我的企业」里复制", "corp_id is empty or holds more than the id: copy it from My Company in the admin console"))
	}
	if !s.Secret.IsSet() || strings.ContainsAny(s.Secret.Reveal(), " \t\r\n") {
		faults = append(faults, lang.Wrong("corp_secret 是空的，或有空白：请重新复制应用的 Secret", "corp_secret is empty or holds a blank: copy the app's secret again"))
	}
	return errors.Join(faults...)
}

// envelope is what surrounds a message.
// https://developer.work.weixin.qq.com/document/path/90236
type envelope struct {
	ToUser  string `json:"touser,omitempty"`
	ToParty string `json:"toparty,omitempty"`
	ToTag   string `json:"totag,omitempty"`
	AgentID int    `json:"agentid"`
	part
	// A repeat with the same bytes within half an hour is dropped by WeCom.
	CheckDuplicates int `json:"enable_duplicate_check"`
	CheckSeconds    int `json:"duplicate_check_interval"`
}

const (
	duplicateSeconds = 1800
	// updateFor is how long a code updates its card.
	// https://developer.work.weixin.qq.com/document/path/94888
	updateFor = 72 * time.Hour
)

// sent is what WeCom answers to a message.
type sent struct {
	InvalidUser    string `json:"invaliduser"`
	InvalidParty   string `json:"invalidparty"`
	InvalidTag     string `json:"invalidtag"`
	UnlicensedUser string `json:"unlicenseduser"`
	MessageID      string `json:"msgid"`
	ResponseCode   string `json:"response_code"`
}

// receipt is Receipt.Data.
type receipt struct {
	Version   int    `json:"v"`
	MessageID string `json:"msgid,omitempty"`
	// ResponseCode updates the card, once; empty when it was used or there is none. At is when it was given, in Unix
	// milliseconds.
	ResponseCode string `json:"response_code,omitempty"`
	At           int64  `json:"at,omitempty"`
}

// Send posts one message to one target.
func (a *app) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	o := a.SendBatch(ctx, []sender.Notification{n})[0]
	return o.Receipt, o.Err
}

// SendBatch posts one message to several targets. Cards go one by one, since the code that updates a card works once.
func (a *app) SendBatch(ctx context.Context, list []sender.Notification) []sender.Outcome {
	out := make([]sender.Outcome, len(list))
	p, err := parsePart(list[0].Content)
	if err != nil {
		for i := range out {
			out[i].Err = sender.Permanent(sender.ReasonMessage, err)
		}
		return out
	}
	var group []int
	to := make([]recipient, len(list))
	for i, n := range list {
		if to[i], out[i].Err = a.people.resolve(ctx, n.Target); out[i].Err != nil {
			continue
		}
		if p.Card != nil || to[i].user == allUsers {
			a.post(ctx, p, list, to, []int{i}, out)
			continue
		}
		group = append(group, i)
	}
	if len(group) > 0 {
		a.post(ctx, p, list, to, group, out)
	}
	return out
}

// post makes one call for the notifications at the places in group.
func (a *app) post(ctx context.Context, p part, list []sender.Notification, to []recipient, group []int, out []sender.Outcome) {
	var users, parties, tags []string
	for _, i := range group {
		users, parties, tags = add(users, to[i].user), add(parties, to[i].party), add(tags, to[i].tag)
	}
	body := envelope{
		ToUser: strings.Join(users, "|"), ToParty: strings.Join(parties, "|"), ToTag: strings.Join(tags, "|"), AgentID: a.api.settings.AgentID,
		part: p.marked(list[group[0]].Key), CheckDuplicates: 1, CheckSeconds: duplicateSeconds,
	}
	var got sent
	err := a.api.call(ctx, pathSend, body, &got)
	if err == nil && got.MessageID == "" && !got.names() {
		err = &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
	}
	for n, i := range group {
		out[i].Err = err
		if err == nil {
			out[i] = a.outcome(list[i], to[i], got)
		}
		out[i].Shared = n > 0
	}
}

// names tells whether the answer names anybody, which is a form of answer too.
func (s sent) names() bool {
	return s.InvalidUser != "" || s.InvalidParty != "" || s.InvalidTag != "" || s.UnlicensedUser != ""
}

func add(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// outcome is what the answer to a call says of one of its targets. WeCom writes ids in lower case.
func (a *app) outcome(n sender.Notification, to recipient, got sent) sender.Outcome {
	own := receipt{Version: 1, MessageID: got.MessageID, ResponseCode: got.ResponseCode}
	if own.ResponseCode != "" {
		own.At = time.Now().UnixMilli()
	}
	data, err := json.Marshal(own)
	if err != nil {
		return sender.Outcome{Err: err}
	}
	r := sender.Receipt{Data: data, MessageID: got.MessageID}
	switch {
	case to.user != "" && to.user != allUsers && lists(got.UnlicensedUser, to.user):
		return sender.Outcome{Err: unlicensed(to.user)}
	case to.user != "" && to.user != allUsers && lists(got.InvalidUser, to.user),
		to.party != "" && lists(got.InvalidParty, to.party), to.tag != "" && lists(got.InvalidTag, to.tag):
		return sender.Outcome{Err: invalid(n.Target)}
	case to.user == allUsers || to.user == "":
		// Of a department, a tag or everybody, some may have been left out.
		for _, id := range split(got.UnlicensedUser) {
			r.Refused = append(r.Refused, refusal(id, unlicensed(id)))
		}
		for _, id := range split(got.InvalidUser) {
			r.Refused = append(r.Refused, refusal(id, invalid(sender.Target{Kind: sender.TargetUser, Value: id})))
		}
	}
	return sender.Outcome{Receipt: r}
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == '|' || r == ',' })
}

func lists(list, id string) bool {
	for _, s := range split(list) {
		if strings.EqualFold(s, id) {
			return true
		}
	}
	return false
}

func refusal(id string, f *sender.Failure) sender.Refusal {
	return sender.Refusal{
		Target: sender.Target{Kind: sender.TargetUser, Value: id}, Reason: f.Reason, Code: f.Code, Text: f.Text, Hint: f.Hint,
	}
}

func invalid(t sender.Target) *sender.Failure {
	return outbound.FailureFromCode(appCodes(), codeInvalid, t.String()+" is invalid or out of the app's visible range", http.StatusOK)
}

func unlicensed(id string) *sender.Failure {
	return outbound.FailureFromCode(appCodes(), codeUnlicensed, id+" has no licence for the basic API", http.StatusOK)
}

// Recall takes a message back, within a day.
// https://developer.work.weixin.qq.com/document/path/94867
func (a *app) Recall(ctx context.Context, r sender.Receipt) error {
	own, err := readReceipt(r)
	if err != nil {
		return sender.Permanent(sender.ReasonMessage, err)
	}
	return a.api.call(ctx, pathRecall, map[string]string{"msgid": own.MessageID}, nil)
}

func readReceipt(r sender.Receipt) (receipt, error) {
	var own receipt
	if err := json.Unmarshal(r.Data, &own); err != nil || own.Version != 1 || own.MessageID == "" {
		return own, errors.New("the receipt is none of this type's")
	}
	return own, nil
}

// change is what replaces a card.
// https://developer.work.weixin.qq.com/document/path/94888
type change struct {
	Users   []string `json:"userids,omitempty"`
	Parties []int    `json:"partyids,omitempty"`
	Tags    []int    `json:"tagids,omitempty"`
	All     int      `json:"atall,omitempty"`
	AgentID int      `json:"agentid"`
	Code    string   `json:"response_code"`
	Card    *card    `json:"template_card"`
}

// Update replaces a template card, which WeCom allows once for each code it gave.
func (a *app) Update(ctx context.Context, r sender.Receipt, n sender.Notification) (sender.Receipt, error) {
	own, err := readReceipt(r)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, fmt.Errorf("%w: %w", sender.ErrCannotUpdate, err))
	}
	p, err := parsePart(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	if own.ResponseCode == "" || p.Card == nil || time.Since(time.UnixMilli(own.At)) > updateFor {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage,
			fmt.Errorf("%w: only a template card can be replaced, only once, and only within %s", sender.ErrCannotUpdate, updateFor))
	}
	to, err := a.people.resolve(ctx, n.Target)
	if err != nil {
		return sender.Receipt{}, err
	}
	body := change{AgentID: a.api.settings.AgentID, Code: own.ResponseCode, Card: p.marked(n.Key).Card}
	switch {
	case to.user == allUsers:
		body.All = 1
	case to.user != "":
		body.Users = []string{to.user}
	case to.party != "":
		body.Parties = numbers(to.party)
	default:
		body.Tags = numbers(to.tag)
	}
	if err := a.api.call(ctx, pathUpdate, body, nil); err != nil {
		return sender.Receipt{}, ended(err)
	}
	data, err := json.Marshal(receipt{Version: 1, MessageID: own.MessageID})
	return sender.Receipt{Data: data, MessageID: own.MessageID}, err
}

// ended marks the refusals after which a card can never be replaced: whatever is not about the caller or the moment.
// A code that is in no table is one too, since a new message tells the news for sure.
func ended(err error) error {
	f := sender.AsFailure(err)
	known := slices.ContainsFunc(appCodes(), func(m sender.CodeMeaning) bool { return m.Code == f.Code })
	switch {
	case f.Code == "", known && f.Class != sender.Never, known && f.Reason != sender.ReasonMessage && f.Reason != sender.ReasonRecipient:
		return err
	}
	marked := *f
	marked.Err = sender.ErrCannotUpdate
	return &marked
}

func numbers(s string) []int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	return []int{n}
}

// Find implements sender.Finder.
func (a *app) Find(ctx context.Context, p sender.Person) (string, error) {
	return a.people.person(ctx, sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p}, p)
}

// mark is a short word of a key, so that two alerts with the same text are not taken for a repeat.
func mark(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:3])
}
