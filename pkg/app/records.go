package app

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

type historyAnswer struct {
	Deliveries []core.Delivery `json:"deliveries"`
	// Next is the after of the next page; empty at the end.
	Next string `json:"next,omitempty"`
}

// history lists deliveries, newest first, as the query selects them.
func (a *App) history(c *call) (any, error) {
	q, err := historyQuery(c.URL.Query())
	if err != nil {
		return nil, err
	}
	return a.pageOf(c, q)
}

func (a *App) pageOf(c *call, q core.HistoryQuery) (historyAnswer, error) {
	r, err := a.rooms.get(c.Context())
	if err != nil {
		return historyAnswer{}, err
	}
	q.Tenant = c.tenant.name
	page, err := r.core.History(c.Context(), q)
	if err != nil {
		return historyAnswer{}, err
	}
	return historyAnswer{Deliveries: append([]core.Delivery{}, page.Deliveries...), Next: page.Next}, nil
}

func historyQuery(values url.Values) (q core.HistoryQuery, err error) {
	err = parameters(values, map[string]func(string) error{
		"group": word(&q.GroupID), "contact_point": word(&q.ContactPoint), "account": word(&q.Account), "state": word(&q.State),
		"search": word(&q.Search), "after": word(&q.After), "since": moment(&q.Since), "until": moment(&q.Until), "limit": number(&q.Limit),
	})
	return q, err
}

// delivery gives one delivery with its attempts.
func (a *App) delivery(c *call) (any, error) {
	page, err := a.pageOf(c, core.HistoryQuery{ID: c.PathValue("id"), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Deliveries) == 0 {
		return nil, lang.Because(core.ErrNotFound, lang.Wrong("没有投递 %s", "no delivery %s", c.PathValue("id")))
	}
	return page.Deliveries[0], nil
}

// resend queues a failed or unknown delivery again.
func (a *App) resend(c *call) (any, error) {
	r, _, err := a.ready(c.Context(), c.tenant)
	if err != nil {
		return nil, err
	}
	if err := r.core.Resend(c.Context(), c.tenant.name, c.PathValue("id")); err != nil {
		return nil, err
	}
	return map[string]bool{"queued": true}, nil
}

// owner says whose the configuration is.
type owner struct {
	// ReadOnly means that a core of its own file decides; ConfigPath is that file.
	ReadOnly   bool   `json:"read_only"`
	ConfigPath string `json:"config_path,omitempty"`
	// AdminsOnly means that the caller is an editor, and no admin let editors change what they otherwise may.
	AdminsOnly bool `json:"admins_only,omitempty"`
	// Revision is what a change of the settings has to name.
	Revision string `json:"revision,omitempty"`
}

func (a *App) owner(c *call) (owner, error) {
	if !a.place.attached() {
		return owner{AdminsOnly: c.role == editor && !c.savesForEditors(), Revision: c.revision()}, nil
	}
	r, err := a.rooms.get(c.Context())
	if err != nil {
		return owner{}, err
	}
	h, err := r.core.Health(c.Context())
	return owner{ReadOnly: true, ConfigPath: h.ConfigPath, Revision: c.revision()}, err
}

// saved reads the top of the saved settings, whose parts may have any shape.
func (c *call) saved(v any) error {
	if len(c.settings.JSONData) == 0 {
		return nil
	}
	if json.Unmarshal(c.settings.JSONData, v) != nil {
		return said("已保存的设置无法读取：不是 JSON 对象", "the saved settings cannot be read: they are no JSON object").
			as(http.StatusUnprocessableEntity, "invalid_configuration")
	}
	return nil
}

// savedList reads the entries of a list of the saved settings that can be read; read takes one of them. The faults are
// those for which others cannot.
func (a *App) savedList(c *call, key string, read func(json.RawMessage) error) []faultAnswer {
	d := readDocument(c.settings.JSONData)
	whole := len(d.faults) == 0
	var list []json.RawMessage
	if raw, ok := d.top[key]; ok && json.Unmarshal(raw, &list) != nil {
		whole = false
	}
	for _, entry := range list {
		whole = read(entry) == nil && whole
	}
	faults := []faultAnswer{}
	if whole {
		return faults
	}
	for _, f := range faultsOf(a.examine(c.settings).faults) {
		if f.Path == "" || inside(f.Path, key) {
			faults = append(faults, f)
		}
	}
	return faults
}

// people lists those who can be notified.
func (a *App) people(c *call) (any, error) {
	who, err := a.owner(c)
	if err != nil {
		return nil, err
	}
	people, faults := []sender.Person{}, []faultAnswer{}
	if !who.ReadOnly {
		faults = a.savedList(c, personList, func(entry json.RawMessage) error {
			var p sender.Person
			if err := json.Unmarshal(entry, &p); err != nil {
				return err
			}
			people = append(people, p)
			return nil
		})
	}
	return struct {
		owner
		People []sender.Person `json:"people"`
		// Faults are why some that are saved cannot be listed.
		Faults []faultAnswer `json:"faults"`
	}{who, people, faults}, nil
}

type accountAnswer struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Title string `json:"title,omitempty"`
	// Settings are as the configuration writes them, without secrets, and Secrets the names of the secrets that are
	// set, for those who may change them.
	Settings map[string]any `json:"settings,omitempty"`
	Secrets  []string       `json:"secrets,omitempty"`
}

// accounts lists the saved accounts. Secrets never come back.
func (a *App) accounts(c *call) (any, error) {
	who, err := a.owner(c)
	if err != nil {
		return nil, err
	}
	list := []accountAnswer{}
	if !who.ReadOnly {
		saved := readDocument(c.settings.JSONData).accounts
		for _, name := range slices.Sorted(maps.Keys(saved)) {
			list = append(list, a.account(c, name, saved[name]))
		}
	}
	return struct {
		owner
		Accounts []accountAnswer `json:"accounts"`
		Faults   []faultAnswer   `json:"faults"`
	}{who, list, faultsOf(a.read(c.tenant.org, c.settings).faults)}, nil
}

func (a *App) account(c *call, name string, saved map[string]any) accountAnswer {
	out := accountAnswer{Name: name}
	out.Type, _ = saved["type"].(string)
	out.Title, _ = saved["title"].(string)
	if c.role < admin {
		return out
	}
	out.Settings = saved
	var entered map[string]string
	if json.Unmarshal([]byte(c.settings.DecryptedSecureJSONData[accountSecrets+name]), &entered) != nil {
		entered = nil
	}
	m, ok := a.manifest(out.Type)
	if !ok {
		// Of an unknown type nobody can say which settings are secret.
		out.Settings = nil
		return out
	}
	for _, f := range m.Fields {
		if !f.Secret {
			continue
		}
		delete(out.Settings, f.Name)
		if entered[f.Name] != "" {
			out.Secrets = append(out.Secrets, f.Name)
		}
	}
	return out
}
