package source

import (
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agext/levenshtein"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
)

// Severity reads how bad an alert is from the first of the configured labels that has a value:
// translated by SeverityValues, else by the severities' own names, else fallback.
func Severity(labels map[string]string, by config.Labels, fallback alert.Severity) alert.Severity {
	for _, name := range by.Severity {
		if value := strings.TrimSpace(labels[name]); value != "" {
			if s, ok := ParseSeverity(value, by); ok {
				return s
			}
			return fallback
		}
	}
	return fallback
}

// ParseSeverity translates one value, in any case; false means that nobody said what it means.
func ParseSeverity(value string, by config.Labels) (alert.Severity, bool) {
	value = strings.ToLower(strings.TrimSpace(value))
	if s, ok := by.SeverityValues[value]; ok {
		return s, true
	}
	for _, s := range alert.Severities() {
		if s.String() == value {
			return s, true
		}
	}
	return alert.None, false
}

// Fingerprint is computed from labels alone, as Alertmanager does it: FNV-1a over the sorted
// names and values, each followed by the byte 255.
func Fingerprint(labels map[string]string) string {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		_, _ = io.WriteString(h, name)
		_, _ = h.Write([]byte{255})
		_, _ = io.WriteString(h, labels[name])
		_, _ = h.Write([]byte{255})
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// ParseTime reads an RFC 3339 time as UTC; an empty one and year 1, which Go programs send for
// "no time", are zero. Years that Go cannot write as JSON again are refused.
func ParseTime(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, false
	}
	t = t.UTC()
	switch {
	case t.Year() <= 1:
		return time.Time{}, true
	case t.Year() > 9999:
		return time.Time{}, false
	}
	return t, true
}

// AppendLink adds a link if url is one that an app can open: absolute, http or https, without blanks.
func AppendLink(links []alert.Link, kind alert.LinkKind, url string) []alert.Link {
	if !IsWebURL(url) || slices.ContainsFunc(links, func(l alert.Link) bool { return l.Kind == kind }) {
		return links
	}
	return append(links, alert.Link{Kind: kind, URL: url})
}

// IsWebURL tells whether s is an absolute http or https address without blanks and control characters.
func IsWebURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || rest == "" || (!strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https")) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) < 0
}

// AnnotationLinks are the links that people put into annotations by convention.
func AnnotationLinks(annotations map[string]string) []alert.Link {
	var links []alert.Link
	for _, kind := range []alert.LinkKind{alert.Runbook, alert.Dashboard, alert.Panel, alert.Silence} {
		links = AppendLink(links, kind, annotations[string(kind)+"_url"])
		links = AppendLink(links, kind, annotations[string(kind)])
	}
	return links
}

// Nearest gives up to three names that name may have been meant to be, the likeliest first.
func Nearest(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	lower := strings.ToLower(name)
	for _, n := range names {
		d := levenshtein.Distance(lower, strings.ToLower(n), nil)
		if d <= max(2, len(n)/3) || (len(lower) >= 3 && strings.Contains(strings.ToLower(n), lower)) {
			near = append(near, candidate{n, d})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	var out []string
	for _, c := range near[:min(3, len(near))] {
		out = append(out, c.name)
	}
	return out
}
