package sender

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Reason is why something failed. The list only grows: it is stored and a metric label.
type Reason string

// The reasons.
const (
	ReasonAuth        Reason = "auth"
	ReasonPermission  Reason = "permission"
	ReasonRecipient   Reason = "recipient"
	ReasonMessage     Reason = "message"
	ReasonRateLimited Reason = "rate_limited"
	ReasonUnavailable Reason = "unavailable"
	ReasonTimeout     Reason = "timeout"
	ReasonConfig      Reason = "config"
	// ReasonOutcomeUnknown means that the provider may have taken it.
	ReasonOutcomeUnknown Reason = "outcome_unknown"
)

// Class is what a failure means for the next attempt.
type Class int8

// The classes.
const (
	// Again: try again by policy.
	Again Class = iota
	// Never: the same request will be refused again.
	Never
	// Later: try again after a time that the provider named; not counted as an attempt.
	Later
)

// String is the class's name: again, never or later.
func (c Class) String() string {
	switch c {
	case Never:
		return "never"
	case Later:
		return "later"
	default:
		return "again"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ErrCannotUpdate marks a failure of Update after which the message can never be updated.
var ErrCannotUpdate = errors.New("this message can no longer be updated")

// ErrCannotReply marks a failure of Reply after which nobody can reply to the message.
var ErrCannotReply = errors.New("this message can no longer be replied to")

// Failure is a failed call with everything that is known about it.
type Failure struct {
	Class  Class
	Reason Reason
	// After is the wait that a Later failure asks for.
	After time.Duration
	// Scope is the limit key that a Later failure parks, such as ScopeAccount; empty means the target.
	Scope Scope
	// Code and Text are the provider's own, secrets removed; Status its HTTP status, 0 without an answer.
	Code   string
	Text   string
	Status int
	// Hint says what a person must do.
	Hint lang.Text
	// MaybeSent means that the provider may have acted on the request all the same.
	MaybeSent bool
	Err       error
}

// Error gives the provider's words and the cause, without the hint.
func (f *Failure) Error() string {
	var parts []string
	switch {
	case f.Code != "" && f.Text != "":
		parts = append(parts, fmt.Sprintf("%s: %s", f.Code, f.Text))
	case f.Code != "":
		parts = append(parts, "code "+f.Code)
	case f.Text != "":
		parts = append(parts, f.Text)
	}
	if f.Err != nil {
		parts = append(parts, f.Err.Error())
	}
	if len(parts) == 0 {
		return string(f.Reason)
	}
	return string(f.Reason) + ": " + strings.Join(parts, ": ")
}

// Words is Error in both languages, as far as the cause has them.
func (f *Failure) Words() lang.Text {
	all := f.Error()
	if f.Err == nil {
		return lang.Text{ZH: all, EN: all}
	}
	cause := lang.TextOf(f.Err)
	return lang.Text{ZH: strings.TrimSuffix(all, cause.EN) + cause.ZH, EN: all}
}

// Unwrap implements errors.Unwrap.
func (f *Failure) Unwrap() error { return f.Err }

// Permanent says that the same request will never succeed.
func Permanent(reason Reason, err error) error {
	f := *AsFailure(err)
	f.Class, f.Reason, f.Err = Never, reason, keep(err)
	return &f
}

// Misconfigured joins everything that is wrong with an account's settings into one failure with ReasonConfig; nil when
// nothing is. Of failures among them it takes the cause, and the first hint; one without a cause has its hint to give, and is nothing wrong alone.
func Misconfigured(errs ...error) error {
	all := &Failure{Class: Never, Reason: ReasonConfig}
	var causes []error
	for _, err := range errs {
		if f, ok := err.(*Failure); ok { //nolint:errorlint // what wraps a failure, or is joined with one, has more to say
			err = f.Err
			if all.Hint.Empty() {
				all.Hint = f.Hint
			}
		}
		causes = append(causes, err)
	}
	if all.Err = errors.Join(causes...); all.Err == nil {
		return nil
	}
	return all
}

// RetryAfter says to try again after d, without counting the attempt.
func RetryAfter(d time.Duration, err error) error {
	f := *AsFailure(err)
	f.Class, f.After, f.Err = Later, d, keep(err)
	if f.Reason == "" || f.Reason == ReasonUnavailable {
		f.Reason = ReasonRateLimited
	}
	return &f
}

// Mark makes an error with one of codes also Is mark, such as ErrCannotUpdate; others stay as they are.
func Mark(err, mark error, codes ...string) error {
	f := AsFailure(err)
	if f == nil || !slices.Contains(codes, f.Code) {
		return err
	}
	g := *f
	g.Err = mark
	if f.Err != nil {
		g.Err = errors.Join(mark, f.Err)
	}
	return &g
}

// keep avoids wrapping a Failure in a copy of itself.
func keep(err error) error {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f.Err
	}
	return err
}

// AsFailure reads any error: one without a Failure in it is tried again, as unavailable.
// It never returns nil for a non-nil error.
func AsFailure(err error) *Failure {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	return &Failure{Class: Again, Reason: ReasonUnavailable, Err: err}
}
