package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// alert reads one item; base is what stands beside the list and holds where the item says nothing.
// at is the item's path in sentences.
func (r reader) alert(it *item, base item, at string) (alert.Alert, error) {
	inherit(it, &base)
	a := alert.Alert{Status: alert.Firing}
	var err error
	if a.Labels, err = mergedScalars(base.Labels, it.Labels, at+"labels"); err != nil {
		return a, err
	}
	if a.Annotations, err = mergedScalars(base.Annotations, it.Annotations, at+"annotations"); err != nil {
		return a, err
	}
	if a.Status, err = status(it.Status, at); err != nil {
		return a, err
	}
	if err = titled(&a, it, at); err != nil {
		return a, err
	}
	if a.Severity, err = r.severity(it.Severity, a.Labels, at); err != nil {
		return a, err
	}
	if a.StartsAt, err = moment(at+"starts_at", it.StartsAt); err != nil {
		return a, err
	}
	if a.EndsAt, err = moment(at+"ends_at", it.EndsAt); err != nil {
		return a, err
	}
	if a.Status == alert.Firing && !a.EndsAt.IsZero() {
		return a, source.Invalid(
			at+"ends_at 只用于已恢复的告警；请加上 \"status\": \"resolved\"，或去掉 ends_at",
			at+"ends_at is only for an alert that is over; add \"status\": \"resolved\" or leave ends_at out")
	}
	if a.Links, err = links(it.Links, at); err != nil {
		return a, err
	}
	if l := slices.IndexFunc(a.Links, func(l alert.Link) bool { return l.Kind == alert.Source }); l >= 0 {
		a.GeneratorURL = a.Links[l].URL
	}
	if a.Value, err = scalar(it.Value, at+"value"); err != nil {
		return a, err
	}
	return a, nil
}

func inherit(it, base *item) {
	for _, f := range []struct{ to, from *string }{
		{&it.Status, &base.Status},
		{&it.Title, &base.Title},
		{&it.Text, &base.Text},
		{&it.Severity, &base.Severity},
		{&it.StartsAt, &base.StartsAt},
		{&it.EndsAt, &base.EndsAt},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	if it.Value == nil {
		it.Value = base.Value
	}
	if it.Links == nil {
		it.Links = base.Links
	}
}

// titled puts title and text where every other source has them, and computes the fingerprint.
func titled(a *alert.Alert, it *item, at string) error {
	title := it.Title
	if title == "" && a.Status == alert.Resolved {
		title = it.Key
	}
	switch {
	case a.Labels[titleLabel] == "" && strings.TrimSpace(title) == "":
		return source.Invalid(
			at+`title 缺失：用一行说明发生了什么，例如 {"title":"磁盘快满了"}`,
			at+`title is missing: say in one line what happened, such as {"title":"disk is full"}`)
	case a.Labels[titleLabel] == "":
		a.Labels[titleLabel] = title
	case title != "" && a.Annotations[titleNote] == "":
		a.Annotations[titleNote] = title
	}
	if it.Text != "" && a.Annotations[textAnnotation] == "" {
		a.Annotations[textAnnotation] = it.Text
	}
	switch {
	case it.Key != "":
		a.Fingerprint = source.Fingerprint(map[string]string{"key": it.Key})
	case title != "" && title != a.Labels[titleLabel]:
		// The same name stands for many things: the title says which.
		named := maps.Clone(a.Labels)
		named[""] = title
		a.Fingerprint = source.Fingerprint(named)
	default:
		a.Fingerprint = source.Fingerprint(a.Labels)
	}
	return nil
}

func status(value, at string) (alert.Status, error) {
	switch value {
	case "", string(alert.Firing):
		return alert.Firing, nil
	case string(alert.Resolved):
		return alert.Resolved, nil
	}
	return "", source.Invalid(
		at+"status 是 "+source.Quote(value)+"，应为 firing 或 resolved",
		at+"status is "+source.Quote(value)+" and should be firing or resolved")
}

func (r reader) severity(value string, labels map[string]string, at string) (alert.Severity, error) {
	if value == "" {
		return source.Severity(labels, r.labels, r.defaults.Severity), nil
	}
	if s, ok := source.ParseSeverity(value, r.labels); ok {
		return s, nil
	}
	var names []string
	for _, s := range alert.Severities() {
		names = append(names, s.String())
	}
	names = append(names, slices.Sorted(maps.Keys(r.labels.SeverityValues))...)
	list := strings.Join(names, ", ")
	return alert.None, source.Invalid(
		at+"severity 是 "+source.Quote(value)+"，应为其中之一："+list,
		at+"severity is "+source.Quote(value)+" and should be one of "+list)
}

func moment(field, value string) (time.Time, error) {
	t, ok := source.ParseTime(value)
	if ok {
		return t, nil
	}
	return t, source.Invalid(
		field+" 是 "+source.Quote(value)+"，应为 RFC 3339 时间，如 2026-11-22T20:46:17+08:00",
		field+" is "+source.Quote(value)+" and should be an RFC 3339 time such as 2026-11-22T20:46:17+08:00")
}

func links(from map[string]string, at string) ([]alert.Link, error) {
	kinds := []alert.LinkKind{alert.Runbook, alert.Dashboard, alert.Panel, alert.Silence, alert.Source}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		field := at + "links." + name
		if !slices.Contains(kinds, alert.LinkKind(name)) {
			var names []string
			for _, k := range kinds {
				names = append(names, string(k))
			}
			return nil, unknown(field, name, names)
		}
		if from[name] != "" && !source.IsWebURL(from[name]) {
			return nil, source.Invalid(
				field+" 是 "+source.Quote(from[name])+"，应为以 http:// 或 https:// 开头、不含空格的完整地址",
				field+" is "+source.Quote(from[name])+" and should be a whole address with http:// or https:// and no blanks")
		}
	}
	var out []alert.Link
	for _, kind := range kinds {
		out = source.AppendLink(out, kind, from[string(kind)])
	}
	return out, nil
}

// mergedScalars is never nil, and shares nothing with other alerts.
func mergedScalars(base, own map[string]any, at string) (map[string]string, error) {
	merged, err := scalars(own, at)
	if err != nil {
		return nil, err
	}
	below, err := scalars(base, at)
	if err != nil {
		return nil, err
	}
	for name, value := range below {
		if _, ok := merged[name]; !ok {
			merged[name] = value
		}
	}
	return merged, nil
}

func scalars(from map[string]any, at string) (map[string]string, error) {
	out := make(map[string]string, len(from)+1)
	for name, v := range from {
		s, err := scalar(v, at+"["+source.Quote(name)+"]")
		if err != nil {
			return nil, err
		}
		out[name] = s
	}
	return out, nil
}

func scalar(v any, at string) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", source.Invalid(
		at+" 是对象或数组，应为文本、数字或布尔值",
		at+" is an object or a list and should be text, a number or true or false")
}
