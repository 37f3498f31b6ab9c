package corerpc

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// asRole launches this test binary as a role.
func asRole(tb testing.TB, role string) LaunchOptions {
	tb.Helper()
	path, err := os.Executable()
	require.NoError(tb, err)
	return LaunchOptions{Path: path, Env: []string{roleVar + "=" + role}, StartTimeout: patience, Build: "test"}
}

func launch(tb testing.TB, opts LaunchOptions) *Launched {
	tb.Helper()
	l, err := Launch(tb.Context(), opts)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, l.Close()) })
	return l
}

func TestALaunchedCoreAnswersEveryCall(t *testing.T) {
	l := launch(t, asRole(t, "plugin"))
	requireEveryCall(t, l)
	requireLarge(t, l)

	require.NoError(t, l.Err())
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	<-l.Done()
	require.NoError(t, l.Err(), "it was asked to end")
	require.False(t, alive(l.PID()))
	require.NoDirExists(t, l.child.socketDir)
	_, err := l.Health(t.Context())
	require.ErrorIs(t, err, core.ErrUnreachable)
}

func TestACoreThatCannotBeLaunchedSaysWhy(t *testing.T) {
	for role, words := range map[string][]string{
		"plugin-cookie":   {"run by a host such as yunluo serve, not by hand", "exit status 1"},
		"plugin-protocol": {"this host speaks protocol 1", "99"},
		"plugin-broken":   {"accounts.ops: no such type", "exit status 1"},
	} {
		t.Run(role, func(t *testing.T) {
			_, err := Launch(t.Context(), asRole(t, role))
			require.ErrorIs(t, err, core.ErrUnreachable)
			require.Equal(t, role == "plugin-protocol", isRefused(err))
			for _, word := range words {
				require.ErrorContains(t, err, word)
			}
		})
	}
}

func isRefused(err error) bool {
	return strings.Contains(err.Error(), "install the same version of both")
}

