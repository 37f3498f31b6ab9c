package webhook

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	testURL    = "https://hooks.example.test/in/hook-token-0123456789?key=query-key-0123456789"
	testSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	// testMax keeps the suite's walk along the limit short.
	testMax = 8_192

	jsonBody = `{"title": {{ .Message.Title | toJson }}, "text": {{ .Plain | toJson }}, "level": "{{ .Message.Severity }}"}`
	textBody = `{{ .Plain }}`
)

// testSettings has every secret that goes with a bearer token.
func testSettings() sender.Settings {
	return sender.Settings{
		Account: "hook-test", Values: map[string]string{fieldMaxBytes: strconv.Itoa(testMax), fieldHeaders: "X-Topic: ops"},
		Secrets: map[string]secret.Value{
			fieldURL: secret.New(testURL), fieldSecret: secret.New(testSecret), fieldBearer: secret.New("bearer-token-0123456789"),
			fieldSecretHeaders: secret.New("X-Api-Key: header-key-0123456789\nX-Other: other-key-0123456789\n"),
		},
	}
}

// with changes settings, a new one each time.
func with(values map[string]string) sender.Settings {
	s := testSettings()
	maps.Copy(s.Values, values)
	return s
}

func fixture(s sender.Settings, answer string) providertest.Fixture {
	set := func(field, value string) func(*sender.Settings) {
		return func(s *sender.Settings) { s.Values[field] = value }
	}
	hide := func(field, value string) func(*sender.Settings) {
		return func(s *sender.Settings) { s.Secrets[field] = secret.New(value) }
	}
	return providertest.Fixture{
		Manifest: manifest(), Settings: s, Struct: settings{},
		Invalid: map[string]func(*sender.Settings){
			"an address without https":      hide(fieldURL, "hooks.example.test/in/"+"x"),
			"an address with a password":    hide(fieldURL, "https://u:p@hooks.example.test/"),
			"another method":                set(fieldMethod, "DELETE"),
			"a secret of another form":      hide(fieldSecret, "my own signing secret"),
			"a secret that is too short":    hide(fieldSecret, "whsec_c2hvcnQ="),
			"a bearer with its word":        hide(fieldBearer, "Bearer 0123456789"),
			"a line that is no header":      set(fieldHeaders, "X-Topic ops"),
			"a header of two lines":         set(fieldHeaders, "X-Topic: a\x00b"),
			"a header that is written here": set(fieldHeaders, "webhook-id: 1"),
			"a secret line that is none":    hide(fieldSecretHeaders, "planted-0123456789"),
			"two authorizations":            set(fieldHeaders, "Authorization: Basic x"),
			"a bearer and a name":           set(fieldUsername, "li"),
			"a success without its value":   func(s *sender.Settings) { s.Values[fieldSuccessField], s.Values[fieldSuccessValue] = "code", "" },
			"no number of bytes":            set(fieldMaxBytes, "many"),
			"too few bytes":                 set(fieldMaxBytes, "511"),
			"too many bytes":                set(fieldMaxBytes, "1048577"),
			"no media type":                 set(fieldContentType, "text/"),
			"a type without a template":     func(s *sender.Settings) { s.Values[fieldContentType], s.Values[fieldBody] = "text/plain", "" },
			"a broken template":             set(fieldBody, "{{ .Nope }}"),
			"a template that escapes not": func(s *sender.Settings) {
				s.Values[fieldContentType], s.Values[fieldBody] = "", `{"text":"{{ .Plain }}"}`
			},
		},
		Mentions: []sender.Target{
			{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Title: "李雷", Email: "li@example.com"}}, sender.ParseTarget("all"),
		},
		MaxSize: testMax,
		Size: func(raw json.RawMessage) int {
			c, err := readContent(raw)
			if err != nil {
				return 1 << 30
			}
			return len(c.bytes())
		},
		Provider: func() http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
		},
		Endpoint: func(*http.Request, []byte) sender.Op { return sender.OpSend },
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			status, err := strconv.Atoi(row.Code)
			if err != nil {
				panic(err)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		},
		Key: func(r *http.Request, _ []byte) string { return r.Header.Get("Idempotency-Key") },
	}
}

// odd are the answers with 2xx that are a success where nothing else is asked for: whatever they say.
func odd() []string {
	return []string{
		"200 that echoes", "200 empty", "200 cut", "200 null", "200 list", "200 word", "200 number", "200 empty object", "200 other object",
		"200 null code", "200 code as list", "200 deeply nested", "200 not utf-8", "202 empty", "204",
	}
}

func TestConformanceWebhook(t *testing.T) {
	f := fixture(testSettings(), "")
	f.Accepts = odd()
	providertest.Run(t, f)
}

// TestConformanceOfAnAnswerWithACode is the suite at its strictest: success is a field of the answer.
func TestConformanceOfAnAnswerWithACode(t *testing.T) {
	s := with(map[string]string{fieldUsername: "yunluo", fieldSuccessField: "code", fieldSuccessValue: "0", fieldMethod: http.MethodPut})
	delete(s.Secrets, fieldBearer)
	s.Secrets[fieldPassword] = secret.New("basic-password-0123456789")
	f := fixture(s, `{"code":0,"msg":"ok"}`)
	delete(f.Invalid, "a bearer and a name")
	f.Invalid["a password without a name"] = func(s *sender.Settings) { s.Values[fieldUsername] = "" }
	f.Invalid["a name with a colon"] = func(s *sender.Settings) { s.Values[fieldUsername] = "a:b" }
	providertest.Run(t, f)
}

func TestConformanceOfTemplates(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"json": {fieldBody: jsonBody},
		"text": {fieldBody: textBody, fieldContentType: "text/plain; charset=utf-8"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fixture(with(values), "")
			f.Accepts = odd()
			providertest.Run(t, f)
		})
	}
}

func open(t *testing.T, s sender.Settings, d sender.Deps) *hook {
	t.Helper()
	made, err := newHook(s, d)
	require.NoError(t, err)
	h, ok := made.(*hook)
	require.True(t, ok)
	return h
}
