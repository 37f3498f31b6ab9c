package corerpc

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
)

func toSubmission(s *core.Submission) *corepb.Submission {
	return &corepb.Submission{
		Tenant:       valid(s.Tenant),
		ContactPoint: valid(s.ContactPoint),
		Group:        toGroup(&s.Group),
		WaitNs:       int64(s.Wait),
		Told:         list(s.Told, toTold),
	}
}

func fromSubmission(s *corepb.Submission) core.Submission {
	return core.Submission{
		Tenant:       s.GetTenant(),
		ContactPoint: s.GetContactPoint(),
		Group:        fromGroup(s.GetGroup()),
		Wait:         time.Duration(s.GetWaitNs()),
		Told:         unlist(s.GetTold(), fromTold),
	}
}

func toTold(t *core.Told) *corepb.Told {
	return &corepb.Told{Account: valid(t.Account), Target: valid(t.Target), Receipt: t.Receipt}
}

func fromTold(t *corepb.Told) core.Told {
	return core.Told{Account: t.GetAccount(), Target: t.GetTarget(), Receipt: t.GetReceipt()}
}

func toGroup(g *alert.Group) *corepb.Group {
	return &corepb.Group{
		Source:            valid(g.Source),
		Kind:              valid(g.Kind),
		Key:               valid(g.Key),
		EventKey:          valid(g.EventKey),
		Receiver:          valid(g.Receiver),
		Status:            valid(g.Status),
		Alerts:            list(g.Alerts, toAlert),
		GroupLabels:       toPairs(g.GroupLabels),
		CommonLabels:      toPairs(g.CommonLabels),
		CommonAnnotations: toPairs(g.CommonAnnotations),
		ExternalUrl:       valid(g.ExternalURL),
		Truncated:         int64(g.Truncated),
		Single:            g.Single,
		Update:            g.Update,
	}
}

func fromGroup(g *corepb.Group) alert.Group {
	return alert.Group{
		Source:            g.GetSource(),
		Kind:              g.GetKind(),
		Key:               g.GetKey(),
		EventKey:          g.GetEventKey(),
		Receiver:          g.GetReceiver(),
		Status:            alert.Status(g.GetStatus()),
		Alerts:            unlist(g.GetAlerts(), fromAlert),
		GroupLabels:       fromPairs(g.GetGroupLabels()),
		CommonLabels:      fromPairs(g.GetCommonLabels()),
		CommonAnnotations: fromPairs(g.GetCommonAnnotations()),
		ExternalURL:       g.GetExternalUrl(),
		Truncated:         int(g.GetTruncated()),
		Single:            g.GetSingle(),
		Update:            g.GetUpdate(),
	}
}

func toAlert(a *alert.Alert) *corepb.Alert {
	return &corepb.Alert{
		Fingerprint:  valid(a.Fingerprint),
		Status:       valid(a.Status),
		Severity:     int32(a.Severity),
		Labels:       toPairs(a.Labels),
		Annotations:  toPairs(a.Annotations),
		StartsAt:     toTime(a.StartsAt),
		EndsAt:       toTime(a.EndsAt),
		GeneratorUrl: valid(a.GeneratorURL),
		Links:        list(a.Links, toLink),
		Value:        valid(a.Value),
	}
}

func fromAlert(a *corepb.Alert) alert.Alert {
	return alert.Alert{
		Fingerprint:  a.GetFingerprint(),
		Status:       alert.Status(a.GetStatus()),
		Severity:     fromSeverity(a.GetSeverity()),
		Labels:       fromPairs(a.GetLabels()),
		Annotations:  fromPairs(a.GetAnnotations()),
		StartsAt:     fromTime(a.GetStartsAt()),
		EndsAt:       fromTime(a.GetEndsAt()),
		GeneratorURL: a.GetGeneratorUrl(),
		Links:        unlist(a.GetLinks(), fromLink),
		Value:        a.GetValue(),
	}
}

func toLink(l *alert.Link) *corepb.Link {
	return &corepb.Link{Kind: valid(l.Kind), Url: valid(l.URL)}
}

func fromLink(l *corepb.Link) alert.Link {
	return alert.Link{Kind: alert.LinkKind(l.GetKind()), URL: l.GetUrl()}
}
