package slack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const testToken = "xoxb-planted-token-Zq7"

// request is what reached the fake provider.
type request struct {
	path   string
	header http.Header
	query  string
	body   map[string]any
}

// fake plays the methods that are used, with people by e-mail. Its answers can be replaced by path.
type fake struct {
	mu       sync.Mutex
	people   map[string]string
	requests []request
	answers  map[string]http.HandlerFunc
	posted   int
}

func newFake() *fake {
	return &fake{people: map[string]string{"li@example.com": "U0LI", "han@example.com": "W0HAN"}, answers: map[string]http.HandlerFunc{}}
}

func (f *fake) answer(path string, h http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[path] = h
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

func say(w http.ResponseWriter, format string, args ...any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = fmt.Fprintf(w, format, args...)
}

// refuse answers as Slack does: HTTP 200 with a word.
func refuse(code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		say(w, `{"ok":false,"error":%q,"response_metadata":{"messages":[%q]}}`, code, message)
	}
}

// ServeHTTP implements http.Handler.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got := request{path: r.URL.Path, header: r.Header, query: r.URL.Query().Get("email"), body: map[string]any{}}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	_ = json.Unmarshal(raw, &got.body)
	f.mu.Lock()
	f.requests = append(f.requests, got)
	h := f.answers[r.URL.Path]
	f.posted++
	ts := fmt.Sprintf("1503435956.%06d", f.posted)
	id := f.people[got.query]
	f.mu.Unlock()
	switch {
	case h != nil:
		h(w, r)
	case r.Header.Get("Authorization") != "Bearer "+testToken:
		refuse("invalid_auth", "")(w, r)
	case r.URL.Path == methodLookup && id == "":
		refuse(codeNobody, "")(w, r)
	case r.URL.Path == methodLookup:
		say(w, `{"ok":true,"user":{"id":%q}}`, id)
	case r.URL.Path == methodOpen:
		say(w, `{"ok":true,"channel":{"id":"D0%s"}}`, got.body["users"])
	case r.URL.Path == methodTest:
		w.Header().Set(headerScopes, "chat:write,chat:write.public, users:read.email,im:write")
		say(w, `{"ok":true,"team":"示例","user":"yunluo","bot_id":"B0"}`)
	default:
		say(w, `{"ok":true,"channel":%q,"ts":%q}`, got.body["channel"], ts)
	}
}

// roundTripper serves requests in memory.
type roundTripper struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (rt roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	rt.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func testSettings() sender.Settings {
	return sender.Settings{
		Account: "slack-corp", BaseURL: "https://slack.test", Timeout: 5 * time.Second, Values: map[string]string{},
		Secrets: map[string]secret.Value{fieldToken: secret.New(testToken)},
	}
}

// open makes an app before a fake provider.
func open(tb testing.TB, f http.Handler) *app {
	tb.Helper()
	s, err := newApp(testSettings(), sender.Deps{Transport: roundTripper{f}})
	require.NoError(tb, err)
	a, ok := s.(*app)
	require.True(tb, ok)
	return a
}

func chat() sender.Target { return sender.ParseTarget("chat:C0OPS") }

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

const webhookPath = "T0PLANTED/B0PLANTED/planted-webhook-secret"

func webhookTestSettings() sender.Settings {
	return sender.Settings{
		Account: "slack-hook", BaseURL: "https://hooks.slack.test", Timeout: 5 * time.Second, Values: map[string]string{},
		Secrets: map[string]secret.Value{fieldURL: secret.New(webhookPath)},
	}
}

func openWebhook(tb testing.TB, h http.HandlerFunc) *webhook {
	tb.Helper()
	s, err := newWebhook(webhookTestSettings(), sender.Deps{Transport: roundTripper{h}})
	require.NoError(tb, err)
	hook, ok := s.(*webhook)
	require.True(tb, ok)
	return hook
}

// takes answers as a webhook: ok, or no_text to an empty message.
func takes(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "text/html")
	if err != nil || strings.TrimSpace(string(raw)) == "{}" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "no_text")
		return
	}
	_, _ = io.WriteString(w, "ok")
}
