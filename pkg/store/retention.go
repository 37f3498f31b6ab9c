package store

import (
	"context"
	"fmt"
)

// Prune removes closed groups that were closed before a time, with their events, deliveries and
// attempts, at most limit of them. Open groups and those with something waiting stay. It returns how many went.
func (s *Store) Prune(before int64, limit int) (int, error) {
	var removed int
	err := s.Write(func(tx *Tx) error {
		var ids []string
		err := tx.query(`SELECT g.id FROM groups g WHERE g.open = 0 AND g.closed_at < ?
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.group_id = g.id AND d.state = 'waiting')
			ORDER BY g.closed_at LIMIT ?`, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, before, limit)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := tx.removeGroup(id); err != nil {
				return err
			}
		}
		removed = len(ids)
		return tx.removeDigests(before)
	})
	return removed, err
}

// PruneLanes removes lanes of which no delivery is left. It reads all deliveries.
func (s *Store) PruneLanes() error {
	return s.Write(func(tx *Tx) error {
		_, err := tx.exec(`DELETE FROM lanes WHERE wake_at = ? AND leased_until = 0 AND lane NOT IN (SELECT lane FROM deliveries)`, int64(Never))
		return err
	})
}

// removeDigests removes digests, which belong to no group, once none of their members is left.
func (t *Tx) removeDigests(before int64) error {
	const gone = `SELECT d.id FROM deliveries d WHERE d.group_id = '' AND d.state <> 'waiting' AND d.created_at < ?
		AND NOT EXISTS (SELECT 1 FROM deliveries m WHERE m.folded_into = d.id AND m.folded_into <> '')`
	for _, q := range []string{
		`DELETE FROM attempts WHERE delivery_id IN (` + gone + `)`,
		`DELETE FROM tracks WHERE delivery_id IN (` + gone + `)`,
		`DELETE FROM deliveries WHERE id IN (` + gone + `)`,
	} {
		if _, err := t.exec(q, before); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) removeGroup(id string) error {
	for _, q := range []string{
		`DELETE FROM tracks WHERE delivery_id IN (SELECT id FROM deliveries WHERE group_id = ?)`,
		`DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE group_id = ?)`,
		`DELETE FROM deliveries WHERE group_id = ?`,
		`DELETE FROM event_keys WHERE group_id = ?`,
		`DELETE FROM events WHERE group_id = ?`,
		`DELETE FROM groups WHERE id = ?`,
	} {
		if _, err := t.exec(q, id); err != nil {
			return err
		}
	}
	return nil
}

// Size is how many bytes the store's live pages take.
func (s *Store) Size(ctx context.Context) (int64, error) {
	var pages, free, size int64
	for _, p := range []struct {
		pragma string
		to     *int64
	}{{"page_count", &pages}, {"freelist_count", &free}, {"page_size", &size}} {
		if err := s.read.QueryRowContext(ctx, "PRAGMA "+p.pragma).Scan(p.to); err != nil {
			return 0, fmt.Errorf("measure the store: %w", err)
		}
	}
	return (pages - free) * size, nil
}
