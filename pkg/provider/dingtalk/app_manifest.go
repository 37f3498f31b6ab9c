package dingtalk

import (
	_ "embed"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo_app.svg
var appLogo string

const (
	fieldAppKey     = "app_key"
	fieldAppSecret  = "app_secret"
	fieldRobotCode  = "robot_code"
	fieldContactURL = "contact_url"
	optionForm      = "form"
	optionRead      = "read_status"

	// batchUsers is how many people one call may reach.
	// https://open.dingtalk.com/document/orgapp/chatbots-send-one-on-one-chat-messages-in-batches
	batchUsers = 20
	// perSecond is what one app may call of one API; monthly is what the standard edition includes for all apps of a company.
	// https://open.dingtalk.com/document/orgapp/api-throttling
	perSecond = 20
	monthly   = 10_000
	// recallFor is how long a message can be taken back.
	recallFor = 24 * time.Hour
)

func appManifest() sender.Manifest {
	people := []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetPhone}
	return sender.Manifest{
		Type: "dingtalk_app", Provider: "dingtalk",
		Title: text("钉钉应用", "DingTalk app"),
		Summary: text("用企业内部应用的机器人发单聊和群消息，可用 DING 加急（应用内、短信、电话），恢复时撤回 DING。",
			"Sends as the robot of an internal app to people and groups, urges by DING (app, SMS, phone) and recalls the DING on resolve."),
		Fields: appFields(), Options: appOptions(), BaseURL: "https://api.dingtalk.com",
		Targets: append([]sender.TargetKind{sender.TargetChat}, people...), Mentions: people,
		Limits: []sender.Limit{
			{Scope: sender.ScopeAccount, Count: perSecond, Per: time.Second, Ops: []sender.Op{sender.OpSend}},
			{Scope: sender.ScopeAccount, Count: monthly, Per: sender.Month, Kind: sender.Quota},
		},
		Repeat: sender.Repeat{Kind: sender.Repeatable},
		UrgeRepeat: map[sender.UrgeMode]sender.Repeat{
			sender.UrgeApp: {Kind: sender.Repeatable}, sender.UrgeSMS: {Kind: sender.Once}, sender.UrgePhone: {Kind: sender.Once},
		},
		Batch: batchUsers, RecallFor: recallFor, Track: []time.Duration{5 * time.Minute, 30 * time.Minute, 2 * time.Hour},
		Errors: appCodes(), Docs: "https://open.dingtalk.com/document/orgapp/chatbots-send-one-on-one-chat-messages-in-batches", Logo: appLogo,
		New: newApp, Preview: previewApp,
	}
}

func appFields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldAppKey, Kind: sender.FieldString, Required: true, Label: lang.Text{ZH: "AppKey（Client ID）", EN: "AppKey (Client ID)"},
			Help: text("开放平台 → 应用 → 凭证与基础信息。", "Open platform → the app → Credentials & Basic Info."),
		},
		{
			Name: fieldAppSecret, Kind: sender.FieldString, Required: true, Secret: true, Label: lang.Text{ZH: "AppSecret（Client Secret）", EN: "AppSecret (Client Secret)"},
			Help: text("与 AppKey 同页。", "On the same page."),
		},
		{
			Name: fieldRobotCode, Kind: sender.FieldString, Label: lang.Text{ZH: "机器人编码", EN: "Robot code"},
			Help: text("应用的「机器人」页面里的 RobotCode；默认与 AppKey 相同。", "RobotCode on the app's Robot page; the AppKey by default."),
		},
		{
			Name: fieldContactURL, Kind: sender.FieldURL, Label: lang.Text{ZH: "通讯录接口地址", EN: "Address of the contacts API"},
			Help: text("按手机号找人用的旧版接口；默认由 base_url 推出：api.dingtalk.com 对应 https://oapi.dingtalk.com，其他地址则相同。",
				"The old API, which finds people by mobile number. It follows from base_url: https://oapi.dingtalk.com for api.dingtalk.com, else the same address."),
		},
	}
}

func appOptions() []sender.Field {
	return []sender.Field{
		{
			Name: optionForm, Kind: sender.FieldString, Default: formMarkdown, Enum: []string{formMarkdown, formText, formCard},
			Label: text("消息形式", "Message form"),
			Help:  text("markdown、text 或 actionCard（第一个链接显示为按钮）。", "markdown, text or actionCard (the first link becomes a button)."),
		},
		{
			Name: optionRead, Kind: sender.FieldBool, Default: "false", Label: text("查询已读", "Ask who read it"),
			Help: text("发出后 5 分钟、30 分钟、2 小时各查一次单聊消息是否已读；每次查询都占用每月的接口额度。",
				"Asks 5 minutes, 30 minutes and 2 hours later whether a message to a person was read; each question uses up one of the month's API calls."),
		},
	}
}

// appSettings are an app account's own.
type appSettings struct {
	AppKey     string       `setting:"app_key"`
	AppSecret  secret.Value `setting:"app_secret"`
	RobotCode  string       `setting:"robot_code"`
	ContactURL string       `setting:"contact_url"`
}

// entryOptions are an app's notify entry's.
type entryOptions struct {
	Form string `setting:"form"`
	Read bool   `setting:"read_status"`
}
