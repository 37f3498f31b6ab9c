package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/alertmanager"
)

// beBare is what a handler without a store can do: decode, render with the same template, post, answer.
func beBare() error {
	handler, err := bareHandler(os.Getenv("BARE_CONFIG"))
	if err != nil {
		return err
	}
	server := &http.Server{Addr: os.Getenv("BARE_ADDRESS"), Handler: handler, ReadHeaderTimeout: time.Minute}
	return server.ListenAndServe()
}

func bareHandler(path string) (http.Handler, error) {
	cfg, err := config.Load(path, provider.Manifests(), config.Options{})
	if err != nil {
		return nil, err
	}
	templates, err := message.ParseTemplates()
	if err != nil {
		return nil, err
	}
	a := cfg.Accounts["feishu"]
	manifest, _ := provider.Find(a.Type)
	s, err := manifest.New(a.Settings, sender.Deps{})
	if err != nil {
		return nil, err
	}
	var n atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/alertmanager/{contact_point}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		g, err := alertmanager.Decode(body, cfg.Labels, cfg.Defaults)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c := cfg.ContactPoints[r.PathValue("contact_point")]
		msg := templates.Compose(g, message.Style{Language: c.Language, Location: c.Location}, message.ComposeOptions{Kind: message.GroupKind, Now: time.Now()})
		to := c.Steps[0].Notify[0].To[0]
		rendered, err := s.Render(r.Context(), sender.Draft{Message: msg, Target: to})
		if err == nil {
			_, err = s.Send(r.Context(), sender.Notification{Key: fmt.Sprintf("bare-%d", n.Add(1)), Target: to, Content: rendered.Parts[0]})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	return mux, nil
}

// side is one of the two that a storm is sent through.
type side struct {
	name string
	url  string
	// pids are the processes of the side.
	pids func() []int
	// callers post at once, if not as many as to the other side.
	callers int
}

// result is what a storm came to.
type result struct {
	rate     float64
	p95      time.Duration
	accepted time.Duration
	// cpu is the processor time of the side for each notification.
	cpu time.Duration
}

// blow posts n notifications and waits until the sandbox has all of them, each distinct.
func blow(b *testing.B, s side, sandbox *box, n, callers, points int, round string) result {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	defer client.CloseIdleConnections()
	before, cpu := sandbox.figures(b), cpuOf(s.pids())
	took := make([]time.Duration, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range callers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				at := time.Now()
				code, answer := post(b, client, fmt.Sprintf("%s/api/v1/alertmanager/cp-%d", s.url, i%points), notification(fmt.Sprintf("%s-%s-%d", s.name, round, i)))
				took[i] = time.Since(at)
				if code >= 300 || code == 0 {
					b.Errorf("%s answered %d: %s", s.name, code, answer)
				}
			}
		})
	}
	wg.Wait()
	accepted := time.Since(begin)
	want := before.DistinctContents + n
	for end := time.Now().Add(2 * time.Minute); ; {
		left := want - sandbox.figures(b).DistinctContents
		if left <= 0 {
			break
		}
		if time.Now().After(end) {
			b.Fatalf("%s: %d of %d arrived", s.name, n-left, n)
		}
		time.Sleep(untilNextLook(left))
	}
	total := time.Since(begin)
	spent := cpuOf(s.pids()) - cpu
	after := sandbox.figures(b)
	require.Equal(b, want, after.DistinctContents, "nothing arrives that was not sent")
	slices.Sort(took)
	return result{rate: float64(n) / total.Seconds(), p95: took[n*95/100], accepted: accepted, cpu: spent / time.Duration(n)}
}

// untilNextLook keeps those who wait for the last of a storm from taking part in it: the bare handler has nobody who looks.
func untilNextLook(left int) time.Duration {
	if left > 64 {
		return 20 * time.Millisecond
	}
	return time.Millisecond
}

// cpuOf is the processor time that processes have used, by /proc/PID/stat in ticks of 10 ms.
func cpuOf(pids []int) (total time.Duration) {
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		for _, i := range []int{11, 12} {
			ticks, err := strconv.Atoi(fields[i])
			if err == nil {
				total += time.Duration(ticks) * 10 * time.Millisecond
			}
		}
	}
	return total
}

