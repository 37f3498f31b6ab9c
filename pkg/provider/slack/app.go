package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// app posts as the bot of one Slack app.
type app struct {
	api    *api
	people *directory
	logger *slog.Logger
}

var (
	_ sender.Sender   = (*app)(nil)
	_ sender.Updater  = (*app)(nil)
	_ sender.Replier  = (*app)(nil)
	_ sender.Recaller = (*app)(nil)
	_ sender.Prober   = (*app)(nil)
	_ sender.Finder   = (*app)(nil)
)

func (s appSettings) check() error {
	token := s.Token.Reveal()
	switch {
	case token == "" || strings.ContainsAny(token, " \t\r\n"):
		return lang.Wrong("bot_token 是空的，或有空白：从 OAuth & Permissions 里复制 Bot User OAuth Token",
			"bot_token is empty or holds a blank: copy the Bot User OAuth Token from OAuth & Permissions")
	case strings.HasPrefix(token, "xapp-"), strings.HasPrefix(token, "https://"):
		return lang.Wrong("bot_token 不是机器人的令牌：从 OAuth & Permissions 里复制 Bot User OAuth Token（xoxb-…）；Webhook 地址要用类型 slack_webhook",
			"bot_token is not a bot's token: copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions; a webhook's address belongs to the type slack_webhook")
	}
	return nil
}

func newApp(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	own := appSettings{Token: s.Secrets[fieldToken]}
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	if err := sender.Misconfigured(own.check(), err); err != nil {
		return nil, err
	}
	logger := d.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	a := &api{client: client, token: own.Token, table: appMeanings()}
	return &app{api: a, people: newDirectory(a), logger: logger.With("account", s.Account)}, nil
}

// Send implements sender.Sender.
// https://docs.slack.dev/reference/methods/chat.postMessage
func (a *app) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	w, err := decodeWire(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	channel, err := a.people.channel(ctx, n.Target)
	if err != nil {
		return sender.Receipt{}, err
	}
	return a.deliver(ctx, w, thread{channel: channel})
}

// Reply implements sender.Replier. A thread has one level: a reply to a reply belongs to the first message. What is for everybody is shown in the
// channel, too: a thread notifies only those who follow it.
// https://docs.slack.dev/reference/events/message/thread_broadcast/
func (a *app) Reply(ctx context.Context, r sender.Receipt, n sender.Notification) (sender.Receipt, error) {
	to, err := decodeReceipt(r.Data)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, errors.Join(sender.ErrCannotReply, err))
	}
	w, err := decodeWire(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	receipt, err := a.deliver(ctx, w, thread{to.Channel, to.root(), n.Aloud})
	return receipt, sender.Mark(err, sender.ErrCannotReply, goneCodes()...)
}

// thread is where a message goes: a channel, and below which message of it, if any, and whether the channel shows it all the same.
type thread struct {
	channel, root string
	broadcast     bool
}

// deliver posts a message. Blocks that Slack refuses are sent as text instead, once.
func (a *app) deliver(ctx context.Context, w wire, to thread) (sender.Receipt, error) {
	receipt, err := a.create(ctx, w, to)
	f := sender.AsFailure(err)
	if f == nil || !slices.Contains(blockCodes(), f.Code) {
		return receipt, err
	}
	inText, drawErr := textForm(w)
	if drawErr != nil {
		return sender.Receipt{}, err
	}
	a.logger.WarnContext(ctx, "blocks refused, sending text instead", "code", f.Code, "text", f.Text)
	return a.create(ctx, inText, to)
}

func (a *app) create(ctx context.Context, w wire, to thread) (sender.Receipt, error) {
	err := w.set("channel", to.channel)
	if to.root != "" {
		err = errors.Join(err, w.set("thread_ts", to.root))
	}
	if to.broadcast {
		err = errors.Join(err, w.set("reply_broadcast", true))
	}
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	var got struct {
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	}
	if _, err := a.api.post(ctx, methodPost, w, &got); err != nil {
		return sender.Receipt{}, err
	}
	if !isChannel(got.Channel) || !isTS(got.TS) {
		return sender.Receipt{}, &sender.Failure{
			Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errors.New("the answer is ok but names no channel and ts"),
		}
	}
	return receipt{Version: 1, Channel: got.Channel, TS: got.TS, Thread: to.root}.encode()
}

// Update implements sender.Updater. Blocks and attachments that are not named would stay, and so would the way in which
// names in the text are read.
// https://docs.slack.dev/reference/methods/chat.update
func (a *app) Update(ctx context.Context, r sender.Receipt, n sender.Notification) (sender.Receipt, error) {
	old, err := decodeReceipt(r.Data)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, errors.Join(sender.ErrCannotUpdate, err))
	}
	w, err := decodeWire(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	for _, key := range []string{"blocks", "attachments"} {
		if len(w[key]) == 0 {
			w[key] = json.RawMessage(`[]`)
		}
	}
	if err := errors.Join(w.set("channel", old.Channel), w.set("ts", old.TS), w.set("parse", "none")); err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	if _, err := a.api.post(ctx, methodUpdate, w, nil); err != nil {
		codes := append(append(goneCodes(), blockCodes()...), "cant_update_message", "edit_window_closed", "block_mismatch", "msg_too_long")
		return sender.Receipt{}, sender.Mark(err, sender.ErrCannotUpdate, codes...)
	}
	return sender.Receipt{Data: r.Data, MessageID: old.TS}, nil
}

// Recall implements sender.Recaller.
// https://docs.slack.dev/reference/methods/chat.delete
func (a *app) Recall(ctx context.Context, r sender.Receipt) error {
	old, err := decodeReceipt(r.Data)
	if err != nil {
		return sender.Permanent(sender.ReasonMessage, err)
	}
	_, err = a.api.post(ctx, methodDelete, map[string]string{"channel": old.Channel, "ts": old.TS}, nil)
	if f := sender.AsFailure(err); f != nil && f.Code == codeGone {
		return nil
	}
	return err
}

// Find implements sender.Finder.
func (a *app) Find(ctx context.Context, p sender.Person) (string, error) {
	return a.people.person(ctx, p)
}

// receipt is Receipt.Data. Its version changes when its meaning does.
type receipt struct {
	Version int    `json:"v"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	// Thread is the ts of the message that begins the thread, for a reply.
	Thread string `json:"thread_ts,omitempty"`
}

func (r receipt) root() string {
	if r.Thread != "" {
		return r.Thread
	}
	return r.TS
}

func (r receipt) encode() (sender.Receipt, error) {
	data, err := outbound.JSON(r)
	if err != nil {
		return sender.Receipt{}, &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: err}
	}
	return sender.Receipt{Data: data, MessageID: r.TS}, nil
}

func decodeReceipt(data json.RawMessage) (receipt, error) {
	var r receipt
	if err := json.Unmarshal(data, &r); err != nil {
		return receipt{}, fmt.Errorf("the receipt cannot be read: %w", err)
	}
	if r.Version != 1 || !isChannel(r.Channel) || !isTS(r.TS) || (r.Thread != "" && !isTS(r.Thread)) {
		return receipt{}, fmt.Errorf("the receipt is of version %d or names no message: only version 1 is known", r.Version)
	}
	return r, nil
}

var tsPattern = regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{1,9}$`)

// isTS tells whether s is the time that identifies a message in its channel.
func isTS(s string) bool { return tsPattern.MatchString(s) }
