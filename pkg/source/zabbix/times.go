package zabbix

import (
	"strconv"
	"time"
)

// times are when an event began and ended; zero where that is not known.
type times struct{ started, ended time.Time }

func noTime() time.Time { return time.Time{} }

// clockLayout is how Zabbix writes a date and a time.
const clockLayout = "2006.01.02 15:04:05"

// times reads an event's times. Zabbix writes them in the time zone of whoever is notified, and does not say which:
// since the present is told both in that zone and as seconds since 1970, the zone falls out of the difference.
// Without that, as in a template of one's own, this machine's zone is taken.
func (r reading) times() times {
	t := times{started: r.moment("date", "time"), ended: r.moment("recovery_date", "recovery_time")}
	if s, ok := seconds(r.facts["timestamp"]); ok {
		t.started = s
	}
	return t
}

func (r reading) moment(date, clock string) time.Time {
	at, err := time.Parse(clockLayout, r.facts[date]+" "+r.facts[clock])
	if err != nil {
		return time.Time{}
	}
	now, known := seconds(r.facts["now"])
	there, err := time.Parse(clockLayout, r.facts["now_date"]+" "+r.facts["now_time"])
	if known && err == nil {
		return now.Add(at.Sub(there)).UTC()
	}
	local, err := time.ParseInLocation(clockLayout, r.facts[date]+" "+r.facts[clock], time.Local) //nolint:gosmopolitan // Zabbix and Yunluo share the machine, and so its zone.
	if err != nil {
		return time.Time{}
	}
	return local.UTC()
}

// seconds reads a time as seconds since 1970, within years that can be written again.
func seconds(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > 32_503_680_000 {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}
