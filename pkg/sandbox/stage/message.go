package stage

import (
	"encoding/json"
	"slices"
	"time"
)

// Message is what one successful call left in a conversation.
type Message struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	// Type is the account type whose content this is, such as "feishu_app".
	Type string `json:"type"`
	// App is the app, or the masked token of the robot, that sent it.
	App          string       `json:"app"`
	Conversation Conversation `json:"conversation"`
	// Form is the provider's message type, such as "interactive".
	Form string `json:"form"`
	// Key is the sender's idempotency key; Repeats counts the calls that it folded into this message.
	Key     string    `json:"key,omitempty"`
	Repeats int       `json:"repeats,omitempty"`
	At      time.Time `json:"at"`
	// Content is the content as it went over the wire; empty when the inbox only counts.
	Content json.RawMessage `json:"content,omitempty"`
	// To are all whom a mail names, where it is shown in one of their mailboxes.
	To string `json:"to,omitempty"`
	// Plain is the same for apps that draw no markup, such as a mail's text part.
	Plain   string   `json:"plain,omitempty"`
	Request *Request `json:"request,omitempty"`
	// Mentions are the people named in the message, and whether they are notified.
	Mentions []Mention `json:"mentions,omitempty"`
	Urgents  []Urgent  `json:"urgents,omitempty"`
	// Edits are the contents that later ones replaced, oldest first; EditCount also counts those forgotten.
	Edits     []Edit     `json:"edits,omitempty"`
	EditCount int        `json:"edit_count,omitempty"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
	// ReplyTo is the message that this one answers; InThread whether as a topic.
	ReplyTo  string     `json:"reply_to,omitempty"`
	InThread bool       `json:"in_thread,omitempty"`
	Recalled *time.Time `json:"recalled,omitempty"`
	Reads    []Read     `json:"reads,omitempty"`
	// Fate is what became of it later, such as "answered"; empty where nobody asks.
	Fate string `json:"fate,omitempty"`
	// Shared is whether the card declares that everybody sees updates.
	Shared bool `json:"shared,omitempty"`
	// Schema is the card's structure: "1.0" or "2.0".
	Schema string `json:"schema,omitempty"`

	size int
}

// Conversation is where a message is shown.
type Conversation struct {
	ID string `json:"id"`
	// Kind is one of its play's kinds, such as "chat", "person" or "robot".
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Request is the call as it came, without credentials.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   string `json:"body"`
}

// Mention is somebody named in a message.
type Mention struct {
	// ID is as written in the message; Name is who that is.
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Notified bool   `json:"notified"`
	// Why says why nobody is notified.
	Why string `json:"why,omitempty"`
}

// Urgent is one 加急.
type Urgent struct {
	// Mode is "app", "sms" or "phone".
	Mode    string    `json:"mode"`
	Names   []string  `json:"names"`
	UserIDs []string  `json:"user_ids"`
	At      time.Time `json:"at"`
}

// Edit is an earlier content.
type Edit struct {
	At      time.Time       `json:"at"`
	Content json.RawMessage `json:"content"`
}

// Read says who read a message.
type Read struct {
	UserID string    `json:"user_id"`
	At     time.Time `json:"at"`
}

// clone is a copy that shares nothing that changes.
func (m *Message) clone() Message {
	c := *m
	c.Mentions = append([]Mention(nil), m.Mentions...)
	c.Urgents = append([]Urgent(nil), m.Urgents...)
	c.Edits = append([]Edit(nil), m.Edits...)
	c.Reads = append([]Read(nil), m.Reads...)
	return c
}

// urged tells whether the user was urged to look at m.
func (m *Message) urged(userID string) bool {
	return slices.ContainsFunc(m.Urgents, func(u Urgent) bool { return slices.Contains(u.UserIDs, userID) })
}

// readBy tells whether the user read m.
func (m *Message) readBy(userID string) bool {
	return slices.ContainsFunc(m.Reads, func(r Read) bool { return r.UserID == userID })
}
