package slack

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func rendered(t *testing.T, s sender.Sender, o sender.Options) json.RawMessage {
	t.Helper()
	got, err := s.Render(t.Context(), sender.Draft{
		Message: providertest.Samples()["firing"], Target: chat(), Mentions: []sender.Target{sender.ParseTarget("user:U0WANG")}, Options: o,
	})
	require.NoError(t, err)
	require.Len(t, got.Parts, 1)
	return got.Parts[0]
}

func note(t *testing.T, a *app, to sender.Target) sender.Notification {
	t.Helper()
	return sender.Notification{Key: "k", Target: to, Content: rendered(t, a, nil)}
}

func TestSendAddressesTheTarget(t *testing.T) {
	for name, c := range map[string]struct {
		target         sender.Target
		channel        string
		lookups, opens int
	}{
		"channel":          {chat(), "C0OPS", 0, 0},
		"private channel":  {sender.ParseTarget("chat: G0OPS "), "G0OPS", 0, 0},
		"user":             {sender.ParseTarget("user:U0WANG"), "D0U0WANG", 0, 1},
		"Enterprise user":  {sender.ParseTarget("user:W0WANG"), "D0W0WANG", 0, 1},
		"e-mail":           {sender.ParseTarget("email:LI@example.com"), "D0U0LI", 1, 1},
		"person by e-mail": {lilei(), "D0U0LI", 1, 1},
		"person by id":     {personTarget(sender.Person{Name: "x", Email: "no@example.com", IDs: map[string]string{"slack": "U0X"}}), "D0U0X", 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			a := open(t, f)
			for range 2 {
				r, err := a.Send(t.Context(), note(t, a, c.target))
				require.NoError(t, err)
				require.JSONEq(t, `{"v":1,"channel":"`+c.channel+`","ts":"`+r.MessageID+`"}`, string(r.Data))
			}
			posts := f.to(methodPost)
			require.Len(t, posts, 2)
			require.Equal(t, c.channel, posts[0].body["channel"])
			require.Equal(t, "application/json; charset=utf-8", posts[0].header.Get("Content-Type"))
			require.NotContains(t, posts[0].body, "thread_ts")
			require.NotEmpty(t, posts[0].body["text"], "beside blocks there is a text")
			require.Len(t, f.to(methodLookup), c.lookups, "what was found is kept")
			require.Len(t, f.to(methodOpen), c.opens)
		})
	}
}

func TestSendRefusesTargetsThatCannotBe(t *testing.T) {
	for name, target := range map[string]sender.Target{
		"a channel's name": sender.ParseTarget("chat:#ops"), "no channel": sender.ParseTarget("chat:"), "a name": sender.ParseTarget("user:lilei"),
		"unknown e-mail": sender.ParseTarget("email:no@example.com"), "no e-mail": sender.ParseTarget("email:li"), "a user group": sender.ParseTarget("tag:S0OPS"),
		"person of nowhere": {Kind: sender.TargetPerson, Value: "x"}, "person with a mobile": personTarget(sender.Person{Name: "x", Mobile: "13800000000"}),
		"person with a bad id": personTarget(sender.Person{Name: "x", IDs: map[string]string{"slack": "ou_1"}}),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			a := open(t, f)
			_, err := a.Send(t.Context(), note(t, a, target))
			failure := failureOf(t, err)
			require.Equal(t, sender.Never, failure.Class)
			require.Equal(t, sender.ReasonRecipient, failure.Reason)
			require.NotEmpty(t, failure.Hint.ZH)
			require.NotEmpty(t, failure.Hint.EN)
			require.Empty(t, f.to(methodPost))
		})
	}
}

func TestAMissIsKeptTooButNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := open(t, f)
		for range 3 {
			_, err := a.Find(t.Context(), sender.Person{Email: "no@example.com"})
			require.Equal(t, codeNobody, failureOf(t, err).Code)
		}
		require.Len(t, f.to(methodLookup), 1)
		time.Sleep(11 * time.Minute)
		_, err := a.Find(t.Context(), sender.Person{Email: "no@example.com"})
		require.Error(t, err)
		require.Len(t, f.to(methodLookup), 2)
	})
}

