package dingtalk

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// personID is the key of a DingTalk user id in sender.Person.IDs.
const personID = "dingtalk"

type robot struct {
	settings settings
	client   *outbound.Client
}

var (
	_ sender.Sender = (*robot)(nil)
	_ sender.Prober = (*robot)(nil)
)

func newRobot(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	own := settings{AccessToken: s.Secrets["access_token"], Secret: s.Secrets["secret"], Keyword: s.Values["keyword"]}
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	if err := sender.Misconfigured(own.validate(), err); err != nil {
		return nil, err
	}
	return &robot{settings: own, client: client}, nil
}

func (s settings) validate() error {
	var faults []error
	token := s.AccessToken.Reveal()
	switch {
	case token == "":
		faults = append(faults, lang.Wrong("access_token 是空的：请填 Webhook 地址里 access_token= 后面的部分", "access_token is empty: give the part of the webhook address after access_token="))
	case strings.ContainsAny(token, "/?&= \t\r\n"):
		faults = append(faults, lang.Wrong("access_token 不只是令牌：只填 Webhook 地址里 access_token= 后面的部分", "access_token holds more than the token: give only the part of the webhook address after access_token="))
	}
	if strings.ContainsAny(s.Secret.Reveal(), "\t\r\n") {
		faults = append(faults, lang.Wrong("secret 里有换行或制表符：请从机器人的安全设置里重新复制", "secret holds a line break or tab: copy it again from the robot's security settings"))
	}
	if strings.ContainsAny(s.Keyword, "\r\n") {
		faults = append(faults, lang.Wrong("keyword 不止一行：只填机器人的一个关键词", "keyword has more than one line: give one of the robot's keywords"))
	}
	return errors.Join(faults...)
}

// Send posts one part. DingTalk gives no id of a message, so the receipt is empty.
func (r *robot) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	body, err := withKey(n.Content, n.Key)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	answer, err := r.post(ctx, body)
	if err != nil {
		return sender.Receipt{}, err
	}
	if f := judge(answer); f != nil {
		return sender.Receipt{}, r.client.RedactFailure(f)
	}
	return sender.Receipt{}, nil
}

func (r *robot) post(ctx context.Context, body []byte) (outbound.Response, error) {
	query := url.Values{"access_token": {r.settings.AccessToken.Reveal()}}
	if r.settings.Secret.IsSet() {
		stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
		query.Set("timestamp", stamp)
		query.Set("sign", sign(r.settings.Secret, stamp))
	}
	return r.client.Do(ctx, outbound.Request{Method: http.MethodPost, Path: "/robot/send", Query: query, Body: body})
}

// sign is the signature at stamp, in milliseconds since 1970, not yet escaped for a URL.
// https://open.dingtalk.com/document/orgapp/customize-robot-security-settings
func sign(key secret.Value, stamp string) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(stamp + "\n" + key.Reveal()))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// withKey puts the delivery's id into content and leaves every other byte as it is.
func withKey(content json.RawMessage, key string) ([]byte, error) {
	trimmed := bytes.TrimSpace(content)
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(trimmed, &fields); err != nil || len(fields) == 0 {
		return nil, errors.New("the content is not a message that this type rendered")
	}
	if _, has := fields["msgUuid"]; has {
		return nil, errors.New("the content has a msgUuid already")
	}
	id, err := json.Marshal(key)
	if err != nil {
		return nil, err
	}
	out := append([]byte{}, trimmed[:len(trimmed)-1]...)
	out = append(out, `,"msgUuid":`...)
	out = append(out, id...)
	return append(out, '}'), nil
}

// judge reads an answer; nil means that DingTalk took the message, and said so.
func judge(r outbound.Response) *sender.Failure {
	code, said, ok := parseAnswer(r)
	switch {
	case !ok:
		return outbound.StatusFailure(r)
	case code == "0" && r.Status >= 200 && r.Status < 300:
		return nil
	case code == "0":
		return outbound.StatusFailure(r)
	}
	table := codes()
	if code == securityCode {
		table = []sender.CodeMeaning{securityMeaning(said)}
	}
	f := outbound.FailureFromCode(table, code, said, r.Status)
	if f.Class == sender.Later {
		f.Scope = sender.ScopeAccount
	}
	return f
}

// parseAnswer finds code and text in an answer: errcode is a number, or a number in a string. It tells
// whether the answer has a form that DingTalk or the gateway before it uses.
func parseAnswer(r outbound.Response) (code, said string, ok bool) {
	var body struct {
		Code    json.RawMessage `json:"errcode"`
		Message string          `json:"errmsg"`
		Status  json.RawMessage `json:"status"`
		Punish  json.RawMessage `json:"punish"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return gatewayPage(r)
	}
	if code, ok = number(body.Code); ok {
		return code, body.Message, true
	}
	if status, is := number(body.Status); is && status == blockedCode {
		return blockedCode, outbound.Excerpt(r), true
	}
	if len(body.Punish) > 0 {
		return punishCode, outbound.Excerpt(r), true
	}
	return "", "", false
}

// gatewayPage recognises the page that is answered to an address that called too often.
// https://open.dingtalk.com/document/orgapp/api-throttling
func gatewayPage(r outbound.Response) (code, said string, ok bool) {
	page := string(r.Body)
	if !strings.HasPrefix(strings.TrimSpace(page), "<") {
		return "", "", false
	}
	for _, sign := range []string{"punish", "_____tmd_____", `"status":1111`} {
		if strings.Contains(page, sign) {
			return punishCode, outbound.Excerpt(r), true
		}
	}
	return "", "", false
}

func number(raw json.RawMessage) (string, bool) {
	s := strings.TrimSpace(string(raw))
	if unquoted := strings.Trim(s, `"`); len(s) >= 2 && s == `"`+unquoted+`"` {
		s = strings.TrimSpace(unquoted)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return "", false
	}
	return strconv.FormatInt(n, 10), true
}
