package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/script"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/mediatype"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/setup"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/zabbixapi"
)

func (a *app) zabbixCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "zabbix",
		Short: a.t("把云锣装进 Zabbix，或检查装得对不对", "put Yunluo into Zabbix, or check what is missing"),
		Long: a.t(`在 Zabbix 服务器上运行。install 复制脚本、导入报警媒介类型、给用户加报警媒介、建一个示例动作；
check 说出还缺什么。没有 API 令牌时只做本机的部分，其余的在网页上点：见 docs/zabbix.zh-CN.md。`,
			`Run it on the Zabbix server. install copies the script, imports the media type, gives a user the media and
makes a sample action; check says what is missing. Without an API token they do what is local, and the
rest is clicked: see docs/zabbix.md.`),
		Example: `  yunluo zabbix install
  yunluo zabbix check`,
	}
	teach(c)
	c.AddGroup(&cobra.Group{ID: "zabbix", Title: a.t("命令：", "Commands:")})
	for _, sub := range []*cobra.Command{a.zabbixInstallCommand(), a.zabbixCheckCommand()} {
		sub.GroupID = "zabbix"
		c.AddCommand(sub)
	}
	c.AddCommand(a.zabbixLaunchCommand())
	return c
}

// zabbixFlags say which Zabbix, and where its server keeps its scripts.
type zabbixFlags struct {
	url, tokenFile, proxy string
	scripts               string
}

func (f *zabbixFlags) register(a *app, flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "url", "", a.t("Zabbix 前端的地址，如 http://zabbix.example.com/zabbix", "address of Zabbix's frontend, such as http://zabbix.example.com/zabbix"))
	flags.StringVar(&f.tokenFile, "token-file", "", a.t("存放 API token 的文件（超级管理员的；“API token”页）", "file that holds an API token of a super admin (page API tokens)"))
	flags.StringVar(&f.proxy, "proxy", "", a.t("访问 Zabbix 前端用的代理", "proxy on the way to the frontend"))
	flags.StringVar(&f.scripts, "scripts", "", a.t("AlertScriptsPath（默认从 zabbix_server.conf 读）", "AlertScriptsPath (default: read from zabbix_server.conf)"))
}

// api makes the client, or none where no address is given.
func (f *zabbixFlags) api() (*zabbixapi.Client, error) {
	if f.url == "" {
		return nil, nil //nolint:nilnil // no API is a way to run it
	}
	token, err := secretFrom(f.tokenFile, "--token-file")
	if err != nil {
		return nil, err
	}
	if !token.IsSet() {
		return nil, misused("缺少 --token-file：API 令牌不写在命令行上，请放进文件", "--token-file is missing: an API token never stands on the command line, put it into a file")
	}
	return zabbixapi.New(zabbixapi.Options{URL: f.url, Token: token, Proxy: f.proxy})
}

func secretFrom(path, flag string) (secret.Value, error) {
	if path == "" {
		return secret.Value{}, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own path
	if err != nil {
		return secret.Value{}, &exitError{exitUsage, lang.About(flag, err)}
	}
	return secret.New(strings.TrimSpace(string(text))), nil
}

func (f *zabbixFlags) scriptsDir() (string, error) {
	if f.scripts != "" {
		return filepath.Abs(f.scripts)
	}
	return setup.ScriptsDir(setup.ServerConfigs())
}

func (a *app) zabbixInstallCommand() *cobra.Command {
	var f zabbixFlags
	var o setup.Options
	var binary, way, tokenFile string
	var noAction bool
	c := &cobra.Command{
		Use:   "install",
		Short: a.t("复制脚本，导入报警媒介类型，加报警媒介，建示例动作", "copy the script, import the media type, add media, make a sample action"),
		Long: a.t(`逐步打印做了什么；可以重复运行，已有的保留不动。示例动作默认停用，看过之后再启用。`,
			`Prints each step; may be run again, and keeps what is there. The sample action is disabled until you
have looked at it.`),
		Example: `  yunluo zabbix install
  yunluo zabbix install --url http://127.0.0.1/zabbix --token-file ./token --user Admin --send-to payments
  yunluo zabbix install --way webhook --url http://127.0.0.1/zabbix --token-file ./token`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			o.Way, o.Language, o.Action = mediatype.Way(way), a.lang, !noAction
			if o.Way != mediatype.Script && o.Way != mediatype.Webhook {
				return misused("--way %q：可用 script、webhook", "--way %q: use script or webhook", way)
			}
			if (o.User == "") != (o.SendTo == "") {
				return misused("--user 和 --send-to 要一起写：谁得到报警媒介，以及它指向哪个联络点", "--user and --send-to go together: who gets the media, and the contact point that it names")
			}
			var err error
			if o.Token, err = secretFrom(tokenFile, "--yunluo-token-file"); err != nil {
				return err
			}
			return a.zabbixInstall(c.Context(), &f, o, binary)
		},
	}
	flags := c.Flags()
	f.register(a, flags)
	flags.StringVar(&way, "way", string(mediatype.Script), a.t("script（本机脚本）或 webhook（发给 yunluo serve）", "script, or webhook, which posts to yunluo serve"))
	flags.StringVar(&binary, "binary", "", a.t("yunluo-zabbix 程序（默认在 yunluo 旁边）", "the yunluo-zabbix binary (default: beside yunluo)"))
	flags.BoolVar(&o.Overwrite, "overwrite", false, a.t("覆盖已有的报警媒介类型，其中改过的内容会丢", "replace a media type that is there, and what was edited in it"))
	flags.StringVar(&o.User, "user", "", a.t("给哪个 Zabbix 用户加报警媒介", "Zabbix user who gets the media"))
	flags.StringVar(&o.SendTo, "send-to", "", a.t("收件人：联络点，或 账号/目标", "\"Send to\": a contact point, or account/target"))
	flags.BoolVar(&noAction, "no-action", false, a.t("不建示例动作", "make no sample action"))
	flags.BoolVar(&o.Enable, "enable", false, a.t("建好的示例动作直接启用", "enable the sample action at once"))
	flags.StringVar(&o.URL, "yunluo-url", "", a.t("webhook：yunluo serve 的地址（全局宏 {$YUNLUO.URL}）", "webhook: address of yunluo serve (global macro {$YUNLUO.URL})"))
	flags.StringVar(&tokenFile, "yunluo-token-file", "", a.t("webhook：存放来源令牌的文件（全局宏 {$YUNLUO.TOKEN}）", "webhook: file with the source's token (global macro {$YUNLUO.TOKEN})"))
	return c
}

