// Package markup draws a message as lines of text, in a provider's dialect of markdown or plain.
package markup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
)

// Dialect is what a provider's text means to it.
type Dialect struct {
	// Inline makes foreign text within a line mean nothing, and Line text that begins one. Both get one line.
	Inline, Line func(string) string
	// Address makes an address safe; it returns "" for one that cannot be linked to.
	Address func(string) string
	// Link joins a title, which Inline was applied to and may be empty, and an address.
	Link func(title, address string) string
	// Open means that addresses are read, not hidden behind a title.
	Open bool
	// Heading and Quote begin such lines; Bold stands on both sides of bold text, or BoldEnd behind it.
	Heading, Quote, Bold, BoldEnd string
	// Break ends a line within a paragraph, Gap a paragraph, and LinkGap stands between links.
	Break, Gap, LinkGap string
}

// drawing writes a message in a dialect.
type drawing struct {
	Dialect

	// colon stands between a label and its value.
	colon string
	// whole are the links of the message as a whole.
	whole  []message.Link
	blocks []string
}

// Draw writes everything but the first links, which are buttons.
func Draw(m message.Message, dialect Dialect, buttons int) string {
	d := &drawing{Dialect: dialect, colon: Colon(m.Language), whole: m.Links}
	d.heading(Headline(m))
	d.paragraph(m.Summary)
	d.fields(m.Fields)
	if m.Kind == message.DigestKind {
		d.digest(m.Items)
	} else {
		for _, it := range m.Items {
			d.item(it)
		}
	}
	d.paragraph(m.LeftOut())
	d.links(m.Links[min(buttons, len(m.Links)):])
	for _, n := range m.Notes {
		d.quote(n)
	}
	return strings.Join(d.blocks, d.Gap)
}

// Headline is the title with its mark, in one line of plain text.
func Headline(m message.Message) string {
	words := []string{Mark(m.Status, m.Severity)}
	if m.Kind == message.TestKind {
		words = []string{"🧪", testWord(m.Language)}
	}
	words = append(words, Flat(m.Title))
	if m.Parts > 1 {
		words = append(words, fmt.Sprintf("(%d/%d)", m.Part, m.Parts))
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// Colon stands between a label and its value.
func Colon(l lang.Language) string { return lang.Text{ZH: "：", EN: ": "}.In(l) }

func testWord(l lang.Language) string {
	return lang.Text{ZH: "【测试】", EN: "Test:"}.In(l)
}

// Mark shows status and severity where colours cannot.
func Mark(status alert.Status, severity alert.Severity) string {
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

// foreign escapes text within a line, and foreignLine text that begins one.
func (d *drawing) foreign(s string) string { return d.Inline(Flat(s)) }

func (d *drawing) foreignLine(s string) string { return d.Line(Flat(s)) }

func (d *drawing) bold(s string) string {
	if s = d.foreign(s); s != "" {
		return d.Bold + s + cmp.Or(d.BoldEnd, d.Bold)
	}
	return s
}

func (d *drawing) heading(s string) { d.add(d.Heading + d.foreign(s)) }

func (d *drawing) paragraph(s string) { d.prefixed("", s) }

func (d *drawing) quote(s string) { d.prefixed(d.Quote, s) }

func (d *drawing) prefixed(prefix, s string) {
	var out []string
	for _, l := range Lines(s) {
		out = append(out, prefix+d.foreignLine(l))
	}
	d.add(strings.Join(out, d.Break))
}

func (d *drawing) fields(fields []message.Field) {
	var out []string
	for _, f := range fields {
		out = append(out, "- "+d.bold(f.Label)+d.colon+d.foreign(f.Value))
	}
	d.add(strings.Join(out, "\n"))
}

func (d *drawing) item(it message.Item) {
	d.add(Mark(it.Status, it.Severity) + " " + d.bold(it.Title))
	d.paragraph(it.When)
	d.quote(it.Text)
	d.fields(it.Fields)
	if d.Open {
		it.Links = Readable(it.Links, d.whole)
	}
	d.links(it.Links)
}

// longAddress is what fills more than a line of a phone or two, in bytes.
const longAddress = 100

// Readable leaves out an alert's own long addresses, such as the form that silences it, where they would stand between
// the alerts as rows of percent signs and the whole message has links that lead there too.
func Readable(links, whole []message.Link) []message.Link {
	if len(whole) == 0 {
		return links
	}
	return slices.DeleteFunc(slices.Clone(links), func(l message.Link) bool { return len(l.URL) > longAddress })
}

// digest names each alert in one line.
func (d *drawing) digest(items []message.Item) {
	var out []string
	for _, it := range items {
		words := []string{Mark(it.Status, it.Severity) + " " + d.bold(it.Title)}
		for _, more := range []string{d.foreign(it.When), d.foreign(it.Text)} {
			if more != "" {
				words = append(words, more)
			}
		}
		out = append(out, "- "+strings.Join(words, " · "))
	}
	d.add(strings.Join(out, "\n"))
}

func (d *drawing) links(links []message.Link) {
	var out []string
	for _, l := range links {
		if address := d.Address(l.URL); address != "" {
			out = append(out, d.Link(d.foreign(l.Title), address))
		}
	}
	d.add(strings.Join(out, d.LinkGap))
}
