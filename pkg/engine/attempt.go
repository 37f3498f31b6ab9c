package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// callTime bounds everything that one delivery asks of a provider, lookups and fallbacks included.
const callTime = 2 * time.Minute

// order is a delivery that is ready to be sent.
type order struct {
	op sender.Op
	// updated means that an earlier try of the delivery updated the card.
	updated bool
	// to is what is updated, replied to or urged.
	to     sender.Receipt
	anchor sender.Receipt
	// fallbacks are tried, in order, when the provider can no longer do op.
	fallbacks []sender.Op
	notice    sender.Notification
	urge      sender.Urge
	// urged means that an urge is taken back, not a message.
	urged bool
	memo  *memo
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
	end := func() {}
	if next, found := e.nextAlone(l, a, d, p); found {
		e.ahead(ctx, l, a, next)
	} else if len(l.waiting) <= 1 {
		end = e.lookout(ctx, l, a, d, p)
	}
	sounds := e.willSound(&o, a, d, p)
	receipt, attempts, err := e.call(ctx, a, &d, o, p)
	if sounds {
		attempts, err = e.sound(ctx, a, d, o, p, attempts, err)
	}
	end()
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
	switch d.Intent {
	case store.IntentRecall:
		return false
	case store.IntentUrge:
		return a.manifest.UrgeRepeat[sender.UrgeMode(d.UrgeMode)].Kind == sender.Once
	}
	return a.manifest.Repeat.Kind == sender.Once
}

// call asks the provider, and goes on to what it can still do when a message can no longer be changed.
func (e *Engine) call(ctx context.Context, a *account, d *store.Delivery, o order, p place) (sender.Receipt, []store.Attempt, error) {
	var attempts []store.Attempt
	ops := append([]sender.Op{o.op}, o.fallbacks...)
	for i, op := range ops {
		receipt, at, err := e.attempt(ctx, a, *d, o, op, p, i == 0)
		d.Op = string(op)
		attempts = append(attempts, at)
		if err == nil || i == len(ops)-1 || (!errors.Is(err, sender.ErrCannotUpdate) && !errors.Is(err, sender.ErrCannotReply)) {
			return receipt, attempts, err
		}
	}
	return sender.Receipt{}, attempts, nil
}

// attempt makes one call, and counts it in the place that is reserved for it, or as one that came on top.
func (e *Engine) attempt(
	ctx context.Context, a *account, d store.Delivery, o order, op sender.Op, p place, reserved bool,
) (sender.Receipt, store.Attempt, error) {
	start := time.Now()
	receipt, rode, err := ask(ctx, a, op, o)
	took := time.Since(start)
	switch {
	case !reserved:
		e.limits.record(p, time.Now())
	case rode:
		e.limits.ride(p, left(err), time.Now())
	default:
		e.limits.settle(p, left(err), time.Now())
	}
	at := attemptOf(a, d, op, start, took, err)
	if rode {
		at.Op = opRode
	}
	e.measured(a, sender.Op(at.Op), took, at)
	return receipt, at, err
}

// again lists how what was sent can be said again, in order: as a reply if that can be had.
func (o order) again(s sender.Sender) []sender.Op {
	if _, replies := s.(sender.Replier); replies && o.anchor.MessageID != "" {
		return []sender.Op{sender.OpReply, sender.OpSend}
	}
	return []sender.Op{sender.OpSend}
}

// willSound reserves a place for saying again what an order updates, if everybody is to hear it: a changed card makes no sound. Where there
// is no place for both calls now, or the card was updated by an earlier try, the order is to say it only.
func (e *Engine) willSound(o *order, a *account, d store.Delivery, p place) bool {
	if o.op != sender.OpUpdate || !o.notice.Aloud || d.Part > 1 {
		return false
	}
	if !o.updated {
		if wait, _ := e.limits.reserve(p, d.Priority, time.Now()); wait <= 0 {
			return true
		}
	}
	ops := o.again(a.sender)
	o.op, o.fallbacks = ops[0], ops[1:]
	return false
}

// sound says again what was just updated, in the place that is reserved for it. The delivery is made once more
// if it may yet work; a provider that will never take it has taken the update all the same.
func (e *Engine) sound(ctx context.Context, a *account, d store.Delivery, o order, p place, attempts []store.Attempt, err error) ([]store.Attempt, error) {
	if err != nil || d.Op != string(sender.OpUpdate) {
		e.limits.settle(p, false, time.Now())
		return attempts, err
	}
	for i, op := range o.again(a.sender) {
		var at store.Attempt
		_, at, err = e.attempt(ctx, a, d, o, op, p, i == 0)
		attempts = append(attempts, at)
		if !errors.Is(err, sender.ErrCannotReply) {
			break
		}
	}
	if f := sender.AsFailure(err); f != nil && f.Class == sender.Never {
		e.log.Warn("what is worse was shown without a sound", "account", a.Name, "target", d.Target, "delivery", d.ID,
			"reason", f.Reason, "code", f.Code, "text", failureText(f), "hint", f.Hint.EN)
		err = nil
	}
	return attempts, err
}

// opRode is the stored operation of a send that went in another one's call, so that it does not count as a call.
const opRode = "rode"

// measured counts one call to a provider.
func (e *Engine) measured(a *account, op sender.Op, took time.Duration, at store.Attempt) {
	e.m.provider.WithLabelValues(a.Name, a.Type, string(op)).Observe(took.Seconds())
	e.m.attempts.WithLabelValues(a.Name, a.Type, string(op), at.Outcome).Inc()
	if _, ok := a.quota(); ok {
		e.quotas.count(a.key, op, 1, time.Now())
	}
}

// ask makes one call; rode tells that it was made together with another delivery's.
func ask(ctx context.Context, a *account, op sender.Op, o order) (r sender.Receipt, rode bool, err error) {
	switch op {
	case sender.OpUpdate:
		if u, ok := a.sender.(sender.Updater); ok {
			r, err = u.Update(ctx, o.to, o.notice)
			return r, false, err
		}
	case sender.OpReply:
		if t, ok := a.sender.(sender.Replier); ok {
			r, err = t.Reply(ctx, o.anchor, o.notice)
			return r, false, err
		}
	case sender.OpUrge:
		if u, ok := a.sender.(sender.Urger); ok {
			r, err = u.Urge(ctx, o.to, o.urge)
			return r, false, err
		}
	case sender.OpRecall:
		return r, false, takeBack(ctx, a.sender, o)
	case sender.OpSend:
		if a.batch != nil {
			return a.batch.send(ctx, o.notice)
		}
		r, err = a.sender.Send(ctx, o.notice)
		return r, false, err
	default:
	}
	return r, false, cannot(op)
}

func cannot(op sender.Op) error {
	return sender.Permanent(sender.ReasonConfig, fmt.Errorf("this type cannot %s", op))
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
