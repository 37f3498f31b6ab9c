package dingtalk

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	codeInvalidStaff = "invalidStaffIdList"
	codeFlowStaff    = "flowControlledStaffIdList"
	codeBadToken     = "InvalidAuthentication"
	moment           = time.Second
	minute           = time.Minute
)

// appCodes is the table of what the APIs of an app answer: words for the new one, numbers for the old one, which
// only looks people up.
// https://open.dingtalk.com/document/orgapp/api-throttling and the pages of each API.
func appCodes() []sender.CodeMeaning {
	never, again, later := sender.Never, sender.Again, sender.Later
	credentials := text("核对 app_key 与 app_secret：开放平台 → 应用 → 凭证与基础信息。", "Check app_key and app_secret: open platform → the app → Credentials & Basic Info.")
	robot := text("核对 robot_code，并在应用里添加机器人、发布版本。", "Check robot_code; add a robot to the app and publish a version.")
	person := text("此人不在应用的可见范围、已离职，或员工号有误：在开放平台「权限与范围」里加入，或核对 user:。",
		"The person is outside the app's range, has left, or the id is wrong: widen the range on the open platform, or check user:.")
	group := text("核对 chat:（openConversationId），并把机器人加进群。", "Check chat: (the openConversationId) and add the robot to the group.")
	slow := text("检查是否有别的程序在用同一个应用。", "Check whether something else uses the same app.")
	month := text("本月接口额度已用完：升级钉钉版本，或让群消息改走 dingtalk_robot（不占额度）。",
		"The month's API calls are used up: upgrade the DingTalk edition, or send to groups through dingtalk_robot, which uses none.")
	fault := text("请求格式有误，请报告这个问题；也检查 base_url 与代理。", "The request is malformed: report this, and check base_url and the proxy.")
	ding := text("购买或充值 DING 额度（短信、电话需单独购买；仅专业版、专属版可用）。", "Buy DING credit: SMS and phone are sold separately, for the professional and dedicated editions only.")
	rows := []sender.CodeMeaning{
		row(codeInvalidStaff, never, sender.ReasonRecipient, text("此人不在可见范围或已离职", "outside the app's range, or has left"), person),
		row("invalidClientIdOrSecret", never, sender.ReasonAuth, text("AppKey 或 AppSecret 无效", "invalid app key or secret"), credentials),
		row(codeBadToken, never, sender.ReasonAuth, text("令牌无效", "invalid access token"), credentials),
		row("Forbidden.AccessDenied.AccessTokenPermissionDenied", never, sender.ReasonPermission, text("应用没有该接口权限", "the app lacks the right to this API"),
			text("在开放平台「权限管理」申请：企业内机器人发送消息 qyapi_robot_sendmsg；DING 消息；按手机号查人 qyapi_get_member_by_mobile。",
				"Apply for it on the open platform: robot messages qyapi_robot_sendmsg; DING messages; people by mobile qyapi_get_member_by_mobile.")),
		row("invalidParameter.robotCode.notExsit", never, sender.ReasonConfig, text("机器人编码不存在", "no such robot code"), robot),
		row("invalid.chatbotId", never, sender.ReasonConfig, text("机器人编码无效", "invalid robot code"), robot),
		row("robot.oto.notExist", never, sender.ReasonConfig, text("机器人不存在", "no such robot"), robot),
		row("chatbotId.notAllow.sendOTO", never, sender.ReasonPermission, text("机器人不能发单聊", "the robot may not message people"), robot),
		row("staffId.notExisted", never, sender.ReasonRecipient, text("员工不存在", "no such member"), person),
		row("miss.staffId", never, sender.ReasonRecipient, text("缺少员工号", "no member is named"), person),
		row("too.many.people", never, sender.ReasonMessage, text("接收人过多", "too many people"), fault),
		row("miss.openConversationId", never, sender.ReasonRecipient, text("缺少群会话 ID", "no conversation id"), group),
		row("invalid.openConversationId", never, sender.ReasonRecipient, text("群会话 ID 无效", "invalid conversation id"), group),
		row("group.disbanded", never, sender.ReasonRecipient, text("群已解散", "the group was dissolved"), group),
		row("bot.stopped", never, sender.ReasonPermission, text("机器人已停用", "the robot is stopped"), robot),
		row("only.groupAdmin.canAtAll", never, sender.ReasonPermission, text("只有管理员能 @ 所有人", "only administrators may mention everybody"), group),
		row("resource.unavailable", again, sender.ReasonUnavailable, text("资源暂不可用", "a resource is unavailable"), text("会自动重试。", "It is tried again by itself.")),
		row("ding.serverquota.insufficient", never, sender.ReasonRateLimited, text("DING 额度不足", "no DING credit is left"), ding),
		row("ding.receivercount.limit", never, sender.ReasonMessage, text("DING 接收人过多", "too many receivers of a DING"), fault),
		row("send.ding.exception", again, sender.ReasonUnavailable, text("DING 发送异常", "the DING failed"), text("会自动重试。", "It is tried again by itself.")),
		row("Forbidden.AccessDenied.ApiCountLimitForOrg", never, sender.ReasonRateLimited, text("本月接口额度已用完", "the month's API calls are used up"), month),
		row("90020", never, sender.ReasonRateLimited, text("本月接口额度已用完（旧接口）", "the month's API calls are used up (old API)"), month),
		row("-1", again, sender.ReasonUnavailable, text("系统繁忙", "system busy"), text("会自动重试。", "It is tried again by itself.")),
		row("40104", never, sender.ReasonRecipient, text("手机号无效", "invalid mobile number"), text("核对手机号，11 位。", "Check the mobile number: 11 digits.")),
		row("60121", never, sender.ReasonRecipient, text("找不到该用户", "no such user"), text("按手机号没有找到在职员工：核对手机号，或直接写 user:员工号。", "No active member has this mobile: check it, or write user: and the id.")),
		row("400002", never, sender.ReasonMessage, text("参数错误", "bad parameter"), fault),
		row("40014", never, sender.ReasonAuth, text("令牌无效（旧接口）", "invalid access token (old API)"), credentials),
		row("42001", never, sender.ReasonAuth, text("令牌已过期（旧接口）", "the access token expired (old API)"), credentials),
		row("88", never, sender.ReasonPermission, text("没有通讯录权限", "no right to the contacts"),
			text("在开放平台申请「根据手机号获取成员信息」qyapi_get_member_by_mobile。", "Apply for qyapi_get_member_by_mobile on the open platform.")),
	}
	for _, fast := range []struct {
		code  string
		after time.Duration
	}{
		{"send.too.fast", moment},
		{"send.byToken.tooFast", moment},
		{"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", moment},
		{"Forbidden.AccessDenied.QpsLimitForApi", moment},
		{"toomuch.msg", minute},
		{"90018", moment},
		{"90002", moment},
	} {
		m := row(fast.code, later, sender.ReasonRateLimited, text("调用太频繁", "called too often"), slow)
		m.After = fast.after
		rows = append(rows, m)
	}
	flow := row(codeFlowStaff, later, sender.ReasonRateLimited, text("此人收到的消息太多", "this person gets too many messages"),
		text("钉钉限制了发给此人的频率，稍后自动重试。", "DingTalk limits how often this person is messaged; it is tried again by itself."))
	flow.After = minute
	return append(append(rows, flow), blockedCodes()...)
}
