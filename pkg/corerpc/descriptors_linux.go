package corerpc

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// firstOther is the first descriptor behind stdin, stdout and stderr.
const firstOther = 3

// KeepDescriptors marks every descriptor but the first three close-on-exec, so that a core does not
// inherit what this process inherited. zabbix_server leaks its listening sockets to its scripts and
// cannot start again while one of them is open somewhere.
func KeepDescriptors() error {
	// https://man7.org/linux/man-pages/man2/close_range.2.html (CLOSE_RANGE_CLOEXEC: Linux 5.11)
	if unix.CloseRange(firstOther, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return nil
	}
	return keepListedDescriptors("/proc/self/fd")
}

// keepListedDescriptors does it one by one, for older kernels.
func keepListedDescriptors(list string) error {
	entries, err := os.ReadDir(list)
	if err != nil {
		return fmt.Errorf("list the open descriptors, which a core must not inherit: %w", err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd < firstOther {
			continue
		}
		// The list's own descriptor is closed by now.
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil && !errors.Is(err, unix.EBADF) {
			return fmt.Errorf("keep descriptor %d from the core: %w", fd, err)
		}
	}
	return nil
}
