package wecom

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	codeAddress    = "60020"
	codeNobody     = "81013"
	codeInvalid    = "invaliduser"
	codeUnlicensed = "unlicenseduser"

	// minuteAgain and momentAgain are the waits that the codes of frequency and concurrency ask for; WeCom names none.
	minuteAgain = time.Minute
	momentAgain = 5 * time.Second
)

func row(code string, class sender.Class, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: class, Reason: reason, Title: title, Hint: hint}
}

// appCodes adds to those of the API the lists of a successful answer that name who is left out.
// https://developer.work.weixin.qq.com/document/path/90236
func appCodes() []sender.CodeMeaning {
	return append(
		apiCodes(),
		row(codeInvalid, sender.Never, sender.ReasonRecipient, words("接收者无效或不在可见范围", "invalid, or out of the app's visible range"),
			words("在「应用管理」里把此人、部门或标签加入应用的可见范围，并核对账号。", "Add them to the app's visible range under App Management, and check the id.")),
		row(codeUnlicensed, sender.Never, sender.ReasonPermission, words("没有接口许可", "no licence for the basic API"),
			words("在管理后台为此人购买或分配「互通账号 / 基础账号」接口许可。", "Assign a basic API licence to the person in the admin console.")),
	)
}

// apiCodes is the table of what the API of apps answers.
// https://developer.work.weixin.qq.com/document/path/90313
func apiCodes() []sender.CodeMeaning {
	never, again := sender.Never, sender.Again
	credentials := words("核对 corp_id 与 corp_secret：Secret 必须是这个 agent_id 的应用的。", "Check corp_id and corp_secret: the secret must be the one of the app with this agent_id.")
	agent := words("核对 agent_id：「应用管理」里该应用的 AgentId。", "Check agent_id: the app's AgentId under App Management.")
	person := words("核对成员账号（通讯录里的「账号」，不是姓名），以及此人是否在应用的可见范围内。",
		"Check the user id (the account in Contacts, not the name) and that the person is within the app's visible range.")
	report := words("请求不完整，请报告这个问题；也检查 base_url 与代理是否改写了请求。", "The request is malformed: report this, and check whether base_url or a proxy rewrites requests.")
	visible := words("在「应用管理」里把此人、部门或标签加入应用的可见范围。", "Add the person, department or tag to the app's visible range under App Management.")
	table := []sender.CodeMeaning{
		row("-1", again, sender.ReasonUnavailable, words("系统繁忙", "system busy"), words("会自动重试。", "It is tried again by itself.")),
		row("40001", never, sender.ReasonAuth, words("凭证无效", "invalid credential"), credentials),
		row("40014", never, sender.ReasonAuth, words("access_token 无效", "invalid access token"), credentials),
		row("42001", never, sender.ReasonAuth, words("access_token 已过期", "the access token expired"), credentials),
		row("41001", never, sender.ReasonAuth, words("缺少 access_token", "no access token"), report),
		row("40013", never, sender.ReasonConfig, words("企业 ID 无效", "invalid corp id"), words("核对 corp_id：管理后台「我的企业」页面底部。", "Check corp_id: at the bottom of My Company in the admin console.")),
		row("40056", never, sender.ReasonConfig, words("AgentId 无效", "invalid agent id"), agent),
		row("40096", never, sender.ReasonConfig, words("外部联系人或应用配置不合法", "the app's configuration is not valid"), agent),
		row("41011", never, sender.ReasonConfig, words("缺少 AgentId", "no agent id"), agent),
		row("301002", never, sender.ReasonPermission, words("该应用无权限", "no permission for this app"), agent),
		row("48002", never, sender.ReasonPermission, words("API 接口无权限", "no permission for the API"), words("在「应用管理」里为应用开通该接口权限（如通讯录查询）。", "Grant the app the right to this API under App Management, such as reading contacts.")),
		row("50002", never, sender.ReasonPermission, words("成员不在权限范围", "the member is out of range"), visible),
		row("60011", never, sender.ReasonPermission, words("无权操作该成员或部门", "no privilege over the member or department"), visible),
		row(codeAddress, never, sender.ReasonPermission, words("IP 不在企业可信 IP 中", "the IP address is not trusted"), addressHint("")),
		row("40003", never, sender.ReasonRecipient, words("成员账号无效", "invalid user id"), person),
		row("40031", never, sender.ReasonRecipient, words("成员账号全部无效", "all user ids are invalid"), person),
		row("46004", never, sender.ReasonRecipient, words("成员不存在", "no such member"), words("按手机号或邮箱没有找到成员：核对通讯录，或直接写 user:账号。", "Nobody has this mobile or e-mail: check Contacts, or write user: and the account.")),
		row("60103", never, sender.ReasonRecipient, words("手机号无效", "invalid mobile number"), words("核对手机号，11 位，不带空格。", "Check the mobile number: 11 digits without blanks.")),
		row("60111", never, sender.ReasonRecipient, words("成员不存在", "no such user id"), person),
		row(codeNobody, never, sender.ReasonRecipient, words("所有接收者无效或不在可见范围", "every recipient is invalid or out of range"), visible),
		row("82001", never, sender.ReasonRecipient, words("没有接收者", "no recipients"), words("检查 to。", "Check to.")),
		row("40008", never, sender.ReasonMessage, words("消息类型无效", "invalid message type"), report),
		row("40058", never, sender.ReasonMessage, words("参数不合法", "invalid parameter"), report),
		row("40063", never, sender.ReasonMessage, words("参数为空", "empty parameter"), report),
		row("44004", never, sender.ReasonMessage, words("内容为空", "empty content"), words("检查自定义模板是否渲染出空内容。", "Check whether a template of yours renders nothing.")),
		row("45002", never, sender.ReasonMessage, words("内容过长", "content too long"), words("换用 text 或 markdown 形式，或缩短模板。", "Use the form text or markdown, or shorten the template.")),
	}
	for code, after := range map[string]time.Duration{"45009": minuteAgain, "45033": momentAgain} {
		m := row(code, sender.Later, sender.ReasonRateLimited, words("调用太频繁", "called too often"),
			words("检查是否有别的程序在用同一个应用或出口 IP。", "Check whether something else uses the same app or IP address."))
		m.After = after
		table = append(table, m)
	}
	slices.SortStableFunc(table, func(a, b sender.CodeMeaning) int { return strings.Compare(a.Code, b.Code) })
	return table
}

