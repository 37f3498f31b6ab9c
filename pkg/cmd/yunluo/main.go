// Command yunluo takes alerts and gets them to people: the receiver, the core and the tools around them.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// version is set by the linker; a build without it says what Go knows of the source.
var version string

// softMemoryLimit is where collecting garbage becomes more important than speed, in bytes.
const softMemoryLimit = 112 << 20

func main() {
	if os.Getenv("GOGC") == "" {
		// The heap is a few MiB: collecting it four times as rarely costs little memory and saves a tenth of the
		// processor time in a storm.
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		// A long backlog must not grow the heap to four times of what it needs.
		debug.SetMemoryLimit(softMemoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	streams := stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, now: time.Now} //nolint:forbidigo // main hands it out; `core --plugin` is told not to use it.
	// A second signal ends what the first could not, such as a read from a terminal.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], streams)
	stop()
	os.Exit(code)
}
