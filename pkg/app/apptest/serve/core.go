package main

import (
	"context"
	"os/exec"
)

// execCore is `yunluo core`; it is ended by hand, so that it can end well.
func execCore(ctx context.Context, yunluo, file, store, socket string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), yunluo, "core", "--config", file, "--store", store, "--socket", socket) //nolint:gosec // the caller's binary
	return cmd
}
