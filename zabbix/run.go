package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix"
)

// run does what the arguments say and returns the exit code: 0 once the alert is on disk, and with --wait or --launch
// once it is delivered; else 1, with one line that says what failed and what to do.
func run(ctx context.Context, args []string, streams stdio) int {
	o, rest, err := parse(args)
	switch {
	case err == nil && o.version:
		fmt.Fprintln(streams.out, "yunluo-zabbix version", build())
		return 0
	case o.help || errors.Is(err, flag.ErrHelp) || len(args) == 0:
		o.writeHelp(streams.out)
		return 0
	case err == nil:
		err = notify(ctx, o, rest)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(streams.err, line(err, o))
	return 1
}

// notify hands over one notification.
func notify(ctx context.Context, o options, args []string) error {
	n, err := zabbix.FromArgs(args)
	if err != nil {
		return err
	}
	n.Group.Source = o.source
	ctx, cancel := context.WithTimeout(ctx, within+o.wait)
	defer cancel()
	result, err := submit(ctx, o, core.Submission{
		Tenant: config.MainTenant, ContactPoint: n.SendTo, Group: n.Group, Told: n.Told, Wait: o.wait,
	})
	if err != nil {
		return err
	}
	if o.wait > 0 && result.State != core.StateDelivered && result.State != core.StateSuperseded {
		return &undelivered{result}
	}
	return nil
}
