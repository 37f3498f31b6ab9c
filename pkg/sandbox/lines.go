package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// LineSMTP is the protocol that takes mail.
const LineSMTP = "smtp"

func (s *Sandbox) line(name string) (stage.Line, error) {
	for _, p := range s.plays {
		if i := slices.IndexFunc(p.Lines, func(l stage.Line) bool { return l.Name == name }); i >= 0 {
			return p.Lines[i], nil
		}
	}
	return stage.Line{}, fmt.Errorf("no play speaks %q", name)
}

// ServeLine speaks a protocol besides HTTP on l until ctx ends or l is closed, which also ends its connections; it then
// returns nil.
func (s *Sandbox) ServeLine(ctx context.Context, name string, l net.Listener) error {
	line, err := s.line(name)
	if err != nil {
		return err
	}
	var talks sync.WaitGroup
	defer talks.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("take a connection for %s: %w", name, err)
		}
		if line.Refuse != nil && line.Refuse() {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = c.Close()
			continue
		}
		talks.Go(func() {
			stop := context.AfterFunc(ctx, func() { _ = c.Close() })
			defer stop()
			line.Serve(c)
		})
	}
}

// Dial connects to the play of a protocol besides HTTP, whatever the address, in memory: it can be used inside a
// testing/synctest bubble. The conversation's goroutine ends with the connection.
func (s *Sandbox) Dial(name string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		line, err := s.line(name)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if line.Refuse != nil && line.Refuse() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		}
		ours, theirs := net.Pipe()
		go line.Serve(theirs)
		return ours, nil
	}
}
