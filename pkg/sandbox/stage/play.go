package stage

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// maxBody is the longest request that is read, in bytes.
const maxBody = 4 << 20

// Play is one provider on the stage.
type Play struct {
	Provider string
	Title    lang.Text
	// Types are the types of account that can send to this play.
	Types []string
	// Accounts are settings that work with the demo's world, one for each type at least.
	Accounts []Account
	Routes   []Route
	// Lines are protocols besides HTTP.
	Lines []Line
	// Faults are the kinds that mean something here; nil means all.
	Faults []FaultKind
	// Refuse answers with a code of the provider; zero for status means the provider's usual one.
	Refuse func(code Code, text string, status int) Answer
	// Limited answers that the caller is too fast, and bans it where the provider bans.
	Limited func(c *Call, f Fault) Answer
	// Expire makes the access token of the call invalid; nil where there is none.
	Expire func(c *Call)
	// Add registers what the play's own part of a World holds, in a form of its own, and View shows it without
	// secrets; nil where a play has no such part.
	Add  func(raw json.RawMessage) error
	View func() any
	// Places are the conversations where something could arrive.
	Places func() []Conversation
	// Kinds titles the kinds of those conversations, and of others that messages open.
	Kinds map[string]lang.Text
	// Sender is the name beside a message; the message's App if it is empty or nil.
	Sender func(m Message) string
}

// Route is one endpoint.
type Route struct {
	// Pattern is a pattern of http.ServeMux.
	Pattern  string
	Endpoint string
	// Match chooses among routes with the same pattern, also of other plays: the first that takes a call serves
	// it. Nil takes every call.
	Match func(c *Call) bool
	Serve func(c *Call) Answer
}

// Call is one request, its body read.
type Call struct {
	*http.Request
	Body []byte
}

// Answer is what the provider says.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
	// Outcome is the provider's code, for counting; Success if it took what was asked.
	Outcome string
}

// Success is the outcome of a call that was not refused.
const Success = "0"

// Dropper is a response writer that can lose its connection without a network.
type Dropper interface {
	// Drop ends the exchange: refused before anything was sent, or lost afterwards.
	Drop(refused bool)
}

// part is one route of one play.
type part struct {
	play  Play
	route Route
}

// Mount puts the plays' endpoints into mux.
func (s *Stage) Mount(mux *http.ServeMux, plays ...Play) {
	patterns := map[string][]part{}
	for _, p := range plays {
		for _, route := range p.Routes {
			patterns[route.Pattern] = append(patterns[route.Pattern], part{p, route})
		}
	}
	for pattern, parts := range patterns {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, parts) })
	}
}

func (s *Stage) serve(w http.ResponseWriter, r *http.Request, parts []part) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	c := &Call{Request: r, Body: body}
	i := slices.IndexFunc(parts, func(p part) bool { return p.route.Match == nil || p.route.Match(c) })
	if i < 0 {
		write(w, Answer{Status: http.StatusNotFound, Body: []byte("nothing is played here")})
		return
	}
	p, route := parts[i].play, parts[i].route
	count := func(outcome string) {
		s.CountCall(CallKey{Provider: p.Provider, Endpoint: route.Endpoint, Outcome: outcome})
	}
	if err != nil {
		count("unreadable")
		drop(w, false)
		return
	}
	if len(body) > maxBody {
		count("413")
		write(w, Answer{Status: http.StatusRequestEntityTooLarge, Body: []byte("request entity too large")})
		return
	}
	f, faulty := s.Fault(p.Provider, route.Endpoint, func() string { return r.URL.RequestURI() + "\n" + string(body) }, nil)
	if !faulty {
		a := route.Serve(c)
		count(a.Outcome)
		write(w, a)
		return
	}
	count("fault:" + string(f.Kind))
	if f.Kind == FaultSlow && !pause(r.Context(), f.Delay()) {
		return
	}
	if f.Kind == FaultExpired && p.Expire != nil {
		p.Expire(c)
	}
	var a Answer
	if f.acts() {
		a = route.Serve(c)
		count(a.Outcome)
	}
	s.answerFaulty(w, r, c, p, f, a)
}

// answerFaulty ends a call as the fault wants; a is the true answer of a call that took effect.
func (s *Stage) answerFaulty(w http.ResponseWriter, r *http.Request, c *Call, p Play, f Fault, a Answer) {
	switch f.Kind {
	case FaultRefuse, FaultReset:
		drop(w, f.Kind == FaultRefuse)
	case FaultSlow, FaultExpired:
		write(w, a)
	case FaultSlowAnswer:
		if pause(r.Context(), f.Delay()) {
			write(w, a)
		}
	case FaultLoseAnswer:
		if pause(r.Context(), f.Delay()) {
			drop(w, false)
		}
	case FaultStatus:
		status := cmp.Or(f.Status, http.StatusBadGateway)
		write(w, Answer{Status: status, Header: map[string]string{"Content-Type": "text/plain"}, Body: []byte(http.StatusText(status))})
	case FaultHTML:
		write(w, Answer{
			Status: cmp.Or(f.Status, http.StatusOK), Header: map[string]string{"Content-Type": "text/html"},
			Body: []byte("<!doctype html><html><body><h1>Access denied</h1></body></html>"),
		})
	case FaultCode:
		write(w, p.Refuse(f.Code, f.Text, f.Status))
	case FaultLimited:
		write(w, p.Limited(c, f))
	case FaultHuge:
		writeHuge(w, cmp.Or(f.Size, 32<<20))
	case FaultTruncated:
		a.Body = a.Body[:len(a.Body)/2]
		write(w, a)
	}
}

// pause waits for d; it returns false when the caller went away first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func write(w http.ResponseWriter, a Answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	for k, v := range a.Header {
		h.Set(k, v)
	}
	h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	// A caller that went away needs no answer.
	_, _ = w.Write(a.Body)
}

func writeHuge(w http.ResponseWriter, size int) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	chunk := bytes.Repeat([]byte(" "), 64<<10)
	for sent := 0; sent < size; sent += len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// drop loses the connection: with a reset, as a refused or broken one looks.
func drop(w http.ResponseWriter, refused bool) {
	if d, ok := w.(Dropper); ok {
		d.Drop(refused)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && refused {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// JSONBody tells whether the call says that its body is JSON.
func (c *Call) JSONBody() bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(c.Header.Get("Content-Type"))), "application/json")
}
