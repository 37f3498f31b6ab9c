package feishu

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files anew")

const hostileLabel = "<at id=all></at> **x** [a](http://evil.test) `c` _u_ ~s~ \\ & </at> <at user_id=\"all\"></at>\n- 行"

func firing() message.Message {
	return message.Message{
		Kind: message.GroupKind, Language: lang.Chinese, Status: alert.Firing, Severity: alert.Critical,
		Title: "严重 · 支付接口 5xx 过高", Summary: "错误率 12%，超过 5%",
		Fields: []message.Field{{Label: "集群", Value: "prod_1"}, {Label: "说明", Value: strings.Repeat("很长的值", 8)}},
		Items: []message.Item{{
			Title: "HighErrorRate pay-api", Text: "10.0.0.7 的错误率为 12%", Status: alert.Firing, Severity: alert.Critical,
			Fields: []message.Field{{Label: "实例", Value: "10.0.0.7:8080"}}, When: "10:00 起，已 5 分钟",
			Links: []message.Link{{Title: "图表", URL: "https://grafana.test/d/1?a=1&b=(2)"}},
		}},
		Links: []message.Link{{Title: "处理手册", URL: "https://wiki.test/run"}, {Title: "静默", URL: "https://am.test/#/silences"}},
		Notes: []string{"来源 alertmanager"},
	}
}

func resolvedMessage() message.Message {
	m := firing()
	m.Language, m.Status, m.Title, m.Summary = lang.English, alert.Resolved, "Resolved · pay-api 5xx", "All is well"
	m.Items[0].Status, m.Items[0].When = alert.Resolved, "10:00 to 10:07, 7 min"
	return m
}

func grouped(n int) message.Message {
	m := firing()
	m.Items = nil
	for i := range n {
		it := firing().Items[0]
		it.Title = fmt.Sprintf("HighErrorRate pay-api-%02d", i)
		it.Severity = alert.Severities()[i%5]
		if i%3 == 2 {
			it.Status = alert.Resolved
		}
		m.Items = append(m.Items, it)
	}
	m.More = 2
	return m
}

func digest() message.Message {
	m := grouped(4)
	m.Kind, m.Severity, m.Title, m.MoreNote = message.DigestKind, alert.Info, "4 个分组的告警", "另有 2 条：disk-1、disk-2"
	return m
}

func hostileMessage() message.Message {
	return message.Message{
		Kind: message.TestKind, Language: lang.Chinese, Status: alert.Firing, Severity: alert.Warning,
		Title: hostileLabel, Summary: hostileLabel, Fields: []message.Field{{Label: hostileLabel, Value: hostileLabel}},
		Items: []message.Item{{
			Title: hostileLabel, Text: hostileLabel, When: hostileLabel, Fields: []message.Field{{Label: hostileLabel, Value: hostileLabel}},
			Links: []message.Link{{Title: hostileLabel, URL: "javascript:alert(1)"}, {Title: "ok", URL: "https://x.test/a)<at id=all>"}},
		}},
		MoreNote: hostileLabel, Notes: []string{hostileLabel},
		Links: []message.Link{{Title: hostileLabel, URL: "lark://evil"}, {Title: hostileLabel, URL: "https://x.test/"}},
	}
}

func TestRenderGolden(t *testing.T) {
	a := open(t, newFake())
	for name, m := range map[string]message.Message{
		"firing_zh": firing(), "resolved_en": resolvedMessage(), "grouped": grouped(3), "digest": digest(), "hostile": hostileMessage(),
	} {
		for _, f := range []form{formCard, formPost, formText} {
			t.Run(name+" "+string(f), func(t *testing.T) {
				got, err := a.Render(t.Context(), sender.Draft{
					Message: m, Target: chat(), Mentions: []sender.Target{lilei(), sender.ParseTarget("user:ou_2")},
					Options: sender.Options{optionForm: string(f)},
				})
				require.NoError(t, err)
				require.Empty(t, got.Notes)
				require.Len(t, got.Parts, 1)
				p, err := decodePart(got.Parts[0])
				require.NoError(t, err)
				var content any
				require.NoError(t, json.Unmarshal([]byte(p.Content), &content))
				shown, err := preview(got.Parts[0])
				require.NoError(t, err)
				require.Equal(t, []string{"ou_li", "ou_2"}, shown.Mentions, "nobody else is notified")
				raw, err := outbound.JSON(map[string]any{"msg_type": p.MsgType, "content": content, "preview": shown})
				require.NoError(t, err)
				golden(t, name+"_"+string(f)+".json", indent(t, raw))
			})
		}
	}
}

