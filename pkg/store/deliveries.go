package store

import (
	"context"
	"fmt"
)

// Delivery is one message to one target of one account.
type Delivery struct {
	ID       string
	Tenant   string
	GroupID  string
	EventID  string
	Step     int
	Entry    int
	Lane     string
	Account  string
	Target   string
	Intent   string
	State    string
	Severity int
	// Priority deliveries may use the places that limits keep for critical and urgent ones.
	Priority bool
	// News is the worst severity that people hear of for the first time, -1 without one: it decides on urging.
	News      int
	CreatedAt int64
	Part      int
	Parts     int
	// Parent is the delivery that an urge is for, or the first part of a split message.
	Parent string
	// Batch names deliveries that go on together: the members of a digest that failed.
	Batch      string
	FoldedInto string
	// Folds: others were folded into this one when it was made.
	Folds    bool
	UrgeMode string
	Op       string
	// Request is what will be sent. It is stored with the delivery and never read with it: HasRequest tells of one.
	Request    []byte
	HasRequest bool
	// Seq is the order of arrival in the store.
	Seq      int64
	Title    string
	Notes    string
	Attempts int
	// MaybeSent: an attempt's outcome is unknown, so it must not be folded, nor repeated if it is to happen once.
	MaybeSent  bool
	Reloads    int
	Receipt    []byte
	Reason     string
	Code       string
	Text       string
	HintZH     string
	HintEN     string
	FinishedAt int64
}

// The intents of deliveries.
const (
	// IntentTell tells a state of a group.
	IntentTell = "tell"
	// IntentRemind tells a state again, so that it makes a sound.
	IntentRemind = "remind"
	// IntentDigest names what several groups had waiting.
	IntentDigest = "digest"
	// IntentUrge makes people look at what its parent delivered.
	IntentUrge = "urge"
	// IntentRecall takes back what its parent delivered: a message, or an urge.
	IntentRecall = "recall"
)

// Aside tells whether a delivery tells nothing of its own, but does something about another one.
func (d *Delivery) Aside() bool { return d.Intent == IntentUrge || d.Intent == IntentRecall }

// The states of deliveries.
const (
	Waiting    = "waiting"
	Delivered  = "delivered"
	Failed     = "failed"
	Unknown    = "unknown"
	Superseded = "superseded"
)

// The columns of a delivery. Light ones leave out what is long and only needed when it is sent.
const (
	columnsBefore = `seq, rendered, id, tenant, group_id, event_id, step, entry, lane, account, target, intent, state, severity, priority,
	news, created_at, part, parts, parent, batch, folded_into, folds, urge_mode, op, `
	columnsMiddle = `, attempts, maybe_sent, reloads,
	`
	columnsAfter = `, reason, code, text, hint_zh, hint_en, finished_at`

	deliveryColumns = columnsBefore + `title, notes` + columnsMiddle + `receipt` + columnsAfter
	lightColumns    = columnsBefore + `title, ''` + columnsMiddle + `NULL` + columnsAfter
)

func scanDelivery(scan func(...any) error, d *Delivery) error {
	return scan(&d.Seq, &d.HasRequest, &d.ID, &d.Tenant, &d.GroupID, &d.EventID, &d.Step, &d.Entry, &d.Lane, &d.Account, &d.Target, &d.Intent,
		&d.State, &d.Severity, &d.Priority, &d.News, &d.CreatedAt, &d.Part, &d.Parts, &d.Parent, &d.Batch, &d.FoldedInto,
		&d.Folds, &d.UrgeMode, &d.Op, &d.Title, &d.Notes, &d.Attempts, &d.MaybeSent, &d.Reloads,
		&d.Receipt, &d.Reason, &d.Code, &d.Text, &d.HintZH, &d.HintEN, &d.FinishedAt)
}

// AddDelivery stores a delivery that waits in its lane. The caller wakes the lane.
func (t *Tx) AddDelivery(d Delivery) error {
	_, err := t.exec(`INSERT INTO deliveries (id, tenant, group_id, event_id, step, entry, lane, account, target, intent, state,
		severity, priority, news, created_at, part, parts, parent, batch, folds, urge_mode, rendered, title, notes)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.Tenant, d.GroupID, d.EventID, d.Step, d.Entry, d.Lane, d.Account, d.Target, d.Intent,
		d.Severity, d.Priority, d.News, d.CreatedAt, d.Part, d.Parts, d.Parent, d.Batch, d.Folds, d.UrgeMode, d.Request != nil, d.Title, d.Notes)
	if err != nil || d.Request == nil {
		return err
	}
	return t.putRequest(d)
}

func (t *Tx) deliveries(columns, where string, args ...any) ([]*Delivery, error) {
	var list []*Delivery
	err := t.query(`SELECT `+columns+` FROM deliveries WHERE `+where, into(&list), args...)
	return list, err
}

// into reads each row as one more delivery.
func into(list *[]*Delivery) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		d := new(Delivery)
		if err := scanDelivery(scan, d); err != nil {
			return err
		}
		*list = append(*list, d)
		return nil
	}
}

const waitingIn = `lane = ? AND state = 'waiting' ORDER BY severity DESC, seq LIMIT ?`

// WaitingIn returns what waits in a lane, the worst first, then the oldest.
func (t *Tx) WaitingIn(lane string, limit int) ([]*Delivery, error) {
	return t.deliveries(lightColumns, waitingIn, lane, limit)
}

// ArrivedIn returns what came into a lane behind seq and waits, the oldest first.
func (t *Tx) ArrivedIn(lane string, seq int64, limit int) ([]*Delivery, error) {
	return t.deliveries(lightColumns, `lane = ? AND state = 'waiting' AND seq > ? ORDER BY seq LIMIT ?`, lane, seq, limit)
}

// Look returns what waits in a lane as WaitingIn does, and how many deliveries the lane was ever given, at least. It does not wait for the writer.
func (s *Store) Look(ctx context.Context, lane string, limit int) (waiting []*Delivery, arrivals int64, err error) {
	// First, so that what comes between the two is not counted as seen.
	if err := s.read.QueryRowContext(ctx, `SELECT arrivals FROM lanes WHERE lane = ?`, lane).Scan(&arrivals); err != nil {
		return nil, 0, fmt.Errorf("look into a lane: %w", err)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT `+lightColumns+` FROM deliveries WHERE `+waitingIn, lane, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("look into a lane: %w", err)
	}
	err = drain(rows, into(&waiting))
	return waiting, arrivals, err
}

