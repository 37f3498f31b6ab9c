// Package engine takes alert groups and sees to it that people get them: it
// deduplicates, queues, limits, retries, folds and goes on to the next step.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

var _ core.Core = (*Engine)(nil)

// Options are what an engine is made of.
type Options struct {
	// Dir is the store's directory; empty means the configuration's.
	Dir   string
	Types []sender.Manifest
	// Load reads the configuration of the main tenant, at the start and at every reload. It is nil where a host
	// owns the configuration and calls Configure.
	Load func() (*config.Config, error)
	// Tenants are the configurations that a host knows at the start, by tenant, so that what waits goes on. What waits
	// for a tenant without one is left alone until it is configured.
	Tenants map[string]*config.Config
	// ConfigPath is the file behind Load, for people.
	ConfigPath string
	Logger     *slog.Logger
	// Transport replaces the network in tests.
	Transport http.RoundTripper
	// Dial does the same for types that do not speak HTTP.
	Dial  func(ctx context.Context, network, address string) (net.Conn, error)
	Build string
	// MaxPages bounds the store, for tests of a full disk.
	MaxPages int
	// Failpoint is called after each commit point with its name, for tests that kill the core there.
	Failpoint func(Point)
}

// Point is a moment at which a core may die without losing anything.
type Point string

// The points, in the order in which a delivery passes them.
const (
	PointAccepted      Point = "accepted"
	PointLeased        Point = "leased"
	PointRequestStored Point = "request_stored"
	PointAnswerRead    Point = "answer_read"
	PointOutcomeStored Point = "outcome_stored"
)

// Engine is a core.Core over a store.
type Engine struct {
	o       Options
	log     *slog.Logger
	store   *store.Store
	limits  *limiter
	quotas  quotas
	m       *metrics
	started time.Time

	mu       sync.RWMutex
	tenants  map[string]*snapshot
	memories *memory

	waiters waiters
	nudge   chan struct{}
	// tracked tells that something new is to be asked about.
	tracked chan struct{}
	// desks are as many as there are processors: see writeDown.
	desks chan struct{}
	// life ends with the engine: calls to providers under way get a moment to finish.
	life   context.Context //nolint:containedctx // the engine's own life, handed to its workers
	cancel context.CancelFunc
	stop   chan struct{}
	once   sync.Once
	lanes  busyLanes
	// unrecovered is why lanes may still be held by a core that is gone.
	unrecovered atomic.Pointer[error]
	// held are the lanes that wait for the end of a group window.
	held  sync.Map
	group sync.WaitGroup
	// starting keeps Close from waiting for the group while somebody joins it.
	starting sync.RWMutex
}

// recoverEvery is how long a store that could not be written when the engine began is left alone.
const recoverEvery = 5 * time.Second

// closeGrace is how long Close waits for calls under way before it cancels them.
const closeGrace = 5 * time.Second

// Open opens the store, loads the configuration and goes on with what waits.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Failpoint == nil {
		o.Failpoint = func(Point) {}
	}
	e := &Engine{
		o: o, log: o.Logger, limits: newLimiter(), m: newMetrics(), started: time.Now(),
		tenants: map[string]*snapshot{}, memories: newMemory(),
		nudge: make(chan struct{}, 1), tracked: make(chan struct{}, 1), desks: make(chan struct{}, runtime.GOMAXPROCS(0)), stop: make(chan struct{}),
	}
	e.life, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := e.open(ctx); err != nil {
		e.cancel()
		return nil, err
	}
	e.group.Go(e.chores)
	e.group.Go(func() {
		if e.recoverAtLast() {
			e.group.Go(e.follow)
			e.dispatch()
		}
	})
	return e, nil
}

