package apptest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// callTime is longer than any answer of the plugin takes.
const callTime = time.Minute

// asked gives the context of a call of the plugin, or says why there is none.
func (g *Grafana) asked(w http.ResponseWriter, r *http.Request) (*pluginv2.PluginContext, bool) {
	o, v, ok := g.entered(w, r, "Viewer")
	if !ok {
		return nil, false
	}
	about, refusal := g.context(o, v)
	if refusal != "" {
		says(w, http.StatusNotFound, refusal)
		return nil, false
	}
	return about, true
}

// resource hands a request to the plugin and its answer back, with what Grafana takes away and adds.
func (g *Grafana) resource(w http.ResponseWriter, r *http.Request) {
	about, ok := g.asked(w, r)
	if !ok {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		says(w, http.StatusBadRequest, "bad request data")
		return
	}
	if len(body) == 0 {
		body = nil
	}
	headers := map[string]*pluginv2.StringList{}
	for name, values := range r.Header {
		switch name {
		case "Authorization", "Cookie", "User-Agent", "X-Grafana-Device-Id":
		default:
			headers[name] = &pluginv2.StringList{Values: values}
		}
	}
	headers["X-Grafana-Id"] = &pluginv2.StringList{Values: []string{"a.b.c"}}
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	path := r.PathValue("path")
	reply, err := g.o.Plugin.Ask(ctx, &pluginv2.CallResourceRequest{
		PluginContext: about, Method: r.Method, Path: path, Headers: headers, Body: body,
		Url: (&url.URL{Path: path, RawQuery: r.URL.RawQuery}).String(),
	})
	if err != nil {
		says(w, http.StatusInternalServerError, "An error occurred within the plugin")
		return
	}
	for name, values := range reply.Header {
		if name != "Set-Cookie" {
			w.Header()[name] = values
		}
	}
	w.Header().Set("Content-Security-Policy", "sandbox")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(reply.Code)
	_, _ = w.Write(reply.Body)
}

func (g *Grafana) health(w http.ResponseWriter, r *http.Request) {
	about, ok := g.asked(w, r)
	if !ok {
		return
	}
	answer, err := g.o.Plugin.CheckHealth(r.Context(), &pluginv2.CheckHealthRequest{PluginContext: about})
	if err != nil {
		says(w, http.StatusInternalServerError, "Plugin health check failed")
		return
	}
	status := http.StatusOK
	if answer.GetStatus() != pluginv2.CheckHealthResponse_OK {
		status = http.StatusServiceUnavailable
	}
	out := object{"status": strings.ToUpper(answer.GetStatus().String()), "message": answer.GetMessage()}
	if details := answer.GetJsonDetails(); len(details) > 0 {
		out["details"] = rawJSON(details)
	}
	gives(w, status, out)
}

type rawJSON []byte

// MarshalJSON implements json.Marshaler.
func (j rawJSON) MarshalJSON() ([]byte, error) { return j, nil }
