package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/receiver"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// stopTimeout is how long requests under way may take when the receiver stops.
const stopTimeout = 20 * time.Second

type serveFlags struct {
	config    string
	core      string
	coreUIDs  []int
	store     string
	listen    string
	socket    string
	inProcess bool
	logs      logFlags
}

func (a *app) serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: a.t("接收告警并送到人", "take alerts over HTTP and get them to people"),
		Long: a.t(`在 HTTP 上接收 Alertmanager、Grafana 和脚本的告警，先存盘，再送到人。
默认把核心作为子进程启动，核心崩溃时自动重启，监听端口和调用方不受影响。
--core 接入已在运行的核心；--in-process 把核心放在本进程里。
SIGHUP 和 POST /-/reload 重新读配置：有错的文件不生效，并说明原因。SIGTERM 从容退出。`,
			`Takes alerts from Alertmanager, Grafana and scripts over HTTP, stores them first, then gets them to people.
The core runs as a child and is started again when it dies; the listener and its callers stay.
--core attaches to a core that runs by itself; --in-process keeps the core in this process.
SIGHUP and POST /-/reload read the configuration again: a file with faults changes nothing and you are told
why. SIGTERM ends it gracefully.`),
		Example: `  yunluo serve
  yunluo serve --config ./yunluo.yaml --listen 127.0.0.1:19095 --log-level debug
  yunluo serve --core /run/yunluo/core.sock
  kill -HUP $(pidof yunluo)`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.newServing(c.Context(), &f)
			if err != nil {
				return err
			}
			if !f.inProcess {
				leaveProcessors()
			}
			return s.run(c.Context())
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.config, "config", "", a.t("配置文件（默认 $YUNLUO_CONFIG，再默认 /etc/yunluo/yunluo.yaml）", "configuration file (default: $YUNLUO_CONFIG, else /etc/yunluo/yunluo.yaml)"))
	flags.StringVar(&f.core, "core", "", a.t("接入这个套接字上的核心，不自己启动", "attach to the core at this socket instead of starting one"))
	flags.IntSliceVar(&f.coreUIDs, "core-uid", nil, a.coreUIDUsage())
	flags.BoolVar(&f.inProcess, "in-process", false, a.t("核心在本进程里运行", "run the core in this process"))
	flags.StringVar(&f.store, "store", "", a.t("队列与历史的目录（默认 $YUNLUO_DIR，再默认配置里的 store.path）", "directory of queue and history (default: $YUNLUO_DIR, else store.path of the configuration)"))
	flags.StringVar(&f.listen, "listen", "", a.t("监听地址，代替配置里的 listen.address", "address to listen on, instead of listen.address"))
	flags.StringVar(&f.socket, "socket", "", a.t("供命令行使用的套接字（默认 $YUNLUO_DIR 等处的 core.sock）", "socket for the command line (default: core.sock in $YUNLUO_DIR, /var/lib/yunluo or /var/tmp/yunluo-<uid>)"))
	f.logs.register(a, flags)
	return c
}

// leaveProcessors leaves half of the processors to the core beside this process: what takes alerts must not stand in the way
// of what sends them. GOMAXPROCS, where it is set, says otherwise.
func leaveProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)/2))
	}
}

// serving is a receiver with its core.
type serving struct {
	app      *app
	flags    *serveFlags
	log      *slog.Logger
	path     string
	receiver *receiver.Server
	core     core.Core
	// refused counts reloads that the core did not get to see; it counts the others.
	refused prometheus.Counter
	// closeCore lets go of the core, and ends it if it is ours.
	closeCore func() error

	// mu makes one reload follow another; config is the one in force.
	mu     sync.Mutex
	config *config.Config
	// record is what config was read from, for a core of ours: one that is started again comes up with what is in force,
	// whatever has become of the file.
	record atomic.Pointer[secret.Value]
}

// newServing loads the configuration, gets a core and makes a receiver that does not listen yet.
func (a *app) newServing(ctx context.Context, f *serveFlags) (*serving, error) {
	if f.core != "" && (f.inProcess || f.store != "" || f.socket != "") {
		return nil, misused("--core 接入的核心已有自己的存储和套接字：不要再写 --in-process、--store 和 --socket",
			"--core attaches to a core that has its store and socket already: leave out --in-process, --store and --socket")
	}
	if err := listenable(f.listen); err != nil {
		return nil, err
	}
	log, err := f.logs.logger(a)
	if err != nil {
		return nil, err
	}
	s := &serving{app: a, flags: f, log: log, path: a.configPath(f.config)}
	var record secret.Value
	if s.config, record, err = s.load(); err != nil {
		return nil, err
	}
	s.record.Store(&record)
	if err := s.openCore(ctx); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	s.refused = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "yunluo_config_reloads_total", Help: "Reloads of the configuration, by result.",
		ConstLabels: prometheus.Labels{"result": "refused"},
	})
	registry.MustRegister(s.refused)
	s.receiver, err = receiver.New(receiver.Options{
		Core: s.core, Config: s.config, Logger: log, Reload: s.reload, Registry: registry,
	})
	if err != nil {
		return nil, errors.Join(&exitError{exitConfig, err}, s.closeCore())
	}
	return s, nil
}

