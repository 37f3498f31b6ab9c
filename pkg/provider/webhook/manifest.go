// Package webhook sends to any HTTP endpoint: a documented, signed JSON of the message, or whatever a template makes of it.
package webhook

import (
	_ "embed"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

//go:embed logo.svg
var logo string

const (
	typeName = "webhook"

	fieldURL           = "url"
	fieldMethod        = "method"
	fieldSecret        = "secret"
	fieldBearer        = "bearer_token"
	fieldUsername      = "username"
	fieldPassword      = "password"
	fieldHeaders       = "headers"
	fieldSecretHeaders = "secret_headers"
	fieldBody          = "body"
	fieldContentType   = "content_type"
	fieldMaxBytes      = "max_bytes"
	fieldSuccessField  = "success_field"
	fieldSuccessValue  = "success_value"

	// defaultMaxBytes is a quarter of what nginx takes unless it is told otherwise.
	// https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size
	defaultMaxBytes = "262144"
	leastMaxBytes   = 512
	mostMaxBytes    = 1 << 20
)

// Manifests lists the types of this provider.
func Manifests() []sender.Manifest { return []sender.Manifest{manifest()} }

func manifest() sender.Manifest {
	return sender.Manifest{
		Type: typeName, Provider: typeName,
		Title: words("通用 Webhook", "Webhook"),
		Summary: words("发到任意 HTTP 地址：固定格式、可签名的 JSON，或用模板写成对方要的样子（ntfy、Bark、Gotify、PushPlus、Server 酱、Telegram……）。",
			"Sends to any HTTP address: a fixed JSON, signed if you like, or what a template makes for the peer (ntfy, Bark, Gotify, PushPlus, ServerChan, Telegram and others)."),
		Fields:   fields(),
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetPhone, sender.TargetEmail, sender.TargetAll},
		Repeat:   sender.Repeat{Kind: sender.Repeatable},
		Errors:   codes(), Docs: "https://www.standardwebhooks.com/", Logo: logo,
		New: newHook, Preview: preview,
	}
}

func fields() []sender.Field {
	return []sender.Field{
		{
			Name: fieldURL, Kind: sender.FieldURL, Required: true, Secret: true, Label: words("地址", "Address"),
			Help: words("完整的地址，整个当作密钥。内网和本机地址也可以。", "The whole address, which is a secret. Private and local addresses are fine."),
		},
		{
			Name: fieldMethod, Kind: sender.FieldString, Default: "POST", Enum: []string{"POST", "PUT"}, Label: words("方法", "Method"),
			Help: words("HTTP 方法。", "The HTTP method."),
		},
		{
			Name: fieldSecret, Kind: sender.FieldString, Secret: true, Label: words("签名密钥", "Signing secret"),
			Help: words("whsec_ 加 24 到 64 字节的 Base64，用 echo whsec_$(openssl rand -base64 32) 生成；按 Standard Webhooks 对编号、时间和正文做 HMAC-SHA256 签名。",
				"whsec_ and 24 to 64 bytes in base64, made by: echo whsec_$(openssl rand -base64 32). Id, time and body are then signed with HMAC-SHA256 as Standard Webhooks says."),
		},
		{
			Name: fieldBearer, Kind: sender.FieldString, Secret: true, Label: words("Bearer 令牌", "Bearer token"),
			Help: words("写进 Authorization: Bearer。", "For Authorization: Bearer."),
		},
		{
			Name: fieldUsername, Kind: sender.FieldString, Label: words("用户名", "User name"),
			Help: words("Basic 认证的用户名。", "For basic authentication."),
		},
		{
			Name: fieldPassword, Kind: sender.FieldString, Secret: true, Label: words("密码", "Password"),
			Help: words("Basic 认证的密码。", "For basic authentication."),
		},
		{
			Name: fieldHeaders, Kind: sender.FieldText, Label: words("请求头", "Headers"),
			Help: words("每行一个，写作 名称: 值。", "One a line, as Name: value."),
		},
		{
			Name: fieldSecretHeaders, Kind: sender.FieldText, Secret: true, Label: words("带密钥的请求头", "Headers with secrets"),
			Help: words("同上，但值是密钥。", "The same, but their values are secrets."),
		},
		{
			Name: fieldBody, Kind: sender.FieldText, Label: words("正文模板", "Body template"),
			Help: words("Alertmanager 的模板语言，写出整个正文；字符串用 toJson 转义。不写则发固定格式的 JSON。",
				"Alertmanager's template language; it writes the whole body, and toJson escapes strings. Left out, the fixed JSON is sent."),
		},
		{
			Name: fieldContentType, Kind: sender.FieldString, Label: words("内容类型", "Content type"),
			Help: words("正文模板的类型，默认 application/json，那样渲染结果必须是合法的 JSON。", "What the body template writes; application/json by default, and then it must be valid JSON."),
		},
		{
			Name: fieldMaxBytes, Kind: sender.FieldInt, Default: defaultMaxBytes, Label: words("正文上限", "Longest body"),
			Help: words("字节，512 到 1048576；超出时按告警拆成几条，再缩短。", "In bytes, 512 to 1048576; what is longer is split by alert, then shortened."),
		},
		{
			Name: fieldSuccessField, Kind: sender.FieldString, Label: words("成功字段", "Success field"),
			Help: words("对方总回答 200、把结果写在 JSON 里时，那个字段，如 errcode 或 data.ok。", "For a peer that answers 200 whatever happens: the field of its JSON that tells, such as errcode or data.ok."),
		},
		{
			Name: fieldSuccessValue, Kind: sender.FieldString, Label: words("成功值", "Success value"),
			Help: words("该字段在成功时的值，如 \"0\" 或 \"true\"。", "What that field is on success, such as \"0\" or \"true\"."),
		},
	}
}

