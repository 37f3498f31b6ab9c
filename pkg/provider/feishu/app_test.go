package feishu

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const testKey = "019aa000-0000-7000-8000-000000000001"

func rendered(t *testing.T, a *app, f form) json.RawMessage {
	t.Helper()
	got, err := a.Render(t.Context(), sender.Draft{
		Message: firing(), Target: chat(), Mentions: []sender.Target{sender.ParseTarget("user:ou_9")},
		Options: sender.Options{optionForm: string(f)},
	})
	require.NoError(t, err)
	require.Len(t, got.Parts, 1)
	return got.Parts[0]
}

func sent(t *testing.T, a *app, f form) sender.Receipt {
	t.Helper()
	r, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: chat(), Content: rendered(t, a, f)})
	require.NoError(t, err)
	return r
}

func TestSendAddressesTheTarget(t *testing.T) {
	byID := func(id string) sender.Target {
		return personTarget(sender.Person{Name: "x", Email: "li@example.com", IDs: map[string]string{"feishu": id}})
	}
	for name, c := range map[string]struct {
		target   sender.Target
		kind, id string
		lookups  int
	}{
		"chat":                      {chat(), "chat_id", "oc_1", 0},
		"open_id":                   {sender.ParseTarget("user:ou_1"), "open_id", "ou_1", 0},
		"union_id":                  {sender.ParseTarget("user:on_1"), "union_id", "on_1", 0},
		"user_id":                   {sender.ParseTarget("user:ab12"), "user_id", "ab12", 0},
		"ou_ inside is a user_id":   {sender.ParseTarget("user:zhou_wei"), "user_id", "zhou_wei", 0},
		"on_ inside is a user_id":   {sender.ParseTarget("user:jason_li"), "user_id", "jason_li", 0},
		"explicit user_id":          {sender.ParseTarget("user:user_id/ou_x"), "user_id", "ou_x", 0},
		"explicit open_id":          {sender.ParseTarget("user:open_id/x1"), "open_id", "x1", 0},
		"explicit union_id":         {sender.ParseTarget("user:union_id/x1"), "union_id", "x1", 0},
		"e-mail needs no lookup":    {sender.ParseTarget("email:Jason_on_duty@example.com"), "email", "jason_on_duty@example.com", 0},
		"phone":                     {sender.ParseTarget("phone:13800000000"), "open_id", "ou_han", 1},
		"person by id":              {byID("ou_7"), "open_id", "ou_7", 0},
		"person by explicit id":     {byID("user_id/on_7"), "user_id", "on_7", 0},
		"person by e-mail":          {lilei(), "open_id", "ou_li", 1},
		"person by mobile":          {personTarget(sender.Person{Name: "han", Mobile: "+8613800000000"}), "open_id", "ou_han", 1},
		"person, e-mail is unknown": {personTarget(sender.Person{Name: "han", Email: "no@example.com", Mobile: "138 0000 0000"}), "open_id", "ou_han", 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			a := open(t, f)
			r, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: c.target, Content: rendered(t, a, formCard)})
			require.NoError(t, err)
			require.Equal(t, "om_1", r.MessageID)
			require.JSONEq(t, `{"v":1,"message_id":"om_1","chat_id":"oc_1","msg_type":"interactive"}`, string(r.Data))
			got := f.to(pathMessages)
			require.Len(t, got, 1)
			require.Equal(t, c.kind, got[0].query["receive_id_type"])
			require.Equal(t, c.id, got[0].body["receive_id"])
			require.Equal(t, testKey, got[0].body["uuid"])
			require.IsType(t, "", got[0].body["content"], "content is JSON in a string")
			require.Len(t, f.to(pathLookup), c.lookups)
		})
	}
}

