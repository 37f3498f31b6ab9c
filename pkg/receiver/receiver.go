// Package receiver is the HTTP edge of `yunluo serve`: it takes what monitoring systems post,
// finds out who posts it, hands it to a core and answers with what became of it.
package receiver

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// Options are what a Server needs. Core and Config are required.
type Options struct {
	Core core.Core
	// Config is the configuration in force: listen, sources, labels, defaults, public_url.
	Config *config.Config
	// Logger defaults to one that discards.
	Logger *slog.Logger
	// Registry takes the receiver's metrics, and all of it is exposed; default: a new one. It must
	// not be the one that Core.Metrics shows, or everything is exposed twice.
	Registry *prometheus.Registry
	// Reload reads the configuration again for POST /-/reload. An error that Is core.ErrConfig
	// says that the new one is not valid. Without Reload the route answers 501.
	Reload func(ctx context.Context) error
	// Now defaults to time.Now.
	Now func() time.Time
}

// Server is the HTTP edge. It is safe for concurrent use.
type Server struct {
	core     core.Core
	log      *slog.Logger
	registry *prometheus.Registry
	metrics  *metrics
	reload   func(ctx context.Context) error
	now      func() time.Time
	origins  *http.CrossOriginProtection

	view atomic.Pointer[view]
	// first is the configuration that this process began with, and keeps some settings of.
	first *config.Config
	// key makes the digests of credentials useless outside this process.
	key     []byte
	buffers sync.Pool
	// large bounds how many big bodies are decoded at once, since each takes several times its size.
	large    chan struct{}
	draining atomic.Bool

	// mu guards what Start and Stop change.
	mu       sync.Mutex
	server   *http.Server
	listener net.Listener
	done     chan struct{}
	stopped  chan struct{}
	failure  error
}

// largeBody is the size from which a body waits for one of largeAtOnce places to be decoded.
const (
	largeBody   = 1 << 20
	largeAtOnce = 4
)

// New checks the options and makes a Server that does not listen yet. It refuses an open
// listener: one that is not on the loopback, without credentials and without listen.allow_open.
func New(o Options) (*Server, error) {
	switch {
	case o.Core == nil:
		return nil, errors.New("receiver: a core is required")
	case o.Config == nil:
		return nil, errors.New("receiver: a configuration is required")
	}
	s := &Server{
		core: o.Core, first: o.Config, log: o.Logger, registry: o.Registry, reload: o.Reload, now: o.Now,
		origins: http.NewCrossOriginProtection(),
		key:     make([]byte, 32),
		buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }},
		large:   make(chan struct{}, largeAtOnce),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.registry == nil {
		s.registry = prometheus.NewRegistry()
	}
	if s.now == nil {
		s.now = time.Now
	}
	_, _ = rand.Read(s.key) // never fails, by its documentation
	if err := s.SetConfig(o.Config); err != nil {
		return nil, err
	}
	m, err := newMetrics(s.registry)
	if err != nil {
		return nil, err
	}
	s.metrics = m
	return s, nil
}

// SetConfig puts a new configuration in force for the requests that begin from now on. On an error
// the old one stays. The address of a running listener does not change; a certificate does.
func (s *Server) SetConfig(c *config.Config) error {
	if c == nil {
		return errors.New("receiver: a configuration is required")
	}
	v, err := newView(c, s.key)
	if err != nil {
		return err
	}
	s.view.Store(v)
	if waits := s.waiting(c); len(waits) > 0 {
		s.log.Warn("settings change at the next start", "settings", waits)
	}
	return nil
}

// waiting names the settings that a running process does not change.
func (s *Server) waiting(c *config.Config) []string {
	var names []string
	if c.Listen.Address != s.first.Listen.Address {
		names = append(names, "listen.address")
	}
	if c.Store.Path != s.first.Store.Path {
		names = append(names, "store.path")
	}
	return names
}

// Handler serves every route; Start serves the same.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, k := range kinds() {
		mux.Handle(k.path, s.ingest(k))
		mux.Handle(k.path+"/{contact_point...}", s.ingest(k))
	}
	mux.HandleFunc("/healthz", s.healthz)
	mux.HandleFunc("/readyz", s.readyz)
	mux.HandleFunc("/metrics", s.exposition)
	mux.HandleFunc("/-/reload", s.reloading)
	mux.HandleFunc(groupPath+"{id}", s.groupPage)
	mux.HandleFunc("/", s.otherwise)
	return s.guarded(mux)
}