// addressHint says which address to add and where, and what the console wants before it lets one do so.
// https://developer.work.weixin.qq.com/document/path/90664
func addressHint(ip string) lang.Text {
	zh, en := "本机的出口 IP ", "this machine's outgoing IP address"
	if ip != "" {
		zh, en = " "+ip+" ", ip
	}
	return words(
		"把"+zh+"加到：管理后台 → 应用管理 → 该应用 → 企业可信 IP。若页面不让填，先在同一页设置「可信域名」或「接收消息 → API 接收」的 URL（云锣可托管 WW_verify_*.txt 校验文件）。没有固定出口 IP 时给账号配置 proxy。",
		"Add "+en+" under App Management → the app → trusted IP addresses of the company. If the console will not open that form, first set a trusted domain, or an API reception URL, on the same page (Yunluo can serve the WW_verify_*.txt file). Without a fixed address give the account a proxy.")
}

// addressIn finds the caller's address that WeCom names in a text, as in "from ip: 1.2.3.4".
func addressIn(said string) string {
	_, rest, found := strings.Cut(said, "from ip:")
	if !found {
		return ""
	}
	word, _, _ := strings.Cut(strings.TrimSpace(rest), ",")
	word, _, _ = strings.Cut(word, " ")
	ip, err := netip.ParseAddr(strings.TrimSpace(word))
	if err != nil {
		return ""
	}
	return ip.String()
}
