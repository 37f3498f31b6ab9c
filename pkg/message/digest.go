package message

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// DigestEntry is one state of a group that waits to be told.
type DigestEntry struct {
	Group        alert.Group
	ContactPoint string
	// Meanwhile has the fingerprints of alerts that fired and resolved while the group waited.
	Meanwhile  map[string]bool
	ReceivedAt time.Time
}

// line is one alert of a digest.
type line struct {
	alert     *alert.Alert
	facts     *facts
	meanwhile bool
}

// Digest names every alert of several groups in one message, firing and worst first, each group's once
// in its newest state. It does not change its input.
func Digest(entries []DigestEntry, s Style, now time.Time) Message {
	if !s.Language.Known() {
		s.Language = lang.Chinese
	}
	if now.IsZero() {
		now = time.Now()
	}
	groups := mergeEntries(entries)
	m := Message{Kind: DigestKind, Language: s.Language, Status: alert.Resolved}
	var lines []line
	truncated, worstFiring, worst := 0, alert.None, alert.None
	counts := make(map[alert.Severity]int)
	resolved := 0
	for i := range groups {
		f := gather(&groups[i].Group, s, ComposeOptions{})
		truncated += max(groups[i].Group.Truncated, 0)
		for _, a := range f.alerts {
			lines = append(lines, line{alert: a, facts: f, meanwhile: groups[i].Meanwhile[a.Fingerprint]})
			worst = max(worst, a.Severity)
			if a.Status != alert.Firing {
				resolved++
				continue
			}
			m.Status = alert.Firing
			worstFiring = max(worstFiring, a.Severity)
			counts[a.Severity]++
		}
	}
	m.Severity = worst
	if m.Status == alert.Firing {
		m.Severity = worstFiring
	}
	slices.SortStableFunc(lines, func(a, b line) int { return worseFirst(a.alert, b.alert) })
	at := clock{now: now, location: s.Location, language: s.Language}
	m.Items = make([]Item, len(lines))
	for i, l := range lines {
		title, _ := l.facts.itemTitle(l.alert)
		status := l.alert.Status
		if status != alert.Firing {
			status = alert.Resolved
		}
		m.Items[i] = Item{
			Title: title, Status: status, Severity: l.alert.Severity, When: at.when(l.alert, l.meanwhile),
			Alert: l.alert, Group: l.facts.group,
		}
	}
	m.Title = digestTitle(s.Language, len(groups), len(lines)+truncated, m)
	m.Summary = digestSummary(s.Language, counts, resolved)
	m.More, m.MoreNote = leftOut(s.Language, truncated)
	return m
}

func digestTitle(l lang.Language, groups, alerts int, m Message) string {
	worst := severityWord(m.Severity, l)
	if m.Status == alert.Resolved {
		return lang.Text{
			ZH: fmt.Sprintf("合并通知：%d 组 %d 条告警，均已恢复", groups, alerts),
			EN: fmt.Sprintf("Digest: groups %d, alerts %d, all resolved", groups, alerts),
		}.In(l)
	}
	return lang.Text{
		ZH: fmt.Sprintf("合并通知：%d 组 %d 条告警，最严重：%s", groups, alerts, worst),
		EN: fmt.Sprintf("Digest: groups %d, alerts %d, worst: %s", groups, alerts, worst),
	}.In(l)
}

func digestSummary(l lang.Language, firing map[alert.Severity]int, resolved int) string {
	var parts []string
	for _, s := range alert.Severities() {
		if n := firing[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", severityWord(s, l), n))
		}
	}
	if resolved > 0 {
		parts = append(parts, fmt.Sprintf("%s %d", lang.Text{ZH: "已恢复", EN: "RESOLVED"}.In(l), resolved))
	}
	return strings.Join(parts, " · ")
}

// mergeEntries makes one entry of all states of the same group, in the order of their first news.
func mergeEntries(entries []DigestEntry) []DigestEntry {
	type id struct{ contactPoint, source, kind, key string }
	states := make(map[id][]DigestEntry)
	var order []id
	for _, e := range entries {
		k := id{e.ContactPoint, e.Group.Source, e.Group.Kind, e.Group.Key}
		if states[k] == nil {
			order = append(order, k)
		}
		states[k] = append(states[k], e)
	}
	out := make([]DigestEntry, 0, len(order))
	for _, k := range order {
		of := states[k]
		slices.SortStableFunc(of, func(a, b DigestEntry) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
		groups := make([]alert.Group, len(of))
		meanwhile := make(map[string]bool)
		for i, e := range of {
			groups[i] = e.Group
			maps.Copy(meanwhile, e.Meanwhile)
		}
		merged, more := Merge(groups)
		maps.Copy(meanwhile, more)
		for _, a := range merged.Alerts {
			if a.Status == alert.Firing {
				delete(meanwhile, a.Fingerprint)
			}
		}
		e := of[len(of)-1]
		e.Group, e.Meanwhile = merged, meanwhile
		out = append(out, e)
	}
	return out
}
