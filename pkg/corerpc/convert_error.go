package corerpc

import (
	"context"
	"errors"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// kindOf pairs an error that hosts ask for by errors.Is with its number on the wire.
type kindOf struct {
	kind corepb.ErrorKind
	err  error
}

// errorKinds is the closed list of errors that survive the boundary.
func errorKinds() []kindOf {
	return []kindOf{
		{corepb.ErrorKind_ERROR_KIND_UNKNOWN_CONTACT_POINT, core.ErrUnknownContactPoint},
		{corepb.ErrorKind_ERROR_KIND_INVALID, core.ErrInvalid},
		{corepb.ErrorKind_ERROR_KIND_NOT_FOUND, core.ErrNotFound},
		{corepb.ErrorKind_ERROR_KIND_STORE, core.ErrStore},
		{corepb.ErrorKind_ERROR_KIND_UNREACHABLE, core.ErrUnreachable},
		{corepb.ErrorKind_ERROR_KIND_CONFIG, core.ErrConfig},
		{corepb.ErrorKind_ERROR_KIND_CANCELED, context.Canceled},
		{corepb.ErrorKind_ERROR_KIND_DEADLINE, context.DeadlineExceeded},
		{corepb.ErrorKind_ERROR_KIND_CANNOT_UPDATE, sender.ErrCannotUpdate},
		{corepb.ErrorKind_ERROR_KIND_CANNOT_REPLY, sender.ErrCannotReply},
	}
}

// toError translates an error of the core; nil stays nil.
func toError(err error) *corepb.Error {
	if err == nil {
		return nil
	}
	out := &corepb.Error{Text: valid(err.Error())}
	if zh := valid(lang.TextOf(err).ZH); zh != out.GetText() {
		out.Chinese = zh
	}
	for _, k := range errorKinds() {
		if errors.Is(err, k.err) {
			out.Kinds = append(out.Kinds, k.kind)
		}
	}
	if f, ok := errors.AsType[*sender.Failure](err); ok {
		out.Failure = toFailure(f)
	}
	return out
}

// fromError rebuilds what toError took apart: the sentence word for word, and every error
// of the list that it was.
func fromError(e *corepb.Error) error {
	if e == nil {
		return nil
	}
	out := &remoteError{text: e.GetText(), chinese: e.GetChinese()}
	for _, k := range errorKinds() {
		for _, kind := range e.GetKinds() {
			if kind == k.kind {
				out.causes = append(out.causes, k.err)
			}
		}
	}
	if f := e.GetFailure(); f != nil {
		out.causes = append(out.causes, fromFailure(f))
	}
	return out
}

// remoteError is an error of the core, rebuilt in the host.
type remoteError struct {
	text, chinese string
	causes        []error
}

// Error gives the core's sentence.
func (e *remoteError) Error() string { return e.text }

// Words gives the core's sentence in both languages, for lang.TextOf.
func (e *remoteError) Words() lang.Text {
	if e.chinese == "" {
		return lang.Text{ZH: e.text, EN: e.text}
	}
	return lang.Text{ZH: e.chinese, EN: e.text}
}

// Unwrap gives the errors of the closed list that it is, and the provider's failure if any.
func (e *remoteError) Unwrap() []error { return e.causes }

func toFailure(f *sender.Failure) *corepb.Failure {
	out := &corepb.Failure{
		Class:     int32(f.Class),
		Reason:    valid(f.Reason),
		AfterNs:   int64(f.After),
		Scope:     valid(f.Scope),
		Code:      valid(f.Code),
		Text:      valid(f.Text),
		Status:    int64(f.Status),
		Hint:      toText(&f.Hint),
		MaybeSent: f.MaybeSent,
	}
	if f.Err != nil {
		out.Cause = valid(f.Err.Error())
	}
	return out
}

func fromFailure(f *corepb.Failure) *sender.Failure {
	out := &sender.Failure{
		Class:     fromClass(f.GetClass()),
		Reason:    sender.Reason(f.GetReason()),
		After:     time.Duration(f.GetAfterNs()),
		Scope:     sender.Scope(f.GetScope()),
		Code:      f.GetCode(),
		Text:      f.GetText(),
		Status:    int(f.GetStatus()),
		Hint:      fromText(f.GetHint()),
		MaybeSent: f.GetMaybeSent(),
	}
	if c := f.GetCause(); c != "" {
		out.Err = errors.New(c)
	}
	return out
}
