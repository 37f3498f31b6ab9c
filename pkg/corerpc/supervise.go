//go:build !yunluo_thin

package corerpc

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// The wait before a dead core is started again, doubled each time and back to the least one
// after the core has lived for a while.
const (
	leastBackoff = 100 * time.Millisecond
	mostBackoff  = 5 * time.Second
	livedLong    = 30 * time.Second
)

// gapWait is how long a call waits for a core that is being started again.
const gapWait = 5 * time.Second

// Supervised is a core in a child process that is started again whenever it ends. A call in between
// waits for the next one, for at most five seconds or its context's time.
//
// A call that the core died under is made once more on the next core where that harms nobody:
// everything that reads, Reload, and Submit. Submit may have been stored just before the
// death, but then the engine knows the event key or, without one, folds the same state within
// duplicate_window, so people are told once; without the second try an alert that was refused by nobody
// would have to come again from its source. Resend and Test are not repeated: they notify people again
// by design, and a person who asked for them sees the error.
type Supervised struct {
	opts   LaunchOptions
	logger *slog.Logger
	cancel context.CancelFunc
	ended  chan struct{}
	// tried is closed after the first start, whatever came of it.
	tried chan struct{}

	mu sync.Mutex
	// current is the core that runs; nil in between.
	current *Launched
	// changed is closed and replaced when current changes.
	changed chan struct{}
	// last is why there is none; firstErr what came of the first start.
	last, firstErr error
}

var _ core.Core = (*Supervised)(nil)

// Supervise starts a core in the background and keeps one running until Close.
func Supervise(opts LaunchOptions) *Supervised {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Supervised{
		opts: opts, logger: opts.Logger, cancel: cancel,
		ended: make(chan struct{}), tried: make(chan struct{}), changed: make(chan struct{}),
		last: lang.Because(core.ErrUnreachable, lang.Wrong("正在启动它", "it is being started")),
	}
	go s.run(ctx)
	return s
}

// Started waits for the first start and returns what came of it. After an error the supervisor
// goes on trying; a host that would rather end calls Close.
func (s *Supervised) Started(ctx context.Context) error {
	select {
	case <-s.tried:
	case <-ctx.Done():
		return lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("启动被放弃", "the start was given up"), ctx.Err()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.firstErr
}

// Close lets the core leave, and returns when it has. Closing twice is fine.
func (s *Supervised) Close() error {
	s.cancel()
	<-s.ended
	return nil
}

// PID is the process of the core that runs; 0 while there is none.
func (s *Supervised) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return 0
	}
	return s.current.PID()
}

func (s *Supervised) run(ctx context.Context) {
	defer close(s.ended)
	wait := leastBackoff
	for first := true; ctx.Err() == nil; first = false {
		began := time.Now()
		l, err := Launch(ctx, s.opts)
		s.set(l, err)
		if first {
			s.mu.Lock()
			s.firstErr = err
			s.mu.Unlock()
			close(s.tried)
		}
		if err == nil {
			s.logger.InfoContext(ctx, "the core has started", slog.Int("core_pid", l.PID()))
			select {
			case <-ctx.Done():
			case <-l.Done():
				err = l.Err()
			}
			s.set(nil, err)
			_ = l.Close() //nolint:contextcheck // It must end the core after ctx has ended; it never fails.
		}
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > livedLong {
			wait = leastBackoff
		}
		s.logger.ErrorContext(ctx, "the core has ended and is started again",
			slog.Any("error", err), slog.Duration("after", wait))
		select {
		case <-ctx.Done():
		case <-time.After(wait + rand.N(wait/4)): //nolint:gosec // Jitter.
		}
		wait = min(2*wait, mostBackoff)
	}
	s.set(nil, lang.Because(core.ErrUnreachable, lang.Wrong("宿主正在停止", "this host is stopping")))
}

