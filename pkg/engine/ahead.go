package engine

import (
	"context"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// preparation is the rendering of one delivery under way.
type preparation struct {
	id       string
	done     chan struct{}
	delivery store.Delivery
	order    order
	err      error
}

// lookAfter is how long a call to a provider lasts before the lane looks meanwhile for what comes next.
const lookAfter = 10 * time.Millisecond

// lookout prepares what comes next if it comes while the lane's only delivery is being sent: else the lane would wait for the
// disk before it learned of it. The lane is the lookout's until the function that it returns has returned.
func (e *Engine) lookout(ctx context.Context, l *leased, a *account, current store.Delivery, p place) (end func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	timer := time.AfterFunc(lookAfter, func() {
		defer close(done)
		// What cannot go alone is for the next turn: a storm must not be read again with each that comes.
		for l.ready == nil && len(l.waiting) <= 1 {
			select {
			case <-l.heard:
			case <-stop:
				return
			}
			if !l.steady() {
				continue
			}
			waiting, arrivals, err := e.store.Look(ctx, l.Key, waitingBatch)
			if err != nil {
				return // The outcome's transaction looks again.
			}
			l.see(view{waiting: waiting, arrivals: arrivals})
			l.refresh()
			if next, found := e.nextAlone(l, a, current, p); found {
				e.ahead(ctx, l, a, next)
			}
		}
	})
	return func() {
		close(stop)
		if !timer.Stop() {
			<-done
		}
	}
}

// ahead starts to prepare what will probably be sent next.
func (e *Engine) ahead(ctx context.Context, l *leased, a *account, d store.Delivery) {
	p := &preparation{id: d.ID, done: make(chan struct{}), delivery: d}
	l.ready = p
	go func() {
		defer close(p.done)
		p.order, p.err = e.prepare(ctx, a, &p.delivery)
	}()
}

// prepared returns a delivery that is ready to be sent, from what was prepared ahead if it is that one.
func (e *Engine) prepared(ctx context.Context, l *leased, a *account, d *store.Delivery) (order, error) {
	p := l.ready
	if p == nil {
		return e.prepare(ctx, a, d)
	}
	l.ready = nil
	<-p.done
	switch {
	case p.id == d.ID && p.err == nil:
		*d = p.delivery
		return p.order, nil
	case p.id != d.ID:
		l.overtaken(p)
	}
	return e.prepare(ctx, a, d)
}

// overtaken keeps what a delivery was rendered to, which was stored with its further parts and must not be made again.
func (l *leased) overtaken(p *preparation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.waiting, func(d *store.Delivery) bool { return d.ID == p.id })
	if i < 0 || p.delivery.Request == nil {
		return
	}
	d := *l.waiting[i]
	d.Request, d.Title, d.Notes, d.Part, d.Parts = p.delivery.Request, p.delivery.Title, p.delivery.Notes, p.delivery.Part, p.delivery.Parts
	l.waiting[i] = &d
}
