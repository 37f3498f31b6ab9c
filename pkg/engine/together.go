package engine

import (
	"context"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// groupWindow is how long a delivery waits for others after its lane has spoken: some time for what a source that
// groups nothing itself tells for the first time, and none for what has a card that it can change, nor for anything
// that must not wait.
func (e *Engine) groupWindow(ctx context.Context, a *account, d store.Delivery) time.Duration {
	if d.Priority || d.Step > 0 || !foldable(d) {
		return 0
	}
	snap, err := e.tenant(d.Tenant)
	if err != nil {
		return 0
	}
	m, err := e.recall(ctx, snap, d.GroupID, d.EventID)
	if err != nil || !m.group.Single || m.chain.GroupWindow <= 0 {
		return 0
	}
	if !m.first && remembers(a.sender) {
		if sent, err := e.store.Conversation(ctx, d.GroupID, d.Lane); err != nil || len(sent) > 0 {
			return 0
		}
	}
	return m.chain.GroupWindow
}

// withWindow adds that a lane speaks once in a window.
func (p place) withWindow(a *account, target string, window time.Duration) place {
	r := rule{windowKey: windowKey{targetKey(a.key, target) + "\x00group", window}, count: 1, grouped: true}
	p.rules = append(slices.Clip(p.rules), r)
	return p
}

// hasWaited tells whether a lane was held by a window since it last spoke. One that was not goes on with one message
// alone, even where several came at once: the first problem of a burst has a card.
func (e *Engine) hasWaited(lane string) bool {
	_, waited := e.held.LoadAndDelete(lane)
	return waited
}

// kin is what may go together with a delivery: what a window holds with what it holds, and what has a card with its
// like, so that a storm of problems without cards does not take a card's end into a digest.
func (e *Engine) kin(l *leased, a *account, head store.Delivery) []*store.Delivery {
	if !e.single(l, head) {
		return l.waiting
	}
	own := e.isHeld(l, a, head)
	var list []*store.Delivery
	for _, d := range l.waiting {
		if !foldable(*d) || e.isHeld(l, a, *d) == own {
			list = append(list, d)
		}
	}
	return list
}

// single tells whether a delivery is of a source that groups nothing.
func (e *Engine) single(l *leased, d store.Delivery) bool {
	if known, ok := l.single[d.EventID]; ok {
		return known
	}
	snap, err := e.tenant(d.Tenant)
	if err != nil || d.EventID == "" {
		return false
	}
	m, err := e.recall(e.life, snap, d.GroupID, d.EventID)
	if l.single == nil || len(l.single) >= maxMemos {
		l.single = map[string]bool{}
	}
	l.single[d.EventID] = err == nil && m.group.Single
	return l.single[d.EventID]
}

// isHeld tells whether a window is for a delivery. That it is not stays so while the lane is leased.
func (e *Engine) isHeld(l *leased, a *account, d store.Delivery) bool {
	if l.free[d.ID] {
		return false
	}
	ctx, cancel := context.WithTimeout(e.life, callTime)
	defer cancel()
	if e.groupWindow(ctx, a, d) > 0 {
		return true
	}
	if l.free == nil || len(l.free) >= maxMemos {
		l.free = map[string]bool{}
	}
	l.free[d.ID] = true
	return false
}

// together is what goes as one with a delivery that waited for the end of its window.
func (e *Engine) together(l *leased, a *account, head store.Delivery) []*store.Delivery {
	var held []*store.Delivery
	groups := map[string]bool{}
	for _, d := range l.waiting {
		first := func(earlier *store.Delivery) bool {
			return !foldable(*earlier) && !earlier.Aside() && (earlier.GroupID == d.GroupID && earlier.ID < d.ID || mayTell(earlier, d))
		}
		if d.ID == head.ID || (e.isHeld(l, a, *d) && !slices.ContainsFunc(l.waiting, first)) {
			held = append(held, d)
			groups[d.GroupID] = true
		}
	}
	if len(groups) < 2 {
		return nil
	}
	return held
}

// opOf is the operation whose limits count for an intent.
func opOf(intent string) sender.Op {
	switch intent {
	case store.IntentUrge:
		return sender.OpUrge
	case store.IntentRecall:
		return sender.OpRecall
	default:
		return sender.OpSend
	}
}

// place is what a delivery counts against, and whether a group window is in it.
func (e *Engine) place(l *leased, a *account, d store.Delivery) (p place, grouped bool) {
	p = placeFor(a.Limits, a.key, l.Target, opOf(d.Intent))
	if d.Aside() || !a.Fold || !e.single(l, d) {
		return p, false
	}
	ctx, cancel := context.WithTimeout(e.life, callTime)
	defer cancel()
	if window := e.groupWindow(ctx, a, d); window > 0 {
		return p.withWindow(a, l.Target, window), true
	}
	return p, false
}