// set makes l the core that calls go to, or says why there is none.
func (s *Supervised) set(l *Launched, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = l
	if why != nil {
		s.last = why
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// running waits for a core other than not.
func (s *Supervised) running(ctx context.Context, not *Launched) (*Launched, error) {
	limit := time.NewTimer(gapWait)
	defer limit.Stop()
	for {
		s.mu.Lock()
		current, changed, last := s.current, s.changed, s.last
		s.mu.Unlock()
		if current != nil && current != not {
			return current, nil
		}
		select {
		case <-changed:
		case <-s.ended:
			return nil, last
		case <-limit.C:
			return nil, last
		case <-ctx.Done():
			return nil, lang.Because(last, lang.Because(lang.Wrong("等它时", "waiting for it"), ctx.Err()))
		}
	}
}

// ask makes a call, and makes it again where that is right and the core died under it.
func ask[T any](ctx context.Context, s *Supervised, again bool, call func(*Launched) (T, error)) (T, error) {
	var none T
	l, err := s.running(ctx, nil)
	if err != nil {
		return none, err
	}
	out, err := call(l)
	if err == nil || !again || ctx.Err() != nil || !errors.Is(err, core.ErrUnreachable) || errors.Is(err, ErrRefused) {
		return out, err
	}
	select {
	case <-l.Done():
	case <-time.After(settle):
		return out, err // It lives: this was no death.
	}
	next, gone := s.running(ctx, l)
	if gone != nil {
		return out, err
	}
	return call(next)
}

// Submit implements core.Submitter.
func (s *Supervised) Submit(ctx context.Context, sub core.Submission) (core.Result, error) {
	return ask(ctx, s, true, func(l *Launched) (core.Result, error) { return l.Submit(ctx, sub) })
}

// Resend implements core.Responder.
func (s *Supervised) Resend(ctx context.Context, tenant, delivery string) error {
	_, err := ask(ctx, s, false, func(l *Launched) (any, error) { return nil, l.Resend(ctx, tenant, delivery) })
	return err
}

// History implements core.Reader.
func (s *Supervised) History(ctx context.Context, q core.HistoryQuery) (core.HistoryPage, error) {
	return ask(ctx, s, true, func(l *Launched) (core.HistoryPage, error) { return l.History(ctx, q) })
}

// Figures implements core.Overviewer.
func (s *Supervised) Figures(ctx context.Context, q core.FiguresQuery) ([]core.Figures, error) {
	return ask(ctx, s, true, func(l *Launched) ([]core.Figures, error) { return l.Figures(ctx, q) })
}

// Newest implements core.Overviewer.
func (s *Supervised) Newest(ctx context.Context, tenant string) ([]core.NewestDelivery, error) {
	return ask(ctx, s, true, func(l *Launched) ([]core.NewestDelivery, error) { return l.Newest(ctx, tenant) })
}

// Health implements core.Reader.
func (s *Supervised) Health(ctx context.Context) (core.Health, error) {
	return ask(ctx, s, true, func(l *Launched) (core.Health, error) { return l.Health(ctx) })
}

// Metrics implements core.Reader.
func (s *Supervised) Metrics(ctx context.Context) ([]byte, error) {
	return ask(ctx, s, true, func(l *Launched) ([]byte, error) { return l.Metrics(ctx) })
}

// Types implements core.Reader.
func (s *Supervised) Types(ctx context.Context) ([]sender.Manifest, error) {
	return ask(ctx, s, true, func(l *Launched) ([]sender.Manifest, error) { return l.Types(ctx) })
}

// ContactPoints implements core.Reader.
func (s *Supervised) ContactPoints(ctx context.Context, tenant string) ([]core.ContactPointInfo, error) {
	return ask(ctx, s, true, func(l *Launched) ([]core.ContactPointInfo, error) { return l.ContactPoints(ctx, tenant) })
}

// Test implements core.Workbench.
func (s *Supervised) Test(ctx context.Context, t core.Test) (core.Result, error) {
	return ask(ctx, s, false, func(l *Launched) (core.Result, error) { return l.Test(ctx, t) })
}

// Preview implements core.Workbench.
func (s *Supervised) Preview(ctx context.Context, sub core.Submission) ([]core.PreviewResult, error) {
	return ask(ctx, s, true, func(l *Launched) ([]core.PreviewResult, error) { return l.Preview(ctx, sub) })
}

// Probe implements core.Workbench.
func (s *Supervised) Probe(ctx context.Context, tenant, account string) ([]core.ProbeResult, error) {
	return ask(ctx, s, true, func(l *Launched) ([]core.ProbeResult, error) { return l.Probe(ctx, tenant, account) })
}

// Lookup implements core.Workbench.
func (s *Supervised) Lookup(ctx context.Context, tenant, account string, p sender.Person) (string, error) {
	return ask(ctx, s, true, func(l *Launched) (string, error) { return l.Lookup(ctx, tenant, account, p) })
}

// Reload implements core.Reloader.
func (s *Supervised) Reload(ctx context.Context) error {
	_, err := ask(ctx, s, true, func(l *Launched) (any, error) { return nil, l.Reload(ctx) })
	return err
}
