package slack

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	allChannel = "channel"
	allHere    = "here"
)

// mention is what calls somebody: a user's id, a user group's, or here or channel.
type mention string

// call is a mention in mrkdwn.
// https://docs.slack.dev/messaging/formatting-message-text#mentioning-users
func (m mention) call() string {
	switch {
	case m == allChannel || m == allHere:
		return "<!" + string(m) + ">"
	case isGroup(string(m)):
		return "<!subteam^" + string(m) + ">"
	}
	return "<@" + string(m) + ">"
}

func calls(who []mention) string {
	out := make([]string, 0, len(who))
	for _, m := range who {
		out = append(out, m.call())
	}
	return strings.Join(out, " ")
}

// resolve finds whom a message calls, in the given order and each once. Who cannot be found is in a note; an error of
// find that may pass ends it, unless the message has waited long enough.
func resolve(d sender.Draft, o renderOptions, find func(sender.Target) (string, error), hurry func() bool) ([]mention, []lang.Text, error) {
	var out []mention
	var notes []lang.Text
	for _, t := range d.Mentions {
		id, err := "", error(nil)
		switch {
		case t.Kind == sender.TargetAll && d.Target.Kind != sender.TargetChat && d.Target.Kind != "":
			err = recipientFailure(errors.New("only a channel has everybody in it"), text("只有频道消息可以 @ 所有人。", "Only in a channel can everybody be mentioned."))
		case t.Kind == sender.TargetAll:
			id = o.MentionAll
		case t.Kind == sender.TargetTag && isGroup(t.Value):
			id = t.Value
		case t.Kind == sender.TargetTag:
			err = recipientFailure(errors.New("not the id of a user group"), text("用户组写 ID，以 S 开头：在 Slack 打开用户组 → ⋯ → 复制用户组 ID。",
				"A user group is written by its id, which begins with S: open the group in Slack, ⋯, copy its id."))
		default:
			id, err = find(t)
		}
		if f := sender.AsFailure(err); f != nil {
			if f.Class != sender.Never && !hurry() {
				return nil, nil, f
			}
			notes = append(notes, sender.NotMentioned(t, f))
			continue
		}
		if m := mention(id); !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out, notes, nil
}

func (a *app) mentions(ctx context.Context, d sender.Draft, o renderOptions) ([]mention, []lang.Text, error) {
	return resolve(d, o, func(t sender.Target) (string, error) { return a.people.user(ctx, t) }, a.people.known.OutOfPatience)
}
