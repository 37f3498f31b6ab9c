package message

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/agext/levenshtein"
	alertmanager "github.com/prometheus/alertmanager/template"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Check parses the inline templates of a style and tries them on a sample. Every error is a
// *TemplateError with the field, the line and what to do.
func (t *Templates) Check(s Style) []error {
	var out []error
	for _, f := range allFields() {
		if text := s.text(f); text != "" {
			if err := t.checkField(f, text); err != nil {
				out = append(out, err)
			}
		}
	}
	return out
}

func (t *Templates) checkField(f field, text string) error {
	at := TemplateError{Field: string(f)}
	root, err := t.parse(text)
	if err != nil {
		return explain(at, err, t.base)
	}
	if name, line := undefined(root, root.Root, make(map[string]bool)); name != "" {
		at.Line = line
		return explain(at, fmt.Errorf("template %q not defined", name), root)
	}
	g := sampleGroup()
	r := &rendering{templates: t, facts: gather(&g, sampleStyle(lang.English), ComposeOptions{}), style: sampleStyle(lang.English)}
	var data any = r.groupData()
	if f == itemTitleField || f == itemTextField {
		data = r.itemData(&g.Alerts[0], "Sample", "text")
	}
	// What depends on the sample's values is no fault; a field or function that never exists is.
	if _, err = newProgram(root).run(data, time.Now().Add(maxRun)); err != nil && certain(err) {
		return explain(at, err, root)
	}
	return nil
}

func certain(err error) bool {
	for _, sign := range []string{"can't evaluate field", "wrong number of args", ErrTooLong.Error(), errTooSlow.Error(), errTooDeep.Error(), "error parsing regexp"} {
		if strings.Contains(err.Error(), sign) {
			return true
		}
	}
	return false
}

// undefined finds a template that is called, also by those that are called, and does not exist.
func undefined(set *template.Template, list *parse.ListNode, seen map[string]bool) (name string, line int) {
	if list == nil {
		return "", 0
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TemplateNode:
			called := set.Lookup(n.Name)
			if called == nil || called.Tree == nil {
				return n.Name, n.Line
			}
			if !seen[n.Name] {
				seen[n.Name] = true
				name, _ = undefined(set, called.Root, seen)
				line = n.Line
			}
		case *parse.IfNode:
			name, line = undefinedInBranch(set, &n.BranchNode, seen)
		case *parse.RangeNode:
			name, line = undefinedInBranch(set, &n.BranchNode, seen)
		case *parse.WithNode:
			name, line = undefinedInBranch(set, &n.BranchNode, seen)
		}
		if name != "" {
			return name, line
		}
	}
	return "", 0
}

func undefinedInBranch(set *template.Template, b *parse.BranchNode, seen map[string]bool) (name string, line int) {
	if name, line = undefined(set, b.List, seen); name != "" {
		return name, line
	}
	return undefined(set, b.ElseList, seen)
}

// hintFor says what to do about the usual mistakes.
func hintFor(said string, templates map[string]bool) lang.Text {
	if m := regexp.MustCompile(`template "([^"]*)" not defined`).FindStringSubmatch(said); m != nil {
		if near := nearest(m[1], slices.Sorted(maps.Keys(templates))); near != "" {
			return lang.Text{ZH: "，是否想写 " + near + "？", EN: ", did you mean " + near + "?"}
		}
		return lang.Text{ZH: "；请在 templates 里定义它", EN: "; define it in templates"}
	}
	if m := regexp.MustCompile(`function "([^"]*)" not defined`).FindStringSubmatch(said); m != nil {
		if near := nearest(m[1], functions()); near != "" {
			return lang.Text{ZH: "，是否想写 " + near + "？", EN: ", did you mean " + near + "?"}
		}
		return lang.Text{
			ZH: "；可用的函数见 https://prometheus.io/docs/alerting/latest/notifications/#functions",
			EN: "; the functions are listed at https://prometheus.io/docs/alerting/latest/notifications/#functions",
		}
	}
	switch {
	case strings.Contains(said, "can't evaluate field"):
		return lang.Text{
			ZH: "；字段见 https://prometheus.io/docs/alerting/latest/notifications/#data，标签写作 .CommonLabels.名称 或 index .CommonLabels \"名称\"",
			EN: "; the fields are listed at https://prometheus.io/docs/alerting/latest/notifications/#data, a label is .CommonLabels.name or index .CommonLabels \"name\"",
		}
	case strings.Contains(said, "unexpected EOF"), strings.Contains(said, "unexpected {{end}}"):
		return lang.Text{ZH: "；每个 if、range、with 和 define 都要有且只有一个 end", EN: "; every if, range, with and define needs exactly one end"}
	case strings.Contains(said, "unclosed action"), strings.Contains(said, "unterminated"):
		return lang.Text{ZH: "；{{ 与 }}、引号须成对", EN: "; close every {{ with }}, and every quote"}
	default:
		return lang.Text{}
	}
}

// nearest is the name that was most likely meant; empty when none is close.
func nearest(name string, names []string) string {
	best, distance := "", max(2, len(name)/3)+1
	for _, n := range names {
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(n), nil); d < distance {
			best, distance = n, d
		}
	}
	return best
}

func functions() []string {
	builtin := []string{"and", "or", "not", "len", "index", "slice", "print", "printf", "println", "urlquery", "html", "js", "eq", "ne", "lt", "le", "gt", "ge", "call"}
	return append(builtin, slices.Sorted(maps.Keys(alertmanager.DefaultFuncs))...)
}
