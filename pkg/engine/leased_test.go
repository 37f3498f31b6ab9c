package engine

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// What is prepared was stored with a delivery for each further part, so it must not be rendered again because something
// worse went first.
func TestWhatWasPreparedAndThenOvertakenIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.delay, h.card.parts = 100*time.Millisecond, 2
		h.open()
		defer h.close()
		h.submit("card", group("k0", alert.Warning, alert.Firing, "k0"), 0)
		settleFor(30 * time.Millisecond)
		for _, key := range []string{"k1", "k2", "k3", "k4"} {
			h.submit("card", group(key, alert.Warning, alert.Firing, key), 0)
		}
		for i := range 4 {
			settleFor(100 * time.Millisecond)
			key := []string{"c0", "c1", "c2", "c3"}[i]
			h.submit("card", group(key, alert.Critical, alert.Firing, key), 0)
		}
		settleFor(time.Minute)
		sent := map[string]int{}
		for _, c := range h.card.done() {
			sent[c.content.Items[0]]++
		}
		require.Equal(t, map[string]int{"k0": 2, "k1": 2, "k2": 2, "k3": 2, "k4": 2, "c0": 2, "c1": 2, "c2": 2, "c3": 2}, sent)
	})
}

// A look that is older than an outcome's own would undo what that one saw, and something would be overtaken or left.
func TestALaneIsNotLookedAtWhileAnOutcomeIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		h.card.delay = 100 * time.Millisecond
		h.submit("card", group("k0", alert.Warning, alert.Firing, "k0"), 0)
		settleFor(30 * time.Millisecond)
		h.submit("card", group("k1", alert.Warning, alert.Firing, "k1"), 0)
		settleFor(60 * time.Millisecond)
		h.submit("card", group("k2", alert.Warning, alert.Firing, "k2"), 0)
		release := h.hog(0)
		settleFor(50 * time.Millisecond)
		assert.Equal(t, 2, h.card.renders(), "the first one's outcome is on its way, the second one under way")
		release()
		settleFor(30 * time.Millisecond)
		require.Equal(t, 3, h.card.renders())
		require.Len(t, h.card.done(sender.OpSend), 1, "the third one is prepared while the second one is under way")
		settleFor(time.Second)
		require.Len(t, h.card.done(sender.OpSend), 3)
	})
}

var errNotStored = errors.New("not stored")

func TestWhoPostponedALookIsToldWhenNothingIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leased{heard: make(chan struct{}, 1)}
		require.True(t, l.steady())
		free := make(chan error)
		for _, id := range []string{"a", "b"} {
			l.store(store.Delivery{ID: id}, 2, func(time.Duration) (view, error) { return view{more: true}, <-free })
		}
		require.False(t, l.steady())
		free <- nil
		synctest.Wait()
		require.Empty(t, l.heard)
		free <- errNotStored
		synctest.Wait()
		<-l.heard
		require.True(t, l.steady())
		l.store(store.Delivery{ID: "c"}, 2, func(time.Duration) (view, error) { return view{more: true}, nil })
		synctest.Wait()
		require.Empty(t, l.heard, "nobody waits")
	})
}

func TestWhoMayWaitForCompanyOnTheWayToTheDisk(t *testing.T) {
	t.Parallel()
	busy, behind := &leased{Lane: store.Lane{Key: "busy"}}, &leased{Lane: store.Lane{Key: "behind"}}
	for range deep {
		behind.waiting = append(behind.waiting, &store.Delivery{})
	}
	behind.refresh()
	var lanes busyLanes
	lanes.begin([]*leased{busy, behind})
	for name, c := range map[string]struct {
		lanes []string
		want  time.Duration
	}{
		"what can leave at once does not":                {[]string{"idle"}, 0},
		"what waits for one message does, for a while":   {[]string{"busy"}, shortPatience},
		"what waits for many does for longer":            {[]string{"behind"}, longPatience},
		"the lane that is the first to send decides":     {[]string{"behind", "busy"}, shortPatience},
		"one idle lane among them is enough for a hurry": {[]string{"behind", "idle", "busy"}, 0},
	} {
		require.Equal(t, c.want, lanes.patience(slices.Values(c.lanes)), name)
	}
}

func TestTheOutcomeThatALaneWaitsForHasNoPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			atOnce int
			want   []time.Duration
		}{
			{3, []time.Duration{shortPatience, shortPatience, 0}},
			{1, []time.Duration{0}},
		} {
			var l leased
			free, got := make(chan struct{}), []time.Duration{}
			for i := range c.atOnce {
				l.store(store.Delivery{ID: strconv.Itoa(i)}, c.atOnce, func(patience time.Duration) (view, error) {
					got = append(got, patience)
					<-free
					return view{more: true}, nil
				})
				synctest.Wait()
			}
			close(free)
			require.Equal(t, c.want, got)
		}
	})
}

func TestCriticalAlertsWaitForNoCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		h.card.delay = time.Second
		h.submit("card", group("first", alert.Warning, alert.Firing, "first"), 0)
		settleFor(30 * time.Millisecond)
		for i, severity := range []alert.Severity{alert.Warning, alert.Critical} {
			release := h.hog(8)
			release()
			key, begin := strconv.Itoa(i), time.Now()
			h.submit("card", group(key, severity, alert.Firing, key), 0)
			require.Equal(t, []time.Duration{shortPatience, 0}[i], time.Since(begin), severity)
		}
	})
}

// Outcomes are stored side by side, so the last to say what it saw need not be the last that looked.
func TestAnOlderViewTakesNothingAway(t *testing.T) {
	l := &leased{}
	l.see(view{waiting: []*store.Delivery{{ID: "a"}, {ID: "b"}}, arrivals: 2})
	l.see(view{waiting: []*store.Delivery{{ID: "a"}}, arrivals: 1})
	require.Len(t, l.waiting, 2)
	l.see(view{waiting: []*store.Delivery{{ID: "b"}}, arrivals: 2})
	require.Len(t, l.waiting, 1)
}
