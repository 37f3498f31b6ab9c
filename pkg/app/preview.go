package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

type previewRequest struct {
	ContactPoint string         `json:"contact_point"`
	Severity     alert.Severity `json:"severity"`
	Text         string         `json:"text"`
	// Status is the sample's.
	Status alert.Status `json:"status"`
	// Payload is a body of Grafana's to preview instead of a sample.
	Payload json.RawMessage `json:"payload"`
	// Draft are settings of the contact point that were not saved.
	Draft map[string]json.RawMessage `json:"draft"`
}

// partAnswer and previewAnswer are core.PreviewResult as JSON.
type partAnswer struct {
	Preview sender.Preview `json:"preview"`
	Bytes   int            `json:"bytes"`
}

type previewAnswer struct {
	Account string       `json:"account"`
	Type    string       `json:"type"`
	Target  string       `json:"target"`
	Parts   []partAnswer `json:"parts"`
	Notes   []lang.Text  `json:"notes"`
	Error   string       `json:"error,omitempty"`
}

// preview renders what a contact point would send, and sends nothing.
func (a *App) preview(c *call) (any, error) {
	in := previewRequest{Severity: alert.Warning, Status: alert.Firing}
	if err := c.into(&in); err != nil {
		return nil, err
	}
	if in.Status != alert.Firing && in.Status != alert.Resolved {
		return nil, fmt.Errorf("%w: status has to be firing or resolved", core.ErrInvalid)
	}
	list, err := a.previewed(c, in)
	if err != nil {
		return nil, err
	}
	out := make([]previewAnswer, 0, len(list))
	for _, p := range list {
		one := previewAnswer{Account: p.Account, Type: p.Type, Target: p.Target, Parts: []partAnswer{}, Notes: append([]lang.Text{}, p.Notes...), Error: p.Error}
		for _, part := range p.Parts {
			one.Parts = append(one.Parts, partAnswer{Preview: part.Preview, Bytes: part.Bytes})
		}
		out = append(out, one)
	}
	return out, nil
}

func (a *App) previewed(c *call, in previewRequest) ([]core.PreviewResult, error) {
	r, s, err := a.ready(c.Context(), c.tenant)
	if r != nil && in.Draft != nil {
		s, err = a.withDraft(c, in.ContactPoint, in.Draft)
	}
	if err != nil {
		return nil, err
	}
	group, err := in.group(s.cfg)
	if err != nil {
		return nil, err
	}
	submission := core.Submission{Tenant: c.tenant.name, ContactPoint: in.ContactPoint, Group: group}
	if in.Draft != nil {
		return r.engine.PreviewDraft(c.Context(), s.cfg, submission)
	}
	return r.core.Preview(c.Context(), submission)
}

// withDraft puts a draft in the place of the saved contact point, or beside the saved ones. Faults of others do not keep
// it from being seen.
func (a *App) withDraft(c *call, name string, settings map[string]json.RawMessage) (*settings, error) {
	who, err := a.owner(c)
	if err != nil {
		return nil, err
	}
	if who.ReadOnly {
		return nil, readOnly(who.ConfigPath)
	}
	ch, err := c.begin()
	if err != nil {
		return nil, err
	}
	in := entryRequest{Settings: settings, Create: !slices.Contains(namesOf(c.settings.JSONData)[pointList], name)}
	if err := ch.put(pointList, name, in); err != nil {
		return nil, err
	}
	s, err := a.drawn(c.tenant.org, ch)
	if err != nil || s.faults == nil {
		return s, err
	}
	if own := ch.ownOf(s.faults); own != nil {
		return nil, refused(own, "这个联络点有错", "this contact point has faults")
	}
	if err := ch.onlyWhatItNeeds(name); err != nil {
		return nil, err
	}
	if s, err = a.drawn(c.tenant.org, ch); err == nil && s.faults != nil {
		err = refused(s.faults, "这个联络点用到的设置有错", "the settings that this contact point uses have faults")
	}
	return s, err
}

// drawn reads a change as it would be read once it was saved.
func (a *App) drawn(org int64, ch *change) (*settings, error) {
	next, err := ch.next()
	if err != nil {
		return nil, err
	}
	return a.read(org, next), nil
}

// ownOf are the faults of what is written; nil when there are none.
func (ch *change) ownOf(all *config.Faults) *config.Faults {
	own := &config.Faults{}
	for _, f := range all.List {
		if ch.owns(f.Path) {
			own.List = append(own.List, f)
		}
	}
	if len(own.List) == 0 {
		return nil
	}
	return own
}

// onlyWhatItNeeds takes the other contact points out, and the accounts that this one does not use.
func (ch *change) onlyWhatItNeeds(name string) error {
	points, err := ch.list(pointList)
	if err != nil {
		return err
	}
	points = slices.DeleteFunc(points, func(e json.RawMessage) bool { return nameOf(e) != name })[:1]
	accounts, err := ch.accounts()
	if err != nil {
		return err
	}
	for key := range ch.saved.DecryptedSecureJSONData {
		if strings.HasPrefix(key, pointSecrets) {
			ch.secure[key] = ""
		}
	}
	used := map[string]json.RawMessage{}
	for _, use := range usesOf(points[0]) {
		if account, ok := accounts[use.name]; ok && use.kind == "account" {
			used[use.name] = account
		}
	}
	if err := ch.set("accounts", used, len(used)); err != nil {
		return err
	}
	return ch.set(pointList, points, len(points))
}

// sampleLasted is how long the sample fired before it was resolved.
const sampleLasted = 5 * time.Minute

// group is what is previewed: a body of Grafana's, or a sample.
func (p previewRequest) group(cfg *config.Config) (alert.Group, error) {
	if len(p.Payload) > 0 {
		return grafana.Decode(p.Payload, cfg.Labels, cfg.Defaults)
	}
	name := lang.Text{ZH: "磁盘空间不足", EN: "Disk almost full"}.In(cfg.Defaults.Language)
	text := lang.Text{ZH: "node-1 的磁盘已使用 91%", EN: "The disk of node-1 is 91% full"}.In(cfg.Defaults.Language)
	if p.Text != "" {
		text = p.Text
	}
	labels, now := map[string]string{"alertname": name, "instance": "node-1"}, time.Now()
	sample := alert.Alert{
		Fingerprint: "preview", Status: p.Status, Severity: p.Severity, StartsAt: now, Value: "B=91",
		Labels: labels, Annotations: map[string]string{"summary": text},
	}
	if p.Status == alert.Resolved {
		sample.StartsAt, sample.EndsAt = now.Add(-sampleLasted), now
	}
	return alert.Group{
		Source: grafana.Kind, Kind: grafana.Kind, Key: "preview", Status: p.Status, CommonLabels: labels, Alerts: []alert.Alert{sample},
	}, nil
}
