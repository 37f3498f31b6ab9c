package webhook

import (
	"maps"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// version of the fixed JSON. A field may be added to it; any other change makes a new version.
const version = "1"

// payload is the fixed JSON: the message in words, and the alerts as their source sent them.
type payload struct {
	Version  string            `json:"version"`
	Kind     message.Kind      `json:"kind"`
	Status   alert.Status      `json:"status"`
	Severity alert.Severity    `json:"severity"`
	Language string            `json:"language"`
	Title    string            `json:"title"`
	Summary  string            `json:"summary,omitempty"`
	Fields   []message.Field   `json:"fields,omitempty"`
	Links    []message.Link    `json:"links,omitempty"`
	Alerts   []payloadAlert    `json:"alerts"`
	Groups   []payloadGroup    `json:"groups,omitempty"`
	More     int               `json:"more,omitempty"`
	MoreNote string            `json:"more_note,omitempty"`
	Notes    []string          `json:"notes,omitempty"`
	Mentions []message.Mention `json:"mentions,omitempty"`
	Part     int               `json:"part,omitempty"`
	Parts    int               `json:"parts,omitempty"`
}

// payloadAlert is one alert: in words first, then as its source sent it.
type payloadAlert struct {
	Status   alert.Status    `json:"status"`
	Severity alert.Severity  `json:"severity"`
	Title    string          `json:"title"`
	Text     string          `json:"text,omitempty"`
	When     string          `json:"when,omitempty"`
	Fields   []message.Field `json:"fields,omitempty"`
	Links    []message.Link  `json:"links,omitempty"`
	// Group is the index in groups.
	Group        *int              `json:"group,omitempty"`
	Fingerprint  string            `json:"fingerprint,omitempty"`
	StartsAt     time.Time         `json:"starts_at,omitzero"`
	EndsAt       time.Time         `json:"ends_at,omitzero"`
	Value        string            `json:"value,omitempty"`
	GeneratorURL string            `json:"generator_url,omitempty"`
	Labels       map[string]string `json:"labels,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	// Trimmed says that what the source sent of the alert is too long and not here.
	Trimmed bool `json:"trimmed,omitempty"`
}

type payloadGroup struct {
	Source            string            `json:"source"`
	Kind              string            `json:"kind"`
	Key               string            `json:"key"`
	Status            alert.Status      `json:"status"`
	Receiver          string            `json:"receiver,omitempty"`
	ExternalURL       string            `json:"external_url,omitempty"`
	GroupLabels       map[string]string `json:"group_labels,omitempty"`
	CommonLabels      map[string]string `json:"common_labels,omitempty"`
	CommonAnnotations map[string]string `json:"common_annotations,omitempty"`
}

// rawOf is what the source sent of an alert.
func rawOf(a *alert.Alert) payloadAlert {
	return payloadAlert{Fingerprint: a.Fingerprint, Value: a.Value, GeneratorURL: a.GeneratorURL, Labels: a.Labels, Annotations: a.Annotations}
}

func groupOf(g *alert.Group) payloadGroup {
	return payloadGroup{
		Source: g.Source, Kind: g.Kind, Key: g.Key, Status: g.Status, Receiver: g.Receiver, ExternalURL: g.ExternalURL,
		GroupLabels: g.GroupLabels, CommonLabels: g.CommonLabels, CommonAnnotations: g.CommonAnnotations,
	}
}

// bulky are the alerts and groups, by their pointers, of which the source sent more than most bytes: a message is shortened
// by its words only, and could not be made to fit with them.
func bulky(items []message.Item, most int) (map[any]bool, error) {
	out := map[any]bool{}
	for _, it := range items {
		if it.Alert != nil {
			raw, err := outbound.JSON(rawOf(it.Alert))
			if err != nil {
				return nil, err
			}
			out[it.Alert] = len(raw) > most
		}
		if _, known := out[it.Group]; it.Group != nil && !known {
			raw, err := outbound.JSON(groupOf(it.Group))
			if err != nil {
				return nil, err
			}
			out[it.Group] = len(raw) > most
		}
	}
	maps.DeleteFunc(out, func(_ any, too bool) bool { return !too })
	return out, nil
}

// payloadOf makes the fixed JSON. Of what is in without, only the words are there.
func payloadOf(m message.Message, mentions []message.Mention, without map[any]bool) payload {
	p := payload{
		Version: version, Kind: m.Kind, Status: m.Status, Severity: m.Severity, Language: string(m.Language), Title: m.Title,
		Summary: m.Summary, Fields: m.Fields, Links: m.Links, Alerts: make([]payloadAlert, 0, len(m.Items)), More: m.More,
		MoreNote: m.MoreNote, Notes: m.Notes, Mentions: mentions, Part: m.Part, Parts: m.Parts,
	}
	groups := map[*alert.Group]int{}
	for _, it := range m.Items {
		var a payloadAlert
		if it.Alert != nil {
			if a.Trimmed = without[it.Alert]; !a.Trimmed {
				a = rawOf(it.Alert)
			}
			a.StartsAt, a.EndsAt = it.Alert.StartsAt, it.Alert.EndsAt
		}
		a.Status, a.Severity, a.Title, a.Text, a.When, a.Fields, a.Links = it.Status, it.Severity, it.Title, it.Text, it.When, it.Fields, it.Links
		if g := it.Group; g != nil && !without[g] {
			i, known := groups[g]
			if !known {
				i = len(p.Groups)
				groups[g] = i
				p.Groups = append(p.Groups, groupOf(g))
			}
			a.Group = &i
		}
		p.Alerts = append(p.Alerts, a)
	}
	return p
}

// mentionsOf tells the peer who should look: it finds them by itself.
func mentionsOf(targets []sender.Target) []message.Mention {
	var out []message.Mention
	for _, t := range targets {
		m := message.Mention{Kind: string(t.Kind), Value: t.Value}
		if p := t.Person; p != nil {
			m.Title, m.Email, m.Mobile, m.IDs = p.Title, p.Email, p.Mobile, p.IDs
		}
		out = append(out, m)
	}
	return out
}
