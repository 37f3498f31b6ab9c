// Package sender is the contract between the engine and a provider: what a
// provider gets, what it may answer, and which words its failures use.
package sender

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
)

// Sender reaches people through one account. All methods are safe for concurrent use.
type Sender interface {
	// Render turns a draft into the provider's form, split so that each part keeps the
	// provider's limits. It may look people up. Its parts are stored and sent byte for byte.
	// It returns a Permanent failure when no form of the message can be sent, and a plain
	// error when a lookup may succeed later.
	Render(ctx context.Context, d Draft) (Rendered, error)
	// Send delivers one part to one target. It returns a receipt with what the provider
	// refused, or a plain error, Permanent or RetryAfter, each with the provider's code,
	// text and hint where it gave any. A nil error means that the provider said so in words.
	Send(ctx context.Context, n Notification) (Receipt, error)
}

// Updater changes what was sent, in place.
type Updater interface {
	// Update returns a failure that Is ErrCannotUpdate when this message can never be
	// changed again: too old, recalled, or deleted.
	Update(ctx context.Context, r Receipt, n Notification) (Receipt, error)
}

// Replier answers in the thread of what was sent.
type Replier interface {
	// Reply returns a failure that Is ErrCannotReply when the thread is gone.
	Reply(ctx context.Context, r Receipt, n Notification) (Receipt, error)
}

// Urger makes people look at what was sent: 加急.
type Urger interface {
	// Urge returns a receipt whose Refused names the people that could not be urged.
	Urge(ctx context.Context, r Receipt, u Urge) (Receipt, error)
}

// Batcher sends the same content to several targets in one call.
type Batcher interface {
	// SendBatch gets at most Manifest.Batch notifications, all with the same content, each with its own key and
	// target. It returns an outcome for each, in the same order; one call that fails fails them all.
	SendBatch(ctx context.Context, list []Notification) []Outcome
}

// Recaller takes back what was sent.
type Recaller interface {
	// Recall returns nil too when the message is gone already, and a Permanent failure when it is too late.
	Recall(ctx context.Context, r Receipt) error
}

// UrgeRecaller ends an urge when it is no longer needed, such as one that rings until somebody answers.
type UrgeRecaller interface {
	// RecallUrge gets the receipt that Urge returned. It returns nil too when the urge is over already.
	RecallUrge(ctx context.Context, r Receipt) error
}

// Tracker learns later what became of what was sent: whether it arrived, was read, or a call was answered.
type Tracker interface {
	// Track is asked at the times of Manifest.Track until its answer is final. A plain error is asked again
	// at the next time; a Permanent failure ends the asking.
	Track(ctx context.Context, r Receipt) (Progress, error)
}

// Prober tests an account's credentials and rights without sending.
type Prober interface {
	Probe(ctx context.Context) []Check
}

// Finder finds the provider's id of a person.
type Finder interface {
	// Find returns a Permanent failure with ReasonRecipient when the provider knows no such person.
	Find(ctx context.Context, p Person) (string, error)
}

// TargetKind is the word before the colon in "chat:oc_1".
type TargetKind string

// The kinds of target and mention. A type's manifest lists those it takes.
const (
	TargetPerson     TargetKind = "person"
	TargetChat       TargetKind = "chat"
	TargetUser       TargetKind = "user"
	TargetDepartment TargetKind = "department"
	TargetTag        TargetKind = "tag"
	TargetPhone      TargetKind = "phone"
	TargetEmail      TargetKind = "email"
	TargetOnCall     TargetKind = "on_call"
	// TargetAll stands alone, without a value: everybody in the chat or robot's group.
	TargetAll TargetKind = "all"
)

// Target is what one send is addressed to, or who is mentioned.
type Target struct {
	Kind  TargetKind `json:"kind,omitempty"`
	Value string     `json:"value,omitempty"`
	// Person is set for TargetPerson, from the configuration in force when it is used.
	Person *Person `json:"-"`
}

// ParseTarget reads "kind:value" or "all". It does not check that the kind is known.
func ParseTarget(s string) Target {
	kind, value, _ := strings.Cut(strings.TrimSpace(s), ":")
	return Target{Kind: TargetKind(strings.TrimSpace(kind)), Value: strings.TrimSpace(value)}
}

// String is the form used in configuration; empty for the only target of a robot.
func (t Target) String() string {
	if t.Value == "" {
		return string(t.Kind)
	}
	return string(t.Kind) + ":" + t.Value
}

// Person is somebody to reach.
type Person struct {
	Name   string `json:"name"`
	Title  string `json:"title,omitempty"`
	Email  string `json:"email,omitempty"`
	Mobile string `json:"mobile,omitempty"`
	// IDs are the person's ids by provider, such as "feishu".
	IDs map[string]string `json:"ids,omitempty"`
}

// Label is how a person is written for people.
func (p Person) Label() string {
	if p.Title != "" {
		return p.Title
	}
	return p.Name
}

// NotMentioned is the note that a mention was left out, and why.
func NotMentioned(t Target, err error) lang.Text {
	f := AsFailure(err)
	why := f.Hint
	if why.Empty() {
		why = lang.Text{ZH: f.Error(), EN: f.Error()}
	}
	who := cmp.Or(t.Value, t.String())
	if t.Person != nil {
		who = t.Person.Label()
	}
	return lang.Text{ZH: "没有 @ " + who + "：" + why.ZH, EN: who + " is not mentioned: " + why.EN}
}

