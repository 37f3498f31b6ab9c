package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// The limits of a connection. A request may need readTimeout for its body, maxWait for the first
// outcome and submitTimeout for being stored.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 60 * time.Second
	writeTimeout   = readTimeout + maxWait + submitTimeout + 10*time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 32 << 10
)

// Start listens on the configured address and serves until Stop; ctx bounds only the listening.
// A second Start while it runs does nothing.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return nil
	}
	v := s.view.Load()
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", v.cfg.Listen.Address)
	if err != nil {
		return lang.Because(lang.Wrong("listen.address %q 无法监听，请换一个空闲的地址", "listen.address %q cannot be listened on, choose a free address", v.cfg.Listen.Address), err)
	}
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if v.certificate != nil {
		server.TLSConfig = &tls.Config{
			MinVersion: tls.VersionTLS12,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				if c := s.view.Load().certificate; c != nil {
					return c, nil
				}
				return v.certificate, nil
			},
		}
	}
	s.draining.Store(false)
	s.server, s.listener, s.failure = server, listener, nil
	s.done, s.stopped = make(chan struct{}), nil
	go s.serve(server, listener, s.done)
	s.log.Info("receiver listens", "address", listener.Addr().String(), "tls", v.certificate != nil)
	return nil
}

func (s *Server) serve(server *http.Server, listener net.Listener, done chan<- struct{}) {
	defer close(done)
	var err error
	if server.TLSConfig != nil {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		s.mu.Lock()
		s.failure = fmt.Errorf("the listener failed: %w", err)
		s.mu.Unlock()
		s.log.Error("receiver listener failed", "error", err)
	}
}

// Addr is where it listens, nil before Start.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Done is closed when it no longer listens: after Stop, or when the listener failed, and then Err
// says why. It is nil before Start.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

// Err is why the listener failed, nil if it did not.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// Stop takes no new requests, lets those under way end, and closes what is left when ctx ends.
// It may be called at any time and again; every call returns after the end, or when its ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	s.draining.Store(true)
	s.mu.Lock()
	server, stopped, first := s.server, s.stopped, false
	if server != nil && stopped == nil {
		stopped = make(chan struct{})
		s.stopped, first = stopped, true
	}
	s.mu.Unlock()
	switch {
	case server == nil:
		return nil
	case !first:
		select {
		case <-stopped:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("wait for the receiver to stop: %w", context.Cause(ctx))
		}
	}
	err := server.Shutdown(ctx)
	if err != nil {
		_ = server.Close()
		err = fmt.Errorf("requests were still under way when the time to stop was over: %w", err)
	}
	<-s.Done()
	close(stopped)
	s.mu.Lock()
	s.server, s.listener = nil, nil
	s.mu.Unlock()
	return err
}
