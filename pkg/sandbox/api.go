package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// maxAPIBody is the longest request to the sandbox's own API, in bytes.
const maxAPIBody = 4 << 20

// settings are what can be switched while the sandbox runs.
type settings struct {
	Inbox    *stage.Mode `json:"inbox,omitempty"`
	NoLimits *bool       `json:"no_limits,omitempty"`
}

// mountAPI puts the sandbox's own JSON API into mux. Pages of other origins are refused.
func (s *Sandbox) mountAPI(mux *http.ServeMux) {
	api := http.NewServeMux()
	get := func(path string, read func(r *http.Request) (any, error)) {
		api.HandleFunc("GET /sandbox/api/"+path, func(w http.ResponseWriter, r *http.Request) {
			reply(w, http.StatusOK)(read(r))
		})
	}
	do := func(pattern, path string, status int, act func(r *http.Request) (any, error)) {
		api.HandleFunc(pattern+" /sandbox/api/"+path, func(w http.ResponseWriter, r *http.Request) {
			reply(w, status)(act(r))
		})
	}
	get("messages", s.apiMessages)
	get("messages/{id}", s.apiMessage)
	do("DELETE", "messages", http.StatusOK, func(*http.Request) (any, error) { s.Clear(); return done(), nil })
	do("POST", "messages/{id}/read", http.StatusOK, s.apiRead)
	get("counters", func(*http.Request) (any, error) { return s.Figures(), nil })
	get("world", func(*http.Request) (any, error) { return s.View(), nil })
	do("POST", "world", http.StatusCreated, s.apiAdd)
	get("faults", func(*http.Request) (any, error) { return map[string]any{"faults": s.Faults()}, nil })
	do("PUT", "faults", http.StatusOK, s.apiSetFaults)
	do("POST", "faults", http.StatusCreated, s.apiAddFault)
	do("DELETE", "faults", http.StatusOK, func(*http.Request) (any, error) { return done(), s.SetFaults() })
	do("DELETE", "faults/{id}", http.StatusOK, func(r *http.Request) (any, error) {
		if !s.RemoveFault(r.PathValue("id")) {
			return nil, errNotFound
		}
		return done(), nil
	})
	get("settings", func(*http.Request) (any, error) { return s.settings(), nil })
	do("PUT", "settings", http.StatusOK, s.apiSettings)
	do("POST", "reset", http.StatusOK, func(*http.Request) (any, error) { s.Reset(); return done(), nil })
	mux.Handle("/sandbox/api/", http.NewCrossOriginProtection().Handler(api))
}

var errNotFound = errors.New("there is nothing with this id")

func done() map[string]bool { return map[string]bool{"ok": true} }

// reply writes what a part of the API returned.
func reply(w http.ResponseWriter, status int) func(any, error) {
	return func(body any, err error) {
		switch {
		case errors.Is(err, errNotFound):
			status, body = http.StatusNotFound, map[string]string{"error": err.Error()}
		case err != nil:
			status, body = http.StatusBadRequest, map[string]string{"error": err.Error()}
		}
		raw, err := json.Marshal(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(status)
		// A caller that went away needs no answer.
		_, _ = w.Write(raw)
	}
}

// decode reads a request's body strictly.
func decode(r *http.Request, into any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAPIBody+1))
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if len(body) > maxAPIBody {
		return fmt.Errorf("body is longer than %d bytes", maxAPIBody)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("body is not the JSON that this takes: %w", err)
	}
	return nil
}

func (s *Sandbox) apiMessages(r *http.Request) (any, error) {
	q := r.URL.Query()
	f := stage.Filter{
		Provider: q.Get("provider"), Conversation: q.Get("conversation"), App: q.Get("app"),
		Key: q.Get("key"), Text: q.Get("text"),
	}
	if limit := q.Get("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || n < 0 {
			return nil, errors.New("limit must be a number from 0 on")
		}
		f.Limit = n
	}
	return map[string]any{"messages": s.Messages(f)}, nil
}

func (s *Sandbox) apiMessage(r *http.Request) (any, error) {
	m, ok := s.Message(r.PathValue("id"))
	if !ok {
		return nil, errNotFound
	}
	return m, nil
}

// apiRead lets somebody read a message, as a person would by opening the chat.
func (s *Sandbox) apiRead(r *http.Request) (any, error) {
	var in struct {
		UserID string `json:"user_id"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if _, ok := s.UserBy(func(u *stage.User) bool { return u.UserID == in.UserID }); !ok {
		return nil, fmt.Errorf("there is no user with user_id %q", in.UserID)
	}
	if !s.MarkRead(r.PathValue("id"), in.UserID) {
		return nil, errNotFound
	}
	return done(), nil
}

func (s *Sandbox) apiAdd(r *http.Request) (any, error) {
	var w stage.World
	if err := decode(r, &w); err != nil {
		return nil, err
	}
	if err := s.Add(w); err != nil {
		return nil, err
	}
	return done(), nil
}

func (s *Sandbox) apiSetFaults(r *http.Request) (any, error) {
	var in struct {
		Faults []stage.Fault `json:"faults"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	for _, f := range in.Faults {
		if err := s.knows(f.Provider); err != nil {
			return nil, err
		}
	}
	if err := s.SetFaults(in.Faults...); err != nil {
		return nil, err
	}
	return map[string]any{"faults": s.Faults()}, nil
}

// knows refuses a provider that nobody plays: a fault of it would never come.
func (s *Sandbox) knows(provider string) error {
	var names []string
	for _, p := range s.plays {
		if names = append(names, p.Provider); p.Provider == provider || provider == "" {
			return nil
		}
	}
	return fmt.Errorf("there is no provider %q; there are %s", provider, strings.Join(names, ", "))
}

func (s *Sandbox) apiAddFault(r *http.Request) (any, error) {
	var f stage.Fault
	if err := decode(r, &f); err != nil {
		return nil, err
	}
	if err := s.knows(f.Provider); err != nil {
		return nil, err
	}
	id, err := s.AddFault(f)
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": id}, nil
}

func (s *Sandbox) settings() settings {
	mode, lifted := s.Mode(), s.NoLimits()
	return settings{Inbox: &mode, NoLimits: &lifted}
}

func (s *Sandbox) apiSettings(r *http.Request) (any, error) {
	var in settings
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if in.Inbox != nil {
		if err := s.SetMode(*in.Inbox); err != nil {
			return nil, err
		}
	}
	if in.NoLimits != nil {
		s.SetNoLimits(*in.NoLimits)
	}
	return s.settings(), nil
}
