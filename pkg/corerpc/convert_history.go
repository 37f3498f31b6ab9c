package corerpc

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func toQuery(q *core.HistoryQuery) *corepb.HistoryQuery {
	return &corepb.HistoryQuery{
		Tenant:       valid(q.Tenant),
		Id:           valid(q.ID),
		GroupId:      valid(q.GroupID),
		ContactPoint: valid(q.ContactPoint),
		Account:      valid(q.Account),
		State:        valid(q.State),
		Search:       valid(q.Search),
		Since:        toTime(q.Since),
		Until:        toTime(q.Until),
		Limit:        int64(q.Limit),
		After:        valid(q.After),
	}
}

func fromQuery(q *corepb.HistoryQuery) core.HistoryQuery {
	return core.HistoryQuery{
		Tenant:       q.GetTenant(),
		ID:           q.GetId(),
		GroupID:      q.GetGroupId(),
		ContactPoint: q.GetContactPoint(),
		Account:      q.GetAccount(),
		State:        core.State(q.GetState()),
		Search:       q.GetSearch(),
		Since:        fromTime(q.GetSince()),
		Until:        fromTime(q.GetUntil()),
		Limit:        int(q.GetLimit()),
		After:        q.GetAfter(),
	}
}

func toPage(p *core.HistoryPage) *corepb.HistoryPage {
	return &corepb.HistoryPage{Deliveries: list(p.Deliveries, toDelivery), Next: valid(p.Next)}
}

func fromPage(p *corepb.HistoryPage) core.HistoryPage {
	return core.HistoryPage{Deliveries: unlist(p.GetDeliveries(), fromDelivery), Next: p.GetNext()}
}

func toDelivery(d *core.Delivery) *corepb.Delivery {
	return &corepb.Delivery{
		Id:           valid(d.ID),
		GroupId:      valid(d.GroupID),
		GroupKey:     valid(d.GroupKey),
		Source:       valid(d.Source),
		ContactPoint: valid(d.ContactPoint),
		Step:         int64(d.Step),
		Account:      valid(d.Account),
		Type:         valid(d.Type),
		Target:       valid(d.Target),
		Op:           valid(d.Op),
		Part:         int64(d.Part),
		Parts:        int64(d.Parts),
		Title:        valid(d.Title),
		Alerts:       validList(d.Alerts),
		Status:       valid(d.Status),
		Severity:     int32(d.Severity),
		State:        valid(d.State),
		Reason:       valid(d.Reason),
		Code:         valid(d.Code),
		Text:         valid(d.Text),
		Hint:         toText(&d.Hint),
		MessageId:    valid(d.MessageID),
		FoldedInto:   valid(d.FoldedInto),
		Refused:      list(d.Refused, toRefusal),
		Notes:        list(d.Notes, toNote),
		CreatedAt:    toTime(d.CreatedAt),
		FinishedAt:   toTime(d.FinishedAt),
		Attempts:     list(d.Attempts, toAttempt),
		Progress:     toProgress(d.Progress),
	}
}

func fromDelivery(d *corepb.Delivery) core.Delivery {
	return core.Delivery{
		ID:           d.GetId(),
		GroupID:      d.GetGroupId(),
		GroupKey:     d.GetGroupKey(),
		Source:       d.GetSource(),
		ContactPoint: d.GetContactPoint(),
		Step:         int(d.GetStep()),
		Account:      d.GetAccount(),
		Type:         d.GetType(),
		Target:       d.GetTarget(),
		Op:           sender.Op(d.GetOp()),
		Part:         int(d.GetPart()),
		Parts:        int(d.GetParts()),
		Title:        d.GetTitle(),
		Alerts:       wordList[string](d.GetAlerts()),
		Status:       alert.Status(d.GetStatus()),
		Severity:     fromSeverity(d.GetSeverity()),
		State:        core.State(d.GetState()),
		Reason:       sender.Reason(d.GetReason()),
		Code:         d.GetCode(),
		Text:         d.GetText(),
		Hint:         fromText(d.GetHint()),
		MessageID:    d.GetMessageId(),
		FoldedInto:   d.GetFoldedInto(),
		Refused:      unlist(d.GetRefused(), fromRefusal),
		Notes:        unlist(d.GetNotes(), fromText),
		CreatedAt:    fromTime(d.GetCreatedAt()),
		FinishedAt:   fromTime(d.GetFinishedAt()),
		Attempts:     unlist(d.GetAttempts(), fromAttempt),
		Progress:     fromProgress(d.GetProgress()),
	}
}

