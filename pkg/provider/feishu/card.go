package feishu

import (
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
)

// card is a card of JSON 1.0, not 2.0: an urged 2.0 card shows "please upgrade your client" on the lock
// screen whatever its summary says (github.com/larksuite/cli/issues/921), and clients before 7.20 do not
// draw one at all. Of a 1.0 card every client and lock screen shows the header's title.
// https://open.feishu.cn/document/feishu-cards/card-json-structure
type card struct {
	Config   cardConfig `json:"config"`
	Header   cardHeader `json:"header"`
	Elements []element  `json:"elements"`
}

type cardConfig struct {
	// UpdateMulti must be true before and after an update, for PATCH to take the card.
	UpdateMulti   bool   `json:"update_multi"`
	EnableForward bool   `json:"enable_forward"`
	WidthMode     string `json:"width_mode"`
}

type cardHeader struct {
	Title    words     `json:"title"`
	Template string    `json:"template"`
	Tags     []textTag `json:"text_tag_list,omitempty"`
}

type textTag struct {
	Tag   string `json:"tag"`
	Text  words  `json:"text"`
	Color string `json:"color"`
}

type words struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

type element struct {
	Tag      string       `json:"tag"`
	Text     *words       `json:"text,omitempty"`
	Content  string       `json:"content,omitempty"`
	Fields   []fieldWords `json:"fields,omitempty"`
	Elements []words      `json:"elements,omitempty"`
	Actions  []button     `json:"actions,omitempty"`
}

type fieldWords struct {
	IsShort bool  `json:"is_short"`
	Text    words `json:"text"`
}

type button struct {
	Tag  string `json:"tag"`
	Text words  `json:"text"`
	Type string `json:"type"`
	URL  string `json:"url"`
}

const (
	// shortField is the longest value, in bytes, that stands in half a card's width.
	shortField = 60
	// maxFields and maxButtons are how many are drawn one by one: components are limited.
	maxFields  = 24
	maxButtons = 8
)

func plainWords(s string) words { return words{Tag: "plain_text", Content: s} }
func markWords(s string) words  { return words{Tag: "lark_md", Content: s} }

// components counts everything with a tag.
func (c card) components() int {
	n := 2 + 2*len(c.Header.Tags)
	for _, e := range c.Elements {
		n += 1 + len(e.Fields) + len(e.Elements) + 2*len(e.Actions)
		if e.Text != nil {
			n++
		}
	}
	return n
}

func buildCard(m message.Message, mentions []mention) card {
	status, severity := standing(m)
	c := card{
		Config: cardConfig{UpdateMulti: true, EnableForward: true, WidthMode: "fill"},
		Header: cardHeader{Title: plainWords(oneLine(m.Title)), Template: headerColor(status, severity)},
	}
	if m.Kind == message.TestKind {
		tag := plainWords(text("测试", "TEST").In(m.Language))
		c.Header.Tags = []textTag{{Tag: "text_tag", Text: tag, Color: "blue"}}
	}
	// Foreign text stands in plain_text where nothing else is with it: there it needs no escape.
	c.plain(tidy(m.Summary))
	c.fields(m.Fields)
	c.items(m)
	c.plain(tidy(m.LeftOut()))
	c.mentions(mentions)
	c.links(m.Links)
	if note := smallPrint(m); note != "" {
		c.add(element{Tag: "note", Elements: []words{plainWords(note)}})
	}
	if len(c.Elements) == 0 {
		c.plain(oneLine(m.Title))
	}
	return c
}

func (c *card) add(e element) { c.Elements = append(c.Elements, e) }

func (c *card) plain(s string) {
	if s != "" {
		w := plainWords(s)
		c.add(element{Tag: "div", Text: &w})
	}
}

func (c *card) mark(s string) { c.add(element{Tag: "markdown", Content: s}) }