func TestAMuteCoreIsGivenUp(t *testing.T) {
	opts := asRole(t, "plugin-mute")
	opts.StartTimeout = 200 * time.Millisecond
	_, err := Launch(t.Context(), opts)
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.ErrorContains(t, err, "did not answer within 200ms")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Launch(ctx, asRole(t, "plugin-mute"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestOnlyTheRightBinaryIsLaunched(t *testing.T) {
	opts := asRole(t, "plugin")
	content, err := os.ReadFile(opts.Path)
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	opts.Checksum = sum[:]
	launch(t, opts)

	opts.Checksum = make([]byte, sha256.Size)
	_, err = Launch(t.Context(), opts)
	require.ErrorContains(t, err, "not the one that was installed")
	_, err = Launch(t.Context(), LaunchOptions{Path: filepath.Join(t.TempDir(), "none")})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Launch(t.Context(), LaunchOptions{Path: t.TempDir()})
	require.ErrorContains(t, err, "is a directory")
}

// TestALaunchedCoreGetsTheConfigurationInForce with one that is larger than a pipe holds.
func TestALaunchedCoreGetsTheConfigurationInForce(t *testing.T) {
	var inForce atomic.Pointer[secret.Value]
	put := func(text string) { v := secret.New(text); inForce.Store(&v) }
	put("first")
	log := &record{}
	opts := asRole(t, "plugin-config")
	opts.Logger = slog.New(slog.NewTextHandler(log, nil))
	opts.Config = func() secret.Value { return *inForce.Load() }
	l := launch(t, opts)
	put("again" + strings.Repeat("x", 1<<20))
	require.NoError(t, l.Reload(t.Context()))
	require.Eventually(t, func() bool {
		return strings.Contains(log.String(), "begins=first bytes=5") && strings.Contains(log.String(), "begins=again bytes=1.048581e+06")
	}, patience, time.Millisecond, log.String())
}

func TestALaunchedCoreGetsOnlyItsPartOfTheEnvironment(t *testing.T) {
	t.Setenv("FEISHU_SECRET", "planted")
	t.Setenv("OTHER_SECRET", "never")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	opts := asRole(t, "plugin")
	opts.Env = append(opts.Env, "FEISHU_SECRET", "EXTRA=1")
	l := launch(t, opts)
	result, err := l.Submit(t.Context(), core.Submission{ContactPoint: "env"})
	require.NoError(t, err)
	for _, want := range []string{"FEISHU_SECRET=planted", "EXTRA=1", "HTTPS_PROXY=http://127.0.0.1:1", "PATH="} {
		require.Contains(t, result.Duplicate, want)
	}
	require.NotContains(t, result.Duplicate, "OTHER_SECRET")
}

// record keeps what is logged.
type record struct {
	mu  sync.Mutex
	out strings.Builder
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

func TestWhatTheCoreLogsTheHostLogs(t *testing.T) {
	var log record
	opts := asRole(t, "plugin")
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	launch(t, opts)
	require.Eventually(t, func() bool {
		return strings.Contains(log.String(), `level=WARN msg="the fake core runs" process=core answer=42`)
	}, patience, time.Millisecond)
}

func TestACoreKilledInMidCallIsNotARefusal(t *testing.T) {
	l := launch(t, asRole(t, "plugin"))
	failed := make(chan error, 1)
	go func() {
		_, err := l.Submit(t.Context(), core.Submission{ContactPoint: "block"})
		failed <- err
	}()
	requireBlocked(t, l)
	require.NoError(t, syscall.Kill(l.PID(), syscall.SIGKILL))
	err := <-failed
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.ErrorContains(t, err, "died while it was asked")
	<-l.Done()
	require.ErrorIs(t, l.Err(), core.ErrUnreachable)
	require.ErrorContains(t, l.Err(), "signal: killed")
}

// requireBlocked waits until one call is in flight in the core.
func requireBlocked(t *testing.T, c core.Core) {
	t.Helper()
	require.Eventually(t, func() bool {
		h, err := c.Health(t.Context())
		return err == nil && h.Waiting == 1
	}, patience, time.Millisecond)
}

func TestACoreIgnoresSignalsThatAreForItsHost(t *testing.T) {
	l := launch(t, asRole(t, "plugin"))
	require.NoError(t, syscall.Kill(l.PID(), syscall.SIGTERM))
	require.NoError(t, syscall.Kill(l.PID(), syscall.SIGINT))
	_, err := l.Health(t.Context())
	require.NoError(t, err)
}

func TestAKilledHostLeavesNoCoreBehind(t *testing.T) {
	tmp := t.TempDir()
	host := start(t, "launcher", nil, "TMPDIR="+tmp)
	child := host.pidLine(t)
	require.True(t, alive(child))
	require.NoError(t, host.cmd.Process.Kill())
	require.Error(t, host.wait(t))
	requireGone(t, child)
	left, err := filepath.Glob(filepath.Join(tmp, "*"))
	require.NoError(t, err)
	require.Empty(t, left, "and no socket either")
}

func TestASupervisedCoreIsStartedAgain(t *testing.T) {
	s := Supervise(asRole(t, "plugin"))
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.Started(t.Context()))
	requireEveryCall(t, s)

	first := s.PID()
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	requireGone(t, first)
	require.Eventually(t, func() bool { // Started again, however slow the machine.
		h, err := s.Health(t.Context())
		return err == nil && h.PID != first
	}, patience, time.Millisecond)
}

func TestASubmitThatTheCoreDiedUnderIsMadeOnceMore(t *testing.T) {
	s := Supervise(asRole(t, "plugin"))
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.Started(t.Context()))

	marker := filepath.Join(t.TempDir(), "died")
	result, err := s.Submit(t.Context(), core.Submission{ContactPoint: "die-once " + marker})
	require.NoError(t, err)
	require.Equal(t, "second try", result.GroupID)
}

func TestWhatNotifiesPeopleAgainIsNotMadeTwice(t *testing.T) {
	s := Supervise(asRole(t, "plugin"))
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.Started(t.Context()))

	first := s.PID()
	_, err := s.Test(t.Context(), core.Test{Text: "die"})
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.Eventually(t, func() bool { p := s.PID(); return p != 0 && p != first }, patience, time.Millisecond)
	second := s.PID()
	require.ErrorIs(t, s.Resend(t.Context(), "main", "die"), core.ErrUnreachable)
	require.NotEqual(t, first, second)
}

func TestASupervisorSaysWhyThereIsNoCore(t *testing.T) {
	s := Supervise(asRole(t, "plugin-broken"))
	require.ErrorContains(t, s.Started(t.Context()), "accounts.ops: no such type")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := s.Health(ctx)
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err = s.Health(t.Context())
	require.ErrorIs(t, err, core.ErrUnreachable)
}
