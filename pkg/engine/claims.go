package engine

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// claims are lanes that are leased in the transaction that puts something into them, so that it is sent without another one.
type claims struct {
	engine *Engine
	lanes  []*leased
}

// lease leases the lane of a delivery that was just stored, if nothing else waits in it and nobody works on it. Without claims,
// or without a lease, the lane is to be woken.
func (c *claims) lease(tx *store.Tx, d store.Delivery, now time.Time) (ok bool, err error) {
	if c == nil || !c.engine.recovered() {
		return false, nil
	}
	d.State, d.HasRequest = store.Waiting, d.Request != nil
	l := &leased{
		Lane:    store.Lane{Key: d.Lane, Tenant: d.Tenant, Account: d.Account, Target: d.Target},
		waiting: []*store.Delivery{&d}, heard: make(chan struct{}, 1),
	}
	if !c.engine.lanes.claim(l, c.engine.inFlight(accountKey(d.Tenant, d.Account))) {
		return false, nil
	}
	c.lanes = append(c.lanes, l)
	l.Arrivals, ok, err = tx.LeaseResting(d.Lane, millis(now.Add(leaseTime)))
	if err == nil && !ok {
		c.lanes = c.lanes[:len(c.lanes)-1]
		c.engine.lanes.end(l)
	}
	return ok, err
}

// release gives the lanes back because nothing was stored. What came into them meanwhile, from others, is for the dispatcher.
func (c *claims) release() {
	if len(c.lanes) == 0 {
		return
	}
	for _, l := range c.lanes {
		c.engine.lanes.end(l)
	}
	c.lanes = nil
	c.engine.wake()
}
