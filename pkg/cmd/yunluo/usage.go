package main

import (
	"errors"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// misused is a command line that cannot be followed, and what would be right.
func misused(zh, en string, args ...any) error {
	return &exitError{exitUsage, lang.Wrong(zh, en, args...)}
}

// unknownName is a name that is none of the known ones, and which of them it may stand for.
func unknownName(zh, en, name string, names []string) lang.Text {
	return answer.DidYouMean(lang.Text{ZH: zh + " " + strconv.Quote(name), EN: en + " " + strconv.Quote(name)}, source.Nearest(name, names), names)
}

// teach makes a command that only has others: alone it shows its help, and a wrong one is told the nearest.
func teach(c *cobra.Command) {
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var names []string
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				names = append(names, sub.Name())
			}
		}
		return lang.Error(unknownName("没有命令", "there is no command", args[0], names))
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}

// flagError says in both languages what cobra says of a flag in English.
func flagError(err error) error {
	if none, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return lang.Error(lang.Text{ZH: "没有这个选项：" + dashed(none.GetSpecifiedName(), none.GetSpecifiedShortnames()), EN: err.Error()})
	}
	if bare, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return lang.Error(lang.Text{ZH: "选项 " + dashed(bare.GetSpecifiedName(), bare.GetSpecifiedShortnames()) + " 后面要有值", EN: err.Error()})
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		form := kindOfValue(bad.GetFlag().Value.Type())
		return lang.Wrong("选项 --%[1]s 不能是 %[2]q：应是%[3]s", "--%[1]s cannot be %[2]q: give %[4]s", bad.GetFlag().Name, bad.GetValue(), form.ZH, form.EN)
	}
	return err
}

// kindOfValue says what a flag of a type takes.
func kindOfValue(typ string) lang.Text {
	switch typ {
	case "int", "ints", "intSlice":
		return lang.Text{ZH: "整数", EN: "a whole number"}
	case "duration":
		return lang.Text{ZH: "时长，如 5s、10m", EN: "a duration such as 5s or 10m"}
	case "bool":
		return lang.Text{ZH: " true 或 false", EN: "true or false"}
	default:
		return lang.Text{ZH: " " + typ, EN: typ}
	}
}

func dashed(name, short string) string {
	if short != "" {
		return "-" + name
	}
	return "--" + name
}

// needs is for a command that cannot do without arguments: at least one, and at most so many. The sentence says what they are.
func needs(most int, zh, en string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < 1 || len(args) > most {
			return lang.Error(lang.Text{ZH: zh, EN: en})
		}
		return nil
	}
}

// atMost is for a command that takes so many arguments.
func atMost(most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) <= most:
			return nil
		case most == 0:
			return lang.Wrong("%[1]s 不带参数，却有 %[2]q", "%[1]s takes no argument, and got %[2]q", c.CommandPath(), args[0])
		default:
			return lang.Wrong("%s 至多 %d 个参数，却有 %d 个", "%s takes at most %d argument, and got %d", c.CommandPath(), most, len(args))
		}
	}
}
