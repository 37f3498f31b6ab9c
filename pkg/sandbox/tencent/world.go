package tencent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// World is one company's account.
type World struct {
	Keys []Key `json:"keys,omitempty"`
	// Apps are the SdkAppIds for SMS, VoiceApps those for calls.
	Apps      []string `json:"apps,omitempty"`
	VoiceApps []string `json:"voice_apps,omitempty"`
	// Signs are the approved signatures.
	Signs     []string   `json:"signs,omitempty"`
	Templates []Template `json:"templates,omitempty"`
	// Silent numbers get no SMS; Blocked ones are on the black list.
	Silent  []string `json:"silent,omitempty"`
	Blocked []string `json:"blocked,omitempty"`
	// Broke accounts have nothing left in their packages.
	Broke bool `json:"broke,omitempty"`
}

// Key is an API key.
type Key struct {
	ID     string `json:"secret_id"`
	Secret string `json:"secret_key,omitempty"`
	// NoRight is a sub-user to whom nothing was granted.
	NoRight  bool `json:"no_right,omitempty"`
	NoLimits bool `json:"no_limits,omitempty"`
}

// Template is one for SMS, or for calls. Variables are written {1}, {2}.
type Template struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Voice bool   `json:"voice,omitempty"`
	// Waiting templates are not approved yet.
	Waiting bool `json:"waiting,omitempty"`
}

var variable = regexp.MustCompile(`\{(\d+)\}`)

// variables is how many a template has.
func (t Template) variables() int {
	seen := map[string]bool{}
	for _, m := range variable.FindAllString(t.Text, -1) {
		seen[m] = true
	}
	return len(seen)
}

// demo is what the sandbox starts with. Its secrets open nothing but the sandbox.
func demo() World {
	return World{
		//nolint:gosec // a credential of the sandbox, published in its manual
		Keys: []Key{{ID: "AKIDdemo", Secret: "tencent-demo-secret"}},
		Apps: []string{"1400000001"}, VoiceApps: []string{"1400000002"},
		Signs: []string{"云锣告警"},
		Templates: []Template{
			{ID: "100", Text: "{1}，请尽快处理。"},
			{ID: "101", Text: "告警{1}，级别{2}，共{3}条。"},
			{ID: "199", Text: "待审核{1}", Waiting: true},
			{ID: "200", Text: "您好，{1}，请尽快处理。", Voice: true},
		},
		Silent: []string{"+8613800000009"},
	}
}

func accounts() []stage.Account {
	key := func(app, template string) []stage.Setting {
		return []stage.Setting{
			{Name: "secret_id", Value: "AKIDdemo"},
			{Name: "secret_key", Value: "tencent-demo-secret"},
			{Name: "base_url", Value: "{url}"},
			{Name: "sdk_app_id", Value: app},
			{Name: "template_id", Value: template},
		}
	}
	return []stage.Account{
		{
			Name: "tencent-sms-demo", Type: typeSMS, Title: "演示用腾讯云短信", To: []string{"person:lilei"},
			Settings: append(key("1400000001", "100"), stage.Setting{Name: "sign_name", Value: "云锣告警"}, stage.Setting{Name: "template_text", Value: "{1}，请尽快处理。"}),
		},
		{Name: "tencent-voice-demo", Type: typeVoice, Title: "演示用腾讯云语音", To: []string{"person:lilei"}, Settings: key("1400000002", "200")},
	}
}

func (w World) key(id string) (Key, bool) {
	i := slices.IndexFunc(w.Keys, func(k Key) bool { return k.ID == id })
	if i < 0 {
		return Key{}, false
	}
	return w.Keys[i], true
}

// template finds an approved one for SMS or for calls.
func (w World) template(id string, voice bool) (Template, bool) {
	i := slices.IndexFunc(w.Templates, func(t Template) bool { return t.ID == id && t.Voice == voice && !t.Waiting })
	if i < 0 {
		return Template{}, false
	}
	return w.Templates[i], true
}

// add takes a World in JSON; what has the same id is replaced.
func (p *play) add(raw json.RawMessage) error {
	var more World
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&more); err != nil {
		return fmt.Errorf("read the account: %w", err)
	}
	for _, k := range more.Keys {
		if k.ID == "" || k.Secret == "" {
			return errors.New("a key needs a secret_id and a secret_key")
		}
	}
	for _, t := range more.Templates {
		if t.ID == "" || t.Text == "" {
			return errors.New("a template needs an id and a text")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	same := func(s string) string { return s }
	w := &p.world
	w.Keys = stage.Replace(w.Keys, more.Keys, func(k Key) string { return k.ID })
	w.Templates = stage.Replace(w.Templates, more.Templates, func(t Template) string { return t.ID })
	w.Apps = stage.Replace(w.Apps, more.Apps, same)
	w.VoiceApps = stage.Replace(w.VoiceApps, more.VoiceApps, same)
	w.Signs = stage.Replace(w.Signs, more.Signs, same)
	w.Silent = stage.Replace(w.Silent, more.Silent, same)
	w.Blocked = stage.Replace(w.Blocked, more.Blocked, same)
	w.Broke = w.Broke || more.Broke
	return nil
}

func (p *play) view() any {
	w := p.snapshot()
	w.Keys = slices.Clone(w.Keys)
	for i := range w.Keys {
		w.Keys[i].Secret = ""
	}
	return w
}

func (p *play) snapshot() World {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.world
}

// places are the phone of the first person.
func (p *play) places() []stage.Conversation {
	return []stage.Conversation{p.phone("sms", "+8613800000001"), p.phone("call", "+8613800000001")}
}

// phone is where what reaches a number is shown.
func (p *play) phone(kind, number string) stage.Conversation {
	name := number
	if u, found := p.stage.UserBy(func(u *stage.User) bool { return u.Mobile == number }); found {
		name = u.Name + " " + number
	}
	return stage.Conversation{ID: "tencent:" + kind + ":" + number, Kind: kind, Name: name}
}
