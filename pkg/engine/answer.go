package engine

import (
	"context"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// waiters are the submits that wait for the first outcome of their event.
type waiters struct {
	mu sync.Mutex
	by map[string][]chan told
}

// told is what a submit that waits hears: that a delivery of its event ended, or that its lane cannot speak now, and
// until when if that is known to be soon.
type told struct {
	ended bool
	until time.Time
}

// wait returns a channel of news about an event.
func (w *waiters) wait(event string) (news chan told, end func()) {
	news = make(chan told, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[string][]chan told{}
	}
	w.by[event] = append(w.by[event], news)
	return news, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		left := w.by[event][:0]
		for _, c := range w.by[event] {
			if c != news {
				left = append(left, c)
			}
		}
		if w.by[event] = left; len(left) == 0 {
			delete(w.by, event)
		}
	}
}

// tell wakes who waits for an event.
func (w *waiters) tell(event string, news told) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.by[event] {
		select {
		case c <- news:
		default:
		}
	}
}

// answer says what is known of an event, after waiting for its first outcome, of which news tells, for at most wait.
func (e *Engine) answer(ctx context.Context, a accepted, wait time.Duration, news <-chan told) (core.Result, error) {
	if a.duplicate == "" && wait <= 0 {
		state := core.StateWaiting
		if a.queued == 0 {
			state = core.StateDelivered
		}
		return core.Result{GroupID: a.groupID, State: state, Notes: nobodyNote(a)}, nil
	}
	deadline, end := time.NewTimer(wait), time.Now().Add(wait)
	defer deadline.Stop()
	for {
		r, err := e.outcome(ctx, a)
		if err != nil || r.State != core.StateWaiting || wait <= 0 {
			return r, err
		}
		select {
		case heard := <-news:
			if !heard.ended && (heard.until.IsZero() || !heard.until.Before(end)) {
				return e.outcome(ctx, a)
			}
		case <-deadline.C:
			return e.outcome(ctx, a)
		case <-ctx.Done():
			// The caller left; what it submitted is stored all the same.
			return r, nil
		}
	}
}

func nobodyNote(a accepted) []lang.Text {
	if a.duplicate != "" || a.queued > 0 {
		return nil
	}
	return []lang.Text{{ZH: "没有适用的通知步骤（级别不够，或是好消息而步骤是打电话），因此没有通知任何人", EN: "no step applies (the severity is too low, or it is good news and the step rings phones), so nobody is notified"}}
}

// outcome reads how an event stands.
func (e *Engine) outcome(ctx context.Context, a accepted) (core.Result, error) {
	list, err := e.store.DeliveriesOfEvent(ctx, a.groupID, a.event)
	if err != nil {
		return core.Result{}, storeError(err)
	}
	r := core.Result{GroupID: a.groupID, Duplicate: a.duplicate, Notes: nobodyNote(a)}
	seen := map[core.State]int{}
	for _, d := range list {
		if d.Aside() {
			continue
		}
		seen[core.State(d.State)]++
		r.Deliveries = append(r.Deliveries, core.DeliveryOutcome{
			Receipt: d.Receipt, ID: d.ID, Step: d.Step, Account: d.Account, Target: d.Target, State: core.State(d.State),
			Reason: sender.Reason(d.Reason), Code: d.Code, Text: d.Text, Hint: lang.Text{ZH: d.HintZH, EN: d.HintEN},
		})
	}
	switch {
	case seen[core.StateDelivered] > 0 || len(r.Deliveries) == 0:
		r.State = core.StateDelivered
	case seen[core.StateWaiting] > 0:
		r.State = core.StateWaiting
	case seen[core.StateUnknown] > 0:
		r.State = core.StateUnknown
	case seen[core.StateFailed] > 0:
		r.State = core.StateFailed
	default:
		r.State = core.StateWaiting
	}
	return r, nil
}
