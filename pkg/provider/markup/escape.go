package markup

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// invisible is put between characters that would mean something together. It is no space, so it
// neither shows nor breaks lines. No provider documents backslash escapes, so none are used.
const invisible = "\u200b"

// BreakMentions keeps an @ of foreign text from mentioning one of ids. An e-mail address stays as it is.
func BreakMentions(s string, ids []string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	var out strings.Builder
	before := ' '
	for i, r := range s {
		out.WriteRune(r)
		if r == '@' && (!wordRune(before) || beginsWithAny(s[i+1:], ids)) {
			out.WriteString(invisible)
		}
		before = r
	}
	return out.String()
}

func beginsWithAny(s string, ids []string) bool {
	for _, id := range ids {
		if len(s) >= len(id) && strings.EqualFold(s[:len(id)], id) {
			return true
		}
	}
	return false
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// EscapeMarkdown makes foreign text within a line mean nothing to markdown. The subset:
// headings, quotes, bold, italic, links, images, lists, and font tags.
func EscapeMarkdown(line string) string {
	if !strings.ContainsAny(line, "<*_`~]\\&") {
		return line
	}
	runes := []rune(line)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return 0
		}
		return runes[i]
	}
	var out strings.Builder
	within := false
	for i, r := range runes {
		next := at(i + 1)
		if r == '_' && at(i-1) != '_' {
			within = insideWord(runes, i)
		}
		switch {
		case r == '<' && (unicode.IsLetter(next) || strings.ContainsRune("/!?", next)):
			out.WriteRune('＜')
		case r == '*' && (at(i-1) != ' ' || next != ' '):
			out.WriteRune('＊')
		case r == '_' && !within:
			out.WriteRune('＿')
		case r == '`':
			out.WriteRune('｀')
		case r == '~' && (at(i-1) == '~' || next == '~'):
			out.WriteRune('～')
		case r == ']' && strings.ContainsRune("([:", next),
			r == '\\' && (next == 0 || unicode.IsPunct(next) || unicode.IsSymbol(next)),
			r == '&' && beginsEntity(runes[i+1:]):
			out.WriteString(string(r) + invisible)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// EscapeLine also keeps text that begins a line from beginning a block.
func EscapeLine(line string) string {
	if startsBlock(line) {
		return invisible + EscapeMarkdown(line)
	}
	return EscapeMarkdown(line)
}

// beginsEntity tells whether an & before s would be read as a character's name, such as &lt;.
func beginsEntity(s []rune) bool {
	const longest = 32
	for i, r := range s[:min(len(s), longest)] {
		if r == ';' {
			return i > 0
		}
		if r != '#' && (r > unicode.MaxASCII || !wordRune(r)) {
			return false
		}
	}
	return false
}

// insideWord tells whether the run of underscores that begins at i has a word on both sides, as in node_cpu_seconds.
func insideWord(runes []rune, i int) bool {
	end := i
	for end < len(runes) && runes[end] == '_' {
		end++
	}
	return i > 0 && end < len(runes) && wordRune(runes[i-1]) && wordRune(runes[end])
}

// startsBlock tells whether a line would begin a heading, quote, list, rule or table.
func startsBlock(line string) bool {
	if line == "" {
		return false
	}
	if strings.ContainsRune("#>-+=|~", rune(line[0])) {
		return true
	}
	rest := strings.TrimLeft(line, "0123456789")
	if len(rest) == len(line) || rest == "" || (rest[0] != '.' && rest[0] != ')') {
		return false
	}
	return len(rest) == 1 || rest[1] == ' '
}

// LinkTitle also replaces brackets, which would end the title of a link.
func LinkTitle(line string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '[':
			return '［'
		case ']':
			return '］'
		}
		return r
	}, line)
}

// LinkURL makes an address safe inside (…); it is empty for one that is not http or https.
func LinkURL(raw string, ids []string) string {
	u, err := url.Parse(Flat(raw))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	var out strings.Builder
	for _, r := range u.String() {
		if strings.ContainsRune(" ()<>\"\\", r) {
			fmt.Fprintf(&out, "%%%02X", r)
			continue
		}
		out.WriteRune(r)
	}
	s := out.String()
	authority := strings.Index(s, "://") + len("://") + len(u.Host)
	if u.User != nil {
		authority = len(s)
	}
	for _, id := range ids {
		s = s[:authority] + strings.ReplaceAll(s[authority:], "@"+id, "%40"+id)
	}
	return s
}
