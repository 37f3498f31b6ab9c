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
