package feishu

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// longestUUID is the provider's limit of a message's uuid, in characters.
const longestUUID = 50

// app sends as the bot of one self-built app.
type app struct {
	api    *api
	people *directory
	logger *slog.Logger
}

var (
	_ sender.Sender  = (*app)(nil)
	_ sender.Updater = (*app)(nil)
	_ sender.Replier = (*app)(nil)
	_ sender.Urger   = (*app)(nil)
	_ sender.Prober  = (*app)(nil)
	_ sender.Finder  = (*app)(nil)
)

// settings are the fields of the manifest.
type settings struct {
	AppID     string       `setting:"app_id"`
	AppSecret secret.Value `setting:"app_secret"`
}

func (s settings) check() error {
	var faults []error
	if s.AppID == "" {
		faults = append(faults, lang.Wrong("app_id 是空的：从开发者后台「凭证与基础信息」里复制", "app_id is empty: copy it from Credentials & Basic Info in the developer console"))
	} else if !isPlainID(s.AppID) {
		faults = append(faults, lang.Wrong("app_id 不是 App ID：它以 cli_ 开头，只有字母和数字", "app_id is not an App ID: it begins with cli_ and has only letters and digits"))
	}
	if !s.AppSecret.IsSet() {
		faults = append(faults, lang.Wrong("app_secret 是空的：从开发者后台「凭证与基础信息」里复制", "app_secret is empty: copy it from Credentials & Basic Info in the developer console"))
	}
	return errors.Join(faults...)
}

func newApp(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	own := settings{AppID: strings.TrimSpace(s.Values[fieldAppID]), AppSecret: s.Secrets[fieldAppSecret]}
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	if err := sender.Misconfigured(own.check(), err); err != nil {
		return nil, err
	}
	logger := d.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	a := newAPI(client, own, d.TokenRefreshed)
	return &app{api: a, people: newDirectory(a), logger: logger.With("account", s.Account)}, nil
}

// Send implements sender.Sender.
// https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/create
func (a *app) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	c, err := asContent(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	return a.say(ctx, n, c)
}

// say sends content as a message of its own.
func (a *app) say(ctx context.Context, n sender.Notification, c content) (sender.Receipt, error) {
	to, err := a.people.receiver(ctx, n.Target)
	if err != nil {
		return sender.Receipt{}, err
	}
	query := url.Values{"receive_id_type": {string(to.kind)}}
	return a.deliver(ctx, pathMessages, query, envelope{ReceiveID: to.value}, c, n.Key)
}

// Reply implements sender.Replier. What is said in a topic notifies only those who take part in it, and a reply to a message that has a topic
// goes into the topic whatever is asked. So what is for everybody is a message of its own, and in words: a second card would stay red when the
// first turns green.
// https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/reply
// https://open.larksuite.com/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/thread-introduction
func (a *app) Reply(ctx context.Context, r sender.Receipt, n sender.Notification) (sender.Receipt, error) {
	to, err := decodeReceipt(r.Data)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, errors.Join(sender.ErrCannotReply, err))
	}
	c, err := asContent(n.Content)
	if err == nil && n.Aloud && c.msgType == msgCard {
		c, err = c.plain()
	}
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	if n.Aloud {
		return a.say(ctx, n, c)
	}
	receipt, err := a.deliver(ctx, to.path()+"/reply", nil, envelope{ReplyInThread: true}, c, n.Key)
	return receipt, sender.Mark(err, sender.ErrCannotReply,
		codeRecalled, codeTopicGone, codeUnsupported, codeDeleted, codeDissolved)
}