func toAttempt(a *core.Attempt) *corepb.Attempt {
	return &corepb.Attempt{
		At:        toTime(a.At),
		Op:        valid(a.Op),
		LatencyNs: int64(a.Latency),
		Outcome:   valid(a.Outcome),
		Reason:    valid(a.Reason),
		Code:      valid(a.Code),
		Text:      valid(a.Text),
		Hint:      toText(&a.Hint),
	}
}

func fromAttempt(a *corepb.Attempt) core.Attempt {
	return core.Attempt{
		At:      fromTime(a.GetAt()),
		Op:      sender.Op(a.GetOp()),
		Latency: time.Duration(a.GetLatencyNs()),
		Outcome: a.GetOutcome(),
		Reason:  sender.Reason(a.GetReason()),
		Code:    a.GetCode(),
		Text:    a.GetText(),
		Hint:    fromText(a.GetHint()),
	}
}

func toRefusal(r *sender.Refusal) *corepb.Refusal {
	return &corepb.Refusal{
		Target: toTarget(&r.Target),
		Reason: valid(r.Reason),
		Code:   valid(r.Code),
		Text:   valid(r.Text),
		Hint:   toText(&r.Hint),
	}
}

func fromRefusal(r *corepb.Refusal) sender.Refusal {
	return sender.Refusal{
		Target: fromTarget(r.GetTarget()),
		Reason: sender.Reason(r.GetReason()),
		Code:   r.GetCode(),
		Text:   r.GetText(),
		Hint:   fromText(r.GetHint()),
	}
}

func toTarget(t *sender.Target) *corepb.Target {
	out := &corepb.Target{Kind: valid(t.Kind), Value: valid(t.Value)}
	if t.Person != nil {
		out.Person = toPerson(t.Person)
	}
	return out
}

func fromTarget(t *corepb.Target) sender.Target {
	out := sender.Target{Kind: sender.TargetKind(t.GetKind()), Value: t.GetValue()}
	if p := t.GetPerson(); p != nil {
		person := fromPerson(p)
		out.Person = &person
	}
	return out
}

func toPerson(p *sender.Person) *corepb.Person {
	return &corepb.Person{
		Name:   valid(p.Name),
		Title:  valid(p.Title),
		Email:  valid(p.Email),
		Mobile: valid(p.Mobile),
		Ids:    toPairs(p.IDs),
	}
}

func fromPerson(p *corepb.Person) sender.Person {
	return sender.Person{
		Name:   p.GetName(),
		Title:  p.GetTitle(),
		Email:  p.GetEmail(),
		Mobile: p.GetMobile(),
		IDs:    fromPairs(p.GetIds()),
	}
}

func toProgress(p *sender.Progress) *corepb.Progress {
	if p == nil {
		return nil
	}
	return &corepb.Progress{
		Fate: valid(p.Fate), Final: p.Final, Code: valid(p.Code), Text: valid(p.Text), Hint: toText(&p.Hint),
		Readers: validList(p.Readers),
	}
}

func fromProgress(p *corepb.Progress) *sender.Progress {
	if p == nil {
		return nil
	}
	return &sender.Progress{
		Fate: sender.Fate(p.GetFate()), Final: p.GetFinal(), Code: p.GetCode(), Text: p.GetText(), Hint: fromText(p.GetHint()),
		Readers: wordList[string](p.GetReaders()),
	}
}
