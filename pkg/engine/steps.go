package engine

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// patienceOf is how long a delivery is tried.
func (e *Engine) patienceOf(d store.Delivery) time.Duration {
	snap, err := e.tenant(d.Tenant)
	if err != nil || d.EventID == "" {
		return giveUpLast
	}
	v, err := e.recall(context.Background(), snap, d.GroupID, d.EventID)
	if err != nil || d.Step >= len(v.chain.Steps) {
		return giveUpLast
	}
	return patience(v.chain.Steps[d.Step].GiveUp, !hasNext(v.chain, d.Step), severityOf(d.Severity))
}

// goesOn tells whether a later step takes over when a delivery fails.
func (e *Engine) goesOn(d store.Delivery) bool {
	snap, err := e.tenant(d.Tenant)
	if err != nil || d.EventID == "" || d.Aside() {
		return false
	}
	v, err := e.recall(context.Background(), snap, d.GroupID, d.EventID)
	return err == nil && hasNext(v.chain, d.Step)
}

// hasNext tells whether a step waits for the failure of another.
func hasNext(c *chain, step int) bool {
	return step+1 < len(c.Steps) && c.Steps[step+1].On == config.OnFailure
}

// stepFailed goes on to the next step after a delivery that reached nobody, or not everybody. A digest goes
// on for each of its members, all of them together.
func (e *Engine) stepFailed(tx *store.Tx, d store.Delivery, now time.Time) error {
	if d.EventID == "" {
		digest := d.ID
		if d.Parent != "" {
			digest = d.Parent
		}
		members, err := tx.FoldedInto(digest)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, m := range slices.Backward(members) {
			if seen[m.GroupID] {
				continue
			}
			seen[m.GroupID] = true
			if err := e.nextStep(tx, *m, digest, now); err != nil {
				return err
			}
		}
		return nil
	}
	return e.nextStep(tx, d, "", now)
}

// nextStep queues the step that waits for the failure of d's, once for each event; without one, the group
// is quiet for a while.
func (e *Engine) nextStep(tx *store.Tx, d store.Delivery, batch string, now time.Time) error {
	g, found, err := tx.Group(d.GroupID)
	if err != nil || !found {
		return err
	}
	ev, found, err := tx.Event(d.GroupID, d.EventID)
	if err != nil || !found {
		return err
	}
	snap, err := e.tenant(g.Tenant)
	if err != nil {
		return err
	}
	c, err := snap.thaw(g.Chain, g.ContactPoint)
	if err != nil {
		return err
	}
	all, err := tx.DeliveriesOf(g.ID)
	if err != nil {
		return err
	}
	var ran, reached bool
	waiting := false
	people := map[string]bool{}
	for _, o := range all {
		if o.EventID != d.EventID || o.Aside() {
			continue
		}
		ran = ran || o.Step == d.Step+1
		waiting = waiting || (o.State == store.Waiting && o.ID != d.ID)
		if o.State == store.Delivered {
			reached = true
			if t := sender.ParseTarget(o.Target); t.Kind == sender.TargetPerson && o.ID != d.ID {
				people[t.Value] = true
			}
		}
	}
	if hasNext(c, d.Step) {
		if ran {
			return nil
		}
		q := queue{snap: snap, chain: c, group: g, event: ev, status: statusOfState(ev.Body), now: now}
		if err := q.step(tx, d.Step+1, batch, people); err != nil || q.added > 0 {
			return err
		}
	}
	if reached || waiting || g.EventID != d.EventID {
		return nil
	}
	return tx.SetQuiet(g.ID, g.Failures+1, millis(now.Add(quiet(g.Failures+1))))
}

func statusOfState(body []byte) alert.Status {
	var g alert.Group
	if json.Unmarshal(body, &g) == nil && !fires(g) {
		return alert.Resolved
	}
	return alert.Firing
}
