package engine

import (
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// intake is a submission on its way into the store.
type intake struct {
	tenant string
	snap   *snapshot
	chain  *chain
	group  alert.Group
	told   []core.Told
	body   []byte
	now    time.Time
	// event is the id of what it becomes, if it is no duplicate.
	event string
	early early
	// known means that the group was submitted lately, so that it is probably not new.
	known bool
	// claims are the lanes that were taken for it.
	claims *claims
	// undated are the alerts, by place, whose source does not say since when they fire.
	undated []int
}

// date has alerts whose source names no times begin, or end, now.
func (in *intake) date() {
	now := in.now.Truncate(time.Millisecond)
	in.group.Alerts = slices.Clone(in.group.Alerts)
	for i := range in.group.Alerts {
		a := &in.group.Alerts[i]
		if a.StartsAt.IsZero() {
			in.undated = append(in.undated, i)
			if a.Status == alert.Firing {
				a.StartsAt = now
			}
		}
		if a.EndsAt.IsZero() && a.Status == alert.Resolved {
			a.EndsAt = now
		}
	}
}

// resume gives undated alerts the start that they are known with: that of the occurrence which goes on, or is over now.
func (in *intake) resume(known alert.Group) (err error) {
	if len(in.undated) == 0 {
		return nil
	}
	for _, i := range in.undated {
		a := &in.group.Alerts[i]
		for _, k := range known.Alerts {
			if k.Fingerprint == a.Fingerprint && (k.Status == alert.Firing || a.Status == alert.Resolved) {
				a.StartsAt = k.StartsAt
			}
		}
	}
	in.body, err = json.Marshal(in.group)
	return err
}

func (in *intake) identity() store.Identity {
	return store.Identity{Tenant: in.tenant, Source: in.group.Source, ContactPoint: in.chain.Name, Key: in.group.Key}
}

// lanes are those of the first step; none if nobody is to be told of this severity.
func (in *intake) lanes() iter.Seq[string] {
	return func(yield func(string) bool) {
		severity := in.group.Severity()
		for _, n := range in.chain.Steps[0].Notify {
			if severity < n.Severities {
				continue
			}
			for _, to := range n.To {
				if !yield(laneKey(in.tenant, n.Account, to.String())) {
					return
				}
			}
		}
	}
}
