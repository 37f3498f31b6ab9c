package outbound

import (
	"errors"
	"html"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// textRunes is how much of an answer a failure quotes.
	textRunes = 200
	// longestWait bounds what a Retry-After may ask for.
	longestWait = 24 * time.Hour
)

// StatusFailure words an answer whose shape is not the provider's own, such as a gateway's page.
// It is never nil: a 2xx that cannot be read is no success, its outcome is unknown. The text is the
// answer's and not redacted; see Client.RedactFailure.
func StatusFailure(r Response) *sender.Failure {
	f := &sender.Failure{Class: sender.Never, Reason: sender.ReasonMessage, Status: r.Status, Text: Excerpt(r)}
	wait, named := RetryAfter(r.Header)
	switch s := r.Status; {
	case s >= 200 && s < 300:
		f.Class, f.Reason, f.MaybeSent = sender.Again, sender.ReasonOutcomeUnknown, true
		f.Err = errors.New("the answer does not have the provider's form")
		f.Hint = hint("回答不是服务商的格式：检查 base_url 与代理，中间可能有网关。",
			"The answer does not have the provider's form: check base_url and the proxy, a gateway may be in between.")
	case (s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable) && named:
		f.Class, f.After, f.Scope = sender.Later, wait, sender.ScopeAccount
		f.Reason = sender.ReasonRateLimited
		if s == http.StatusServiceUnavailable {
			f.Reason = sender.ReasonUnavailable
		}
	case s == http.StatusTooManyRequests:
		f.Class, f.Reason = sender.Again, sender.ReasonRateLimited
	case s >= 500:
		f.Class, f.Reason, f.MaybeSent = sender.Again, sender.ReasonUnavailable, true
	case s == http.StatusRequestTimeout:
		f.Class, f.Reason = sender.Again, sender.ReasonTimeout
	case s == http.StatusUnauthorized:
		f.Reason = sender.ReasonAuth
		f.Hint = hint("凭证被拒绝：检查账号的密钥。", "The credentials were refused: check the account's secrets.")
	case s == http.StatusForbidden:
		f.Reason = sender.ReasonPermission
		f.Hint = hint("没有权限：检查应用权限、IP 白名单与代理。",
			"Not allowed: check the app's permissions, the IP allow list and the proxy.")
	case s == http.StatusNotFound:
		f.Reason = sender.ReasonConfig
		f.Hint = hint("地址不存在：检查账号的 base_url。", "There is no such address: check the account's base_url.")
	case s == http.StatusProxyAuthRequired:
		f.Reason = sender.ReasonConfig
		f.Hint = hint("代理要求认证：在账号的 proxy 中写上用户名和密码。",
			"The proxy wants a login: put user and password into the account's proxy.")
	case s == http.StatusRequestEntityTooLarge:
		f.Hint = hint("消息太长，被拒绝。", "The message was refused as too long.")
	case s >= 300 && s < 400:
		f.Reason = sender.ReasonConfig
		f.Hint = hint("被重定向到别处，没有跟随：检查 base_url 与代理。",
			"The provider redirects elsewhere, which is not followed: check base_url and the proxy.")
	case s < 300:
		f.Class, f.Reason, f.MaybeSent = sender.Again, sender.ReasonOutcomeUnknown, true
	}
	return f
}

// FailureFromCode words a provider's refusal by the type's own table. A code that is not in it is
// tried again, so that nothing is lost; status is the HTTP status. The text is not redacted; see
// Client.RedactFailure.
func FailureFromCode(table []sender.CodeMeaning, code, text string, status int) *sender.Failure {
	f := &sender.Failure{Code: code, Text: Plain(text), Status: status}
	for _, m := range table {
		if m.Code == code {
			f.Class, f.Reason, f.After, f.Hint = m.Class, m.Reason, m.After, m.Hint
			return f
		}
	}
	f.Class, f.Reason = sender.Again, sender.ReasonUnavailable
	f.Hint = hint("未知的错误码，请查阅服务商文档。", "An unknown code: look it up in the provider's documentation.")
	return f
}

// FailureFromStatus words a refusal of a service whose codes are HTTP statuses, by the type's own table. What the
// answer itself asks for, such as a wait, goes before the table. Like StatusFailure it is never nil.
func FailureFromStatus(table []sender.CodeMeaning, r Response) *sender.Failure {
	f := StatusFailure(r)
	if f.Reason == sender.ReasonOutcomeUnknown {
		return f
	}
	f.Code = strconv.Itoa(r.Status)
	for _, m := range table {
		if m.Code != f.Code {
			continue
		}
		f.Hint = m.Hint
		if f.Class != sender.Later {
			f.Class, f.Reason, f.After = m.Class, m.Reason, m.After
		}
	}
	return f
}

func hint(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

// RetryAfter reads the header of that name, in seconds or as a date: at least a second and at most
// a day. It tells whether there was one that can be read.
func RetryAfter(h http.Header) (time.Duration, bool) {
	raw := strings.TrimSpace(h.Get("Retry-After"))
	if raw == "" {
		return 0, false
	}
	var wait time.Duration
	if seconds, err := strconv.ParseInt(raw, 10, 64); err == nil {
		wait = time.Duration(min(max(seconds, 0), int64(longestWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(raw); err == nil {
		wait = time.Until(at)
	} else {
		return 0, false
	}
	return min(max(wait, time.Second), longestWait), true
}

// Excerpt is the beginning of an answer for people: one line, at most 200 runes, a page's markup
// taken off.
func Excerpt(r Response) string {
	text := strings.ToValidUTF8(string(r.Body), "\uFFFD")
	if strings.Contains(r.Header.Get("Content-Type"), "html") || strings.HasPrefix(strings.TrimSpace(text), "<") {
		text = html.UnescapeString(stripTags(text))
	}
	return Plain(text)
}

// IsPage tells a web page, as gateways and portals answer with 200, from what a service says.
func IsPage(r Response) bool {
	const start = 512
	text := strings.ToLower(strings.TrimSpace(string(r.Body[:min(len(r.Body), start)])))
	return strings.HasPrefix(text, "<!doctype html") || strings.HasPrefix(text, "<html")
}

// Plain makes one line of at most 200 runes of a provider's text.
func Plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > textRunes {
		return string(runes[:textRunes-1]) + "…"
	}
	return string(runes)
}

// stripTags leaves the text of a page, without its scripts and styles.
func stripTags(s string) string {
	var out strings.Builder
	for {
		before, tag, found := strings.Cut(s, "<")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteByte(' ')
		name, rest, _ := strings.Cut(tag, ">")
		s = rest
		for _, raw := range []string{"script", "style"} {
			if len(name) >= len(raw) && strings.EqualFold(name[:len(raw)], raw) {
				s = afterElement(s, raw)
			}
		}
	}
}

// afterElement is what follows the end of the element name in s; empty if it does not end.
func afterElement(s, name string) string {
	for {
		_, rest, found := strings.Cut(s, "</")
		if !found {
			return ""
		}
		if len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			_, rest, _ = strings.Cut(rest, ">")
			return rest
		}
		s = rest
	}
}
