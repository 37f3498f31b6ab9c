package sender

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// Manifest describes one type of account. It feeds validation, the JSON Schema, the
// split of secrets, the documentation's tables and the form in the UI.
type Manifest struct {
	// Type is the name in configuration, such as "feishu_app"; Provider the service, such as "feishu".
	Type     string    `json:"type"`
	Provider string    `json:"provider"`
	Title    lang.Text `json:"title"`
	Summary  lang.Text `json:"summary"`
	// Fields are the account's settings besides those that every account has
	// (title, base_url, proxy, timeout, limits, share, in_flight).
	Fields []Field `json:"fields"`
	// Options are what one notify entry may set, such as the message form.
	Options []Field `json:"options,omitempty"`
	// BaseURL is the provider's address when the account names none. It is empty for a type whose accounts name the whole
	// address in a secret field of their own: there base_url takes the place of its scheme and host.
	BaseURL string `json:"base_url,omitempty"`
	// Schemes are those that an account's base_url may have; none means https and http. A type with Schemes and
	// without BaseURL has no usual address: every account must name its own.
	Schemes []string `json:"schemes,omitempty"`
	// Targets and Mentions are the kinds that "to" and "mention" take. A type without
	// targets has exactly one, and its notify entries have no "to".
	Targets  []TargetKind `json:"targets,omitempty"`
	Mentions []TargetKind `json:"mentions,omitempty"`
	Limits   []Limit      `json:"limits,omitempty"`
	// Repeat says whether a send with an unknown outcome may be repeated; UrgeRepeat the same of urging.
	// A type that cannot urge has no UrgeRepeat.
	Repeat     Repeat              `json:"repeat"`
	UrgeRepeat map[UrgeMode]Repeat `json:"urge,omitempty"`
	// Rings means that a message makes a phone ring: nobody is rung because something got better.
	Rings bool `json:"rings,omitempty"`
	// Batch is how many targets one call can take, for a Batcher; 0 for others.
	Batch int `json:"batch,omitempty"`
	// Track are the times after a send at which a Tracker is asked, growing; none for others.
	Track []time.Duration `json:"track_ns,omitempty"`
	// RecallFor is how long a Recaller can take a message back; 0 for others.
	RecallFor time.Duration `json:"recall_for_ns,omitempty"`
	// Errors is the table of the provider's codes, for documentation and lookup.
	Errors []CodeMeaning `json:"errors,omitempty"`
	// Docs is the provider's own documentation.
	Docs string `json:"docs,omitempty"`
	// Logo is an SVG for galleries of types: a drawing of our own, nobody's trademark, without scripts and references.
	Logo string `json:"logo,omitempty"`
	// New makes a sender of an account. For settings that no request can be made of it returns what Misconfigured
	// makes of all that is wrong with them, each in words that hold the names of the settings as the configuration has
	// them. It never touches the network.
	New func(Settings, Deps) (Sender, error) `json:"-"`
	// Preview draws content that Render made, or that went over the wire, as the provider's app would.
	Preview func(content json.RawMessage) (Preview, error) `json:"-"`
}

// Field is one setting.
type Field struct {
	Name     string    `json:"name"`
	Label    lang.Text `json:"label"`
	Help     lang.Text `json:"help,omitzero"`
	Kind     FieldKind `json:"kind"`
	Secret   bool      `json:"secret,omitempty"`
	Required bool      `json:"required,omitempty"`
	Default  string    `json:"default,omitempty"`
	// Enum lists the values that a FieldString may have, all if empty.
	Enum []string `json:"enum,omitempty"`
}

// FieldKind is the shape of a setting's value.
type FieldKind string

// The kinds of field.
const (
	FieldString FieldKind = "string"
	// FieldText may have several lines.
	FieldText     FieldKind = "text"
	FieldBool     FieldKind = "bool"
	FieldInt      FieldKind = "int"
	FieldDuration FieldKind = "duration"
	FieldURL      FieldKind = "url"
)

// Scope is what a limit counts by.
type Scope string

// The scopes of limits.
const (
	ScopeAccount Scope = "account"
	ScopeTarget  Scope = "target"
)

// Op is what is done at the provider.
type Op string

// The operations.
const (
	OpSend   Op = "send"
	OpUpdate Op = "update"
	OpReply  Op = "reply"
	OpUrge   Op = "urge"
	OpRecall Op = "recall"
	OpTrack  Op = "track"
)

// Limit is a provider's limit: at most Count operations per window of length Per for each key of Scope.
type Limit struct {
	Scope Scope         `json:"scope"`
	Count int           `json:"count"`
	Per   time.Duration `json:"per_ns"`
	// Ops are the operations that count; none means all.
	Ops []Op `json:"ops,omitempty"`
	// Kind says what happens when it is used up.
	Kind LimitKind `json:"kind,omitempty"`
}

// LimitKind is what a limit means once it is used up.
type LimitKind string

