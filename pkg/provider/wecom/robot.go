package wecom

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const pathRobot = "/cgi-bin/webhook/send"

// robot posts through one webhook.
type robot struct{ api *api }

var (
	_ sender.Sender = (*robot)(nil)
	_ sender.Prober = (*robot)(nil)
)

func newRobot(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	var keyErr error
	if key := s.Secrets[fieldKey].Reveal(); key == "" || strings.ContainsAny(key, "/?&= \t\r\n") {
		keyErr = lang.Wrong("key 是空的，或不只是 key：只填 Webhook 地址里 key= 后面的部分", "key is empty or holds more than the key: give only the part of the webhook address after key=")
	}
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	if err := sender.Misconfigured(keyErr, err); err != nil {
		return nil, err
	}
	// A robot needs no token: only the reading of answers is the same as for an app.
	return &robot{api: &api{client: client, settings: settings{Secret: s.Secrets[fieldKey]}, table: robotCodes()}}, nil
}

// post sends a body to the webhook.
// https://developer.work.weixin.qq.com/document/path/91770
func (r *robot) post(ctx context.Context, body json.RawMessage) error {
	answer, err := r.api.client.Do(ctx, outbound.Request{
		Method: http.MethodPost, Path: pathRobot, Query: url.Values{"key": {r.api.settings.Secret.Reveal()}}, Body: body,
	})
	if err != nil {
		return err
	}
	if f := r.api.judge(answer, nil); f != nil {
		return f
	}
	return nil
}

// Send posts one part. WeCom gives no id of a message, so the receipt is empty.
func (r *robot) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	if _, err := parseRobot(n.Content); err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	return sender.Receipt{}, r.post(ctx, n.Content)
}

// Probe sends nothing to the group: it posts an empty message, which WeCom refuses as such where the key is right,
// and with 93000 where it is not.
func (r *robot) Probe(ctx context.Context) []sender.Check {
	check := sender.Check{Name: words("机器人有效", "the robot is known")}
	err := r.post(ctx, json.RawMessage(`{}`))
	f := sender.AsFailure(err)
	switch {
	case f == nil:
		f = &sender.Failure{
			Reason: sender.ReasonOutcomeUnknown, Text: "an empty message was accepted", Hint: words("检查 base_url：对方不像企业微信。", "Check base_url: the peer does not behave like WeCom."),
		}
		return []sender.Check{check.Failed(f)}
	case slices.Contains([]string{"40008", "40058", "44004"}, f.Code):
		check.OK, check.Detail = true, outbound.Plain(f.Code+" "+f.Text)
		return []sender.Check{check}
	}
	return []sender.Check{check.Failed(f)}
}
