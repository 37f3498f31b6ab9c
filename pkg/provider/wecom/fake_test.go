package wecom

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const testToken = "token-of-the-fake-"

// fake answers as WeCom does, and keeps what it was asked.
type fake struct {
	mu     sync.Mutex
	tokens int
	valid  string
	asked  []request
	// answers replaces the answer of a path.
	answers map[string]string
}

type request struct {
	path string
	body map[string]any
}

func (f *fake) Expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.valid = ""
}

func (f *fake) bodies(path string) (list []map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.asked {
		if r.path == path {
			list = append(list, r.body)
		}
	}
	return list
}

// ServeHTTP implements http.Handler. It keeps no connection, so that what was sent is known.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	one := request{path: r.URL.Path}
	_ = json.Unmarshal(raw, &one.body)
	f.asked = append(f.asked, one)
	if r.URL.Path == pathToken {
		f.tokens++
		f.valid = fmt.Sprint(testToken, min(f.tokens, 2))
		_, _ = fmt.Fprintf(w, `{"errcode":0,"errmsg":"ok","access_token":%q,"expires_in":7200}`, f.valid)
		return
	}
	if r.URL.Query().Get("access_token") != f.valid {
		_, _ = io.WriteString(w, `{"errcode":42001,"errmsg":"access_token expired"}`)
		return
	}
	if a, ok := f.answers[r.URL.Path]; ok {
		_, _ = io.WriteString(w, a)
		return
	}
	switch r.URL.Path {
	case pathSend:
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","invaliduser":"","msgid":"msg-1","response_code":"code-1"}`)
	case pathMobile, pathEmail:
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","userid":"LiLei"}`)
	case pathAgent:
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","name":"告警","close":0,"allow_userinfos":{"user":[{"userid":"LiLei"}]},"allow_partys":{"partyid":[1]},"allow_tags":{}}`)
	default:
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	}
}

func testSettings() sender.Settings {
	return sender.Settings{
		Account: "wecom-test", BaseURL: "http://wecom.test",
		Values:  map[string]string{fieldCorpID: "ww0123456789", fieldAgentID: "1000002"},
		Secrets: map[string]secret.Value{fieldSecret: secret.New("corp-secret-0123456789")},
	}
}

type transport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &memory{header: http.Header{}}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	t.handler.ServeHTTP(w, r)
	return &http.Response{StatusCode: http.StatusOK, Header: w.header, Body: io.NopCloser(strings.NewReader(w.body.String())), Request: r}, nil
}

type memory struct {
	header http.Header
	body   strings.Builder
}

func (m *memory) Header() http.Header         { return m.header }
func (m *memory) WriteHeader(int)             {}
func (m *memory) Write(b []byte) (int, error) { return m.body.Write(b) }

func open(t *testing.T, f *fake) *app {
	t.Helper()
	s, err := newApp(testSettings(), sender.Deps{Transport: transport{f}})
	require.NoError(t, err)
	a, ok := s.(*app)
	require.True(t, ok)
	return a
}

func textContent(s string) json.RawMessage {
	raw, err := outbound.JSON(part{Type: formText, Text: &content{s}})
	if err != nil {
		panic(err)
	}
	return raw
}
