// Package e2e tries the built program: real processes, a sandbox in a process of its own, real
// Alertmanagers, kill -9. It holds tests and benchmarks only.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var (
	drillRuns = flag.Int("drill.runs", 5, "how many random crashes of core and host to try") //nolint:gochecknoglobals // flags of the test binary are global
	storm     = flag.Int("storm", 3000, "how many notifications a storm has")                //nolint:gochecknoglobals // flags of the test binary are global
	backlog   = flag.Int("backlog", 100_000, "how many deliveries wait")                     //nolint:gochecknoglobals // flags of the test binary are global
	series    = flag.Int("series", 50, "how often each of two programs is run in turn")      //nolint:gochecknoglobals // flags of the test binary are global
	idle      = flag.Duration("idle", time.Minute, "how long nothing happens")               //nolint:gochecknoglobals // flags of the test binary are global
)

// roleVariable makes this test binary be another process of the house: a sandbox, a bare handler, a core.
const roleVariable = "YUNLUO_E2E_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := roles()[role](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	dir, err := os.MkdirTemp("", "yunluo-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary, script = filepath.Join(dir, "yunluo"), filepath.Join(dir, "yunluo-zabbix")
	for _, b := range []struct{ path, pkg, tags string }{{binary, "../cmd/yunluo", ""}, {script, "../../zabbix", "yunluo_thin,grpcnotrace"}} {
		// As magefiles/targets.go does it for a release, since size and speed are measured.
		build := exec.Command("go", "build", "-tags="+b.tags, "-trimpath", "-ldflags", "-s -w -X main.version=e2e", "-o", b.path, b.pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n%s", b.pkg, err, out)
			os.Exit(1)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// binary is the program under test, and script the one that zabbix_server runs, built once.
var binary, script string //nolint:gochecknoglobals // made by TestMain for all tests

func roles() map[string]func() error {
	return map[string]func() error{"sandbox": beSandbox, "bare": beBare, "core": beCore}
}

// process is a child of a test.
type process struct {
	cmd *exec.Cmd
	out *lines
	// ended is closed when the process is gone.
	ended chan struct{}
}

// lines keeps what a process said, for the report of a failed test.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a program until the test ends. What it says is shown when the test fails.
func start(tb testing.TB, env []string, path string, args ...string) *process {
	tb.Helper()
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	return begin(tb, cmd)
}

// begin is start for a command that is ready to run.
func begin(tb testing.TB, cmd *exec.Cmd) *process {
	tb.Helper()
	p := &process{cmd: cmd, out: &lines{}, ended: make(chan struct{})}
	p.cmd.Stderr = p.out
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, p.cmd.Start())
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(p.out, bufio.NewReader(stdout))
	}()
	go func() {
		<-read
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	tb.Cleanup(func() {
		p.stop(tb)
		if tb.Failed() {
			tb.Logf("%s said:\n%s", strings.Join(cmd.Args, " "), p.out.String())
		}
	})
	return p
}

// stop ends a process, gracefully at first.
func (p *process) stop(tb testing.TB) {
	tb.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
		tb.Errorf("process %d did not end at SIGTERM", p.cmd.Process.Pid)
	}
}

// kill ends a process as a crash would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// eventually waits for something that another process does.
func eventually(tb testing.TB, within time.Duration, what string, cond func() bool) {
	tb.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if cond() {
			return
		}
	}
	require.FailNow(tb, "it did not happen in "+within.String(), what)
}

// freePort reserves a port of the loopback for a process to listen on.
func freePort(tb testing.TB) string {
	tb.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	defer l.Close()
	return l.Addr().String()
}

// beSandbox serves a sandbox of 64 chats whose limits are lifted and that only counts, for benchmarks and drills.
func beSandbox() error {
	// What is measured is not the sandbox.
	debug.SetGCPercent(800)
	world := stage.Demo()
	for i := range 64 {
		world.Chats = append(world.Chats, stage.Chat{
			ID: fmt.Sprintf("oc_bench%d", i), Name: fmt.Sprintf("bench %d", i), Members: []string{"*"}, Bots: []string{"*"},
		})
	}
	s, err := sandbox.New(sandbox.Options{
		NoLimits: os.Getenv("SANDBOX_LIMITS") == "", Inbox: stage.Mode(os.Getenv("SANDBOX_INBOX")), World: &world, Preview: preview,
	})
	if err != nil {
		return err
	}
	server := &http.Server{Addr: os.Getenv("SANDBOX_ADDRESS"), Handler: s.Handler(), ReadHeaderTimeout: time.Minute}
	return server.ListenAndServe()
}

// preview draws content as its type says.
func preview(typ string, content json.RawMessage) (sender.Preview, error) {
	m, ok := provider.Find(typ)
	if !ok {
		return sender.Preview{}, fmt.Errorf("no type %q", typ)
	}
	return m.Preview(content)
}

// box is a sandbox in a process of its own.
type box struct {
	*process
	url string
}

func startBox(tb testing.TB, inbox stage.Mode, env ...string) *box {
	tb.Helper()
	self, err := os.Executable()
	require.NoError(tb, err)
	address := freePort(tb)
	b := &box{url: "http://" + address}
	b.process = start(tb, append(env, roleVariable+"=sandbox", "SANDBOX_ADDRESS="+address, "SANDBOX_INBOX="+string(inbox)), self)
	eventually(tb, 20*time.Second, "the sandbox answers", func() bool { return b.get(tb, "counters", new(stage.Figures)) == nil })
	return b
}

func (b *box) get(tb testing.TB, path string, into any) error {
	tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, b.url+"/sandbox/api/"+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req) //nolint:forbidigo // a test asks its own sandbox
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(into)
}

