// Package secret holds values that cannot print themselves.
package secret

import (
	"fmt"
	"log/slog"
)

// Mask is what a secret shows of itself.
const Mask = "<secret>"

// Value is a secret. It holds a pointer, since fmt reads unexported fields of a
// struct without asking their methods and would print a string held directly.
// The zero Value is an unset secret.
type Value struct{ p *string }

// New makes a secret of s; the empty string makes an unset one.
func New(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{p: &s}
}

// Reveal is the only way to read a secret.
func (v Value) Reveal() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// IsSet tells whether there is a secret.
func (v Value) IsSet() bool { return v.p != nil }

func (v Value) shown() string {
	if v.p == nil {
		return ""
	}
	return Mask
}

// String implements fmt.Stringer.
func (v Value) String() string { return v.shown() }

// GoString implements fmt.GoStringer.
func (v Value) GoString() string { return v.shown() }

// Format implements fmt.Formatter for every verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(v.shown())) }

// LogValue implements slog.LogValuer.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.shown()) }

// MarshalText implements encoding.TextMarshaler, and so JSON and YAML.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.shown()), nil }
