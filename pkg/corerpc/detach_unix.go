//go:build unix

package corerpc

import (
	"os/exec"
	"syscall"
)

// userTemp outlives a reboot, as a queue must; /tmp often does not.
func userTemp() string { return "/var/tmp" }

// detach puts a process into a session of its own, out of reach of the terminal and of
// signals to our group.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
