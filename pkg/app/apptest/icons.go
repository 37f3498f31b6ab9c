package apptest

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// icon serves an icon of Grafana's. Its package has only those that it changed; the others are Unicons, which npm has as
// components, one path each.
func (g *Grafana) icon(w http.ResponseWriter, r *http.Request) {
	modules := filepath.Join(g.o.Root, "node_modules")
	set, name := filepath.Base(r.PathValue("set")), filepath.Base(r.PathValue("name"))
	file := filepath.Join(modules, "@grafana", "ui", "dist", "public", "img", "icons", set, name)
	if _, err := os.Stat(file); err == nil {
		http.ServeFile(w, r, file)
		return
	}
	component := filepath.Join(modules, "@iconscout", "react-unicons", "icons", "uil-"+strings.TrimSuffix(name, ".svg")+".js")
	source, err := os.ReadFile(component) //nolint:gosec // a base name below our own node_modules
	path := regexp.MustCompile(`d: '([^']+)'`).FindSubmatch(source)
	if err != nil || path == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="` + string(path[1]) + `"/></svg>`)) //nolint:gosec // from our own node_modules
}
