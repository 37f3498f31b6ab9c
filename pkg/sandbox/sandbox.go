// Package sandbox plays the providers on one HTTP server, for the demo and the tests, and shows
// in a web inbox what arrived.
package sandbox

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/aliyun"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/dingtalk"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/email"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/feishu"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/slack"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/teams"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/tencent"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/webhook"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/wecom"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// DefaultAddress is where the sandbox listens unless it is told otherwise, and DefaultMailAddress where it takes mail.
const (
	DefaultAddress     = "127.0.0.1:9096"
	DefaultMailAddress = "127.0.0.1:9097"
)

// Options say how a sandbox behaves. The zero value is strict, with the demo's world.
type Options struct {
	// Now is the clock of tokens, windows and ages; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
	// Preview draws content of a type as its app would; nil shows the raw JSON.
	Preview func(typ string, content json.RawMessage) (sender.Preview, error)
	// NoLimits lifts every limit on how often something may be called.
	NoLimits bool
	// Inbox is how much is kept of what arrives; empty means everything.
	Inbox stage.Mode
	// World replaces the demo's people, apps, chats and robots.
	World *stage.World
}

// Sandbox is the providers, their world and the inbox. It is safe for concurrent use, holds no
// goroutine and needs no stop.
type Sandbox struct {
	*stage.Stage
	preview func(typ string, content json.RawMessage) (sender.Preview, error)
	plays   []stage.Play
	handler http.Handler
}

// plays is the closed list of the providers.
func plays(s *stage.Stage) []stage.Play {
	return []stage.Play{
		feishu.New(s),
		dingtalk.New(s),
		wecom.New(s),
		slack.New(s),
		aliyun.New(s),
		tencent.New(s),
		teams.New(s),
		webhook.New(s),
		email.New(s),
	}
}

// New returns a sandbox. It returns an error when the options' world or inbox make no sense.
func New(o Options) (*Sandbox, error) {
	s := &Sandbox{
		Stage:   stage.New(stage.Options{Now: o.Now, Logger: o.Logger, NoLimits: o.NoLimits}),
		preview: o.Preview,
	}
	world := stage.Demo()
	if o.World != nil {
		world = *o.World
	}
	s.plays = plays(s.Stage)
	if err := s.Add(world); err != nil {
		return nil, err
	}
	if o.Inbox != "" {
		if err := s.SetMode(o.Inbox); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	s.Mount(mux, s.plays...)
	s.mountAPI(mux)
	s.mountWeb(mux)
	s.handler = mux
	return s, nil
}

// Add registers everything in w, also what only one play knows; what has the same id is replaced.
func (s *Sandbox) Add(w stage.World) error {
	if err := s.Stage.Add(w); err != nil {
		return err
	}
	for name, raw := range w.Plays {
		i := slices.IndexFunc(s.plays, func(p stage.Play) bool { return p.Provider == name })
		if i < 0 || s.plays[i].Add == nil {
			return fmt.Errorf("no play %q has a world of its own", name)
		}
		if err := s.plays[i].Add(raw); err != nil {
			return fmt.Errorf("the world of play %s: %w", name, err)
		}
	}
	return nil
}

// View is the world without its secrets.
func (s *Sandbox) View() stage.World {
	v := s.Stage.View()
	for _, p := range s.plays {
		if p.View == nil {
			continue
		}
		// What a play shows is made of strings and numbers, and always marshals.
		raw, _ := json.Marshal(p.View())
		if v.Plays == nil {
			v.Plays = map[string]json.RawMessage{}
		}
		v.Plays[p.Provider] = raw
	}
	return v
}

// Accounts lists settings for every type of account that work with the demo's world.
func (s *Sandbox) Accounts() []stage.Account {
	var list []stage.Account
	for _, p := range s.plays {
		list = append(list, p.Accounts...)
	}
	return list
}

// Types lists the types of account that a play stands for.
func (s *Sandbox) Types() []string {
	var list []string
	for _, p := range s.plays {
		list = append(list, p.Types...)
	}
	return list
}

// Handler serves the providers under their real paths, the JSON API under /sandbox/api/, and the
// inbox at /.
func (s *Sandbox) Handler() http.Handler { return s.handler }
