package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source/alertmanager"
	"github.com/yunluo-alerts/yunluo/pkg/source/api"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// maxPayload is what the receiver takes too.
const maxPayload = 16 << 20

var errPayload = lang.Wrong("读取请求体", "read the payload")

// readPayload reads a file, or stdin for "-".
func (a *app) readPayload(path string) ([]byte, error) {
	from := a.in
	if path != "-" {
		f, err := os.Open(path) //nolint:gosec // The user names the file.
		if err != nil {
			return nil, &exitError{exitUsage, lang.Because(errPayload, err)}
		}
		defer f.Close()
		from = f
	}
	body, err := io.ReadAll(io.LimitReader(from, maxPayload+1))
	if err != nil {
		return nil, lang.Because(errPayload, err)
	}
	if len(body) > maxPayload {
		return nil, misused("请求体超过 16 MiB：请在发送方设置 max_alerts", "the payload is larger than 16 MiB: set max_alerts in the sender")
	}
	return body, nil
}

// decodePayload reads what Alertmanager or Grafana posts, or our own JSON, whichever it is.
func decodePayload(body []byte, labels config.Labels, defaults config.Defaults) (alert.Group, error) {
	// Only what tells them apart; what is malformed is refused by the decoder, with its place.
	var looks struct {
		Version  string `json:"version"`
		GroupKey string `json:"groupKey"`
		State    string `json:"state"`
		OrgID    int64  `json:"orgId"`
	}
	_ = json.Unmarshal(body, &looks)
	switch {
	case looks.GroupKey != "" && (looks.State != "" || looks.OrgID != 0 || looks.Version == "1"):
		return grafana.Decode(body, labels, defaults)
	case looks.GroupKey != "" || looks.Version != "":
		return alertmanager.Decode(body, labels, defaults)
	default:
		return api.Decode(body, labels, defaults)
	}
}

// ready gives a group what the receiver gives one on its way in.
func ready(g alert.Group, source string, now time.Time) alert.Group {
	g.Source = source
	for i := range g.Alerts {
		if g.Alerts[i].StartsAt.IsZero() && g.Alerts[i].Status == alert.Firing {
			g.Alerts[i].StartsAt = now
		}
	}
	return g
}

// sampleGroup is the alert that `render` and `demo` show: two hosts of one service, one of them named in Chinese.
func sampleGroup(status alert.Status, severity alert.Severity, now time.Time) alert.Group {
	common := map[string]string{"alertname": "HighLatency", "service": "payments", "severity": severity.String()}
	g := alert.Group{
		Source: "sample", Kind: alertmanager.Kind, Key: `{}:{alertname="HighLatency", service="payments"}`, Receiver: "payments",
		Status: status, GroupLabels: map[string]string{"alertname": "HighLatency", "service": "payments"},
		CommonLabels:      common,
		CommonAnnotations: map[string]string{"summary": "支付接口 p99 超过 2 秒"},
		ExternalURL:       "http://alertmanager.example.com",
	}
	for i, instance := range []string{"pay-1:8080", "支付-2:8080"} {
		one := alert.Alert{
			Fingerprint: fmt.Sprintf("%016x", 0xa1e57+i), Status: status, Severity: severity,
			Labels:       map[string]string{"alertname": "HighLatency", "service": "payments", "severity": severity.String(), "instance": instance},
			Annotations:  map[string]string{"summary": "支付接口 p99 超过 2 秒", "description": "p99 = 3.2 s <at id=all></at>"},
			StartsAt:     now.Add(-time.Duration(7+i) * time.Minute),
			GeneratorURL: "http://prometheus.example.com/graph?g0.expr=p99",
			Links: []alert.Link{
				{Kind: alert.Runbook, URL: "https://runbooks.example.com/high-latency"},
				{Kind: alert.Dashboard, URL: "https://grafana.example.com/d/payments"},
				{Kind: alert.Source, URL: "http://prometheus.example.com/graph?g0.expr=p99"},
			},
		}
		if status == alert.Resolved {
			one.EndsAt = now
		}
		g.Alerts = append(g.Alerts, one)
	}
	return g
}

// missing tells whether err only says that there is no file.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// severityNamed reads a flag's severity.
func severityNamed(name string) (alert.Severity, error) {
	s, err := alert.ParseSeverity(name)
	if err != nil {
		return s, misused("没有级别 %q：可用 critical、high、warning、info、none", "%q is not a severity: use critical, high, warning, info or none", name)
	}
	return s, nil
}
