package engine

import (
	"iter"
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
