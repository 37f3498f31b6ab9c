package outbound

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// hitLife and missLife are how long a lookup is remembered: misses too, since providers take the ability away
	// from those who have too many.
	hitLife  = 24 * time.Hour
	missLife = 10 * time.Minute
	// maxKnown bounds the memory.
	maxKnown = 10_000
)

// Lookups remembers the provider's ids of people, and asks once for all who want the same. When lookups fail, what was
// once found goes on being used.
type Lookups struct {
	flight singleflight.Group

	mu    sync.Mutex
	known map[string]finding
	// patience is with failures that may pass: what the provider refuses for good is an answer too.
	patience Patience
}

type finding struct {
	id    string
	err   error
	until time.Time
}

// NewLookups remembers nothing yet.
func NewLookups() *Lookups { return &Lookups{known: map[string]finding{}} }

// Find returns what ask found for key, now or lately. ask says whether its error means that there is nobody: that is
// remembered too. Other errors are not, and never say that a message may have been sent.
func (l *Lookups) Find(ctx context.Context, key string, ask func(context.Context) (id string, nobody bool, err error)) (string, error) {
	l.mu.Lock()
	f, ok := l.known[key]
	l.mu.Unlock()
	if ok && time.Now().Before(f.until) {
		return f.id, f.err
	}
	wait := l.flight.DoChan(key, func() (any, error) { return l.ask(context.WithoutCancel(ctx), key, ask) })
	select {
	case r := <-wait:
		id, _ := r.Val.(string)
		return id, r.Err
	case <-ctx.Done():
		return "", NotSent(&sender.Failure{Reason: sender.ReasonTimeout, Err: ctx.Err()})
	}
}

func (l *Lookups) ask(ctx context.Context, key string, ask func(context.Context) (string, bool, error)) (string, error) {
	id, nobody, err := ask(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.patience.Note(err != nil && sender.AsFailure(err).Class != sender.Never)
	if err != nil && !nobody {
		if old := l.known[key]; old.id != "" {
			return old.id, nil
		}
		return "", NotSent(err)
	}
	f := finding{id: id, err: err, until: time.Now().Add(hitLife)}
	if err != nil {
		f.until = time.Now().Add(missLife)
	}
	if len(l.known) >= maxKnown {
		l.known = map[string]finding{}
	}
	l.known[key] = f
	return id, err
}

// OutOfPatience tells whether lookups have failed for so long that a message should leave without what they would give.
func (l *Lookups) OutOfPatience() bool { return l.patience.Out() }

// NotSent says of an error that nothing reached anybody: what failed came before the message.
func NotSent(err error) error {
	f := *sender.AsFailure(err)
	f.MaybeSent = false
	if f.Reason == sender.ReasonOutcomeUnknown {
		f.Reason = sender.ReasonUnavailable
	}
	return &f
}
