package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// FigureQuery selects deliveries to count by when they were made, in UTC milliseconds. Empty names select all.
type FigureQuery struct {
	Tenant       string
	ContactPoint string
	Account      string
	Since        int64
	Until        int64
	// Width is the length of a bucket; the first begins at Since.
	Width int64
	// FirstID is below the id of every delivery that was made from Since on: rows are found by id, not by time.
	FirstID string
}

// Figure is how many deliveries of a bucket are in a state.
type Figure struct {
	Bucket int
	State  string
	Count  int
}

// Figures counts deliveries. It does not wait for the writer.
func (s *Store) Figures(ctx context.Context, q FigureQuery) ([]Figure, error) {
	from, where := "deliveries d", []string{"d.tenant = ?", "d.id >= ?", "d.created_at >= ?", "d.created_at < ?"}
	args := []any{q.Since, q.Width, q.Tenant, q.FirstID, q.Since, q.Until}
	if q.ContactPoint != "" {
		from += " JOIN groups g ON g.id = d.group_id"
		where, args = append(where, "g.contact_point = ?"), append(args, q.ContactPoint)
	}
	if q.Account != "" {
		where, args = append(where, "d.account = ?"), append(args, q.Account)
	}
	//nolint:gosec // only constants are joined; what a caller gave is bound
	rows, err := s.people.QueryContext(ctx, `SELECT (d.created_at - ?) / ? AS bucket, d.state, COUNT(*) FROM `+from+`
		WHERE `+strings.Join(where, " AND ")+` GROUP BY 1, 2`, args...)
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	var list []Figure
	err = drain(rows, func(scan func(...any) error) error {
		var f Figure
		err := scan(&f.Bucket, &f.State, &f.Count)
		list = append(list, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	return list, nil
}

// Newest is the newest delivery of a contact point.
type Newest struct {
	ContactPoint string
	Delivery
}

// recentRows is how many of the newest deliveries are looked through first: those of contact points that send often are
// among them, and the others have few groups to look through.
const recentRows = 5000

// NewestDeliveries gives each contact point's, with only what tells its outcome. It does not wait for the writer. SQLite
// keeps the order of a CROSS JOIN, which here is ten times faster than what it would choose (300,000 deliveries: 0.1 s).
func (s *Store) NewestDeliveries(ctx context.Context, tenant string) ([]Newest, error) {
	rows, err := s.people.QueryContext(ctx, `WITH recent AS MATERIALIZED (
			SELECT g.contact_point AS contact_point, MAX(r.id) AS id
			FROM (SELECT id, group_id FROM deliveries WHERE tenant = ? AND intent NOT IN ('urge', 'recall') ORDER BY id DESC LIMIT ?) r
			CROSS JOIN groups g WHERE g.id = r.group_id GROUP BY g.contact_point
		), older AS (
			SELECT g.contact_point AS contact_point, MAX(d.id) AS id FROM groups g CROSS JOIN deliveries d
			WHERE g.tenant = ? AND g.contact_point NOT IN (SELECT contact_point FROM recent)
				AND d.group_id = g.id AND d.intent NOT IN ('urge', 'recall')
			GROUP BY g.contact_point
		)
		SELECT n.contact_point, d.id, d.created_at, d.state, d.folded_into, d.reason, d.code
		FROM (SELECT contact_point, id FROM recent UNION ALL SELECT contact_point, id FROM older) n
		CROSS JOIN deliveries d WHERE d.id = n.id ORDER BY n.contact_point`, tenant, recentRows, tenant)
	if err != nil {
		return nil, fmt.Errorf("read the newest deliveries: %w", err)
	}
	var list []Newest
	err = drain(rows, func(scan func(...any) error) error {
		var n Newest
		err := scan(&n.ContactPoint, &n.ID, &n.CreatedAt, &n.State, &n.FoldedInto, &n.Reason, &n.Code)
		list = append(list, n)
		return err
	})
	for i := range list {
		// What it was folded into may be gone already: then it stays superseded.
		if err == nil {
			if err = s.follow(ctx, &list[i].Delivery); errors.Is(err, sql.ErrNoRows) {
				err = nil
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the newest deliveries: %w", err)
	}
	return list, nil
}