// Draft is a message before it has the provider's form.
type Draft struct {
	Message  message.Message
	Target   Target
	Mentions []Target
	// Options are the notify entry's own settings, as the manifest's Options declare them.
	Options Options
	// MinParts is how many parts an earlier render of the same conversation had and that can be
	// updated: fewer are filled up with parts that say that their content moved to the first.
	MinParts int
}

// Options are a notify entry's settings by name.
type Options map[string]string

// Rendered is a message in the provider's form.
type Rendered struct {
	// Parts are requests without target, key and credentials, in the order of sending.
	Parts []json.RawMessage
	// Notes say what was left out, such as a mention of somebody unknown.
	Notes []lang.Text
}

// Notification is one part on its way to one target.
type Notification struct {
	// Key is the delivery's id: the same for every attempt, so the provider can tell a repeat.
	Key     string
	Target  Target
	Content json.RawMessage
	// Aloud means that a reply is for everybody in the place: a thread notifies only those who take part in it.
	Aloud bool
}

// Outcome is what became of one notification of a batch.
type Outcome struct {
	Receipt Receipt
	Err     error
	// Shared means that it went in a call that an earlier outcome of the batch counts.
	Shared bool
}

// Fate is what the provider later said of something that it took.
type Fate string

// The fates.
const (
	// FatePending: nothing is known yet.
	FatePending Fate = "pending"
	// FateArrived: it is on the person's phone; FateRead: the person, or some of them, looked at it.
	FateArrived Fate = "arrived"
	FateRead    Fate = "read"
	// FateAnswered: the call was answered.
	FateAnswered Fate = "answered"
	// FateUnanswered: the phone rang, was busy or off, and nobody answered. FateLost: it never got there.
	// Both are failures for the step.
	FateUnanswered Fate = "unanswered"
	FateLost       Fate = "lost"
)

// Reached tells whether a fate is good news; a pending one is not.
func (f Fate) Reached() bool { return f == FateArrived || f == FateRead || f == FateAnswered }

// Missed tells whether nobody was reached.
func (f Fate) Missed() bool { return f == FateUnanswered || f == FateLost }

// Progress is what a Tracker learned.
type Progress struct {
	Fate Fate `json:"fate"`
	// Final means that nothing will change any more.
	Final bool `json:"final,omitempty"`
	// Code and Text are the provider's own; Hint says what a person must do about a missed one.
	Code string    `json:"code,omitempty"`
	Text string    `json:"text,omitempty"`
	Hint lang.Text `json:"hint,omitzero"`
	// Readers are those who looked, as the provider names them.
	Readers []string `json:"readers,omitempty"`
}

// Receipt is what the provider gave back for what was sent.
type Receipt struct {
	// Data are the provider's own ids, versioned JSON, readable only by the provider.
	Data json.RawMessage `json:"data,omitempty"`
	// MessageID is the provider's id of the message, for people to search by.
	MessageID string `json:"message_id,omitempty"`
	// Settled means that there is nothing for a Tracker to ask later.
	Settled bool `json:"settled,omitempty"`
	// Refused are the people or targets that the provider left out.
	Refused []Refusal `json:"refused,omitempty"`
}

// Refusal is a part of a send that the provider refused.
type Refusal struct {
	Target Target    `json:"target"`
	Reason Reason    `json:"reason"`
	Code   string    `json:"code,omitempty"`
	Text   string    `json:"text,omitempty"`
	Hint   lang.Text `json:"hint,omitzero"`
}

// UrgeMode is how loud 加急 is. A later one is louder.
type UrgeMode string

// The modes of urging.
const (
	UrgeApp   UrgeMode = "app"
	UrgeSMS   UrgeMode = "sms"
	UrgePhone UrgeMode = "phone"
)

// Urge asks to make people look at a message.
type Urge struct {
	Key     string
	Mode    UrgeMode
	Targets []Target
}

// Check is one line of a probe.
type Check struct {
	Name   lang.Text `json:"name"`
	OK     bool      `json:"ok"`
	Detail string    `json:"detail,omitempty"`
	Hint   lang.Text `json:"hint,omitzero"`
}

// Failed is the check with why it failed and what to do about it.
func (c Check) Failed(err error) Check {
	f := AsFailure(err)
	c.OK, c.Detail, c.Hint = false, f.Error(), f.Hint
	if c.Hint.Empty() {
		c.Hint = lang.Text{
			ZH: "检查账号的 base_url、代理和网络，稍后再试。",
			EN: "Check the account's base_url, the proxy and the network, and try again later.",
		}
	}
	return c
}

// Severities decides at which severity something applies: at its own "or worse".
// The worst matching entry wins.
type Severities[T any] map[alert.Severity]T

// At returns the entry of the worst severity that is not worse than s.
func (m Severities[T]) At(s alert.Severity) (T, bool) {
	for _, k := range alert.Severities() {
		if v, ok := m[k]; ok && k <= s {
			return v, true
		}
	}
	var none T
	return none, false
}
