package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
)

type coreFlags struct {
	config string
	store  string
	socket string
	plugin bool
	// hosts means that the configuration comes from the host, and config only says what faults call it.
	hosts bool
	uids  []int
	logs  logFlags
}

func (a *app) coreCommand() *cobra.Command {
	var f coreFlags
	c := &cobra.Command{
		Use:   "core",
		Short: a.t("只运行核心：队列、历史和投递，供几个宿主共用", "run the core alone: queue, history and delivery, for several hosts"),
		Long: a.t(`单独运行核心，在一个 unix 套接字上等宿主接入：yunluo serve --core、Zabbix 媒介、Grafana 插件。
宿主来去自由，核心不受影响。同一目录只能有一个核心。SIGHUP 重新读配置。
一般不需要它：yunluo serve 会自己启动核心。`,
			`Runs the core by itself and waits on a unix socket for hosts: yunluo serve --core, the Zabbix media type,
the Grafana plugin. Hosts come and go without ending it. One core a directory. SIGHUP reads the
configuration again. You rarely need it: yunluo serve starts a core of its own.`),
		Example: `  yunluo core --config /etc/yunluo/yunluo.yaml --socket /run/yunluo/core.sock
  yunluo serve --core /run/yunluo/core.sock`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error { return a.core(c.Context(), &f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.config, "config", "", a.t("配置文件（默认 $YUNLUO_CONFIG，再默认 /etc/yunluo/yunluo.yaml）", "configuration file (default: $YUNLUO_CONFIG, else /etc/yunluo/yunluo.yaml)"))
	flags.StringVar(&f.store, "store", "", a.t("队列与历史的目录（默认 $YUNLUO_DIR，再默认配置里的 store.path）", "directory of queue and history (default: $YUNLUO_DIR, else store.path of the configuration)"))
	flags.StringVar(&f.socket, "socket", "", a.t("套接字（默认 $YUNLUO_DIR 等处的 core.sock）", "the socket (default: core.sock in $YUNLUO_DIR, /var/lib/yunluo or /var/tmp/yunluo-<uid>)"))
	flags.IntSliceVar(&f.uids, "allow-uid", nil, a.t("还允许哪些用户号接入（默认只有自己和 root）；它们要属于核心的用户组", "user ids that may attach besides this user and root; they have to be in the core's group"))
	flags.BoolVar(&f.plugin, "plugin", false, a.t("由 yunluo serve 启动时使用", "as a child of yunluo serve, which sets this"))
	flags.BoolVar(&f.hosts, "host-config", false, a.t("配置由 yunluo serve 交给", "with the configuration that yunluo serve hands over"))
	_ = flags.MarkHidden("plugin")
	_ = flags.MarkHidden("host-config")
	f.logs.register(a, flags)
	return c
}

func (a *app) core(ctx context.Context, f *coreFlags) (err error) {
	log, err := f.logs.logger(a)
	if err != nil {
		return err
	}
	if f.plugin {
		// A closing terminal is the host's business; go-plugin's handshake does the same to the others.
		signal.Ignore(syscall.SIGHUP)
	}
	path := a.configPath(f.config)
	load := func() (*config.Config, error) { return a.load(path) }
	if f.plugin && f.hosts {
		host := corerpc.OpenHostConfig()
		load = func() (*config.Config, error) {
			record, err := host.Read()
			if err != nil {
				return nil, err
			}
			return loadRecord(path, record)
		}
	}
	e, err := a.openEngine(ctx, path, f.store, log, load)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if f.plugin {
		return corerpc.ServePlugin(e, corerpc.PluginOptions{Build: build(), Logger: log})
	}
	address, err := a.socketPath(f.socket, f.store)
	if err != nil {
		return err
	}
	defer onHangup(ctx, func() {
		if err := e.Reload(ctx); err != nil {
			log.Error("configuration not reloaded, the old one stays in force", "error", err)
			return
		}
		log.Info("configuration reloaded")
	})()
	return corerpc.Serve(ctx, e, corerpc.ServeOptions{
		Address: address, AllowUIDs: f.uids, Build: build(), Tenants: []string{mainTenant}, Logger: log,
		Ready: func() {
			log.Info("core serves hosts", "address", address, "build", build(), "pid", os.Getpid())
		},
	})
}

// openEngine opens the engine for a configuration file of this machine.
func (a *app) openEngine(
	ctx context.Context, path, store string, log *slog.Logger, load func() (*config.Config, error),
) (*engine.Engine, error) {
	return engine.Open(ctx, engine.Options{
		Dir: orElse(store, a.env("YUNLUO_DIR")), Types: provider.Manifests(), ConfigPath: path, Logger: log, Build: build(),
		Load: load,
	})
}

// onHangup does something at each SIGHUP, until the function that it returns is called.
func onHangup(ctx context.Context, do func()) func() {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangups:
				do()
			}
		}
	}()
	return func() { signal.Stop(hangups); cancel(); <-done }
}
