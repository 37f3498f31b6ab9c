package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// urgentChats is a configuration of contact points that call a person about what is critical.
func urgentChats(sandboxURL string, points int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "defaults: {fold: false}\naccounts:\n  feishu:\n    type: feishu_app\n    app_id: cli_demo\n    app_secret: secret\n"+
		"    base_url: %s\n    limits: none\npeople:\n  - {name: lilei, email: lilei@example.com, mobile: \"+8613800000001\"}\ncontact_points:\n", sandboxURL)
	for i := range points {
		fmt.Fprintf(&b, "  - {name: cp-%d, steps: [{notify: [{account: feishu, to: [\"chat:oc_bench%d\"], mention: [\"person:lilei\"], urgent: {critical: phone}}]}]}\n", i, i)
	}
	return b.String()
}

// keyed asks that each of the names arrived in a message of its own, once, and that nobody was called twice about it.
func keyed(t *testing.T, b *box, want int) {
	t.Helper()
	eventually(t, 2*time.Minute, "everything accepted arrives", func() bool { return b.figures(t).DistinctContents >= want })
	f := b.figures(t)
	require.Equal(t, want, f.DistinctContents)
	require.EqualValues(t, want, f.Messages, "no message twice: the provider knows its key")
	for _, m := range b.messages(t, "") {
		calls := 0
		for _, u := range m.Urgents {
			if u.Mode == "phone" {
				calls++
			}
		}
		require.LessOrEqual(t, calls, 1, "somebody was called twice about message %s", m.ID)
	}
}

// TestEveryFailpointOnce kills the core after each commit point, once, and asks that nothing is lost or doubled.
func TestEveryFailpointOnce(t *testing.T) {
	points := []engine.Point{
		engine.PointAccepted, engine.PointLeased, engine.PointRequestStored, engine.PointAnswerRead, engine.PointOutcomeStored,
	}
	for _, point := range points {
		counts := []int{1, 2}
		if point == engine.PointLeased {
			// One lease may serve everything that this test sends.
			counts = counts[:1]
		}
		for _, count := range counts {
			t.Run(fmt.Sprintf("%s-%d", point, count), func(t *testing.T) {
				killAt(t, point, count)
			})
		}
	}
}

func killAt(t *testing.T, point engine.Point, count int) {
	t.Helper()
	b := startBox(t, stage.ModeFull)
	dir := t.TempDir()
	path, marker := filepath.Join(dir, "yunluo.yaml"), filepath.Join(dir, "killed")
	require.NoError(t, os.WriteFile(path, []byte(urgentChats(b.url, 1)), 0o600))
	self, err := os.Executable()
	require.NoError(t, err)
	c := corerpc.Supervise(corerpc.LaunchOptions{Path: self, Build: "e2e", Env: []string{
		roleVariable + "=core", "YUNLUO_E2E_CONFIG=" + path, "YUNLUO_E2E_STORE=" + filepath.Join(dir, "store"),
		fmt.Sprintf("YUNLUO_E2E_FAILPOINT=%s:%d:%s", point, count, marker),
	}})
	defer c.Close()
	const n = 3
	for i := range n {
		name := fmt.Sprintf("alert-%d", i)
		g := alert.Group{
			Source: "default", Kind: "api", Key: name, Status: alert.Firing,
			Alerts: []alert.Alert{{Fingerprint: name, Status: alert.Firing, Severity: alert.Critical, StartsAt: time.Now(), Labels: map[string]string{"alertname": name}}},
		}
		eventually(t, time.Minute, "it is accepted", func() bool {
			_, err := c.Submit(t.Context(), core.Submission{Tenant: config.MainTenant, ContactPoint: "cp-0", Group: g})
			require.True(t, err == nil || errors.Is(err, core.ErrUnreachable), "%v", err)
			return err == nil
		})
	}
	keyed(t, b, n)
	require.FileExists(t, marker, "the core was never killed at this point")
}

// TestDrill kills core or host at a random moment during 2,000 submits.
func TestDrill(t *testing.T) {
	for run := range *drillRuns {
		seed := time.Now().UnixNano()
		t.Run(fmt.Sprintf("run-%d", run), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), uint64(run)))
			host, after := r.IntN(2) == 0, time.Duration(20+r.IntN(1500))*time.Millisecond
			t.Logf("seed %d: kill the %s after %s", seed, map[bool]string{true: "host", false: "core"}[host], after)
			drill(t, host, after)
		})
	}
}

const (
	drillSubmits = 2000
	drillCallers = 16
)

func drill(t *testing.T, host bool, after time.Duration) {
	t.Helper()
	b := startBox(t, stage.ModeFull)
	d := serve(t, t.TempDir(), urgentChats(b.url, 16), "--log-level", "warn")
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: drillCallers}}
	var next, done atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range drillCallers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= drillSubmits {
					return
				}
				submit(t, client, d, i)
				done.Add(1)
			}
		})
	}
	// A crash in the first moments finds more under way than one at the end, whose submits are over.
	eventually(t, time.Minute, "the moment of the crash", func() bool { return time.Since(begin) > after || done.Load() > drillSubmits*9/10 })
	if host {
		orphan := d.core()
		d.kill()
		eventually(t, 30*time.Second, "the core of a killed host ends", func() bool { return syscall.Kill(orphan, 0) != nil })
		d.run()
	} else {
		require.NoError(t, syscall.Kill(d.core(), syscall.SIGKILL))
	}
	wg.Wait()
	keyed(t, b, drillSubmits)
}

// submit posts one notification until it is accepted, as a source that lives through a crash does. Every
// fiftieth is critical.
func submit(t *testing.T, client *http.Client, d *daemon, i int) {
	t.Helper()
	body := notification(fmt.Sprintf("drill-%d", i))
	if i%50 == 0 {
		body = []byte(strings.ReplaceAll(string(body), `"severity":"warning"`, `"severity":"critical"`))
	}
	for end := time.Now().Add(time.Minute); ; {
		code, answer := post(t, client, fmt.Sprintf("%s/api/v1/alertmanager/cp-%d", d.url, i%16), body)
		if code/100 == 2 {
			return
		}
		if code != 0 && code != http.StatusServiceUnavailable || time.Now().After(end) {
			t.Errorf("notification %d: %d %s", i, code, answer)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
