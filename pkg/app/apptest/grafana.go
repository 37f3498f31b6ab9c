package apptest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/yunluo-alerts/yunluo/pkg/app"
)

// Options say what a Grafana is made of.
type Options struct {
	Plugin *Plugin
	// URL is where the handler is served, without a slash at the end.
	URL string
	// Dist is the built plugin's folder. Harness is that of the page that plays Grafana's front end, and Root the
	// repository, whose node_modules have the icons and fonts. They may be empty where no pages are asked for.
	Dist, Harness, Root string
	// Older leaves out the newer API of contact points.
	Older bool
}

// Grafana is a server that app, pages and contact points take for one.
type Grafana struct {
	o   Options
	mux *http.ServeMux

	mu   sync.Mutex
	orgs map[int64]*org
	// tokens are the service accounts' by their keys.
	tokens map[string]visitor
	last   int64
}

// New makes a Grafana of one organisation, where the app was not set up.
func New(o Options) *Grafana {
	g := &Grafana{o: o, mux: http.NewServeMux(), orgs: map[int64]*org{}, tokens: map[string]visitor{}}
	g.AddOrg(nil)
	const plugin = "/api/plugins/" + app.ID
	g.mux.HandleFunc(plugin+"/resources/{path...}", g.resource)
	g.mux.HandleFunc("GET "+plugin+"/settings", g.getSettings)
	g.mux.HandleFunc("POST "+plugin+"/settings", g.postSettings)
	g.mux.HandleFunc("GET "+plugin+"/health", g.health)
	g.mux.HandleFunc("GET /api/serviceaccounts/search", g.searchAccounts)
	g.mux.HandleFunc("POST /api/serviceaccounts", g.postAccount)
	g.mux.HandleFunc("GET /api/serviceaccounts/{id}/tokens", g.getTokens)
	g.mux.HandleFunc("POST /api/serviceaccounts/{id}/tokens", g.postToken)
	g.mux.HandleFunc("DELETE /api/serviceaccounts/{id}/tokens/{token}", g.deleteToken)
	for _, path := range []string{"/apis/", "/api/v1/provisioning/"} {
		g.mux.HandleFunc(path, g.contactPoints)
	}
	g.mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) { says(w, http.StatusNotFound, "Not found") })
	g.mountTests()
	g.mountFiles()
	return g
}

// ServeHTTP implements http.Handler.
func (g *Grafana) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// visitor is somebody who asks: a person at a page or a service account.
type visitor struct {
	org         int64
	role, login string
}

// VisitorCookie says who looks at the pages, as a query string: role and org.
const VisitorCookie = "visitor"

// who tells a caller by token or cookie. A page without a cookie is an admin's of the first organisation.
func (g *Grafana) who(w http.ResponseWriter, r *http.Request) (visitor, bool) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		g.mu.Lock()
		defer g.mu.Unlock()
		v, known := g.tokens[token]
		if !known {
			says(w, http.StatusUnauthorized, "Invalid API key")
		}
		return v, known
	}
	v := visitor{org: 1, role: "Admin"}
	if c, err := r.Cookie(VisitorCookie); err == nil {
		raw, _ := url.PathUnescape(c.Value)
		values, _ := url.ParseQuery(raw)
		if role := values.Get("role"); role != "" {
			v.role = role
		}
		if org := values.Get("org"); org != "" {
			_, _ = fmt.Sscan(org, &v.org)
		}
	}
	v.login = strings.ToLower(v.role)
	return v, true
}

// may tells whether a visitor has a role, and refuses as Grafana does if not.
func (v visitor) may(w http.ResponseWriter, role string) bool {
	if rank(v.role) >= rank(role) {
		return true
	}
	says(w, http.StatusForbidden, "You'll need additional permissions to perform this action.")
	return false
}

func rank(role string) int {
	return map[string]int{"Viewer": 1, "Editor": 2, "Admin": 3}[role]
}

// entered is the organisation of a visitor who has a role there.
func (g *Grafana) entered(w http.ResponseWriter, r *http.Request, role string) (*org, visitor, bool) {
	v, ok := g.who(w, r)
	if !ok || !v.may(w, role) {
		return nil, v, false
	}
	o := g.org(v.org)
	if o == nil {
		says(w, http.StatusNotFound, "organization not found")
		return nil, v, false
	}
	return o, v, true
}

func (g *Grafana) org(id int64) *org {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.orgs[id]
}

// contactPoints serves Grafana's own; only editors may write them.
func (g *Grafana) contactPoints(w http.ResponseWriter, r *http.Request) {
	role := "Editor"
	if r.Method == http.MethodGet {
		role = "Viewer"
	}
	if o, _, ok := g.entered(w, r, role); ok {
		o.points.Handler().ServeHTTP(w, r)
	}
}

type object = map[string]any

func says(w http.ResponseWriter, status int, message string) {
	gives(w, status, object{"message": message})
}

func gives(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// maxBody is the longest request, in bytes.
const maxBody = 32 << 20

func into(w http.ResponseWriter, r *http.Request, v any) bool {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || json.Unmarshal(raw, v) != nil {
		says(w, http.StatusBadRequest, "bad request data")
		return false
	}
	return true
}
