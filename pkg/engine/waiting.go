package engine

import (
	"fmt"
	"strings"
	"time"

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

// obstacle finds what keeps an operation longest; its wait is 0 if nothing does.
func (l *limiter) obstacle(p place, priority bool, now time.Time) (o obstacle) {
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

// words say what is waited for, as of now.
func (o obstacle) words() lang.Text {
	left := max(time.Second, o.wait.Round(time.Second))
	switch {
	case o.rule == nil:
		return lang.Text{
			ZH: fmt.Sprintf("服务商限流，约 %s 后再发", left),
			EN: fmt.Sprintf("the provider refuses for now: it is sent in about %s", left),
		}
	case strings.HasSuffix(o.rule.key, groupSuffix):
		return lang.Text{
			ZH: fmt.Sprintf("等 group_window（%s）里的其他告警一起发，约 %s 后", o.rule.per, left),
			EN: fmt.Sprintf("waits for others of its group_window of %s, for about %s", o.rule.per, left),
		}
	default:
		return lang.Text{
			ZH: fmt.Sprintf("等我们自己的限额（每 %s 至多 %d 条），约 %s 后有位置，轮到时可能与别的合并", o.rule.per, o.rule.count, left),
			EN: fmt.Sprintf("waits for our own limit of %d in %s: the next place is free in about %s, and others may be folded with it", o.rule.count, o.rule.per, left),
		}
	}
}

// whyWaiting adds to a delivery that waits what holds its lane back, unless its attempts say so.
func (e *Engine) whyWaiting(d *core.Delivery, r store.Row, now time.Time) {
	a := e.account(r.Tenant, r.Account)
	if d.State != core.StateWaiting || a == nil {
		return
	}
	p, _ := e.place(&leased{Lane: store.Lane{Key: r.Lane, Tenant: r.Tenant, Account: r.Account, Target: r.Target}}, a, r.Delivery)
	o := e.limits.obstacle(p, r.Priority, now)
	if o.wait <= 0 {
		return
	}
	d.Notes = append(d.Notes, o.words())
	if d.Reason == "" && (o.rule == nil || !strings.HasSuffix(o.rule.key, groupSuffix)) {
		d.Reason = sender.ReasonRateLimited
	}
}
