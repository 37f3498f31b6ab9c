package teams

import (
	"encoding/json"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// preview draws a card as Teams does.
func preview(raw json.RawMessage) (sender.Preview, error) {
	c, err := readPost(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	out := sender.Preview{Shape: sender.ShapeCard}
	body := c.Body
	if head := body[0]; head.Type == container && head.Bleed && len(head.Items) == 1 {
		out.Title, out.Color, body = plain(head.Items[0].Text), color(head.Style), body[1:]
	}
	d := drawing{entities: c.Teams.Entities}
	d.elements(body)
	if len(c.Actions) > 0 {
		buttons := sender.Block{Kind: sender.BlockButtons}
		for _, a := range c.Actions {
			buttons.Fields = append(buttons.Fields, sender.Block{Kind: sender.BlockButton, Text: a.Title, URL: a.URL})
		}
		d.blocks = append(d.blocks, buttons)
	}
	if len(d.blocks) == 0 {
		d.blocks = []sender.Block{{Kind: sender.BlockText, Text: out.Title}}
	}
	out.Blocks, out.Mentions = d.blocks, d.mentions
	return out, nil
}

// color names a container's style as the inbox knows it.
func color(style string) string {
	switch style {
	case "good":
		return "green"
	case "attention":
		return "red"
	case "warning":
		return "orange"
	case "accent":
		return "blue"
	default:
		return "grey"
	}
}

type drawing struct {
	entities []entity
	blocks   []sender.Block
	mentions []string
}

func (d *drawing) elements(list []element) {
	for _, e := range list {
		if e.Separator {
			d.blocks = append(d.blocks, sender.Block{Kind: sender.BlockDivider})
		}
		switch e.Type {
		case textBlock:
			d.text(e)
		case factSet:
			rows := sender.Block{Kind: sender.BlockFields}
			for _, f := range e.Facts {
				rows.Fields = append(rows.Fields, sender.Block{Kind: sender.BlockText, Spans: spans(f.Title)}, sender.Block{Kind: sender.BlockText, Spans: spans(f.Value)})
			}
			d.blocks = append(d.blocks, rows)
		case container:
			d.elements(e.Items)
		}
	}
}

// text draws a block: the line of mentions, or markdown.
func (d *drawing) text(e element) {
	var named []sender.Span
	for _, m := range d.entities {
		if strings.Contains(e.Text, m.Text) {
			if len(named) > 0 {
				named = append(named, sender.Span{Text: " "})
			}
			named = append(named, sender.Span{Text: "@" + m.Mentioned.Name, Mention: m.Mentioned.ID})
			d.mentions = append(d.mentions, m.Mentioned.ID)
		}
	}
	if len(named) > 0 {
		d.blocks = append(d.blocks, sender.Block{Kind: sender.BlockText, Spans: named})
		return
	}
	for _, b := range (&markup.Parser{}).Parse(e.Text) {
		if e.Subtle && b.Kind == sender.BlockText {
			b.Kind = sender.BlockNote
		}
		for i := range b.Spans {
			b.Spans[i].Bold = b.Spans[i].Bold || e.Weight == "Bolder"
		}
		d.blocks = append(d.blocks, b)
	}
}

// spans reads markdown that stands on one line.
func spans(text string) []sender.Span {
	var out []sender.Span
	for _, b := range (&markup.Parser{}).Parse(text) {
		out = append(out, b.Spans...)
	}
	return out
}

func plain(text string) string {
	var out strings.Builder
	for _, s := range spans(text) {
		out.WriteString(s.Text)
	}
	return out.String()
}
