// Package email sends alerts as mails, by SMTP.
package email

import (
	_ "embed"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo.svg
var logo string

const (
	providerName = "email"

	fieldFrom     = "from"
	fieldUsername = "username"
	fieldPassword = "password"
	fieldTLS      = "tls"
	fieldAuth     = "auth"
	fieldCA       = "ca"
	fieldHELO     = "helo"

	authAuto = "auto"

	optionForm = "form"
	formHTML   = "html"
	formText   = "text"

	schemeSubmission = "smtp"
	schemeTLS        = "smtps"

	tlsRequired = "required"
	tlsNone     = "none"

	// perMinute is the smallest rate that a large service states: Exchange Online's 30 mails a minute.
	// https://learn.microsoft.com/en-us/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits
	perMinute = 30
	// maxRecipients of one mail; RFC 5321 section 4.5.3.1.8 and Alibaba Cloud allow 100, Gmail 100 by SMTP.
	// https://help.aliyun.com/zh/direct-mail/product-overview/limits
	maxRecipients = 50
)

func words(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

// Manifests describes the type.
func Manifests() []sender.Manifest { return []sender.Manifest{manifest()} }

func manifest() sender.Manifest {
	return sender.Manifest{
		Type: "email", Provider: providerName,
		Title: words("邮件（SMTP）", "E-mail (SMTP)"),
		Summary: words("经任何 SMTP 服务发邮件：QQ、163、企业微信邮箱、阿里云、Gmail、Microsoft 365 或自建服务器；同一告警的后续在同一会话里。",
			"Sends mails through any SMTP service: QQ, 163, WeCom mail, Alibaba Cloud, Gmail, Microsoft 365 or a server of your own; what follows an alert stays in its conversation."),
		Schemes: []string{schemeTLS, schemeSubmission},
		Fields:  fields(),
		Options: []sender.Field{{
			Name: optionForm, Kind: sender.FieldString, Default: formHTML, Enum: []string{formHTML, formText}, Label: words("邮件形式", "Form of the mail"),
			Help: words("html 带排版，也含纯文本；text 只有纯文本，适合转成工单的邮箱。", "html has a layout, and plain text besides; text is plain text only, for mailboxes that make tickets of mails."),
		}},
		Targets: []sender.TargetKind{sender.TargetEmail, sender.TargetPerson},
		Limits:  []sender.Limit{{Scope: sender.ScopeAccount, Count: perMinute, Per: time.Minute}},
		Batch:   maxRecipients,
		Repeat:  sender.Repeat{Kind: sender.Repeatable},
		Errors:  codes(), Docs: "https://www.rfc-editor.org/rfc/rfc5321", Logo: logo,
		New: newMailer, Preview: preview,
	}
}

func fields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldFrom, Kind: sender.FieldString, Required: true, Label: words("发件人", "Sender"),
			Help: words("发件地址，可带名字：云锣 <alerts@example.com>；不写名字时叫「云锣 Yunluo」。多数服务要求与 username 相同。",
				"The sender's address, with a name if you like: Yunluo <alerts@example.com>. Without one it is called 云锣 Yunluo. Most services want it to be username."),
		},
		{
			Name: fieldUsername, Kind: sender.FieldString, Label: words("登录名", "User name"),
			Help: words("通常是完整的邮箱地址；内网中继不用登录时留空。", "Usually the whole address; empty for a relay that wants no login."),
		},
		{
			Name: fieldPassword, Kind: sender.FieldString, Secret: true, Label: words("密码或授权码", "Password"),
			Help: words("QQ、163、企业微信邮箱填授权码（客户端专用密码），Gmail 填应用专用密码，都不是网页登录密码；auth: xoauth2 时填访问令牌。",
				"An authorization code (授权码) for QQ, 163 and WeCom mail, an app password for Gmail, never the password of the web page; the access token with auth: xoauth2."),
		},
		{
			Name: fieldTLS, Kind: sender.FieldString, Default: tlsRequired, Enum: []string{tlsRequired, tlsNone}, Label: words("加密", "Encryption"),
			Help: words("required：smtps:// 一开始就加密，smtp:// 必须能 STARTTLS，否则不发；none 只用于内网的 smtp:// 中继，密码和邮件都是明文。",
				"required: smtps:// is encrypted from the start, smtp:// must offer STARTTLS or nothing is sent. none is for a relay by smtp:// in your own network only: password and mail go in clear."),
		},
		{
			Name: fieldAuth, Kind: sender.FieldString, Default: authAuto, Enum: authWords(), Label: words("登录方式", "Login mechanism"),
			Help: words("auto 选服务器支持的最稳妥的一种。", "auto takes the safest that the server offers."),
		},
		{
			Name: fieldCA, Kind: sender.FieldText, Label: words("自有 CA 证书", "Certificate of your own CA"),
			Help: words("PEM 格式，在系统根证书之外也信任；自建服务器用内部 CA 时填写。没有跳过校验的开关。", "In PEM, trusted besides the system's: for a server with a certificate of an internal CA. There is no switch to skip the check."),
		},
		{
			Name: fieldHELO, Kind: sender.FieldString, Label: words("EHLO 名称", "Name in EHLO"),
			Help: words("默认是本机主机名；服务器要求完整域名时填写。", "This machine's host name by default; for servers that want a full domain name."),
		},
	}
}

func authWords() []string {
	return slices.Concat([]string{authAuto}, mechanisms(true), []string{authXOAuth2})
}
