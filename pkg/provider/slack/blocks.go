package slack

import (
	"fmt"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
)

const (
	// maxFallback bounds what follows the headline in the text beside blocks, in characters: it is read on a lock screen.
	maxFallback = 1000
	// maxPairs is how many facts stand side by side; more are one line each.
	maxPairs = 20
	// maxLinkButtons is how many links are buttons; the others are links in the text.
	maxLinkButtons = 10
)

// builder collects the blocks below the header, which have the severity's colour.
type builder struct {
	language lang.Language
	blocks   []block
}

// buildBlocks puts the header and the mentions into blocks of the message, where a mention notifies, and the rest into
// an attachment, which has a colour.
func buildBlocks(m message.Message, who []mention, o renderOptions) part {
	headline := plain(markup.Headline(m))
	title := plainWords(cutTo(headline, maxHeader))
	p := part{Text: fallback(m, who), Blocks: []block{{Type: typeHeader, Text: &title}}}
	if at := calls(who); at != "" {
		for _, s := range pack(strings.Split(at, " "), " ", maxSection) {
			p.Blocks = append(p.Blocks, section(s))
		}
	}
	b := &builder{language: m.Language}
	if title.Text != headline {
		b.lines("*" + escape(headline) + "*")
	}
	b.lines(paragraph(m.Summary)...)
	b.facts(m.Fields)
	b.items(m)
	b.lines(paragraph(m.LeftOut())...)
	b.links(m.Links, o.Links == linksButtons)
	b.smallPrint(m.Notes)
	if len(b.blocks) > 0 {
		p.Attachments = []attachment{{Color: color(m), Fallback: title.Text, Blocks: b.blocks}}
	}
	return p
}

func section(s string) block {
	w := markWords(s)
	return block{Type: typeSection, Text: &w}
}

// lines adds lines of mrkdwn, as few sections as hold them.
func (b *builder) lines(lines ...string) {
	for _, s := range pack(lines, "\n", maxSection) {
		b.blocks = append(b.blocks, section(s))
	}
}

// paragraph is foreign text of several lines.
func paragraph(s string) []string {
	var out []string
	for _, l := range markup.Lines(s) {
		out = append(out, escapeLine(l))
	}
	return out
}

// facts puts pairs side by side as long as they are few and short.
func (b *builder) facts(fields []message.Field) {
	var pairs []words
	var lines []string
	for _, f := range fields {
		value := strings.Join(paragraph(f.Value), "\n")
		pair := strings.TrimSuffix(bold(f.Label)+"\n"+value, "\n")
		if len(fields) <= maxPairs && length(pair) <= maxField && pair != "" {
			pairs = append(pairs, markWords(pair))
			continue
		}
		lines = append(lines, b.fact(f))
	}
	for len(pairs) > 0 {
		n := min(len(pairs), maxFields)
		b.blocks = append(b.blocks, block{Type: typeSection, Fields: pairs[:n:n]})
		pairs = pairs[n:]
	}
	b.lines(lines...)
}

// fact is a pair in one line. The colon is within the bold text, so that a space follows it.
func (b *builder) fact(f message.Field) string {
	label, value := markup.Flat(f.Label), markup.Flat(f.Value)
	if label == "" {
		return escapeLine(value)
	}
	return strings.TrimSpace(bold(label+strings.TrimSpace(markup.Colon(b.language))) + " " + escape(value))
}

func bold(s string) string {
	if s = escape(markup.Flat(s)); s == "" {
		return ""
	}
	return "*" + s + "*"
}

// items gives each alert a section, and a digest's a line.
func (b *builder) items(m message.Message) {
	if len(m.Items) == 0 {
		return
	}
	if len(b.blocks) > 0 {
		b.blocks = append(b.blocks, block{Type: typeDivider})
	}
	if m.Kind != message.DigestKind {
		for _, it := range m.Items {
			b.lines(b.item(it)...)
		}
		return
	}
	var lines []string
	for _, it := range m.Items {
		words := []string{itemTitle(it)}
		for _, s := range []string{it.Text, it.When} {
			if s = escape(markup.Flat(s)); s != "" {
				words = append(words, s)
			}
		}
		lines = append(lines, strings.Join(append(words, textLinks(it.Links)...), " · "))
	}
	b.lines(lines...)
}

