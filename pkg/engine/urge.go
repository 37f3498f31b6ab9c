package engine

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// urgeAfter queues the urging of people about what was just delivered. A digest takes the loudest
// mode of its members, and all their people. What is known of d's own event need not be read again.
func (e *Engine) urgeAfter(tx *store.Tx, a *account, d store.Delivery, known *memo, now time.Time) error {
	if _, ok := a.sender.(sender.Urger); !ok || d.Aside() || d.Part > 1 {
		return nil
	}
	members := []*store.Delivery{&d}
	if d.Intent == store.IntentDigest {
		var err error
		if members, err = tx.FoldedInto(d.ID); err != nil {
			return err
		}
	} else if d.News < 0 {
		return nil
	}
	snap, err := e.tenant(d.Tenant)
	if err != nil {
		return err
	}
	var mode sender.UrgeMode
	var to []string
	for _, m := range members {
		if m.News < 0 || m.EventID == "" {
			continue
		}
		v := known
		if m.ID != d.ID || v == nil {
			if v, err = e.recall(context.Background(), snap, m.GroupID, m.EventID); err != nil {
				return err
			}
		}
		entry, err := entryOf(v.chain, *m)
		if err != nil {
			continue
		}
		want, ok := entry.Urgent.At(severityOf(m.News))
		if !ok || !a.manifest.CanUrge(want) {
			continue
		}
		mode = louder(mode, want)
		for _, t := range urged(entry, *m) {
			if !slices.Contains(to, t) {
				to = append(to, t)
			}
		}
	}
	if mode == "" || len(to) == 0 {
		return nil
	}
	return e.queueUrge(tx, d, mode, to, now)
}

func (e *Engine) queueUrge(tx *store.Tx, d store.Delivery, mode sender.UrgeMode, to []string, now time.Time) error {
	request, err := json.Marshal(to)
	if err != nil {
		return err
	}
	return enqueue(tx, store.Delivery{
		ID: newID(), Tenant: d.Tenant, GroupID: d.GroupID, EventID: d.EventID, Step: d.Step, Entry: d.Entry, Lane: d.Lane,
		Account: d.Account, Target: d.Target, Intent: store.IntentUrge, Severity: int(alert.Critical), Priority: true, News: -1,
		CreatedAt: millis(now), Parent: d.ID, UrgeMode: string(mode), Request: request, Title: d.Title,
	}, now)
}

func louder(a, b sender.UrgeMode) sender.UrgeMode {
	order := []sender.UrgeMode{"", sender.UrgeApp, sender.UrgeSMS, sender.UrgePhone}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// urged lists the people of an entry, as they are configured: those mentioned, and the target if it is a person.
func urged(n config.Notify, d store.Delivery) []string {
	var list []string
	for _, t := range append([]sender.Target{sender.ParseTarget(d.Target)}, n.Mention...) {
		switch t.Kind {
		case sender.TargetPerson, sender.TargetUser, sender.TargetEmail, sender.TargetPhone:
			list = append(list, t.String())
		default:
		}
	}
	return list
}

// quieter urges in the app when a louder way failed, since a used-up quota of SMS or calls does not
// count what only pops up.
func (e *Engine) quieter(tx *store.Tx, d store.Delivery, now time.Time) error {
	if d.Intent != store.IntentUrge || sender.UrgeMode(d.UrgeMode) == sender.UrgeApp {
		return nil
	}
	a := e.account(d.Tenant, d.Account)
	if a == nil || !a.manifest.CanUrge(sender.UrgeApp) {
		return nil
	}
	parent, found, err := tx.Delivery(d.Parent)
	if err != nil || !found {
		return err
	}
	var to []string
	if d.Request == nil {
		if d.Request, err = tx.Request(d.ID); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(d.Request, &to); err != nil {
		return nil //nolint:nilerr // a request that cannot be read cannot be repeated more quietly either
	}
	return e.queueUrge(tx, parent, sender.UrgeApp, to, now)
}
