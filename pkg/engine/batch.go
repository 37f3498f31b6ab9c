package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// gatherFor is how long the first of a batch waits for company: lanes that became due together send within it.
const gatherFor = 15 * time.Millisecond

// batcher joins sends of the same content, from several lanes of one account, into one call. Each lane
// gets its own outcome, so nothing else needs to know.
type batcher struct {
	sender interface {
		sender.Sender
		sender.Batcher
	}
	max int

	mu   sync.Mutex
	open map[string]*batch
}

// batch is one call that gathers.
type batch struct {
	list     []sender.Notification
	full     chan struct{}
	done     chan struct{}
	outcomes []sender.Outcome
}

var errNoOutcome = errors.New("the provider's code gave no outcome for this one of a batch")

// newBatcher returns nil for a sender that sends one by one.
func newBatcher(s sender.Sender, most int) *batcher {
	both, ok := s.(interface {
		sender.Sender
		sender.Batcher
	})
	if !ok || most < 2 {
		return nil
	}
	return &batcher{sender: both, max: most, open: map[string]*batch{}}
}

// send delivers one notification with others; rode tells that it went in a call that another one counts.
func (b *batcher) send(ctx context.Context, n sender.Notification) (r sender.Receipt, rode bool, err error) {
	own, place := b.join(n)
	if place > 0 {
		select {
		case <-own.done:
		case <-ctx.Done():
			// The call goes on without this lane: it may arrive.
			return r, true, &sender.Failure{Reason: sender.ReasonTimeout, MaybeSent: true, Err: ctx.Err()}
		}
	} else {
		b.lead(ctx, own, string(n.Content))
	}
	if place >= len(own.outcomes) {
		return r, place > 0, &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errNoOutcome}
	}
	o := own.outcomes[place]
	return o.Receipt, o.Shared, o.Err
}

// join adds a notification to the batch that gathers its content, and gives its place in it.
func (b *batcher) join(n sender.Notification) (own *batch, place int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := string(n.Content)
	own = b.open[key]
	if own == nil {
		own = &batch{full: make(chan struct{}), done: make(chan struct{})}
		b.open[key] = own
	}
	own.list = append(own.list, n)
	if len(own.list) == b.max {
		delete(b.open, key)
		close(own.full)
	}
	return own, len(own.list) - 1
}

// lead waits for company and makes the call.
func (b *batcher) lead(ctx context.Context, own *batch, key string) {
	defer close(own.done)
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-own.full:
	case <-ctx.Done():
	}
	b.mu.Lock()
	if b.open[key] == own {
		delete(b.open, key)
	}
	b.mu.Unlock()
	if len(own.list) == 1 {
		r, err := b.sender.Send(ctx, own.list[0])
		own.outcomes = []sender.Outcome{{Receipt: r, Err: err}}
		return
	}
	own.outcomes = b.sender.SendBatch(ctx, own.list)
}
