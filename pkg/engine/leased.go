package engine

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// leased is a lane in work. One goroutine works on it; two things run beside that one, so that a lane is as
// fast as its provider: storing the outcome of what was just sent, and rendering what comes next.
type leased struct {
	store.Lane
	waiting []*store.Delivery
	// resting means that the lane was given back when nothing was left in it.
	resting bool
	// free are the deliveries that no group window is for; single tells of events whether their source groups nothing.
	free, single map[string]bool
	// ready is the delivery that is prepared while another one is sent.
	ready *preparation

	mu   sync.Mutex
	idle sync.Cond
	// storing are the deliveries whose outcome is on its way to the disk, with their groups.
	storing map[string]string
	// fresh is what outcomes saw when they were stored, the oldest first.
	fresh []view
	// sent are the deliveries that are over since the lane was leased.
	sent map[string]bool
	// seq is the newest delivery seen, and seen how many had arrived then.
	seq, seen int64
	glanced   time.Time
	// news means that something came into the lane since it was glanced at.
	news atomic.Bool
	// heard is told of news as they come.
	heard chan struct{}
	// depth is how many wait, as far as the lane has looked.
	depth atomic.Int64
	// postponed means that a look waits until no outcome is on its way.
	postponed bool
}

// hear notes that something came into the lane.
func (l *leased) hear() {
	l.news.Store(true)
	l.rouse()
}

func (l *leased) rouse() {
	select {
	case l.heard <- struct{}{}:
	default:
	}
}

// steady tells whether no outcome is on its way, so that a look shows more than any outcome saw. Else heard is told when
// that is so.
func (l *leased) steady() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.postponed = len(l.storing) > 0
	return !l.postponed
}

// view is what a transaction saw waiting in a lane.
type view struct {
	waiting  []*store.Delivery
	arrivals int64
	// more means that it saw only what came since the lane was looked at.
	more bool
}

// see takes over what a transaction saw.
func (l *leased) see(v view) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh = nil
	l.take(v)
}

// take adds what an older view has to what is known: it cannot tell what is gone.
func (l *leased) take(v view) {
	older := v.arrivals < l.Arrivals
	l.Arrivals = max(l.Arrivals, v.arrivals)
	if !v.more && !older {
		l.waiting = v.waiting
		return
	}
	for _, d := range v.waiting {
		if !slices.ContainsFunc(l.waiting, func(w *store.Delivery) bool { return w.ID == d.ID }) {
			l.waiting = append(l.waiting, d)
		}
	}
}

// maxStoring bounds what a crash makes a lane send again: several where the provider knows their keys, so that
// nobody notices, else one.
func maxStoring(a *account) int {
	if a.dropsRepeats() {
		return 8
	}
	return 1
}

// refresh takes over what the last stored outcome saw. It waits for outcomes when nothing else is left to do.
func (l *leased) refresh() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for _, v := range l.fresh {
			l.take(v)
		}
		l.fresh = nil
		l.waiting = slices.DeleteFunc(l.waiting, func(d *store.Delivery) bool { return l.sent[d.ID] })
		l.depth.Store(int64(len(l.waiting)))
		if len(l.waiting) > 0 || len(l.storing) == 0 {
			return
		}
		l.await()
	}
}

func (l *leased) await() {
	if l.idle.L == nil {
		l.idle.L = &l.mu
	}
	l.idle.Wait()
}

// settled waits until no outcome of a group is on its way, or of any group when it is empty: what is
// said next depends on it.
func (l *leased) settled(group string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.holds(group) {
		l.await()
	}
}

func (l *leased) holds(group string) bool {
	for _, g := range l.storing {
		if group == "" || g == group {
			return true
		}
	}
	return false
}

// How long what nobody waits for in order to send may wait for company on its way to the disk. The more is written together, the more
// time is left for sending; where as many as deep wait already, what comes goes no sooner for being written sooner.
const (
	shortPatience = 12 * time.Millisecond
	longPatience  = 24 * time.Millisecond
	deep          = 4
)

// patience is that of what comes into the lane, and of outcomes that are stored beside its work.
func (l *leased) patience() time.Duration {
	if l.depth.Load() >= deep {
		return longPatience
	}
	return shortPatience
}

// store runs the storing of an outcome beside the lane's work, at most so many at a time. For the last of so many the lane may have to
// wait, so that one has no patience.
func (l *leased) store(d store.Delivery, atOnce int, run func(patience time.Duration) (view, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.storing) >= atOnce {
		l.await()
	}
	if l.idle.L == nil {
		l.idle.L = &l.mu
	}
	if l.storing == nil {
		l.storing = map[string]string{}
	}
	l.storing[d.ID] = d.GroupID
	if l.sent == nil {
		l.sent = map[string]bool{}
	}
	l.sent[d.ID] = true
	var patience time.Duration
	if len(l.storing) < atOnce {
		patience = l.patience()
	}
	go func() {
		v, err := run(patience)
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.storing, d.ID)
		if err == nil {
			l.seq, l.seen = max(l.seq, newest(v.waiting)), max(l.seen, v.arrivals)
			l.fresh = append(l.fresh, v)
		}
		if l.postponed && len(l.storing) == 0 {
			l.postponed = false
			l.rouse()
		}
		l.idle.Broadcast()
	}()
}

func newest(list []*store.Delivery) (seq int64) {
	for _, d := range list {
		seq = max(seq, d.Seq)
	}
	return seq
}

// folded takes over that members were folded into one delivery and its further parts. A view that is older
// than the fold must not bring them back.
func (l *leased) folded(members []*store.Delivery, into *store.Delivery, rest []store.Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent == nil {
		l.sent = map[string]bool{}
	}
	for _, m := range members {
		l.sent[m.ID] = true
	}
	l.waiting = append(l.waiting, into)
	for i := range rest {
		l.waiting = append(l.waiting, &rest[i])
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(d *store.Delivery) bool { return l.sent[d.ID] })
}

// glanceEvery is how often a busy lane looks for what came meanwhile, which may be worse than what it has.
const glanceEvery = 100 * time.Millisecond

// horizon is how far the lane was looked at, and whether something came and it is time to look again.
func (l *leased) horizon() (seen, seq int64, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if due = l.news.Load() && time.Since(l.glanced) >= glanceEvery; due {
		// Before the look, so that what comes during it is looked at the next time.
		l.news.Store(false)
		l.glanced = time.Now()
	}
	return max(l.seen, l.Arrivals), max(l.seq, newest(l.waiting)), due
}
