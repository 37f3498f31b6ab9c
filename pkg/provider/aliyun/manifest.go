// Package aliyun sends SMS and calls phones through Alibaba Cloud.
package aliyun

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
	fieldKeyID    = "access_key_id"
	fieldKey      = "access_key_secret"
	fieldSign     = "sign_name"
	fieldTemplate = "template_code"
	fieldResolved = "resolved_template_code"
	fieldParams   = "template_params"
	fieldLength   = "variable_length"
	fieldText     = "template_text"
	fieldShow     = "called_show_number"
	fieldPlay     = "play_times"
	fieldVolume   = "volume"
	fieldSpeed    = "speed"

	// batchNumbers is how many numbers one call takes.
	// https://help.aliyun.com/document_detail/419273.html
	batchNumbers = 1000
	// smsADay is what one number gets of one signature and template.
	// https://help.aliyun.com/document_detail/2881383.html
	smsADay = 50
	// callsAMinute, callsAnHour and callsADay are what one number gets.
	// https://help.aliyun.com/document_detail/2680293.html
	callsAMinute = 1
	callsAnHour  = 5
	callsADay    = 20
	day          = 24 * time.Hour
)

// Manifests describes the types of this provider.
func Manifests() []sender.Manifest { return []sender.Manifest{smsManifest(), voiceManifest()} }

func text(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

func smsManifest() sender.Manifest {
	return sender.Manifest{
		Type: "aliyun_sms", Provider: "aliyun",
		Title: text("阿里云短信", "Alibaba Cloud SMS"),
		Summary: text("用审核过的短信模板发到手机；每个号码每天 50 条由云锣计数，之后查询是否到达。",
			"Sends an approved template to phones; the 50 a day for each number are counted here, and whether it arrived is asked later."),
		Fields: append(keyFields(), smsFields()...), BaseURL: "https://dysmsapi.aliyuncs.com",
		Targets: sms.Targets(),
		Limits:  []sender.Limit{{Scope: sender.ScopeTarget, Count: smsADay, Per: day, Ops: []sender.Op{sender.OpSend}, Kind: sender.Budget}},
		Repeat:  sender.Repeat{Kind: sender.Once}, Batch: batchNumbers,
		Track:  []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour},
		Errors: smsCodes(), Docs: "https://help.aliyun.com/document_detail/419273.html", Logo: smsLogo,
		New: newSMS, Preview: sms.PreviewSMS,
	}
}

func voiceManifest() sender.Manifest {
	return sender.Manifest{
		Type: "aliyun_voice", Provider: "aliyun",
		Title: text("阿里云语音电话", "Alibaba Cloud voice"),
		Summary: text("拨打手机并朗读审核过的语音模板；几分钟后查询是否接听，没有接听就走下一步。",
			"Calls a phone and reads an approved template aloud; some minutes later it asks whether the call was answered, and goes on if it was not."),
		Fields: append(keyFields(), voiceFields()...), BaseURL: "https://dyvmsapi.aliyuncs.com",
		Targets: sms.Targets(),
		Limits: []sender.Limit{
			{Scope: sender.ScopeTarget, Count: callsAMinute, Per: time.Minute, Ops: []sender.Op{sender.OpSend}},
			{Scope: sender.ScopeTarget, Count: callsAnHour, Per: time.Hour, Ops: []sender.Op{sender.OpSend}, Kind: sender.Budget},
			{Scope: sender.ScopeTarget, Count: callsADay, Per: day, Ops: []sender.Op{sender.OpSend}, Kind: sender.Budget},
		},
		Repeat: sender.Repeat{Kind: sender.Once}, Rings: true,
		// The call's record is there 3 to 5 minutes after its end. https://help.aliyun.com/document_detail/393529.html
		Track:  []time.Duration{3 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute},
		Errors: voiceCodes(), Docs: "https://help.aliyun.com/document_detail/393519.html", Logo: voiceLogo,
		New: newVoice, Preview: sms.PreviewCall,
	}
}

func keyFields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldKeyID, Kind: sender.FieldString, Required: true, Label: text("AccessKey ID", "AccessKey ID"),
			Help: text("RAM 用户的 AccessKey；不要用主账号的。", "A RAM user's AccessKey, not the main account's."),
		},
		{
			Name: fieldKey, Kind: sender.FieldString, Required: true, Secret: true, Label: text("AccessKey Secret", "AccessKey secret"),
			Help: text("创建 AccessKey 时只显示一次。", "Shown once, when the AccessKey is made."),
		},
	}
}

