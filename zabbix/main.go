// Command yunluo-zabbix is the script of Zabbix's media type: it hands one notification to a core of Yunluo, starting
// one in the background if none runs.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// version is set by the linker; a build without it says what Go knows of the source.
var version string

func main() {
	// It lives for some milliseconds and allocates some megabytes: collecting garbage would only cost time.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(64 << 20)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	// zabbix_server keeps what a failed script writes, and drops what a successful one does.
	code := run(ctx, os.Args[1:], stdio{out: os.Stdout, err: os.Stderr}) //nolint:forbidigo // main hands it out.
	stop()
	os.Exit(code)
}

type stdio struct{ out, err io.Writer }

// build names this build: what the linker was told, else the module's version and commit.
func build() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return strings.Trim(info.Main.Version, "()")
}
