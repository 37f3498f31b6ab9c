package grafanatest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func nameOf(title string) string { return base64.RawURLEncoding.EncodeToString([]byte(title)) }

func (p *Points) versions(w http.ResponseWriter, _ *http.Request) {
	if !p.Newer {
		says(w, http.StatusNotFound, "Not found")
		return
	}
	gives(w, object{"kind": "APIGroup", "versions": []object{{"version": "v0alpha1"}}})
}

// item is a contact point as the newer API shows it: no secrets, but which there are.
func (p *Points) item(title string) object {
	provenance, integrations := "none", []object{}
	for _, one := range p.points {
		if one.Title != title {
			continue
		}
		if one.Provenance != "" {
			provenance = one.Provenance
		}
		settings, secure := clone(one.Settings), object{}
		for _, name := range secretNames() {
			if at(settings, name, func(parent object, key string) { delete(parent, key) }) != nil {
				secure[name] = true
			}
		}
		integrations = append(integrations, object{
			"uid": one.UID, "type": "webhook", "version": "v1", "disableResolveMessage": one.DisableResolve, "settings": settings, "secureFields": secure,
		})
	}
	raw, err := json.Marshal(p.points)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(raw)
	return object{
		"metadata": object{"name": nameOf(title), "resourceVersion": hex.EncodeToString(sum[:8]), "annotations": object{
			"grafana.com/provenance": provenance, "grafana.com/inUse/routes": strconv.Itoa(using(p.routes, title)),
			"grafana.com/inUse/rules": strconv.Itoa(using(p.rules, title)),
		}},
		"spec": object{"title": title, "integrations": integrations},
	}
}

func using(list []string, title string) (n int) {
	for _, name := range list {
		if name == title {
			n++
		}
	}
	return n
}

func (p *Points) list(w http.ResponseWriter, r *http.Request) {
	items := []object{}
	namespace := p.Namespace
	if namespace == "" {
		namespace = "default"
	}
	if r.PathValue("namespace") == namespace {
		for _, title := range p.titles() {
			items = append(items, p.item(title))
		}
	}
	gives(w, object{"items": items})
}

func integrationsOf(item object) (list []object) {
	all, _ := part(item, "spec")["integrations"].([]any)
	for _, one := range all {
		if i, ok := one.(object); ok {
			list = append(list, i)
		}
	}
	return list
}

func (p *Points) post(w http.ResponseWriter, r *http.Request) {
	item, ok := body(w, r)
	if !ok {
		return
	}
	title := word(part(item, "spec"), "title")
	if part(item, "metadata")["name"] != nil {
		says(w, http.StatusBadRequest, "metadata.name should be empty")
		return
	}
	if slices.Contains(p.titles(), title) {
		says(w, http.StatusConflict, "alerting.notifications.receivers.exists")
		return
	}
	for _, i := range integrationsOf(item) {
		p.points = append(p.points, &Point{UID: word(i, "uid"), Title: title, Settings: part(i, "settings")})
	}
	w.WriteHeader(http.StatusCreated)
	gives(w, p.item(title))
}

func (p *Points) put(w http.ResponseWriter, r *http.Request) {
	if p.meanwhile != nil {
		p.meanwhile(&Locked{p})
		p.meanwhile = nil
	}
	item, ok := body(w, r)
	if !ok {
		return
	}
	i := slices.IndexFunc(p.titles(), func(title string) bool { return nameOf(title) == r.PathValue("name") })
	if i < 0 {
		says(w, http.StatusNotFound, "not found")
		return
	}
	now := p.item(p.titles()[i])
	switch {
	case part(part(now, "metadata"), "annotations")["grafana.com/provenance"] != "none":
		says(w, http.StatusForbidden, "provenance")
		return
	case part(item, "metadata")["resourceVersion"] != part(now, "metadata")["resourceVersion"]:
		says(w, http.StatusConflict, "Conflict")
		return
	}
	for _, i := range integrationsOf(item) {
		one := p.find(word(i, "uid"))
		if one == nil {
			says(w, http.StatusBadRequest, "unknown integration")
			return
		}
		settings := part(i, "settings")
		kept := part(i, "secureFields")
		for _, name := range secretNames() {
			if kept[name] == true && at(settings, name, nil) == nil {
				keep(settings, one.Settings, name)
			}
		}
		one.Settings, one.Title = settings, word(part(item, "spec"), "title")
		one.DisableResolve, _ = i["disableResolveMessage"].(bool)
	}
	gives(w, item)
}

// keep takes a secret over from what is stored.
func keep(settings, stored object, name string) {
	was := at(stored, name, nil)
	first, second, nested := strings.Cut(name, ".")
	if !nested {
		settings[first] = was
	} else if parent, ok := settings[first].(object); ok {
		parent[second] = was
	}
}
