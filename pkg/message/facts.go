package message

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

const (
	// titleLen bounds a title, in characters.
	titleLen = 120
	// itemTitleLen bounds an item's title, in characters.
	itemTitleLen = 200
	// nameInTitle and whereInTitle leave room for the counts behind them.
	nameInTitle, whereInTitle = 60, 40
)

// facts are what the default texts are made of.
type facts struct {
	group    *alert.Group
	language lang.Language
	// alerts are the group's, firing and worst first.
	alerts           []*alert.Alert
	firing, resolved int
	// labels and annotations are the same for all alerts.
	labels, annotations map[string]string
	// said are the sentences of the annotations that all alerts share.
	said           []string
	severityLabels []string
	test           bool
}

func gather(g *alert.Group, s Style, opts ComposeOptions) *facts {
	f := &facts{group: g, language: s.Language, severityLabels: opts.SeverityLabels, test: opts.Kind == TestKind}
	if f.severityLabels == nil {
		f.severityLabels = []string{"severity"}
	}
	f.alerts = make([]*alert.Alert, len(g.Alerts))
	for i := range g.Alerts {
		a := &g.Alerts[i]
		f.alerts[i] = a
		if a.Status == alert.Firing {
			f.firing++
		} else {
			f.resolved++
		}
	}
	slices.SortStableFunc(f.alerts, worseFirst)
	f.labels = common(f.alerts, func(a *alert.Alert) map[string]string { return a.Labels })
	f.annotations = common(f.alerts, func(a *alert.Alert) map[string]string { return a.Annotations })
	f.said = texts(f.annotations)
	return f
}