func (e *Engine) open(ctx context.Context) error {
	dir := e.o.Dir
	if e.o.Load != nil {
		cfg, err := e.o.Load()
		if err != nil {
			return lang.Because(core.ErrConfig, err)
		}
		if err := e.Configure(config.MainTenant, cfg); err != nil {
			return err
		}
		if dir == "" {
			dir = cfg.Store.Path
		}
	}
	for tenant, cfg := range e.o.Tenants {
		if err := e.Configure(tenant, cfg); err != nil {
			// What waits for this tenant is left alone; the others go on.
			e.log.Error("a tenant is not configured", "tenant", tenant, "error", err)
		}
	}
	if dir == "" {
		return lang.Because(core.ErrConfig, lang.Wrong("没有给出存储目录", "no directory for the store"))
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, MaxPages: e.o.MaxPages, Woken: e.arrived})
	if err != nil {
		return err
	}
	e.store = s
	if err := e.recover(); err != nil {
		// A store that can be read but not written still serves the history, and says in its health what is wrong.
		e.log.Error("the store cannot be written", "path", e.store.Path(), "error", err)
	}
	e.m.gauge("yunluo_queue_deliveries", "Deliveries that wait.", func() float64 {
		n, _, _ := s.Backlog(context.Background())
		return float64(n)
	})
	e.m.gauge("yunluo_queue_oldest_seconds", "Age of the oldest delivery that waits.", func() float64 {
		_, at, _ := s.Backlog(context.Background())
		if at == 0 {
			return 0
		}
		return time.Since(time.UnixMilli(at)).Seconds()
	})
	return nil
}

// recoverAtLast has recover succeed, for as long as it takes. It gives up only when the engine stops.
func (e *Engine) recoverAtLast() bool {
	for !e.recovered() {
		if e.stopsWithin(recoverEvery) {
			return false
		}
		if err := e.recover(); err != nil {
			e.log.Error("the store cannot be written yet", "error", err)
		}
	}
	return true
}

// recovered tells whether recover has succeeded.
func (e *Engine) recovered() bool { return e.unrecovered.Load() == nil }

// recover rebuilds what an earlier core knew: what was sent lately, for the limits, and
// which lanes it held. A lane that it held may have sent something that it could not note. Nothing is leased before.
func (e *Engine) recover() error {
	now := time.Now()
	err := e.store.Write(func(tx *store.Tx) error {
		e.limits.reset()
		if err := e.recount(tx, now); err != nil {
			return err
		}
		windows, longest := e.windows()
		recent, err := tx.AttemptsSince(millis(now.Add(-longest)), leaseTime.Milliseconds(), func(account string) int64 {
			return millis(now.Add(-max(windows[account], time.Minute)))
		})
		if err != nil {
			return err
		}
		for _, a := range recent {
			e.limits.record(e.placeOf(a.Account, a.Target, sender.Op(a.Op)), time.UnixMilli(a.At).Add(time.Duration(a.Latency)*time.Microsecond))
		}
		err = tx.Leased(func(l store.Lane) {
			e.limits.record(e.placeOf(accountKey(l.Tenant, l.Account), l.Target, sender.OpSend), now)
		})
		if err != nil {
			return err
		}
		return tx.ClearLeases(now.UnixMilli())
	})
	if err != nil {
		e.unrecovered.Store(&err)
		return err
	}
	e.unrecovered.Store(nil)
	return nil
}

// Close lets calls under way finish for a moment, then ends them; what waits is on disk.
// Closing twice is fine.
func (e *Engine) Close() error {
	var err error
	e.once.Do(func() {
		e.starting.Lock()
		close(e.stop)
		e.starting.Unlock()
		idle := make(chan struct{})
		go func() { e.group.Wait(); close(idle) }()
		grace := time.NewTimer(closeGrace)
		defer grace.Stop()
		select {
		case <-idle:
		case <-grace.C:
		}
		e.cancel()
		<-idle
		err = e.store.Close()
	})
	return err
}

// arrived is told of the lanes that got something. Who works on a lane looks by itself; the dispatcher sees to others.
func (e *Engine) arrived(lanes []string) {
	if e.lanes.tell(lanes) {
		e.wake()
	}
}

// wake tells the dispatcher that a lane may be due.
func (e *Engine) wake() {
	select {
	case e.nudge <- struct{}{}:
	default:
	}
}

// stopping tells whether the engine stops.
func (e *Engine) stopping() bool {
	select {
	case <-e.stop:
		return true
	default:
		return false
	}
}

// stopsWithin waits, and tells whether the engine stopped meanwhile.
func (e *Engine) stopsWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-e.stop:
		return true
	}
}

// storeError tells what could not be stored from what was wrong with the request.
func storeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrBroken), errors.Is(err, store.ErrClosed):
		return lang.Because(core.ErrStore, err)
	default:
		return err
	}
}

func pid() int { return os.Getpid() }
