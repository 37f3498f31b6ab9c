package corerpc

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// crossing is one domain type on its way over the boundary and back.
type crossing struct {
	name string
	// zero is an empty value of the domain type.
	zero any
	// cross takes a value over the wire and back.
	cross func(t require.TestingT, v any) any
	// back takes a message to the domain and over again.
	message proto.Message
	back    func(m proto.Message) proto.Message
}

func crossingOf[D any, P proto.Message](to func(*D) P, from func(P) D) crossing {
	var zero D
	var message P
	return crossing{
		name: reflect.TypeFor[D]().String(),
		zero: zero,
		cross: func(t require.TestingT, v any) any {
			in, ok := v.(D)
			require.True(t, ok)
			wire, err := proto.Marshal(to(&in))
			require.NoError(t, err)
			out, ok := message.ProtoReflect().New().Interface().(P)
			require.True(t, ok)
			require.NoError(t, proto.Unmarshal(wire, out))
			return from(out)
		},
		message: message.ProtoReflect().New().Interface(),
		back: func(m proto.Message) proto.Message {
			p, ok := m.(P)
			if !ok {
				return nil
			}
			d := from(p)
			return to(&d)
		},
	}
}

// crossings are all types that core.Core takes or gives.
func crossings() []crossing {
	return []crossing{
		crossingOf(toSubmission, fromSubmission),
		crossingOf(toResult, fromResult),
		crossingOf(toQuery, fromQuery),
		crossingOf(toPage, fromPage),
		crossingOf(toFiguresQuery, fromFiguresQuery),
		crossingOf(toFigures, fromFigures),
		crossingOf(toNewest, fromNewest),
		crossingOf(toHealth, fromHealth),
		crossingOf(toManifest, fromManifest),
		crossingOf(toContactPoint, fromContactPoint),
		crossingOf(toTest, fromTest),
		crossingOf(toPreview, fromPreview),
		crossingOf(toProbe, fromProbe),
		crossingOf(toPerson, fromPerson),
		crossingOf(
			func(f *sender.Failure) *corepb.Failure { return toFailure(f) },
			func(f *corepb.Failure) sender.Failure { return *fromFailure(f) }),
	}
}

// staysHere are the fields that cannot cross, by type and name.
func staysHere(owner reflect.Type, field string) bool {
	return owner == reflect.TypeFor[sender.Manifest]() && slices.Contains([]string{"New", "Preview"}, field)
}

// choice makes the values that a filled structure is made of.
type choice interface {
	size(label string) int
	text(label string) string
	number(label string, bits int) int64
	moment(label string) time.Time
	flag(label string) bool
}

// fill sets every field below v, of types added later too, and fails on kinds that it does not know.
func fill(t require.TestingT, c choice, v reflect.Value, label string, depth int) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(c.moment(label)))
		return
	case error:
		v.Set(reflect.ValueOf(textError(c.text(label))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(c.text(label))
	case reflect.Bool:
		v.SetBool(c.flag(label))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(c.number(label, v.Type().Bits()))
	case reflect.Uint8:
		v.SetUint(uint64(c.number(label, 8) & 0xFF))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, c, v.Elem(), label, depth)
	case reflect.Slice:
		fillSlice(t, c, v, label, depth)
	case reflect.Map:
		n := c.size(label)
		if n == 0 {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for i := range n {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, c, key, fmt.Sprintf("%s.key%d", label, i), depth)
			fill(t, c, value, fmt.Sprintf("%s.value%d", label, i), depth)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if staysHere(v.Type(), field.Name) {
				continue
			}
			require.True(t, field.IsExported(), "%s.%s cannot cross", v.Type(), field.Name)
			fill(t, c, v.Field(i), label+"."+field.Name, depth)
		}
	case reflect.Interface:
		require.Equal(t, reflect.TypeFor[error](), v.Type(), "%s: an interface cannot cross", label)
		v.Set(reflect.ValueOf(textError(c.text(label))))
	default:
		require.Failf(t, "unknown kind", "%s is a %s: teach the conversion and this test", label, v.Type())
	}
}

func fillSlice(t require.TestingT, c choice, v reflect.Value, label string, depth int) {
	n := c.size(label)
	// A block may hold blocks; somewhere that has to end.
	if n == 0 || (depth > 3 && v.Type() == reflect.TypeFor[[]sender.Block]()) {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		fill(t, c, v.Index(i), fmt.Sprintf("%s[%d]", label, i), depth+1)
	}
}

// textError equals the errors.New that fromFailure makes, by its text.
type textError string

func (e textError) Error() string { return string(e) }

// everything sets each field to a value of its own.
type everything struct{ n int64 }

func (e *everything) size(string) int { return 2 }

func (e *everything) text(label string) string {
	e.n++
	return fmt.Sprintf("%s #%d", label, e.n)
}

func (e *everything) number(_ string, bits int) int64 {
	e.n++
	if bits == 8 {
		return e.n%100 + 1
	}
	return e.n
}

func (e *everything) moment(string) time.Time {
	e.n++
	return time.Unix(e.n, e.n).UTC()
}

func (e *everything) flag(string) bool { return true }

// drawn lets rapid choose.
type drawn struct{ t *rapid.T }

func (d drawn) size(label string) int { return rapid.IntRange(0, 3).Draw(d.t, label) }

func (d drawn) text(label string) string { return rapid.String().Draw(d.t, label) }

func (d drawn) number(label string, bits int) int64 {
	if bits == 8 {
		return rapid.Int64Range(-128, 127).Draw(d.t, label)
	}
	return rapid.Int64().Draw(d.t, label)
}

