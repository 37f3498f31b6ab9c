package feishu

import (
	_ "embed"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo_robot.svg
var robotLogo string

const (
	robotType = "feishu_robot"

	fieldToken   = "token"
	fieldSign    = "secret"
	fieldKeyword = "keyword"

	// robotPerMinute and robotPerSecond are how often a robot may speak, robotBody how long its request may be, in bytes.
	// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
	robotPerMinute = 100
	robotPerSecond = 5
	robotBody      = 20_000
)

func robotManifest() sender.Manifest {
	return sender.Manifest{
		Type: robotType, Provider: providerName,
		Title: text("飞书群机器人", "Feishu group robot"),
		Summary: text("通过自定义机器人的 Webhook 发到一个飞书群：卡片、富文本或文本，可 @ 人；不能更新，也不能加急。Lark 把 base_url 设为 https://open.larksuite.com。",
			"Posts into one Feishu group through a custom robot's webhook: cards, posts or texts, with mentions; no update, no urging. For Lark set base_url to https://open.larksuite.com."),
		Fields: []sender.Field{
			{
				Name: fieldToken, Kind: sender.FieldString, Required: true, Secret: true, Label: text("Webhook 令牌", "Webhook token"),
				Help: text("Webhook 地址里 /hook/ 后面的部分。", "The part of the webhook address after /hook/."),
			},
			{
				Name: fieldSign, Kind: sender.FieldString, Secret: true, Label: text("签名密钥", "Signing secret"),
				Help: text("安全设置勾选「签名校验」时的密钥；只用关键词或 IP 白名单则不填。", "The secret, if the security settings verify signatures; empty if they only use keywords or IP addresses."),
			},
			{
				Name: fieldKeyword, Kind: sender.FieldString, Label: text("关键词", "Keyword"),
				Help: text("安全设置里的一个关键词，消息里没有时加在末尾。", "One of the robot's keywords, if it has any; it is put at the end of messages that lack it."),
			},
		},
		Options: options(), BaseURL: baseURL,
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetAll},
		Limits: []sender.Limit{
			{Scope: sender.ScopeAccount, Count: robotPerMinute, Per: time.Minute},
			{Scope: sender.ScopeAccount, Count: robotPerSecond, Per: time.Second},
		},
		Repeat: sender.Repeat{Kind: sender.Repeatable},
		Errors: robotMeanings(), Docs: "https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot", Logo: robotLogo,
		New: newRobot, Preview: previewRobot,
	}
}

// robotSettings are a robot account's own.
type robotSettings struct {
	Token   secret.Value `setting:"token"`
	Secret  secret.Value `setting:"secret"`
	Keyword string       `setting:"keyword"`
}

// The codes that a probe looks at.
const (
	robotBadBody   = "9499"
	robotBadParam  = "19002"
	robotBadSign   = "19021"
	robotNoKeyword = "19024"
)

// crowded is the other meaning of robotBadBody, which only its text tells apart.
func crowded() sender.CodeMeaning {
	return later(robotBadBody, sender.ReasonRateLimited, 10*time.Second, text("请求太多", "too many requests"),
		text("稍后自动重试；检查是否有别的程序在用同一个机器人。", "It is tried again by itself; check whether something else uses the robot."))
}

// robotMeanings is the table of what a robot's webhook answers, all of it with HTTP 200.
// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
func robotMeanings() []sender.CodeMeaning {
	fast := sender.CodeMeaning{
		Code: "11232", Class: sender.Later, Reason: sender.ReasonRateLimited, After: 10 * time.Second,
		Title: text("触发平台限流", "the platform limits the rate"),
		Hint:  text("整点和半点平台繁忙，稍后自动重试；也检查是否有别的程序在用同一个机器人。", "The platform is busy at the full and half hour; it is tried again by itself. Check too whether something else uses the robot."),
	}
	report := text("请求格式有误，请报告这个问题；也检查 base_url 与代理。", "The request is malformed: report this, and check base_url and the proxy.")
	return []sender.CodeMeaning{
		never("19001", sender.ReasonAuth, text("Webhook 令牌无效", "invalid webhook token"), text("核对 token：Webhook 地址里 /hook/ 后面的部分；机器人可能已被移除。", "Check token: the part of the webhook address after /hook/; the robot may have been removed.")),
		never(robotBadSign, sender.ReasonAuth, text("签名不对或时间超过 1 小时", "the signature does not match, or the time is off by an hour"), text("核对 secret，并校准本机时间。", "Check secret, and this machine's clock.")),
		never("19022", sender.ReasonPermission, text("IP 不在白名单", "this address is not on the white list"), text("把本机出口 IP 加进机器人安全设置的 IP 白名单。", "Add this machine's outgoing address to the IP white list of the robot's security settings.")),
		never(robotNoKeyword, sender.ReasonMessage, text("没有关键词", "no keyword is in the message"), text("把安全设置里的一个关键词写到账号的 keyword。", "Put one of the robot's keywords into the account's keyword.")),
		never(robotBadBody, sender.ReasonMessage, text("请求体不合法", "bad request body"), report),
		crowded(),
		never(robotBadParam, sender.ReasonMessage, text("参数不合法", "bad parameters"), report),
		fast,
	}
}
