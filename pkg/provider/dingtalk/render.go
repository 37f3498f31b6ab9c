package dingtalk

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// maxBody is the longest body that a robot takes, in bytes of JSON; the documentation says 20 KB.
	maxBody = 20_000
	// maxParts is how many messages one alert group may become: a robot has 20 a minute.
	maxParts = 5
	// keySize is the length of what Send adds: a UUID and its field.
	keySize = len(`,"msgUuid":""`) + 36
	// titleRunes bounds the title in the list of chats.
	titleRunes = 100
	// maxButtons is how many links of a card are buttons; the others are links in its text.
	maxButtons = 5
)

// wire is what a robot is sent.
type wire struct {
	Type     string    `json:"msgtype"`
	Text     *content  `json:"text,omitempty"`
	Markdown *page     `json:"markdown,omitempty"`
	Card     *card     `json:"actionCard,omitempty"`
	At       *mentions `json:"at,omitempty"`
}

type content struct {
	Content string `json:"content"`
}

type page struct {
	// Title is shown in the list of chats only.
	Title string `json:"title"`
	Text  string `json:"text"`
}

type card struct {
	page
	SingleTitle string   `json:"singleTitle,omitempty"`
	SingleURL   string   `json:"singleURL,omitempty"`
	Orientation string   `json:"btnOrientation,omitempty"`
	Buttons     []button `json:"btns,omitempty"`
}

type button struct {
	Title string `json:"title"`
	URL   string `json:"actionURL"`
}

// Render splits a message into bodies that a robot takes, without msgUuid. Only the first part
// mentions people. A card has buttons and no mentions: with mentions, or without a link, it is
// sent as markdown instead.
func (r *robot) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	form := d.Options["form"]
	if form == "" {
		form = formMarkdown
	}
	whom, notes := resolveMentions(d.Mentions)
	switch form {
	case formMarkdown, formText:
	case formCard:
		if !whom.empty() {
			form = formMarkdown
			notes = append(notes, lang.Text{
				ZH: "actionCard 不能 @ 人，这条消息改用 markdown。",
				EN: "An actionCard cannot mention anybody, so this message is markdown.",
			})
		}
	default:
		return sender.Rendered{}, sender.Permanent(sender.ReasonConfig,
			fmt.Errorf("form %q is none of a DingTalk robot's: use %s, %s or %s", form, formMarkdown, formText, formCard))
	}
	build := func(m message.Message, whom mentions) (json.RawMessage, error) { return r.body(m, form, whom) }
	parts, err := message.Fit(d.Message, message.Limit{Max: maxBody - keySize, Parts: maxParts},
		func(m message.Message) (int, error) {
			b, err := build(m, whom)
			return len(b), err
		})
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	out := sender.Rendered{Notes: notes}
	for i, m := range parts {
		if i > 0 {
			whom = mentions{}
		}
		b, err := build(m, whom)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts = append(out.Parts, b)
	}
	return out, nil
}

func (r *robot) body(m message.Message, form string, whom mentions) (json.RawMessage, error) {
	w := wire{Type: form}
	if !whom.empty() {
		w.At = &whom
	}
	ids := whom.ids()
	title := page{Title: markup.BreakMentions(markup.Cut(markup.Headline(m), titleRunes), ids)}
	var buttons []button
	if form == formCard {
		if buttons = cardButtons(m.Links, ids); len(buttons) == 0 {
			w.Type = formMarkdown
		}
	}
	switch w.Type {
	case formText:
		w.Text = &content{Content: r.complete(draw(m, false, ids, 0), "\n", whom)}
	case formMarkdown:
		title.Text = r.complete(draw(m, true, ids, 0), "\n\n", whom)
		w.Markdown = &title
	case formCard:
		title.Text = r.complete(draw(m, true, ids, len(buttons)), "\n\n", mentions{})
		w.Card = &card{page: title}
		if len(buttons) == 1 {
			w.Card.SingleTitle, w.Card.SingleURL = buttons[0].Title, buttons[0].URL
		} else {
			w.Card.Orientation, w.Card.Buttons = "0", buttons
		}
	}
	return outbound.JSON(w)
}

// complete adds the mentions' text, and the keyword unless it is there.
func (r *robot) complete(drawn, gap string, whom mentions) string {
	if at := whom.text(); at != "" {
		drawn += gap + at
	}
	if k := r.settings.Keyword; k != "" && !strings.Contains(drawn, k) {
		drawn += gap + k
	}
	return drawn
}

// cardButtons makes buttons of the links at the beginning, as far as they can be.
func cardButtons(links []message.Link, ids []string) []button {
	var out []button
	for _, l := range links {
		b := button{Title: markup.BreakMentions(markup.Flat(l.Title), ids), URL: markup.LinkURL(l.URL, ids)}
		if b.Title == "" || b.URL == "" || len(out) == maxButtons {
			break
		}
		out = append(out, b)
	}
	return out
}
