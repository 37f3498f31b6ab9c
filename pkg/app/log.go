package app

import (
	"context"
	"log/slog"
	"slices"

	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
)

// NewLogger makes a logger that writes to Grafana's log through the SDK.
func NewLogger(to log.Logger) *slog.Logger { return slog.New(&logHandler{to: to}) }

// logHandler hands records to the SDK's logger.
type logHandler struct {
	to     log.Logger
	prefix string
	attrs  []any
}

// Enabled implements slog.Handler. Grafana decides by its own filters what of it is written.
func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	args := slices.Clone(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		args = appendAttr(args, h.prefix, a)
		return true
	})
	switch {
	case r.Level >= slog.LevelError:
		h.to.Error(r.Message, args...)
	case r.Level >= slog.LevelWarn:
		h.to.Warn(r.Message, args...)
	case r.Level >= slog.LevelInfo:
		h.to.Info(r.Message, args...)
	default:
		h.to.Debug(r.Message, args...)
	}
	return nil
}

// appendAttr adds an attribute in the SDK's form, groups by a dotted name.
func appendAttr(args []any, prefix string, a slog.Attr) []any {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, inner := range v.Group() {
			args = appendAttr(args, prefix, inner)
		}
		return args
	}
	if err, ok := v.Any().(error); ok {
		return append(args, prefix+a.Key, err.Error())
	}
	return append(args, prefix+a.Key, v.Any())
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.attrs = slices.Clone(h.attrs)
	for _, a := range attrs {
		next.attrs = appendAttr(next.attrs, h.prefix, a)
	}
	return &next
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.prefix += name + "."
	return &next
}