func (b *box) figures(tb testing.TB) stage.Figures {
	tb.Helper()
	var f stage.Figures
	require.NoError(tb, b.get(tb, "counters", &f))
	return f
}

func (b *box) messages(tb testing.TB, query string) []stage.Message {
	tb.Helper()
	var list struct {
		Messages []stage.Message `json:"messages"`
	}
	require.NoError(tb, b.get(tb, "messages?"+query, &list))
	return list.Messages
}

// faults switches what goes wrong, replacing what did; none means that all is well.
func (b *box) faults(tb testing.TB, list ...stage.Fault) {
	tb.Helper()
	if list == nil {
		list = []stage.Fault{}
	}
	b.send(tb, http.MethodPut, "faults", map[string]any{"faults": list})
}

func (b *box) send(tb testing.TB, method, path string, body any) {
	tb.Helper()
	raw, err := json.Marshal(body)
	require.NoError(tb, err)
	req, err := http.NewRequestWithContext(context.Background(), method, b.url+"/sandbox/api/"+path, bytes.NewReader(raw))
	require.NoError(tb, err)
	res, err := http.DefaultClient.Do(req) //nolint:forbidigo // a test asks its own sandbox
	require.NoError(tb, err)
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	require.Less(tb, res.StatusCode, 300, string(answer))
}

// daemon is a running `yunluo serve`.
type daemon struct {
	*process
	t      testing.TB
	url    string
	dir    string
	config string
	args   []string
	// env is added to the environment of the test.
	env []string
	// program is what is run, and run against.
	program string
}

// serve starts `yunluo serve` in a directory with a configuration and waits until it is ready.
func serve(tb testing.TB, dir, config string, args ...string) *daemon {
	tb.Helper()
	d := prepare(tb, dir, config, args...)
	d.run()
	return d
}

// prepare makes a `yunluo serve` that does not run yet.
func prepare(tb testing.TB, dir, config string, args ...string) *daemon {
	tb.Helper()
	path := filepath.Join(dir, "yunluo.yaml")
	require.NoError(tb, os.WriteFile(path, []byte(config), 0o600))
	address := freePort(tb)
	d := &daemon{t: tb, url: "http://" + address, dir: dir, config: path, program: binary}
	d.args = append([]string{
		"serve", "--config", path, "--listen", address, "--store", filepath.Join(dir, "store"), "--socket", filepath.Join(dir, "s", "core.sock"),
	}, args...)
	return d
}

func (d *daemon) run() {
	d.t.Helper()
	d.process = start(d.t, append([]string{"YUNLUO_DIR=" + filepath.Join(d.dir, "store")}, d.env...), d.program, d.args...)
	eventually(d.t, 30*time.Second, "yunluo is ready", func() bool { return d.ready() })
}

func (d *daemon) ready() bool {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, d.url+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req) //nolint:forbidigo // a test asks its own daemon
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// core is the pid of the daemon's core, its only child.
func (d *daemon) core() int {
	d.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", d.cmd.Process.Pid, d.cmd.Process.Pid))
	if err == nil {
		for f := range strings.FieldsSeq(string(raw)) {
			var pid int
			if _, err := fmt.Sscan(f, &pid); err == nil {
				return pid
			}
		}
	}
	return childOf(d.cmd.Process.Pid)
}

// childOf finds a child through /proc, since a thread other than the first may have started it.
func childOf(parent int) int {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		var pid, ppid int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		raw, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue
		}
		_, rest, ok := strings.Cut(string(raw), ") ")
		if !ok {
			continue
		}
		var state string
		if _, err := fmt.Sscan(rest, &state, &ppid); err == nil && ppid == parent && state != "Z" {
			return pid
		}
	}
	return 0
}

// post sends a body and returns the status and the answer.
func post(tb testing.TB, client *http.Client, url string, body []byte, header ...string) (int, string) {
	tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	require.NoError(tb, err)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(answer)
}

// notification is an Alertmanager webhook body of one alert in a group of its own.
func notification(name string) []byte {
	return fmt.Appendf(nil, `{"version":"4","groupKey":"{}:{alertname=\"%[1]s\"}","truncatedAlerts":0,"status":"firing","receiver":"yunluo",`+
		`"groupLabels":{"alertname":"%[1]s"},"commonLabels":{"alertname":"%[1]s","cluster":"prod-1","instance":"10.0.0.1:9100","severity":"warning"},`+
		`"commonAnnotations":{"summary":"磁盘使用率超过 90%%","runbook_url":"https://wiki.example.com/disk"},"externalURL":"http://alertmanager:9093",`+
		`"alerts":[{"status":"firing","labels":{"alertname":"%[1]s","cluster":"prod-1","instance":"10.0.0.1:9100","severity":"warning"},`+
		`"annotations":{"summary":"磁盘使用率超过 90%%","runbook_url":"https://wiki.example.com/disk"},"startsAt":"2026-11-22T08:00:00Z",`+
		`"endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus:9090/graph","fingerprint":"%[2]x"}]}`, name, fnv(name))
}

func fnv(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// sixtyFour is a configuration of 64 contact points with one Feishu chat each, without limits and folding.
func sixtyFour(sandboxURL string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "defaults: {fold: false}\naccounts:\n  feishu:\n    type: feishu_app\n    app_id: cli_demo\n    app_secret: secret\n"+
		"    base_url: %s\n    limits: none\n    in_flight: 64\ncontact_points:\n", sandboxURL)
	for i := range 64 {
		fmt.Fprintf(&b, "  - {name: cp-%d, steps: [{notify: [{account: feishu, to: [\"chat:oc_bench%d\"]}]}]}\n", i, i)
	}
	return b.String()
}
