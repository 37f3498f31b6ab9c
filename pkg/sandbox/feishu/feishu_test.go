package feishu_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/feishu"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// rig is the play alone on its stage, at a time that only the test moves.
type rig struct {
	*stage.Stage
	mux   *http.ServeMux
	clock *time.Time
	token string
}

type reply struct {
	status int
	header http.Header
	Code   int             `json:"code"`
	Msg    string          `json:"msg"`
	Data   json.RawMessage `json:"data"`
	Error  struct {
		LogID string `json:"log_id"`
	} `json:"error"`
	Token  string `json:"tenant_access_token"`
	Expire int    `json:"expire"`
}

func newRig(t *testing.T) *rig {
	t.Helper()
	clock := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	r := &rig{mux: http.NewServeMux(), clock: &clock}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return clock }})
	require.NoError(t, r.Add(stage.Demo()))
	require.NoError(t, r.Add(stage.World{
		Apps: []stage.App{
			{ID: "cli_poor", Secret: "s", Name: "poor", QuotaSMS: 1, Hidden: []string{"wang_fang"}},
			{ID: "cli_mute", Secret: "s", Name: "mute", BotOff: true},
		},
		Users: []stage.User{{Name: "停用", UserID: "stopped", Stopped: true, OpenID: "ou_stopped"}},
		Chats: []stage.Chat{
			{ID: "oc_muted", Bots: []string{"*"}, Members: []string{"*"}, Muted: true},
			{ID: "oc_calm", Bots: []string{"*"}, Members: []string{"*"}, NoUrgent: true},
			{ID: "oc_gone", Bots: []string{"*"}, Dissolved: true},
		},
	}))
	r.Mount(r.mux, feishu.New(r.Stage))
	r.token = r.login(t, "cli_demo", "secret").Token
	require.NotEmpty(t, r.token)
	return r
}

func (r *rig) call(t *testing.T, method, path string, body any, headers ...string) reply {
	t.Helper()
	raw, isRaw := body.(string)
	if !isRaw && body != nil {
		b, err := json.Marshal(body)
		require.NoError(t, err)
		raw = string(b)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(raw))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+r.token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	out := reply{status: w.Code, header: w.Header()}
	answer, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	if bytes.HasPrefix(answer, []byte("{")) {
		require.NoError(t, json.Unmarshal(answer, &out), string(answer))
	}
	return out
}

func (r *rig) login(t *testing.T, id, secret string) reply {
	t.Helper()
	return r.call(t, "POST", "/open-apis/auth/v3/tenant_access_token/internal",
		map[string]string{"app_id": id, "app_secret": secret}, "Authorization", "")
}

const messages = "/open-apis/im/v1/messages"

func textOf(s string) string {
	raw, _ := json.Marshal(map[string]string{"text": s})
	return string(raw)
}

func (r *rig) send(t *testing.T, kind, id, form, content, uuid string) reply {
	t.Helper()
	return r.call(t, "POST", messages+"?receive_id_type="+kind,
		map[string]string{"receive_id": id, "msg_type": form, "content": content, "uuid": uuid})
}

// mustSend returns the message's id and leaves room in the chat's limit.
func (r *rig) mustSend(t *testing.T, chat, form, content string) string {
	t.Helper()
	*r.clock = r.clock.Add(time.Second)
	out := r.send(t, "chat_id", chat, form, content, "")
	require.Zero(t, out.Code, out.Msg)
	return messageID(t, out)
}

func messageID(t *testing.T, out reply) string {
	t.Helper()
	var data struct {
		ID string `json:"message_id"`
	}
	require.NoError(t, json.Unmarshal(out.Data, &data))
	require.NotEmpty(t, data.ID)
	return data.ID
}

const (
	sharedOne = `{"config":{"update_multi":true},"elements":[{"tag":"markdown","content":"hi"}]}`
	sharedTwo = `{"schema":"2.0","config":{"update_multi":true},"body":{"elements":[{"tag":"markdown","content":"hi"}]}}`
)

