package engine

import (
	"container/list"
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
	// pending are the deliveries that may still ask.
	pending int
}

// memory keeps the newest events, so that the happy path reads nothing from disk. It only saves
// time: whatever it forgot is read from the store.
type memory struct {
	mu    sync.Mutex
	memos map[string]*list.Element
	// order holds what is remembered, the oldest first.
	order list.List
	// identities are those of groups submitted lately, in two generations.
	identities, earlier map[store.Identity]struct{}
}

// maxMemos bounds the memory; an event of one alert takes about 2 KiB.
const maxMemos = 2048

// maxMemoAlerts keeps large groups out, which are rare and take time anyway.
const maxMemoAlerts = 8

func newMemory() *memory {
	return &memory{memos: make(map[string]*list.Element, maxMemos), identities: map[store.Identity]struct{}{}}
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
	if oldest := m.order.Front(); oldest != nil && m.order.Len() >= maxMemos {
		m.forget(oldest)
	}
	m.memos[event] = m.order.PushBack(remembered{event, v})
}

// remembered is what one event is known by.
type remembered struct {
	event string
	memo  *memo
}

func (m *memory) forget(el *list.Element) {
	if r, ok := m.order.Remove(el).(remembered); ok {
		delete(m.memos, r.event)
	}
}

func (m *memory) get(event string) *memo {
	m.mu.Lock()
	defer m.mu.Unlock()
	if el, ok := m.memos[event]; ok {
		if r, ok := el.Value.(remembered); ok {
			return r.memo
		}
	}
	return nil
}

// done notes that a delivery of an event is over; the last one makes room for others.
func (m *memory) done(event string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	el, ok := m.memos[event]
	if !ok {
		return
	}
	if r, ok := el.Value.(remembered); ok {
		if r.memo.pending--; r.memo.pending <= 0 {
			m.forget(el)
		}
	}
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
