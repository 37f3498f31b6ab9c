package message

import (
	"maps"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
)

// Merge folds successive states of one group, the oldest first, none of which was told yet, into the
// newest. An alert has its newest status; one that the newest state no longer has is kept as it was
// last known. Meanwhile has the fingerprints of those that fired in one state and ended resolved in a
// later one. It does not change its input.
func Merge(states []alert.Group) (merged alert.Group, meanwhile map[string]bool) {
	if len(states) == 0 {
		return alert.Group{}, nil
	}
	merged = states[len(states)-1]
	if len(states) == 1 {
		return merged, nil
	}
	last := make(map[string]alert.Alert)
	fired := make(map[string]bool)
	var order []string
	for _, state := range slices.Backward(states) {
		for _, a := range state.Alerts {
			id := identity(&a)
			known, ok := last[id]
			if !ok {
				last[id] = a
				order = append(order, id)
			} else if a.Status == alert.Firing && known.Status == alert.Resolved {
				fired[id] = true
			}
		}
	}
	merged.Alerts = make([]alert.Alert, 0, len(order))
	merged.Status = alert.Resolved
	for _, id := range order {
		a := last[id]
		merged.Alerts = append(merged.Alerts, a)
		if a.Status == alert.Firing {
			merged.Status = alert.Firing
		}
		if fired[id] && a.Fingerprint != "" {
			if meanwhile == nil {
				meanwhile = make(map[string]bool)
			}
			meanwhile[a.Fingerprint] = true
		}
	}
	if len(merged.Alerts) == 0 {
		merged.Status = states[len(states)-1].Status
	}
	if len(merged.Alerts) > len(states[len(states)-1].Alerts) {
		all := pointers(merged.Alerts)
		merged.CommonLabels = common(all, func(a *alert.Alert) map[string]string { return a.Labels })
		merged.CommonAnnotations = common(all, func(a *alert.Alert) map[string]string { return a.Annotations })
	}
	return merged, meanwhile
}

// identity is an alert's fingerprint, or its labels when a source gives none.
func identity(a *alert.Alert) string {
	if a.Fingerprint != "" {
		return a.Fingerprint
	}
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(a.Labels)) {
		b.WriteString("\x00" + k + "\x00" + a.Labels[k])
	}
	return b.String()
}

func pointers(alerts []alert.Alert) []*alert.Alert {
	out := make([]*alert.Alert, len(alerts))
	for i := range alerts {
		out[i] = &alerts[i]
	}
	return out
}
