//go:build !yunluo_thin

package corerpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// leaveWithin is how long a core whose host is gone has to finish its calls, close its store and exit.
// What is accepted is on disk, so ending it then loses nothing.
const leaveWithin = 25 * time.Second

// ErrNotLaunched means that a launched core's entry was run by hand.
var ErrNotLaunched = errors.New("this command is run by a host such as yunluo serve, not by hand: use yunluo core for a core of its own")

// PluginOptions say how a launched core is served.
type PluginOptions struct {
	Build  string
	Logger *slog.Logger
}

// ServePlugin serves c to the host that launched this process, until the host closes its end
// of the pipe or dies. It then finishes the calls in flight for at most ten seconds and returns nil, so
// that the caller can close c and exit; 25 seconds after the host went the process exits by itself.
// SIGINT and SIGTERM are left to the host, which gets them too and may still have calls to make.
// It returns an error that Is ErrNotLaunched at once when no host launched this process.
func ServePlugin(c core.Core, opts PluginOptions) error {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	shake := handshake()
	if os.Getenv(shake.MagicCookieKey) != shake.MagicCookieValue {
		return ErrNotLaunched
	}
	lead := os.NewFile(leadFD, "lead")
	if info, err := lead.Stat(); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return fmt.Errorf("%w: descriptor %d is not the host's pipe", ErrNotLaunched, leadFD)
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM)

	flight := newFlight()
	grpcServer := make(chan *grpc.Server, 1)
	go func() {
		waitForEnd(lead)
		time.AfterFunc(leaveWithin, func() { os.Exit(1) })
		flight.land(drainTime)
		(<-grpcServer).Stop()
	}()

	srv := &server{core: c, door: door{build: opts.Build, logger: opts.Logger}}
	stderr := os.Stderr
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: shake,
		Plugins:         plugin.PluginSet{pluginName: &glue{server: srv}},
		// Only what makes serving impossible; everything else is ours to log.
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr}),
		GRPCServer: func(fromPlugin []grpc.ServerOption) *grpc.Server {
			all := append(serverOptions(), grpc.ChainUnaryInterceptor(flight.count, survive(opts.Logger)))
			g := grpc.NewServer(append(all, fromPlugin...)...)
			grpcServer <- g
			return g
		},
	})
	os.Stderr = stderr // go-plugin had pointed it at a stream that nobody reads any more.
	// The host's directory for our socket; it is empty now, and the host may be gone.
	if dir := os.Getenv(plugin.EnvUnixSocketDir); dir != "" {
		_ = os.Remove(dir) //nolint:gosec // Removes nothing but an empty directory.
	}
	return nil
}

// waitForEnd returns when the host has closed its end of the pipe. Nothing is ever written to it.
func waitForEnd(lead *os.File) {
	var none [1]byte
	for {
		if _, err := lead.Read(none[:]); err != nil {
			return
		}
	}
}

// flight counts the calls that are being answered. gRPC's own graceful stop would also
// wait for go-plugin's streams, which only end with the connection.
type flight struct {
	mu      sync.Mutex
	calls   int
	landing bool
	landed  chan struct{}
}

func newFlight() *flight { return &flight{landed: make(chan struct{})} }

// count is an interceptor: it refuses calls once landing has begun.
func (f *flight) count(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	f.mu.Lock()
	if f.landing {
		f.mu.Unlock()
		return nil, status.Error(codes.Unavailable, "the core is stopping")
	}
	f.calls++
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.calls--
		if f.landing && f.calls == 0 {
			close(f.landed)
		}
		f.mu.Unlock()
	}()
	return next(ctx, req)
}

// land takes no new calls and waits for those in flight, for at most d.
func (f *flight) land(d time.Duration) {
	f.mu.Lock()
	f.landing = true
	empty := f.calls == 0
	f.mu.Unlock()
	if empty {
		return
	}
	select {
	case <-f.landed:
	case <-time.After(d):
	}
}
