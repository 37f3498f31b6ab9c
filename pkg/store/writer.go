package store

import (
	"errors"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// job is a function that waits for its turn in the writer's next transaction.
type job struct {
	run  func(*Tx) error
	done chan error
	// patience is how long it may wait for company: see Gather.
	patience time.Duration
}

// The writer puts at most this many jobs into one transaction, which bounds what a failure rolls back.
const maxBatch = 256

// The writer is busy after a transaction with so many jobs: who writes one thing after the other never waits.
const busyFrom = 8

// Write runs f in a transaction and returns once it is on disk. Functions that come together
// share one transaction, so f must have no effect but on tx and on what it returns. If it
// returns an error, nothing of it is kept.
func (s *Store) Write(f func(tx *Tx) error) error {
	return s.Gather(0, f)
}

// Gather is Write for what has patience: while there is much to write it waits for company, at most until so long after the
// last transaction began, and never longer than the least patient of that company.
func (s *Store) Gather(patience time.Duration, f func(tx *Tx) error) error {
	j := &job{run: f, done: make(chan error, 1), patience: patience}
	select {
	case s.jobs <- j:
	case <-s.closing:
		return ErrClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-s.done:
		select {
		case err := <-j.done:
			return err
		default:
			return ErrClosed
		}
	}
}

func (s *Store) writeLoop() {
	defer close(s.done)
	batch := make([]*job, 0, maxBatch)
	var began time.Time
	for {
		select {
		case j := <-s.jobs:
			busy := len(batch) >= busyFrom
			batch = s.more(append(batch[:0], j))
			if busy {
				batch = s.gather(batch, began)
			}
		case <-s.closing:
			return
		}
		began = time.Now()
		s.commit(batch)
	}
}

// more adds the jobs that wait already.
func (s *Store) more(batch []*job) []*job {
	for len(batch) < maxBatch {
		select {
		case j := <-s.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// gather adds the jobs that come meanwhile, until the least patient has waited long enough.
func (s *Store) gather(batch []*job, began time.Time) []*job {
	patience := batch[0].patience
	for _, j := range batch {
		patience = min(patience, j.patience)
	}
	timer := time.NewTimer(time.Until(began.Add(patience)))
	defer timer.Stop()
	for len(batch) < maxBatch && time.Since(began) < patience {
		select {
		case j := <-s.jobs:
			batch = append(batch, j)
			if j.patience < patience {
				patience = j.patience
				timer.Reset(time.Until(began.Add(patience)))
			}
		case <-timer.C:
		case <-s.closing:
			return batch
		}
	}
	return s.more(batch)
}

// commit runs a batch in one transaction. When one of its functions fails, the
// batch is rolled back and each runs on its own, so that only the culprit fails.
func (s *Store) commit(batch []*job) {
	err := s.transact(func() error {
		for _, j := range batch {
			if err := j.run(s.tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && len(batch) > 1 {
		for _, j := range batch {
			s.commit([]*job{j})
		}
		return
	}
	s.noteOutcome(err)
	for _, j := range batch {
		j.done <- err
	}
}

func (s *Store) transact(f func() error) error {
	s.tx.woken, s.tx.wrote = s.tx.woken[:0], 0
	if _, err := s.tx.exec("BEGIN IMMEDIATE"); err != nil {
		return broken(err)
	}
	if err := f(); err != nil {
		_, rollback := s.tx.exec("ROLLBACK")
		if errors.As(err, new(*sqlError)) {
			return broken(err)
		}
		if rollback != nil {
			return broken(errors.Join(err, rollback))
		}
		return err
	}
	if _, err := s.tx.exec("COMMIT"); err != nil {
		_, _ = s.tx.exec("ROLLBACK")
		return broken(err)
	}
	if len(s.tx.woken) > 0 && s.woken != nil {
		s.woken(s.tx.woken)
	}
	return nil
}

// broken is the error of a store that could not be written. It Is ErrBroken.
func broken(err error) error { return lang.Because(ErrBroken, err) }

// ErrBroken is what every error Is that comes from the database and not from the caller.
var ErrBroken = lang.Wrong("存储无法写入", "the store cannot be written")
