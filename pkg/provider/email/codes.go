package email

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// stage is how far a conversation got. Its word follows the reply's code where the code alone does not say what was
// refused.
type stage string

const (
	atGreeting stage = "EHLO"
	atLogin    stage = "AUTH"
	atSender   stage = "MAIL"
	atReceiver stage = "RCPT"
	atContent  stage = "DATA"
)

const (
	codeLimit = "limit"
	codeSpam  = "spam"
	codeRelay = "relay"

	// slower is how long to leave a service alone that says that it was asked too often: Netease counts in quarters of
	// an hour, Tencent in minutes it does not tell.
	slower = 15 * time.Minute
	// moment is for a service that counts connections.
	moment = time.Minute
)

// rule gives replies a meaning.
type rule struct {
	sender.CodeMeaning

	// from and to bound the reply's code.
	from, to int
	// at is where it was said, empty for anywhere; says are words of which the text has one, in lower case.
	at   stage
	says []string
}

func (r rule) takes(at stage, code int, text string) bool {
	return code >= r.from && code <= r.to && (r.at == "" || r.at == at) &&
		(len(r.says) == 0 || slices.ContainsFunc(r.says, func(s string) bool { return strings.Contains(text, s) }))
}

// judge words a refusal.
func judge(at stage, code int, text string) *sender.Failure {
	number := strconv.Itoa(code)
	f := &sender.Failure{Text: outbound.Plain(readable(text))}
	lower := strings.ToLower(f.Text)
	for _, r := range rules() {
		if r.takes(at, code, lower) {
			f.Code, f.Class, f.Reason, f.After, f.Hint = r.Code, r.Class, r.Reason, r.After, r.Hint
			if f.Class == sender.Later {
				f.Scope = sender.ScopeAccount
			}
			if !strings.HasPrefix(f.Code, number) {
				f.Text = number + " " + f.Text
			}
			return f
		}
	}
	f.Code = number
	f.Hint = words("未知的回复，请查阅邮件服务的文档。", "An unknown reply: look it up in the mail service's documentation.")
	if code < 500 {
		f.Class, f.Reason = sender.Again, sender.ReasonUnavailable
		return f
	}
	f.Class, f.Reason = sender.Never, map[stage]sender.Reason{
		atGreeting: sender.ReasonConfig, atLogin: sender.ReasonAuth, atSender: sender.ReasonConfig,
		atReceiver: sender.ReasonRecipient, atContent: sender.ReasonMessage,
	}[at]
	return f
}

