// Package grafanatest plays Grafana's APIs of contact points, as measured on 12.4, with their traps.
package grafanatest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

const (
	group        = "notifications.alerting.grafana.app"
	pointsPath   = "/api/v1/provisioning/contact-points"
	policiesPath = "/api/v1/provisioning/policies"
	redacted     = "[REDACTED]"
)

type object = map[string]any

// Points are the contact points of one organisation.
type Points struct {
	// Newer tells whether there is the newer API; both share what is stored.
	Newer bool
	// Namespace is the organisation's name in the newer API; empty means "default".
	Namespace string

	mu     sync.Mutex
	points []*Point
	writes []string
	// meanwhile runs once before the next write of the newer API.
	meanwhile func(*Locked)
	// routes and rules are the titles that notification policies and alert rules name.
	routes, rules []string
}

// Point is an integration, with its secrets in the open.
type Point struct {
	UID, Title, Provenance string
	Settings               object
	DisableResolve         bool
}

// Handler serves both APIs. Who may call is the caller's business.
func (p *Points) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /apis/"+group, p.versions)
	const list = "/apis/" + group + "/v0alpha1/namespaces/{namespace}/receivers"
	mux.HandleFunc("GET "+list, p.list)
	mux.HandleFunc("POST "+list, p.post)
	mux.HandleFunc("PUT "+list+"/{name}", p.put)
	mux.HandleFunc("GET "+pointsPath, p.legacyList)
	mux.HandleFunc("POST "+pointsPath, p.legacyPost)
	mux.HandleFunc("PUT "+pointsPath+"/{uid}", p.legacyPut)
	mux.HandleFunc("GET "+policiesPath, p.policies)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if r.Method != http.MethodGet {
			p.writes = append(p.writes, r.Method+" "+r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/json")
		mux.ServeHTTP(w, r)
	})
}

// Locked is what may be looked at and changed while nothing is served.
type Locked struct{ p *Points }

// Change runs while nothing is served.
func (p *Points) Change(do func(*Locked)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do(&Locked{p})
}

// Add adds integrations.
func (l *Locked) Add(more ...*Point) { l.p.points = append(l.p.points, more...) }

// Replace leaves only these integrations.
func (l *Locked) Replace(points ...*Point) { l.p.points = points }

// All are the integrations.
func (l *Locked) All() []*Point { return l.p.points }

// Find gives the integration of a uid, nil when there is none.
func (l *Locked) Find(uid string) *Point { return l.p.find(uid) }

// Writes are the writes so far, as method and path.
func (l *Locked) Writes() []string { return l.p.writes }

// Route sets which contact points the notification policies use.
func (l *Locked) Route(titles ...string) { l.p.routes = titles }

// Rule sets which contact points alert rules name themselves.
func (l *Locked) Rule(titles ...string) { l.p.rules = titles }

// Meanwhile sets what happens before the next write of the newer API, as if somebody else did it.
func (l *Locked) Meanwhile(do func(*Locked)) { l.p.meanwhile = do }

func (p *Points) find(uid string) *Point {
	i := slices.IndexFunc(p.points, func(p *Point) bool { return p.UID == uid })
	if i < 0 {
		return nil
	}
	return p.points[i]
}

func (p *Points) titles() (list []string) {
	for _, one := range p.points {
		if !slices.Contains(list, one.Title) {
			list = append(list, one.Title)
		}
	}
	return list
}

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

func says(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	gives(w, object{"message": message})
}

func gives(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

// body reads a request; what is no JSON object is refused as Grafana refuses it.
func body(w http.ResponseWriter, r *http.Request) (v object, ok bool) {
	raw, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(raw, &v) != nil {
		says(w, http.StatusBadRequest, "bad request data")
		return nil, false
	}
	return v, true
}

// word is a string of an object, empty where there is none.
func word(o object, name string) string {
	s, _ := o[name].(string)
	return s
}

func part(o object, name string) object {
	p, _ := o[name].(object)
	return p
}
