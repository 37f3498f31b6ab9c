package feishu

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestPreviewReadsWhatGoesOverTheWire(t *testing.T) {
	card := `{"header":{"template":"red","title":{"tag":"plain_text","content":"t"}},"elements":[{"tag":"markdown","content":"**b** <at id=ou_1></at>"}]}`
	quoted, err := json.Marshal(card)
	require.NoError(t, err)
	for name, body := range map[string]string{
		"send":      `{"receive_id":"oc_1","msg_type":"interactive","uuid":"u","content":` + string(quoted) + `}`,
		"patch":     `{"content":` + string(quoted) + `}`,
		"an object": `{"msg_type":"interactive","content":` + card + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := preview(json.RawMessage(body))
			require.NoError(t, err)
			require.Equal(t, sender.Preview{
				Shape: "card", Color: "red", Title: "t", Mentions: []string{"ou_1"},
				Blocks: []sender.Block{{Kind: sender.BlockText, Spans: []sender.Span{
					{Text: "b", Bold: true}, {Text: " "}, {Text: "@ou_1", Mention: "ou_1"},
				}}},
			}, p)
		})
	}
}

func TestPreviewDrawsOtherPeoplesCards(t *testing.T) {
	p, err := preview(json.RawMessage(`{"content":{"schema":"2.0","header":{"title":"plain"},"body":{"elements":[
		{"tag":"column_set","columns":[{"tag":"column","elements":[{"tag":"markdown","content":"[x](https://x.test) <font color='green'>ok</font>"}]}]},
		{"tag":"button","text":{"tag":"plain_text","content":"Ack"},"behaviors":[{"type":"open_url","default_url":"https://y.test"}]},
		{"tag":"note","elements":[{"tag":"plain_text","content":"a"},{"tag":"lark_md","content":"<at ids=ou_1,all></at>"}]},
		{"tag":"img"}, 7, {"tag":"hr"}]}}}`))
	require.NoError(t, err)
	require.Equal(t, []string{"ou_1", "all"}, p.Mentions)
	require.Equal(t, []sender.Block{
		{Kind: sender.BlockText, Spans: []sender.Span{{Text: "x", URL: "https://x.test"}, {Text: " "}, {Text: "ok", Color: "green"}}},
		{Kind: sender.BlockButton, Text: "Ack", URL: "https://y.test"},
		{Kind: sender.BlockNote, Fields: []sender.Block{
			{Kind: sender.BlockText, Text: "a"},
			{Kind: sender.BlockText, Spans: []sender.Span{{Text: "@ou_1", Mention: "ou_1"}, {Text: "@all", Mention: "all"}}},
		}},
		{Kind: sender.BlockDivider},
	}, p.Blocks)
	require.Equal(t, "plain", p.Title)
}

func TestPreviewRefusesWhatIsNoMessage(t *testing.T) {
	for _, body := range []string{
		``, `{}`, `[]`, `{"content":7}`, `{"content":"x"}`, `{"msg_type":"image","content":"{}"}`, `{"msg_type":"text","content":"{}"}`,
		`{"msg_type":"post","content":"{}"}`, `{"msg_type":"post","content":"[]"}`, `{"msg_type":7,"content":"{}"}`,
	} {
		_, err := preview(json.RawMessage(body))
		require.Error(t, err, body)
	}
}

func TestEscapedTextIsReadBackAsItWas(t *testing.T) {
	for _, s := range []string{hostileLabel, "# a\n- b\n+ c\n 1 < 2 > 0", "&#60;at id=all&#62;", "a_b*c", "**", "[x](y)"} {
		d := &drawing{}
		b := d.markdown("**" + escapeMarkdown(s) + "** <at id=ou_1></at>")
		require.Equal(t, tidy(s), b.Spans[0].Text)
		require.Equal(t, []string{"ou_1"}, d.mentions)
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{hostileLabel, "", "<at id=all></at>", "](", "<", "a\x00\xff\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range [][]sender.Span{(&drawing{}).markdown(escapeMarkdown(s)).Spans, (&drawing{}).text(escapeText(s))} {
			for _, span := range got {
				if span.Mention != "" || span.URL != "" || span.Bold || span.Color != "" {
					t.Fatalf("%q became %+v", s, span)
				}
			}
		}
	})
}

func FuzzPreview(f *testing.F) {
	f.Add([]byte(`{"content":"{\"elements\":[{\"tag\":\"markdown\",\"content\":\"**a** <at id=x></at> [b](c)\"}]}"}`))
	f.Add([]byte(`{"msg_type":"post","content":{"zh_cn":{"title":"t","content":[[{"tag":"at","user_id":"all"}]]}}}`))
	f.Add([]byte(`{"msg_type":"text","content":"{\"text\":\"<at user_id=\\\"x\\\">n</at>\"}"}`))
	f.Add([]byte(`{"content":{"elements":` + strings.Repeat(`[{"tag":"div","elements":`, 40) + `1` + strings.Repeat(`}]`, 40) + `}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := preview(body)
		if err != nil {
			return
		}
		if _, err := json.Marshal(p); err != nil {
			t.Fatal(err)
		}
		if part, err := decodePart(body); err == nil && part.MsgType == msgCard {
			if _, err := plainForm(part.Content); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(`{"code":0,"data":{"message_id":"om_1"}}`), "")
	f.Add(400, []byte(`{"code":230001,"msg":"x","error":{"log_id":"1"}}`), "3")
	f.Add(429, []byte(`{"code":99991400}`), "1e9")
	f.Add(200, []byte(`{"code":"0"}`), "NaN")
	a := open(f, newFake())
	f.Fuzz(func(t *testing.T, status int, body []byte, reset string) {
		var out struct {
			Data struct {
				ID string `json:"message_id"`
			} `json:"data"`
		}
		r := outbound.Response{Status: status, Body: body, Header: map[string][]string{headerReset: {reset}}}
		failure := a.api.judge(r, &out)
		if failure == nil {
			if !json.Valid(body) || status < 200 || status > 299 {
				t.Fatalf("status %d with %q is no success", status, body)
			}
			return
		}
		if (failure.Class == sender.Later) != (failure.After > 0) || failure.After > longestReset*24 {
			t.Fatalf("class %d after %s", failure.Class, failure.After)
		}
	})
}
