package slack

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Codes that the sender itself reacts to.
const (
	codeScope          = "missing_scope"
	codeNobody         = "users_not_found"
	codeGone           = "message_not_found"
	codeInternal       = "internal_error"
	codeFatal          = "fatal_error"
	codeWorkspaceLimit = "rate_limited"
)

// limitWait is how long a limit is waited for that comes without Retry-After.
const limitWait = 10 * time.Second

// blockCodes are refusals of a message's form, which text does not have.
func blockCodes() []string {
	return []string{
		"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments", "too_many_attachments", "attachment_payload_limit_exceeded",
	}
}

// goneCodes say that a message, or where it stands, is no more.
func goneCodes() []string {
	return []string{
		codeGone, "channel_not_found", "is_archived", "is_inactive", "thread_not_found", "invalid_thread_ts", "cannot_reply_to_message",
		"restricted_action_non_threadable_channel",
	}
}

func never(code string, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: sender.Never, Reason: reason, Title: title, Hint: hint}
}

func again(code string, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: sender.Again, Reason: reason, Title: title, Hint: hint}
}

func later(code string, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: sender.Later, Reason: sender.ReasonRateLimited, After: limitWait, Title: title, Hint: hint}
}

func scopeHint(scope string) lang.Text {
	return text("到 api.slack.com/apps → 应用 → OAuth & Permissions → Bot Token Scopes 加上 "+scope+"，再点 Reinstall to Workspace。",
		"Add "+scope+" under api.slack.com/apps → the app → OAuth & Permissions → Bot Token Scopes, then Reinstall to Workspace.")
}

// appMeanings is the table of the Web API's errors, from the pages of the methods that are used, such as
// https://docs.slack.dev/reference/methods/chat.postMessage
func appMeanings() []sender.CodeMeaning {
	var all []sender.CodeMeaning
	for _, rows := range [][]sender.CodeMeaning{tokenMeanings(), rightMeanings(), recipientMeanings(), messageMeanings(), existingMeanings(), passingMeanings()} {
		all = append(all, rows...)
	}
	return all
}

func tokenMeanings() []sender.CodeMeaning {
	token := text("到 OAuth & Permissions 重新安装应用，复制 Bot User OAuth Token，更新账号的 bot_token。",
		"Reinstall the app under OAuth & Permissions, put the Bot User OAuth Token into the account's bot_token.")
	return []sender.CodeMeaning{
		never("not_authed", sender.ReasonAuth, text("请求没有令牌", "no token in the request"),
			text("检查代理或网关是否去掉了 Authorization 请求头。", "Check whether a proxy or gateway removes the Authorization header.")),
		never("invalid_auth", sender.ReasonAuth, text("令牌无效，或来源 IP 不允许", "invalid token, or an address that may not call"),
			text("核对 bot_token；若应用设了 Restrict API Token Usage，把本机出口 IP 加进去。GovSlack 要设 base_url: https://slack-gov.com。",
				"Check bot_token; if the app restricts API token usage, add this machine's outgoing address. GovSlack needs base_url: https://slack-gov.com.")),
		never("account_inactive", sender.ReasonAuth, text("令牌的工作区或机器人已删除", "the token's workspace or bot was deleted"), token),
		never("token_revoked", sender.ReasonAuth, text("令牌已撤销，或应用已移除", "the token was revoked, or the app removed"), token),
		never("token_expired", sender.ReasonAuth, text("令牌已过期", "the token has expired"),
			text("应用打开了 Token Rotation，令牌 12 小时过期：新建一个不开轮换的应用，把它的令牌写到 bot_token。",
				"The app has token rotation, so its tokens end after 12 hours: make an app without rotation, and put its token into bot_token.")),
		never("not_allowed_token_type", sender.ReasonConfig, text("令牌种类不对", "not this type of token"),
			text("要用 Bot User OAuth Token（xoxb- 开头），不是用户、应用级或配置令牌。", "Use the Bot User OAuth Token (xoxb-…), not a user, app-level or configuration token.")),
	}
}

