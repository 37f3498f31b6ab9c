// Command serve runs the app's pages in a browser without Grafana: it starts the built plugin and a sandbox, plays Grafana
// to both, and ends with its input or when it is told to. Tests and people who look at the pages use it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/app/apptest"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) //nolint:forbidigo // main hands it out
}

type flags struct {
	plugin, yunluo, root, dist, harness, listen string
	demo, forever                               bool
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	var f flags
	set := flag.NewFlagSet("serve", flag.ContinueOnError)
	set.SetOutput(errs)
	set.StringVar(&f.root, "root", ".", "the repository")
	set.StringVar(&f.plugin, "plugin", "", "the built gpx_yunluo")
	set.StringVar(&f.dist, "dist", "", "the built pages (default: dist in the repository)")
	set.StringVar(&f.harness, "harness", "", "the built page that plays Grafana's front end (default: bin/harness-12 in the repository)")
	set.StringVar(&f.listen, "listen", "127.0.0.1:0", "address to listen on")
	set.BoolVar(&f.demo, "demo", false, "begin with the demo's accounts, people, contact points and some history")
	set.StringVar(&f.yunluo, "core", "", "the built yunluo, to attach to a core that it runs with a file of its own")
	set.BoolVar(&f.forever, "forever", false, "do not end with the input")
	if err := set.Parse(args); err != nil {
		return 2
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !f.forever {
		go func() { _, _ = io.Copy(io.Discard, in); cancel() }()
	}
	if err := serve(ctx, f, out, errs); err != nil {
		fmt.Fprintln(errs, "serve:", err)
		return 1
	}
	return 0
}

// addresses are what a test has to know.
type addresses struct {
	Grafana string `json:"grafana"`
	Sandbox string `json:"sandbox"`
	SMTP    string `json:"smtp"`
	Log     string `json:"log"`
}

func serve(ctx context.Context, f flags, out, errs io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "apptest-")
	if err != nil {
		return fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	play, err := startSandbox(ctx)
	if err != nil {
		return err
	}
	defer play.close()
	log, err := os.Create(filepath.Join(dir, "plugin.log")) //nolint:gosec // the caller's directory
	if err != nil {
		return fmt.Errorf("make the plugin's log: %w", err)
	}
	defer log.Close()
	env := []string{"GF_ENTERPRISE_LICENSE_PATH=" + filepath.Join(dir, "license.jwt")}
	if f.yunluo != "" {
		c, err := startCore(ctx, f.yunluo, dir, play, errs)
		if err != nil {
			return err
		}
		defer c.stop()
		env = append(env, "GF_PLUGIN_CORE="+c.socket, "GF_PLUGIN_CORE_UID="+strconv.Itoa(os.Getuid()))
	}
	plugin, err := apptest.Start(f.plugin, env, log)
	if err != nil {
		return err
	}
	defer plugin.Stop()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("listen for the pages: %w", err)
	}
	a := addresses{Grafana: "http://" + listener.Addr().String(), Sandbox: play.url, SMTP: play.smtp, Log: log.Name()}
	g := apptest.New(apptest.Options{
		Plugin: plugin, URL: a.Grafana, Root: f.root,
		Dist: orElse(f.dist, filepath.Join(f.root, "dist")), Harness: orElse(f.harness, filepath.Join(f.root, "bin", "harness-12")),
	})
	server := &http.Server{Handler: g, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	defer server.Close()
	if f.yunluo != "" {
		g.Save(1, apptest.Settings{Enabled: true, Pinned: true, JSONData: json.RawMessage("{}")})
	}
	if f.demo {
		if err := g.Demo(ctx, play.demo()); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(out).Encode(a); err != nil {
		return fmt.Errorf("say the addresses: %w", err)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

func orElse(value, fallback string) string {
	if value != "" {
		return value
	}
	return fallback
}

// playing is the sandbox on its listeners.
type playing struct {
	*sandbox.Sandbox
	url, smtp string
	server    *http.Server
	mail      net.Listener
}

func startSandbox(ctx context.Context) (*playing, error) {
	s, err := sandbox.New(sandbox.Options{NoLimits: true})
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the sandbox: %w", err)
	}
	mail, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for mail to the sandbox: %w", err), listener.Close())
	}
	p := &playing{
		Sandbox: s, url: "http://" + listener.Addr().String(), smtp: mail.Addr().String(), mail: mail,
		server: &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second},
	}
	go func() { _ = p.server.Serve(listener) }()
	go func() { _ = s.ServeLine(ctx, sandbox.LineSMTP, mail) }()
	return p, nil
}

func (p *playing) demo() apptest.DemoWorld {
	return apptest.DemoWorld{Accounts: p.Accounts(), URL: p.url, SMTP: p.smtp, Faults: p.SetFaults}
}

func (p *playing) close() {
	_ = p.mail.Close()
	_ = p.server.Close()
}

// running is a core with a file of its own.
type running struct {
	socket string
	stop   func()
}

func startCore(ctx context.Context, yunluo, dir string, play *playing, errs io.Writer) (*running, error) {
	file, c := filepath.Join(dir, "yunluo.yaml"), &running{socket: filepath.Join(dir, "socket", "core.sock")}
	config := fmt.Appendf(nil, coreConfig, play.url)
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, fmt.Errorf("write the core's file: %w", err)
	}
	cmd := execCore(ctx, yunluo, file, filepath.Join(dir, "store"), c.socket)
	said := &bytes.Buffer{}
	cmd.Stderr, cmd.Stdout = said, said
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the core: %w", err)
	}
	c.stop = func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() }
	for range 200 {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", c.socket); err == nil {
			_ = conn.Close()
			return c, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.stop()
	_, _ = errs.Write(said.Bytes())
	return nil, errors.New("the core does not serve")
}

const coreConfig = `accounts:
  feishu: {type: feishu_app, title: 飞书, app_id: cli_demo, app_secret: secret, base_url: %q}
people:
  - {name: lilei, title: 李雷, email: lilei@example.com, mobile: "+8613800000001"}
contact_points:
  - {name: payments, title: 支付, steps: [{notify: [{account: feishu, to: ["chat:oc_demo"]}]}]}
`
