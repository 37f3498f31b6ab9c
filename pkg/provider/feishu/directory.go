package feishu

import (
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// batchSize is how many e-mails, and how many mobiles, one lookup takes.
	// https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/user/batch_get_id
	batchSize = 50
	// gatherTime is how long the first lookup waits for others to share its request.
	gatherTime = 10 * time.Millisecond

	hitLife  = 24 * time.Hour
	missLife = 10 * time.Minute
	// refusalLife spares the provider lookups that it refuses, such as for a missing permission.
	refusalLife = time.Minute
	// maxKnown bounds the cache, in contacts.
	maxKnown = 10_000
)

// contact is what the provider can look a person up by, in normal form.
type contact struct {
	mobile bool
	value  string
}

// finding is what a lookup gave: an empty openID without an error is a person that the provider
// does not know.
type finding struct {
	openID string
	err    *sender.Failure
}

type known struct {
	finding

	until time.Time
}

// inquiry is a contact that somebody waits for.
type inquiry struct {
	contact contact
	done    chan struct{}
	finding finding
}

// directory finds people's open_id. Lookups made at the same time share one request, and what was
// found is kept, misses too. When lookups fail, what was once found goes on being used.
type directory struct {
	api *api

	mu      sync.Mutex
	known   map[contact]known
	open    map[contact]*inquiry
	queue   []*inquiry
	working bool
	// patience is with failed lookups, refused ones too.
	patience outbound.Patience
}

func newDirectory(a *api) *directory {
	return &directory{api: a, known: map[contact]known{}, open: map[contact]*inquiry{}}
}

// find returns a finding for each of the contacts.
func (d *directory) find(ctx context.Context, contacts ...contact) map[contact]finding {
	found := make(map[contact]finding, len(contacts))
	var waiting []*inquiry
	d.mu.Lock()
	for _, c := range contacts {
		if k, ok := d.known[c]; ok && time.Now().Before(k.until) {
			found[c] = k.finding
			continue
		}
		waiting = append(waiting, d.ask(ctx, c))
	}
	d.mu.Unlock()
	for _, q := range waiting {
		select {
		case <-q.done:
			found[q.contact] = q.finding
		case <-ctx.Done():
			found[q.contact] = finding{err: notSent(ctx.Err())}
		}
	}
	return found
}

// ask queues a contact unless it is asked for already. The caller holds the lock.
func (d *directory) ask(ctx context.Context, c contact) *inquiry {
	if q, ok := d.open[c]; ok {
		return q
	}
	q := &inquiry{contact: c, done: make(chan struct{})}
	d.open[c] = q
	d.queue = append(d.queue, q)
	if !d.working {
		d.working = true
		// Others wait for the same answer, so the first one's end must not take it from them.
		go d.work(context.WithoutCancel(ctx))
	}
	return q
}

func (d *directory) work(ctx context.Context) {
	time.Sleep(gatherTime)
	for {
		batch := d.take()
		if len(batch) == 0 {
			return
		}
		found, err := d.request(ctx, batch)
		d.settle(batch, found, err)
	}
}

// take removes the next request's contacts from the queue; without any the work ends.
func (d *directory) take() []*inquiry {
	d.mu.Lock()
	defer d.mu.Unlock()
	var batch, rest []*inquiry
	count := map[bool]int{}
	for _, q := range d.queue {
		if count[q.contact.mobile] == batchSize {
			rest = append(rest, q)
			continue
		}
		count[q.contact.mobile]++
		batch = append(batch, q)
	}
	d.queue = rest
	d.working = len(batch) > 0
	return batch
}

// request looks one batch up. An unknown person is an item without an id, not an error.
func (d *directory) request(ctx context.Context, batch []*inquiry) (map[contact]string, error) {
	var body struct {
		Emails  []string `json:"emails,omitempty"`
		Mobiles []string `json:"mobiles,omitempty"`
	}
	for _, q := range batch {
		if q.contact.mobile {
			body.Mobiles = append(body.Mobiles, q.contact.value)
		} else {
			body.Emails = append(body.Emails, q.contact.value)
		}
	}
	var got struct {
		Data struct {
			Users []struct {
				ID     string `json:"user_id"`
				Email  string `json:"email"`
				Mobile string `json:"mobile"`
			} `json:"user_list"`
		} `json:"data"`
	}
	query := url.Values{"user_id_type": {string(openID)}}
	if err := d.api.call(ctx, post(pathLookup, query, body), &got); err != nil {
		return nil, err
	}
	found := map[contact]string{}
	for _, u := range got.Data.Users {
		if !isPlainID(u.ID) {
			continue
		}
		if email, err := normalEmail(u.Email); err == nil {
			found[contact{value: email}] = u.ID
		}
		if mobile, err := normalMobile(u.Mobile); err == nil {
			found[contact{mobile: true, value: mobile}] = u.ID
		}
	}
	return found, nil
}

// settle stores a batch's findings and wakes those who wait for them.
func (d *directory) settle(batch []*inquiry, found map[contact]string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var failure *sender.Failure
	if err != nil {
		failure = notSent(err)
	}
	d.patience.Note(failure != nil)
	for _, q := range batch {
		old := d.known[q.contact]
		switch {
		case failure == nil:
			q.finding = finding{openID: found[q.contact]}
			d.keep(q.contact, q.finding)
		case old.openID != "":
			q.finding = old.finding
		default:
			q.finding = finding{err: failure}
			d.keep(q.contact, q.finding)
		}
		delete(d.open, q.contact)
		close(q.done)
	}
}

// keep remembers a finding, but not a failure that may soon pass. The caller holds the lock.
func (d *directory) keep(c contact, f finding) {
	life := hitLife
	switch {
	case f.err != nil && f.err.Class != sender.Never:
		return
	case f.err != nil:
		life = refusalLife
	case f.openID == "":
		life = missLife
	}
	if len(d.known) >= maxKnown {
		d.evict()
	}
	d.known[c] = known{finding: f, until: time.Now().Add(life)}
}

// evict makes room: what has ended goes, or else any one.
func (d *directory) evict() {
	now := time.Now()
	for c, k := range d.known {
		if now.After(k.until) {
			delete(d.known, c)
		}
	}
	for c := range d.known {
		if len(d.known) < maxKnown {
			return
		}
		delete(d.known, c)
	}
}
