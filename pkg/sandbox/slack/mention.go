package slack

import (
	"regexp"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// call is <@U…>, <!subteam^S…>, <!here>, <!channel> or <!everyone>, with or without a label.
// https://docs.slack.dev/messaging/formatting-message-text#advanced
var call = regexp.MustCompile(`<(?:@([A-Z0-9]+)|!subteam\^([A-Z0-9]+)|!(here|channel|everyone))(?:\|[^<>]*)?>`)

// mentions decides whom a message notifies: those named in its text or blocks, not in attachments, which notify nobody
// on a phone (github.com/sciyoshi/redmine-slack/pull/29).
func (p *play) mentions(c content, where stage.Conversation, members []string) []stage.Mention {
	var found []stage.Mention
	for _, s := range c.mrkdwn {
		for _, m := range call.FindAllStringSubmatch(s.text, -1) {
			one := p.judge(m[1], m[2], m[3], where, members)
			if s.aside && one.Notified {
				one.Notified, one.Why = false, "inside an attachment"
			}
			if !slices.ContainsFunc(found, func(f stage.Mention) bool { return f.ID == one.ID && f.Notified == one.Notified }) {
				found = append(found, one)
			}
		}
	}
	return found
}

func (p *play) judge(user, group, word string, where stage.Conversation, members []string) stage.Mention {
	switch {
	case word != "":
		m := stage.Mention{ID: word, Name: map[string]string{"here": "在线的人", "channel": "全频道", "everyone": "全体成员"}[word], Notified: where.Kind == kindChannel}
		if !m.Notified {
			m.Why = "only a channel has many"
		}
		return m
	case group != "":
		g, known := p.group(group)
		if !known {
			return stage.Mention{ID: group, Why: "no such user group"}
		}
		return stage.Mention{ID: group, Name: g.Handle, Notified: true}
	}
	u, known := p.user(user)
	m := stage.Mention{ID: user, Name: u.Name}
	switch {
	case !known:
		m.Why = "nobody has this id"
	case u.Resigned:
		m.Why = "deactivated"
	case where.Kind == kindPerson && where.ID != direct(u).ID, where.Kind == kindChannel && !member(members, u.UserID):
		m.Why = "not in this channel"
	default:
		m.Notified = true
	}
	return m
}
