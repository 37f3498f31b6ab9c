package engine

import (
	"math/rand/v2"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
)

// The waits of the engine.
const (
	firstBackoff = time.Second
	maxBackoff   = 30 * time.Second
	// giveUpLast is how long the last step of a chain keeps trying.
	giveUpLast = 24 * time.Hour
	// giveUp and giveUpCritical are how long a step keeps trying when another waits for its failure.
	giveUp         = 5 * time.Minute
	giveUpCritical = 2 * time.Minute
	// firstQuiet and maxQuiet bound for how long a repeat of a group that reached nobody gets the same answer.
	firstQuiet = time.Minute
	maxQuiet   = time.Hour
	// foldPatience is how long what waits in a lane may take one by one before it is folded into a digest.
	foldPatience = 15 * time.Second
	// leaseTime is longer than any one delivery takes; in this store only a crash makes it matter.
	leaseTime = 10 * time.Minute
)

// backoff is the wait after the n-th failure in a row, from 1 s doubling to 30 s, give or take a fifth.
func backoff(n int) time.Duration {
	d := min(firstBackoff<<min(max(n-1, 0), 10), maxBackoff)
	return d - d/5 + rand.N(2*d/5) //nolint:gosec // jitter needs no secrecy
}

// quiet is how long a repeat is answered without an attempt after n failures in a row.
func quiet(n int) time.Duration { return min(firstQuiet<<min(max(n-1, 0), 10), maxQuiet) }

// patience is how long a step keeps trying while something other than our own limit stops it.
func patience(configured time.Duration, last bool, s alert.Severity) time.Duration {
	switch {
	case last:
		return giveUpLast
	case configured > 0:
		return configured
	case s >= alert.Critical:
		return giveUpCritical
	default:
		return giveUp
	}
}
