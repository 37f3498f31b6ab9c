package corerpc

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// roleVar names what a copy of this test binary plays. Without it, it runs the tests.
const roleVar = "YUNLUO_TEST_ROLE"

// roles are the programs that the test binary can be.
func roles() map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"plugin":          playPlugin,
		"plugin-cookie":   playPluginWithoutCookie,
		"plugin-protocol": playPluginOfOtherProtocol,
		"plugin-mute":     func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"plugin-broken":   func(context.Context) error { return errors.New("accounts.ops: no such type") },
		"plugin-config":   playPluginOfHostConfig,
		"core":            playCore,
		"launcher":        playLauncher,
		"attacher":        playAttacher,
		"connecter":       playConnecter,
	}
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVar)
	if len(os.Args) > 1 && os.Args[1] == "core" {
		role = "core" // Started by Connect.
	}
	play, ok := roles()[role]
	if !ok {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := play(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func playPlugin(context.Context) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	log.Warn("the fake core runs", slog.Int("answer", 42))
	return ServePlugin(&fakeCore{}, PluginOptions{Build: "fake", Logger: log})
}

func playPluginWithoutCookie(context.Context) error {
	if err := os.Setenv(handshake().MagicCookieKey, "another"); err != nil {
		return err
	}
	return playPlugin(context.Background())
}

func playPluginOfOtherProtocol(context.Context) error {
	shake := handshake()
	shake.ProtocolVersion = 99
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: shake, Logger: hclog.NewNullLogger(), GRPCServer: plugin.DefaultGRPCServer,
		Plugins: plugin.PluginSet{pluginName: &glue{server: &server{core: &fakeCore{}}}},
	})
	return nil
}

// playPluginOfHostConfig says in its log what configuration it gets, at its start and at each reload.
func playPluginOfHostConfig(context.Context) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	host := OpenHostConfig()
	read := func() error {
		config, err := host.Read()
		log.Info("configured", slog.Int("bytes", len(config.Reveal())), slog.String("begins", config.Reveal()[:5]))
		return err
	}
	if err := read(); err != nil {
		return err
	}
	return ServePlugin(&reloading{reload: read}, PluginOptions{Build: "fake", Logger: log})
}

type reloading struct {
	fakeCore

	reload func() error
}

func (r *reloading) Reload(context.Context) error { return r.reload() }

