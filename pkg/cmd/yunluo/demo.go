package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
)

// demoPatience is how long the demo waits for its own alert to be delivered.
const demoPatience = 10 * time.Second

type demoFlags struct {
	dir     string
	listen  string
	sandbox string
	mail    string
	once    bool
	logs    logFlags
}

func (a *app) demoCommand() *cobra.Command {
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: a.t("一条命令看全貌：沙箱、接收端、核心，再发一条告警", "see all of it: sandbox, receiver, core, and an alert sent"),
		Long: a.t(`在本机启动沙箱（扮演各家消息服务）、接收端和核心，发一条严重告警，然后告诉你去哪里看。
不联网，不打扰任何人；Ctrl-C 结束。不给 --dir 时用临时目录，结束时删除。`,
			`Starts the sandbox (which plays the messaging services), the receiver and the core on this machine, sends a critical
alert and tells you where to look. Nothing leaves the machine and nobody is bothered. Ctrl-C ends it. Without --dir
it uses a temporary directory and removes it at the end.`),
		Example: "  yunluo demo\n  yunluo demo --dir ./demo      # " + a.t("保留配置和历史", "keep configuration and history"),
		Args:    atMost(0),
		RunE:    func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), &f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.dir, "dir", "", a.t("目录：配置和历史留在这里（默认临时目录）", "directory that keeps configuration and history (default: a temporary one)"))
	flags.StringVar(&f.listen, "listen", "", a.t("接收端的地址（默认 127.0.0.1:9095，被占用时任选）", "the receiver's address (default: 127.0.0.1:9095, or a free port if that is taken)"))
	flags.StringVar(&f.sandbox, "sandbox", "", a.t("沙箱的地址（默认 127.0.0.1:9096，被占用时任选）", "the sandbox's address (default: 127.0.0.1:9096, or a free port if that is taken)"))
	flags.StringVar(&f.mail, "mail", "", a.t("沙箱收邮件的地址（默认 127.0.0.1:9097，被占用时任选）", "where the sandbox takes mail (default: 127.0.0.1:9097, or a free port if that is taken)"))
	flags.BoolVar(&f.once, "once", false, a.t("发完示例告警就结束", "end as soon as the sample alert is delivered"))
	f.logs.register(a, flags)
	flags.Lookup("log-level").DefValue = "warn"
	f.logs.level = "warn"
	return c
}

func (a *app) demo(ctx context.Context, f *demoFlags) (err error) {
	dir, cleanup, err := demoDir(f.dir)
	if err != nil {
		return err
	}
	defer cleanup()
	play, err := a.startSandbox(ctx, &sandboxFlags{listen: freeAddress(ctx, f.sandbox, sandbox.DefaultAddress), flag: "--sandbox", mail: f.mail, logs: f.logs})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, play.close()) }()
	path := filepath.Join(dir, "yunluo.yaml")
	text, err := a.demoConfig(play, freeAddress(ctx, f.listen, "127.0.0.1:9095"), filepath.Join(dir, "store"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return lang.Because(lang.Wrong("写不了演示的配置", "write the demo's configuration"), err)
	}
	serve, err := a.newServing(ctx, &serveFlags{
		config: path, store: filepath.Join(dir, "store"), socket: filepath.Join(dir, "socket", "core.sock"), logs: f.logs,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- serve.run(ctx) }()
	if err := a.showDemo(ctx, serve, play, path, dir); err != nil {
		cancel()
		return errors.Join(err, <-ended)
	}
	if f.once {
		cancel()
	} else {
		fmt.Fprintln(a.out, a.t("\n按 Ctrl-C 结束。", "\nCtrl-C ends it."))
	}
	return <-ended
}

// demoDir is the directory of a demo, and what to do with it at the end.
func demoDir(named string) (string, func(), error) {
	if named == "" {
		dir, err := os.MkdirTemp("", "yunluo-demo-")
		if err != nil {
			return "", nil, lang.Because(lang.Wrong("建不了演示目录", "make the demo's directory"), err)
		}
		return dir, func() { _ = os.RemoveAll(dir) }, nil
	}
	dir, err := filepath.Abs(named)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return "", nil, lang.Because(lang.Wrong("建不了演示目录", "make the demo's directory"), err)
	}
	return dir, func() {}, nil
}

