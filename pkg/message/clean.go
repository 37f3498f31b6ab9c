package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes foreign text fit to be shown: invalid UTF-8 becomes U+FFFD, line ends become \n,
// and characters that control a terminal or turn the direction of the text around are removed.
func clean(s string) string {
	for i := range len(s) {
		if b := s[i]; b >= utf8.RuneSelf || b == 0x7F || (b < ' ' && b != '\n' && b != '\t') {
			return strings.TrimSpace(cleanRunes(s))
		}
	}
	return strings.TrimSpace(s)
}

func cleanRunes(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r', r == '\u2028', r == '\u2029', r == '\v', r == '\f':
			return '\n'
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\uFEFF':
			return -1
		default:
			return r
		}
	}, s)
}

// oneLine is clean for what must not have line ends: every run of space becomes one.
func oneLine(s string) string {
	s = clean(s)
	for i := range len(s) {
		if s[i] == '\n' || s[i] == '\t' || (s[i] == ' ' && s[i+1] == ' ') {
			return strings.Join(strings.Fields(s), " ")
		}
	}
	return s
}
