package engine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// succeed stores that a delivery arrived, urges people if it is to, and goes on for whom the provider refused.
// It waits for the disk only when the lane has nothing else to do.
func (e *Engine) succeed(l *leased, a *account, d store.Delivery, o outcome, last bool) error {
	now := time.Now()
	maybeQuiet := mayBeQuiet(d, o.order.memo)
	receipt, err := json.Marshal(o.receipt)
	if err != nil {
		receipt = []byte("{}")
	}
	d.State, d.Receipt, d.Attempts, d.MaybeSent, d.FinishedAt = store.Delivered, receipt, d.Attempts+1, false, millis(now)
	d.Reason, d.Code, d.Text, d.HintZH, d.HintEN = "", "", "", "", ""
	if len(o.receipt.Refused) > 0 {
		f := o.receipt.Refused[0]
		d.Reason, d.Code, d.Text, d.HintZH, d.HintEN = string(f.Reason), f.Code, f.Text, f.Hint.ZH, f.Hint.EN
	}
	l.TroubleSince, l.Fails = 0, 0
	write := func(tx *store.Tx) error {
		if err := tx.Finish(d); err != nil {
			return err
		}
		if maybeQuiet {
			if err := reached(tx, d); err != nil {
				return err
			}
		}
		if len(o.receipt.Refused) > 0 {
			if err := e.stepFailed(tx, d, now); err != nil {
				return err
			}
		}
		if err := trackAfter(tx, a, d, o.receipt, now); err != nil {
			return err
		}
		if err := e.undoAfter(tx, a, d, o.order.memo, now); err != nil {
			return err
		}
		return e.urgeAfter(tx, a, d, o.order.memo, now)
	}
	ended := func() {
		e.ended(a, d, now)
		if tracks(a, d, o.receipt) {
			select {
			case e.tracked <- struct{}{}:
			default:
			}
		}
	}
	if last {
		if err = e.finish(l, o.attempts, write); err == nil {
			ended()
		}
		return err
	}
	l.store(d, maxStoring(a), func(patience time.Duration) (view, error) {
		seen, seq, due := l.horizon()
		v, _, err := e.write(patience, o.attempts, write, func(tx *store.Tx) (view, bool, error) {
			if !due {
				return view{more: true}, false, nil
			}
			v, err := glance(tx, l.Key, seen, seq)
			return v, false, err
		})
		if err == nil {
			ended()
		}
		return v, err
	})
	return nil
}

// mayBeQuiet tells whether somebody may have failed to be reached for a delivery's groups before. The first try of an
// episode's first event, which is most of all, has nothing before it.
func mayBeQuiet(d store.Delivery, m *memo) bool {
	return m == nil || !m.first || d.Attempts > 0 || d.Reason != "" || d.Folds
}

// reached notes for the groups that a delivery told that somebody was reached.
func reached(tx *store.Tx, d store.Delivery) error {
	if d.GroupID != "" {
		return tx.Reached(d.GroupID)
	}
	members, err := tx.FoldedInto(d.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		if err := tx.Reached(m.GroupID); err != nil {
			return err
		}
	}
	return nil
}

// fail stores that a delivery is over and reached nobody, and goes on to the next step.
func (e *Engine) fail(l *leased, a *account, d store.Delivery, f *sender.Failure, attempts []store.Attempt) error {
	now := time.Now()
	note(&d, f)
	d.State, d.FinishedAt = store.Failed, millis(now)
	if f.Reason == sender.ReasonOutcomeUnknown {
		d.State = store.Unknown
	}
	if len(attempts) > 0 {
		d.Attempts++
	}
	err := e.finish(l, attempts, func(tx *store.Tx) error {
		if err := tx.Finish(d); err != nil {
			return err
		}
		if d.Intent == store.IntentRecall {
			return nil
		}
		if err := e.quieter(tx, d, now); err != nil {
			return err
		}
		return e.stepFailed(tx, d, now)
	})
	if err == nil {
		e.log.Warn("a delivery failed for good", "account", d.Account, "target", d.Target, "delivery", d.ID,
			"reason", d.Reason, "code", d.Code, "text", d.Text, "hint", d.HintEN)
		e.ended(a, d, now)
	}
	return err
}

// notToday is the wait from which on a provider's limit is no matter of patience: the next step takes over at once.
const notToday = time.Hour

// note keeps the words of a failure with its delivery.
func note(d *store.Delivery, f *sender.Failure) {
	d.Reason, d.Code, d.Text = string(f.Reason), f.Code, failureText(f)
	d.HintZH, d.HintEN = f.Hint.ZH, f.Hint.EN
	d.MaybeSent = d.MaybeSent || f.MaybeSent
}

