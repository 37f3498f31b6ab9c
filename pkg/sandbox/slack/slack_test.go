package slack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/slack"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const token = "xoxb-demo-slack-token"

type rig struct {
	*stage.Stage
	t     *testing.T
	mux   *http.ServeMux
	clock *time.Time
	play  stage.Play
}

func newRig(t *testing.T) *rig {
	t.Helper()
	clock := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	r := &rig{t: t, mux: http.NewServeMux(), clock: &clock}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return clock }})
	require.NoError(t, r.Add(stage.Demo()))
	r.play = slack.New(r.Stage)
	require.NoError(t, r.play.Add(json.RawMessage(`{
		"apps":[{"bot_token":"xoxb-poor","bot_id":"B0POOR","name":"poor","scopes":["chat:write"]}],
		"channels":[{"id":"C0OLD","name":"#old","bots":["*"],"archived":true},{"id":"C0QUIET","name":"#quiet","bots":["*"],"read_only":true}],
		"webhooks":[{"path":"T/B/off","channel":"C0DEMO","disabled":true},{"path":"T/B/no","channel":"C0DEMO","prohibited":true},
			{"path":"T/B/old","channel":"C0OLD"},{"path":"T/B/lost","channel":"C0LOST"}]}`)))
	r.Mount(r.mux, r.play)
	return r
}

type answer struct {
	OK       bool
	Error    string
	Channel  json.RawMessage
	TS       string
	Needed   string
	Metadata struct{ Messages []string } `json:"response_metadata"`
	User     json.RawMessage

	status int
	header http.Header
}

// call posts JSON with a token; a method of another kind gives its type after a blank.
func (r *rig) call(bearer, method, body string) answer {
	r.t.Helper()
	method, kind, _ := strings.Cut(method, " ")
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/api/"+method, strings.NewReader(body))
	if kind == "" {
		kind = "application/json; charset=utf-8"
	}
	if kind != "none" {
		req.Header.Set("Content-Type", kind)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	out := answer{status: w.Code, header: w.Header()}
	require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	return out
}

func (r *rig) post(fields string) answer {
	r.t.Helper()
	return r.call(token, "chat.postMessage", `{"channel":"C0DEMO",`+fields+`}`)
}

func TestWhoMayCall(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct{ bearer, method, body, want string }{
		"nobody":              {"", "auth.test", `{}`, "not_authed"},
		"a stranger":          {"xoxb-other", "auth.test", `{}`, "invalid_auth"},
		"the app":             {token, "auth.test", `{}`, ""},
		"token in the body":   {"", "auth.test", `{"token":"` + token + `"}`, ""},
		"a scope is missing":  {"xoxb-poor", "users.lookupByEmail", `{"email":"lilei@example.com"}`, "missing_scope"},
		"no such method":      {token, "chat.shout", `{}`, "unknown_method"},
		"no type":             {token, "chat.postMessage none", `{}`, "missing_post_type"},
		"another type":        {token, "chat.postMessage text/html", `{}`, "invalid_post_type"},
		"a broken type":       {token, "chat.postMessage ;", `{}`, "invalid_post_type"},
		"another charset":     {token, "chat.postMessage application/json;charset=gbk", `{}`, "invalid_charset"},
		"no JSON":             {token, "chat.postMessage", `{`, "invalid_json"},
		"no object":           {token, "chat.postMessage", `[]`, "json_not_object"},
		"a form that is none": {token, "chat.postMessage application/x-www-form-urlencoded", `%zz`, "invalid_form_data"},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.call(c.bearer, c.method, c.body)
			require.Equal(t, http.StatusOK, got.status, "refusals have HTTP 200")
			require.Equal(t, c.want, got.Error)
			require.Equal(t, c.want == "", got.OK)
		})
	}
	got := r.call("xoxb-poor", "users.lookupByEmail", `{}`)
	require.Equal(t, "users:read.email", got.Needed)
	require.Equal(t, "chat:write", got.header.Get("X-OAuth-Scopes"))
	require.Equal(t, "users:read.email", got.header.Get("X-Accepted-OAuth-Scopes"))
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/auth.test", http.NoBody)
	req.Header.Set("Authorization", "Bearer "+token)
	r.play.Expire(&stage.Call{Request: req})
	require.Equal(t, "token_revoked", r.call(token, "auth.test", `{}`).Error)
	require.True(t, r.call(token, "auth.test", `{}`).OK, "the fault is over")
	require.NoError(t, r.play.Add(json.RawMessage(`{"apps":[{"bot_token":"xoxb-gone","bot_id":"B0GONE","revoked":true}]}`)))
	require.Equal(t, "token_revoked", r.call("xoxb-gone", "auth.test", `{}`).Error)
}