// zabbixInstall does the local part, and with an API the rest.
func (a *app) zabbixInstall(ctx context.Context, f *zabbixFlags, o setup.Options, binary string) error {
	api, err := f.api()
	if err != nil {
		return err
	}
	if o.Way == mediatype.Script {
		dir, err := f.scriptsDir()
		if err != nil {
			return a.failedCheck(err)
		}
		if binary == "" {
			binary = beside(mediatype.Binary)
		}
		if setup.InstallScript(binary, dir, a.writeCheck) != nil {
			return &exitError{code: exitFailed}
		}
	}
	if api == nil {
		t := mediatype.Type{Way: o.Way, Version: mediatype.V60, Language: a.lang}
		if o.Way == mediatype.Webhook {
			fmt.Fprintln(a.out, a.t("先设置全局宏 {$YUNLUO.URL}（接收端的地址）和 {$YUNLUO.TOKEN}（来源的令牌），webhook 要用。",
				"First set the global macros {$YUNLUO.URL}, the receiver's address, and {$YUNLUO.TOKEN}, the source's token: the webhook needs them."))
		}
		fmt.Fprintf(a.out, a.t("接下来在 Zabbix 网页上：“报警媒介类型”页 → 导入，选 zabbix/exports/%s；再给用户加报警媒介、建动作。给出 --url 和 --token-file 可自动完成。\n",
			"Next, on Zabbix's page Media types: Import, choose zabbix/exports/%s; then add the media to a user and make an action. With --url and --token-file this is done for you.\n"), t.FileName())
		return nil
	}
	if setup.Install(ctx, api, o, a.writeCheck) != nil {
		return &exitError{code: exitFailed}
	}
	return nil
}

// beside is a program in this one's own folder.
func beside(name string) string {
	self, err := os.Executable()
	if err != nil {
		return name
	}
	if target, err := filepath.EvalSymlinks(self); err == nil {
		self = target
	}
	return filepath.Join(filepath.Dir(self), name)
}

func (a *app) writeCheck(c sender.Check) {
	mark := "✓"
	if !c.OK {
		mark = "✗"
	}
	fmt.Fprintf(a.out, "%s %s", mark, oneLine(c.Name.In(a.lang)))
	if c.Detail != "" {
		fmt.Fprintf(a.out, ": %s", oneLine(c.Detail))
	}
	fmt.Fprintln(a.out)
	if hint := c.Hint.In(a.lang); hint != "" && !c.OK {
		fmt.Fprintf(a.out, "  → %s\n", oneLine(hint))
	}
}

// failedCheck writes a failure as a check and ends the program.
func (a *app) failedCheck(err error) error {
	f := sender.AsFailure(err)
	fmt.Fprintf(a.err, "yunluo: %v\n", err)
	if hint := f.Hint.In(a.lang); hint != "" {
		fmt.Fprintf(a.err, "        %s\n", hint)
	}
	return &exitError{code: exitFailed}
}

