package corerpc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// lockPoll is how often a held lock is tried again.
const lockPoll = 25 * time.Millisecond

// lifeLock is held from before the socket is opened until after it is gone. The kernel frees it
// however the core ends.
type lifeLock struct{ file *flock.Flock }

// lockAddress takes the lock beside a socket. Another core that holds it and has no socket is
// starting or draining: that one is waited for, since it ends soon either way.
func lockAddress(ctx context.Context, address string) (*lifeLock, error) {
	path := strings.TrimSuffix(address, ".sock") + ".lock"
	file := flock.New(path)
	deadline := time.Now().Add(drainTime)
	for {
		taken, err := file.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock the core's address: %w", err)
		}
		if taken {
			break
		}
		_, err = os.Lstat(address)
		if !errors.Is(err, fs.ErrNotExist) || time.Now().After(deadline) {
			by := holder(path)
			return nil, lang.Because(ErrInUse, lang.Error(lang.Text{ZH: by.ZH + " 占用着 " + path, EN: by.EN + " holds " + path}))
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for %s to let go of %s: %w", holder(path).EN, path, ctx.Err())
		case <-time.After(lockPoll):
		}
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("write who holds the core's lock: %w", err), file.Unlock())
	}
	return &lifeLock{file: file}, nil
}

// release lets the next core in. The file stays: removing it would let two cores hold two of its kind.
func (l *lifeLock) release() {
	_ = l.file.Unlock() // The kernel does it at the latest when we end.
}

// holder is who wrote the lock file.
func holder(path string) lang.Text {
	b, err := os.ReadFile(path) //nolint:gosec // The lock beside our own socket.
	id := strings.TrimSpace(string(b))
	if err != nil || id == "" {
		return lang.Text{ZH: "一个还没写下进程号的进程", EN: "a process that has not said its pid yet"}
	}
	return lang.Text{ZH: "进程 " + id, EN: "the process " + id}
}
