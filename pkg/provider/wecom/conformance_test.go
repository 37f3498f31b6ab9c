package wecom

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestConformanceWecomApp(t *testing.T) {
	providertest.Run(t, providertest.Fixture{
		Manifest: appManifest(), Settings: testSettings(), Struct: settings{}, OptionsStruct: options{},
		Invalid: map[string]func(*sender.Settings){
			"a corp id with a path": func(s *sender.Settings) { s.Values = map[string]string{fieldCorpID: "ww/x", fieldAgentID: "1"} },
			"agent 0":               func(s *sender.Settings) { s.Values = map[string]string{fieldCorpID: "ww1", fieldAgentID: "0"} },
		},
		// A person known only by mobile, so that lookups are judged too.
		Target:     sender.Target{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Mobile: "13800000001"}},
		Forms:      []sender.Options{nil, {optionForm: formText}, {optionForm: formMarkdown}},
		Brief:      []sender.Options{{optionForm: formTextCard}, {optionForm: formCard}},
		Changeable: sender.Options{optionForm: formCard},
		MaxSize:    maxText,
		Size:       size,
		Provider:   func() http.Handler { return &fake{} },
		Endpoint:   endpoint,
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			if row.Code == codeInvalid || row.Code == codeUnlicensed {
				_, _ = fmt.Fprintf(w, `{"errcode":0,"errmsg":%q,"msgid":"m",%q:"lilei"}`, text, row.Code)
				return
			}
			_, _ = fmt.Fprintf(w, `{"errcode":%s,"errmsg":%q}`, row.Code, text)
		},
		Where: map[string]sender.Op{
			"40013": providertest.OpToken, "46004": providertest.OpLookup, "60103": providertest.OpLookup, "60111": providertest.OpLookup,
		},
		Tokens: []string{testToken + "1", testToken + "2"},
	})
}

func endpoint(r *http.Request, _ []byte) sender.Op {
	switch r.URL.Path {
	case pathToken:
		return providertest.OpToken
	case pathMobile, pathEmail:
		return providertest.OpLookup
	case pathAgent:
		return providertest.OpProbe
	case pathSend:
		return sender.OpSend
	case pathUpdate:
		return sender.OpUpdate
	case pathRecall:
		return sender.OpRecall
	}
	return ""
}

// size counts what WeCom bounds, scaled to the limit of texts for the brief forms.
func size(raw json.RawMessage) int {
	p, err := parsePart(raw)
	if err != nil {
		return 1 << 30
	}
	p = p.marked("019aa000-0000-7000-8000-000000000001")
	switch {
	case p.Text != nil:
		return len(p.Text.Content)
	case p.Markdown != nil:
		return len(p.Markdown.Content)
	case p.TextCard != nil:
		if len(p.TextCard.Title) > maxTitle || len(p.TextCard.URL) > maxURL {
			return 1 << 30
		}
		return len(p.TextCard.Description) - maxDescription + maxText
	default:
		if len([]rune(p.Card.Main.Title)) > maxCardTitle || len(p.Card.Rows) > maxRows {
			return 1 << 30
		}
		return len([]rune(p.Card.SubTitle)) - maxSubTitle + maxText
	}
}
