package corerpc

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// maxLine is the longest line of a core's log that a host repeats in one piece, in bytes.
const maxLine = 16 << 10

// lineLog turns what a child writes to stderr into records of the host's log, and remembers the
// last lines for an error. A line in the form of slog's JSON handler keeps its level and
// attributes; a panic is an error; any other line is information.
type lineLog struct {
	logger *slog.Logger

	mu       sync.Mutex
	partial  []byte
	last     []string
	panicked bool
}

// Write implements io.Writer and never fails.
func (l *lineLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte{'\n'})
		if room := maxLine - len(l.partial); len(line) > room {
			line = line[:room]
		}
		l.partial = append(l.partial, line...)
		if whole {
			l.tell(string(l.partial))
			l.partial = l.partial[:0]
		}
		rest = after
	}
	return len(p), nil
}

// tail is the last lines, in one.
func (l *lineLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "; ")
}

// withTail adds the last lines to a sentence, if there are any.
func (l *lineLog) withTail(t lang.Text) lang.Text {
	if lines := l.tail(); lines != "" {
		t.ZH += "；它最后说：" + lines
		t.EN += "; its last lines: " + lines
	}
	return t
}

func (l *lineLog) tell(line string) {
	line = strings.TrimSpace(valid(line))
	if line == "" {
		return
	}
	l.last = append(l.last, line)
	if extra := len(l.last) - tailLines; extra > 0 {
		l.last = slices.Delete(l.last, 0, extra)
	}
	if r, ok := parseRecord(line); ok {
		if h := l.logger.Handler(); h.Enabled(context.Background(), r.Level) {
			_ = h.Handle(context.Background(), r) // A log that cannot be written is not the core's fault.
		}
		return
	}
	l.panicked = l.panicked || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
	level := slog.LevelInfo
	if l.panicked {
		level = slog.LevelError
	}
	l.logger.Log(context.Background(), level, "the core says", slog.String("line", line))
}

// parseRecord reads a line of slog's JSON handler.
func parseRecord(line string) (slog.Record, bool) {
	if !strings.HasPrefix(line, "{") {
		return slog.Record{}, false
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		return slog.Record{}, false
	}
	message, hasMessage := fields[slog.MessageKey].(string)
	levelName, hasLevel := fields[slog.LevelKey].(string)
	var level slog.Level
	if !hasMessage || !hasLevel || level.UnmarshalText([]byte(levelName)) != nil {
		return slog.Record{}, false
	}
	at := time.Now()
	if s, ok := fields[slog.TimeKey].(string); ok {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			at = t
		}
	}
	r := slog.NewRecord(at, level, message, 0)
	names := make([]string, 0, len(fields))
	for name := range fields {
		switch name {
		case slog.MessageKey, slog.LevelKey, slog.TimeKey:
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	r.AddAttrs(slog.String("process", "core"))
	for _, name := range names {
		r.AddAttrs(slog.Any(name, fields[name]))
	}
	return r, true
}
