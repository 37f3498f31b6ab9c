package sandbox

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

//go:embed web
var assets embed.FS

// shown is how many of a conversation's messages the page shows, the newest.
const shown = 100

// mountWeb puts the inbox into mux.
func (s *Sandbox) mountWeb(mux *http.ServeMux) {
	page := template.Must(template.New("").ParseFS(assets, "web/*.html"))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.servePage(w, r, page) })
	mux.HandleFunc("GET /sandbox/events", s.serveEvents)
	for _, name := range []string{"inbox.css", "inbox.js"} {
		mux.HandleFunc("GET /sandbox/"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, assets, "web/"+name)
		})
	}
}

func (s *Sandbox) servePage(w http.ResponseWriter, r *http.Request, page *template.Template) {
	language := lang.Language(choice(w, r, "lang", string(lang.Chinese), string(lang.English)))
	theme := choice(w, r, "theme", "auto", "light", "dark")
	var out bytes.Buffer
	if err := page.ExecuteTemplate(&out, "page", s.view(language, theme, r.URL.Query().Get("c"))); err != nil {
		s.Logger().Error("cannot draw the inbox", slog.Any("error", err))
		http.Error(w, "the inbox cannot be drawn; its messages are at /sandbox/api/messages", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	// A reader that went away needs no page.
	_, _ = w.Write(out.Bytes())
}

// choice reads one of the values from the query, else from the cookie of the same name; a choice
// in the query is kept in the cookie. The first value is the default.
func choice(w http.ResponseWriter, r *http.Request, name string, values ...string) string {
	cookie := "yunluo_sandbox_" + name
	asked := r.URL.Query().Get(name)
	for _, v := range values {
		if v == asked {
			http.SetCookie(w, &http.Cookie{ //nolint:gosec // the page is served over plain http on the loopback, and the value is a taste
				Name: cookie, Value: v, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 31_536_000,
			})
			return v
		}
	}
	if kept, err := r.Cookie(cookie); err == nil {
		for _, v := range values {
			if v == kept.Value {
				return v
			}
		}
	}
	return values[0]
}

// serveEvents tells a page whenever something changed, as server-sent events.
func (s *Sandbox) serveEvents(w http.ResponseWriter, r *http.Request) {
	changes, stop := s.Changes()
	defer stop()
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	line := "retry: 1000\n\n"
	for {
		if _, err := w.Write([]byte(line)); err != nil {
			return
		}
		if err := control.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changes:
			line = "event: change\ndata: {}\n\n"
		case <-tick.C:
			line = ": still here\n\n"
		}
	}
}
