package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// callTime bounds everything that one delivery asks of a provider, lookups and fallbacks included.
const callTime = 2 * time.Minute

// order is a delivery that is ready to be sent.
type order struct {
	op sender.Op
	// to is what is updated, replied to or urged.
	to     sender.Receipt
	anchor sender.Receipt
	// fallbacks are tried, in order, when the provider can no longer do op.
	fallbacks []sender.Op
	notice    sender.Notification
	urge      sender.Urge
	memo      *memo
}

// deliver sends one delivery, for which a place is reserved, and stores what became of it.
func (e *Engine) deliver(l *leased, a *account, d store.Delivery, p place) (wakeAt int64, again bool) {
	if d.MaybeSent && happensOnce(a, d) {
		e.limits.settle(p, false, time.Now())
		return e.stored(e.fail(l, a, d, interrupted(), nil))
	}
	ctx, cancel := context.WithTimeout(e.life, callTime)
	defer cancel()
	l.settled(d.GroupID)
	o, err := e.prepared(ctx, l, a, &d)
	if err == nil && happensOnce(a, d) {
		err = e.persist(func(tx *store.Tx) error { return tx.SetMaybeSent(d.ID) })
	}
	if err != nil {
		e.limits.settle(p, false, time.Now())
		return e.failed(l, a, d, err, nil)
	}
	e.o.Failpoint(PointRequestStored)
	if next, found := e.nextAlone(l, a, d, p); found {
		e.ahead(ctx, l, a, next)
	}
	receipt, attempts, err := e.call(ctx, a, &d, o, p)
	e.o.Failpoint(PointAnswerRead)
	if err != nil {
		return e.failed(l, a, d, err, attempts)
	}
	return e.stored(e.succeed(l, a, d, outcome{o, receipt, attempts}, len(l.waiting) <= 1))
}

// outcome is a successful call.
type outcome struct {
	order    order
	receipt  sender.Receipt
	attempts []store.Attempt
}

// stored turns the error of storing an outcome, which only a stopping engine gives, into what a turn answers.
func (e *Engine) stored(err error) (wakeAt int64, again bool) {
	return millis(time.Now().Add(firstBackoff)), err == nil
}

// happensOnce tells whether a delivery must never be repeated after an unknown outcome.
func happensOnce(a *account, d store.Delivery) bool {
	if d.Intent == store.IntentUrge {
		return a.manifest.UrgeRepeat[sender.UrgeMode(d.UrgeMode)].Kind == sender.Once
	}
	return a.manifest.Repeat.Kind == sender.Once
}

// call asks the provider, and goes on to what it can still do when a message can no longer be changed.
func (e *Engine) call(ctx context.Context, a *account, d *store.Delivery, o order, p place) (sender.Receipt, []store.Attempt, error) {
	var attempts []store.Attempt
	ops := append([]sender.Op{o.op}, o.fallbacks...)
	for i, op := range ops {
		start := time.Now()
		receipt, err := ask(ctx, a.sender, op, o)
		took := time.Since(start)
		if i == 0 {
			e.limits.settle(p, left(err), time.Now())
		} else {
			e.limits.record(p, time.Now())
		}
		d.Op = string(op)
		attempts = append(attempts, attemptOf(a, *d, op, start, took, err))
		e.m.provider.WithLabelValues(a.Name, a.Type, string(op)).Observe(took.Seconds())
		e.m.attempts.WithLabelValues(a.Name, a.Type, string(op), attempts[i].Outcome).Inc()
		if err == nil || i == len(ops)-1 || (!errors.Is(err, sender.ErrCannotUpdate) && !errors.Is(err, sender.ErrCannotReply)) {
			return receipt, attempts, err
		}
	}
	return sender.Receipt{}, attempts, nil
}

func ask(ctx context.Context, s sender.Sender, op sender.Op, o order) (sender.Receipt, error) {
	switch op {
	case sender.OpUpdate:
		if u, ok := s.(sender.Updater); ok {
			return u.Update(ctx, o.to, o.notice)
		}
	case sender.OpReply:
		if r, ok := s.(sender.Replier); ok {
			return r.Reply(ctx, o.anchor, o.notice)
		}
	case sender.OpUrge:
		if u, ok := s.(sender.Urger); ok {
			return u.Urge(ctx, o.to, o.urge)
		}
	case sender.OpSend:
		return s.Send(ctx, o.notice)
	}
	return sender.Receipt{}, sender.Permanent(sender.ReasonConfig, fmt.Errorf("this type cannot %s", op))
}

