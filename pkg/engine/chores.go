package engine

import (
	"context"
	"errors"
	"time"
)

// The rhythm of chores, and how many groups one transaction of theirs removes.
const (
	choreEvery = 10 * time.Minute
	pruneBatch = 500
)

// chores bounds the history and forgets what limits no longer need, until the engine stops.
func (e *Engine) chores() {
	ticker := time.NewTicker(choreEvery)
	defer ticker.Stop()
	for {
		select {
		case <-e.stop:
			return
		case now := <-ticker.C:
			e.limits.forget(now)
			if err := e.prune(now); err != nil {
				e.log.Error("the history cannot be bounded", "error", err)
			}
		}
	}
}

// prune removes closed groups by age, then the oldest closed ones until the store is small enough, and then the lanes that nothing
// is left of.
func (e *Engine) prune(now time.Time) error {
	age, size := e.retention()
	var removed int
	var err error
	if age > 0 {
		removed, err = e.pruneBefore(now.Add(-age))
	}
	if size > 0 && err == nil {
		var more int
		more, err = e.pruneTo(size, now)
		removed += more
	}
	if removed == 0 {
		return err
	}
	return errors.Join(err, e.store.PruneLanes())
}

func (e *Engine) pruneTo(size int64, now time.Time) (removed int, err error) {
	for {
		used, err := e.store.Size(context.Background())
		if err != nil || used <= size {
			return removed, err
		}
		n, err := e.store.Prune(millis(now), pruneBatch)
		removed += n
		if err != nil || n == 0 {
			return removed, err
		}
	}
}

func (e *Engine) pruneBefore(t time.Time) (removed int, err error) {
	for {
		n, err := e.store.Prune(millis(t), pruneBatch)
		removed += n
		if err != nil || n < pruneBatch || e.stopping() {
			return removed, err
		}
	}
}

// retention is the longest that any tenant asks for.
func (e *Engine) retention() (age time.Duration, size int64) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, t := range e.tenants {
		age = max(age, t.cfg.Retention.MaxAge)
		size = max(size, t.cfg.Retention.MaxSize)
	}
	return age, size
}
