package grafanatest

import (
	"maps"
	"net/http"
)

func (p *Points) legacyList(w http.ResponseWriter, _ *http.Request) {
	list := []object{}
	for _, one := range p.points {
		settings := clone(one.Settings)
		for _, name := range secretNames() {
			at(settings, name, func(parent object, key string) { parent[key] = redacted })
		}
		list = append(list, object{
			"uid": one.UID, "name": one.Title, "type": "webhook", "settings": settings, "provenance": one.Provenance, "disableResolveMessage": one.DisableResolve,
		})
	}
	gives(w, list)
}

func (p *Points) legacyPost(w http.ResponseWriter, r *http.Request) {
	item, ok := body(w, r)
	if !ok {
		return
	}
	settings := part(item, "settings")
	switch {
	case p.find(word(item, "uid")) != nil:
		says(w, http.StatusConflict, "alerting.notifications.contact-points.uidInUse")
		return
	case settings["url"] == nil:
		says(w, http.StatusBadRequest, "required field 'url' is not specified")
		return
	case settings["username"] != nil && settings["authorization_credentials"] != nil:
		says(w, http.StatusBadRequest, "both HTTP Basic Authentication and Authorization Header are set")
		return
	}
	one := &Point{UID: word(item, "uid"), Title: word(item, "name"), Settings: settings}
	if r.Header.Get("X-Disable-Provenance") == "" {
		one.Provenance = "api"
	}
	p.points = append(p.points, one)
	w.WriteHeader(http.StatusAccepted)
	gives(w, object{})
}

func (p *Points) legacyPut(w http.ResponseWriter, r *http.Request) {
	one := p.find(r.PathValue("uid"))
	item, ok := body(w, r)
	switch {
	case !ok:
		return
	case one == nil:
		says(w, http.StatusNotFound, "not found")
		return
	case one.Provenance != "" && r.Header.Get("X-Disable-Provenance") != "":
		says(w, http.StatusInternalServerError, "cannot change provenance from 'api' to ''")
		return
	}
	settings := maps.Clone(part(item, "settings"))
	for _, name := range []string{"authorization_credentials", "password"} {
		// Only those at the top are kept; a nested one is stored as it stands.
		if settings[name] == redacted {
			settings[name] = one.Settings[name]
		}
	}
	one.Settings, one.Title = settings, word(item, "name")
	one.DisableResolve, _ = item["disableResolveMessage"].(bool)
	w.WriteHeader(http.StatusAccepted)
	gives(w, object{})
}

func (p *Points) policies(w http.ResponseWriter, _ *http.Request) {
	routes := []object{}
	for _, r := range p.routes {
		routes = append(routes, object{"receiver": r})
	}
	gives(w, object{"receiver": "empty", "routes": []object{{"receiver": "empty", "routes": routes}}})
}
