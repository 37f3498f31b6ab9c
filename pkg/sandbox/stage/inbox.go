package stage

import (
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"time"
)

// Mode is how much the inbox keeps.
type Mode string

// The modes of the inbox.
const (
	// ModeFull keeps messages to be looked at.
	ModeFull Mode = "full"
	// ModeCount keeps no content: counters, distinct keys and contents, and what later calls need.
	ModeCount Mode = "count"
	// ModeOff keeps only what later calls need.
	ModeOff Mode = "off"
)

const (
	maxMessages = 5_000
	maxLight    = 100_000
	maxBytes    = 64 << 20
	maxEdits    = 20
	maxDistinct = 2_000_000
)

// Figures are what the inbox counted.
type Figures struct {
	Messages int64 `json:"messages"`
	// DistinctKeys and DistinctContents count different idempotency keys, and different contents in
	// the same conversation.
	DistinctKeys     int   `json:"distinct_keys"`
	DistinctContents int   `json:"distinct_contents"`
	Repeats          int64 `json:"repeats"`
	Updates          int64 `json:"updates"`
	Recalls          int64 `json:"recalls"`
	// Urgents counts people urged by mode.
	Urgents map[string]int64 `json:"urgents"`
	Calls   []CallCount      `json:"calls"`
	Mode    Mode             `json:"inbox"`
	Held    int              `json:"held"`
}

// CallCount is how often one outcome was given.
type CallCount struct {
	CallKey
	Count int64 `json:"count"`
}

type inbox struct {
	mode     Mode
	byID     map[string]*Message
	order    []*Message
	bytes    int
	seed     maphash.Seed
	keys     map[uint64]struct{}
	contents map[uint64]struct{}
	dedup    map[string]dedup
	figures  Figures
	urgents  map[string]int64
}

type dedup struct {
	message *Message
	until   time.Time
}

func newInbox() *inbox {
	return &inbox{
		mode: ModeFull, byID: map[string]*Message{}, seed: maphash.MakeSeed(),
		keys: map[uint64]struct{}{}, contents: map[uint64]struct{}{}, dedup: map[string]dedup{},
		urgents: map[string]int64{},
	}
}

