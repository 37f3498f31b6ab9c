package feishu

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	testSecret = "planted-app-secret-Zq7"
	testToken  = "t-planted-tenant-token-"
)

// request is what reached the fake provider.
type request struct {
	method, path string
	query        map[string]string
	body         map[string]any
}

// fake plays the provider's endpoints that are used, with people by e-mail and mobile.
// Its answers can be replaced by method and path.
type fake struct {
	mu       sync.Mutex
	issued   int
	accepted map[string]bool
	life     int
	people   map[string]string
	requests []request
	answers  map[string]http.HandlerFunc
}

func newFake() *fake {
	return &fake{
		life: 7200, accepted: map[string]bool{},
		people:  map[string]string{"li@example.com": "ou_li", "13800000000": "ou_han"},
		answers: map[string]http.HandlerFunc{},
	}
}

// Expire makes the fake refuse the tokens given out so far.
func (f *fake) Expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.accepted = map[string]bool{}
}

func (f *fake) answer(endpoint string, h http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[endpoint] = h
}

func (f *fake) to(path string) []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []request
	for _, r := range f.requests {
		if r.path == path {
			out = append(out, r)
		}
	}
	return out
}

// refuse answers as the provider does: HTTP 400 with a code.
func refuse(code, msg string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"code":%s,"msg":%q,"error":{"log_id":"2024091108"}}`, code, msg)
	}
}

func say(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body)
}

// ServeHTTP implements http.Handler.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got := request{method: r.Method, path: r.URL.Path, query: map[string]string{}, body: map[string]any{}}
	for k := range r.URL.Query() {
		got.query[k] = r.URL.Query().Get(k)
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	_ = json.Unmarshal(raw, &got.body)
	f.mu.Lock()
	f.requests = append(f.requests, got)
	h := f.answers[r.Method+" "+r.URL.Path]
	known := f.accepted[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	f.mu.Unlock()
	switch {
	case h != nil:
		h(w, r)
	case r.URL.Path == pathToken:
		f.giveToken(w)
	case !known:
		refuse(codeTenantToken, "Invalid access token for authorization. Please make a test attempt.")(w, r)
	default:
		f.serve(w, r, got)
	}
}

func (f *fake) giveToken(w http.ResponseWriter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.issued++
	token := fmt.Sprintf("%s%d", testToken, f.issued)
	f.accepted[token] = true
	say(w, fmt.Sprintf(`{"code":0,"msg":"ok","tenant_access_token":%q,"expire":%d}`, token, f.life))
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request, got request) {
	switch {
	case r.URL.Path == pathLookup:
		var users []string
		for _, list := range []string{"emails", "mobiles"} {
			values, _ := got.body[list].([]any)
			for _, v := range values {
				f.mu.Lock()
				id := f.people[v.(string)]
				f.mu.Unlock()
				user := fmt.Sprintf(`{%q:%q`, strings.TrimSuffix(list, "s"), v)
				if id != "" {
					user += fmt.Sprintf(`,"user_id":%q`, id)
				}
				users = append(users, user+"}")
			}
		}
		say(w, `{"code":0,"msg":"success","data":{"user_list":[`+strings.Join(users, ",")+`]}}`)
	case r.URL.Path == pathBot:
		say(w, `{"code":0,"msg":"ok","bot":{"activate_status":2,"app_name":"云锣","ip_white_list":[],"open_id":"ou_bot"}}`)
	case r.URL.Path == pathScopes:
		say(w, `{"code":0,"msg":"success","data":{"scopes":[{"scope_name":"im:message:send_as_bot","grant_status":1},`+
			`{"scope_name":"contact:user.id:readonly","grant_status":1},{"scope_name":"im:message.urgent","grant_status":2}]}}`)
	case strings.Contains(r.URL.Path, "/urgent_"):
		say(w, `{"code":0,"msg":"success","data":{"invalid_user_id_list":[]}}`)
	case r.Method == http.MethodPatch:
		say(w, `{"code":0,"msg":"success","data":{}}`)
	default:
		say(w, `{"code":0,"msg":"success","data":{"message_id":"om_1","chat_id":"oc_1","create_time":"1700000000000"}}`)
	}
}

// roundTripper serves requests in memory, so that time can be faked around them.
type roundTripper struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (rt roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	rt.handler.ServeHTTP(w, r)
	return &http.Response{
		StatusCode: w.status, Header: w.header, Body: io.NopCloser(strings.NewReader(w.body.String())),
		ProtoMajor: 1, ProtoMinor: 1, Request: r,
	}, nil
}

type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }

func testSettings() sender.Settings {
	return sender.Settings{
		Account: "feishu-corp", BaseURL: "https://open.feishu.test", Timeout: 5 * time.Second,
		Values:  map[string]string{fieldAppID: "cli_test"},
		Secrets: map[string]secret.Value{fieldAppSecret: secret.New(testSecret)},
	}
}

// open makes an app before a fake provider.
func open(tb testing.TB, f *fake) *app {
	tb.Helper()
	s, err := newApp(testSettings(), sender.Deps{Transport: roundTripper{f}})
	require.NoError(tb, err)
	a, ok := s.(*app)
	require.True(tb, ok)
	return a
}

func chat() sender.Target { return sender.ParseTarget("chat:oc_1") }

func personTarget(p sender.Person) sender.Target {
	return sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p}
}

func lilei() sender.Target {
	return personTarget(sender.Person{Name: "li", Title: "李雷", Email: "Li@example.com"})
}

func failureOf(t *testing.T, err error) *sender.Failure {
	t.Helper()
	var f *sender.Failure
	require.ErrorAs(t, err, &f)
	return f
}

func errorIs(err, target error) bool { return errors.Is(err, target) }
