package slack

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// hookStatuses are the words that webhooks answer, with their HTTP status.
// https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks
func hookStatuses() map[string]int {
	return map[string]int{
		"invalid_payload": http.StatusBadRequest, "action_prohibited": http.StatusForbidden, "channel_is_archived": http.StatusGone,
		"no_service": http.StatusNotFound, "no_active_hooks": http.StatusNotFound, "no_team": http.StatusNotFound,
		"posting_to_general_channel_denied": http.StatusForbidden, "rollup_error": http.StatusInternalServerError,
	}
}

// word answers as a webhook does: a word, and no JSON.
func word(status int, w string) stage.Answer {
	outcome := w
	if w == "ok" {
		outcome = stage.Success
	}
	return stage.Answer{Status: status, Header: map[string]string{"Content-Type": "text/html"}, Body: []byte(w), Outcome: outcome}
}

func hookLimited(wait time.Duration) stage.Answer {
	a := word(http.StatusTooManyRequests, "rate_limited")
	a.Header["Retry-After"] = seconds(wait)
	return a
}

// serveWebhook checks in this order: webhook, channel, message, rate. A webhook's own channel is the only one.
func (p *play) serveWebhook(c *stage.Call) stage.Answer {
	path := strings.Join([]string{c.PathValue("team"), c.PathValue("bot"), c.PathValue("key")}, "/")
	hook, found := p.webhook(path)
	switch {
	case !found:
		return word(http.StatusNotFound, "no_service")
	case hook.Disabled:
		return word(http.StatusNotFound, "no_active_hooks")
	case hook.Prohibited:
		return word(http.StatusForbidden, "action_prohibited")
	}
	channel, found := p.channel(hook.Channel)
	switch {
	case !found:
		return word(http.StatusNotFound, "channel_not_found")
	case channel.Archived:
		return word(http.StatusGone, "channel_is_archived")
	}
	args, understood := hookArguments(c)
	if !understood {
		return word(http.StatusBadRequest, "invalid_payload")
	}
	said, f := readContent(args, maxPosted)
	if f != nil {
		return word(http.StatusBadRequest, f.code)
	}
	if !hook.NoLimits {
		if wait := p.stage.Take("slack/hook/"+hook.Path, postRates()...); wait > 0 {
			return hookLimited(wait)
		}
	}
	p.deliver(c, args, stage.Message{App: stage.Mask(hook.Path), Type: typeWebhook}, place{Conversation: channel.conversation(), members: channel.Members}, said)
	return word(http.StatusOK, "ok")
}

func (p *play) webhook(path string) (Webhook, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.world.Webhooks, func(h Webhook) bool { return h.Path == path })
	if i < 0 {
		return Webhook{}, false
	}
	return p.world.Webhooks[i], true
}

// hookArguments reads JSON, or JSON in a form's field payload.
func hookArguments(c *stage.Call) (arguments, bool) {
	body := c.Body
	if strings.HasPrefix(c.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, false
		}
		body = []byte(form.Get("payload"))
	}
	var args arguments
	if json.Unmarshal(body, &args) != nil || args == nil {
		return nil, false
	}
	return args, true
}
