package corerpc

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// defaultConnect is how long Connect takes at most, unless options say else. zabbix_server gives a
// script 40 seconds.
const defaultConnect = 15 * time.Second

// The pause between two looks at a core that is being started. Many processes may look at once.
const (
	leastLook = 10 * time.Millisecond
	mostLook  = 60 * time.Millisecond
)

// ConnectOptions say which background core a host wants. Every field may be left empty.
type ConnectOptions struct {
	// Dir holds the core's socket, lock, log and store; empty means Dir().
	Dir string
	// Config is the file that a core which is started here reads; empty means ConfigFile().
	Config string
	// Binary is started as "<binary> core --socket … --config … --store …"; empty means yunluo beside
	// this program, else in PATH, /usr/local/bin or /usr/bin.
	Binary string
	// Env are variables for a core that is started here, as in LaunchOptions.
	Env []string
	// Tenant, Build and AllowUIDs are those of AttachOptions.
	Tenant    string
	Build     string
	AllowUIDs []int
	// Timeout is for all of it; 0 means 15 seconds.
	Timeout time.Duration
}

// Connect attaches to the background core, and starts it first if there is none. The core
// goes on when this process ends, in a session of its own and with none of this process's descriptors.
// However many processes connect at once, they get the same one.
// The errors Is core.ErrUnreachable; those of a core that ended at once carry its last lines.
func Connect(ctx context.Context, opts ConnectOptions) (*Client, error) {
	if opts.Timeout <= 0 {
		opts.Timeout = defaultConnect
	}
	ctx, cancel := context.WithTimeout(ctx, opts.Timeout)
	defer cancel()
	s, err := newStarter(opts)
	if err != nil {
		return nil, lang.Because(core.ErrUnreachable, err)
	}
	client, err := s.attach(ctx)
	if !errors.Is(err, errNoCore) {
		return client, err
	}
	if err := ownDir(s.opts.Dir, 0o700); err != nil {
		return nil, lang.Because(core.ErrUnreachable, err)
	}
	return s.startOnce(ctx)
}

// starter starts a core in the background.
type starter struct {
	opts   ConnectOptions
	binary string
}

func newStarter(opts ConnectOptions) (*starter, error) {
	var err error
	if opts.Dir, opts.Config, err = placeOf(opts.Dir, opts.Config); err != nil {
		return nil, err
	}
	return &starter{opts: opts}, nil
}

func (s *starter) attach(ctx context.Context) (*Client, error) {
	return Attach(ctx, Address(s.opts.Dir), AttachOptions{
		Tenant: s.opts.Tenant, Build: s.opts.Build, AllowUIDs: s.opts.AllowUIDs,
	})
}

// startOnce attaches to whichever core comes up, and brings it up itself if it gets the start lock first.
func (s *starter) startOnce(ctx context.Context) (*Client, error) {
	lock := flock.New(filepath.Join(s.opts.Dir, startLockName))
	defer func() { _ = lock.Unlock() }() // The kernel does it at the latest when we end.
	for {
		taken, err := lock.TryLock()
		if err != nil {
			return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("取得启动它的锁", "take the lock for starting it"), err))
		}
		client, err := s.attach(ctx)
		if !errors.Is(err, errNoCore) {
			return client, err
		}
		if taken {
			return s.start(ctx)
		}
		if err := pause(ctx); err != nil {
			return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("另一个进程正在 %s 里启动它，还没启动起来",
				"another process is starting it in %s and has not got it running", s.opts.Dir), err))
		}
	}
}

// pause is a look's pause.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(leastLook + rand.N(mostLook-leastLook)): //nolint:gosec // Jitter.
		return nil
	}
}

// start starts the core and waits for its Hello. The caller holds the start lock.
func (s *starter) start(ctx context.Context) (*Client, error) {
	var err error
	if s.binary, err = FindBinary(s.opts.Binary); err != nil {
		return nil, lang.Because(core.ErrUnreachable, err)
	}
	logPath := filepath.Join(s.opts.Dir, logName)
	log, err := openLog(logPath)
	if err != nil {
		return nil, lang.Because(core.ErrUnreachable, err)
	}
	defer log.Close()
	var offset int64
	if info, err := log.Stat(); err == nil {
		offset = info.Size()
	}
	ended, err := s.spawn(log)
	if err != nil {
		return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("启动 %s", "start %s", s.binary), err))
	}
	for {
		client, err := s.attach(ctx)
		if !errors.Is(err, errNoCore) {
			return client, err
		}
		select {
		case how := <-ended:
			return nil, lang.Because(core.ErrUnreachable, lang.Wrong("%s 没来得及应答就退出了（%s）：%s", "%s ended before it answered (%s): %s",
				s.binary, how, orNothing(tailFrom(logPath, offset))))
		default:
		}
		if err := pause(ctx); err != nil {
			return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("%s 已启动，%s 内没有应答：%s", "%s has started and did not answer within %s: %s",
				s.binary, s.opts.Timeout, orNothing(tailFrom(logPath, offset))), err))
		}
	}
}

func orNothing(lines string) string {
	if lines == "" {
		return "it wrote nothing"
	}
	return lines
}

// spawn starts the process and tells how it ended, if it does while we live.
func (s *starter) spawn(log *os.File) (<-chan string, error) {
	if err := KeepDescriptors(); err != nil {
		return nil, err
	}
	cmd := exec.Command(s.binary, "core", //nolint:gosec,noctx // The operator's own binary, which outlives us.
		"--socket", Address(s.opts.Dir), "--config", s.opts.Config, "--store", s.opts.Dir)
	cmd.Env = childEnv(os.Environ(), s.opts.Env)
	cmd.Dir = string(filepath.Separator)
	cmd.Stderr = log
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the process: %w", err)
	}
	ended := make(chan string, 1)
	go func() {
		if err := cmd.Wait(); err != nil {
			ended <- err.Error()
			return
		}
		ended <- "exit status 0"
	}()
	return ended, nil
}
