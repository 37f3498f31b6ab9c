package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// obstacle is what an operation waits for, and for how long: a rule, or else the provider, which closed the place.
type obstacle struct {
	wait time.Duration
	rule *rule
}

// worst finds what keeps an operation longest; its wait is 0 if nothing does.
func (l *limiter) worst(p place, priority bool, now time.Time) (o obstacle) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o.wait, _ = l.wait(place{keys: p.keys}, priority, now)
	for i, r := range p.rules {
		if wait, _ := l.wait(place{rules: p.rules[i : i+1]}, priority, now); wait > o.wait {
			o = obstacle{wait, &r}
		}
	}
	return o
}

// words say what a lane waits for that sleeps for so long.
func (o obstacle) words(left time.Duration) lang.Text {
	in := lang.Duration(max(time.Second, left.Round(time.Second)))
	switch {
	case o.rule == nil:
		return lang.Text{ZH: "服务商限流，还要约 " + in, EN: "the provider refuses for now, for about " + in}
	case o.rule.grouped:
		per := lang.Duration(o.rule.per)
		return lang.Text{
			ZH: fmt.Sprintf("等 group_window（%s）里的其他告警一起发，约 %s 后", per, in),
			EN: fmt.Sprintf("waits for others of its group_window of %s, for about %s", per, in),
		}
	default:
		per := lang.Duration(o.rule.per)
		return lang.Text{
			ZH: fmt.Sprintf("等我们自己的限额（每 %s 至多 %d 条），约 %s 后有位置", per, o.rule.count, in),
			EN: fmt.Sprintf("waits for our own limit of %d in %s: the next place is free in about %s", o.rule.count, per, in),
		}
	}
}

// sleepers tell once for a page of the history how the lanes sleep that are in it.
type sleepers struct {
	engine *Engine
	now    time.Time
	lanes  map[string]store.Lane
}

// lane answers for one on which nobody works now.
func (s *sleepers) lane(ctx context.Context, key string) (l store.Lane, sleeps bool) {
	l, known := s.lanes[key]
	if !known && !s.engine.lanes.has(key) {
		var err error
		if l, err = s.engine.store.Sleep(ctx, key); err != nil {
			s.engine.log.Warn("the history does not say what a lane waits for", "error", err)
		}
	}
	s.lanes[key] = l
	return l, l.WakeAt > millis(s.now) && l.WakeAt < store.Never
}

// explain adds to a delivery that waits in a lane that sleeps why it does.
func (s *sleepers) explain(ctx context.Context, d *core.Delivery, r store.Row) {
	a := s.engine.account(r.Tenant, r.Account)
	if d.State != core.StateWaiting || a == nil {
		return
	}
	lane, sleeps := s.lane(ctx, r.Lane)
	if !sleeps {
		return
	}
	left := time.UnixMilli(lane.WakeAt).Sub(s.now)
	o := s.engine.limits.worst(s.engine.placeOfRow(a, r), r.Priority, s.now)
	switch {
	case lane.Fails > 0:
		in := lang.Duration(max(time.Second, left.Round(time.Second)))
		d.Notes = append(d.Notes, lang.Text{ZH: "这里上一次发送失败，约 " + in + " 后再试", EN: "the last call here failed: it is tried again in about " + in})
	case o.wait > 0:
		d.Notes = append(d.Notes, o.words(left))
		if d.Reason == "" && (o.rule == nil || !o.rule.grouped) {
			d.Reason = sender.ReasonRateLimited
		}
	}
}

// placeOfRow is what a delivery of the history counts against.
func (e *Engine) placeOfRow(a *account, r store.Row) place {
	var g alert.Group
	if !a.Fold || len(r.Event) == 0 || json.Unmarshal(r.Event, &g) != nil || !g.Single {
		return placeFor(a.Limits, a.key, r.Target, opOf(r.Intent))
	}
	p, _ := e.place(&leased{Lane: store.Lane{Key: r.Lane, Tenant: r.Tenant, Account: r.Account, Target: r.Target}}, a, r.Delivery)
	return p
}
