package dingtalk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// preview draws a body as the app does: the subset of markdown, and only those mentions that are in
// the list and in the text.
func preview(raw json.RawMessage) (sender.Preview, error) {
	var w wire
	if err := json.Unmarshal(raw, &w); err != nil {
		return sender.Preview{}, fmt.Errorf("the content is no message of a DingTalk robot: %w", err)
	}
	var at mentions
	if w.At != nil {
		at = *w.At
	}
	switch {
	case w.Type == formText && w.Text != nil && w.Text.Content != "":
		p := markup.Parser{At: effective(at, w.Text.Content)}
		out := sender.Preview{Shape: sender.ShapeBubble, Mentions: p.At}
		for l := range strings.Lines(w.Text.Content) {
			out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockText, Spans: p.MentionSpans(strings.TrimRight(l, "\r\n"))})
		}
		return out, nil
	case w.Type == formMarkdown && w.Markdown != nil && w.Markdown.Title != "" && w.Markdown.Text != "":
		p := markup.Parser{At: effective(at, w.Markdown.Text)}
		return sender.Preview{Shape: sender.ShapeBubble, Listed: w.Markdown.Title, Blocks: p.Parse(w.Markdown.Text), Mentions: p.At}, nil
	case w.Type == formCard && w.Card != nil && w.Card.Title != "" && w.Card.Text != "":
		out := sender.Preview{Shape: sender.ShapeCard, Listed: w.Card.Title, Blocks: (&markup.Parser{}).Parse(w.Card.Text)}
		return out, addButtons(&out, *w.Card)
	}
	return sender.Preview{}, errors.New("the content is no message of a DingTalk robot: use text, markdown or actionCard, with title and text")
}

func addButtons(p *sender.Preview, c card) error {
	all := c.Buttons
	if c.SingleTitle != "" {
		all = []button{{Title: c.SingleTitle, URL: c.SingleURL}}
	}
	if len(all) == 0 {
		return errors.New("an actionCard has singleTitle and singleURL, or btns")
	}
	row := sender.Block{Kind: sender.BlockButtons}
	for _, b := range all {
		if b.Title == "" || b.URL == "" {
			return errors.New("a button of an actionCard has a title and an actionURL")
		}
		row.Fields = append(row.Fields, sender.Block{Kind: sender.BlockButton, Text: b.Title, URL: b.URL})
	}
	p.Blocks = append(p.Blocks, row)
	return nil
}

// effective are those who are really notified: whom both the list and the text name, and all.
func effective(at mentions, text string) []string {
	var out []string
	if at.All {
		out = append(out, "all")
	}
	for _, id := range slices.Concat(at.Mobiles, at.Users) {
		if id != "" && strings.Contains(text, "@"+id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
