package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
)

// attachTimeout bounds how long a command looks for its core.
const attachTimeout = 5 * time.Second

// clientFlags say which core a command talks to, and for some which file it may use instead.
type clientFlags struct {
	address string
	uids    []int
	config  string
}

func (f *clientFlags) register(a *app, c *cobra.Command) {
	usage := a.t("核心的套接字（默认 $YUNLUO_DIR 等处的 core.sock）", "the core's socket (default: core.sock in $YUNLUO_DIR, /var/lib/yunluo or /var/tmp/yunluo-<uid>)")
	c.Flags().StringVar(&f.address, "core", "", usage)
	c.Flags().StringVar(&f.address, "socket", "", usage)
	c.Flags().IntSliceVar(&f.uids, "core-uid", nil, a.coreUIDUsage())
	_ = c.Flags().MarkHidden("socket") // The same under the name that `core` has it by.
}

func (a *app) coreUIDUsage() string {
	return a.t("核心还可以属于哪些用户号（默认只有自己和 root）", "user ids that the core may belong to besides this user and root")
}

func (f *clientFlags) registerConfig(a *app, c *cobra.Command) {
	c.Flags().StringVar(&f.config, "config", "", a.t("配置文件（默认 $YUNLUO_CONFIG，再默认 /etc/yunluo/yunluo.yaml）", "configuration file (default: $YUNLUO_CONFIG, else /etc/yunluo/yunluo.yaml)"))
}

// socketPath is the address of a core: what the flag says, else in the store that was named, else where a core
// of this user serves by default.
func (a *app) socketPath(flag, store string) (string, error) {
	switch {
	case flag != "":
	case store != "":
		flag = corerpc.Address(store)
	default:
		dir, err := corerpc.Dir()
		if err != nil {
			return "", err
		}
		return corerpc.Address(dir), nil
	}
	path := strings.TrimPrefix(strings.TrimPrefix(flag, "unix:"), "//")
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the socket %s: %w", flag, err)
	}
	return abs, nil
}

// connect attaches to the running core. The function that it returns ends the connection.
func (f *clientFlags) connect(ctx context.Context, a *app) (core.Core, func(), error) {
	address, err := a.socketPath(f.address, "")
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, attachTimeout)
	defer cancel()
	client, err := corerpc.Attach(ctx, address, corerpc.AttachOptions{
		Tenant: mainTenant, Build: build(), AllowUIDs: append(corerpc.OwnerOf(address), f.uids...),
	})
	if err != nil {
		return nil, nil, err
	}
	return client, func() { _ = client.Close() }, nil
}

// connectOrLoad uses the file that --config names, with an engine and an empty store of its own; without
// --config it is connect. Nothing that is only rendered or probed needs the real store.
func (f *clientFlags) connectOrLoad(ctx context.Context, a *app) (core.Core, func(), error) {
	if f.config == "" {
		return f.connect(ctx, a)
	}
	scratch, err := os.MkdirTemp("", "yunluo-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a scratch directory: %w", err)
	}
	e, err := engine.Open(ctx, engine.Options{
		Dir: scratch, Types: provider.Manifests(), Build: build(), ConfigPath: f.config, Logger: discard(),
		Load: func() (*config.Config, error) { return a.load(f.config) },
	})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(scratch))
	}
	return e, func() { _ = e.Close(); _ = os.RemoveAll(scratch) }, nil
}

// reading is how labels are read here: as the configuration says, if there is one.
func (f *clientFlags) reading(a *app) (config.Labels, config.Defaults, error) {
	path := a.configPath(f.config)
	cfg, err := a.load(path)
	if err != nil && f.config == "" && missing(err) {
		cfg, err = config.Parse("no configuration", []byte("{}"), provider.Manifests(), configOptions())
	}
	if err != nil {
		return config.Labels{}, config.Defaults{}, err
	}
	return cfg.Labels, cfg.Defaults, nil
}
