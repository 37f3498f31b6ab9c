package feishu

import "github.com/yunluo-alerts/yunluo/pkg/sender"

// messageMeanings are about what is sent, and about messages that are there no more.
func messageMeanings() []sender.CodeMeaning {
	gone := text("原消息已不能回复或更新，之后的变化会作为新消息发送。", "The old message can no longer be answered or changed: changes come as a new message.")
	dlp := text("群或企业开启了敏感内容审查，明文手机号、邮箱等会被拦截：在模板中去掉这些字段，或请管理员把此应用加入白名单。",
		"The organisation audits content, and plain phone numbers or e-mail addresses are stopped: leave them out by a template, "+
			"or ask an administrator to exempt this app.")
	malformed := text("服务端不接受请求的格式：看错误文字指出的字段；若经过代理或网关，检查它是否改写了请求。",
		"The request's form was refused: see which field the error names, and whether a proxy or gateway rewrites requests.")
	return []sender.CodeMeaning{
		never("9499", sender.ReasonMessage, text("请求格式错误", "Bad request"), malformed),
		never("99992402", sender.ReasonMessage, text("字段校验失败", "Field validation failed"), malformed),
		never(codeParameter, sender.ReasonMessage, text("请求参数无效", "Invalid parameter"),
			text("看错误文字中 ext= 后面的说明。invalid receive_id：核对 to；open_id 只在取得它的应用内有效，邮箱须是成员资料里的邮箱。",
				"See what follows ext= in the error. For invalid receive_id check to: an open_id is valid only in the app that it came from, "+
					"and an e-mail must be the one of the member's profile.")),
		never(codeRecalled, sender.ReasonMessage, text("消息已被撤回", "The message was recalled"), gone),
		never(codeTopicGone, sender.ReasonMessage, text("话题不存在", "The topic is gone"), gone),
		never("230022", sender.ReasonMessage, text("内容含敏感信息", "Sensitive content"), dlp),
		never("230025", sender.ReasonMessage, text("消息过长", "The message is too long"),
			text("缩短自定义模板：卡片与富文本上限 30 KB，文本 150 KB。", "Shorten the custom template: cards and posts take 30 KB, texts 150 KB.")),
		never("230028", sender.ReasonMessage, text("未通过数据防泄漏审查", "Stopped by data loss prevention"), dlp),
		never(codeTooOld, sender.ReasonMessage, text("消息超过可更新的期限", "Too old to change"),
			text("卡片只能在 14 天内更新，之后的变化会发在话题中。", "A card can be changed for 14 days; later changes are replies in the thread.")),
		never(codeUnsupported, sender.ReasonMessage, text("此类消息不支持该操作", "Not possible for this kind of message"), gone),
		never(codeEdits, sender.ReasonMessage, text("编辑次数已用完", "No edits left"), gone),
		never(codeCard, sender.ReasonMessage, text("卡片创建失败", "The card could not be made"),
			text("已改发纯文本。看错误文字中的 ErrCode 与 ErrMsg；若模板改过链接或文字，先恢复默认模板。",
				"Plain text is sent instead. See ErrCode and ErrMsg in the error; if a template changed links or texts, go back to the default.")),
		never(codeDeleted, sender.ReasonMessage, text("消息已被删除", "The message was deleted"), gone),
	}
}

// urgeMeanings are about 加急.
// https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/urgent_sms
func urgeMeanings() []sender.CodeMeaning {
	return []sender.CodeMeaning{
		never("230012", sender.ReasonPermission, text("不是本机器人发送的消息，不能加急", "The bot can urge only its own messages"),
			text("检查是否换过应用：旧应用发出的消息只能由旧应用加急。", "Check whether the app was changed: what the old app sent only the old app can urge.")),
		never(codeUnread, sender.ReasonRecipient, text("此人未读的加急超过 200 条", "The person has over 200 unread urgent messages"),
			text("请此人在会话中读掉加急消息（关闭弹窗不算已读）；或改用另一种方式通知。",
				"The person must read the urgent messages in their chats (closing the pop-up does not count); or notify in another way.")),
		never("230024", sender.ReasonRateLimited, text("加急额度已用完", "The quota for urging is used up"),
			text("请管理员到飞书管理后台 →「费用中心」→「权益数据」→「短信/电话加急」查看并购买或重新分配额度。",
				"Ask an administrator to look at Admin → Cost Centre → Entitlement Data → SMS/phone buzz and buy or reassign quota.")),
		never("230052", sender.ReasonPermission, text("不允许加急", "Urging is not allowed"),
			text("请群主在群管理中设为「所有群成员可以加急」，或把机器人设为群管理员；也可能是风控限制。",
				"Ask the owner to let all members urge in the chat's management, or make the bot an administrator; it may also be a risk control.")),
		never("230098", sender.ReasonMessage, text("消息已被折叠，不能加急", "The message is folded and cannot be urged"),
			text("请此人把会话移出「折叠的会话」。", "Ask the person to move the chat out of the folded chats.")),
	}
}
