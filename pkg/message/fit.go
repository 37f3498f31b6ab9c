package message

import (
	"errors"
	"fmt"
	"slices"
)

// defaultParts is how many messages Fit makes of one at most when the limit does not say.
const defaultParts = 5

// Limit is how large one message may be for a provider.
type Limit struct {
	// Max is the largest size of one message, as the size function counts it.
	Max int
	// Parts is into how many messages one may be split; 0 means 5.
	Parts int
}

// ErrTooSmall is Is of the error of Fit when not even the shortest form of a message is within the limit.
var ErrTooSmall = errors.New("message does not fit")

// Fit makes of m as few messages as possible that size finds no larger than
// limit.Max: m itself, else its items split in order over several, else with the
// longest texts shortened, never inside a character. What is beyond limit.Parts is
// named in the last one's MoreNote as far as it has room, and counted in its More.
// Every item is in exactly one message's Items or counted in More. Fit calls size
// in the order of Parts × log(items) times; an error of size is returned wrapped.
// It does not change m.
func Fit(m Message, limit Limit, size func(Message) (int, error)) ([]Message, error) {
	parts := limit.Parts
	if parts <= 0 {
		parts = defaultParts
	}
	f := &fitter{whole: m, max: limit.Max, parts: parts, size: size}
	over, err := f.over(m)
	if err != nil {
		return nil, err
	}
	if over <= 0 {
		return []Message{m}, nil
	}
	// The parts are measured before it is known how many there are. A size function for which a
	// smaller number is larger is answered with a margin.
	for range 4 {
		out, err := f.split()
		if errors.Is(err, ErrTooSmall) && len(m.Items) > 0 {
			out, err = f.counted()
		}
		if err != nil {
			return nil, err
		}
		worst, err := f.number(out)
		if err != nil {
			return nil, err
		}
		if worst <= 0 {
			return out, nil
		}
		f.max -= worst
	}
	return nil, fmt.Errorf("%w: its size is not steady near the limit of %d", ErrTooSmall, limit.Max)
}

// counted is the smallest form: one message with no item in full.
func (f *fitter) counted() ([]Message, error) {
	m, err := f.names(f.bare(), f.whole.Items, nil)
	return []Message{m}, err
}

type fitter struct {
	whole Message
	max   int
	parts int
	size  func(Message) (int, error)
}

// over is by how much m is too large; at most 0 when it fits.
func (f *fitter) over(m Message) (int, error) {
	n, err := f.size(m)
	if err != nil {
		return 0, fmt.Errorf("measure a message: %w", err)
	}
	return n - f.max, nil
}

func (f *fitter) fits(m Message) (bool, error) {
	over, err := f.over(m)
	return over <= 0, err
}

// number writes Part and Parts into the final messages and tells by how much the largest is too large.
func (f *fitter) number(out []Message) (int, error) {
	worst := 0
	for i := range out {
		out[i].Part, out[i].Parts = i+1, len(out)
		if len(out) == 1 {
			out[i].Part, out[i].Parts = 0, 0
		}
		over, err := f.over(out[i])
		if err != nil {
			return 0, err
		}
		worst = max(worst, over)
	}
	return worst, nil
}

// head is the first message without items, bare what every later one begins with.
func (f *fitter) head() Message {
	m := f.whole
	m.Items, m.More, m.MoreNote = nil, 0, ""
	m.Part, m.Parts = f.parts, f.parts
	return m
}

func (f *fitter) bare() Message {
	m := f.head()
	m.Summary, m.Fields, m.Links, m.Notes = "", nil, nil, nil
	return m
}

// tail adds to the last message what the source left out.
func (f *fitter) tail(m Message) Message {
	m.More, m.MoreNote = f.whole.More, f.whole.MoreNote
	return m
}