func TestAnAppThatMayNotOpenAConversationPostsToThePerson(t *testing.T) {
	f := newFake()
	f.answer(methodOpen, func(w http.ResponseWriter, _ *http.Request) {
		say(w, `{"ok":false,"error":"missing_scope","needed":"im:write","provided":"chat:write"}`)
	})
	f.answer(methodPost, func(w http.ResponseWriter, _ *http.Request) { say(w, `{"ok":true,"channel":"D0LI","ts":"1.2"}`) })
	a := open(t, f)
	r, err := a.Send(t.Context(), note(t, a, lilei()))
	require.NoError(t, err)
	require.Equal(t, "U0LI", f.to(methodPost)[0].body["channel"])
	require.Contains(t, string(r.Data), `"channel":"D0LI"`, "the id of the answer is what an update needs")
}

func TestALostLookupSentNothing(t *testing.T) {
	f := newFake()
	f.answer(methodOpen, func(w http.ResponseWriter, _ *http.Request) { say(w, `{"ok":true,"channel":{"id":"../x"}}`) })
	a := open(t, f)
	_, err := a.Send(t.Context(), note(t, a, lilei()))
	failure := failureOf(t, err)
	require.Equal(t, sender.Again, failure.Class)
	require.False(t, failure.MaybeSent)
}

func TestReplyGoesToTheThreadsFirstMessage(t *testing.T) {
	f := newFake()
	a := open(t, f)
	first, err := a.Send(t.Context(), note(t, a, chat()))
	require.NoError(t, err)
	second, err := a.Reply(t.Context(), first, note(t, a, chat()))
	require.NoError(t, err)
	_, err = a.Reply(t.Context(), second, note(t, a, chat()))
	require.NoError(t, err)
	aloud := note(t, a, chat())
	aloud.Aloud = true
	_, err = a.Reply(t.Context(), second, aloud)
	require.NoError(t, err)
	posts := f.to(methodPost)
	require.Len(t, posts, 4)
	require.Equal(t, true, posts[3].body["reply_broadcast"], "the channel shows it, too")
	for _, p := range posts[1:] {
		require.Equal(t, first.MessageID, p.body["thread_ts"])
		require.Equal(t, "C0OPS", p.body["channel"])
	}
}

func TestUpdateReplacesEverything(t *testing.T) {
	f := newFake()
	a := open(t, f)
	r, err := a.Send(t.Context(), note(t, a, chat()))
	require.NoError(t, err)
	got, err := a.Update(t.Context(), r, sender.Notification{Content: rendered(t, a, sender.Options{optionForm: formText})})
	require.NoError(t, err)
	require.Equal(t, r, got)
	body := f.to(methodUpdate)[0].body
	require.Equal(t, r.MessageID, body["ts"])
	require.Equal(t, "C0OPS", body["channel"])
	require.Equal(t, []any{}, body["blocks"], "else the old ones stay")
	require.Equal(t, []any{}, body["attachments"])
	require.Equal(t, "none", body["parse"], "else names in the text become mentions")
}

func TestUpdateAndReplyTellWhenTheyNeverCan(t *testing.T) {
	for _, c := range []struct {
		code          string
		update, reply bool
	}{
		{codeGone, true, true},
		{"is_archived", true, true},
		{"channel_not_found", true, true},
		{"thread_not_found", true, true},
		{"edit_window_closed", true, false},
		{"cant_update_message", true, false},
		{"invalid_blocks", true, false},
		{"msg_too_long", true, false},
		{"ratelimited", false, false},
		{"internal_error", false, false},
	} {
		t.Run(c.code, func(t *testing.T) {
			f := newFake()
			a := open(t, f)
			r, err := a.Send(t.Context(), note(t, a, chat()))
			require.NoError(t, err)
			n := note(t, a, chat())
			f.answer(methodUpdate, refuse(c.code, ""))
			f.answer(methodPost, refuse(c.code, ""))
			_, err = a.Update(t.Context(), r, n)
			assert.Equal(t, c.update, errors.Is(err, sender.ErrCannotUpdate))
			_, err = a.Reply(t.Context(), r, n)
			assert.Equal(t, c.reply, errors.Is(err, sender.ErrCannotReply))
		})
	}
	for _, data := range []string{``, `{}`, `{"v":2,"channel":"C0","ts":"1.2"}`, `{"v":1,"channel":"../x","ts":"1.2"}`, `{"v":1,"channel":"C0","ts":"x"}`} {
		a := open(t, newFake())
		r := sender.Receipt{Data: json.RawMessage(data)}
		_, err := a.Update(t.Context(), r, note(t, a, chat()))
		require.ErrorIs(t, err, sender.ErrCannotUpdate)
		_, err = a.Reply(t.Context(), r, note(t, a, chat()))
		require.ErrorIs(t, err, sender.ErrCannotReply)
		require.Error(t, a.Recall(t.Context(), r))
	}
}

