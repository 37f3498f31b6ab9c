package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
)

// world is a sandbox and a configuration that points at it.
type world struct {
	*cli

	sandbox *sandbox.Sandbox
	config  string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	play, err := sandbox.New(sandbox.Options{Preview: previewOf})
	require.NoError(t, err)
	server := httptest.NewServer(play.Handler())
	t.Cleanup(server.Close)
	w := &world{cli: newCLI(t), sandbox: play}
	mail, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	taken := make(chan error, 1)
	go func() { taken <- play.ServeLine(context.WithoutCancel(t.Context()), sandbox.LineSMTP, mail) }()
	t.Cleanup(func() { _ = mail.Close(); require.NoError(t, <-taken) })
	text, err := (&app{lang: lang.English}).demoConfig(&playing{url: server.URL, smtp: mail.Addr().String(), accounts: play.Accounts()}, "127.0.0.1:0", filepath.Join(w.dir, "store"))
	require.NoError(t, err)
	w.config = w.write("yunluo.yaml", string(text))
	return w
}

// running is a `yunluo serve` of this process.
type running struct {
	*serving

	url string
	log *safeBuffer
}

// serve runs the receiver until the test ends.
func (w *world) serve(f serveFlags) *running {
	w.t.Helper()
	var log safeBuffer
	a := &app{lang: lang.English, started: true, stdio: stdio{out: io.Discard, err: &log, env: os.Getenv, now: time.Now}}
	f.config, f.logs = w.config, logFlags{level: "info", format: "text"}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	s, err := a.newServing(ctx, &f)
	require.NoError(w.t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	w.t.Cleanup(func() { cancel(); require.NoError(w.t, <-ended, log.String()) })
	url, err := s.address(ctx)
	require.NoError(w.t, err)
	return &running{serving: s, url: url, log: &log}
}

func request(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	require.NoError(t, err)
	response, err := (&http.Client{}).Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestDemoShowsTheWholeWay(t *testing.T) {
	c := newCLI(t)
	r := c.run("demo", "--once", "--dir", c.dir, "--listen", "127.0.0.1:0", "--sandbox", "127.0.0.1:0", "--mail", "127.0.0.1:0")
	require.Equal(t, exitOK, r.code, r.err)
	require.Contains(t, r.out, "a sample alert was sent (200 OK)")
	require.Contains(t, r.out, "curl -X POST http://127.0.0.1:")
	require.Contains(t, r.out, "look at the inbox:   http://127.0.0.1:")
	require.FileExists(t, filepath.Join(c.dir, "yunluo.yaml"))
	require.Equal(t, exitOK, c.run("check", filepath.Join(c.dir, "yunluo.yaml")).code)
}

func TestServeDeliversAndTheCommandLineSeesIt(t *testing.T) {
	for name, flags := range map[string]serveFlags{"core as a child": {}, "in process": {inProcess: true}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.serve(flags)
			status, body := request(t, http.MethodPost, s.url+"/api/v1/alerts/demo?wait=10s", `{"title":"disk full","severity":"critical"}`)
			require.Equal(t, http.StatusOK, status, body)

			r := w.run("send", "demo", "--title", "second", "--severity", "info", "--wait", "10s")
			require.Equal(t, exitOK, r.code, r.err)
			require.Contains(t, r.out, "delivered")

			r = w.run("history", "--search", "disk full", "--json")
			require.Equal(t, exitOK, r.code, r.err)
			var d core.Delivery
			require.NoError(t, json.NewDecoder(strings.NewReader(r.out)).Decode(&d))
			require.Equal(t, "demo", d.ContactPoint)
			require.Contains(t, w.run("history", d.ID).out, "disk full")

			r = w.run("probe")
			require.Equal(t, exitOK, r.code, r.out+r.err)
			r = w.run("render", "demo")
			require.Equal(t, exitOK, r.code, r.err)
			require.Contains(t, r.out, "HighLatency")
			require.Equal(t, exitUsage, w.run("send", "dmeo", "--title", "x").code)
		})
	}
}