func (f *fitter) split() ([]Message, error) {
	items := f.whole.Items
	if len(items) <= 1 {
		m := f.tail(f.head())
		m.Items = items
		m, err := f.shrink(m, f.max, true)
		return []Message{m}, err
	}
	var out []Message
	for {
		first := len(out) == 0
		base := f.bare()
		if first {
			base = f.head()
		}
		part, n, done, err := f.part(base, items, first, len(out)+1 == f.parts)
		if err != nil {
			return nil, err
		}
		if !first {
			if part, err = f.withLinks(part); err != nil {
				return nil, err
			}
		}
		out = append(out, part)
		if done {
			return out, nil
		}
		items = items[n:]
	}
}

// part fills one message from the items that are left and tells how many it took,
// and whether nothing is left to tell.
func (f *fitter) part(base Message, items []Item, first, last bool) (part Message, n int, done bool, err error) {
	fill := func(n int) Message { return withItems(base, items[:n]) }
	if n, err = f.most(len(items), fill); err != nil {
		return Message{}, 0, false, err
	}
	if n == len(items) {
		if ok, err := f.fits(f.tail(fill(n))); err != nil || ok {
			return f.tail(fill(n)), n, true, err
		}
		if n == 0 {
			m, err := f.shrink(f.tail(base), f.max, true)
			return m, 0, true, err
		}
		n = max(1, n-1) // what the source left out goes with the last item
	}
	if last {
		m, err := f.overflow(base, items, first)
		return m, 0, true, err
	}
	if n > 0 {
		return fill(n), n, false, nil
	}
	if !first {
		m, err := f.shrink(fill(1), f.max, false)
		return m, 1, false, err
	}
	return f.firstPart(base, items)
}

// firstPart is for a head that leaves no room for an item: it is shortened to half a message.
func (f *fitter) firstPart(head Message, items []Item) (part Message, n int, done bool, err error) {
	half, err := f.shrink(head, f.max/2, true)
	if errors.Is(err, ErrTooSmall) {
		m, err := f.shrink(withItems(head, items[:1]), f.max, true)
		return m, 1, false, err
	}
	if err != nil {
		return Message{}, 0, false, err
	}
	fill := func(n int) Message { return withItems(half, items[:n]) }
	if n, err = f.most(len(items)-1, fill); err != nil || n > 0 {
		return fill(n), n, false, err
	}
	alone, err := f.fits(withItems(f.bare(), items[:1]))
	if err != nil {
		return Message{}, 0, false, err
	}
	if alone {
		m, err := f.shrink(head, f.max, true)
		return m, 0, false, err
	}
	m, err := f.shrink(fill(1), f.max, false)
	return m, 1, false, err
}

// withLinks adds to a later message as many of the group's links as there is room for.
func (f *fitter) withLinks(m Message) (Message, error) {
	add := func(n int) Message {
		m := m
		m.Links = f.whole.Links[:n:n]
		return m
	}
	n, err := f.search(0, len(f.whole.Links), add)
	if err != nil || n < 0 {
		return m, err
	}
	return add(n), nil
}

// most finds how many things fit, when few of very many do: it doubles, then halves. 0 is taken to fit.
func (f *fitter) most(n int, build func(int) Message) (int, error) {
	low, high := 0, 1
	for high <= n {
		ok, err := f.fits(build(high))
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		if low = high; low == n {
			return n, nil
		}
		high = min(high*2, n)
	}
	for high-low > 1 {
		mid := (low + high) / 2
		ok, err := f.fits(build(mid))
		if err != nil {
			return 0, err
		}
		if ok {
			low = mid
		} else {
			high = mid
		}
	}
	return low, nil
}

// search finds the largest n of low to high that fits, and -1 when low does not.
func (f *fitter) search(low, high int, build func(int) Message) (int, error) {
	best := -1
	if ok, err := f.fits(build(high)); err != nil || ok {
		return high, err
	}
	for high--; low <= high; {
		mid := low + (high-low)/2
		ok, err := f.fits(build(mid))
		if err != nil {
			return -1, err
		}
		if ok {
			best, low = mid, mid+1
		} else {
			high = mid - 1
		}
	}
	return best, nil
}

func withItems(m Message, items []Item) Message {
	m.Items = slices.Clip(items)
	return m
}