func words(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

// codes are the statuses that mean the same nearly everywhere.
// https://www.rfc-editor.org/rfc/rfc9110#section-15.5
func codes() []sender.CodeMeaning {
	row := func(code string, class sender.Class, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
		return sender.CodeMeaning{Code: code, Class: class, Reason: reason, Title: title, Hint: hint}
	}
	never := sender.Never
	form := words("核对正文模板写出的内容是否是对方要的：yunluo render 可以看到。", "Check that the body template writes what the peer wants: yunluo render shows it.")
	address := words("核对 url：地址可能已失效，向对方重新要一个。", "Check url: the address may be gone, ask the peer for a new one.")
	return []sender.CodeMeaning{
		row("400", never, sender.ReasonMessage, words("请求不合法", "bad request"), form),
		row("401", never, sender.ReasonAuth, words("没有认证或认证无效", "not authenticated"), words("核对 bearer_token、username 和 password，或签名密钥。", "Check bearer_token, username and password, or the signing secret.")),
		row("403", never, sender.ReasonPermission, words("没有权限", "not allowed"), words("核对令牌的权限、签名密钥、对方的 IP 白名单，以及本机时间。", "Check the token's rights, the signing secret, the peer's list of addresses, and this machine's clock.")),
		row("404", never, sender.ReasonConfig, words("没有这个地址", "no such address"), address),
		row("405", never, sender.ReasonConfig, words("不接受这个方法", "method not allowed"), words("把 method 改成 POST 或 PUT。", "Change method to POST or PUT.")),
		row("410", never, sender.ReasonConfig, words("地址已作废", "the address is gone"), address),
		row("413", never, sender.ReasonMessage, words("正文过长", "body too long"), words("把 max_bytes 调小到对方接受的长度。", "Lower max_bytes to what the peer takes.")),
		row("415", never, sender.ReasonConfig, words("不接受这个内容类型", "content type not taken"), words("核对 content_type。", "Check content_type.")),
		row("422", never, sender.ReasonMessage, words("内容不合要求", "content not acceptable"), form),
		row("429", sender.Again, sender.ReasonRateLimited, words("太频繁", "too many requests"), words("给账号设 limits，云锣会排队、合并。", "Give the account limits: Yunluo then waits and folds.")),
	}
}
