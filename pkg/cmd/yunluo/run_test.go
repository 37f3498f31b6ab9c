package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHelpTeachesInBothLanguages(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		for _, command := range []string{"", "serve", "core", "check", "schema", "types", "render", "send", "probe", "history", "resend", "sandbox", "demo", "zabbix", "zabbix install", "zabbix check", "completion", "completion bash"} {
			t.Run(language+"/"+command, func(t *testing.T) {
				r := newCLI(t).run(append(strings.Fields(command), "--help", "--lang", language)...)
				require.Equal(t, exitOK, r.code)
				require.Empty(t, r.err)
				golden(t, "help_"+strings.ReplaceAll(orElse(command, "yunluo"), " ", "_")+"."+language+".golden", r.out)
			})
		}
	}
}

func TestEveryCommandHasExamplesInHelp(t *testing.T) {
	a := &app{stdio: stdio{env: func(string) string { return "" }}}
	for _, c := range a.root().Commands() {
		if c.Hidden || c.Name() == "completion" {
			continue
		}
		require.NotEmpty(t, c.Example, c.Name())
		require.NotEmpty(t, c.Long, c.Name())
		require.NotEqual(t, c.Long, c.Short, c.Name())
	}
}

func TestWrongUsageIsExitCode2AndSaysWhatIsRight(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"unknown command":      {[]string{"sned"}, `there is no command "sned", did you mean send?`},
		"unknown flag":         {[]string{"history", "--stat", "failed"}, "unknown flag: --stat"},
		"no contact point":     {[]string{"send", "--title", "x"}, "name one contact point"},
		"nothing to send":      {[]string{"send", "ops"}, "--title is missing"},
		"bad label":            {[]string{"send", "ops", "--title", "x", "--label", "host"}, `--label "host": use NAME=VALUE`},
		"title and file":       {[]string{"send", "ops", "--title", "x", "--file", "y"}, "--file is the whole payload"},
		"no such file":         {[]string{"send", "ops", "--file", "/nowhere"}, "/nowhere"},
		"bad severity":         {[]string{"send", "ops", "--title", "x", "--severity", "dire"}, "dire"},
		"bad state":            {[]string{"history", "--state", "lost"}, "use waiting, delivered, failed"},
		"bad limit":            {[]string{"history", "--limit", "5000"}, "use 1 to 1000"},
		"bad time":             {[]string{"history", "--since", "yesterday"}, "90m, 24h or 7d"},
		"unknown type":         {[]string{"types", "smoke_signal"}, "`yunluo types` lists them all"},
		"nearly a type":        {[]string{"types", "feishu-app"}, "did you mean feishu_app"},
		"flag without a value": {[]string{"history", "--state"}, "flag needs an argument: --state"},
		"flag of another kind": {[]string{"history", "--limit", "many"}, `--limit cannot be "many": give a whole number`},
		"too many arguments":   {[]string{"history", "a", "b"}, "takes at most 1 argument, and got 2"},
		"an argument too many": {[]string{"serve", "now"}, `yunluo serve takes no argument, and got "now"`},
		"bad sample severity":  {[]string{"render", "ops", "--severity", "dire"}, "is not a severity"},
		"bad log level":        {[]string{"serve", "--log-level", "loud"}, "use debug, info, warn or error"},
		"bad log format":       {[]string{"core", "--log-format", "xml"}, "use text or json"},
		"core and in-process":  {[]string{"serve", "--core", "/x", "--in-process"}, "core"},
		"bad mark":             {[]string{"history", "--after", "x"}, `--after "x": not a mark`},
		"unknown language":     {[]string{"types", "--lang", "fr"}, `--lang "fr": use zh or en`},
		"no address to check":  {[]string{"check", "--listen", "abc"}, `--listen "abc": use host:port`},
		"no address to serve":  {[]string{"serve", "--listen", ":99999"}, `--listen ":99999": use host:port`},
		"resend without an id": {[]string{"resend"}, "name the deliveries by their ids"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newCLI(t).run(c.args...)
			require.Equal(t, exitUsage, r.code, r.err)
			require.Contains(t, r.err, c.says)
			require.Empty(t, r.out)

			if slices.Contains(c.args, "--lang") {
				return
			}
			zh := newCLI(t).run(append(c.args, "--lang=zh")...)
			require.Equal(t, exitUsage, zh.code)
			require.Regexp(t, `^yunluo: [^\n]*\p{Han}`, zh.err)
			require.NotContains(t, zh.err, "did you mean")
		})
	}
}

func TestNoCoreIsExitCode4AndSaysWhatToDo(t *testing.T) {
	for _, args := range [][]string{
		{"history"}, {"send", "ops", "--title", "x"}, {"resend", "1"}, {"probe"}, {"render", "ops"},
	} {
		r := newCLI(t).run(args...)
		require.Equal(t, exitUnreachable, r.code, args)
		require.Contains(t, r.err, "core.sock")
		require.Contains(t, r.err, "start one with `yunluo serve`")
		require.Contains(t, newCLI(t).run(append(args, "--lang", "zh")...).err, "yunluo: 联系不上核心：那里没有运行中的核心")
	}
}

func TestACommandWithoutItsArgumentSaysSoInChineseToo(t *testing.T) {
	require.Contains(t, newCLI(t).run("render", "--lang", "zh").err, "请写上一个联络点")
}

func TestLanguageComesFromFlagThenLocale(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		want string
	}{
		"nothing":           {nil, nil, "en"},
		"LANG":              {nil, map[string]string{"LANG": "zh_CN.UTF-8"}, "zh"},
		"LC_ALL beats LANG": {nil, map[string]string{"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"},
		"flag beats both":   {[]string{"types", "--lang", "zh"}, map[string]string{"LC_ALL": "en_US"}, "zh"},
		"flag with =":       {[]string{"--lang=en"}, map[string]string{"LANG": "zh_TW"}, "en"},
		"unknown flag":      {[]string{"--lang=fr"}, map[string]string{"LANG": "zh_TW"}, "zh"},
	} {
		t.Run(name, func(t *testing.T) {
			got := languageOf(c.args, func(n string) string { return c.env[n] })
			require.Equal(t, c.want, string(got))
		})
	}
}

func TestVersionIsPrinted(t *testing.T) {
	r := newCLI(t).run("--version")
	require.Equal(t, exitOK, r.code)
	require.Contains(t, r.out, "yunluo version "+build())
	require.Equal(t, r.out, newCLI(t).run("version").out)
}