func TestWhereAMessageGoes(t *testing.T) {
	for channel, want := range map[string]string{
		"C0DEMO": "", "C0HOOK": "", "C0SECRET": "channel_not_found", "C0NONE": "channel_not_found", "#payments-alerts": "channel_not_found",
		"C0OLD": "is_archived", "C0QUIET": "restricted_action_read_only_channel", "ULILEI": "", "DULILEI": "", "UNOBODY": "channel_not_found", "UZHAOLIU": "user_disabled",
	} {
		t.Run(channel, func(t *testing.T) {
			r := newRig(t)
			got := r.call(token, "chat.postMessage", `{"channel":"`+channel+`","text":"x"}`)
			require.Equal(t, want, got.Error)
			require.Len(t, r.Messages(stage.Filter{}), map[bool]int{true: 1}[want == ""])
			if want == "" {
				require.Regexp(t, `^\d+\.\d{6}$`, got.TS)
			}
		})
	}
	r := newRig(t)
	require.Equal(t, "not_in_channel", r.call("xoxb-poor", "chat.postMessage", `{"channel":"C0HOOK","text":"x"}`).Error, "without chat:write.public")
	require.JSONEq(t, `"DULILEI"`, string(r.call(token, "chat.postMessage", `{"channel":"ULILEI","text":"x"}`).Channel), "the answer names the conversation")
	require.JSONEq(t, `{"id":"DULILEI"}`, string(r.call(token, "conversations.open", `{"users":"ULILEI"}`).Channel))
	for users, want := range map[string]string{"": "users_list_not_supplied", "UNOBODY": "user_not_found", "UZHAOLIU": "user_disabled"} {
		require.Equal(t, want, r.call(token, "conversations.open", `{"users":"`+users+`"}`).Error)
	}
	require.Contains(t, string(r.call(token, "users.lookupByEmail?email=LiLei@example.com", ``).User), `"id":"ULILEI"`)
	for _, email := range []string{"no@example.com", "zhaoliu@example.com", ""} {
		require.Equal(t, "users_not_found", r.call(token, "users.lookupByEmail?email="+email, ``).Error)
	}
}

func text(kind string, n int) string {
	return `{"type":"` + kind + `","text":"` + strings.Repeat("x", n) + `"}`
}

func list(n int, one string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + "]"
}