func median[T int64 | float64 | time.Duration](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// startBoth starts a sandbox, yunluo and the bare handler, with the same configuration.
func startBoth(b *testing.B) (*box, side, side) {
	b.Helper()
	sandbox := startBox(b, stage.ModeCount)
	d := serve(b, b.TempDir(), sixtyFour(sandbox.url), "--log-level", "warn")
	self, err := os.Executable()
	require.NoError(b, err)
	address := freePort(b)
	handler := start(b, []string{roleVariable + "=bare", "BARE_ADDRESS=" + address, "BARE_CONFIG=" + d.config}, self)
	bare := side{name: "bare", url: "http://" + address, pids: func() []int { return []int{handler.cmd.Process.Pid} }}
	eventually(b, 20*time.Second, "the bare handler answers", func() bool {
		req := httptest.NewRequestWithContext(context.Background(), http.MethodGet, bare.url+"/readyz", nil)
		req.RequestURI = ""
		res, err := http.DefaultClient.Do(req) //nolint:forbidigo // a test asks its own process
		if err != nil {
			return false
		}
		return res.Body.Close() == nil
	})
	return sandbox, side{name: "durable", url: d.url, pids: func() []int { return []int{d.cmd.Process.Pid, d.core()} }}, bare
}

// compare sends storms through both sides in turn, three rounds, and reports the medians.
func compare(b *testing.B, sandbox *box, durable, bare side, n, callers, points int) {
	b.Helper()
	// One small storm each opens connections and fetches the token.
	for _, s := range []side{durable, bare} {
		blow(b, s, sandbox, 200, max(callers, s.callers), points, "warm")
	}
	rates, p95 := map[string][]float64{}, map[string][]time.Duration{}
	b.ResetTimer()
	for range b.N {
		for round := range 3 {
			for _, s := range []side{durable, bare} {
				r := blow(b, s, sandbox, n, max(callers, s.callers), points, fmt.Sprintf("%d-%d", b.N, round))
				rates[s.name] = append(rates[s.name], r.rate)
				p95[s.name] = append(p95[s.name], r.p95)
				b.Logf("%-8s round %d: %.0f/s, accept p95 %s, all accepted after %s, %s of processor each", s.name, round+1, r.rate,
					r.p95.Round(100*time.Microsecond), r.accepted.Round(time.Millisecond), r.cpu.Round(time.Microsecond))
			}
		}
	}
	b.ReportMetric(median(rates["durable"]), "durable/s")
	b.ReportMetric(median(rates["bare"]), "bare/s")
	b.ReportMetric(median(rates["durable"])/median(rates["bare"]), "ratio")
	b.ReportMetric(float64(median(p95["durable"]).Microseconds())/1000, "durable-p95-ms")
	b.ReportMetric(float64(median(p95["bare"]).Microseconds())/1000, "bare-p95-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkStorm is 3,000 notifications at concurrency 32 to 64 contact points.
func BenchmarkStorm(b *testing.B) {
	sandbox, durable, bare := startBoth(b)
	compare(b, sandbox, durable, bare, *storm, 32, 64)
}

// BenchmarkStormAtFiftyMilliseconds has a provider that takes 50 ms, and 64 sends at once on both sides.
func BenchmarkStormAtFiftyMilliseconds(b *testing.B) {
	sandbox, durable, bare := startBoth(b)
	sandbox.faults(b, stage.Fault{Provider: "feishu", Endpoint: "send", Kind: stage.FaultSlow, DelayMS: 50})
	// The bare handler sends while its caller waits, so it needs 64 callers for 64 sends; the durable side has
	// 64 lanes whatever its callers do.
	bare.callers = 64
	compare(b, sandbox, durable, bare, *storm, 32, 64)
}

// BenchmarkOneContactPoint sends everything to one contact point with one chat.
func BenchmarkOneContactPoint(b *testing.B) {
	sandbox, durable, bare := startBoth(b)
	compare(b, sandbox, durable, bare, *storm, 32, 1)
}