// SetMode changes how much the inbox keeps from now on. It returns an error for an unknown mode.
func (s *Stage) SetMode(m Mode) error {
	if m != ModeFull && m != ModeCount && m != ModeOff {
		return errors.New(`inbox must be "full", "count" or "off"`)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox.mode = m
	return nil
}

// Mode is how much the inbox keeps.
func (s *Stage) Mode() Mode {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbox.mode
}

// Repeated returns the message that scope and key already made and that the provider still
// remembers, and counts the repeat.
func (s *Stage) Repeated(scope, key string) (Message, bool) {
	if key == "" {
		return Message{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbox.repeated(scope+"\n"+key, s.now())
}

func (in *inbox) repeated(id string, now time.Time) (Message, bool) {
	d, ok := in.dedup[id]
	if !ok || !now.Before(d.until) {
		return Message{}, false
	}
	d.message.Repeats++
	in.figures.Repeats++
	return d.message.clone(), true
}

// Deliver puts m into the inbox. With a key it is remembered for as long as remember says; if
// another call with the same scope and key came first, that call's message is returned, and true.
func (s *Stage) Deliver(m Message, scope string, remember time.Duration) (Message, bool) {
	s.mu.Lock()
	if m.Key != "" {
		if first, ok := s.inbox.repeated(scope+"\n"+m.Key, s.now()); ok {
			s.mu.Unlock()
			return first, true
		}
	}
	m.At = s.now()
	stored := s.inbox.deliver(m)
	if m.Key != "" {
		s.inbox.remember(scope+"\n"+m.Key, stored, m.At, remember)
	}
	c := stored.clone()
	s.mu.Unlock()
	s.hub.wake()
	return c, false
}

func (in *inbox) remember(id string, m *Message, now time.Time, d time.Duration) {
	if len(in.dedup) >= maxLight {
		for k, v := range in.dedup {
			if !now.Before(v.until) {
				delete(in.dedup, k)
			}
		}
	}
	in.dedup[id] = dedup{message: m, until: now.Add(d)}
}

func (in *inbox) deliver(m Message) *Message {
	in.figures.Messages++
	if in.mode != ModeOff && len(in.keys) < maxDistinct {
		if m.Key != "" {
			in.keys[maphash.String(in.seed, m.Provider+m.Key)] = struct{}{}
		}
		in.contents[maphash.String(in.seed, m.Conversation.ID+"\n"+string(m.Content))] = struct{}{}
	}
	limit := maxMessages
	if in.mode != ModeFull {
		m.Content, m.Request, m.Mentions = nil, nil, nil
		limit = maxLight
	}
	m.size = len(m.Content)
	if m.Request != nil {
		m.size += len(m.Request.Body)
	}
	in.bytes += m.size
	in.byID[m.ID] = &m
	in.order = append(in.order, &m)
	for len(in.order) > limit || in.bytes > maxBytes {
		in.forget(in.order[0])
		in.order = in.order[1:]
	}
	return &m
}

func (in *inbox) forget(m *Message) {
	in.bytes -= m.size
	delete(in.byID, m.ID)
}

// Message returns a copy of the message with this id.
func (s *Stage) Message(id string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.inbox.byID[id]
	if !ok {
		return Message{}, false
	}
	return m.clone(), true
}

// Change applies change to the message with this id and returns false if there is none.
func (s *Stage) Change(id string, change func(m *Message, now time.Time)) bool {
	s.mu.Lock()
	m, ok := s.inbox.byID[id]
	if ok {
		change(m, s.now())
	}
	s.mu.Unlock()
	s.hub.wake()
	return ok
}

// Edit replaces a message's content by that of next and keeps the old one.
func (s *Stage) Edit(id string, next Message) bool {
	return s.Change(id, func(m *Message, now time.Time) {
		in := s.inbox
		in.figures.Updates++
		m.EditCount++
		if in.mode == ModeFull {
			at := m.At
			if m.UpdatedAt != nil {
				at = *m.UpdatedAt
			}
			m.Edits = append(m.Edits, Edit{At: at, Content: m.Content})
			if len(m.Edits) > maxEdits {
				m.size -= len(m.Edits[0].Content)
				in.bytes -= len(m.Edits[0].Content)
				m.Edits = slices.Delete(m.Edits, 0, 1)
			}
			m.Content, m.Request, m.Mentions = next.Content, next.Request, next.Mentions
			m.size += len(next.Content)
			in.bytes += len(next.Content)
		}
		m.Shared, m.Schema, m.UpdatedAt = next.Shared, next.Schema, &now
	})
}

// Urge records that people were urged to look at a message.
func (s *Stage) Urge(id string, u Urgent) bool {
	return s.Change(id, func(m *Message, now time.Time) {
		u.At = now
		m.Urgents = append(m.Urgents, u)
		s.inbox.urgents[u.Mode] += int64(len(u.UserIDs))
	})
}

// Recall takes a message back.
func (s *Stage) Recall(id string) bool {
	return s.Change(id, func(m *Message, now time.Time) {
		if m.Recalled == nil {
			s.inbox.figures.Recalls++
			m.Recalled = &now
		}
	})
}

// MarkRead records that the user with this user_id has read a message.
func (s *Stage) MarkRead(id, userID string) bool {
	return s.Change(id, func(m *Message, now time.Time) {
		if !slices.ContainsFunc(m.Reads, func(r Read) bool { return r.UserID == userID }) {
			m.Reads = append(m.Reads, Read{UserID: userID, At: now})
		}
	})
}

// Filter chooses messages; an empty field chooses all.
type Filter struct {
	Provider     string
	Conversation string
	App          string
	Key          string
	// Text must occur in the content.
	Text string
	// Limit keeps the newest ones; zero means all.
	Limit int
}

func (f Filter) match(m *Message) bool {
	return (f.Provider == "" || f.Provider == m.Provider) &&
		(f.Conversation == "" || f.Conversation == m.Conversation.ID) &&
		(f.App == "" || f.App == m.App) &&
		(f.Key == "" || f.Key == m.Key) &&
		(f.Text == "" || strings.Contains(string(m.Content), f.Text))
}

// Messages returns the messages that f chooses, oldest first.
func (s *Stage) Messages(f Filter) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []Message{}
	for _, m := range slices.Backward(s.inbox.order) {
		if f.Limit > 0 && len(found) == f.Limit {
			break
		}
		if f.match(m) {
			found = append(found, m.clone())
		}
	}
	slices.Reverse(found)
	return found
}

// Figures returns the counters.
func (s *Stage) Figures() Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.inbox
	f := in.figures
	f.DistinctKeys, f.DistinctContents = len(in.keys), len(in.contents)
	f.Mode, f.Held = in.mode, len(in.order)
	f.Urgents = map[string]int64{"app": in.urgents["app"], "sms": in.urgents["sms"], "phone": in.urgents["phone"]}
	f.Calls = make([]CallCount, 0, len(s.calls))
	for k, n := range s.calls {
		f.Calls = append(f.Calls, CallCount{CallKey: k, Count: n})
	}
	slices.SortFunc(f.Calls, func(a, b CallCount) int {
		return strings.Compare(a.Provider+a.Endpoint+a.Outcome, b.Provider+b.Endpoint+b.Outcome)
	})
	return f
}

// Clear empties the inbox and its counters; faults and limits stay.
func (s *Stage) Clear() {
	s.mu.Lock()
	mode := s.inbox.mode
	s.inbox = newInbox()
	s.inbox.mode = mode
	s.calls = map[CallKey]int64{}
	s.mu.Unlock()
	s.hub.wake()
}

// Summary is one conversation and its newest message.
type Summary struct {
	Conversation
	Provider string
	Count    int
	Last     Message
}

// Conversations returns every conversation with a message, the most recent first.
func (s *Stage) Conversations() []Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	byID := map[string]*Summary{}
	var order []*Summary
	for _, m := range slices.Backward(s.inbox.order) {
		sum := byID[m.Conversation.ID]
		if sum == nil {
			sum = &Summary{Conversation: m.Conversation, Provider: m.Provider, Last: m.clone()}
			byID[m.Conversation.ID] = sum
			order = append(order, sum)
		}
		sum.Count++
	}
	all := make([]Summary, 0, len(order))
	for _, sum := range order {
		all = append(all, *sum)
	}
	return all
}
