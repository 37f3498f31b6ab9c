// Package sms has what every service for SMS and voice shares: the variables of approved templates, what may be in
// them, and what a message costs.
package sms

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
)

// The pieces of a message that a variable can hold.
const (
	PieceMessage  = "message"
	PieceTitle    = "title"
	PieceSummary  = "summary"
	PieceSeverity = "severity"
	PieceStatus   = "status"
	PieceCount    = "count"
	PieceAlert    = "alert"
	PieceText     = "text"
	PieceWhen     = "when"
	// labelPrefix leads to a label or field by its name; fixedPrefix to words that never change.
	labelPrefix = "label."
	fixedPrefix = "="
)

// pieces lists them for people.
func pieces() []string {
	return []string{PieceMessage, PieceTitle, PieceSummary, PieceSeverity, PieceStatus, PieceCount, PieceAlert, PieceText, PieceWhen}
}

// Plan says what each variable of a template holds, in the template's order.
type Plan []Variable

// Variable is one of them.
type Variable struct{ Name, Piece string }

// ParsePlan reads lines such as "name: title". Its error names the line and what may stand there.
func ParsePlan(s string) (Plan, error) {
	var p Plan
	var faults []error
	for i, line := range strings.Split(s, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, piece, found := strings.Cut(line, ":")
		v := Variable{strings.TrimSpace(name), strings.TrimSpace(piece)}
		switch {
		case !found || v.Name == "" || strings.ContainsAny(v.Name, " {}$\""):
			faults = append(faults, lang.Wrong("第 %d 行：写变量名、冒号和内容，例如 \"name: title\"", "line %d: write the variable's name, a colon and what it holds, such as \"name: title\"", i+1))
		case !known(v.Piece):
			faults = append(faults, lang.Wrong("第 %d 行：%q 不是变量能有的内容：请用 %s、label.名称 或 =固定文字",
				"line %d: %q is nothing that a variable can hold: use %s, label.NAME or =fixed words", i+1, v.Piece, strings.Join(pieces(), ", ")))
		case slices.ContainsFunc(p, func(o Variable) bool { return o.Name == v.Name }):
			faults = append(faults, lang.Wrong("第 %d 行：%q 写了两次", "line %d: %q is there twice", i+1, v.Name))
		default:
			p = append(p, v)
		}
	}
	return p, errors.Join(faults...)
}

func known(piece string) bool {
	return slices.Contains(pieces(), piece) ||
		(strings.HasPrefix(piece, labelPrefix) && len(piece) > len(labelPrefix)) ||
		(strings.HasPrefix(piece, fixedPrefix) && len(piece) > len(fixedPrefix))
}

// Fill gives the values in the plan's order, cleaned and of at most limit characters each.
func (p Plan) Fill(m message.Message, limit int) []string {
	values := make([]string, 0, len(p))
	for _, v := range p {
		values = append(values, fill(m, v.Piece, limit))
	}
	return values
}

// blank stands for a piece that is empty: services refuse variables without a value.
func blank(l lang.Language) string { return lang.Text{ZH: "无", EN: "none"}.In(l) }

func fill(m message.Message, piece string, limit int) string {
	if piece == PieceMessage {
		return sentence(m, limit)
	}
	var first message.Item
	if len(m.Items) > 0 {
		first = m.Items[0]
	}
	words := ""
	switch {
	case piece == PieceTitle:
		words = m.Title
	case piece == PieceSummary:
		words = m.Summary
	case piece == PieceSeverity:
		words = severity(m.Severity).In(m.Language)
	case piece == PieceStatus:
		words = status(m).In(m.Language)
	case piece == PieceCount:
		words = strconv.Itoa(count(m))
	case piece == PieceAlert:
		words = first.Title
	case piece == PieceText:
		words = first.Text
	case piece == PieceWhen:
		words = first.When
	case strings.HasPrefix(piece, fixedPrefix):
		words = piece[len(fixedPrefix):]
	case strings.HasPrefix(piece, labelPrefix):
		words = label(m, piece[len(labelPrefix):])
	}
	if words = Clean(words, limit); words == "" {
		return blank(m.Language)
	}
	return words
}

// count is how many alerts a message is about.
func count(m message.Message) int { return max(len(m.Items)+m.More, 1) }

// saysCount tells whether a title ends with how many alerts there are, as the default one does when all of them fire or none does.
func saysCount(title string, n int) bool {
	return slices.ContainsFunc([]string{"触发", "恢复", "firing", "resolved"}, func(word string) bool {
		return strings.HasSuffix(title, " "+word+" "+strconv.Itoa(n))
	})
}

// sentence tells as much as there is room for: what happened, and how many alerts that is.
func sentence(m message.Message, limit int) string {
	more, whole := "", Clean(m.Title, len(m.Title))
	if n := count(m); n > 1 {
		if saysCount(whole, n) && utf8.RuneCountInString(whole) <= limit {
			return whole
		}
		more = fmt.Sprintf(lang.Text{ZH: "共%d条", EN: " (%d)"}.In(m.Language), n)
	}
	if apart := whole + "，" + more; more != "" && m.Language == lang.Chinese && whole != "" && utf8.RuneCountInString(apart) <= limit {
		return apart
	}
	room := limit - len([]rune(more))
	if room <= 0 {
		return Clean(m.Title, limit)
	}
	words := Clean(m.Title, room)
	if words == "" {
		words = Clean(status(m).In(m.Language), room)
	}
	return words + more
}

func label(m message.Message, name string) string {
	fields := m.Fields
	for _, i := range m.Items {
		fields = append(slices.Clone(fields), i.Fields...)
	}
	for _, f := range fields {
		if strings.EqualFold(f.Label, name) {
			return f.Value
		}
	}
	return ""
}

func severity(s alert.Severity) lang.Text {
	switch s {
	case alert.Critical:
		return lang.Text{ZH: "严重", EN: "critical"}
	case alert.High:
		return lang.Text{ZH: "高", EN: "high"}
	case alert.Warning:
		return lang.Text{ZH: "警告", EN: "warning"}
	case alert.Info:
		return lang.Text{ZH: "提示", EN: "info"}
	default:
		return lang.Text{ZH: "未分级", EN: "none"}
	}
}

func status(m message.Message) lang.Text {
	switch {
	case m.Kind == message.TestKind:
		return lang.Text{ZH: "测试", EN: "test"}
	case m.Status == alert.Resolved:
		return lang.Text{ZH: "已恢复", EN: "resolved"}
	default:
		return lang.Text{ZH: "告警中", EN: "firing"}
	}
}
