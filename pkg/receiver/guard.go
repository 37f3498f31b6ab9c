package receiver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

type requestIDKey struct{}

// requestID is what the answer's X-Request-Id says.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// guarded gives every request an id and every answer its headers, and survives a panic.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.metrics.inFlight.Inc()
		defer s.metrics.inFlight.Dec()
		id := r.Header.Get("X-Request-Id")
		if !plainID(id) {
			id = newID()
		}
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		guard := &firstWrite{ResponseWriter: w}
		defer s.recovered(guard, r)
		next.ServeHTTP(guard, r)
	})
}

// recovered answers 500 without details. A panic's value may hold a piece of the body, so only a
// runtime error's text is logged.
func (s *Server) recovered(w *firstWrite, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	what := fmt.Sprintf("%T", p)
	var fromRuntime runtime.Error
	if err, ok := p.(error); ok && errors.As(err, &fromRuntime) {
		what = fromRuntime.Error()
	}
	s.metrics.panics.Inc()
	s.log.ErrorContext(r.Context(), "request handler panicked",
		"request_id", requestID(r.Context()), "panic", what, "stack", string(debug.Stack()))
	if w.written {
		return
	}
	answer.WriteFault(w, r, s.view.Load().language(), &answer.Fault{Status: http.StatusInternalServerError, Code: "internal", Text: lang.Text{
		ZH: "内部错误；请按 X-Request-Id 查看云锣的日志", EN: "internal error; look for the X-Request-Id in Yunluo's log",
	}})
}

// firstWrite knows whether the answer has begun.
type firstWrite struct {
	http.ResponseWriter
	written bool
}

// WriteHeader implements http.ResponseWriter.
func (w *firstWrite) WriteHeader(status int) {
	w.written = true
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *firstWrite) Write(b []byte) (int, error) {
	w.written = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the connection.
func (w *firstWrite) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// plainID tells whether a caller's id may be echoed and logged.
func plainID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:", r)
	}) < 0
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return hex.EncodeToString(b[:])
}

// foreignOrigin refuses what a browser posts on behalf of a page from elsewhere.
func (s *Server) foreignOrigin(r *http.Request) *answer.Fault {
	if s.origins.Check(r) == nil {
		return nil
	}
	return &answer.Fault{Status: http.StatusForbidden, Code: "foreign_origin", Text: lang.Text{
		ZH: "不接受浏览器里其他网站的页面发来的请求；请从服务器端发送",
		EN: "requests that a browser makes for another site's page are not accepted; post from a server",
	}}
}

// logFault says that a request was not served, without anything that the request said.
func (s *Server) logFault(r *http.Request, kind, source string, f *answer.Fault) {
	level := slog.LevelWarn
	if f.Status == answer.StatusGone {
		level = slog.LevelDebug
	}
	s.log.Log(r.Context(), level, "request refused",
		"request_id", requestID(r.Context()), "kind", kind, "source", source,
		"status", f.Status, "fault", f.Code, "remote", remoteHost(r))
}

// logRefusal keeps the core's own words where they are for the operator.
func (s *Server) logRefusal(ctx context.Context, k kind, source string, err error) {
	if errors.Is(err, core.ErrUnknownContactPoint) || errors.Is(err, core.ErrInvalid) || ctx.Err() != nil {
		return
	}
	s.log.ErrorContext(ctx, "alert group not accepted by the core",
		"request_id", requestID(ctx), "kind", k.name, "source", source, "error", err)
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}
