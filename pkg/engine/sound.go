package engine

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// soundAfter queues a reminder beside a card that was just updated, if the update told of something worse than all that made a sound in
// this place before: a patched card makes none.
func soundAfter(tx *store.Tx, d store.Delivery, now time.Time) error {
	if d.Op != string(sender.OpUpdate) || d.Part > 1 || d.News < 0 {
		return nil
	}
	loudest, err := tx.Loudest(d.GroupID, d.Lane, string(sender.OpUpdate))
	if err != nil || d.News <= loudest {
		return err
	}
	return enqueue(tx, store.Delivery{
		ID: newID(), Tenant: d.Tenant, GroupID: d.GroupID, EventID: d.EventID, Step: d.Step, Entry: d.Entry, Lane: d.Lane,
		Account: d.Account, Target: d.Target, Intent: store.IntentRemind, Severity: d.Severity, Priority: d.Priority, News: d.News,
		CreatedAt: millis(now),
	}, now)
}