func TestSendRefusesTargetsThatCannotBe(t *testing.T) {
	for name, target := range map[string]sender.Target{
		"empty user": sender.ParseTarget("user:"), "odd user": sender.ParseTarget("user:a b"), "odd chat": sender.ParseTarget("chat:oc_1/../x"),
		"unknown phone": sender.ParseTarget("phone:13900000000"), "bad phone": sender.ParseTarget("phone:12"), "bad email": sender.ParseTarget("email:li"),
		"unknown person": personTarget(sender.Person{Name: "x", Email: "x@example.com"}), "person of nowhere": {Kind: sender.TargetPerson, Value: "x"},
		"department": sender.ParseTarget("department:1"),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			a := open(t, f)
			_, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: target, Content: rendered(t, a, formText)})
			failure := failureOf(t, err)
			require.Equal(t, sender.Never, failure.Class)
			require.Equal(t, sender.ReasonRecipient, failure.Reason)
			require.Empty(t, f.to(pathMessages))
		})
	}
}

func TestSendByEmailWhereLookingUpIsNotAllowed(t *testing.T) {
	f := newFake()
	f.answer("POST "+pathLookup, refuse("99991672", "Access denied. One of the following scopes is required: [contact:user.id:readonly]"))
	a := open(t, f)
	_, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: lilei(), Content: rendered(t, a, formCard)})
	require.NoError(t, err)
	require.Equal(t, "email", f.to(pathMessages)[0].query["receive_id_type"])
}

func TestSendTextWhereTheCardCannotBeMade(t *testing.T) {
	f := newFake()
	f.answer("POST "+pathMessages, func(w http.ResponseWriter, r *http.Request) {
		if all := f.to(pathMessages); all[len(all)-1].body["msg_type"] == msgCard {
			refuse(codeCard, "Failed to create card content, ext=ErrCode: 11310; ErrMsg: element exceeds the limit")(w, r)
			return
		}
		say(w, `{"code":0,"data":{"message_id":"om_2","chat_id":"oc_1"}}`)
	})
	a := open(t, f)
	r := sent(t, a, formCard)
	var data receipt
	require.NoError(t, json.Unmarshal(r.Data, &data))
	require.Equal(t, msgText, data.MsgType)
	require.Contains(t, data.Fallback, "230099: Failed to create card content")
	got := f.to(pathMessages)
	require.Len(t, got, 2)
	require.Equal(t, testKey+"-text", got[1].body["uuid"])
	content, _ := got[1].body["content"].(string)
	shown, err := previewText(json.RawMessage(content))
	require.NoError(t, err)
	require.Equal(t, []string{"ou_9"}, shown.Mentions)
	for _, want := range []string{"支付接口 5xx 过高", "HighErrorRate pay-api", "https://wiki.test/run", "prod_1", "来源 alertmanager"} {
		require.Contains(t, content, want)
	}
	_, err = a.Update(t.Context(), r, sender.Notification{Key: testKey, Content: rendered(t, a, formCard)})
	require.ErrorIs(t, err, sender.ErrCannotUpdate, "a text cannot be updated")
}

func TestTokenIsReplacedOnce(t *testing.T) {
	for _, code := range []string{codeNoToken, codeTenantToken, codeAppToken, codeUserToken, codeBadToken} {
		t.Run(code, func(t *testing.T) {
			f := newFake()
			a := open(t, f)
			f.answer("POST "+pathMessages, refuse(code, "token"))
			_, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: chat(), Content: rendered(t, a, formText)})
			failure := failureOf(t, err)
			require.Equal(t, sender.ReasonAuth, failure.Reason)
			require.Len(t, f.to(pathMessages), 2)
			require.Equal(t, 2, f.issued)
		})
	}
}

func TestTokenLivesAsLongAsTheAnswerSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.life = 600 // What is left of one that others fetched before.
		refreshed := 0
		s, err := newApp(testSettings(), sender.Deps{Transport: roundTripper{f}, TokenRefreshed: func() { refreshed++ }})
		require.NoError(t, err)
		a, _ := s.(*app)
		sent(t, a, formText)
		time.Sleep(6 * time.Minute)
		sent(t, a, formText)
		require.Equal(t, 1, refreshed)
		time.Sleep(2 * time.Minute)
		sent(t, a, formText)
		require.Equal(t, 2, refreshed, "three minutes before its end it is replaced")
	})
}