// TestEveryTypeReachesItsPlay sends one alert through every account that the sandbox configures.
func TestEveryTypeReachesItsPlay(t *testing.T) {
	w := newWorld(t)
	s := w.serve(serveFlags{inProcess: true})
	status, body := request(t, http.MethodPost, s.url+"/api/v1/alerts/everything?wait=10s", `{"title":"disk full","severity":"critical"}`)
	require.Less(t, status, http.StatusMultipleChoices, body)
	for _, account := range w.sandbox.Accounts() {
		require.Eventually(t, func() bool {
			return strings.Contains(w.run("history", "--account", account.Name, "--state", "delivered", "--json").out, "disk full")
		}, 20*time.Second, 50*time.Millisecond, account.Name)
	}
}

func TestRenderAndProbeNeedNoRunningCoreWithAFile(t *testing.T) {
	w := newWorld(t)
	r := w.run("render", "demo", "--config", w.config, "--lang", "zh")
	require.Equal(t, exitOK, r.code, r.err)
	require.Contains(t, r.out, "feishu-demo (feishu_app) → chat:oc_demo")
	require.Contains(t, r.out, "dingtalk-demo (dingtalk_robot) → 机器人所在的群")
	r = w.run("probe", "dingtalk-demo", "--config", w.config)
	require.Equal(t, exitOK, r.code, r.out+r.err)
	require.NoDirExists(t, filepath.Join(w.dir, "store"), "the real store is left alone")
}

func TestTheListenerOutlivesItsCore(t *testing.T) {
	w := newWorld(t)
	s := w.serve(serveFlags{})
	child, ok := s.core.(*corerpc.Supervised)
	require.True(t, ok)
	first := child.PID()
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	status, body := request(t, http.MethodPost, s.url+"/api/v1/alerts/demo?wait=10s", `{"title":"after the crash"}`)
	require.Equal(t, http.StatusOK, status, body)
	require.NotEqual(t, first, child.PID())
	require.Contains(t, s.log.String(), "the core has ended")
}

// TestAStartedAgainCoreHasWhatIsInForce whatever has become of the file, and of the files that it names.
func TestAStartedAgainCoreHasWhatIsInForce(t *testing.T) {
	w := newWorld(t)
	good, err := os.ReadFile(w.config)
	require.NoError(t, err)
	template := w.write("a.tmpl", `{{ define "a" }}x{{ end }}`)
	w.write("yunluo.yaml", string(good)+"\ntemplates: [a.tmpl]\n")
	s := w.serve(serveFlags{})
	child, ok := s.core.(*corerpc.Supervised)
	require.True(t, ok)

	require.NoError(t, os.Remove(template))
	w.write("yunluo.yaml", "bogus: 1")
	require.ErrorIs(t, s.reload(t.Context()), core.ErrConfig)
	first := child.PID()
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	status, body := request(t, http.MethodPost, s.url+"/api/v1/alerts/demo?wait=10s", `{"title":"after the crash"}`)
	require.Equal(t, http.StatusOK, status, body)
	require.NotEqual(t, first, child.PID())
}

func TestAReloadMayBeginToUseAnotherVariable(t *testing.T) {
	t.Setenv("TOK_A", "planted-a")
	t.Setenv("TOK_B", "planted-b")
	w := newWorld(t)
	good, err := os.ReadFile(w.config)
	require.NoError(t, err)
	with := func(name string) {
		w.write("yunluo.yaml", string(good)+"\nsources: [{name: default, token: '${"+name+"}'}]\n")
	}
	with("TOK_A")
	s := w.serve(serveFlags{})
	with("TOK_B")
	require.NoError(t, s.reload(t.Context()))

	child, ok := s.core.(*corerpc.Supervised)
	require.True(t, ok)
	for _, what := range []string{"environ", "cmdline"} {
		seen, err := os.ReadFile("/proc/" + strconv.Itoa(child.PID()) + "/" + what)
		require.NoError(t, err)
		require.NotContains(t, string(seen), "planted", "secrets go to the core through a pipe")
	}
}