func indent(t *testing.T, raw []byte) []byte {
	t.Helper()
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	var v any
	require.NoError(t, json.Unmarshal(raw, &v))
	require.NoError(t, e.Encode(v))
	return []byte(out.String())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestCardIsOfJSON1AndShared(t *testing.T) {
	got, err := open(t, newFake()).Render(t.Context(), sender.Draft{Message: firing(), Target: chat()})
	require.NoError(t, err)
	p, err := decodePart(got.Parts[0])
	require.NoError(t, err)
	var c map[string]any
	require.NoError(t, json.Unmarshal([]byte(p.Content), &c))
	require.NotContains(t, c, "schema", "an urged card of 2.0 asks to upgrade the client on the lock screen")
	require.Equal(t, true, c["config"].(map[string]any)["update_multi"], "else PATCH refuses it")
	require.Equal(t, "严重 · 支付接口 5xx 过高", c["header"].(map[string]any)["title"].(map[string]any)["content"])
}

func TestHeaderColor(t *testing.T) {
	for severity, want := range map[alert.Severity]string{
		alert.Critical: "red", alert.High: "orange", alert.Warning: "yellow", alert.Info: "blue", alert.None: "grey",
	} {
		m := firing()
		m.Severity = severity
		assert.Equal(t, want, buildCard(m, nil).Header.Template)
		m.Status = alert.Resolved
		assert.Equal(t, "green", buildCard(m, nil).Header.Template)
	}
	assert.Equal(t, "red", buildCard(digest(), nil).Header.Template, "a digest is as bad as its worst member")
}

func TestRenderMentions(t *testing.T) {
	unknown := personTarget(sender.Person{Name: "han", Title: "韩梅梅", Email: "nobody@example.com"})
	for name, c := range map[string]struct {
		to       sender.Target
		mentions []sender.Target
		want     []string
		note     string
	}{
		"by e-mail":           {chat(), []sender.Target{lilei()}, []string{"ou_li"}, ""},
		"by phone":            {chat(), []sender.Target{sender.ParseTarget("phone:+86 138-0000-0000")}, []string{"ou_han"}, ""},
		"by e-mail kind":      {chat(), []sender.Target{sender.ParseTarget("email:li@example.com")}, []string{"ou_li"}, ""},
		"by configured id":    {chat(), []sender.Target{personTarget(sender.Person{Name: "x", IDs: map[string]string{"feishu": "on_1"}})}, []string{"on_1"}, ""},
		"twice":               {chat(), []sender.Target{lilei(), sender.ParseTarget("user:ou_li")}, []string{"ou_li"}, ""},
		"all in a chat":       {chat(), []sender.Target{sender.ParseTarget("all")}, []string{"all"}, ""},
		"all for one person":  {lilei(), []sender.Target{sender.ParseTarget("all")}, nil, "all is not mentioned: Only in a chat"},
		"unknown is left out": {chat(), []sender.Target{unknown, lilei()}, []string{"ou_li"}, "韩梅梅 is not mentioned: Check three things"},
		"nothing to find by":  {chat(), []sender.Target{personTarget(sender.Person{Name: "x"})}, nil, "x is not mentioned: Give the person"},
		"no country code":     {chat(), []sender.Target{sender.ParseTarget("phone:91234567")}, nil, "91234567 is not mentioned: Write 11 digits"},
	} {
		for _, f := range []string{"card", "post", "text"} {
			t.Run(name+" "+f, func(t *testing.T) {
				got, err := open(t, newFake()).Render(t.Context(), sender.Draft{
					Message: firing(), Target: c.to, Mentions: c.mentions, Options: sender.Options{optionForm: f},
				})
				require.NoError(t, err)
				shown, err := preview(got.Parts[0])
				require.NoError(t, err)
				require.Equal(t, c.want, shown.Mentions)
				if c.note == "" {
					require.Empty(t, got.Notes)
					return
				}
				require.Len(t, got.Notes, 1)
				require.Contains(t, got.Notes[0].EN, c.note)
				require.NotEmpty(t, got.Notes[0].ZH)
			})
		}
	}
}

func TestRenderWaitsForLookupsButNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.answer("POST "+pathLookup, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		a := open(t, f)
		d := sender.Draft{Message: firing(), Target: chat(), Mentions: []sender.Target{lilei()}}
		_, err := a.Render(t.Context(), d)
		failure := failureOf(t, err)
		require.Equal(t, sender.Again, failure.Class, "the mention may be found later")
		require.False(t, failure.MaybeSent)
		time.Sleep(30 * time.Second)
		_, err = a.Render(t.Context(), d)
		require.Error(t, err)
		time.Sleep(31 * time.Second)
		got, err := a.Render(t.Context(), d)
		require.NoError(t, err, "the alert is worth more than its mention")
		require.Len(t, got.Parts, 1)
		require.Len(t, got.Notes, 1)
	})
}

