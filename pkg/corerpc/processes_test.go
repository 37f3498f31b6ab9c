package corerpc

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// nobody is a user without rights.
const nobody = 65534

// asNobody makes a process of the test binary run as nobody in root's group.
func asNobody(binary string) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		cmd.Path, cmd.Args[0] = binary, binary
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: 0}}
	}
}

// publicCopy is the test binary where everybody may run it.
func publicCopy(t *testing.T) (dir, binary string) {
	t.Helper()
	dir = socketDir(t)
	require.NoError(t, os.Chmod(dir, 0o755))
	binary = filepath.Join(dir, "yunluo-test")
	from, err := os.Open(self(t))
	require.NoError(t, err)
	defer from.Close()
	to, err := os.OpenFile(binary, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(to, from)
	require.NoError(t, err)
	require.NoError(t, to.Close())
	return dir, binary
}

// TestAForeignUserIsRefused needs root to become somebody else. Without it TestWhoMayComeIn judges the rule
// alone; the log says which it was.
func TestAForeignUserIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not root: only the rule was tested, by TestWhoMayComeIn")
		return
	}
	t.Log("root: the kernel was asked, with a client and a core that run as nobody")
	dir, binary := publicCopy(t)

	t.Run("by the directory", func(t *testing.T) {
		address := Address(filepath.Join(dir, "shut"))
		serve(t, &fakeCore{}, address, nil)
		a := start(t, "attacher", asNobody(binary), "YUNLUO_TEST_SOCKET="+address)
		require.Error(t, a.wait(t))
		require.Contains(t, a.stderr.String(), "this user may not open")
	})
	t.Run("by the core", func(t *testing.T) {
		address := Address(filepath.Join(dir, "group"))
		serve(t, &fakeCore{}, address, func(o *ServeOptions) { o.AllowUIDs = []int{nobody - 1} })
		a := start(t, "attacher", asNobody(binary), "YUNLUO_TEST_SOCKET="+address)
		require.Error(t, a.wait(t))
		require.Contains(t, a.stderr.String(), "belongs to the user id 65534, and only the user id 0 and root are let in")
	})
	t.Run("unless it is allowed", func(t *testing.T) {
		address := Address(filepath.Join(dir, "allowed"))
		serve(t, &fakeCore{}, address, func(o *ServeOptions) { o.AllowUIDs = []int{nobody} })
		a := start(t, "attacher", asNobody(binary), "YUNLUO_TEST_SOCKET="+address)
		require.Equal(t, "submitted", a.line(t))
	})
	t.Run("by the host", func(t *testing.T) {
		theirs := filepath.Join(dir, "theirs")
		require.NoError(t, os.Mkdir(theirs, 0o700))
		require.NoError(t, os.Chown(theirs, nobody, 0))
		a := start(t, "core", asNobody(binary), "YUNLUO_TEST_SOCKET="+Address(theirs))
		require.Equal(t, "ready", a.line(t))
		_, err := Attach(t.Context(), Address(theirs), AttachOptions{})
		require.ErrorIs(t, err, ErrRefused)
		require.ErrorContains(t, err, "is not trusted")
		attach(t, Address(theirs), AttachOptions{AllowUIDs: []int{nobody}})
		require.ErrorContains(t, Serve(t.Context(), &fakeCore{}, ServeOptions{Address: Address(theirs)}),
			"belongs to the user id 65534")
	})
}

func TestHostsComeAndGoAndTheCoreStays(t *testing.T) {
	address := Address(socketDir(t))
	coreProcess := start(t, "core", nil, "YUNLUO_TEST_SOCKET="+address)
	require.Equal(t, "ready", coreProcess.line(t))
	hosts := make([]*actor, 4)
	for i := range hosts {
		hosts[i] = start(t, "attacher", nil, "YUNLUO_TEST_SOCKET="+address)
	}
	for _, h := range hosts {
		require.Equal(t, "submitted", h.line(t))
	}
	goOn := func(left []*actor) {
		t.Helper()
		for _, h := range left {
			drainLines(h)
			require.Equal(t, "submitted", h.line(t), "the others go on")
		}
		require.True(t, alive(coreProcess.cmd.Process.Pid))
	}
	require.NoError(t, hosts[0].cmd.Process.Kill())
	require.Error(t, hosts[0].wait(t))
	goOn(hosts[1:])
	require.NoError(t, hosts[1].cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, hosts[1].wait(t))
	goOn(hosts[2:])
	require.NoError(t, hosts[2].stdin.Close())
	require.NoError(t, hosts[2].wait(t))
	goOn(hosts[3:])
	attach(t, address, AttachOptions{}) // And a new one comes.
}

