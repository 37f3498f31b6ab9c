package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// tenant is an organisation, from the first word of it to the end of the process.
type tenant struct {
	org  int64
	name string

	mu sync.Mutex
	// next are settings that were not tried yet; inForce are those that the core works by.
	next, inForce *settings
	// wrong is why the newest settings are not in force; nil when they are.
	wrong error

	// saving is held while settings are saved for an editor; spentRevision is what the last ones were made of, and when.
	saving        sync.Mutex
	spentRevision string
	spentAt       time.Time
}

// offer notes newer settings. Grafana caches what it hands out, so older ones may come after newer ones.
func (t *tenant) offer(s *settings) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, known := range []*settings{t.next, t.inForce} {
		if known != nil && s.updated.Before(known.updated) {
			return
		}
	}
	t.next = s
}

// restored notes what the core works by since it was opened.
func (t *tenant) restored(s *settings) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.inForce == nil {
		t.inForce = s
	}
}

// ready gives the core, with the newest settings in force that are valid. Settings with faults change nothing: those
// before stay, and alerts are delivered by them.
func (a *App) ready(ctx context.Context, t *tenant) (*room, *settings, error) {
	r, err := a.rooms.get(ctx)
	if err != nil {
		return nil, nil, err
	}
	a.settle(r, t) //nolint:contextcheck // a transaction belongs to no caller: a cancelled one must not tear it
	inForce, wrong := t.state()
	if inForce == nil {
		return r, nil, a.notConfigured(wrong)
	}
	return r, inForce, nil
}

// settle puts the newest settings in force if they were not tried yet.
func (a *App) settle(r *room, t *tenant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.next; s != nil {
		t.next = nil
		t.wrong = a.apply(r, t, s)
	}
}

// settleAll does that for the organisations that called while the core was opened.
func (a *App) settleAll(r *room) {
	a.mu.Lock()
	all := slices.Collect(maps.Values(a.tenants))
	a.mu.Unlock()
	for _, t := range all {
		a.settle(r, t)
	}
}

func (a *App) apply(r *room, t *tenant, s *settings) error {
	if s.faults != nil {
		a.log.Warn("settings are not in force because of their faults", "org", t.org, "faults", len(s.faults.List))
		return s.faults
	}
	if r.engine != nil {
		if err := r.engine.Reconfigure(t.name, s.cfg); errors.Is(err, core.ErrConfig) {
			return err
		} else if err != nil {
			a.log.Error("what failed because of old settings is not tried again", "org", t.org, "error", err)
		}
		if err := a.seals.keep(t.org, s.sealed); err != nil {
			a.log.Error("settings are not sealed, so deliveries that wait will not go on by themselves after a restart",
				"org", t.org, "error", err)
		}
	}
	t.inForce, s.sealed = s, nil
	return nil
}

func (a *App) notConfigured(wrong error) error {
	if wrong == nil {
		return said("这个组织还没有配置云锣", "Yunluo is not configured in this organisation yet")
	}
	text := wordsOf(wrong)
	return &trouble{err: wrong, text: lang.Text{
		ZH: "应用的设置有错，还不能发送；请管理员在应用的页面上改正：" + text.ZH,
		EN: "the app's settings have faults and nothing can be sent yet; an admin has to put them right on the app's page: " + text.EN,
	}}
}

// state is what the pages show of an organisation.
func (t *tenant) state() (inForce *settings, wrong error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inForce, t.wrong
}

// wordsOf gives an error in both languages, as far as it has them.
func wordsOf(err error) lang.Text {
	if told, ok := errors.AsType[*trouble](err); ok {
		return told.text
	}
	if faults, ok := errors.AsType[*config.Faults](err); ok {
		return lang.Text{ZH: faults.In(lang.Chinese), EN: faults.In(lang.English)}
	}
	text := lang.TextOf(err)
	if f, ok := errors.AsType[*sender.Failure](err); ok && !f.Hint.Empty() {
		text.ZH += "（" + f.Hint.In(lang.Chinese) + "）"
		text.EN += " (" + f.Hint.In(lang.English) + ")"
	}
	return text
}
