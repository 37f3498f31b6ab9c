package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// stdio is all that a command knows of its surroundings.
type stdio struct {
	in  io.Reader
	out io.Writer
	err io.Writer
	env func(name string) string
	// now also says in which time zone times are shown.
	now func() time.Time
}

// The exit codes, documented in docs and in the help of the root command. They never change meaning.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitConfig      = 3
	exitUnreachable = 4
	exitDelivery    = 5
	exitWaiting     = 6
	exitStore       = 7
)

// exitError ends the program with a code and, if err is nil, without another word.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return "exit code " + strconv.Itoa(e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// app is one run of the program.
type app struct {
	stdio

	lang    lang.Language
	started bool
}

// run runs the command that args name and returns the exit code.
func run(ctx context.Context, args []string, streams stdio) int {
	a := &app{stdio: streams, lang: languageOf(args, streams.env)}
	root := a.root() //nolint:contextcheck // Commands get ctx from ExecuteContext.
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if e, silent := errors.AsType[*exitError](err); silent && e.err == nil {
		return e.code
	}
	if faults, ok := errors.AsType[*config.Faults](err); ok {
		a.writeFaults(faults)
		return exitConfig
	}
	a.complain(err)
	if hint := a.hint(err); hint != "" {
		fmt.Fprintf(a.err, "        %s\n", hint)
	}
	if !a.started {
		fmt.Fprintln(a.err, a.t("        用法见：yunluo --help", "        see: yunluo --help"))
		return exitUsage
	}
	return codeOf(err)
}

// complain writes an error for people.
func (a *app) complain(err error) { fmt.Fprintf(a.err, "yunluo: %s\n", lang.TextOf(err).In(a.lang)) }

func codeOf(err error) int {
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	for _, c := range []struct {
		is   error
		code int
	}{
		{core.ErrConfig, exitConfig},
		{core.ErrUnreachable, exitUnreachable},
		{core.ErrStore, exitStore},
		{core.ErrUnknownContactPoint, exitUsage},
		{core.ErrInvalid, exitUsage},
		{core.ErrNotFound, exitUsage},
	} {
		if errors.Is(err, c.is) {
			return c.code
		}
	}
	return exitFailed
}

// hintedError is an error with what to do about it.
type hintedError struct {
	err  error
	hint lang.Text
}

func (e *hintedError) Error() string { return e.err.Error() }

func (e *hintedError) Unwrap() error { return e.err }

// notStarted is a core that this process could not start, which is another matter than one that does not run.
func notStarted(err error, store string) error {
	return &hintedError{err, lang.Text{
		ZH: "核心没有启动。队列与历史放在 " + store + "；要放在别处，用 --store、$YUNLUO_DIR 或配置里的 store.path",
		EN: "the core did not start; queue and history are in " + store + ": to keep them elsewhere, use --store, $YUNLUO_DIR or store.path",
	}}
}

// notAttached is a core to which serve was to attach.
func notAttached(err error, address string) error {
	if errors.Is(err, corerpc.ErrRefused) || errors.Is(err, context.DeadlineExceeded) {
		return err // It runs, so starting it is no help.
	}
	return &hintedError{err, lang.Text{
		ZH: "先用 `yunluo core --socket " + address + "` 启动核心，或去掉 --core，让 serve 自己启动",
		EN: "start that core first, with `yunluo core --socket " + address + "`, or leave out --core and serve starts one",
	}}
}

// hint says what to do about an error, where the error's own text does not.
func (a *app) hint(err error) string {
	if e, ok := errors.AsType[*hintedError](err); ok {
		return e.hint.In(a.lang)
	}
	if errors.Is(err, core.ErrUnreachable) && errors.Is(err, context.DeadlineExceeded) {
		return a.t("核心在运行但没有应答：请看它的日志", "the core runs and does not answer: look into its log")
	}
	if errors.Is(err, core.ErrUnreachable) && !errors.Is(err, corerpc.ErrRefused) {
		return a.t("没有正在运行的云锣：用 `yunluo serve` 启动，或用 --core 指出它的套接字（或设置 $YUNLUO_DIR）",
			"no yunluo runs there: start one with `yunluo serve`, or name its socket with --core (or set $YUNLUO_DIR)")
	}
	return ""
}

