package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Query selects deliveries for people, newest first. Empty fields select all.
type Query struct {
	Tenant       string
	ID           string
	GroupID      string
	ContactPoint string
	Account      string
	State        string
	Search       string
	Since        int64
	Until        int64
	// After continues behind the delivery of that id.
	After string
	Limit int
}

// Row is a delivery with what people want to know of its group, event and attempts.
type Row struct {
	Delivery
	Source       string
	ContactPoint string
	GroupKey     string
	// Event is the alert.Group that the delivery tells, JSON; empty for a digest.
	Event    []byte
	Attempts []Attempt
}

// History reads deliveries. It does not wait for the writer.
func (s *Store) History(ctx context.Context, q Query) ([]Row, error) {
	var where []string
	var args []any
	add := func(cond string, a ...any) { where = append(where, cond); args = append(args, a...) }
	add("d.tenant = ?", q.Tenant)
	for _, c := range []struct{ column, value string }{
		{"d.id", q.ID}, {"d.group_id", q.GroupID}, {"g.contact_point", q.ContactPoint},
		{"d.account", q.Account}, {"d.state", q.State},
	} {
		if c.value != "" {
			add(c.column+" = ?", c.value)
		}
	}
	if q.Since > 0 {
		add("d.created_at >= ?", q.Since)
	}
	if q.Until > 0 {
		add("d.created_at < ?", q.Until)
	}
	if q.After != "" {
		add("d.id < ?", q.After)
	}
	if q.Search != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(q.Search) + "%"
		add(`(d.title LIKE ? ESCAPE '\' OR d.code LIKE ? ESCAPE '\' OR d.text LIKE ? ESCAPE '\' OR CAST(e.body AS TEXT) LIKE ? ESCAPE '\')`,
			like, like, like, like)
	}
	columns := "d." + strings.Join(strings.FieldsFunc(deliveryColumns, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' }), ", d.")
	rows, err := s.read.QueryContext(ctx, `SELECT `+columns+`, COALESCE(g.source, ''), COALESCE(g.contact_point, ''), COALESCE(g.group_key, ''), e.body
		FROM deliveries d LEFT JOIN groups g ON g.id = d.group_id LEFT JOIN events e ON e.id = d.event_id
		WHERE `+strings.Join(where, " AND ")+` ORDER BY d.id DESC LIMIT ?`, append(args, q.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	var list []Row
	err = drain(rows, func(scan func(...any) error) error {
		var r Row
		err := scanDelivery(func(dest ...any) error {
			return scan(append(dest, &r.Source, &r.ContactPoint, &r.GroupKey, &r.Event)...)
		}, &r.Delivery)
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	for i := range list {
		if list[i].Attempts, err = s.attempts(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Store) attempts(ctx context.Context, delivery string) ([]Attempt, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT delivery_id, account, target, op, at, latency, outcome, reason, code, text, hint_zh, hint_en
		FROM attempts WHERE delivery_id = ? ORDER BY id`, delivery)
	if err != nil {
		return nil, fmt.Errorf("read the attempts: %w", err)
	}
	var list []Attempt
	err = drain(rows, func(scan func(...any) error) error {
		var a Attempt
		err := scan(&a.DeliveryID, &a.Account, &a.Target, &a.Op, &a.At, &a.Latency, &a.Outcome, &a.Reason, &a.Code, &a.Text, &a.HintZH, &a.HintEN)
		list = append(list, a)
		return err
	})
	return list, err
}

// Backlog counts what waits, and says since when the oldest does, in UTC milliseconds; 0 when nothing waits.
func (s *Store) Backlog(ctx context.Context) (waiting int, oldest int64, err error) {
	var at sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*), MIN(created_at) FROM deliveries WHERE state = 'waiting'`).Scan(&waiting, &at)
	if err != nil {
		return 0, 0, fmt.Errorf("count what waits: %w", err)
	}
	return waiting, at.Int64, nil
}

// Ping writes something that changes nothing, to learn whether the store can be written again.
func (s *Store) Ping() error {
	return s.Write(func(tx *Tx) error {
		_, err := tx.exec(`INSERT INTO ping (id, at) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET at = ping.at + 1`)
		return err
	})
}
