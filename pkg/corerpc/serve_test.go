package corerpc

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

func TestTheSecondCoreIsToldWhoTheFirstIs(t *testing.T) {
	address := Address(socketDir(t))
	stop := serve(t, &fakeCore{}, address, nil)
	err := Serve(t.Context(), &fakeCore{}, ServeOptions{Address: address})
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, fmt.Sprintf("the process %d holds", os.Getpid()))
	attach(t, address, AttachOptions{}) // The first one still serves.

	require.NoError(t, stop())
	serve(t, &fakeCore{}, address, nil)
}

func TestASocketOfADeadCoreIsReplacedAndAFileIsNot(t *testing.T) {
	dir := socketDir(t)
	address := Address(dir)
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: address})
	require.NoError(t, err)
	left.SetUnlinkOnClose(false)
	require.NoError(t, left.Close())
	stop := serve(t, &fakeCore{}, address, nil)
	info, err := os.Stat(address)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, stop())
	require.NoFileExists(t, address)

	require.NoError(t, os.WriteFile(address, []byte("mine"), 0o600))
	require.ErrorContains(t, Serve(t.Context(), &fakeCore{}, ServeOptions{Address: address}), "is no socket")
	require.FileExists(t, address)
}

func TestTheSocketsDirectoryIsOursAlone(t *testing.T) {
	base := socketDir(t)
	open := filepath.Join(base, "open")
	require.NoError(t, os.Mkdir(open, 0o700))
	require.NoError(t, os.Chmod(open, 0o755))
	require.ErrorContains(t, Serve(t.Context(), &fakeCore{}, ServeOptions{Address: Address(open)}), "chmod 700")

	link := filepath.Join(base, "link")
	require.NoError(t, os.Symlink(open, link))
	require.ErrorContains(t, Serve(t.Context(), &fakeCore{}, ServeOptions{Address: Address(link)}), "is not a directory")
}

func TestAllowedUsersPassTheDirectoryAndOpenTheSocketAsItsGroup(t *testing.T) {
	for name, c := range map[string]struct {
		before      os.FileMode // 0 is a directory that is not there.
		allow       []int
		dir, socket os.FileMode
	}{
		"made for us":                {0, nil, 0o700, 0o600},
		"made for a group":           {0, []int{33}, 0o710, 0o660},
		"a store's, opened":          {0o700, []int{33}, 0o710, 0o660},
		"systemd's, for a group":     {0o750, []int{33}, 0o750, 0o660},
		"systemd's, for nobody else": {0o750, nil, 0o750, 0o600},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(socketDir(t), "a", "core")
			if c.before != 0 {
				require.NoError(t, os.MkdirAll(dir, 0o700))
				require.NoError(t, os.Chmod(dir, c.before))
			}
			serve(t, &fakeCore{}, Address(dir), func(o *ServeOptions) { o.AllowUIDs = c.allow })
			info, err := os.Stat(dir)
			require.NoError(t, err)
			require.Equal(t, c.dir, info.Mode().Perm())
			info, err = os.Stat(Address(dir))
			require.NoError(t, err)
			require.Equal(t, c.socket, info.Mode().Perm())
		})
	}
}

func TestStopFinishesTheCallsInFlight(t *testing.T) {
	address := Address(socketDir(t))
	fake := &fakeCore{free: make(chan struct{})}
	stop := serve(t, fake, address, nil)
	c := attach(t, address, AttachOptions{})
	type answer struct {
		result core.Result
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		result, err := c.Submit(t.Context(), core.Submission{ContactPoint: "block"})
		answers <- answer{result, err}
	}()
	require.Eventually(t, func() bool { return fake.blocked.Load() == 1 }, patience, time.Millisecond)

	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	require.Eventually(t, func() bool { // Nobody comes in any more.
		_, err := os.Lstat(address)
		return os.IsNotExist(err)
	}, patience, time.Millisecond)
	select {
	case err := <-stopped:
		require.Failf(t, "stopped under a call", "%v", err)
	default:
	}
	close(fake.free)
	got := <-answers
	require.NoError(t, got.err)
	require.Equal(t, core.StateDelivered, got.result.State)
	require.NoError(t, <-stopped)
}

func TestWhoMayComeIn(t *testing.T) {
	check := uidCheck{own: 1000, allow: []int{33}}
	for uid, in := range map[int]bool{1000: true, 0: true, 33: true, 65534: false, 1001: false} {
		err := check.check(process{pid: 7, uid: uid})
		require.Equal(t, in, err == nil, uid)
		if err != nil {
			require.ErrorContains(t, err, fmt.Sprintf("user id %d", uid))
		}
	}
}
