package apptest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"

	"github.com/yunluo-alerts/yunluo/pkg/app"
	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint/grafanatest"
)

// org is an organisation: the app's settings there, its service accounts and Grafana's contact points.
type org struct {
	id     int64
	points *grafanatest.Points

	mu       sync.Mutex
	settings *Settings
	updated  time.Time
	accounts []*account
}

// Settings are an app's, as they are posted.
type Settings struct {
	Enabled        bool              `json:"enabled"`
	Pinned         bool              `json:"pinned"`
	JSONData       json.RawMessage   `json:"jsonData"`
	SecureJSONData map[string]string `json:"secureJsonData"`
}

// AddOrg makes an organisation and returns its id, from 1 on. Without settings the app was never set up there.
func (g *Grafana) AddOrg(s *Settings) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	namespace := "org-" + strconv.FormatInt(g.last, 10)
	if g.last == 1 {
		namespace = "default"
	}
	o := &org{id: g.last, points: &grafanatest.Points{Newer: !g.o.Older, Namespace: namespace}}
	if s != nil {
		o.save(*s)
	}
	g.orgs[o.id] = o
	return o.id
}

// Save changes an organisation's settings as its admin would.
func (g *Grafana) Save(id int64, s Settings) { g.org(id).save(s) }

// save keeps secrets that are not given, and stores an empty one as such.
func (o *org) save(s Settings) {
	o.mu.Lock()
	defer o.mu.Unlock()
	secrets := map[string]string{}
	if o.settings != nil {
		maps.Copy(secrets, o.settings.SecureJSONData)
	}
	maps.Copy(secrets, s.SecureJSONData)
	s.SecureJSONData = secrets
	o.settings = &s
	// No two states have the same time.
	if now := time.Now(); now.Sub(o.updated) >= time.Millisecond {
		o.updated = now
	} else {
		o.updated = o.updated.Add(time.Millisecond)
	}
}

// ready are the settings; without a message to refuse with, the app is on.
func (o *org) ready() (s Settings, updated time.Time, refusal string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.settings == nil:
		return s, o.updated, "Plugin setting not found"
	case !o.settings.Enabled:
		return s, o.updated, "Plugin is not enabled"
	}
	s = *o.settings
	s.SecureJSONData = maps.Clone(s.SecureJSONData)
	return s, o.updated, ""
}

// context is what Grafana tells the plugin with each call.
func (g *Grafana) context(o *org, v visitor) (*pluginv2.PluginContext, string) {
	s, updated, refusal := o.ready()
	if refusal != "" {
		return nil, refusal
	}
	return &pluginv2.PluginContext{
		OrgId: o.id, PluginId: app.ID, PluginVersion: "0.1.0",
		User: &pluginv2.User{Login: v.login, Name: v.login, Email: v.login, Role: v.role},
		AppInstanceSettings: &pluginv2.AppInstanceSettings{
			JsonData: s.JSONData, DecryptedSecureJsonData: s.SecureJSONData, LastUpdatedMS: updated.UnixMilli(),
		},
		GrafanaConfig: map[string]string{"GF_APP_URL": g.o.URL + "/"},
	}, ""
}

// getSettings answers with plugin.json and what is stored; secrets only by name.
func (g *Grafana) getSettings(w http.ResponseWriter, r *http.Request) {
	o, _, ok := g.entered(w, r, "Viewer")
	if !ok {
		return
	}
	out := object{}
	raw, err := os.ReadFile(filepath.Join(g.o.Dist, "plugin.json"))
	if err == nil {
		// A build beside dist has the name still to be put in.
		err = json.Unmarshal(bytes.ReplaceAll(raw, []byte("%PLUGIN_ID%"), []byte(app.ID)), &out)
	}
	if err != nil {
		says(w, http.StatusInternalServerError, "read plugin.json: "+err.Error())
		return
	}
	const public = "public/plugins/" + app.ID
	texts := object{}
	languages, _ := out["languages"].([]any)
	for _, l := range languages {
		if lang, ok := l.(string); ok {
			texts[lang] = public + "/locales/" + lang + "/" + app.ID + ".json"
		}
	}
	stored := map[string]bool{}
	out["baseUrl"], out["module"], out["translations"], out["secureJsonFields"] = public, public+"/module.js", texts, stored
	out["loadingStrategy"], out["defaultNavUrl"] = "script", "/a/"+app.ID+"/contact-points"
	o.mu.Lock()
	defer o.mu.Unlock()
	out["enabled"], out["pinned"], out["jsonData"] = false, false, nil
	if s := o.settings; s != nil {
		out["enabled"], out["pinned"], out["jsonData"] = s.Enabled, s.Pinned, s.JSONData
		for name, value := range s.SecureJSONData {
			if value != "" {
				stored[name] = true
			}
		}
	}
	gives(w, http.StatusOK, out)
}

func (g *Grafana) postSettings(w http.ResponseWriter, r *http.Request) {
	var s Settings
	if o, _, ok := g.entered(w, r, "Admin"); ok && into(w, r, &s) {
		o.save(s)
		says(w, http.StatusOK, "Plugin settings updated")
	}
}
