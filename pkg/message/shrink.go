package message

import (
	"fmt"
	"slices"
)

const (
	// keepText is how many characters of each text are kept before whole fields are dropped.
	keepText = 24
	// longURL is a link that goes before any field does.
	longURL = 1024
)

// shrink shortens m, which has one item at most, until it fits into limit: the longest texts
// first, then field by field, then what is left. With head false, only the item gives way, as
// long as that is enough.
func (f *fitter) shrink(m Message, limit int, head bool) (Message, error) {
	f = &fitter{whole: f.whole, max: limit, parts: f.parts, size: f.size}
	if ok, err := f.fits(m); err != nil || ok {
		return m, err
	}
	original := m
	for _, s := range steps(head) {
		high := s.high(m)
		if high <= s.low {
			continue
		}
		n, err := f.search(s.low, high, func(n int) Message { return s.build(m, n) })
		if err != nil {
			return m, err
		}
		if n >= s.low {
			return s.build(m, n), nil
		}
		m = s.build(m, s.low)
	}
	if !head {
		return f.shrink(original, limit, true)
	}
	return m, fmt.Errorf("%w: its shortest form is larger than the limit of %d", ErrTooSmall, limit)
}

// step is one way to make a message smaller: build makes one that keeps n of what high counts,
// low is the least that is kept before the next step.
type step struct {
	low   int
	high  func(Message) int
	build func(Message, int) Message
}

func steps(head bool) []step {
	return []step{
		{low: keepText, high: func(m Message) int { return longest(m, head) }, build: func(m Message, n int) Message { return level(m, n, head) }},
		{high: func(m Message) int { return countLong(m, head) }, build: func(m Message, n int) Message { return dropLong(m, n, head) }},
		{high: func(m Message) int { return keepHead(len(m.Notes), head) }, build: func(m Message, n int) Message {
			m.Notes = m.Notes[:n:n]
			return m
		}},
		{high: func(m Message) int { return keepHead(len(m.Fields), head) }, build: func(m Message, n int) Message {
			m.Fields = m.Fields[:n:n]
			return m
		}},
		{high: itemCount(func(i Item) int { return len(i.Fields) }), build: onItem(func(i Item, n int) Item {
			i.Fields = i.Fields[:n:n]
			return i
		})},
		{high: itemCount(func(i Item) int { return len(i.Links) }), build: onItem(func(i Item, n int) Item {
			i.Links = i.Links[:n:n]
			return i
		})},
		{high: func(m Message) int { return keepHead(len(m.Links), head) }, build: func(m Message, n int) Message {
			m.Links = m.Links[:n:n]
			return m
		}},
		{high: func(m Message) int { return keepHead(characters(m.Summary), head) }, build: func(m Message, n int) Message {
			m.Summary = cut(m.Summary, n)
			return m
		}},
		{high: itemCount(func(i Item) int { return characters(i.Text) }), build: onItem(func(i Item, n int) Item {
			i.Text = cut(i.Text, n)
			return i
		})},
		{high: func(m Message) int { return keepHead(m.More, head) }, build: shortMore},
		{high: itemCount(func(i Item) int { return characters(i.When) }), build: onItem(func(i Item, n int) Item {
			i.When = cut(i.When, n)
			return i
		})},
		{low: 1, high: itemCount(func(i Item) int { return characters(i.Title) }), build: onItem(func(i Item, n int) Item {
			i.Title = cut(i.Title, n)
			return i
		})},
		{low: 1, high: func(m Message) int { return keepHead(characters(m.Title), head) }, build: func(m Message, n int) Message {
			m.Title = cut(m.Title, n)
			return m
		}},
	}
}

func keepHead(n int, head bool) int {
	if !head {
		return 0
	}
	return n
}

// shortMore keeps the whole note for any n above 0, which only the number itself is left of at 0.
func shortMore(m Message, n int) Message {
	if n < m.More {
		m.MoreNote = moreCount(m.Language, m.More)
	}
	return m
}

func itemCount(count func(Item) int) func(Message) int {
	return func(m Message) int {
		if len(m.Items) == 0 {
			return 0
		}
		return count(m.Items[0])
	}
}

func onItem(change func(Item, int) Item) func(Message, int) Message {
	return func(m Message, n int) Message {
		m.Items = []Item{change(m.Items[0], n)}
		return m
	}
}

// level cuts every text that is longer than n characters to n.
func level(m Message, n int, head bool) Message {
	if head {
		m.Summary, m.MoreNote = cut(m.Summary, n), cutMore(m, n)
		m.Fields = levelFields(m.Fields, n)
		m.Notes = slices.Clone(m.Notes)
		for i := range m.Notes {
			m.Notes[i] = cut(m.Notes[i], n)
		}
	}
	return onItems(m, func(i Item) Item {
		i.Text, i.Fields = cut(i.Text, n), levelFields(i.Fields, n)
		return i
	})
}

// cutMore shortens a note that cannot be cut at any place, for it has a number, to that number.
func cutMore(m Message, n int) string {
	if m.More > 0 && characters(m.MoreNote) > n {
		return moreCount(m.Language, m.More)
	}
	return m.MoreNote
}

func levelFields(fields []Field, n int) []Field {
	fields = slices.Clone(fields)
	for i, f := range fields {
		fields[i] = Field{Label: cut(f.Label, n), Value: cut(f.Value, n)}
	}
	return fields
}

// longest is the length of the longest text that level can cut.
func longest(m Message, head bool) int {
	n := 0
	if head {
		n = max(characters(m.Summary), characters(m.MoreNote), longestField(m.Fields))
		for _, note := range m.Notes {
			n = max(n, characters(note))
		}
	}
	for _, i := range m.Items {
		n = max(n, characters(i.Text), longestField(i.Fields))
	}
	return n
}

func longestField(fields []Field) int {
	n := 0
	for _, f := range fields {
		n = max(n, characters(f.Label), characters(f.Value))
	}
	return n
}

func countLong(m Message, head bool) int {
	n := 0
	if head {
		n = len(m.Links) - len(shortLinks(m.Links))
	}
	for _, i := range m.Items {
		n += len(i.Links) - len(shortLinks(i.Links))
	}
	return n
}

// dropLong keeps the long links only when all n of them may stay.
func dropLong(m Message, n int, head bool) Message {
	if n == countLong(m, head) {
		return m
	}
	if head {
		m.Links = shortLinks(m.Links)
	}
	return onItems(m, func(i Item) Item {
		i.Links = shortLinks(i.Links)
		return i
	})
}

func shortLinks(links []Link) []Link {
	return slices.DeleteFunc(slices.Clone(links), func(l Link) bool { return len(l.URL) > longURL })
}

func onItems(m Message, change func(Item) Item) Message {
	items := slices.Clone(m.Items)
	for i := range items {
		items[i] = change(items[i])
	}
	m.Items = items
	return m
}
