package feishu

import (
	"encoding/json"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

type textContent struct {
	Text string `json:"text"`
}

// buildText is a message without any form. Its first line is what a lock screen shows.
func buildText(m message.Message, mentions []mention) string {
	status, severity := standing(m)
	lines := []string{dot(status, severity) + " " + escapeText(oneLine(m.Title))}
	add := func(s string) {
		if s != "" {
			lines = append(lines, s)
		}
	}
	add(escapeText(m.Summary))
	for _, f := range m.Fields {
		add(escapeText(oneLine(f.Label)) + colon(m.Language) + escapeText(f.Value))
	}
	for _, it := range m.Items {
		if m.Kind == message.DigestKind {
			add(textDigestLine(it))
			continue
		}
		lines = append(lines, "", dot(it.Status, it.Severity)+" "+escapeText(oneLine(it.Title)))
		add(escapeText(oneLine(it.When)))
		add(escapeText(it.Text))
		for _, f := range it.Fields {
			add(escapeText(oneLine(f.Label)) + colon(m.Language) + escapeText(oneLine(f.Value)))
		}
		add(textLinks(markup.Readable(it.Links, m.Links)))
	}
	if m.Kind != message.DigestKind && len(m.Items) > 0 {
		lines = append(lines, "")
	}
	add(escapeText(m.LeftOut()))
	add(textMentions(mentions))
	for _, l := range m.Links {
		add(textLinks([]message.Link{l}))
	}
	add(escapeText(smallPrint(m)))
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func textDigestLine(it message.Item) string {
	parts := []string{dot(it.Status, it.Severity) + " " + escapeText(oneLine(it.Title))}
	for _, s := range []string{oneLine(it.Text), oneLine(it.When), textLinks(it.Links)} {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, escapeText(s))
		}
	}
	return strings.Join(parts, " · ")
}

// textLinks writes addresses in full: the app makes links of them.
func textLinks(links []message.Link) string {
	var out []string
	for _, l := range links {
		address, ok := webAddress(l.URL)
		if !ok {
			address = escapeText(oneLine(l.URL))
		}
		out = append(out, escapeText(oneLine(l.Title))+" "+address)
	}
	return strings.Join(out, " · ")
}

func textMentions(all []mention) string {
	var out []string
	for _, m := range all {
		out = append(out, `<at user_id="`+m.id+`">`+escapeText(oneLine(m.name))+`</at>`)
	}
	return strings.Join(out, " ")
}

// plainForm makes a text message of a card that the provider could not make, with the same mentions.
func plainForm(content string) (string, error) {
	p, err := previewCard(json.RawMessage(content))
	if err != nil {
		return "", err
	}
	lines := []string{escapeText(oneLine(p.Title))}
	for _, b := range p.Blocks {
		if s := plainBlock(b); s != "" {
			lines = append(lines, s)
		}
	}
	raw, err := outbound.JSON(textContent{Text: strings.Join(lines, "\n")})
	return string(raw), err
}

func plainBlock(b sender.Block) string {
	var parts []string
	if s := plainSpans(b); s != "" {
		parts = append(parts, s)
	}
	if b.URL != "" {
		parts = append(parts, b.URL)
	}
	own := strings.Join(parts, " ")
	lines := []string{}
	if own != "" {
		lines = append(lines, own)
	}
	for _, f := range b.Fields {
		if s := plainBlock(f); s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

func plainSpans(b sender.Block) string {
	if len(b.Spans) == 0 {
		return escapeText(b.Text)
	}
	var out strings.Builder
	for _, s := range b.Spans {
		switch {
		case s.Mention != "":
			out.WriteString(textMentions([]mention{{id: s.Mention}}))
		case s.URL != "":
			out.WriteString(escapeSpan(s.Text) + " " + s.URL)
		default:
			out.WriteString(escapeSpan(s.Text))
		}
	}
	return out.String()
}

// escapeSpan keeps the spaces and line breaks around a run, which escapeText would trim.
func escapeSpan(s string) string {
	inner := escapeText(s)
	if inner == "" {
		return s
	}
	start := len(s) - len(strings.TrimLeft(s, " \n"))
	end := len(strings.TrimRight(s, " \n"))
	return s[:start] + inner + s[end:]
}