func rightMeanings() []sender.CodeMeaning {
	admin := text("请工作区管理员在 Slack 管理后台放开限制。", "Ask an administrator of the workspace to lift the restriction.")
	join := text("在频道里输入 /invite @机器人；公开频道也可以给应用加 chat:write.public 权限。",
		"Type /invite @bot in the channel; for public channels the scope chat:write.public will do too.")
	posting := text("请频道管理员在频道设置 → Posting permissions 里允许此应用发言。", "Ask a manager of the channel to let the app post, under the channel's Posting permissions.")
	return []sender.CodeMeaning{
		never(codeScope, sender.ReasonPermission, text("应用缺少权限", "the app lacks a scope"),
			text("错误文字里 needed 后面是缺少的权限（发消息 chat:write，按邮箱查人 users:read 与 users:read.email，打开私信 im:write）：到 OAuth & Permissions → Bot Token Scopes 加上，再点 Reinstall to Workspace。",
				"The error names the scope after needed (sending chat:write, finding people by e-mail users:read and users:read.email, opening direct messages im:write): add it under OAuth & Permissions → Bot Token Scopes, then Reinstall to Workspace.")),
		never("not_in_channel", sender.ReasonPermission, text("机器人不在频道里", "the bot is not in the channel"), join),
		never("no_permission", sender.ReasonPermission, text("没有权限", "no permission"), join),
		never("restricted_action", sender.ReasonPermission, text("工作区设置不允许发言", "a workspace setting forbids posting"), admin),
		never("restricted_action_read_only_channel", sender.ReasonPermission, text("只读频道", "a read-only channel"), posting),
		never("restricted_action_thread_only_channel", sender.ReasonPermission, text("频道只允许在消息列中发言", "a channel for replies only"), posting),
		never("restricted_action_non_threadable_channel", sender.ReasonPermission, text("频道不允许消息列", "a channel without threads"), posting),
		never("ekm_access_denied", sender.ReasonPermission, text("管理员暂停了发消息", "administrators have suspended posting"), admin),
		never("access_denied", sender.ReasonPermission, text("拒绝访问", "access denied"), admin),
		never("accesslimited", sender.ReasonPermission, text("当前网络不允许访问", "not allowed from this network"), admin),
		never("team_access_not_granted", sender.ReasonPermission, text("应用没有这个工作区的访问权", "no access to this workspace"),
			text("企业版（Enterprise）：请组织管理员把应用加到这个工作区。", "Enterprise: ask an organisation administrator to add the app to this workspace.")),
		never("enterprise_is_restricted", sender.ReasonPermission, text("企业组织令牌不能用于此方法", "not callable by an Enterprise organisation"),
			text("把应用安装到一个工作区，用那个工作区的 Bot 令牌。", "Install the app in a workspace, and use that workspace's bot token.")),
		never("org_login_required", sender.ReasonUnavailable, text("工作区正在迁移到企业组织", "the workspace is being moved into an organisation"), admin),
	}
}

func recipientMeanings() []sender.CodeMeaning {
	member := text("检查此人是否已离开工作区，邮箱是否是 Slack 账号的邮箱；或在 people 里写 ids.slack。",
		"Check whether the person has left, and whether the e-mail is the Slack account's; or write ids.slack in people.")
	return []sender.CodeMeaning{
		never("channel_not_found", sender.ReasonRecipient, text("找不到频道", "no such channel"),
			text("to 里写频道 ID（C… 或 G…）；私有频道要先 /invite 机器人，否则 Slack 也说找不到。",
				"Write the channel's id (C… or G…) in to; a private channel that the bot was not invited to is not found either.")),
		never("is_archived", sender.ReasonRecipient, text("频道已归档", "the channel is archived"),
			text("恢复频道，或把 to 换成另一个频道。", "Unarchive the channel, or put another one into to.")),
		never("user_not_found", sender.ReasonRecipient, text("没有这个成员", "no such member"), member),
		never(codeNobody, sender.ReasonRecipient, text("没有成员用这个邮箱", "no member has this e-mail"), member),
		never("user_not_visible", sender.ReasonRecipient, text("机器人看不到这个成员", "the bot cannot see this member"), member),
		never("user_disabled", sender.ReasonRecipient, text("成员已停用", "the member is deactivated"), member),
		never("cannot_dm_bot", sender.ReasonRecipient, text("不能给机器人发私信", "a bot cannot be messaged"),
			text("user: 要写人的成员 ID，不是机器人的。", "user: takes a person's member id, not a bot's.")),
		never("messages_tab_disabled", sender.ReasonConfig, text("应用没有打开消息页", "the app's Messages tab is off"),
			text("到应用的 App Home 打开 Messages Tab。", "Turn on the Messages Tab under the app's App Home.")),
	}
}