func (c *card) fields(all []message.Field) {
	if len(all) == 0 {
		return
	}
	if len(all) > maxFields {
		lines := make([]string, 0, len(all))
		for _, f := range all {
			lines = append(lines, "**"+escapeMarkdown(oneLine(f.Label))+"** "+escapeMarkdown(f.Value))
		}
		c.mark(strings.Join(lines, "\n"))
		return
	}
	e := element{Tag: "div"}
	for _, f := range all {
		value := escapeMarkdown(f.Value)
		e.Fields = append(e.Fields, fieldWords{
			IsShort: len(f.Value) <= shortField,
			Text:    markWords("**" + escapeMarkdown(oneLine(f.Label)) + "**\n" + value),
		})
	}
	c.add(e)
}

// items gives each alert an element, and a digest one with a line for each.
func (c *card) items(m message.Message) {
	if len(m.Items) == 0 {
		return
	}
	if len(c.Elements) > 0 {
		c.add(element{Tag: "hr"})
	}
	if m.Kind != message.DigestKind {
		for _, it := range m.Items {
			c.mark(itemMarkdown(it, m.Language))
		}
		return
	}
	lines := make([]string, 0, len(m.Items))
	for _, it := range m.Items {
		lines = append(lines, digestLine(it))
	}
	c.mark(strings.Join(lines, "\n"))
}

func itemMarkdown(it message.Item, l lang.Language) string {
	lines := []string{dot(it.Status, it.Severity) + " **" + escapeMarkdown(oneLine(it.Title)) + "**"}
	if when := oneLine(it.When); when != "" {
		lines = append(lines, "<font color='grey'>"+escapeMarkdown(when)+"</font>")
	}
	if s := escapeMarkdown(it.Text); s != "" {
		lines = append(lines, s)
	}
	for _, f := range it.Fields {
		lines = append(lines, escapeMarkdown(oneLine(f.Label))+colon(l)+escapeMarkdown(oneLine(f.Value)))
	}
	if s := markdownLinks(it.Links); s != "" {
		lines = append(lines, s)
	}
	return strings.Join(lines, "\n")
}

// digestLine is an alert on one line: a digest names many, and says little of each.
func digestLine(it message.Item) string {
	parts := []string{dot(it.Status, it.Severity) + " **" + escapeMarkdown(oneLine(it.Title)) + "**"}
	for _, s := range []string{it.Text, it.When} {
		if s = oneLine(s); s != "" {
			parts = append(parts, escapeMarkdown(s))
		}
	}
	if s := markdownLinks(it.Links); s != "" {
		parts = append(parts, s)
	}
	return strings.Join(parts, " · ")
}

// markdownLinks leaves out what leads to no page: its address is shown as text.
func markdownLinks(links []message.Link) string {
	var out []string
	for _, l := range links {
		title := escapeMarkdown(oneLine(l.Title))
		if address, ok := webAddress(l.URL); ok {
			out = append(out, "["+title+"]("+address+")")
		} else {
			out = append(out, title+" "+escapeMarkdown(oneLine(l.URL)))
		}
	}
	return strings.Join(out, " · ")
}

func (c *card) mentions(all []mention) {
	var out []string
	for _, m := range all {
		out = append(out, "<at id="+m.id+"></at>")
	}
	if len(out) > 0 {
		c.mark(strings.Join(out, " "))
	}
}

func (c *card) links(all []message.Link) {
	e := element{Tag: "action"}
	var others []message.Link
	for _, l := range all {
		address, ok := webAddress(l.URL)
		if !ok || len(e.Actions) == maxButtons {
			others = append(others, l)
			continue
		}
		kind := "default"
		if len(e.Actions) == 0 {
			kind = "primary"
		}
		e.Actions = append(e.Actions, button{Tag: "button", Text: plainWords(oneLine(l.Title)), Type: kind, URL: address})
	}
	if len(e.Actions) > 0 {
		c.add(e)
	}
	if len(others) > 0 {
		c.mark(markdownLinks(others))
	}
}

func colon(l lang.Language) string { return text("：", ": ").In(l) }
