package message

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
)

func benchGroup(n int) alert.Group {
	g := alert.Group{Source: "prod", Kind: "alertmanager", Key: "k", Status: alert.Firing, ExternalURL: "http://am:9093", GroupLabels: map[string]string{"alertname": "HighCPU", "cluster": "c1"}}
	for i := range n {
		a := one("HighCPU", fmt.Sprintf("host-%d:9100", i), alert.Firing, alert.Critical)
		for _, l := range []string{"cluster", "namespace", "job", "team", "service", "severity"} {
			a.Labels[l] = l + "-value"
		}
		a.Annotations = map[string]string{"summary": "CPU above 90 %", "description": fmt.Sprintf("host %d has been busy", i), "runbook_url": "https://run.example.com/cpu"}
		a.GeneratorURL = "http://prom.example/graph?g0.expr=up"
		g.Alerts = append(g.Alerts, a)
	}
	return g
}

func BenchmarkCompose(b *testing.B) {
	tm := parsed(b)
	for _, n := range []int{1, 10} {
		g := benchGroup(n)
		b.Run(fmt.Sprintf("default/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tm.Compose(g, Style{}, ComposeOptions{Now: now()})
			}
		})
		s := Style{Title: `{{ template "yunluo.zh.title" . }}`, Summary: `{{ template "slack.default.title" . }}`, ItemText: `{{ .Annotations.description }}`}
		b.Run(fmt.Sprintf("templates/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tm.Compose(g, s, ComposeOptions{Now: now()})
			}
		})
	}
}

func BenchmarkFit(b *testing.B) {
	for _, n := range []int{10, 1000} {
		m := parsed(b).Compose(benchGroup(n), Style{}, ComposeOptions{Now: now()})
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := Fit(m, Limit{Max: 3000}, runeSize); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseTemplates(b *testing.B) {
	for b.Loop() {
		if _, err := ParseTemplates(); err != nil {
			b.Fatal(err)
		}
	}
}