// Delivery returns one delivery.
func (t *Tx) Delivery(id string) (Delivery, bool, error) {
	list, err := t.deliveries(deliveryColumns, `id = ?`, id)
	if err != nil || len(list) == 0 {
		return Delivery{}, false, err
	}
	return *list[0], true, nil
}

// DeliveriesOf returns the deliveries of a group, the oldest first.
func (t *Tx) DeliveriesOf(group string) ([]*Delivery, error) {
	return t.deliveries(lightColumns, `group_id = ? ORDER BY id`, group)
}

// FoldedInto returns the members of a digest, the oldest first.
func (t *Tx) FoldedInto(digest string) ([]*Delivery, error) {
	return t.deliveries(lightColumns, `folded_into = ? AND folded_into <> '' ORDER BY id`, digest)
}

// FailedSince returns deliveries that failed for a reason since a time and were not tried again after a reload.
func (t *Tx) FailedSince(tenant, reason string, since int64) ([]*Delivery, error) {
	return t.deliveries(lightColumns, `state = 'failed' AND finished_at >= ? AND tenant = ? AND reason = ? AND reloads = 0 ORDER BY id LIMIT 10000`,
		since, tenant, reason)
}

// SetRequest stores what will be sent, and as which part.
func (t *Tx) SetRequest(d Delivery) error {
	if _, err := t.exec(`UPDATE deliveries SET rendered = 1, title = ?, notes = ?, part = ?, parts = ? WHERE id = ?`,
		d.Title, d.Notes, d.Part, d.Parts, d.ID); err != nil {
		return err
	}
	return t.putRequest(d)
}

func (t *Tx) putRequest(d Delivery) error {
	_, err := t.exec(`INSERT INTO requests (seq, body) SELECT seq, ? FROM deliveries WHERE id = ? ON CONFLICT (seq) DO UPDATE SET body = excluded.body`,
		d.Request, d.ID)
	return err
}

const requestOf = `SELECT body FROM requests JOIN deliveries USING (seq) WHERE id = ?`

// Request returns what is to be sent for a delivery; nil if it has not been rendered.
func (t *Tx) Request(id string) (request []byte, err error) {
	err = t.query(requestOf, func(scan func(...any) error) error { return scan(&request) }, id)
	return request, err
}

// SetMaybeSent notes, before a call that must happen once, that its outcome is from now on unknown.
func (t *Tx) SetMaybeSent(id string) error {
	_, err := t.exec(`UPDATE deliveries SET maybe_sent = 1 WHERE id = ?`, id)
	return err
}

// Finish stores what became of a delivery.
func (t *Tx) Finish(d Delivery) error {
	_, err := t.exec(`UPDATE deliveries SET state = ?, op = ?, attempts = ?, maybe_sent = ?, receipt = ?, reason = ?, code = ?,
		text = ?, hint_zh = ?, hint_en = ?, finished_at = ? WHERE id = ?`,
		d.State, d.Op, d.Attempts, d.MaybeSent, d.Receipt, d.Reason, d.Code, d.Text, d.HintZH, d.HintEN, d.FinishedAt, d.ID)
	return err
}

// Fold marks a delivery as told by another one.
func (t *Tx) Fold(id, into string, now int64) error {
	_, err := t.exec(`UPDATE deliveries SET state = 'superseded', folded_into = ?, finished_at = ? WHERE id = ?`, into, now, id)
	return err
}

// Requeue makes a finished delivery wait again. Its key stays the same, so a provider that knows it still recognises it.
func (t *Tx) Requeue(id string, reloads int) error {
	_, err := t.exec(`UPDATE deliveries SET state = 'waiting', reloads = ?, maybe_sent = 0, finished_at = 0 WHERE id = ?`, reloads, id)
	return err
}

// Address is one target of one entry of a step.
type Address struct {
	Step   int
	Entry  int
	Target string
}

// ToldBeyondFirst returns whom later steps than the first told of a group.
func (t *Tx) ToldBeyondFirst(group string) ([]Address, error) {
	var list []Address
	err := t.query(`SELECT DISTINCT step, entry, target FROM deliveries
		WHERE group_id = ? AND step > 0 AND intent NOT IN ('urge', 'recall') AND state IN ('delivered', 'superseded', 'waiting')`,
		func(scan func(...any) error) error {
			var a Address
			err := scan(&a.Step, &a.Entry, &a.Target)
			list = append(list, a)
			return err
		}, group)
	return list, err
}