func TestServeAttachesToACoreThatGoesOn(t *testing.T) {
	w := newWorld(t)
	socket := corerpc.Address(filepath.Join(w.dir, "core"))
	ctx, cancel := context.WithCancel(t.Context())
	var log safeBuffer
	a := &app{lang: lang.English, started: true, stdio: stdio{out: io.Discard, err: &log, env: os.Getenv, now: time.Now}}
	ended := make(chan error, 1)
	go func() {
		ended <- a.core(ctx, &coreFlags{config: w.config, store: filepath.Join(w.dir, "store"), socket: socket, logs: logFlags{level: "info", format: "json"}})
	}()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "core serves hosts") }, 10*time.Second, 5*time.Millisecond, log.String())

	t.Run("a host comes and goes", func(t *testing.T) {
		host := *w
		inner := *w.cli
		inner.t, host.cli = t, &inner
		s := host.serve(serveFlags{core: socket})
		status, body := request(t, http.MethodPost, s.url+"/api/v1/alerts/demo?wait=10s", `{"title":"attached"}`)
		require.Equal(t, http.StatusOK, status, body)
	})
	r := w.run("history", "--core", socket)
	require.Equal(t, exitOK, r.code, r.err)
	require.Contains(t, r.out, "attached")
	cancel()
	require.NoError(t, <-ended, log.String())
}

// TestTheUnitsCoreLetsInWhomItNames needs root to become other users. The core is one as deploy/systemd runs it: of a
// user of its own, with a directory that its group may pass.
func TestTheUnitsCoreLetsInWhomItNames(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become other users")
	}
	const coreUser, allowed, foreign = 64001, 64002, 64003
	w := newWorld(t)
	for path, mode := range map[string]os.FileMode{w.dir: 0o755, w.config: 0o644} {
		require.NoError(t, os.Chmod(path, mode))
	}
	run := filepath.Join(w.dir, "run")
	for path, mode := range map[string]os.FileMode{run: 0o750, filepath.Join(w.dir, "store"): 0o700} {
		require.NoError(t, os.Mkdir(path, mode))
		require.NoError(t, os.Chown(path, coreUser, coreUser))
	}
	socket, binary := filepath.Join(run, "core.sock"), w.binary()
	as := func(uid, gid uint32, args ...string) (*exec.Cmd, *safeBuffer) {
		var out safeBuffer
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = "/", &out, &out, []string{"LANG=C", asYunluo + "=1"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
		return cmd, &out
	}
	serves, log := as(coreUser, coreUser, "core", "--config", w.config, "--store", filepath.Join(w.dir, "store"),
		"--socket", socket, "--allow-uid", strconv.Itoa(allowed))
	require.NoError(t, serves.Start())
	t.Cleanup(func() { _ = serves.Process.Kill(); _ = serves.Wait() })
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "core serves hosts") }, 20*time.Second, 5*time.Millisecond, log.String())

	for name, c := range map[string]struct {
		uid, gid uint32
		says     string
	}{
		"allowed and in the group": {allowed, coreUser, "no deliveries match"},
		"in the group only":        {foreign, coreUser, "belongs to the user id 64003"},
		"allowed only":             {allowed, allowed, "may not open"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, out := as(c.uid, c.gid, "history", "--core", socket, "--core-uid", strconv.Itoa(coreUser))
			_ = cmd.Run() // What it says tells.
			require.Contains(t, out.String(), c.says)
		})
	}
}

// binary is a copy of this program that every user may run.
func (w *world) binary() string {
	w.t.Helper()
	self, err := os.Executable()
	require.NoError(w.t, err)
	program, err := os.ReadFile(self)
	require.NoError(w.t, err)
	path := filepath.Join(w.dir, "yunluo-test")
	require.NoError(w.t, os.WriteFile(path, program, 0o755))
	require.NoError(w.t, os.Chmod(path, 0o755))
	return path
}

