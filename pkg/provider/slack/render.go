package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	formBlocks = "blocks"
	formText   = "text"

	linksText    = "text"
	linksButtons = "buttons"

	// maxParts bounds how many messages one becomes; what is left is counted in the last.
	maxParts = 5
)

func parseOptions(o sender.Options) (renderOptions, error) {
	own := renderOptions{Form: o[optionForm], Links: o[optionLinks], MentionAll: o[optionAll]}
	for _, f := range options() {
		value := map[string]*string{optionForm: &own.Form, optionLinks: &own.Links, optionAll: &own.MentionAll}[f.Name]
		if *value == "" {
			*value = f.Default
		}
		if !slices.Contains(f.Enum, *value) {
			return own, sender.Permanent(sender.ReasonConfig, fmt.Errorf("%s %q is not known: use one of %q", f.Name, *value, f.Enum))
		}
	}
	return own, nil
}

// Render implements sender.Sender. A mention of somebody whom Slack does not know is left out and noted. While lookups
// fail for another reason Render fails too, but not for more than a minute: then the message goes out without.
func (a *app) Render(ctx context.Context, d sender.Draft) (sender.Rendered, error) {
	o, err := parseOptions(d.Options)
	if err != nil {
		return sender.Rendered{}, err
	}
	who, notes, err := a.mentions(ctx, d, o)
	if err != nil {
		return sender.Rendered{}, err
	}
	return render(d, o, who, notes)
}

// render splits a message into parts. Only the first calls people. For a conversation that had more parts, it is filled
// up with parts that say where their content went.
func render(d sender.Draft, o renderOptions, who []mention, notes []lang.Text) (sender.Rendered, error) {
	pages, err := message.Fit(d.Message, message.Limit{Max: maxAll, Parts: maxParts}, func(m message.Message) (int, error) {
		return build(m, who, o).size()
	})
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	for n := len(pages); n < d.MinParts; n++ {
		pages = append(pages, moved(d.Message, n+1, d.MinParts))
	}
	out := sender.Rendered{Notes: notes, Parts: make([]json.RawMessage, 0, len(pages))}
	for _, m := range pages {
		raw, err := outbound.JSON(build(m, who, o))
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts, who = append(out.Parts, raw), nil
	}
	return out, nil
}

func build(m message.Message, who []mention, o renderOptions) part {
	if o.Form == formBlocks {
		return buildBlocks(m, who, o)
	}
	drawn := markup.Draw(m, dialect(), 0)
	if at := calls(who); at != "" {
		drawn += "\n" + at
	}
	return part{Text: drawn}
}

// moved is a message for a place that the conversation no longer needs.
func moved(m message.Message, n, of int) message.Message {
	return message.Message{
		Kind: m.Kind, Language: m.Language, Status: m.Status, Severity: m.Severity, Title: m.Title,
		Summary: text("内容已移到第 1 条消息。", "The content has moved to the first message.").In(m.Language),
		Part:    n, Parts: of,
	}
}
