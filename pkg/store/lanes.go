package store

import (
	"math"
	"strings"
)

// Never is the wake time of a lane that sleeps until something arrives.
const Never = math.MaxInt64

// Lane is one account and one target: the unit of order and folding.
type Lane struct {
	Key     string
	Tenant  string
	Account string
	Target  string
	// Arrivals counts deliveries that were put into the lane, so that a worker that
	// wants to sleep can tell whether something came since it looked.
	Arrivals int64
	// TroubleSince is since when, in UTC milliseconds, nothing could be delivered for a reason
	// that is not our own limit; 0 when all is well. Fails counts the attempts since then.
	TroubleSince int64
	Fails        int
	WakeAt       int64
}

const laneColumns = `lane, tenant, account, target, arrivals, trouble_since, fails, wake_at`

func scanLane(scan func(...any) error, l *Lane) error {
	return scan(&l.Key, &l.Tenant, &l.Account, &l.Target, &l.Arrivals, &l.TroubleSince, &l.Fails, &l.WakeAt)
}

// WakeLane makes a lane due at a time unless it is due earlier, and makes the lane if need be.
func (t *Tx) WakeLane(l Lane) error {
	t.woken = append(t.woken, l.Key)
	_, err := t.exec(`INSERT INTO lanes (lane, tenant, account, target, wake_at, arrivals) VALUES (?, ?, ?, ?, ?, 1)
		ON CONFLICT (lane) DO UPDATE SET arrivals = lanes.arrivals + 1,
		wake_at = CASE WHEN lanes.wake_at < excluded.wake_at THEN lanes.wake_at ELSE excluded.wake_at END`,
		l.Key, l.Tenant, l.Account, l.Target, l.WakeAt)
	return err
}

// Due returns lanes that are due and not leased, the longest due first, without those of the accounts in busy.
// The accounts are written as "tenant/account".
func (t *Tx) Due(now int64, limit int, busy []string) ([]Lane, error) {
	args := []any{now}
	query := `SELECT ` + laneColumns + ` FROM lanes WHERE wake_at <= ? AND leased_until = 0`
	if len(busy) > 0 {
		query += ` AND tenant || '/' || account NOT IN (?` + strings.Repeat(`, ?`, len(busy)-1) + `)`
		for _, b := range busy {
			args = append(args, b)
		}
	}
	var due []Lane
	err := t.query(query+` ORDER BY wake_at LIMIT ?`, func(scan func(...any) error) error {
		var l Lane
		if err := scanLane(scan, &l); err != nil {
			return err
		}
		due = append(due, l)
		return nil
	}, append(args, limit)...)
	return due, err
}

// Lease holds a lane until a time.
func (t *Tx) Lease(lane string, until int64) error {
	_, err := t.exec(`UPDATE lanes SET leased_until = ? WHERE lane = ?`, until, lane)
	return err
}

// LeaseResting holds a lane in which nothing waited, for whoever puts something into it. It counts the arrival, as WakeLane does, and
// returns how many there are now. ok is false, and WakeLane due, for a lane that is new, held by somebody, or wakes at a time.
func (t *Tx) LeaseResting(lane string, until int64) (arrivals int64, ok bool, err error) {
	err = t.query(`UPDATE lanes SET leased_until = ?, arrivals = arrivals + 1 WHERE lane = ? AND leased_until = 0 AND wake_at = ? RETURNING arrivals`,
		func(scan func(...any) error) error { ok = true; return scan(&arrivals) }, until, lane, int64(Never))
	return arrivals, ok, err
}

// Release gives a lane back, to wake at a time, unless something arrived since the worker looked:
// then it stays leased and Release says so.
func (t *Tx) Release(l Lane) (released bool, err error) {
	n, err := t.exec(`UPDATE lanes SET leased_until = 0, wake_at = ?, trouble_since = ?, fails = ? WHERE lane = ? AND arrivals = ?`,
		l.WakeAt, l.TroubleSince, l.Fails, l.Key, l.Arrivals)
	return n > 0, err
}

// Rest gives a lane back if nothing waits in it, and says whether that was so.
func (t *Tx) Rest(lane string) (rested bool, err error) {
	n, err := t.exec(`UPDATE lanes SET leased_until = 0, wake_at = ?, trouble_since = 0, fails = 0 WHERE lane = ?
		AND NOT EXISTS (SELECT 1 FROM deliveries WHERE lane = ? AND state = 'waiting')`, int64(Never), lane, lane)
	return n > 0, err
}

// Leased calls each for every lane that is leased.
func (t *Tx) Leased(each func(Lane)) error {
	return t.query(`SELECT `+laneColumns+` FROM lanes WHERE leased_until > 0`, func(scan func(...any) error) error {
		var l Lane
		if err := scanLane(scan, &l); err != nil {
			return err
		}
		each(l)
		return nil
	})
}

// Arrivals reads how many deliveries a lane was ever given.
func (t *Tx) Arrivals(lane string) (n int64, err error) {
	err = t.query(`SELECT arrivals FROM lanes WHERE lane = ?`, func(scan func(...any) error) error { return scan(&n) }, lane)
	return n, err
}

// ClearLeases ends every lease, for a start: the core that held them is gone.
func (t *Tx) ClearLeases(now int64) error {
	if _, err := t.exec(`UPDATE lanes SET leased_until = 0 WHERE leased_until > 0`); err != nil {
		return err
	}
	// A crash between two transactions of a worker must not leave deliveries in a lane that sleeps.
	_, err := t.exec(`UPDATE lanes SET wake_at = ? WHERE wake_at = ?
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.lane = lanes.lane AND d.state = 'waiting')`, now, int64(Never))
	return err
}

// WakeAll makes every lane of a tenant that has something waiting due.
func (t *Tx) WakeAll(tenant string, now int64) error {
	_, err := t.exec(`UPDATE lanes SET wake_at = ?, arrivals = arrivals + 1 WHERE tenant = ? AND wake_at > ?
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.lane = lanes.lane AND d.state = 'waiting')`, now, tenant, now)
	return err
}

// NextWake is when the next lane that is not leased becomes due; Never if none will.
func (t *Tx) NextWake(busy []string) (at int64, err error) {
	at = Never
	query := `SELECT wake_at FROM lanes WHERE leased_until = 0`
	args := make([]any, 0, len(busy))
	if len(busy) > 0 {
		query += ` AND tenant || '/' || account NOT IN (?` + strings.Repeat(`, ?`, len(busy)-1) + `)`
		for _, b := range busy {
			args = append(args, b)
		}
	}
	err = t.query(query+` ORDER BY wake_at LIMIT 1`, func(scan func(...any) error) error { return scan(&at) }, args...)
	return at, err
}
