package app

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// language is what people of the organisation read; Chinese until it says otherwise. s may be nil.
func (s *settings) language() lang.Language {
	if s == nil || s.cfg == nil {
		return lang.Chinese
	}
	return s.cfg.Defaults.Language
}

// types lists what the forms are drawn from.
func (a *App) types(c *call) (any, error) {
	r, err := a.rooms.get(c.Context())
	if err != nil {
		return nil, err
	}
	return r.core.Types(c.Context())
}

type testRequest struct {
	ContactPoint string         `json:"contact_point"`
	Severity     alert.Severity `json:"severity"`
	Text         string         `json:"text"`
}

// test sends a marked message and waits for what becomes of it.
func (a *App) test(c *call) (any, error) {
	in := testRequest{Severity: alert.Warning}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Context(), answerWithin)
	defer cancel()
	r, _, err := a.ready(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	result, err := r.core.Test(ctx, core.Test{
		Tenant: c.tenant.name, ContactPoint: in.ContactPoint, Severity: in.Severity, Text: in.Text, Wait: waitUntil(ctx, testWait),
	})
	if err != nil {
		return nil, err
	}
	return resultOf(result), nil
}

// testAnswer is a result in both languages, since its reader may change them.
type testAnswer struct {
	State      core.State       `json:"state"`
	GroupID    string           `json:"group_id"`
	Duplicate  string           `json:"duplicate,omitempty"`
	Deliveries []testedDelivery `json:"deliveries"`
	Notes      []lang.Text      `json:"notes"`
}

type testedDelivery struct {
	ID      string        `json:"id"`
	Step    int           `json:"step"`
	Account string        `json:"account"`
	Target  string        `json:"target"`
	State   core.State    `json:"state"`
	Reason  sender.Reason `json:"reason,omitempty"`
	Code    string        `json:"code,omitempty"`
	Text    string        `json:"text,omitempty"`
	Hint    lang.Text     `json:"hint,omitzero"`
}

func resultOf(r core.Result) testAnswer {
	out := testAnswer{
		State: r.State, GroupID: r.GroupID, Duplicate: r.Duplicate,
		Deliveries: make([]testedDelivery, 0, len(r.Deliveries)), Notes: append([]lang.Text{}, r.Notes...),
	}
	for _, d := range r.Deliveries {
		out.Deliveries = append(out.Deliveries, testedDelivery{
			ID: d.ID, Step: d.Step, Account: d.Account, Target: d.Target, State: d.State,
			Reason: d.Reason, Code: d.Code, Text: d.Text, Hint: d.Hint,
		})
	}
	return out
}

// draft is settings that were not saved. Secrets that it leaves out are the saved ones.
type draft struct {
	JSONData       json.RawMessage   `json:"jsonData"`
	SecureJSONData map[string]string `json:"secureJsonData"`
}

// drafted reads a draft as it would be read once it was saved.
func (a *App) drafted(c *call, d draft) *settings {
	secure := maps.Clone(c.settings.DecryptedSecureJSONData)
	if secure == nil {
		secure = map[string]string{}
	}
	maps.Copy(secure, d.SecureJSONData)
	return a.read(c.tenant.org, backend.AppInstanceSettings{JSONData: d.JSONData, DecryptedSecureJSONData: secure})
}

// check reads a draft and lists everything that is wrong with it.
func (a *App) check(c *call) (any, error) {
	var in draft
	if err := c.into(&in); err != nil {
		return nil, err
	}
	return faultsOf(a.drafted(c, in).faults), nil
}

type faultAnswer struct {
	Path    string    `json:"path"`
	Message lang.Text `json:"message"`
	Hint    lang.Text `json:"hint,omitzero"`
}

func faultsOf(f *config.Faults) []faultAnswer {
	list := []faultAnswer{}
	if f != nil {
		for _, one := range f.List {
			list = append(list, faultAnswer{Path: one.Path, Message: one.Message, Hint: one.Hint})
		}
	}
	return list
}

type probeAnswer struct {
	Account string         `json:"account"`
	Type    string         `json:"type"`
	OK      bool           `json:"ok"`
	Checks  []sender.Check `json:"checks"`
}

func probed(r core.ProbeResult) probeAnswer {
	return probeAnswer{
		Account: r.Account, Type: r.Type, Checks: append([]sender.Check{}, r.Checks...),
		OK: !slices.ContainsFunc(r.Checks, func(c sender.Check) bool { return !c.OK }),
	}
}

// probe tests an account's credentials without sending anything.
func (a *App) probe(c *call) (any, error) {
	r, _, err := a.ready(c.Context(), c.tenant)
	if err != nil {
		return nil, err
	}
	list, err := r.core.Probe(c.Context(), c.tenant.name, c.PathValue("account"))
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, lang.Because(core.ErrNotFound, lang.Wrong("没有账号 %q", "no account %q", c.PathValue("account")))
	}
	return probed(list[0]), nil
}

type lookupRequest struct {
	Account string        `json:"account"`
	Person  sender.Person `json:"person"`
}

// lookup asks the provider for a person's id.
func (a *App) lookup(c *call) (any, error) {
	var in lookupRequest
	if err := c.into(&in); err != nil {
		return nil, err
	}
	r, _, err := a.ready(c.Context(), c.tenant)
	if err != nil {
		return nil, err
	}
	id, err := r.core.Lookup(c.Context(), c.tenant.name, in.Account, in.Person)
	if failed, ok := errors.AsType[*sender.Failure](err); ok && !errors.Is(err, core.ErrNotFound) {
		return nil, &trouble{err: failed, text: wordsOf(failed), status: http.StatusBadGateway}
	}
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": id}, nil
}

// forget deletes the sealed settings, for an organisation that switches the app off.
func (a *App) forget(c *call) (any, error) {
	if err := a.seals.forget(c.tenant.org); err != nil {
		return nil, because(err, "无法删除封存的设置", "the sealed settings cannot be deleted")
	}
	return map[string]bool{"forgotten": true}, nil
}
