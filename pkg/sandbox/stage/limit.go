package stage

import (
	"maps"
	"time"
)

// Rate is a provider's limit: Count calls in any window of length Per.
type Rate struct {
	Count int
	Per   time.Duration
}

// window remembers the times of the last calls in a ring, so that it counts a true sliding window.
type window struct {
	times []int64
	next  int
	per   int64
}

// maxWindows bounds how many keys are remembered before idle ones are swept out.
const maxWindows = 20_000

// wait is how long until one more call fits, zero if it does now.
func (w *window) wait(now int64) time.Duration {
	oldest := w.times[w.next]
	if oldest == 0 || now-oldest >= w.per {
		return 0
	}
	return time.Duration(w.per - (now - oldest))
}

// idle tells whether nothing was taken within the window.
func (w *window) idle(now int64) bool {
	newest := w.times[(w.next+len(w.times)-1)%len(w.times)]
	return now-newest >= w.per
}

func (w *window) take(now int64) {
	w.times[w.next] = now
	w.next = (w.next + 1) % len(w.times)
}

// Take counts one call under key against every rate, or against none: if one of them is full it
// returns how long until it has room again.
func (s *Stage) Take(key string, rates ...Rate) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noLimits {
		return 0
	}
	now := s.now().UnixNano()
	if len(s.windows) > maxWindows {
		maps.DeleteFunc(s.windows, func(_ string, w *window) bool { return w.idle(now) })
	}
	var longest time.Duration
	windows := make([]*window, len(rates))
	for i, r := range rates {
		id := key + "/" + r.Per.String()
		w := s.windows[id]
		if w == nil || len(w.times) != r.Count {
			w = &window{times: make([]int64, r.Count), per: int64(r.Per)}
			s.windows[id] = w
		}
		windows[i] = w
		longest = max(longest, w.wait(now))
	}
	if longest > 0 {
		return longest
	}
	for _, w := range windows {
		w.take(now)
	}
	return 0
}

// Ban refuses key for d from now.
func (s *Stage) Ban(key string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bans[key] = s.now().Add(d)
}

// Banned is how long key stays banned, zero if it is not.
func (s *Stage) Banned(key string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.bans[key]
	if !ok {
		return 0
	}
	if left := until.Sub(s.now()); left > 0 {
		return left
	}
	delete(s.bans, key)
	return 0
}

// Unban ends a ban.
func (s *Stage) Unban(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.bans, key)
}
