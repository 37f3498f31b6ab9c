package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// maxNamed is how many names an error lists.
const maxNamed = 20

func names[V any](m map[string]V) string {
	list := slices.Sorted(maps.Keys(m))
	if len(list) == 0 {
		return "—"
	}
	if len(list) > maxNamed {
		return strings.Join(list[:maxNamed], ", ") + fmt.Sprintf(", … (+%d)", len(list)-maxNamed)
	}
	return strings.Join(list, ", ")
}

// newID makes an id that sorts by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Submit implements core.Submitter.
func (e *Engine) Submit(ctx context.Context, s core.Submission) (core.Result, error) {
	snap, err := e.tenant(s.Tenant)
	if err != nil {
		return core.Result{}, err
	}
	c, err := snap.contactPoint(s.ContactPoint)
	if err != nil {
		return core.Result{}, err
	}
	if len(s.Group.Alerts) == 0 || s.Group.Key == "" {
		return core.Result{}, lang.Because(core.ErrInvalid, errNoAlert)
	}
	in := &intake{snap: snap, chain: c, group: s.Group, told: s.Told, tenant: s.Tenant, now: time.Now(), event: newID(), claims: &claims{engine: e}}
	in.date()
	in.known = e.memories.knows(in.identity())
	var news <-chan told
	if s.Wait > 0 {
		// A lane may speak before the transaction's end is known here.
		early, leave := e.waiters.wait(in.event)
		defer leave()
		news = early
	}
	if err := e.writeDown(ctx, in); err != nil {
		return core.Result{}, err
	}
	var patience time.Duration
	if s.Wait == 0 && s.Group.Severity() < alert.Critical {
		patience = e.lanes.patience(in.lanes())
	}
	var a accepted
	err = e.store.Gather(patience, func(tx *store.Tx) error {
		in.claims.release()
		var err error
		a, err = e.accept(tx, in)
		return err
	})
	if err != nil {
		in.claims.release()
		e.m.unstored.Inc()
		return core.Result{}, storeError(err)
	}
	e.memories.know(in.identity())
	e.m.submitted.WithLabelValues(metricName(snap, c.Name), a.change).Inc()
	if a.duplicate == "" {
		e.memories.put(a.event, &memo{group: in.group, chain: c, change: a.change, news: a.news, first: a.first, receivedAt: in.now, early: in.early, pending: a.queued})
		e.o.Failpoint(PointAccepted)
		e.start(in.claims.lanes)
	}
	if s.Wait > 0 && a.event != in.event {
		earlier, leave := e.waiters.wait(a.event)
		defer leave()
		news = earlier
	}
	return e.answer(ctx, a, s.Wait, news)
}

// writeDown gives an intake the forms that are stored. No more of them are written at once than there are processors:
// a hundred callers must not stand in the way of the lanes, which need a moment each to send.
func (e *Engine) writeDown(ctx context.Context, in *intake) (err error) {
	select {
	case e.desks <- struct{}{}:
	case <-ctx.Done():
		return lang.Because(core.ErrStore, lang.Because(lang.Wrong("还没轮到它，请求方就断开了", "the caller left before its turn"), ctx.Err()))
	}
	defer func() { <-e.desks }()
	if in.body, err = json.Marshal(in.group); err != nil {
		return lang.Because(core.ErrInvalid, err)
	}
	in.early = e.renderEarly(ctx, in)
	return nil
}

// metricName keeps one label value for all contact points that are addresses.
func metricName(s *snapshot, contactPoint string) string {
	if _, ok := s.chains[contactPoint]; ok {
		return contactPoint
	}
	return "direct"
}

// accepted is what became of an intake.
type accepted struct {
	tenant, groupID, event string
	change                 string
	news                   int
	// first means that the event began an episode, so there is nothing to update.
	first     bool
	duplicate string
	queued    int
}

