package outbound

import (
	"sync"
	"time"
)

const (
	// patience is how long failing lookups may hold back a message; calm ends a run of failures.
	patience = time.Minute
	calm     = 5 * time.Minute
)

// Patience is with lookups that fail: for a minute, a message may wait for what they would give. Five minutes without
// one begin anew. The zero value is ready, for any number of goroutines.
type Patience struct {
	mu sync.Mutex
	// since and last bound the run of failures without a success between.
	since, last time.Time
}

// Note keeps what became of a lookup.
func (p *Patience) Note(failed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case !failed:
		p.since, p.last = time.Time{}, time.Time{}
	case now.Sub(p.last) > calm:
		p.since, p.last = now, now
	default:
		p.last = now
	}
}

// Out tells whether lookups have failed for so long that a message should leave without what they would give.
func (p *Patience) Out() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.since.IsZero() && time.Since(p.since) >= patience
}
