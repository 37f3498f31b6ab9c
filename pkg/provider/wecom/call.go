package wecom

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo_call.svg
var callLogo string

const (
	pathCall   = "/cgi-bin/pstncc/call"
	pathStates = "/cgi-bin/pstncc/getstates"

	// callees is how many people share a call of the API; WeCom names no limit.
	callees = 100
	// callsPer8Min and callsADay are what one person gets; what is above ends as reason 13.
	// https://developer.work.weixin.qq.com/document/path/91628
	callsPer8Min = 3
	callsADay    = 8
	// titleRunes is how much of the title the history keeps.
	titleRunes = 100
)

func callManifest() sender.Manifest {
	send := []sender.Op{sender.OpSend}
	return sender.Manifest{
		Type: "wecom_call", Provider: providerName,
		Title: words("企业微信紧急通知电话", "WeCom emergency call"),
		Summary: words("用企业微信「紧急通知」应用给成员打电话，几分钟后查询是否接听，没有接听就走下一步。电话里只提示查看企业微信，所以要与 wecom_app 一起用。",
			"Calls members through WeCom's emergency notice app, asks some minutes later whether they answered, and goes on if they did not. The call only says to look at WeCom, so use it along with wecom_app."),
		Fields: []sender.Field{
			{
				Name: fieldCorpID, Kind: sender.FieldString, Required: true, Label: words("企业 ID", "Corp ID"),
				Help: words("管理后台「我的企业」页面底部，ww 开头。", "At the bottom of My Company in the admin console; begins with ww."),
			},
			{
				Name: fieldSecret, Kind: sender.FieldString, Required: true, Secret: true, Label: words("应用 Secret", "App's secret"),
				Help: words("在「紧急通知」的「可调用接口的应用」里的那个自建应用的 Secret。", "Of the self-built app that is listed under Emergency Notice as one that may call."),
			},
		},
		BaseURL: baseURL,
		Targets: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetPhone, sender.TargetEmail},
		Limits: []sender.Limit{
			{Scope: sender.ScopeTarget, Count: callsPer8Min, Per: 8 * time.Minute, Ops: send, Kind: sender.Budget},
			{Scope: sender.ScopeTarget, Count: callsADay, Per: 24 * time.Hour, Ops: send, Kind: sender.Budget},
		},
		Repeat: sender.Repeat{Kind: sender.Once}, Rings: true, Batch: callees,
		Track:  []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute},
		Errors: callCodes(), Docs: "https://developer.work.weixin.qq.com/document/path/91627", Logo: callLogo,
		New: newCaller, Preview: previewCall,
	}
}

// callSettings are a call account's own.
type callSettings struct {
	CorpID string       `setting:"corp_id"`
	Secret secret.Value `setting:"corp_secret"`
}

// callCodes adds those of emergency notices. https://developer.work.weixin.qq.com/document/path/90313
func callCodes() []sender.CodeMeaning {
	enable := words("在管理后台购买并启用「紧急通知」应用，并把自建应用加到它的「可调用接口的应用」。",
		"Buy and enable the Emergency Notice app in the admin console, and list the self-built app under the apps that may call it.")
	return append(
		apiCodes(),
		row("301049", sender.Never, sender.ReasonPermission, words("应用未关联紧急通知", "the app is not linked to emergency notices"), enable),
		row("301050", sender.Never, sender.ReasonPermission, words("紧急通知未启用", "emergency notices are not enabled"), enable),
		row("301051", sender.Never, sender.ReasonPermission, words("紧急通知余额不足", "no balance is left for emergency notices"),
			words("在管理后台「紧急通知」里充值。", "Top up Emergency Notice in the admin console.")),
	)
}

// caller calls members.
type caller struct {
	api    *api
	people *directory
}

var (
	_ sender.Sender  = (*caller)(nil)
	_ sender.Batcher = (*caller)(nil)
	_ sender.Tracker = (*caller)(nil)
	_ sender.Prober  = (*caller)(nil)
	_ sender.Finder  = (*caller)(nil)
)

func newCaller(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	own := settings{CorpID: s.Values[fieldCorpID], Secret: s.Secrets[fieldSecret]}
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	if err := sender.Misconfigured(own.check(), err); err != nil {
		return nil, err
	}
	a := newAPI(client, own, callCodes(), d.TokenRefreshed)
	return &caller{api: a, people: newDirectory(a)}, nil
}

// ring is a call's content: WeCom says fixed words, so the title is only for people who look at the history.
type ring struct {
	Title string `json:"title"`
}

func parseRing(raw json.RawMessage) (ring, error) {
	var r ring
	if err := json.Unmarshal(raw, &r); err != nil || r.Title == "" {
		return r, errors.New("the content is not a call of WeCom: it has no title")
	}
	return r, nil
}

// Render keeps the title.
func (c *caller) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	raw, err := outbound.JSON(ring{markup.Cut(markup.Headline(d.Message), titleRunes)})
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	return sender.Rendered{Parts: []json.RawMessage{raw}}, nil
}

func previewCall(raw json.RawMessage) (sender.Preview, error) {
	r, err := parseRing(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	return sender.Preview{Shape: sender.ShapeCall, Blocks: []sender.Block{
		{Kind: sender.BlockNote, Text: "企业微信紧急通知：请查看企业微信"}, {Kind: sender.BlockText, Text: r.Title},
	}}, nil
}

// callReceipt is Receipt.Data.
type callReceipt struct {
	Version int    `json:"v"`
	Call    string `json:"call"`
	User    string `json:"user"`
}

func readCall(r sender.Receipt) (callReceipt, error) {
	var own callReceipt
	if err := json.Unmarshal(r.Data, &own); err != nil || own.Version != 1 || own.Call == "" || own.User == "" {
		return own, sender.Permanent(sender.ReasonMessage, errors.New("the receipt is none of this type's"))
	}
	return own, nil
}

// Send calls one person.
func (c *caller) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	o := c.SendBatch(ctx, []sender.Notification{n})[0]
	return o.Receipt, o.Err
}