func TestRecallOfWhatIsGoneIsDone(t *testing.T) {
	f := newFake()
	a := open(t, f)
	r, err := a.Send(t.Context(), note(t, a, chat()))
	require.NoError(t, err)
	require.NoError(t, a.Recall(t.Context(), r))
	require.Equal(t, map[string]any{"channel": "C0OPS", "ts": r.MessageID}, f.to(methodDelete)[0].body)
	f.answer(methodDelete, refuse(codeGone, ""))
	require.NoError(t, a.Recall(t.Context(), r))
	f.answer(methodDelete, refuse("cant_delete_message", ""))
	require.Equal(t, sender.ReasonPermission, failureOf(t, a.Recall(t.Context(), r)).Reason)
}

func TestBlocksThatAreRefusedAreSentAsText(t *testing.T) {
	for _, code := range blockCodes() {
		t.Run(code, func(t *testing.T) {
			f := newFake()
			f.answer(methodPost, func(w http.ResponseWriter, r *http.Request) {
				if all := f.to(methodPost); all[len(all)-1].body["blocks"] != nil {
					refuse(code, "failed to match all allowed schemas [json-pointer:/blocks/0/text]")(w, r)
					return
				}
				say(w, `{"ok":true,"channel":"C0OPS","ts":"1503435956.000001"}`)
			})
			a := open(t, f)
			_, err := a.Send(t.Context(), note(t, a, chat()))
			require.NoError(t, err)
			posts := f.to(methodPost)
			require.Len(t, posts, 2)
			require.NotContains(t, posts[1].body, "attachments")
			said, _ := posts[1].body["text"].(string)
			for _, want := range []string{"支付接口 5xx 过高", "<@U0WANG>", "接口乙", "10.0.0.7", "<https://example.com/runbook?a=1&amp;b=2|处理手册>", "来源 alertmanager"} {
				require.Contains(t, said, want)
			}
		})
	}
}

func TestMissingScopeNamesWhatIsNeeded(t *testing.T) {
	f := newFake()
	f.answer(methodPost, func(w http.ResponseWriter, _ *http.Request) {
		say(w, `{"ok":false,"error":"missing_scope","needed":"chat:write:bot","provided":"incoming-webhook"}`)
	})
	a := open(t, f)
	_, err := a.Send(t.Context(), note(t, a, chat()))
	failure := failureOf(t, err)
	require.Contains(t, failure.Hint.EN, "Add chat:write:bot under")
	require.Contains(t, failure.Hint.ZH, "加上 chat:write:bot，")
	require.Equal(t, "needed: chat:write:bot", failure.Text)
	f.answer(methodPost, func(w http.ResponseWriter, _ *http.Request) {
		say(w, `{"ok":false,"error":"missing_scope","needed":"<a href=x>"}`)
	})
	_, err = a.Send(t.Context(), note(t, a, chat()))
	require.NotContains(t, failureOf(t, err).Hint.EN, "href")
}