func TestReloadPutsAFileInForceOrSaysWhyNot(t *testing.T) {
	w := newWorld(t)
	s := w.serve(serveFlags{inProcess: true})
	good, err := os.ReadFile(w.config)
	require.NoError(t, err)

	w.write("yunluo.yaml", strings.Replace(string(good), "contact_points:", "contact_pionts:", 1))
	status, body := request(t, http.MethodPost, s.url+"/-/reload", "")
	require.GreaterOrEqual(t, status, http.StatusBadRequest, body)
	require.Contains(t, body, "contact_points")
	require.Contains(t, s.log.String(), "yunluo.yaml:", "the log has the faults")
	status, body = request(t, http.MethodPost, s.url+"/api/v1/alerts/demo?wait=10s", `{"title":"still the old one"}`)
	require.Equal(t, http.StatusOK, status, body)

	w.write("yunluo.yaml", strings.Replace(string(good), "name: demo", "name: renamed", 1))
	status, body = request(t, http.MethodPost, s.url+"/-/reload", "")
	require.Equal(t, http.StatusOK, status, body)
	status, body = request(t, http.MethodPost, s.url+"/api/v1/alerts/renamed?wait=10s", `{"title":"the new one"}`)
	require.Equal(t, http.StatusOK, status, body)
	status, _ = request(t, http.MethodPost, s.url+"/api/v1/alerts/demo", `{"title":"gone"}`)
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, s.log.String(), "configuration reloaded")

	_, text := request(t, http.MethodGet, s.url+"/metrics", "")
	require.Contains(t, text, `yunluo_config_reloads_total{result="refused"} 1`)
	require.Contains(t, text, `yunluo_config_reloads_total{result="applied",process="core"} 1`)
}

func TestHangupReloads(t *testing.T) {
	w := newWorld(t)
	s := w.serve(serveFlags{inProcess: true})
	w.write("yunluo.yaml", "accounts: [")
	s.hangup()
	require.Contains(t, s.log.String(), "the old one stays in force")
	require.Contains(t, s.log.String(), "yunluo.yaml:")
}

func TestServeRefusesABadFileAndAnOpenListener(t *testing.T) {
	w := newWorld(t)
	r := w.run("serve", "--config", w.write("bad.yaml", "acounts: {}"))
	require.Equal(t, exitConfig, r.code)
	require.Contains(t, r.err, "bad.yaml:1:1")
	require.Contains(t, r.err, "accounts")

	r = w.run("serve", "--listen", "0.0.0.0:0", "--in-process")
	require.Equal(t, exitConfig, r.code, r.err)
	require.Contains(t, r.err, "listen.allow_open")
}

func TestASecondServeIsToldWhoIsThere(t *testing.T) {
	w := newWorld(t)
	w.serve(serveFlags{inProcess: true})
	r := w.run("serve", "--in-process")
	require.Equal(t, exitFailed, r.code, r.err)
	require.Contains(t, r.err, strconv.Itoa(os.Getpid()))
}

func TestAStoreThatCannotBeUsedIsAnotherMatterThanNoCore(t *testing.T) {
	w := newWorld(t)
	w.serve(serveFlags{inProcess: true, store: filepath.Join(w.dir, "store")})
	for _, more := range [][]string{nil, {"--in-process"}} {
		r := w.run(append([]string{"serve", "--store", filepath.Join(w.dir, "store")}, more...)...)
		require.Contains(t, r.err, "use --store, $YUNLUO_DIR or store.path")
		require.NotContains(t, r.err, "start one with")
	}
}

func TestCoreAsAPluginIsNotForHands(t *testing.T) {
	w := newWorld(t)
	r := w.run("core", "--plugin")
	require.Equal(t, exitFailed, r.code)
	require.Contains(t, r.err, "use yunluo core")
	require.Empty(t, r.out, "stdout belongs to the handshake")
}

// TestEveryMetricIsDocumented scrapes a receiver that has delivered and failed, and looks each name up in both guides.
func TestEveryMetricIsDocumented(t *testing.T) {
	w := newWorld(t)
	s := w.serve(serveFlags{inProcess: true})
	status, body := request(t, http.MethodPost, s.url+"/api/v1/alerts/demo?wait=10s", `{"title":"measured","severity":"critical"}`)
	require.Equal(t, http.StatusOK, status, body)
	_, text := request(t, http.MethodGet, s.url+"/metrics", "")
	names := regexp.MustCompile(`(?m)^# TYPE (yunluo_\w+) `).FindAllStringSubmatch(text, -1)
	require.Greater(t, len(names), 10, text)
	for _, guide := range []string{"operations.md", "operations.zh-CN.md"} {
		page, err := os.ReadFile(filepath.Join(repository, "docs", guide))
		require.NoError(t, err)
		for _, name := range names {
			require.True(t, bytes.Contains(page, []byte("`"+name[1]+"`")), "%s lacks %s", guide, name[1])
		}
	}
}
