package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Only Grafana stores an app's settings, and only for those who may write plugins. So a change is computed and checked
// here, and saved by the page with its user's login, or by us for an editor if an admin gave us a token for that.

// change is an organisation's settings as somebody wants them. What it does not touch stays as it was saved.
type change struct {
	saved backend.AppInstanceSettings
	top   map[string]json.RawMessage
	// secure are the entries of secureJsonData that it sets; an empty one is deleted.
	secure map[string]string
	// own are the paths of what is written. That has to be without faults; elsewhere it is enough to bring no new ones.
	own    []string
	faults []*config.Fault
}

// saveDocument is what POST /api/plugins/yunluo-notify-app/settings takes.
type saveDocument struct {
	Enabled        bool                       `json:"enabled"`
	Pinned         bool                       `json:"pinned"`
	JSONData       map[string]json.RawMessage `json:"jsonData"`
	SecureJSONData map[string]string          `json:"secureJsonData"`
}

type changeAnswer struct {
	Saved bool `json:"saved"`
	// Save is for the page to post when it was not saved here.
	Save *saveDocument `json:"save,omitempty"`
	// HMACSecret is a secret that was just made; nobody is shown it again.
	HMACSecret string `json:"hmac_secret,omitempty"`
}

// revision changes with the settings. Grafana's databases keep whole seconds only, so the time alone could stand for two states.
func (c *call) revision() string {
	sum := sha256.Sum256(c.settings.JSONData)
	return strconv.FormatInt(c.settings.Updated.UnixMilli(), 10) + "-" + hex.EncodeToString(sum[:4])
}

// change changes the settings, unless a core of its own file has them.
func (a *App) change(c *call, revision string, edit func(*change) error) (*changeAnswer, error) {
	who, err := a.owner(c)
	if err != nil {
		return nil, err
	}
	if who.ReadOnly {
		return nil, readOnly(who.ConfigPath)
	}
	return a.amend(c, revision, edit)
}

func readOnly(file string) *trouble {
	return said(
		"这个 Grafana 接入了已有的核心，配置由它的文件决定；请修改 "+file,
		"this Grafana is attached to a core whose own file has the configuration; change "+file).as(http.StatusConflict, "read_only")
}

// amend is change for what belongs to Grafana's side even where the core has a file.
func (a *App) amend(c *call, revision string, edit func(*change) error) (*changeAnswer, error) {
	if revision == "" {
		return nil, fmt.Errorf("%w: revision is missing", core.ErrInvalid)
	}
	var to access
	if c.role < admin {
		var err error
		if to, err = c.accessOf(); err != nil {
			return nil, err
		}
		if to.SettingsToken == "" {
			return nil, said(
				"保存应用的设置需要管理员；请管理员保存，或在配置页上允许编辑者保存",
				"saving the app's settings takes an admin; let an admin save it, or allow editors to on the Configuration page",
			).as(http.StatusForbidden, "role_settings")
		}
		c.tenant.saving.Lock()
		defer c.tenant.saving.Unlock()
	}
	if revision != c.revision() || c.tenant.outdates(c.settings.Updated) || c.role < admin && c.tenant.spent(revision) {
		return nil, said(
			"设置刚被别人改过；请重新载入后再改", "somebody else changed the settings meanwhile; load them again and repeat the change",
		).as(http.StatusConflict, "changed")
	}
	ch, err := c.begin()
	if err != nil {
		return nil, err
	}
	if err := edit(ch); err != nil {
		return nil, err
	}
	if err := a.brings(ch); err != nil {
		return nil, err
	}
	if len(ch.secure) > 0 {
		if err := nextSecond(c.Context(), c.settings.Updated); err != nil {
			return nil, err
		}
	}
	document := &saveDocument{Enabled: true, Pinned: true, JSONData: ch.top, SecureJSONData: ch.secure}
	if c.role >= admin {
		return &changeAnswer{Save: document}, nil
	}
	if err := a.save(c.Context(), c.tenant.org, to, document); err != nil {
		return nil, err
	}
	c.tenant.spentRevision, c.tenant.spentAt = revision, time.Now()
	return &changeAnswer{Saved: true}, nil
}

// nextSecond waits until the second of the last save is over: Grafana 12.4 keeps decrypted secrets by that second, so those
// saved within the same one are not seen until it starts again or saves once more.
func nextSecond(ctx context.Context, saved time.Time) error {
	wait := time.Until(saved.Truncate(time.Second).Add(time.Second))
	if wait <= 0 || wait > time.Second {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// spentFor is longer than a call lasts that was handed the settings before we saved others.
const spentFor = time.Minute

// spent tells whether we saved settings made of this revision just now; saving is held.
func (t *tenant) spent(revision string) bool {
	return t.spentRevision == revision && time.Since(t.spentAt) < spentFor
}

// outdates tells whether newer settings are known already.
func (t *tenant) outdates(at time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next != nil && at.Before(t.next.updated) || t.inForce != nil && at.Before(t.inForce.updated)
}

func (c *call) begin() (*change, error) {
	ch := &change{saved: c.settings, top: map[string]json.RawMessage{}, secure: map[string]string{}}
	if err := c.saved(&ch.top); err != nil {
		return nil, err
	}
	if ch.top == nil {
		ch.top = map[string]json.RawMessage{}
	}
	return ch, nil
}

// next are the settings as they would be saved.
func (ch *change) next() (backend.AppInstanceSettings, error) {
	next := ch.saved
	var err error
	if next.JSONData, err = json.Marshal(ch.top); err != nil {
		return next, fmt.Errorf("write the settings: %w", err)
	}
	next.DecryptedSecureJSONData = maps.Clone(ch.saved.DecryptedSecureJSONData)
	if next.DecryptedSecureJSONData == nil {
		next.DecryptedSecureJSONData = map[string]string{}
	}
	maps.Copy(next.DecryptedSecureJSONData, ch.secure)
	return next, nil
}

func (ch *change) fault(path string, message, hint lang.Text) {
	ch.faults = append(ch.faults, &config.Fault{File: documentName, Path: path, Message: message, Hint: hint})
}

// brings gives the faults for which a change is refused: those of what it writes, and those that were not there before.
func (a *App) brings(ch *change) error {
	next, err := ch.next()
	if err != nil {
		return err
	}
	before, after := namesOf(ch.saved.JSONData), namesOf(next.JSONData)
	known := map[string]bool{}
	for _, f := range a.faultsIn(ch.saved) {
		known[before.key(f)] = true
	}
	list := slices.Clone(ch.faults)
	for _, f := range a.faultsIn(next) {
		if ch.owns(f.Path) || !known[after.key(f)] {
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return refused(&config.Faults{List: list}, "这样的设置有错，没有保存", "these settings have faults and were not saved")
}

func (ch *change) owns(path string) bool {
	return slices.ContainsFunc(ch.own, func(own string) bool { return inside(path, own) })
}

func refused(faults *config.Faults, zh, en string) *trouble {
	return (&trouble{err: faults, text: lang.Text{
		ZH: zh + "：" + faults.In(lang.Chinese), EN: en + ": " + faults.In(lang.English),
	}}).as(http.StatusUnprocessableEntity, "invalid_configuration")
}

// faultsOfError are those that an error is made of; nil when it is made of none.
func faultsOfError(err error) []faultAnswer {
	if faults, ok := errors.AsType[*config.Faults](err); ok {
		return faultsOf(faults)
	}
	return nil
}
