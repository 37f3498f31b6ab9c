package main

import (
	"log/slog"

	"github.com/spf13/pflag"
)

// logFlags are --log-level and --log-format.
type logFlags struct{ level, format string }

func (l *logFlags) register(a *app, flags *pflag.FlagSet) {
	flags.StringVar(&l.level, "log-level", "info", a.t("日志级别：debug、info、warn、error", "log level: debug, info, warn or error"))
	flags.StringVar(&l.format, "log-format", "text", a.t("日志格式：text 或 json（写到 stderr）", "log format: text or json (on stderr)"))
}

// logger writes to stderr; stdout belongs to results, and in a core to the handshake.
func (l *logFlags) logger(a *app) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil {
		return nil, misused("--log-level %q：可用 debug、info、warn、error", "--log-level %q: use debug, info, warn or error", l.level)
	}
	options := &slog.HandlerOptions{Level: level}
	switch l.format {
	case "text":
		return slog.New(slog.NewTextHandler(a.err, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.err, options)), nil
	default:
		return nil, misused("--log-format %q：可用 text、json", "--log-format %q: use text or json", l.format)
	}
}
