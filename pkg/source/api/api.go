// Package api reads Yunluo's own small alert JSON, which scripts and other systems post.
//
// The smallest body is {"title": "disk is full"}. A group of several alerts lists them in "alerts";
// what stands beside the list then holds for each of them. Every field is optional but title:
//
//	key          names the thing that alerts, the same when it is resolved; default: from title and labels
//	event_key    names this very event: a second post with the same one is a duplicate
//	status       firing (default) or resolved
//	title        what happened, one line; a resolved one may give only its key
//	text         more about it
//	severity     critical, high, warning, info, none, or a value from labels.severity_values
//	labels       object of text, numbers or booleans, as annotations is
//	starts_at    RFC 3339 time; ends_at too, only for a resolved one
//	value        the measured value, text or number
//	links        object: runbook, dashboard, panel, silence, source → address
//	alerts       list of objects with all of these fields but event_key and alerts
package api

import (
	"maps"
	"strconv"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// Kind is the kind of the groups that Decode gives.
const Kind = "api"

const (
	titleLabel     = "alertname"
	textAnnotation = "description"
	titleNote      = "summary"
)

// item is a whole post, and an alert in its list; the last two fields are a post's alone.
type item struct {
	Key         string            `json:"key"`
	Status      string            `json:"status"`
	Title       string            `json:"title"`
	Text        string            `json:"text"`
	Severity    string            `json:"severity"`
	Labels      map[string]any    `json:"labels"`
	Annotations map[string]any    `json:"annotations"`
	StartsAt    string            `json:"starts_at"`
	EndsAt      string            `json:"ends_at"`
	Value       any               `json:"value"`
	Links       map[string]string `json:"links"`
	EventKey    string            `json:"event_key"`
	Alerts      []item            `json:"alerts"`
}

// Decode reads one post, strictly: an unknown field is an error that names the nearest right one.
// The group's Source is left empty, and an alert's StartsAt is zero where the post has none. Its
// errors are *source.Error and so Is core.ErrInvalid.
func Decode(body []byte, labels config.Labels, defaults config.Defaults) (alert.Group, error) {
	var p item
	if err := source.UnmarshalStrict(body, &p, expected()); err != nil {
		if unknown := unknownFields(body); unknown != nil {
			return alert.Group{}, unknown
		}
		return alert.Group{}, err
	}
	r := reader{labels: labels, defaults: defaults}
	if len(p.Alerts) == 0 {
		return r.single(&p)
	}
	return r.list(&p, body)
}

func expected() lang.Text {
	return lang.Text{
		ZH: `一个 JSON 对象，例如 {"title":"磁盘快满了","severity":"critical"}`,
		EN: `one JSON object such as {"title":"disk is full","severity":"critical"}`,
	}
}

type reader struct {
	labels   config.Labels
	defaults config.Defaults
}

func (r reader) single(p *item) (alert.Group, error) {
	a, err := r.alert(p, item{}, "")
	if err != nil {
		return alert.Group{}, err
	}
	key := p.Key
	if key == "" {
		key = a.Fingerprint
	}
	return alert.Group{
		Kind: Kind, Key: key, EventKey: p.EventKey, Status: a.Status,
		Alerts:       []alert.Alert{a},
		GroupLabels:  map[string]string{titleLabel: a.Labels[titleLabel]},
		CommonLabels: maps.Clone(a.Labels), CommonAnnotations: maps.Clone(a.Annotations),
	}, nil
}

func (r reader) list(p *item, body []byte) (alert.Group, error) {
	shared, err := scalars(p.Labels, "labels")
	if err != nil {
		return alert.Group{}, err
	}
	if p.Title != "" && shared[titleLabel] == "" {
		shared[titleLabel] = p.Title
	}
	g := alert.Group{Kind: Kind, Key: p.Key, EventKey: p.EventKey, Status: alert.Resolved}
	if g.Key == "" {
		if len(shared) == 0 {
			return alert.Group{}, source.Invalid(
				"有 alerts 时必须有 key（或顶层的 title、labels），以后的请求才能认出是同一组告警",
				"with alerts, key is needed (or a title or labels beside the list), so that later posts find the same group")
		}
		g.Key = source.Fingerprint(shared)
	}
	if p.Title != "" {
		g.GroupLabels = map[string]string{titleLabel: p.Title}
	}
	g.Alerts = make([]alert.Alert, len(p.Alerts))
	for i := range p.Alerts {
		if p.Alerts[i].EventKey != "" || p.Alerts[i].Alerts != nil {
			return alert.Group{}, unknownFields(body)
		}
		if g.Alerts[i], err = r.alert(&p.Alerts[i], *p, "alerts["+strconv.Itoa(i)+"]."); err != nil {
			return alert.Group{}, err
		}
		if g.Alerts[i].Status == alert.Firing {
			g.Status = alert.Firing
		}
	}
	g.CommonLabels, g.CommonAnnotations = maps.Clone(g.Alerts[0].Labels), maps.Clone(g.Alerts[0].Annotations)
	for _, a := range g.Alerts[1:] {
		keepCommon(g.CommonLabels, a.Labels)
		keepCommon(g.CommonAnnotations, a.Annotations)
	}
	return g, nil
}

func keepCommon(common, other map[string]string) {
	maps.DeleteFunc(common, func(k, v string) bool {
		o, ok := other[k]
		return !ok || o != v
	})
}
