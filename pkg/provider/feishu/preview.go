package feishu

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// maxDepth bounds how deeply a card's elements may be nested.
const maxDepth = 8

// preview draws a message's body, whether its content is a string or an object, and that of a PATCH.
func preview(content json.RawMessage) (sender.Preview, error) {
	p, err := decodePart(content)
	if err != nil {
		return sender.Preview{}, err
	}
	raw := json.RawMessage(p.Content)
	switch p.MsgType {
	case msgCard:
		return previewCard(raw)
	case msgPost:
		return previewPost(raw)
	case msgText:
		return previewText(raw)
	}
	return sender.Preview{}, fmt.Errorf("there is no preview of message type %q", p.MsgType)
}

// looseWords is a text object, or a mere string.
type looseWords struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

// UnmarshalJSON takes anything: what has no words has none.
func (w *looseWords) UnmarshalJSON(b []byte) error {
	type plain looseWords
	if json.Unmarshal(b, (*plain)(w)) != nil {
		*w = looseWords{Tag: "plain_text"}
		_ = json.Unmarshal(b, &w.Content)
	}
	return nil
}

// looseElement is an element of a card of JSON 1.0 or 2.0, as far as it can be drawn.
type looseElement struct {
	Tag      string      `json:"tag"`
	Text     *looseWords `json:"text"`
	Content  string      `json:"content"`
	URL      string      `json:"url"`
	UserID   string      `json:"user_id"`
	Elements []element2  `json:"elements"`
	Columns  []element2  `json:"columns"`
	Actions  []element2  `json:"actions"`
	Fields   []struct {
		Text looseWords `json:"text"`
	} `json:"fields"`
	Behaviors []struct {
		Type string `json:"type"`
		URL  string `json:"default_url"`
	} `json:"behaviors"`
}

// element2 is an element of an element; what cannot be read is drawn as nothing.
type element2 json.RawMessage

// UnmarshalJSON keeps the bytes for later.
func (e *element2) UnmarshalJSON(b []byte) error {
	*e = slices.Clone(b)
	return nil
}

