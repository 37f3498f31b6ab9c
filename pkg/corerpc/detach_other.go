//go:build !unix

package corerpc

import (
	"os"
	"os/exec"
)

func userTemp() string { return os.TempDir() }

func detach(*exec.Cmd) {}