func TestRenderLongMessage(t *testing.T) {
	a := open(t, newFake())
	got, err := a.Render(t.Context(), sender.Draft{Message: grouped(150), Target: chat(), Mentions: []sender.Target{lilei()}})
	require.NoError(t, err)
	require.Greater(t, len(got.Parts), 1)
	require.LessOrEqual(t, len(got.Parts), maxParts)
	for i, raw := range got.Parts {
		body, err := envelope{ReceiveID: strings.Repeat("o", 35), UUID: strings.Repeat("u", 50)}.around(content{raw: raw})
		require.NoError(t, err)
		require.LessOrEqual(t, len(body), 30_000)
		shown, err := preview(raw)
		require.NoError(t, err)
		require.Equal(t, i == 0, len(shown.Mentions) == 1, "only the first part calls people")
	}
}

func contentOf(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	p, err := decodePart(raw)
	require.NoError(t, err)
	return p.Content
}

func TestRenderFillsUpParts(t *testing.T) {
	got, err := open(t, newFake()).Render(t.Context(), sender.Draft{
		Message: resolvedMessage(), Target: chat(), Mentions: []sender.Target{lilei()}, MinParts: 3,
	})
	require.NoError(t, err)
	require.Len(t, got.Parts, 3)
	for _, raw := range got.Parts[1:] {
		shown, err := preview(raw)
		require.NoError(t, err)
		require.Equal(t, "green", shown.Color)
		require.Empty(t, shown.Mentions)
		require.Equal(t, "The content has moved to the first message.", shown.Blocks[0].Text)
	}
}

func TestRenderRefusesAnUnknownForm(t *testing.T) {
	_, err := open(t, newFake()).Render(t.Context(), sender.Draft{Message: firing(), Options: sender.Options{optionForm: "html"}})
	f := failureOf(t, err)
	require.Equal(t, sender.Never, f.Class)
	require.Equal(t, sender.ReasonConfig, f.Reason)
}

func TestPartSizeIsTheLengthOfTheBody(t *testing.T) {
	for _, m := range []message.Message{firing(), hostileMessage(), {Title: "a\u2028b\x01\"\\\n", Summary: "<&>😀"}} {
		for _, f := range []form{formCard, formPost, formText} {
			p, _, err := build(f, m, []mention{{id: "ou_1", name: "李雷"}})
			require.NoError(t, err)
			raw, err := outbound.JSON(part{MsgType: msgCard, Content: p.Content})
			require.NoError(t, err)
			body, err := envelope{ReceiveID: strings.Repeat("o", longestID), UUID: strings.Repeat("u", longestUUID), ReplyInThread: true}.around(content{raw: raw})
			require.NoError(t, err)
			require.Equal(t, len(body), p.size())
		}
	}
}

func TestManyFieldsAndLinksStayWithinTheComponents(t *testing.T) {
	m := firing()
	m.Fields, m.Links = nil, nil
	for i := range 300 {
		m.Fields = append(m.Fields, message.Field{Label: fmt.Sprintf("label_%d", i), Value: "v"})
		m.Links = append(m.Links, message.Link{Title: "l", URL: fmt.Sprintf("https://x.test/%d", i)})
	}
	require.LessOrEqual(t, buildCard(m, nil).components(), maxComponents)
	got, err := open(t, newFake()).Render(t.Context(), sender.Draft{Message: m, Target: chat()})
	require.NoError(t, err)
	content := contentOf(t, got.Parts[0])
	require.Contains(t, content, "label&#95;299")
	require.Contains(t, content, "https://x.test/299")
}
