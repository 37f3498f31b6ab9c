package feishu

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func robotTestSettings() sender.Settings {
	return sender.Settings{
		Account: "robot-test", BaseURL: "https://open.feishu.test", Values: map[string]string{fieldKeyword: "告警"},
		Secrets: map[string]secret.Value{fieldToken: secret.New("robot-token-0123456789"), fieldSign: secret.New("robot-secret-0123456789")},
	}
}

func openRobot(t *testing.T, d sender.Deps) *robot {
	t.Helper()
	s, err := newRobot(robotTestSettings(), d)
	require.NoError(t, err)
	r, ok := s.(*robot)
	require.True(t, ok)
	return r
}

func TestConformanceFeishuRobot(t *testing.T) {
	empty := func(body []byte) bool { return !strings.Contains(string(body), "msg_type") }
	providertest.Run(t, providertest.Fixture{
		Manifest: robotManifest(), Settings: robotTestSettings(), Struct: robotSettings{}, OptionsStruct: renderOptions{},
		Invalid: map[string]func(*sender.Settings){
			"the whole address": func(s *sender.Settings) {
				s.Secrets[fieldToken] = secret.New("https://open.feishu.cn/open-apis/bot/v2/hook/x")
			},
			"a secret with a blank": func(s *sender.Settings) { s.Secrets[fieldSign] = secret.New("a b") },
			"two lines of keywords": func(s *sender.Settings) { s.Values[fieldKeyword] = "a\nb" },
		},
		Mentions: []sender.Target{sender.ParseTarget("user:ou_lilei"), sender.ParseTarget("all")},
		Forms:    []sender.Options{nil, {optionForm: "post"}, {optionForm: "text"}},
		MaxSize:  robotBody,
		Size:     func(raw json.RawMessage) int { return len(raw) + signRoom },
		Provider: func() http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err == nil && empty(body) {
					_, _ = io.WriteString(w, `{"code":9499,"msg":"Bad Request"}`)
					return
				}
				_, _ = io.WriteString(w, `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`)
			})
		},
		Endpoint: func(_ *http.Request, body []byte) sender.Op {
			if empty(body) {
				return providertest.OpProbe
			}
			return sender.OpSend
		},
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			if row.Code == robotBadBody && row.Class == sender.Later {
				text = "Too many requests, " + text
			}
			_, _ = fmt.Fprintf(w, `{"code":%s,"msg":%q}`, row.Code, text)
		},
	})
}

// TestKnownRobotSignatures checks the signature against the guide's inputs.
func TestKnownRobotSignatures(t *testing.T) {
	raw, err := os.ReadFile("testdata/robot-sign.json")
	require.NoError(t, err)
	var vectors []struct {
		Secret string
		At     int64 `json:"timestamp"`
		Sign   string
	}
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		require.Equal(t, v.Sign, sign(v.Secret, v.At))
	}
}

type tripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestARobotSignsTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var body map[string]any
		answer := `{"StatusCode":0,"StatusMessage":"success"}`
		r := openRobot(t, sender.Deps{Transport: tripper(func(q *http.Request) (*http.Response, error) {
			require.Equal(t, "/open-apis/bot/v2/hook/robot-token-0123456789", q.URL.Path)
			require.NoError(t, json.NewDecoder(q.Body).Decode(&body))
			w := httptest.NewRecorder()
			_, _ = io.WriteString(w, answer)
			return w.Result(), nil
		})})
		out, err := r.Render(t.Context(), sender.Draft{Message: firing()})
		require.NoError(t, err)
		_, err = r.Send(t.Context(), sender.Notification{Content: out.Parts[0]})
		require.NoError(t, err, "the old form of success is one too")
		require.Equal(t, strconv.FormatInt(time.Now().Unix(), 10), body["timestamp"], "seconds, in a string")
		require.Equal(t, sign("robot-secret-0123456789", time.Now().Unix()), body["sign"])
		require.IsType(t, map[string]any{}, body["card"], "a card is an object")
		require.Contains(t, string(out.Parts[0]), "告警", "the keyword is there")
		answer = `{"StatusCode":19001,"StatusMessage":"token"}`
		_, err = r.Send(t.Context(), sender.Notification{Content: out.Parts[0]})
		require.Equal(t, sender.ReasonAuth, sender.AsFailure(err).Reason)
	})
}

// TestWhomARobotMentions walks through everybody that "mention" can name, in each form.
func TestWhomARobotMentions(t *testing.T) {
	r := openRobot(t, sender.Deps{})
	who := func(p sender.Person) sender.Target {
		return sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p}
	}
	for name, mentions := range map[string][]sender.Target{
		"nobody":    nil,
		"by_id":     {sender.ParseTarget("user:ou_lilei"), who(sender.Person{Name: "han", Title: "韩梅梅", IDs: map[string]string{"feishu": "ou_han"}})},
		"by_mobile": {who(sender.Person{Name: "li", Mobile: "13800000001"})},
		"by_email":  {who(sender.Person{Name: "li", Email: "li@example.com"})},
		"unknown":   {who(sender.Person{Name: "gone"}), sender.ParseTarget("user:lilei"), sender.ParseTarget("user:on_lilei")},
		"all":       {sender.ParseTarget("all")},
	} {
		for _, form := range []string{"card", "post", "text"} {
			t.Run(name+"/"+form, func(t *testing.T) {
				providertest.GoldenParts(t, *update, "robot_mention_"+name+"_"+form+".json", r,
					sender.Draft{Message: providertest.Samples()["bare"], Mentions: mentions, Options: sender.Options{optionForm: form}})
			})
		}
	}
}

func TestRobotFormsAreAsReviewed(t *testing.T) {
	r := openRobot(t, sender.Deps{})
	for name, m := range providertest.Samples() {
		for _, form := range []string{"card", "post", "text"} {
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
	f.Add([]byte(`{"msg_type":"text","content":{"text":"x"}}`))
	f.Add([]byte(`{"msg_type":"post","content":{"post":{"zh_cn":{"title":"t","content":[[{"tag":"text","text":"x"}]]}}}}`))
	f.Add([]byte(`{"msg_type":"interactive","card":{"header":{"title":{"tag":"plain_text","content":"x"}},"elements":[]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := previewRobot(raw); err == nil {
			require.NotEmpty(t, p.Shape)
		}
	})
}