// failed decides what a failure means: the end, a wait that the provider asked for, or another attempt.
func (e *Engine) failed(l *leased, a *account, d store.Delivery, err error, attempts []store.Attempt) (wakeAt int64, again bool) {
	now := time.Now()
	f := sender.AsFailure(err)
	switch {
	case errors.Is(err, context.Canceled) && e.life.Err() != nil, errors.Is(err, store.ErrClosed):
		// The engine stops: the delivery waits for the next start.
		return millis(now), false
	case f.Class != sender.Later && f.MaybeSent && happensOnce(a, d):
		unknown := *f
		unknown.Reason = sender.ReasonOutcomeUnknown
		return e.stored(e.fail(l, a, d, &unknown, attempts))
	case f.Class == sender.Never:
		return e.stored(e.fail(l, a, d, f, attempts))
	case f.Class == sender.Later && f.After >= notToday && e.goesOn(d):
		e.park(l, a, f, now)
		return e.stored(e.fail(l, a, d, f, attempts))
	case f.Class == sender.Later:
		e.park(l, a, f, now)
		wakeAt = millis(now.Add(f.After))
	default:
		d.Attempts++
		l.Fails++
		wakeAt = millis(now.Add(backoff(l.Fails)))
	}
	l.trouble(now)
	note(&d, f)
	d.State = store.Waiting
	if err := e.finish(l, attempts, func(tx *store.Tx) error { return tx.Finish(d) }); err != nil {
		return wakeAt, false
	}
	e.tellAll(l.waiting, told{})
	_, deadline := e.expired(l, now)
	return min(wakeAt, deadline), false
}

// park stops what the provider refused because of a limit.
func (e *Engine) park(l *leased, a *account, f *sender.Failure, now time.Time) {
	key := targetKey(a.key, l.Target)
	if f.Scope == sender.ScopeAccount {
		key = a.key
	}
	e.limits.park(key, f.After, now)
	e.m.refusals.WithLabelValues(a.Name, a.Type).Inc()
	e.log.Warn("the provider refused because of a limit", "account", a.Name, "code", f.Code, "text", f.Text, "again_in", f.After.String())
}

// finish stores the attempts and the outcome of a delivery, and looks at what else the lane has; a lane with
// nothing left rests in the same transaction.
func (e *Engine) finish(l *leased, attempts []store.Attempt, outcome func(tx *store.Tx) error) error {
	l.settled("")
	// Before the look, so that what comes during it wakes the dispatcher.
	l.news.Store(false)
	v, rested, err := e.write(0, attempts, outcome, func(tx *store.Tx) (view, bool, error) {
		if rested, err := tx.Rest(l.Key); err != nil || rested {
			return view{}, rested, err
		}
		v, err := look(tx, l.Key)
		return v, false, err
	})
	if err == nil {
		l.see(v)
		l.resting = rested
	}
	return err
}

// write stores an outcome, and answers what after reads in the same transaction.
func (e *Engine) write(
	patience time.Duration, attempts []store.Attempt, outcome func(tx *store.Tx) error, after func(tx *store.Tx) (view, bool, error),
) (v view, rested bool, err error) {
	err = e.gather(patience, func(tx *store.Tx) error {
		for _, at := range attempts {
			if err := tx.AddAttempt(at); err != nil {
				return err
			}
		}
		if err := outcome(tx); err != nil {
			return err
		}
		var err error
		v, rested, err = after(tx)
		return err
	})
	if err == nil {
		e.o.Failpoint(PointOutcomeStored)
	}
	return v, rested, err
}

// ended counts a delivery that is over and wakes who waits for it.
func (e *Engine) ended(a *account, d store.Delivery, now time.Time) {
	typ := ""
	if a != nil {
		typ = a.Type
	}
	e.m.deliveries.WithLabelValues(d.Account, typ, d.State, d.Reason).Inc()
	e.m.endToEnd.WithLabelValues(d.Account, typ, d.State).Observe(now.Sub(time.UnixMilli(d.CreatedAt)).Seconds())
	e.waiters.tell(d.EventID, told{ended: true})
	e.memories.done(d.EventID)
}

// notesOf joins the notes of a render with the words of a message.
func notesOf(notes []lang.Text) string {
	if len(notes) == 0 {
		return ""
	}
	b, err := json.Marshal(notes)
	if err != nil {
		return ""
	}
	return string(b)
}
