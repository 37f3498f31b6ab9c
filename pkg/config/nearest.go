package config

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agext/levenshtein"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

const (
	// maxShown is how many runes of a foreign value a fault repeats: enough for a word, too few for
	// an access token that slipped into the wrong place.
	maxShown = 24
	// minCompared and maxCompared are the lengths that are compared with the known names: a shorter one
	// is near to anything, a longer one to nothing.
	minCompared, maxCompared = 3, 64
	// maxListed is how many right names a hint lists when none is near.
	maxListed = 16
)

// nearest finds the known name that was probably meant; empty when none is near.
func nearest(name string, known []string) string {
	length := utf8.RuneCountInString(name)
	if length < minCompared || length > maxCompared {
		return ""
	}
	name = normal(name)
	best, bestDistance := "", max(length/3, min(length/2, 2))+1
	for _, k := range known {
		if strings.HasPrefix(normal(k), name) {
			return k
		}
		if d := levenshtein.Distance(name, normal(k), nil); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

func normal(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
}

// meant is the hint for a name that is not among the known ones.
func meant(name string, known []string) lang.Text {
	if k := nearest(name, known); k != "" {
		return both("是否想写 %[1]q？", "did you mean %[1]q?", k)
	}
	if len(known) == 0 || len(known) > maxListed {
		return lang.Text{}
	}
	list := strings.Join(known, ", ")
	return both("可用的有：%[1]s", "use one of: %[1]s", list)
}

// shown quotes a value that is short and printable, and hides any other.
func shown(value string) string {
	if utf8.RuneCountInString(value) > maxShown || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return `"…"`
	}
	return strconv.Quote(value)
}

// shownKey is a foreign key as a path repeats it. What does not look like the name of a field may be
// a value that slipped to the left of the colon, even a secret, and is hidden.
func shownKey(key string, empty bool, known []string) string {
	looksLikeName := regexp.MustCompile(`^[A-Za-z]+([_-][A-Za-z]+)*[0-9]?$`).MatchString(key)
	if utf8.RuneCountInString(key) <= maxShown+8 && (nearest(key, known) != "" || (looksLikeName && !empty)) {
		return key
	}
	return "?"
}

// shownName is a key of the operator's own as a path repeats it.
func shownName(key string) string {
	if regexp.MustCompile(namePattern).MatchString(key) || shown(key) == strconv.Quote(key) {
		return key
	}
	return "?"
}
