// Package dingtalk reaches people and groups in DingTalk, through custom robots and through internal apps.
package dingtalk

import (
	_ "embed"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo_robot.svg
var robotLogo string

const (
	// keyKnown is how long a repeat is taken to be recognised. DingTalk documents msgUuid for
	// resending after a timeout but not for how long, so this is a guess on the safe side.
	keyKnown = 5 * time.Minute
	// perMinute is what one robot may send; more bans it for ban.
	// https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages
	perMinute = 20
	ban       = 10 * time.Minute
	// addressBlock is how long an IP address is blocked that called too often.
	// https://open.dingtalk.com/document/orgapp/api-throttling
	addressBlock = 5 * time.Minute
)

// The forms of message, as DingTalk names them.
const (
	formMarkdown = "markdown"
	formText     = "text"
	formCard     = "actionCard"
)

// Manifests lists the types of account.
func Manifests() []sender.Manifest { return []sender.Manifest{robotManifest(), appManifest()} }

func robotManifest() sender.Manifest {
	mentions := []sender.TargetKind{sender.TargetPerson, sender.TargetPhone, sender.TargetUser, sender.TargetAll}
	return sender.Manifest{
		Type:     "dingtalk_robot",
		Provider: "dingtalk",
		Title:    lang.Text{ZH: "钉钉群机器人", EN: "DingTalk group robot"},
		Summary: lang.Text{
			ZH: "通过群里的自定义机器人（Webhook）发到一个钉钉群，可以 @ 群成员。",
			EN: "Posts to one DingTalk group through its custom robot (webhook) and can mention members.",
		},
		Fields:   robotFields(),
		Options:  robotOptions(),
		BaseURL:  "https://oapi.dingtalk.com",
		Mentions: mentions,
		Limits:   []sender.Limit{{Scope: sender.ScopeAccount, Count: perMinute, Per: time.Minute}},
		Repeat:   sender.Repeat{Kind: sender.Idempotent, For: keyKnown},
		Errors:   codes(),
		Docs:     "https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages",
		Logo:     robotLogo,
		New:      newRobot,
		Preview:  preview,
	}
}

func robotFields() []sender.Field {
	return []sender.Field{
		{
			Name: "access_token", Kind: sender.FieldString, Secret: true, Required: true,
			Label: lang.Text{ZH: "访问令牌", EN: "Access token"},
			Help: lang.Text{
				ZH: "Webhook 地址中 access_token= 之后的部分。",
				EN: "The part of the webhook address after access_token=.",
			},
		},
		{
			Name: "secret", Kind: sender.FieldString, Secret: true,
			Label: lang.Text{ZH: "加签密钥", EN: "Signing secret"},
			Help: lang.Text{
				ZH: "安全设置选“加签”时得到的 SEC 开头的密钥；只用关键词或 IP 地址时留空。",
				EN: "The secret that begins with SEC, if the robot's security setting is a signature; empty if it is keywords or IP addresses only.",
			},
		},
		{
			Name: "keyword", Kind: sender.FieldString,
			Label: lang.Text{ZH: "关键词", EN: "Keyword"},
			Help: lang.Text{
				ZH: "安全设置选“自定义关键词”时填其中一个；消息里没有它时会加在末尾。",
				EN: "One of the robot's keywords, if its security setting has any; it is put at the end of messages that lack it.",
			},
		},
	}
}

func robotOptions() []sender.Field {
	return []sender.Field{{
		Name: "form", Kind: sender.FieldString, Default: formMarkdown, Enum: []string{formMarkdown, formText, formCard},
		Label: lang.Text{ZH: "消息形式", EN: "Message form"},
		Help: lang.Text{
			ZH: "markdown、text 或 actionCard（链接显示为按钮；不能 @ 人，有 @ 时改用 markdown）。",
			EN: "markdown, text or actionCard (links become buttons; it cannot mention anybody, so with mentions markdown is used).",
		},
	}}
}

// settings are an account's own.
type settings struct {
	AccessToken secret.Value `setting:"access_token"`
	Secret      secret.Value `setting:"secret"`
	Keyword     string       `setting:"keyword"`
}

// options are a notify entry's.
type options struct {
	Form string `setting:"form"`
}
