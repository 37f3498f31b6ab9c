package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// maxParam is the longest msgParam, in bytes.
// https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message
const maxParam = 15_000

// The templates of messages that need no console.
// https://open.dingtalk.com/document/orgapp/types-of-messages-sent-by-enterprise-robots
const (
	keyText     = "sampleText"
	keyMarkdown = "sampleMarkdown"
	keyCard     = "sampleActionCard"
)

// appWire is a message without recipients; Param is JSON in a string.
type appWire struct {
	Key   string `json:"msgKey"`
	Param string `json:"msgParam"`
	// Read asks later who read it; it is not sent.
	Read bool `json:"read,omitempty"`
}

// param is what msgParam holds.
type param struct {
	Content     string `json:"content,omitempty"`
	Title       string `json:"title,omitempty"`
	Text        string `json:"text,omitempty"`
	SingleTitle string `json:"singleTitle,omitempty"`
	SingleURL   string `json:"singleURL,omitempty"`
}

func parseApp(raw json.RawMessage) (appWire, error) {
	var w appWire
	if err := json.Unmarshal(raw, &w); err != nil {
		return w, fmt.Errorf("the content is not a message of a DingTalk app: %w", err)
	}
	p, err := w.param()
	if err != nil {
		return w, err
	}
	switch {
	case w.Key == keyText && p.Content != "", w.Key == keyMarkdown && p.Title != "" && p.Text != "",
		w.Key == keyCard && p.Title != "" && p.Text != "" && p.SingleTitle != "" && p.SingleURL != "":
		return w, nil
	}
	return w, errors.New("the content is not a message of a DingTalk app: use sampleText, sampleMarkdown or sampleActionCard with their fields")
}

func (w appWire) param() (param, error) {
	var p param
	if err := json.Unmarshal([]byte(w.Param), &p); err != nil {
		return p, errors.New("msgParam is no JSON")
	}
	return p, nil
}

// title is one line for a DING.
func (w appWire) title() string {
	p, err := w.param()
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(p.Title+p.Content, "\n")
	return first
}

// Render makes one of three forms. A robot of an app cannot mention anybody in a message, so people are only named;
// urgent is what makes them look.
func (a *app) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	form := d.Options[optionForm]
	if form == "" {
		form = formMarkdown
	}
	if form != formMarkdown && form != formText && form != formCard {
		return sender.Rendered{}, sender.Permanent(sender.ReasonConfig,
			fmt.Errorf("form %q is none of a DingTalk app's: use %s, %s or %s", form, formMarkdown, formText, formCard))
	}
	read := d.Options[optionRead] == "true"
	people := attention(d)
	build := func(m message.Message, people string) (json.RawMessage, int, error) {
		w, err := appBody(m, form, people)
		if err != nil {
			return nil, 0, err
		}
		w.Read = read
		raw, err := json.Marshal(w)
		return raw, len(w.Param), err
	}
	parts, err := message.Fit(d.Message, message.Limit{Max: maxParam, Parts: maxParts}, func(m message.Message) (int, error) {
		_, n, err := build(m, people)
		return n, err
	})
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	var out sender.Rendered
	if people != "" {
		out.Notes = append(out.Notes, text("钉钉应用的消息不能 @ 人，只写出名字；提醒到人靠 urgent（DING）。",
			"Messages of a DingTalk app cannot mention anybody and only name people; urgent (DING) makes them look."))
	}
	for i, m := range parts {
		if i > 0 {
			people = ""
		}
		raw, _, err := build(m, people)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts = append(out.Parts, raw)
	}
	return out, nil
}

// attention names the people of an entry, in one line.
func attention(d sender.Draft) string {
	var names []string
	for _, t := range d.Mentions {
		names = append(names, markup.Flat(name(t)))
	}
	if len(names) == 0 {
		return ""
	}
	return lang.Text{ZH: "请关注：", EN: "Attention: "}.In(d.Message.Language) + strings.Join(names, ", ")
}

func appBody(m message.Message, form, people string) (appWire, error) {
	w, p := appWire{Key: keyMarkdown}, param{}
	var link button
	if form == formCard {
		if all := cardButtons(m.Links, nil); len(all) > 0 {
			link = all[0]
			w.Key = keyCard
		}
	}
	switch form {
	case formText:
		w.Key, p.Content = keyText, draw(m, false, nil, 0)
		if people != "" {
			p.Content += "\n" + people
		}
	default:
		p.Title = markup.Cut(markup.Headline(m), titleRunes)
		buttons := 0
		if w.Key == keyCard {
			buttons, p.SingleTitle, p.SingleURL = 1, link.Title, link.URL
		}
		p.Text = draw(m, true, nil, buttons)
		if people != "" {
			p.Text += "\n\n" + markup.Markdown(nil).Line(people)
		}
	}
	raw, err := outbound.JSON(p)
	w.Param = string(raw)
	return w, err
}

// previewApp draws a message as DingTalk does.
func previewApp(raw json.RawMessage) (sender.Preview, error) {
	w, err := parseApp(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	p, err := w.param()
	if err != nil {
		return sender.Preview{}, err
	}
	body := wire{Type: formMarkdown, Markdown: &page{Title: p.Title, Text: p.Text}}
	switch w.Key {
	case keyText:
		body = wire{Type: formText, Text: &content{p.Content}}
	case keyCard:
		body = wire{Type: formCard, Card: &card{page: page{p.Title, p.Text}, SingleTitle: p.SingleTitle, SingleURL: p.SingleURL}}
	}
	encoded, err := outbound.JSON(body)
	if err != nil {
		return sender.Preview{}, err
	}
	return preview(encoded)
}
