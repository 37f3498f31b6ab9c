package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// The size of a page of history.
const (
	defaultPage = 100
	maxPage     = 1000
)

// History implements core.Reader.
func (e *Engine) History(ctx context.Context, q core.HistoryQuery) (core.HistoryPage, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, maxPage)
	rows, err := e.store.History(ctx, store.Query{
		Tenant: q.Tenant, ID: q.ID, GroupID: q.GroupID, ContactPoint: q.ContactPoint, Account: q.Account, State: string(q.State),
		Search: q.Search, Since: millisOrZero(q.Since), Until: millisOrZero(q.Until), After: q.After, Limit: limit + 1,
	})
	if err != nil {
		return core.HistoryPage{}, storeError(err)
	}
	var page core.HistoryPage
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].ID
	}
	lanes := &sleepers{engine: e, now: time.Now(), lanes: map[string]store.Lane{}}
	for _, r := range rows {
		d := e.deliveryOf(r)
		lanes.explain(ctx, &d, r)
		page.Deliveries = append(page.Deliveries, d)
	}
	return page, nil
}

func millisOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func timeOrZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func (e *Engine) deliveryOf(r store.Row) core.Delivery {
	d := core.Delivery{
		ID: r.ID, GroupID: r.GroupID, GroupKey: r.GroupKey, Source: r.Source, ContactPoint: r.ContactPoint, Step: r.Step,
		Account: r.Account, Target: r.Target, Op: sender.Op(r.Op), Part: r.Part, Parts: r.Parts, Title: r.Title,
		Severity: severityOf(r.Severity), State: core.State(r.State), Reason: sender.Reason(r.Reason), Code: r.Code, Text: r.Text,
		Hint: lang.Text{ZH: r.HintZH, EN: r.HintEN}, FoldedInto: r.FoldedInto, Notes: readNotes(r.Notes),
		CreatedAt: timeOrZero(r.CreatedAt), FinishedAt: timeOrZero(r.FinishedAt), Status: alert.Firing,
		Alerts: []string{}, Attempts: []core.Attempt{},
	}
	if len(r.Members) > 0 {
		d.Source = named(r.Members, func(m store.Member) string { return m.Source })
		d.ContactPoint = named(r.Members, func(m store.Member) string { return m.ContactPoint })
		d.GroupKey = named(r.Members, func(m store.Member) string { return m.GroupKey })
	}
	if a := e.account(r.Tenant, r.Account); a != nil {
		d.Type = a.Type
	}
	var receipt sender.Receipt
	if len(r.Receipt) > 0 && json.Unmarshal(r.Receipt, &receipt) == nil {
		d.MessageID, d.Refused = receipt.MessageID, receipt.Refused
	}
	if len(r.Progress) > 0 {
		d.Progress = &sender.Progress{}
		if json.Unmarshal(r.Progress, d.Progress) != nil {
			d.Progress = nil
		}
	}
	var g alert.Group
	if len(r.Event) > 0 && json.Unmarshal(r.Event, &g) == nil {
		d.Status = statusOf(g)
		for _, a := range g.Alerts {
			d.Alerts = append(d.Alerts, a.Name())
		}
	}
	if d.Title == "" {
		// It was never rendered: it waits, or another one told it.
		d.Title = firstOf(d.Alerts, maxInTitle)
	}
	for _, a := range r.Attempts {
		d.Attempts = append(d.Attempts, core.Attempt{
			At: timeOrZero(a.At), Op: sender.Op(a.Op), Latency: time.Duration(a.Latency) * time.Microsecond, Outcome: a.Outcome,
			Reason: sender.Reason(a.Reason), Code: a.Code, Text: a.Text, Hint: lang.Text{ZH: a.HintZH, EN: a.HintEN},
		})
	}
	return d
}

// named joins what a digest's members are called.
func named(members []store.Member, name func(store.Member) string) string {
	list := make([]string, len(members))
	for i, m := range members {
		list[i] = name(m)
	}
	return firstOf(list, maxNamed)
}

// maxInTitle is how many alerts a title names that stands in for one.
const maxInTitle = 3

