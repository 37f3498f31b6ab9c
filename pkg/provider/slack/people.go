package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// longestID bounds ids; Slack's have about 11 characters, and may grow.
const longestID = 64

// directory finds people's ids by e-mail address, and the conversations with them.
type directory struct {
	api   *api
	known *outbound.Lookups
}

func newDirectory(a *api) *directory { return &directory{api: a, known: outbound.NewLookups()} }

// isID tells whether s is an id that begins with one of initials: capital letters and digits.
func isID(s, initials string) bool {
	return len(s) > 1 && len(s) <= longestID && strings.Contains(initials, s[:1]) && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

func isUser(s string) bool    { return isID(s, "UW") }
func isGroup(s string) bool   { return isID(s, "S") }
func isChannel(s string) bool { return isID(s, "CGD") }

func recipientFailure(err error, hint lang.Text) *sender.Failure {
	return &sender.Failure{Class: sender.Never, Reason: sender.ReasonRecipient, Err: err, Hint: hint}
}

// user identifies a person.
func (d *directory) user(ctx context.Context, t sender.Target) (string, error) {
	switch t.Kind {
	case sender.TargetUser:
		return parseUser(t.Value)
	case sender.TargetEmail:
		return d.byEmail(ctx, t.Value)
	case sender.TargetPerson:
		if t.Person == nil {
			return "", recipientFailure(fmt.Errorf("person %q is not in the configuration", t.Value), text("在配置的 people 中加上此人。", "Add the person to people in the configuration."))
		}
		return d.person(ctx, *t.Person)
	default:
		return "", recipientFailure(fmt.Errorf("%q is not a person", t), text("此处要写人：person、user 或 email。", "Name a person here: person, user or email."))
	}
}

func parseUser(raw string) (string, error) {
	id := strings.TrimSpace(raw)
	if !isUser(id) {
		return "", recipientFailure(fmt.Errorf("%q is not the id of a Slack user", raw), text("成员 ID 以 U 或 W 开头：在 Slack 打开此人资料 → ⋯ → 复制成员 ID。",
			"A member's id begins with U or W: open the profile in Slack, ⋯, Copy member ID."))
	}
	return id, nil
}

// person uses the configured id, else the e-mail address: Slack finds nobody by a mobile number.
func (d *directory) person(ctx context.Context, p sender.Person) (string, error) {
	if id := p.IDs[providerName]; id != "" {
		return parseUser(id)
	}
	if p.Email == "" {
		return "", recipientFailure(fmt.Errorf("%s has no Slack id or e-mail address", p.Label()), text("在 people 中给此人写上 email 或 ids.slack；Slack 不能按手机号查人。",
			"Give the person an email or ids.slack under people; Slack finds nobody by a mobile number."))
	}
	return d.byEmail(ctx, p.Email)
}

// byEmail asks Slack.
// https://docs.slack.dev/reference/methods/users.lookupByEmail
func (d *directory) byEmail(ctx context.Context, raw string) (string, error) {
	email := strings.ToLower(strings.TrimSpace(raw))
	if name, host, ok := strings.Cut(email, "@"); !ok || name == "" || host == "" {
		return "", recipientFailure(fmt.Errorf("%q is not an e-mail address", raw), text("写此人在 Slack 里的邮箱，如 li@example.com。", "Write the address of the person's Slack account, such as li@example.com."))
	}
	return d.known.Find(ctx, "email "+email, func(ctx context.Context) (string, bool, error) {
		var got struct {
			User struct {
				ID string `json:"id"`
			} `json:"user"`
		}
		request := outbound.Request{Method: http.MethodGet, Path: methodLookup, Query: url.Values{"email": {email}}}
		_, err := d.api.do(ctx, request, &got)
		if err == nil && !isUser(got.User.ID) {
			err = &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
		}
		f := sender.AsFailure(err)
		return got.User.ID, f != nil && f.Code == codeNobody, err
	})
}

// channel is where a message to a target goes: a person's conversation is opened first. An app that may not open one
// posts to the person's id, which Slack takes too.
// https://docs.slack.dev/reference/methods/conversations.open
func (d *directory) channel(ctx context.Context, t sender.Target) (string, error) {
	if t.Kind == sender.TargetChat {
		id := strings.TrimSpace(t.Value)
		if !isChannel(id) {
			return "", recipientFailure(fmt.Errorf("%q is not the id of a Slack channel", t.Value), text("写频道 ID（以 C 或 G 开头）而不是名字：点频道名，在「关于」最下方。",
				"Write the channel's id (C… or G…), not its name: click the channel's name, it is at the bottom of About."))
		}
		return id, nil
	}
	user, err := d.user(ctx, t)
	if err != nil {
		return "", err
	}
	id, err := d.known.Find(ctx, "conversation "+user, func(ctx context.Context) (string, bool, error) {
		var got struct {
			Channel struct {
				ID string `json:"id"`
			} `json:"channel"`
		}
		_, err := d.api.post(ctx, methodOpen, map[string]string{"users": user}, &got)
		if err == nil && !isChannel(got.Channel.ID) {
			err = &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
		}
		return got.Channel.ID, false, err
	})
	if f := sender.AsFailure(err); f != nil && f.Code == codeScope {
		return user, nil
	}
	return id, err
}

var errUnreadable = errors.New("the answer is not the JSON that Slack documents")
