package email

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func testSettings() sender.Settings {
	return sender.Settings{
		Account: "mail-test", BaseURL: "smtp://127.0.0.1:1",
		Values:  map[string]string{fieldFrom: "alerts@example.com", fieldUsername: "alerts@example.com", fieldTLS: tlsNone},
		Secrets: map[string]secret.Value{fieldPassword: secret.New("authorization-code-0123")},
	}
}

func TestConformanceEmail(t *testing.T) {
	providertest.Run(t, providertest.Fixture{
		Manifest: manifest(), Settings: testSettings(), Struct: settings{}, OptionsStruct: struct {
			Form string `setting:"form"`
		}{},
		Invalid: map[string]func(*sender.Settings){
			"no mail address":             func(s *sender.Settings) { s.Values[fieldFrom] = "alerts" },
			"a sender on two lines":       func(s *sender.Settings) { s.Values[fieldFrom] = "a@example.com\r\nBcc: b@example.com" },
			"a local part for no server":  func(s *sender.Settings) { s.Values[fieldFrom] = "告警@example.com" },
			"a password without a name":   func(s *sender.Settings) { s.Values[fieldUsername] = "" },
			"a name without a password":   func(s *sender.Settings) { s.Secrets = nil },
			"a web page's address":        func(s *sender.Settings) { s.BaseURL = "https://mail.example.com" },
			"an address with a path":      func(s *sender.Settings) { s.BaseURL = "smtps://mail.example.com/send" },
			"an address with a password":  func(s *sender.Settings) { s.BaseURL = "smtps://a:b@mail.example.com" },
			"smtps and no encryption":     func(s *sender.Settings) { s.BaseURL = "smtps://mail.example.com" },
			"an unknown encryption":       func(s *sender.Settings) { s.Values[fieldTLS] = "maybe" },
			"an unknown mechanism":        func(s *sender.Settings) { s.Values[fieldAuth] = "ntlm" },
			"a CA that is no certificate": func(s *sender.Settings) { s.Values[fieldCA] = "-----BEGIN" },
			"a name in EHLO with a break": func(s *sender.Settings) { s.Values[fieldHELO] = "host\r\nMAIL" },
		},
		Target:   sender.Target{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Title: "李雷", Email: "li@example.com"}},
		Forms:    []sender.Options{nil, {optionForm: formText}},
		MaxSize:  maxBody,
		Size:     size,
		Provider: func() http.Handler { return fake{} },
		Endpoint: endpoint,
		Refuse:   refuse,
		Where:    where(),
		Steps:    []sender.Op{"", opLogin, opSender, opReceiver},
		Key: func(_ *http.Request, body []byte) string {
			_, rest, _ := strings.Cut(string(body), "\r\nMessage-ID: ")
			id, _, _ := strings.Cut(rest, "\r\n")
			return id
		},
		Listen:  listen,
		Answers: answers(),
	})
}

func size(raw json.RawMessage) int {
	p, err := parsePart(raw)
	if err != nil {
		return 1 << 30
	}
	return max(len(p.Text), len(p.HTML))
}

// answers are what could follow the last dot besides a mail service's replies.
func answers() map[string]providertest.Answer {
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	echo := func(code string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				_, _ = io.WriteString(w, code+" you said "+strings.ReplaceAll(string(body), "\r\n", " ")+"\r\n")
			}
		}
	}
	unknown := func(h http.HandlerFunc) providertest.Answer {
		return providertest.Answer{Give: h, Class: sender.Again, Reason: sender.ReasonOutcomeUnknown, MaybeSent: true}
	}
	lost := func(h http.HandlerFunc) providertest.Answer {
		return providertest.Answer{Give: h, Class: sender.Again, Reason: sender.ReasonUnavailable, MaybeSent: true}
	}
	return map[string]providertest.Answer{
		"4xx of no meaning":    {Give: say("466 4.6.6 hm\r\n"), Class: sender.Again, Reason: sender.ReasonUnavailable},
		"5xx of no meaning":    {Give: say("566 5.6.6 hm\r\n"), Class: sender.Never, Reason: sender.ReasonMessage},
		"4xx that echoes":      {Give: echo("451"), Class: sender.Again, Reason: sender.ReasonUnavailable},
		"5xx that echoes":      {Give: echo("552"), Class: sender.Never, Reason: sender.ReasonMessage},
		"5xx of several lines": {Give: say("554-5.7.1 first\r\n554 5.7.1 second\r\n"), Class: sender.Never, Reason: sender.ReasonMessage},
		"5xx not utf-8":        {Give: say("550 \xc7\xeb\xca\xb9\xd3\xc3\xca\xda\xc8\xa8\xc2\xeb\r\n"), Class: sender.Never, Reason: sender.ReasonMessage},
		"2xx but 250":          unknown(say("252 perhaps\r\n")),
		"3xx":                  unknown(say("354 go on\r\n")),
		"1xx":                  unknown(say("150 working\r\n")),
		"6xx":                  unknown(say("650 beyond\r\n")),
		"a web page":           unknown(say("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>ok</h1>\r\n")),
		"a word":               unknown(say("ok\r\n")),
		"a code alone, cut":    unknown(say("25\r\n")),
		"250 that echoes, cut": lost(say("250-2.0.0 queued\r\n")),
		"nothing":              lost(func(http.ResponseWriter, *http.Request) {}),
	}
}

func open(t *testing.T, s sender.Settings, d sender.Deps) *mailer {
	t.Helper()
	made, err := newMailer(s, d)
	require.NoError(t, err)
	m, ok := made.(*mailer)
	require.True(t, ok)
	return m
}
