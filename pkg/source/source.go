// Package source turns what monitoring systems send into alert groups; each system has a folder.
package source

import (
	"fmt"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Error says why a body cannot be read, where, and what would be right. It Is core.ErrInvalid.
type Error struct {
	// Text is the whole sentence. It may quote names and short values of the body, so it is
	// for the sender and not for a log.
	Text lang.Text
	// Byte and Line are where it was found, from 1; both 0 where a place has no meaning.
	Byte int64
	Line int
}

// Error gives the English sentence.
func (e *Error) Error() string { return e.Text.EN }

// Words is the text, for lang.TextOf.
func (e *Error) Words() lang.Text { return e.Text }

// Unwrap makes every Error a core.ErrInvalid.
func (e *Error) Unwrap() error { return core.ErrInvalid }

// Invalid makes an Error without a place.
func Invalid(zh, en string) error { return &Error{Text: lang.Text{ZH: zh, EN: en}} }

// invalidAt makes an Error at the byte with that index, and adds the place to both sentences.
func invalidAt(body []byte, index int64, zh, en string) error {
	index = min(max(index, 0), int64(len(body)))
	at, line := index+1, lineOf(body, index)
	return &Error{Byte: at, Line: line, Text: lang.Text{
		ZH: fmt.Sprintf("第 %d 字节（第 %d 行）：%s", at, line, zh),
		EN: fmt.Sprintf("at byte %d (line %d): %s", at, line, en),
	}}
}

// Quote shows a short piece of a body inside a sentence.
func Quote(s string) string {
	const limit = 60
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
