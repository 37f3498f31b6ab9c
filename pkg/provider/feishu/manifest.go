// Package feishu sends through Feishu or Lark: as a self-built app to people and chats, with cards that are updated,
// answered in their thread and urged, and through a group's robot.
package feishu

import (
	_ "embed"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo_app.svg
var appLogo string

const (
	// typeName is the type in configuration; providerName the key of Person.IDs.
	typeName     = "feishu_app"
	providerName = "feishu"

	baseURL = "https://open.feishu.cn"

	fieldAppID     = "app_id"
	fieldAppSecret = "app_secret"
	optionForm     = "form"

	// uuidLife is how long the provider recognises a message's uuid.
	uuidLife = time.Hour
)

// Manifests lists the types of this provider.
func Manifests() []sender.Manifest {
	return []sender.Manifest{appManifest(), robotManifest()}
}

func appManifest() sender.Manifest {
	return sender.Manifest{
		Type:     typeName,
		Provider: providerName,
		Title:    lang.Text{ZH: "飞书应用", EN: "Feishu app"},
		Summary: lang.Text{
			ZH: "用企业自建应用的机器人发消息：卡片随告警更新，可加急（应用内、短信、电话）。Lark 把 base_url 设为 https://open.larksuite.com。",
			EN: "Sends as the bot of a self-built app: cards follow their alert, and can be urged by app, SMS or phone. " +
				"For Lark set base_url to https://open.larksuite.com.",
		},
		Fields:   fields(),
		Options:  options(),
		BaseURL:  baseURL,
		Targets:  []sender.TargetKind{sender.TargetChat, sender.TargetPerson, sender.TargetUser, sender.TargetEmail, sender.TargetPhone},
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetEmail, sender.TargetPhone, sender.TargetAll},
		// https://open.feishu.cn/document/ukTMukTMukTM/uUzN04SN3QjL1cDN and the page of each API.
		Limits: []sender.Limit{
			{Scope: sender.ScopeAccount, Count: 1000, Per: time.Minute},
			{Scope: sender.ScopeAccount, Count: 50, Per: time.Second},
			{Scope: sender.ScopeTarget, Count: 5, Per: time.Second},
		},
		Repeat: sender.Repeat{Kind: sender.Idempotent, For: uuidLife},
		UrgeRepeat: map[sender.UrgeMode]sender.Repeat{
			sender.UrgeApp:   {Kind: sender.Repeatable},
			sender.UrgeSMS:   {Kind: sender.Once},
			sender.UrgePhone: {Kind: sender.Once},
		},
		Errors:  meanings(),
		Docs:    "https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/create",
		Logo:    appLogo,
		New:     newApp,
		Preview: preview,
	}
}

func fields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldAppID, Kind: sender.FieldString, Required: true,
			Label: lang.Text{ZH: "App ID", EN: "App ID"},
			Help: lang.Text{
				ZH: "以 cli_ 开头，见开发者后台的「凭证与基础信息」。",
				EN: "Begins with cli_; see Credentials & Basic Info in the developer console.",
			},
		},
		{
			Name: fieldAppSecret, Kind: sender.FieldString, Required: true, Secret: true,
			Label: lang.Text{ZH: "App Secret", EN: "App Secret"},
			Help: lang.Text{
				ZH: "与 App ID 在同一页。重置后旧的立即失效。",
				EN: "On the same page as the App ID. After a reset the old one stops working at once.",
			},
		},
	}
}

func options() []sender.Field {
	return []sender.Field{{
		Name: optionForm, Kind: sender.FieldString, Default: string(formCard),
		Enum:  []string{string(formCard), string(formPost), string(formText)},
		Label: lang.Text{ZH: "消息形式", EN: "Message form"},
		Help: lang.Text{
			ZH: "card 是卡片，可随告警更新；post 是富文本；text 是纯文本。后两种不能更新，变化会在话题中回复。",
			EN: "card is a card that follows its alert; post is rich text; text is plain. The latter two cannot be updated: changes are replies in the thread.",
		},
	}}
}
