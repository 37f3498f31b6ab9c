// Package message makes of an alert group the message that people read, neutral
// of provider, and fits it into a provider's limits.
package message

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Kind says what a message is about.
type Kind string

// The kinds of message.
const (
	// GroupKind tells the state of one alert group.
	GroupKind Kind = "group"
	// DigestKind names the alerts of several groups that waited together.
	DigestKind Kind = "digest"
	// TestKind is a test that a person sent.
	TestKind Kind = "test"
)

// Message is what people are told. All its strings are plain text: a provider
// escapes them for its own markup, so that no label can mention anybody.
type Message struct {
	Kind     Kind           `json:"kind"`
	Language lang.Language  `json:"language"`
	Status   alert.Status   `json:"status"`
	Severity alert.Severity `json:"severity"`
	// Title is one line: how bad, what, how many.
	Title string `json:"title"`
	// Summary is what all alerts have in common; may be empty, may have several lines.
	Summary string `json:"summary,omitempty"`
	// Fields are facts of the whole group, such as its common labels.
	Fields []Field `json:"fields,omitempty"`
	// Items are the alerts, worst and firing ones first.
	Items []Item `json:"items,omitempty"`
	// More counts alerts that are not in Items, left out by the source or by Fit.
	More int `json:"more,omitempty"`
	// MoreNote names, counts or explains what More leaves out; set together with More.
	MoreNote string `json:"more_note,omitempty"`
	// Links are what to do: runbook, dashboard, silence, source.
	Links []Link `json:"links,omitempty"`
	// Notes are small print, such as the source, or why the default template was used.
	Notes []string `json:"notes,omitempty"`
	// Defaulted means that a template failed and the default was used. The last of Notes says which and why.
	Defaulted bool `json:"-"`
	// Part and Parts number the messages that Fit split one into, from 1; both 0 when it is whole.
	Part  int `json:"part,omitempty"`
	Parts int `json:"parts,omitempty"`
}

// Item is one alert of a message.
type Item struct {
	Title    string         `json:"title"`
	Text     string         `json:"text,omitempty"`
	Status   alert.Status   `json:"status"`
	Severity alert.Severity `json:"severity"`
	Fields   []Field        `json:"fields,omitempty"`
	// When is since when and how long, worded in the message's language and time zone.
	When  string `json:"when,omitempty"`
	Links []Link `json:"links,omitempty"`
	// Alert is what the item words, and Group whose alert that is, for providers that tell machines. Both are nil in an
	// item that Compose and Digest did not make, and must not be changed.
	Alert *alert.Alert `json:"-"`
	Group *alert.Group `json:"-"`
}

// Field is a named fact.
type Field struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Link is a page to open, titled in the message's language.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Style is what a contact point says about its messages.
type Style struct {
	Language lang.Language
	Location *time.Location
	// Title, Summary, ItemTitle and ItemText are Alertmanager templates that fill the field
	// of that name; an empty one means the default.
	Title, Summary, ItemTitle, ItemText string
}
