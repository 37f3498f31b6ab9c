package app

import (
	"encoding/json"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

type pointsAnswer struct {
	owner
	ContactPoints []pointAnswer `json:"contact_points"`
	// Faults are why some that are saved cannot be listed.
	Faults []faultAnswer `json:"faults"`
}

type pointAnswer struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	// Path is where Grafana's contact point posts, below the app's resources.
	Path string `json:"path"`
	// Signed tells whether there is a secret to sign with.
	Signed bool `json:"signed"`
	// Last is the newest delivery; nil when there is none.
	Last *core.NewestDelivery `json:"last,omitempty"`
	// Settings are as the configuration writes them, for those who may change them.
	Settings json.RawMessage `json:"settings,omitempty"`
}

// contactPoints lists what alerts can be sent to: as saved, or as the core that we are attached to says.
func (a *App) contactPoints(c *call) (any, error) {
	who, err := a.owner(c)
	if err != nil {
		return nil, err
	}
	out := pointsAnswer{owner: who, ContactPoints: []pointAnswer{}, Faults: []faultAnswer{}}
	last := a.last(c)
	add := func(p pointAnswer) {
		p.Path = "/v1/notify/" + p.Name
		p.Signed = signingOf(c.settings.DecryptedSecureJSONData, p.Name) != nil
		p.Last = last[p.Name]
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
	out.Faults = a.savedList(c, pointList, func(raw json.RawMessage) error {
		var p pointAnswer
		if err := json.Unmarshal(raw, &p); err != nil {
			return err
		}
		p.Settings = nil
		if c.role >= editor {
			p.Settings = raw
		}
		add(p)
		return nil
	})
	return out, nil
}

// last gives the newest delivery of each contact point. The list does without while the core cannot be asked.
func (a *App) last(c *call) map[string]*core.NewestDelivery {
	r, _ := a.rooms.peek()
	if r == nil {
		return nil
	}
	list, err := r.core.Newest(c.Context(), c.tenant.name)
	if err != nil {
		a.log.WarnContext(c.Context(), "newest deliveries not read", "org", c.tenant.org, "error", err)
	}
	out := make(map[string]*core.NewestDelivery, len(list))
	for i := range list {
		out[list[i].ContactPoint] = &list[i]
	}
	return out
}