func TestLimitsNameTheirWaitAndScope(t *testing.T) {
	for name, c := range map[string]struct {
		status        int
		body, header  string
		after         time.Duration
		scope         sender.Scope
		retriedAnyway bool
	}{
		"the usual":                {429, `{"ok":false,"error":"ratelimited"}`, "30", 30 * time.Second, sender.ScopeTarget, false},
		"no header":                {429, `{"ok":false,"error":"ratelimited"}`, "", limitWait, sender.ScopeTarget, false},
		"with HTTP 200":            {200, `{"ok":false,"error":"ratelimited"}`, "3", 3 * time.Second, sender.ScopeTarget, false},
		"the workspace":            {429, `{"ok":false,"error":"rate_limited"}`, "60", time.Minute, sender.ScopeAccount, false},
		"an unknown word":          {429, `{"ok":false,"error":"message_limit_exceeded"}`, "60", time.Minute, sender.ScopeTarget, false},
		"no body":                  {429, ``, "2", 2 * time.Second, sender.ScopeTarget, false},
		"neither header nor body":  {429, ``, "", 0, "", true},
		"out of service":           {503, ``, "5", 5 * time.Second, sender.ScopeAccount, false},
		"a header without a limit": {200, `{"ok":false,"error":"internal_error"}`, "5", 0, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.answer(methodPost, func(w http.ResponseWriter, _ *http.Request) {
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			a := open(t, f)
			_, err := a.Send(t.Context(), note(t, a, chat()))
			failure := failureOf(t, err)
			if c.retriedAnyway {
				require.Equal(t, sender.Again, failure.Class)
				return
			}
			require.Equal(t, sender.Later, failure.Class)
			require.Equal(t, c.after, failure.After)
			require.Equal(t, c.scope, failure.Scope)
		})
	}
}

// TestCodes walks the whole table as Slack refuses: HTTP 200 with the word in the body.
func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range appMeanings() {
		t.Run(row.Code, func(t *testing.T) {
			require.False(t, seen[row.Code], "a code stands there once")
			seen[row.Code] = true
			f := newFake()
			a := open(t, f)
			f.answer(methodPost, refuse(row.Code, "words of Slack's"))
			_, err := a.Send(t.Context(), note(t, a, chat()))
			failure := failureOf(t, err)
			require.Equal(t, row.Code, failure.Code)
			require.Equal(t, "words of Slack's", failure.Text)
			require.Equal(t, http.StatusOK, failure.Status)
			require.Equal(t, row.Class, failure.Class)
			require.Equal(t, row.Reason, failure.Reason)
			require.Equal(t, row.After, failure.After)
			require.Equal(t, row.Hint, failure.Hint)
			require.Equal(t, row.Code == codeInternal || row.Code == codeFatal, failure.MaybeSent, "part of it may have happened")
		})
	}
	sheet := "invalid_auth account_inactive token_revoked not_in_channel channel_not_found is_archived missing_scope invalid_blocks msg_too_long no_text " +
		"restricted_action ratelimited internal_error fatal_error service_unavailable users_not_found"
	for code := range strings.FieldsSeq(sheet) {
		require.True(t, seen[code], "the table lacks %s", code)
	}
}

func TestSendIsNoSuccessWithoutChannelAndTS(t *testing.T) {
	for _, body := range []string{
		`{"ok":true}`, `{"ok":true,"channel":"C0OPS"}`, `{"ok":true,"channel":"C0OPS","ts":""}`, `{"ok":true,"channel":"C0OPS","ts":5}`,
		`{"ok":true,"channel":"../x","ts":"1.2"}`, `{"ok":true,"channel":{"id":"C0OPS"},"ts":"1.2"}`, `{"ok":"true","channel":"C0OPS","ts":"1.2"}`,
	} {
		f := newFake()
		f.answer(methodPost, func(w http.ResponseWriter, _ *http.Request) { say(w, "%s", body) })
		a := open(t, f)
		_, err := a.Send(t.Context(), note(t, a, chat()))
		failure := failureOf(t, err)
		require.Equal(t, sender.ReasonOutcomeUnknown, failure.Reason, body)
		require.True(t, failure.MaybeSent, body)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(`{"ok":true,"channel":"C0","ts":"1.2"}`), "")
	f.Add(200, []byte(`{"ok":false,"error":"missing_scope","needed":"chat:write"}`), "")
	f.Add(429, []byte(`{"ok":false,"error":"ratelimited"}`), "30")
	f.Add(503, []byte(`{"ok":true}`), "1e9")
	a := open(f, newFake())
	h := openWebhook(f, takes)
	f.Fuzz(func(t *testing.T, status int, body []byte, after string) {
		var out struct {
			TS string `json:"ts"`
		}
		r := outbound.Response{Status: status, Body: body, Header: http.Header{"Retry-After": {after}}}
		for name, failure := range map[string]*sender.Failure{"app": a.api.judge(r, &out), "webhook": h.judge(r)} {
			if failure == nil {
				if status < 200 || status > 299 || (name == "app" && !json.Valid(body)) {
					t.Fatalf("%s: status %d with %q is no success", name, status, body)
				}
				continue
			}
			if (failure.Class == sender.Later) != (failure.After > 0) || failure.After > 24*time.Hour {
				t.Fatalf("%s: class %d after %s", name, failure.Class, failure.After)
			}
		}
	})
}
