package dingtalk

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const appToken = "app-token-of-the-fake-"

// fakeApp answers as both APIs do, and keeps what it was asked.
type fakeApp struct {
	mu      sync.Mutex
	tokens  int
	valid   string
	asked   []asked
	answers map[string]string
}

type asked struct {
	path string
	body map[string]any
}

// Expire makes the token invalid.
func (f *fakeApp) Expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.valid = ""
}

func (f *fakeApp) bodies(path string) (list []map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if a.path == path {
			list = append(list, a.body)
		}
	}
	return list
}

// ServeHTTP implements http.Handler.
func (f *fakeApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	one := asked{path: r.URL.Path}
	_ = json.Unmarshal(raw, &one.body)
	f.asked = append(f.asked, one)
	say := func(s string) { _, _ = io.WriteString(w, s) }
	if r.URL.Path == pathToken {
		f.tokens++
		f.valid = fmt.Sprint(appToken, min(f.tokens, 2))
		say(fmt.Sprintf(`{"accessToken":%q,"expireIn":7200}`, f.valid))
		return
	}
	old := strings.HasPrefix(r.URL.Path, "/topapi/")
	switch {
	case old && r.URL.Query().Get("access_token") != f.valid:
		say(`{"errcode":40014,"errmsg":"invalid access_token"}`)
		return
	case !old && r.Header.Get(headerToken) != f.valid:
		w.WriteHeader(http.StatusUnauthorized)
		say(`{"code":"InvalidAuthentication","message":"token"}`)
		return
	}
	if a, ok := f.answers[r.URL.Path]; ok {
		if strings.Contains(a, `"code":`) {
			w.WriteHeader(http.StatusBadRequest)
		}
		say(a)
		return
	}
	say(map[string]string{
		pathPeople: `{"processQueryKey":"q-1","invalidStaffIdList":[],"flowControlledStaffIdList":[]}`, pathGroup: `{"processQueryKey":"q-2"}`,
		pathUnPeople: `{"successResult":["q-1"],"failedResult":{}}`, pathUnGroup: `{"successResult":["q-2"],"failedResult":{}}`,
		pathDing: `{"openDingId":"ding-1","failedList":{}}`, pathUnDing: `{"openDingId":"ding-1"}`,
		pathReadStatus: `{"sendStatus":"SUCCESS","messageReadInfoList":[{"name":"李雷","userId":"lilei","readStatus":"UNREAD"}]}`,
		pathMobile:     `{"errcode":0,"errmsg":"ok","result":{"userid":"lilei"}}`,
	}[r.URL.Path])
}

func testAppSettings() sender.Settings {
	return sender.Settings{
		Account: "app-test", BaseURL: "http://api.test", Values: map[string]string{fieldAppKey: "ding0123456789"},
		Secrets: map[string]secret.Value{fieldAppSecret: secret.New("app-secret-0123456789")},
	}
}

func openApp(t *testing.T, f *fakeApp) *app {
	t.Helper()
	s, err := newApp(testAppSettings(), sender.Deps{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Body == nil {
			r.Body = http.NoBody
		}
		w := &answered{status: http.StatusOK, header: http.Header{}}
		f.ServeHTTP(w, r)
		return reply(w.status, w.body.String()), nil
	})})
	require.NoError(t, err)
	a, ok := s.(*app)
	require.True(t, ok)
	return a
}

type answered struct {
	status int
	header http.Header
	body   strings.Builder
}

func (a *answered) Header() http.Header         { return a.header }
func (a *answered) WriteHeader(status int)      { a.status = status }
func (a *answered) Write(b []byte) (int, error) { return a.body.Write(b) }

