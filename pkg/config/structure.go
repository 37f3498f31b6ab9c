package config

import (
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// The bounds of what an operator may set.
const (
	day             = 24 * time.Hour
	maxTimeout      = 5 * time.Minute
	maxInFlight     = 1024
	maxLimitCount   = 1_000_000
	maxLimitWindow  = 31 * day
	minGiveUp       = 10 * time.Second
	maxGiveUp       = 7 * day
	maxDuplicate    = 7 * day
	maxGroupWindow  = time.Minute
	maxWait         = 2 * time.Minute
	minRetention    = time.Hour
	maxRetention    = 3650 * day
	minLimitWindow  = 100 * time.Millisecond
	minRequestLimit = 100 * time.Millisecond
)

// structure is the whole document.
func structure(types []sender.Manifest) *shape {
	return &shape{
		kind: objectShape,
		keys: []key{
			optional("accounts", mapOf(name(), accounts(types)).says(
				"账号：凭证、地址、代理和限额，按名称。", "Accounts by name: credentials, address, proxy and limits.")),
			optional("people", list(person(types)).says("可以被通知的人。", "People to reach.")),
			optional("contact_points", list(contactPoint(types)).says(
				"联络点：Alertmanager 的 receiver、Grafana 的 contact point。", "Contact points: named ways to reach people.")),
			optional("sources", list(source()).says("谁可以发来告警，以及用什么凭证。", "Who sends alerts, and by which credentials.")),
			optional("templates", list(templateShape()).says(
				"模板定义：文件路径（可用通配符）或内联内容。", "Template definitions: paths of files (globs too), or inline ones.")),
			optional("labels", labels().says("哪些标签表示什么。", "Which labels mean what.")),
			optional("defaults", defaults().says("别处没有写时使用的值。", "What is used where nothing is said.")),
			optional("store", object(
				required("path", filePathOf("队列与历史所在的目录，默认 /var/lib/yunluo。", "Directory of the queue and the history, /var/lib/yunluo by default.")),
			).says("队列与历史存放在哪里。", "Where the queue and the history are kept.")),
			optional("listen", listen().says("接收告警的 HTTP 监听。", "The receiver's HTTP edge.")),
			optional("public_url", matching(webPattern, readURL(true, "http", "https")).says(
				"别人打开本服务的地址，用于消息中的链接。", "Where people reach this receiver, for links in messages.")),
			optional("retention", object(
				optional("max_age", duration(minRetention, maxRetention).says("历史保留多久，默认 30d。", "How long history is kept, 30d by default.")),
				optional("max_size", matching(sizePattern, readSize).says("历史最多占多少空间，默认 1GiB。", "How much room history may take, 1GiB by default.")),
			).says("历史保留多少；未结束的告警组不会被删除。", "How much history is kept; open groups are never removed.")),
		},
		later: []later{{"schedules", lang.Text{
			ZH: "这个版本还不支持值班表（schedules），请先在 to 里直接写 person:",
			EN: "on-call schedules come in a later version, name a person: in to until then",
		}}},
	}
}

func name() *shape { return matching(namePattern, readName) }

func title() *shape { return text().says("给人看的名字。", "The name that people read.") }

func duration(least, most time.Duration) *shape {
	return matching(durationPattern, readDuration(least, most))
}

func severity() *shape { return wordAs(readSeverity, severityNames()...) }

func filePathOf(zh, en string) *shape { return filePath().says(zh, en) }

func language() *shape {
	words := []string{}
	for _, l := range lang.Languages() {
		words = append(words, string(l))
	}
	return wordAs(readLanguage, words...).says("消息的语言，默认 zh。", "Language of messages, zh by default.")
}

func timeZone() *shape {
	return matching(`\S`, readZone).says("消息的时区，默认 Asia/Shanghai。", "Time zone of messages, Asia/Shanghai by default.")
}

func repeat() *shape {
	return word(string(RepeatRemind), string(RepeatUpdate), string(RepeatIgnore)).says(
		"同一状态再次到来时：提醒、只更新卡片、或忽略；默认 remind。", "What a repeat of the same state does: remind, update the card only, or nothing; remind by default.")
}

func duplicateWindow() *shape {
	return duration(0, maxDuplicate).says("这段时间内相同的状态只算一次，默认 60s。", "The same state within this time is folded, 60s by default.")
}

func groupWindow() *shape {
	return duration(0, maxGroupWindow).says(
		"来源自己不合并时（Zabbix）：发出一条后，这段时间内同一目标的其他问题合成一条；严重级别从不等待；默认 3s，0s 关闭。",
		"For a source that groups nothing itself (Zabbix): after a message, what else comes for the same target within this time goes as one; critical never waits; 3s by default, 0s turns it off.")
}

func fold() *shape {
	return boolean().says("排队的消息可否合成一条合并通知，默认 true。", "Whether what waits in one lane may be folded into a digest, true by default.")
}

func person(types []sender.Manifest) *shape {
	providers := []string{}
	for _, t := range types {
		if !slices.Contains(providers, t.Provider) {
			providers = append(providers, t.Provider)
		}
	}
	slices.Sort(providers)
	return object(
		required("name", name().says("person: 后面写的名称。", "The name behind person:.")),
		optional("title", title()),
		optional("email", matching(`^\S+@\S+$`, readEmail).says("邮箱，用于查找此人。", "E-mail, to find the person by.")),
		optional("mobile", matching(`^[+0-9][0-9 -]*$`, readMobile).says(
			"手机号（E.164）；11 位中国大陆号码自动加 +86。", "Mobile number in E.164; 11-digit Chinese numbers get +86.")),
		optional("ids", mapOf(word(providers...), filled()).says("各服务中的用户 id。", "The person's ids by provider.")),
	).also(map[string]any{"anyOf": []any{requires("email"), requires("mobile"), requires("ids")}})
}

func source() *shape {
	return object(
		required("name", name().says("来源的名称，也可以用 ?source= 指定。", "The source's name, also for ?source=.")),
		optional("token", secretText(readToken).says("Bearer 令牌。", "Bearer token.")),
		optional("username", matching(`^[^:]+$`, readUsername).says("Basic 认证的用户名。", "User name of basic authentication.")),
		optional("password", secretText(readToken).says("Basic 认证的密码。", "Password of basic authentication.")),
		optional("hmac_secret", secretText(readToken).says("Grafana 签名请求所用的密钥。", "Secret that Grafana signs its requests with.")),
		optional("wait", duration(0, maxWait).says("提交后最多等多久第一个结果。", "How long a submit waits for the first outcome.")),
	).expands("name").also(map[string]any{"dependentSchemas": map[string]any{
		"username":              map[string]any{"anyOf": []any{requires("password"), requires("password" + fileSuffix)}},
		"password":              requires("username"),
		"password" + fileSuffix: requires("username"),
	}})
}

func templateShape() *shape {
	return either(
		filePathOf("模板文件，相对于本文件；可用通配符。", "A template file, relative to this one; globs are fine."),
		object(
			required("name", name()),
			required("content", template(filled()).says("模板定义（{{ define … }}）。", "Template definitions ({{ define … }}).")),
		),
	)
}

func labels() *shape {
	return object(
		optional("severity", list(filled()).says("表示级别的标签，取第一个有的。", "Labels that hold the severity, the first one found wins.")),
		optional("severity_values", mapOf(filled(), severity()).says(
			"标签值到级别的对照，补充内置的对照。", "What a label's value means, besides what is known already.")),
	)
}

func defaults() *shape {
	return object(
		optional("severity", severity().says("不认识的级别算什么，默认 warning。", "What an unknown severity counts as, warning by default.")),
		optional("language", language()),
		optional("time_zone", timeZone()),
		optional("repeat", repeat()),
		optional("duplicate_window", duplicateWindow()),
		optional("group_window", groupWindow()),
		optional("fold", fold()),
	)
}

// verifyPattern is how WeCom names the file that verifies a domain; nothing else is ever served.
const verifyPattern = `^WW_verify_[A-Za-z0-9]{1,64}\.txt$`

func listen() *shape {
	return object(
		optional("address", matching(`:[0-9]+$`, readAddress).says("主机:端口，默认 127.0.0.1:9095。", "host:port, 127.0.0.1:9095 by default.")),
		optional("allow_open", boolean().says(
			"允许非本机监听而不要求凭证。", "Lets a listener that is not on the loopback accept alerts without credentials.")),
		optional("verify_files", list(matching(verifyPattern, readVerifyFile)).says(
			"企业微信可信域名的校验文件名：接收端在根路径提供它们，内容即文件名中的那段字符。",
			"Names of WeCom's files that verify a trusted domain: the receiver serves them at its root, and each holds the word in its name.")),
		optional("tls_cert", filePathOf("TLS 证书文件（PEM）。", "TLS certificate file (PEM).")),
		optional("tls_key", filePathOf("TLS 私钥文件（PEM）。", "TLS key file (PEM).")),
	).also(map[string]any{"dependentRequired": map[string]any{"tls_cert": []string{"tls_key"}, "tls_key": []string{"tls_cert"}}})
}

// modes lists the ways of urging, from quiet to loud.
func modes() []string {
	return []string{string(sender.UrgeApp), string(sender.UrgeSMS), string(sender.UrgePhone)}
}

// severityFor is a map from a severity to something.
func severityFor(elem *shape) *shape {
	s := mapOf(severity(), elem)
	s.least = 1
	return s
}
