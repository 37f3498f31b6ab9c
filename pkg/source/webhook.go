package source

import (
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Webhook is the body of Alertmanager's webhook (version 4), together with what Grafana, whose
// alerting is an Alertmanager too, adds to it (version 1).
// See https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
type Webhook struct {
	Version           string            `json:"version"`
	GroupKey          string            `json:"groupKey"`
	Receiver          string            `json:"receiver"`
	Status            string            `json:"status"`
	Alerts            []WebhookAlert    `json:"alerts"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
	TruncatedAlerts   int               `json:"truncatedAlerts"`
	// Title and State are Grafana's own; they tell its body from Alertmanager's.
	Title string `json:"title"`
	State string `json:"state"`
}

// WebhookAlert is one alert of a Webhook. The fields from SilenceURL on are Grafana's.
type WebhookAlert struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     string            `json:"startsAt"`
	EndsAt       string            `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
	SilenceURL   string            `json:"silenceURL"`
	DashboardURL string            `json:"dashboardURL"`
	PanelURL     string            `json:"panelURL"`
	Values       map[string]any    `json:"values"`
	ValueString  string            `json:"valueString"`
}

// Reading is how a system's webhook becomes a group.
type Reading struct {
	// Kind is the group's; System is the name used in sentences.
	Kind, System string
	Labels       config.Labels
	Defaults     config.Defaults
	// Expected says what the path takes, for a body that is something else.
	Expected lang.Text
	// Check refuses the body of another system.
	Check func(w *Webhook) error
	// Finish adds what only this system knows of an alert.
	Finish func(w *Webhook, from *WebhookAlert, to *alert.Alert)
}

// Decode reads a body and translates it. Fields that newer versions add are ignored. Its errors are *Error.
func (r Reading) Decode(body []byte) (alert.Group, error) {
	var w Webhook
	if err := Unmarshal(body, &w, r.Expected); err != nil {
		return alert.Group{}, err
	}
	if err := r.Check(&w); err != nil {
		return alert.Group{}, err
	}
	return w.group(r)
}

func (w *Webhook) group(r Reading) (alert.Group, error) {
	if w.GroupKey == "" {
		return alert.Group{}, Invalid(
			"缺少 groupKey：这不是 "+r.System+" 的 webhook 请求体；请让它原样发送，自己的脚本请改用 /api/v1/alerts/{联络点}",
			"groupKey is missing: this is not the body of "+r.System+"'s webhook; let it post here unchanged, and post from your own scripts to /api/v1/alerts/{contact_point}")
	}
	if len(w.Alerts) == 0 {
		return alert.Group{}, Invalid(
			"alerts 为空："+r.System+" 的通知至少有一条告警；若经过中转，请原样转发",
			"alerts is empty: a notification of "+r.System+" has at least one; if something is in between, let it pass the body on unchanged")
	}
	g := alert.Group{
		Kind: r.Kind, Key: w.GroupKey, Receiver: w.Receiver, Status: alert.Resolved,
		Alerts:      make([]alert.Alert, len(w.Alerts)),
		GroupLabels: w.GroupLabels, CommonLabels: w.CommonLabels, CommonAnnotations: w.CommonAnnotations,
		ExternalURL: w.ExternalURL, Truncated: max(w.TruncatedAlerts, 0),
	}
	for i := range w.Alerts {
		if err := w.alert(i, r, &g.Alerts[i]); err != nil {
			return alert.Group{}, err
		}
		if g.Alerts[i].Status == alert.Firing {
			g.Status = alert.Firing
		}
	}
	return g, nil
}

func (w *Webhook) alert(i int, r Reading, to *alert.Alert) error {
	from := &w.Alerts[i]
	status, err := w.status(i)
	if err != nil {
		return err
	}
	starts, err := webhookTime(i, "startsAt", from.StartsAt)
	if err != nil {
		return err
	}
	ends, err := webhookTime(i, "endsAt", from.EndsAt)
	if err != nil {
		return err
	}
	if status == alert.Firing {
		ends = time.Time{}
	}
	*to = alert.Alert{
		Fingerprint: from.Fingerprint, Status: status,
		Severity: Severity(from.Labels, r.Labels, r.Defaults.Severity),
		Labels:   from.Labels, Annotations: from.Annotations,
		StartsAt: starts, EndsAt: ends, GeneratorURL: from.GeneratorURL,
	}
	if to.Fingerprint == "" {
		to.Fingerprint = Fingerprint(from.Labels)
	}
	r.Finish(w, from, to)
	return nil
}

// status is the alert's own; a body that leaves it out means the group's.
func (w *Webhook) status(i int) (alert.Status, error) {
	value := w.Alerts[i].Status
	if value == "" {
		value = w.Status
	}
	switch alert.Status(strings.ToLower(value)) {
	case alert.Firing:
		return alert.Firing, nil
	case alert.Resolved:
		return alert.Resolved, nil
	default:
		return "", Invalid(
			"alerts["+strconv.Itoa(i)+"].status 是 "+Quote(value)+"，应为 firing 或 resolved",
			"alerts["+strconv.Itoa(i)+"].status is "+Quote(value)+" and should be firing or resolved")
	}
}

func webhookTime(i int, field, value string) (time.Time, error) {
	t, ok := ParseTime(value)
	if ok {
		return t, nil
	}
	return t, Invalid(
		"alerts["+strconv.Itoa(i)+"]."+field+" 是 "+Quote(value)+"，应为 RFC 3339 时间，如 2026-11-22T20:46:17Z",
		"alerts["+strconv.Itoa(i)+"]."+field+" is "+Quote(value)+" and should be an RFC 3339 time such as 2026-11-22T20:46:17Z")
}
