// Package tencent sends SMS and calls phones through Tencent Cloud.
package tencent

import (
	_ "embed"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo_sms.svg
var smsLogo string

//go:embed logo_voice.svg
var voiceLogo string

const (
	fieldKeyID    = "secret_id"
	fieldKey      = "secret_key"
	fieldRegion   = "region"
	fieldApp      = "sdk_app_id"
	fieldSign     = "sign_name"
	fieldTemplate = "template_id"
	fieldResolved = "resolved_template_id"
	fieldParams   = "template_params"
	fieldLength   = "variable_length"
	fieldText     = "template_text"
	fieldPlay     = "play_times"

	usualRegion = "ap-guangzhou"
	usualParams = "1: message"
	// batchNumbers is how many numbers one call takes.
	// https://cloud.tencent.com/document/api/382/55981
	batchNumbers = 200
	// smsADay is what one number gets in a calendar day, unless the console grants more.
	// https://cloud.tencent.com/document/product/382/13303
	smsADay = 10
	// callsPer30s and callsAnHour are the usual limits of one number. https://cloud.tencent.com/document/product/1128/37720
	callsPer30s = 1
	callsAnHour = 5
	callsADay   = 10
	half        = 30 * time.Second
	day         = 24 * time.Hour
)

// Manifests describes the types of this provider.
func Manifests() []sender.Manifest { return []sender.Manifest{smsManifest(), voiceManifest()} }

func text(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

func smsManifest() sender.Manifest {
	return sender.Manifest{
		Type: "tencent_sms", Provider: "tencent",
		Title: text("腾讯云短信", "Tencent Cloud SMS"),
		Summary: text("用审核过的短信模板发到手机；每个号码的结果单独判断，之后查询是否到达。",
			"Sends an approved template to phones; each number has a result of its own, and whether it arrived is asked later."),
		Fields: append(keyFields(), smsFields()...), BaseURL: "https://sms.tencentcloudapi.com",
		Targets: sms.Targets(),
		Limits:  []sender.Limit{{Scope: sender.ScopeTarget, Count: smsADay, Per: day, Ops: []sender.Op{sender.OpSend}, Kind: sender.Budget}},
		Repeat:  sender.Repeat{Kind: sender.Once}, Batch: batchNumbers,
		Track:  []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour},
		Errors: smsCodes(), Docs: "https://cloud.tencent.com/document/api/382/55981", Logo: smsLogo,
		New: newSMS, Preview: sms.PreviewSMS,
	}
}

func voiceManifest() sender.Manifest {
	return sender.Manifest{
		Type: "tencent_voice", Provider: "tencent",
		Title: text("腾讯云语音消息", "Tencent Cloud voice"),
		Summary: text("拨打手机并朗读审核过的语音模板。腾讯云没有查询通话结果的接口，所以不知道是否接听。",
			"Calls a phone and reads an approved template aloud. Tencent Cloud has no API to ask for the outcome, so whether it was answered is not known."),
		Fields: append(keyFields(), voiceFields()...), BaseURL: "https://vms.tencentcloudapi.com",
		Targets: sms.Targets(),
		Limits: []sender.Limit{
			{Scope: sender.ScopeTarget, Count: callsPer30s, Per: half, Ops: []sender.Op{sender.OpSend}},
			{Scope: sender.ScopeTarget, Count: callsAnHour, Per: time.Hour, Ops: []sender.Op{sender.OpSend}, Kind: sender.Budget},
			{Scope: sender.ScopeTarget, Count: callsADay, Per: day, Ops: []sender.Op{sender.OpSend}, Kind: sender.Budget},
		},
		Repeat: sender.Repeat{Kind: sender.Once}, Rings: true,
		Errors: voiceCodes(), Docs: "https://cloud.tencent.com/document/api/1128/51558", Logo: voiceLogo,
		New: newVoice, Preview: sms.PreviewCall,
	}
}

func keyFields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldKeyID, Kind: sender.FieldString, Required: true, Label: text("SecretId", "SecretId"),
			Help: text("访问管理 → API 密钥管理；用子用户的，不要用主账号的。", "CAM → API keys; a sub-user's, not the main account's."),
		},
		{
			Name: fieldKey, Kind: sender.FieldString, Required: true, Secret: true, Label: text("SecretKey", "SecretKey"),
			Help: text("创建密钥时只显示一次。", "Shown once, when the key is made."),
		},
		{
			Name: fieldRegion, Kind: sender.FieldString, Default: usualRegion, Label: text("地域", "Region"),
			Help: text("ap-guangzhou、ap-beijing 或 ap-nanjing。", "ap-guangzhou, ap-beijing or ap-nanjing."),
		},
		{
			Name: fieldApp, Kind: sender.FieldString, Required: true, Label: text("应用 SdkAppId", "SdkAppId"),
			Help: text("短信或语音控制台里应用的 SdkAppId，以 1400 开头；不是账号的 AppId。", "Of the application in the SMS or voice console, begins with 1400; not the account's AppId."),
		},
	}
}

