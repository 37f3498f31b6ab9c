//go:build !yunluo_thin

package corerpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// child is the process of a launched core. go-plugin drives it; we keep its lead and learn how it ended.
type child struct {
	stdout, stderr io.ReadCloser
	// lead is our end of the pipe that the core watches, far is the core's.
	lead, far *os.File
	// offer is nil where the core reads a configuration of its own.
	offer *offer
	// socketDir is where go-plugin lets the core open its socket.
	socketDir string

	mu      sync.Mutex
	cmd     *exec.Cmd
	started bool
	// unwanted means that it was killed before it was started.
	unwanted bool

	done chan struct{}
	// ended is how the process ended; read it after done is closed.
	ended error
}

var _ runner.Runner = (*child)(nil)

// newChild prepares a process. Only what is in env, the pipe and a configuration that is offered reach it.
func newChild(path string, args, env []string, config func() secret.Value) (*child, error) {
	far, lead, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the pipe that a core's life hangs on: %w", err)
	}
	cmd := exec.Command(path, args...) //nolint:gosec,noctx // The operator's own binary; its life is the lead's.
	cmd.Env = env
	cmd.ExtraFiles = []*os.File{far}
	c := &child{cmd: cmd, lead: lead, far: far, done: make(chan struct{})}
	if config == nil {
		return c, nil
	}
	if c.offer, err = newOffer(config); err != nil {
		c.sweep()
		return nil, err
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, c.offer.farAnswers, c.offer.farAsks)
	return c, nil
}

// adopt is go-plugin's RunnerFunc: it takes over the variables that go-plugin's own protocol needs.
func (c *child) adopt(_ hclog.Logger, spec *exec.Cmd, socketDir string) (runner.Runner, error) { //nolint:ireturn // As go-plugin asks.
	c.cmd.Env = append(c.cmd.Env, spec.Env...)
	c.socketDir = socketDir
	return c, nil
}

// Start implements runner.Runner.
func (c *child) Start(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unwanted {
		return errors.New("start the process: it was given up before")
	}
	var err error
	if c.stdout, err = c.cmd.StdoutPipe(); err != nil {
		return fmt.Errorf("connect the core's stdout: %w", err)
	}
	if c.stderr, err = c.cmd.StderrPipe(); err != nil {
		return fmt.Errorf("connect the core's stderr: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("start the process: %w", err)
	}
	c.started = true
	_ = c.far.Close() // Ours of the core's end.
	if c.offer != nil {
		_, _ = c.offer.farAsks.Close(), c.offer.farAnswers.Close()
		go c.offer.answer()
	}
	return nil
}

// Wait implements runner.Runner. go-plugin calls it once, after both pipes have ended.
func (c *child) Wait(context.Context) error {
	c.ended = c.cmd.Wait()
	close(c.done)
	return c.ended
}

// Kill implements runner.Runner.
func (c *child) Kill(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started {
		c.unwanted = true
		return nil
	}
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the core: %w", err)
	}
	return nil
}

// letGo closes the pipe, which asks the core to leave. Twice is fine.
func (c *child) letGo() {
	_ = c.lead.Close() // A pipe without data has nothing to lose.
}

// exited waits at most d for the end of a process that was started.
func (c *child) exited(d time.Duration) bool {
	c.mu.Lock()
	started := c.started
	c.mu.Unlock()
	if !started {
		return true
	}
	select {
	case <-c.done:
		return true
	case <-time.After(d):
		return false
	}
}

// fate is how a dead process ended.
func (c *child) fate() lang.Text {
	<-c.done
	if c.ended == nil {
		return lang.Text{ZH: "退出码 0", EN: "exit status 0"}
	}
	en := c.ended.Error()
	return lang.Text{ZH: strings.NewReplacer("exit status ", "退出码 ", "signal: ", "被信号终止：").Replace(en), EN: en}
}

// sweep removes what a dead process and its start left behind.
func (c *child) sweep() {
	c.letGo()
	_ = c.far.Close() // Open only when the start failed.
	if c.offer != nil {
		c.offer.close()
	}
	if c.socketDir != "" {
		_ = os.RemoveAll(c.socketDir) // Of no use to anybody; the system clears it at the latest.
	}
}

// Stdout implements runner.Runner.
func (c *child) Stdout() io.ReadCloser { return c.stdout }

// Stderr implements runner.Runner.
func (c *child) Stderr() io.ReadCloser { return c.stderr }

// Name implements runner.Runner.
func (c *child) Name() string { return c.cmd.Path }

// ID implements runner.Runner.
func (c *child) ID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started {
		return ""
	}
	return strconv.Itoa(c.cmd.Process.Pid)
}

// Diagnose implements runner.Runner; the core's last lines are added elsewhere.
func (c *child) Diagnose(context.Context) string { return "" }

// PluginToHost implements runner.Runner: both are on one machine.
func (c *child) PluginToHost(network, address string) (hostNetwork, hostAddress string, err error) {
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (c *child) HostToPlugin(network, address string) (pluginNetwork, pluginAddress string, err error) {
	return network, address, nil
}
