package providertest

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// hostile are label values that mean something in one app's markup or another's.
func hostile() []string {
	return []string{
		"@all", "@所有人", "@everyone", "@13800000000", "＠all", "<@all>", "<at id=all></at>", `<at user_id="all">所有人</at>`,
		"<!channel>", "<!here>", "<at email=x@example.com></at>", "</at><at id=all></at>",
		"[a](https://evil.example/x)", "![a](https://evil.example/x.png)", "<https://evil.example/x|a>",
		"a](https://evil.example/x)", `\[a](https://evil.example/x)`, `\\[a](https://evil.example/x)`,
		"<a href='https://evil.example/x'>a</a>", "<font color='red'>a</font>", "<script>a</script>",
		"**bold**", "__bold__", "*it*", "_it_", "~~gone~~", "`code`", "```\ncode\n```", "# head", "a\n# head", "> quote", "a\n> quote",
		"- list", "a\n- list", "1. list", "a\n1. list", "---", "a\n---", "a\n===", "a\n\n***\n\nb", "| a | b |\n|---|---|\n| 1 | 2 |",
		"{{.}}", "${x}", "%s%n", "&lt;at id=all&gt;", "&#64;all", "\u202Etxt.exe", "a\x00\x07b", "a\r\nb", "<", ">", "&", `\`, `"`,
	}
}

// poison puts a text into every string of a message but the links' addresses.
func poison(text string) message.Message {
	m := sample()
	m.Title = text
	m.Summary = text
	m.Fields = []message.Field{{Label: text, Value: text}}
	for i := range m.Items {
		m.Items[i].Title, m.Items[i].Text, m.Items[i].When = text, text, text
		m.Items[i].Fields = []message.Field{{Label: text, Value: text}}
		for j := range m.Items[i].Links {
			m.Items[i].Links[j].Title = text
		}
	}
	for i := range m.Links {
		m.Links[i].Title = text
	}
	m.More, m.MoreNote, m.Notes = 2, text, []string{text}
	return m
}

func judgeHostile(t *testing.T, f Fixture) {
	t.Helper()
	st := newStage(t, f, patient)
	if f.Terse {
		st.judgeTerse(t)
		return
	}
	known := map[string]bool{}
	collect := func(u string) { known[u] = true }
	for _, l := range sample().Links {
		collect(l.URL)
	}
	for _, it := range sample().Items {
		for _, l := range it.Links {
			collect(l.URL)
		}
	}
	for i, form := range st.forms() {
		for _, text := range hostile() {
			t.Run(fmt.Sprintf("form %d %q", i, text), func(t *testing.T) {
				got := st.previewOf(t, poison(text), form, nil)
				assert.Empty(t, got.Mentions, "a label mentions somebody")
				// The same message with harmless words on as many lines has the same build.
				lines := strings.Split(strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n"), "\n")
				for i := range lines {
					if strings.TrimSpace(lines[i]) != "" {
						lines[i] = "harmless"
					}
				}
				want := st.previewOf(t, poison(strings.Join(lines, "\n")), form, nil)
				assert.Equal(t, build(want.Blocks), build(got.Blocks), "a label changes the message's build")
				assert.Equal(t, styles(want.Blocks), styles(got.Blocks), "a label changes how text looks")
				assert.Contains(t, letters(plain(got)), letters(text), "a label is not shown as it is")
				walk(got.Blocks, func(b sender.Block) {
					for _, u := range urls(b) {
						assert.True(t, known[u], "a label makes a link to %s", u)
					}
					for _, s := range b.Spans {
						assert.Empty(t, s.Mention, "a label mentions somebody")
					}
				})
			})
		}
		// What is mentioned for real is the same, whatever the labels say.
		want := st.previewOf(t, sample(), form, f.Mentions).Mentions
		for _, text := range []string{"@all", "@13800000000", "<at id=all></at>"} {
			assert.Equal(t, want, st.previewOf(t, poison(text), form, f.Mentions).Mentions, "%q", text)
		}
	}
}

// judgeTerse wants no label to mention somebody or to lead anywhere.
func (st *stage) judgeTerse(t *testing.T) {
	t.Helper()
	for _, text := range hostile() {
		got := st.previewOf(t, poison(text), nil, nil)
		assert.Empty(t, got.Mentions, "%q mentions somebody", text)
		walk(got.Blocks, func(b sender.Block) { assert.Empty(t, urls(b), "%q makes a link", text) })
	}
}

func (st *stage) previewOf(t *testing.T, m message.Message, form sender.Options, mentions []sender.Target) sender.Preview {
	t.Helper()
	r, err := st.sender.Render(t.Context(), st.draft(m, form, mentions))
	require.NoError(t, st.check(t, err))
	require.Len(t, r.Parts, 1)
	st.judgeParts(t, r.Parts)
	p, err := st.fixture.Manifest.Preview(r.Parts[0])
	require.NoError(t, err)
	return p
}

// build is the sequence of a message's blocks, text blocks next to each other taken as one.
func build(blocks []sender.Block) []string {
	var out []string
	walk(blocks, func(b sender.Block) {
		kind := string(b.Kind)
		if b.Kind == sender.BlockText && len(out) > 0 && out[len(out)-1] == kind {
			return
		}
		out = append(out, kind)
	})
	return out
}

// styles counts the runs of text of each look.
func styles(blocks []sender.Block) map[string]int {
	out := map[string]int{}
	walk(blocks, func(b sender.Block) {
		for _, s := range b.Spans {
			if s.Bold {
				out["bold"]++
			}
			if s.Color != "" {
				out[s.Color]++
			}
		}
	})
	return out
}

// letters is what is left of a text when everything that could be escaped is gone.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func urls(b sender.Block) []string {
	var out []string
	if b.URL != "" {
		out = append(out, b.URL)
	}
	for _, s := range b.Spans {
		if s.URL != "" {
			out = append(out, s.URL)
		}
	}
	return out
}

func walk(blocks []sender.Block, visit func(sender.Block)) {
	for _, b := range blocks {
		visit(b)
		walk(b.Fields, visit)
	}
}

// plain is a preview's text, without its form.
func plain(p sender.Preview) string {
	var out strings.Builder
	out.WriteString(p.Title + "\n")
	walk(p.Blocks, func(b sender.Block) {
		if len(b.Spans) == 0 {
			out.WriteString(b.Text)
		}
		for _, s := range b.Spans {
			out.WriteString(s.Text)
		}
		out.WriteString("\n")
	})
	return out.String()
}
