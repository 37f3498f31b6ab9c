package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// small mounts a file system of a few MiB, which only root may do.
func small(t *testing.T, dir, size string) bool {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=0700")
	if errors.Is(err, syscall.EPERM) {
		t.Log("not root: only the page limit of an engine in this process was tried")
		return false
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return true
}

// TestAFullStoreRefusesAndKeeps fills the pages that a store may have, which needs no rights.
func TestAFullStoreRefusesAndKeeps(t *testing.T) {
	t.Parallel()
	b, dir := startBox(t, stage.ModeFull), t.TempDir()
	b.faults(t, stage.Fault{Kind: stage.FaultStatus, Status: 503})
	path := filepath.Join(dir, "yunluo.yaml")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, plainYunluo, b.url), 0o600))
	open := func(pages int) *engine.Engine {
		e, err := engine.Open(t.Context(), engine.Options{
			Dir: filepath.Join(dir, "store"), Types: provider.Manifests(), ConfigPath: path, Build: "e2e", MaxPages: pages,
			Load: func() (*config.Config, error) { return config.Load(path, provider.Manifests(), config.Options{}) },
		})
		require.NoError(t, err)
		return e
	}
	e := open(200)
	var accepted []string
	var err error
	for i := 0; err == nil; i++ {
		require.Less(t, i, 5000, "the store never gets full")
		name := fmt.Sprintf("Page%04d.", i)
		if _, err = e.Submit(t.Context(), core.Submission{Tenant: config.MainTenant, ContactPoint: "quiet", Group: alert.Group{
			Source: "default", Kind: "api", Key: name, Status: alert.Firing, Alerts: []alert.Alert{{
				Fingerprint: name, Status: alert.Firing, Severity: alert.Info, StartsAt: time.Now(),
				Labels: map[string]string{"alertname": name}, Annotations: map[string]string{"description": strings.Repeat("长", 500)},
			}},
		}}); err == nil {
			accepted = append(accepted, name)
		}
	}
	require.ErrorIs(t, err, core.ErrStore)
	require.ErrorContains(t, err, "full")
	require.NoError(t, e.Close())

	b.faults(t)
	e = open(0)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	eventually(t, 2*patience, "what was accepted arrives", func() bool { return b.figures(t).Messages >= int64(len(accepted)) })
	require.Equal(t, len(accepted), b.figures(t).DistinctKeys)
}

// readiness is what /readyz says.
func (d *daemon) readiness() (status int, problems []lang.Text) {
	d.t.Helper()
	a := ask(d.t, http.MethodGet, d.url+"/readyz", nil, "Accept", "application/json")
	var said struct {
		Problems []lang.Text `json:"problems"`
	}
	require.NoError(d.t, json.Unmarshal([]byte(a.body), &said), a.body)
	return a.status, said.Problems
}

// accept posts alerts with so long a text until one is refused and returns the names of those that were accepted, and the refusal.
func (d *daemon) accept(prefix string, atMost, length int) (accepted []string, refusal answer) {
	d.t.Helper()
	for i := range atMost {
		name := fmt.Sprintf("%s%04d.", prefix, i)
		body := strings.ReplaceAll(string(notification(name)), "磁盘使用率超过 90%", strings.Repeat("满", length))
		a := ask(d.t, http.MethodPost, d.url+"/api/v1/alertmanager/quiet", []byte(body), "Accept-Language", "en")
		if a.status >= 300 || a.status == 0 {
			return accepted, a
		}
		accepted = append(accepted, name)
	}
	return accepted, answer{}
}

// TestADiskThatFillsUp fills the file system under the store of running processes, and makes room again.
func TestADiskThatFillsUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, size     string
		before, length int
		waiting        bool
	}{
		{"long alerts wait", "6m", 5, 1500, true},
		{"a small alert", "6m", 1, 5, false},
		{"small alerts", "6m", 7, 5, false},
		{"a small alert in more room", "12m", 1, 5, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fillUp(t, c.size, c.before, c.length, c.waiting)
		})
	}
}

