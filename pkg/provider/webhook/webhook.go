package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// hook sends to one address.
type hook struct {
	settings settings
	client   *outbound.Client
	request  outbound.Request
	// header is the same for all requests; secrets are values in it.
	header  http.Header
	secrets []secret.Value
	// key signs; nil where nothing is signed.
	key []byte
	// body is nil for the fixed JSON. json says that what it writes is JSON.
	body *message.Body
	json bool
}

var _ sender.Sender = (*hook)(nil)

func newHook(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	h, faults := readSettings(s).build()
	client, request, err := outbound.NewHook(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger, Secrets: h.secrets}, fieldURL)
	if err := sender.Misconfigured(faults, err); err != nil {
		return nil, err
	}
	request.Method = h.settings.Method
	h.client, h.request = client, request
	return &h, nil
}

// content is what is stored and sent: a body that is JSON, or any other in a string.
type content struct {
	Type string          `json:"content_type"`
	JSON json.RawMessage `json:"json,omitempty"`
	Text *string         `json:"text,omitempty"`
}

var errContent = errors.New("the content is not a webhook's: an object with content_type and either json or text")

func readContent(raw json.RawMessage) (content, error) {
	var c content
	if json.Unmarshal(raw, &c) != nil || c.Type == "" || (c.JSON == nil) == (c.Text == nil) {
		return c, errContent
	}
	return c, nil
}

// bytes is the body as it goes over the wire.
func (c content) bytes() []byte {
	if c.Text != nil {
		return []byte(*c.Text)
	}
	return c.JSON
}

// Send posts one part. The key is the request's id, the same for every attempt; the time and with it the signature are
// each attempt's own. What the peer gives back is not kept.
func (h *hook) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	c, err := readContent(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	r := h.request
	body := c.bytes()
	r.Body, r.Header = body, h.header.Clone()
	now := time.Now()
	r.Header.Set("Content-Type", c.Type)
	r.Header.Set("Idempotency-Key", n.Key)
	r.Header.Set("Webhook-Id", n.Key)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	if h.key != nil {
		r.Header.Set("Webhook-Signature", sign(h.key, n.Key, now, body))
	}
	answer, err := h.client.Do(ctx, r)
	if err != nil {
		return sender.Receipt{}, err
	}
	if f := h.judge(answer); f != nil {
		return sender.Receipt{}, h.client.RedactFailure(f)
	}
	return sender.Receipt{}, nil
}

// judge takes 2xx for success, unless a field of the answer has to say so. A web page is never an answer:
// gateways and portals give one with 200.
func (h *hook) judge(a outbound.Response) *sender.Failure {
	switch {
	case a.Status < 200 || a.Status > 299:
		return outbound.FailureFromStatus(codes(), a)
	case h.settings.SuccessField == "":
		if outbound.IsPage(a) {
			return outbound.StatusFailure(a)
		}
		return nil
	}
	got, found := scalarAt(a.Body, h.settings.SuccessField)
	switch {
	case !found:
		f := outbound.StatusFailure(a)
		f.Hint = words("回答里没有 success_field 指的字段：核对它，也检查 base_url 与代理。", "The answer lacks the field that success_field names: check it, and base_url and the proxy.")
		return f
	case got != h.settings.SuccessValue:
		return outbound.FailureFromCode(codes(), outbound.Plain(got), outbound.Excerpt(a), a.Status)
	}
	return nil
}

// scalarAt is the text of the string, number or bool at a path such as data.ok.
func scalarAt(body []byte, path string) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var at any
	if !json.Valid(body) || d.Decode(&at) != nil {
		return "", false
	}
	for key := range strings.SplitSeq(path, ".") {
		object, ok := at.(map[string]any)
		if !ok {
			return "", false
		}
		at = object[key]
	}
	switch v := at.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
