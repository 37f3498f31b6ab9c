package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// testKind marks a group that a person made to try a contact point.
const testKind = "test"

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Test implements core.Workbench. Every test is a group of its own.
func (e *Engine) Test(ctx context.Context, t core.Test) (core.Result, error) {
	snap, err := e.tenant(t.Tenant)
	if err != nil {
		return core.Result{}, err
	}
	c, err := snap.contactPoint(t.ContactPoint)
	if err != nil {
		return core.Result{}, err
	}
	text := lang.Text{ZH: "这是一条测试告警，无需处理。", EN: "This is a test alert. Nothing needs to be done."}.In(c.Language)
	if t.Text != "" {
		text = t.Text
	}
	id := newID()
	name := lang.Text{ZH: "云锣测试", EN: "Yunluo test"}.In(c.Language)
	return e.Submit(ctx, core.Submission{
		Tenant: t.Tenant, ContactPoint: t.ContactPoint, Wait: t.Wait,
		Group: alert.Group{
			Source: "default", Kind: testKind, Key: "test/" + id, Status: alert.Firing,
			Alerts: []alert.Alert{{
				Fingerprint: id, Status: alert.Firing, Severity: t.Severity, StartsAt: time.Now(),
				Labels: map[string]string{"alertname": name}, Annotations: map[string]string{"summary": text},
			}},
		},
	})
}

// Preview implements core.Workbench.
func (e *Engine) Preview(ctx context.Context, s core.Submission) ([]core.PreviewResult, error) {
	snap, err := e.tenant(s.Tenant)
	if err != nil {
		return nil, err
	}
	return e.preview(ctx, snap, s)
}

// PreviewDraft previews with a configuration that is not in force.
func (e *Engine) PreviewDraft(ctx context.Context, cfg *config.Config, s core.Submission) ([]core.PreviewResult, error) {
	snap, err := e.build(s.Tenant, nil, cfg)
	if err != nil {
		return nil, err
	}
	return e.preview(ctx, snap, s)
}

func (e *Engine) preview(ctx context.Context, snap *snapshot, s core.Submission) ([]core.PreviewResult, error) {
	c, err := snap.contactPoint(s.ContactPoint)
	if err != nil {
		return nil, err
	}
	if len(s.Group.Alerts) == 0 {
		return nil, lang.Because(core.ErrInvalid, lang.Wrong("告警组至少要有一条告警", "a group needs at least one alert"))
	}
	msg := e.compose(snap, c, &memo{group: s.Group, receivedAt: time.Now()})
	var list []core.PreviewResult
	for _, n := range c.Steps[0].Notify {
		a := snap.accounts[n.Account]
		for _, to := range n.To {
			r := core.PreviewResult{Account: n.Account, Type: a.Type, Target: to.String(), Defaulted: whyDefaulted(msg)}
			rendered, err := a.sender.Render(ctx, sender.Draft{
				Message: msg, Target: snap.person(to), Mentions: snap.persons(n.Mention), Options: n.Options,
			})
			if err == nil {
				err = whole(rendered)
			}
			if err != nil {
				r.Error = err.Error()
			}
			r.Notes = rendered.Notes
			for _, content := range rendered.Parts {
				part := core.PreviewPart{Content: content, Bytes: len(content)}
				if a.manifest.Preview != nil {
					if part.Preview, err = a.manifest.Preview(content); err != nil {
						r.Error = err.Error()
					}
				}
				r.Parts = append(r.Parts, part)
			}
			list = append(list, r)
		}
	}
	return list, nil
}

func noAccount(s *snapshot, name string) error {
	return lang.Because(core.ErrNotFound, lang.Wrong("没有账号 %q；现有账号：%s", "no account %q; the accounts are: %s", name, names(s.accounts)))
}

// Probe implements core.Workbench.
func (e *Engine) Probe(ctx context.Context, tenant, name string) ([]core.ProbeResult, error) {
	snap, err := e.tenant(tenant)
	if err != nil {
		return nil, err
	}
	which := sortedKeys(snap.accounts)
	if name != "" {
		if snap.accounts[name] == nil {
			return nil, noAccount(snap, name)
		}
		which = []string{name}
	}
	var list []core.ProbeResult
	for _, n := range which {
		a := snap.accounts[n]
		r := core.ProbeResult{Account: n, Type: a.Type}
		if p, ok := a.sender.(sender.Prober); ok {
			r.Checks = p.Probe(ctx)
		}
		list = append(list, r)
	}
	return list, nil
}

// Lookup implements core.Workbench.
func (e *Engine) Lookup(ctx context.Context, tenant, name string, p sender.Person) (string, error) {
	snap, err := e.tenant(tenant)
	if err != nil {
		return "", err
	}
	a := snap.accounts[name]
	if a == nil {
		return "", noAccount(snap, name)
	}
	f, ok := a.sender.(sender.Finder)
	if !ok {
		return "", lang.Because(core.ErrInvalid, lang.Wrong("类型 %s 查不了人员", "type %s cannot look people up", a.Type))
	}
	id, err := f.Find(ctx, p)
	if err != nil {
		if failure := sender.AsFailure(err); failure.Class == sender.Never && failure.Reason == sender.ReasonRecipient {
			return "", lang.Because(core.ErrNotFound, err)
		}
		return "", err
	}
	return id, nil
}
