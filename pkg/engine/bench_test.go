package engine

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func BenchmarkDurable(b *testing.B) { benchmarkDurable(b, 0) }

// BenchmarkDurableAtFiftyMilliseconds has a provider that takes 50 ms: 64 lanes make 1,280 deliveries a second at most.
func BenchmarkDurableAtFiftyMilliseconds(b *testing.B) { benchmarkDurable(b, 50*time.Millisecond) }

// benchmarkDurable submits one-alert groups from 32 callers to 64 contact points with one chat each, without
// limits and folding, and waits until all are delivered by a provider that takes latency.
func benchmarkDurable(b *testing.B, latency time.Duration) {
	b.Helper()
	cfg := standard()
	account := cfg.Accounts["card"]
	account.Fold, account.InFlight = false, 64
	cfg.Accounts["card"] = account
	for i := range 64 {
		c := cfg.ContactPoints["card"]
		c.Name = fmt.Sprintf("cp-%d", i)
		c.Steps = []config.Step{{Notify: []config.Notify{{Account: "card", To: []sender.Target{{Kind: sender.TargetChat, Value: c.Name}}}}}}
		cfg.ContactPoints[c.Name] = c
	}
	var delivered atomic.Int64
	h := &house{cfg: cfg, robot: &fake{}, card: card{&fake{delay: latency}}}
	h.card.answer = func(sender.Op, string, int) error { delivered.Add(1); h.card.calls = h.card.calls[:0]; return nil }
	e, err := Open(b.Context(), Options{Dir: b.TempDir(), Types: h.types(), Load: func() (*config.Config, error) { return cfg, nil }, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	defer e.Close()
	var n atomic.Int64
	b.SetParallelism(16)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			key := fmt.Sprintf("k%d", i)
			_, err := e.Submit(b.Context(), core.Submission{
				Tenant: config.MainTenant, ContactPoint: fmt.Sprintf("cp-%d", i%64), Group: group(key, alert.Warning, alert.Firing, key),
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
	for delivered.Load() < n.Load() {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}
