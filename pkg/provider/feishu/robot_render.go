package feishu

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// robotMentions finds the open_ids of people: a robot can look nobody up, and knows no other id.
func robotMentions(targets []sender.Target) ([]mention, []lang.Text) {
	var out []mention
	var notes []lang.Text
	seen := map[string]bool{}
	for _, t := range targets {
		m := mention{id: mentionAll}
		if t.Kind != sender.TargetAll {
			raw := t.Value
			if t.Person != nil {
				raw, m.name = t.Person.IDs[providerName], t.Person.Label()
			}
			id, err := parseUser(raw)
			if err != nil || id.kind != openID {
				notes = append(notes, sender.NotMentioned(t, recipientFailure(err, text(
					"群机器人只能用 open_id（ou_ 开头）@ 人，在 people 里写 ids.feishu。", "A robot mentions people by open_id (ou_…) only: write ids.feishu in people."))))
				continue
			}
			m.id = id.value
		}
		if !seen[m.id] {
			seen[m.id] = true
			out = append(out, m)
		}
	}
	return out, notes
}

// Render implements sender.Sender, with the forms of an app. Only the first part mentions people.
func (r *robot) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	f, err := parseOptions(d.Options)
	if err != nil {
		return sender.Rendered{}, err
	}
	mentions, notes := robotMentions(d.Mentions)
	draw := func(m message.Message, mentions []mention) (json.RawMessage, int, error) {
		return r.body(f, m, mentions)
	}
	pages, err := message.Fit(d.Message, message.Limit{Max: robotBody - signRoom, Parts: maxParts}, func(m message.Message) (int, error) {
		raw, components, err := draw(m, mentions)
		return max(len(raw), components*robotBody/maxComponents), err
	})
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	out := sender.Rendered{Notes: notes}
	for _, m := range pages {
		raw, _, err := draw(m, mentions)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts, mentions = append(out.Parts, raw), nil
	}
	return out, nil
}

// body makes one request, with the keyword in it, and counts a card's components.
func (r *robot) body(f form, m message.Message, mentions []mention) (json.RawMessage, int, error) {
	p, components, err := build(f, m, mentions)
	if k := r.settings.Keyword; err == nil && k != "" && !strings.Contains(p.Content, k) {
		m.Notes = append(append([]string{}, m.Notes...), k)
		p, components, err = build(f, m, mentions)
	}
	if err != nil {
		return nil, 0, err
	}
	out := robotMessage{MsgType: p.MsgType}
	switch p.MsgType {
	case msgCard:
		out.Card = json.RawMessage(p.Content)
	case msgPost:
		out.Content, err = outbound.JSON(map[string]json.RawMessage{"post": json.RawMessage(p.Content)})
	default:
		out.Content = json.RawMessage(p.Content)
	}
	if err != nil {
		return nil, 0, err
	}
	raw, err := outbound.JSON(out)
	return raw, components, err
}

// previewRobot draws a robot's message as the app's would be.
func previewRobot(raw json.RawMessage) (sender.Preview, error) {
	m, err := decodeRobot(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	switch m.MsgType {
	case msgCard:
		return previewCard(m.Card)
	case msgText:
		return previewText(m.Content)
	}
	var outer struct {
		Post json.RawMessage `json:"post"`
	}
	if err := json.Unmarshal(m.Content, &outer); err != nil {
		return sender.Preview{}, err
	}
	return previewPost(outer.Post)
}