// left tells whether a call may have counted at the provider.
func left(err error) bool {
	f := sender.AsFailure(err)
	return f == nil || f.MaybeSent || f.Status != 0 || f.Code != ""
}

func attemptOf(a *account, d store.Delivery, op sender.Op, start time.Time, took time.Duration, err error) store.Attempt {
	at := store.Attempt{
		DeliveryID: d.ID, Account: a.key, Target: d.Target, Op: string(op), At: millis(start),
		Latency: took.Microseconds(), Outcome: store.OutcomeDelivered,
	}
	f := sender.AsFailure(err)
	if f == nil {
		return at
	}
	at.Reason, at.Code, at.Text, at.HintZH, at.HintEN = string(f.Reason), f.Code, failureText(f), f.Hint.ZH, f.Hint.EN
	switch {
	case f.Class == sender.Later:
		at.Outcome = store.OutcomeLimited
	case f.MaybeSent && happensOnce(a, d):
		at.Outcome = store.OutcomeUnknown
	case f.Class == sender.Never:
		at.Outcome = store.OutcomeFailed
	default:
		at.Outcome = store.OutcomeRetry
	}
	return at
}

// failureText is the provider's text, or the cause when there was no answer.
func failureText(f *sender.Failure) string {
	if f.Text == "" && f.Err != nil {
		return f.Err.Error()
	}
	return f.Text
}

// succeed stores that a delivery arrived, urges people if it is to, and goes on for whom the provider refused.
// It waits for the disk only when the lane has nothing else to do.
func (e *Engine) succeed(l *leased, a *account, d store.Delivery, o outcome, last bool) error {
	now := time.Now()
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
		if o.order.memo == nil || !o.order.memo.first {
			if err := reached(tx, d); err != nil {
				return err
			}
		}
		if len(o.receipt.Refused) > 0 {
			if err := e.stepFailed(tx, d, now); err != nil {
				return err
			}
		}
		return e.urgeAfter(tx, a, d, o.order.memo, now)
	}
	if last {
		if err = e.finish(l, o.attempts, write); err == nil {
			e.ended(a, d, now)
		}
		return err
	}
	l.store(d, maxStoring(a), func() (view, error) {
		seen, seq, due := l.horizon()
		v, _, err := e.write(o.attempts, write, func(tx *store.Tx) (view, bool, error) {
			if !due {
				return view{more: true}, false, nil
			}
			v, err := glance(tx, l.Key, seen, seq)
			return v, false, err
		})
		if err == nil {
			e.ended(a, d, now)
		}
		return v, err
	})
	return nil
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
	case f.Class == sender.Later:
		key := targetKey(a.key, l.Target)
		if f.Scope == sender.ScopeAccount {
			key = a.key
		}
		e.limits.park(key, f.After, now)
		e.m.refusals.WithLabelValues(a.Name, a.Type).Inc()
		e.log.Warn("the provider refused because of a limit", "account", a.Name, "code", f.Code, "text", f.Text, "again_in", f.After.String())
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
	e.tellAll(l.waiting, false)
	_, deadline := e.expired(l, now)
	return min(wakeAt, deadline), false
}

// finish stores the attempts and the outcome of a delivery, and looks at what else the lane has; a lane with
// nothing left rests in the same transaction.
func (e *Engine) finish(l *leased, attempts []store.Attempt, outcome func(tx *store.Tx) error) error {
	l.settled("")
	v, rested, err := e.write(attempts, outcome, func(tx *store.Tx) (view, bool, error) {
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
	attempts []store.Attempt, outcome func(tx *store.Tx) error, after func(tx *store.Tx) (view, bool, error),
) (v view, rested bool, err error) {
	err = e.persist(func(tx *store.Tx) error {
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
	e.waiters.tell(d.EventID, true)
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
