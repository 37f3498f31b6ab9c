package engine

import (
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// laneCount knows the lanes that are being worked on, and how many each account has.
type laneCount struct {
	mu sync.Mutex
	by map[string]int
	// at are the lanes in work, by key.
	at map[string]*leased
	// crowded are the accounts that had no place for a lane, or were left out by the dispatcher since they might have none, until it
	// looks and finds no lane that waits for one.
	crowded map[string]bool
}

// claim takes a lane for whoever puts something into it, unless somebody works on it or others wait for a place. It ends as any
// lane in work does.
func (c *laneCount) claim(l *leased, limit int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	account := accountKey(l.Tenant, l.Account)
	if c.at[l.Key] != nil || c.crowded[account] || !c.place(account, limit) {
		return false
	}
	c.put(l)
	return true
}

func (c *laneCount) put(l *leased) {
	if c.at == nil {
		c.at = map[string]*leased{}
	}
	c.at[l.Key] = l
}

// place takes a place for one more lane of an account.
func (c *laneCount) place(account string, limit int) bool {
	if c.by == nil {
		c.by, c.crowded = map[string]int{}, map[string]bool{}
	}
	if c.by[account] >= limit {
		c.crowded[account] = true
		return false
	}
	c.by[account]++
	return true
}

// uncrowd is told of the lanes that are due, but for those of the accounts in busy.
func (c *laneCount) uncrowd(due []store.Lane, busy []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.crowded, func(account string, _ bool) bool {
		return !slices.Contains(busy, account) &&
			!slices.ContainsFunc(due, func(l store.Lane) bool { return accountKey(l.Tenant, l.Account) == account })
	})
}

func (c *laneCount) begin(lanes []*leased) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range lanes {
		c.put(l)
	}
}

// end tells whether the dispatcher is to be woken although the lane rests: something came since it was looked at for the
// last time, which woke nobody, or another lane waits for its place.
func (c *laneCount) end(l *leased) (wake bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	account := accountKey(l.Tenant, l.Account)
	delete(c.at, l.Key)
	c.leave(account)
	return l.news.Load() || c.crowded[account]
}

func (c *laneCount) leave(account string) {
	if c.by[account]--; c.by[account] <= 0 {
		delete(c.by, account)
	}
}

// tell lets those who work on lanes know that something came, and answers whether there is a lane on which nobody works.
func (c *laneCount) tell(lanes []string) (idle bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range lanes {
		if l := c.at[key]; l != nil {
			l.hear()
		} else {
			idle = true
		}
	}
	return idle
}

// patience is how long what comes into some lanes may wait for company on its way to the disk: not at all if nobody works on
// one of them.
func (c *laneCount) patience(lanes iter.Seq[string]) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := longPatience
	for key := range lanes {
		l := c.at[key]
		if l == nil {
			return 0
		}
		most = min(most, l.patience())
	}
	return most
}

func (c *laneCount) take(account string, limit int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place(account, limit)
}

func (c *laneCount) give(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leave(account)
}

// full lists the accounts that have all their lanes in work, for the dispatcher to leave out.
func (c *laneCount) full(limit func(account string) int) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for a, n := range c.by {
		if n >= limit(a) {
			list = append(list, a)
			c.crowded[a] = true
		}
	}
	return list
}

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
	for {
		select {
		case <-e.stop:
			return
		default:
		}
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
	e.starting.RLock()
	defer e.starting.RUnlock()
	select {
	case <-e.stop:
		return
	default:
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
			e.lanes.give(a)
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
			e.lanes.uncrowd(due, busy)
		}
		for _, l := range due {
			key := accountKey(l.Tenant, l.Account)
			if !e.lanes.take(key, e.inFlight(key)) {
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
		timer := time.NewTimer(backoff(n))
		select {
		case <-timer.C:
		case <-e.stop:
			timer.Stop()
			return err
		}
	}
}
