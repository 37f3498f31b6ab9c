package engine

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// queue puts the deliveries of one event into their lanes.
type queue struct {
	snap   *snapshot
	chain  *chain
	group  store.Group
	event  store.Event
	status alert.Status
	now    time.Time
	early  early
	added  int
	// claims take lanes that rest at once; without, the dispatcher sees to them.
	claims *claims
}

// step queues one step for everybody but the people in reached.
func (q *queue) step(tx *store.Tx, step int, batch string, reached map[string]bool) error {
	for entry, n := range q.chain.Steps[step].Notify {
		if severityOf(q.group.Worst) < n.Severities {
			continue
		}
		for _, to := range n.To {
			if to.Kind == sender.TargetPerson && reached[to.Value] {
				continue
			}
			if err := q.deliver(tx, step, entry, to.String(), batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// followUps queues an event for those that a later step told of the group.
func (q *queue) followUps(tx *store.Tx) error {
	told, err := tx.ToldBeyondFirst(q.group.ID)
	if err != nil {
		return err
	}
	for _, t := range told {
		if t.Step < len(q.chain.Steps) && t.Entry < len(q.chain.Steps[t.Step].Notify) {
			if err := q.deliver(tx, t.Step, t.Entry, t.Target, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (q *queue) deliver(tx *store.Tx, step, entry int, target, batch string) error {
	n := q.chain.Steps[step].Notify[entry]
	if a := q.snap.accounts[n.Account]; a != nil && a.manifest.Rings && q.event.News < 0 {
		return nil
	}
	severity := severityOf(q.group.Severity)
	_, urgent := n.Urgent.At(severity)
	urgent = urgent || severity >= alert.Critical
	if q.status == alert.Resolved {
		// Good news waits behind whatever still burns.
		severity, urgent = min(severity, alert.Info), false
	}
	intent := store.IntentTell
	if q.event.Change == store.ChangeRepeat && q.chain.Repeat == config.RepeatRemind {
		intent = store.IntentRemind
	}
	d := store.Delivery{
		ID: newID(), Tenant: q.group.Tenant, GroupID: q.group.ID, EventID: q.event.ID, Step: step, Entry: entry,
		Lane: laneKey(q.group.Tenant, n.Account, target), Account: n.Account, Target: target, Intent: intent,
		Severity: int(severity), Priority: urgent, News: q.event.News, CreatedAt: millis(q.now), Batch: batch,
	}
	q.added++
	var rest []store.Delivery
	if m, ok := q.early[address{entry, target}]; ok && step == 0 {
		rest = split(&d, m.title, m.rendered)
	}
	for _, part := range append([]store.Delivery{d}, rest...) {
		if err := tx.AddDelivery(part); err != nil {
			return err
		}
	}
	if claimed, err := q.claims.lease(tx, d, q.now); err != nil || claimed {
		return err
	}
	return wakeFor(tx, d, q.now)
}

func laneKey(tenant, account, target string) string { return tenant + "/" + account + "/" + target }

// enqueue stores a delivery and makes its lane due.
func enqueue(tx *store.Tx, d store.Delivery, now time.Time) error {
	if err := tx.AddDelivery(d); err != nil {
		return err
	}
	return wakeFor(tx, d, now)
}

// wakeFor makes the lane of a delivery due.
func wakeFor(tx *store.Tx, d store.Delivery, now time.Time) error {
	return tx.WakeLane(store.Lane{Key: d.Lane, Tenant: d.Tenant, Account: d.Account, Target: d.Target, WakeAt: millis(now)})
}
