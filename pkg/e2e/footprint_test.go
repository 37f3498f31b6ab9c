package e2e

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// resident is how much memory of a process is resident, in MiB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(b, err)
	for line := range strings.Lines(string(raw)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	b.Fatalf("no VmRSS of process %d", pid)
	return 0
}

// BenchmarkIdle is what yunluo takes after a minute of nothing, and how long it takes to be ready on the store it has.
func BenchmarkIdle(b *testing.B) {
	sandbox := startBox(b, stage.ModeCount)
	dir := b.TempDir()
	d := serve(b, dir, sixtyFour(sandbox.url), "--log-level", "warn")
	code, answer := post(b, &http.Client{Timeout: time.Minute}, d.url+"/api/v1/alertmanager/cp-0?wait=5s", notification("once"))
	require.Equal(b, http.StatusOK, code, answer)
	var ready []time.Duration
	for range 5 {
		d.stop(b)
		at := time.Now()
		d.run()
		ready = append(ready, time.Since(at))
	}
	time.Sleep(*idle)
	b.ReportMetric(resident(b, d.cmd.Process.Pid), "serve-MiB")
	b.ReportMetric(resident(b, d.core()), "core-MiB")
	b.ReportMetric(float64(median(ready).Milliseconds()), "ready-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkBacklog is what the core takes with 100,000 deliveries that wait for a provider that is down.
func BenchmarkBacklog(b *testing.B) {
	sandbox := startBox(b, stage.ModeCount)
	sandbox.faults(b, stage.Fault{Kind: stage.FaultStatus, Status: http.StatusServiceUnavailable})
	d := serve(b, b.TempDir(), sixtyFour(sandbox.url), "--log-level", "error")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(*backlog); i = next.Add(1) {
				code, answer := post(b, client, fmt.Sprintf("%s/api/v1/alertmanager/cp-%d", d.url, i%64), notification(fmt.Sprintf("backlog-%d", i)))
				if code != http.StatusAccepted {
					b.Errorf("%d: %s", code, answer)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(resident(b, d.core()), "core-MiB")
	b.ReportMetric(resident(b, d.cmd.Process.Pid), "serve-MiB")
	b.ReportMetric(0, "ns/op")
}