func smsFields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldSign, Kind: sender.FieldString, Required: true, Label: text("短信签名", "Signature"),
			Help: text("审核通过的签名，不带【】。", "An approved signature, without brackets."),
		},
		{
			Name: fieldTemplate, Kind: sender.FieldString, Required: true, Label: text("模板 CODE", "Template code"),
			Help: text("通知类模板，以 SMS_ 开头；验证码模板的频率限制要严得多。", "Of a notification template, SMS_…; those for verification codes are limited far more."),
		},
		{
			Name: fieldResolved, Kind: sender.FieldString, Label: text("恢复时的模板 CODE", "Template code on resolve"),
			Help: text("默认与上面相同。", "The same as above by default."),
		},
		{
			Name: fieldParams, Kind: sender.FieldText, Default: "content: message", Label: text("模板变量", "Template variables"), Help: paramsHelp(),
		},
		{
			Name: fieldLength, Kind: sender.FieldInt, Default: "20", Label: text("变量最长字数", "Longest variable"),
			Help: text("每个变量的字数上限，1 到 35；看模板里该变量的属性，20 一般都能过。", "In characters, 1 to 35; the console shows it for each variable's attribute, 20 fits most."),
		},
		{
			Name: fieldText, Kind: sender.FieldText, Label: text("模板内容", "Template text"),
			Help: text("模板原文，只用于预览和计费条数。只有写在 YAML 文件里时，变量 ${name} 才要写成 $${name}。", "The template's own words, only for previews and what a message costs. In a YAML file, and only there, write its ${name} as $${name}."),
		},
	}
}

func voiceFields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldTemplate, Kind: sender.FieldString, Required: true, Label: text("语音模板 ID", "Voice template"),
			Help: text("审核通过的文本转语音模板，以 TTS_ 开头。", "An approved text-to-speech template, TTS_…"),
		},
		{
			Name: fieldParams, Kind: sender.FieldText, Default: "content: message", Label: text("模板变量", "Template variables"), Help: paramsHelp(),
		},
		{
			Name: fieldLength, Kind: sender.FieldInt, Default: "20", Label: text("变量最长字数", "Longest variable"),
			Help: text("每个变量的字数上限，1 到 35。", "In characters, 1 to 35."),
		},
		{
			Name: fieldText, Kind: sender.FieldText, Label: text("模板内容", "Template text"),
			Help: text("模板原文，只用于预览。只有写在 YAML 文件里时，变量 ${name} 才要写成 $${name}。", "The template's own words, only for previews. In a YAML file, and only there, write its ${name} as $${name}."),
		},
		{
			Name: fieldShow, Kind: sender.FieldString, Label: text("主叫号码", "Caller's number"),
			Help: text("专属模式填买下的号码；不填是公共模式。模板要属于同一模式。", "A number of yours for dedicated mode; public mode if empty. The template must belong to the same mode."),
		},
		{
			Name: fieldPlay, Kind: sender.FieldInt, Default: "2", Label: text("播放次数", "Times read"),
			Help: text("1 到 3。", "1 to 3."),
		},
		{
			Name: fieldVolume, Kind: sender.FieldInt, Default: "100", Label: text("音量", "Volume"), Help: text("0 到 100。", "0 to 100."),
		},
		{
			Name: fieldSpeed, Kind: sender.FieldInt, Default: "0", Label: text("语速", "Speed"), Help: text("-500 到 500。", "-500 to 500."),
		},
	}
}

func paramsHelp() lang.Text {
	return text("每行一个：变量名、冒号、内容。内容可以是 message（标题加条数）、title、summary、severity、status、count、alert、text、when、label.标签名、=固定文字。",
		"One a line: the variable's name, a colon, what it holds: message (title and count), title, summary, severity, status, count, alert, text, when, label.NAME or =fixed words.")
}

// smsSettings are an SMS account's own.
type smsSettings struct {
	KeyID    string       `setting:"access_key_id"`
	Key      secret.Value `setting:"access_key_secret"`
	Sign     string       `setting:"sign_name"`
	Template string       `setting:"template_code"`
	Resolved string       `setting:"resolved_template_code"`
	Params   string       `setting:"template_params"`
	Length   int          `setting:"variable_length"`
	Text     string       `setting:"template_text"`
}

// voiceSettings are a voice account's own.
type voiceSettings struct {
	KeyID    string       `setting:"access_key_id"`
	Key      secret.Value `setting:"access_key_secret"`
	Template string       `setting:"template_code"`
	Params   string       `setting:"template_params"`
	Length   int          `setting:"variable_length"`
	Text     string       `setting:"template_text"`
	Show     string       `setting:"called_show_number"`
	Play     int          `setting:"play_times"`
	Volume   int          `setting:"volume"`
	Speed    int          `setting:"speed"`
}
