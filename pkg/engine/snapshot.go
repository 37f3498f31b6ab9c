package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// snapshot is a tenant's configuration in force, with the senders made of it. It never changes.
type snapshot struct {
	cfg       *config.Config
	accounts  map[string]*account
	templates *message.Templates
	chains    map[string]*chain
}

// account is a configured type that can send.
type account struct {
	config.Account
	// key is the tenant and the name.
	key      string
	manifest sender.Manifest
	sender   sender.Sender
	// batch joins sends; nil for a type that sends one by one.
	batch *batcher
}

// dropsRepeats tells whether the provider knows the key of what it was sent before, so that nobody sees it twice.
func (a *account) dropsRepeats() bool { return a.manifest.Repeat.Kind == sender.Idempotent }

// chain is a contact point as it is frozen with a group.
type chain struct {
	Name            string              `json:"name"`
	Title           string              `json:"title,omitempty"`
	Language        lang.Language       `json:"language"`
	TimeZone        string              `json:"time_zone"`
	Template        config.Template     `json:"template"`
	Repeat          config.RepeatAction `json:"repeat"`
	DuplicateWindow time.Duration       `json:"duplicate_window"`
	GroupWindow     time.Duration       `json:"group_window,omitempty"`
	Steps           []config.Step       `json:"steps"`

	encoded []byte
	style   message.Style
}

func newChain(c config.ContactPoint) (*chain, error) {
	ch := &chain{
		Name: c.Name, Title: c.Title, Language: c.Language, TimeZone: c.Location.String(), Template: c.Template,
		Repeat: c.Repeat, DuplicateWindow: c.DuplicateWindow, GroupWindow: c.GroupWindow, Steps: c.Steps,
	}
	var err error
	if ch.encoded, err = json.Marshal(ch); err != nil {
		return nil, fmt.Errorf("freeze contact point %s: %w", c.Name, err)
	}
	ch.style = styleOf(ch, c.Location)
	return ch, nil
}

func styleOf(c *chain, loc *time.Location) message.Style {
	return message.Style{
		Language: c.Language, Location: loc,
		Title: c.Template.Title, Summary: c.Template.Summary, ItemTitle: c.Template.ItemTitle, ItemText: c.Template.ItemText,
	}
}

// knows tells whether every account of a chain is configured.
func (s *snapshot) knows(c *chain) bool {
	return !slices.ContainsFunc(c.Steps, func(step config.Step) bool {
		return slices.ContainsFunc(step.Notify, func(n config.Notify) bool { return s.accounts[n.Account] == nil })
	})
}

// thaw reads a frozen chain; most are still the one in force.
func (s *snapshot) thaw(frozen []byte, name string) (*chain, error) {
	if c, ok := s.chains[name]; ok && bytes.Equal(c.encoded, frozen) {
		return c, nil
	}
	c := &chain{encoded: frozen}
	if err := json.Unmarshal(frozen, c); err != nil {
		return nil, fmt.Errorf("read the frozen contact point %s: %w", name, err)
	}
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		loc = time.UTC
	}
	c.style = styleOf(c, loc)
	return c, nil
}

// Configure puts a tenant's configuration in force. Accounts that did not change keep their senders, and so
// their access tokens and what they know of people.
func (e *Engine) Configure(tenant string, cfg *config.Config) error {
	e.mu.RLock()
	old := e.tenants[tenant]
	e.mu.RUnlock()
	next, err := e.build(tenant, old, cfg)
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.tenants[tenant] = next
	e.mu.Unlock()
	for _, a := range next.accounts {
		e.m.begin(a.Name, a.Type)
	}
	return nil
}

