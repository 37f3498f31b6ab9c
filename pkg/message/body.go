package message

import (
	"fmt"
	"time"

	"github.com/prometheus/alertmanager/template"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// BodyData is the dot of a template that writes a whole request: Alertmanager's data, of the alerts in the message, what
// Data has besides except PublicURL, and the message in words.
type BodyData struct {
	Data
	// Message is what people would be told.
	Message Message
	// Plain and Markdown are all of Message in one text, as the provider draws it.
	Plain, Markdown string
	// Mentions are whom the peer should tell.
	Mentions []Mention
}

// Mention is somebody whom a contact point mentions, for providers that tell machines.
type Mention struct {
	// Kind and Value are the target's, such as person and the person's name; the rest is known of persons only.
	Kind   string            `json:"kind"`
	Value  string            `json:"value,omitempty"`
	Title  string            `json:"title,omitempty"`
	Email  string            `json:"email,omitempty"`
	Mobile string            `json:"mobile,omitempty"`
	IDs    map[string]string `json:"ids,omitempty"`
}

// Body is a template that writes a whole request. It is safe for concurrent use, and has the bounds of
// every other template.
type Body struct{ program *program }

// ParseBody compiles a template in Alertmanager's language and tries it on a sample. Its error is a *TemplateError of
// the setting field.
func ParseBody(field, text string) (*Body, error) {
	t, err := ParseTemplates()
	if err != nil {
		return nil, err
	}
	at := TemplateError{Field: field}
	root, err := t.parse(text)
	if err != nil {
		return nil, explain(at, err, t.base)
	}
	if name, line := undefined(root, root.Root, make(map[string]bool)); name != "" {
		at.Line = line
		return nil, explain(at, fmt.Errorf("template %q not defined", name), root)
	}
	b := &Body{program: newProgram(root)}
	if _, err := b.Write(BodyData{Message: Sample(lang.English)}, time.Now().Add(maxRun)); err != nil && certain(err) {
		return nil, explain(at, err, root)
	}
	return b, nil
}

// Write fills the template for d.Message; d.Data is made of it. It runs for a second at most, and not beyond until, by
// which its caller bounds the many times that a message is written to fit it. An error that Is ErrTooLong is a matter
// of the message's length; any other says what is wrong with the template.
func (b *Body) Write(d BodyData, until time.Time) (string, error) {
	d.Data = dataOf(d.Message)
	if most := time.Now().Add(maxRun); most.Before(until) {
		until = most
	}
	return b.program.run(&d, until)
}

// Sample is a message of two alerts, with characters that a template must not write as they are.
func Sample(l lang.Language) Message {
	g := sampleGroup()
	for i := range g.Alerts {
		g.Alerts[i].Annotations = map[string]string{"summary": "a \"quoted\" \\ summary,\nin two lines", "description": "100 %"}
	}
	return new(Templates).Compose(g, sampleStyle(l), ComposeOptions{Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
}

// dataOf is the data of a message's group, or of all alerts of one that tells of several groups.
func dataOf(m Message) Data {
	g := groupOf(m.Items)
	if g.Status == "" {
		g.Status = m.Status
	}
	style := Style{Language: m.Language}
	r := &rendering{facts: gather(&g, style, ComposeOptions{Kind: m.Kind}), style: style}
	d := *r.groupData()
	d.Alerts = make(template.Alerts, 0, len(m.Items))
	for _, it := range m.Items {
		if it.Alert != nil {
			d.Alerts = append(d.Alerts, alertData(it.Alert))
		}
	}
	return d
}

func groupOf(items []Item) alert.Group {
	var only *alert.Group
	var several alert.Group
	for _, it := range items {
		switch {
		case it.Alert == nil || it.Group == nil:
			continue
		case only == nil:
			only = it.Group
		case only != it.Group:
			several.Status = alert.Resolved
		}
		several.Alerts = append(several.Alerts, *it.Alert)
	}
	switch {
	case only == nil:
		return alert.Group{}
	case several.Status == "":
		return *only
	}
	f := gather(&several, Style{}, ComposeOptions{})
	several.Status, several.CommonLabels, several.CommonAnnotations = f.status(), f.labels, f.annotations
	return several
}
