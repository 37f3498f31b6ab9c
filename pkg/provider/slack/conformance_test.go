package slack

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// closing keeps no connection open: whether a request on a connection that the server has just closed was sent, nobody
// can tell, and the suite wants to hear no.
type closing struct{ http.Handler }

// ServeHTTP implements http.Handler.
func (c closing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	c.Handler.ServeHTTP(w, r)
}

func forms() []sender.Options {
	return []sender.Options{nil, {optionForm: formText}, {optionLinks: linksButtons}}
}

// judgedSize is how Slack counts, read off the wire and not as the renderer does.
func judgedSize(tb testing.TB) func(json.RawMessage) int {
	tb.Helper()
	return func(raw json.RawMessage) int {
		var p struct {
			Text        string           `json:"text"`
			Blocks      []map[string]any `json:"blocks"`
			Attachments []struct {
				Blocks []map[string]any `json:"blocks"`
			} `json:"attachments"`
		}
		require.NoError(tb, json.Unmarshal(raw, &p))
		all := p.Blocks
		for _, a := range p.Attachments {
			all = append(all, a.Blocks...)
		}
		worst := share(length(p.Text), maxText)
		characters := 0
		for _, b := range all {
			n, w := weigh(b)
			characters, worst = characters+n, max(worst, w)
		}
		return max(worst, share(len(all), maxBlocks), share(characters, maxAll))
	}
}

// share is n of a limit, in parts of maxAll.
func share(n, limit int) int { return (n*maxAll + limit - 1) / limit }

// weigh counts a block's characters, and how near its own limits it is.
func weigh(b map[string]any) (characters, worst int) {
	textOf := func(v any) int {
		m, _ := v.(map[string]any)
		s, _ := m["text"].(string)
		return length(s)
	}
	add := func(n, limit int) { characters, worst = characters+n, max(worst, share(n, limit)) }
	limit := map[string]int{typeHeader: maxHeader}[b["type"].(string)]
	if limit == 0 {
		limit = maxSection
	}
	add(textOf(b["text"]), limit)
	fields, _ := b["fields"].([]any)
	worst = max(worst, share(len(fields), maxFields))
	for _, f := range fields {
		add(textOf(f), maxField)
	}
	elements, _ := b["elements"].([]any)
	worst = max(worst, share(len(elements), maxElements))
	for _, e := range elements {
		m, _ := e.(map[string]any)
		if m["type"] == typeButton {
			add(textOf(m["text"]), maxButton)
			u, _ := m["url"].(string)
			add(length(u), maxURL)
			continue
		}
		add(textOf(e), maxSection)
	}
	return characters, worst
}

func TestConformanceSlack(t *testing.T) {
	lookup := []string{
		codeNobody, "user_not_found", "user_not_visible", "user_disabled", "cannot_dm_bot", "unknown_method", "method_deprecated", "deprecated_endpoint",
	}
	where := map[string]sender.Op{
		codeGone: sender.OpUpdate, "is_inactive": sender.OpUpdate, "cant_update_message": sender.OpUpdate, "edit_window_closed": sender.OpUpdate,
		"update_failed": sender.OpUpdate, "external_channel_migrating": sender.OpUpdate, "block_mismatch": sender.OpUpdate,
		"cant_delete_message": sender.OpRecall, "compliance_exports_prevent_deletion": sender.OpRecall,
		"thread_not_found": sender.OpReply, "invalid_thread_ts": sender.OpReply, "cannot_reply_to_message": sender.OpReply,
	}
	for _, code := range lookup {
		where[code] = providertest.OpLookup
	}
	providertest.Run(t, providertest.Fixture{
		Manifest: appManifest(), Settings: testSettings(), Struct: appSettings{}, OptionsStruct: renderOptions{},
		Invalid: map[string]func(*sender.Settings){
			"an app-level token": func(s *sender.Settings) { s.Secrets[fieldToken] = secret.New("xapp-1-A0-planted") },
			"a webhook": func(s *sender.Settings) {
				s.Secrets[fieldToken] = secret.New("https://hooks.slack.com/services/T0/B0/planted")
			},
			"a blank": func(s *sender.Settings) { s.Secrets[fieldToken] = secret.New("xoxb-planted token") },
		},
		Target:   sender.ParseTarget("email:li@example.com"),
		Mentions: []sender.Target{lilei(), sender.ParseTarget("user:U0WANG"), sender.ParseTarget("tag:S0OPS")},
		Forms:    forms(), MaxSize: maxAll, Size: judgedSize(t),
		Provider: func() http.Handler { return closing{newFake()} },
		Endpoint: func(r *http.Request, body []byte) sender.Op {
			switch r.URL.Path {
			case methodLookup, methodOpen:
				return providertest.OpLookup
			case methodTest:
				return providertest.OpProbe
			case methodUpdate:
				return sender.OpUpdate
			case methodDelete:
				return sender.OpRecall
			}
			var m struct {
				Thread string `json:"thread_ts"`
			}
			if json.Unmarshal(body, &m) == nil && m.Thread != "" {
				return sender.OpReply
			}
			return sender.OpSend
		},
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) { refuse(row.Code, text)(w, nil) },
		Where:  where,
	})
}

func TestConformanceSlackWebhook(t *testing.T) {
	probe := func(body []byte) bool { return string(body) == "{}" }
	providertest.Run(t, providertest.Fixture{
		Manifest: webhookManifest(), Settings: webhookTestSettings(), Struct: webhookSettings{}, OptionsStruct: renderOptions{},
		Invalid: map[string]func(*sender.Settings){
			"another host": func(s *sender.Settings) {
				s.Secrets[fieldURL] = secret.New("https://elsewhere.test/services/T0/B0/planted")
			},
			"a workflow": func(s *sender.Settings) { s.Secrets[fieldURL] = secret.New(s.BaseURL + "/triggers/T0/1/planted") },
			"a query":    func(s *sender.Settings) { s.Secrets[fieldURL] = secret.New("T0/B0/planted?x=1") },
			"dots":       func(s *sender.Settings) { s.Secrets[fieldURL] = secret.New("T0/../planted") },
		},
		Mentions: []sender.Target{sender.ParseTarget("user:U0LI"), sender.ParseTarget("all"), sender.ParseTarget("tag:S0OPS")},
		Forms:    forms(), MaxSize: maxAll, Size: judgedSize(t),
		Provider: func() http.Handler { return closing{http.HandlerFunc(takes)} },
		Endpoint: func(_ *http.Request, body []byte) sender.Op {
			if probe(body) {
				return providertest.OpProbe
			}
			return sender.OpSend
		},
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, _ string) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, row.Code)
		},
	})
}
