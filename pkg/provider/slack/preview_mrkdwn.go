package slack

import (
	"html"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// mrkdwn draws lines, quotes apart from the others.
func (d *drawing) mrkdwn(s string) []sender.Block {
	var out []sender.Block
	for line := range strings.SplitSeq(s, "\n") {
		kind := sender.BlockText
		for _, mark := range []string{">", "&gt;"} {
			if rest, ok := strings.CutPrefix(line, mark); ok {
				kind, line = sender.BlockQuote, strings.TrimPrefix(rest, " ")
				break
			}
		}
		spans := d.spans(line)
		if last := len(out) - 1; last >= 0 && out[last].Kind == kind {
			out[last].Spans = append(append(out[last].Spans, sender.Span{Text: "\n"}), spans...)
			continue
		}
		if line != "" {
			out = append(out, sender.Block{Kind: kind, Spans: spans})
		}
	}
	return out
}

// spans reads the markup within a line: bold, links and mentions. It is generous in what it takes for bold.
func (d *drawing) spans(line string) []sender.Span {
	var out []sender.Span
	bold := false
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			out = append(out, sender.Span{Text: html.UnescapeString(run.String()), Bold: bold})
			run.Reset()
		}
	}
	for line != "" {
		if rest, ok := strings.CutPrefix(line, "*"); ok && (bold || strings.Contains(rest, "*")) {
			flush()
			bold, line = !bold, rest
			continue
		}
		if inner, rest, ok := control(line); ok {
			if span, ok := d.control(inner); ok {
				flush()
				span.Bold = bold
				out, line = append(out, span), rest
				continue
			}
		}
		run.WriteByte(line[0])
		line = line[1:]
	}
	flush()
	return out
}

// control takes <…> off the start of a line.
func control(line string) (inner, rest string, ok bool) {
	if !strings.HasPrefix(line, "<") {
		return "", "", false
	}
	inner, rest, ok = strings.Cut(line[1:], ">")
	return inner, rest, ok && inner != "" && !strings.Contains(inner, "<")
}

// control reads what stands in <…>: a mention, a channel or a link.
// https://docs.slack.dev/messaging/formatting-message-text#advanced
func (d *drawing) control(inner string) (sender.Span, bool) {
	what, title, _ := strings.Cut(inner, "|")
	who := ""
	switch {
	case strings.HasPrefix(what, "@"):
		who = what[1:]
	case strings.HasPrefix(what, "!subteam^"):
		who = strings.TrimPrefix(what, "!subteam^")
	case what == "!channel", what == "!here", what == "!everyone":
		who = what[1:]
	case strings.HasPrefix(what, "!"), strings.HasPrefix(what, "#"):
		return sender.Span{Text: html.UnescapeString(inner)}, true
	case strings.Contains(what, "://"), strings.HasPrefix(what, "mailto:"):
		u := html.UnescapeString(what)
		if title == "" {
			return sender.Span{Text: u, URL: u}, true
		}
		return sender.Span{Text: html.UnescapeString(title), URL: u}, true
	}
	if who == "" {
		return sender.Span{}, false
	}
	d.mentioned(who)
	return sender.Span{Text: "@" + who, Mention: who}, true
}