func previewCard(raw json.RawMessage) (sender.Preview, error) {
	var c struct {
		Header struct {
			Title    looseWords `json:"title"`
			Template string     `json:"template"`
			Tags     []struct {
				Text looseWords `json:"text"`
			} `json:"text_tag_list"`
		} `json:"header"`
		Elements []element2 `json:"elements"`
		Body     struct {
			Elements []element2 `json:"elements"`
		} `json:"body"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return sender.Preview{}, fmt.Errorf("the card cannot be read: %w", err)
	}
	d := &drawing{}
	p := sender.Preview{Shape: sender.ShapeCard, Color: c.Header.Template, Title: c.Header.Title.Content}
	for _, t := range c.Header.Tags {
		if t.Text.Content != "" {
			p.Blocks = append(p.Blocks, sender.Block{Kind: sender.BlockNote, Text: t.Text.Content})
		}
	}
	for _, e := range slices.Concat(c.Elements, c.Body.Elements) {
		p.Blocks = append(p.Blocks, d.element(e, 0)...)
	}
	p.Mentions = d.mentions
	return p, nil
}

// drawing collects whom a message mentions while its blocks are drawn.
type drawing struct {
	mentions []string
}

func (d *drawing) mentioned(who string) {
	if who != "" && !slices.Contains(d.mentions, who) {
		d.mentions = append(d.mentions, who)
	}
}

func (d *drawing) element(raw element2, depth int) []sender.Block {
	var e looseElement
	if depth > maxDepth || json.Unmarshal(raw, &e) != nil {
		return nil
	}
	switch e.Tag {
	case "hr":
		return []sender.Block{{Kind: sender.BlockDivider}}
	case "markdown", "lark_md":
		return []sender.Block{d.markdown(e.Content)}
	case "plain_text":
		return []sender.Block{{Kind: sender.BlockText, Text: e.Content}}
	case "button":
		return []sender.Block{e.button()}
	case "note":
		note := sender.Block{Kind: sender.BlockNote}
		for _, inner := range e.Elements {
			note.Fields = append(note.Fields, d.element(inner, depth+1)...)
		}
		if len(note.Fields) == 1 {
			note.Text, note.Spans, note.Fields = note.Fields[0].Text, note.Fields[0].Spans, nil
		}
		return []sender.Block{note}
	case "action":
		buttons := sender.Block{Kind: sender.BlockButtons}
		for _, inner := range e.Actions {
			buttons.Fields = append(buttons.Fields, d.element(inner, depth+1)...)
		}
		return []sender.Block{buttons}
	case "div":
		return d.div(e)
	}
	var out []sender.Block
	for _, inner := range slices.Concat(e.Columns, e.Elements) {
		out = append(out, d.element(inner, depth+1)...)
	}
	return out
}

func (d *drawing) div(e looseElement) []sender.Block {
	var out []sender.Block
	if e.Text != nil {
		out = append(out, d.words(*e.Text))
	}
	if len(e.Fields) > 0 {
		fields := sender.Block{Kind: sender.BlockText}
		for _, f := range e.Fields {
			fields.Fields = append(fields.Fields, d.words(f.Text))
		}
		out = append(out, fields)
	}
	return out
}

func (d *drawing) words(w looseWords) sender.Block {
	if w.Tag == "lark_md" {
		return d.markdown(w.Content)
	}
	return sender.Block{Kind: sender.BlockText, Text: w.Content}
}

func (e looseElement) button() sender.Block {
	b := sender.Block{Kind: sender.BlockButton, URL: e.URL}
	if e.Text != nil {
		b.Text = e.Text.Content
	}
	for _, action := range e.Behaviors {
		if action.Type == "open_url" {
			b.URL = action.URL
		}
	}
	return b
}

func previewPost(raw json.RawMessage) (sender.Preview, error) {
	var byLanguage map[string]struct {
		Title   string       `json:"title"`
		Content [][]postSpan `json:"content"`
	}
	if err := json.Unmarshal(raw, &byLanguage); err != nil {
		return sender.Preview{}, fmt.Errorf("the post cannot be read: %w", err)
	}
	for _, language := range []string{"zh_cn", "en_us", "ja_jp"} {
		body, ok := byLanguage[language]
		if !ok {
			continue
		}
		d := &drawing{}
		p := sender.Preview{Shape: sender.ShapeBubble, Title: body.Title}
		for _, line := range body.Content {
			p.Blocks = append(p.Blocks, sender.Block{Kind: sender.BlockText, Spans: d.post(line)})
		}
		p.Mentions = d.mentions
		return p, nil
	}
	return sender.Preview{}, errors.New("the post has no text in zh_cn, en_us or ja_jp")
}

func (d *drawing) post(line []postSpan) []sender.Span {
	var out []sender.Span
	for _, s := range line {
		switch s.Tag {
		case "at":
			d.mentioned(s.UserID)
			out = append(out, sender.Span{Text: "@" + s.UserID, Mention: s.UserID})
		case "a":
			out = append(out, sender.Span{Text: s.Text, URL: s.Href})
		case "text":
			out = append(out, sender.Span{Text: s.Text, Bold: slices.Contains(s.Style, "bold")})
		}
	}
	return out
}

func previewText(raw json.RawMessage) (sender.Preview, error) {
	var c struct {
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(raw, &c); err != nil || c.Text == nil {
		return sender.Preview{}, errors.New("the text message has no text")
	}
	d := &drawing{}
	p := sender.Preview{Shape: sender.ShapeBubble}
	for line := range strings.SplitSeq(*c.Text, "\n") {
		p.Blocks = append(p.Blocks, sender.Block{Kind: sender.BlockText, Spans: d.text(line)})
	}
	p.Mentions = d.mentions
	return p, nil
}
