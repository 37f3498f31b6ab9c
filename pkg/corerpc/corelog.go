package corerpc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

// logName is where a core that Connect started writes, in its directory.
const logName = "core.log"

// maxLog is how large that file gets before it becomes core.log.1, in bytes.
const maxLog = 4 << 20

// logCheck is how often a running core looks at the size of its own.
const logCheck = 30 * time.Second

// tailLines is how much of a dead core's log becomes part of an error.
const tailLines = 8

// openLog opens the log for appending. An old one that is too large makes room first.
func openLog(path string) (*os.File, error) {
	if err := turnLog(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // In our own directory.
	if err != nil {
		return nil, fmt.Errorf("open the core's log: %w", err)
	}
	return f, nil
}

// turnLog copies a log that is too large to path.1 and empties it. It is not renamed,
// since the core that writes it goes on with the same descriptor, at what is then its start.
func turnLog(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && info.Size() <= maxLog) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the core's log: %w", err)
	}
	from, err := os.Open(path) //nolint:gosec // In our own directory.
	if err != nil {
		return fmt.Errorf("turn the core's log: %w", err)
	}
	defer from.Close()
	to, err := os.OpenFile(path+".1", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // In our own directory.
	if err != nil {
		return fmt.Errorf("turn the core's log: %w", err)
	}
	_, err = io.Copy(to, io.LimitReader(from, 2*maxLog))
	if err := errors.Join(err, to.Close(), os.Truncate(path, 0)); err != nil {
		return fmt.Errorf("turn the core's log: %w", err)
	}
	return nil
}

// keepLogBounded turns the log while the core runs, if that is what its stderr goes to.
// The function that it returns ends that.
func keepLogBounded(ctx context.Context, path string) func() {
	written, err := os.Stderr.Stat()
	if err != nil {
		return func() {}
	}
	named, err := os.Stat(path)
	if err != nil || !os.SameFile(written, named) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		tick := time.NewTicker(logCheck)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = turnLog(path) // A log that cannot be turned is tried again.
			}
		}
	}()
	return cancel
}

// tailFrom is the last lines of a log behind an offset, in one line.
func tailFrom(path string, offset int64) string {
	f, err := os.Open(path) //nolint:gosec // In our own directory.
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 16 << 10
	if info, err := f.Stat(); err == nil && info.Size()-offset > most {
		offset = info.Size() - most
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return ""
	}
	var lines []string
	for scan := bufio.NewScanner(io.LimitReader(f, most)); scan.Scan(); {
		if line := strings.TrimSpace(scan.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-tailLines):], "; ")
}