func TestConformanceDingtalkApp(t *testing.T) {
	where := map[string]sender.Op{"invalidClientIdOrSecret": providertest.OpToken}
	for _, row := range appCodes() {
		switch {
		case row.Code == blockedCode:
		case !unicode.IsLetter(rune(row.Code[0])):
			where[row.Code] = providertest.OpLookup
		case strings.Contains(row.Code, "ding.") || row.Code == "toomuch.msg" || row.Code == "miss.staffId":
			where[row.Code] = sender.OpUrge
		}
	}
	providertest.Run(t, providertest.Fixture{
		Manifest: appManifest(), Settings: testAppSettings(), Struct: appSettings{}, OptionsStruct: entryOptions{},
		Invalid: map[string]func(*sender.Settings){
			"a key with a blank":              func(s *sender.Settings) { s.Values[fieldAppKey] = "ding x" },
			"a robot code with a blank":       func(s *sender.Settings) { s.Values[fieldRobotCode] = "ding x" },
			"a contacts address that is none": func(s *sender.Settings) { s.Values[fieldContactURL] = "oapi" },
			"a contacts address with a query": func(s *sender.Settings) { s.Values[fieldContactURL] = "https://oapi.example.com/?q=1" },
		},
		Target:   sender.Target{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Mobile: "13800000001"}},
		Mentions: []sender.Target{{Kind: sender.TargetUser, Value: "lilei"}},
		Forms:    []sender.Options{nil, {optionForm: formText}, {optionForm: formCard}},
		MaxSize:  maxParam,
		Size: func(raw json.RawMessage) int {
			w, err := parseApp(raw)
			if err != nil {
				return 1 << 30
			}
			return len(w.Param)
		},
		Provider: func() http.Handler { return &fakeApp{} },
		Endpoint: func(r *http.Request, _ []byte) sender.Op {
			return map[string]sender.Op{
				pathToken: providertest.OpToken, pathMobile: providertest.OpLookup, pathPeople: sender.OpSend, pathGroup: sender.OpSend,
				pathDing: sender.OpUrge, pathUnPeople: sender.OpRecall, pathReadStatus: sender.OpTrack,
			}[r.URL.Path]
		},
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			switch {
			case row.Code == codeInvalidStaff, row.Code == codeFlowStaff:
				_, _ = fmt.Fprintf(w, `{"processQueryKey":"q",%q:["lilei"]}`, row.Code)
				return
			case row.Code == blockedCode:
				_, _ = fmt.Fprintf(w, `{"status":1111,"wait":5,"source":%q}`, text)
				return
			case row.Code == punishCode:
				_, _ = fmt.Fprintf(w, `<html><script src="/_____tmd_____/punish"></script>%s</html>`, text)
				return
			case !unicode.IsLetter(rune(row.Code[0])):
				_, _ = fmt.Fprintf(w, `{"errcode":%s,"errmsg":%q}`, row.Code, text)
				return
			}
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"code":%q,"message":%q,"requestid":"r"}`, row.Code, text)
		},
		Where: where, Tokens: []string{appToken + "1", appToken + "2"},
	})
}

func person(id string) sender.Target { return sender.Target{Kind: sender.TargetUser, Value: id} }

func appContent(t *testing.T, a *app, options sender.Options) json.RawMessage {
	t.Helper()
	r, err := a.Render(t.Context(), sender.Draft{Message: providertest.Samples()["firing"], Options: options})
	require.NoError(t, err)
	return r.Parts[0]
}

func TestAppFormsAreAsReviewed(t *testing.T) {
	a := openApp(t, &fakeApp{})
	for name, m := range providertest.Samples() {
		for _, form := range []string{formText, formMarkdown, formCard} {
			if name == "long" {
				continue
			}
			t.Run(name+"/"+form, func(t *testing.T) {
				mentions := []sender.Target{person("lilei"), {Kind: sender.TargetPerson, Value: "han", Person: &sender.Person{Name: "han", Title: "韩梅梅"}}}
				providertest.GoldenParts(t, *update, "app_"+name+"_"+form+".json", a, sender.Draft{Message: m, Mentions: mentions, Options: sender.Options{optionForm: form}})
			})
		}
	}
}

func TestTwentyPeopleInACallAndWhoWasLeftOut(t *testing.T) {
	f := &fakeApp{answers: map[string]string{pathPeople: `{"processQueryKey":"q","invalidStaffIdList":["gone"],"flowControlledStaffIdList":["busy"]}`}}
	a := openApp(t, f)
	content := appContent(t, a, sender.Options{optionRead: "true"})
	list := []sender.Notification{
		{Target: person("gone"), Content: content},
		{Target: person("busy"), Content: content},
		{Target: sender.Target{Kind: sender.TargetChat, Value: "cid=="}, Content: content},
		{Target: sender.Target{Kind: sender.TargetPhone, Value: "13800000001"}, Content: content},
		{Target: sender.Target{Kind: sender.TargetPerson, Value: "x", Person: &sender.Person{Name: "x"}}, Content: content},
	}
	for i := range 20 {
		list = append(list, sender.Notification{Target: person(fmt.Sprint("u", i)), Content: content})
	}
	out := a.SendBatch(t.Context(), list)
	calls := f.bodies(pathPeople)
	require.Len(t, calls, 2)
	require.Len(t, calls[0]["userIds"], 20)
	require.Equal(t, "ding0123456789", calls[0]["robotCode"], "the app key, if nothing else is said")
	require.Len(t, f.bodies(pathGroup), 1)
	require.Equal(t, codeInvalidStaff, sender.AsFailure(out[0].Err).Code)
	require.Equal(t, sender.Later, sender.AsFailure(out[1].Err).Class, "not now is not never")
	require.Empty(t, sender.AsFailure(out[1].Err).Scope, "only this person waits")
	require.NoError(t, out[2].Err)
	require.True(t, out[2].Receipt.Settled, "nobody can ask who of a group read it")
	require.NoError(t, out[3].Err)
	require.False(t, out[3].Receipt.Settled)
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(out[4].Err).Reason)
	plain, err := a.Send(t.Context(), sender.Notification{Target: person("u"), Content: appContent(t, a, nil)})
	require.NoError(t, err)
	require.True(t, plain.Settled, "each question costs one of the month's calls")
}

func TestDingByModeAndItsRecall(t *testing.T) {
	f := &fakeApp{answers: map[string]string{pathDing: `{"openDingId":"ding-1","failedList":{"not in range":["u1"]}}`}}
	a := openApp(t, f)
	sent, err := a.Send(t.Context(), sender.Notification{Target: person("u0"), Content: appContent(t, a, nil)})
	require.NoError(t, err)
	var targets []sender.Target
	for i := range 25 {
		targets = append(targets, person(fmt.Sprint("u", i)))
	}
	targets = append(targets, sender.Target{Kind: sender.TargetPerson, Value: "x", Person: &sender.Person{Name: "x"}})
	for mode, want := range map[sender.UrgeMode][2]int{sender.UrgeApp: {1, 1}, sender.UrgeSMS: {2, 2}, sender.UrgePhone: {3, 2}} {
		before := len(f.bodies(pathDing))
		r, err := a.Urge(t.Context(), sent, sender.Urge{Mode: mode, Targets: targets})
		require.NoError(t, err)
		calls := f.bodies(pathDing)[before:]
		require.Len(t, calls, want[1], mode)
		require.InDelta(t, want[0], calls[0]["remindType"], 0)
		require.Contains(t, calls[0]["content"], "支付接口 5xx 过高")
		require.NotEmpty(t, r.Refused)
		require.Equal(t, "x", r.Refused[0].Target.Value)
		require.NoError(t, a.RecallUrge(t.Context(), r))
	}
	require.Len(t, f.bodies(pathUnDing), 5)
	_, err = a.Urge(t.Context(), sent, sender.Urge{Mode: sender.UrgeApp, Targets: targets[25:]})
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(err).Reason)
}

func TestACreditThatIsUsedUpIsTold(t *testing.T) {
	f := &fakeApp{answers: map[string]string{pathDing: `{"code":"ding.serverquota.insufficient","message":"quota"}`}}
	a := openApp(t, f)
	sent, err := a.Send(t.Context(), sender.Notification{Target: person("u0"), Content: appContent(t, a, nil)})
	require.NoError(t, err)
	r, err := a.Urge(t.Context(), sent, sender.Urge{Mode: sender.UrgePhone, Targets: []sender.Target{person("u0")}})
	failure := sender.AsFailure(err)
	require.Equal(t, sender.Never, failure.Class)
	require.Contains(t, failure.Hint.ZH, "DING 额度")
	require.Len(t, r.Refused, 1)
}

func TestWhoReadIt(t *testing.T) {
	for answer, want := range map[string]sender.Progress{
		`{"sendStatus":"SUCCESS","messageReadInfoList":[{"name":"李雷","userId":"lilei","readStatus":"READ"}]}`:   {Fate: sender.FateRead, Final: true, Readers: []string{"李雷"}},
		`{"sendStatus":"SUCCESS","messageReadInfoList":[{"name":"李雷","userId":"lilei","readStatus":"UNREAD"}]}`: {Fate: sender.FatePending},
		`{"sendStatus":"SUCCESS","messageReadInfoList":[{"name":"x","userId":"other","readStatus":"READ"}]}`:    {Fate: sender.FatePending},
		`{"sendStatus":"PROCESSING"}`: {Fate: sender.FatePending},
	} {
		f := &fakeApp{answers: map[string]string{pathReadStatus: answer}}
		a := openApp(t, f)
		r, err := a.Send(t.Context(), sender.Notification{Target: person("lilei"), Content: appContent(t, a, nil)})
		require.NoError(t, err)
		got, err := a.Track(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, want, got, answer)
	}
	a := openApp(t, &fakeApp{answers: map[string]string{pathReadStatus: `{}`}})
	r, err := a.Send(t.Context(), sender.Notification{Target: person("lilei"), Content: appContent(t, a, nil)})
	require.NoError(t, err)
	_, err = a.Track(t.Context(), r)
	require.Error(t, err, "an unknown shape is no answer")
}

func TestADingIsGoneOnlyWhenDingTalkSaysSo(t *testing.T) {
	for _, answer := range []string{`{}`, `{"openDingId":""}`, `{"openDingId":"another"}`, `{"success":true}`, `{"status":1111,"wait":5}`, `{"errcode":0}`} {
		a := openApp(t, &fakeApp{answers: map[string]string{pathUnDing: answer}})
		r, err := receipt{Query: "q", Dings: []string{"ding-1"}}.encode("ding-1")
		require.NoError(t, err)
		require.Error(t, a.RecallUrge(t.Context(), r), answer)
	}
}

func TestSomebodyNamedTwiceIsSentToOnce(t *testing.T) {
	f := &fakeApp{}
	a := openApp(t, f)
	c := appContent(t, a, nil)
	out := a.SendBatch(t.Context(), []sender.Notification{
		{Target: person("lilei"), Content: c}, {Target: sender.Target{Kind: sender.TargetPhone, Value: "13800000001"}, Content: c},
	})
	require.Equal(t, []any{"lilei"}, f.bodies(pathPeople)[0]["userIds"])
	require.NoError(t, out[0].Err)
	require.NoError(t, out[1].Err)
}

func TestRecallOfPeopleAndGroups(t *testing.T) {
	f := &fakeApp{}
	a := openApp(t, f)
	for target, path := range map[sender.Target]string{person("u"): pathUnPeople, {Kind: sender.TargetChat, Value: "cid=="}: pathUnGroup} {
		r, err := a.Send(t.Context(), sender.Notification{Target: target, Content: appContent(t, a, nil)})
		require.NoError(t, err)
		require.NoError(t, a.Recall(t.Context(), r))
		require.Len(t, f.bodies(path), 1)
		f.answers = map[string]string{path: `{"successResult":[],"failedResult":{"q-1":"expired","q-2":"expired"}}`}
		failure := sender.AsFailure(a.Recall(t.Context(), r))
		require.Equal(t, sender.Never, failure.Class)
		require.Equal(t, "expired", failure.Text)
		f.answers = nil
	}
}

func TestContactsFollowTheBaseURL(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.dingtalk.com": "https://oapi.dingtalk.com", "https://api.dingtalk.io": "https://oapi.dingtalk.io", "http://127.0.0.1:9096": "http://127.0.0.1:9096",
	} {
		s := testAppSettings()
		s.BaseURL = base
		made, err := newApp(s, sender.Deps{})
		require.NoError(t, err)
		a, ok := made.(*app)
		require.True(t, ok)
		require.Equal(t, want, a.api.settings.ContactURL)
	}
}

func TestProbeOfAnAppNamesTheRight(t *testing.T) {
	a := openApp(t, &fakeApp{answers: map[string]string{pathMobile: `{"errcode":88,"errmsg":"no permission"}`}})
	checks := a.Probe(t.Context())
	require.True(t, checks[0].OK)
	require.False(t, checks[1].OK)
	require.Contains(t, checks[1].Hint.EN, "qyapi_get_member_by_mobile")
}

func FuzzAppAnswers(f *testing.F) {
	for _, s := range []string{`{}`, `{"processQueryKey":1}`, `{"code":"x"}`, `null`, `<html>`, `{"openDingId":"","failedList":[]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		fake := &fakeApp{answers: map[string]string{pathPeople: body, pathUnPeople: body, pathMobile: body}}
		a := openApp(t, fake)
		_, err := a.Send(t.Context(), sender.Notification{Target: person("u"), Content: json.RawMessage(`{"msgKey":"sampleText","msgParam":"{\"content\":\"x\"}"}`)})
		if !strings.Contains(strings.ToLower(body), "processquerykey") {
			require.Error(t, err, "%q is no success", body)
		}
	})
}
