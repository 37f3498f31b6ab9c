package stage

import (
	"hash/maphash"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
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
	maxKnown    = 500_000
)

type inbox struct {
	mode     Mode
	byID     map[string]*Message
	order    []*Message
	bytes    int
	seed     maphash.Seed
	keys     map[uint64]struct{}
	contents map[uint64]struct{}
	dedup    map[string]dedup
	known    []known
	unread   map[string]int
	figures  Figures
	urgents  map[string]int64
}

type dedup struct {
	message *Message
	until   time.Time
}

// known is a remembered key in the order of remembering, which is nearly that of forgetting.
type known struct {
	id    string
	until time.Time
}

func newInbox() *inbox {
	return &inbox{
		mode: ModeFull, byID: map[string]*Message{}, seed: maphash.MakeSeed(),
		keys: map[uint64]struct{}{}, contents: map[uint64]struct{}{}, dedup: map[string]dedup{},
		urgents: map[string]int64{}, unread: map[string]int{},
	}
}

// SetMode changes how much the inbox keeps from now on. It returns an error for an unknown mode.
func (s *Stage) SetMode(m Mode) error {
	if m != ModeFull && m != ModeCount && m != ModeOff {
		return lang.Wrong(`inbox 应为 "full"、"count" 或 "off"`, `inbox must be "full", "count" or "off"`)
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
	for len(in.known) > 0 && (len(in.known) >= maxKnown || !now.Before(in.known[0].until)) {
		if first := in.known[0]; in.dedup[first.id].until.Equal(first.until) {
			delete(in.dedup, first.id)
		}
		in.known = in.known[1:]
	}
	until := now.Add(d)
	in.dedup[id] = dedup{message: m, until: until}
	in.known = append(in.known, known{id: id, until: until})
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
		m.Content, m.Plain, m.Request, m.Mentions = nil, "", nil, nil
		limit = maxLight
	}
	m.size = len(m.Content) + len(m.Plain)
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

// forget drops a message; a remembered key may still hold what is left of it.
func (in *inbox) forget(m *Message) {
	in.bytes -= m.size
	delete(in.byID, m.ID)
	m.Content, m.Plain, m.Request, m.Mentions, m.Edits, m.Reads, m.size = nil, "", nil, nil, nil, nil, 0
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
		for _, id := range u.UserIDs {
			if !m.urged(id) && !m.readBy(id) {
				s.inbox.unread[id]++
			}
		}
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
		if m.readBy(userID) {
			return
		}
		m.Reads = append(m.Reads, Read{UserID: userID, At: now})
		if m.urged(userID) {
			s.inbox.unread[userID]--
		}
	})
}

// UnreadUrgents is how many messages that the user was urged to look at are unread.
func (s *Stage) UnreadUrgents(userID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbox.unread[userID]
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
