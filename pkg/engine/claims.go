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

// take leases the lane of a delivery that was just stored, if nothing else waits in it and nobody works on it.
func (c *claims) take(tx *store.Tx, d store.Delivery, now time.Time) (claimed bool, err error) {
	if c == nil {
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
	l.Arrivals, claimed, err = tx.LeaseResting(d.Lane, millis(now.Add(leaseTime)))
	if err != nil || !claimed {
		c.engine.lanes.end(l)
		return false, err
	}
	c.lanes = append(c.lanes, l)
	return true, nil
}

// release gives the lanes back because nothing was stored. The dispatcher is to be woken, or somebody told of the lanes: what
// else came into them meanwhile woke nobody.
func (c *claims) release() {
	for _, l := range c.lanes {
		c.engine.lanes.end(l)
	}
	c.lanes = nil
}
