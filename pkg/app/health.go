package app

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// probeTime bounds the test of all accounts.
const probeTime = 15 * time.Second

// conditionTime is what a core may take to say how it is.
const conditionTime = 2 * time.Second

// probesAtOnce bounds how many accounts are tested at once.
const probesAtOnce = 8

// healthAnswer is how core and settings are.
type healthAnswer struct {
	owner
	// Ready means that an alert that came now would be stored.
	Ready bool `json:"ready"`
	// Problems are sentences about what is wrong and what to do.
	Problems []lang.Text `json:"problems"`
	// Faults are those of the newest settings, for admins; alerts go by the settings before as long as there are any.
	Faults   []faultAnswer `json:"faults,omitempty"`
	Build    string        `json:"build"`
	DataDir  string        `json:"data_dir,omitempty"`
	Core     string        `json:"core,omitempty"`
	Waiting  int           `json:"waiting"`
	Accounts []probeAnswer `json:"accounts,omitempty"`
}

// health tells a page how things are, without asking providers.
func (a *App) health(c *call) (any, error) {
	h := a.condition(c.Context(), c.tenant)
	h.Revision = c.revision()
	return h.seenBy(c.role), nil
}

// seenBy leaves out what only admins are to know.
func (h healthAnswer) seenBy(r role) healthAnswer {
	if r < admin {
		h.Faults, h.DataDir, h.Core, h.ConfigPath = nil, "", "", ""
	}
	return h
}

// condition never fails: what could not be found out is one of its problems.
func (a *App) condition(ctx context.Context, t *tenant) healthAnswer {
	ctx, cancel := context.WithTimeout(ctx, conditionTime)
	defer cancel()
	h := healthAnswer{
		owner: owner{ReadOnly: a.place.attached()}, Build: a.o.Build, DataDir: a.place.dir, Core: a.place.core, Problems: []lang.Text{},
	}
	r, _, err := a.ready(ctx, t)
	if _, wrong := t.state(); wrong != nil {
		if faults, ok := errors.AsType[*config.Faults](wrong); ok {
			h.Faults = faultsOf(faults)
		}
		words := wordsOf(wrong)
		h.Problems = append(h.Problems, lang.Text{
			ZH: "最新的设置有错，没有生效：" + words.ZH, EN: "the newest settings have faults and are not in force: " + words.EN,
		})
	} else if err != nil {
		h.Problems = append(h.Problems, wordsOf(err))
	}
	inForce, _ := t.state()
	h.Problems = append(h.Problems, inForce.notes()...)
	if r == nil {
		return h
	}
	got, herr := r.core.Health(ctx)
	if herr != nil {
		h.Problems = append(h.Problems, wordsOf(herr))
		return h
	}
	h.Ready = err == nil && got.Ready
	h.Problems = append(h.Problems, got.Problems...)
	h.Waiting, h.ConfigPath = got.Waiting, got.ConfigPath
	return h
}

// checkHealth is what "Test" on the configuration page asks. Grafana lets every viewer ask; only for admins it tests every
// account's credentials too.
func (a *App) checkHealth(ctx context.Context, t *tenant) (*backend.CheckHealthResult, error) {
	who := roleOf(backend.PluginConfigFromContext(ctx).User)
	h := a.condition(ctx, t).seenBy(who)
	s, _ := t.state()
	l := s.language()
	notes := s.notes()
	var lines []string
	wrong := 0
	for _, p := range h.Problems {
		lines = append(lines, p.In(l))
		if !slices.Contains(notes, p) {
			wrong++
		}
	}
	if r, _ := a.rooms.peek(); r != nil && who >= admin {
		h.Accounts = a.probeAll(ctx, r.core, t, s)
		for _, p := range h.Accounts {
			failed := failedChecks(p, l)
			lines, wrong = append(lines, failed...), wrong+len(failed)
		}
	}
	result := &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: strings.Join(lines, "\n")}
	switch {
	case wrong > 0 || !h.Ready:
		result.Status = backend.HealthStatusError
	case len(lines) > 0:
	case who < admin:
		result.Message = lang.Text{ZH: "正常", EN: "fine"}.In(l)
	case len(h.Accounts) == 0:
		result.Message = lang.Text{ZH: "正常；还没有账号", EN: "fine; there are no accounts yet"}.In(l)
	default:
		result.Message = lang.Text{ZH: "正常；所有账号的凭证都有效", EN: "fine; the credentials of all accounts work"}.In(l)
	}
	var err error
	result.JSONDetails, err = json.Marshal(h)
	return result, err
}

func failedChecks(p probeAnswer, l lang.Language) []string {
	var lines []string
	for _, c := range p.Checks {
		if c.OK {
			continue
		}
		line := p.Account + ": " + c.Name.In(l)
		if c.Detail != "" {
			line += ": " + c.Detail
		}
		if !c.Hint.Empty() {
			line += " (" + c.Hint.In(l) + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// probeAll tests the accounts side by side, so that one that does not answer holds up no other.
func (a *App) probeAll(ctx context.Context, c core.Core, t *tenant, s *settings) []probeAnswer {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	names := []string{""}
	if !a.place.attached() {
		if names = nil; s != nil {
			names = slices.Sorted(maps.Keys(s.cfg.Accounts))
		}
	}
	results := make([][]probeAnswer, len(names))
	places := make(chan struct{}, probesAtOnce)
	var group sync.WaitGroup
	for i, name := range names {
		group.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			list, err := c.Probe(ctx, t.name, name)
			if err != nil {
				results[i] = []probeAnswer{{Account: name, Checks: []sender.Check{{
					Name: lang.Text{ZH: "测试", EN: "test"}, Detail: err.Error(),
				}}}}
			}
			for _, r := range list {
				results[i] = append(results[i], probed(r))
			}
		})
	}
	group.Wait()
	var all []probeAnswer
	for _, r := range results {
		all = append(all, r...)
	}
	return all
}
