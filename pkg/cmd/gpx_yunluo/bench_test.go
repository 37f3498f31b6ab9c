package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkIngest posts notifications of one alert each, one after the other, none waited for: through the plugin over
// go-plugin's gRPC, and to `yunluo serve --in-process` over HTTP. It reports the median of each.
func BenchmarkIngest(b *testing.B) {
	w := newWorld(b)
	b.Run("plugin", func(b *testing.B) {
		o := newHost(b).org(1, w.settings("oc_demo"), w.secure())
		measure(b, func(body []byte) int {
			return o.call("Viewer", http.MethodPost, "v1/notify/payments?wait=0s", signed(hmacSecret, body, time.Now()), body).code
		})
	})
	b.Run("serve", func(b *testing.B) {
		url := serve(b, w)
		measure(b, func(body []byte) int {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url+"/api/v1/grafana/payments?wait=0s", bytes.NewReader(body))
			require.NoError(b, err)
			client := http.Client{Timeout: time.Minute}
			answer, err := client.Do(r)
			require.NoError(b, err)
			defer answer.Body.Close()
			_, err = io.Copy(io.Discard, answer.Body)
			require.NoError(b, err)
			return answer.StatusCode
		})
	})
}

// measure makes the first call, which opens the core, outside of the time.
func measure(b *testing.B, post func(body []byte) int) {
	b.Helper()
	require.Equal(b, http.StatusAccepted, post(payload("first")))
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		body := payload(fmt.Sprintf("bench-%d", i))
		start := time.Now()
		code := post(body)
		took = append(took, time.Since(start))
		require.Equal(b, http.StatusAccepted, code)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
}

// serve builds and starts the daemon with what the plugin is configured with.
func serve(b *testing.B, w *world) (url string) {
	b.Helper()
	dir := b.TempDir()
	daemon := filepath.Join(dir, "yunluo")
	build := exec.Command("go", "build", "-o", daemon, "../yunluo")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(b, err, string(out))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	address := l.Addr().String()
	require.NoError(b, l.Close())
	file := filepath.Join(dir, "yunluo.yaml")
	require.NoError(b, os.WriteFile(file, fmt.Appendf(nil, `
accounts: {feishu: {type: feishu_app, app_id: cli_demo, app_secret: secret, base_url: %q, limits: none}}
contact_points: [{name: payments, steps: [{notify: [{account: feishu, to: ["chat:oc_demo"]}]}]}]
listen: {address: %q}
`, w.url, address), 0o600))
	cmd := exec.Command(daemon, "serve", "--in-process", "--config", file, "--store", filepath.Join(dir, "store"), "--socket", filepath.Join(dir, "socket", "core.sock"))
	var said bytes.Buffer
	cmd.Stderr = &said
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if b.Failed() {
			b.Log(said.String())
		}
	})
	eventually(b, "it listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return "http://" + address
}
