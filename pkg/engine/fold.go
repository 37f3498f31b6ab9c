package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// fold makes one delivery of several that wait in a lane, and commits it with its members before it is sent:
// the newest state of their group when all are of one, else a digest that names what each had to say.
func (e *Engine) fold(l *leased, a *account, members []*store.Delivery, now time.Time) (store.Delivery, error) {
	snap, err := e.tenant(l.Tenant)
	if err != nil {
		return store.Delivery{}, err
	}
	ctx, cancel := context.WithTimeout(e.life, callTime)
	defer cancel()
	states, err := e.statesOf(ctx, snap, members)
	if err != nil {
		return store.Delivery{}, err
	}
	newest := states[len(states)-1]
	d := store.Delivery{
		ID: newID(), Tenant: l.Tenant, Lane: l.Key, Account: l.Account, Target: l.Target, Intent: store.IntentDigest,
		State: store.Waiting, Folds: true, CreatedAt: members[0].CreatedAt, News: -1, Step: newest.delivery.Step, Entry: newest.delivery.Entry,
	}
	for _, m := range members {
		d.Severity, d.CreatedAt = max(d.Severity, m.Severity), min(d.CreatedAt, m.CreatedAt)
		d.Priority = d.Priority || m.Priority
		d.News = max(d.News, m.News)
	}
	var msg message.Message
	var minParts int
	if len(states) == 1 {
		msg, minParts, err = e.coalesce(ctx, snap, a, &d, newest)
	} else {
		msg = digest(states, newest.chain, now)
	}
	if err != nil {
		return store.Delivery{}, err
	}
	draft := sender.Draft{
		Message: msg, Target: snap.person(sender.ParseTarget(l.Target)), Mentions: mentions(snap, states), MinParts: minParts,
	}
	if entry, err := entryOf(newest.chain, newest.delivery); err == nil {
		draft.Options = entry.Options
	}
	rest, err := e.parts(ctx, a, &d, msg, draft)
	if err != nil {
		return store.Delivery{}, err
	}
	err = e.persist(func(tx *store.Tx) error { return commitFold(tx, d, rest, members, now) })
	if err != nil {
		return store.Delivery{}, err
	}
	l.folded(members, &d, rest)
	e.countFolded(a, members, len(states) == 1)
	return d, nil
}

// countFolded counts each delivery once, where it is first folded: not what was itself made by a fold.
func (e *Engine) countFolded(a *account, members []*store.Delivery, coalesced bool) {
	counter, n := e.m.folded, 0.0
	if coalesced {
		counter = e.m.superseded
	}
	for _, m := range members {
		if !m.Folds {
			n++
		}
	}
	counter.WithLabelValues(a.Name, a.Type).Add(n)
	e.m.deliveries.WithLabelValues(a.Name, a.Type, store.Superseded, "").Add(n)
}

func commitFold(tx *store.Tx, d store.Delivery, rest []store.Delivery, members []*store.Delivery, now time.Time) error {
	if err := tx.AddDelivery(d); err != nil {
		return err
	}
	for _, more := range rest {
		if err := tx.AddDelivery(more); err != nil {
			return err
		}
	}
	for _, m := range members {
		if err := tx.Fold(m.ID, d.ID, millis(now)); err != nil {
			return err
		}
	}
	return nil
}

// untold is what people were not told yet of one group: its states that wait, made one.
type untold struct {
	chain    *chain
	states   []alert.Group
	received time.Time
	// delivery is the newest of the group's.
	delivery store.Delivery
	seen     map[string]bool
}

// statesOf collects what the members would have told, by group, in the order in which the groups' newest came.
func (e *Engine) statesOf(ctx context.Context, snap *snapshot, members []*store.Delivery) ([]*untold, error) {
	by := map[string]*untold{}
	var list []*untold
	oldestFirst := sortedByID(members)
	for _, m := range oldestFirst {
		v, err := e.recall(ctx, snap, m.GroupID, m.EventID)
		if err != nil {
			return nil, err
		}
		u, ok := by[m.GroupID]
		if !ok {
			u = &untold{seen: map[string]bool{}, received: v.receivedAt}
			by[m.GroupID] = u
			list = append(list, u)
		}
		if err := e.addStates(ctx, snap, u, m); err != nil {
			return nil, err
		}
		u.chain, u.delivery = v.chain, *m
	}
	if len(list) == 0 {
		return nil, errors.New("there is nothing to fold")
	}
	return list, nil
}

// addStates adds the event of a delivery, after those that were folded into it before.
func (e *Engine) addStates(ctx context.Context, snap *snapshot, u *untold, m *store.Delivery) error {
	events := []string{m.EventID}
	if m.Folds {
		earlier, err := e.store.FoldedEvents(ctx, m.ID)
		if err != nil {
			return err
		}
		events = append(earlier, m.EventID)
	}
	for _, id := range events {
		if id == "" || u.seen[id] {
			continue
		}
		u.seen[id] = true
		v, err := e.recall(ctx, snap, m.GroupID, id)
		if err != nil {
			return err
		}
		u.states = append(u.states, v.group)
	}
	return nil
}

func sortedByID(list []*store.Delivery) []*store.Delivery {
	return slices.SortedFunc(slices.Values(list), func(x, y *store.Delivery) int { return cmp.Compare(x.ID, y.ID) })
}

// coalesce makes the newest state of one group, which also tells what the older ones would have.
func (e *Engine) coalesce(ctx context.Context, snap *snapshot, a *account, d *store.Delivery, u *untold) (message.Message, int, error) {
	m := u.delivery
	d.GroupID, d.EventID, d.Intent = m.GroupID, m.EventID, m.Intent
	merged, meanwhile := message.Merge(u.states)
	if !fires(merged) {
		d.News = -1
	}
	sent, err := e.store.Conversation(ctx, d.GroupID, d.Lane)
	if err != nil {
		return message.Message{}, 0, err
	}
	msg := snap.templates.Compose(merged, u.chain.style, message.ComposeOptions{
		Kind: message.GroupKind, Now: u.received, PublicURL: snap.cfg.PublicURL, SeverityLabels: snap.cfg.Labels.Severity, Meanwhile: meanwhile,
	})
	e.composed(u.chain, msg)
	return msg, cards(a.sender, *d, sent), nil
}

// digest names the alerts of several groups in one message.
func digest(states []*untold, c *chain, now time.Time) message.Message {
	entries := make([]message.DigestEntry, 0, len(states))
	for _, u := range states {
		merged, meanwhile := message.Merge(u.states)
		entries = append(entries, message.DigestEntry{Group: merged, ContactPoint: u.chain.Name, Meanwhile: meanwhile, ReceivedAt: u.received})
	}
	return message.Digest(entries, c.style, now)
}

// mentions is everybody that the members would have mentioned.
func mentions(snap *snapshot, states []*untold) []sender.Target {
	var list []sender.Target
	seen := map[string]bool{}
	for _, u := range states {
		entry, err := entryOf(u.chain, u.delivery)
		if err != nil {
			continue
		}
		for _, t := range entry.Mention {
			if !seen[t.String()] {
				seen[t.String()] = true
				list = append(list, snap.person(t))
			}
		}
	}
	return list
}
