package apptest

import (
	"net/http"
	"path/filepath"

	"github.com/yunluo-alerts/yunluo/pkg/app"
)

// mountFiles serves what lies in folders: the plugin, Grafana's icons and fonts, and for every other path the page.
func (g *Grafana) mountFiles() {
	modules := filepath.Join(g.o.Root, "node_modules")
	for path, folder := range map[string]string{
		"/public/plugins/" + app.ID + "/": g.o.Dist,
		"/public/harness/":                g.o.Harness,
	} {
		g.mux.Handle("GET "+path, http.StripPrefix(path, http.FileServer(http.Dir(folder))))
	}
	g.mux.HandleFunc("GET /public/build/img/icons/{set}/{name}", g.icon)
	for face, file := range map[string]string{
		"Inter-Regular": "400-normal", "Inter-Medium": "500-normal", "Inter-Italic": "400-italic", "Inter-MediumItalic": "500-italic",
	} {
		g.mux.HandleFunc("GET /public/fonts/inter/"+face+".woff2", func(w http.ResponseWriter, r *http.Request) {
			http.ServeFile(w, r, filepath.Join(modules, "@fontsource", "inter", "files", "inter-latin-"+file+".woff2"))
		})
	}
	g.mux.HandleFunc("GET /public/fonts/roboto/{file}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(modules, "@fontsource", "roboto-mono", "files", "roboto-mono-latin-400-normal.woff2"))
	})
	g.mux.Handle("/public/", http.NotFoundHandler())
	g.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(g.o.Root, "tests", "harness", "page.html"))
	})
}
