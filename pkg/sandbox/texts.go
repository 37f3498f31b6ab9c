package sandbox

import "github.com/yunluo-alerts/yunluo/pkg/lang"

// sentence is a text of the page; an unknown key shows itself.
func sentence(key string) lang.Text {
	if t, ok := sentences()[key]; ok {
		return t
	}
	return lang.Text{ZH: key, EN: key}
}

func sentences() map[string]lang.Text {
	return map[string]lang.Text{
		"brand":               {ZH: "云锣沙箱", EN: "Yunluo sandbox"},
		"tagline":             {ZH: "这里扮演各家消息服务，消息不会发给任何真人", EN: "Plays the messaging services; nothing here reaches a real person"},
		"conversations":       {ZH: "会话", EN: "Conversations"},
		"nothing_yet":         {ZH: "还没有消息", EN: "No messages yet"},
		"nothing_hint":        {ZH: "把账号的 base_url 指向本页地址，再发一条告警", EN: "Point an account's base_url at this address and send an alert"},
		"bot":                 {ZH: "机器人", EN: "bot"},
		"older":               {ZH: "条更早的消息未显示", EN: "older messages are not shown"},
		"back":                {ZH: "返回会话列表", EN: "Back to the list"},
		"counters":            {ZH: "计数", EN: "Counters"},
		"messages":            {ZH: "消息", EN: "messages"},
		"distinct":            {ZH: "不同内容", EN: "distinct"},
		"repeats":             {ZH: "重复已合并", EN: "repeats folded"},
		"updates":             {ZH: "卡片更新", EN: "updates"},
		"urgents":             {ZH: "加急（应用内/短信/电话）", EN: "urgent (app/SMS/phone)"},
		"calls":               {ZH: "调用", EN: "calls"},
		"refused":             {ZH: "被拒", EN: "refused"},
		"outcomes":            {ZH: "按结果查看调用", EN: "Calls by outcome"},
		"faults":              {ZH: "故障开关", EN: "Fault switches"},
		"fault_refuse":        {ZH: "拒绝连接", EN: "Connection refused"},
		"fault_reset":         {ZH: "连接中断", EN: "Connection reset"},
		"fault_slow":          {ZH: "慢 3 秒", EN: "3 s slow"},
		"fault_lose_answer":   {ZH: "收下但丢回执", EN: "Accepts, loses answer"},
		"fault_status":        {ZH: "网关 502", EN: "Gateway 502"},
		"fault_expired_token": {ZH: "令牌失效", EN: "Token expired"},
		"fault_limited":       {ZH: "限流 / 封禁", EN: "Rate limit / ban"},
		"fault_html":          {ZH: "返回网页", EN: "Answers a web page"},
		"fault_truncated":     {ZH: "回执截断", EN: "Truncated JSON"},
		"fault_huge":          {ZH: "超大回执", EN: "Huge body"},
		"other_faults":        {ZH: "其他生效的故障", EN: "Other faults in force"},
		"remove":              {ZH: "移除", EN: "Remove"},
		"hits":                {ZH: "次", EN: "hits"},
		"limits":              {ZH: "频率限制", EN: "Rate limits"},
		"limits_on":           {ZH: "生效", EN: "in force"},
		"limits_off":          {ZH: "已解除", EN: "lifted"},
		"clear":               {ZH: "清空消息", EN: "Clear messages"},
		"reset":               {ZH: "全部重置", EN: "Reset all"},
		"theme_auto":          {ZH: "跟随系统", EN: "System"},
		"theme_light":         {ZH: "浅色", EN: "Light"},
		"theme_dark":          {ZH: "深色", EN: "Dark"},
		"recalled":            {ZH: "消息已撤回", EN: "Message recalled"},
		"updated":             {ZH: "已原地更新", EN: "Updated in place"},
		"times":               {ZH: "次", EN: "×"},
		"history":             {ZH: "更新前的内容", EN: "Earlier contents"},
		"repeated":            {ZH: "收到重复请求，已合并", EN: "Repeat requests folded"},
		"notifies":            {ZH: "会收到提醒", EN: "Notified"},
		"silent":              {ZH: "写了但不会提醒", EN: "Named but not notified"},
		"urgent_app":          {ZH: "加急 · 应用内", EN: "Urgent · in app"},
		"urgent_sms":          {ZH: "加急 · 短信", EN: "Urgent · SMS"},
		"urgent_phone":        {ZH: "加急 · 电话", EN: "Urgent · phone call"},
		"read_by":             {ZH: "已读", EN: "Read by"},
		"thread":              {ZH: "话题回复", EN: "Replies in thread"},
		"answers":             {ZH: "回复", EN: "In reply to"},
		"raw":                 {ZH: "原始请求", EN: "Raw request"},
		"call":                {ZH: "语音电话", EN: "Phone call"},
		"mail_from":           {ZH: "发件人", EN: "From"},
		"plain":               {ZH: "纯文本部分", EN: "Plain text part"},
		"mail_to":             {ZH: "收件人", EN: "To"},
		"segments":            {ZH: "短信计费条数", EN: "SMS paid for:"},
		"fate_pending":        {ZH: "等待结果", EN: "outcome pending"},
		"fate_arrived":        {ZH: "已到达", EN: "arrived"},
		"fate_read":           {ZH: "已读", EN: "read"},
		"fate_answered":       {ZH: "已接听", EN: "answered"},
		"fate_unanswered":     {ZH: "未接听", EN: "not answered"},
		"fate_lost":           {ZH: "未到达", EN: "never arrived"},
		"preview_failed":      {ZH: "无法预览，显示原文", EN: "Cannot be previewed, shown as sent"},
		"content_not_kept":    {ZH: "收件箱处于只计数模式，未保留内容", EN: "The inbox only counts: content was not kept"},
		"live":                {ZH: "实时", EN: "live"},
		"":                    {ZH: "", EN: ""},

		// Why somebody named is not notified, as the plays write it.
		"not in this chat":                     {ZH: "不在这个群里", EN: "not in this chat"},
		"not in this group":                    {ZH: "不在这个群里", EN: "not in this group"},
		"nobody has this id":                   {ZH: "查无此人", EN: "nobody has this id"},
		"the open_id belongs to another app":   {ZH: "这是另一个应用的 open_id", EN: "the open_id belongs to another app"},
		"there is no all in a private chat":    {ZH: "单聊里没有所有人", EN: "there is no all in a private chat"},
		"its @ is not in the text":             {ZH: "正文里没有对应的 @", EN: "its @ is not in the text"},
		"messages of this type mention nobody": {ZH: "这种消息不能 @ 人", EN: "messages of this type mention nobody"},
	}
}