// drainLines forgets what was said so far.
func drainLines(a *actor) {
	for {
		select {
		case _, ok := <-a.lines:
			if !ok {
				return
			}
		default:
			return
		}
	}
}

// background is a directory for Connect; what was started in it ends with the test.
func background(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(socketDir(t), "core")
	t.Cleanup(func() {
		for _, id := range started(t, dir) {
			if process, err := os.FindProcess(id); err == nil {
				_ = process.Signal(syscall.SIGTERM)
			}
			requireGone(t, id)
		}
	})
	return dir
}

// started are the cores that were ever started in a directory.
func started(t *testing.T, dir string) []int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "starts"))
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	var ids []int
	for line := range strings.Lines(string(content)) {
		var id int
		_, err := fmt.Sscan(line, &id)
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}

func TestAHundredConnectsGiveOneCore(t *testing.T) {
	dir := background(t)
	hosts := make([]*actor, 100)
	for i := range hosts {
		hosts[i] = start(t, "connecter", nil, "YUNLUO_DIR="+dir)
	}
	cores := map[int]bool{}
	for _, h := range hosts {
		cores[h.pidLine(t)] = true
		require.NoError(t, h.wait(t))
	}
	require.Len(t, cores, 1)
	require.Len(t, started(t, dir), 1)
	require.True(t, alive(started(t, dir)[0]), "it outlives those that started it")
}

func TestABackgroundCoreStandsByItself(t *testing.T) {
	dir := background(t)
	host := start(t, "connecter", nil, "YUNLUO_DIR="+dir, "YUNLUO_CONFIG=relative.yaml")
	id := host.pidLine(t)
	require.NoError(t, host.wait(t))

	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", id))
	require.NoError(t, err)
	require.Equal(t, "/", cwd)
	for fd, want := range map[int]string{0: "/dev/null", 1: "/dev/null", 2: filepath.Join(dir, logName)} {
		got, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", id, fd))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	session, err := syscall.Getpgid(id)
	require.NoError(t, err)
	require.Equal(t, id, session, "a session and group of its own")
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", id))
	require.NoError(t, err)
	here, err := os.Getwd()
	require.NoError(t, err)
	require.Equal(t, []string{
		self(t), "core", "--socket", Address(dir), "--config", filepath.Join(here, "relative.yaml"), "--store", dir,
	}, strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00"))
}

func TestALeakedSocketDoesNotLiveOnInTheCore(t *testing.T) {
	dir := background(t)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	tcp, ok := listener.(*net.TCPListener)
	require.True(t, ok)
	leaked, err := tcp.File()
	require.NoError(t, err)
	inode, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", leaked.Fd()))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(inode, "socket:"))

	var inherited []string
	host := start(t, "connecter", func(cmd *exec.Cmd) { cmd.ExtraFiles = []*os.File{leaked} }, "YUNLUO_DIR="+dir)
	inherited = descriptors(t, host.cmd.Process.Pid)
	id := host.pidLine(t)
	require.NoError(t, host.wait(t))
	require.Contains(t, inherited, inode, "the caller did have it")
	require.NotContains(t, descriptors(t, id), inode)

	require.NoError(t, leaked.Close())
	require.NoError(t, listener.Close())
	again, err := new(net.ListenConfig).Listen(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err, "who leaked it can start again")
	require.NoError(t, again.Close())
}

// descriptors is what a process has open.
func descriptors(t *testing.T, id int) []string {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", id))
	require.NoError(t, err)
	var open []string
	for _, e := range entries {
		if to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", id, e.Name())); err == nil {
			open = append(open, to)
		}
	}
	return open
}

func TestConnectSaysWhyTheCoreDidNotStart(t *testing.T) {
	dir := background(t)
	_, err := Connect(t.Context(), ConnectOptions{Dir: dir, Binary: self(t), Config: "broken.yaml", Timeout: patience})
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.ErrorContains(t, err, "did you mean accounts")
	require.ErrorContains(t, err, "exit status 1")

	_, err = Connect(t.Context(), ConnectOptions{Dir: dir, Binary: "/nowhere/yunluo"})
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.ErrorContains(t, err, "/nowhere/yunluo")

	_, err = Connect(t.Context(), ConnectOptions{Dir: dir, Binary: "/bin/true", Timeout: time.Second})
	require.ErrorContains(t, err, "it wrote nothing")

	open := t.TempDir()
	require.NoError(t, os.Chmod(open, 0o777))
	_, err = Connect(t.Context(), ConnectOptions{Dir: open, Binary: self(t)})
	require.ErrorContains(t, err, "is open to others")
}
