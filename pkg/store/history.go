package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Query selects deliveries for people, newest first. Empty fields select all.
type Query struct {
	Tenant string
	// ID is a delivery's, or the beginning of it, of eight characters at least.
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

// idBeginning is how much of an id is enough to look for it: a minute's deliveries begin with the same eight characters.
const idBeginning = 8

// Row is a delivery with what people want to know of its group, event and attempts.
type Row struct {
	Delivery
	Source       string
	ContactPoint string
	GroupKey     string
	// Event is the alert.Group that the delivery tells, JSON; empty for a digest.
	Event    []byte
	Attempts []Attempt
	// Progress is what the provider said later, JSON; empty where nobody asks.
	Progress []byte
	// Members are groups that a digest tells, MaxMembers at most; none for a delivery of one group.
	Members []Member
}

// Member is a group of a digest.
type Member struct {
	Source       string
	ContactPoint string
	GroupKey     string
}

// MaxMembers bounds what is read of a digest.
const MaxMembers = 100

// members are what is told by a delivery that belongs to no group: a digest, a further part of one, or what is done about one.
const members = `deliveries m CROSS JOIN groups mg ON mg.id = m.group_id WHERE m.folded_into IN (%s) AND m.folded_into <> ''`

// historyColumns are a delivery's, in a query that joins other tables.
func historyColumns() string {
	return "d." + strings.Join(strings.Fields(strings.ReplaceAll(deliveryColumns, ",", " ")), ", d.")
}

// History reads deliveries. It does not wait for the writer.
func (s *Store) History(ctx context.Context, q Query) ([]Row, error) {
	var where []string
	var args []any
	add := func(cond string, a ...any) { where = append(where, cond); args = append(args, a...) }
	add("d.tenant = ?", q.Tenant)
	for _, c := range []struct{ column, value string }{
		{"d.group_id", q.GroupID},
		{"d.account", q.Account},
		{"d.state", q.State},
	} {
		if c.value != "" {
			add(c.column+" = ?", c.value)
		}
	}
	if q.ContactPoint != "" {
		add(`(g.contact_point = ? OR (d.group_id = '' AND EXISTS (SELECT 1 FROM `+fmt.Sprintf(members, "d.id, d.parent")+` AND mg.contact_point = ?)))`,
			q.ContactPoint, q.ContactPoint)
	}
	switch {
	case len(q.ID) >= idBeginning:
		// No id has a character behind the tilde.
		add("d.id >= ? AND d.id < ?", q.ID, q.ID+"~")
	case q.ID != "":
		add("d.id = ?", q.ID)
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
	//nolint:gosec // only constants are joined; what a caller gave is bound
	rows, err := s.people.QueryContext(ctx, `SELECT `+historyColumns()+`, COALESCE(g.source, ''), COALESCE(g.contact_point, ''), COALESCE(g.group_key, ''), e.body, t.progress
		FROM deliveries d LEFT JOIN groups g ON g.id = d.group_id LEFT JOIN events e ON e.group_id = d.group_id AND e.id = d.event_id
		LEFT JOIN tracks t ON t.delivery_id = d.id
		WHERE `+strings.Join(where, " AND ")+` ORDER BY d.id DESC LIMIT ?`, append(args, q.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	var list []Row
	err = drain(rows, func(scan func(...any) error) error {
		var r Row
		err := scanDelivery(func(dest ...any) error {
			return scan(append(dest, &r.Source, &r.ContactPoint, &r.GroupKey, &r.Event, &r.Progress)...)
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
		if list[i].GroupID == "" {
			if list[i].Members, err = s.members(ctx, list[i].Delivery); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

func (s *Store) members(ctx context.Context, d Delivery) ([]Member, error) {
	//nolint:gosec // only constants are joined
	rows, err := s.people.QueryContext(ctx, `SELECT mg.source, mg.contact_point, mg.group_key FROM `+fmt.Sprintf(members, "?, ?")+` LIMIT ?`,
		d.ID, d.Parent, MaxMembers)
	if err != nil {
		return nil, fmt.Errorf("read the groups of a digest: %w", err)
	}
	var list []Member
	err = drain(rows, func(scan func(...any) error) error {
		var m Member
		err := scan(&m.Source, &m.ContactPoint, &m.GroupKey)
		list = append(list, m)
		return err
	})
	return list, err
}

func (s *Store) attempts(ctx context.Context, delivery string) ([]Attempt, error) {
	rows, err := s.people.QueryContext(ctx, `SELECT delivery_id, account, target, op, at, latency, outcome, reason, code, text, hint_zh, hint_en
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

// EventAndGroup returns an event and its group. It does not wait for the writer.
func (s *Store) EventAndGroup(ctx context.Context, group, event string) (Event, Group, error) {
	var ev Event
	var g Group
	err := s.read.QueryRowContext(ctx, `SELECT id, group_id, received_at, change, body, news FROM events WHERE group_id = ? AND id = ?`, group, event).
		Scan(&ev.ID, &ev.GroupID, &ev.ReceivedAt, &ev.Change, &ev.Body, &ev.News)
	if err != nil {
		return ev, g, fmt.Errorf("read event %s: %w", event, err)
	}
	err = scanGroup(s.read.QueryRowContext(ctx, `SELECT `+groupColumns+` FROM groups WHERE id = ?`, ev.GroupID).Scan, &g)
	if err != nil {
		return ev, g, fmt.Errorf("read group %s: %w", ev.GroupID, err)
	}
	return ev, g, nil
}

// DeliveriesOfEvent returns the deliveries that tell an event, a folded one in the state of
// what it was folded into. It does not wait for the writer.
func (s *Store) DeliveriesOfEvent(ctx context.Context, group, event string) ([]Delivery, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE group_id = ? AND event_id = ? ORDER BY id`, group, event)
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of event %s: %w", event, err)
	}
	var list []Delivery
	err = drain(rows, func(scan func(...any) error) error {
		var d Delivery
		err := scanDelivery(scan, &d)
		list = append(list, d)
		return err
	})
	for i := range list {
		if err == nil {
			err = s.follow(ctx, &list[i])
		}
	}
	return list, err
}

// follow gives a delivery that was superseded the outcome of the one that tells it.
func (s *Store) follow(ctx context.Context, d *Delivery) error {
	for hops := 0; d.State == Superseded && d.FoldedInto != "" && hops < 8; hops++ {
		err := s.read.QueryRowContext(ctx, `SELECT state, folded_into, reason, code, text, hint_zh, hint_en FROM deliveries WHERE id = ?`, d.FoldedInto).
			Scan(&d.State, &d.FoldedInto, &d.Reason, &d.Code, &d.Text, &d.HintZH, &d.HintEN)
		if err != nil {
			return err
		}
	}
	return nil
}

// Sleep reads for people until when a lane sleeps, and how often in a row it failed; nothing of one that is not there.
func (s *Store) Sleep(ctx context.Context, lane string) (l Lane, err error) {
	err = s.people.QueryRowContext(ctx, `SELECT wake_at, fails FROM lanes WHERE lane = ?`, lane).Scan(&l.WakeAt, &l.Fails)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("read how the lane %s sleeps: %w", lane, err)
	}
	return l, nil
}

// Heard is the worst of a group that made a sound in a lane, and no worse than what fired when the lane last spoke of it; -1 without any.
// An update made none, unless it was said again.
func (s *Store) Heard(ctx context.Context, group, lane string) (news int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT MIN(
		COALESCE((SELECT MAX(d.news) FROM deliveries d LEFT JOIN deliveries f ON f.id = d.folded_into
			WHERE d.group_id = ?1 AND d.lane = ?2 AND d.intent NOT IN ('urge', 'recall')
			AND (f.state = 'delivered' AND f.op <> 'update' OR d.state = 'delivered' AND (d.op <> 'update'
				OR EXISTS (SELECT 1 FROM attempts WHERE delivery_id = d.id AND op <> 'update' AND outcome = 'delivered')))), -1),
		COALESCE((SELECT d.severity FROM deliveries d LEFT JOIN deliveries f ON f.id = d.folded_into
			WHERE d.group_id = ?1 AND d.lane = ?2 AND d.intent NOT IN ('urge', 'recall') AND (d.state = 'delivered' OR f.state = 'delivered')
			ORDER BY d.id DESC LIMIT 1), -1))`, group, lane).Scan(&news)
	if err != nil {
		return 0, fmt.Errorf("read what was heard of group %s: %w", group, err)
	}
	return news, nil
}

// Updated tells whether an attempt of a delivery updated what was there.
func (s *Store) Updated(ctx context.Context, delivery string) (updated bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM attempts WHERE delivery_id = ? AND op = 'update' AND outcome = 'delivered')`,
		delivery).Scan(&updated)
	if err != nil {
		return false, fmt.Errorf("read the attempts of delivery %s: %w", delivery, err)
	}
	return updated, nil
}

// Sent is what was delivered in a lane for a group.
type Sent struct {
	ID      string
	Op      string
	Part    int
	Receipt []byte
}

// Conversation returns what a lane was told of a group, the oldest first. It does not wait for the writer.
func (s *Store) Conversation(ctx context.Context, group, lane string) ([]Sent, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, op, part, receipt FROM deliveries
		WHERE group_id = ? AND lane = ? AND state = 'delivered' AND intent NOT IN ('urge', 'recall') AND receipt IS NOT NULL ORDER BY id`, group, lane)
	if err != nil {
		return nil, fmt.Errorf("read the conversation of group %s: %w", group, err)
	}
	var list []Sent
	err = drain(rows, func(scan func(...any) error) error {
		var v Sent
		err := scan(&v.ID, &v.Op, &v.Part, &v.Receipt)
		list = append(list, v)
		return err
	})
	return list, err
}

// Request returns what is to be sent for a delivery that HasRequest. It does not wait for the writer.
func (s *Store) Request(ctx context.Context, id string) (request []byte, err error) {
	if err := s.read.QueryRowContext(ctx, requestOf, id).Scan(&request); err != nil {
		return nil, fmt.Errorf("read the request of delivery %s: %w", id, err)
	}
	return request, nil
}

// Receipt returns what the provider gave back for a delivery.
func (s *Store) Receipt(ctx context.Context, id string) ([]byte, error) {
	var receipt []byte
	if err := s.read.QueryRowContext(ctx, `SELECT receipt FROM deliveries WHERE id = ?`, id).Scan(&receipt); err != nil {
		return nil, fmt.Errorf("read the receipt of delivery %s: %w", id, err)
	}
	return receipt, nil
}

// FoldedEvents returns the events of what was folded into a delivery of a group, at any depth, the oldest first.
func (s *Store) FoldedEvents(ctx context.Context, id string) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `WITH RECURSIVE f (id, event_id) AS (
			SELECT id, event_id FROM deliveries WHERE folded_into = ?
			UNION ALL SELECT d.id, d.event_id FROM deliveries d JOIN f ON d.folded_into = f.id
		) SELECT DISTINCT event_id FROM f WHERE event_id <> '' ORDER BY event_id`, id)
	if err != nil {
		return nil, fmt.Errorf("read what was folded into %s: %w", id, err)
	}
	var list []string
	err = drain(rows, func(scan func(...any) error) error {
		var event string
		err := scan(&event)
		list = append(list, event)
		return err
	})
	return list, err
}
