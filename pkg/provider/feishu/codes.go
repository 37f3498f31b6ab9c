package feishu

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Codes that the sender itself reacts to.
const (
	codeNoToken      = "99991661"
	codeTenantToken  = "99991663"
	codeAppToken     = "99991664"
	codeUserToken    = "99991668"
	codeBadToken     = "99991671"
	codeGatewayLimit = "99991400"
	codeParameter    = "230001"
	codeRecalled     = "230011"
	codeUnavailable  = "230013"
	codeTopicGone    = "230019"
	codeTargetLimit  = "230020"
	codeUnread       = "230023"
	codeResigned     = "230029"
	codeTooOld       = "230031"
	codeBeingSent    = "230049"
	codeStopped      = "230053"
	codeUnsupported  = "230054"
	codeEdits        = "230072"
	codeCard         = "230099"
	codeDeleted      = "230110"
	codeDissolved    = "232009"
	codeUserID       = "99992351"
	codeOpenID       = "99992352"
	codeUnionID      = "99992353"
	codeOpenIDOfApp  = "99992361"
)

// isTokenCode tells whether a fresh token may help. The caller tries it once, so that a client's
// mistake does not go round.
func isTokenCode(code string) bool {
	switch code {
	case codeNoToken, codeTenantToken, codeAppToken, codeUserToken, codeBadToken:
		return true
	}
	return false
}

// meanings is the table of the provider's codes, from the pages of the APIs used and
// https://open.feishu.cn/document/server-docs/api-call-guide/generic-error-code
func meanings() []sender.CodeMeaning {
	var all []sender.CodeMeaning
	for _, rows := range [][]sender.CodeMeaning{
		accessMeanings(), rateMeanings(), receiverMeanings(), rightMeanings(), messageMeanings(), urgeMeanings(),
	} {
		all = append(all, rows...)
	}
	return all
}

func never(code string, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: sender.Never, Reason: reason, Title: title, Hint: hint}
}

func again(code string, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: sender.Again, Reason: reason, Title: title, Hint: hint}
}

func later(code string, reason sender.Reason, after time.Duration, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: sender.Later, Reason: reason, After: after, Title: title, Hint: hint}
}