// build makes a snapshot, with the senders of old whose accounts did not change; old may be nil.
func (e *Engine) build(tenant string, old *snapshot, cfg *config.Config) (*snapshot, error) {
	next := &snapshot{cfg: cfg, accounts: map[string]*account{}, chains: map[string]*chain{}}
	for name, a := range cfg.Accounts {
		if old != nil && old.accounts[name] != nil && reflect.DeepEqual(old.accounts[name].Account, a) {
			next.accounts[name] = old.accounts[name]
			continue
		}
		built, err := e.newAccount(tenant, a)
		if err != nil {
			return nil, lang.Because(core.ErrConfig, lang.Because(lang.Wrong("账号 %s", "account %s", name), err))
		}
		next.accounts[name] = built
	}
	var err error
	if next.templates, err = parseTemplates(cfg); err != nil {
		return nil, lang.Because(core.ErrConfig, err)
	}
	for name, c := range cfg.ContactPoints {
		if next.chains[name], err = newChain(c); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func (e *Engine) newAccount(tenant string, a config.Account) (*account, error) {
	for _, m := range e.o.Types {
		if m.Type != a.Type {
			continue
		}
		s, err := m.New(a.Settings, sender.Deps{
			Logger: e.log.With("account", a.Name), Transport: e.o.Transport, Dial: e.o.Dial,
			TokenRefreshed: e.m.tokens.WithLabelValues(a.Name, a.Type).Inc,
		})
		if err != nil {
			return nil, err
		}
		return &account{Account: a, key: accountKey(tenant, a.Name), manifest: m, sender: s, batch: newBatcher(s, m.Batch)}, nil
	}
	return nil, fmt.Errorf("no type %q", a.Type)
}

func (e *Engine) tenant(name string) (*snapshot, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s, ok := e.tenants[name]
	if !ok {
		return nil, lang.Because(core.ErrInvalid, lang.Wrong("没有配置租户 %q", "no tenant %q is configured", name))
	}
	return s, nil
}

// account finds an account by tenant and name; nil when it is gone.
func (e *Engine) account(tenant, name string) *account {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if s := e.tenants[tenant]; s != nil {
		return s.accounts[name]
	}
	return nil
}

// placeOf is what an operation of a stored attempt counts against.
func (e *Engine) placeOf(key, target string, op sender.Op) place {
	tenant, name, _ := strings.Cut(key, "/")
	var limits []sender.Limit
	if a := e.account(tenant, name); a != nil {
		limits = a.Limits
	}
	if op != opRode {
		return placeFor(limits, key, target, op)
	}
	p := placeFor(limits, key, target, sender.OpSend)
	p.rules = slices.DeleteFunc(p.rules, func(r rule) bool { return r.shared })
	return p
}

// windows are the longest windows of each account's limits, and of all.
func (e *Engine) windows() (by map[string]time.Duration, longest time.Duration) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	by, longest = map[string]time.Duration{}, time.Minute
	for _, t := range e.tenants {
		for _, a := range t.accounts {
			for _, l := range a.Limits {
				if l.Kind != sender.Quota {
					by[a.key] = max(by[a.key], l.Per+margin(l.Per))
				}
			}
			longest = max(longest, by[a.key])
		}
	}
	return by, longest
}

// person fills in who a target is, from the configuration in force.
func (s *snapshot) person(t sender.Target) sender.Target {
	if t.Kind == sender.TargetPerson {
		if p, ok := s.cfg.People[t.Value]; ok {
			t.Person = &p
		}
	}
	return t
}

func (s *snapshot) persons(list []sender.Target) []sender.Target {
	out := make([]sender.Target, 0, len(list))
	for _, t := range list {
		out = append(out, s.person(t))
	}
	return out
}

// unknown is a core.ErrUnknownContactPoint in both languages.
func unknown(zh, en string, args ...any) error {
	return lang.Because(core.ErrUnknownContactPoint, lang.Wrong(zh, en, args...))
}

// contactPoint finds a chain by name, or makes one of "account/kind:value".
func (s *snapshot) contactPoint(name string) (*chain, error) {
	if c, ok := s.chains[name]; ok {
		return c, nil
	}
	accountName, target, direct := strings.Cut(name, "/")
	if !direct {
		return nil, unknown("%q；现有：%s", "%q; the contact points are: %s", name, names(s.chains))
	}
	a, ok := s.accounts[accountName]
	if !ok {
		return nil, unknown("%q 里的账号 %q 不存在；现有账号：%s", "%q names account %q; the accounts are: %s", name, accountName, names(s.accounts))
	}
	to := sender.ParseTarget(target)
	if err := takes(a, to); err != nil {
		return nil, lang.Because(core.ErrUnknownContactPoint, lang.About(strconv.Quote(name), err))
	}
	if to.Kind == sender.TargetPerson && s.person(to).Person == nil {
		return nil, unknown("%q：没有 %q 这个人；现有：%s", "%q: no person %q; the people are: %s", name, to.Value, names(s.cfg.People))
	}
	d := s.cfg.Defaults
	return newChain(config.ContactPoint{
		Name: name, Language: d.Language, Location: d.Location, Repeat: d.Repeat, DuplicateWindow: d.DuplicateWindow, GroupWindow: d.GroupWindow,
		Steps: []config.Step{{Notify: []config.Notify{{Account: accountName, To: []sender.Target{to}}}}},
	})
}

// takes tells whether an account can be addressed so.
func takes(a *account, t sender.Target) error {
	if len(a.manifest.Targets) == 0 {
		if t.Kind != "" {
			return lang.Wrong("类型 %s 只有一个目标，请写 %q", "type %s has one target of its own: write %q", a.Type, a.Name+"/")
		}
		return nil
	}
	var kinds []string
	for _, k := range a.manifest.Targets {
		if k == t.Kind && (t.Value != "" || k == sender.TargetAll) {
			return nil
		}
		kinds = append(kinds, string(k)+":…")
	}
	return lang.Wrong("类型 %s 的目标请写 %s", "type %s takes %s", a.Type, strings.Join(kinds, ", "))
}

// parseTemplates compiles a configuration's templates.
func parseTemplates(cfg *config.Config) (*message.Templates, error) {
	files := make([]message.TemplateFile, 0, len(cfg.Templates))
	for _, f := range cfg.Templates {
		files = append(files, message.TemplateFile{Name: f.Name, Content: f.Content})
	}
	return message.ParseTemplates(files...)
}
