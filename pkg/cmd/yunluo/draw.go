package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// drawWidth is how many columns a preview takes, its frame included.
const drawWidth = 78

// drawPreview writes how one target would see a message.
func (a *app) drawPreview(to io.Writer, p core.PreviewResult) {
	fmt.Fprintf(to, "%s (%s) → %s\n", p.Account, p.Type, orElse(p.Target, a.t("机器人所在的群", "the robot's group")))
	if p.Error != "" {
		fmt.Fprintf(to, "  ✗ %s\n", oneLine(p.Error))
	}
	for i, part := range p.Parts {
		if len(p.Parts) > 1 {
			fmt.Fprintf(to, a.t("  第 %d 条，共 %d 条\n", "  part %d of %d\n"), i+1, len(p.Parts))
		}
		drawCard(to, part.Preview)
		fmt.Fprintf(to, a.t("  %d 字节", "  %d bytes"), part.Bytes)
		if part.Preview.Segments > 0 {
			fmt.Fprintf(to, a.t("；短信计费 %d 条", "; %d SMS paid for"), part.Preview.Segments)
		}
		if len(part.Preview.Mentions) > 0 {
			fmt.Fprintf(to, a.t("；会提醒：%s", "; mentions: %s"), strings.Join(part.Preview.Mentions, ", "))
		}
		if part.Preview.Listed != "" {
			fmt.Fprintf(to, a.t("；会话列表显示：%s", "; in the list of chats: %s"), oneLine(part.Preview.Listed))
		}
		fmt.Fprintln(to)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(to, "  ! %s\n", oneLine(n.In(a.lang)))
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// drawCard draws the block tree that a provider's Preview made, in a frame.
func drawCard(to io.Writer, p sender.Preview) {
	inner := drawWidth - 4
	edge := strings.Repeat("─", inner+2)
	fmt.Fprintf(to, "  ┌%s┐\n", edge)
	line := func(text string) {
		for _, row := range wrap(text, inner) {
			fmt.Fprintf(to, "  │ %s%s │\n", row, strings.Repeat(" ", inner-columns(row)))
		}
	}
	if p.From != "" {
		line("【" + p.From + "】")
	}
	if p.Title != "" {
		title := p.Title
		if p.Color != "" {
			title = "[" + p.Color + "] " + title
		}
		line(title)
		fmt.Fprintf(to, "  ├%s┤\n", edge)
	}
	for _, b := range p.Blocks {
		drawBlock(line, b, "")
	}
	fmt.Fprintf(to, "  └%s┘\n", edge)
}

func drawBlock(line func(string), b sender.Block, indent string) {
	text := blockText(b)
	switch b.Kind {
	case sender.BlockHeading:
		line(indent + strings.Repeat("#", max(b.Level, 1)) + " " + text)
	case sender.BlockDivider:
		line(strings.Repeat("·", drawWidth-4))
	case sender.BlockQuote, sender.BlockNote:
		for row := range strings.SplitSeq(text, "\n") {
			line(indent + "> " + row)
		}
	case sender.BlockFields:
		for two := range slices.Chunk(b.Fields, 2) {
			row := blockText(two[0])
			if len(two) > 1 {
				row += ": " + blockText(two[1])
			}
			line(indent + row)
		}
		return
	case sender.BlockButton:
		line(indent + "[ " + text + " ]  " + b.URL)
	case sender.BlockList:
		if text != "" {
			line(indent + "• " + text)
		}
		for _, f := range b.Fields {
			drawBlock(line, f, indent+"• ")
		}
		return
	default:
		for row := range strings.SplitSeq(text, "\n") {
			if row != "" || len(b.Fields) == 0 {
				line(indent + row)
			}
		}
	}
	for _, f := range b.Fields {
		drawBlock(line, f, indent)
	}
}

// blockText is a block's text with its links and mentions spelled out.
func blockText(b sender.Block) string {
	if len(b.Spans) == 0 {
		return b.Text
	}
	var text strings.Builder
	for _, s := range b.Spans {
		switch {
		case s.Mention != "":
			text.WriteString("@" + orElse(strings.TrimPrefix(s.Text, "@"), s.Mention))
		case s.URL != "" && s.URL != s.Text:
			text.WriteString(s.Text + " <" + s.URL + ">")
		case s.Bold:
			text.WriteString("*" + s.Text + "*")
		default:
			text.WriteString(s.Text)
		}
	}
	return text.String()
}

// wrap breaks text into rows of at most n columns, at any character: Chinese has no blanks to break at.
func wrap(text string, n int) []string {
	var rows []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		paragraph = strings.TrimRight(strings.Map(printable, paragraph), " ")
		start, used := 0, 0
		for i, r := range paragraph {
			if used+runeColumns(r) > n {
				rows = append(rows, paragraph[start:i])
				start, used = i, 0
			}
			used += runeColumns(r)
		}
		rows = append(rows, paragraph[start:])
	}
	return rows
}

// printable replaces what would move a terminal's cursor.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0:
		return '�'
	default:
		return r
	}
}
