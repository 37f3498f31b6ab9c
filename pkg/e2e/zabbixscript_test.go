package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// scripted is a directory that yunluo-zabbix starts its core in, with nothing in its environment, as zabbix_server may.
type scripted struct {
	*box
	t   testing.TB
	dir string
	// options stand before the --.
	options []string
}

func newScripted(tb testing.TB, b *box) *scripted {
	tb.Helper()
	dir, err := os.MkdirTemp("", "ys-") //nolint:usetesting // a socket's name is short
	require.NoError(tb, err)
	s := &scripted{box: b, t: tb, dir: dir}
	config := filepath.Join(dir, "yunluo.yaml")
	require.NoError(tb, os.WriteFile(config, fmt.Appendf(nil, zabbixYunluo, b.url), 0o600))
	s.options = []string{"--dir=" + filepath.Join(dir, "d"), "--config=" + config}
	tb.Cleanup(func() {
		for _, pid := range s.cores() {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		eventually(tb, patience, "the core ends", func() bool { return len(s.cores()) == 0 })
		require.NoError(tb, os.RemoveAll(dir))
	})
	return s
}

func (s *scripted) cores() []int { return (&scene{dir: filepath.Join(s.dir, "d")}).cores() }

// command is one run of the script, without an environment, in the root of the file system.
func (s *scripted) command(options []string, args ...string) *exec.Cmd {
	cmd := exec.Command(script, slices.Concat(s.options, options, []string{"--"}, args)...)
	cmd.Env, cmd.Dir = []string{}, "/"
	return cmd
}

// tell runs the script to its end and gives what Zabbix would keep of it.
func (s *scripted) tell(options []string, args ...string) (code int, said string) {
	s.t.Helper()
	cmd := s.command(options, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(s.t, err)
	}
	require.LessOrEqual(s.t, len(out), 2047)
	require.LessOrEqual(s.t, bytes.Count(out, []byte("\n")), 1, "one line: %s", out)
	return cmd.ProcessState.ExitCode(), string(out)
}

// problemOf is a message with a header, as the 6.0 export makes it.
func problemOf(id any, name string) string {
	return fmt.Sprintf("yunluo/1 %[1]v\r\n%[1]v|source=0\r\n%[1]v|value=1\r\n%[1]v|nseverity=3\r\n%[1]v|host=主机\r\n%[1]v|name=%[2]s\r\n%[1]v|text=", id, name)
}

func TestTwoHundredScriptsStartOneCore(t *testing.T) {
	t.Parallel()
	s := newScripted(t, startBox(t, stage.ModeFull, "SANDBOX_LIMITS=1"))
	stop := make(chan struct{})
	var sampling, running sync.WaitGroup
	most := 0
	sampling.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				most = max(most, len(s.cores()))
			}
		}
	})
	began := time.Now()
	failed := make(chan string, 200)
	for i := range 200 {
		running.Go(func() {
			if out, err := s.command(nil, "burst", "问题", problemOf(i+1, fmt.Sprintf("cold-%03d", i))).CombinedOutput(); err != nil {
				failed <- fmt.Sprintf("%v: %s", err, out)
			}
		})
	}
	running.Wait()
	t.Logf("200 scripts on a cold machine took %.1f s", time.Since(began).Seconds())
	close(failed)
	for f := range failed {
		require.Fail(t, "a script failed", f)
	}
	require.Less(t, time.Since(began), 40*time.Second, "zabbix_server's patience")
	eventually(t, patience, "everything is told", func() bool {
		var all strings.Builder
		for _, m := range s.messages(t, "conversation=oc_bench5") {
			all.WriteString(drawn(t, m).text)
		}
		for i := range 200 {
			if !strings.Contains(all.String(), fmt.Sprintf("cold-%03d", i)) {
				return false
			}
		}
		return true
	})
	close(stop)
	sampling.Wait()
	require.Equal(t, 1, most)
}

