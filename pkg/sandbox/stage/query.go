package stage

import (
	"slices"
	"strings"
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
