package stage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The kinds of fault.
const (
	// FaultRefuse refuses the connection before anything is read.
	FaultRefuse FaultKind = "refuse"
	// FaultReset drops the connection before the call is acted on.
	FaultReset FaultKind = "reset"
	// FaultSlow waits before the call is acted on; FaultSlowAnswer acts and then waits.
	FaultSlow       FaultKind = "slow"
	FaultSlowAnswer FaultKind = "slow_answer"
	// FaultLoseAnswer acts and then drops the connection: the caller cannot know the outcome.
	FaultLoseAnswer FaultKind = "lose_answer"
	// FaultStatus answers with an HTTP status of a gateway; FaultHTML with a web page.
	FaultStatus FaultKind = "status"
	FaultHTML   FaultKind = "html"
	// FaultCode answers with a code of the provider.
	FaultCode FaultKind = "code"
	// FaultExpired makes the caller's access token invalid.
	FaultExpired FaultKind = "expired_token"
	// FaultLimited answers that the caller is too fast, and bans it where the provider bans.
	FaultLimited FaultKind = "limited"
	// FaultHuge answers with a body without end; FaultTruncated with half of the true one.
	FaultHuge      FaultKind = "huge"
	FaultTruncated FaultKind = "truncated"
)

// FaultKinds lists every kind of fault.
func FaultKinds() []FaultKind {
	return []FaultKind{
		FaultRefuse, FaultReset, FaultSlow, FaultSlowAnswer, FaultLoseAnswer, FaultStatus, FaultHTML,
		FaultCode, FaultExpired, FaultLimited, FaultHuge, FaultTruncated,
	}
}

// Code is a provider's code: a word or, written as text, a number.
type Code string

// Num is a code that is a number.
func Num(n int) Code { return Code(strconv.Itoa(n)) }

// Int is the code's number, 0 for a word.
func (c Code) Int() int {
	n, err := strconv.Atoi(string(c))
	if err != nil {
		return 0
	}
	return n
}

// UnmarshalJSON takes a number too.
func (c *Code) UnmarshalJSON(raw []byte) error {
	var n json.Number
	if err := json.Unmarshal(raw, &n); err == nil && len(raw) > 0 && raw[0] != '"' {
		*c = Code(n)
		return nil
	}
	return json.Unmarshal(raw, (*string)(c))
}

// Fault is one switch: it applies to the calls that it matches.
type Fault struct {
	ID string `json:"id"`
	// Provider and Endpoint choose calls, all if empty; Target is a part of the path, query or body.
	Provider string    `json:"provider,omitempty"`
	Endpoint string    `json:"endpoint,omitempty"`
	Target   string    `json:"target,omitempty"`
	Kind     FaultKind `json:"kind"`
	// Times is how many calls it still applies to; zero means until it is switched off.
	Times int `json:"times,omitempty"`
	// Skip is how many matching calls pass first; Every applies it to each n-th call only.
	Skip  int `json:"skip,omitempty"`
	Every int `json:"every,omitempty"`
	// DelayMS is the wait in milliseconds of the slow kinds and before an answer is lost; for
	// "limited" it is how long the provider says to wait.
	DelayMS int `json:"delay_ms,omitempty"`
	// Status is the HTTP status, Code and Text are the provider's, of the kinds that answer.
	Status int    `json:"status,omitempty"`
	Code   Code   `json:"code,omitempty"`
	Text   string `json:"text,omitempty"`
	// Size is the length in bytes of a huge body, 32 MiB if zero.
	Size int `json:"size,omitempty"`
	// Acted lets the call take effect before a status or web page is answered.
	Acted bool `json:"acted,omitempty"`
	// Hits counts the calls that it was applied to.
	Hits int `json:"hits"`

	seen int
	done bool
}

// Delay is DelayMS as a duration.
func (f Fault) Delay() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }

// acts tells whether the call takes effect in spite of the fault.
func (f Fault) acts() bool {
	always := []FaultKind{FaultSlow, FaultSlowAnswer, FaultLoseAnswer, FaultHuge, FaultTruncated, FaultExpired}
	return slices.Contains(always, f.Kind) || (f.Acted && (f.Kind == FaultStatus || f.Kind == FaultHTML))
}

func (f Fault) check() error {
	if !slices.Contains(FaultKinds(), f.Kind) {
		return fmt.Errorf("fault kind %q is unknown; use one of %v", f.Kind, FaultKinds())
	}
	if f.Times < 0 || f.Skip < 0 || f.Every < 0 || f.DelayMS < 0 || f.Size < 0 || f.Size > 1<<30 {
		return fmt.Errorf("fault %q has a number out of range", f.Kind)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("fault %q: status must be between 200 and 599", f.Kind)
	}
	if f.Kind == FaultCode && f.Code == "" {
		return fmt.Errorf("fault %q needs a code", f.Kind)
	}
	return nil
}

// SetFaults replaces every fault. It returns an error that names the first that makes no sense,
// and then changes nothing.
func (s *Stage) SetFaults(faults ...Fault) error {
	fresh := make([]*Fault, 0, len(faults))
	for _, f := range faults {
		if err := f.check(); err != nil {
			return err
		}
		fresh = append(fresh, s.named(f))
	}
	s.mu.Lock()
	s.faults = fresh
	s.faulty.Store(len(fresh) > 0)
	s.mu.Unlock()
	s.hub.wake()
	return nil
}

// AddFault adds one fault and returns its id.
func (s *Stage) AddFault(f Fault) (string, error) {
	if err := f.check(); err != nil {
		return "", err
	}
	fresh := s.named(f)
	s.mu.Lock()
	s.faults = append(s.faults, fresh)
	s.faulty.Store(true)
	s.mu.Unlock()
	s.hub.wake()
	return fresh.ID, nil
}

func (s *Stage) named(f Fault) *Fault {
	if f.ID == "" {
		f.ID = s.NewID("f_")
	}
	f.Hits, f.seen, f.done = 0, 0, false
	return &f
}

// RemoveFault switches one fault off; it returns false if there is none with this id.
func (s *Stage) RemoveFault(id string) bool {
	s.mu.Lock()
	before := len(s.faults)
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool { return f.ID == id })
	removed := len(s.faults) < before
	s.faulty.Store(len(s.faults) > 0)
	s.mu.Unlock()
	s.hub.wake()
	return removed
}

// Faults returns the faults, also those that are used up.
func (s *Stage) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Fault, 0, len(s.faults))
	for _, f := range s.faults {
		all = append(all, *f)
	}
	return all
}

// Fault returns the fault that applies to a call, if any, and counts it. fits leaves out those that mean nothing
// to the call; nil leaves out none.
func (s *Stage) Fault(provider, endpoint string, subject func() string, fits func(Fault) bool) (Fault, bool) {
	if !s.faulty.Load() {
		return Fault{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.done || (f.Provider != "" && f.Provider != provider) || (f.Endpoint != "" && f.Endpoint != endpoint) || (fits != nil && !fits(*f)) {
			continue
		}
		if f.Target != "" && !strings.Contains(subject(), f.Target) {
			continue
		}
		f.seen++
		if f.seen <= f.Skip || (f.Every > 1 && f.seen%f.Every != 0) {
			continue
		}
		f.Hits++
		f.done = f.Times > 0 && f.Hits >= f.Times
		return *f, true
	}
	return Fault{}, false
}
