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

// oneAtATime lets the card account work on one lane only.
func (h *house) oneAtATime() {
	card := h.cfg.Accounts["card"]
	card.InFlight = 1
	h.cfg.Accounts["card"] = card
}

// hog keeps the store's writer until it is released, with so many jobs for its next transaction.
func (h *house) hog(jobs int) (release func()) {
	free := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { assert.NoError(h.t, h.store.Write(func(*store.Tx) error { <-free; return nil })) })
	synctest.Wait()
	for range jobs {
		all.Go(func() { assert.NoError(h.t, h.store.Write(func(*store.Tx) error { return nil })) })
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
		release := h.hog(0)
		settleFor(time.Second)
		require.Len(t, h.card.done(), 2, "while the disk is busy with something else")
		release()
		h.card.delay = 0
		h.submit("a", group("last", alert.Warning, alert.Firing, "last"), time.Second)
		require.Len(t, h.card.done(), 3, "and the lane goes on")
	})
}

func TestLanesThatWaitForASlotAreNotOvertaken(t *testing.T) {
	t.Parallel()
	lane := func(key string) *leased { return &leased{Lane: store.Lane{Key: key, Tenant: "t", Account: "card"}} }
	var c busyLanes
	a, b, d := lane("a"), lane("b"), lane("d")
	require.True(t, c.claim(a, 1))
	require.False(t, c.claim(a, 2), "somebody works on it")
	require.False(t, c.claim(b, 1), "there is no slot, so b waits for the dispatcher")
	require.True(t, c.end(a), "who is to give its slot to b")
	require.False(t, c.claim(d, 1), "it is b's")
	c.looked([]store.Lane{b.Lane}, nil)
	require.False(t, c.claim(d, 1))
	require.True(t, c.takeSlot("t/card", 1))
	c.begin([]*leased{b})
	c.looked(nil, []string{"t/card"})
	require.True(t, c.end(b), "others may be due that were not looked for while there was no slot")
	c.looked(nil, nil)
	require.True(t, c.claim(d, 1))
	require.False(t, c.end(d), "nobody waits")
}

// The dispatcher makes a lane known a moment after it has leased it, and a submit may have claimed it in that moment.
func TestAClaimThatFailedLeavesTheWorkerKnown(t *testing.T) {
	t.Parallel()
	lane := func() *leased {
		return &leased{Lane: store.Lane{Key: "x", Tenant: "t", Account: "card"}, heard: make(chan struct{}, 1)}
	}
	var b busyLanes
	require.True(t, b.takeSlot("t/card", 8))
	worker, late := lane(), lane()
	require.True(t, b.claim(late, 8))
	b.begin([]*leased{worker})
	require.False(t, b.end(late))
	require.False(t, b.tell([]string{"x"}), "somebody works on it")
	require.True(t, b.end(worker), "who heard of something")
	require.True(t, b.tell([]string{"x"}), "nobody does any more")
	require.Empty(t, b.slots)
}

// What comes into a lane in the transaction that finds it empty wakes nobody by itself.
func TestWhatComesWhileALaneGoesToRestIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a")
		h.open()
		defer h.close()
		h.card.delay = 100 * time.Millisecond
		h.submit("a", group("first", alert.Warning, alert.Firing, "a"), 0)
		settleFor(50 * time.Millisecond)
		release := h.hog(0)
		settleFor(100 * time.Millisecond)
		h.submitAside("a", "k")
		release()
		settleFor(time.Minute)
		require.Len(t, h.card.done(), 2)
		require.Empty(t, h.lanes.at)
	})
}

func TestLanesAreClaimedAgainOnceThereAreSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a", "b")
		h.oneAtATime()
		h.open()
		defer h.close()
		h.card.delay = 100 * time.Millisecond
		for _, key := range []string{"first", "second"} {
			h.submit("a", group(key, alert.Warning, alert.Firing, "a"), 0)
			h.submit("b", group(key, alert.Warning, alert.Firing, "b"), 0)
			settleFor(time.Second)
		}
		require.Len(t, h.card.done(), 4)
		require.Empty(t, h.lanes.crowded)
		h.submit("b", group("k", alert.Warning, alert.Firing, "b"), 0)
		release := h.hog(0)
		settleFor(time.Second)
		require.Len(t, h.card.done(), 5)
		release()
	})
}

func TestAnAlertThatIsNotStoredHoldsNoLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a", "b")
		both := h.cfg.ContactPoints["a"]
		both.Name, both.Steps = "both", []config.Step{{Notify: append(both.Steps[0].Notify, h.cfg.ContactPoints["b"].Steps[0].Notify...)}}
		h.cfg.ContactPoints["both"] = both
		h.maxPages = 60
		h.open()
		defer h.close()
		h.submit("both", group("first", alert.Warning, alert.Firing, "first"), time.Second)
		settleFor(time.Second)
		// Of what is refused last, the parts for a were stored and its lane claimed before there was no room for b's.
		refused := 0
		for parts := 200; ; parts -= 5 {
			h.card.parts = parts
			_, err := h.Submit(t.Context(), core.Submission{Tenant: config.MainTenant, ContactPoint: "both", Group: group("k", alert.Warning, alert.Firing, "k")})
			if err == nil {
				break
			}
			require.ErrorIs(t, err, core.ErrStore)
			require.Empty(t, h.lanes.at)
			require.Empty(t, h.lanes.slots)
			refused++
		}
		require.Greater(t, refused, 3)
		settleFor(time.Second)
		require.Greater(t, len(h.card.done()), 4)
	})
}

// The dispatcher leaves out accounts that have all their lanes in work, and must look again when one of those is done.
func TestALaneThatBecameDueWhileItsAccountWasBusyIsSeenTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a", "b")
		h.oneAtATime()
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
		release := h.hog(1)
		h.submitAside("a", "k")
		h.submitAside("b", "k")
		go func() { assert.ErrorIs(t, h.store.Write(func(*store.Tx) error { return culprit }), culprit) }()
		synctest.Wait()
		release()
		settleFor(time.Second)
		require.Len(t, h.card.done(), 4)
		require.Empty(t, h.lanes.at)
		require.Empty(t, h.lanes.slots)
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
			claimed, err := in.lease(tx, store.Delivery{
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