func TestWhateverZabbixHandsOverArrives(t *testing.T) {
	t.Parallel()
	s := newScripted(t, startBox(t, stage.ModeFull, "SANDBOX_LIMITS=1"))
	for i, value := range []string{
		"'\"`$(id)\\;|&\r\nx\ny", "\xff\xfe\xc3", strings.Repeat("长", 14_000), "--help", "-", "--", "--launch", "{EVENT.X}", "\x01\x1b[31m", "🙂 < & >",
	} {
		code, said := s.tell(nil, "events", value, problemOf(1000+i, fmt.Sprintf("odd-%d ", i)+value)+value)
		require.Zero(t, code, "%q: %s", value, said)
		eventually(t, patience, "it arrives", func() bool { return len(s.looks(t, "feishu", fmt.Sprintf("odd-%d", i))) > 0 })
	}
	code, said := s.tell([]string{"--wait=10s"}, "feishu/chat:oc_ops", "s", problemOf(999, "to one chat"))
	require.Zero(t, code, said)
	require.Len(t, s.messages(t, "conversation=oc_ops"), 1, "a recipient will do")
	// A "Send to" is never an option, with or without the -- of our exports.
	for _, sendTo := range []string{"--launch", "--config=/etc/passwd", "-h", "--"} {
		code, said := s.tell(nil, sendTo, "s", "m")
		require.Equal(t, 1, code, said)
		require.Contains(t, said, "云锣", "it is a name that Yunluo does not know")
		bare := exec.Command(script, sendTo, "subject", "message")
		bare.Env = []string{"YUNLUO_DIR=" + filepath.Join(s.dir, "d"), "YUNLUO_CONFIG=" + filepath.Join(s.dir, "yunluo.yaml")}
		out, err := bare.CombinedOutput()
		require.Error(t, err)
		require.NotContains(t, string(out), "OPTIONS", sendTo)
	}
}

func TestWaitingTellsTheOutcome(t *testing.T) {
	t.Parallel()
	s := newScripted(t, startBox(t, stage.ModeFull, "SANDBOX_LIMITS=1"))
	for _, options := range [][]string{{"--wait=10s"}, {"--launch"}} {
		code, said := s.tell(options, "events", "s", problemOf(len(options[0]), "waited"))
		require.Zero(t, code, said)
		require.Len(t, s.looks(t, "feishu", "waited"), 1, "delivered when it returns")
		s.send(t, http.MethodDelete, "messages", map[string]any{})
		for _, pid := range s.cores() {
			require.NoError(t, syscall.Kill(pid, syscall.SIGTERM)) // --launch wants the store for itself
		}
		eventually(t, patience, "the core ends", func() bool { return len(s.cores()) == 0 })
	}
	s.faults(t, stage.Fault{Kind: stage.FaultStatus, Status: 500, Provider: "feishu"})
	code, said := s.tell([]string{"--wait=1s", "--lang=en"}, "events", "s", problemOf(77, "late"))
	require.Equal(t, 1, code)
	require.Contains(t, said, "stored it, has not delivered it yet")
	require.Contains(t, said, "Internal Server Error")
}

func TestAScriptWithoutYunluoSaysSo(t *testing.T) {
	t.Parallel()
	// Beside the binaries of the tests and not among them, on the same file system: a program that was just written
	// cannot be run while another test starts one.
	dir, err := os.MkdirTemp(filepath.Dir(script), "alone-") //nolint:usetesting // as above
	require.NoError(t, err)
	alone := filepath.Join(dir, "yunluo-zabbix")
	require.NoError(t, os.Link(script, alone))
	cmd := exec.Command(alone, "--dir="+filepath.Join(dir, "d"), "--", "events", "s", "m")
	cmd.Env, cmd.Dir = []string{}, "/"
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "找不到 yunluo 程序")
	cmd = exec.Command(alone, "--dir="+filepath.Join(dir, "d"), "--yunluo="+binary, "--config="+filepath.Join(dir, "none.yaml"), "--", "events", "s", "m")
	cmd.Env, cmd.Dir = []string{}, "/"
	out, err = cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "yunluo check")
	require.Contains(t, string(out), "none.yaml", "the core's own words")
}
