// Package alert has the words that every source is translated into: an alert
// and the group that it is notified in.
package alert

import (
	"fmt"
	"strings"
	"time"
)

// Status of an alert, or of a whole group.
type Status string

// The two statuses.
const (
	Firing   Status = "firing"
	Resolved Status = "resolved"
)

// Severity says how bad an alert is. Larger is worse.
type Severity int8

// The severities, from harmless to worst.
const (
	None Severity = iota
	Info
	Warning
	High
	Critical
)

// Severities lists them from worst to harmless.
func Severities() []Severity { return []Severity{Critical, High, Warning, Info, None} }

// String returns the name used in configuration, storage and metrics.
func (s Severity) String() string {
	switch s {
	case Critical:
		return "critical"
	case High:
		return "high"
	case Warning:
		return "warning"
	case Info:
		return "info"
	default:
		return "none"
	}
}

// ParseSeverity reads a name that String gives.
func ParseSeverity(name string) (Severity, error) {
	for _, s := range Severities() {
		if s.String() == strings.ToLower(strings.TrimSpace(name)) {
			return s, nil
		}
	}
	return None, fmt.Errorf("%q is not a severity: use critical, high, warning, info or none", name)
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(b []byte) error {
	v, err := ParseSeverity(string(b))
	if err != nil {
		return err
	}
	*s = v
	return nil
}

// Link leads from an alert to a page, such as its runbook.
type Link struct {
	Kind LinkKind `json:"kind"`
	URL  string   `json:"url"`
}

// LinkKind says what a link is for.
type LinkKind string

// The links that sources give.
const (
	Runbook   LinkKind = "runbook"
	Dashboard LinkKind = "dashboard"
	Panel     LinkKind = "panel"
	Silence   LinkKind = "silence"
	Source    LinkKind = "source"
)

// Alert is one thing that happened.
type Alert struct {
	// Fingerprint is the source's stable id of the alert: the same while it fires and when it is resolved.
	Fingerprint string            `json:"fingerprint"`
	Status      Status            `json:"status"`
	Severity    Severity          `json:"severity"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	// StartsAt is zero where the source names no time, as a small post to our own API may: the core has it begin when it comes.
	StartsAt time.Time `json:"starts_at"`
	// EndsAt is zero while the alert fires.
	EndsAt time.Time `json:"ends_at,omitzero"`
	// GeneratorURL is where the source evaluates the alert.
	GeneratorURL string `json:"generator_url,omitempty"`
	Links        []Link `json:"links,omitempty"`
	// Value is the measured value as the source words it, such as "B=20, C=1".
	Value string `json:"value,omitempty"`
}

// Name is the alert's name for people: its alertname label, else its fingerprint.
func (a Alert) Name() string {
	if n := a.Labels["alertname"]; n != "" {
		return n
	}
	return a.Fingerprint
}

// Group is the set of alerts that a source notifies together.
type Group struct {
	// Source is the configured name for who sends; never empty after ingest.
	Source string `json:"source"`
	// Kind is the system that sent it: alertmanager, grafana, api, zabbix.
	Kind string `json:"kind"`
	// Key is the source's own key of the group, the same from firing to resolved.
	Key string `json:"key"`
	// EventKey, where a source has one, names this very event: a second one with the same key is a duplicate.
	EventKey string `json:"event_key,omitempty"`
	// Receiver is the source's name for whom it notifies.
	Receiver          string            `json:"receiver,omitempty"`
	Status            Status            `json:"status"`
	Alerts            []Alert           `json:"alerts"`
	GroupLabels       map[string]string `json:"group_labels,omitempty"`
	CommonLabels      map[string]string `json:"common_labels,omitempty"`
	CommonAnnotations map[string]string `json:"common_annotations,omitempty"`
	ExternalURL       string            `json:"external_url,omitempty"`
	// Truncated counts the alerts that the source left out of Alerts.
	Truncated int `json:"truncated,omitempty"`
	// Single means that the source notifies each thing by itself: several that come together are grouped
	// by the engine, within the contact point's group window.
	Single bool `json:"single,omitempty"`
	// Update means that somebody acted on what is told, acknowledged it or commented on it: that changes what
	// was told, is no reminder, and begins nothing again that is over.
	Update bool `json:"update,omitempty"`
}

// Severity of a group is its worst firing alert's, or its worst alert's when none fires.
func (g Group) Severity() Severity {
	worst, fires := None, false
	for _, a := range g.Alerts {
		f := a.Status == Firing
		switch {
		case f && !fires:
			worst, fires = a.Severity, true
		case f == fires && a.Severity > worst:
			worst = a.Severity
		}
	}
	return worst
}
