package feishu

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestConformanceFeishuApp(t *testing.T) {
	providertest.Run(t, providertest.Fixture{
		Manifest: Manifests()[0],
		Settings: testSettings(),
		Struct:   settings{}, OptionsStruct: renderOptions{},
		Invalid: map[string]func(*sender.Settings){
			"an app id that is none": func(s *sender.Settings) { s.Values = map[string]string{fieldAppID: "cli x"} },
		},
		Target:   chat(),
		Mentions: []sender.Target{lilei(), sender.ParseTarget("all")},
		Forms:    []sender.Options{{}, {optionForm: "post"}, {optionForm: "text"}},
		MaxSize:  30_000,
		Spare:    30_000 - maxCard + 100, // A reply has more fields.
		Size: func(raw json.RawMessage) int {
			p, err := decodePart(raw)
			if err != nil {
				return len(raw)
			}
			// The provider counts the whole body; a text may be five times as long.
			body, err := envelope{ReceiveID: strings.Repeat("o", 35), UUID: strings.Repeat("u", longestUUID)}.around(content{raw: raw})
			if err != nil {
				return 1 << 30
			}
			if p.MsgType == msgText {
				return len(body) / 5
			}
			return len(body)
		},
		Provider: func() http.Handler { return closing{newFake()} },
		Endpoint: endpoint,
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			refuse(row.Code, text)(w, nil)
		},
		Where: map[string]sender.Op{
			"10003": providertest.OpToken, "10012": providertest.OpToken, "10014": providertest.OpToken, "212100": providertest.OpToken,
			"230012": sender.OpUrge, codeUnread: sender.OpUrge, "230024": sender.OpUrge, "230052": sender.OpUrge, "230098": sender.OpUrge,
			codeTooOld: sender.OpUpdate, codeEdits: sender.OpUpdate, codeRecalled: sender.OpUpdate, codeTopicGone: sender.OpReply,
		},
		Key: func(_ *http.Request, body []byte) string {
			var b struct {
				UUID string `json:"uuid"`
			}
			if json.Unmarshal(body, &b) != nil {
				return ""
			}
			return b.UUID
		},
		Tokens: []string{testToken + "1", testToken + "2"},
	})
}

// closing keeps no connection open: whether a request on a connection that the server has just closed
// was sent, nobody can tell, and the suite wants to hear no.
type closing struct{ *fake }

// ServeHTTP implements http.Handler.
func (c closing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	c.fake.ServeHTTP(w, r)
}

func endpoint(r *http.Request, _ []byte) sender.Op {
	path := r.URL.Path
	switch {
	case path == pathToken:
		return providertest.OpToken
	case path == pathLookup:
		return providertest.OpLookup
	case path == pathBot, path == pathScopes:
		return providertest.OpProbe
	case path == pathMessages:
		return sender.OpSend
	case strings.HasSuffix(path, "/reply"):
		return sender.OpReply
	case strings.Contains(path, "/urgent_"):
		return sender.OpUrge
	case strings.HasPrefix(path, pathMessages+"/") && r.Method == http.MethodPatch:
		return sender.OpUpdate
	}
	return ""
}
