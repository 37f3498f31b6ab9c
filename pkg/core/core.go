// Package core is what a host sees of Yunluo: a few small interfaces, and the
// engine assembled behind them. A client of the boundary implements the same, so
// a host cannot tell where its core runs.
package core

import (
	"context"
	"encoding/json"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Core is all of them.
type Core interface { //nolint:interfacebloat // it only puts the small ones together
	Submitter
	Responder
	Reader
	Overviewer
	Workbench
	Reloader
}

// Submitter takes alerts.
type Submitter interface {
	// Submit returns once the group and its deliveries are on disk, and, for at most
	// s.Wait longer, once the first outcome is known. Its errors Is one of ErrUnknownContactPoint,
	// ErrInvalid, ErrStore, ErrUnreachable; what a provider refused is in the result, not an error.
	Submit(ctx context.Context, s Submission) (Result, error)
}

// Responder acts on what was submitted.
type Responder interface {
	// Resend queues a failed or unknown delivery again. Its errors Is ErrNotFound or ErrInvalid
	// where the delivery's state forbids it.
	Resend(ctx context.Context, tenant, delivery string) error
}

// Reader tells what happened and how things are.
type Reader interface {
	History(ctx context.Context, q HistoryQuery) (HistoryPage, error)
	Health(ctx context.Context) (Health, error)
	// Metrics are the core's own, in the Prometheus text format.
	Metrics(ctx context.Context) ([]byte, error)
	// Types lists every type that this core can send through.
	Types(ctx context.Context) ([]sender.Manifest, error)
	// ContactPoints lists the names that Submit takes.
	ContactPoints(ctx context.Context, tenant string) ([]ContactPointInfo, error)
}

// Workbench tries things without alerting anybody for real, but for Test.
type Workbench interface {
	// Test sends a marked test message along the path of a real alert.
	Test(ctx context.Context, t Test) (Result, error)
	// Preview renders a group for every first-step target of a contact point and sends nothing.
	Preview(ctx context.Context, s Submission) ([]PreviewResult, error)
	// Probe tests an account's credentials; an empty name means every account of the tenant.
	Probe(ctx context.Context, tenant, account string) ([]ProbeResult, error)
	// Lookup asks the provider for a person's id.
	Lookup(ctx context.Context, tenant, account string, p sender.Person) (string, error)
}

// Reloader makes a core read its own configuration again.
type Reloader interface {
	// Reload leaves the configuration in force untouched when the new one is not valid, and says why.
	Reload(ctx context.Context) error
}

// Submission is an alert group on its way to a contact point.
type Submission struct {
	Tenant string
	// ContactPoint is a contact point's name, or "account/kind:value" for one target.
	ContactPoint string
	Group        alert.Group
	// Told is what the source remembers of how the group was told before. It matters only where the core
	// knows nothing of the group any more.
	Told []Told
	// Wait is how long to wait for the first outcome; 0 returns as soon as it is stored.
	Wait time.Duration
}

// Told is one message by which a group was told: the DeliveryOutcome of an earlier submission, kept by the source.
type Told struct {
	Account string
	Target  string
	Receipt json.RawMessage
}

// State is what became of a submission or a delivery.
type State string

// The states.
const (
	// StateWaiting: stored and not yet tried, or to be tried again.
	StateWaiting State = "waiting"
	// StateDelivered: the provider said that it took it.
	StateDelivered State = "delivered"
	// StateFailed: refused for good, or given up.
	StateFailed State = "failed"
	// StateUnknown: the provider may have taken it, and it must not be repeated.
	StateUnknown State = "unknown"
	// StateSuperseded: told by another delivery, a newer one or a digest.
	StateSuperseded State = "superseded"
)

// Result is what is known of a submission when Submit returns.
type Result struct {
	GroupID string
	// State is delivered if anybody was reached, failed if nobody was and no step is left that
	// would run, else waiting.
	State State
	// Duplicate is why nothing new was queued; empty when something was.
	Duplicate  string
	Deliveries []DeliveryOutcome
	// Notes say what a person should know, such as a template that failed.
	Notes []lang.Text
}

// DeliveryOutcome is one delivery as it stands.
type DeliveryOutcome struct {
	ID      string
	Step    int
	Account string
	Target  string
	State   State
	Reason  sender.Reason
	Code    string
	Text    string
	Hint    lang.Text
	// Receipt is the provider's own ids, set once it is delivered: see Told.
	Receipt json.RawMessage
}

// Test is a request to try a contact point.
type Test struct {
	Tenant       string
	ContactPoint string
	// Severity of the test alert; a critical one urges people as configured.
	Severity alert.Severity
	Text     string
	Wait     time.Duration
}

// PreviewResult is how one target would see a group.
type PreviewResult struct {
	Account string
	Type    string
	Target  string
	Parts   []PreviewPart
	Notes   []lang.Text
	// Error is why it cannot be rendered; empty when it can.
	Error string
	// Defaulted is why a template's default was used, in the contact point's language; empty if none failed.
	Defaulted string
}

// PreviewPart is one message of a preview.
type PreviewPart struct {
	Content json.RawMessage
	Preview sender.Preview
	// Bytes is the size as the provider counts it.
	Bytes int
}

// ProbeResult is what probing one account found.
type ProbeResult struct {
	Account string         `json:"account"`
	Type    string         `json:"type"`
	Checks  []sender.Check `json:"checks"`
}

// ContactPointInfo names a contact point for people.
type ContactPointInfo struct {
	Name  string
	Title string
}

// HistoryQuery selects deliveries, newest first. Empty fields select all.
type HistoryQuery struct {
	Tenant string
	// ID is a delivery's, or the beginning of it, of eight characters at least.
	ID           string
	GroupID      string
	ContactPoint string
	Account      string
	State        State
	// Search is looked for in titles, alert names, codes and provider texts.
	Search string
	Since  time.Time
	Until  time.Time
	// Limit is 100 by default and 1000 at most. After continues behind the page that gave it.
	Limit int
	After string
}

// HistoryPage is a page of deliveries.
type HistoryPage struct {
	Deliveries []Delivery
	// Next is the After of the next page; empty at the end.
	Next string
}

// Delivery is one message to one target of one account, and what became of it.
type Delivery struct {
	ID           string           `json:"id"`
	GroupID      string           `json:"group_id"`
	GroupKey     string           `json:"group_key"`
	Source       string           `json:"source"`
	ContactPoint string           `json:"contact_point"`
	Step         int              `json:"step"`
	Account      string           `json:"account"`
	Type         string           `json:"type"`
	Target       string           `json:"target"`
	Op           sender.Op        `json:"op"`
	Part         int              `json:"part"`
	Parts        int              `json:"parts"`
	Title        string           `json:"title"`
	Alerts       []string         `json:"alerts"`
	Status       alert.Status     `json:"status"`
	Severity     alert.Severity   `json:"severity"`
	State        State            `json:"state"`
	Reason       sender.Reason    `json:"reason,omitempty"`
	Code         string           `json:"code,omitempty"`
	Text         string           `json:"text,omitempty"`
	Hint         lang.Text        `json:"hint,omitzero"`
	MessageID    string           `json:"message_id,omitempty"`
	FoldedInto   string           `json:"folded_into,omitempty"`
	Refused      []sender.Refusal `json:"refused,omitempty"`
	Notes        []lang.Text      `json:"notes,omitempty"`
	CreatedAt    time.Time        `json:"created_at"`
	FinishedAt   time.Time        `json:"finished_at,omitzero"`
	Attempts     []Attempt        `json:"attempts"`
	// Progress is what the provider said later, such as that a call was answered; nil where nobody asks.
	Progress *sender.Progress `json:"progress,omitempty"`
}

// Attempt is one call to a provider.
type Attempt struct {
	At      time.Time     `json:"at"`
	Op      sender.Op     `json:"op"`
	Latency time.Duration `json:"latency_ns"`
	// Outcome is delivered, failed, retry, limited or unknown.
	Outcome string        `json:"outcome"`
	Reason  sender.Reason `json:"reason,omitempty"`
	Code    string        `json:"code,omitempty"`
	Text    string        `json:"text,omitempty"`
	Hint    lang.Text     `json:"hint,omitzero"`
}

// Health is how a core is.
type Health struct {
	// Ready means that a submit would be stored.
	Ready bool `json:"ready"`
	// Problems are sentences about what is wrong and what to do.
	Problems  []lang.Text   `json:"problems,omitempty"`
	Build     string        `json:"build"`
	StartedAt time.Time     `json:"started_at"`
	StorePath string        `json:"store_path"`
	Waiting   int           `json:"waiting"`
	OldestAge time.Duration `json:"oldest_age_ns"`
	PID       int           `json:"pid"`
	// ConfigPath is the file that owns the configuration; empty when a host does.
	ConfigPath string `json:"config_path,omitempty"`
}
