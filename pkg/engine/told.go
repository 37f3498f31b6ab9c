package engine

import (
	"encoding/json"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// remember stores how the source says that a group was told before, for the contact point's own targets only, so
// that what follows reaches the same conversations. It tells whether there was anything to store.
func (in *intake) remember(tx *store.Tx, g store.Group) (known bool, err error) {
	ev := store.Event{ID: newID(), GroupID: g.ID, ReceivedAt: millis(in.now), Change: store.ChangeNew, Body: in.body, News: -1}
	for step, s := range in.chain.Steps {
		for entry, n := range s.Notify {
			for _, to := range n.To {
				at := slices.IndexFunc(in.told, func(t core.Told) bool {
					return t.Account == n.Account && t.Target == to.String() && readsAsReceipt(t.Receipt)
				})
				if at < 0 {
					continue
				}
				if !known {
					if err := tx.AddEvent(ev, in.identity(), ""); err != nil {
						return false, err
					}
				}
				known = true
				d := store.Delivery{
					ID: newID(), Tenant: in.tenant, GroupID: g.ID, EventID: ev.ID, Step: step, Entry: entry,
					Lane: laneKey(in.tenant, n.Account, to.String()), Account: n.Account, Target: to.String(), Intent: store.IntentTell,
					Op: string(sender.OpSend), Severity: int(in.group.Severity()), News: int(in.group.Severity()), CreatedAt: millis(in.now),
					Title: in.group.Alerts[0].Name(),
				}
				if err := tx.AddDelivery(d); err != nil {
					return false, err
				}
				d.State, d.Receipt, d.FinishedAt = store.Delivered, in.told[at].Receipt, millis(in.now)
				if err := tx.Finish(d); err != nil {
					return false, err
				}
			}
		}
	}
	return known, nil
}

func readsAsReceipt(raw []byte) bool {
	var r sender.Receipt
	return json.Unmarshal(raw, &r) == nil && r.MessageID != ""
}