func templateFields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldTemplate, Kind: sender.FieldString, Required: true, Label: text("模板 ID", "Template id"),
			Help: text("审核通过的模板。", "Of an approved template."),
		},
		{
			Name: fieldParams, Kind: sender.FieldText, Default: usualParams, Label: text("模板变量", "Template variables"),
			Help: text("每行一个，按模板里 {1}、{2} 的顺序：编号、冒号、内容。内容可以是 message（标题加条数）、title、summary、severity、status、count、alert、text、when、label.标签名、=固定文字。",
				"One a line, in the order of the template's {1}, {2}: the number, a colon, what it holds: message (title and count), title, summary, severity, status, count, alert, text, when, label.NAME or =fixed words."),
		},
		{
			Name: fieldLength, Kind: sender.FieldInt, Default: "12", Label: text("变量最长字数", "Longest variable"),
			Help: text("每个变量的字数上限，1 到 35；控制台对通知类模板一般限 12 个字。", "In characters, 1 to 35; the console limits those of notifications to 12 as a rule."),
		},
		{
			Name: fieldText, Kind: sender.FieldText, Label: text("模板内容", "Template text"),
			Help: text("模板原文，变量写作 {1}；只用于预览和计费条数。", "The template's own words with {1}; only for previews and what a message costs."),
		},
	}
}

func smsFields() []sender.Field {
	sign := sender.Field{
		Name: fieldSign, Kind: sender.FieldString, Required: true, Label: text("短信签名", "Signature"),
		Help: text("审核通过的签名内容，不带【】，不是签名 ID。", "The approved signature's words, without brackets; not its id."),
	}
	resolved := sender.Field{
		Name: fieldResolved, Kind: sender.FieldString, Label: text("恢复时的模板 ID", "Template id on resolve"),
		Help: text("默认与 template_id 相同。", "The same as template_id by default."),
	}
	return append([]sender.Field{sign}, append(templateFields(), resolved)...)
}

func voiceFields() []sender.Field {
	return append(templateFields(), sender.Field{
		Name: fieldPlay, Kind: sender.FieldInt, Default: "2", Label: text("播放次数", "Times read"), Help: text("1 到 3。", "1 to 3."),
	})
}

// smsSettings are an SMS account's own.
type smsSettings struct {
	KeyID    string       `setting:"secret_id"`
	Key      secret.Value `setting:"secret_key"`
	Region   string       `setting:"region"`
	App      string       `setting:"sdk_app_id"`
	Sign     string       `setting:"sign_name"`
	Template string       `setting:"template_id"`
	Resolved string       `setting:"resolved_template_id"`
	Params   string       `setting:"template_params"`
	Length   int          `setting:"variable_length"`
	Text     string       `setting:"template_text"`
}

// voiceSettings are a voice account's own.
type voiceSettings struct {
	KeyID    string       `setting:"secret_id"`
	Key      secret.Value `setting:"secret_key"`
	Region   string       `setting:"region"`
	App      string       `setting:"sdk_app_id"`
	Template string       `setting:"template_id"`
	Params   string       `setting:"template_params"`
	Length   int          `setting:"variable_length"`
	Text     string       `setting:"template_text"`
	Play     int          `setting:"play_times"`
}
