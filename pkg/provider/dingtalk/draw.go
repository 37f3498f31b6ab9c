package dingtalk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
)

// hardBreak ends a line within a paragraph of markdown.
const hardBreak = "  \n"

// drawing writes a message as markdown or as plain text.
type drawing struct {
	markdown bool
	// ids are what foreign text must not mention.
	ids []string
	// colon stands between a label and its value.
	colon  string
	blocks []string
}

// draw writes everything but the links that are buttons.
func draw(m message.Message, markdown bool, ids []string, buttons int) string {
	d := &drawing{markdown: markdown, ids: ids, colon: lang.Text{ZH: "：", EN: ": "}.In(m.Language)}
	d.heading(headline(m))
	d.paragraph(m.Summary)
	d.fields(m.Fields)
	if m.Kind == message.DigestKind {
		d.digest(m.Items)
	} else {
		for _, it := range m.Items {
			d.item(it)
		}
	}
	d.more(m)
	d.links(m.Links[min(buttons, len(m.Links)):])
	for _, n := range m.Notes {
		d.quote(n)
	}
	return strings.Join(d.blocks, d.gap())
}

// headline is the title with its mark, in one line of plain text.
func headline(m message.Message) string {
	words := []string{mark(m.Status, m.Severity)}
	if m.Kind == message.TestKind {
		words = []string{"🧪", testWord(m.Language)}
	}
	words = append(words, flat(m.Title))
	if m.Parts > 1 {
		words = append(words, fmt.Sprintf("(%d/%d)", m.Part, m.Parts))
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

func testWord(l lang.Language) string {
	return lang.Text{ZH: "【测试】", EN: "Test:"}.In(l)
}

// mark shows status and severity, since DingTalk has no coloured cards.
func mark(status alert.Status, severity alert.Severity) string {
	if status == alert.Resolved {
		return "✅"
	}
	switch severity {
	case alert.Critical:
		return "🔴"
	case alert.High:
		return "🟠"
	case alert.Warning:
		return "🟡"
	case alert.Info:
		return "🔵"
	default:
		return "⚪"
	}
}

func (d *drawing) add(block string) {
	if block != "" {
		d.blocks = append(d.blocks, block)
	}
}

func (d *drawing) gap() string {
	if d.markdown {
		return "\n\n"
	}
	return "\n"
}

// foreign escapes text within a line, and foreignLine text that begins one.
func (d *drawing) foreign(s string) string {
	s = breakMentions(flat(s), d.ids)
	if d.markdown {
		return escapeMarkdown(s)
	}
	return s
}

func (d *drawing) foreignLine(s string) string {
	s = breakMentions(flat(s), d.ids)
	if d.markdown {
		return escapeLine(s)
	}
	return s
}

func (d *drawing) bold(s string) string {
	if s = d.foreign(s); d.markdown && s != "" {
		return "**" + s + "**"
	}
	return s
}

func (d *drawing) heading(s string) {
	if d.markdown {
		d.add("### " + d.foreign(s))
		return
	}
	d.add(d.foreign(s))
}

func (d *drawing) paragraph(s string) {
	var out []string
	for _, l := range lines(s) {
		out = append(out, d.foreignLine(l))
	}
	d.add(strings.Join(out, d.lineBreak()))
}

func (d *drawing) lineBreak() string {
	if d.markdown {
		return hardBreak
	}
	return "\n"
}

func (d *drawing) quote(s string) {
	prefix := ""
	if d.markdown {
		prefix = "> "
	}
	var out []string
	for _, l := range lines(s) {
		out = append(out, prefix+d.foreignLine(l))
	}
	d.add(strings.Join(out, d.lineBreak()))
}

func (d *drawing) fields(fields []message.Field) {
	var out []string
	for _, f := range fields {
		out = append(out, "- "+d.bold(f.Label)+d.colon+d.foreign(f.Value))
	}
	d.add(strings.Join(out, "\n"))
}

func (d *drawing) item(it message.Item) {
	d.add(mark(it.Status, it.Severity) + " " + d.bold(it.Title))
	d.paragraph(it.When)
	d.quote(it.Text)
	d.fields(it.Fields)
	d.links(it.Links)
}

// digest names each alert in one line.
func (d *drawing) digest(items []message.Item) {
	var out []string
	for _, it := range items {
		words := []string{mark(it.Status, it.Severity) + " " + d.bold(it.Title)}
		for _, more := range []string{d.foreign(it.When), d.foreign(it.Text)} {
			if more != "" {
				words = append(words, more)
			}
		}
		out = append(out, "- "+strings.Join(words, " · "))
	}
	d.add(strings.Join(out, "\n"))
}

func (d *drawing) more(m message.Message) {
	switch {
	case m.MoreNote != "":
		d.paragraph(m.MoreNote)
	case m.More > 0:
		d.paragraph(lang.Text{
			ZH: fmt.Sprintf("另有 %d 条未列出", m.More),
			EN: fmt.Sprintf("%d more are not listed", m.More),
		}.In(m.Language))
	}
}

func (d *drawing) links(links []message.Link) {
	var out []string
	for _, l := range links {
		address, title := linkURL(l.URL, d.ids), d.foreign(l.Title)
		switch {
		case address == "":
		case d.markdown && title == "":
			out = append(out, "["+linkTitle(d.foreign(address))+"]("+address+")")
		case d.markdown:
			out = append(out, "["+linkTitle(title)+"]("+address+")")
		default:
			out = append(out, strings.TrimPrefix(title+d.colon+address, d.colon))
		}
	}
	if d.markdown {
		d.add(strings.Join(out, " | "))
		return
	}
	d.add(strings.Join(out, "\n"))
}
