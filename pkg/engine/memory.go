package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// memo is what a delivery of an event needs to know of it.
type memo struct {
	group      alert.Group
	chain      *chain
	change     string
	news       int
	first      bool
	receivedAt time.Time
	// early is what was rendered before the event was stored.
	early early
}

// memory keeps the newest events, so that the happy path reads nothing from disk. It only saves
// time: whatever it forgot is read from the store.
type memory struct {
	mu    sync.Mutex
	memos map[string]*memo
	order []string
	// identities are those of groups submitted lately, in two generations.
	identities, earlier map[store.Identity]struct{}
}

// maxMemos bounds the memory; an event of one alert takes about 2 KiB.
const maxMemos = 2048

// maxMemoAlerts keeps large groups out, which are rare and take time anyway.
const maxMemoAlerts = 8

func newMemory() *memory {
	return &memory{memos: make(map[string]*memo, maxMemos), identities: map[store.Identity]struct{}{}}
}

// know remembers that a group was submitted.
func (m *memory) know(id store.Identity) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.identities) >= maxMemos {
		m.earlier, m.identities = m.identities, map[store.Identity]struct{}{}
	}
	m.identities[id] = struct{}{}
}

// knows tells whether a group was submitted lately, so that it is probably not new.
func (m *memory) knows(id store.Identity) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, now := m.identities[id]
	_, before := m.earlier[id]
	return now || before
}

func (m *memory) put(event string, v *memo) {
	if len(v.group.Alerts) > maxMemoAlerts {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.order) >= maxMemos {
		delete(m.memos, m.order[0])
		m.order = append(m.order[:0], m.order[1:]...)
	}
	m.memos[event] = v
	m.order = append(m.order, event)
}

func (m *memory) get(event string) *memo {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.memos[event]
}

// recall returns what is known of a delivery's event.
func (e *Engine) recall(ctx context.Context, snap *snapshot, group, event string) (*memo, error) {
	if v := e.memories.get(event); v != nil {
		return v, nil
	}
	ev, g, err := e.store.EventAndGroup(ctx, group, event)
	if err != nil {
		return nil, err
	}
	v := &memo{change: ev.Change, news: ev.News, receivedAt: time.UnixMilli(ev.ReceivedAt)}
	if err := json.Unmarshal(ev.Body, &v.group); err != nil {
		return nil, fmt.Errorf("read the stored event %s: %w", event, err)
	}
	if v.chain, err = snap.thaw(g.Chain, g.ContactPoint); err != nil {
		return nil, err
	}
	v.first = ev.Change == store.ChangeNew
	return v, nil
}
