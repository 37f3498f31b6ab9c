package engine

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// chats adds a contact point for each chat of the card account.
func (h *house) chats(names ...string) {
	for _, name := range names {
		c := h.cfg.ContactPoints["card"]
		c.Name = name
		c.Steps = []config.Step{{Notify: []config.Notify{{Account: "card", To: []sender.Target{{Kind: sender.TargetChat, Value: name}}}}}}
		h.cfg.ContactPoints[name] = c
	}
}

// hog keeps the store's writer until it is released, with more that is written in its next transaction.
func (h *house) hog(more ...func(tx *store.Tx) error) (release func()) {
	free := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { assert.NoError(h.t, h.store.Write(func(*store.Tx) error { <-free; return nil })) })
	synctest.Wait()
	for _, f := range more {
		all.Go(func() { _ = h.store.Write(f) })
	}
	synctest.Wait()
	return func() { close(free); all.Wait() }
}

// One transaction makes an alert safe and has it sent: a slow disk is waited for once.
func TestWhatComesIntoALaneThatRestsIsSentWithoutAnotherTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a")
		h.open()
		defer h.close()
		h.submit("a", group("first", alert.Warning, alert.Firing, "first"), time.Second)
		settleFor(time.Second)
		h.card.delay = 100 * time.Millisecond
		h.submit("a", group("k", alert.Warning, alert.Firing, "k"), 0)
		release := h.hog()
		settleFor(time.Second)
		require.Len(t, h.card.done(), 2, "while the disk is busy with something else")
		release()
		h.card.delay = 0
		h.submit("a", group("last", alert.Warning, alert.Firing, "last"), time.Second)
		require.Len(t, h.card.done(), 3, "and the lane goes on")
	})
}

func TestLanesThatWaitForAPlaceAreNotOvertaken(t *testing.T) {
	t.Parallel()
	lane := func(key string) *leased { return &leased{Lane: store.Lane{Key: key, Tenant: "t", Account: "card"}} }
	var c laneCount
	a, b, d := lane("a"), lane("b"), lane("d")
	require.True(t, c.claim(a, 1))
	require.False(t, c.claim(a, 2), "somebody works on it")
	require.False(t, c.claim(b, 1), "there is no place, so b waits for the dispatcher")
	require.True(t, c.end(a), "who is to give its place to b")
	require.False(t, c.claim(d, 1), "it is b's")
	c.uncrowd([]store.Lane{b.Lane}, nil)
	require.False(t, c.claim(d, 1))
	require.True(t, c.take("t/card", 1))
	c.begin([]*leased{b})
	c.uncrowd(nil, []string{"t/card"})
	require.True(t, c.end(b), "others may be due that were not looked for while there was no place")
	c.uncrowd(nil, nil)
	require.True(t, c.claim(d, 1))
	require.False(t, c.end(d), "nobody waits")
}

// The dispatcher leaves out accounts that have all their lanes in work, and must look again when one of those is done.
func TestALaneThatBecameDueWhileItsAccountWasBusyIsSeenTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a", "b")
		one := h.cfg.Accounts["card"]
		one.InFlight = 1
		h.cfg.Accounts["card"] = one
		h.open()
		defer h.close()
		h.submit("a", group("first", alert.Warning, alert.Firing, "a"), time.Second)
		h.card.set(func(_ sender.Op, target string, n int) error {
			if target == "chat:b" && n == 1 {
				return &sender.Failure{Class: sender.Later, Reason: sender.ReasonRateLimited, After: 3 * time.Second, Scope: sender.ScopeTarget, Err: errors.New("slow down")}
			}
			return nil
		})
		h.submit("b", group("k", alert.Warning, alert.Firing, "b"), 0)
		settleFor(time.Second)
		h.card.delay = 5 * time.Second
		h.submit("a", group("k", alert.Warning, alert.Firing, "a"), 0)
		settleFor(time.Minute)
		require.Len(t, h.card.done(), 4, "what b has is sent once a is done")
	})
}

// submitAside submits without waiting for it.
func (h *house) submitAside(point, key string) {
	go func() {
		_, err := h.Submit(h.t.Context(), core.Submission{
			Tenant: config.MainTenant, ContactPoint: point, Group: group(key, alert.Warning, alert.Firing, point),
		})
		assert.NoError(h.t, err)
	}()
	synctest.Wait()
}

// A batch that fails runs each of its jobs again, and a lane that was claimed by the first run must not be lost, nor worked on twice.
func TestClaimsOfATransactionThatFailedAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a", "b")
		h.open()
		defer h.close()
		for _, chat := range []string{"a", "b"} {
			h.submit(chat, group("first", alert.Warning, alert.Firing, chat), time.Second)
		}
		settleFor(time.Second)
		culprit := errors.New("culprit")
		release := h.hog(func(*store.Tx) error { return nil })
		h.submitAside("a", "k")
		h.submitAside("b", "k")
		go func() { assert.ErrorIs(t, h.store.Write(func(*store.Tx) error { return culprit }), culprit) }()
		synctest.Wait()
		release()
		settleFor(time.Second)
		require.Len(t, h.card.done(), 4)
		require.Empty(t, h.lanes.at)
		require.Empty(t, h.lanes.by)
		for _, chat := range []string{"a", "b"} {
			h.submit(chat, group("last", alert.Warning, alert.Firing, chat), time.Second)
		}
		require.Len(t, h.card.done(), 6)
	})
}

func TestClaimsOfAnAlertThatIsNotStoredAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a")
		h.open()
		defer h.close()
		h.submit("a", group("first", alert.Warning, alert.Firing, "a"), time.Second)
		settleFor(time.Second)
		in := &claims{engine: h.Engine}
		full := errors.New("full")
		require.ErrorIs(t, h.store.Write(func(tx *store.Tx) error {
			in.release()
			claimed, err := in.take(tx, store.Delivery{
				ID: newID(), Tenant: config.MainTenant, Lane: laneKey(config.MainTenant, "card", "chat:a"), Account: "card", Target: "chat:a",
			}, time.Now())
			assert.True(t, claimed)
			return errors.Join(err, full)
		}), full)
		require.NotEmpty(t, h.lanes.at)
		in.release()
		require.Empty(t, h.lanes.at)
		h.submit("a", group("k", alert.Warning, alert.Firing, "a"), time.Second)
		require.Len(t, h.card.done(), 2)
	})
}
