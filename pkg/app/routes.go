package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/google/uuid"
	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// role is what somebody may do in an organisation; a later one may do what the earlier ones may.
type role int8

const (
	nobody role = iota
	viewer
	editor
	admin
)

// roleOf is a caller's role as Grafana says it. Calls without a person, and the role None, have none.
func roleOf(u *backend.User) role {
	if u == nil {
		return nobody
	}
	return map[string]role{"Viewer": viewer, "Editor": editor, "Admin": admin}[u.Role]
}

func (r role) text() lang.Text {
	return map[role]lang.Text{
		viewer: {ZH: "查看者（Viewer）", EN: "viewer"}, editor: {ZH: "编辑者（Editor）", EN: "editor"}, admin: {ZH: "管理员（Admin）", EN: "admin"},
	}[r]
}

// call is a request of one of the app's pages.
type call struct {
	*http.Request
	tenant *tenant
	role   role
	// settings are the newest, whether in force or not, as Grafana sends them with every call.
	settings backend.AppInstanceSettings
}

// routes serves what the pages and Grafana's contact points ask for.
func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, page := range map[string]struct {
		least role
		serve func(*call) (any, error)
	}{
		"GET /v1/types":                     {viewer, a.types},
		"GET /v1/health":                    {viewer, a.health},
		"GET /v1/history":                   {viewer, a.history},
		"GET /v1/history/figures":           {viewer, a.figures},
		"GET /v1/history/{id}":              {viewer, a.delivery},
		"POST /v1/history/{id}/resend":      {editor, a.resend},
		"GET /v1/accounts":                  {editor, a.accounts},
		"PUT /v1/accounts/{account}":        {admin, a.putAccount},
		"DELETE /v1/accounts/{account}":     {admin, a.deleteAccount},
		"POST /v1/accounts/{account}/probe": {admin, a.probe},
		"GET /v1/people":                    {viewer, a.people},
		"PUT /v1/people/{person}":           {editor, a.putPerson},
		"DELETE /v1/people/{person}":        {editor, a.deletePerson},
		"POST /v1/people/lookup":            {editor, a.lookup},
		"GET /v1/defaults":                  {viewer, a.defaults},
		"PUT /v1/defaults":                  {admin, a.putDefaults},
		"GET /v1/grafana":                   {admin, a.grafana},
		"PUT /v1/grafana":                   {admin, a.putGrafana},
		"POST /v1/preview":                  {editor, a.preview},
		"POST /v1/test":                     {editor, a.test},
		"POST /v1/settings/check":           {admin, a.check},
		"DELETE /v1/settings/sealed":        {admin, a.forget},

		"GET /v1/contact-points":                          {viewer, a.contactPoints},
		"PUT /v1/contact-points/{contact_point}":          {editor, a.putPoint},
		"DELETE /v1/contact-points/{contact_point}":       {editor, a.deletePoint},
		"POST /v1/contact-points/{contact_point}/secret":  {editor, a.rotate},
		"POST /v1/contact-points/{contact_point}/grafana": {editor, a.link},
		"GET /v1/contact-points/{contact_point}/manual":   {editor, a.manual},
	} {
		mux.Handle(pattern, a.page(page.least, page.serve))
	}
	mux.HandleFunc("/v1/notify/{contact_point...}", a.notify)
	mux.HandleFunc("/", a.noRoute)
	return a.guarded(mux)
}

// callResource hands a call to the routes. Grafana unescapes the path, which may then be none that parses.
func (a *App) callResource(ctx context.Context, r *backend.CallResourceRequest, s backend.CallResourceResponseSender) error {
	escaped := *r
	escaped.Path = (&url.URL{Path: r.Path}).EscapedPath()
	return a.resources.CallResource(ctx, &escaped, s)
}

// guarded gives every answer its headers and survives a panic, whose value, which may hold a piece of the body, is not logged.
func (a *App) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(answer.RequestID, uuid.NewString())
		w.Header().Set("Cache-Control", "no-store")
		if r.Body == nil {
			// So it is when the caller sent none.
			r.Body = http.NoBody
		}
		defer a.recovered(w, r)
		next.ServeHTTP(w, r)
	})
}

func (a *App) recovered(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		a.log.ErrorContext(r.Context(), "request handler panicked",
			"request_id", w.Header().Get(answer.RequestID), "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		a.writeFault(w, r, answer.FaultOf(r.Context(), errors.New("panic")))
	}
}