// accept decides what a state is to its group and queues what it needs. It must have no effect but on tx,
// the intake's claims and its result, since a batch may run it twice.
func (e *Engine) accept(tx *store.Tx, in *intake) (accepted, error) {
	id := in.identity()
	if in.group.EventKey != "" {
		event, group, err := tx.EventByKey(id, in.group.EventKey)
		if err != nil || event != "" {
			return accepted{tenant: in.tenant, groupID: group, event: event, change: "duplicate", duplicate: "event_key"}, err
		}
	}
	firing := fires(in.group)
	if !in.known {
		if a, began, err := e.begin(tx, in, "", firing); err != nil || began {
			return a, err
		}
	}
	cur, state, found, err := tx.CurrentGroup(id)
	if err != nil {
		return accepted{}, err
	}
	if !found {
		a, _, err := e.begin(tx, in, "", firing)
		return a, err
	}
	if in.group.Update && firing && !cur.Open {
		return accepted{
			tenant: in.tenant, groupID: cur.ID, event: cur.EventID, change: "duplicate", duplicate: "what it is about is over",
		}, nil
	}
	var known alert.Group
	if err := json.Unmarshal(state, &known); err != nil {
		return accepted{}, fmt.Errorf("read the stored state of group %s: %w", cur.ID, err)
	}
	if err := in.resume(known); err != nil {
		return accepted{}, err
	}
	d := diff(known, in.group)
	age := in.now.Sub(time.UnixMilli(cur.ChangedAt))
	same := accepted{tenant: in.tenant, groupID: cur.ID, event: cur.EventID, change: "duplicate"}
	switch {
	case in.group.EventKey != "" && (!in.group.Single || in.group.Update):
		// The source says itself that this is another event. One that groups nothing notifies each of several people
		// who share a chat, so its key names a notification, and the same state is folded as for a source without keys.
	case !cur.Open && firing && age < in.chain.DuplicateWindow && stale(known, in.group):
		same.duplicate = "older than what is known"
		return same, nil
	case d.none() && cur.QuietUntil > 0:
		if millis(in.now) < cur.QuietUntil {
			same.duplicate = "nobody could be reached, and it is not yet time to try again"
			return same, nil
		}
		return e.next(tx, in, cur, difference{fired: int(in.group.Severity())}, store.ChangeRepeat)
	case d.none() && age < in.chain.DuplicateWindow:
		same.duplicate = "the same state came less than " + in.chain.DuplicateWindow.String() + " ago"
		return same, nil
	case d.none() && !cur.Open:
		same.duplicate = "already told as resolved"
		return same, nil
	case d.none() && in.chain.Repeat == config.RepeatIgnore:
		same.duplicate = "repeats are ignored"
		return same, nil
	}
	switch {
	case !cur.Open && firing:
		a, _, err := e.begin(tx, in, cur.ID, firing)
		return a, err
	case d.none() && in.group.Update:
		return e.next(tx, in, cur, d, store.ChangeChange)
	case d.none():
		return e.next(tx, in, cur, difference{fired: int(in.group.Severity())}, store.ChangeRepeat)
	case !firing:
		return e.next(tx, in, cur, d, store.ChangeResolved)
	default:
		return e.next(tx, in, cur, d, store.ChangeChange)
	}
}

// begin starts an episode, unless the group has one other than earlier.
func (e *Engine) begin(tx *store.Tx, in *intake, earlier string, firing bool) (a accepted, began bool, err error) {
	sev := in.group.Severity()
	g := store.Group{
		ID: newID(), Tenant: in.tenant, Source: in.group.Source, ContactPoint: in.chain.Name, Key: in.group.Key,
		Open: firing, Chain: in.chain.encoded, EventID: in.event,
		Severity: int(sev), Worst: int(sev), OpenedAt: millis(in.now), ChangedAt: millis(in.now),
	}
	change, news := store.ChangeNew, int(sev)
	if !firing {
		change, news, g.ClosedAt = store.ChangeResolved, -1, millis(in.now)
	}
	if began, err = tx.AddGroup(g, earlier); err != nil || !began {
		return accepted{}, false, err
	}
	first := true
	if earlier == "" && len(in.told) > 0 {
		known, err := in.remember(tx, g)
		if err != nil {
			return accepted{}, false, err
		}
		if first = !known; known && firing {
			change, news = store.ChangeChange, -1
		}
	}
	a, err = e.tell(tx, in, g, store.Event{ID: g.EventID, Change: change, News: news}, in.chain, first)
	return a, true, err
}

// next adds a state to an episode. Its chain stays the one that it began with, as long as there are the accounts of that.
func (e *Engine) next(tx *store.Tx, in *intake, g store.Group, d difference, change string) (accepted, error) {
	frozen, err := in.snap.thaw(g.Chain, g.ContactPoint)
	if err != nil {
		return accepted{}, err
	}
	if !in.snap.knows(frozen) {
		frozen, g.Chain = in.chain, in.chain.encoded
	}
	firing := fires(in.group)
	g.EventID, g.Severity, g.ChangedAt = in.event, int(in.group.Severity()), millis(in.now)
	g.Worst = max(g.Worst, g.Severity)
	g.Open, g.ClosedAt = firing, 0
	if !firing {
		d.fired, g.ClosedAt = -1, millis(in.now)
	}
	if err := tx.ChangeGroup(g); err != nil {
		return accepted{}, err
	}
	return e.tell(tx, in, g, store.Event{ID: g.EventID, Change: change, News: d.fired}, frozen, false)
}

// tell stores an event and queues its first step, and whoever a later step already told of the group.
func (e *Engine) tell(tx *store.Tx, in *intake, g store.Group, ev store.Event, c *chain, first bool) (accepted, error) {
	ev.GroupID, ev.ReceivedAt, ev.Body = g.ID, millis(in.now), in.body
	if err := tx.AddEvent(ev, in.identity(), in.group.EventKey); err != nil {
		return accepted{}, err
	}
	q := queue{snap: in.snap, chain: c, group: g, event: ev, status: statusOf(in.group), now: in.now, claims: in.claims}
	if first {
		q.early = in.early
	}
	if err := q.step(tx, 0, "", nil); err != nil {
		return accepted{}, err
	}
	if !first {
		if err := q.followUps(tx); err != nil {
			return accepted{}, err
		}
	}
	return accepted{
		tenant: in.tenant, groupID: g.ID, event: ev.ID, change: ev.Change, news: ev.News, first: first, queued: q.added,
	}, nil
}

func statusOf(g alert.Group) alert.Status {
	if fires(g) {
		return alert.Firing
	}
	return alert.Resolved
}
