// Package wecom reaches people in WeCom (企业微信): through a self-built app, a group's robot, and phone calls.
package wecom

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
	// providerName is the key of Person.IDs.
	providerName = "wecom"
	baseURL      = "https://qyapi.weixin.qq.com"

	fieldCorpID  = "corp_id"
	fieldAgentID = "agent_id"
	fieldSecret  = "corp_secret"
	optionForm   = "form"

	// batchSize is how many targets share a call: the least of the limits of people (1000), departments and tags (100).
	// https://developer.work.weixin.qq.com/document/path/90236
	batchSize = 100
	// recallFor is how long a message can be recalled.
	// https://developer.work.weixin.qq.com/document/path/94867
	recallFor = 24 * time.Hour
)

// The forms of message, as WeCom names them.
const (
	formText     = "text"
	formMarkdown = "markdown"
	formTextCard = "textcard"
	formCard     = "template_card"
)

// Manifests lists the types of account.
func Manifests() []sender.Manifest {
	return []sender.Manifest{appManifest(), robotManifest(), callManifest()}
}

func words(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

func appManifest() sender.Manifest {
	send := []sender.Op{sender.OpSend}
	return sender.Manifest{
		Type: "wecom_app", Provider: providerName,
		Title: words("企业微信应用", "WeCom app"),
		Summary: words("用企业微信自建应用发给成员、部门、标签或全员，可更新卡片、可撤回。",
			"Sends as a self-built WeCom app to people, departments, tags or everybody; cards can be updated and messages recalled."),
		Fields: appFields(), Options: appOptions(), BaseURL: baseURL,
		Targets: []sender.TargetKind{
			sender.TargetPerson, sender.TargetUser, sender.TargetDepartment, sender.TargetTag, sender.TargetPhone, sender.TargetEmail, sender.TargetAll,
		},
		// What is above these is dropped by WeCom without a word, so they are kept here.
		Limits: []sender.Limit{
			{Scope: sender.ScopeTarget, Count: 30, Per: time.Minute, Ops: send},
			{Scope: sender.ScopeTarget, Count: 1000, Per: time.Hour, Ops: send},
		},
		Repeat: sender.Repeat{Kind: sender.Repeatable}, Batch: batchSize, RecallFor: recallFor,
		Errors: appCodes(), Docs: "https://developer.work.weixin.qq.com/document/path/90236", Logo: appLogo,
		New: newApp, Preview: preview,
	}
}

func appFields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldCorpID, Kind: sender.FieldString, Required: true, Label: words("企业 ID", "Corp ID"),
			Help: words("管理后台「我的企业」页面底部，ww 开头。", "At the bottom of My Company in the admin console; begins with ww."),
		},
		{
			Name: fieldAgentID, Kind: sender.FieldInt, Required: true, Label: words("应用 AgentId", "App's AgentId"),
			Help: words("「应用管理」中该应用的详情页。", "On the app's page under App Management."),
		},
		{
			Name: fieldSecret, Kind: sender.FieldString, Required: true, Secret: true, Label: words("应用 Secret", "App's secret"),
			Help: words("与 AgentId 同页，点「查看」后发到管理员的企业微信里。", "On the same page; View sends it to the administrator in WeCom."),
		},
	}
}

func appOptions() []sender.Field {
	return []sender.Field{{
		Name: optionForm, Kind: sender.FieldString, Default: formText, Enum: []string{formText, formMarkdown, formTextCard, formCard},
		Label: words("消息形式", "Message form"),
		Help: words("text 在微信插件里也能看到；markdown 只在企业微信里显示；textcard 与 template_card 较短，后者可在恢复时更新一次。",
			"text also shows in the WeChat plug-in, markdown only inside WeCom; textcard and template_card are brief, and the latter can be updated once, on resolve."),
	}}
}

// settings are an account's own.
type settings struct {
	CorpID  string       `setting:"corp_id"`
	AgentID int          `setting:"agent_id"`
	Secret  secret.Value `setting:"corp_secret"`
}

// options are a notify entry's.
type options struct {
	Form string `setting:"form"`
}
