package engine

import (
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// rotateAfter is how many failed attempts let others of the lane go first, so that one message that a
// provider cannot digest does not hold up the rest.
const rotateAfter = 3

// choose picks what is sent next: the worst delivery, after those of its own group that came before it;
// and what is folded with it.
func (e *Engine) choose(l *leased, a *account, p place, now time.Time) (head store.Delivery, fold []*store.Delivery) {
	head, _ = worst(l.waiting, "")
	if !a.Fold || !foldable(head) {
		return head, nil
	}
	return head, e.company(e.kin(l, a, head), head, p, l.Fails > 0, now)
}

// worst is the delivery that goes first, but for the one with the id in besides.
func worst(waiting []*store.Delivery, besides string) (head store.Delivery, found bool) {
	var first *store.Delivery
	for _, d := range waiting {
		if d.ID != besides && (first == nil || before(d, first)) {
			first = d
		}
	}
	if first == nil {
		return head, false
	}
	for _, d := range waiting {
		if first.GroupID != "" && d.GroupID == first.GroupID && d.ID < first.ID && d.ID != besides && !d.Aside() {
			first = d
		}
	}
	chosen := first
	for _, d := range waiting {
		if d.ID != besides && d.ID < first.ID && mayTell(d, chosen) {
			first = d
		}
	}
	return *first, true
}

// mayTell tells whether a digest that waits may tell of an older state of a delivery's group, since ids sort by
// time: such a delivery comes after it. A group that is newer than the digest need not wait.
func mayTell(digest, d *store.Delivery) bool {
	return digest.Intent == store.IntentDigest && digest.GroupID == "" &&
		!d.Aside() && d.GroupID < digest.ID && digest.ID < d.ID && d.GroupID != ""
}

// before orders what waits in a lane.
func before(x, y *store.Delivery) bool {
	switch {
	case x.Attempts/rotateAfter != y.Attempts/rotateAfter:
		return x.Attempts/rotateAfter < y.Attempts/rotateAfter
	case (x.Intent == store.IntentUrge) != (y.Intent == store.IntentUrge):
		// What it is about was sent already, and other limits count for it.
		return x.Intent == store.IntentUrge
	case x.Priority != y.Priority:
		return x.Priority
	case x.Severity != y.Severity:
		return x.Severity > y.Severity
	default:
		return x.ID < y.ID
	}
}

// nextAlone is what will probably be sent after current, if it goes alone and does not depend on it.
func (e *Engine) nextAlone(l *leased, a *account, current store.Delivery, p place) (next store.Delivery, found bool) {
	next, found = worst(l.waiting, current.ID)
	if !found || l.Fails > 0 || next.GroupID == current.GroupID || next.Aside() || (a.Fold && e.single(l, next)) {
		return next, false
	}
	return next, !a.Fold || !foldable(next) || len(e.company(l.waiting, next, p, false, time.Now())) == 0
}

// foldable tells whether a delivery may be told by another: not one that may have arrived already, nor a
// digest, which is what others were folded into.
func foldable(d store.Delivery) bool {
	return !d.MaybeSent && (d.Intent == store.IntentTell || d.Intent == store.IntentRemind)
}

// company is what is folded together with head; nothing when head goes alone. While a lane is in trouble, its
// head only probes whether the provider is back, with the newest state of its group.
func (e *Engine) company(list []*store.Delivery, head store.Delivery, p place, probing bool, now time.Time) []*store.Delivery {
	var all, own, batch []*store.Delivery
	groups, priority, batches, states := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	var alone []*store.Delivery
	for _, d := range list {
		if !foldable(*d) && !d.Aside() {
			alone = append(alone, d)
		}
	}
	for _, d := range list {
		if !foldable(*d) {
			continue
		}
		// What its group said before, and what cannot be folded, has to be sent first.
		if slices.ContainsFunc(alone, func(earlier *store.Delivery) bool {
			return earlier.GroupID == d.GroupID && earlier.ID < d.ID || mayTell(earlier, d)
		}) {
			continue
		}
		all = append(all, d)
		groups[d.GroupID] = true
		if d.Priority {
			priority[d.GroupID] = true
		}
		if d.GroupID == head.GroupID {
			own = append(own, d)
			states[d.EventID] = true
		}
		if head.Batch != "" && d.Batch == head.Batch {
			batch = append(batch, d)
			batches[d.GroupID] = true
		}
	}
	switch {
	case len(batches) > 1:
		return batch
	case probing,
		head.Priority && e.limits.estimate(p, len(priority), true, now) <= foldPatience,
		e.limits.estimate(p, len(groups), head.Priority, now) <= foldPatience:
		if len(states) > 1 {
			return own
		}
		return nil
	case len(groups) > 1:
		return all
	case len(states) > 1:
		return own
	}
	return nil
}
