package contactpoint

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// fake is a Grafana 12.4 as far as it was measured, traps included; without the newer API it is an older one.
type fake struct {
	mu     sync.Mutex
	newer  bool
	points []*point
	writes []string
	// meanwhile runs once before the next write of the newer API.
	meanwhile func()
	// routesOf are the contact points of the notification policies.
	routesOf []string
}

// point is an integration, with its secrets in the open.
type point struct {
	UID, Title, Provenance string
	Settings               object
	DisableResolve         bool
}

const (
	editorToken = "glsa_editor"
	viewerToken = "glsa_viewer"
)

func secretNames() []string {
	return []string{"authorization_credentials", "password", "hmacConfig.secret", "tlsConfig.clientKey"}
}

// at reads and changes a dotted name.
func at(settings object, name string, change func(parent object, key string)) any {
	parent := settings
	keys := strings.Split(name, ".")
	for _, k := range keys[:len(keys)-1] {
		next, ok := parent[k].(object)
		if !ok {
			return nil
		}
		parent = next
	}
	last := keys[len(keys)-1]
	was := parent[last]
	if was != nil && change != nil {
		change(parent, last)
	}
	return was
}

func clone(v object) (out object) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return out
}

func (f *fake) start(tb testing.TB) string {
	tb.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /apis/"+group, f.versions)
	const list = "/apis/" + group + "/v0alpha1/namespaces/{namespace}/receivers"
	mux.HandleFunc("GET "+list, f.list)
	mux.HandleFunc("POST "+list, f.post)
	mux.HandleFunc("PUT "+list+"/{name}", f.put)
	mux.HandleFunc("GET "+pointsPath, f.legacyList)
	mux.HandleFunc("POST "+pointsPath, f.legacyPost)
	mux.HandleFunc("PUT "+pointsPath+"/{uid}", f.legacyPut)
	mux.HandleFunc("GET "+policiesPath, f.policies)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		role := r.Header.Get("Authorization")
		switch {
		case role != "Bearer "+editorToken && role != "Bearer "+viewerToken:
			says(w, http.StatusUnauthorized, "Invalid API key")
			return
		case role == "Bearer "+viewerToken && r.Method != http.MethodGet:
			says(w, http.StatusForbidden, "You'll need additional permissions to perform this action.")
			return
		}
		if r.Method != http.MethodGet {
			f.writes = append(f.writes, r.Method+" "+r.URL.Path)
		}
		mux.ServeHTTP(w, r)
	}))
	tb.Cleanup(s.Close)
	return s.URL
}

func says(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	gives(w, object{"message": message})
}

func gives(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func body(r *http.Request) (v object) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err)
	}
	return v
}

func (f *fake) find(uid string) *point {
	i := slices.IndexFunc(f.points, func(p *point) bool { return p.UID == uid })
	if i < 0 {
		return nil
	}
	return f.points[i]
}

func (f *fake) titles() (list []string) {
	for _, p := range f.points {
		if !slices.Contains(list, p.Title) {
			list = append(list, p.Title)
		}
	}
	return list
}

func nameOf(title string) string { return base64.RawURLEncoding.EncodeToString([]byte(title)) }

func (f *fake) versions(w http.ResponseWriter, _ *http.Request) {
	if !f.newer {
		says(w, http.StatusNotFound, "Not found")
		return
	}
	gives(w, object{"kind": "APIGroup", "versions": []object{{"version": "v0alpha1"}}})
}

// item is a contact point as the newer API shows it: no secrets, but which there are.
func (f *fake) item(title string) object {
	provenance, integrations := "none", []object{}
	for _, p := range f.points {
		if p.Title != title {
			continue
		}
		if p.Provenance != "" {
			provenance = p.Provenance
		}
		settings, secure := clone(p.Settings), object{}
		for _, name := range secretNames() {
			if at(settings, name, func(parent object, key string) { delete(parent, key) }) != nil {
				secure[name] = true
			}
		}
		integrations = append(integrations, object{
			"uid": p.UID, "type": "webhook", "version": "v1", "disableResolveMessage": p.DisableResolve, "settings": settings, "secureFields": secure,
		})
	}
	raw, err := json.Marshal(f.points)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(raw)
	return object{
		"metadata": object{"name": nameOf(title), "resourceVersion": hex.EncodeToString(sum[:8]), "annotations": object{
			"grafana.com/provenance": provenance, "grafana.com/inUse/routes": strconv.Itoa(f.using(title)),
		}},
		"spec": object{"title": title, "integrations": integrations},
	}
}

func (f *fake) using(title string) (n int) {
	for _, r := range f.routesOf {
		if r == title {
			n++
		}
	}
	return n
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	items := []object{}
	if r.PathValue("namespace") == "default" {
		for _, title := range f.titles() {
			items = append(items, f.item(title))
		}
	}
	gives(w, object{"items": items})
}