func messageMeanings() []sender.CodeMeaning {
	report := text("请求格式有误，请报告这个问题；也检查 base_url 与代理是否改写了请求。",
		"The request is malformed: report this, and check whether base_url or a proxy rewrites requests.")
	blocks := text("已改发纯文本。看错误文字里 Slack 指出的位置；若改过模板，先恢复默认模板。",
		"Plain text is sent instead. See which place Slack names in the error; if a template was changed, go back to the default.")
	shorter := text("缩短自定义模板，或用 form: blocks。", "Shorten the custom template, or use form: blocks.")
	out := []sender.CodeMeaning{
		never("no_text", sender.ReasonMessage, text("消息没有内容", "no text in the message"),
			text("检查自定义模板是否渲染出空内容。", "Check whether a template of yours renders nothing.")),
		never("msg_too_long", sender.ReasonMessage, text("文本过长", "the text is too long"), shorter),
	}
	for _, code := range blockCodes() {
		out = append(out, never(code, sender.ReasonMessage, text("Slack 不接受消息的形式", "Slack does not take the message's form"), blocks))
	}
	for _, code := range []string{
		"block_mismatch", "invalid_arguments", "invalid_arg_name", "invalid_array_arg", "invalid_charset", "invalid_form_data", "invalid_json", "json_not_object",
		"invalid_post_type", "missing_post_type", "unknown_method", "method_deprecated", "deprecated_endpoint",
	} {
		out = append(out, never(code, sender.ReasonMessage, text("请求不合法", "a malformed request"), report))
	}
	return out
}

// existingMeanings are about messages that were sent before.
func existingMeanings() []sender.CodeMeaning {
	gone := text("旧消息已不能更新、回复或撤回：后续变化会作为新消息发出。", "The old message can no longer be changed, answered or taken back: changes come as a new message.")
	window := text("请管理员在工作区设置 → Permissions → Message Editing & Deletion 里放宽编辑或删除的时限。",
		"Ask an administrator to widen Message Editing & Deletion under the workspace's Permissions.")
	return []sender.CodeMeaning{
		never(codeGone, sender.ReasonMessage, text("消息不存在", "no such message"), gone),
		never("thread_not_found", sender.ReasonMessage, text("消息列不存在", "no such thread"), gone),
		never("invalid_thread_ts", sender.ReasonMessage, text("消息列不存在", "no such thread"), gone),
		never("cannot_reply_to_message", sender.ReasonMessage, text("不能回复此消息", "this message cannot be answered"), gone),
		never("is_inactive", sender.ReasonRecipient, text("频道已归档、冻结或删除", "the channel is archived, frozen or deleted"), gone),
		never("cant_update_message", sender.ReasonPermission, text("不能更新此消息", "this message cannot be changed"),
			text("只能更新本应用发的消息：检查是否换过应用。", "Only the app's own messages can be changed: check whether the app was replaced.")),
		never("edit_window_closed", sender.ReasonPermission, text("已过编辑时限", "too late to edit"), window),
		never("cant_delete_message", sender.ReasonPermission, text("不能删除此消息", "this message cannot be deleted"), window),
		never("compliance_exports_prevent_deletion", sender.ReasonPermission, text("合规导出不允许删除", "compliance exports prevent deletion"), window),
	}
}

func passingMeanings() []sender.CodeMeaning {
	wait := text("会自动重试。", "It is tried again by itself.")
	share := text("会自动等待后重发。若经常出现，说明有别的程序共用此应用：给账号设 share，或换一个应用。",
		"It is sent again after the wait. If this is frequent, other programs share the app: set the account's share, or use an app of its own.")
	return []sender.CodeMeaning{
		later("ratelimited", text("调用过于频繁", "called too often"), share),
		later(codeWorkspaceLimit, text("应用在此工作区发送过多", "the app posted too much in this workspace"), share),
		again(codeInternal, sender.ReasonUnavailable, text("Slack 内部错误", "an internal error of Slack's"), wait),
		again(codeFatal, sender.ReasonUnavailable, text("Slack 严重错误", "a fatal error of Slack's"), wait),
		again("service_unavailable", sender.ReasonUnavailable, text("服务暂不可用", "the service is unavailable"), wait),
		again("request_timeout", sender.ReasonTimeout, text("Slack 没有收全请求", "Slack did not get the whole request"), wait),
		again("update_failed", sender.ReasonUnavailable, text("更新失败", "the update failed"), wait),
		again("team_added_to_org", sender.ReasonUnavailable, text("工作区正在迁移", "the workspace is being migrated"), wait),
		again("external_channel_migrating", sender.ReasonUnavailable, text("频道正在迁移", "the channel is being migrated"), wait),
	}
}