func TestToken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.login(t, "cli_demo", "secret")
	require.Equal(t, 7200, first.Expire)

	*r.clock = r.clock.Add(90 * time.Minute)
	same := r.login(t, "cli_demo", "secret")
	require.Equal(t, first.Token, same.Token, "30 minutes remain: the same token")
	require.Equal(t, 1800, same.Expire, "expire shrinks")

	*r.clock = r.clock.Add(time.Second)
	next := r.login(t, "cli_demo", "secret")
	require.NotEqual(t, first.Token, next.Token, "less than 30 minutes remain: a new token")
	for _, token := range []string{first.Token, next.Token} {
		require.Zero(t, r.call(t, "GET", "/open-apis/bot/v3/info", nil, "Authorization", "Bearer "+token).Code, "both are valid")
	}

	*r.clock = r.clock.Add(30 * time.Minute)
	old := r.call(t, "GET", "/open-apis/bot/v3/info", nil, "Authorization", "Bearer "+first.Token)
	require.Equal(t, 99991663, old.Code)
	require.Equal(t, http.StatusBadRequest, old.status)
	require.NotEmpty(t, old.Error.LogID)
}

func TestTokenIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, c := range map[string]struct {
		body any
		code int
	}{
		"wrong secret": {map[string]string{"app_id": "cli_demo", "app_secret": "no"}, 10014},
		"unknown app":  {map[string]string{"app_id": "cli_none", "app_secret": "no"}, 10014},
		"no secret":    {map[string]string{"app_id": "cli_demo"}, 10003},
		"no JSON":      {"hello", 10003},
	} {
		out := r.call(t, "POST", "/open-apis/auth/v3/tenant_access_token/internal", c.body)
		require.Equal(t, c.code, out.Code, name)
		require.Equal(t, http.StatusOK, out.status, name)
		require.Empty(t, out.Token, name)
	}
	for header, code := range map[string]int{"": 99991661, "Bearer ": 99991661, "Bearer x": 99991671, "Bearer t-x": 99991663} {
		require.Equal(t, code, r.call(t, "GET", "/open-apis/bot/v3/info", nil, "Authorization", header).Code, header)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ask := func(query string, body any) (map[string]string, reply) {
		out := r.call(t, "POST", "/open-apis/contact/v3/users/batch_get_id"+query, body)
		var data struct {
			List []map[string]any `json:"user_list"`
		}
		if out.Code == 0 {
			require.NoError(t, json.Unmarshal(out.Data, &data))
		}
		found := map[string]string{}
		for _, item := range data.List {
			key, _ := item["email"].(string)
			if key == "" {
				key, _ = item["mobile"].(string)
			}
			found[key], _ = item["user_id"].(string)
		}
		return found, out
	}
	found, _ := ask("?user_id_type=open_id", map[string]any{
		"emails":  []string{"LiLei@example.com", "nobody@example.com", "lilei@corp.example.com", "zhaoliu@example.com"},
		"mobiles": []string{"13800000002", "+8613800000003", "4155550100", "+14155550100"},
	})
	require.Equal(t, map[string]string{
		"LiLei@example.com": "ou_demo_lilei", "nobody@example.com": "",
		"lilei@corp.example.com": "", "zhaoliu@example.com": "",
		"13800000002": "ou_demo_hanmeimei", "+8613800000003": "ou_demo_wangfang",
		"4155550100": "", "+14155550100": "ou_demo_john",
	}, found)
	found, _ = ask("?user_id_type=user_id", map[string]any{"emails": []string{"zhaoliu@example.com"}, "include_resigned": true})
	require.Equal(t, "zhao_liu", found["zhaoliu@example.com"])

	many := make([]string, 51)
	_, out := ask("", map[string]any{"emails": many})
	require.Equal(t, 99992402, out.Code)
	_, out = ask("?user_id_type=mobile", map[string]any{})
	require.Equal(t, 99992402, out.Code)
	_, out = ask("", "[")
	require.Equal(t, 9499, out.Code)
}

