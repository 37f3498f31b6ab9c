package store

import (
	"context"
	"fmt"
)

// Track is what is asked, after a delivery, of what became of it.
type Track struct {
	DeliveryID string
	// At is when to ask next, in UTC milliseconds; 0 when nothing is left to ask. Asked counts the answers so far.
	At    int64
	Asked int
	// Progress is the last answer, JSON; empty before the first.
	Progress []byte
}

// AddTrack notes that a delivery is asked about.
func (t *Tx) AddTrack(v Track) error {
	_, err := t.exec(`INSERT INTO tracks (delivery_id, at) VALUES (?, ?)
		ON CONFLICT (delivery_id) DO UPDATE SET at = excluded.at, asked = 0, progress = NULL`, v.DeliveryID, v.At)
	return err
}

// SetTrack stores an answer and when to ask again.
func (t *Tx) SetTrack(v Track) error {
	_, err := t.exec(`UPDATE tracks SET at = ?, asked = ?, progress = ? WHERE delivery_id = ?`, v.At, v.Asked, v.Progress, v.DeliveryID)
	return err
}

// DueTracks returns what is to be asked about by now, the longest due first. It does not wait for the writer.
func (s *Store) DueTracks(ctx context.Context, now int64, limit int) ([]Track, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT delivery_id, at, asked, progress FROM tracks WHERE at > 0 AND at <= ? ORDER BY at LIMIT ?`, now, limit)
	if err != nil {
		return nil, fmt.Errorf("read what is to be asked about: %w", err)
	}
	var list []Track
	err = drain(rows, func(scan func(...any) error) error {
		var v Track
		err := scan(&v.DeliveryID, &v.At, &v.Asked, &v.Progress)
		list = append(list, v)
		return err
	})
	return list, err
}

// NextTrack is when the next delivery is to be asked about; Never if none is. It does not wait for the writer.
func (s *Store) NextTrack(ctx context.Context) (at int64, err error) {
	at = Never
	rows, err := s.read.QueryContext(ctx, `SELECT at FROM tracks WHERE at > 0 ORDER BY at LIMIT 1`)
	if err != nil {
		return at, fmt.Errorf("read when to ask next: %w", err)
	}
	return at, drain(rows, func(scan func(...any) error) error { return scan(&at) })
}

// Delivery returns one delivery. It does not wait for the writer.
func (s *Store) Delivery(ctx context.Context, id string) (d Delivery, found bool, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE id = ?`, id)
	if err != nil {
		return d, false, fmt.Errorf("read delivery %s: %w", id, err)
	}
	err = drain(rows, func(scan func(...any) error) error {
		found = true
		return scanDelivery(scan, &d)
	})
	return d, found, err
}

// Undo is something that was delivered and can be taken back.
type Undo struct {
	ID     string
	Intent string
	Op     string
	// FinishedAt is when it was delivered.
	FinishedAt int64
}

// Undoable returns what a lane delivered of a group before one of its deliveries and did not take back: messages
// and urges, the oldest first.
func (t *Tx) Undoable(group, lane, before string) ([]Undo, error) {
	var list []Undo
	err := t.query(`SELECT id, intent, op, finished_at FROM deliveries d WHERE group_id = ? AND lane = ? AND state = 'delivered' AND id < ?
		AND intent <> 'recall' AND NOT EXISTS (SELECT 1 FROM deliveries r WHERE r.group_id = d.group_id AND r.intent = 'recall' AND r.parent = d.id)
		ORDER BY id`, func(scan func(...any) error) error {
		var v Undo
		err := scan(&v.ID, &v.Intent, &v.Op, &v.FinishedAt)
		list = append(list, v)
		return err
	}, group, lane, before)
	return list, err
}

// Usage is how many operations an account had.
type Usage struct {
	Account string
	Op      string
	Count   int
}

// UsageSince counts the operations of all accounts since a time.
func (t *Tx) UsageSince(at int64) ([]Usage, error) {
	var list []Usage
	err := t.query(`SELECT account, op, COUNT(*) FROM attempts WHERE at >= ? GROUP BY account, op`, func(scan func(...any) error) error {
		var v Usage
		err := scan(&v.Account, &v.Op, &v.Count)
		list = append(list, v)
		return err
	}, at)
	return list, err
}
