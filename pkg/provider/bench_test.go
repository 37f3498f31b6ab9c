package provider_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/template"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// BenchmarkGroupOf10 takes a group of ten alerts to the bytes of a request: once as Alertmanager does for Slack with its
// default templates, then for every type. "x-alertmanager" is how many times as long a type takes; it is to be 2 at most.
func BenchmarkGroupOf10(b *testing.B) {
	g := groupOf10()
	var baseline float64
	perOp := func(b *testing.B) float64 { b.Helper(); return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }
	b.Run("alertmanager-slack", func(b *testing.B) {
		slack := alertmanagerSlack(b, g)
		b.ReportAllocs()
		for b.Loop() {
			slack()
		}
		baseline = perOp(b)
	})
	templates, err := message.ParseTemplates()
	require.NoError(b, err)
	for _, m := range provider.Manifests() {
		b.Run(m.Type, func(b *testing.B) {
			s, to := accountOf(b, m)
			b.ReportAllocs()
			for b.Loop() {
				msg := templates.Compose(g, message.Style{Language: lang.Chinese, Location: time.UTC}, message.ComposeOptions{Kind: message.GroupKind, Now: g.Alerts[0].StartsAt})
				if _, err := s.Render(b.Context(), sender.Draft{Message: msg, Target: to}); err != nil {
					b.Fatal(err)
				}
			}
			if baseline > 0 {
				b.ReportMetric(perOp(b)/baseline, "x-alertmanager")
			}
		})
	}
}

func groupOf10() alert.Group {
	g := alert.Group{
		Source: "prod", Kind: "alertmanager", Key: "k", Status: alert.Firing, ExternalURL: "http://alertmanager:9093", Receiver: "payments",
		GroupLabels: map[string]string{"alertname": "HighErrorRate", "cluster": "prod-1"},
	}
	for i := range 10 {
		labels := map[string]string{"instance": fmt.Sprintf("10.0.0.%d:9100", i)}
		for _, l := range []string{"alertname", "cluster", "namespace", "job", "team", "service", "severity"} {
			labels[l] = l + "-value"
		}
		g.Alerts = append(g.Alerts, alert.Alert{
			Fingerprint: fmt.Sprintf("%016x", i), Status: alert.Firing, Severity: alert.Critical, Labels: labels,
			Annotations:  map[string]string{"summary": "支付接口错误率超过 5%", "description": fmt.Sprintf("实例 %d 持续 5 分钟", i), "runbook_url": "https://run.example.com/errors"},
			StartsAt:     time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
			GeneratorURL: "http://prometheus:9090/graph?g0.expr=up",
		})
	}
	return g
}

// alertmanagerSlack makes the fields of a Slack message as Alertmanager's notifier does, and encodes them.
// https://github.com/prometheus/alertmanager/blob/v0.34.2/notify/slack/slack.go
func alertmanagerSlack(b *testing.B, g alert.Group) func() {
	b.Helper()
	t, err := template.FromGlobs(nil)
	require.NoError(b, err)
	data := &template.Data{
		Receiver: g.Receiver, Status: string(g.Status), ExternalURL: g.ExternalURL, GroupLabels: template.KV(g.GroupLabels),
		CommonLabels: template.KV{}, CommonAnnotations: template.KV{},
	}
	for _, a := range g.Alerts {
		data.Alerts = append(data.Alerts, template.Alert{
			Status: string(a.Status), Labels: template.KV(a.Labels), Annotations: template.KV(a.Annotations), StartsAt: a.StartsAt,
			GeneratorURL: a.GeneratorURL, Fingerprint: a.Fingerprint,
		})
	}
	// DefaultSlackConfig in config/notifiers.go.
	fields := []string{"color", "title", "titlelink", "pretext", "text", "fallback", "callbackid", "footer", "username", "iconemoji", "iconurl"}
	return func() {
		out := make(map[string]string, len(fields))
		for _, name := range fields {
			if out[name], err = t.ExecuteTextString(`{{ template "slack.default.`+name+`" . }}`, data); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := json.Marshal(out); err != nil {
			b.Fatal(err)
		}
	}
}

// accountOf makes a sender of the account by which a type reaches the sandbox, and whom it reaches there.
func accountOf(tb testing.TB, m sender.Manifest) (sender.Sender, sender.Target) {
	tb.Helper()
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(tb, err)
	for _, a := range box.Accounts() {
		if a.Type != m.Type {
			continue
		}
		s := sender.Settings{Account: a.Name, BaseURL: m.BaseURL, Timeout: time.Second, Values: map[string]string{}, Secrets: map[string]secret.Value{}}
		fill := strings.NewReplacer("{url}", "http://sandbox.test", "{host}", "sandbox.test", "{smtp}", "sandbox.test:25")
		for _, f := range m.Fields {
			if f.Default != "" && !f.Secret {
				s.Values[f.Name] = f.Default
			}
		}
		for _, set := range a.Settings {
			value := fill.Replace(set.Value)
			switch {
			case set.Name == "base_url":
				s.BaseURL = value
			case isSecret(m, set.Name):
				s.Secrets[set.Name] = secret.New(value)
			default:
				s.Values[set.Name] = value
			}
		}
		made, err := m.New(s, sender.Deps{Transport: box.Transport()})
		require.NoError(tb, err)
		var to sender.Target
		if len(a.To) > 0 {
			to = sender.ParseTarget(a.To[0])
		}
		if to.Kind == sender.TargetPerson {
			to.Person = &sender.Person{Name: to.Value, Title: "李雷", Email: "lilei@example.com", Mobile: "+8613800000001"}
		}
		return made, to
	}
	tb.Fatalf("the sandbox plays nothing for %s", m.Type)
	return nil, sender.Target{}
}

func isSecret(m sender.Manifest, name string) bool {
	for _, f := range m.Fields {
		if f.Name == name {
			return f.Secret
		}
	}
	return false
}