func TestSendToEveryKindOfID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for kind, id := range map[string]string{
		"open_id": "ou_demo_lilei", "union_id": "on_demo_lilei", "user_id": "li_lei", "email": "lilei@example.com",
	} {
		*r.clock = r.clock.Add(time.Second)
		out := r.send(t, kind, id, "text", textOf("hi"), "")
		require.Zero(t, out.Code, out.Msg)
		m, ok := r.Message(messageID(t, out))
		require.True(t, ok)
		require.Equal(t, "李雷", m.Conversation.Name)
		require.Equal(t, "person", m.Conversation.Kind)
	}
	require.Len(t, r.Conversations(), 1, "one private chat, whatever the id")
}

func TestSendIsRefused(t *testing.T) {
	t.Parallel()
	long := textOf(strings.Repeat("长", 50<<10))
	wide := `{"elements":[{"tag":"markdown","content":"` + strings.Repeat("x", 30<<10) + `"}]}`
	for name, c := range map[string]struct {
		kind, id, form, content, uuid string
		code                          int
	}{
		"no id type":         {"", "oc_demo", "text", textOf("x"), "", 99992402},
		"mobile":             {"mobile", "138", "text", textOf("x"), "", 99992402},
		"no receiver":        {"chat_id", "", "text", textOf("x"), "", 99992402},
		"uuid too long":      {"chat_id", "oc_demo", "text", textOf("x"), strings.Repeat("u", 51), 99992402},
		"unknown open_id":    {"open_id", "ou_nobody", "text", textOf("x"), "", 230001},
		"id of another type": {"open_id", "li_lei", "text", textOf("x"), "", 230001},
		"not a chat id":      {"chat_id", "demo", "text", textOf("x"), "", 230001},
		"unknown e-mail":     {"email", "x@example.com", "text", textOf("x"), "", 230001},
		"resigned":           {"user_id", "zhao_liu", "text", textOf("x"), "", 230013},
		"stopped the bot":    {"open_id", "ou_stopped", "text", textOf("x"), "", 230053},
		"bot not in chat":    {"chat_id", "oc_stranger", "text", textOf("x"), "", 230002},
		"unknown chat":       {"chat_id", "oc_none", "text", textOf("x"), "", 230002},
		"muted":              {"chat_id", "oc_muted", "text", textOf("x"), "", 230018},
		"dissolved":          {"chat_id", "oc_gone", "text", textOf("x"), "", 232009},
		"no form":            {"chat_id", "oc_demo", "", textOf("x"), "", 99992402},
		"unknown form":       {"chat_id", "oc_demo", "markdown", textOf("x"), "", 230001},
		"content no JSON":    {"chat_id", "oc_demo", "text", "x", "", 230001},
		"text without text":  {"chat_id", "oc_demo", "text", "{}", "", 230001},
		"empty text":         {"chat_id", "oc_demo", "text", textOf(" "), "", 230001},
		"post with post":     {"chat_id", "oc_demo", "post", `{"post":{"zh_cn":{"content":[]}}}`, "", 230001},
		"post unknown tag":   {"chat_id", "oc_demo", "post", `{"zh_cn":{"content":[[{"tag":"b"}]]}}`, "", 230001},
		"text too long":      {"chat_id", "oc_demo", "text", long, "", 230025},
		"card too long":      {"chat_id", "oc_demo", "interactive", wide, "", 230025},
		"card no JSON":       {"chat_id", "oc_demo", "interactive", "x", "", 230099},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			out := r.send(t, c.kind, c.id, c.form, c.content, c.uuid)
			require.Equal(t, c.code, out.Code, out.Msg)
			require.Equal(t, http.StatusBadRequest, out.status)
			require.NotEmpty(t, out.Error.LogID)
			require.Empty(t, r.Messages(stage.Filter{}))
		})
	}
}

