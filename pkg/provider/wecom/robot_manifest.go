package wecom

import (
	_ "embed"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo_robot.svg
var robotLogo string

const (
	fieldKey = "key"

	formMarkdown2 = "markdown_v2"

	// robotPerMinute is how often a robot may speak.
	// https://developer.work.weixin.qq.com/document/path/91770
	robotPerMinute = 20
)

func robotManifest() sender.Manifest {
	return sender.Manifest{
		Type: "wecom_robot", Provider: providerName,
		Title: words("企业微信群机器人", "WeCom group robot"),
		Summary: words("通过群机器人的 Webhook 发到一个企业微信群，可 @ 人；每分钟 20 条，超出的由云锣排队、合并。",
			"Posts into one WeCom group through its robot's webhook, with mentions; 20 a minute, the rest waits here and is folded."),
		Fields: []sender.Field{{
			Name: fieldKey, Kind: sender.FieldString, Required: true, Secret: true, Label: words("机器人 key", "Robot's key"),
			Help: words("Webhook 地址里 key= 后面的部分。", "The part of the webhook address after key=."),
		}},
		Options: []sender.Field{{
			Name: optionForm, Kind: sender.FieldString, Default: formMarkdown, Enum: []string{formMarkdown, formMarkdown2, formText},
			Label: words("消息形式", "Message form"),
			Help: words("markdown 可 @ 已知 userid 的人；text 还可按手机号 @ 人和 @ 所有人，需要时自动改用 text；markdown_v2 排版更多但不能 @ 人。",
				"markdown mentions people by user id; text also by mobile number, and everybody, and is used by itself where that is needed; markdown_v2 has more layout and no mentions."),
		}},
		BaseURL:  baseURL,
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetPhone, sender.TargetAll},
		Limits:   []sender.Limit{{Scope: sender.ScopeAccount, Count: robotPerMinute, Per: time.Minute}},
		Repeat:   sender.Repeat{Kind: sender.Repeatable},
		Errors:   robotCodes(), Docs: "https://developer.work.weixin.qq.com/document/path/91770", Logo: robotLogo,
		New: newRobot, Preview: previewRobot,
	}
}

// robotSettings are a robot account's own.
type robotSettings struct {
	Key secret.Value `setting:"key"`
}

// robotCodes is the table of what a robot's webhook answers.
// https://developer.work.weixin.qq.com/document/path/90313
func robotCodes() []sender.CodeMeaning {
	never, again := sender.Never, sender.Again
	key := words("核对 key：群设置 → 群机器人 → Webhook 地址里 key= 后面的部分；机器人可能已被移除。", "Check key: group settings → group robots, the part of the webhook address after key=; the robot may have been removed.")
	report := words("请求不完整，请报告这个问题；也检查 base_url 与代理是否改写了请求。", "The request is malformed: report this, and check whether base_url or a proxy rewrites requests.")
	fast := row("45009", sender.Later, sender.ReasonRateLimited, words("发送太频繁", "sent too often"),
		words("检查是否有别的程序在用同一个机器人；给云锣单独建一个。", "Check whether something else uses the same robot; give Yunluo one of its own."))
	fast.After = minuteAgain
	return []sender.CodeMeaning{
		row("-1", again, sender.ReasonUnavailable, words("系统繁忙", "system busy"), words("会自动重试。", "It is tried again by itself.")),
		row("40008", never, sender.ReasonMessage, words("消息类型无效", "invalid message type"), report),
		row("40058", never, sender.ReasonMessage, words("参数不合法，例如内容过长", "invalid parameter, such as too long a content"), report),
		row("44004", never, sender.ReasonMessage, words("内容为空", "empty content"), words("检查自定义模板是否渲染出空内容。", "Check whether a template of yours renders nothing.")),
		row("45002", never, sender.ReasonMessage, words("内容过长", "content too long"), words("缩短模板。", "Shorten the template.")),
		fast,
		row("93000", never, sender.ReasonAuth, words("Webhook 地址无效", "invalid webhook"), key),
		row("93004", never, sender.ReasonRecipient, words("机器人已被停用或移除", "the robot was disabled or removed"), key),
		row("93008", never, sender.ReasonRecipient, words("机器人不在群里", "the robot is not in the group"), key),
	}
}
