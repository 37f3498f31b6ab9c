package message

import (
	"fmt"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// ComposeOptions say what Compose cannot know from a group and a style.
type ComposeOptions struct {
	// Kind is GroupKind, which is the default, or TestKind.
	Kind Kind
	// Now is the moment that "how long" counts to; the zero time means the present.
	Now time.Time
	// PublicURL is where people reach Yunluo; templates have it as .PublicURL.
	PublicURL string
	// Meanwhile has the fingerprints of alerts that fired and resolved while the group waited.
	Meanwhile map[string]bool
	// SeverityLabels hold the severity, which is told in words; nil means "severity".
	SeverityLabels []string
}

// Compose words a group. It never fails: a field whose template does is worded by the default, and
// a note says which template failed and why. It does not change g.
func (t *Templates) Compose(g alert.Group, s Style, opts ComposeOptions) Message {
	if !s.Language.Known() {
		s.Language = lang.Chinese
	}
	if opts.Kind == "" {
		opts.Kind = GroupKind
	}
	if opts.Now.IsZero() {
		opts.Now = time.Now()
	}
	f := gather(&g, s, opts)
	r := &rendering{templates: t, facts: f, style: s, opts: opts}
	m := Message{Kind: opts.Kind, Language: s.Language, Status: f.status(), Severity: g.Severity()}
	m.Title = cut(oneLine(r.title()), titleLen)
	m.Summary = clean(r.summary())
	m.Fields = f.fields(f.labels, f.annotations, func(string) bool { return false })
	links := make([][]alert.Link, len(f.alerts))
	for i, a := range f.alerts {
		links[i] = linksOf(a)
	}
	var shared []alert.Link
	shared, m.Links = f.links(links)
	at := clock{now: opts.Now, location: s.Location, language: s.Language}
	m.Items = make([]Item, len(f.alerts))
	for i, a := range f.alerts {
		m.Items[i] = r.item(a, links[i], shared)
		m.Items[i].When = at.when(a, opts.Meanwhile[a.Fingerprint])
	}
	m.More, m.MoreNote = leftOut(s.Language, g.Truncated)
	if source := oneLine(g.Source); source != "" {
		kind := ""
		if k := oneLine(g.Kind); k != "" && k != source {
			kind = lang.Text{ZH: "（" + k + "）", EN: " (" + k + ")"}.In(s.Language)
		}
		m.Notes = append(m.Notes, lang.Text{ZH: "来源：", EN: "Source: "}.In(s.Language)+source+kind)
	}
	m.Notes, m.Defaulted = append(m.Notes, r.notes...), len(r.notes) > 0
	return m
}

// leftOut counts and explains the alerts that a source did not send.
func leftOut(l lang.Language, n int) (more int, note string) {
	if n <= 0 {
		return 0, ""
	}
	return n, countOf(l, "另有 %d 条告警未由来源发来（受其 max_alerts 限制）", "%d more not sent by the source, limited by its max_alerts", n, n)
}

func countOf(l lang.Language, zh, en string, nZH, nEN int) string {
	if l == lang.English {
		return fmt.Sprintf(en, nEN)
	}
	return fmt.Sprintf(zh, nZH)
}

// item is one alert of a group.
func (r *rendering) item(a *alert.Alert, links, shared []alert.Link) Item {
	title, used := r.facts.itemTitle(a)
	i := Item{Status: a.Status, Severity: a.Severity, Title: title, Alert: a, Group: r.facts.group}
	if i.Status != alert.Firing {
		i.Status = alert.Resolved
	}
	i.Title = cut(oneLine(r.itemTitle(a, title)), itemTitleLen)
	i.Text = clean(r.itemText(a))
	if v := oneLine(a.Value); v != "" {
		i.Fields = append(i.Fields, Field{Label: lang.Text{ZH: "当前值", EN: "Value"}.In(r.style.Language), Value: v})
	}
	custom := r.templated(itemTitleField)
	i.Fields = append(i.Fields, r.facts.fields(a.Labels, r.facts.ownAnnotations(a), func(k string) bool {
		_, common := r.facts.labels[k]
		return common || (!custom && slices.Contains(used, k) && len(a.Labels[k]) <= whereInTitle)
	})...)
	for _, l := range links {
		if !slices.Contains(shared, l) {
			i.Links = append(i.Links, Link{Title: linkTitle(l.Kind, r.style.Language), URL: l.URL})
		}
	}
	return i
}

func (f *facts) ownAnnotations(a *alert.Alert) map[string]string {
	if len(f.alerts) == 1 {
		return nil
	}
	own := make(map[string]string)
	for k, v := range a.Annotations {
		if _, common := f.annotations[k]; !common {
			own[k] = v
		}
	}
	return own
}
