package app

import (
	"encoding/json"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

type pointsAnswer struct {
	owner
	ContactPoints []pointAnswer `json:"contact_points"`
}

type pointAnswer struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	// Path is where Grafana's contact point posts, below the app's resources.
	Path string `json:"path"`
	// Signed tells whether there is a secret to sign with.
	Signed bool `json:"signed"`
	// Last is the newest delivery; nil when there is none.
	Last *lastAnswer `json:"last,omitempty"`
	// Settings are as the configuration writes them, for those who may change them.
	Settings json.RawMessage `json:"settings,omitempty"`
}

// lastAnswer is what became of the newest delivery of a contact point.
type lastAnswer struct {
	ID     string        `json:"id"`
	State  core.State    `json:"state"`
	At     time.Time     `json:"at"`
	Reason sender.Reason `json:"reason,omitempty"`
	Code   string        `json:"code,omitempty"`
}

// contactPoints lists what alerts can be sent to: as saved, or as the core that we are attached to says.
func (a *App) contactPoints(c *call) (any, error) {
	who, err := a.owner(c)
	if err != nil {
		return nil, err
	}
	out := pointsAnswer{owner: who, ContactPoints: []pointAnswer{}}
	last := a.last(c)
	add := func(p pointAnswer) {
		p.Path = "/v1/notify/" + p.Name
		p.Signed = signingOf(c.settings.DecryptedSecureJSONData, p.Name) != nil
		p.Last = last(p.Name)
		out.ContactPoints = append(out.ContactPoints, p)
	}
	if who.ReadOnly {
		r, err := a.rooms.get(c.Context())
		if err != nil {
			return nil, err
		}
		points, err := r.core.ContactPoints(c.Context(), c.tenant.name)
		for _, p := range points {
			add(pointAnswer{Name: p.Name, Title: p.Title})
		}
		return out, err
	}
	var saved struct {
		ContactPoints []json.RawMessage `json:"contact_points"`
	}
	if err := c.saved(&saved); err != nil {
		return nil, err
	}
	for _, raw := range saved.ContactPoints {
		var p pointAnswer
		if json.Unmarshal(raw, &p) != nil {
			continue
		}
		p.Settings = nil
		if c.role >= editor {
			p.Settings = raw
		}
		add(p)
	}
	return out, nil
}

// last finds the newest delivery of a contact point. The list does without while the core is not open.
func (a *App) last(c *call) func(point string) *lastAnswer {
	r, _ := a.rooms.peek()
	return func(point string) *lastAnswer {
		if r == nil {
			return nil
		}
		page, err := r.core.History(c.Context(), core.HistoryQuery{Tenant: c.tenant.name, ContactPoint: point, Limit: 1})
		if err != nil || len(page.Deliveries) == 0 {
			return nil
		}
		d := page.Deliveries[0]
		return &lastAnswer{ID: d.ID, State: d.State, At: d.CreatedAt, Reason: d.Reason, Code: d.Code}
	}
}
