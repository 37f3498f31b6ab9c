// To know how many processors a container may use takes longer than this program computes.
//
//go:debug containermaxprocs=0

// Command yunluo-zabbix is the script of Zabbix's media type: it hands one notification to a core of Yunluo, starting
// one in the background if none runs.
package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/yunluo-alerts/yunluo/pkg/script"
)

// version is set by the linker; a build without it says what Go knows of the source.
var version string

func main() {
	// It lives for some milliseconds, allocates some megabytes and mostly waits for one answer: neither collecting
	// garbage nor a second processor would save time.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(64 << 20)
	host := script.Host{
		Out: os.Stdout, Err: os.Stderr, Build: build(), //nolint:forbidigo // main hands it out.
		Exec: func(args []string) error { return syscall.Exec(args[0], args, os.Environ()) }, //nolint:gosec // the operator's own yunluo
	}
	os.Exit(host.Run(context.Background(), os.Args[1:]))
}

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
