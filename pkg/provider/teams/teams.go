package teams

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// workflow posts to one flow. There is no Prober: whatever is posted starts a run, and a failed one for an empty request.
type workflow struct {
	client  *outbound.Client
	request outbound.Request
}

var _ sender.Sender = (*workflow)(nil)

func newWorkflow(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	client, request, err := outbound.NewHook(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger}, fieldURL)
	if err := sender.Misconfigured(checkAddress(s.Secrets[fieldURL]), err); err != nil {
		return nil, err
	}
	request.Method = http.MethodPost
	return &workflow{client: client, request: request}, nil
}

// receipt is what is known of a post: that the flow was queued. What becomes of its run is told to the flow's owner only.
type receipt struct {
	Version int    `json:"v"`
	State   string `json:"state"`
	Run     string `json:"run,omitempty"`
}

// headerRun names the flow's run, by which its owner finds it in the history.
// https://learn.microsoft.com/en-us/azure/logic-apps/logic-apps-http-endpoint
const headerRun = "X-Ms-Workflow-Run-Id"

// Send posts one card. Success is HTTP 202 and says that the flow was queued, no more.
func (w *workflow) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	if _, err := readPost(n.Content); err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	r := w.request
	r.Body = n.Content
	answer, err := w.client.Do(ctx, r)
	if err != nil {
		return sender.Receipt{}, err
	}
	if f := judge(answer); f != nil {
		return sender.Receipt{}, w.client.RedactFailure(f)
	}
	run := w.client.Redact(outbound.Plain(answer.Header.Get(headerRun)))
	data, err := json.Marshal(receipt{Version: 1, State: "queued", Run: run})
	if err != nil {
		return sender.Receipt{}, err
	}
	return sender.Receipt{Data: data, MessageID: run}, nil
}

// judge takes 202 alone. The connectors answered 200 with an error's text in it, and a flow that answers 200 has a
// Response step, which no template has.
func judge(a outbound.Response) *sender.Failure {
	var said struct {
		Error struct{ Code, Message string }
	}
	switch {
	case a.Status == http.StatusAccepted && !outbound.IsPage(a):
		return nil
	case a.Status >= 200 && a.Status <= 299:
		f := outbound.StatusFailure(a)
		f.Err = errors.New("a flow that was queued answers 202 and this is something else")
		f.Hint = words("检查 url、base_url 与代理；流程里若加了「响应」步骤，请删掉。", "Check url, base_url and the proxy; if the flow has a Response step, remove it.")
		return f
	case json.Unmarshal(a.Body, &said) != nil || said.Error.Code == "":
		return outbound.FailureFromStatus(codes(), a)
	}
	f := outbound.FailureFromStatus(codes(), a)
	f.Text = outbound.Plain(said.Error.Code + ": " + said.Error.Message)
	for _, m := range codes() {
		if m.Code == said.Error.Code && f.Class != sender.Later {
			return outbound.FailureFromCode(codes(), m.Code, said.Error.Message, a.Status)
		}
	}
	return f
}
