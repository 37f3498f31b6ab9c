package email

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// maxBody bounds text and HTML of one mail, each in bytes: Gmail hides what is beyond about 102 KB of HTML.
	// https://www.spamresource.com/2022/01/what-is-gmail-clipping-and-what-to-do.html
	maxBody = 96 << 10
	// maxSubject is in characters; lists of mails show far less.
	maxSubject = 150
	// maxParts bounds how many mails one message becomes; what is left is counted in the last.
	maxParts = 5
)

// part is a mail without who sends and who gets it.
type part struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitempty"`
	// Urgent is what mail programs mark as important.
	Urgent bool `json:"urgent,omitempty"`
	// From is whom a mail that arrived came from, for the preview.
	From string `json:"from,omitempty"`
}

func parsePart(raw json.RawMessage) (part, error) {
	var p part
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("the content is no mail: %w", err)
	}
	if p.Subject == "" || p.Text == "" {
		return p, errors.New("the content is no mail: it needs subject and text")
	}
	return p, nil
}

func (p part) size() int { return max(len(p.Text), len(p.HTML)) }

// Render implements sender.Sender.
func (m *mailer) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	form := d.Options[optionForm]
	if form != "" && form != formHTML && form != formText {
		return sender.Rendered{}, sender.Permanent(sender.ReasonConfig, fmt.Errorf("form %q is none of a mail's: use %s or %s", form, formHTML, formText))
	}
	pages, err := message.Fit(d.Message, message.Limit{Max: maxBody, Parts: maxParts}, func(m message.Message) (int, error) {
		p, err := build(m, form)
		return p.size(), err
	})
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	var out sender.Rendered
	for _, page := range pages {
		p, err := build(page, form)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		raw, err := outbound.JSON(p)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts = append(out.Parts, raw)
	}
	return out, nil
}

func build(m message.Message, form string) (part, error) {
	p := part{
		Subject: markup.Cut(markup.Headline(m), maxSubject), Text: markup.Draw(m, plainDialect(m), 0),
		Urgent: m.Status == alert.Firing && m.Severity == alert.Critical && m.Kind != message.TestKind,
	}
	if form == formText {
		return p, nil
	}
	var err error
	p.HTML, err = drawHTML(m)
	return p, err
}

// plainDialect is text as a person would type it; in a mail an @ calls nobody.
func plainDialect(m message.Message) markup.Dialect {
	d := markup.Plain(m.Language, nil)
	same := func(s string) string { return s }
	d.Inline, d.Line, d.Quote, d.Gap = same, same, "  ", "\n\n"
	return d
}
