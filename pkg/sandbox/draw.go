package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// pretty indents JSON, and JSON inside its content string.
func pretty(raw []byte) string {
	var o map[string]any
	if json.Unmarshal(raw, &o) != nil {
		return string(raw)
	}
	if content, ok := o["content"].(string); ok {
		var inner any
		if json.Unmarshal([]byte(content), &inner) == nil {
			o["content"] = inner
		}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(o) != nil {
		return string(raw)
	}
	return strings.TrimSpace(out.String())
}

// color keeps only the colours that the style sheet knows.
func color(name string) string {
	known := []string{
		"blue", "wathet", "turquoise", "green", "yellow", "orange", "red", "carmine", "violet", "purple",
		"indigo", "grey",
	}
	if name == "gray" {
		return "grey"
	}
	if slices.Contains(known, name) {
		return name
	}
	return "default"
}

// block is a block of a preview with its mentions judged.
type block struct {
	Kind   sender.BlockKind
	Spans  []span
	Fields []block
	URL    string
	Level  int
}

func (b block) plain() string {
	var out strings.Builder
	for _, s := range b.Spans {
		out.WriteString(s.Text)
	}
	return out.String()
}

// pair is a name and its value.
type pair struct{ Name, Value []span }

// Pairs are the fields two by two.
func (b block) Pairs() []pair {
	var out []pair
	for two := range slices.Chunk(b.Fields, 2) {
		p := pair{Name: two[0].Spans}
		if len(two) > 1 {
			p.Value = two[1].Spans
		}
		out = append(out, p)
	}
	return out
}

type span struct {
	Text  string
	Bold  bool
	URL   string
	Color string
	// Mention is "yes" or "no": whether it notifies; Why explains a no.
	Mention string
	Why     string
}

func blocks(in []sender.Block, judged []stage.Mention) []block {
	out := make([]block, 0, len(in))
	for _, b := range in {
		drawn := block{Kind: b.Kind, URL: b.URL, Level: b.Level, Fields: blocks(b.Fields, judged)}
		if len(b.Spans) == 0 && b.Text != "" {
			drawn.Spans = []span{{Text: b.Text}}
		}
		for _, s := range b.Spans {
			drawn.Spans = append(drawn.Spans, judge(s, judged))
		}
		out = append(out, drawn)
	}
	return out
}

func judge(s sender.Span, judged []stage.Mention) span {
	out := span{Text: s.Text, Bold: s.Bold, URL: s.URL}
	if s.Color != "" {
		out.Color = color(s.Color)
	}
	if s.Mention == "" {
		return out
	}
	out.Mention = "no"
	for _, m := range judged {
		if m.ID != s.Mention && m.Name != s.Mention {
			continue
		}
		if m.Name != "" {
			out.Text = "@" + m.Name
		}
		out.Why = m.Why
		if m.Notified {
			out.Mention, out.Why = "yes", ""
		}
	}
	if out.Text == "" {
		out.Text = "@" + s.Mention
	}
	return out
}
