package lang

import (
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

// About puts the name of what an error is about before it.
func About(name string, err error) error {
	text := TextOf(err)
	return &textError{Text{ZH: name + "：" + text.ZH, EN: name + ": " + text.EN}}
}

// TextOf gives an error in both languages, by its method Words, a joined one with a line for each. What has no Chinese words, or is wrapped
// in some that have none, is in English in both.
func TextOf(err error) Text {
	switch e := err.(type) { //nolint:errorlint // what wraps an error adds words that are not in its text
	case interface{ Words() Text }:
		return e.Words()
	case interface{ Unwrap() []error }:
		var zh, en []string
		for _, one := range e.Unwrap() {
			text := TextOf(one)
			zh, en = append(zh, text.ZH), append(en, text.EN)
		}
		if text := (Text{ZH: strings.Join(zh, "\n"), EN: strings.Join(en, "\n")}); text.EN == err.Error() {
			return text
		}
	}
	return Text{ZH: err.Error(), EN: err.Error()}
}
