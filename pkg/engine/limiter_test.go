package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// TestNoWindowHoldsMoreThanTheLimit tries random bursts of ordinary and priority operations that take random times, and
// counts at the provider, which may see each at any moment between its start and its answer.
func TestNoWindowHoldsMoreThanTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 30).Draw(t, "count")
		per := time.Duration(rapid.SampledFrom([]int{1, 5, 60}).Draw(t, "seconds")) * time.Second
		p := placeFor([]sender.Limit{{Scope: sender.ScopeAccount, Count: count, Per: per}}, "main/a", "t", sender.OpSend)
		l := newLimiter()
		now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		type flight struct{ seen, done time.Time }
		var flying []flight
		var seen []time.Time
		for range rapid.IntRange(20, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "pause")) * time.Millisecond)
			kept := flying[:0]
			for _, f := range flying {
				if f.done.After(now) {
					kept = append(kept, f)
					continue
				}
				l.settle(p, true, now)
			}
			flying = kept
			priority := rapid.Bool().Draw(t, "priority")
			if wait := reserve(l, p, priority, now); wait > 0 {
				require.LessOrEqual(t, wait, per+margin(per)+inFlightPoll, "no wait is longer than a window")
				continue
			}
			took := time.Duration(rapid.IntRange(0, 900).Draw(t, "took")) * time.Millisecond
			at := now.Add(time.Duration(rapid.IntRange(0, int(took/time.Millisecond)).Draw(t, "at")) * time.Millisecond)
			flying = append(flying, flight{at, now.Add(took)})
			seen = append(seen, at)
		}
		for _, end := range seen {
			n := 0
			for _, at := range seen {
				if !at.After(end) && at.After(end.Add(-per)) {
					n++
				}
			}
			require.LessOrEqual(t, n, count)
		}
	})
}

func TestPlacesAreKeptForPriority(t *testing.T) {
	p := placeFor(twenty(), "main/a", "", sender.OpSend)
	l := newLimiter()
	now := time.Now()
	ordinary := 0
	for range 2000 {
		if reserve(l, p, false, now) == 0 {
			l.settle(p, true, now)
			ordinary++
		}
		now = now.Add(20 * time.Millisecond)
	}
	require.Equal(t, 18, ordinary, "a tenth is kept within the first minute")
	require.Zero(t, reserve(l, p, true, now))
	require.Zero(t, reserve(l, p, true, now))
	require.Positive(t, reserve(l, p, true, now))
}

func TestAParkedKeyWaitsAsLongAsTheProviderSaid(t *testing.T) {
	a, b := placeFor(nil, "main/a", "x", sender.OpSend), placeFor(nil, "main/a", "y", sender.OpSend)
	l := newLimiter()
	now := time.Now()
	l.park(targetKey("main/a", "x"), time.Minute, now)
	require.Equal(t, time.Minute, reserve(l, a, true, now))
	require.Zero(t, reserve(l, b, true, now), "another target goes on")
	require.Equal(t, now, l.parkedSince(a, now.Add(time.Second)))
	l.park("main/a", 10*time.Minute, now)
	require.Equal(t, 10*time.Minute, reserve(l, b, true, now))
	l.forget(now.Add(time.Hour))
	require.Empty(t, l.parked)
	require.Empty(t, l.windows)
}

func TestAnOperationThatNeverLeftDoesNotCount(t *testing.T) {
	p := placeFor([]sender.Limit{{Scope: sender.ScopeTarget, Count: 1, Per: time.Second}}, "main/a", "t", sender.OpSend)
	l := newLimiter()
	now := time.Now()
	require.Zero(t, reserve(l, p, false, now))
	require.Positive(t, reserve(l, p, false, now))
	l.settle(p, false, now)
	require.Zero(t, reserve(l, p, false, now))
}

func reserve(l *limiter, p place, priority bool, now time.Time) time.Duration {
	wait, _ := l.reserve(p, priority, now)
	return wait
}

func TestASmallLimitLetsOrdinaryOnesThrough(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, count := range []int{1, 2, 3} {
		p := placeFor([]sender.Limit{{Scope: sender.ScopeAccount, Count: count, Per: time.Minute}}, "main/a", "t", sender.OpSend)
		l := newLimiter()
		for range 10 {
			wait := reserve(l, p, false, now)
			now = now.Add(wait)
			if wait > 0 {
				require.Zero(t, reserve(l, p, false, now), "after the wait it named, %d a minute", count)
			}
			l.settle(p, true, now)
		}
	}
}
