package corerpc

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// replacement stands for bytes that are not UTF-8, which proto3 refuses to carry.
const replacement = "\uFFFD"

// words is any string type of the domain.
type words interface{ ~string }

// valid makes a string that the boundary can carry. It copies nothing when s is valid already.
func valid[S words](s S) string { return strings.ToValidUTF8(string(s), replacement) }

// validList does the same for a list, and copies only its headers.
func validList[S words](in []S) []string {
	if len(in) == 0 {
		return nil
	}
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = valid(s)
	}
	return out
}

// wordList is the way back of validList.
func wordList[S words](in []string) []S {
	if len(in) == 0 {
		return nil
	}
	out := make([]S, len(in))
	for i, s := range in {
		out[i] = S(s)
	}
	return out
}

// toPairs takes a map apart. Broken names that would fall together are told apart by
// further replacement characters, in the order of their bytes.
func toPairs(m map[string]string) []*corepb.Pair {
	if len(m) == 0 {
		return nil
	}
	pairs := make([]corepb.Pair, len(m)) // One allocation for all of them.
	out := make([]*corepb.Pair, 0, len(m))
	var broken []string
	for name, value := range m {
		if !utf8.ValidString(name) {
			broken = append(broken, name)
			continue
		}
		p := &pairs[len(out)]
		p.Name, p.Value = name, valid(value)
		out = append(out, p)
	}
	if len(broken) == 0 {
		return out
	}
	taken := make(map[string]bool, len(m))
	for _, p := range out {
		taken[p.GetName()] = true
	}
	slices.Sort(broken)
	for _, name := range broken {
		fixed := valid(name)
		for taken[fixed] {
			fixed += replacement
		}
		taken[fixed] = true
		out = append(out, &corepb.Pair{Name: fixed, Value: valid(m[name])})
	}
	return out
}

// fromPairs puts a map together.
func fromPairs(pairs []*corepb.Pair) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	out := make(map[string]string, len(pairs))
	for _, p := range pairs {
		out[p.GetName()] = p.GetValue()
	}
	return out
}

// list converts a slice element by element; an empty one becomes nil, as it does on the wire.
func list[A, B any](in []A, convert func(*A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i := range in {
		out[i] = convert(&in[i])
	}
	return out
}

// unlist is the way back, from the pointers of generated code.
func unlist[A, B any](in []*A, convert func(*A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i := range in {
		out[i] = convert(in[i])
	}
	return out
}

func toText(t *lang.Text) *corepb.Text {
	if t.Empty() {
		return nil
	}
	return &corepb.Text{Zh: valid(t.ZH), En: valid(t.EN)}
}

// toNote is toText for the elements of a list, where an empty one keeps its place.
func toNote(t *lang.Text) *corepb.Text {
	return &corepb.Text{Zh: valid(t.ZH), En: valid(t.EN)}
}

func fromText(t *corepb.Text) lang.Text {
	return lang.Text{ZH: t.GetZh(), EN: t.GetEn()}
}

func toTime(t time.Time) *corepb.Time {
	if t.IsZero() {
		return nil
	}
	return &corepb.Time{Seconds: t.Unix(), Nanos: nanos(t)}
}

// nanos is always below a thousand million.
func nanos(t time.Time) int32 {
	return int32(t.Nanosecond()) //nolint:gosec // Nanosecond is in [0, 999999999].
}

func fromTime(t *corepb.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return time.Unix(t.GetSeconds(), int64(t.GetNanos())).UTC()
}

// fromSeverity keeps a value that a newer peer may send within what int8 holds.
func fromSeverity(v int32) alert.Severity {
	return alert.Severity(int8(min(max(v, math.MinInt8), math.MaxInt8)))
}

func fromClass(v int32) sender.Class {
	return sender.Class(int8(min(max(v, math.MinInt8), math.MaxInt8)))
}
