package markup

import (
	"strings"
	"unicode"
)

// Flat makes one line of foreign text and drops what cannot be seen or turns the direction of reading.
func Flat(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || (r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069'):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return strings.TrimSpace(s)
}

// Lines splits foreign text, without its empty lines.
func Lines(s string) []string {
	var out []string
	for l := range strings.Lines(strings.ReplaceAll(s, "\r", "\n")) {
		if l = Flat(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// Cut shortens a text to a number of characters, the last of which then says so.
func Cut(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}
