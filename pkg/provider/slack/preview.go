package slack

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// maxDepth bounds how deeply elements may be nested.
const maxDepth = 8

// looseBlock is a block or an element of one, as far as it can be drawn. Text is a text object, or a string in one.
type looseBlock struct {
	Type     string            `json:"type"`
	Text     json.RawMessage   `json:"text"`
	Fields   []json.RawMessage `json:"fields"`
	Elements []json.RawMessage `json:"elements"`
	URL      string            `json:"url"`
}

type loosePart struct {
	Text        string            `json:"text"`
	Blocks      []json.RawMessage `json:"blocks"`
	Attachments []struct {
		Color    string            `json:"color"`
		Fallback string            `json:"fallback"`
		Text     string            `json:"text"`
		Blocks   []json.RawMessage `json:"blocks"`
	} `json:"attachments"`
}

// preview draws a message as Slack does: the text only where there are no blocks. Mentions are those that notify: of
// the message itself, not of attachments.
func preview(raw json.RawMessage) (sender.Preview, error) {
	if _, err := decodeWire(raw); err != nil {
		return sender.Preview{}, err
	}
	var p loosePart
	if err := json.Unmarshal(raw, &p); err != nil {
		return sender.Preview{}, err
	}
	d := &drawing{}
	out := sender.Preview{Shape: sender.ShapeBubble}
	if len(p.Blocks)+len(p.Attachments) > 0 {
		out.Shape = sender.ShapeCard
	}
	if len(p.Blocks) == 0 {
		out.Blocks = d.mrkdwn(p.Text)
	}
	for i, b := range p.Blocks {
		if title, ok := header(b); ok && i == 0 {
			out.Title = title
			continue
		}
		out.Blocks = append(out.Blocks, d.block(b, 0)...)
	}
	out.Mentions = d.mentions
	aside := &drawing{}
	for _, a := range p.Attachments {
		out.Color = colorName(a.Color)
		for _, b := range a.Blocks {
			out.Blocks = append(out.Blocks, aside.block(b, 0)...)
		}
		if len(a.Blocks) == 0 {
			out.Blocks = append(out.Blocks, aside.mrkdwn(a.Text)...)
		}
	}
	if len(out.Blocks) == 0 {
		out.Blocks = []sender.Block{{Kind: sender.BlockText, Text: out.Title}}
	}
	return out, nil
}

// colorName is a colour's word, for what Slack knows by a word and what Yunluo uses itself.
func colorName(s string) string {
	names := map[string]string{
		colorRed: "red", colorOrange: "orange", colorYellow: "yellow", colorBlue: "blue", colorGreen: "green", colorGrey: "grey",
		"danger": "red", "warning": "yellow", "good": "green",
	}
	if name, ok := names[s]; ok {
		return name
	}
	return s
}

func header(raw json.RawMessage) (string, bool) {
	var b looseBlock
	if json.Unmarshal(raw, &b) != nil || b.Type != typeHeader {
		return "", false
	}
	return said(b.Text), true
}

// said is a text object's text, or the string that it is.
func said(raw json.RawMessage) string {
	var w words
	if json.Unmarshal(raw, &w) == nil {
		return w.Text
	}
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// drawing collects whom a message mentions while its blocks are drawn.
type drawing struct{ mentions []string }

func (d *drawing) mentioned(who string) {
	if !slices.Contains(d.mentions, who) {
		d.mentions = append(d.mentions, who)
	}
}

func (d *drawing) block(raw json.RawMessage, depth int) []sender.Block {
	var b looseBlock
	if depth > maxDepth || json.Unmarshal(raw, &b) != nil {
		return nil
	}
	switch b.Type {
	case typeDivider:
		return []sender.Block{{Kind: sender.BlockDivider}}
	case typeHeader:
		return []sender.Block{{Kind: sender.BlockHeading, Level: 3, Text: said(b.Text)}}
	case typeButton:
		return []sender.Block{{Kind: sender.BlockButton, Text: said(b.Text), URL: b.URL}}
	case typeActions:
		return []sender.Block{{Kind: sender.BlockButtons, Fields: d.all(b.Elements, depth)}}
	case typeContext:
		note := sender.Block{Kind: sender.BlockNote, Fields: d.all(b.Elements, depth)}
		if len(note.Fields) == 1 {
			note.Text, note.Spans, note.Fields = note.Fields[0].Text, note.Fields[0].Spans, nil
		}
		return []sender.Block{note}
	case typePlain:
		return []sender.Block{{Kind: sender.BlockText, Text: said(b.Text)}}
	case typeMrkdwn:
		return d.mrkdwn(said(b.Text))
	case typeSection:
		out := d.all([]json.RawMessage{b.Text}, depth)
		if len(b.Fields) > 0 {
			out = append(out, sender.Block{Kind: sender.BlockText, Fields: d.all(b.Fields, depth)})
		}
		return out
	}
	return d.all(b.Elements, depth)
}

func (d *drawing) all(list []json.RawMessage, depth int) []sender.Block {
	var out []sender.Block
	for _, raw := range list {
		out = append(out, d.block(raw, depth+1)...)
	}
	return out
}

// textForm makes a message of a refused one that is only text, with the same mentions.
func textForm(w wire) (wire, error) {
	raw, err := outbound.JSON(w)
	if err != nil {
		return nil, err
	}
	p, err := preview(raw)
	if err != nil {
		return nil, err
	}
	lines := []string{escapeLine(p.Title)}
	for _, b := range p.Blocks {
		lines = append(lines, textBlock(b)...)
	}
	lines = slices.DeleteFunc(lines, func(s string) bool { return s == "" })
	out := wire{"unfurl_links": json.RawMessage(`false`), "unfurl_media": json.RawMessage(`false`)}
	return out, out.set("text", strings.Join(lines, "\n"))
}

func textBlock(b sender.Block) []string {
	if len(b.Spans) == 0 {
		b.Spans = []sender.Span{{Text: b.Text, URL: b.URL}}
	}
	var own strings.Builder
	for _, s := range b.Spans {
		switch {
		case s.Mention != "":
			own.WriteString(mention(s.Mention).call())
		case s.URL != "":
			own.WriteString(link(escape(s.Text), address(s.URL)))
		default:
			own.WriteString(escape(s.Text))
		}
	}
	lines := []string{own.String()}
	for _, f := range b.Fields {
		lines = append(lines, textBlock(f)...)
	}
	return lines
}
