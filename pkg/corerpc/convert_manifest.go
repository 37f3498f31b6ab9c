package corerpc

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// toManifest leaves out the functions New and Preview: a function cannot cross, and only
// a core may make senders.
func toManifest(m *sender.Manifest) *corepb.Manifest {
	out := &corepb.Manifest{
		Type:        valid(m.Type),
		Provider:    valid(m.Provider),
		Title:       toText(&m.Title),
		Summary:     toText(&m.Summary),
		Fields:      list(m.Fields, toField),
		Options:     list(m.Options, toField),
		BaseUrl:     valid(m.BaseURL),
		Schemes:     validList(m.Schemes),
		Targets:     validList(m.Targets),
		Mentions:    validList(m.Mentions),
		Limits:      list(m.Limits, toLimit),
		Repeat:      toRepeat(m.Repeat),
		Errors:      list(m.Errors, toMeaning),
		Docs:        valid(m.Docs),
		Batch:       int64(m.Batch),
		RecallForNs: int64(m.RecallFor),
		Rings:       m.Rings,
		Logo:        valid(m.Logo),
	}
	for _, d := range m.Track {
		out.TrackNs = append(out.TrackNs, int64(d))
	}
	if len(m.UrgeRepeat) > 0 {
		out.UrgeRepeat = make(map[string]*corepb.Repeat, len(m.UrgeRepeat))
		for mode, r := range m.UrgeRepeat {
			out.UrgeRepeat[valid(mode)] = toRepeat(r)
		}
	}
	return out
}

// fromManifest makes a manifest to read: New and Preview are nil.
func fromManifest(m *corepb.Manifest) sender.Manifest {
	out := sender.Manifest{
		Type:      m.GetType(),
		Provider:  m.GetProvider(),
		Title:     fromText(m.GetTitle()),
		Summary:   fromText(m.GetSummary()),
		Fields:    unlist(m.GetFields(), fromField),
		Options:   unlist(m.GetOptions(), fromField),
		BaseURL:   m.GetBaseUrl(),
		Schemes:   wordList[string](m.GetSchemes()),
		Targets:   wordList[sender.TargetKind](m.GetTargets()),
		Mentions:  wordList[sender.TargetKind](m.GetMentions()),
		Limits:    unlist(m.GetLimits(), fromLimit),
		Repeat:    fromRepeat(m.GetRepeat()),
		Errors:    unlist(m.GetErrors(), fromMeaning),
		Docs:      m.GetDocs(),
		Batch:     int(m.GetBatch()),
		RecallFor: time.Duration(m.GetRecallForNs()),
		Rings:     m.GetRings(),
		Logo:      m.GetLogo(),
	}
	for _, d := range m.GetTrackNs() {
		out.Track = append(out.Track, time.Duration(d))
	}
	if len(m.GetUrgeRepeat()) > 0 {
		out.UrgeRepeat = make(map[sender.UrgeMode]sender.Repeat, len(m.GetUrgeRepeat()))
		for mode, r := range m.GetUrgeRepeat() {
			out.UrgeRepeat[sender.UrgeMode(mode)] = fromRepeat(r)
		}
	}
	return out
}

func toField(f *sender.Field) *corepb.Field {
	return &corepb.Field{
		Name:     valid(f.Name),
		Label:    toText(&f.Label),
		Help:     toText(&f.Help),
		Kind:     valid(f.Kind),
		Secret:   f.Secret,
		Required: f.Required,
		Default:  valid(f.Default),
		Enum:     validList(f.Enum),
	}
}

func fromField(f *corepb.Field) sender.Field {
	return sender.Field{
		Name:     f.GetName(),
		Label:    fromText(f.GetLabel()),
		Help:     fromText(f.GetHelp()),
		Kind:     sender.FieldKind(f.GetKind()),
		Secret:   f.GetSecret(),
		Required: f.GetRequired(),
		Default:  f.GetDefault(),
		Enum:     wordList[string](f.GetEnum()),
	}
}

func toLimit(l *sender.Limit) *corepb.Limit {
	return &corepb.Limit{
		Scope: valid(l.Scope),
		Count: int64(l.Count),
		PerNs: int64(l.Per),
		Ops:   validList(l.Ops),
		Kind:  valid(l.Kind),
	}
}

func fromLimit(l *corepb.Limit) sender.Limit {
	return sender.Limit{
		Scope: sender.Scope(l.GetScope()),
		Count: int(l.GetCount()),
		Per:   time.Duration(l.GetPerNs()),
		Ops:   wordList[sender.Op](l.GetOps()),
		Kind:  sender.LimitKind(l.GetKind()),
	}
}

func toRepeat(r sender.Repeat) *corepb.Repeat {
	return &corepb.Repeat{Kind: valid(r.Kind), ForNs: int64(r.For)}
}

func fromRepeat(r *corepb.Repeat) sender.Repeat {
	return sender.Repeat{Kind: sender.RepeatKind(r.GetKind()), For: time.Duration(r.GetForNs())}
}

func toMeaning(c *sender.CodeMeaning) *corepb.CodeMeaning {
	return &corepb.CodeMeaning{
		Code:    valid(c.Code),
		Class:   int32(c.Class),
		Reason:  valid(c.Reason),
		AfterNs: int64(c.After),
		Title:   toText(&c.Title),
		Hint:    toText(&c.Hint),
	}
}

func fromMeaning(c *corepb.CodeMeaning) sender.CodeMeaning {
	return sender.CodeMeaning{
		Code:   c.GetCode(),
		Class:  fromClass(c.GetClass()),
		Reason: sender.Reason(c.GetReason()),
		After:  time.Duration(c.GetAfterNs()),
		Title:  fromText(c.GetTitle()),
		Hint:   fromText(c.GetHint()),
	}
}
