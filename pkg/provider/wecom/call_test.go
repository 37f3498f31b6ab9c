package wecom

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const calledLiLei = `{"errcode":0,"errmsg":"ok","states":[{"code":0,"callid":"call-1","userid":"lilei"}]}`

func callTestSettings() sender.Settings {
	return sender.Settings{
		Account: "call-test", BaseURL: "http://wecom.test", Values: map[string]string{fieldCorpID: "ww0123456789"},
		Secrets: map[string]secret.Value{fieldSecret: secret.New("corp-secret-0123456789")},
	}
}

func openCaller(t *testing.T, f *fake) *caller {
	t.Helper()
	s, err := newCaller(callTestSettings(), sender.Deps{Transport: transport{f}})
	require.NoError(t, err)
	c, ok := s.(*caller)
	require.True(t, ok)
	return c
}

func TestConformanceWecomCall(t *testing.T) {
	where := map[string]sender.Op{"40013": providertest.OpToken}
	for _, code := range []string{"46004", "60103", "60111"} {
		where[code] = providertest.OpLookup
	}
	providertest.Run(t, providertest.Fixture{
		Manifest: callManifest(), Settings: callTestSettings(), Struct: callSettings{}, Terse: true, Wordless: true,
		Invalid: map[string]func(*sender.Settings){
			"a corp id with a path": func(s *sender.Settings) { s.Values = map[string]string{fieldCorpID: "ww/x"} },
		},
		Target:  sender.Target{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Mobile: "13800000001"}},
		MaxSize: titleRunes,
		Size: func(raw json.RawMessage) int {
			r, err := parseRing(raw)
			if err != nil {
				return 1 << 30
			}
			return utf8.RuneCountInString(r.Title)
		},
		Provider: func() http.Handler { return &fake{answers: map[string]string{pathCall: calledLiLei}} },
		Endpoint: func(r *http.Request, _ []byte) sender.Op {
			return map[string]sender.Op{
				pathToken: providertest.OpToken, pathMobile: providertest.OpLookup, pathCall: sender.OpSend, pathStates: sender.OpTrack,
			}[r.URL.Path]
		},
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			_, _ = fmt.Fprintf(w, `{"errcode":%s,"errmsg":%q}`, row.Code, text)
		},
		Where: where, Tokens: []string{testToken + "1", testToken + "2"},
	})
}

func TestEachPersonIsCalledAndHasAnOutcome(t *testing.T) {
	f := &fake{answers: map[string]string{pathCall: `{"errcode":0,"states":[{"code":0,"callid":"call-1","userid":"LILEI"},{"code":301051,"userid":"han"},{"code":0,"userid":"wang"}]}`}}
	c := openCaller(t, f)
	content := json.RawMessage(`{"title":"磁盘满了"}`)
	out := c.SendBatch(t.Context(), []sender.Notification{
		{Target: user("lilei"), Content: content},
		{Target: user("han"), Content: content},
		{Target: user("wang"), Content: content},
		{Target: user("zhao"), Content: content},
		{Target: user("no body"), Content: content},
		{Target: sender.Target{Kind: sender.TargetAll}, Content: content},
		{Target: user("lilei"), Content: json.RawMessage(`{}`)},
	})
	require.Equal(t, []any{"lilei", "han", "wang", "zhao"}, f.bodies(pathCall)[0]["callee_userid"])
	require.NoError(t, out[0].Err)
	require.Equal(t, "call-1", out[0].Receipt.MessageID)
	require.Equal(t, sender.ReasonPermission, sender.AsFailure(out[1].Err).Reason)
	require.True(t, sender.AsFailure(out[2].Err).MaybeSent, "no call id")
	require.True(t, sender.AsFailure(out[3].Err).MaybeSent, "not in the answer")
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(out[4].Err).Reason)
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(out[5].Err).Reason)
	require.Equal(t, sender.ReasonMessage, sender.AsFailure(out[6].Err).Reason)
}

func TestWhetherACallWasAnswered(t *testing.T) {
	for answer, want := range map[string]sender.Progress{
		`{"errcode":0,"istalked":1,"calltime":1,"talktime":5,"reason":0}`: {Fate: sender.FateAnswered, Final: true},
		`{"errcode":0,"istalked":0,"reason":0}`:                           {Fate: sender.FatePending},
		`{"errcode":0,"istalked":0,"reason":4}`:                           {Fate: sender.FateUnanswered, Final: true, Code: "4", Text: "no answer"},
		`{"errcode":0,"istalked":0,"reason":99}`:                          {Fate: sender.FateUnanswered, Final: true, Code: "99", Text: "not answered"},
		`{"errcode":0}`:                                                   {},
		`{"errcode":-1}`:                                                  {},
	} {
		f := &fake{answers: map[string]string{pathCall: calledLiLei, pathStates: answer}}
		c := openCaller(t, f)
		r, err := c.Send(t.Context(), sender.Notification{Target: user("lilei"), Content: json.RawMessage(`{"title":"x"}`)})
		require.NoError(t, err)
		got, err := c.Track(t.Context(), r)
		require.Equal(t, want.Fate == "", err != nil, answer)
		require.Equal(t, []any{want.Fate, want.Final, want.Code, want.Text}, []any{got.Fate, got.Final, got.Code, got.Text}, answer)
		require.Equal(t, map[string]any{"callee_userid": "lilei", "callid": "call-1"}, f.bodies(pathStates)[0])
	}
}

func TestTheProbeOfCallsAsksAboutNone(t *testing.T) {
	for answer, hint := range map[string]string{
		`{"errcode":40058,"errmsg":"invalid callid"}`:                        "",
		`{"errcode":60111,"errmsg":"no such user"}`:                          "",
		`{"errcode":0,"errmsg":"ok"}`:                                        "",
		`{"errcode":60020,"errmsg":"not allow, from ip: 203.0.113.9, more"}`: "203.0.113.9",
		`{"errcode":301049,"errmsg":"not linked"}`:                           "Emergency Notice",
		`{"errcode":48002,"errmsg":"no right"}`:                              "right",
		`{"errcode":-1,"errmsg":"busy"}`:                                     "tried again",
		`<html>login</html>`:                                                 "base_url",
	} {
		f := &fake{answers: map[string]string{pathStates: answer}}
		checks := openCaller(t, f).Probe(t.Context())
		require.Len(t, checks, 2)
		require.True(t, checks[0].OK)
		require.Equal(t, hint == "", checks[1].OK, answer)
		require.Contains(t, checks[1].Hint.EN, hint)
		require.Empty(t, f.bodies(pathCall), "nobody is called")
	}
}

func FuzzCall(f *testing.F) {
	f.Add([]byte(`{"v":1,"call":"c","user":"u"}`))
	f.Add([]byte(`{"title":"x"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, err := readCall(sender.Receipt{Data: raw}); err == nil {
			require.NotEmpty(t, r.Call)
		}
		if p, err := previewCall(raw); err == nil {
			require.Equal(t, sender.ShapeCall, p.Shape)
		}
	})
}
