package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	ellipsis = "…"
	// maxCluster bounds a character with many marks, in runes, so that one cannot defeat every cut.
	maxCluster = 32
)

// cut shortens s to at most n characters, the ellipsis included, never inside a
// character that people see as one; n < 1 gives the empty string.
func cut(s string, n int) string {
	if n < 1 {
		return ""
	}
	if len(s) <= n {
		return s
	}
	end, rest := 0, s // end is where the first n-1 characters end
	for i := range n {
		if rest == "" {
			return s
		}
		if i < n-1 {
			size := clusterLen(rest)
			end += size
			rest = rest[size:]
		}
	}
	if len(rest) == clusterLen(rest) {
		return s
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace) + ellipsis
}

// characters counts what cut counts.
func characters(s string) int {
	n := 0
	for s != "" {
		s = s[clusterLen(s):]
		n++
	}
	return n
}

// clusterLen is the length in bytes of the first character of s: one rune and what joins it.
// It is a small rule after https://www.unicode.org/reports/tr29/ that errs towards keeping together.
func clusterLen(s string) int {
	prev, end := utf8.DecodeRuneInString(s)
	if end >= len(s) || (s[end] < utf8.RuneSelf && prev != '\r') {
		return end // the next rune is ASCII, which joins nothing
	}
	flag := isRegional(prev)
	for range maxCluster {
		r, size := utf8.DecodeRuneInString(s[end:])
		switch {
		case size == 0:
			return end
		case prev == '\r' && r == '\n', extends(r), prev == zwj && r > utf8.RuneSelf, hangulJoins(prev, r):
			flag = false
		case flag && isRegional(r):
			flag = false
		default:
			return end
		}
		prev = r
		end += size
	}
	return end
}

const zwj = '\u200d'

// extends tells whether r belongs to the character before it.
func extends(r rune) bool {
	return r == zwj || r == '\u200c' ||
		(r >= 0x1F3FB && r <= 0x1F3FF) || // skin tones
		(r >= 0xE0020 && r <= 0xE007F) || // tags of flags
		(r > 0x2FF && unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc))
}

func isRegional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// hangulJoins tells whether b continues a syllable written in single letters.
func hangulJoins(a, b rune) bool {
	return b >= 0x1100 && b <= 0x11FF && (a >= 0x1100 && a <= 0x11FF || a >= 0xAC00 && a <= 0xD7A3)
}
