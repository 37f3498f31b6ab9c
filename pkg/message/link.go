package message

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

func linkTitle(kind alert.LinkKind, l lang.Language) string {
	switch kind {
	case alert.Runbook:
		return lang.Text{ZH: "处理手册", EN: "Runbook"}.In(l)
	case alert.Dashboard:
		return lang.Text{ZH: "仪表盘", EN: "Dashboard"}.In(l)
	case alert.Panel:
		return lang.Text{ZH: "面板", EN: "Panel"}.In(l)
	case alert.Silence:
		return lang.Text{ZH: "静默", EN: "Silence"}.In(l)
	case alert.Source:
		return lang.Text{ZH: "查看来源", EN: "Source"}.In(l)
	default:
		return lang.Text{ZH: "打开", EN: "Open"}.In(l)
	}
}

// kinds of links in the order in which people need them.
func linkOrder() []alert.LinkKind {
	return []alert.LinkKind{alert.Runbook, alert.Dashboard, alert.Panel, alert.Silence, alert.Source}
}

// linksOf has one link of each kind: what the source gave, else what the annotations and the generator say.
func linksOf(a *alert.Alert) []alert.Link {
	out := make([]alert.Link, 0, len(a.Links)+2)
	for _, kind := range linkOrder() {
		for _, u := range candidates(a, kind) {
			if u = webURL(u); u != "" {
				out = append(out, alert.Link{Kind: kind, URL: u})
				break
			}
		}
	}
	return out
}

func candidates(a *alert.Alert, kind alert.LinkKind) []string {
	out := make([]string, 0, 4)
	for _, l := range a.Links {
		if l.Kind == kind {
			out = append(out, l.URL)
		}
	}
	switch kind {
	case alert.Runbook:
		out = append(out, a.Annotations["runbook_url"], a.Annotations["runbook"])
	case alert.Dashboard:
		out = append(out, a.Annotations["dashboard_url"], a.Annotations["dashboard"])
	case alert.Panel:
		out = append(out, a.Annotations["panel_url"])
	case alert.Source:
		out = append(out, a.GeneratorURL)
	case alert.Silence:
	}
	return out
}

// webURL is s if an app can open it, else empty.
func webURL(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || rest == "" || (!strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https")) {
		return ""
	}
	if clean(s) != s || strings.IndexFunc(s, func(r rune) bool { return r <= ' ' }) >= 0 {
		return ""
	}
	return s
}

// links are those that all alerts share, how to silence the group, and the way to the system.
func (f *facts) links(of [][]alert.Link) (shared []alert.Link, out []Link) {
	if len(of) > 0 {
		shared = slices.Clone(of[0])
		for _, l := range of[1:] {
			shared = slices.DeleteFunc(shared, func(s alert.Link) bool { return !slices.Contains(l, s) })
		}
	}
	for _, l := range shared {
		out = append(out, Link{Title: linkTitle(l.Kind, f.language), URL: l.URL})
	}
	base := strings.TrimRight(webURL(f.group.ExternalURL), "/")
	if base == "" {
		return shared, out
	}
	switch f.group.Kind {
	case "alertmanager":
		silenced := slices.ContainsFunc(shared, func(l alert.Link) bool { return l.Kind == alert.Silence })
		if u := f.silenceURL(base); u != "" && !silenced && f.firing > 0 {
			out = append(out, Link{Title: lang.Text{ZH: "静默本组", EN: "Silence group"}.In(f.language), URL: u})
		}
		out = append(out, Link{Title: "Alertmanager", URL: base + "/#/alerts?receiver=" + url.QueryEscape(clean(f.group.Receiver))})
	case "grafana":
		out = append(out, Link{Title: "Grafana", URL: base})
	case "zabbix":
		out = append(out, Link{Title: "Zabbix", URL: base})
	default:
		out = append(out, Link{Title: linkTitle(alert.Source, f.language), URL: base})
	}
	return shared, out
}

// silenceURL opens Alertmanager's form with matchers of the labels that the group has in common.
func (f *facts) silenceURL(base string) string {
	labels := f.group.GroupLabels
	if len(labels) == 0 {
		labels = f.labels
	}
	if len(labels) == 0 {
		return ""
	}
	matchers := make([]string, 0, len(labels))
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		matchers = append(matchers, matcherName(k)+"="+quoted(labels[k]))
	}
	// The fragment is not decoded as a query is: a plus stays a plus in it.
	filter := strings.ReplaceAll(url.QueryEscape("{"+strings.Join(matchers, ",")+"}"), "+", "%20")
	return base + "/#/silences/new?filter=" + filter
}

// matcherName is quoted unless it is a classic label name, see
// https://prometheus.io/docs/alerting/latest/configuration/#matcher.
func matcherName(name string) string {
	for i, r := range name {
		letter := r == '_' || (r|0x20 >= 'a' && r|0x20 <= 'z')
		if !letter && (i == 0 || r < '0' || r > '9') {
			return quoted(name)
		}
	}
	return name
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(s, "\uFFFD")) + `"`
}
