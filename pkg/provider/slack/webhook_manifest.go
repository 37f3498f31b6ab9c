package slack

import (
	_ "embed"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo_webhook.svg
var webhookLogo string

const (
	webhookType = "slack_webhook"
	webhookBase = "https://hooks.slack.com"

	fieldURL = "url"
)

func webhookManifest() sender.Manifest {
	return sender.Manifest{
		Type: webhookType, Provider: providerName,
		Title: text("Slack 传入 Webhook", "Slack incoming webhook"),
		Summary: text("通过传入 Webhook 发到一个 Slack 频道，可 @ 人、用户组和全频道；不能更新消息，也不能按邮箱查人。",
			"Posts into one Slack channel through an incoming webhook, with mentions of people, user groups and the channel; it cannot update messages or look people up by e-mail."),
		Fields: []sender.Field{{
			Name: fieldURL, Kind: sender.FieldString, Required: true, Secret: true, Label: text("Webhook 地址", "Webhook URL"),
			Help: text("整个地址，或 /services/ 后面的部分。见 api.slack.com/apps → 应用 → Incoming Webhooks。",
				"The whole address, or what follows /services/. See api.slack.com/apps → the app → Incoming Webhooks."),
		}},
		Options: options(), BaseURL: webhookBase,
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetTag, sender.TargetAll},
		// https://docs.slack.dev/apis/web-api/rate-limits
		Limits: []sender.Limit{{Scope: sender.ScopeAccount, Count: perChannel, Per: time.Second}},
		Repeat: sender.Repeat{Kind: sender.Repeatable},
		Errors: webhookMeanings(), Docs: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks", Logo: webhookLogo,
		New: newWebhook, Preview: preview,
	}
}

// webhookSettings are a webhook account's own.
type webhookSettings struct {
	URL secret.Value `setting:"url"`
}