// state is what became of one person in a call of the API.
type state struct {
	Code int    `json:"code"`
	Call string `json:"callid"`
	User string `json:"userid"`
}

// SendBatch calls people, each by a call of their own.
// https://developer.work.weixin.qq.com/document/path/91627
func (c *caller) SendBatch(ctx context.Context, list []sender.Notification) []sender.Outcome {
	out := make([]sender.Outcome, len(list))
	users := make([]string, len(list))
	var to []string
	for i, n := range list {
		if _, err := parseRing(n.Content); err != nil {
			out[i].Err = sender.Permanent(sender.ReasonMessage, err)
			continue
		}
		r, err := c.people.resolve(ctx, n.Target)
		if err == nil && (r.user == "" || r.user == allUsers) {
			err = nobody(n.Target, "only members can be called")
		}
		if out[i].Err = err; err != nil {
			continue
		}
		if users[i] = r.user; !slices.Contains(to, r.user) {
			to = append(to, r.user)
		}
	}
	if len(to) == 0 {
		return out
	}
	var got struct {
		States []state `json:"states"`
	}
	err := c.api.call(ctx, pathCall, map[string]any{"callee_userid": to}, &got)
	shared := false
	for i := range list {
		if users[i] != "" {
			out[i] = c.outcome(users[i], got.States, err)
			out[i].Shared, shared = shared, true
		}
	}
	return out
}

func (c *caller) outcome(user string, states []state, err error) (o sender.Outcome) {
	if err != nil {
		return sender.Outcome{Err: err}
	}
	at := slices.IndexFunc(states, func(s state) bool { return strings.EqualFold(s.User, user) })
	switch {
	case at < 0 || (states[at].Code == 0 && states[at].Call == ""):
		o.Err = &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
	case states[at].Code != 0:
		o.Err = c.api.client.RedactFailure(outbound.FailureFromCode(c.api.table, strconv.Itoa(states[at].Code), user+" cannot be called", 0))
	default:
		data, err := json.Marshal(callReceipt{Version: 1, Call: states[at].Call, User: user})
		o.Receipt, o.Err = sender.Receipt{Data: data, MessageID: states[at].Call}, err
	}
	return o
}

// Track asks whether a call was answered.
// https://developer.work.weixin.qq.com/document/path/91628
func (c *caller) Track(ctx context.Context, r sender.Receipt) (sender.Progress, error) {
	own, err := readCall(r)
	if err != nil {
		return sender.Progress{}, err
	}
	var got struct {
		Talked *int `json:"istalked"`
		Reason int  `json:"reason"`
	}
	if err := c.api.call(ctx, pathStates, map[string]string{"callee_userid": own.User, "callid": own.Call}, &got); err != nil {
		return sender.Progress{}, err
	}
	switch {
	case got.Talked == nil:
		return sender.Progress{}, &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
	case *got.Talked == 1:
		return sender.Progress{Fate: sender.FateAnswered, Final: true}, nil
	case got.Reason == 0:
		return sender.Progress{Fate: sender.FatePending}, nil
	}
	return sender.Progress{
		Fate: sender.FateUnanswered, Final: true, Code: strconv.Itoa(got.Reason), Text: reasonOf(got.Reason),
		Hint: words("电话没有接听。原因 13 表示 8 分钟内超过 3 次或一天超过 8 次。", "The call was not answered. Reason 13 is more than 3 calls in 8 minutes or 8 in a day."),
	}, nil
}

// reasonOf words what is known of the reasons.
// https://developer.work.weixin.qq.com/document/path/91628
func reasonOf(n int) string {
	known := map[int]string{4: "no answer", 7: "declined", 8: "switched off", 9: "no such number", 13: "called too often"}
	if s, ok := known[n]; ok {
		return s
	}
	return "not answered"
}

// Find implements sender.Finder.
func (c *caller) Find(ctx context.Context, p sender.Person) (string, error) {
	return c.people.person(ctx, sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p}, p)
}

// noCall is no call's id.
const noCall = "0"

// Probe fetches a token, and asks about a call that never was: that needs the right and a trusted address, and calls
// nobody. Whether there is credit for a call, only a call shows.
func (c *caller) Probe(ctx context.Context) []sender.Check {
	token := sender.Check{Name: words("企业 ID 与 Secret", "corp id and secret")}
	if _, err := c.api.tokens.Get(ctx); err != nil {
		return []sender.Check{token.Failed(err)}
	}
	token.OK = true
	reach := sender.Check{Name: words("可调用紧急通知，出口 IP 可信", "emergency notices answer, and this address is trusted")}
	err := c.api.call(ctx, pathStates, map[string]string{"callee_userid": noCall, "callid": noCall}, nil)
	if f := sender.AsFailure(err); f != nil && (f.Code == "" || f.Class != sender.Never || f.Reason == sender.ReasonPermission || f.Reason == sender.ReasonAuth) {
		return []sender.Check{token, reach.Failed(err)}
	}
	reach.OK, reach.Detail = true, "only a call shows whether there is credit for it"
	return []sender.Check{token, reach}
}