// firstOf joins names, each once, and so many at most.
func firstOf(names []string, most int) string {
	var list []string
	for _, name := range names {
		if slices.Contains(list, name) {
			continue
		}
		if len(list) == most {
			return strings.Join(list, ", ") + ", …"
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

// Health implements core.Reader.
func (e *Engine) Health(ctx context.Context) (core.Health, error) {
	h := core.Health{
		Ready: true, Build: e.o.Build, StartedAt: e.started.UTC(), StorePath: e.store.Path(), PID: pid(), ConfigPath: e.o.ConfigPath,
	}
	if e.store.Failed() != nil {
		// It may be well again: a full disk is emptied, a read-only one mounted anew.
		if err := e.store.Ping(); err != nil {
			h.Ready = false
			h.Problems = append(h.Problems, lang.Text{
				ZH: fmt.Sprintf("存储 %s 无法写入（%v）：请检查磁盘空间和权限；恢复后无需重启", e.store.Path(), err),
				EN: fmt.Sprintf("the store %s cannot be written (%v): check the disk's space and permissions; no restart is needed", e.store.Path(), err),
			})
		} else {
			e.wake()
		}
	}
	if err := e.unrecovered.Load(); err != nil && h.Ready {
		h.Ready = false
		h.Problems = append(h.Problems, lang.Text{
			ZH: fmt.Sprintf("存储 %s 里上次留下的还没有整理好，因此什么也没发出（%v）；核心会继续重试", e.store.Path(), *err),
			EN: fmt.Sprintf("what an earlier core left in the store %s has not been put in order, so nothing is sent (%v); the core keeps trying", e.store.Path(), *err),
		})
	}
	h.Problems = append(h.Problems, e.quotaProblems(time.Now())...)
	waiting, oldest, err := e.store.Backlog(ctx)
	if err != nil {
		h.Ready = false
		h.Problems = append(h.Problems, lang.Text{
			ZH: fmt.Sprintf("存储 %s 无法读取：%v", e.store.Path(), err),
			EN: fmt.Sprintf("the store %s cannot be read: %v", e.store.Path(), err),
		})
		return h, nil
	}
	h.Waiting = waiting
	if oldest > 0 {
		h.OldestAge = time.Since(time.UnixMilli(oldest))
	}
	return h, nil
}

// Metrics implements core.Reader.
func (e *Engine) Metrics(context.Context) ([]byte, error) {
	for _, a := range e.withQuota() {
		l, _ := a.quota()
		e.m.quota.WithLabelValues(a.Name, a.Type).Set(float64(e.quotas.of(a.key, l, time.Now())) / float64(l.Count))
	}
	families, err := e.m.registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("gather metrics: %w", err)
	}
	var b bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			return nil, fmt.Errorf("write metrics: %w", err)
		}
	}
	return b.Bytes(), nil
}

// Types implements core.Reader.
func (e *Engine) Types(context.Context) ([]sender.Manifest, error) { return e.o.Types, nil }

// ContactPoints implements core.Reader.
func (e *Engine) ContactPoints(_ context.Context, tenant string) ([]core.ContactPointInfo, error) {
	snap, err := e.tenant(tenant)
	if err != nil {
		return nil, err
	}
	list := make([]core.ContactPointInfo, 0, len(snap.chains))
	for _, name := range sortedKeys(snap.chains) {
		list = append(list, core.ContactPointInfo{Name: name, Title: snap.chains[name].Title})
	}
	return list, nil
}

// Resend implements core.Responder.
func (e *Engine) Resend(_ context.Context, tenant, id string) error {
	err := e.store.Write(func(tx *store.Tx) error {
		d, found, err := tx.Delivery(id)
		switch {
		case err != nil:
			return err
		case !found || d.Tenant != tenant:
			return lang.Because(core.ErrNotFound, lang.Wrong("没有投递 %s", "no delivery %s", id))
		case d.State != store.Failed && d.State != store.Unknown:
			return lang.Because(core.ErrInvalid, lang.Wrong("投递 %s 的状态是 %s；只有失败或结果不明的才能再送",
				"delivery %s is %s; only one that failed, or whose outcome is unknown, can be sent again", id, d.State))
		}
		if err := tx.Requeue(id, d.Reloads); err != nil {
			return err
		}
		return tx.WakeLane(store.Lane{Key: d.Lane, Tenant: d.Tenant, Account: d.Account, Target: d.Target, WakeAt: millis(time.Now())})
	})
	return storeError(err)
}
