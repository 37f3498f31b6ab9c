package main

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files and the generated parts of docs again")

// asYunluo is set where this binary stands in for yunluo with any command.
const asYunluo = "YUNLUO_TEST_AS_YUNLUO"

// TestMain lets this binary stand in for yunluo: `serve` starts itself as its core.
func TestMain(m *testing.M) {
	if os.Getenv(asYunluo) != "" || len(os.Args) > 1 && os.Args[1] == "core" {
		main()
		return
	}
	os.Exit(m.Run())
}

// result is what a run of the program came to.
type result struct {
	code     int
	out, err string
}

// cli is a surrounding for runs: its own directory and environment, a fixed clock in UTC.
type cli struct {
	t   *testing.T
	dir string
	env map[string]string
	in  string
}

func newCLI(t *testing.T) *cli {
	t.Helper()
	// A socket's path has at most 103 bytes, which t.TempDir may use up.
	dir, err := os.MkdirTemp("", "yl") //nolint:usetesting // See above.
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	t.Setenv("YUNLUO_DIR", dir)
	t.Setenv("YUNLUO_CONFIG", filepath.Join(dir, "yunluo.yaml"))
	return &cli{t: t, dir: dir, env: map[string]string{"LANG": "C.UTF-8"}}
}

func (c *cli) run(args ...string) result {
	c.t.Helper()
	return c.runContext(c.t.Context(), args...)
}

func (c *cli) runContext(ctx context.Context, args ...string) result {
	c.t.Helper()
	var out, errs safeBuffer
	code := run(ctx, args, stdio{
		in: strings.NewReader(c.in), out: &out, err: &errs,
		env: func(name string) string {
			if v, ok := c.env[name]; ok {
				return v
			}
			if strings.HasPrefix(name, "YUNLUO_") {
				return os.Getenv(name)
			}
			return ""
		},
		now: func() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) },
	})
	return result{code, out.String(), errs.String()}
}

func (c *cli) write(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	require.NoError(c.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// safeBuffer may be written by the goroutines of a server.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run go test with -update to make it")
	require.Equal(t, string(want), got)
}

// fakeCore remembers what it was asked and answers what it was told to.
type fakeCore struct {
	core.Core

	mu        sync.Mutex
	submitted []core.Submission
	query     core.HistoryQuery
	resent    []string

	result   core.Result
	err      error
	page     core.HistoryPage
	probes   []core.ProbeResult
	previews []core.PreviewResult
}

func (f *fakeCore) Submit(_ context.Context, s core.Submission) (core.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.submitted = append(f.submitted, s)
	return f.result, f.err
}

func (f *fakeCore) Resend(_ context.Context, _, delivery string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.resent = append(f.resent, delivery)
	return f.err
}

func (f *fakeCore) History(_ context.Context, q core.HistoryQuery) (core.HistoryPage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.query = q
	return f.page, f.err
}

func (f *fakeCore) Probe(context.Context, string, string) ([]core.ProbeResult, error) {
	return f.probes, f.err
}

func (f *fakeCore) Preview(_ context.Context, s core.Submission) ([]core.PreviewResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.submitted = append(f.submitted, s)
	return f.previews, f.err
}

func (f *fakeCore) Types(context.Context) ([]sender.Manifest, error) { return nil, f.err }

// serves makes the fake the core that the surrounding's commands find, over a real socket.
func (c *cli) serves(f *fakeCore) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- corerpc.Serve(ctx, f, corerpc.ServeOptions{
			Address: corerpc.Address(c.dir), Build: "test", Tenants: []string{mainTenant},
			Logger: slog.New(slog.DiscardHandler), Ready: func() { close(ready) },
		})
	}()
	select {
	case <-ready:
	case err := <-ended:
		require.NoError(c.t, err, "serve the fake core")
	}
	c.t.Cleanup(func() { cancel(); require.NoError(c.t, <-ended) })
}
