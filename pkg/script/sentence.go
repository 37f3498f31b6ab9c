package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// maxLine is how many characters Zabbix's action log surely keeps: it cuts at 2047 bytes, in the middle of a character.
const maxLine = 600

// line is what Zabbix keeps of a failure.
func line(err error, o options) string {
	s := strings.Join(strings.FieldsFunc(sentence(err, o).In(o.lang), unicode.IsControl), " ")
	if r := []rune(s); len(r) > maxLine {
		s = string(r[:maxLine-1]) + "…"
	}
	return s
}

// sentence says first what failed and what to do, then the details.
func sentence(err error, o options) lang.Text {
	var told *source.Error
	var nobody *unknownContactPointError
	var late *undeliveredError
	switch {
	case errors.As(err, &told):
		return told.Text
	case errors.As(err, &nobody):
		return nobody.text()
	case errors.As(err, &late):
		return late.text()
	case errors.Is(err, core.ErrUnknownContactPoint):
		return detailed(err, "“收件人”里的目标云锣不认识，请在 Zabbix 用户的“报警媒介”里改正",
			"Yunluo does not know this \"Send to\"; correct it in the media of the Zabbix user")
	case errors.Is(err, core.ErrInvalid):
		return detailed(err, "云锣无法处理这条消息", "Yunluo cannot take this message")
	case errors.Is(err, core.ErrStore):
		return detailed(err, "云锣存不下这条告警，请检查它的磁盘；Zabbix 会再试", "Yunluo could not store the alert, check its disk; Zabbix tries again")
	case errors.Is(err, corerpc.ErrNoBinary):
		return lang.Text{
			ZH: "找不到 yunluo 程序，没法启动云锣：请把 yunluo 装到 /usr/local/bin 或 /usr/bin，或放在 yunluo-zabbix 旁边，或用 --yunluo 指出",
			EN: "there is no yunluo to start: install it in /usr/local/bin or /usr/bin or beside yunluo-zabbix, or name it with --yunluo",
		}
	case errors.Is(err, corerpc.ErrRefused):
		return detailed(err, "云锣的核心拒绝接入", "Yunluo's core refused this host")
	case o.core != "":
		return detailed(err, "连不上 "+o.core+" 上的云锣核心，请确认它在运行", "no core of Yunluo answers at "+o.core+", check that it runs")
	case errors.Is(err, core.ErrUnreachable):
		return detailed(err, "云锣没能启动或没有应答，请以 Zabbix 的用户运行 yunluo check 查看配置",
			"Yunluo could not be started or did not answer, run yunluo check as Zabbix's user")
	}
	return detailed(err, "没有交给云锣", "not handed to Yunluo")
}

func detailed(err error, zh, en string) lang.Text {
	text := lang.TextOf(err)
	return lang.Text{ZH: zh + "：" + text.ZH, EN: en + ": " + text.EN}
}

// unknownContactPointError is a "Send to" that the core does not know.
type unknownContactPointError struct {
	name  string
	names []string
	err   error
}

func (e *unknownContactPointError) Error() string { return e.err.Error() }

func (e *unknownContactPointError) Unwrap() error { return e.err }

func (e *unknownContactPointError) text() lang.Text {
	if strings.Contains(e.name, "/") {
		return detailed(e.err, "“收件人”里的目标云锣不认识，请在 Zabbix 用户的“报警媒介”里改正",
			"Yunluo does not know this \"Send to\"; correct it in the media of the Zabbix user")
	}
	t := lang.Text{
		ZH: "云锣没有名为“" + e.name + "”的联络点",
		EN: fmt.Sprintf("Yunluo has no contact point %q", e.name),
	}
	if near := source.Nearest(e.name, e.names); len(near) > 0 {
		t.ZH += "，是否想写 " + strings.Join(near, "、") + "？"
		t.EN += ", did you mean " + strings.Join(near, " or ") + "?"
	} else {
		t.ZH += "。"
		t.EN += "."
	}
	t.ZH += "请在 Zabbix 用户的“报警媒介”里改“收件人”"
	t.EN += " Correct \"Send to\" in the media of the Zabbix user"
	if len(e.names) > 0 {
		list := strings.Join(e.names[:min(len(e.names), 20)], ", ")
		t.ZH += "；现有：" + list
		t.EN += "; there are " + list
	}
	return t
}

// undeliveredError is what --wait waited for in vain.
type undeliveredError struct{ result core.Result }

func (*undeliveredError) Error() string { return "not delivered" }

func (e *undeliveredError) text() lang.Text {
	t := lang.Text{
		ZH: "云锣已存盘，还没有送达，会继续重试",
		EN: "Yunluo has stored it, has not delivered it yet and goes on trying",
	}
	switch e.result.State {
	case core.StateFailed:
		t = lang.Text{ZH: "云锣没有送达任何人", EN: "Yunluo reached nobody"}
	case core.StateUnknown:
		t = lang.Text{ZH: "不确定对方是否已收到，为避免重复打扰没有再发", EN: "it may have arrived, and is not repeated"}
	case core.StateWaiting, core.StateDelivered, core.StateSuperseded:
	}
	for _, d := range slices.Backward(e.result.Deliveries) {
		if d.State == core.StateDelivered {
			continue
		}
		who := strings.TrimSuffix(d.Account+" → "+d.Target, " → ")
		why := strings.TrimSpace(d.Code + " " + d.Text)
		if why == "" {
			why = string(d.Reason)
		}
		if why == "" {
			continue
		}
		t.ZH += "；" + who + "：" + why
		t.EN += "; " + who + ": " + why
		if !d.Hint.Empty() {
			t.ZH += "（" + d.Hint.In(lang.Chinese) + "）"
			t.EN += " (" + d.Hint.In(lang.English) + ")"
		}
	}
	return t
}
