package wecom

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
)

// What a template card shows of each text, in characters; WeCom advises these and says nothing of what is longer.
// https://developer.work.weixin.qq.com/document/path/90236
const (
	maxCardTitle = 36
	maxCardDesc  = 44
	maxSubTitle  = 112
	maxKeyName   = 5
	maxValue     = 26
	maxRows      = 6
	maxURL       = 2048
)

// card is a text_notice: a notice with a link, and a menu, without which WeCom gives no code to update it.
type card struct {
	Type     string   `json:"card_type"`
	Source   source   `json:"source"`
	Menu     menu     `json:"action_menu"`
	TaskID   string   `json:"task_id,omitempty"`
	Main     heading  `json:"main_title"`
	SubTitle string   `json:"sub_title_text,omitempty"`
	Rows     []keyed  `json:"horizontal_content_list,omitempty"`
	Jumps    []jump   `json:"jump_list,omitempty"`
	Action   redirect `json:"card_action"`
}

const cardNotice = "text_notice"

type source struct {
	Desc  string `json:"desc"`
	Color int    `json:"desc_color"`
}

type menu struct {
	Desc    string       `json:"desc"`
	Actions []menuAction `json:"action_list"`
}

type menuAction struct {
	Text string `json:"text"`
	Key  string `json:"key"`
}

type heading struct {
	Title string `json:"title"`
	Desc  string `json:"desc,omitempty"`
}

type keyed struct {
	Name  string `json:"keyname"`
	Value string `json:"value"`
}

type jump struct {
	Type  int    `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

type redirect struct {
	Type int    `json:"type"`
	URL  string `json:"url"`
}

// The colours of a card's source, and the kind of a link.
const (
	colorGray  = 0
	colorRed   = 2
	colorGreen = 3
	linkPage   = 1
	maxJumps   = 3
)

// firstLink is where a card leads: the message's first link, else the first of its alerts.
func firstLink(m message.Message) message.Link {
	all := slices.Clone(m.Links)
	for _, it := range m.Items {
		all = append(all, it.Links...)
	}
	for _, l := range all {
		if u := markup.LinkURL(l.URL, nil); u != "" && len(u) <= maxURL {
			return message.Link{Title: markup.Flat(l.Title), URL: u}
		}
	}
	return message.Link{}
}

// brief names the alerts of a message, one a line, and what is left out.
func brief(m message.Message, clean func(string) string) []string {
	var out []string
	for _, l := range markup.Lines(m.Summary) {
		out = append(out, clean(l))
	}
	for _, it := range m.Items {
		out = append(out, strings.TrimSpace(markup.Mark(it.Status, it.Severity)+" "+clean(markup.Flat(it.Title))))
	}
	switch {
	case m.MoreNote != "":
		out = append(out, clean(markup.Flat(m.MoreNote)))
	case m.More > 0:
		out = append(out, fmt.Sprintf("+%d", m.More))
	}
	return out
}

// noMarkup keeps foreign text from being a tag in a card's description.
func noMarkup(s string) string { return strings.NewReplacer("<", "＜", ">", "＞").Replace(s) }

// briefCard is a textcard.
func briefCard(m message.Message, link message.Link) *textCard {
	c := &textCard{Title: cutBytes(markup.Headline(m), maxTitle), URL: link.URL, Button: words("详情", "Open").In(m.Language)}
	var out []string
	if len(m.Items) > 0 && m.Items[0].When != "" {
		out = append(out, grayOpen+noMarkup(markup.Flat(m.Items[0].When))+grayClose)
	}
	for _, l := range brief(m, noMarkup) {
		out = append(out, "<div>"+l+"</div>")
	}
	if len(out) == 0 {
		out = append(out, "<div>"+noMarkup(c.Title)+"</div>")
	}
	c.Description = strings.Join(out, "")
	return c
}

// noticeCard is a template card.
func noticeCard(m message.Message, link message.Link) *card {
	color := colorGray
	if m.Status == alert.Resolved {
		color = colorGreen
	} else if m.Severity >= alert.High {
		color = colorRed
	}
	c := &card{
		Type: cardNotice, Source: source{Desc: words("云锣告警", "Yunluo").In(m.Language), Color: color},
		Menu: menu{
			Desc:    words("操作", "Actions").In(m.Language),
			Actions: []menuAction{{Text: words("知道了", "Got it").In(m.Language), Key: "seen"}},
		},
		Main:     heading{Title: markup.Cut(markup.Headline(m), maxCardTitle)},
		SubTitle: strings.Join(brief(m, func(s string) string { return s }), "\n"),
		Action:   redirect{Type: linkPage, URL: link.URL},
	}
	if len(m.Items) > 0 {
		c.Main.Desc = markup.Cut(markup.Flat(m.Items[0].When), maxCardDesc)
	}
	for _, f := range m.Fields {
		if len(c.Rows) < maxRows && markup.Flat(f.Label) != "" && markup.Flat(f.Value) != "" {
			c.Rows = append(c.Rows, keyed{markup.Cut(markup.Flat(f.Label), maxKeyName), markup.Cut(markup.Flat(f.Value), maxValue)})
		}
	}
	for _, l := range m.Links {
		u := markup.LinkURL(l.URL, nil)
		if len(c.Jumps) < maxJumps && u != "" && len(u) <= maxURL && markup.Flat(l.Title) != "" {
			c.Jumps = append(c.Jumps, jump{linkPage, markup.Cut(markup.Flat(l.Title), maxValue), u})
		}
	}
	return c
}

// cutBytes shortens a text to a number of bytes, never within a character.
func cutBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := 0
	for i := range s {
		if i > limit-len("…") {
			break
		}
		end = i
	}
	return s[:end] + "…"
}