func TestTokenThatCannotBeFetchedSentNothing(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		class  sender.Class
		reason sender.Reason
	}{
		"wrong secret": {refuse("10014", "app secret invalid"), sender.Never, sender.ReasonAuth},
		"outage":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, sender.Again, sender.ReasonUnavailable},
		"no token":     {func(w http.ResponseWriter, _ *http.Request) { say(w, `{"code":0,"expire":7200}`) }, sender.Again, sender.ReasonUnavailable},
		"no life": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, `{"code":0,"tenant_access_token":"t-x","expire":0}`)
		}, sender.Again, sender.ReasonUnavailable},
		"page": {func(w http.ResponseWriter, _ *http.Request) { say(w, `<html>`) }, sender.Again, sender.ReasonUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.answer("POST "+pathToken, c.answer)
			a := open(t, f)
			_, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: chat(), Content: rendered(t, a, formText)})
			failure := failureOf(t, err)
			assert.Equal(t, c.class, failure.Class)
			assert.Equal(t, c.reason, failure.Reason)
			assert.False(t, failure.MaybeSent)
			assert.NotContains(t, err.Error(), testSecret)
			assert.Empty(t, f.to(pathMessages))
		})
	}
}

func TestLimitsNameTheirWaitAndScope(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		header map[string]string
		after  time.Duration
		scope  sender.Scope
	}{
		"gateway, 429":               {429, `{"code":99991400,"msg":"request trigger frequency limit"}`, map[string]string{"x-ogw-ratelimit-reset": "43"}, 43 * time.Second, sender.ScopeAccount},
		"gateway, 400 of old":        {400, `{"code":99991400,"msg":"request trigger frequency limit"}`, map[string]string{"x-ogw-ratelimit-reset": "5"}, 5 * time.Second, sender.ScopeAccount},
		"gateway without a header":   {400, `{"code":99991400,"msg":"request trigger frequency limit"}`, nil, time.Second, sender.ScopeAccount},
		"gateway with nonsense":      {429, `{"code":99991400,"msg":"x"}`, map[string]string{"x-ogw-ratelimit-reset": "soon"}, time.Second, sender.ScopeAccount},
		"gateway for ever":           {429, `{"code":99991400,"msg":"x"}`, map[string]string{"x-ogw-ratelimit-reset": "1e300"}, time.Hour, sender.ScopeAccount},
		"one that the table has not": {429, `{"code":1,"msg":"x"}`, map[string]string{"x-ogw-ratelimit-reset": "2"}, 2 * time.Second, sender.ScopeAccount},
		"user or chat":               {400, `{"code":230020,"msg":"ext=too fast"}`, nil, time.Second, sender.ScopeTarget},
		"being sent":                 {400, `{"code":230049,"msg":"the message is being sent"}`, nil, 2 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.answer("POST "+pathMessages, func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range c.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			a := open(t, f)
			_, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: chat(), Content: rendered(t, a, formText)})
			failure := failureOf(t, err)
			require.Equal(t, sender.Later, failure.Class)
			require.Equal(t, c.after, failure.After)
			require.Equal(t, c.scope, failure.Scope)
		})
	}
}

