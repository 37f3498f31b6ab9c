package api

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// maxNamed bounds how many unknown fields one answer names.
const maxNamed = 5

// unknownFields names every field that a body should not have, or gives nil. It runs only when
// something is wrong, so it may read the body again.
func unknownFields(body []byte) error {
	// What cannot be read at all has no unknown field: top stays empty.
	var top map[string]json.RawMessage
	_ = json.Unmarshal(body, &top)
	if _, ok := top["groupKey"]; ok {
		return foreign(top)
	}
	var faults []*source.Error
	add := func(at string, names, known []string) {
		for _, name := range names {
			if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
				faults = append(faults, unknown(at+name, name, known))
			}
		}
	}
	add("", slices.Sorted(maps.Keys(top)), fieldNames())
	inList := slices.DeleteFunc(fieldNames(), func(n string) bool { return n == "event_key" || n == "alerts" })
	var items []map[string]json.RawMessage
	if json.Unmarshal(top["alerts"], &items) == nil {
		for i, it := range items {
			add("alerts["+strconv.Itoa(i)+"].", slices.Sorted(maps.Keys(it)), inList)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	var zh, en []string
	for _, f := range faults[:min(len(faults), maxNamed)] {
		zh, en = append(zh, f.Text.ZH), append(en, f.Text.EN)
	}
	if more := len(faults) - maxNamed; more > 0 {
		zh, en = append(zh, "另有 "+strconv.Itoa(more)+" 个"), append(en, strconv.Itoa(more)+" more")
	}
	return source.Invalid(strings.Join(zh, "；"), strings.Join(en, "; "))
}

// foreign tells a caller whose system's webhook came to our own path where it belongs.
func foreign(top map[string]json.RawMessage) error {
	if string(top["version"]) == `"1"` || top["state"] != nil {
		return source.Invalid(
			"这是 Grafana 的请求体；请发到 /api/v1/grafana/{联络点}",
			"this is Grafana's body; post it to /api/v1/grafana/{contact_point}")
	}
	return source.Invalid(
		"这是 Alertmanager 的请求体；请发到 /api/v1/alertmanager/{联络点}",
		"this is Alertmanager's body; post it to /api/v1/alertmanager/{contact_point}")
}

func unknown(field, name string, known []string) *source.Error {
	var e source.Error
	e.Text.ZH, e.Text.EN = "没有 "+source.Quote(field)+" 这个字段", "there is no field "+source.Quote(field)
	if near := source.Nearest(name, known); len(near) > 0 {
		e.Text.ZH += "，是否想写 " + near[0] + "？"
		e.Text.EN += ", did you mean " + near[0] + "?"
		return &e
	}
	list := strings.Join(known, ", ")
	e.Text.ZH += "，可用的有 " + list
	e.Text.EN += ", use " + list
	return &e
}

func fieldNames() []string {
	var names []string
	for f := range reflect.TypeFor[item]().Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	return names
}
