// Package teams sends Adaptive Cards to Microsoft Teams through a Workflows webhook.
package teams

import (
	_ "embed"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo.svg
var logo string

const (
	// typeName is the type in configuration, and the key of Person.IDs.
	typeName = "teams"

	fieldURL = "url"

	// perSecond is cautious: no rate is published for a flow's address, and the retired connectors took 4 a second.
	perSecond = 1
)

// Manifests lists the types of this provider.
func Manifests() []sender.Manifest { return []sender.Manifest{manifest()} }

func manifest() sender.Manifest {
	return sender.Manifest{
		Type: typeName, Provider: typeName,
		Title: words("Microsoft Teams", "Microsoft Teams"),
		Summary: words("通过 Workflows（Power Automate）的 Webhook 往一个频道或聊天发卡片，可 @ 人。「已送达」指流程收下了请求；它之后失败，Teams 不会告诉发送方。",
			"Posts cards into one channel or chat through a Workflows (Power Automate) webhook, with mentions. Delivered means that the flow took the request: if it fails later, Teams does not tell the sender."),
		Fields: []sender.Field{{
			Name: fieldURL, Kind: sender.FieldURL, Required: true, Secret: true, Label: words("Webhook 地址", "Webhook address"),
			Help: words("创建工作流后显示的完整地址，含 sig=；整个当作密钥。", "The whole address that is shown once the workflow is made, with its sig=; all of it is a secret."),
		}},
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetEmail},
		Limits:   []sender.Limit{{Scope: sender.ScopeAccount, Count: perSecond, Per: time.Second}},
		Repeat:   sender.Repeat{Kind: sender.Repeatable},
		Errors:   codes(), Docs: "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook", Logo: logo,
		New: newWorkflow, Preview: preview,
	}
}

// settings are an account's own.
type settings struct {
	URL secret.Value `setting:"url"`
}

func words(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

// codes is the table of what the address of a flow answers: first the codes in its JSON, then the statuses. No page lists
// the codes; these are the ones that senders report, and others are judged by their status.
// https://learn.microsoft.com/en-us/power-automate/oauth-authentication for who may trigger a flow.
func codes() []sender.CodeMeaning {
	row := func(code string, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
		return sender.CodeMeaning{Code: code, Class: sender.Never, Reason: reason, Title: title, Hint: hint}
	}
	again := words("在 Teams 的 Workflows 应用里打开这个流程，确认它开着、所有者的账号有效，再复制一次地址到 url；没有就重建。",
		"Open the flow in the Workflows app of Teams, check that it is on and its owner's account is active, and copy the address into url again; if it is gone, make a new one.")
	anyone := words("在流程的触发器里把「谁可以触发此流程」设为「任何人」，保存后重新复制地址（会变，且带 sig=）。",
		"In the flow's trigger set who can trigger it to Anyone, save, and copy the address again: it changes, and has a sig=.")
	policy := words("租户的策略（DLP、IP 限制）挡住了请求：请 Power Platform 管理员放行。", "A policy of the tenant (data loss prevention, addresses) keeps the request out: ask the Power Platform administrator.")
	form := words("触发器自带了请求架构（schema）：清空它，或按模板「收到 Webhook 请求时发布到频道」重建流程。",
		"The trigger has a schema of its own: empty it, or make the flow anew from the template \"Post to a channel when a webhook request is received\".")
	return []sender.CodeMeaning{
		row("WorkflowTriggerIsNotEnabled", sender.ReasonConfig, words("流程已关闭或删除", "the flow is off or was deleted"), again),
		row("WorkflowNotFound", sender.ReasonConfig, words("没有这个流程", "no such flow"), again),
		row("DirectApiAuthorizationRequired", sender.ReasonAuth, words("流程要求登录，或地址缺 sig", "the flow wants a login, or the address lacks its sig"), anyone),
		row("TriggerInputSchemaMismatch", sender.ReasonMessage, words("请求与触发器的架构不符", "the request does not match the trigger's schema"), form),
		row("400", sender.ReasonMessage, words("请求不合法", "bad request"), form),
		row("401", sender.ReasonAuth, words("地址里的签名无效", "the address's signature is not valid"), anyone),
		row("403", sender.ReasonPermission, words("没有权限", "not allowed"), policy),
		row("404", sender.ReasonConfig, words("没有这个流程", "no such flow"), again),
		row("410", sender.ReasonConfig, words("流程已不存在", "the flow is gone"), again),
		row("413", sender.ReasonMessage, words("请求过长", "request too long"), words("缩短自定义模板；卡片至多约 28 KB。", "Shorten your templates; a card has about 28 KB at most.")),
		{
			Code: "429", Class: sender.Again, Reason: sender.ReasonRateLimited, Title: words("被限流", "throttled"),
			Hint: words("会自动重试；检查是否有别的程序在用同一个流程，或给账号设更低的 limits。", "It is tried again by itself; check whether something else uses the flow, or give the account lower limits."),
		},
	}
}