func (a *app) zabbixCheckCommand() *cobra.Command {
	var f zabbixFlags
	var client clientFlags
	c := &cobra.Command{
		Use:   "check",
		Short: a.t("看看 Zabbix 这边还缺什么", "say what is missing on Zabbix's side"),
		Long: a.t(`检查脚本、云锣核心；给出 --url 和 --token-file 时还检查报警媒介类型、报警媒介和动作。什么也不改。`,
			`Looks at the script and at Yunluo's core; with --url and --token-file also at the media type, the users'
media and the actions. Changes nothing.`),
		Example: `  yunluo zabbix check
  yunluo zabbix check --url http://127.0.0.1/zabbix --token-file ./token`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error { return a.zabbixCheck(c.Context(), &f, &client) },
	}
	f.register(a, c.Flags())
	client.register(a, c)
	return c
}

func (a *app) zabbixCheck(ctx context.Context, f *zabbixFlags, client *clientFlags) error {
	api, err := f.api()
	if err != nil {
		return err
	}
	good := true
	report := func(c sender.Check) {
		good = good && c.OK
		a.writeCheck(c)
	}
	if dir, err := f.scriptsDir(); err != nil {
		report(sender.Check{Name: lang.Text{ZH: "脚本目录", EN: "scripts"}, Detail: lang.TextOf(err).In(a.lang), Hint: sender.AsFailure(err).Hint})
	} else {
		setup.CheckScript(dir, versionOf, build(), report)
	}
	_, err = corerpc.FindBinary("")
	found := sender.Check{Name: lang.Text{ZH: "yunluo 程序", EN: "the yunluo binary"}, OK: err == nil}
	if err != nil {
		found.Hint = lang.Text{ZH: "装到 /usr/local/bin 或 /usr/bin，否则脚本没法启动核心", EN: "install it in /usr/local/bin or /usr/bin, else the script cannot start a core"}
	}
	report(found)
	knows := a.checkCore(ctx, client, report)
	if api != nil {
		_ = setup.Check(ctx, api, a.lang, knows, report) // It is in the report.
	}
	if !good {
		return &exitError{code: exitFailed}
	}
	return nil
}

// checkCore looks for the core that runs, and returns how to tell whether it knows a "Send to"; nil when none runs.
func (a *app) checkCore(ctx context.Context, client *clientFlags, report setup.Report) func(string) bool {
	c := sender.Check{Name: lang.Text{ZH: "云锣核心", EN: "Yunluo's core"}}
	core, done, err := client.connect(ctx, a)
	switch {
	case errors.Is(err, corerpc.ErrRefused):
		c.Detail = lang.TextOf(err).In(a.lang)
		report(c)
		return nil
	case err != nil:
		// None has to run: the script starts one.
		c.OK, c.Detail = true, a.t("没有在运行，第一条告警会启动它", "none runs, the first alert starts one")
		report(c)
		return nil
	}
	defer done()
	health, err := core.Health(ctx)
	if err != nil {
		c.Detail = lang.TextOf(err).In(a.lang)
		report(c)
		return nil
	}
	c.OK, c.Detail = health.Ready, fmt.Sprintf("%s, %s", health.Build, health.StorePath)
	for _, p := range health.Problems {
		c.Hint.ZH += p.ZH + " "
		c.Hint.EN += p.EN + " "
	}
	report(c)
	points, err := core.ContactPoints(ctx, mainTenant)
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(points))
	for _, p := range points {
		names = append(names, p.Name)
	}
	// Of an address only the core itself can tell.
	return func(sendTo string) bool { return strings.Contains(sendTo, "/") || slices.Contains(names, sendTo) }
}

// versionOf asks a binary of ours for its version.
func versionOf(path string) (string, error) {
	out, err := exec.Command(path, "--version").Output() //nolint:noctx // ours, and it ends at once
	fields := strings.Fields(string(out))
	if err != nil || len(fields) == 0 {
		return "", fmt.Errorf("run %s --version: %w", path, err)
	}
	return fields[len(fields)-1], nil
}

// zabbixLaunchCommand is what yunluo-zabbix --launch becomes, since it does not link what a launch takes.
func (a *app) zabbixLaunchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "launch", Hidden: true, DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			host := script.Host{Out: a.out, Err: a.err, Build: build(), Launch: launchCore}
			if code := host.Run(c.Context(), args); code != exitOK {
				return &exitError{code: code}
			}
			return nil
		},
	}
}

func launchCore(ctx context.Context, binary string, place corerpc.Place) (script.Core, error) { //nolint:ireturn // as script.Host asks
	return corerpc.Launch(ctx, corerpc.LaunchOptions{
		Path: binary, Args: []string{"core", "--plugin", "--config", place.Config, "--store", place.Dir}, Build: build(),
	})
}