func fillUp(t *testing.T, size string, before, length int, waiting bool) {
	t.Helper()
	dir := t.TempDir()
	store := filepath.Join(dir, "store")
	if !small(t, store, size) {
		return
	}
	b := startBox(t, stage.ModeFull)
	d := serve(t, dir, fmt.Sprintf(plainYunluo, b.url))
	host, child := d.cmd.Process.Pid, d.core()
	if waiting {
		b.faults(t, stage.Fault{Kind: stage.FaultStatus, Status: 503})
	}
	accepted, refusal := d.accept("Before", before, length)
	require.Zero(t, refusal)
	if !waiting {
		eventually(t, patience, "nothing waits", func() bool { return b.figures(t).Messages == int64(before) })
	}

	ballast, err := os.Create(filepath.Join(store, "ballast"))
	require.NoError(t, err)
	for chunk := make([]byte, 4096); err == nil; {
		_, err = ballast.Write(chunk)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, ballast.Close())
	// The write-ahead log has some room of its own left.
	more, refusal := d.accept("Filling", 3000, length)
	accepted = append(accepted, more...)
	require.Equal(t, http.StatusServiceUnavailable, refusal.status, refusal.body)
	require.NotEmpty(t, refusal.header.Get("Retry-After"))
	require.Contains(t, refusal.body, "not stored")
	require.Contains(t, refusal.body, "full")
	for n := range 5 {
		status, problems := d.readiness()
		require.Equal(t, http.StatusServiceUnavailable, status, "asked %d times", n)
		require.Contains(t, problems[0].ZH, "磁盘空间")
		require.Contains(t, problems[0].EN, "disk is full")
		more, refusal = d.accept(fmt.Sprintf("Again%d", n), 1, length)
		require.Empty(t, more)
		require.Equal(t, http.StatusServiceUnavailable, refusal.status, refusal.body)
	}
	status, _ := get(t, d.url+"/healthz")
	require.Equal(t, http.StatusOK, status, "the process is alive all the same")
	// What was accepted is delivered even now, though the outcome cannot be stored yet.
	b.faults(t)
	require.NoError(t, os.Remove(ballast.Name()))
	eventually(t, patience, "it is ready again", d.ready)
	var last []string
	eventually(t, patience, "it takes alerts again", func() bool {
		last, _ = d.accept("After", 1, length)
		return len(last) == 1
	})
	accepted = append(accepted, last...)
	eventually(t, 2*patience, "what was accepted is delivered", func() bool { return b.figures(t).Messages >= int64(len(accepted)) })
	for _, name := range accepted {
		require.Len(t, b.messages(t, "limit=2&text="+name), 1, name)
	}
	require.Equal(t, host, d.cmd.Process.Pid)
	require.Equal(t, child, d.core(), "the core was started again")
	require.NotContains(t, d.out.String(), "panic")
}

// TestAStoreThatTurnsReadOnly takes the right to write away from a core that starts again, and gives it back.
func TestAStoreThatTurnsReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := filepath.Join(dir, "store")
	if !small(t, store, "32m") {
		return
	}
	b := startBox(t, stage.ModeFull)
	d := serve(t, dir, fmt.Sprintf(plainYunluo, b.url))
	b.faults(t, stage.Fault{Kind: stage.FaultStatus, Status: 503})
	accepted, refusal := d.accept("Before", 3, 1500)
	require.Zero(t, refusal)
	// A file system in use cannot be made read-only, so it happens between two lives of the core.
	eventually(t, patience, "the file system is read-only", func() bool {
		if pid := d.core(); pid != 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return syscall.Mount("", store, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "") == nil
	})
	eventually(t, patience, "the health answer names the reason", func() bool {
		status, problems := d.readiness()
		return status == http.StatusServiceUnavailable && len(problems) > 0 && strings.Contains(problems[0].EN, "read-only")
	})
	_, problems := d.readiness()
	require.Contains(t, problems[0].ZH, "会被拒绝")
	_, refusal = d.accept("Refused", 1, 1500)
	require.Equal(t, http.StatusServiceUnavailable, refusal.status, refusal.body)
	require.NotEmpty(t, refusal.header.Get("Retry-After"))
	require.NotEmpty(t, refusal.body)
	status, _ := get(t, d.url+"/healthz")
	require.Equal(t, http.StatusOK, status)

	require.NoError(t, syscall.Mount("", store, "", syscall.MS_REMOUNT, ""))
	b.faults(t)
	eventually(t, patience, "it is ready again", d.ready)
	last, refusal := d.accept("After", 1, 1500)
	require.Zero(t, refusal)
	accepted = append(accepted, last...)
	for _, name := range accepted {
		eventually(t, patience, "what was accepted is delivered: "+name, func() bool { return len(b.messages(t, "text="+name)) == 1 })
	}
	require.NoError(t, syscall.Kill(d.cmd.Process.Pid, 0), "the receiver stands")
}
