// Package config reads what an operator wrote: strictly, and with every fault at once.
package config

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// MainTenant is the tenant of a configuration that comes from a file.
const MainTenant = "main"

// Config is a valid configuration with every default filled in.
type Config struct {
	Accounts      map[string]Account
	People        map[string]sender.Person
	ContactPoints map[string]ContactPoint
	Sources       map[string]Source
	// Templates are the contents of the template files and inline templates, by name.
	Templates []TemplateFile
	Labels    Labels
	Defaults  Defaults
	Store     Store
	Listen    Listen
	// PublicURL is where people reach this receiver, without a slash at the end; may be empty.
	PublicURL string
	Retention Retention
}

// Account is a configured type.
type Account struct {
	Name     string
	Type     string
	Title    string
	Settings sender.Settings
	// Limits are in force for this account: the type's own, or what the account says instead;
	// empty when it says "none". Share is already taken out.
	Limits []sender.Limit
	// InFlight is how many lanes of the account may be worked on at once.
	InFlight int
	// Fold is whether what waits in one lane may be folded into a digest.
	Fold bool
}

// ContactPoint is a named way to reach people.
type ContactPoint struct {
	Name     string
	Title    string
	Language lang.Language
	Location *time.Location
	// Title, Summary, ItemTitle and ItemText are Alertmanager templates; empty means the default.
	Template Template
	// Repeat is what a repeated state does: "remind", "update" or "ignore".
	Repeat          RepeatAction
	DuplicateWindow time.Duration
	// GroupWindow is how long after a message other groups of a source that does not group wait for each other.
	GroupWindow time.Duration
	Steps       []Step
}

// Template fills the fields of messages with Alertmanager's template language.
type Template struct {
	Title     string
	Summary   string
	ItemTitle string
	ItemText  string
}

// RepeatAction is what a repeat of the same state does.
type RepeatAction string

// What a repeat may do.
const (
	RepeatRemind RepeatAction = "remind"
	RepeatUpdate RepeatAction = "update"
	RepeatIgnore RepeatAction = "ignore"
)

// Step is one rung of a contact point.
type Step struct {
	// On is when the step runs: the first step at once (empty), later ones on "failure".
	On Trigger
	// GiveUp is how long the step keeps trying if a later step waits for its failure; zero means
	// 5 minutes, 2 for critical. Without a later step it is 24 hours.
	GiveUp time.Duration
	Notify []Notify
}

// Trigger is what makes a step run.
type Trigger string

// The triggers.
const (
	AtOnce    Trigger = ""
	OnFailure Trigger = "failure"
)

// Notify is one account and whom to reach through it.
type Notify struct {
	Account string
	// To is never empty: a type with a single target has one zero Target here.
	To      []sender.Target
	Mention []sender.Target
	Urgent  sender.Urgency
	// Severities is the least severity that this entry is for: "this or worse".
	Severities alert.Severity
	Options    sender.Options
	// Recall takes the messages of a group back once it is resolved, where the type can.
	Recall bool
}

// Source is a configured name for who sends.
type Source struct {
	Name string
	// The credentials, any of which is accepted; all unset means that the source is chosen by ?source= only.
	Token      secret.Value
	Username   string
	Password   secret.Value
	HMACSecret secret.Value
	// Wait is how long a submit waits for the first outcome; nil means the default of its kind.
	Wait *time.Duration
}

// HasCredentials tells whether a caller can prove to be this source.
func (s Source) HasCredentials() bool {
	return s.Token.IsSet() || s.Password.IsSet() || s.HMACSecret.IsSet()
}

// TemplateFile is a file of template definitions, or an inline one.
type TemplateFile struct {
	Name    string
	Content string
}

// Labels say which labels mean what.
type Labels struct {
	// Severity are the labels that hold the severity, first match wins.
	Severity []string
	// SeverityValues translate a label's value (lower case) besides the severities' own names.
	SeverityValues map[string]alert.Severity
}

// Defaults are used where a contact point or an alert says nothing.
type Defaults struct {
	Severity        alert.Severity
	Language        lang.Language
	Location        *time.Location
	Repeat          RepeatAction
	DuplicateWindow time.Duration
	GroupWindow     time.Duration
	Fold            bool
}

// Store is where the queue and the history are kept.
type Store struct {
	// Path is the directory.
	Path string
}

// Listen is the receiver's HTTP edge.
type Listen struct {
	// Address is host:port; the default is 127.0.0.1:9095.
	Address string
	// AllowOpen lets a listener that is not on the loopback accept alerts without credentials.
	AllowOpen bool
	// VerifyFiles are the names of files that verify a domain to WeCom; each holds the word in its name.
	VerifyFiles []string
	TLSCert     string
	TLSKey      string
}

// Retention bounds the history. Open groups are never removed.
type Retention struct {
	MaxAge  time.Duration
	MaxSize int64
}
