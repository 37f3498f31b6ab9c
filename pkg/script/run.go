// Package script is the edge of Zabbix's script media type: it reads what zabbix_server hands over and gives it to a core.
package script

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix"
)

// Host is the program around a run.
type Host struct {
	// Out gets help and version, Err the one line that zabbix_server keeps of a failure.
	Out, Err io.Writer
	Build    string
	// Launch runs a core for one message, in a directory of its own, with a configuration. It is nil where the program
	// does not link what that takes: then Exec becomes yunluo, which does.
	Launch func(ctx context.Context, binary string, place corerpc.Place) (Core, error)
	// Exec replaces this process; the arguments begin with the program's path.
	Exec func(args []string) error
}

// Core is a core within reach. Closing ends what was begun for it.
type Core interface {
	core.Core
	Close() error
}

// Run does what the arguments say and returns the exit code: 0 once the alert is on disk, and with --wait or --launch
// once it is delivered; else 1, with one line that says what failed and what to do.
func (h Host) Run(ctx context.Context, args []string) int {
	o, rest, err := parse(args)
	switch {
	case err == nil && o.version:
		fmt.Fprintln(h.Out, "yunluo-zabbix version", h.Build)
		return 0
	case o.help || errors.Is(err, flag.ErrHelp) || len(args) == 0:
		o.writeHelp(h.Out)
		return 0
	case err == nil && o.launch && h.Launch == nil:
		err = h.becomeYunluo(o, args)
	case err == nil:
		err = h.notify(ctx, o, rest)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(h.Err, line(err, o))
	return 1
}

// becomeYunluo goes on as the program that can launch a core.
func (h Host) becomeYunluo(o options, args []string) error {
	binary, err := corerpc.FindBinary(o.binary)
	if err != nil {
		return err
	}
	// zabbix_server's sockets must not end up in the core, nor in what it starts.
	if err := corerpc.KeepDescriptors(); err != nil {
		return lang.Because(core.ErrUnreachable, err)
	}
	if err := h.Exec(append([]string{binary, "zabbix", "launch"}, args...)); err != nil {
		return lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("运行 %s", "run %s", binary), err))
	}
	return nil
}

// notify hands over one notification.
func (h Host) notify(ctx context.Context, o options, args []string) error {
	n, err := zabbix.FromArgs(args)
	if err != nil {
		return err
	}
	n.Group.Source = o.source
	ctx, cancel := context.WithTimeout(ctx, within+o.wait)
	defer cancel()
	result, err := h.submit(ctx, o, core.Submission{
		Tenant: config.MainTenant, ContactPoint: n.SendTo, Group: n.Group, Told: n.Told, Wait: o.wait,
	})
	if err != nil {
		return err
	}
	if o.wait > 0 && result.State != core.StateDelivered && result.State != core.StateSuperseded {
		return &undeliveredError{result}
	}
	return nil
}
