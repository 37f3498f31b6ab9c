package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// undoAfter queues what is taken back once people know that a group is resolved: urges that still ring, and
// the messages of an entry that says so.
func (e *Engine) undoAfter(tx *store.Tx, a *account, d store.Delivery, known *memo, now time.Time) error {
	_, recalls := a.sender.(sender.Recaller)
	_, quiets := a.sender.(sender.UrgeRecaller)
	if known == nil || d.Aside() || d.Part > 1 || fires(known.group) || (!recalls && !quiets) {
		return nil
	}
	entry, err := entryOf(known.chain, d)
	if err != nil {
		return nil //nolint:nilerr // an entry that is gone asks for nothing
	}
	list, err := tx.Undoable(d.GroupID, d.Lane, d.ID)
	if err != nil {
		return err
	}
	for _, v := range list {
		switch {
		case v.Intent == store.IntentUrge && quiets:
		case v.Intent != store.IntentUrge && recalls && entry.Recall && v.Op != string(sender.OpUpdate) &&
			now.Sub(time.UnixMilli(v.FinishedAt)) < a.manifest.RecallFor:
		default:
			continue
		}
		err := enqueue(tx, store.Delivery{
			ID: newID(), Tenant: d.Tenant, GroupID: d.GroupID, EventID: d.EventID, Step: d.Step, Entry: d.Entry, Lane: d.Lane,
			Account: d.Account, Target: d.Target, Intent: store.IntentRecall, Severity: int(alert.Info), News: -1,
			CreatedAt: millis(now), Parent: v.ID, Title: d.Title,
		}, now)
		if err != nil {
			return err
		}
	}
	return nil
}

// prepareRecall reads what to take back.
func (e *Engine) prepareRecall(ctx context.Context, d store.Delivery) (order, error) {
	what, found, err := e.store.Delivery(ctx, d.Parent)
	if err != nil {
		return order{}, err
	}
	o := order{op: sender.OpRecall, urged: what.Intent == store.IntentUrge}
	if !found {
		return o, sender.Permanent(sender.ReasonMessage, fmt.Errorf("delivery %s, which is to be taken back, is gone", d.Parent))
	}
	if err := json.Unmarshal(what.Receipt, &o.to); err != nil {
		return o, sender.Permanent(sender.ReasonMessage, fmt.Errorf("read the receipt of what is taken back: %w", err))
	}
	return o, nil
}

// takeBack asks the provider to forget a message or an urge.
func takeBack(ctx context.Context, s sender.Sender, o order) error {
	if r, ok := s.(sender.UrgeRecaller); ok && o.urged {
		return r.RecallUrge(ctx, o.to)
	}
	if r, ok := s.(sender.Recaller); ok && !o.urged {
		return r.Recall(ctx, o.to)
	}
	return cannot(sender.OpRecall)
}