func (f *fake) post(w http.ResponseWriter, r *http.Request) {
	item := body(r)
	spec := item["spec"].(object)
	title := spec["title"].(string)
	if name := item["metadata"].(object)["name"]; name != nil {
		says(w, http.StatusBadRequest, "metadata.name should be empty")
		return
	}
	if slices.Contains(f.titles(), title) {
		says(w, http.StatusConflict, "alerting.notifications.receivers.exists")
		return
	}
	for _, i := range integrationsOf(item) {
		f.points = append(f.points, &point{UID: i["uid"].(string), Title: title, Settings: i["settings"].(object)})
	}
	w.WriteHeader(http.StatusCreated)
	gives(w, f.item(title))
}

func (f *fake) put(w http.ResponseWriter, r *http.Request) {
	if f.meanwhile != nil {
		f.meanwhile()
		f.meanwhile = nil
	}
	item := body(r)
	i := slices.IndexFunc(f.titles(), func(title string) bool { return nameOf(title) == r.PathValue("name") })
	if i < 0 {
		says(w, http.StatusNotFound, "not found")
		return
	}
	now := f.item(f.titles()[i])
	switch {
	case annotation(now, "grafana.com/provenance") != "none":
		says(w, http.StatusForbidden, "provenance")
		return
	case item["metadata"].(object)["resourceVersion"] != now["metadata"].(object)["resourceVersion"]:
		says(w, http.StatusConflict, "Conflict")
		return
	}
	for _, i := range integrationsOf(item) {
		p := f.find(i["uid"].(string))
		settings := i["settings"].(object)
		kept, _ := i["secureFields"].(object)
		for _, name := range secretNames() {
			if kept[name] != true || at(settings, name, nil) != nil {
				continue
			}
			was := at(p.Settings, name, nil)
			first, second, nested := strings.Cut(name, ".")
			if !nested {
				settings[first] = was
			} else if parent, ok := settings[first].(object); ok {
				parent[second] = was
			}
		}
		p.Settings, p.Title = settings, item["spec"].(object)["title"].(string)
		p.DisableResolve, _ = i["disableResolveMessage"].(bool)
	}
	gives(w, item)
}

func (f *fake) legacyList(w http.ResponseWriter, _ *http.Request) {
	list := []object{}
	for _, p := range f.points {
		settings := clone(p.Settings)
		for _, name := range secretNames() {
			at(settings, name, func(parent object, key string) { parent[key] = redacted })
		}
		list = append(list, object{
			"uid": p.UID, "name": p.Title, "type": "webhook", "settings": settings, "provenance": p.Provenance, "disableResolveMessage": p.DisableResolve,
		})
	}
	gives(w, list)
}

func (f *fake) legacyPost(w http.ResponseWriter, r *http.Request) {
	item := body(r)
	settings := item["settings"].(object)
	switch {
	case f.find(item["uid"].(string)) != nil:
		says(w, http.StatusConflict, "alerting.notifications.contact-points.uidInUse")
		return
	case settings["url"] == nil:
		says(w, http.StatusBadRequest, "required field 'url' is not specified")
		return
	case settings["username"] != nil && settings["authorization_credentials"] != nil:
		says(w, http.StatusBadRequest, "both HTTP Basic Authentication and Authorization Header are set")
		return
	}
	p := &point{UID: item["uid"].(string), Title: item["name"].(string), Settings: settings}
	if r.Header.Get("X-Disable-Provenance") == "" {
		p.Provenance = "api"
	}
	f.points = append(f.points, p)
	w.WriteHeader(http.StatusAccepted)
	gives(w, object{})
}

func (f *fake) legacyPut(w http.ResponseWriter, r *http.Request) {
	p, item := f.find(r.PathValue("uid")), body(r)
	switch {
	case p == nil:
		says(w, http.StatusNotFound, "not found")
		return
	case p.Provenance != "" && r.Header.Get("X-Disable-Provenance") != "":
		says(w, http.StatusInternalServerError, "cannot change provenance from 'api' to ''")
		return
	}
	settings := maps.Clone(item["settings"].(object))
	for _, name := range []string{"authorization_credentials", "password"} {
		// Only those at the top are kept; a nested one is stored as it stands.
		if settings[name] == redacted {
			settings[name] = p.Settings[name]
		}
	}
	p.Settings, p.Title = settings, item["name"].(string)
	p.DisableResolve, _ = item["disableResolveMessage"].(bool)
	w.WriteHeader(http.StatusAccepted)
	gives(w, object{})
}

func (f *fake) policies(w http.ResponseWriter, _ *http.Request) {
	routes := []object{}
	for _, r := range f.routesOf {
		routes = append(routes, object{"receiver": r})
	}
	gives(w, object{"receiver": "empty", "routes": []object{{"receiver": "empty", "routes": routes}}})
}

// locked lets a test look into the fake while it runs.
func (f *fake) locked(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *fake) written() (n int) {
	f.locked(func() { n = len(f.writes) })
	return n
}

func (f *fake) settings(t *testing.T, uid string) (s object) {
	t.Helper()
	f.locked(func() {
		p := f.find(uid)
		require.NotNil(t, p, uid)
		s = clone(p.Settings)
	})
	return s
}