// The kinds of limit.
const (
	// Rate: what comes next waits for its turn, and is folded meanwhile.
	Rate LimitKind = ""
	// Budget: a count for hours or days, such as SMS for one number. What comes next waits only if no later step
	// can take over.
	Budget LimitKind = "budget"
	// Quota: what a plan includes, counted over the calendar month when Per is Month. It never holds anything
	// back; health and metrics warn from 80 % on.
	Quota LimitKind = "quota"
)

// Month is the Per of a Quota that is counted by calendar months.
const Month = 31 * 24 * time.Hour

// Repeat says what may be done after an unknown outcome.
type Repeat struct {
	Kind RepeatKind `json:"kind"`
	// For is how long the provider knows the key of an idempotent operation.
	For time.Duration `json:"for_ns,omitempty"`
}

// RepeatKind is the promise behind a repetition.
type RepeatKind string

// The kinds of repetition.
const (
	// Idempotent: the provider recognises the key; a repeat reaches nobody twice.
	Idempotent RepeatKind = "idempotent"
	// Repeatable: somebody may see it twice, which is better than never.
	Repeatable RepeatKind = "repeatable"
	// Once: never repeated (calls, SMS); the outcome is shown as unknown and the next step runs.
	Once RepeatKind = "once"
)

// CodeMeaning is one row of a type's error table.
type CodeMeaning struct {
	Code   string        `json:"code"`
	Class  Class         `json:"class"`
	Reason Reason        `json:"reason"`
	After  time.Duration `json:"after_ns,omitempty"`
	Title  lang.Text     `json:"title"`
	Hint   lang.Text     `json:"hint,omitzero"`
}

// Settings are an account's settings, split by the manifest.
type Settings struct {
	// Account is the account's name, for errors and logs.
	Account string
	BaseURL string
	Proxy   string
	// Timeout of one request.
	Timeout time.Duration
	Values  map[string]string
	Secrets map[string]secret.Value
}

// Deps is what a sender gets from its surroundings.
type Deps struct {
	Logger *slog.Logger
	// Transport replaces the network in tests; nil means the real one, through the account's proxy.
	Transport http.RoundTripper
	// Dial replaces the network of types that do not speak HTTP, in tests; nil means the real one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TokenRefreshed is called for each access token fetched; nil is fine.
	TokenRefreshed func()
}

// Preview is what a person would see, as a tree of blocks that every UI can draw.
type Preview struct {
	// Shape is the surface.
	Shape Shape `json:"shape"`
	// From is who it comes from, such as an SMS signature or a mail's sender; empty for a bot's own name.
	From string `json:"from,omitempty"`
	// Segments is how many SMS are paid for; 0 for other shapes.
	Segments int `json:"segments,omitempty"`
	// Color of a card's header, named as the provider names it; empty without one.
	Color  string  `json:"color,omitempty"`
	Title  string  `json:"title,omitempty"`
	Blocks []Block `json:"blocks"`
	// Listed is what the list of chats and a phone's notification say, where the message itself does not show it.
	Listed string `json:"listed,omitempty"`
	// Mentions are whom the message really notifies: names, ids or "all".
	Mentions []string `json:"mentions,omitempty"`
}

// Shape is the surface on which a preview is drawn.
type Shape string

// The shapes.
const (
	ShapeCard   Shape = "card"
	ShapeBubble Shape = "bubble"
	ShapeSMS    Shape = "sms"
	ShapeCall   Shape = "call"
	ShapeMail   Shape = "mail"
	// ShapeData is for machines: a webhook's body.
	ShapeData Shape = "data"
)

// Block is one block of a preview.
type Block struct {
	Kind BlockKind `json:"kind"`
	// Text is plain text, or the inline spans' text when Spans is empty.
	Text   string  `json:"text,omitempty"`
	Spans  []Span  `json:"spans,omitempty"`
	Fields []Block `json:"fields,omitempty"`
	URL    string  `json:"url,omitempty"`
	Level  int     `json:"level,omitempty"`
}

// BlockKind is what a block is.
type BlockKind string

// The kinds of block.
const (
	BlockHeading BlockKind = "heading"
	BlockText    BlockKind = "text"
	BlockQuote   BlockKind = "quote"
	BlockList    BlockKind = "list"
	BlockDivider BlockKind = "divider"
	BlockButton  BlockKind = "button"
	BlockButtons BlockKind = "buttons"
	BlockNote    BlockKind = "note"
	// BlockFields holds pairs in Fields: a name and its value, two blocks each. BlockCode is text as it is, in a fixed width.
	BlockFields BlockKind = "fields"
	BlockCode   BlockKind = "code"
)

// Span is a run of inline text.
type Span struct {
	Text    string `json:"text"`
	Bold    bool   `json:"bold,omitempty"`
	URL     string `json:"url,omitempty"`
	Mention string `json:"mention,omitempty"`
	Color   string `json:"color,omitempty"`
}

// CanUrge tells whether the type has mode.
func (m Manifest) CanUrge(mode UrgeMode) bool { _, ok := m.UrgeRepeat[mode]; return ok }

// Urgency is how loud a message is, by severity.
type Urgency = Severities[UrgeMode]
