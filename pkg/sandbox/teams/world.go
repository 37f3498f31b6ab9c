package teams

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// World is what only this play knows.
type World struct {
	Flows []Flow `json:"flows,omitempty"`
}

// Flow is a workflow that posts what it is sent into one channel.
type Flow struct {
	ID string `json:"id"`
	// Sig is the address's authority.
	Sig     string `json:"sig,omitempty"`
	Channel string `json:"channel"`
	// Members are user_ids of the channel's team; "*" is everybody.
	Members []string `json:"members"`
	// Off is a flow that was turned off. Fails is one whose runs fail later, which nobody tells the sender.
	Off      bool `json:"off,omitempty"`
	Fails    bool `json:"fails,omitempty"`
	NoLimits bool `json:"no_limits,omitempty"`
}

// demo is what the sandbox starts with. Its secrets open nothing but the sandbox.
func demo() World {
	return World{Flows: []Flow{{ID: "0123456789abcdef0123456789abcdef", Sig: "demo-teams-signature", Channel: "Teams 运维频道", Members: []string{"li_lei", "han_meimei", "john"}}}}
}

func accounts() []stage.Account {
	return []stage.Account{{
		Name: "teams-demo", Type: typeName, Title: "演示用 Teams 频道", Mention: []string{"person:lilei"},
		Settings: []stage.Setting{
			{Name: "url", Value: "https://defaultdemo.0.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/" +
				"0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=demo-teams-signature"},
			{Name: "base_url", Value: "{url}"},
		},
	}}
}

func (f Flow) conversation() stage.Conversation {
	return stage.Conversation{ID: "teams:" + kind + ":" + f.Channel, Kind: kind, Name: f.Channel}
}

// add takes a World in JSON; what has the same id is replaced.
func (p *play) add(raw json.RawMessage) error {
	var more World
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&more); err != nil {
		return fmt.Errorf("read the flows: %w", err)
	}
	for _, f := range more.Flows {
		if f.ID == "" || f.Sig == "" || f.Channel == "" {
			return errors.New("a flow needs an id, a sig and a channel")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.world.Flows = stage.Replace(p.world.Flows, more.Flows, func(f Flow) string { return f.ID })
	return nil
}

func (p *play) flows() []Flow {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.world.Flows)
}

func (p *play) view() any {
	w := World{Flows: p.flows()}
	for i := range w.Flows {
		w.Flows[i].Sig = ""
	}
	return w
}

func (p *play) places() (list []stage.Conversation) {
	for _, f := range p.flows() {
		list = append(list, f.conversation())
	}
	return list
}
