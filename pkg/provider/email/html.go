package email

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
)

// mailSource is the layout: tables and styles in the elements, which Outlook and QQ keep, and no picture. html/template
// escapes all that is filled in.
//
//go:embed mail.html.tmpl
var mailSource string

var layout = template.Must(template.New("mail").Parse(mailSource)) //nolint:gochecknoglobals // parsed once

// shade is how bad something is, in colour: the name that a preview uses, and what is drawn.
type shade struct{ Name, Color, Ink string }

// shades have a contrast of at least 4.5 between Color and Ink.
func shades(status alert.Status, severity alert.Severity) shade {
	switch {
	case status == alert.Resolved:
		return shade{"green", "#137333", "#ffffff"}
	case severity == alert.Critical:
		return shade{"red", "#b3261e", "#ffffff"}
	case severity == alert.High:
		return shade{"orange", "#b54708", "#ffffff"}
	case severity == alert.Warning:
		return shade{"yellow", "#f5c518", "#1f1f1f"}
	case severity == alert.Info:
		return shade{"blue", "#1a5fb4", "#ffffff"}
	}
	return shade{"grey", "#5f6368", "#ffffff"}
}

// page is what the layout is filled with. Its texts are single lines.
type page struct {
	Lang    string
	Shade   shade
	Title   string
	Summary []string
	Fields  []message.Field
	Digest  bool
	Items   []row
	More    []string
	Links   []message.Link
	Notes   []string
}

type row struct {
	Shade  shade
	Mark   string
	Title  string
	When   string
	Text   []string
	Fields []message.Field
	Links  []message.Link
}

func drawHTML(m message.Message) (string, error) {
	status, severity := m.Status, m.Severity
	p := page{
		Lang: "en", Title: markup.Headline(m), Summary: markup.Lines(m.Summary), Fields: fieldsOf(m.Fields),
		Digest: m.Kind == message.DigestKind, More: moreOf(m), Links: linksOf(m.Links),
	}
	if m.Language == lang.Chinese {
		p.Lang = "zh-CN"
	}
	for _, it := range m.Items {
		p.Items = append(p.Items, row{
			Shade: shades(it.Status, it.Severity), Mark: markup.Mark(it.Status, it.Severity), Title: markup.Flat(it.Title), When: markup.Flat(it.When),
			Text: markup.Lines(it.Text), Fields: fieldsOf(it.Fields), Links: linksOf(it.Links),
		})
		// A digest is as bad as the worst that it names.
		if p.Digest && it.Status == alert.Firing {
			status, severity = alert.Firing, max(severity, it.Severity)
		}
	}
	for _, n := range m.Notes {
		p.Notes = append(p.Notes, markup.Lines(n)...)
	}
	p.Shade = shades(status, severity)
	if m.Kind == message.TestKind {
		p.Shade = shades(alert.Firing, alert.None)
	}
	var out strings.Builder
	if err := layout.Execute(&out, p); err != nil {
		return "", fmt.Errorf("draw the mail: %w", err)
	}
	return out.String(), nil
}

func fieldsOf(list []message.Field) []message.Field {
	var out []message.Field
	for _, f := range list {
		out = append(out, message.Field{Label: markup.Flat(f.Label), Value: markup.Flat(f.Value)})
	}
	return out
}

// linksOf keeps what can be opened, each with a title.
func linksOf(list []message.Link) []message.Link {
	var out []message.Link
	for _, l := range list {
		address := markup.LinkURL(l.URL, nil)
		if address == "" {
			continue
		}
		title := markup.Flat(l.Title)
		if title == "" {
			title = address
		}
		out = append(out, message.Link{Title: title, URL: address})
	}
	return out
}

func moreOf(m message.Message) []string {
	switch {
	case m.MoreNote != "":
		return markup.Lines(m.MoreNote)
	case m.More > 0:
		return []string{lang.Text{
			ZH: fmt.Sprintf("另有 %d 条未列出", m.More), EN: fmt.Sprintf("%d more are not listed", m.More),
		}.In(m.Language)}
	}
	return nil
}