// Update implements sender.Updater: only a card can be changed, for 14 days.
// https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/patch
func (a *app) Update(ctx context.Context, r sender.Receipt, n sender.Notification) (sender.Receipt, error) {
	old, err := decodeReceipt(r.Data)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, errors.Join(sender.ErrCannotUpdate, err))
	}
	p, err := decodePart(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	if old.MsgType != msgCard || p.MsgType != msgCard {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage,
			fmt.Errorf("%w: only a card can be changed, into a card", sender.ErrCannotUpdate))
	}
	body := map[string]string{"content": p.Content}
	if err := a.api.call(ctx, patch(old.path(), nil, body), nil); err != nil {
		// A card that cannot be made goes out as text in the thread.
		return sender.Receipt{}, sender.Mark(err, sender.ErrCannotUpdate,
			codeParameter, codeRecalled, codeTooOld, codeUnsupported, codeEdits, codeDeleted, codeDissolved, codeCard)
	}
	return sender.Receipt{Data: r.Data, MessageID: old.MessageID}, nil
}

// deliver sends content under key. A card that the provider cannot make is sent as text instead, once.
func (a *app) deliver(ctx context.Context, path string, query url.Values, e envelope, c content, key string) (sender.Receipt, error) {
	e.UUID = uuid(key)
	receipt, err := a.create(ctx, path, query, e, c, "")
	f := sender.AsFailure(err)
	if f == nil || f.Code != codeCard || c.msgType != msgCard {
		return receipt, err
	}
	plain, plainErr := c.plain()
	if plainErr != nil {
		return sender.Receipt{}, err
	}
	a.logger.WarnContext(ctx, "card refused, sending text instead", "code", f.Code, "text", f.Text)
	e.UUID = uuid(key + "-text")
	return a.create(ctx, path, query, e, plain, f.Code+": "+f.Text)
}

// create makes one request; fallback is why it is not the card that was asked for.
func (a *app) create(ctx context.Context, path string, query url.Values, e envelope, c content, fallback string) (sender.Receipt, error) {
	body, err := e.around(c)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	var got struct {
		Data struct {
			MessageID string `json:"message_id"`
			ChatID    string `json:"chat_id"`
		} `json:"data"`
	}
	if err := a.api.call(ctx, post(path, query, body), &got); err != nil {
		return sender.Receipt{}, err
	}
	if !isPlainID(got.Data.MessageID) {
		return sender.Receipt{}, &sender.Failure{
			Reason: sender.ReasonOutcomeUnknown, MaybeSent: true,
			Err: errors.New("the provider said code 0 but named no message_id"),
		}
	}
	return receipt{
		Version: 1, MessageID: got.Data.MessageID, ChatID: got.Data.ChatID, MsgType: c.msgType, Fallback: fallback,
	}.encode()
}

// uuid is what the provider tells repeats by, for an hour.
func uuid(key string) string {
	if len(key) <= longestUUID {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])[:longestUUID]
}

// receipt is Receipt.Data. Its version changes when its meaning does.
type receipt struct {
	Version   int    `json:"v"`
	MessageID string `json:"message_id"`
	ChatID    string `json:"chat_id,omitempty"`
	MsgType   string `json:"msg_type"`
	// Fallback is why a text was sent instead of a card.
	Fallback string `json:"fallback,omitempty"`
}

func (r receipt) path() string { return pathMessages + "/" + url.PathEscape(r.MessageID) }

func (r receipt) encode() (sender.Receipt, error) {
	data, err := outbound.JSON(r)
	if err != nil {
		return sender.Receipt{}, &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: err}
	}
	return sender.Receipt{Data: data, MessageID: r.MessageID}, nil
}

func decodeReceipt(data json.RawMessage) (receipt, error) {
	var r receipt
	if err := json.Unmarshal(data, &r); err != nil {
		return receipt{}, fmt.Errorf("the receipt cannot be read: %w", err)
	}
	if r.Version != 1 || !isPlainID(r.MessageID) {
		return receipt{}, fmt.Errorf("the receipt is of version %d or names no message: only version 1 is known", r.Version)
	}
	return r, nil
}

// Find implements sender.Finder.
func (a *app) Find(ctx context.Context, p sender.Person) (string, error) {
	id, err := a.people.person(ctx, p)
	return id.value, err
}
