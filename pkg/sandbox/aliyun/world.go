package aliyun

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// World is one company's account.
type World struct {
	Keys []Key `json:"keys,omitempty"`
	// Signs are the approved signatures.
	Signs     []string   `json:"signs,omitempty"`
	Templates []Template `json:"templates,omitempty"`
	// Numbers may be shown as the caller.
	Numbers []string `json:"numbers,omitempty"`
	// Silent numbers answer no call and get no SMS.
	Silent []string `json:"silent,omitempty"`
	// Broke accounts have no money left.
	Broke bool `json:"broke,omitempty"`
}

// Key is an AccessKey.
type Key struct {
	ID     string `json:"access_key_id"`
	Secret string `json:"access_key_secret,omitempty"`
	// NoRight is a RAM user to whom nothing was granted.
	NoRight  bool `json:"no_right,omitempty"`
	NoLimits bool `json:"no_limits,omitempty"`
}

// Template is one for SMS or, if its code begins with TTS_, for calls. Variables are written ${name}.
type Template struct {
	Code string `json:"code"`
	Text string `json:"text"`
	// Waiting templates are not approved yet.
	Waiting bool `json:"waiting,omitempty"`
}

func (t Template) voice() bool { return strings.HasPrefix(t.Code, "TTS_") }

var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

// variables are the names in a template.
func (t Template) variables() (names []string) {
	for _, m := range variable.FindAllStringSubmatch(t.Text, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// demo is what the sandbox starts with. Its secrets open nothing but the sandbox.
func demo() World {
	return World{
		//nolint:gosec // a credential of the sandbox, published in its manual
		Keys:  []Key{{ID: "LTAIdemo", Secret: "aliyun-demo-secret"}},
		Signs: []string{"云锣告警"},
		Templates: []Template{
			{Code: "SMS_100", Text: "${content}，请尽快处理。"},
			{Code: "SMS_101", Text: "告警${title}，级别${level}，共${count}条。"},
			{Code: "SMS_199", Text: "待审核${content}", Waiting: true},
			{Code: "TTS_100", Text: "您好，${content}，请尽快处理。"},
		},
		Numbers: []string{"05710000000"},
		Silent:  []string{"+8613800000009"},
	}
}

func accounts() []stage.Account {
	key := []stage.Setting{{Name: "access_key_id", Value: "LTAIdemo"}, {Name: "access_key_secret", Value: "aliyun-demo-secret"}, {Name: "base_url", Value: "{url}"}}
	return []stage.Account{
		{
			Name: "aliyun-sms-demo", Type: typeSMS, Title: "演示用阿里云短信", To: []string{"person:lilei"},
			Settings: append(slices.Clone(key), stage.Setting{Name: "sign_name", Value: "云锣告警"}, stage.Setting{Name: "template_code", Value: "SMS_100"},
				stage.Setting{Name: "template_text", Value: "$${content}，请尽快处理。"}),
		},
		{
			Name: "aliyun-voice-demo", Type: typeVoice, Title: "演示用阿里云语音", To: []string{"person:lilei"},
			Settings: append(slices.Clone(key), stage.Setting{Name: "template_code", Value: "TTS_100"}),
		},
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
func (w World) template(code string, voice bool) (Template, bool) {
	i := slices.IndexFunc(w.Templates, func(t Template) bool { return t.Code == code })
	if i < 0 || w.Templates[i].Waiting || w.Templates[i].voice() != voice {
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
			return errors.New("a key needs an access_key_id and an access_key_secret")
		}
	}
	for _, t := range more.Templates {
		if !strings.HasPrefix(t.Code, "SMS_") && !t.voice() {
			return fmt.Errorf("template %q: its code must begin with SMS_ or TTS_", t.Code)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	same := func(s string) string { return s }
	w := &p.world
	w.Keys = stage.Replace(w.Keys, more.Keys, func(k Key) string { return k.ID })
	w.Templates = stage.Replace(w.Templates, more.Templates, func(t Template) string { return t.Code })
	w.Signs = stage.Replace(w.Signs, more.Signs, same)
	w.Numbers = stage.Replace(w.Numbers, more.Numbers, same)
	w.Silent = stage.Replace(w.Silent, more.Silent, same)
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
func (p *play) phone(kind, e164 string) stage.Conversation {
	name := e164
	if u, found := p.stage.UserBy(func(u *stage.User) bool { return u.Mobile == e164 }); found {
		name = u.Name + " " + e164
	}
	return stage.Conversation{ID: "aliyun:" + kind + ":" + e164, Kind: kind, Name: name}
}