// playCore serves a fake core at a socket, as yunluo core does the real one.
func playCore(ctx context.Context) error {
	flags := flag.NewFlagSet("core", flag.ContinueOnError)
	socket := flags.String("socket", os.Getenv("YUNLUO_TEST_SOCKET"), "")
	config := flags.String("config", "", "")
	flags.String("store", "", "")
	if len(os.Args) > 2 {
		if err := flags.Parse(os.Args[2:]); err != nil {
			return err
		}
	}
	if strings.HasSuffix(*config, "broken.yaml") {
		return fmt.Errorf("%w: %s: line 3: unknown field \"acounts\", did you mean accounts", core.ErrConfig, *config)
	}
	dir := filepath.Dir(*socket)
	starts, err := os.OpenFile(filepath.Join(dir, "starts"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(starts, os.Getpid()); err != nil {
		return err
	}
	return Serve(ctx, &fakeCore{}, ServeOptions{
		Address: *socket, Build: "fake", Tenants: []string{"main"},
		Logger: slog.New(slog.NewJSONHandler(os.Stderr, nil)), Ready: func() { say("ready") },
	})
}

// playLauncher launches a core, says its pid and waits to be killed.
func playLauncher(ctx context.Context) error {
	l, err := Launch(ctx, LaunchOptions{Path: os.Args[0], Env: []string{roleVar + "=plugin"}})
	if err != nil {
		return err
	}
	say("%d", l.PID())
	<-ctx.Done()
	return l.Close()
}

// playAttacher submits over and over, and says so, until its stdin ends.
func playAttacher(ctx context.Context) error {
	c, err := Attach(ctx, os.Getenv("YUNLUO_TEST_SOCKET"), AttachOptions{Tenant: "main", Build: "attacher"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	for ctx.Err() == nil {
		if _, err := c.Submit(ctx, core.Submission{Tenant: "main", ContactPoint: "echo"}); err != nil && ctx.Err() == nil {
			return err
		}
		say("submitted")
	}
	return c.Close()
}

// playConnecter connects once and says the core's pid.
func playConnecter(ctx context.Context) error {
	c, err := Connect(ctx, ConnectOptions{Binary: os.Args[0], Timeout: time.Minute})
	if err != nil {
		return err
	}
	h, err := c.Health(ctx)
	if err != nil {
		return err
	}
	say("%d", h.PID)
	return c.Close()
}

// say is a line for the test that started us.
func say(format string, args ...any) {
	_, _ = fmt.Fprintf(os.Stdout, format+"\n", args...) //nolint:forbidigo // A test's own program.
}

// actor is a copy of the test binary at work.
type actor struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  chan string
	stderr *strings.Builder
	// err is how it ended, once ended is closed.
	ended chan struct{}
	err   error
}

// start runs a role and ends it with the test.
func start(t *testing.T, role string, change func(*exec.Cmd), env ...string) *actor {
	t.Helper()
	cmd := exec.Command(self(t))
	cmd.Env = append(os.Environ(), append([]string{roleVar + "=" + role}, env...)...)
	a := &actor{cmd: cmd, lines: make(chan string, 1<<16), stderr: &strings.Builder{}, ended: make(chan struct{})}
	cmd.Stderr = a.stderr
	var err error
	a.stdin, err = cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	if change != nil {
		change(cmd)
	}
	require.NoError(t, cmd.Start())
	go func() {
		for scan := bufio.NewScanner(stdout); scan.Scan(); {
			a.lines <- scan.Text()
		}
		close(a.lines)
		a.err = cmd.Wait()
		close(a.ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-a.ended
	})
	return a
}

// line is the next that the actor says.
func (a *actor) line(t *testing.T) string {
	t.Helper()
	select {
	case line, ok := <-a.lines:
		if !ok {
			<-a.ended
			require.Failf(t, "the process ended", "%v: %s", a.err, a.stderr)
		}
		return line
	case <-time.After(patience):
		require.Fail(t, "the process says nothing")
		return ""
	}
}

func (a *actor) pidLine(t *testing.T) int {
	t.Helper()
	id, err := strconv.Atoi(a.line(t))
	require.NoError(t, err)
	return id
}

func (a *actor) wait(t *testing.T) error {
	t.Helper()
	select {
	case <-a.ended:
		return a.err
	case <-time.After(patience):
		require.Fail(t, "the process does not end")
		return nil
	}
}

// patience bounds every wait for a process; a busy machine with the race detector is slow.
const patience = time.Minute

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

// alive tells whether a process runs and is more than an entry that nobody has waited for.
func alive(id int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

func requireGone(t *testing.T, id int) {
	t.Helper()
	require.Eventually(t, func() bool { return !alive(id) }, patience, 10*time.Millisecond, "process %d lives on", id)
}

// socketDir is short enough for a socket, which t.TempDir's is not always.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "yl") //nolint:usetesting // As above.
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// serve runs a fake core at a socket, in this process, until the test ends.
func serve(tb testing.TB, c core.Core, address string, change func(*ServeOptions)) (stop func() error) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	opts := ServeOptions{Address: address, Build: "fake", Ready: func() { close(ready) }}
	if change != nil {
		change(&opts)
	}
	go func() { ended <- Serve(ctx, c, opts) }()
	select {
	case <-ready:
	case err := <-ended:
		require.NoError(tb, err)
	}
	var err error
	var stopped bool
	stop = func() error {
		cancel()
		if !stopped {
			err, stopped = <-ended, true
		}
		return err
	}
	tb.Cleanup(func() { require.NoError(tb, stop()) })
	return stop
}
