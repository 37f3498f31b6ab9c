package corerpc

import (
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func toFiguresQuery(q *core.FiguresQuery) *corepb.FiguresQuery {
	return &corepb.FiguresQuery{
		Tenant:       valid(q.Tenant),
		ContactPoint: valid(q.ContactPoint),
		Account:      valid(q.Account),
		Since:        toTime(q.Since),
		Until:        toTime(q.Until),
		Buckets:      int64(q.Buckets),
	}
}

func fromFiguresQuery(q *corepb.FiguresQuery) core.FiguresQuery {
	return core.FiguresQuery{
		Tenant:       q.GetTenant(),
		ContactPoint: q.GetContactPoint(),
		Account:      q.GetAccount(),
		Since:        fromTime(q.GetSince()),
		Until:        fromTime(q.GetUntil()),
		Buckets:      int(q.GetBuckets()),
	}
}

func toFigures(f *core.Figures) *corepb.Figures {
	return &corepb.Figures{
		At:         toTime(f.At),
		Delivered:  int64(f.Delivered),
		Failed:     int64(f.Failed),
		Waiting:    int64(f.Waiting),
		Unknown:    int64(f.Unknown),
		Superseded: int64(f.Superseded),
	}
}

func fromFigures(f *corepb.Figures) core.Figures {
	return core.Figures{
		At:         fromTime(f.GetAt()),
		Delivered:  int(f.GetDelivered()),
		Failed:     int(f.GetFailed()),
		Waiting:    int(f.GetWaiting()),
		Unknown:    int(f.GetUnknown()),
		Superseded: int(f.GetSuperseded()),
	}
}

func toNewest(n *core.NewestDelivery) *corepb.NewestDelivery {
	return &corepb.NewestDelivery{
		ContactPoint: valid(n.ContactPoint),
		Id:           valid(n.ID),
		State:        valid(n.State),
		At:           toTime(n.At),
		Reason:       valid(n.Reason),
		Code:         valid(n.Code),
	}
}

func fromNewest(n *corepb.NewestDelivery) core.NewestDelivery {
	return core.NewestDelivery{
		ContactPoint: n.GetContactPoint(),
		ID:           n.GetId(),
		State:        core.State(n.GetState()),
		At:           fromTime(n.GetAt()),
		Reason:       sender.Reason(n.GetReason()),
		Code:         n.GetCode(),
	}
}
