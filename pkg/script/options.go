package script

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// The times that zabbix_server's 40 s must hold.
const (
	// within is for everything but waiting for the outcome.
	within = 20 * time.Second
	// maxWait bounds --wait; launchWait is how long --launch waits unless --wait says else.
	maxWait    = 15 * time.Second
	launchWait = 10 * time.Second
)

// options stand before the -- of a media type's parameters.
type options struct {
	lang    lang.Language
	wait    time.Duration
	source  string
	dir     string
	config  string
	binary  string
	core    string
	coreUID int
	launch  bool
	version bool
	help    bool
	// set makes the help.
	set *flag.FlagSet
}

// parse reads options and what Zabbix hands over. Options are read only in front of a --, so that nothing that a macro
// stands for, a user's "Send to" above all, is ever taken for one.
func parse(args []string) (o options, rest []string, err error) {
	flags := []string{}
	rest = args
	if end := slices.Index(args, "--"); end >= 0 && allOptions(args[:end]) {
		flags, rest = args[:end], args[end+1:]
	} else if len(args) == 1 && allOptions(args) {
		flags, rest = args, nil
	} else if end > 0 && strings.HasPrefix(args[0], "--") {
		o.lang = lang.Chinese
		return o, nil, source.Invalid("报警媒介类型的脚本参数以 "+args[0]+" 开头：选项要写成 --名=值，并且都写在 -- 之前",
			"the media type's script parameters begin with "+args[0]+": options are written as --name=value, all of them in front of --")
	}
	o.set = flag.NewFlagSet("yunluo-zabbix", flag.ContinueOnError)
	o.set.SetOutput(io.Discard)
	language := o.set.String("lang", string(lang.Chinese), "`language` of what Zabbix's action log shows / 报错的语言: zh, en")
	o.set.DurationVar(&o.wait, "wait", 0, "wait this long for the first outcome, and fail without one / 最多等多久投递结果，没有就报失败 (at most 15s)")
	o.set.StringVar(&o.source, "source", "zabbix", "`name` of this Zabbix; two servers need two / 来源名，两套 Zabbix 要用两个名字")
	o.set.StringVar(&o.dir, "dir", "", "`directory` of the core's socket, queue and log / 核心的目录 (default $YUNLUO_DIR, /var/lib/yunluo, /var/tmp/yunluo-<uid>)")
	o.set.StringVar(&o.config, "config", "", "configuration `file` of a core that is started / 启动核心时用的配置 (default $YUNLUO_CONFIG, /etc/yunluo/yunluo.yaml)")
	o.set.StringVar(&o.binary, "yunluo", "", "yunluo `binary` that a core is started from / 启动核心的程序 (default: beside this one, in PATH, /usr/local/bin, /usr/bin)")
	o.set.StringVar(&o.core, "core", "", "`socket` of a core that runs by itself; never start one / 只接入这个套接字上的核心，不启动")
	o.set.IntVar(&o.coreUID, "core-uid", -1, "user `id` that the core may belong to besides this user and root / 核心还可以属于哪个用户号")
	o.set.BoolVar(&o.launch, "launch", false, "run a core of its own for this one message / 为这一条消息单独运行一个核心")
	o.set.BoolVar(&o.version, "version", false, "print the version / 显示版本")
	o.set.BoolVar(&o.help, "help", false, "print this help / 显示帮助")
	o.lang = lang.Chinese
	if err := o.set.Parse(flags); err != nil {
		return o, nil, wrongOption(err)
	}
	if o.lang = lang.Language(*language); !o.lang.Known() {
		o.lang = lang.Chinese
		return o, nil, source.Invalid("--lang 应为 zh 或 en；请改报警媒介类型的脚本参数", "--lang must be zh or en; correct the media type's script parameters")
	}
	o.wait = min(max(o.wait, 0), maxWait)
	if o.launch && o.wait == 0 {
		o.wait = launchWait
	}
	if o.launch && o.core != "" {
		return o, nil, source.Invalid("--launch 和 --core 只能用一个；请改报警媒介类型的脚本参数", "--launch and --core exclude each other; correct the media type's script parameters")
	}
	return o, rest, nil
}

func allOptions(args []string) bool {
	return !slices.ContainsFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") })
}

func wrongOption(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	zh := strings.NewReplacer("flag provided but not defined: -", "没有选项 --", "flag needs an argument: -", "缺少值：--",
		"invalid value ", "不能是 ", "invalid boolean value ", "不能是 ", " for flag -", "：--", " for -", "：--", ": parse error", "").Replace(err.Error())
	return source.Invalid(
		"报警媒介类型的脚本参数里，-- 之前的选项有误："+zh+"；选项写成 --名=值，可用的见 yunluo-zabbix --help",
		"an option in front of -- in the media type's script parameters is wrong: "+err.Error()+"; see yunluo-zabbix --help")
}

// writeHelp says how it is called, in both languages since nobody says which.
func (o options) writeHelp(out io.Writer) {
	fmt.Fprintln(out, `yunluo-zabbix [OPTIONS] -- SENDTO SUBJECT MESSAGE [NAME=VALUE ...]

Hands one notification of Zabbix to Yunluo. zabbix_server runs it; there is nothing to type.
把 Zabbix 的一条通知交给云锣。由 zabbix_server 运行，不用手敲。

Script parameters of the media type / 报警媒介类型的脚本参数:
  --  {ALERT.SENDTO}  {ALERT.SUBJECT}  {ALERT.MESSAGE}

To try it / 试一下:
  sudo -u zabbix yunluo-zabbix -- payments hello 你好

Options / 选项:`)
	o.set.VisitAll(func(f *flag.Flag) {
		name, usage := flag.UnquoteUsage(f)
		if name != "" {
			name = "=" + name
		}
		fmt.Fprintf(out, "  --%s%s\n      %s\n", f.Name, name, usage)
	})
}