// codes is the table for people.
func codes() []sender.CodeMeaning {
	var out []sender.CodeMeaning
	for _, r := range rules() {
		out = append(out, r.CodeMeaning)
	}
	slices.SortStableFunc(out, func(a, b sender.CodeMeaning) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// rules are in the order of asking: what the text says comes before the bare code.
// https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3, https://www.rfc-editor.org/rfc/rfc4954#section-6,
// https://support.google.com/a/answer/3726730, http://mail.163.com/help/help_spam_16.htm,
// http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=28&&no=1001256
func rules() []rule {
	never, again := sender.Never, sender.Again
	return slices.Concat([]rule{
		says(wait(named(codeLimit, 400, 599, "", sender.Later, sender.ReasonRateLimited, words("发得太多或太频繁", "sent too much or too often"), hints().slower), slower),
			"frequency limited", "frequently", "quota exceeded", "sending limit", "5.4.5", "4.7.28", "mi:sfq", "mi:dmc", "hl:ifc", "hl:icc", "rate limit", "behaviour spam", "too many login", "too much fail"),
		says(named(codeSpam, 500, 599, "", never, sender.ReasonMessage, words("被当作垃圾邮件", "taken for spam"), hints().spam), "spm", "spam", "mi:spb"),
		says(named(codeRelay, 500, 599, "", never, sender.ReasonPermission, words("服务器不给转发", "the server relays nothing for us"), hints().relay), "relay"),
		says(named("530 STARTTLS", 530, 530, "", never, sender.ReasonConfig, words("要求先加密", "encryption is required first"), hints().encrypt), "starttls"),
		one(421, again, sender.ReasonUnavailable, words("服务暂停或连接过多", "the service is closing, or has too many connections"), hints().later),
		wait(one(432, sender.Later, sender.ReasonRateLimited, words("同时的连接过多", "too many connections at once"),
			words("把账号的 in_flight 调小（Microsoft 365 至多 3 个连接）。", "Lower the account's in_flight (Microsoft 365 takes 3 connections).")), moment),
		one(440, never, sender.ReasonConfig, words("发件人与登录账号不一致", "the sender is not the account"), hints().sender),
		wait(named("454 AUTH", 400, 499, atLogin, sender.Later, sender.ReasonUnavailable, words("暂时不能登录", "no login for now"),
			words("等一会儿会自动再试；若持续，到邮箱网页检查账号是否被临时限制登录。", "It is tried again after a while by itself; if it stays, look on the mailbox's web page whether logins are held.")), moment),
		one(450, again, sender.ReasonUnavailable, words("邮箱暂时不可用，或灰名单", "mailbox unavailable for now, or greylisting"), hints().later),
		one(451, again, sender.ReasonUnavailable, words("服务器内部问题，或灰名单", "trouble in the server, or greylisting"), hints().later),
		one(452, again, sender.ReasonUnavailable, words("服务器空间不足，或收件人过多", "the server lacks room, or too many recipients"), hints().later),
		one(454, again, sender.ReasonUnavailable, words("暂时不能加密", "no encryption for now"), hints().later),
	}, logins(), senders(), receivers(), []rule{
		one(552, never, sender.ReasonMessage, words("邮件过大", "the mail is too large"), words("缩短模板，或让邮件管理员放宽大小限制。", "Shorten the template, or have the mail server's limit raised.")),
		at(550, atContent, sender.ReasonMessage, words("内容被拒绝", "the content was refused"), hints().content),
		at(554, atContent, sender.ReasonMessage, words("内容被拒绝", "the content was refused"), hints().content),
		at(554, atGreeting, sender.ReasonPermission, words("服务器拒绝本机连接", "the server refuses this machine"),
			words("本机 IP 可能在黑名单里，或这个地址不收邮件：核对 base_url；用邮件服务的发信地址（465 或 587 端口），不要直连收件服务器的 25 端口。",
				"This machine's IP address may be on a block list, or this is no mail submission service: check base_url, and use the service's port 465 or 587 rather than port 25 of a receiving server.")),
		one(541, never, sender.ReasonPermission, words("账号不允许发信", "the account may not send"), words("请邮箱管理员打开该账号的发信权限。", "Have the mail administrator let the account send.")),
	}, protocol())
}

func logins() []rule {
	never, auth := sender.Never, sender.ReasonAuth
	mechanism := words("换一种 auth，或改用 smtps:// 加密连接。", "Choose another auth, or an encrypted connection by smtps://.")
	return []rule{
		one(530, never, auth, words("要求登录", "a login is required"), words("填写 username 与 password。", "Set username and password.")),
		one(535, never, auth, words("登录失败", "the login failed"), hints().login),
		one(526, never, auth, words("登录失败（阿里邮箱）", "the login failed (Alibaba Mail)"), hints().login),
		one(534, never, auth, words("不接受这种登录", "this login is not accepted"), hints().login),
		one(538, never, sender.ReasonConfig, words("这种登录要求加密", "this login wants encryption"), mechanism),
		at(504, atLogin, sender.ReasonConfig, words("不支持这种登录方式", "the mechanism is not supported"), mechanism),
	}
}

func senders() []rule {
	var out []rule
	for _, code := range []int{501, 550, 553, 554} {
		out = append(out, at(code, atSender, sender.ReasonConfig, words("不接受这个发件人", "the sender is not accepted"), hints().sender))
	}
	return out
}

func receivers() []rule {
	never, nobody := sender.Never, sender.ReasonRecipient
	address := words("核对收件地址；离职或停用的邮箱从联系人里去掉。", "Check the recipient's address; take mailboxes that were closed out of the configuration.")
	var out []rule
	for _, code := range []int{501, 550, 551, 553, 554} {
		out = append(out, at(code, atReceiver, nobody, words("收件人不存在或不收信", "the recipient does not exist or takes no mail"), address))
	}
	return append(out,
		at(552, atReceiver, nobody, words("收件箱已满", "the mailbox is full"), words("请收件人清理邮箱。", "Have the recipient make room.")),
		one(542, never, nobody, words("收件人不允许收信", "the recipient may not receive"), address))
}

// protocol are the replies of a server that does not understand what every mail server does.
func protocol() []rule {
	var out []rule
	for _, code := range []int{500, 501, 502, 503, 504, 555} {
		out = append(out, one(code, sender.Never, sender.ReasonConfig, words("服务器不理解命令", "the server did not understand"),
			words("检查 base_url 的主机与端口是不是 SMTP 发信服务，中间有没有改写 SMTP 的网关或防火墙。",
				"Check that base_url is a mail submission service, and that no gateway or firewall in between rewrites SMTP.")))
	}
	return out
}

type hintTexts struct{ slower, spam, relay, encrypt, later, login, sender, content lang.Text }

func hints() hintTexts {
	return hintTexts{
		slower: words("服务商限制了发信频率或当日数量：给云锣单独一个邮箱，按服务商的限额设置账号的 limits，量大时换用企业邮箱或邮件推送服务。",
			"The service limits how much is sent: give Yunluo a mailbox of its own, set the account's limits to the service's, and use a company mailbox or a mail delivery service for more."),
		spam: words("163 的 DT:SPM、QQ 与阿里的 spam 都表示内容或发信方式像垃圾邮件：用企业邮箱而不是个人邮箱，标题写清是什么告警，让收件方把发件人加入白名单。",
			"DT:SPM of 163 and spam of QQ and Alibaba say that content or manner look like spam: use a company mailbox rather than a private one, let the title say what the alert is, and have the sender put on the recipients' allow list."),
		relay: words("没有登录，或收件人的域不归这台服务器：填写 username 与 password；内网中继要把本机 IP 加入允许转发的名单。",
			"Without a login the server takes mail for its own domains only: set username and password; for a relay of your own add this machine's address to those it relays for (mynetworks in Postfix)."),
		encrypt: words("去掉 tls: none，或改用 smtps://主机:465。", "Remove tls: none, or use smtps://host:465."),
		later:   words("会自动重试；若持续超过一小时，问邮箱管理员是否被灰名单或限流。", "It is tried again by itself; if it lasts for an hour, ask the mail administrator about greylisting or limits."),
		login: words("QQ、163、126、企业微信邮箱要用授权码（客户端专用密码），不是网页登录密码：在邮箱设置里开启 SMTP 并生成授权码，改过密码后要重新生成；Gmail 用应用专用密码；Microsoft 365 要为该邮箱打开 SMTP AUTH。登录太频繁时 QQ 也会这样回答。",
			"QQ, 163, 126 and WeCom mail want an authorization code (授权码), not the password of the web page: enable SMTP in the mailbox's settings and make one there, again after each change of the password. Gmail wants an app password; Microsoft 365 wants SMTP AUTH enabled for the mailbox. QQ also answers this to too many logins."),
		sender: words("让 from 的地址与 username 相同，或在邮箱里把它设为别名并允许代发。", "Let the address in from be username, or make it an alias that the account may send as."),
		content: words("看服务商的原文；常见原因是内容像垃圾邮件、域名没有 SPF/DKIM，或发件人不被允许。",
			"Read the service's words; usual reasons are content that looks like spam, a domain without SPF or DKIM, or a sender that is not allowed."),
	}
}

func named(label string, from, to int, where stage, class sender.Class, reason sender.Reason, title, hint lang.Text) rule {
	return rule{CodeMeaning: sender.CodeMeaning{Code: label, Class: class, Reason: reason, Title: title, Hint: hint}, from: from, to: to, at: where}
}

// one is a code that means the same wherever it is said.
func one(code int, class sender.Class, reason sender.Reason, title, hint lang.Text) rule {
	return named(strconv.Itoa(code), code, code, "", class, reason, title, hint)
}

// at is a code that ends it and means this only at one place.
func at(code int, where stage, reason sender.Reason, title, hint lang.Text) rule {
	return named(fmt.Sprintf("%d %s", code, where), code, code, where, sender.Never, reason, title, hint)
}

func says(r rule, text ...string) rule {
	r.says = text
	return r
}

func wait(r rule, d time.Duration) rule {
	r.After = d
	return r
}