func TestWhatAMessageMayBe(t *testing.T) {
	section := func(inner string) string { return `"blocks":[{"type":"section",` + inner + `}]` }
	actions := func(inner string) string { return `"blocks":[{"type":"actions","elements":` + inner + `}]` }
	button := func(more string) string { return `{"type":"button","text":` + text("plain_text", 5) + more + `}` }
	for name, c := range map[string]struct{ body, want string }{
		"text":                   {`"text":"x"`, ""},
		"nothing":                {`"text":""`, "no_text"},
		"only empty lists":       {`"blocks":[],"attachments":[]`, "no_text"},
		"a long text":            {`"text":"` + strings.Repeat("x", 40_000) + `"`, ""},
		"too long a text":        {`"text":"` + strings.Repeat("x", 40_001) + `"`, "msg_too_long"},
		"blocks that are none":   {`"blocks":{}`, "invalid_blocks_format"},
		"50 blocks":              {`"blocks":` + list(50, `{"type":"divider"}`), ""},
		"51 blocks":              {`"blocks":` + list(51, `{"type":"divider"}`), "invalid_blocks"},
		"51 with attachments":    {`"blocks":` + list(50, `{"type":"divider"}`) + `,"attachments":[{"blocks":[{"type":"divider"}]}]`, "invalid_blocks"},
		"an unknown block":       {`"blocks":[{"type":"poem"}]`, "invalid_blocks"},
		"a long block_id":        {`"blocks":[{"type":"divider","block_id":"` + strings.Repeat("x", 256) + `"}]`, "invalid_blocks"},
		"a header":               {`"blocks":[{"type":"header","text":` + text("plain_text", 150) + `}]`, ""},
		"a long header":          {`"blocks":[{"type":"header","text":` + text("plain_text", 151) + `}]`, "invalid_blocks"},
		"a header with markup":   {`"blocks":[{"type":"header","text":` + text("mrkdwn", 1) + `}]`, "invalid_blocks"},
		"an empty header":        {`"blocks":[{"type":"header","text":` + text("plain_text", 0) + `}]`, "invalid_blocks"},
		"a section":              {section(`"text":` + text("mrkdwn", 3000)), ""},
		"a long section":         {section(`"text":` + text("mrkdwn", 3001)), "invalid_blocks"},
		"an empty section":       {section(`"block_id":"b"`), "invalid_blocks"},
		"text of another type":   {section(`"text":` + text("markdown", 1)), "invalid_blocks"},
		"mrkdwn with emoji":      {section(`"text":{"type":"mrkdwn","text":"x","emoji":false}`), "invalid_blocks"},
		"plain with verbatim":    {section(`"text":{"type":"plain_text","text":"x","verbatim":true}`), "invalid_blocks"},
		"10 fields":              {section(`"fields":` + list(10, text("mrkdwn", 100))), ""},
		"11 fields":              {section(`"fields":` + list(11, text("mrkdwn", 1))), "invalid_blocks"},
		"a long field":           {section(`"fields":[` + text("mrkdwn", 2001) + `]`), "invalid_blocks"},
		"a context":              {`"blocks":[{"type":"context","elements":` + list(10, text("mrkdwn", 1)) + `}]`, ""},
		"a context of 11":        {`"blocks":[{"type":"context","elements":` + list(11, text("mrkdwn", 1)) + `}]`, "invalid_blocks"},
		"a context of a number":  {`"blocks":[{"type":"context","elements":[7]}]`, "invalid_blocks"},
		"a context of nothing":   {`"blocks":[{"type":"context","elements":[` + text("mrkdwn", 0) + `]}]`, "invalid_blocks"},
		"a button":               {actions("[" + button(`,"action_id":"a","url":"https://x.test"`) + "]"), ""},
		"26 buttons":             {actions(list(26, button(""))), "invalid_blocks"},
		"no buttons":             {actions("[]"), "invalid_blocks"},
		"a long button":          {actions(`[{"type":"button","text":` + text("plain_text", 76) + `}]`), "invalid_blocks"},
		"a button in mrkdwn":     {actions(`[{"type":"button","text":` + text("mrkdwn", 1) + `}]`), "invalid_blocks"},
		"a menu":                 {actions(`[{"type":"static_select"}]`), "invalid_blocks"},
		"a script":               {actions("[" + button(`,"url":"javascript:x"`) + "]"), "invalid_blocks"},
		"a long url":             {actions("[" + button(`,"url":"https://`+strings.Repeat("x", 3000)+`"`) + "]"), "invalid_blocks"},
		"a long value":           {actions("[" + button(`,"value":"`+strings.Repeat("x", 2001)+`"`) + "]"), "invalid_blocks"},
		"another style":          {actions("[" + button(`,"style":"red"`) + "]"), "invalid_blocks"},
		"one action_id twice":    {actions(list(2, button(`,"action_id":"a"`))), "invalid_blocks"},
		"too much together":      {`"blocks":` + list(5, `{"type":"section","text":`+text("mrkdwn", 2700)+`}`), "msg_blocks_too_long"},
		"attachments":            {`"attachments":` + list(100, `{"text":"x"}`), ""},
		"101 attachments":        {`"attachments":` + list(101, `{"text":"x"}`), "too_many_attachments"},
		"attachments, no list":   {`"attachments":{}`, "invalid_attachments"},
		"a fault in attachments": {`"attachments":[{"blocks":[{"type":"poem"}]}]`, "invalid_blocks"},
	} {
		t.Run(name, func(t *testing.T) {
			got := newRig(t).post(c.body)
			require.Equal(t, c.want, got.Error)
			if c.want == "invalid_blocks" {
				require.Len(t, got.Metadata.Messages, 1)
				require.Contains(t, got.Metadata.Messages[0], "[json-pointer:/", "it says where")
			}
		})
	}
}

