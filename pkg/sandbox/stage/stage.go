// Package stage holds what the simulated providers share: the people and chats, the clock,
// the limits, the faults, and the inbox that shows what arrived.
package stage

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how a stage behaves.
type Options struct {
	// Now is the clock of every window and expiry; nil means time.Now.
	Now func() time.Time
	// Logger is never nil after New.
	Logger *slog.Logger
	// NoLimits lifts every limit on how often something may be called.
	NoLimits bool
}

// Stage is where the plays happen. It is safe for concurrent use.
type Stage struct {
	now    func() time.Time
	logger *slog.Logger

	mu       sync.Mutex
	noLimits bool
	world    *world
	inbox    *inbox
	windows  map[string]*window
	bans     map[string]time.Time
	faults   []*Fault
	calls    map[CallKey]int64

	faulty   atomic.Bool
	sequence atomic.Uint64
	hub      hub
}

// New returns a stage with an empty world.
func New(o Options) *Stage {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Stage{
		now: o.Now, logger: o.Logger, noLimits: o.NoLimits,
		world: newWorld(), inbox: newInbox(), windows: map[string]*window{}, bans: map[string]time.Time{},
		calls: map[CallKey]int64{},
		hub:   hub{listeners: map[chan struct{}]struct{}{}},
	}
}

// Now is the stage's time.
func (s *Stage) Now() time.Time { return s.now() }

// Logger is where the plays say what they do.
func (s *Stage) Logger() *slog.Logger { return s.logger }

// NewID returns an identifier that no other call returned, behind prefix.
func (s *Stage) NewID(prefix string) string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return prefix + hex.EncodeToString(b[:]) + strconv.FormatUint(s.sequence.Add(1), 16)
}

// SetNoLimits lifts or restores every limit on how often something may be called.
func (s *Stage) SetNoLimits(lifted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noLimits = lifted
}

// NoLimits tells whether the limits are lifted.
func (s *Stage) NoLimits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noLimits
}

// Reset forgets messages, counters, faults, limits and bans; the world stays.
func (s *Stage) Reset() {
	s.mu.Lock()
	mode := s.inbox.mode
	s.inbox = newInbox()
	s.inbox.mode = mode
	s.windows, s.bans = map[string]*window{}, map[string]time.Time{}
	s.faults, s.calls = nil, map[CallKey]int64{}
	s.faulty.Store(false)
	s.mu.Unlock()
	s.hub.wake()
}

// CallKey is what calls are counted by.
type CallKey struct {
	Provider string `json:"provider"`
	Endpoint string `json:"endpoint"`
	// Outcome is the provider's code, or what a fault did.
	Outcome string `json:"outcome"`
}

// CountCall counts one call.
func (s *Stage) CountCall(k CallKey) {
	s.mu.Lock()
	s.calls[k]++
	s.mu.Unlock()
}

// Changes returns a channel that holds a token whenever something changed since it was last
// emptied, and a function that ends the subscription.
func (s *Stage) Changes() (<-chan struct{}, func()) { return s.hub.listen() }

// hub wakes those who watch, without waiting for them.
type hub struct {
	mu        sync.Mutex
	listeners map[chan struct{}]struct{}
}

func (h *hub) listen() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	h.listeners[c] = struct{}{}
	h.mu.Unlock()
	return c, func() {
		h.mu.Lock()
		delete(h.listeners, c)
		h.mu.Unlock()
	}
}

func (h *hub) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.listeners {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
