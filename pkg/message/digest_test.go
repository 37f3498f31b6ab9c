package message

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

func one(name, instance string, s alert.Status, severity alert.Severity) alert.Alert {
	a := alert.Alert{
		Fingerprint: name + instance, Status: s, Severity: severity,
		Labels:   map[string]string{"alertname": name, "instance": instance},
		StartsAt: now().Add(-10 * time.Minute),
	}
	if s == alert.Resolved {
		a.EndsAt = a.StartsAt.Add(3 * time.Minute)
	}
	return a
}

func group(key string, alerts ...alert.Alert) alert.Group {
	g := alert.Group{Source: "prod", Kind: "alertmanager", Key: key, Status: alert.Resolved, Alerts: alerts}
	for _, a := range alerts {
		if a.Status == alert.Firing {
			g.Status = alert.Firing
		}
	}
	return g
}

func TestMerge(t *testing.T) {
	t.Parallel()
	f := func(n string) alert.Alert { return one(n, "", alert.Firing, alert.High) }
	r := func(n string) alert.Alert { return one(n, "", alert.Resolved, alert.High) }
	for _, tt := range []struct {
		name      string
		states    []alert.Group
		want      []alert.Alert
		status    alert.Status
		meanwhile map[string]bool
	}{
		{"one", []alert.Group{group("k", f("a"))}, []alert.Alert{f("a")}, alert.Firing, nil},
		{"newest wins", []alert.Group{group("k", r("a")), group("k", f("a"))}, []alert.Alert{f("a")}, alert.Firing, nil},
		{"fired and resolved", []alert.Group{group("k", f("a")), group("k", r("a"))}, []alert.Alert{r("a")}, alert.Resolved, map[string]bool{"a": true}},
		{"resolved in the middle", []alert.Group{group("k", f("a")), group("k", r("a"), f("b")), group("k", f("b"))}, []alert.Alert{f("b"), r("a")}, alert.Firing, map[string]bool{"a": true}},
		{"fires again", []alert.Group{group("k", f("a")), group("k", r("a")), group("k", f("a"))}, []alert.Alert{f("a")}, alert.Firing, nil},
		{"vanished while firing", []alert.Group{group("k", f("a")), group("k", r("b"))}, []alert.Alert{r("b"), f("a")}, alert.Firing, nil},
		{"resolved before it waited", []alert.Group{group("k", r("a")), group("k", r("a"))}, []alert.Alert{r("a")}, alert.Resolved, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			merged, meanwhile := Merge(tt.states)
			assert.Equal(t, tt.want, merged.Alerts)
			assert.Equal(t, tt.status, merged.Status)
			assert.Equal(t, tt.meanwhile, meanwhile)
		})
	}
	merged, meanwhile := Merge(nil)
	assert.Empty(t, merged)
	assert.Empty(t, meanwhile)
}

func TestMergeNamesTheCommonLabelsOfAll(t *testing.T) {
	t.Parallel()
	a, b := group("k", one("x", "1", alert.Firing, alert.High)), group("k", one("x", "2", alert.Firing, alert.High))
	b.CommonLabels = map[string]string{"alertname": "x", "instance": "2"}
	merged, _ := Merge([]alert.Group{a, b})
	assert.Equal(t, map[string]string{"alertname": "x"}, merged.CommonLabels)
	assert.Equal(t, map[string]string{"alertname": "x", "instance": "2"}, b.CommonLabels)
}

func digestEntries() []DigestEntry {
	truncated := group("c", one("Net", "r1", alert.Firing, alert.Warning))
	truncated.Truncated = 4
	return []DigestEntry{
		{Group: group("a", one("Disk", "h1", alert.Firing, alert.High), one("Disk", "h2", alert.Firing, alert.High)), ReceivedAt: now().Add(-5 * time.Minute)},
		{Group: group("b", one("Down", "db", alert.Firing, alert.Critical)), ReceivedAt: now().Add(-4 * time.Minute)},
		{Group: group("a", one("Disk", "h1", alert.Resolved, alert.High), one("Disk", "h2", alert.Firing, alert.High)), ReceivedAt: now().Add(-3 * time.Minute)},
		{Group: truncated, ReceivedAt: now()},
	}
}

func TestDigestGolden(t *testing.T) {
	t.Parallel()
	golden(t, "digest.zh", Digest(digestEntries(), Style{Language: lang.Chinese, Location: shanghai(t)}, now()))
	golden(t, "digest.en", Digest(digestEntries(), Style{Language: lang.English}, now()))
}

func TestDigestNamesEachAlertOnceWorstFirst(t *testing.T) {
	t.Parallel()
	m := Digest(digestEntries(), Style{Language: lang.Chinese}, now())
	titles := make([]string, 0, len(m.Items))
	for _, i := range m.Items {
		titles = append(titles, i.Title)
	}
	assert.Equal(t, []string{"Down · db", "Disk · h2", "Net · r1", "Disk · h1"}, titles)
	assert.Equal(t, "合并通知：3 组 8 条告警，最严重：严重", m.Title)
	assert.Contains(t, m.Items[3].When, "期间已触发并恢复，持续 3 分钟")
	assert.Equal(t, alert.Critical, m.Severity)
	assert.Equal(t, 4, m.More)
	require.Contains(t, m.MoreNote, "max_alerts")

	only := Digest([]DigestEntry{{Group: group("a", one("Disk", "h1", alert.Resolved, alert.High))}}, Style{Language: lang.English}, now())
	assert.Equal(t, alert.Resolved, only.Status)
	assert.Equal(t, alert.High, only.Severity)
	assert.Equal(t, "Digest: groups 1, alerts 1, all resolved", only.Title)
}