func TestSendWantsContentAsString(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	out := r.call(t, "POST", messages+"?receive_id_type=chat_id",
		map[string]any{"receive_id": "oc_demo", "msg_type": "text", "content": map[string]string{"text": "x"}})
	require.Equal(t, 9499, out.Code)
	out = r.call(t, "POST", messages+"?receive_id_type=chat_id", "receive_id=oc_demo", "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, 9499, out.Code)
}

func TestOpenIDBelongsToOneApp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.token = r.login(t, "cli_poor", "s").Token
	require.Equal(t, 99992361, r.send(t, "open_id", "ou_demo_lilei", "text", textOf("x"), "").Code)
	require.Equal(t, 230013, r.send(t, "user_id", "wang_fang", "text", textOf("x"), "").Code, "hidden from this app")
	r.token = r.login(t, "cli_mute", "s").Token
	require.Equal(t, 230006, r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "").Code)
}

func TestUUIDIsRememberedForAnHour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := messageID(t, r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "u1"))
	*r.clock = r.clock.Add(59 * time.Minute)
	require.Equal(t, first, messageID(t, r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "u1")))
	require.NotEqual(t, first, messageID(t, r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "u2")))
	*r.clock = r.clock.Add(time.Minute)
	require.NotEqual(t, first, messageID(t, r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "u1")))
	require.EqualValues(t, 3, r.Figures().Messages)
	require.EqualValues(t, 1, r.Figures().Repeats)
}

func TestChatTakesFiveASecond(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 5 {
		require.Zero(t, r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "").Code)
	}
	out := r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "")
	require.Equal(t, 230020, out.Code)
	require.Equal(t, http.StatusBadRequest, out.status)
	require.Zero(t, r.send(t, "chat_id", "oc_ops", "text", textOf("x"), "").Code, "another chat has its own limit")
	*r.clock = r.clock.Add(999 * time.Millisecond)
	require.Equal(t, 230020, r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "").Code)
	*r.clock = r.clock.Add(time.Millisecond)
	require.Zero(t, r.send(t, "chat_id", "oc_demo", "text", textOf("x"), "").Code)
}

func TestAppLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 50 {
		require.Zero(t, r.call(t, "GET", "/open-apis/bot/v3/info", nil).Code)
	}
	out := r.call(t, "GET", "/open-apis/bot/v3/info", nil)
	require.Equal(t, http.StatusTooManyRequests, out.status)
	require.Equal(t, 99991400, out.Code)
	require.Equal(t, "1", out.header.Get("x-ogw-ratelimit-reset"))
	for range 19 {
		*r.clock = r.clock.Add(time.Second)
		for range 50 {
			require.Zero(t, r.call(t, "GET", "/open-apis/bot/v3/info", nil).Code)
		}
	}
	*r.clock = r.clock.Add(time.Second)
	out = r.call(t, "GET", "/open-apis/bot/v3/info", nil)
	require.Equal(t, 99991400, out.Code, "1000 in a minute")
	reset, err := strconv.Atoi(out.header.Get("x-ogw-ratelimit-reset"))
	require.NoError(t, err)
	require.Equal(t, 40, reset)

	r.SetNoLimits(true)
	require.Zero(t, r.call(t, "GET", "/open-apis/bot/v3/info", nil).Code)
}

func TestUnknownPathAndMethod(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.mustSend(t, "oc_demo", "text", textOf("x"))
	for path, method := range map[string]string{
		"/open-apis/none": "GET",
		messages + "/" + id + "/urgent_app?user_id_type=open_id": "POST",
		messages + "/" + id: "PUT",
	} {
		require.Equal(t, http.StatusNotFound, r.call(t, method, path, map[string]any{"user_id_list": []string{"ou_demo_lilei"}}).status, path)
	}
}
