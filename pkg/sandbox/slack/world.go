package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const (
	kindChannel = "channel"
	kindPerson  = "person"
	everybody   = "*"
)

// World is a workspace. Its members are the stage's users; see UserID.
type World struct {
	Apps     []App     `json:"apps,omitempty"`
	Channels []Channel `json:"channels,omitempty"`
	Groups   []Group   `json:"groups,omitempty"`
	Webhooks []Webhook `json:"webhooks,omitempty"`
}

// App is an app with a bot that is installed in the workspace.
type App struct {
	Token string `json:"bot_token,omitempty"`
	BotID string `json:"bot_id"`
	Name  string `json:"name"`
	Team  string `json:"team"`
	// Scopes are those of the bot's token.
	Scopes   []string `json:"scopes"`
	Revoked  bool     `json:"revoked,omitempty"`
	NoLimits bool     `json:"no_limits,omitempty"`
}

func (a App) may(scope string) bool { return slices.Contains(a.Scopes, scope) }

// Channel is a channel.
type Channel struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Members are user_ids, Bots bot_ids; "*" is everybody.
	Members  []string `json:"members"`
	Bots     []string `json:"bots"`
	Private  bool     `json:"private,omitempty"`
	Archived bool     `json:"archived,omitempty"`
	ReadOnly bool     `json:"read_only,omitempty"`
}

// Group is a user group.
type Group struct {
	ID      string   `json:"id"`
	Handle  string   `json:"handle"`
	Members []string `json:"members"`
}

// Webhook posts into one channel.
type Webhook struct {
	// Path is what follows /services/.
	Path     string `json:"path"`
	Name     string `json:"name"`
	Channel  string `json:"channel"`
	Disabled bool   `json:"disabled,omitempty"`
	// Prohibited plays a workspace that restricts webhooks.
	Prohibited bool `json:"prohibited,omitempty"`
	NoLimits   bool `json:"no_limits,omitempty"`
}

// demo is the workspace that the sandbox starts with. Its secrets open nothing but the sandbox.
func demo() World {
	team := []string{"li_lei", "han_meimei", "wang_fang"}
	return World{
		//nolint:gosec // a credential of the sandbox, published in its manual
		Apps: []App{{
			Token: "xoxb-demo-slack-token", BotID: "B0DEMO", Name: "云锣 Yunluo", Team: "云锣示例",
			Scopes: []string{"chat:write", "chat:write.public", "users:read", "users:read.email", "im:write"},
		}},
		Channels: []Channel{
			{ID: "C0DEMO", Name: "#payments-alerts", Members: team, Bots: []string{everybody}},
			{ID: "C0HOOK", Name: "#webhook-alerts", Members: team},
			{ID: "C0SECRET", Name: "#secret", Members: team, Private: true},
		},
		Groups:   []Group{{ID: "S0OPS", Handle: "ops", Members: []string{"li_lei", "han_meimei"}}},
		Webhooks: []Webhook{{Path: "T0DEMO/B0HOOK/demo-slack-webhook", Name: "告警 Webhook", Channel: "C0HOOK"}},
	}
}

func accounts() []stage.Account {
	return []stage.Account{{
		Name: "slack-demo", Type: typeApp, Title: "演示用 Slack 应用",
		Settings: []stage.Setting{{Name: "bot_token", Value: "xoxb-demo-slack-token"}, {Name: "base_url", Value: "{url}"}},
		To:       []string{"chat:C0DEMO"}, Mention: []string{"person:lilei"},
	}, {
		Name: "slack-webhook-demo", Type: typeWebhook, Title: "演示用 Slack Webhook",
		Settings: []stage.Setting{{Name: "url", Value: "{url}/services/T0DEMO/B0HOOK/demo-slack-webhook"}, {Name: "base_url", Value: "{url}"}},
		Mention:  []string{"user:ULILEI"},
	}}
}

