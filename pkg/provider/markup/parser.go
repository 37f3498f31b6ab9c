package markup

import (
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Parser reads the subset of markdown that chat tools draw: headings, quotes, lists, bold, links,
// images and font tags. It is generous in what it takes for markup, so that a preview rather shows
// too much of a label's markup than too little.
// https://open.dingtalk.com/document/orgapp/message-type
type Parser struct {
	// At are those who are notified; "all" stands for everybody.
	At []string
}

// Parse reads text line by line.
func (p *Parser) Parse(text string) []sender.Block {
	var out []sender.Block
	for raw := range strings.Lines(text) {
		line := strings.TrimSpace(raw)
		if line == "" {
			continue
		}
		kind, level, rest := lineKind(line)
		last := len(out) - 1
		joins := last >= 0 && out[last].Kind == kind
		switch {
		case kind == sender.BlockDivider:
			out = append(out, sender.Block{Kind: kind})
		case kind == sender.BlockList && joins:
			out[last].Fields = append(out[last].Fields, sender.Block{Kind: sender.BlockText, Spans: p.spans(rest)})
		case kind == sender.BlockList:
			out = append(out, sender.Block{Kind: kind, Fields: []sender.Block{{Kind: sender.BlockText, Spans: p.spans(rest)}}})
		case kind == sender.BlockQuote && joins:
			out[last].Spans = append(append(out[last].Spans, sender.Span{Text: "\n"}), p.spans(rest)...)
		default:
			out = append(out, sender.Block{Kind: kind, Level: level, Spans: p.spans(rest)})
		}
	}
	return out
}

// lineKind tells what a line begins.
func lineKind(line string) (kind sender.BlockKind, level int, rest string) {
	if rest = strings.TrimLeft(line, "#"); rest != line {
		return sender.BlockHeading, min(len(line)-len(rest), 6), strings.TrimSpace(rest)
	}
	if rest, ok := strings.CutPrefix(line, ">"); ok {
		return sender.BlockQuote, 0, strings.TrimSpace(rest)
	}
	if len(line) >= 3 && (strings.Trim(line, "-") == "" || strings.Trim(line, "*") == "" || strings.Trim(line, "=") == "") {
		return sender.BlockDivider, 0, ""
	}
	for _, bullet := range []string{"- ", "* ", "+ "} {
		if rest, ok := strings.CutPrefix(line, bullet); ok {
			return sender.BlockList, 0, strings.TrimSpace(rest)
		}
	}
	rest = strings.TrimLeft(line, "0123456789")
	if len(rest) < len(line) {
		for _, end := range []string{". ", ") "} {
			if rest, ok := strings.CutPrefix(rest, end); ok {
				return sender.BlockList, 0, strings.TrimSpace(rest)
			}
		}
	}
	return sender.BlockText, 0, line
}

// spans reads the markup within a line.
func (p *Parser) spans(line string) []sender.Span {
	var out []sender.Span
	style := sender.Span{}
	plain := func(s string) {
		for _, span := range p.MentionSpans(s) {
			span.Bold, span.Color = style.Bold, style.Color
			out = append(out, span)
		}
	}
	start := 0
	flush := func(end int) {
		if end > start {
			plain(line[start:end])
		}
	}
	for i := 0; i < len(line); {
		rest := line[i:]
		switch {
		case strings.HasPrefix(rest, "**") && (style.Bold || strings.Contains(rest[2:], "**")):
			flush(i)
			style.Bold = !style.Bold
			i += 2
			start = i
			continue
		case rest[0] == '<':
			if tag, ok := parseTag(rest); ok {
				flush(i)
				style.Color = tag.color
				i += tag.length
				start = i
				continue
			}
		case rest[0] == '[' || strings.HasPrefix(rest, "!["):
			if link, ok := parseLink(rest); ok {
				flush(i)
				out = append(out, sender.Span{Text: link.title, URL: link.url, Bold: style.Bold, Color: style.Color})
				i += link.length
				start = i
				continue
			}
		}
		i++
	}
	flush(len(line))
	return out
}

type tag struct {
	length int
	color  string
}

// parseTag reads <font color=…> and any other tag, which the app does not show.
func parseTag(s string) (tag, bool) {
	end := strings.IndexByte(s, '>')
	if end < 2 || !strings.ContainsAny(s[1:2], "/!abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return tag{}, false
	}
	t := tag{length: end + 1}
	if strings.HasPrefix(strings.ToLower(s), "<font") {
		_, after, _ := strings.Cut(s[:end], "color=")
		t.color, _, _ = strings.Cut(strings.Trim(after, `"'`), " ")
		t.color = strings.Trim(t.color, `"'`)
	}
	return t, true
}

type link struct {
	length     int
	title, url string
}

// parseLink reads [title](url) and ![title](url) at the beginning of s. The innermost brackets win.
func parseLink(s string) (link, bool) {
	open := strings.IndexByte(s, '[')
	middle := strings.Index(s, "](")
	if middle < 0 || strings.LastIndexByte(s[:middle], '[') != open {
		return link{}, false
	}
	end := strings.IndexByte(s[middle:], ')')
	if end < 0 {
		return link{}, false
	}
	return link{length: middle + end + 1, title: s[open+1 : middle], url: s[middle+2 : middle+end]}, true
}

// MentionSpans marks the mentions of those who are notified.
func (p *Parser) MentionSpans(s string) []sender.Span {
	var out []sender.Span
	for {
		at, id, word := -1, "", ""
		for _, one := range p.At {
			w := "@" + one
			if one == "all" {
				w = "@所有人"
			}
			if i := strings.Index(s, w); i >= 0 && (at < 0 || i < at || (i == at && len(w) > len(word))) {
				at, id, word = i, one, w
			}
		}
		if at < 0 {
			break
		}
		if at > 0 {
			out = append(out, sender.Span{Text: s[:at]})
		}
		out = append(out, sender.Span{Text: word, Mention: id})
		s = s[at+len(word):]
	}
	if s != "" {
		out = append(out, sender.Span{Text: s})
	}
	return out
}
