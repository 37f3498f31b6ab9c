package script

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

const (
	// again is the pause before another try with a core that died while it was asked.
	again = 200 * time.Millisecond
	// maxStarts is how often a core is started that ends at once.
	maxStarts = 2
	// restartTime is what a service manager may take to restart its core.
	restartTime = 5 * time.Second
)

// launchLockName is the lock in the core's directory by which launched cores take turns, since a store has one core.
const launchLockName = "launch.lock"

// submit hands a submission to a core, and to the next one if the first dies meanwhile: its key tells the second that
// it is the same. A core that does not start is not waited for, one that a service manager restarts is for a moment.
func (h Host) submit(ctx context.Context, o options, s core.Submission) (core.Result, error) {
	began := time.Now()
	for starts := 0; ; {
		result, err := h.try(ctx, o, s)
		if err == nil || o.launch || !errors.Is(err, core.ErrUnreachable) || errors.Is(err, corerpc.ErrRefused) {
			return result, err
		}
		if failed := new(startError); errors.As(err, &failed) {
			starts++
			if (o.core == "" && starts >= maxStarts) || (o.core != "" && time.Since(began) > restartTime) {
				return core.Result{}, err
			}
		}
		select {
		case <-ctx.Done():
			return core.Result{}, err
		case <-time.After(again):
		}
	}
}

// startError means that there was no core to ask.
type startError struct{ err error }

func (e *startError) Error() string { return e.err.Error() }

func (e *startError) Unwrap() error { return e.err }

func (h Host) try(ctx context.Context, o options, s core.Submission) (core.Result, error) {
	c, err := h.reach(ctx, o)
	if err != nil {
		return core.Result{}, &startError{err}
	}
	defer c.Close()
	result, err := c.Submit(ctx, s)
	if errors.Is(err, core.ErrUnknownContactPoint) {
		return core.Result{}, unknown(ctx, c, s.ContactPoint, err)
	}
	return result, err
}

func (h Host) reach(ctx context.Context, o options) (Core, error) { //nolint:ireturn // attached or launched
	var allow []int
	if o.coreUID >= 0 {
		allow = append(allow, o.coreUID)
	}
	switch {
	case o.launch:
		return h.launch(ctx, o)
	case o.core != "":
		return attached(corerpc.Attach(ctx, o.core, corerpc.AttachOptions{Tenant: config.MainTenant, Build: h.Build, AllowUIDs: allow}))
	}
	return attached(corerpc.Connect(ctx, corerpc.ConnectOptions{
		Dir: o.dir, Config: o.config, Binary: o.binary, Tenant: config.MainTenant, Build: h.Build, AllowUIDs: allow,
	}))
}

// lasting is an attached core, which lives on. Its connection is left to the end of the process, which is now: to take
// leave would cost as much as half of a start.
type lasting struct{ core.Core }

// Close does nothing.
func (lasting) Close() error { return nil }

func attached(c *corerpc.Client, err error) (Core, error) { //nolint:ireturn // as reach
	if err != nil {
		return nil, err
	}
	return lasting{c}, nil
}

// launched is a core of our own, and our turn to have one.
type launched struct {
	Core
	turn *flock.Flock
}

// Close ends the core, and then lets the next one have its turn.
func (l launched) Close() error {
	return errors.Join(l.Core.Close(), l.turn.Unlock())
}

// launch starts a core for this message alone. It finishes what waits in the store, too.
func (h Host) launch(ctx context.Context, o options) (Core, error) { //nolint:ireturn // as reach
	binary, err := corerpc.FindBinary(o.binary)
	if err != nil {
		return nil, err
	}
	place, err := corerpc.MakePlace(o.dir, o.config)
	if err != nil {
		return nil, err
	}
	turn := flock.New(filepath.Join(place.Dir, launchLockName))
	if _, err := turn.TryLockContext(ctx, again); err != nil {
		return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("在 %s 里等它轮到", "wait for its turn in %s", place.Dir), err))
	}
	l, err := h.Launch(ctx, binary, place)
	if err != nil {
		return nil, errors.Join(err, turn.Unlock())
	}
	return launched{l, turn}, nil
}

// unknown names the contact points that are nearest to the one that there is not.
func unknown(ctx context.Context, c core.Reader, name string, err error) error {
	if name == "" {
		return source.Invalid("“收件人”是空的：请在 Zabbix 用户的“报警媒介”里填云锣的联络点，或 账号/目标",
			"\"Send to\" is empty: give a contact point of Yunluo, or account/target, in the media of the Zabbix user")
	}
	infos, listErr := c.ContactPoints(ctx, config.MainTenant)
	if listErr != nil {
		return err
	}
	names := make([]string, 0, len(infos))
	for _, i := range infos {
		names = append(names, i.Name)
	}
	return &unknownContactPointError{name: name, names: names, err: err}
}
