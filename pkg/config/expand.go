package config

import (
	"regexp"
	"strings"
)

// variables expands a text where that is done, and refuses ${ where somebody may expect it. Where nothing
// of this machine may be read nobody does, and people write their texts on a page.
func (d *decoder) variables(n *node, s *shape) bool {
	switch {
	case s.env:
		return d.expand(n)
	case s.verbatim || !d.opts.AllowFiles || !strings.Contains(n.value, "${"):
		return true
	}
	d.fault(n, wrong("这里不能用 ${…}", "${…} is not expanded here").withHint(
		both("环境变量只能用在 accounts 和 sources 里", "environment variables are for accounts and sources only")))
	return false
}

// expand puts environment variables into a text: ${NAME} is the variable's value and $$ a dollar
// sign; any other dollar sign stands for itself.
func (d *decoder) expand(n *node) bool {
	var out strings.Builder
	rest := n.value
	for {
		before, after, found := strings.Cut(rest, "$")
		out.WriteString(before)
		switch {
		case !found:
			n.value = out.String()
			return true
		case strings.HasPrefix(after, "$"):
			out.WriteByte('$')
			rest = after[1:]
		case strings.HasPrefix(after, "{"):
			name, behind, closed := strings.Cut(after[1:], "}")
			value, p := d.variable(name, closed)
			if !p.none() {
				d.fault(n, p)
				return false
			}
			out.WriteString(value)
			rest = behind
		default:
			out.WriteByte('$')
			rest = after
		}
	}
}

func (d *decoder) variable(name string, closed bool) (string, problem) {
	dollar := both("要写 $ 本身，请写成 $$", "write $$ for a dollar sign")
	if !d.opts.AllowFiles {
		return "", wrong("这里不能引用环境变量", "environment variables cannot be used here").withHint(dollar)
	}
	if !closed || !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(name) {
		return "", wrong("${ 和 } 之间必须是环境变量的名字", "between ${ and } there must be the name of an environment variable").withHint(dollar)
	}
	value, ok := d.opts.Getenv(name)
	if !ok {
		return "", wrong("没有设置环境变量 %[1]s", "the environment variable %[1]s is not set", name).withHint(dollar)
	}
	return value, problem{}
}
