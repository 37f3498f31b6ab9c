package apptest

import (
	"net/http"
	"strconv"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint/grafanatest"
)

// mountTests serves what tests do to a Grafana that no user can.
func (g *Grafana) mountTests() {
	g.mux.HandleFunc("POST /apptest/orgs", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Settings *Settings `json:"settings"`
			Older    bool      `json:"older"`
		}
		if into(w, r, &in) {
			id := g.AddOrg(in.Settings)
			if in.Older {
				g.org(id).points.Newer = false
			}
			gives(w, http.StatusCreated, object{"org": id})
		}
	})
	g.mux.HandleFunc("POST /apptest/fire", func(w http.ResponseWriter, r *http.Request) {
		var in Alert
		if !into(w, r, &in) {
			return
		}
		sent, err := g.Fire(r.Context(), in)
		if err != nil {
			says(w, http.StatusUnprocessableEntity, err.Error())
			return
		}
		gives(w, http.StatusOK, sent)
	})
	g.mux.HandleFunc("GET /apptest/orgs/{org}/contact-points", g.withOrg(func(w http.ResponseWriter, _ *http.Request, o *org) {
		o.points.Change(func(l *grafanatest.Locked) { gives(w, http.StatusOK, l.All()) })
	}))
	g.mux.HandleFunc("POST /apptest/orgs/{org}/contact-points", g.withOrg(func(w http.ResponseWriter, r *http.Request, o *org) {
		var in []*grafanatest.Point
		if into(w, r, &in) {
			o.points.Change(func(l *grafanatest.Locked) { l.Replace(in...) })
			gives(w, http.StatusOK, in)
		}
	}))
	g.mux.HandleFunc("GET /apptest/orgs/{org}/settings", g.withOrg(func(w http.ResponseWriter, _ *http.Request, o *org) {
		o.mu.Lock()
		defer o.mu.Unlock()
		gives(w, http.StatusOK, o.settings)
	}))
}

func (g *Grafana) withOrg(serve func(http.ResponseWriter, *http.Request, *org)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.ParseInt(r.PathValue("org"), 10, 64)
		o := g.org(id)
		if o == nil {
			says(w, http.StatusNotFound, "organization not found")
			return
		}
		serve(w, r, o)
	}
}
