package slack

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const pathServices = "/services/"

// webhook posts into the channel that an incoming webhook was made for.
type webhook struct {
	client *outbound.Client
	path   secret.Value
	table  []sender.CodeMeaning
}

var (
	_ sender.Sender = (*webhook)(nil)
	_ sender.Prober = (*webhook)(nil)
)

// path is what follows /services/ in the address: all of it is a secret.
func (s webhookSettings) path(base string) (secret.Value, error) {
	raw := strings.TrimSpace(s.URL.Reveal())
	rest := raw
	if strings.Contains(raw, "://") {
		var ok bool
		if rest, ok = strings.CutPrefix(raw, strings.TrimSuffix(base, "/")+pathServices); !ok {
			return secret.Value{}, lang.Wrong("url 不以 base_url 加 /services/ 开头：其他主机，例如 hooks.slack-gov.com，请把 base_url 设为它的 https 地址；"+
				"带 /triggers/ 或 /workflows/ 的地址用来启动工作流，不是 Incoming Webhook",
				"url does not begin with base_url and /services/: for another host, such as hooks.slack-gov.com, set base_url to its https address; "+
					"an address with /triggers/ or /workflows/ starts a workflow and is no incoming webhook")
		}
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "/"), strings.TrimPrefix(pathServices, "/"))
	if rest == "" || strings.ContainsAny(rest, "?#% \t\r\n") || slices.ContainsFunc(strings.Split(rest, "/"), func(s string) bool { return s == "" || s == "." || s == ".." }) {
		return secret.Value{}, lang.Wrong("url 是空的，或不是 Webhook 的地址：从 Incoming Webhooks 里复制整个地址，或只填 /services/ 后面的部分",
			"url is empty or no webhook's: copy the whole address from Incoming Webhooks, or the part after /services/")
	}
	return secret.New(rest), nil
}

func newWebhook(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	path, err := webhookSettings{URL: s.Secrets[fieldURL]}.path(s.BaseURL)
	secrets := []secret.Value{path}
	for one := range strings.SplitSeq(path.Reveal(), "/") {
		secrets = append(secrets, secret.New(one))
	}
	client, clientErr := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger, Secrets: secrets})
	if err := sender.Misconfigured(err, clientErr); err != nil {
		return nil, err
	}
	return &webhook{client: client, path: path, table: webhookMeanings()}, nil
}

// Render implements sender.Sender, with the forms of an app.
func (h *webhook) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	o, err := parseOptions(d.Options)
	if err != nil {
		return sender.Rendered{}, err
	}
	who, notes, err := resolve(d, o, byID, func() bool { return true })
	if err != nil {
		return sender.Rendered{}, err
	}
	return render(d, o, who, notes)
}

// byID finds the ids of people: a webhook can look nobody up.
func byID(t sender.Target) (string, error) {
	raw := t.Value
	if t.Kind != sender.TargetUser {
		raw = ""
		if t.Person != nil {
			raw = t.Person.IDs[providerName]
		}
	}
	id, err := parseUser(raw)
	if err != nil {
		return "", recipientFailure(err, lang.Text{
			ZH: "Webhook 只能用成员 ID（U 或 W 开头）@ 人，在 people 里写 ids.slack。",
			EN: "A webhook mentions people by member id (U… or W…) only: write ids.slack in people.",
		})
	}
	return id, nil
}

// Send posts one part. A webhook tells no id of a message, so the receipt is empty.
func (h *webhook) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	if _, err := decodeWire(n.Content); err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	return sender.Receipt{}, h.post(ctx, n.Content)
}

// post sends a body to the webhook.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
func (h *webhook) post(ctx context.Context, body json.RawMessage) error {
	answer, err := h.client.Do(ctx, outbound.Request{
		Method: http.MethodPost, Path: pathServices + h.path.Reveal(), Body: body, Header: http.Header{"Accept": {"*/*"}},
	})
	if err != nil {
		return err
	}
	if f := h.judge(answer); f != nil {
		return h.client.RedactFailure(f)
	}
	return nil
}

// judge reads an answer: the word ok with HTTP 200, or a word of the table with another status.
// https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks
func (h *webhook) judge(r outbound.Response) *sender.Failure {
	word := strings.TrimSpace(string(r.Body))
	if word == "ok" && r.Status == http.StatusOK {
		return nil
	}
	f := outbound.StatusFailure(r)
	if slices.ContainsFunc(h.table, func(m sender.CodeMeaning) bool { return m.Code == word }) {
		f = outbound.FailureFromCode(h.table, word, "", r.Status)
		f.MaybeSent = r.Status >= 500
	}
	if wait, named := outbound.RetryAfter(r.Header); named && f.Class == sender.Later {
		f.After = wait
	}
	if f.Class == sender.Later {
		f.Scope = sender.ScopeAccount
	}
	return f
}

// Probe sends nothing to the channel: it posts an empty message, which Slack refuses as such where the webhook is
// right, and with another word where it is not.
func (h *webhook) Probe(ctx context.Context) []sender.Check {
	check := sender.Check{Name: text("Webhook 有效", "the webhook is known")}
	f := sender.AsFailure(h.post(ctx, json.RawMessage(`{}`)))
	switch {
	case f == nil:
		f = &sender.Failure{
			Reason: sender.ReasonOutcomeUnknown, Text: "an empty message was accepted",
			Hint: text("检查 base_url：对方不像 Slack。", "Check base_url: the peer does not behave like Slack."),
		}
	case slices.Contains([]string{"no_text", "invalid_payload", "missing_text_or_fallback_or_attachments"}, f.Code):
		check.OK, check.Detail = true, f.Code
		return []sender.Check{check}
	}
	return []sender.Check{check.Failed(f)}
}
