//go:build linux

package corerpc

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestDescriptorsAreKeptOneByOneOnOldKernels(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	for _, keep := range []func() error{KeepDescriptors, func() error { return keepListedDescriptors("/proc/self/fd") }} {
		_, err = unix.FcntlInt(r.Fd(), unix.F_SETFD, 0)
		require.NoError(t, err)
		require.NoError(t, keep())
		flags, err := unix.FcntlInt(r.Fd(), unix.F_GETFD, 0)
		require.NoError(t, err)
		require.Equal(t, unix.FD_CLOEXEC, flags)
	}
	flags, err := unix.FcntlInt(os.Stderr.Fd(), unix.F_GETFD, 0)
	require.NoError(t, err)
	require.Zero(t, flags, "the first three stay")
	require.Error(t, keepListedDescriptors("/nowhere"))
}
