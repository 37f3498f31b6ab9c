package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Fault is one thing that is wrong with a configuration. It never holds a secret.
type Fault struct {
	File string
	// Line and Column count from 1; both are 0 when the fault is the file's as a whole.
	Line   int
	Column int
	// Path leads to the value, such as "contact_points[2].steps[0].notify[1].to[0]"; empty for the whole file.
	Path    string
	Message lang.Text
	// Hint says what would be right; may be empty.
	Hint lang.Text
	err  error
}

// Error is In English.
func (f *Fault) Error() string { return f.In(lang.English) }

// Words is the fault in both languages, for lang.TextOf.
func (f *Fault) Words() lang.Text { return lang.Text{ZH: f.In(lang.Chinese), EN: f.In(lang.English)} }

// Unwrap gives the cause, such as a file that does not exist; usually nil.
func (f *Fault) Unwrap() error { return f.err }

// In words the fault on one line, as compilers do: file:line:column: path: message, hint.
func (f *Fault) In(l lang.Language) string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	b.WriteString(": ")
	if f.Path != "" {
		b.WriteString(f.Path)
		b.WriteString(": ")
	}
	b.WriteString(f.Message.In(l))
	if !f.Hint.Empty() {
		b.WriteString(lang.Text{ZH: "，", EN: ", "}.In(l))
		b.WriteString(f.Hint.In(l))
	}
	return b.String()
}

// Faults is every fault of a configuration, in the order of the file. It is the error of Load and Parse.
type Faults struct {
	List []*Fault
}

// Error is In English.
func (f *Faults) Error() string { return f.In(lang.English) }

// In gives one line a fault.
func (f *Faults) In(l lang.Language) string {
	lines := make([]string, len(f.List))
	for i, one := range f.List {
		lines[i] = one.In(l)
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each fault as an error.
func (f *Faults) Unwrap() []error {
	errs := make([]error, len(f.List))
	for i, one := range f.List {
		errs[i] = one
	}
	return errs
}

// inOrder sorts by place, the configuration itself before the files that it names.
func (f *Faults) inOrder(main string) *Faults {
	slices.SortStableFunc(f.List, func(a, b *Fault) int {
		if (a.File == main) != (b.File == main) {
			if a.File == main {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return f
}

// problem is what is wrong with a value, before it has a place.
type problem struct {
	message, hint lang.Text
}

func (p problem) none() bool { return p.message.Empty() }

func (p problem) withHint(hint lang.Text) problem {
	p.hint = hint
	return p
}

// wrong words a problem in both languages from the same arguments.
func wrong(zh, en string, args ...any) problem {
	return problem{message: both(zh, en, args...)}
}

// both words a text in both languages from the same arguments.
func both(zh, en string, args ...any) lang.Text {
	return lang.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}
}
