package message

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// nameLen is how many characters of an item's title a compact list shows.
const nameLen = 80

// overflow makes the last message when not all items have room: it has as many items as it can
// while the others are still named, else it names as many as it can and counts the others.
func (f *fitter) overflow(base Message, items []Item, first bool) (Message, error) {
	if first {
		half, err := f.shrink(base, f.max/2, true)
		switch {
		case err == nil:
			base = half
		case !isTooSmall(err):
			return Message{}, err
		}
	}
	// full has the first n in full and names all others.
	full := func(n int) Message { return f.more(withItems(base, items[:n]), items[n:], len(items)-n) }
	n, err := f.search(0, len(items)-1, full)
	if err != nil {
		return Message{}, err
	}
	if n > 0 || (n == 0 && !first) {
		return full(n), nil
	}
	if first { // people should see at least the worst alert as a whole
		m, err := f.worstAndNames(base, items)
		if err != nil || m.More > 0 {
			return m, err
		}
	}
	return f.names(base, items, nil)
}

// worstAndNames has the first item in full, if that leaves a third of the message; More is 0 if not.
func (f *fitter) worstAndNames(base Message, items []Item) (Message, error) {
	two := &fitter{whole: f.whole, max: f.max / 3 * 2, parts: f.parts, size: f.size}
	one := f.more(withItems(base, items[:1]), items[1:], 0)
	if ok, err := two.fits(one); err != nil || !ok {
		return Message{}, err
	}
	return f.names(base, items[1:], items[:1])
}

func (f *fitter) names(base Message, items, shown []Item) (Message, error) {
	named := func(n int) Message { return f.more(withItems(base, shown), items, n) }
	n, err := f.most(len(items), named)
	if err != nil {
		return Message{}, err
	}
	return f.shrink(named(n), f.max, true)
}

// more counts all of left in m, and names the first n of them.
func (f *fitter) more(m Message, left []Item, n int) Message {
	m.More = f.whole.More + len(left)
	var lines []string
	if len(left) > 0 {
		lines = append(lines, namedNote(m.Language, left, n))
	}
	if f.whole.MoreNote != "" {
		lines = append(lines, f.whole.MoreNote)
	}
	m.MoreNote = strings.Join(lines, "\n")
	return m
}

func namedNote(l lang.Language, left []Item, n int) string {
	if n == 0 {
		return moreCount(l, len(left))
	}
	var b strings.Builder
	b.WriteString(lang.Text{ZH: "另有 ", EN: "+"}.In(l))
	b.WriteString(strconv.Itoa(len(left)))
	b.WriteString(lang.Text{ZH: " 条：", EN: " more: "}.In(l))
	b.WriteString(compact(l, left[:n]))
	if rest := len(left) - n; rest > 0 {
		b.WriteString(lang.Text{ZH: fmt.Sprintf("……其余 %d 条未列出", rest), EN: fmt.Sprintf(" … %d of them not named", rest)}.In(l))
	}
	return b.String()
}

// moreCount is the shortest note that says how many are left out.
func moreCount(l lang.Language, n int) string {
	return lang.Text{ZH: fmt.Sprintf("另有 %d 条", n), EN: fmt.Sprintf("+%d more", n)}.In(l)
}

// compact lists the titles of items, each once.
func compact(l lang.Language, items []Item) string {
	count := make(map[string]int, len(items))
	order := make([]string, 0, len(items))
	for _, i := range items {
		name := cut(strings.Join(strings.Fields(i.Title), " "), nameLen)
		if count[name]++; count[name] == 1 {
			order = append(order, name)
		}
	}
	order = slices.Clip(order)
	for i, name := range order {
		if n := count[name]; n > 1 {
			order[i] = name + " ×" + strconv.Itoa(n)
		}
	}
	return strings.Join(order, lang.Text{ZH: "、", EN: ", "}.In(l))
}

func isTooSmall(err error) bool { return errors.Is(err, ErrTooSmall) }
