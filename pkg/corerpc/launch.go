//go:build !yunluo_thin

package corerpc

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// defaultStart is how long a core may take from exec to its first answer, unless options say else. A store of an older version is
// upgraded before that, which takes some ten seconds for each GiB.
const defaultStart = 2 * time.Minute

// settle is how long the system may take to tell of a death that its pipes have shown already.
const settle = 200 * time.Millisecond

// LaunchOptions say which core a host starts for itself.
type LaunchOptions struct {
	// Path is the binary and Args what follows it; the command must end in ServePlugin.
	Path string
	Args []string
	// Env are variables that the core gets besides those that it always does (PATH, HOME, TZ, TMPDIR,
	// the proxies, certificates and YUNLUO_*): NAME passes the host's value on, NAME=value sets one.
	// The rest of the host's environment stays with the host.
	Env []string
	// Config is what the core gets whenever it reads its HostConfig, at its start and at each reload; nil offers none.
	// It may be called at any time until the core has ended.
	Config func() secret.Value
	// Checksum is the SHA-256 of the binary; empty means that it is not compared.
	Checksum []byte
	// Logger repeats what the core writes to stderr; nil drops it.
	Logger *slog.Logger
	// StartTimeout is how long the core may take until its first answer; 0 means 2 minutes.
	StartTimeout time.Duration
	// Build is the host's version, told to the core.
	Build string
}

// Launched is a core in a child process. It ends with Close, and with this process however that ends.
type Launched struct {
	*Client

	child  *child
	plugin *plugin.Client
	log    *lineLog

	close   sync.Once
	closing chan struct{}
}

var _ core.Core = (*Launched)(nil)

// Launch starts a core and waits until it answers. Its errors Is core.ErrUnreachable, carry the last
// lines that the core wrote, and are ErrRefused as well when it is of another protocol version.
func Launch(ctx context.Context, opts LaunchOptions) (*Launched, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.StartTimeout <= 0 {
		opts.StartTimeout = defaultStart
	}
	if err := checkBinary(opts.Path, opts.Checksum); err != nil {
		return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("启动 %s", "launch %s", opts.Path), err))
	}
	process, err := newChild(opts.Path, opts.Args, childEnv(os.Environ(), opts.Env), opts.Config)
	if err != nil {
		return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("启动 %s", "launch %s", opts.Path), err))
	}
	log := &lineLog{logger: opts.Logger}
	l := &Launched{child: process, log: log, closing: make(chan struct{})}
	l.plugin = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake(),
		Plugins:          plugin.PluginSet{pluginName: &glue{}},
		RunnerFunc:       process.adopt,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     opts.StartTimeout,
		Stderr:           log,
		SyncStderr:       &lineLog{logger: opts.Logger}, // What is written after go-plugin took stderr over.
		SyncStdout:       io.Discard,
		Logger:           hclog.NewNullLogger(),
		GRPCDialOptions:  dialOptions(),
	})

	ctx, cancel := context.WithTimeout(ctx, opts.StartTimeout)
	defer cancel()
	late := context.AfterFunc(ctx, func() { _ = process.Kill(ctx) })
	err = l.greet(ctx, opts.Build)
	if late(); err != nil {
		return nil, l.failed(ctx, err, opts)
	}
	return l, nil
}

// greet drives go-plugin's handshake, which checks the version, and ours.
func (l *Launched) greet(ctx context.Context, build string) error {
	protocol, err := l.plugin.Client()
	if err != nil {
		return fmt.Errorf("shake hands: %w", err)
	}
	dispensed, err := protocol.Dispense(pluginName)
	if err != nil {
		return fmt.Errorf("shake hands: %w", err)
	}
	client, ok := dispensed.(*Client)
	if !ok {
		return fmt.Errorf("shake hands: it gave a %T and no core", dispensed)
	}
	l.Client = client
	return hello(ctx, client.rpc, &corepb.HelloRequest{Protocol: Protocol, Build: valid(build)})
}

