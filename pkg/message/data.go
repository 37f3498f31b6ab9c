package message

import (
	"github.com/prometheus/alertmanager/template"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Data is the dot of the templates for title and summary: Alertmanager's own data
// (https://prometheus.io/docs/alerting/latest/notifications/#data), and what Yunluo knows besides.
type Data struct {
	template.Data
	// Name is what happened, Where is where the only alert is, Text is what all alerts say.
	Name, Where, Text string
	// Severity is one of critical, high, warning, info and none; SeverityText words it.
	Severity, SeverityText string
	// Kind is the system that sent the group, Source its configured name.
	Kind, Source string
	// Truncated counts the alerts that the source left out.
	Truncated int
	// Test tells that a person sent it to try the way.
	Test bool
	// PublicURL is where people reach Yunluo; may be empty.
	PublicURL string
}

// ItemData is the dot of the templates for one alert's title and text: Alertmanager's alert, and what
// its group has under the same names as in Data. Alerts has this one alert only.
type ItemData struct {
	template.Alert
	Alerts                                    template.Alerts
	GroupLabels, CommonLabels                 template.KV
	CommonAnnotations, RouteLabels            template.KV
	Receiver, ExternalURL, NotificationReason string
	Name, Text, Value, Severity, SeverityText string
	Kind, Source, PublicURL                   string
	Test                                      bool
	// Group is the data of the whole group.
	Group *Data
}

func (r *rendering) groupData() *Data {
	if r.data != nil {
		return r.data
	}
	g, f := r.facts.group, r.facts
	severity := g.Severity()
	d := &Data{
		Data: template.Data{
			Receiver: g.Receiver, Status: string(f.status()), Alerts: make(template.Alerts, len(g.Alerts)),
			GroupLabels: kv(g.GroupLabels), CommonLabels: kv(g.CommonLabels), CommonAnnotations: kv(g.CommonAnnotations),
			RouteLabels: template.KV{}, ExternalURL: g.ExternalURL,
		},
		Name: f.name(), Where: f.where(), Text: f.text(),
		Severity: severity.String(), SeverityText: severityWord(severity, r.style.Language),
		Kind: g.Kind, Source: g.Source, Truncated: max(g.Truncated, 0), Test: f.test, PublicURL: r.opts.PublicURL,
	}
	for i := range g.Alerts {
		d.Alerts[i] = alertData(&g.Alerts[i])
	}
	r.data = d
	return d
}

func (r *rendering) itemData(a *alert.Alert, title, text string) *ItemData {
	d := r.groupData()
	one := alertData(a)
	return &ItemData{
		Alert: one, Alerts: template.Alerts{one},
		GroupLabels: d.GroupLabels, CommonLabels: d.CommonLabels, CommonAnnotations: d.CommonAnnotations, RouteLabels: d.RouteLabels,
		Receiver: d.Receiver, ExternalURL: d.ExternalURL,
		Name: title, Text: text, Value: a.Value,
		Severity: a.Severity.String(), SeverityText: severityWord(a.Severity, r.style.Language),
		Kind: d.Kind, Source: d.Source, PublicURL: d.PublicURL, Test: d.Test, Group: d,
	}
}

func alertData(a *alert.Alert) template.Alert {
	status := alert.Resolved
	if a.Status == alert.Firing {
		status = alert.Firing
	}
	return template.Alert{
		Status: string(status), Labels: kv(a.Labels), Annotations: kv(a.Annotations),
		StartsAt: a.StartsAt, EndsAt: a.EndsAt, GeneratorURL: a.GeneratorURL, Fingerprint: a.Fingerprint,
	}
}

func kv(m map[string]string) template.KV {
	if m == nil {
		return template.KV{}
	}
	return m
}

// sampleGroup has what a template may meet: it is what Check tries them on.
func sampleGroup() alert.Group {
	labels := map[string]string{"alertname": "Sample", "severity": "critical", "instance": "host:9100", "job": "node"}
	annotations := map[string]string{"summary": "summary", "description": "description", "runbook_url": "https://example.com"}
	a := alert.Alert{Fingerprint: "1", Status: alert.Firing, Severity: alert.Critical, Labels: labels, Annotations: annotations, Value: "1"}
	b := a
	b.Fingerprint, b.Status = "2", alert.Resolved
	return alert.Group{
		Source: "sample", Kind: "alertmanager", Key: "k", Receiver: "sample", Status: alert.Firing, Alerts: []alert.Alert{a, b},
		GroupLabels: labels, CommonLabels: labels, CommonAnnotations: annotations, ExternalURL: "https://example.com",
	}
}

func sampleStyle(l lang.Language) Style { return Style{Language: l} }
