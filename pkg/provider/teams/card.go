package teams

import (
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
)

// maxActions is how many buttons Teams draws; further links stand in the text.
const maxActions = 6

// post is what the flow's template wants.
// https://learn.microsoft.com/en-us/connectors/teams/
type post struct {
	Type        string       `json:"type"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	ContentType string  `json:"contentType"`
	ContentURL  *string `json:"contentUrl"`
	Content     card    `json:"content"`
}

const (
	postType    = "message"
	cardType    = "application/vnd.microsoft.card.adaptive"
	cardSchema  = "http://adaptivecards.io/schemas/adaptive-card.json"
	cardVersion = "1.4"
)

// card is an Adaptive Card, of what every client of Teams draws.
// https://adaptivecards.io/explorer/
type card struct {
	Schema   string    `json:"$schema"`
	Type     string    `json:"type"`
	Version  string    `json:"version"`
	Fallback string    `json:"fallbackText"`
	Body     []element `json:"body"`
	Actions  []action  `json:"actions,omitempty"`
	Teams    extras    `json:"msteams"`
}

// element is a TextBlock, a FactSet or a Container.
type element struct {
	Type      string    `json:"type"`
	Style     string    `json:"style,omitempty"`
	Bleed     bool      `json:"bleed,omitempty"`
	Items     []element `json:"items,omitempty"`
	Text      string    `json:"text,omitempty"`
	Size      string    `json:"size,omitempty"`
	Weight    string    `json:"weight,omitempty"`
	Subtle    bool      `json:"isSubtle,omitempty"`
	Wrap      bool      `json:"wrap,omitempty"`
	Facts     []fact    `json:"facts,omitempty"`
	Separator bool      `json:"separator,omitempty"`
	Spacing   string    `json:"spacing,omitempty"`
}

type fact struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

type action struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

const (
	textBlock = "TextBlock"
	factSet   = "FactSet"
	container = "Container"
	openURL   = "Action.OpenUrl"
)

// extras are what only Teams knows.
type extras struct {
	Width    string   `json:"width"`
	Entities []entity `json:"entities,omitempty"`
}

// entity makes its text, where that stands in the card, a mention.
// https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format
type entity struct {
	Type      string    `json:"type"`
	Text      string    `json:"text"`
	Mentioned mentioned `json:"mentioned"`
}

type mentioned struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// cardFunctions keeps foreign text from being read as a date or time to be localised, which text blocks do.
// https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features
var cardFunctions = strings.NewReplacer("{{DATE(", "{\u200b{DATE(", "{{TIME(", "{\u200b{TIME(") //nolint:gochecknoglobals // a table that nothing changes

// inline and line are foreign text within a line and at the beginning of one; they mean nothing to Teams.
func inline(s string) string { return cardFunctions.Replace(markup.EscapeMarkdown(markup.Flat(s))) }
func line(s string) string   { return cardFunctions.Replace(markup.EscapeLine(markup.Flat(s))) }

// paragraph is foreign text of several lines: a single line end would be no line end.
func paragraph(s string) string {
	lines := markup.Lines(s)
	for i := range lines {
		lines[i] = line(lines[i])
	}
	return strings.Join(lines, "\n\n")
}

func newCard(m message.Message, entities []entity) card {
	c := card{
		Schema: cardSchema, Type: "AdaptiveCard", Version: cardVersion, Fallback: inline(markup.Headline(m)),
		Teams: extras{Width: "Full", Entities: entities},
	}
	c.Body = append(c.Body, element{
		Type: container, Style: style(m.Status, m.Severity), Bleed: true,
		Items: []element{{Type: textBlock, Text: line(markup.Headline(m)), Size: "Large", Weight: "Bolder", Wrap: true}},
	})
	c.Body = addText(c.Body, element{Text: paragraph(m.Summary)})
	c.Body = addFacts(c.Body, m.Fields)
	for i, it := range m.Items {
		if m.Kind == message.DigestKind {
			c.Body = addText(c.Body, element{Text: digestLine(it), Spacing: "Small", Separator: i == 0})
			continue
		}
		c.Body = append(c.Body, itemOf(it))
	}
	c.Body = addText(c.Body, element{Text: paragraph(m.LeftOut())})
	c.Body = addText(c.Body, element{Text: mentionLine(entities)})
	var others []message.Link
	for _, l := range m.Links {
		address := markup.LinkURL(l.URL, nil)
		if title := markup.Flat(l.Title); address != "" && title != "" && len(c.Actions) < maxActions {
			c.Actions = append(c.Actions, action{Type: openURL, Title: title, URL: address})
			continue
		}
		others = append(others, l)
	}
	c.Body = addText(c.Body, element{Text: links(others)})
	for _, n := range m.Notes {
		c.Body = addText(c.Body, element{Text: paragraph(n), Size: "Small", Subtle: true, Spacing: "Small"})
	}
	return c
}

// style colours the head of a card as Teams colours what is wrong and what is well.
func style(status alert.Status, severity alert.Severity) string {
	if status == alert.Resolved {
		return "good"
	}
	switch severity {
	case alert.Critical:
		return "attention"
	case alert.High, alert.Warning:
		return "warning"
	case alert.Info:
		return "accent"
	default:
		return "emphasis"
	}
}

// addText adds a block with wrapped text, if it has any.
func addText(to []element, e element) []element {
	if e.Text == "" {
		return to
	}
	e.Type, e.Wrap = textBlock, true
	return append(to, e)
}

func addFacts(to []element, fields []message.Field) []element {
	if len(fields) == 0 {
		return to
	}
	e := element{Type: factSet}
	for _, f := range fields {
		e.Facts = append(e.Facts, fact{Title: line(f.Label), Value: line(f.Value)})
	}
	return append(to, e)
}

func itemOf(it message.Item) element {
	e := element{Type: container, Separator: true, Spacing: "Medium"}
	e.Items = addText(e.Items, element{Text: markup.Mark(it.Status, it.Severity) + " " + inline(it.Title), Weight: "Bolder"})
	e.Items = addText(e.Items, element{Text: line(it.When), Size: "Small", Subtle: true, Spacing: "None"})
	e.Items = addText(e.Items, element{Text: paragraph(it.Text), Spacing: "Small"})
	e.Items = addFacts(e.Items, it.Fields)
	e.Items = addText(e.Items, element{Text: links(it.Links), Spacing: "Small"})
	return e
}

// digestLine is an alert on one line.
func digestLine(it message.Item) string {
	said := []string{markup.Mark(it.Status, it.Severity) + " **" + inline(it.Title) + "**"}
	for _, s := range []string{it.When, it.Text} {
		if s = inline(s); s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, " · ")
}

// links are links within text; an address that leads nowhere is left out.
func links(all []message.Link) string {
	dialect := markup.Markdown(nil)
	var out []string
	for _, l := range all {
		if address := dialect.Address(l.URL); address != "" {
			out = append(out, cardFunctions.Replace(dialect.Link(inline(l.Title), address)))
		}
	}
	return strings.Join(out, " · ")
}
