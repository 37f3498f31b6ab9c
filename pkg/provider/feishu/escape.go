package feishu

import (
	"fmt"
	"net/url"
	"strings"
)

// escapeMarkdown makes foreign text stand as it is in lark_md and markdown, where the provider wants
// character references: https://open.feishu.cn/document/feishu-cards/card-components/content-components/rich-text
func escapeMarkdown(s string) string {
	s = tidy(s)
	if !strings.ContainsAny(s, "*_~`[]<>&\\#-+") {
		return s
	}
	var out strings.Builder
	out.Grow(len(s) + len(s)/8)
	lineStart := true
	for _, r := range s {
		switch r {
		case '*':
			out.WriteString("&#42;")
		case '_':
			out.WriteString("&#95;")
		case '~':
			out.WriteString("&#126;")
		case '`':
			out.WriteString("&#96;")
		case '[':
			out.WriteString("&#91;")
		case ']':
			out.WriteString("&#93;")
		case '<':
			out.WriteString("&#60;")
		case '>':
			out.WriteString("&#62;")
		case '&':
			out.WriteString("&#38;")
		case '\\':
			out.WriteString("&#92;")
		case '#', '-', '+':
			// Only at the start of a line: a heading, a list, a rule.
			switch {
			case !lineStart:
				out.WriteRune(r)
			case r == '#':
				out.WriteString("&#35;")
			case r == '-':
				out.WriteString("&#45;")
			default:
				out.WriteString("&#43;")
			}
		default:
			out.WriteRune(r)
		}
		lineStart = r == '\n' || (lineStart && r == ' ')
	}
	return out.String()
}

// escapeText takes the meaning off tags and links in a text message, which has no escape: < before a
// tag's name becomes its full-width twin, and a link is broken up.
func escapeText(s string) string {
	s = strings.ReplaceAll(tidy(s), "](", "] (")
	if !strings.Contains(s, "<") {
		return s
	}
	var out strings.Builder
	for i := range len(s) {
		if s[i] == '<' && i+1 < len(s) && (s[i+1] == '/' || isLetter(s[i+1])) {
			out.WriteRune('＜')
			continue
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func isLetter(b byte) bool { return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') }

// tidy drops what no app shows: control characters, and those that turn the direction of text.
func tidy(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t', r == '\r':
			return ' '
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}

// oneLine is s on one line.
func oneLine(s string) string {
	s = tidy(s)
	if !strings.ContainsAny(s, "\n\u00a0\u3000") && !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// webAddress checks that a link leads to a page, and writes it so that it can stand in markdown.
func webAddress(raw string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", false
	}
	address := u.String()
	const special = "()<>\"'`\\ *[]"
	if !strings.ContainsAny(address, special) {
		return address, true
	}
	var out strings.Builder
	for i := range len(address) {
		if strings.IndexByte(special, address[i]) >= 0 {
			fmt.Fprintf(&out, "%%%02X", address[i])
			continue
		}
		out.WriteByte(address[i])
	}
	return out.String(), true
}