// UserID is a user's id in the workspace: U and the user_id in capital letters.
func UserID(u stage.User) string {
	return "U" + strings.Map(func(r rune) rune {
		if (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') {
			return r
		}
		return -1
	}, strings.ToUpper(u.UserID))
}

func (p *play) user(id string) (stage.User, bool) {
	return p.stage.UserBy(func(u *stage.User) bool { return UserID(*u) == id })
}

// direct is the conversation of the bots with one person.
func direct(u stage.User) stage.Conversation {
	return stage.Conversation{ID: "D" + UserID(u), Kind: kindPerson, Name: u.Name}
}

func (c Channel) conversation() stage.Conversation {
	return stage.Conversation{ID: c.ID, Kind: kindChannel, Name: c.Name}
}

func member(list []string, id string) bool {
	return slices.Contains(list, id) || slices.Contains(list, everybody)
}

// add takes a World in JSON; what has the same id is replaced.
func (p *play) add(raw json.RawMessage) error {
	var more World
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&more); err != nil {
		return fmt.Errorf("read the workspace: %w", err)
	}
	for _, a := range more.Apps {
		if a.Token == "" || a.BotID == "" {
			return errors.New("an app needs a bot_token and a bot_id")
		}
	}
	for _, c := range more.Channels {
		if !strings.HasPrefix(c.ID, "C") && !strings.HasPrefix(c.ID, "G") {
			return fmt.Errorf("channel %q: needs an id that begins with C or G", c.ID)
		}
	}
	for _, h := range more.Webhooks {
		if strings.Count(h.Path, "/") != 2 || h.Channel == "" {
			return errors.New("a webhook needs a path of three parts and a channel")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &p.world
	w.Apps = stage.Replace(w.Apps, more.Apps, func(a App) string { return a.BotID })
	w.Channels = stage.Replace(w.Channels, more.Channels, func(c Channel) string { return c.ID })
	w.Groups = stage.Replace(w.Groups, more.Groups, func(g Group) string { return g.ID })
	w.Webhooks = stage.Replace(w.Webhooks, more.Webhooks, func(h Webhook) string { return h.Path })
	return nil
}

func (p *play) view() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.world
	w.Apps, w.Webhooks = slices.Clone(w.Apps), slices.Clone(w.Webhooks)
	for i := range w.Apps {
		w.Apps[i].Token = ""
	}
	for i := range w.Webhooks {
		w.Webhooks[i].Path = stage.Mask(w.Webhooks[i].Path)
	}
	return w
}

// app finds the app of a token. A token that a fault has ended is revoked for one call: Slack gives no other, so the
// switch could not be undone.
func (p *play) app(token string) (App, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.world.Apps, func(a App) bool { return a.Token == token })
	if i < 0 || token == "" {
		return App{}, false
	}
	app := p.world.Apps[i]
	app.Revoked = app.Revoked || p.ended[token]
	delete(p.ended, token)
	return app, true
}

func (p *play) end(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended[token] = true
}

func (p *play) channel(id string) (Channel, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.world.Channels, func(c Channel) bool { return c.ID == id })
	if i < 0 {
		return Channel{}, false
	}
	return p.world.Channels[i], true
}

func (p *play) group(id string) (Group, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.world.Groups, func(g Group) bool { return g.ID == id })
	if i < 0 {
		return Group{}, false
	}
	return p.world.Groups[i], true
}

// places are the channels where something can arrive.
func (p *play) places() []stage.Conversation {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []stage.Conversation
	for _, c := range p.world.Channels {
		if len(c.Bots) > 0 || slices.ContainsFunc(p.world.Webhooks, func(h Webhook) bool { return h.Channel == c.ID }) {
			list = append(list, c.conversation())
		}
	}
	return list
}

func (p *play) sender(m stage.Message) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.world.Apps {
		if a.BotID == m.App {
			return a.Name
		}
	}
	for _, h := range p.world.Webhooks {
		if stage.Mask(h.Path) == m.App {
			return h.Name
		}
	}
	return m.App
}
