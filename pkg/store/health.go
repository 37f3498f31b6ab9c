package store

import "errors"

// The bounds of what Ping writes. A small alert changes some twenty pages of 4 KiB.
const (
	pingLeast = 128 << 10
	pingMost  = 1 << 20
)

// page is the size of a page of the database.
const page = 4096

// failure is what could not be written, and how much that was.
type failure struct {
	err  error
	room int
}

// Failed is the error of the newest transaction that could not be committed, nil once as much as it wanted to write was written.
func (s *Store) Failed() error {
	if f := s.failed.Load(); f != nil {
		return f.err
	}
	return nil
}

// noteOutcome keeps the error of a transaction that the database refused until one that writes as much goes through: less may
// fit where that did not.
func (s *Store) noteOutcome(err error) {
	f := s.failed.Load()
	switch {
	case errors.Is(err, ErrBroken):
		room := min(s.tx.wrote, pingMost)
		if f != nil {
			room = max(room, f.room)
		}
		s.failed.Store(&failure{err, room})
	case err == nil && f != nil && s.tx.wrote >= f.room:
		s.failed.Store(nil)
	}
}

// Ping writes something that changes nothing, to learn whether the store can be written again. It needs as much room as a
// small alert does, or what failed, so that a store in which only little can be changed does not pass for a healthy one.
// Pages that one transaction fills and frees are never written, so it takes two.
func (s *Store) Ping() error {
	size := pingLeast
	if f := s.failed.Load(); f != nil {
		size = max(size, f.room-page)
	}
	err := s.Write(func(tx *Tx) error {
		_, err := tx.exec(`INSERT OR REPLACE INTO ping (id, at) VALUES (2, ?)`, make([]byte, size))
		return err
	})
	if err != nil {
		return err
	}
	return s.Write(func(tx *Tx) error {
		_, err := tx.exec(`DELETE FROM ping WHERE id = 2`)
		return err
	})
}
