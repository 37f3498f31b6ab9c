package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

type sandboxFlags struct {
	listen string
	// flag is what listen was given with.
	flag     string
	mail     string
	noLimits bool
	inbox    string
	logs     logFlags
}

func (a *app) sandboxCommand() *cobra.Command {
	f := sandboxFlags{flag: "--listen"}
	c := &cobra.Command{
		Use:   "sandbox",
		Short: a.t("模拟各家消息服务，带网页收件箱", "play the messaging services, with a web inbox"),
		Long: a.t(`在本机扮演飞书、钉钉、企业微信等服务：令牌、签名、错误码、限额和封禁都和真的一样严格，收到的消息显示在网页里。
把账号的 base_url 指向它，就能在不打扰任何人的情况下试配置、模板和故障。`,
			`Plays Feishu, DingTalk, WeCom and the others on this machine: as strict as they are with tokens, signatures,
error codes, limits and bans. What arrives is shown on a web page. Point an account's base_url at it to try a
configuration, a template or an outage without bothering anybody.`),
		Example: `  yunluo sandbox
  yunluo sandbox --listen 127.0.0.1:9196 --no-limits`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.startSandbox(c.Context(), &f)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, a.t("收件箱：%s/\n收邮件：smtp://%s\n", "inbox: %s/\ntakes mail: smtp://%s\n"), s.url, s.smtp)
			return s.wait(c.Context())
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.listen, "listen", sandbox.DefaultAddress, a.t("监听地址", "address to listen on"))
	flags.StringVar(&f.mail, "mail", "", a.t("收邮件（SMTP）的地址（默认 127.0.0.1:9097，被占用时任选）", "address to take mail at, by SMTP (default: 127.0.0.1:9097, or a free port if that is taken)"))
	flags.BoolVar(&f.noLimits, "no-limits", false, a.t("不限调用频率", "lift every limit on how often something may be called"))
	flags.StringVar(&f.inbox, "inbox", string(stage.ModeFull), a.t("收件箱留多少：full 全部，count 只计数，off 不留", "how much the inbox keeps: full, count (figures only) or off"))
	f.logs.register(a, flags)
	return c
}

// playing is a sandbox on its listener.
type playing struct {
	url string
	// smtp is where the sandbox takes mail.
	smtp     string
	accounts []stage.Account
	server   *http.Server
	mail     net.Listener
	failed   chan error
}

// startSandbox listens at f.listen, and for mail at f.mail, and serves until wait returns.
func (a *app) startSandbox(ctx context.Context, f *sandboxFlags) (*playing, error) {
	log, err := f.logs.logger(a)
	if err != nil {
		return nil, err
	}
	s, err := sandbox.New(sandbox.Options{
		Logger: log, Preview: previewOf, NoLimits: f.noLimits, Inbox: stage.Mode(f.inbox),
	})
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", f.listen)
	if err != nil {
		return nil, lang.Because(lang.Wrong("沙箱无法监听，请用 %[1]s 换一个地址", "the sandbox cannot listen, choose another address with %[1]s", f.flag), err)
	}
	mail, err := config.Listen(ctx, "tcp", freeAddress(ctx, f.mail, sandbox.DefaultMailAddress))
	if err != nil {
		_ = listener.Close()
		return nil, lang.Because(lang.Wrong("沙箱无法收邮件，请用 --mail 换一个地址", "the sandbox cannot listen for mail, choose another address with --mail"), err)
	}
	p := &playing{
		url: "http://" + listener.Addr().String(), smtp: mail.Addr().String(), accounts: s.Accounts(), mail: mail,
		server: &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second},
		failed: make(chan error, 2),
	}
	go func() { p.failed <- p.server.Serve(listener) }()
	go func() {
		if err := s.ServeLine(ctx, sandbox.LineSMTP, mail); err != nil {
			p.failed <- err
		}
	}()
	return p, nil
}

// close ends both listeners.
func (p *playing) close() error {
	err := p.mail.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil // The end of the context has closed it.
	}
	return errors.Join(p.server.Close(), err)
}

// wait serves until ctx ends or the listener fails.
func (p *playing) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return p.close()
	case err := <-p.failed:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	}
}

// previewOf draws content of any type that this program knows.
func previewOf(typ string, content json.RawMessage) (sender.Preview, error) {
	m, found := provider.Find(typ)
	if !found || m.Preview == nil {
		return sender.Preview{}, fmt.Errorf("no type %q can be drawn", typ)
	}
	return m.Preview(content)
}