func (d drawn) moment(label string) time.Time {
	if rapid.Bool().Draw(d.t, label+" set") {
		return time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(d.t, label), rapid.Int64Range(0, 999999999).Draw(d.t, label)).UTC()
	}
	return time.Time{}
}

func (d drawn) flag(label string) bool { return rapid.Bool().Draw(d.t, label) }

// flat makes errors comparable by what they say.
func flat(v any) any {
	f, ok := v.(sender.Failure)
	if !ok {
		return v
	}
	if f.Err != nil && f.Err.Error() == "" {
		f.Err = nil
	} else if f.Err != nil {
		f.Err = textError(f.Err.Error())
	}
	return f
}

func TestEveryFieldOfTheDomainCrosses(t *testing.T) {
	for _, c := range crossings() {
		t.Run(c.name, func(t *testing.T) {
			v := reflect.New(reflect.TypeOf(c.zero)).Elem()
			fill(t, &everything{}, v, c.name, 0)
			require.Equal(t, flat(v.Interface()), flat(c.cross(t, v.Interface())))
		})
	}
}

func TestAnyValueComesBackAsItWas(t *testing.T) {
	for _, c := range crossings() {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				v := reflect.New(reflect.TypeOf(c.zero)).Elem()
				fill(t, drawn{t}, v, "v", 1)
				require.Equal(t, flat(v.Interface()), flat(c.cross(t, v.Interface())))
			})
		})
	}
}

func TestEveryFieldOfTheProtoIsUsed(t *testing.T) {
	for _, c := range crossings() {
		t.Run(c.name, func(t *testing.T) {
			n := int64(0)
			fillMessage(c.message.ProtoReflect(), &n, 0)
			back := c.back(c.message)
			sortPairs(c.message.ProtoReflect())
			sortPairs(back.ProtoReflect())
			require.Equal(t, prototext.Format(c.message), prototext.Format(back))
		})
	}
}

// sortPairs gives the entries of maps an order.
func sortPairs(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil || f.IsMap():
		case !f.IsList():
			sortPairs(v.Message())
		default:
			all := make([]protoreflect.Value, v.List().Len())
			for i := range all {
				all[i] = v.List().Get(i)
				sortPairs(all[i].Message())
			}
			if f.Message().Name() == "Pair" {
				name := f.Message().Fields().ByName("name")
				slices.SortFunc(all, func(a, b protoreflect.Value) int {
					return strings.Compare(a.Message().Get(name).String(), b.Message().Get(name).String())
				})
			}
			for i := range all {
				v.List().Set(i, all[i])
			}
		}
		return true
	})
}

// fillMessage sets every field of a message.
func fillMessage(m protoreflect.Message, n *int64, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsMap():
			for range 2 {
				m.Mutable(f).Map().Set(fillScalar(f.MapKey(), n).MapKey(), fillValue(m.Mutable(f).Map().NewValue(), f.MapValue(), n, depth))
			}
		case f.IsList():
			if depth > 5 {
				continue
			}
			list := m.Mutable(f).List()
			for range 2 {
				list.Append(fillValue(list.NewElement(), f, n, depth))
			}
		default:
			m.Set(f, fillValue(m.NewField(f), f, n, depth))
		}
	}
}

func fillValue(empty protoreflect.Value, f protoreflect.FieldDescriptor, n *int64, depth int) protoreflect.Value {
	if f.Message() == nil {
		return fillScalar(f, n)
	}
	fillMessage(empty.Message(), n, depth+1)
	return empty
}

func fillScalar(f protoreflect.FieldDescriptor, n *int64) protoreflect.Value {
	*n++
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(fmt.Sprintf("%s #%d", f.Name(), *n))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(fmt.Appendf(nil, "%s #%d", f.Name(), *n))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(*n%99 + 1))
	default:
		return protoreflect.ValueOfInt64(*n)
	}
}

func TestBrokenTextIsReplacedAndArrives(t *testing.T) {
	in := core.Submission{Tenant: "main\xff"}
	in.Group.CommonLabels = map[string]string{
		"fine": "\xc3\x28", "bad\xff": "one", "bad\xfe": "two", "bad\uFFFD": "three",
	}
	in.Group.GroupLabels = map[string]string{"名": "值"}
	wire, err := proto.Marshal(toSubmission(&in))
	require.NoError(t, err)
	var out corepb.Submission
	require.NoError(t, proto.Unmarshal(wire, &out))
	got := fromSubmission(&out)
	require.Equal(t, "main\uFFFD", got.Tenant)
	require.Equal(t, map[string]string{
		"fine": "\uFFFD(", "bad\uFFFD": "three", "bad\uFFFD\uFFFD": "two", "bad\uFFFD\uFFFD\uFFFD": "one",
	}, got.Group.CommonLabels)
	require.Equal(t, in.Group.GroupLabels, got.Group.GroupLabels)
}

func FuzzTextNeverStopsACall(f *testing.F) {
	f.Add("plain", "名\xff", "\xf0\x9f\x94")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		in := core.Submission{Tenant: a, ContactPoint: b}
		in.Group.CommonLabels = map[string]string{a: b, b: c, c: a}
		wire, err := proto.Marshal(toSubmission(&in))
		require.NoError(t, err)
		var out corepb.Submission
		require.NoError(t, proto.Unmarshal(wire, &out))
		got := fromSubmission(&out)
		require.Len(t, got.Group.CommonLabels, len(in.Group.CommonLabels))
		require.True(t, utf8.ValidString(got.Tenant+got.ContactPoint))
	})
}
