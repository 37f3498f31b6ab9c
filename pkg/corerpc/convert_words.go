package corerpc

import (
	"maps"
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

// validMap returns m itself when all of it is valid, as labels nearly always are. Keys that
// would fall together are told apart by further replacement characters, in the order of their bytes.
func validMap(m map[string]string) map[string]string {
	broken := false
	for k, v := range m {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			broken = true
			break
		}
	}
	if !broken {
		return m
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		if utf8.ValidString(k) {
			out[k] = valid(v)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if utf8.ValidString(k) {
			continue
		}
		fixed := valid(k)
		for _, taken := out[fixed]; taken; _, taken = out[fixed] {
			fixed += replacement
		}
		out[fixed] = valid(m[k])
	}
	return out
}

// some is nil for an empty map: the wire cannot tell the two apart.
func some[K comparable, V any](m map[K]V) map[K]V {
	if len(m) == 0 {
		return nil
	}
	return m
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
	return alert.Severity(int8(min(max(v, math.MinInt8), math.MaxInt8))) //nolint:gosec // Bounded here.
}

func fromClass(v int32) sender.Class {
	return sender.Class(int8(min(max(v, math.MinInt8), math.MaxInt8))) //nolint:gosec // Bounded here.
}