func itemTitle(it message.Item) string {
	return strings.TrimSpace(markup.Mark(it.Status, it.Severity) + " " + bold(it.Title))
}

func (b *builder) item(it message.Item) []string {
	lines := []string{itemTitle(it)}
	if when := escapeLine(markup.Flat(it.When)); when != "" {
		lines = append(lines, when)
	}
	lines = append(lines, paragraph(it.Text)...)
	for _, f := range it.Fields {
		if s := b.fact(f); s != "" {
			lines = append(lines, s)
		}
	}
	return append(lines, pack(textLinks(it.Links), " · ", maxSection)...)
}

// textLinks leaves out what cannot be linked to.
func textLinks(links []message.Link) []string {
	var out []string
	for _, l := range links {
		if a := address(l.URL); a != "" {
			out = append(out, link(escape(cutTo(markup.Flat(l.Title), maxButton)), a))
		}
	}
	return out
}

func (b *builder) links(links []message.Link, buttons bool) {
	var actions []any
	for buttons && len(links) > 0 && len(actions) < maxLinkButtons {
		title, u := plain(links[0].Title), markup.LinkURL(links[0].URL, nil)
		if u == "" || length(u) > maxURL || title == "" {
			break
		}
		actions = append(actions, button{
			Type: typeButton, Text: plainWords(cutTo(title, maxButton)), ActionID: fmt.Sprintf("link_%d", len(actions)+1), URL: u,
		})
		links = links[1:]
	}
	for len(actions) > 0 {
		n := min(len(actions), maxButtons)
		b.blocks = append(b.blocks, block{Type: typeActions, Elements: actions[:n:n]})
		actions = actions[n:]
	}
	for _, s := range pack(textLinks(links), " · ", maxSection) {
		b.blocks = append(b.blocks, section(s))
	}
}

func (b *builder) smallPrint(notes []string) {
	var lines []string
	for _, n := range notes {
		if n = escapeLine(markup.Flat(n)); n != "" {
			lines = append(lines, n)
		}
	}
	var elements []any
	for _, s := range pack(lines, " · ", maxSection) {
		elements = append(elements, markWords(s))
	}
	if len(elements) > 0 {
		b.blocks = append(b.blocks, block{Type: typeContext, Elements: elements[:min(len(elements), maxElements)]})
	}
}

// fallback says what is wrong, whom it calls, and which alerts: what fits of it. Mentions stand here too, since Slack
// does not document whether it looks for them beside blocks.
func fallback(m message.Message, who []mention) string {
	first := strings.TrimSpace(escape(cutTo(markup.Headline(m), maxHeader)) + " " + calls(who))
	lines := paragraph(m.Summary)
	for _, it := range m.Items {
		lines = append(lines, strings.TrimSpace(markup.Mark(it.Status, it.Severity)+" "+escape(markup.Flat(it.Title))))
	}
	rest := pack(lines, "\n", maxFallback)
	switch len(rest) {
	case 0:
		return first
	case 1:
		return first + "\n" + rest[0]
	default:
		return first + "\n" + rest[0] + "\n…"
	}
}

// color is that of a message's bar, from red to grey.
func color(m message.Message) string {
	if m.Status == alert.Resolved {
		return colorGreen
	}
	switch m.Severity {
	case alert.Critical:
		return colorRed
	case alert.High:
		return colorOrange
	case alert.Warning:
		return colorYellow
	case alert.Info:
		return colorBlue
	default:
		return colorGrey
	}
}

// The colours of an attachment's bar.
const (
	colorRed    = "#d92d20"
	colorOrange = "#f5750c"
	colorYellow = "#eab308"
	colorBlue   = "#2563eb"
	colorGreen  = "#16a34a"
	colorGrey   = "#8a8f98"
)
