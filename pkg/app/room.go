package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// lockPatience is how long a process waits for its predecessor to let go of the store: Grafana starts the new one of an
// upgrade while the old one still ends.
const lockPatience = 10 * time.Second

// lockPoll is how often the lock is tried.
const lockPoll = 100 * time.Millisecond

// room is a core and how this process has it.
type room struct {
	core core.Core
	// engine is set when the core is in this process, and its configuration ours.
	engine *engine.Engine
	close  func() error
}

// keeper opens the core in the background, and again at a later call when that failed.
type keeper struct {
	open func(context.Context) (*room, error)
	// opened is told of a core before anybody gets it.
	opened func(*room)
	// life ends with the process.
	life   context.Context //nolint:containedctx // the process's own life, handed to what it opens
	cancel context.CancelFunc

	mu     sync.Mutex
	room   *room
	err    error
	trying chan struct{}
	closed bool
}

func newKeeper(ctx context.Context, open func(context.Context) (*room, error), opened func(*room)) *keeper {
	k := &keeper{open: open, opened: opened}
	k.life, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return k
}

// begin starts to open the core unless that is done, or being done, already.
func (k *keeper) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.beginLocked()
}

func (k *keeper) beginLocked() {
	if k.room != nil || k.trying != nil || k.closed {
		return
	}
	trying := make(chan struct{})
	k.trying = trying
	go func() {
		defer close(trying)
		r, err := k.open(k.life)
		if r != nil {
			k.opened(r)
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.trying, k.room, k.err = nil, r, err
	}()
}

// peek gives the core if it is open, and else why not, if that is known.
func (k *keeper) peek() (*room, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.room, k.err
}

// get waits for the core until ctx ends.
func (k *keeper) get(ctx context.Context) (*room, error) {
	k.mu.Lock()
	k.beginLocked()
	r, trying, closed, last := k.room, k.trying, k.closed, k.err
	k.mu.Unlock()
	switch {
	case r != nil:
		return r, nil
	case closed:
		return nil, said("插件正在停止，请稍后重发", "the plugin is stopping, send it again later")
	}
	select {
	case <-trying:
		r, err := k.peek()
		if r == nil && err == nil {
			err = said("插件正在停止，请稍后重发", "the plugin is stopping, send it again later")
		}
		return r, err
	case <-ctx.Done():
		if last != nil {
			return nil, last
		}
		return nil, said("核心还在启动，请稍后重发", "the core is still starting, send it again later")
	}
}

func (k *keeper) close() error {
	k.cancel()
	k.mu.Lock()
	k.closed = true
	trying := k.trying
	k.mu.Unlock()
	if trying != nil {
		<-trying
	}
	k.mu.Lock()
	r := k.room
	k.room = nil
	k.mu.Unlock()
	if r == nil {
		return nil
	}
	return r.close()
}

// attach connects to the core that the operator named.
func (a *App) attach(ctx context.Context) (*room, error) {
	if a.place.wrong != nil {
		return nil, a.place.wrong
	}
	c, err := corerpc.Attach(ctx, a.place.core, corerpc.AttachOptions{
		Tenant: config.MainTenant, Build: a.o.Build, AllowUIDs: a.place.uids,
	})
	if err != nil {
		return nil, because(err,
			"接不上 [plugin.yunluo-notify-app] core 指定的核心 "+a.place.core+"；请确认 yunluo core 正在运行、允许 Grafana 的用户（--allow-uid），必要时在 core_uid 里写上核心的用户号",
			"cannot attach to the core "+a.place.core+" that [plugin.yunluo-notify-app] core names; see that yunluo core runs and lets Grafana's user in (--allow-uid), and set core_uid if it runs as another user")
	}
	a.log.Info("attached to a core", "address", a.place.core)
	return &room{core: c, close: c.Close}, nil
}

// openEngine opens the core in this process and goes on with what waits, by the settings sealed last.
func (a *App) openEngine(ctx context.Context) (*room, error) {
	if a.place.wrong != nil {
		return nil, a.place.wrong
	}
	if err := a.makeDir(); err != nil {
		return nil, err
	}
	known := map[string]*config.Config{}
	restored := a.restore()
	for _, s := range restored {
		known[a.place.tenant(s.org)] = s.cfg
	}
	e, err := a.lockedOpen(ctx, engine.Options{
		Dir: filepath.Join(a.place.dir, "store"), Types: a.o.Types, Tenants: known,
		Logger: a.log, Transport: a.o.Transport, Build: a.o.Build,
	})
	if err != nil {
		return nil, a.openTrouble(err)
	}
	for _, s := range restored {
		a.tenantOf(s.org).restored(s)
	}
	a.log.Info("core is open", "dir", a.place.dir, "build", a.o.Build, "organisations_resumed", len(restored))
	return &room{core: e, engine: e, close: e.Close}, nil
}

func (a *App) makeDir() error {
	if err := os.MkdirAll(a.place.dir, 0o700); err != nil {
		return because(err,
			"数据目录 "+a.place.dir+" 无法创建；请让运行 Grafana 的用户能写它，或在 [plugin.yunluo-notify-app] 里用 data_dir 另指一个目录并重启 Grafana",
			"the data directory "+a.place.dir+" cannot be made; let the user who runs Grafana write there, or set data_dir in [plugin.yunluo-notify-app] to another one and restart Grafana")
	}
	return nil
}

// lockedOpen waits for a predecessor's lock.
func (a *App) lockedOpen(ctx context.Context, o engine.Options) (*engine.Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		e, err := engine.Open(ctx, o)
		if !errors.Is(err, store.ErrLocked) {
			return e, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(lockPoll):
		}
	}
}

func (a *App) openTrouble(err error) error {
	if errors.Is(err, store.ErrLocked) {
		return because(err,
			"等了 10 秒，另一个进程仍占用数据目录 "+a.place.dir+"；如果是旧的插件进程，请结束它；两个 Grafana 要各用各的 data_dir",
			"another process still held the data directory "+a.place.dir+" after 10 seconds; end it if it is an old process of this plugin, and give two Grafanas a data_dir each")
	}
	return because(fmt.Errorf("open the core: %w", err),
		"数据目录 "+a.place.dir+" 无法使用；请检查权限和磁盘空间，运行 Grafana 的用户要能写它",
		"the data directory "+a.place.dir+" cannot be used; check its permissions and the disk's space, the user who runs Grafana has to be able to write there")
}
