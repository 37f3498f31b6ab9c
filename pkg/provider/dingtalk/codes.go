package dingtalk

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// securityCode is what every failed security check answers; only its text tells them apart.
	securityCode = "310000"
	// blockedCode is the status in the answer to an IP address that is blocked.
	blockedCode = "1111"
	// punishCode stands for the page or object that Alibaba's gateway answers with instead of DingTalk.
	punishCode = "punish"
)

func row(code string, class sender.Class, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
	m := sender.CodeMeaning{Code: code, Class: class, Reason: reason, Title: title, Hint: hint}
	if class == sender.Later {
		m.After = ban
	}
	return m
}

func text(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

// codes is the table of what a custom robot answers.
// https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages
func codes() []sender.CodeMeaning {
	token := text("检查 access_token：在群的机器人设置里重新复制 Webhook 地址。",
		"Check access_token: copy the webhook address again from the robot's settings in the group.")
	fault := text("请求格式有误，请报告这个问题；也检查 base_url 与代理是否改写了请求。",
		"The request is malformed: report this, and check whether base_url or a proxy rewrites requests.")
	slow := text("机器人每分钟最多 20 条，超过后停 10 分钟；检查是否有别的程序在用同一个机器人。",
		"A robot takes 20 messages a minute and then pauses for 10 minutes; check whether something else uses the same robot.")
	refused := text("内容被钉钉拒绝：检查消息里的链接和文字。",
		"DingTalk refuses the content: check the links and words of the message.")
	table := []sender.CodeMeaning{
		row("-1", sender.Again, sender.ReasonUnavailable, text("系统繁忙", "system busy"),
			text("会自动重试。", "It is tried again by itself.")),
		row("40035", sender.Never, sender.ReasonMessage, text("缺少 JSON 参数", "the JSON is missing"), fault),
		row("43004", sender.Never, sender.ReasonMessage, text("Content-Type 无效", "wrong Content-Type"), fault),
		row("400105", sender.Never, sender.ReasonMessage, text("不支持的消息类型", "message type not supported"), fault),
		row("300005", sender.Never, sender.ReasonAuth, text("令牌不存在", "the token does not exist"), token),
		row("400101", sender.Never, sender.ReasonAuth, text("access_token 不存在", "the access token does not exist"), token),
		row("400013", sender.Never, sender.ReasonRecipient, text("群已解散", "the group was dissolved"),
			text("换一个群：新建机器人并更新账号。", "Use another group: add a robot there and update the account.")),
		row("400102", sender.Never, sender.ReasonPermission, text("机器人已停用", "the robot is disabled"),
			text("在群的机器人设置里启用它。", "Enable it in the group's robot settings.")),
		row("400106", sender.Never, sender.ReasonRecipient, text("机器人不在群里", "the robot is not in the group"),
			text("把机器人重新加进群，并更新 access_token。", "Add the robot to the group again and update access_token.")),
		row("410100", sender.Later, sender.ReasonRateLimited, text("发送太快", "sent too fast"), slow),
		row("130101", sender.Later, sender.ReasonRateLimited, text("发送太快，超过每分钟 20 条", "sent too fast, over 20 a minute"), slow),
		row("90030", sender.Later, sender.ReasonRateLimited, text("Webhook 超过限制", "the webhook is over its limit"), slow),
		row("430101", sender.Never, sender.ReasonMessage, text("含有不安全的链接", "an unsafe link"), refused),
		row("430102", sender.Never, sender.ReasonMessage, text("含有不合适的文字", "inappropriate text"), refused),
		row("430103", sender.Never, sender.ReasonMessage, text("含有不合适的图片", "an inappropriate image"), refused),
		row("430104", sender.Never, sender.ReasonMessage, text("含有不合适的内容", "inappropriate content"), refused),
		row("460101", sender.Never, sender.ReasonMessage, text("消息太长，超过 20000 字节", "the message is too long, over 20,000 bytes"), fault),
	}
	for _, s := range securityChecks() {
		table = append(table, s.meaning)
	}
	return append(table, blockedCodes()...)
}

// blockedCodes are what the gateway before DingTalk answers to an IP address that called too often.
// https://open.dingtalk.com/document/orgapp/api-throttling
func blockedCodes() (table []sender.CodeMeaning) {
	for _, code := range []string{blockedCode, punishCode} {
		m := row(code, sender.Later, sender.ReasonRateLimited, text("出口 IP 被封禁", "the IP address is blocked"),
			text("出口 IP 被钉钉暂时封禁（调用过多）：等待，并检查这个 IP 上的其他程序。",
				"DingTalk blocks this IP address for a while (too many calls): wait, and check what else calls from it."))
		m.After = addressBlock
		table = append(table, m)
	}
	return table
}

// securityCheck is one meaning of securityCode.
type securityCheck struct {
	// words are in the text of the answer, in lower case; none matches every text.
	words   []string
	meaning sender.CodeMeaning
}

// securityChecks lists them, the catch-all last.
func securityChecks() []securityCheck {
	check := func(reason sender.Reason, title, hint lang.Text, words ...string) securityCheck {
		return securityCheck{words, row(securityCode, sender.Never, reason, title, hint)}
	}
	return []securityCheck{
		check(sender.ReasonConfig, text("消息里没有关键词", "no keyword in the message"),
			text("把机器人安全设置里的一个关键词填到账号的 keyword。", "Put one of the robot's keywords into the account's keyword."),
			"keyword", "关键词"),
		check(sender.ReasonConfig, text("时间戳无效", "invalid timestamp"),
			text("本机时钟与钉钉相差超过 1 小时：校准时间（NTP）。", "This machine's clock is more than an hour off: correct it (NTP)."),
			"timestamp", "时间戳无效", "签名过期"),
		check(sender.ReasonAuth, text("签名不匹配", "the signature does not match"),
			text("检查账号的 secret：应是机器人安全设置“加签”里 SEC 开头的密钥。",
				"Check the account's secret: it is the one that begins with SEC in the robot's security settings."),
			"sign not match", "签名不匹配"),
		check(sender.ReasonPermission, text("IP 不在白名单", "the IP address is not on the list"),
			text("把本机的出口 IP 加到机器人安全设置的 IP 地址（段）里。",
				"Add this machine's outgoing IP address to the robot's security settings."),
			"whitelist", "白名单"),
		check(sender.ReasonConfig, text("未通过安全设置", "a security setting refused it"),
			text("按错误文字核对机器人的安全设置：关键词、加签、IP 地址。",
				"Compare the robot's security settings with the text: keywords, signature, IP addresses.")),
	}
}

// securityMeaning tells by its text what a securityCode means, and names the address that is not allowed.
func securityMeaning(said string) sender.CodeMeaning {
	checks := securityChecks()
	// DingTalk's advice names the other settings too, so only what comes before it is looked at.
	head, _, _ := strings.Cut(strings.ToLower(said), "solution:")
	head, _, _ = strings.Cut(head, "解决方案")
	for _, c := range checks {
		for _, w := range c.words {
			if !strings.Contains(head, w) {
				continue
			}
			m := c.meaning
			if ip := address(said); m.Reason == sender.ReasonPermission && ip != "" {
				m.Hint = text(
					fmt.Sprintf("把 %s 加到机器人安全设置的 IP 地址（段）里。", ip),
					fmt.Sprintf("Add %s to the IP addresses in the robot's security settings.", ip))
			}
			return m
		}
	}
	return checks[len(checks)-1].meaning
}

// address is the first IP address in a text.
func address(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF.:", r) })
	for _, w := range words {
		if ip, err := netip.ParseAddr(strings.Trim(w, ".:")); err == nil {
			return ip.String()
		}
	}
	return ""
}