// TestCodes walks the whole table as the provider refuses: HTTP 400 with the code in the body.
func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range meanings() {
		t.Run(row.Code, func(t *testing.T) {
			require.False(t, seen[row.Code], "a code stands there once")
			seen[row.Code] = true
			f := newFake()
			a := open(t, f)
			content := rendered(t, a, formText)
			f.answer("POST "+pathMessages, refuse(row.Code, "words of the provider"))
			_, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: chat(), Content: content})
			failure := failureOf(t, err)
			require.Equal(t, row.Code, failure.Code)
			require.Equal(t, "words of the provider (log_id 2024091108)", failure.Text)
			require.Equal(t, http.StatusBadRequest, failure.Status)
			require.Equal(t, row.Class, failure.Class)
			require.Equal(t, row.Reason, failure.Reason)
			require.Equal(t, row.After, failure.After)
			require.Equal(t, row.Hint, failure.Hint)
			for _, s := range []string{row.Title.ZH, row.Title.EN, row.Hint.ZH, row.Hint.EN} {
				require.NotEmpty(t, s)
			}
		})
	}
	sheet := "230001 230002 230006 230011 230012 230013 230015 230017 230018 230019 230020 230022 230023 230024 230025 230027 230028 " +
		"230029 230034 230035 230036 230038 230049 230052 230053 230098 230099 230110 232009 99991400 99991661 99991663 99991664 99991668 99991671 10012"
	for code := range strings.FieldsSeq(sheet) {
		require.True(t, seen[code], "the table lacks %s", code)
	}
}

func TestParameterErrorOfTheReceiverIsAboutTheRecipient(t *testing.T) {
	f := newFake()
	f.answer("POST "+pathMessages, refuse(codeParameter, "Your request contains an invalid request parameter, ext=invalid receive_id"))
	a := open(t, f)
	_, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: chat(), Content: rendered(t, a, formText)})
	require.Equal(t, sender.ReasonRecipient, failureOf(t, err).Reason)
}

func TestSendIsNoSuccessWithoutAMessageID(t *testing.T) {
	for _, body := range []string{`{"code":0}`, `{"code":0,"data":{"message_id":""}}`, `{"code":0,"data":{"message_id":"../x"}}`, `{"code":0,"data":[]}`} {
		f := newFake()
		f.answer("POST "+pathMessages, func(w http.ResponseWriter, _ *http.Request) { say(w, body) })
		a := open(t, f)
		_, err := a.Send(t.Context(), sender.Notification{Key: testKey, Target: chat(), Content: rendered(t, a, formText)})
		failure := failureOf(t, err)
		require.Equal(t, sender.ReasonOutcomeUnknown, failure.Reason, body)
		require.True(t, failure.MaybeSent)
	}
}

func TestUUIDIsTheKey(t *testing.T) {
	long := strings.Repeat("k", 51)
	require.Equal(t, strings.Repeat("k", 50), uuid(long[:50]))
	require.Len(t, uuid(long), longestUUID)
	require.Equal(t, "4f3b506f", uuid(long)[:8], "the same after a restart")
	require.NotEqual(t, uuid(long), uuid(long+"-text"))
}

func TestUpdate(t *testing.T) {
	f := newFake()
	a := open(t, f)
	r := sent(t, a, formCard)
	got, err := a.Update(t.Context(), r, sender.Notification{Key: "k2", Target: chat(), Content: rendered(t, a, formCard)})
	require.NoError(t, err)
	require.Equal(t, r, got)
	patched := f.to(pathMessages + "/om_1")
	require.Len(t, patched, 1)
	require.Equal(t, http.MethodPatch, patched[0].method)
	require.Len(t, patched[0].body, 1, "only the content")
	require.Contains(t, patched[0].body["content"], `"update_multi":true`)
}

func TestUpdateAndReplyTellWhenTheyNeverCan(t *testing.T) {
	for _, c := range []struct {
		code          string
		update, reply bool
	}{
		{codeParameter, true, false},
		{codeRecalled, true, true},
		{codeTooOld, true, false},
		{codeDeleted, true, true},
		{codeUnsupported, true, true},
		{codeEdits, true, false},
		{codeCard, true, false},
		{codeTopicGone, false, true},
		{codeDissolved, true, true},
		{codeTargetLimit, false, false},
		{"230028", false, false},
	} {
		t.Run(c.code, func(t *testing.T) {
			f := newFake()
			a := open(t, f)
			r, n := sent(t, a, formCard), sender.Notification{Key: "k2", Content: rendered(t, a, formCard)}
			f.answer("PATCH "+pathMessages+"/om_1", refuse(c.code, "no"))
			f.answer("POST "+pathMessages+"/om_1/reply", refuse(c.code, "no"))
			_, err := a.Update(t.Context(), r, n)
			require.Equal(t, c.code, failureOf(t, err).Code)
			assert.Equal(t, c.update, errorIs(err, sender.ErrCannotUpdate))
			_, err = a.Reply(t.Context(), r, n)
			require.Equal(t, c.code, failureOf(t, err).Code)
			assert.Equal(t, c.reply, errorIs(err, sender.ErrCannotReply))
		})
	}
}

