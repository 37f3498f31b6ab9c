package store

import (
	"cmp"
	"errors"
	"slices"
)

// Attempt is one call to a provider.
type Attempt struct {
	DeliveryID string
	Account    string
	Target     string
	Op         string
	At         int64
	// Latency is in microseconds.
	Latency int64
	Outcome string
	Reason  string
	Code    string
	Text    string
	HintZH  string
	HintEN  string
}

// The outcomes of attempts.
const (
	OutcomeDelivered = "delivered"
	OutcomeFailed    = "failed"
	OutcomeRetry     = "retry"
	OutcomeLimited   = "limited"
	OutcomeUnknown   = "unknown"
)

// AddAttempt stores an attempt.
func (t *Tx) AddAttempt(a Attempt) error {
	_, err := t.exec(`INSERT INTO attempts (delivery_id, account, target, op, at, latency, outcome, reason, code, text, hint_zh, hint_en)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.DeliveryID, a.Account, a.Target, a.Op, a.At, a.Latency, a.Outcome, a.Reason, a.Code, a.Text, a.HintZH, a.HintEN)
	return err
}

// errEnough ends a query early.
var errEnough = errors.New("enough")

// AttemptsSince returns the attempts that began at or after a time, the oldest first; for each account only those
// from a time of its own on. Attempts are stored nearly in the order of time: slack is how much later than
// others one may have been stored.
func (t *Tx) AttemptsSince(at, slack int64, since func(account string) int64) ([]Attempt, error) {
	var list []Attempt
	err := t.query(`SELECT delivery_id, account, target, op, at, latency, outcome FROM attempts ORDER BY id DESC`,
		func(scan func(...any) error) error {
			var a Attempt
			if err := scan(&a.DeliveryID, &a.Account, &a.Target, &a.Op, &a.At, &a.Latency, &a.Outcome); err != nil {
				return err
			}
			switch {
			case a.At >= at:
				if a.At >= since(a.Account) {
					list = append(list, a)
				}
			case a.At < at-slack:
				return errEnough
			}
			return nil
		})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	slices.SortStableFunc(list, func(x, y Attempt) int { return cmp.Compare(x.At+x.Latency/1000, y.At+y.Latency/1000) })
	return list, nil
}
