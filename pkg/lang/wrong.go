package lang

import (
	"errors"
	"fmt"
	"strings"
)

// textError is an error that is worded in both languages.
type textError struct{ text Text }

// Error is in English.
func (e *textError) Error() string { return e.text.EN }

// Words is what TextOf looks for.
func (e *textError) Words() Text { return e.text }

// Wrong words an error in both languages from the same arguments.
func Wrong(zh, en string, args ...any) error {
	return &textError{Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}}
}

// Error is an error in words that are there already.
func Error(t Text) error { return &textError{t} }

// causeError is an error of a kind, with what it came from.
type causeError struct{ kind, cause error }

// Because is an error that Is kind and Is cause, in the words of both.
func Because(kind, cause error) error { return &causeError{kind, cause} }

// Error is in English.
func (e *causeError) Error() string { return e.kind.Error() + ": " + e.cause.Error() }

// Unwrap gives both.
func (e *causeError) Unwrap() []error { return []error{e.kind, e.cause} }

// Words is what TextOf looks for.
func (e *causeError) Words() Text {
	kind, cause := TextOf(e.kind), TextOf(e.cause)
	return Text{ZH: kind.ZH + "：" + cause.ZH, EN: e.Error()}
}

// About puts the name of what an error is about before it, before each of a joined one.
func About(name string, err error) error {
	parts := Parts(err)
	for i, one := range parts {
		parts[i] = Because(Error(Text{ZH: name, EN: name}), one)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return errors.Join(parts...)
}

// Parts are the errors that were joined, or an error alone. What is wrapped in words of its own is one.
func Parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, one := range joined.Unwrap() {
		list = append(list, Parts(one)...)
	}
	if all := errors.Join(list...); all == nil || all.Error() != err.Error() {
		return []error{err}
	}
	return list
}

// TextOf gives an error in both languages, by its method Words, a joined one with a line for each, and one that adds no words to what it wraps in
// the words of that. What has no Chinese words, or is wrapped in some that have none, is in English in both.
func TextOf(err error) Text {
	var zh, en []string
	for _, one := range Parts(err) {
		text := Text{ZH: one.Error(), EN: one.Error()}
		if worded, ok := one.(interface{ Words() Text }); ok {
			text = worded.Words()
		} else if inner := errors.Unwrap(one); inner != nil && inner.Error() == one.Error() {
			text = TextOf(inner)
		}
		zh, en = append(zh, text.ZH), append(en, text.EN)
	}
	return Text{ZH: strings.Join(zh, "\n"), EN: strings.Join(en, "\n")}
}
