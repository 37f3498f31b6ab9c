package corerpc

import (
	"testing"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// oneAlert is a group as Alertmanager sends it: one alert, eight labels, two annotations.
func oneAlert() core.Submission {
	labels := map[string]string{
		"alertname": "DiskFull", "severity": "critical", "instance": "db-1.example.com:9100", "job": "node",
		"cluster": "cn-north-1", "team": "payments", "mountpoint": "/var/lib/postgresql", "device": "/dev/nvme0n1p1",
	}
	annotations := map[string]string{
		"summary":     "磁盘将满：db-1 上 /var/lib/postgresql 只剩 3%",
		"runbook_url": "https://wiki.example.com/runbooks/disk-full",
	}
	return core.Submission{Tenant: "main", ContactPoint: "echo", Group: alert.Group{
		Source: "default", Kind: "alertmanager", Key: `{}:{alertname="DiskFull"}`, Receiver: "payments", Status: alert.Firing,
		GroupLabels: map[string]string{"alertname": "DiskFull"}, CommonLabels: labels, CommonAnnotations: annotations,
		ExternalURL: "http://alertmanager.example.com:9093",
		Alerts: []alert.Alert{{
			Fingerprint: "c6a7f8b0d1e2f304", Status: alert.Firing, Severity: alert.Critical, Labels: labels, Annotations: annotations,
			StartsAt: time.Unix(1763800000, 123456789).UTC(), GeneratorURL: "http://prometheus.example.com:9090/graph?g0.expr=x",
		}},
	}}
}

// BenchmarkSubmitOverTheSocket is the boundary's share of a submit: one alert, a core that does
// nothing, one connection over a unix socket, both ends in this process.
func BenchmarkSubmitOverTheSocket(b *testing.B) {
	address := Address(b.TempDir() + "/c")
	serve(b, &fakeCore{}, address, nil)
	c := attach(b, address, AttachOptions{})
	sub := oneAlert()
	b.Run("one after another", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Submit(b.Context(), sub); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("32 at once", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(16) // Times two processors.
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := c.Submit(b.Context(), sub); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkSubmitToAChild is the same against a launched core: two processes and AutoMTLS.
func BenchmarkSubmitToAChild(b *testing.B) {
	l := launch(b, asRole(b, "plugin"))
	sub := oneAlert()
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := l.Submit(b.Context(), sub); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
