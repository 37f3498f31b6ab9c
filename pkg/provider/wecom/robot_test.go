package wecom

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func robotTestSettings() sender.Settings {
	return sender.Settings{
		Account: "robot-test", BaseURL: "http://wecom.test", Values: map[string]string{},
		Secrets: map[string]secret.Value{fieldKey: secret.New("robot-key-0123456789")},
	}
}

func openRobot(t *testing.T) *robot {
	t.Helper()
	s, err := newRobot(robotTestSettings(), sender.Deps{})
	require.NoError(t, err)
	r, ok := s.(*robot)
	require.True(t, ok)
	return r
}

func TestConformanceWecomRobot(t *testing.T) {
	empty := func(body []byte) bool { return string(body) == "{}" }
	providertest.Run(t, providertest.Fixture{
		Manifest: robotManifest(), Settings: robotTestSettings(), Struct: robotSettings{}, OptionsStruct: options{},
		Invalid: map[string]func(*sender.Settings){
			"the whole address": func(s *sender.Settings) {
				s.Secrets = map[string]secret.Value{fieldKey: secret.New("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x")}
			},
		},
		Mentions: []sender.Target{user("lilei")},
		Forms:    []sender.Options{nil, {optionForm: formText}, {optionForm: formMarkdown2}},
		MaxSize:  maxMarkdown,
		Size: func(raw json.RawMessage) int {
			p, err := parseRobot(raw)
			if err != nil {
				return 1 << 30
			}
			if p.Type == formText {
				return len(p.said()) - maxText + maxMarkdown
			}
			return len(p.said())
		},
		Provider: func() http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err == nil && empty(body) {
					_, _ = io.WriteString(w, `{"errcode":40008,"errmsg":"invalid message type"}`)
					return
				}
				_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
			})
		},
		Endpoint: func(_ *http.Request, body []byte) sender.Op {
			if empty(body) {
				return providertest.OpProbe
			}
			return sender.OpSend
		},
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			_, _ = fmt.Fprintf(w, `{"errcode":%s,"errmsg":%q}`, row.Code, text)
		},
	})
}

// TestWhomARobotMentions walks through everybody that "mention" can name, in each form.
func TestWhomARobotMentions(t *testing.T) {
	r := openRobot(t)
	for name, mentions := range map[string][]sender.Target{
		"nobody":      nil,
		"by_id":       {user("lilei"), person(sender.Person{Name: "han", IDs: map[string]string{"wecom": "han_meimei"}, Mobile: "13800000002"})},
		"by_mobile":   {person(sender.Person{Name: "li", Mobile: "+8613800000001"}), {Kind: sender.TargetPhone, Value: "13800000003"}},
		"unknown":     {person(sender.Person{Name: "gone", Title: "走了的人", Email: "gone@example.com"}), user("a b")},
		"all":         {{Kind: sender.TargetAll}},
		"all_and_who": {{Kind: sender.TargetAll}, user("lilei"), person(sender.Person{Name: "li", Mobile: "13800000001"})},
	} {
		for _, form := range []string{formText, formMarkdown, formMarkdown2} {
			t.Run(name+"/"+form, func(t *testing.T) {
				providertest.GoldenParts(t, *update, "robot_mention_"+name+"_"+form+".json", r,
					sender.Draft{Message: providertest.Samples()["bare"], Mentions: mentions, Options: sender.Options{optionForm: form}})
			})
		}
	}
}

func TestRobotFormsAreAsReviewed(t *testing.T) {
	r := openRobot(t)
	for name, m := range providertest.Samples() {
		for _, form := range []string{formText, formMarkdown, formMarkdown2} {
			if name == "long" {
				continue
			}
			t.Run(name+"/"+form, func(t *testing.T) {
				providertest.GoldenParts(t, *update, "robot_"+name+"_"+form+".json", r, sender.Draft{Message: m, Options: sender.Options{optionForm: form}})
			})
		}
	}
}

func FuzzRobotContent(f *testing.F) {
	f.Add([]byte(`{"msgtype":"text","text":{"content":"x","mentioned_list":["@all"]}}`))
	f.Add([]byte(`{"msgtype":"markdown","markdown":{"content":"x <@y>"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := previewRobot(raw)
		if err == nil {
			require.Equal(t, sender.ShapeBubble, p.Shape)
		}
	})
}
