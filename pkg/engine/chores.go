package engine

import (
	"context"
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

// prune removes closed groups by age, then the oldest closed ones until the store is small enough.
func (e *Engine) prune(now time.Time) error {
	age, size := e.retention()
	if age > 0 {
		if err := e.pruneBefore(now.Add(-age)); err != nil {
			return err
		}
	}
	for size > 0 {
		used, err := e.store.Size(context.Background())
		if err != nil || used <= size {
			return err
		}
		removed, err := e.store.Prune(millis(now), pruneBatch)
		if err != nil || removed == 0 {
			return err
		}
	}
	return nil
}

func (e *Engine) pruneBefore(t time.Time) error {
	for {
		removed, err := e.store.Prune(millis(t), pruneBatch)
		if err != nil || removed < pruneBatch {
			return err
		}
		select {
		case <-e.stop:
			return nil
		default:
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
