package app

import (
	"encoding/json"
	"fmt"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// defaults gives what is used where a contact point or an alert says nothing.
func (a *App) defaults(c *call) (any, error) {
	who, err := a.owner(c)
	if err != nil {
		return nil, err
	}
	out := struct {
		owner
		Defaults  json.RawMessage `json:"defaults"`
		PublicURL string          `json:"public_url"`
	}{owner: who}
	var saved struct {
		Defaults  json.RawMessage `json:"defaults"`
		PublicURL json.RawMessage `json:"public_url"`
	}
	if err := c.saved(&saved); err != nil {
		return nil, err
	}
	out.Defaults, out.PublicURL = saved.Defaults, textOf(saved.PublicURL)
	if len(out.Defaults) == 0 {
		out.Defaults = json.RawMessage("{}")
	}
	return out, nil
}

type defaultsRequest struct {
	Revision string          `json:"revision"`
	Defaults json.RawMessage `json:"defaults"`
	// PublicURL stays as it is when it is nil; an empty one is removed.
	PublicURL *string `json:"public_url"`
}

// putDefaults replaces them.
func (a *App) putDefaults(c *call) (any, error) {
	var in defaultsRequest
	if err := c.into(&in); err != nil {
		return nil, err
	}
	if len(in.Defaults) == 0 {
		return nil, fmt.Errorf("%w: defaults is missing", core.ErrInvalid)
	}
	return answered(a.change(c, in.Revision, func(ch *change) error {
		ch.own = []string{"defaults"}
		ch.top["defaults"] = in.Defaults
		switch {
		case in.PublicURL == nil:
		case *in.PublicURL == "":
			delete(ch.top, "public_url")
		default:
			ch.own = append(ch.own, "public_url")
			ch.top["public_url"], _ = json.Marshal(*in.PublicURL) // a string can always be written
		}
		return nil
	}))
}
