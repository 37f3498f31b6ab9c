package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// Figures implements core.Overviewer.
func (e *Engine) Figures(ctx context.Context, q core.FiguresQuery) ([]core.Figures, error) {
	switch {
	case q.Buckets < 1 || q.Buckets > core.MaxBuckets:
		return nil, lang.Because(core.ErrInvalid, lang.Wrong("分段数应是 1 到 %d", "there can be 1 to %d buckets", core.MaxBuckets))
	case q.Since.IsZero() || !q.Since.Before(q.Until):
		return nil, lang.Because(core.ErrInvalid, lang.Wrong("since 应早于 until", "since has to be before until"))
	case q.Since.UnixMilli() < 0 || q.Until.After(q.Since.AddDate(maxFigureYears, 0, 0)):
		return nil, lang.Because(core.ErrInvalid, lang.Wrong("since 与 until 应在 1970 年之后，相差至多 %d 年",
			"since and until have to be %d years apart at most, and after 1970", maxFigureYears))
	}
	since, until := q.Since.UnixMilli(), q.Until.UnixMilli()
	buckets := int64(q.Buckets)
	width := max(1, (until-since+buckets-1)/buckets)
	rows, err := e.store.Figures(ctx, store.FigureQuery{
		Tenant: q.Tenant, ContactPoint: q.ContactPoint, Account: q.Account, Since: since, Until: until, Width: width, FirstID: firstID(q.Since),
	})
	if err != nil {
		return nil, storeError(err)
	}
	var out []core.Figures
	for at := since; at < until; at += width {
		out = append(out, core.Figures{At: time.UnixMilli(at).UTC()})
	}
	for _, r := range rows {
		if r.Bucket < 0 || r.Bucket >= len(out) {
			continue
		}
		f := &out[r.Bucket]
		switch core.State(r.State) {
		case core.StateDelivered:
			f.Delivered = r.Count
		case core.StateFailed:
			f.Failed = r.Count
		case core.StateWaiting:
			f.Waiting = r.Count
		case core.StateUnknown:
			f.Unknown = r.Count
		case core.StateSuperseded:
			f.Superseded = r.Count
		}
	}
	return out, nil
}

// maxFigureYears is longer than any history is kept.
const maxFigureYears = 20

// firstID is below every id that was made at a time or later: an id begins with when it was made, which is after the event
// that it is for. Clocks are set back by less than the slack.
func firstID(at time.Time) string {
	const slack = time.Hour
	return fmt.Sprintf("%012x", max(0, at.Add(-slack).UnixMilli()))[:8]
}

// Newest implements core.Overviewer.
func (e *Engine) Newest(ctx context.Context, tenant string) ([]core.NewestDelivery, error) {
	rows, err := e.store.NewestDeliveries(ctx, tenant)
	if err != nil {
		return nil, storeError(err)
	}
	list := make([]core.NewestDelivery, 0, len(rows))
	for _, r := range rows {
		list = append(list, core.NewestDelivery{
			ContactPoint: r.ContactPoint, ID: r.ID, State: core.State(r.State), At: timeOrZero(r.CreatedAt),
			Reason: sender.Reason(r.Reason), Code: r.Code,
		})
	}
	return list, nil
}