// webhookMeanings is the table of the words that a webhook answers.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
func webhookMeanings() []sender.CodeMeaning {
	renew := text("Webhook 已失效：到应用的 Incoming Webhooks 重新添加一个，更新 url。", "The webhook no longer works: add a new one under the app's Incoming Webhooks, and update url.")
	form := text("消息格式不被接受：若改过模板，先恢复默认模板，或用 form: text；否则请报告这个问题。",
		"The message's form was refused: if a template was changed, go back to the default, or use form: text; else report this.")
	admin := text("请工作区管理员放开限制，或换一个频道重新添加 Webhook。", "Ask an administrator of the workspace to lift the restriction, or add a webhook for another channel.")
	channel := text("频道已不可用：恢复它，或为另一个频道重新添加 Webhook。", "The channel is no longer there: bring it back, or add a webhook for another channel.")
	wait := text("会自动重试。", "It is tried again by itself.")
	return []sender.CodeMeaning{
		never("invalid_payload", sender.ReasonMessage, text("请求体不合法", "an invalid payload"), form),
		never("no_text", sender.ReasonMessage, text("消息没有内容", "no text in the message"), form),
		never("missing_text_or_fallback_or_attachments", sender.ReasonMessage, text("消息没有内容", "no text in the message"), form),
		never("invalid_blocks", sender.ReasonMessage, text("Slack 不接受消息的形式", "Slack does not take the message's form"), form),
		never("invalid_blocks_format", sender.ReasonMessage, text("Slack 不接受消息的形式", "Slack does not take the message's form"), form),
		never("invalid_attachments", sender.ReasonMessage, text("Slack 不接受消息的形式", "Slack does not take the message's form"), form),
		never("too_many_attachments", sender.ReasonMessage, text("附件过多", "too many attachments"), form),
		never("msg_too_long", sender.ReasonMessage, text("文本过长", "the text is too long"), form),
		never("msg_blocks_too_long", sender.ReasonMessage, text("内容过长", "the blocks are too long"), form),
		never("user_not_found", sender.ReasonRecipient, text("没有这个成员", "no such member"), renew),
		never("channel_not_found", sender.ReasonRecipient, text("找不到频道", "no such channel"), channel),
		never("channel_is_archived", sender.ReasonRecipient, text("频道已归档", "the channel is archived"), channel),
		never("action_prohibited", sender.ReasonPermission, text("工作区限制了 Webhook 发言", "a restriction of the workspace forbids it"), admin),
		never("posting_to_general_channel_denied", sender.ReasonPermission, text("不允许发到 #general", "posting to #general is denied"), admin),
		never("team_disabled", sender.ReasonPermission, text("工作区已停用", "the workspace is disabled"), admin),
		never("invalid_token", sender.ReasonAuth, text("Webhook 地址无效", "an invalid webhook"), renew),
		never("no_service", sender.ReasonAuth, text("Webhook 已停用、移除或不存在", "the webhook is disabled, removed or unknown"), renew),
		never("no_service_id", sender.ReasonAuth, text("Webhook 地址不完整", "an incomplete webhook"), renew),
		never("no_team", sender.ReasonAuth, text("工作区不存在", "no such workspace"), renew),
		never("no_active_hooks", sender.ReasonAuth, text("Webhook 已停用", "the webhook is disabled"), renew),
		later("rate_limited", text("发送太频繁", "sent too often"),
			text("会自动等待后重发。检查是否有别的程序在用同一个 Webhook。", "It is sent again after the wait. Check whether something else uses the same webhook.")),
		again("rollup_error", sender.ReasonUnavailable, text("Slack 内部错误", "an internal error of Slack's"), wait),
	}
}
