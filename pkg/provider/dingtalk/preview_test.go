package dingtalk

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestPreviewDrawsTheSubset(t *testing.T) {
	text := "### 🔴 head\n\na **bold** [link](https://x) <font color=\"red\">red</font> @1380\n\n> one  \n> two\n- i\n- j\n\n---\n1. k\n![](https://x/p.png)"
	raw, err := json.Marshal(wire{Type: "markdown", Markdown: &page{Title: "t", Text: text}, At: &mentions{Mobiles: []string{"1380", "1390"}}})
	require.NoError(t, err)
	got, err := preview(raw)
	require.NoError(t, err)
	item := func(s string) sender.Block {
		return sender.Block{Kind: sender.BlockText, Spans: []sender.Span{{Text: s}}}
	}
	assert.Equal(t, sender.Preview{
		Shape: "bubble", Listed: "t", Mentions: []string{"1380"},
		Blocks: []sender.Block{
			{Kind: sender.BlockHeading, Level: 3, Spans: []sender.Span{{Text: "🔴 head"}}},
			{Kind: sender.BlockText, Spans: []sender.Span{
				{Text: "a "},
				{Text: "bold", Bold: true},
				{Text: " "},
				{Text: "link", URL: "https://x"},
				{Text: " "},
				{Text: "red", Color: "red"},
				{Text: " "},
				{Text: "@1380", Mention: "1380"},
			}},
			{Kind: sender.BlockQuote, Spans: []sender.Span{{Text: "one"}, {Text: "\n"}, {Text: "two"}}},
			{Kind: sender.BlockList, Fields: []sender.Block{item("i"), item("j")}},
			{Kind: sender.BlockDivider},
			{Kind: sender.BlockList, Fields: []sender.Block{item("k")}},
			{Kind: sender.BlockText, Spans: []sender.Span{{URL: "https://x/p.png"}}},
		},
	}, got)
}

func TestPreviewMentionsOnlyWhereListAndTextAgree(t *testing.T) {
	cases := map[string]struct {
		body string
		want []string
	}{
		"both":                     {`{"msgtype":"text","text":{"content":"x @1380"},"at":{"atMobiles":["1380"]}}`, []string{"1380"}},
		"user":                     {`{"msgtype":"text","text":{"content":"x @u1"},"at":{"atUserIds":["u1"]}}`, []string{"u1"}},
		"only the list":            {`{"msgtype":"text","text":{"content":"x"},"at":{"atMobiles":["1380"]}}`, nil},
		"only the text":            {`{"msgtype":"text","text":{"content":"x @1380"}}`, nil},
		"all by the flag":          {`{"msgtype":"text","text":{"content":"x"},"at":{"isAtAll":true}}`, []string{"all"}},
		"all in the text only":     {`{"msgtype":"text","text":{"content":"@所有人"},"at":{}}`, nil},
		"in the title of markdown": {`{"msgtype":"markdown","markdown":{"title":"@1380","text":"x"},"at":{"atMobiles":["1380"]}}`, nil},
		"card":                     {`{"msgtype":"actionCard","actionCard":{"title":"t","text":"@1380","singleTitle":"a","singleURL":"b"},"at":{"atMobiles":["1380"],"isAtAll":true}}`, nil},
		"with a key":               {`{"msgtype":"text","text":{"content":"@1380"},"at":{"atMobiles":["1380"]},"msgUuid":"k"}`, []string{"1380"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := preview(json.RawMessage(c.body))
			require.NoError(t, err)
			assert.Equal(t, c.want, got.Mentions)
		})
	}
}

func TestPreviewRefusesWhatARobotWould(t *testing.T) {
	for _, body := range []string{
		`{"msgtype":"text"}`, `{"msgtype":"text","text":{"content":""}}`, `{"msgtype":"markdown","markdown":{"text":"x"}}`,
		`{"msgtype":"markdown","text":{"content":"x"}}`, `{"msgtype":"other"}`,
		`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x"}}`,
		`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","btns":[{"title":"a"}]}}`,
	} {
		_, err := preview(json.RawMessage(body))
		assert.Error(t, err, body)
	}
}

func FuzzPreview(f *testing.F) {
	f.Add(`{"msgtype":"markdown","markdown":{"title":"t","text":"# a\n> b\n[x](y) **z** <font color=red>@1</font>"},"at":{"atMobiles":["1"],"isAtAll":true}}`)
	f.Add(`{"msgtype":"text","text":{"content":"@1"},"at":{"atMobiles":["1",""]}}`)
	f.Add(`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","btns":[{"title":"a","actionURL":"b"}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		p, err := preview(json.RawMessage(body))
		if err != nil {
			return
		}
		assert.NotEmpty(t, p.Shape)
		assert.True(t, utf8.ValidString(shown(p)))
	})
}

func FuzzEscapeLine(f *testing.F) {
	for _, s := range []string{"# a", "1. a", "---", "===", "* * *", "***", "+", "-", "> a", "12) a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		drawn := draw(message.Message{Title: "t", Summary: s}, true, nil, 0)
		for _, b := range (&markup.Parser{}).Parse(strings.TrimPrefix(drawn, "### ⚪ t")) {
			require.Equal(t, sender.BlockText, b.Kind, "%q", s)
		}
	})
}

func FuzzEscape(f *testing.F) {
	f.Add("a](https://evil.example)", "@all")
	f.Add("**", "_x_")
	f.Fuzz(func(t *testing.T, a, b string) {
		d := markup.Markdown(nil)
		p := markup.Parser{}
		if markup.Flat(b) == "" {
			return
		}
		for _, block := range p.Parse(d.Line(markup.Flat("x"+a)) + " **" + d.Inline(markup.Flat(b)) + "** " + d.Link(d.Inline(markup.Flat("t"+a)), "https://known")) {
			require.Equal(t, sender.BlockText, block.Kind)
			bold, links := 0, 0
			for _, s := range block.Spans {
				if s.Bold {
					bold++
				}
				if s.URL != "" {
					links++
					require.Equal(t, "https://known", s.URL)
				}
				require.Empty(t, s.Color)
				require.Empty(t, s.Mention)
			}
			require.Equal(t, 1, bold)
			require.Equal(t, 1, links)
		}
	})
}
