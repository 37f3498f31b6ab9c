// Package slack sends through Slack: as an app's bot to channels and people, with messages that are updated and
// answered in their thread, and through incoming webhooks.
package slack

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
	// providerName is also the key of Person.IDs.
	providerName = "slack"
	appType      = "slack"

	baseURL = "https://slack.com"

	fieldToken = "bot_token"

	optionForm  = "form"
	optionLinks = "links"
	optionAll   = "mention_all"

	// perChannel is how many messages a second one channel takes, for longer than a burst; the workspace's bound is
	// "several hundred a minute", and chat.update has tier 3.
	// https://docs.slack.dev/apis/web-api/rate-limits
	perChannel   = 1
	perWorkspace = 300
	updates      = 50

	// recallFor is for how long messages are taken back: Slack itself sets no end.
	recallFor = 30 * 24 * time.Hour
)

// Manifests lists the types of this provider.
func Manifests() []sender.Manifest { return []sender.Manifest{appManifest(), webhookManifest()} }

func text(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

func appManifest() sender.Manifest {
	return sender.Manifest{
		Type: appType, Provider: providerName,
		Title: text("Slack 应用", "Slack app"),
		Summary: text("用 Slack 应用的机器人发到频道和人：消息随告警更新，变化在消息列（thread）中回复，可 @ 人、用户组和全频道。",
			"Sends as a Slack app's bot to channels and people: messages follow their alert, changes are replies in the thread, with mentions of people, user groups and the channel."),
		Fields: []sender.Field{{
			Name: fieldToken, Kind: sender.FieldString, Required: true, Secret: true, Label: text("Bot 令牌", "Bot token"),
			Help: text("以 xoxb- 开头，见 api.slack.com/apps → 应用 → OAuth & Permissions → Bot User OAuth Token。",
				"Begins with xoxb-; see api.slack.com/apps → the app → OAuth & Permissions → Bot User OAuth Token."),
		}},
		Options: options(), BaseURL: baseURL,
		Targets:  []sender.TargetKind{sender.TargetChat, sender.TargetPerson, sender.TargetUser, sender.TargetEmail},
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetEmail, sender.TargetTag, sender.TargetAll},
		Limits: []sender.Limit{
			{Scope: sender.ScopeTarget, Count: perChannel, Per: time.Second, Ops: []sender.Op{sender.OpSend, sender.OpReply}},
			{Scope: sender.ScopeAccount, Count: perWorkspace, Per: time.Minute, Ops: []sender.Op{sender.OpSend, sender.OpReply}},
			{Scope: sender.ScopeAccount, Count: updates, Per: time.Minute, Ops: []sender.Op{sender.OpUpdate}},
			{Scope: sender.ScopeAccount, Count: updates, Per: time.Minute, Ops: []sender.Op{sender.OpRecall}},
		},
		// There is no key by which Slack would tell a repeat.
		Repeat: sender.Repeat{Kind: sender.Repeatable}, RecallFor: recallFor,
		Errors: appMeanings(), Docs: "https://docs.slack.dev/reference/methods/chat.postMessage", Logo: appLogo,
		New: newApp, Preview: preview,
	}
}

// appSettings are an app account's own.
type appSettings struct {
	Token secret.Value `setting:"bot_token"`
}

// renderOptions are the options of the manifests.
type renderOptions struct {
	Form       string `setting:"form"`
	Links      string `setting:"links"`
	MentionAll string `setting:"mention_all"`
}

func options() []sender.Field {
	return []sender.Field{
		{
			Name: optionForm, Kind: sender.FieldString, Default: formBlocks, Enum: []string{formBlocks, formText}, Label: text("消息形式", "Message form"),
			Help: text("blocks 是 Block Kit 卡片，侧边颜色随严重程度；text 是 mrkdwn 文本。", "blocks is Block Kit, with a bar in the severity's colour; text is mrkdwn."),
		},
		{
			Name: optionLinks, Kind: sender.FieldString, Default: linksText, Enum: []string{linksText, linksButtons}, Label: text("链接", "Links"),
			Help: text("text 是文字链接；buttons 是按钮，应用要打开 Interactivity，否则点击后按钮旁会出现警告图标（链接仍会打开）。",
				"text are links in the text; buttons need Interactivity in the app: without, Slack shows a warning sign beside a clicked button, though the page opens."),
		},
		{
			Name: optionAll, Kind: sender.FieldString, Default: allChannel, Enum: []string{allChannel, allHere}, Label: text("@ 所有人的方式", "How all are mentioned"),
			Help: text("channel 通知频道的全部成员，here 只通知在线的。", "channel notifies every member of the channel, here only those who are active."),
		},
	}
}
