package store

// Group is one episode of an alert group: from its first alert until it is resolved.
type Group struct {
	ID           string
	Tenant       string
	Source       string
	ContactPoint string
	Key          string
	// Open until resolved. Only the newest episode of an identity is current.
	Open bool
	// Chain is the contact point as it was when the episode began, JSON.
	Chain []byte
	// EventID is the event that brought the newest state.
	EventID string
	// Severity is the newest state's, Worst the worst of the whole episode.
	Severity int
	Worst    int
	// OpenedAt, ChangedAt and ClosedAt are UTC milliseconds; ChangedAt is when the newest event that was not folded came.
	OpenedAt  int64
	ChangedAt int64
	ClosedAt  int64
	// Failures counts events in a row that reached nobody; until QuietUntil a repeat gets the same answer.
	Failures   int
	QuietUntil int64
}

// Identity is what makes two groups the same.
type Identity struct {
	Tenant       string
	Source       string
	ContactPoint string
	Key          string
}

const groupColumns = `groups.id, tenant, source, contact_point, group_key, open, chain, event_id, severity, worst,
	opened_at, changed_at, closed_at, failures, quiet_until`

func scanGroup(scan func(...any) error, g *Group, more ...any) error {
	return scan(append([]any{
		&g.ID, &g.Tenant, &g.Source, &g.ContactPoint, &g.Key, &g.Open, &g.Chain, &g.EventID,
		&g.Severity, &g.Worst, &g.OpenedAt, &g.ChangedAt, &g.ClosedAt, &g.Failures, &g.QuietUntil,
	}, more...)...)
}

// CurrentGroup returns the newest episode of an identity, and its newest state: the body of its newest event.
func (t *Tx) CurrentGroup(id Identity) (g Group, state []byte, found bool, err error) {
	err = t.query(`SELECT `+groupColumns+`, events.body FROM groups LEFT JOIN events ON events.group_id = groups.id AND events.id = groups.event_id
		WHERE tenant = ? AND source = ? AND contact_point = ? AND group_key = ? AND current = 1`,
		func(scan func(...any) error) error { found = true; return scanGroup(scan, &g, &state) },
		id.Tenant, id.Source, id.ContactPoint, id.Key)
	return g, state, found, err
}

// Group returns one episode.
func (t *Tx) Group(id string) (g Group, found bool, err error) {
	err = t.query(`SELECT `+groupColumns+` FROM groups WHERE id = ?`,
		func(scan func(...any) error) error { found = true; return scanGroup(scan, &g) }, id)
	return g, found, err
}

// AddGroup stores a new episode, which becomes the current one, unless the identity has one other than earlier: then
// it stores nothing and says so.
func (t *Tx) AddGroup(g Group, earlier string) (added bool, err error) {
	if earlier != "" {
		if _, err := t.exec(`UPDATE groups SET current = 0 WHERE id = ?`, earlier); err != nil {
			return false, err
		}
	}
	n, err := t.exec(`INSERT INTO groups (id, tenant, source, contact_point, group_key, current, open, chain, event_id,
		severity, worst, opened_at, changed_at, closed_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant, source, contact_point, group_key) WHERE current = 1 DO NOTHING`,
		g.ID, g.Tenant, g.Source, g.ContactPoint, g.Key, g.Open, g.Chain, g.EventID,
		g.Severity, g.Worst, g.OpenedAt, g.ChangedAt, g.ClosedAt)
	return n > 0, err
}

// ChangeGroup stores what an event changed.
func (t *Tx) ChangeGroup(g Group) error {
	_, err := t.exec(`UPDATE groups SET chain = ?, open = ?, event_id = ?, severity = ?, worst = ?, changed_at = ?, closed_at = ?
		WHERE id = ?`, g.Chain, g.Open, g.EventID, g.Severity, g.Worst, g.ChangedAt, g.ClosedAt, g.ID)
	return err
}

// SetQuiet notes how often in a row nobody was reached, and until when a repeat is answered without an attempt.
func (t *Tx) SetQuiet(group string, failures int, until int64) error {
	_, err := t.exec(`UPDATE groups SET failures = ?, quiet_until = ? WHERE id = ?`, failures, until, group)
	return err
}

// Reached notes that somebody was reached again.
func (t *Tx) Reached(group string) error {
	_, err := t.exec(`UPDATE groups SET failures = 0, quiet_until = 0 WHERE id = ? AND failures > 0`, group)
	return err
}

// EndQuiet lets every group of a tenant that reached nobody be tried again when it is repeated.
func (t *Tx) EndQuiet(tenant string) error {
	_, err := t.exec(`UPDATE groups SET quiet_until = 1 WHERE tenant = ? AND quiet_until > 1`, tenant)
	return err
}

// Event is one state of a group, as its source sent it.
type Event struct {
	ID         string
	GroupID    string
	ReceivedAt int64
	// Change is what the event was to its group: new, change, resolved or repeat.
	Change string
	// Body is the alert.Group in JSON.
	Body []byte
	// News is the worst severity among alerts that this event told first, -1 without one.
	News int
}

// The changes of events.
const (
	ChangeNew      = "new"
	ChangeChange   = "change"
	ChangeResolved = "resolved"
	ChangeRepeat   = "repeat"
)

// AddEvent stores an event. A key, where the source has one, is remembered as long as the event.
func (t *Tx) AddEvent(e Event, id Identity, key string) error {
	if _, err := t.exec(`INSERT INTO events (id, group_id, received_at, change, body, news) VALUES (?, ?, ?, ?, ?, ?)`,
		e.ID, e.GroupID, e.ReceivedAt, e.Change, e.Body, e.News); err != nil || key == "" {
		return err
	}
	_, err := t.exec(`INSERT INTO event_keys (tenant, source, contact_point, event_key, event_id, group_id) VALUES (?, ?, ?, ?, ?, ?)`,
		id.Tenant, id.Source, id.ContactPoint, key, e.ID, e.GroupID)
	return err
}

// EventByKey returns the event that came with a key, and its group.
func (t *Tx) EventByKey(id Identity, key string) (event, group string, err error) {
	err = t.query(`SELECT event_id, group_id FROM event_keys WHERE tenant = ? AND source = ? AND contact_point = ? AND event_key = ?`,
		func(scan func(...any) error) error { return scan(&event, &group) }, id.Tenant, id.Source, id.ContactPoint, key)
	return event, group, err
}

// Event returns one event of a group.
func (t *Tx) Event(group, id string) (e Event, found bool, err error) {
	err = t.query(`SELECT id, group_id, received_at, change, body, news FROM events WHERE group_id = ? AND id = ?`,
		func(scan func(...any) error) error {
			found = true
			return scan(&e.ID, &e.GroupID, &e.ReceivedAt, &e.Change, &e.Body, &e.News)
		}, group, id)
	return e, found, err
}
