package engine

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
)

// difference is what a state of a group tells that the one before it did not.
type difference struct {
	// fired is the worst severity among alerts that fire now and did not before, or not as badly, -1 without one.
	fired int
	// resolved and gone count alerts that fired before and now are resolved, or not mentioned.
	resolved, gone int
}

func (d difference) none() bool { return d.fired < 0 && d.resolved == 0 && d.gone == 0 }

// occurrence is one alert from one start: the same fingerprint may fire again later.
type occurrence struct {
	fingerprint string
	startsAt    int64
}

func occurrenceOf(a alert.Alert) occurrence {
	return occurrence{a.Fingerprint, a.StartsAt.UnixMilli()}
}

// diff compares two states by fingerprint, status and start; annotations do not count, since a
// value in a text changes with every evaluation. What was already told as resolved and is no
// longer mentioned is no difference: Alertmanager leaves it out of what follows.
func diff(old, now alert.Group) difference {
	d := difference{fired: -1}
	type known struct {
		status   alert.Status
		severity alert.Severity
	}
	before := make(map[occurrence]known, len(old.Alerts))
	for _, a := range old.Alerts {
		before[occurrenceOf(a)] = known{a.Status, a.Severity}
	}
	for _, a := range now.Alerts {
		o := occurrenceOf(a)
		was, found := before[o]
		delete(before, o)
		switch {
		case a.Status == alert.Firing && (!found || was.status != alert.Firing || a.Severity > was.severity):
			d.fired = max(d.fired, int(a.Severity))
		case a.Status == alert.Resolved && (!found || was.status == alert.Firing):
			d.resolved++
		}
	}
	for _, was := range before {
		if was.status == alert.Firing {
			d.gone++
		}
	}
	return d
}

// stale tells whether a firing state is older than what is known: each of its alerts was already
// resolved, from the very same start. Twins of a highly available source send such states late.
func stale(known, now alert.Group) bool {
	resolved := map[occurrence]bool{}
	for _, a := range known.Alerts {
		if a.Status == alert.Resolved {
			resolved[occurrenceOf(a)] = true
		}
	}
	for _, a := range now.Alerts {
		if !resolved[occurrenceOf(a)] {
			return false
		}
	}
	return len(now.Alerts) > 0
}

// fires tells whether any alert of a group does.
func fires(g alert.Group) bool {
	for _, a := range g.Alerts {
		if a.Status == alert.Firing {
			return true
		}
	}
	return false
}

// severityOf reads a stored severity; what no version of ours stored counts as none.
func severityOf(n int) alert.Severity {
	if n < int(alert.None) || n > int(alert.Critical) {
		return alert.None
	}
	return alert.Severity(n)
}

func millis(t time.Time) int64 { return t.UnixMilli() }
