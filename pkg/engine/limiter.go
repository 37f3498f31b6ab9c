package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// margin is added to a window: a place is free again only when the provider's clock, too, has
// surely passed the window's end.
func margin(per time.Duration) time.Duration { return 200*time.Millisecond + per/100 }

// limiter counts operations by limit key in sliding windows, so that no known limit is exceeded. A token
// bucket would not do: filled while idle it lets through almost twice the limit within one window.
type limiter struct {
	mu      sync.Mutex
	windows map[windowKey]*window
	parked  map[string]parking
}

type windowKey struct {
	key string
	per time.Duration
}

// window holds the times at which operations were answered; until then they are in flight, and
// count, since the provider may have counted them at any moment in between.
type window struct {
	done     []time.Time
	inFlight int
}

type parking struct{ since, until time.Time }

func newLimiter() *limiter {
	l := &limiter{}
	l.reset()
	return l
}

// reset forgets everything.
func (l *limiter) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.windows, l.parked = map[windowKey]*window{}, map[string]parking{}
}

// rule is one limit applied to one key.
type rule struct {
	windowKey
	count int
	// budget rules are used up as they come, without pacing; shared ones count calls, not targets; grouped ones are a group window.
	budget, shared, grouped bool
}

// place is what one operation would count against.
type place struct {
	rules []rule
	// keys are parked when the provider refuses for a time.
	keys []string
}

func accountKey(tenant, account string) string { return tenant + "/" + account }

func targetKey(account, target string) string { return account + "\x00" + target }

// placeFor lists what an operation at an account and target counts against.
func placeFor(limits []sender.Limit, account, target string, op sender.Op) place {
	p := place{keys: []string{account, targetKey(account, target)}}
	for _, l := range limits {
		if l.Kind == sender.Quota || !counts(l, op) {
			continue
		}
		key := account
		if l.Scope == sender.ScopeTarget {
			key = targetKey(account, target)
		}
		p.rules = append(p.rules, rule{
			windowKey: windowKey{key, l.Per}, count: l.Count, budget: l.Kind == sender.Budget, shared: l.Scope != sender.ScopeTarget,
		})
	}
	return p
}

func counts(l sender.Limit, op sender.Op) bool {
	if len(l.Ops) == 0 {
		return true
	}
	return slices.Contains(l.Ops, op)
}

// allowed is how many places of a window a delivery may use: a tenth, at least one, is kept for
// priority ones, unless that would leave none.
func (r rule) allowed(priority bool) int {
	if priority || r.count <= 1 {
		return r.count
	}
	return r.count - max(1, r.count/10)
}

// pacedFrom is the length of a window from which on its second half of places is spread: a burst must not use up
// a minute in a second, and leave nothing for the critical one that comes next.
const pacedFrom = 10 * time.Second

// spacing is the time between two ordinary deliveries once half of the places are taken; 0 for windows too
// short to matter.
func (r rule) spacing() time.Duration {
	if r.per < pacedFrom || r.budget {
		return 0
	}
	return r.per / time.Duration(r.allowed(false))
}

// pace is how long an ordinary delivery waits so that the rest of the window is spread.
func (w *window) pace(r rule, priority bool, now time.Time) time.Duration {
	used := w.inFlight + len(w.done)
	if priority || r.spacing() == 0 || used == 0 || used < r.allowed(false)/2 {
		return 0
	}
	if w.inFlight > 0 {
		return inFlightPoll
	}
	return w.done[len(w.done)-1].Add(r.spacing()).Sub(now)
}

func (w *window) expire(now time.Time, per time.Duration) {
	n := 0
	for n < len(w.done) && !w.done[n].Add(per+margin(per)).After(now) {
		n++
	}
	w.done = w.done[n:]
}

func (l *limiter) window(k windowKey, now time.Time) *window {
	w, ok := l.windows[k]
	if !ok {
		w = &window{}
		l.windows[k] = w
	}
	w.expire(now, k.per)
	return w
}

// inFlightPoll is how soon to ask again when only operations in flight take the places.
const inFlightPoll = 100 * time.Millisecond

