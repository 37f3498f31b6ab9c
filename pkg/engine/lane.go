package engine

import (
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// work works on one lane until nothing in it can be sent now.
func (e *Engine) work(l *leased) {
	defer func() {
		l.settled("")
		if l.ready != nil {
			<-l.ready.done
		}
		if e.lanes.end(l) || !l.resting {
			e.wake()
		}
	}()
	for !e.stopping() {
		wakeAt, again := e.turn(l)
		if l.resting {
			return
		}
		if again {
			continue
		}
		released, err := e.sleep(l, wakeAt)
		if err != nil || released {
			return
		}
	}
}

// turn does one thing in a lane: it lets deliveries expire, folds some, or sends one. It answers when to look
// again, or that something may be done at once.
func (e *Engine) turn(l *leased) (wakeAt int64, again bool) {
	l.refresh()
	if len(l.waiting) == 0 {
		return store.Never, false
	}
	a := e.account(l.Tenant, l.Account)
	if a == nil {
		if _, err := e.tenant(l.Tenant); err != nil {
			return millis(time.Now().Add(unconfiguredWait)), false
		}
		return e.gone(l)
	}
	now := time.Now()
	place := placeFor(a.Limits, a.key, l.Target, sender.OpSend)
	parked := e.limits.parkedSince(place, now)
	l.trouble(parked)
	if expired, deadline := e.expired(l, now); len(expired) > 0 {
		return e.giveUpOn(l, a, expired, !parked.IsZero())
	} else if l.TroubleSince > 0 {
		wakeAt, again = e.oneOf(l, a, place, now)
		return min(wakeAt, deadline), again
	}
	return e.oneOf(l, a, place, now)
}

// trouble notes since when something other than our own limit stops the lane.
func (l *leased) trouble(since time.Time) {
	if !since.IsZero() && (l.TroubleSince == 0 || millis(since) < l.TroubleSince) {
		l.TroubleSince = millis(since)
	}
}

// budgetPatience is how long a delivery waits for a used-up budget although a later step could take over.
const budgetPatience = time.Minute

// oneOf sends or folds the lane's first unit.
func (e *Engine) oneOf(l *leased, a *account, p place, now time.Time) (wakeAt int64, again bool) {
	head, fold := e.choose(l, a, p, now)
	limits := p
	p, grouped := e.place(l, a, head)
	if wait, budget := e.limits.reserve(p, head.Priority, now); wait > 0 {
		if wait > budgetPatience {
			closed := e.limits.parkedFor(p, notToday, now)
			switch {
			case budget == nil && closed <= budgetPatience, !e.goesOn(head):
			case budget != nil:
				return e.stored(e.fail(l, a, head, usedUp(*budget), nil))
			default:
				return e.stored(e.fail(l, a, head, closedFor(closed), nil))
			}
		}
		e.m.limitWaits.WithLabelValues(a.Name, a.Type).Inc()
		var until time.Time
		if grouped {
			e.held.Store(l.Key, struct{}{})
		}
		if grouped && e.limits.free(limits, head.Priority, now) {
			until = now.Add(wait) // Only the window is in the way.
		}
		e.tellAll(l.waiting, told{until: until})
		return millis(now.Add(wait)) + 1, false
	}
	if len(fold) == 0 && grouped && l.Fails == 0 && e.hasWaited(l.Key) {
		fold = e.together(l, a, head)
	}
	if len(fold) > 0 {
		folded, err := e.fold(l, a, fold, now)
		if err != nil {
			e.limits.settle(p, false, now)
			e.log.Error("what waits cannot be folded", "account", a.Name, "error", err)
			return millis(now.Add(firstBackoff)), false
		}
		head = folded
	}
	return e.deliver(l, a, head, p)
}

// sleep gives the lane back, unless something arrived meanwhile.
func (e *Engine) sleep(l *leased, wakeAt int64) (released bool, err error) {
	if len(l.waiting) == 0 {
		l.TroubleSince, l.Fails = 0, 0
	}
	l.WakeAt = wakeAt
	l.settled("")
	var v view
	err = e.persist(func(tx *store.Tx) error {
		var err error
		if released, err = tx.Release(l.Lane); err != nil || released {
			return err
		}
		v, err = look(tx, l.Key)
		return err
	})
	if err == nil && !released {
		l.see(v)
	}
	return released, err
}

// look reads what waits in a lane.
func look(tx *store.Tx, lane string) (v view, err error) {
	if v.waiting, err = tx.WaitingIn(lane, waitingBatch); err != nil {
		return v, err
	}
	v.arrivals, err = tx.Arrivals(lane)
	return v, err
}

// glance reads what came into a lane since it was looked at, if anything did.
func glance(tx *store.Tx, lane string, since, seq int64) (v view, err error) {
	if v.arrivals, err = tx.Arrivals(lane); err != nil || v.arrivals == since {
		v.more = true
		return v, err
	}
	if v.waiting, err = tx.ArrivedIn(lane, seq, waitingBatch); err != nil {
		return v, err
	}
	if v.more = int64(len(v.waiting)) >= v.arrivals-since; v.more {
		return v, nil
	}
	// Something that was here before waits again: a person had it sent once more.
	return look(tx, lane)
}

// tellAll lets submits know that their deliveries cannot go now.
func (e *Engine) tellAll(list []*store.Delivery, news told) {
	for _, d := range list {
		e.waiters.tell(d.EventID, news)
	}
}

// unconfiguredWait is how long what belongs to a tenant without a configuration is left alone: its host has not said
// yet how it is configured, so nothing is known to be gone. Reconfigure wakes it at once.
const unconfiguredWait = time.Minute

// gone fails what waits for an account that is no longer configured.
func (e *Engine) gone(l *leased) (wakeAt int64, again bool) {
	f := &sender.Failure{Class: sender.Never, Reason: sender.ReasonConfig, Err: errAccountGone(l.Account), Hint: hintAccountGone(l.Account)}
	for _, d := range slices.Clone(l.waiting) {
		if err := e.fail(l, nil, *d, f, nil); err != nil {
			return millis(time.Now().Add(firstBackoff)), false
		}
	}
	return 0, true
}

// expired lists what has been stopped by something other than our own limit for longer than its step keeps
// trying, and when the next will have been.
func (e *Engine) expired(l *leased, now time.Time) (expired []*store.Delivery, next int64) {
	next = store.Never
	if l.TroubleSince == 0 {
		return nil, next
	}
	for _, d := range l.waiting {
		end := max(d.CreatedAt, l.TroubleSince) + e.patienceOf(*d).Milliseconds()
		if end <= millis(now) {
			expired = append(expired, d)
		} else {
			next = min(next, end)
		}
	}
	return expired, next
}

// giveUpOn fails deliveries whose time is over, with the reason of their last attempt; limited is as gaveUp has it.
func (e *Engine) giveUpOn(l *leased, a *account, expired []*store.Delivery, limited bool) (wakeAt int64, again bool) {
	for _, d := range expired {
		if err := e.fail(l, a, *d, gaveUp(*d, limited), nil); err != nil {
			return millis(time.Now().Add(firstBackoff)), false
		}
	}
	return 0, true
}