// failed cleans up after a start that came to nothing and says why it did.
func (l *Launched) failed(ctx context.Context, err error, opts LaunchOptions) error {
	died := l.child.exited(settle)
	_ = l.child.Kill(ctx)
	l.child.exited(drainTime)
	l.plugin.Kill()
	l.child.sweep()

	why := lang.TextOf(err)
	var also []error
	switch {
	case strings.Contains(err.Error(), "incompatible API version"):
		why = lang.Text{
			ZH: fmt.Sprintf("宿主说第 %d 版协议，它不是（%s）：请装同一版本", Protocol, err),
			EN: fmt.Sprintf("this host speaks protocol %d and it does not (%s): install the same version of both", Protocol, err),
		}
		also = append(also, ErrRefused)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		why = lang.Text{ZH: fmt.Sprintf("它在 %s 内没有应答", opts.StartTimeout), EN: fmt.Sprintf("it did not answer within %s", opts.StartTimeout)}
		also = append(also, context.DeadlineExceeded)
	case ctx.Err() != nil:
		why = lang.Text{ZH: "启动被放弃", EN: "the start was given up"}
		also = append(also, ctx.Err())
	case died && l.child.started:
		why = lang.Text{ZH: "它没来得及应答就退出了：" + l.child.fate().ZH, EN: "it ended before it answered: " + l.child.fate().EN}
	default:
		also = append(also, err)
	}
	why = l.log.withTail(why)
	text := lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("启动 %s", "launch %s", opts.Path), lang.Error(why)))
	return &launchError{text: lang.TextOf(text), causes: append(also, core.ErrUnreachable)}
}

// launchError says why a core did not start.
type launchError struct {
	text   lang.Text
	causes []error
}

// Error gives the sentence.
func (e *launchError) Error() string { return e.text.EN }

// Words gives it in both languages, for lang.TextOf.
func (e *launchError) Words() lang.Text { return e.text }

// Unwrap gives core.ErrUnreachable, and what else it is.
func (e *launchError) Unwrap() []error { return e.causes }

// Done is closed when the core's process has ended.
func (l *Launched) Done() <-chan struct{} { return l.child.done }

// PID is the core's process.
func (l *Launched) PID() int { return l.child.cmd.Process.Pid }

// Err says how the core ended by itself. It is nil while it runs, and after Close.
func (l *Launched) Err() error {
	select {
	case <-l.child.done:
	default:
		return nil
	}
	select {
	case <-l.closing:
		return nil
	default:
	}
	why := l.log.withTail(lang.Text{
		ZH: fmt.Sprintf("它的进程 %d 退出了：%s", l.PID(), l.child.fate().ZH),
		EN: fmt.Sprintf("its process %d ended: %s", l.PID(), l.child.fate().EN),
	})
	return lang.Because(core.ErrUnreachable, lang.Error(why))
}

// Close lets the core finish what it is doing and leave, and ends it after half a minute if it
// does not. It returns when the process is gone. Closing twice is fine.
func (l *Launched) Close() error {
	l.close.Do(func() {
		if !l.child.exited(0) {
			close(l.closing)
		}
		l.child.letGo()
		if !l.child.exited(leaveWithin + leaveWithin/5) {
			_ = l.child.Kill(context.Background())
			l.child.exited(drainTime)
		}
		l.plugin.Kill()
		l.child.sweep()
	})
	return nil
}

// checkBinary compares the checksum and gives a plain sentence when there is no binary.
func checkBinary(path string, checksum []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look for the core's binary: %w", err)
	}
	if info.IsDir() {
		return errors.New("the core's binary is a directory")
	}
	if len(checksum) == 0 {
		return nil
	}
	same, err := (&plugin.SecureConfig{Checksum: checksum, Hash: sha256.New()}).Check(path)
	if err != nil {
		return fmt.Errorf("check the core's binary: %w", err)
	}
	if !same {
		return fmt.Errorf("%w: the binary is not the one that was installed: install it again or correct the checksum",
			plugin.ErrChecksumsDoNotMatch)
	}
	return nil
}
