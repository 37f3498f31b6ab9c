// Package webhook plays endpoints of somebody else's: one that checks signatures as Standard Webhooks says, and one that
// answers 200 whatever happens, with a code inside.
package webhook

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// Provider is the name of this play.
const Provider = "webhook"

const (
	typeName = "webhook"
	kind     = "hook"

	// remember is how long a receiver knows the ids of what it took.
	remember = 24 * time.Hour
)

// World is what only this play knows.
type World struct {
	Hooks []Hook `json:"hooks,omitempty"`
}

// Hook is an endpoint at /webhook/ and its name.
type Hook struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Secret is whsec_ and base64: a request must be signed with it. Bearer must be in Authorization.
	Secret string `json:"secret,omitempty"`
	Bearer string `json:"bearer,omitempty"`
	// Any takes every body; otherwise it must be the fixed JSON.
	Any bool `json:"any,omitempty"`
	// Codes answers 200 to everything, and says in errcode what is wrong.
	Codes bool `json:"codes,omitempty"`
	// PerMinute is how many requests it takes; 0 is without a limit.
	PerMinute int `json:"per_minute,omitempty"`
}

type play struct {
	stage *stage.Stage

	mu    sync.Mutex
	world World
}

// demo is what the sandbox starts with. Its secrets open nothing but the sandbox.
func demo() World {
	return World{Hooks: []Hook{
		//nolint:gosec // a credential of the sandbox, published in its manual
		{Name: "demo", Title: "签名的接收方", Secret: "whsec_eXVubHVvLXNhbmRib3gtc2lnbmluZy1rZXktMDE="},
		{Name: "push", Title: "推送服务", Bearer: "demo-push-token", Any: true, Codes: true},
	}}
}

func accounts() []stage.Account {
	return []stage.Account{{
		Name: "webhook-demo", Type: typeName, Title: "演示用签名 Webhook", Mention: []string{"person:lilei"},
		Settings: []stage.Setting{{Name: "url", Value: "{url}/webhook/demo"}, {Name: "secret", Value: "whsec_eXVubHVvLXNhbmRib3gtc2lnbmluZy1rZXktMDE="}},
	}, {
		Name: "push-demo", Type: typeName, Title: "演示用推送服务（正文模板）",
		Settings: []stage.Setting{
			{Name: "url", Value: "{url}/webhook/push"},
			{Name: "bearer_token", Value: "demo-push-token"},
			{Name: "body", Value: `{"title": {{ .Message.Title | toJson }}, "content": {{ .Markdown | toJson }}, "template": "markdown"}`},
			{Name: "success_field", Value: "errcode"},
			{Name: "success_value", Value: "0"},
		},
	}}
}

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p := &play{stage: s, world: demo()}
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "通用 Webhook", EN: "Webhook"}, Types: []string{typeName}, Accounts: accounts(),
		Add: p.add, View: p.view, Places: p.places, Kinds: map[string]lang.Text{kind: {ZH: "Webhook 接收方", EN: "Webhook receiver"}},
		Routes: []stage.Route{
			{Pattern: "POST /webhook/{name}", Endpoint: "hook", Serve: p.serve},
			{Pattern: "PUT /webhook/{name}", Endpoint: "hook", Serve: p.serve},
		},
		Refuse: func(code stage.Code, text string, status int) stage.Answer {
			return answer(Hook{}, cmp.Or(status, code.Int(), http.StatusBadRequest), text)
		},
		Limited: func(_ *stage.Call, _ stage.Fault) stage.Answer {
			return answer(Hook{}, http.StatusTooManyRequests, "slow down")
		},
	}
}

