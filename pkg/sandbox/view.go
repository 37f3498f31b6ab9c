package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// view is the page.
type view struct {
	Language lang.Language
	Theme    string
	List     []entry
	// Open is the conversation that is shown; its Messages are oldest first.
	Open     *entry
	Messages []*bubble
	Hidden   int
	Figures  stage.Figures
	Refused  int64
	Calls    int64
	// Play is whose faults can be switched: that of the open conversation.
	Play     stage.Play
	Switches []faultSwitch
	Others   []stage.Fault
	NoLimits bool
	Plays    []stage.Play
}

// T is a sentence of the page.
func (v view) T(key string) string { return sentence(key).In(v.Language) }

// Of titles a provider, or one of its kinds of conversation.
func (v view) Of(provider, kind string) string {
	i := slices.IndexFunc(v.Plays, func(p stage.Play) bool { return p.Provider == provider })
	switch {
	case i < 0:
		return provider
	case kind == "":
		return v.Plays[i].Title.In(v.Language)
	}
	if t, ok := v.Plays[i].Kinds[kind]; ok {
		return t.In(v.Language)
	}
	return kind
}

// entry is one conversation in the list.
type entry struct {
	stage.Conversation
	Provider string
	Count    int
	Line     string
	At       time.Time
	Open     bool
}

// Initial stands for a picture.
func (e entry) Initial() string {
	for _, r := range e.Name {
		return strings.ToUpper(string(r))
	}
	return "?"
}

// bubble is one message as drawn.
type bubble struct {
	stage.Message
	page   *view
	Sender string
	Shape  sender.Shape
	From   string
	// Segments is how many SMS it costs.
	Segments int
	Color    string
	Title    string
	Listed   string
	Blocks   []block
	Raw      string
	Failed   string
	Answers  string
	Thread   []*bubble
	Request  string
	Old      []string
}

// T is a sentence of the page.
func (b bubble) T(key string) string { return b.page.T(key) }

// Bot tells whether a robot speaks, rather than a phone or a mailbox.
func (b bubble) Bot() bool { return b.Shape == sender.ShapeBubble || b.Shape == sender.ShapeCard }

// Reached are the mentions that notify; Silent those that do not.
func (b bubble) Reached() []stage.Mention { return mentions(b.Mentions, true) }

// Silent are the mentions that notify nobody.
func (b bubble) Silent() []stage.Mention { return mentions(b.Mentions, false) }

func mentions(all []stage.Mention, notified bool) []stage.Mention {
	var some []stage.Mention
	for _, m := range all {
		if m.Notified == notified {
			some = append(some, m)
		}
	}
	return some
}

func (s *Sandbox) view(language lang.Language, theme, open string) *view {
	v := &view{Language: language, Theme: theme, Figures: s.Figures(), NoLimits: s.NoLimits(), Plays: s.plays}
	for _, c := range v.Figures.Calls {
		v.Calls += c.Count
		if c.Outcome != "0" && !strings.HasPrefix(c.Outcome, "fault:") {
			v.Refused += c.Count
		}
	}
	s.list(v, open)
	v.Play = s.plays[0]
	for _, p := range s.plays {
		if v.Open != nil && p.Provider == v.Open.Provider {
			v.Play = p
		}
	}
	v.Switches, v.Others = faultSwitches(v.Play, s.Faults())
	if v.Open == nil {
		return v
	}
	messages := s.Messages(stage.Filter{Conversation: v.Open.ID, Limit: shown})
	v.Hidden = max(0, v.Open.Count-len(messages))
	byID := map[string]*bubble{}
	for _, m := range messages {
		b := s.bubble(v, m)
		byID[m.ID] = b
		parent := byID[m.ReplyTo]
		if parent != nil {
			b.Answers = cmp.Or(parent.Title, parent.Form)
		}
		if parent != nil && m.InThread {
			b.Answers = ""
			parent.Thread = append(parent.Thread, b)
			byID[m.ID] = parent
			continue
		}
		v.Messages = append(v.Messages, b)
	}
	return v
}

// list fills in the conversations: those with messages first, then those where some could arrive.
func (s *Sandbox) list(v *view, open string) {
	for _, c := range s.Conversations() {
		b := s.bubble(v, c.Last)
		v.List = append(v.List, entry{
			Conversation: c.Conversation, Provider: c.Provider, Count: c.Count, At: c.Last.At, Line: b.line(),
		})
	}
	have := func(id string) bool {
		return slices.ContainsFunc(v.List, func(e entry) bool { return e.ID == id })
	}
	for _, p := range s.plays {
		if p.Places == nil {
			continue
		}
		for _, c := range p.Places() {
			if !have(c.ID) {
				v.List = append(v.List, entry{Conversation: c, Provider: p.Provider})
			}
		}
	}
	for i := range v.List {
		if v.List[i].ID == open || (open == "" && i == 0) {
			v.List[i].Open = true
			v.Open = &v.List[i]
		}
	}
}

// bubble draws a message with the type's preview, or as JSON without one.
func (s *Sandbox) bubble(v *view, m stage.Message) *bubble {
	b := &bubble{Message: m, page: v, Sender: m.App, Shape: sender.ShapeBubble, Color: "default"}
	b.Mentions = slices.Clone(m.Mentions)
	for i := range b.Mentions {
		b.Mentions[i].Why = v.T(b.Mentions[i].Why)
	}
	for _, p := range s.plays {
		if p.Provider == m.Provider && p.Sender != nil {
			b.Sender = cmp.Or(p.Sender(m), b.Sender)
		}
	}
	if m.Request != nil {
		b.Request = m.Request.Method + " " + m.Request.Path + "\n\n" + pretty([]byte(m.Request.Body))
	}
	for _, e := range m.Edits {
		b.Old = append(b.Old, e.At.Format(time.TimeOnly)+"\n"+pretty(e.Content))
	}
	if len(m.Content) == 0 {
		b.Raw = v.T("content_not_kept")
		return b
	}
	if s.preview == nil {
		b.Raw = pretty(m.Content)
		return b
	}
	p, err := s.preview(m.Type, m.Content)
	if err != nil {
		b.Raw, b.Failed = pretty(m.Content), err.Error()
		return b
	}
	b.Shape, b.Title, b.Listed, b.Color, b.From, b.Segments = p.Shape, p.Title, p.Listed, color(p.Color), p.From, p.Segments
	b.Blocks = blocks(p.Blocks, b.Mentions)
	return b
}

// line is the one line that the list of chats shows.
func (b *bubble) line() string {
	text := cmp.Or(b.Listed, b.Title)
	if text == "" && len(b.Blocks) > 0 {
		text = b.Blocks[0].plain()
	}
	if text == "" {
		text = b.Form
	}
	if b.Recalled != nil {
		text = b.T("recalled")
	}
	return strings.Join(strings.Fields(text), " ")
}
