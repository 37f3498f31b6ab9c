package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// maxMarkdown is the longest markdown of a robot, in bytes.
// https://developer.work.weixin.qq.com/document/path/91770
const maxMarkdown = 4096

const everybody = "@all"

// robotPart is what a robot is sent.
type robotPart struct {
	Type      string     `json:"msgtype"`
	Text      *robotText `json:"text,omitempty"`
	Markdown  *content   `json:"markdown,omitempty"`
	Markdown2 *content   `json:"markdown_v2,omitempty"`
}

type robotText struct {
	Content string   `json:"content"`
	Users   []string `json:"mentioned_list,omitempty"`
	Mobiles []string `json:"mentioned_mobile_list,omitempty"`
}

// said is the text of whatever form it is.
func (p robotPart) said() string {
	switch {
	case p.Type == formText && p.Text != nil:
		return p.Text.Content
	case p.Type == formMarkdown && p.Markdown != nil:
		return p.Markdown.Content
	case p.Type == formMarkdown2 && p.Markdown2 != nil:
		return p.Markdown2.Content
	}
	return ""
}

func parseRobot(raw json.RawMessage) (robotPart, error) {
	var p robotPart
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("the content is not a message of a WeCom robot: %w", err)
	}
	if p.said() == "" {
		return p, errors.New("the content is not a message of a WeCom robot: use text, markdown or markdown_v2 with content")
	}
	return p, nil
}

// mentioned are whom a message notifies.
type mentioned struct{ users, mobiles []string }

// resolve finds what WeCom knows people by. Each that it cannot is in a note.
func resolve(targets []sender.Target) (mentioned, []lang.Text) {
	var m mentioned
	var notes []lang.Text
	for _, t := range targets {
		user, mobile := "", ""
		switch t.Kind {
		case sender.TargetAll:
			user = everybody
		case sender.TargetUser:
			user = t.Value
		case sender.TargetPhone:
			mobile = sender.Mobile(t.Value)
		default:
			if t.Person != nil {
				user, mobile = t.Person.IDs[providerName], sender.Mobile(t.Person.Mobile)
			}
		}
		switch user = strings.TrimSpace(user); {
		case user != "" && !strings.ContainsAny(user, "<>|, \t\r\n"):
			if !slices.Contains(m.users, user) {
				m.users = append(m.users, user)
			}
		case mobile != "":
			if !slices.Contains(m.mobiles, mobile) {
				m.mobiles = append(m.mobiles, mobile)
			}
		default:
			notes = append(notes, words("没有 @ "+label(t)+"：既没有企业微信账号（ids.wecom），也没有可用的手机号。",
				label(t)+" is not mentioned: neither a WeCom user id (ids.wecom) nor a usable mobile number is known."))
		}
	}
	return m, notes
}

func label(t sender.Target) string {
	if t.Person != nil {
		return t.Person.Label()
	}
	return t.String()
}

func (m mentioned) empty() bool { return len(m.users)+len(m.mobiles) == 0 }

// needText tells whether only text can notify them.
func (m mentioned) needText() bool { return len(m.mobiles) > 0 || slices.Contains(m.users, everybody) }

// inline is what notifies them in markdown.
func (m mentioned) inline() string {
	var out []string
	for _, u := range m.users {
		out = append(out, "<@"+u+">")
	}
	return strings.Join(out, " ")
}

// Render gives a message one of the three forms, the one that can mention who is to be mentioned. Only the first part
// mentions people.
func (r *robot) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	form := d.Options[optionForm]
	if form == "" {
		form = formMarkdown
	}
	if !slices.Contains([]string{formText, formMarkdown, formMarkdown2}, form) {
		return sender.Rendered{}, sender.Permanent(sender.ReasonConfig,
			fmt.Errorf("form %q is none of a WeCom robot's: use %s, %s or %s", form, formMarkdown, formMarkdown2, formText))
	}
	whom, notes := resolve(d.Mentions)
	switch {
	case form != formText && whom.needText():
		form = formText
		notes = append(notes, words("按手机号 @ 人和 @ 所有人只有 text 能做到，这条消息改用 text。", "Only text mentions by mobile number, or everybody, so this message is text."))
	case form == formMarkdown2 && !whom.empty():
		form = formMarkdown
		notes = append(notes, words("markdown_v2 不能 @ 人，这条消息改用 markdown。", "markdown_v2 cannot mention anybody, so this message is markdown."))
	}
	limit := message.Limit{Max: maxMarkdown, Parts: maxParts}
	if form == formText {
		limit.Max = maxText
	}
	parts, err := message.Fit(d.Message, limit, func(m message.Message) (int, error) { return len(robotBody(m, form, whom).said()), nil })
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	out := sender.Rendered{Notes: notes}
	for i, m := range parts {
		if i > 0 {
			whom = mentioned{}
		}
		raw, err := outbound.JSON(robotBody(m, form, whom))
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts = append(out.Parts, raw)
	}
	return out, nil
}

func robotBody(m message.Message, form string, whom mentioned) robotPart {
	p := robotPart{Type: form}
	switch form {
	case formText:
		p.Text = &robotText{Content: markup.Draw(m, markup.Plain(m.Language, nil), 0), Users: whom.users, Mobiles: whom.mobiles}
	case formMarkdown:
		drawn := markup.Draw(m, robotDialect(), 0)
		if at := whom.inline(); at != "" {
			drawn += "\n\n" + at
		}
		p.Markdown = &content{drawn}
	case formMarkdown2:
		p.Markdown2 = &content{markup.Draw(m, robotDialect(), 0)}
	}
	return p
}

// robotDialect is markdown in which foreign text mentions nobody.
func robotDialect() markup.Dialect {
	d := markup.Markdown(nil)
	inline, line := d.Inline, d.Line
	d.Inline = func(s string) string { return inline(noMention(s)) }
	d.Line = func(s string) string { return line(noMention(s)) }
	return d
}

// noMention keeps foreign text from being <@somebody>.
func noMention(s string) string { return strings.ReplaceAll(s, "<@", "＜@") }

// previewRobot draws a message as WeCom does.
func previewRobot(raw json.RawMessage) (sender.Preview, error) {
	p, err := parseRobot(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	out := sender.Preview{Shape: sender.ShapeBubble}
	if p.Type == formText {
		out.Mentions = append(slices.Clone(p.Text.Users), p.Text.Mobiles...)
		for l := range strings.Lines(p.Text.Content) {
			out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockText, Text: strings.TrimRight(l, "\r\n")})
		}
		if len(out.Mentions) > 0 {
			out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockText, Spans: atSpans(out.Mentions)})
		}
		return out, nil
	}
	text := p.said()
	if p.Type == formMarkdown {
		at := regexp.MustCompile(`<@([^>]+)>`)
		for _, m := range at.FindAllStringSubmatch(text, -1) {
			out.Mentions = append(out.Mentions, m[1])
		}
		text = at.ReplaceAllString(text, "")
	}
	out.Blocks = (&markup.Parser{}).Parse(text)
	if len(out.Mentions) > 0 {
		out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockText, Spans: atSpans(out.Mentions)})
	}
	return out, nil
}

// atSpans writes those who are notified, as the app does below the text.
func atSpans(ids []string) []sender.Span {
	var out []sender.Span
	for i, id := range ids {
		if i > 0 {
			out = append(out, sender.Span{Text: " "})
		}
		out = append(out, sender.Span{Text: "@" + strings.TrimPrefix(id, "@"), Mention: id})
	}
	return out
}