// worseFirst orders firing before resolved, then by severity and start. What is alike stays in the order of its source, which people know.
func worseFirst(a, b *alert.Alert) int {
	if (a.Status == alert.Firing) != (b.Status == alert.Firing) {
		if a.Status == alert.Firing {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.StartsAt.Compare(b.StartsAt))
}

// common has the pairs that all alerts share.
func common(alerts []*alert.Alert, of func(*alert.Alert) map[string]string) map[string]string {
	switch len(alerts) {
	case 0:
		return nil
	case 1:
		return of(alerts[0])
	}
	out := maps.Clone(of(alerts[0]))
	for _, a := range alerts[1:] {
		if len(out) == 0 {
			return nil
		}
		m := of(a)
		for k, v := range out {
			if got, ok := m[k]; !ok || got != v {
				delete(out, k)
			}
		}
	}
	return out
}

// status of the group is resolved only when nothing fires.
func (f *facts) status() alert.Status {
	switch {
	case f.firing > 0:
		return alert.Firing
	case f.resolved > 0:
		return alert.Resolved
	case f.group.Status == alert.Resolved:
		return alert.Resolved
	default:
		return alert.Firing
	}
}

// name is what happened: the alerts' name, or the worst one's when there are several.
func (f *facts) name() string {
	names := make(map[string]struct{}, 1)
	for _, a := range f.alerts {
		names[a.Name()] = struct{}{}
	}
	first := ""
	switch {
	case f.group.GroupLabels["alertname"] != "" && len(names) <= 1:
		first = f.group.GroupLabels["alertname"]
	case len(f.alerts) > 0:
		first = f.alerts[0].Name()
	}
	first = cut(oneLine(first), nameInTitle)
	if first == "" {
		first = lang.Text{ZH: "告警", EN: "alert"}.In(f.language)
	}
	if n := len(names); n > 1 {
		return first + countOf(f.language, " 等 %d 种告警", " and %d more kinds", n, n-1)
	}
	return first
}

// where is where the only alert is; of several it differs.
func (f *facts) where() string {
	if len(f.alerts) != 1 {
		return ""
	}
	for _, name := range placesOf(f.alerts[0].Labels, 1) {
		return cut(oneLine(f.alerts[0].Labels[name]), whereInTitle)
	}
	return ""
}

// itemTitle names an alert and what tells it from the others of its group.
func (f *facts) itemTitle(a *alert.Alert) (title string, used []string) {
	parts := []string{cut(oneLine(a.Name()), itemTitleLen/2)}
	if len(f.alerts) == 1 {
		used = placesOf(a.Labels, 1)
	} else {
		used = f.telling(a)
	}
	for _, name := range used {
		value := cut(oneLine(a.Labels[name]), whereInTitle)
		if placeRank(name) < 0 {
			value = cut(oneLine(name), whereInTitle) + "=" + value
		}
		parts = append(parts, value)
	}
	return cut(joinFilled(parts, " · "), itemTitleLen), used
}

// telling are at most two labels in which a differs from others, a place rather than another label.
func (f *facts) telling(a *alert.Alert) []string {
	own := make(map[string]string, len(a.Labels))
	for k, v := range a.Labels {
		if _, shared := f.labels[k]; !shared && v != "" && !f.hidden(k) {
			own[k] = v
		}
	}
	used := placesOf(own, 2)
	for _, k := range slices.Sorted(maps.Keys(own)) {
		if len(used) == 2 {
			break
		}
		if placeRank(k) < 0 {
			used = append(used, k)
		}
	}
	return used
}

// placesOf lists up to n labels that say where, the most telling first.
func placesOf(labels map[string]string, n int) []string {
	var out []string
	for k, v := range labels {
		if v != "" && placeRank(k) >= 0 {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(placeRank(a), placeRank(b)) })
	return out[:min(n, len(out))]
}

// placeRank says how closely a label tells where, 0 the closest; -1 when it does not.
func placeRank(label string) int {
	return slices.Index([]string{
		"instance", "实例", "host", "主机", "hostname", "pod", "node", "device", "container", "service", "服务", "namespace", "job", "cluster", "集群",
	}, label)
}

// hidden labels are told elsewhere, or meant for machines.
func (f *facts) hidden(label string) bool {
	return label == "alertname" || strings.HasPrefix(label, "__") || slices.Contains(f.severityLabels, label)
}

// fields makes labels and annotations of words that are told nowhere else.
func (f *facts) fields(labels, annotations map[string]string, leftOut func(string) bool) []Field {
	names := make([]string, 0, len(labels))
	for k := range labels {
		if !f.hidden(k) && !leftOut(k) {
			names = append(names, k)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(fieldRank(a), fieldRank(b)), strings.Compare(a, b))
	})
	out := make([]Field, 0, len(names))
	for _, k := range names {
		out = appendField(out, k, labels[k])
	}
	for _, k := range slices.Sorted(maps.Keys(annotations)) {
		if !toldApart(k) {
			out = appendField(out, k, annotations[k])
		}
	}
	return slices.Clip(out)
}

func appendField(out []Field, label, value string) []Field {
	f := Field{Label: oneLine(label), Value: clean(value)}
	if f.Label == "" || f.Value == "" {
		return out
	}
	return append(out, f)
}

// fieldRank puts from where an alert comes in front of what else is known.
func fieldRank(label string) int {
	if i := slices.Index([]string{"cluster", "namespace", "instance", "job", "host"}, label); i >= 0 {
		return i
	}
	return 5
}

// toldApart are annotations that are the text, a link, or for machines.
func toldApart(annotation string) bool {
	switch annotation {
	case "summary", "description", "message", "runbook", "dashboard", "panel", "silence":
		return true
	default:
		return strings.HasPrefix(annotation, "__") || strings.HasSuffix(annotation, "_url")
	}
}

// texts are what annotations say in sentences.
func texts(annotations map[string]string) []string {
	var out []string
	for _, k := range []string{"summary", "description", "message"} {
		if t := clean(annotations[k]); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// text is what all alerts say.
func (f *facts) text() string { return strings.Join(f.said, "\n") }

// itemText is what an alert says that the group has not said.
func (f *facts) itemText(a *alert.Alert, all bool) string {
	own := texts(a.Annotations)
	if !all {
		own = slices.DeleteFunc(own, func(t string) bool { return slices.Contains(f.said, t) })
	}
	return strings.Join(own, "\n")
}
