package message

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// severityWord is how people call a severity.
func severityWord(s alert.Severity, l lang.Language) string {
	switch s {
	case alert.Critical:
		return lang.Text{ZH: "严重", EN: "CRITICAL"}.In(l)
	case alert.High:
		return lang.Text{ZH: "高", EN: "HIGH"}.In(l)
	case alert.Warning:
		return lang.Text{ZH: "警告", EN: "WARNING"}.In(l)
	case alert.Info:
		return lang.Text{ZH: "提示", EN: "INFO"}.In(l)
	case alert.None:
		fallthrough
	default:
		return lang.Text{ZH: "未分级", EN: "NONE"}.In(l)
	}
}

// duration words d with its two largest units; empty when d is negative.
func duration(d time.Duration, l lang.Language) string {
	day, h, m, s := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60, int(d/time.Second)%60
	zh := l != lang.English
	switch {
	case d < 0:
		return ""
	case d < time.Minute && zh:
		return fmt.Sprintf("%d 秒", s)
	case d < time.Minute:
		return fmt.Sprintf("%d s", s)
	case d < time.Hour && zh:
		return fmt.Sprintf("%d 分钟", m)
	case d < time.Hour:
		return fmt.Sprintf("%d min", m)
	case day == 0 && zh:
		return fmt.Sprintf("%d 小时", h) + unless(m, fmt.Sprintf(" %d 分", m))
	case day == 0:
		return fmt.Sprintf("%dh", h) + unless(m, fmt.Sprintf("%dm", m))
	case zh:
		return fmt.Sprintf("%d 天", day) + unless(h, fmt.Sprintf(" %d 小时", h))
	default:
		return fmt.Sprintf("%dd", day) + unless(h, fmt.Sprintf("%dh", h))
	}
}

func unless(zero int, s string) string {
	if zero == 0 {
		return ""
	}
	return s
}

// zone names the offset of t as UTC+8, which unlike CST or IST means one thing only.
func zone(t time.Time) string {
	_, offset := t.Zone()
	minutes := offset / 60
	if minutes == 0 {
		return "UTC"
	}
	sign := "+"
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	out := "UTC" + sign + strconv.Itoa(minutes/60)
	if minutes%60 != 0 {
		out += fmt.Sprintf(":%02d", minutes%60)
	}
	return out
}

// clock is the moment that sentences are worded at.
type clock struct {
	now      time.Time
	location *time.Location
	language lang.Language
}

// sane tells whether t may be the time of an alert: systems send zero times, and years 1 and 9999.
func (c clock) sane(t time.Time) bool {
	return t.Year() >= 1990 && t.Before(c.now.Add(48*time.Hour))
}

// when says since when and how long an alert fires, or fired.
func (c clock) when(a *alert.Alert, meanwhile bool) string {
	if a.Status == alert.Firing {
		if !c.sane(a.StartsAt) {
			return ""
		}
		since := c.in(a.StartsAt)
		day := since.Format(time.DateTime) + " " + zone(since)
		long := ""
		if lasted := c.now.Sub(a.StartsAt); lasted >= time.Second {
			long = duration(lasted, c.language)
		}
		if c.language == lang.English {
			return "since " + day + prefixed(", for ", long)
		}
		return day + " 起" + prefixed("，已持续 ", long)
	}
	var parts []string
	long := ""
	if c.sane(a.StartsAt) && c.sane(a.EndsAt) {
		long = duration(a.EndsAt.Sub(a.StartsAt), c.language)
	}
	if meanwhile {
		parts = append(parts,
			lang.Text{ZH: "期间已触发并恢复", EN: "fired and resolved meanwhile"}.In(c.language),
			prefixed(c.only("持续 "), long))
	}
	parts = append(parts, c.span(a))
	if !meanwhile {
		parts = append(parts, prefixed(lang.Text{ZH: "持续 ", EN: "lasted "}.In(c.language), long))
	}
	return joinFilled(parts, lang.Text{ZH: "，", EN: ", "}.In(c.language))
}

// span is from when to when an alert fired.
func (c clock) span(a *alert.Alert) string {
	starts, ends := c.sane(a.StartsAt), c.sane(a.EndsAt) && !a.EndsAt.Before(a.StartsAt)
	from, to := c.in(a.StartsAt), c.in(a.EndsAt)
	switch {
	case starts && ends:
		layout := time.DateTime
		if y, m, d := from.Date(); sameDay(to, y, m, d) {
			layout = time.TimeOnly
		}
		out := from.Format(time.DateTime) + lang.Text{ZH: " 至 ", EN: " to "}.In(c.language) + to.Format(layout)
		if zone(from) == zone(to) {
			return out + " " + zone(to)
		}
		return from.Format(time.DateTime) + " " + zone(from) + lang.Text{ZH: " 至 ", EN: " to "}.In(c.language) + to.Format(layout) + " " + zone(to)
	case starts:
		return lang.Text{ZH: "触发于 ", EN: "fired at "}.In(c.language) + from.Format(time.DateTime) + " " + zone(from)
	case ends:
		return lang.Text{ZH: "恢复于 ", EN: "resolved at "}.In(c.language) + to.Format(time.DateTime) + " " + zone(to)
	default:
		return ""
	}
}

func sameDay(t time.Time, year int, month time.Month, day int) bool {
	y, m, d := t.Date()
	return y == year && m == month && d == day
}

func (c clock) in(t time.Time) time.Time {
	if c.location == nil {
		return t.UTC()
	}
	return t.In(c.location)
}

// only is s in Chinese and nothing in English.
func (c clock) only(zh string) string {
	if c.language == lang.English {
		return ""
	}
	return zh
}

// prefixed is empty when s is.
func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func joinFilled(parts []string, by string) string {
	filled := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			filled = append(filled, p)
		}
	}
	return strings.Join(filled, by)
}

// LeftOut words what the message leaves out; empty if it leaves out nothing.
func (m Message) LeftOut() string {
	if m.MoreNote != "" || m.More <= 0 {
		return m.MoreNote
	}
	return lang.Text{
		ZH: fmt.Sprintf("另有 %d 条未列出", m.More),
		EN: fmt.Sprintf("%d more are not listed", m.More),
	}.In(m.Language)
}
