package feishu

import (
	"context"
	"fmt"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// form is how a message looks, as the option of that name says.
type form string

const (
	formCard form = "card"
	formPost form = "post"
	formText form = "text"
)

const (
	// maxCard and maxText bound a request's body, in bytes. The provider says 30 KB and 150 KB, and
	// that what it adds for styles counts too: hence the margin.
	maxCard = 28_000
	maxText = 148_000
	// maxComponents of a card.
	maxComponents = 200
	// maxParts bounds how many messages one becomes; what is left is counted in the last.
	maxParts = 5
)

// renderOptions are the options of the manifest.
type renderOptions struct {
	Form string `setting:"form"`
}

func parseOptions(o sender.Options) (form, error) {
	own := renderOptions{Form: o[optionForm]}
	switch f := form(own.Form); f {
	case "":
		return formCard, nil
	case formCard, formPost, formText:
		return f, nil
	}
	return "", &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonConfig,
		Err: fmt.Errorf("form %q is not known: use card, post or text", own.Form),
	}
}

// Render implements sender.Sender. A mention of somebody whom the provider does not know is left out
// and noted. While lookups fail for another reason Render fails too, but not for more than a minute:
// then the message goes out without.
func (a *app) Render(ctx context.Context, d sender.Draft) (sender.Rendered, error) {
	f, err := parseOptions(d.Options)
	if err != nil {
		return sender.Rendered{}, err
	}
	mentions, notes, err := a.mentions(ctx, d)
	if err != nil {
		return sender.Rendered{}, err
	}
	limit := message.Limit{Max: maxCard, Parts: maxParts}
	if f == formText {
		limit.Max = maxText
	}
	// A message that fits is asked about once, and is then what was built for that.
	var last part
	asked := 0
	pages, err := message.Fit(d.Message, limit, func(m message.Message) (int, error) {
		p, components, err := build(f, m, mentions)
		last = p
		asked++
		return max(p.size(), components*maxCard/maxComponents), err
	})
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	parts := []part{last}
	if asked > 1 || len(pages) != 1 {
		if parts, err = buildAll(f, pages, mentions); err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
	}
	for n := len(parts); n < d.MinParts; n++ {
		p, _, err := build(f, moved(d.Message, n+1, d.MinParts), nil)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		parts = append(parts, p)
	}
	out := sender.Rendered{Notes: notes}
	for _, p := range parts {
		raw, err := outbound.JSON(p)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts = append(out.Parts, raw)
	}
	return out, nil
}

// buildAll makes the parts of a split message. Only the first calls people.
func buildAll(f form, pages []message.Message, mentions []mention) ([]part, error) {
	parts := make([]part, 0, len(pages))
	for _, m := range pages {
		p, _, err := build(f, m, mentions)
		if err != nil {
			return nil, err
		}
		parts, mentions = append(parts, p), nil
	}
	return parts, nil
}

// build makes one part, and counts its components.
func build(f form, m message.Message, mentions []mention) (part, int, error) {
	var content any
	var msgType string
	components := 0
	switch f {
	case formPost:
		msgType, content = msgPost, buildPost(m, mentions)
	case formText:
		msgType, content = msgText, textContent{Text: buildText(m, mentions)}
	default:
		c := buildCard(m, mentions)
		msgType, content, components = msgCard, c, c.components()
	}
	raw, err := outbound.JSON(content)
	return part{MsgType: msgType, Content: string(raw)}, components, err
}

// moved is a message for a place that the conversation no longer needs.
func moved(m message.Message, n, of int) message.Message {
	return message.Message{
		Kind: m.Kind, Language: m.Language, Status: m.Status, Severity: m.Severity, Title: m.Title,
		Summary: text("内容已移到第 1 条消息。", "The content has moved to the first message.").In(m.Language),
		Part:    n, Parts: of,
	}
}

// headerColor is a card's colour, which dot repeats in text.
func headerColor(status alert.Status, severity alert.Severity) string {
	if status == alert.Resolved {
		return "green"
	}
	switch severity {
	case alert.Critical:
		return "red"
	case alert.High:
		return "orange"
	case alert.Warning:
		return "yellow"
	case alert.Info:
		return "blue"
	default:
		return "grey"
	}
}

func dot(status alert.Status, severity alert.Severity) string {
	switch headerColor(status, severity) {
	case "green":
		return "🟢"
	case "red":
		return "🔴"
	case "orange":
		return "🟠"
	case "yellow":
		return "🟡"
	case "blue":
		return "🔵"
	}
	return "⚪"
}

// standing is a message's status and severity; a digest's are its worst member's.
func standing(m message.Message) (alert.Status, alert.Severity) {
	status, severity := m.Status, m.Severity
	if m.Kind != message.DigestKind {
		return status, severity
	}
	for _, it := range m.Items {
		if it.Status == alert.Firing {
			status, severity = alert.Firing, max(severity, it.Severity)
		}
	}
	return status, severity
}

// smallPrint is the last line of a message.
func smallPrint(m message.Message) string {
	var notes []string
	if m.Kind == message.TestKind {
		notes = append(notes, text("测试消息，无需处理", "A test, nothing to do").In(m.Language))
	}
	for _, n := range m.Notes {
		if n = oneLine(n); n != "" {
			notes = append(notes, n)
		}
	}
	if m.Parts > 1 {
		notes = append(notes, fmt.Sprintf("%d/%d", m.Part, m.Parts))
	}
	return strings.Join(notes, " · ")
}
