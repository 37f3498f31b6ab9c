package slack

import (
	"strings"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
)

// invisible keeps characters from meaning something together; it does not show.
const invisible = "\u200b"

// groupWords are what an @ makes a call to many of, where Slack looks for names in text.
func groupWords() []string { return []string{"channel", "here", "everyone", "group"} }

// escape makes foreign text within a line mean nothing in mrkdwn. Only & < and > have an escape; what makes text bold,
// italic, struck or code becomes its full-width twin, but for underscores within a word.
// https://docs.slack.dev/messaging/formatting-message-text
func escape(line string) string {
	line = markup.BreakMentions(line, groupWords())
	if !strings.ContainsAny(line, "&<>*_~`") {
		return line
	}
	runes := []rune(line)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	var out strings.Builder
	within := false
	for i, r := range runes {
		if r == '_' && (i == 0 || runes[i-1] != '_') {
			within = insideWord(runes, i)
		}
		alone := at(i-1) == ' ' && at(i+1) == ' '
		switch {
		case r == '&':
			out.WriteString("&amp;")
		case r == '<':
			out.WriteString("&lt;")
		case r == '>':
			out.WriteString("&gt;")
		case r == '*' && !alone:
			out.WriteRune('＊')
		case r == '_' && !alone && !within:
			out.WriteRune('＿')
		case r == '~' && !alone:
			out.WriteRune('～')
		case r == '`':
			out.WriteRune('｀')
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// escapeLine also keeps text that begins a line from being a quote, which an escaped > may be too.
func escapeLine(line string) string {
	if strings.HasPrefix(line, ">") {
		return invisible + escape(line)
	}
	return escape(line)
}

// insideWord tells whether the run of underscores that begins at i has a word on both sides, as in node_cpu_seconds.
func insideWord(runes []rune, i int) bool {
	end := i
	for end < len(runes) && runes[end] == '_' {
		end++
	}
	word := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	return word(i-1) && word(end)
}

// plain is foreign text for plain_text, which is said to have no markup: what would be a call or a link in mrkdwn loses
// its bracket all the same.
func plain(s string) string {
	runes := []rune(markup.BreakMentions(markup.Flat(s), groupWords()))
	for i, r := range runes {
		if r == '<' && i+1 < len(runes) && (strings.ContainsRune("!@#", runes[i+1]) || unicode.IsLetter(runes[i+1])) {
			runes[i] = '＜'
		}
	}
	return string(runes)
}

// address is a link's address inside <…|…>; it is empty for what cannot be linked to.
func address(raw string) string {
	u := markup.LinkURL(raw, nil)
	u = strings.ReplaceAll(strings.ReplaceAll(u, "|", "%7C"), "&", "&amp;")
	if length(u) > maxLink {
		return ""
	}
	return u
}

// link titles an address; the title is escaped.
func link(title, address string) string {
	if title == "" {
		return "<" + address + ">"
	}
	return "<" + address + "|" + strings.ReplaceAll(title, "|", "｜") + ">"
}

// dialect is mrkdwn for a message that is only text. An invisible space ends what is bold, since Slack wants no letter
// there and takes Chinese punctuation for one.
func dialect() markup.Dialect {
	return markup.Dialect{
		Inline: escape, Line: escapeLine, Address: address, Link: link,
		Quote: "> ", Bold: "*", BoldEnd: "*" + invisible, Break: "\n", Gap: "\n", LinkGap: " · ",
	}
}

// pack joins pieces of mrkdwn, with gap between them, into as few texts as a limit allows. A piece that is too long
// itself is split, but not within an escaped character or a link.
func pack(pieces []string, gap string, limit int) []string {
	var out []string
	current := ""
	for _, p := range pieces {
		switch {
		case current != "" && length(current)+length(gap)+length(p) <= limit:
			current += gap + p
			continue
		case current != "":
			out = append(out, current)
		}
		for length(p) > limit {
			head := p[:splitAt(p, limit)]
			out, p = append(out, head), p[len(head):]
		}
		current = p
	}
	if current != "" {
		out = append(out, current)
	}
	return out
}

// splitAt is how many bytes of mrkdwn make at most limit characters, without part of an escape or link.
func splitAt(s string, limit int) int {
	n, end := 0, len(s)
	for i, r := range s {
		if n += length(string(r)); n > limit {
			end = i
			break
		}
	}
	const longestEscape = len("&amp;")
	if open := strings.LastIndexByte(s[:end], '&'); open > 0 && end-open < longestEscape && !strings.Contains(s[open:end], ";") {
		end = open
	}
	if open := strings.LastIndexByte(s[:end], '<'); open > 0 && !strings.Contains(s[open:end], ">") {
		end = open
	}
	return end
}
