package engine

import (
	"math"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// The lanes leased in one transaction, and the deliveries looked at in one lane.
const (
	leaseBatch   = 64
	waitingBatch = 512
)

// defaultInFlight bounds the lanes of an account that is gone from the configuration.
const defaultInFlight = 8

func (e *Engine) inFlight(key string) int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	tenant, name, _ := strings.Cut(key, "/")
	if s := e.tenants[tenant]; s != nil {
		if a := s.accounts[name]; a != nil && a.InFlight > 0 {
			return a.InFlight
		}
	}
	return defaultInFlight
}

// dispatch leases lanes that are due and has them worked on, until the engine stops.
func (e *Engine) dispatch() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !e.stopping() {
		lanes, next, err := e.lease()
		wait := time.Duration(math.MaxInt64)
		switch {
		case err != nil:
			e.log.Error("lanes cannot be leased", "error", err)
			wait = firstBackoff
		case len(lanes) > 0:
			e.lanes.begin(lanes)
			e.start(lanes)
			wait = 0
		case next != store.Never:
			wait = max(0, time.Until(time.UnixMilli(next)))
		}
		if wait == 0 && len(lanes) > 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-e.nudge:
		case <-timer.C:
		case <-e.stop:
			return
		}
	}
}

// start has lanes worked on that are leased, unless the engine stops: then they are what a crash would leave.
func (e *Engine) start(lanes []*leased) {
	if len(lanes) == 0 {
		return
	}
	e.starting.RLock()
	defer e.starting.RUnlock()
	if e.stopping() {
		return
	}
	for _, l := range lanes {
		e.group.Go(func() { e.work(l) })
	}
	e.o.Failpoint(PointLeased)
}

// hold leases a lane and reads what waits in it.
func hold(tx *store.Tx, l store.Lane, now int64) (*leased, error) {
	if err := tx.Lease(l.Key, now+leaseTime.Milliseconds()); err != nil {
		return nil, err
	}
	waiting, err := tx.WaitingIn(l.Key, waitingBatch)
	if err != nil {
		return nil, err
	}
	in := &leased{Lane: l, waiting: waiting, heard: make(chan struct{}, 1)}
	// Something may come before the lane is known to be in work.
	in.news.Store(true)
	return in, nil
}

// lease takes due lanes, at most so many of each account as may be in work.
func (e *Engine) lease() (got []*leased, next int64, err error) {
	var taken []string
	release := func() {
		for _, a := range taken {
			e.lanes.freeSlot(a)
		}
		taken, got = nil, nil
	}
	err = e.store.Write(func(tx *store.Tx) error {
		release()
		now := millis(time.Now())
		busy := e.lanes.full(e.inFlight)
		due, err := tx.Due(now, leaseBatch, busy)
		if err != nil {
			return err
		}
		if len(due) < leaseBatch {
			e.lanes.looked(due, busy)
		}
		for _, l := range due {
			key := accountKey(l.Tenant, l.Account)
			if !e.lanes.takeSlot(key, e.inFlight(key)) {
				continue
			}
			taken = append(taken, key)
			in, err := hold(tx, l, now)
			if err != nil {
				return err
			}
			got = append(got, in)
		}
		if len(got) > 0 {
			return nil
		}
		next, err = tx.NextWake(e.lanes.full(e.inFlight))
		return err
	})
	if err != nil {
		release()
	}
	return got, next, err
}

// persist stores what happened, for as long as it takes: an outcome that is not on disk would be
// a message that is sent twice. It gives up only when the engine stops.
func (e *Engine) persist(f func(tx *store.Tx) error) error { return e.gather(0, f) }

// gather is persist for what may wait so long for company.
func (e *Engine) gather(patience time.Duration, f func(tx *store.Tx) error) error {
	for n := 1; ; n++ {
		err := e.store.Gather(patience, f)
		if err == nil {
			return nil
		}
		e.m.unstored.Inc()
		e.log.Error("an outcome cannot be stored yet", "error", err)
		if e.stopsWithin(backoff(n)) {
			return err
		}
	}
}