// t picks the sentence in the language of this run.
func (a *app) t(zh, en string) string { return lang.Text{ZH: zh, EN: en}.In(a.lang) }

// languageNamed is the language of a name such as zh, zh-CN or en_US.
func languageNamed(name string) (l lang.Language, known bool) {
	for _, l := range lang.Languages() {
		if strings.HasPrefix(strings.ToLower(name), string(l)) {
			return l, true
		}
	}
	return "", false
}

// languageOf reads --lang, before cobra does since help depends on it, else the locale. English is the default.
func languageOf(args []string, env func(string) string) lang.Language {
	for i, arg := range args {
		value, found := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			value, found = args[i+1], true
		}
		if l, known := languageNamed(value); found && known {
			return l
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := env(name); value != "" {
			if strings.HasPrefix(value, "zh") {
				return lang.Chinese
			}
			return lang.English
		}
	}
	return lang.English
}

// build names this build: what the linker was told, else the module's version and commit.
func build() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return strings.Trim(info.Main.Version, "()")
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "yunluo",
		Short: a.t("把告警送到人，一条不丢", "get alerts to people and lose none"),
		Long: a.t(`云锣接收 Alertmanager、Grafana 等系统的告警，送到人：飞书、钉钉、企业微信、短信、电话、
Slack、Teams 和邮件，紧急时加急，一条不丢。

第一次用：     yunluo demo
正式运行：     yunluo check 然后 yunluo serve
出了什么事：   yunluo history`, `Yunluo takes alerts from Alertmanager, Grafana and others and gets them to people in
Feishu, DingTalk, WeCom, Slack and Teams, by SMS, phone and e-mail, urgently where it
matters, and loses none.

first look:       yunluo demo
for real:         yunluo check, then yunluo serve
what happened:    yunluo history`) + "\n\n" + a.exitCodes(),
		Version:           build(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			a.started = true
			l, err := c.Flags().GetString("lang")
			if _, known := languageNamed(l); err == nil && l != "" && !known {
				return misused("--lang %q：可用 zh、en", "--lang %q: use zh or en", l)
			}
			return nil
		},
	}
	root.PersistentFlags().String("lang", "", a.t("界面语言：zh 或 en（默认取自 $LANG）", "language of help and output: zh or en (default: from $LANG)"))
	root.SetUsageTemplate(a.usageTemplate())
	teach(root)
	root.SetHelpCommand(&cobra.Command{Use: "no-help", Hidden: true})
	root.InitDefaultVersionFlag()
	root.Flags().Lookup("version").Usage = a.t("显示版本", "print the version")
	groups := []struct {
		group    cobra.Group
		commands []*cobra.Command
	}{
		{cobra.Group{ID: "run", Title: a.t("运行：", "Run:")}, []*cobra.Command{a.demoCommand(), a.serveCommand(), a.coreCommand(), a.sandboxCommand()}},
		{cobra.Group{ID: "config", Title: a.t("配置：", "Configure:")}, []*cobra.Command{a.checkCommand(), a.schemaCommand(), a.typesCommand(), a.renderCommand(), a.probeCommand(), a.zabbixCommand()}},
		{cobra.Group{ID: "alerts", Title: a.t("告警：", "Alerts:")}, []*cobra.Command{a.sendCommand(), a.historyCommand(), a.resendCommand()}},
	}
	for _, g := range groups {
		root.AddGroup(&g.group)
		for _, c := range g.commands {
			c.GroupID = g.group.ID
			root.AddCommand(c)
		}
	}
	root.AddCommand(&cobra.Command{
		Use: "version", Short: a.t("显示版本", "print the version"), Hidden: true, Args: atMost(0),
		Run: func(*cobra.Command, []string) { fmt.Fprintf(a.out, "yunluo version %s\n", build()) },
	})
	root.InitDefaultCompletionCmd()
	a.translateCompletion(root)
	a.translateHelp(root)
	return root
}

// translateHelpFlags gives every command its --help in the language of this run.
