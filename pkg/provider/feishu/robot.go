package feishu

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const pathHook = "/open-apis/bot/v2/hook/"

// robot posts through one webhook.
type robot struct {
	settings robotSettings
	client   *outbound.Client
}

var (
	_ sender.Sender = (*robot)(nil)
	_ sender.Prober = (*robot)(nil)
)

func newRobot(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	own := robotSettings{Token: s.Secrets[fieldToken], Secret: s.Secrets[fieldSign], Keyword: s.Values[fieldKeyword]}
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	if err := sender.Misconfigured(own.check(), err); err != nil {
		return nil, err
	}
	return &robot{settings: own, client: client}, nil
}

func (s robotSettings) check() error {
	var faults []error
	token := s.Token.Reveal()
	if token == "" || strings.ContainsAny(token, "/?&= \t\r\n") {
		faults = append(faults, lang.Wrong("token 是空的，或不只是令牌：只填 Webhook 地址里 /hook/ 后面的部分", "token is empty or holds more than the token: give only the part of the webhook address after /hook/"))
	}
	if strings.ContainsAny(s.Secret.Reveal(), " \t\r\n") {
		faults = append(faults, lang.Wrong("secret 里有空白：请从机器人的安全设置里重新复制", "secret holds a blank: copy it again from the robot's security settings"))
	}
	if strings.ContainsAny(s.Keyword, "\r\n") {
		faults = append(faults, lang.Wrong("keyword 不止一行：只填机器人的一个关键词", "keyword has more than one line: give one of the robot's keywords"))
	}
	return errors.Join(faults...)
}

// robotMessage is what a robot is sent. A card is an object of its own, not a string as for an app.
type robotMessage struct {
	Time    string          `json:"timestamp,omitempty"`
	Sign    string          `json:"sign,omitempty"`
	MsgType string          `json:"msg_type,omitempty"`
	Content json.RawMessage `json:"content,omitempty"`
	Card    json.RawMessage `json:"card,omitempty"`
}

// signRoom is what the signature adds to a body, in bytes.
const signRoom = len(`"timestamp":"","sign":"",`) + 12 + 44

func decodeRobot(raw json.RawMessage) (robotMessage, error) {
	var m robotMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, errors.New("the content is not a message of a Feishu robot")
	}
	switch {
	case m.MsgType == msgCard && len(m.Card) > 0, (m.MsgType == msgPost || m.MsgType == msgText) && len(m.Content) > 0:
		return m, nil
	}
	return m, errors.New("the content is not a message of a Feishu robot: use interactive with card, or post or text with content")
}

// sign is the signature at a time in seconds: of nothing, with both as the key.
// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
func sign(secret string, seconds int64) string {
	mac := hmac.New(sha256.New, []byte(strconv.FormatInt(seconds, 10)+"\n"+secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (r *robot) post(ctx context.Context, m robotMessage) error {
	if r.settings.Secret.IsSet() {
		now := time.Now().Unix()
		m.Time, m.Sign = strconv.FormatInt(now, 10), sign(r.settings.Secret.Reveal(), now)
	}
	raw, err := outbound.JSON(m)
	if err != nil {
		return sender.Permanent(sender.ReasonMessage, err)
	}
	answer, err := r.client.Do(ctx, outbound.Request{Method: http.MethodPost, Path: pathHook + r.settings.Token.Reveal(), Body: raw})
	if err != nil {
		return err
	}
	if f := r.judge(answer); f != nil {
		return r.client.RedactFailure(f)
	}
	return nil
}

// judge reads an answer: code, or StatusCode where only the old one is given.
func (r *robot) judge(a outbound.Response) *sender.Failure {
	var got struct {
		Code   *int64 `json:"code"`
		Msg    string `json:"msg"`
		Old    *int64 `json:"StatusCode"`
		OldMsg string `json:"StatusMessage"`
	}
	if json.Unmarshal(a.Body, &got) != nil || (got.Code == nil && got.Old == nil) {
		return outbound.StatusFailure(a)
	}
	if got.Code == nil {
		got.Code, got.Msg = got.Old, got.OldMsg
	}
	if *got.Code == 0 {
		if a.Status < 200 || a.Status > 299 {
			return outbound.StatusFailure(a)
		}
		return nil
	}
	code, table := strconv.FormatInt(*got.Code, 10), robotMeanings()
	if code == robotBadBody && strings.Contains(strings.ToLower(got.Msg), "too many") {
		table = []sender.CodeMeaning{crowded()}
	}
	f := outbound.FailureFromCode(table, code, got.Msg, a.Status)
	if f.Class == sender.Later {
		f.Scope = sender.ScopeAccount
	}
	return f
}

// Send posts one part. Feishu gives no id of a message, so the receipt is empty.
func (r *robot) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	m, err := decodeRobot(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	return sender.Receipt{}, r.post(ctx, m)
}

// Probe sends nothing to the group: it posts a body without a message, which Feishu refuses as such where token and
// signature are right.
func (r *robot) Probe(ctx context.Context) []sender.Check {
	check := sender.Check{Name: text("机器人有效，签名正确", "the robot is known, the signature right")}
	err := r.post(ctx, robotMessage{})
	f := sender.AsFailure(err)
	switch {
	case f == nil:
		check = check.Failed(&sender.Failure{
			Reason: sender.ReasonOutcomeUnknown, Text: "an empty message was accepted", Hint: text("检查 base_url：对方不像飞书。", "Check base_url: the peer does not behave like Feishu."),
		})
	case slices.Contains([]string{robotBadBody, robotBadParam, robotNoKeyword}, f.Code):
		check.OK, check.Detail = true, outbound.Plain(f.Code+" "+f.Text)
	default:
		check = check.Failed(err)
	}
	return []sender.Check{check}
}
