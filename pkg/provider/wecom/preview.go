package wecom

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// preview draws a message as WeCom does. The surroundings that Send adds do not matter.
func preview(raw json.RawMessage) (sender.Preview, error) {
	p, err := parsePart(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	switch {
	case p.Text != nil:
		out := sender.Preview{Shape: sender.ShapeBubble}
		for l := range strings.Lines(p.Text.Content) {
			out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockText, Spans: anchors(strings.TrimRight(l, "\r\n"))})
		}
		return out, nil
	case p.Markdown != nil:
		return sender.Preview{Shape: sender.ShapeBubble, Blocks: (&markup.Parser{}).Parse(p.Markdown.Content)}, nil
	case p.TextCard != nil:
		return textCardPreview(*p.TextCard), nil
	default:
		return cardPreview(*p.Card), nil
	}
}

// anchors reads the links of a text message.
func anchors(line string) []sender.Span {
	var out []sender.Span
	tag := regexp.MustCompile(`<a href="([^"]*)">(.*?)</a>`)
	for {
		at := tag.FindStringSubmatchIndex(line)
		if at == nil {
			break
		}
		if at[0] > 0 {
			out = append(out, sender.Span{Text: line[:at[0]]})
		}
		out = append(out, sender.Span{Text: line[at[4]:at[5]], URL: line[at[2]:at[3]]})
		line = line[at[1]:]
	}
	if line != "" || len(out) == 0 {
		out = append(out, sender.Span{Text: line})
	}
	return out
}

func textCardPreview(c textCard) sender.Preview {
	out := sender.Preview{Shape: sender.ShapeCard, Title: c.Title}
	div := regexp.MustCompile(`(?s)<div(?: class="(gray|normal|highlight)")?>(.*?)</div>`)
	for _, m := range div.FindAllStringSubmatch(c.Description, -1) {
		span := sender.Span{Text: m[2]}
		switch m[1] {
		case "gray":
			span.Color = "grey"
		case "highlight":
			span.Color = "orange"
		}
		out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockText, Spans: []sender.Span{span}})
	}
	if len(out.Blocks) == 0 {
		out.Blocks = []sender.Block{{Kind: sender.BlockText, Text: c.Description}}
	}
	out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockButton, Text: c.Button, URL: c.URL})
	return out
}

func cardPreview(c card) sender.Preview {
	out := sender.Preview{Shape: sender.ShapeCard, Title: c.Main.Title, From: c.Source.Desc}
	switch c.Source.Color {
	case colorRed:
		out.Color = "red"
	case colorGreen:
		out.Color = "green"
	}
	if c.Main.Desc != "" {
		out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockNote, Text: c.Main.Desc})
	}
	for l := range strings.Lines(c.SubTitle) {
		out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockText, Text: strings.TrimRight(l, "\n")})
	}
	if len(c.Rows) > 0 {
		rows := sender.Block{Kind: sender.BlockFields}
		for _, r := range c.Rows {
			rows.Fields = append(rows.Fields, sender.Block{Kind: sender.BlockText, Text: r.Name}, sender.Block{Kind: sender.BlockText, Text: r.Value})
		}
		out.Blocks = append(out.Blocks, rows)
	}
	buttons := sender.Block{Kind: sender.BlockButtons}
	for _, j := range c.Jumps {
		buttons.Fields = append(buttons.Fields, sender.Block{Kind: sender.BlockButton, Text: j.Title, URL: j.URL})
	}
	if len(buttons.Fields) == 0 {
		buttons.Fields = append(buttons.Fields, sender.Block{Kind: sender.BlockButton, Text: c.Main.Title, URL: c.Action.URL})
	}
	out.Blocks = append(out.Blocks, buttons)
	return out
}