// answer says how a call went: with its status, or with 200 and a code inside.
func answer(h Hook, status int, text string) stage.Answer {
	outcome := stage.Success
	if status >= http.StatusMultipleChoices {
		outcome = strconv.Itoa(status)
	}
	if !h.Codes {
		return stage.Answer{Status: status, Body: []byte(text), Header: map[string]string{"Content-Type": "text/plain; charset=utf-8"}, Outcome: outcome}
	}
	body := map[string]any{"errcode": 0, "errmsg": "ok"}
	if outcome != stage.Success {
		body = map[string]any{"errcode": status, "errmsg": text}
	}
	// Strings and numbers always marshal.
	raw, _ := json.Marshal(body)
	return stage.Answer{Status: http.StatusOK, Body: raw, Outcome: outcome}
}

func (p *play) hooks() []Hook {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.world.Hooks)
}

// serve checks in this order: address, authorization, signature, rate, body.
func (p *play) serve(c *stage.Call) stage.Answer {
	all := p.hooks()
	i := slices.IndexFunc(all, func(h Hook) bool { return h.Name == c.PathValue("name") })
	if i < 0 {
		return answer(Hook{}, http.StatusNotFound, "no such hook")
	}
	h := all[i]
	id := c.Header.Get("Webhook-Id")
	if h.Bearer != "" && c.Header.Get("Authorization") != "Bearer "+h.Bearer {
		return answer(h, http.StatusUnauthorized, "wrong token")
	}
	if h.Secret != "" {
		if err := verify(h.Secret, c, p.stage.Now()); err != nil {
			return answer(h, http.StatusForbidden, err.Error())
		}
	}
	if h.PerMinute > 0 && p.stage.Take("webhook/"+h.Name, stage.Rate{Count: h.PerMinute, Per: time.Minute}) > 0 {
		return answer(h, http.StatusTooManyRequests, "slow down")
	}
	content, form, err := read(h, c)
	if err != nil {
		return answer(h, http.StatusUnprocessableEntity, err.Error())
	}
	p.stage.Deliver(stage.Message{
		ID: p.stage.NewID("wh_"), Provider: Provider, Type: typeName, App: h.Name, Conversation: h.conversation(), Form: form, Key: id, Content: content,
		Request: &stage.Request{Method: c.Method, Path: c.URL.Path, Body: string(c.Body)},
	}, "webhook/"+h.Name, remember)
	return answer(h, http.StatusOK, "ok")
}

// read checks a body, and makes of it what the inbox can preview.
func read(h Hook, c *stage.Call) (content json.RawMessage, form string, err error) {
	media, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil {
		return nil, "", fmt.Errorf("the content type: %w", err)
	}
	body := map[string]any{"content_type": c.Header.Get("Content-Type")}
	if media == "application/json" || strings.HasSuffix(media, "+json") {
		if !json.Valid(c.Body) {
			return nil, "", errors.New("the body is not valid JSON")
		}
		body["json"] = json.RawMessage(c.Body)
	} else {
		body["text"] = string(c.Body)
	}
	if !h.Any {
		if err := checkFixed(media, c.Body); err != nil {
			return nil, "", err
		}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, "", err
	}
	return bytes.TrimSpace(out.Bytes()), media, nil
}

func (h Hook) conversation() stage.Conversation {
	return stage.Conversation{ID: "webhook:" + kind + ":" + h.Name, Kind: kind, Name: h.Title}
}

// add takes a World in JSON; what has the same name is replaced.
func (p *play) add(raw json.RawMessage) error {
	var more World
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&more); err != nil {
		return fmt.Errorf("read the hooks: %w", err)
	}
	for _, h := range more.Hooks {
		if h.Name == "" || h.Title == "" {
			return errors.New("a hook needs a name and a title")
		}
		if h.Secret != "" {
			if _, err := keyOf(h.Secret); err != nil {
				return err
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.world.Hooks = stage.Replace(p.world.Hooks, more.Hooks, func(h Hook) string { return h.Name })
	return nil
}

func (p *play) view() any {
	w := World{Hooks: p.hooks()}
	for i := range w.Hooks {
		w.Hooks[i].Secret, w.Hooks[i].Bearer = "", ""
	}
	return w
}

func (p *play) places() (list []stage.Conversation) {
	for _, h := range p.hooks() {
		list = append(list, h.conversation())
	}
	return list
}