func TestAFormIsReadAsJSONIs(t *testing.T) {
	r := newRig(t)
	form := url.Values{"channel": {"C0DEMO"}, "text": {"x"}, "blocks": {`[{"type":"header","text":{"type":"plain_text","text":"t"}}]`}}
	require.Empty(t, r.call(token, "chat.postMessage application/x-www-form-urlencoded", form.Encode()).Error)
	require.Equal(t, "blocks", r.Messages(stage.Filter{})[0].Form)
	form.Set("blocks", `[{`)
	require.Equal(t, "invalid_blocks_format", r.call(token, "chat.postMessage application/x-www-form-urlencoded", form.Encode()).Error)
}

func TestThreadUpdateAndDelete(t *testing.T) {
	r := newRig(t)
	root := r.post(`"text":"first"`).TS
	reply := r.post(`"text":"second","thread_ts":"` + root + `"`).TS
	require.NotEmpty(t, reply)
	require.Equal(t, "thread_not_found", r.post(`"text":"x","thread_ts":"`+reply+`"`).Error, "a reply begins no thread")
	require.Equal(t, "thread_not_found", r.post(`"text":"x","thread_ts":"1.000000"`).Error)
	require.Equal(t, "thread_not_found", r.call(token, "chat.postMessage", `{"channel":"C0HOOK","text":"x","thread_ts":"`+root+`"}`).Error, "a ts is of its channel")

	at := `"channel":"C0DEMO","ts":"` + root + `"`
	blocks := `"blocks":[{"type":"divider"}]`
	require.True(t, r.call(token, "chat.update", `{`+at+`,"text":"changed",`+blocks+`}`).OK)
	require.True(t, r.call(token, "chat.update", `{`+at+`,"text":"again"}`).OK)
	m, _ := r.Message(root)
	require.JSONEq(t, `{"text":"again",`+blocks+`}`, string(m.Content), "blocks that are not named stay")
	require.Equal(t, 2, m.EditCount)
	require.True(t, r.call(token, "chat.update", `{`+at+`,"text":"bare","blocks":[]}`).OK)
	m, _ = r.Message(root)
	require.JSONEq(t, `{"text":"bare"}`, string(m.Content))
	second, _ := r.Message(reply)
	require.Equal(t, root, second.ReplyTo)
	require.True(t, second.InThread)
	aloud, _ := r.Message(r.post(`"text":"third","reply_broadcast":true,"thread_ts":"` + root + `"`).TS)
	require.Equal(t, root, aloud.ReplyTo)
	require.False(t, aloud.InThread, "the channel shows it")

	for name, c := range map[string]struct{ bearer, body, want string }{
		"too long":        {token, at + `,"text":"` + strings.Repeat("x", 4001) + `"`, "msg_too_long"},
		"another's":       {"xoxb-poor", at + `,"text":"x"`, "cant_update_message"},
		"no message":      {token, `"channel":"C0DEMO","ts":"1.000000","text":"x"`, "message_not_found"},
		"another channel": {token, `"channel":"C0HOOK","ts":"` + root + `","text":"x"`, "message_not_found"},
		"no channel":      {token, `"channel":"C0NONE","ts":"` + root + `","text":"x"`, "channel_not_found"},
		"a user's id":     {token, `"channel":"ULILEI","ts":"` + root + `","text":"x"`, "channel_not_found"},
	} {
		require.Equal(t, c.want, r.call(c.bearer, "chat.update", `{`+c.body+`}`).Error, name)
	}
	require.Equal(t, "cant_delete_message", r.call("xoxb-poor", "chat.delete", `{`+at+`}`).Error)
	require.True(t, r.call(token, "chat.delete", `{`+at+`}`).OK)
	require.Equal(t, "message_not_found", r.call(token, "chat.delete", `{`+at+`}`).Error)
	require.Equal(t, "message_not_found", r.call(token, "chat.update", `{`+at+`,"text":"x"}`).Error)
	require.Equal(t, "thread_not_found", r.post(`"text":"x","thread_ts":"`+root+`"`).Error)
}