func text(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

func accessMeanings() []sender.CodeMeaning {
	tokenHint := text("已自动换取新令牌重试一次；若持续出现，检查 base_url 是否与应用一致（飞书与 Lark 的应用互不相通）。",
		"A new token was tried once already; if it goes on, check that base_url belongs to the app (Feishu and Lark apps are separate).")
	return []sender.CodeMeaning{
		never("10003", sender.ReasonConfig,
			text("App ID 无效", "Invalid App ID"),
			text("到开发者后台 open.feishu.cn/app →「凭证与基础信息」核对 app_id；Lark 应用要把 base_url 设为 https://open.larksuite.com。",
				"Compare app_id with Credentials & Basic Info at open.feishu.cn/app; for a Lark app set base_url to https://open.larksuite.com.")),
		never("10012", sender.ReasonConfig,
			text("app ticket 无效（商店应用）", "Invalid app ticket (store app)"),
			text("这里只支持企业自建应用：在开发者后台新建一个自建应用。",
				"Only self-built apps are supported: make one in the developer console.")),
		never("10014", sender.ReasonAuth,
			text("App Secret 错误", "Wrong App Secret"),
			text("到开发者后台「凭证与基础信息」重新复制 App Secret，更新账号的 app_secret。",
				"Copy the App Secret again from Credentials & Basic Info, put it into the account's app_secret.")),
		never("212100", sender.ReasonConfig,
			text("应用未在企业安装", "The app is not installed"),
			text("在开发者后台「版本管理与发布」创建版本并发布，请管理员审核通过。",
				"Create and publish a version under Version Management, and have an administrator approve it.")),
		never(codeNoToken, sender.ReasonAuth, text("请求缺少访问令牌", "The request had no access token"),
			text("检查代理或网关是否去掉了 Authorization 请求头。", "Check whether a proxy or gateway removes the Authorization header.")),
		again(codeTenantToken, sender.ReasonAuth, text("租户访问令牌无效", "Invalid tenant access token"), tokenHint),
		again(codeAppToken, sender.ReasonAuth, text("应用访问令牌无效", "Invalid app access token"), tokenHint),
		never(codeUserToken, sender.ReasonAuth, text("用户访问令牌无效", "Invalid user access token"),
			text("服务端把令牌当成了用户令牌：检查代理或网关是否改写了 Authorization 请求头。",
				"The token was taken for a user's: check whether a proxy or gateway rewrites the Authorization header.")),
		again(codeBadToken, sender.ReasonAuth, text("访问令牌格式错误", "Malformed access token"), tokenHint),
		never("99991672", sender.ReasonPermission,
			text("应用缺少权限", "The app lacks a permission"),
			text("到开发者后台「权限管理」以应用身份开通提示中的权限（发消息 im:message:send_as_bot，查人 contact:user.id:readonly，"+
				"加急 im:message.urgent、im:message.urgent:sms、im:message.urgent:phone），然后发布新版本。",
				"Grant the named scope as an app permission under Permissions in the developer console (sending im:message:send_as_bot, "+
					"looking people up contact:user.id:readonly, urging im:message.urgent, im:message.urgent:sms, im:message.urgent:phone), "+
					"then publish a version.")),
	}
}

func rateMeanings() []sender.CodeMeaning {
	return []sender.CodeMeaning{
		later(codeGatewayLimit, sender.ReasonRateLimited, time.Second,
			text("接口调用超过频率限制", "The API's rate limit was hit"),
			text("会自动等待后重发。若经常出现，说明有其他程序共用此应用：给账号设 share，或换一个应用。",
				"It is sent again after the wait. If this is frequent, other programs share the app: set the account's share, or use an app of its own.")),
		later(codeTargetLimit, sender.ReasonRateLimited, time.Second,
			text("对同一用户或群发送过快", "Too fast for one user or chat"),
			text("会自动等待后重发。群的每秒 5 条由群内所有机器人共用。",
				"It is sent again after the wait. A chat's 5 a second are shared by all of its bots.")),
		later(codeBeingSent, sender.ReasonUnavailable, 2*time.Second,
			text("同一 uuid 的消息正在发送", "A message with this uuid is being sent"),
			text("无需处理，稍后会自动确认结果，不会重复送达。",
				"Nothing to do: the outcome is asked for again, and nobody gets it twice.")),
	}
}

func receiverMeanings() []sender.CodeMeaning {
	availability := text("在开发者后台「版本管理与发布」把此人加入应用的可用范围并发布；离职成员请从 people 中去掉。",
		"Add the person to the app's availability under Version Management and publish; remove people who have left from people.")
	idHint := text("核对 ID：open_id 只在取得它的应用内有效。换应用后改用 email 或 mobile 查人，或写 union_id/…、user_id/…。",
		"Check the id: an open_id is valid only in the app that it came from. After a change of app find people by email or mobile, "+
			"or write union_id/… or user_id/….")
	return []sender.CodeMeaning{
		never(codeUnavailable, sender.ReasonRecipient, text("用户不在机器人的可用范围内", "The user is outside the bot's availability"), availability),
		never(codeResigned, sender.ReasonRecipient, text("用户已离职", "The user has left"),
			text("从 people、to 与 mention 中去掉此人，或改成接手的人。", "Remove the person from people, to and mention, or name the successor.")),
		never(codeUserID, sender.ReasonRecipient, text("user_id 无效", "Invalid user_id"), idHint),
		never(codeOpenID, sender.ReasonRecipient, text("open_id 无效", "Invalid open_id"), idHint),
		never(codeUnionID, sender.ReasonRecipient, text("union_id 无效", "Invalid union_id"), idHint),
		never(codeOpenIDOfApp, sender.ReasonRecipient, text("open_id 属于另一个应用", "The open_id belongs to another app"), idHint),
		never("230034", sender.ReasonRecipient, text("接收者 ID 无效", "Invalid receive_id"),
			text("核对 to 的写法：群用 chat:oc_…，人用 user:ou_…；open_id 只在取得它的应用内有效，邮箱要用成员资料里的邮箱而不是企业邮箱。",
				"Check to: chat:oc_… for a chat, user:ou_… for a person; an open_id is valid only in the app that it came from, "+
					"and an e-mail must be the one of the member's profile, not the enterprise mailbox.")),
		never("230036", sender.ReasonRecipient, text("租户已删除", "The tenant was deleted"),
			text("接收者所在的企业已不存在：更换接收者。", "The receiver's organisation no longer exists: choose another receiver.")),
		never("230038", sender.ReasonRecipient, text("不能跨租户单聊", "No direct messages across tenants"),
			text("接收者属于另一企业：改发到双方所在的群，或使用对方企业的应用。",
				"The receiver belongs to another organisation: send to a shared chat, or use an app of that organisation.")),
		never(codeStopped, sender.ReasonRecipient, text("用户停用了机器人", "The user stopped the bot"),
			text("请此人在飞书里打开与机器人的会话，点「启用」。", "Ask the person to open the chat with the bot and enable it again.")),
		never(codeDissolved, sender.ReasonRecipient, text("群已解散", "The chat was dissolved"),
			text("把 to 中的 chat_id 换成新的群。", "Put the chat_id of another chat into to.")),
	}
}

func rightMeanings() []sender.CodeMeaning {
	return []sender.CodeMeaning{
		never("230002", sender.ReasonPermission, text("机器人不在群里", "The bot is not in the chat"),
			text("在群设置 →「群机器人」→「添加机器人」中加入此应用的机器人。", "Add the app's bot in the chat's settings, under Bots.")),
		never("230006", sender.ReasonConfig, text("未启用机器人能力或版本未发布", "Bot ability off, or version not published"),
			text("在开发者后台「添加应用能力」启用机器人，再创建版本并发布。", "Enable the bot under Add Features in the developer console, then create and publish a version.")),
		never("230015", sender.ReasonPermission, text("内容不允许分享到此会话", "Not shareable to this chat"),
			text("请群主在群设置中放开分享限制，或换一个群。", "Ask the chat's owner to lift the sharing limits, or use another chat.")),
		never("230017", sender.ReasonPermission, text("机器人不是资源的所有者", "The bot does not own the resource"),
			text("消息引用了别的应用的资源：只用本应用发送的内容。", "The message refers to another app's resource: send only what belongs to this app.")),
		never("230018", sender.ReasonPermission, text("群设置不允许机器人发言", "The chat forbids the bot to speak"),
			text("请群主在群管理中允许机器人（或所有成员）发言。", "Ask the owner to let the bot, or all members, speak in the chat's management.")),
		never("230027", sender.ReasonPermission, text("缺少权限，或是外部群", "A scope is missing, or the chat is external"),
			text("在「权限管理」检查 im:message 与加急权限；外部群需为应用开启外部共享能力，加急不支持外部群。",
				"Check im:message and the urgent scopes under Permissions; external chats need external sharing, and cannot be urged.")),
		never("230035", sender.ReasonPermission, text("没有发送消息的权限", "No permission to send"),
			text("机器人可能被禁言，或被企业策略禁止：请群主或管理员解除。", "The bot may be muted, or a policy of the organisation forbids it: ask the chat's owner or an administrator.")),
	}
}