// reserve takes one place in each window, or says how long to wait, which budget is used up if it is one that
// makes wait so long, and takes none.
func (l *limiter) reserve(p place, priority bool, now time.Time) (wait time.Duration, budget *rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait, budget = l.wait(p, priority, now); wait > 0 {
		return wait, budget
	}
	for _, r := range p.rules {
		l.windows[r.windowKey].inFlight++
	}
	return 0, nil
}

// free tells whether an operation could go now.
func (l *limiter) free(p place, priority bool, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait, _ := l.wait(p, priority, now)
	return wait <= 0
}

func (l *limiter) wait(p place, priority bool, now time.Time) (wait time.Duration, budget *rule) {
	for _, k := range p.keys {
		if until := l.parked[k].until; until.After(now) {
			wait = max(wait, until.Sub(now))
		}
	}
	for i, r := range p.rules {
		w := l.window(r.windowKey, now)
		own := w.pace(r, priority, now)
		over := w.inFlight + len(w.done) - r.allowed(priority) + 1
		switch {
		case over <= 0:
		case over <= len(w.done):
			own = max(own, w.done[over-1].Add(r.per+margin(r.per)).Sub(now))
		default:
			own = max(own, inFlightPoll)
		}
		if own <= wait {
			continue
		}
		if wait, budget = own, nil; r.budget {
			budget = &p.rules[i]
		}
	}
	return wait, budget
}

// settle ends an operation that reserve let through. An operation that never left does not count.
func (l *limiter) settle(p place, left bool, now time.Time) {
	l.end(p, now, func(rule) bool { return left })
}

// ride ends an operation that went in a call which another one counts: it counts for its target only.
func (l *limiter) ride(p place, left bool, now time.Time) {
	l.end(p, now, func(r rule) bool { return left && !r.shared })
}

func (l *limiter) end(p place, now time.Time, took func(rule) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range p.rules {
		w := l.window(r.windowKey, now)
		w.inFlight = max(0, w.inFlight-1)
		if took(r) {
			w.done = append(w.done, now)
		}
	}
}

// record counts an operation of an earlier life of this core. Calls come in the order of time.
func (l *limiter) record(p place, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range p.rules {
		w, ok := l.windows[r.windowKey]
		if !ok {
			w = &window{}
			l.windows[r.windowKey] = w
		}
		w.done = append(w.done, at)
	}
}

// park stops a key for as long as the provider said.
func (l *limiter) park(key string, d time.Duration, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, ok := l.parked[key]
	if !ok || !k.until.After(now) {
		k = parking{since: now}
	}
	if until := now.Add(d); until.After(k.until) {
		k.until = until
	}
	l.parked[key] = k
}

// parkedSince is since when a place is closed by the provider; zero if it is not.
func (l *limiter) parkedSince(p place, now time.Time) (since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range p.keys {
		if q, ok := l.parked[k]; ok && q.until.After(now) && (since.IsZero() || q.since.Before(since)) {
			since = q.since
		}
	}
	return since
}

// parkedFor is how long a place stays closed that the provider closed for at least atLeast; 0 for any other.
func (l *limiter) parkedFor(p place, atLeast time.Duration, now time.Time) (left time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range p.keys {
		if q, ok := l.parked[k]; ok && q.until.Sub(q.since) >= atLeast {
			left = max(left, q.until.Sub(now))
		}
	}
	return left
}

// estimate is about how long n operations would take, all of them one after the other.
func (l *limiter) estimate(p place, n int, priority bool, now time.Time) (total time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range p.rules {
		w := l.window(r.windowKey, now)
		allowed := r.allowed(priority)
		used := w.inFlight + len(w.done)
		free := max(0, allowed-used)
		if slow := n - max(0, allowed/2-used); !priority && slow > 0 {
			total = max(total, time.Duration(slow)*r.spacing())
		}
		if n <= free {
			continue
		}
		windows := (n - free + allowed - 1) / allowed
		total = max(total, time.Duration(windows)*(r.per+margin(r.per)))
	}
	return total
}

// forget drops what has no weight any more, so that keys of targets long unused take no memory.
func (l *limiter) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, w := range l.windows {
		if w.expire(now, k.per); len(w.done) == 0 && w.inFlight == 0 {
			delete(l.windows, k)
		}
	}
	for k, p := range l.parked {
		if !p.until.After(now) {
			delete(l.parked, k)
		}
	}
}
