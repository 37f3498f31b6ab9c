package engine

import (
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// busyLanes knows the lanes that are being worked on, and the slots that they take of what their accounts may have in flight.
type busyLanes struct {
	mu sync.Mutex
	// slots are how many are taken, by account.
	slots map[string]int
	// at are the lanes in work, by key.
	at map[string]*leased
	// crowded are the accounts that had no slot for a lane, or were left out by the dispatcher since they have none free, until it
	// looks and finds no lane that waits for one.
	crowded map[string]bool
}

// claim takes a lane for whoever puts something into it, unless somebody works on it or others wait for a slot. It ends as any
// lane in work does.
func (b *busyLanes) claim(l *leased, limit int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	account := accountKey(l.Tenant, l.Account)
	if b.at[l.Key] != nil || b.crowded[account] || !b.slot(account, limit) {
		return false
	}
	b.put(l)
	return true
}

func (b *busyLanes) put(l *leased) {
	if b.at == nil {
		b.at = map[string]*leased{}
	}
	b.at[l.Key] = l
}

// slot takes one of an account's slots. Without one the account is crowded.
func (b *busyLanes) slot(account string, limit int) bool {
	if b.slots == nil {
		b.slots, b.crowded = map[string]int{}, map[string]bool{}
	}
	if b.slots[account] >= limit {
		b.crowded[account] = true
		return false
	}
	b.slots[account]++
	return true
}

func (b *busyLanes) takeSlot(account string, limit int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.slot(account, limit)
}

func (b *busyLanes) freeSlot(account string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free(account)
}

func (b *busyLanes) free(account string) {
	if b.slots[account]--; b.slots[account] <= 0 {
		delete(b.slots, account)
	}
}

// full lists the accounts that have no slot left, for the dispatcher to leave out.
func (b *busyLanes) full(limit func(account string) int) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []string
	for account, n := range b.slots {
		if n >= limit(account) {
			list = append(list, account)
			b.crowded[account] = true
		}
	}
	return list
}

// looked is told of all lanes that are due, but for those of the accounts that were left out.
func (b *busyLanes) looked(due []store.Lane, leftOut []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.crowded, func(account string, _ bool) bool {
		return !slices.Contains(leftOut, account) &&
			!slices.ContainsFunc(due, func(l store.Lane) bool { return accountKey(l.Tenant, l.Account) == account })
	})
}

// begin makes lanes known whose slots are taken.
func (b *busyLanes) begin(lanes []*leased) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range lanes {
		b.put(l)
	}
}

// end tells whether the dispatcher is to be woken although the lane rests: something came since it was looked at for the
// last time, which woke nobody, or another lane waits for its slot.
func (b *busyLanes) end(l *leased) (wake bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	// A claim that failed may have been followed by somebody who works on the lane.
	if b.at[l.Key] == l {
		delete(b.at, l.Key)
	}
	account := accountKey(l.Tenant, l.Account)
	b.free(account)
	return l.news.Load() || b.crowded[account]
}

// has tells whether somebody works on a lane.
func (b *busyLanes) has(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at[key] != nil
}

// tell lets those who work on lanes know that something came, and answers whether there is a lane on which nobody works.
func (b *busyLanes) tell(lanes []string) (idle bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range lanes {
		if l := b.at[key]; l != nil {
			l.hear()
		} else {
			idle = true
		}
	}
	return idle
}

// patience is how long what comes into some lanes may wait for company on its way to the disk: not at all if nobody works on
// one of them.
func (b *busyLanes) patience(lanes iter.Seq[string]) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	most := longPatience
	for key := range lanes {
		l := b.at[key]
		if l == nil {
			return 0
		}
		most = min(most, l.patience())
	}
	return most
}