func TestWhomAMessageNotifies(t *testing.T) {
	quoted := func(s string) string { raw, _ := json.Marshal(s); return string(raw) }
	block := func(kind, s string) string {
		return `[{"type":"section","text":{"type":"` + kind + `","text":` + quoted(s) + `}}]`
	}
	const li, channel = "<@ULILEI>", "<!channel>"
	for name, c := range map[string]struct {
		where, body string
		want        []stage.Mention
	}{
		"text":                 {"C0DEMO", `"text":` + quoted(li), []stage.Mention{{ID: "ULILEI", Name: "李雷", Notified: true}}},
		"text beside blocks":   {"C0DEMO", `"text":` + quoted(li) + `,"blocks":[{"type":"divider"}]`, nil},
		"blocks":               {"C0DEMO", `"text":"x","blocks":` + block("mrkdwn", li+" "+li), []stage.Mention{{ID: "ULILEI", Name: "李雷", Notified: true}}},
		"plain text":           {"C0DEMO", `"text":"x","blocks":` + block("plain_text", li), nil},
		"an attachment":        {"C0DEMO", `"text":"x","attachments":[{"blocks":` + block("mrkdwn", li) + `}]`, []stage.Mention{{ID: "ULILEI", Name: "李雷", Why: "inside an attachment"}}},
		"not in the channel":   {"C0DEMO", `"text":"<@UJOHN|John>"`, []stage.Mention{{ID: "UJOHN", Name: "John Smith", Why: "not in this channel"}}},
		"one who left":         {"C0DEMO", `"text":"<@UZHAOLIU>"`, []stage.Mention{{ID: "UZHAOLIU", Name: "离职的赵六", Why: "deactivated"}}},
		"nobody":               {"C0DEMO", `"text":"<@UNOBODY>"`, []stage.Mention{{ID: "UNOBODY", Why: "nobody has this id"}}},
		"a group":              {"C0DEMO", `"text":"<!subteam^S0OPS> <!subteam^S0NONE>"`, []stage.Mention{{ID: "S0OPS", Name: "ops", Notified: true}, {ID: "S0NONE", Why: "no such user group"}}},
		"everybody":            {"C0DEMO", `"text":` + quoted(channel+" <!here>"), []stage.Mention{{ID: "channel", Name: "全频道", Notified: true}, {ID: "here", Name: "在线的人", Notified: true}}},
		"many in private":      {"ULILEI", `"text":` + quoted(channel), []stage.Mention{{ID: "channel", Name: "全频道", Why: "only a channel has many"}}},
		"another in private":   {"ULILEI", `"text":"<@UHANMEIMEI>"`, []stage.Mention{{ID: "UHANMEIMEI", Name: "韩梅梅", Why: "not in this channel"}}},
		"escaped is no call":   {"C0DEMO", `"text":"&lt;!channel&gt; @channel"`, nil},
		"a link is no mention": {"C0DEMO", `"text":"<https://x.test|@here>"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			require.True(t, r.call(token, "chat.postMessage", `{"channel":"`+c.where+`",`+c.body+`}`).OK)
			require.Equal(t, c.want, r.Messages(stage.Filter{})[0].Mentions)
		})
	}
}

func TestLimits(t *testing.T) {
	r := newRig(t)
	for range 5 {
		require.True(t, r.post(`"text":"x"`).OK)
		*r.clock = r.clock.Add(100 * time.Millisecond)
	}
	got := r.post(`"text":"x"`)
	require.Equal(t, http.StatusTooManyRequests, got.status)
	require.Equal(t, "ratelimited", got.Error)
	require.Equal(t, "5", got.header.Get("Retry-After"), "whole seconds, rounded up")
	require.True(t, r.call(token, "chat.postMessage", `{"channel":"C0HOOK","text":"x"}`).OK, "a channel has its own")
	*r.clock = r.clock.Add(5 * time.Second)
	ts := r.post(`"text":"x"`).TS
	for range 50 {
		require.True(t, r.call(token, "chat.update", `{"channel":"C0DEMO","ts":"`+ts+`","text":"y"}`).OK)
	}
	require.Equal(t, "ratelimited", r.call(token, "chat.update", `{"channel":"C0DEMO","ts":"`+ts+`","text":"y"}`).Error)
	for range 50 {
		require.True(t, r.call(token, "users.lookupByEmail?email=lilei@example.com", ``).OK)
	}
	require.Equal(t, "ratelimited", r.call(token, "users.lookupByEmail?email=lilei@example.com", ``).Error)
	require.NoError(t, r.play.Add(json.RawMessage(`{"apps":[{"bot_token":"xoxb-free","bot_id":"B0FREE","scopes":["chat:write","chat:write.public"],"no_limits":true}]}`)))
	for range 20 {
		require.True(t, r.call("xoxb-free", "chat.postMessage", `{"channel":"C0DEMO","text":"x"}`).OK)
	}
}

func (r *rig) hook(path, kind, body string) (int, string, http.Header) {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/services/"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	return w.Code, w.Body.String(), w.Header()
}

func TestWebhooks(t *testing.T) {
	const mine = "T0DEMO/B0HOOK/demo-slack-webhook"
	for name, c := range map[string]struct {
		path, body string
		status     int
		want       string
	}{
		"text":           {mine, `{"text":"x <@ULILEI>"}`, 200, "ok"},
		"blocks":         {mine, `{"blocks":[{"type":"divider"}]}`, 200, "ok"},
		"nothing":        {mine, `{}`, 400, "no_text"},
		"no JSON":        {mine, `{`, 400, "invalid_payload"},
		"no object":      {mine, `null`, 400, "invalid_payload"},
		"a wrong block":  {mine, `{"blocks":[{"type":"poem"}]}`, 400, "invalid_blocks"},
		"a stranger":     {"T0DEMO/B0HOOK/other", `{"text":"x"}`, 404, "no_service"},
		"disabled":       {"T/B/off", `{"text":"x"}`, 404, "no_active_hooks"},
		"prohibited":     {"T/B/no", `{"text":"x"}`, 403, "action_prohibited"},
		"archived":       {"T/B/old", `{"text":"x"}`, 410, "channel_is_archived"},
		"a lost channel": {"T/B/lost", `{"text":"x"}`, 404, "channel_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			status, said, header := r.hook(c.path, "application/json", c.body)
			require.Equal(t, c.status, status)
			require.Equal(t, c.want, said, "a word, no JSON")
			require.Equal(t, "text/html", header.Get("Content-Type"))
			require.Len(t, r.Messages(stage.Filter{}), map[bool]int{true: 1}[c.want == "ok"])
		})
	}
	r := newRig(t)
	status, _, _ := r.hook(mine, "application/x-www-form-urlencoded", url.Values{"payload": {`{"text":"<@ULILEI>"}`}}.Encode())
	require.Equal(t, 200, status)
	m := r.Messages(stage.Filter{})[0]
	require.Equal(t, "#webhook-alerts", m.Conversation.Name)
	require.True(t, m.Mentions[0].Notified)
	require.NotContains(t, fmt.Sprintf("%+v %+v", m, m.Request), "demo-slack-webhook", "the address is a secret")
	status, _, _ = r.hook(mine, "application/x-www-form-urlencoded", "%zz")
	require.Equal(t, 400, status)
	for range 4 {
		status, _, _ = r.hook(mine, "application/json", `{"text":"x"}`)
		require.Equal(t, 200, status)
	}
	status, said, header := r.hook(mine, "application/json", `{"text":"x"}`)
	require.Equal(t, http.StatusTooManyRequests, status)
	require.Equal(t, "rate_limited", said)
	require.Equal(t, "5", header.Get("Retry-After"))
}

func TestFaultsSpeakSlacksWords(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.SetFaults(stage.Fault{Kind: stage.FaultCode, Code: "fatal_error", Text: "boom", Times: 1}))
	got := r.post(`"text":"x"`)
	require.Equal(t, "fatal_error", got.Error)
	require.Equal(t, http.StatusOK, got.status)
	require.NoError(t, r.SetFaults(stage.Fault{Kind: stage.FaultCode, Code: "is_archived", Status: 503, Times: 1}))
	require.Equal(t, http.StatusServiceUnavailable, r.post(`"text":"x"`).status)
	require.NoError(t, r.SetFaults(stage.Fault{Kind: stage.FaultCode, Code: "no_service", Times: 1}))
	status, said, _ := r.hook("T0DEMO/B0HOOK/demo-slack-webhook", "application/json", `{"text":"x"}`)
	require.Equal(t, 404, status)
	require.Equal(t, "no_service", said)
	require.NoError(t, r.SetFaults(stage.Fault{Kind: stage.FaultLimited, DelayMS: 1500, Times: 2}))
	require.Equal(t, "2", r.post(`"text":"x"`).header.Get("Retry-After"))
	status, said, _ = r.hook("T0DEMO/B0HOOK/demo-slack-webhook", "application/json", `{"text":"x"}`)
	require.Equal(t, 429, status)
	require.Equal(t, "rate_limited", said)
	require.NoError(t, r.SetFaults(stage.Fault{Kind: stage.FaultExpired, Times: 1}))
	require.Equal(t, "token_revoked", r.post(`"text":"x"`).Error)
}

func TestTheWorkspaceIsShownWithoutItsSecrets(t *testing.T) {
	r := newRig(t)
	raw, err := json.Marshal(r.play.View())
	require.NoError(t, err)
	for _, s := range []string{token, "demo-slack-webhook", "xoxb-poor"} {
		require.NotContains(t, string(raw), s)
	}
	var names []string
	for _, c := range r.play.Places() {
		names = append(names, c.Name)
	}
	require.Contains(t, names, "#payments-alerts")
	require.NotContains(t, names, "#secret")
	require.Equal(t, "云锣 Yunluo", r.play.Sender(stage.Message{App: "B0DEMO"}))
	require.Equal(t, "告警 Webhook", r.play.Sender(stage.Message{App: stage.Mask("T0DEMO/B0HOOK/demo-slack-webhook")}))
	require.Equal(t, "B0GONE", r.play.Sender(stage.Message{App: "B0GONE"}))
	for _, bad := range []string{`{"apps":[{"bot_id":"B"}]}`, `{"channels":[{"id":"x"}]}`, `{"webhooks":[{"path":"x","channel":"C0"}]}`, `{"poem":1}`} {
		require.Error(t, r.play.Add(json.RawMessage(bad)))
	}
}