// load reads the file, and gives what it was read from as well.
func (s *serving) load() (*config.Config, secret.Value, error) {
	var r config.Recorder
	cfg, err := config.Load(s.path, provider.Manifests(), r.Options(listening(s.flags.listen)))
	if err != nil {
		return nil, secret.Value{}, lang.Because(core.ErrConfig, err)
	}
	if s.flags.listen != "" {
		cfg.Listen.Address = s.flags.listen
	}
	cfg.Store.Path = orElse(orElse(s.flags.store, s.app.env("YUNLUO_DIR")), cfg.Store.Path)
	record, err := r.Record()
	return cfg, record, err
}

// openCore gets the core in the way that the flags say.
func (s *serving) openCore(ctx context.Context) error {
	// Another store.path is for the next start: a core that is started again goes on with the queue that it had.
	store := s.config.Store.Path
	switch {
	case s.flags.core != "":
		address, err := s.app.socketPath(s.flags.core, "")
		if err != nil {
			return err
		}
		client, err := corerpc.Attach(ctx, address, corerpc.AttachOptions{Tenant: mainTenant, Build: build(), AllowUIDs: s.flags.coreUIDs})
		if err != nil {
			return notAttached(err, address)
		}
		s.core, s.closeCore = client, client.Close
	case s.flags.inProcess:
		e, err := s.app.openEngine(ctx, s.path, store, s.log, func() (*config.Config, error) {
			return loadRecord(s.path, *s.record.Load())
		})
		if err != nil {
			return notStarted(err, store)
		}
		s.core, s.closeCore = e, e.Close
	default:
		binary, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program, to start the core: %w", err)
		}
		// The core's log comes as JSON so that it becomes part of ours, whichever format that has.
		args := []string{
			"core", "--plugin", "--host-config", "--config", s.path, "--store", store,
			"--log-level", s.flags.logs.level, "--log-format", "json", "--lang", string(s.app.lang),
		}
		child := corerpc.Supervise(corerpc.LaunchOptions{ //nolint:contextcheck // It lives until Close.
			Path: binary, Args: args, Logger: s.log, Build: build(), Config: func() secret.Value { return *s.record.Load() },
		})
		if err := child.Started(ctx); err != nil {
			return notStarted(errors.Join(err, child.Close()), store)
		}
		s.core, s.closeCore = child, child.Close
	}
	return nil
}

// reload puts the file in force in the receiver and the core, or in neither, and logs which.
func (s *serving) reload(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.apply(ctx); err != nil {
		s.log.ErrorContext(ctx, "configuration not reloaded, the old one stays in force", "error", err)
		return err
	}
	s.log.InfoContext(ctx, "configuration reloaded", "path", s.path)
	return nil
}

func (s *serving) apply(ctx context.Context) error {
	cfg, record, err := s.load()
	if err != nil {
		s.refused.Inc()
		return err
	}
	if err := s.receiver.SetConfig(cfg); err != nil {
		s.refused.Inc()
		return lang.Because(core.ErrConfig, err)
	}
	old := s.record.Swap(&record)
	if err := s.core.Reload(ctx); err != nil {
		if errors.Is(err, core.ErrUnreachable) {
			s.refused.Inc()
		}
		s.record.Store(old)
		return errors.Join(err, s.receiver.SetConfig(s.config))
	}
	s.config = cfg
	return nil
}

// run listens until ctx ends or the listener fails, then stops what it started, in order.
func (s *serving) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.closeCore()) }()
	// Hosts and the command line reach our core through a socket of ours, whichever way we got it.
	local, stopLocal := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	if s.flags.core == "" {
		address, err := s.app.socketPath(s.flags.socket, s.flags.store)
		if err != nil {
			stopLocal()
			return err
		}
		go func() {
			served <- corerpc.Serve(local, s.core, corerpc.ServeOptions{
				Address: address, Build: build(), Tenants: []string{mainTenant}, Logger: s.log,
				Ready: func() { s.log.Info("command line socket is open", "address", address) },
			})
		}()
	} else {
		go func() { <-local.Done(); served <- nil }()
	}
	defer func() { stopLocal(); err = errors.Join(err, <-served) }()

	if err := s.receiver.Start(ctx); err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		err = errors.Join(err, s.receiver.Stop(end))
		s.log.Info("receiver stopped")
	}()
	defer onHangup(ctx, s.hangup)()
	select {
	case <-ctx.Done():
		return nil
	case <-s.receiver.Done():
		return s.receiver.Err()
	case err := <-served:
		served <- nil
		return err
	}
}

// hangup is a reload that nobody waits for.
func (s *serving) hangup() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	_ = s.reload(ctx) // It has been logged.
}