// freeAddress is what was asked for, else the usual address, else any port of the loopback.
func freeAddress(ctx context.Context, asked, usual string) string {
	if asked != "" {
		return asked
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", usual)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close()
	return usual
}

// program is what to type for this program: its name where PATH leads to it, else its path.
func program() string {
	self, err := os.Executable()
	if err != nil {
		return "yunluo"
	}
	if found, err := exec.LookPath(filepath.Base(self)); err == nil && found == self {
		return filepath.Base(self)
	}
	return self
}

// showDemo waits for the receiver, sends it what an Alertmanager would, and says where to look.
func (a *app) showDemo(ctx context.Context, s *serving, play *playing, config, dir string) error {
	url, err := s.address(ctx)
	if err != nil {
		return err
	}
	answer, err := a.postDemo(ctx, url+"/api/v1/alertmanager/demo?wait="+demoPatience.String())
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, a.t(`云锣演示已启动，示例告警已发出（%[1]s）。

  看收件箱：   %[2]s/
  看历史：     %[6]s history --core %[3]s
  指标：       %[4]s/metrics
  配置：       %[5]s

自己发一条：

  curl -X POST %[4]s/api/v1/alerts/demo -d '{"title":"db-1 磁盘满了","severity":"critical"}'
  %[6]s send demo --core %[3]s --title "db-1 磁盘满了" --severity critical --wait 10s

让它恢复：同一条命令加上 "status":"resolved" 或 --status resolved。
把 demo 换成 everything，就发给沙箱扮演的每一种服务。
`, `Yunluo's demo is up, and a sample alert was sent (%[1]s).

  look at the inbox:   %[2]s/
  at the history:      %[6]s history --core %[3]s
  at the metrics:      %[4]s/metrics
  the configuration:   %[5]s

Send one of your own:

  curl -X POST %[4]s/api/v1/alerts/demo -d '{"title":"disk full on db-1","severity":"critical"}'
  %[6]s send demo --core %[3]s --title "disk full on db-1" --severity critical --wait 10s

To resolve it, send the same with "status":"resolved", or with --status resolved.
With everything instead of demo it goes to every service that the sandbox plays.
`), answer, play.url, filepath.Join(dir, "socket", "core.sock"), url, config, program())
	return nil
}

// address waits until the receiver listens, and gives its URL.
func (s *serving) address(ctx context.Context) (string, error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if addr := s.receiver.Addr(); addr != nil {
			return "http://" + addr.String(), nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-tick.C:
		}
	}
}

// postDemo posts the sample as Alertmanager would and gives the status of the answer.
func (a *app) postDemo(ctx context.Context, url string) (string, error) {
	body, err := json.Marshal(demoPayload(a.now()))
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*demoPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return "", fmt.Errorf("post the demo's alert: %w", err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
	if response.StatusCode >= http.StatusMultipleChoices {
		return "", &exitError{exitDelivery, fmt.Errorf("the demo's alert was answered %s: %s", response.Status, oneLine(string(text)))}
	}
	return response.Status, nil
}

// demoPayload is a webhook of Alertmanager, version 4.
func demoPayload(now time.Time) map[string]any {
	g := sampleGroup(alert.Firing, alert.Critical, now)
	alerts := make([]map[string]any, len(g.Alerts))
	for i, one := range g.Alerts {
		annotations := map[string]string{
			"runbook_url": "https://runbooks.example.com/high-latency", "dashboard_url": "https://grafana.example.com/d/payments",
		}
		maps.Copy(annotations, one.Annotations)
		alerts[i] = map[string]any{
			"status": one.Status, "labels": one.Labels, "annotations": annotations, "startsAt": one.StartsAt,
			"endsAt": time.Time{}, "generatorURL": one.GeneratorURL, "fingerprint": one.Fingerprint,
		}
	}
	return map[string]any{
		"version": "4", "groupKey": g.Key, "truncatedAlerts": 0, "status": g.Status, "receiver": "demo",
		"groupLabels": g.GroupLabels, "commonLabels": g.CommonLabels, "commonAnnotations": g.CommonAnnotations,
		"externalURL": g.ExternalURL, "alerts": alerts,
	}
}