// page serves a page's request for those who have the least role.
func (a *App) page(least role, serve func(*call) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := backend.PluginConfigFromContext(r.Context())
		c := &call{Request: r, tenant: a.tenantOf(orgOf(r.Context())), role: roleOf(from.User)}
		if from.AppInstanceSettings != nil {
			c.settings = *from.AppInstanceSettings
		}
		if c.role < least {
			a.writeFault(w, r, &answer.Fault{Status: http.StatusForbidden, Code: "role", Text: lang.Text{
				ZH: "需要" + least.text().ZH + "或更高的角色", EN: "this takes the role " + least.text().EN + " or higher",
			}})
			return
		}
		out, err := serve(c)
		if err == nil && c.role == viewer {
			out, err = masked(out)
		}
		if err != nil {
			a.refuse(w, r, c.tenant, err)
			return
		}
		answer.WriteJSON(w, http.StatusOK, out)
	})
}

// refusal is what a page is told of settings with faults.
type refusal struct {
	Error     string        `json:"error"`
	Code      string        `json:"code"`
	RequestID string        `json:"request_id"`
	Faults    []faultAnswer `json:"faults"`
}

// refuse tells a page that reads JSON each fault with its place, and everybody the sentence.
func (a *App) refuse(w http.ResponseWriter, r *http.Request, t *tenant, err error) {
	f, faults := a.faultOf(r.Context(), t, err), faultsOfError(err)
	if len(faults) == 0 || !answer.WantsJSON(r) {
		a.writeFault(w, r, f)
		return
	}
	s, _ := t.state()
	answer.WriteJSON(w, f.Status, refusal{
		Error: f.Text.In(answer.Language(r, s.language())), Code: f.Code, RequestID: w.Header().Get(answer.RequestID), Faults: faults,
	})
}

// maxRequest bounds what a page may post, in bytes.
const maxRequest = 4 << 20

// into reads a page's JSON.
func (c *call) into(v any) error { return c.upTo(maxRequest, v) }

func (c *call) upTo(size int64, v any) error {
	decoder := json.NewDecoder(io.LimitReader(c.Body, size))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("%w: the request's JSON cannot be read: %w", core.ErrInvalid, err)
	}
	return nil
}

// faultOf words what went wrong.
func (a *App) faultOf(ctx context.Context, t *tenant, err error) *answer.Fault {
	if told, ok := errors.AsType[*trouble](err); ok {
		if told.status != 0 {
			return &answer.Fault{Status: told.status, Code: orElse(told.code, "not_possible"), Text: told.text}
		}
		return &answer.Fault{Status: http.StatusServiceUnavailable, Code: "not_ready", Text: told.text, RetryAfter: retryNotReady}
	}
	if told, ok := errors.AsType[*contactpoint.Error](err); ok {
		return &answer.Fault{Status: http.StatusBadGateway, Code: "grafana", Text: told.Text}
	}
	for _, known := range []struct {
		is     error
		status int
		code   string
	}{
		{core.ErrNotFound, http.StatusNotFound, "not_found"},
		{core.ErrUnknownContactPoint, http.StatusNotFound, "unknown_contact_point"},
		{core.ErrConfig, http.StatusUnprocessableEntity, "invalid_configuration"},
	} {
		if errors.Is(err, known.is) {
			return &answer.Fault{Status: known.status, Code: known.code, Text: wordsOf(err)}
		}
	}
	f := answer.FaultOf(ctx, err)
	if f.Status == http.StatusInternalServerError {
		a.log.ErrorContext(ctx, "request failed", "org", t.org, "error", err)
	}
	return f
}

func (a *App) writeFault(w http.ResponseWriter, r *http.Request, f *answer.Fault) {
	s, _ := a.tenantOf(orgOf(r.Context())).state()
	answer.WriteFault(w, r, s.language(), f)
}

func (a *App) noRoute(w http.ResponseWriter, r *http.Request) {
	a.writeFault(w, r, &answer.Fault{Status: http.StatusNotFound, Code: "no_route", Text: lang.Text{
		ZH: "没有这个路径或方法；Grafana 的联络点请用 POST /v1/notify/{联络点}",
		EN: "there is no such path or method; contact points of Grafana use POST /v1/notify/{contact_point}",
	}})
}
