package app

import (
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// putPoint makes or replaces a contact point, and sees that it has a secret to sign with.
func (a *App) putPoint(c *call) (any, error) {
	var in entryRequest
	if err := c.into(&in); err != nil {
		return nil, err
	}
	name := c.PathValue("contact_point")
	return answered(a.change(c, in.Revision, func(ch *change) error {
		if err := ch.put(pointList, name, in); err != nil {
			return err
		}
		if signingOf(ch.saved.DecryptedSecureJSONData, name) == nil {
			ch.newSigning(name)
		}
		return nil
	}))
}

// deletePoint deletes a contact point with its secrets. Whether Grafana still posts to it is not looked at: it is told then.
func (a *App) deletePoint(c *call) (any, error) {
	name := c.PathValue("contact_point")
	return answered(a.change(c, c.URL.Query().Get("revision"), func(ch *change) error {
		for _, key := range []string{pointSecrets + name, pointSecrets + name + turnSuffix} {
			if ch.saved.DecryptedSecureJSONData[key] != "" {
				ch.secure[key] = ""
			}
		}
		return ch.remove(pointList, name)
	}))
}

type rotateRequest struct {
	Revision string `json:"revision"`
}

// rotate gives a contact point a new secret and shows it this once. It is Grafana's, so a core of its own file does not have it.
func (a *App) rotate(c *call) (any, error) {
	var in rotateRequest
	if err := c.into(&in); err != nil {
		return nil, err
	}
	name := c.PathValue("contact_point")
	if err := a.mustHave(c, name); err != nil {
		return nil, err
	}
	var made string
	out, err := a.amend(c, in.Revision, func(ch *change) error {
		made = ch.newSigning(name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.HMACSecret = made
	return out, nil
}

// mustHave refuses a contact point that nobody could send to: neither saved nor the core's.
func (a *App) mustHave(c *call, name string) error {
	if !a.place.attached() {
		if slices.Contains(namesOf(c.settings.JSONData)[pointList], name) {
			return nil
		}
		return notThere(pointList, name)
	}
	room, _, err := a.ready(c.Context(), c.tenant)
	if err != nil {
		return err
	}
	points, err := room.core.ContactPoints(c.Context(), c.tenant.name)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(points, func(p core.ContactPointInfo) bool { return p.Name == name }) {
		return notThere(pointList, name)
	}
	return nil
}
