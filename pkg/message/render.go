package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// noteLen bounds what a note quotes of an error, in characters.
const noteLen = 300

// rendering fills the fields of one message.
type rendering struct {
	templates *Templates
	facts     *facts
	style     Style
	opts      ComposeOptions
	data      *Data
	notes     []string
	// failed fields are not tried again for the other items, and deadlines run for all items of a field.
	failed    map[field]bool
	deadlines map[field]time.Time
}

// templated tells whether a field is filled by a user's template rather than by code.
func (r *rendering) templated(f field) bool {
	return r.style.text(f) != "" || r.templates.redefined[defaultName(r.style.Language, f)] != nil
}

// fill runs the user's template for a field, if there is one, and falls back to the default.
func (r *rendering) fill(f field, data func() any, byDefault string) string {
	if !r.templated(f) || r.failed[f] {
		return byDefault
	}
	out, err := r.execute(f, data())
	if err == nil && oneLine(out) == "" && (f == titleField || f == itemTitleField) {
		err = errEmpty
	}
	if err == nil {
		return out
	}
	if r.failed == nil {
		r.failed = make(map[field]bool)
	}
	r.failed[f] = true
	why := said(err)
	r.notes = append(r.notes, lang.Text{
		ZH: fmt.Sprintf("模板 %s 失败，已改用默认模板：%s", f, cut(why.ZH, noteLen)),
		EN: fmt.Sprintf("template %s failed and the default was used: %s", f, cut(why.EN, noteLen)),
	}.In(r.style.Language))
	return byDefault
}

func (r *rendering) execute(f field, data any) (string, error) {
	p := r.templates.redefined[defaultName(r.style.Language, f)]
	if text := r.style.text(f); text != "" {
		var err error
		if p, err = r.templates.program(text); err != nil {
			return "", err
		}
	}
	deadline, ok := r.deadlines[f]
	if !ok {
		if r.deadlines == nil {
			r.deadlines = make(map[field]time.Time)
		}
		deadline = time.Now().Add(maxRun)
		r.deadlines[f] = deadline
	}
	return p.run(data, deadline)
}

func (r *rendering) title() string {
	return r.fill(titleField, func() any { return r.groupData() }, r.facts.title())
}

func (r *rendering) summary() string {
	return r.fill(summaryField, func() any { return r.groupData() }, r.facts.text())
}

func (r *rendering) itemTitle(a *alert.Alert, byDefault string) string {
	return r.fill(itemTitleField, func() any {
		return r.itemData(a, byDefault, r.facts.itemText(a, true))
	}, byDefault)
}

// itemText repeats what all alerts say only if the summary does not say it.
func (r *rendering) itemText(a *alert.Alert) string {
	byDefault := r.facts.itemText(a, r.templated(summaryField) && !r.failed[summaryField])
	return r.fill(itemTextField, func() any {
		title, _ := r.facts.itemTitle(a)
		return r.itemData(a, title, byDefault)
	}, byDefault)
}

// title is what the default templates yunluo.zh.title and yunluo.en.title give; a test holds them together.
func (f *facts) title() string {
	zh := f.language != lang.English
	var b strings.Builder
	b.WriteByte('[')
	if f.test {
		b.WriteString(lang.Text{ZH: "测试·", EN: "TEST "}.In(f.language))
	}
	if f.status() == alert.Resolved {
		b.WriteString(lang.Text{ZH: "已恢复", EN: "RESOLVED"}.In(f.language))
	} else {
		b.WriteString(severityWord(f.group.Severity(), f.language))
	}
	b.WriteString("] ")
	b.WriteString(f.name())
	b.WriteString(prefixed(" · ", f.where()))
	if len(f.alerts) <= 1 && f.group.Truncated <= 0 {
		return b.String()
	}
	var counts []string
	for _, c := range []struct {
		n    int
		text lang.Text
	}{
		{f.firing, lang.Text{ZH: "触发 %d", EN: "firing %d"}},
		{f.resolved, lang.Text{ZH: "恢复 %d", EN: "resolved %d"}},
		{f.group.Truncated, lang.Text{ZH: "另有 %d", EN: "%d more"}},
	} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf(c.text.In(f.language), c.n))
		}
	}
	by := ", "
	if zh {
		by = " · "
	}
	b.WriteString(prefixed(" ", strings.Join(counts, by)))
	return b.String()
}
