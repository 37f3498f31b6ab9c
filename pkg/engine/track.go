package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// What is asked about at once, and by how many.
const (
	trackBatch  = 64
	trackAtOnce = 4
)

// trackPause is the least time between two looks at what is due.
const trackPause = 100 * time.Millisecond

// follow asks providers what became of what they took, until the engine stops.
func (e *Engine) follow() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-e.tracked:
		case <-timer.C:
		}
		timer.Reset(e.askDue())
	}
}

// askDue asks about everything that is due, and says how long nothing more is.
func (e *Engine) askDue() time.Duration {
	due, err := e.store.DueTracks(e.life, millis(time.Now()), trackBatch)
	if err != nil {
		e.log.Error("what is to be asked about cannot be read", "error", err)
		return firstBackoff
	}
	var group errgroup.Group
	group.SetLimit(trackAtOnce)
	for _, t := range due {
		group.Go(func() error { e.askOne(t); return nil })
	}
	_ = group.Wait() // askOne keeps its errors with what it asked about
	next, err := e.store.NextTrack(e.life)
	switch {
	case err != nil:
		return firstBackoff
	case next == store.Never:
		return choreEvery
	}
	return max(trackPause, time.Until(time.UnixMilli(next)))
}

// trackAfter notes that a delivery is to be asked about.
func trackAfter(tx *store.Tx, a *account, d store.Delivery, r sender.Receipt, now time.Time) error {
	if !tracks(a, d, r) {
		return nil
	}
	return tx.AddTrack(store.Track{DeliveryID: d.ID, At: millis(now.Add(a.manifest.Track[0]))})
}

// tracks tells whether the provider knows later what became of a delivery.
func tracks(a *account, d store.Delivery, r sender.Receipt) bool {
	_, ok := a.sender.(sender.Tracker)
	return ok && len(a.manifest.Track) > 0 && !d.Aside() && !r.Settled
}

// askOne asks about one delivery and stores the answer.
func (e *Engine) askOne(t store.Track) {
	d, found, err := e.store.Delivery(e.life, t.DeliveryID)
	if err != nil {
		e.log.Error("a delivery cannot be read", "delivery", t.DeliveryID, "error", err)
		return
	}
	if _, err := e.tenant(d.Tenant); found && err != nil {
		t.At = millis(time.Now().Add(unconfiguredWait))
		e.keepTrack(t, d, sender.Progress{}, nil)
		return
	}
	a := e.account(d.Tenant, d.Account)
	var receipt sender.Receipt
	if !found || a == nil || len(a.manifest.Track) == 0 || json.Unmarshal(d.Receipt, &receipt) != nil {
		e.stopAsking(t)
		return
	}
	tracker, ok := a.sender.(sender.Tracker)
	if !ok {
		e.stopAsking(t)
		return
	}
	now := time.Now()
	place := placeFor(a.Limits, a.key, d.Target, sender.OpTrack)
	if wait, _ := e.limits.reserve(place, false, now); wait > 0 {
		t.At = millis(now.Add(wait)) + 1
		e.keepTrack(t, d, sender.Progress{}, nil)
		return
	}
	ctx, cancel := context.WithTimeout(e.life, callTime)
	defer cancel()
	p, err := tracker.Track(ctx, receipt)
	took := time.Since(now)
	e.limits.settle(place, left(err), time.Now())
	if e.life.Err() != nil {
		return
	}
	at := attemptOf(a, d, sender.OpTrack, now, took, err)
	e.measured(a, sender.OpTrack, took, at)
	final := e.schedule(&t, a, d, &p, err)
	if raw, err := json.Marshal(p); err == nil {
		t.Progress = raw
	}
	if final && p.Fate != "" {
		e.m.fates.WithLabelValues(a.Name, a.Type, string(p.Fate)).Inc()
	}
	e.keepTrack(t, d, p, &at)
}

// schedule decides what an answer means for the next question, and whether it was the last.
func (e *Engine) schedule(t *store.Track, a *account, d store.Delivery, p *sender.Progress, err error) (final bool) {
	f := sender.AsFailure(err)
	now := time.Now()
	if f != nil {
		// What was known before stays; the words of the failure say why nothing newer is.
		var known sender.Progress
		if json.Unmarshal(t.Progress, &known) == nil {
			*p = known
		}
		p.Fate = cmp.Or(p.Fate, sender.FatePending)
		p.Code, p.Text, p.Hint = f.Code, failureText(f), f.Hint
		if f.Class == sender.Later {
			t.At = millis(now.Add(max(f.After, time.Second)))
			return false
		}
	}
	t.Asked++
	if p.Final = p.Final || (f != nil && f.Class == sender.Never) || t.Asked >= len(a.manifest.Track); p.Final {
		t.At = 0
		return true
	}
	t.At = max(d.FinishedAt+a.manifest.Track[t.Asked].Milliseconds(), millis(now.Add(time.Second)))
	return false
}

// keepTrack stores an answer, and goes on to the next step when it says that nobody was reached.
func (e *Engine) keepTrack(t store.Track, d store.Delivery, p sender.Progress, at *store.Attempt) {
	now := time.Now()
	missed := at != nil && p.Final && p.Fate.Missed()
	err := e.persist(func(tx *store.Tx) error {
		if at != nil {
			if err := tx.AddAttempt(*at); err != nil {
				return err
			}
		}
		if err := tx.SetTrack(t); err != nil || !missed {
			return err
		}
		if g, found, err := tx.Group(d.GroupID); err != nil || (found && !g.Open) {
			// What is over needs nobody else.
			return err
		}
		return e.stepFailed(tx, d, now)
	})
	if err != nil {
		return
	}
	if missed {
		e.log.Warn("nobody was reached", "account", d.Account, "target", d.Target, "delivery", d.ID, "fate", p.Fate, "code", p.Code, "text", p.Text)
	}
}

// stopAsking ends what can no longer be asked about.
func (e *Engine) stopAsking(t store.Track) {
	t.At = 0
	e.keepTrack(t, store.Delivery{}, sender.Progress{}, nil)
}
