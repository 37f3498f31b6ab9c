package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// The longest texts that WeCom takes, in bytes; what is longer it cuts without a word. Its documentation counts some of
// them in characters in one place and in bytes in another, so all are bytes here.
// https://developer.work.weixin.qq.com/document/path/90236
const (
	maxText        = 2048
	maxDescription = 512
	maxTitle       = 128
	// maxParts is how many messages one alert group may become.
	maxParts = 5
	// markRoom is what Send adds.
	markRoom = len(grayOpen) + len("#000000") + len(grayClose)

	grayOpen  = `<div class="gray">`
	grayClose = `</div>`
)

// part is a message without its recipients.
type part struct {
	Type     string    `json:"msgtype"`
	Text     *content  `json:"text,omitempty"`
	Markdown *content  `json:"markdown,omitempty"`
	TextCard *textCard `json:"textcard,omitempty"`
	Card     *card     `json:"template_card,omitempty"`
}

type content struct {
	Content string `json:"content"`
}

type textCard struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Button      string `json:"btntxt,omitempty"`
}

func parsePart(raw json.RawMessage) (part, error) {
	var p part
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("the content is not a message of WeCom: %w", err)
	}
	for form, there := range map[string]bool{
		formText: p.Text != nil && p.Text.Content != "", formMarkdown: p.Markdown != nil && p.Markdown.Content != "",
		formTextCard: p.TextCard != nil && p.TextCard.Title != "" && p.TextCard.Description != "" && p.TextCard.URL != "",
		formCard:     p.Card != nil && p.Card.Main.Title != "",
	} {
		if there && p.Type == form {
			return p, nil
		}
	}
	return p, errors.New("the content is not a message of WeCom: use text, markdown, textcard or template_card with its fields")
}

// marked adds what tells this message from another one with the same words.
func (p part) marked(key string) part {
	switch {
	case p.Text != nil:
		p.Text = &content{p.Text.Content + "\n#" + mark(key)}
	case p.Markdown != nil:
		p.Markdown = &content{p.Markdown.Content + "\n#" + mark(key)}
	case p.TextCard != nil:
		c := *p.TextCard
		c.Description += grayOpen + "#" + mark(key) + grayClose
		p.TextCard = &c
	case p.Card != nil:
		c := *p.Card
		c.TaskID = taskID(key)
		p.Card = &c
	}
	return p
}

// taskID keeps the characters that a card's task_id may have.
func taskID(key string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-@", r)) {
			return r
		}
		return '_'
	}, key[:min(len(key), 128)])
}

// Render gives a message one of the four forms. The two cards are brief: they name what they can and count the rest.
func (a *app) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	form := d.Options[optionForm]
	if form == "" {
		form = formText
	}
	var out sender.Rendered
	link := firstLink(d.Message)
	if link.URL == "" && (form == formTextCard || form == formCard) {
		out.Notes = append(out.Notes, words(form+" 需要一个链接，这条消息没有，改用 text。", form+" needs a link and this message has none, so it is text."))
		form = formText
	}
	limit := message.Limit{Max: maxText - markRoom, Parts: maxParts}
	var build func(m message.Message) (p part, size int)
	switch form {
	case formText:
		build = func(m message.Message) (part, int) {
			s := markup.Draw(m, textDialect(m), 0)
			return part{Type: form, Text: &content{s}}, len(s)
		}
	case formMarkdown:
		build = func(m message.Message) (part, int) {
			s := markup.Draw(m, markup.Markdown(nil), 0)
			return part{Type: form, Markdown: &content{s}}, len(s)
		}
	case formTextCard:
		limit = message.Limit{Max: maxDescription - markRoom, Parts: 1}
		build = func(m message.Message) (part, int) {
			c := briefCard(m, link)
			return part{Type: form, TextCard: c}, len(c.Description)
		}
	case formCard:
		limit = message.Limit{Max: maxSubTitle, Parts: 1}
		build = func(m message.Message) (part, int) {
			c := noticeCard(m, link)
			return part{Type: form, Card: c}, len([]rune(c.SubTitle))
		}
	default:
		return out, sender.Permanent(sender.ReasonConfig,
			fmt.Errorf("form %q is none of WeCom's: use %s, %s, %s or %s", form, formText, formMarkdown, formTextCard, formCard))
	}
	parts, err := message.Fit(d.Message, limit, func(m message.Message) (int, error) { _, n := build(m); return n, nil })
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	for _, m := range parts {
		p, _ := build(m)
		raw, err := outbound.JSON(p)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts = append(out.Parts, raw)
	}
	return out, nil
}

// textDialect is WeCom's plain text: it knows links and nothing else.
func textDialect(m message.Message) markup.Dialect {
	d := markup.Plain(m.Language, nil)
	d.Inline, d.Line, d.Open = noTags, noTags, false
	d.Link = func(title, address string) string {
		if title == "" {
			title = noTags(address)
		}
		return `<a href="` + address + `">` + title + `</a>`
	}
	return d
}

// noTags keeps foreign text from beginning a tag.
func noTags(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	runes := []rune(s)
	for i, r := range runes {
		if r == '<' && i+1 < len(runes) && (unicode.IsLetter(runes[i+1]) || strings.ContainsRune("/!?", runes[i+1])) {
			runes[i] = '＜'
		}
	}
	return string(runes)
}