func TestReplyIsInTheThreadAndHasAKey(t *testing.T) {
	f := newFake()
	a := open(t, f)
	r := sent(t, a, formText)
	got, err := a.Reply(t.Context(), r, sender.Notification{Key: "k2", Content: rendered(t, a, formText)})
	require.NoError(t, err)
	require.Equal(t, "om_1", got.MessageID)
	_, err = a.Reply(t.Context(), r, sender.Notification{Key: "k3", Target: chat(), Content: rendered(t, a, formText), Aloud: true})
	require.NoError(t, err)
	require.Len(t, f.to(pathMessages), 2, "what is for everybody is a message of its own: a topic notifies only those who take part in it")
	_, err = a.Reply(t.Context(), r, sender.Notification{Key: "k4", Target: chat(), Content: rendered(t, a, formCard), Aloud: true})
	require.NoError(t, err)
	require.Equal(t, msgText, f.to(pathMessages)[2].body["msg_type"], "a second card would stay red when the first turns green")
	replies := f.to(pathMessages + "/om_1/reply")
	require.Len(t, replies, 1)
	require.Equal(t, true, replies[0].body["reply_in_thread"])
	require.Equal(t, "k2", replies[0].body["uuid"])
	require.NotContains(t, replies[0].body, "receive_id")
}

func TestReceiptsOfAnotherVersionAreRefused(t *testing.T) {
	a := open(t, newFake())
	for _, data := range []string{``, `{}`, `[]`, `{"v":2,"message_id":"om_1"}`, `{"v":1,"message_id":"../../x"}`} {
		r, n := sender.Receipt{Data: json.RawMessage(data)}, sender.Notification{Content: rendered(t, a, formCard)}
		_, err := a.Update(t.Context(), r, n)
		require.ErrorIs(t, err, sender.ErrCannotUpdate)
		_, err = a.Reply(t.Context(), r, n)
		require.ErrorIs(t, err, sender.ErrCannotReply)
		_, err = a.Urge(t.Context(), r, sender.Urge{Mode: sender.UrgeApp})
		require.Equal(t, sender.Never, failureOf(t, err).Class)
	}
}

func TestSendsShareOneToken(t *testing.T) {
	f := newFake()
	a := open(t, f)
	content := rendered(t, a, formText)
	var all sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		all.Go(func() {
			_, errs[i] = a.Send(t.Context(), sender.Notification{Key: strconv.Itoa(i), Target: chat(), Content: content})
		})
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, 1, f.issued)
}

func TestFind(t *testing.T) {
	a := open(t, newFake())
	id, err := a.Find(t.Context(), sender.Person{Name: "li", Email: "li@example.com"})
	require.NoError(t, err)
	require.Equal(t, "ou_li", id)
	_, err = a.Find(t.Context(), sender.Person{Name: "x", Email: "x@example.com"})
	failure := failureOf(t, err)
	require.Equal(t, sender.Never, failure.Class)
	require.Equal(t, sender.ReasonRecipient, failure.Reason)
	require.Contains(t, failure.Hint.ZH, "企业邮箱")
	require.Contains(t, failure.Hint.EN, "contact scope")
}

func TestNewNamesEveryFault(t *testing.T) {
	_, err := newApp(sender.Settings{}, sender.Deps{})
	for _, want := range []string{"app_id", "app_secret", "base_url"} {
		require.ErrorContains(t, err, want)
	}
}
