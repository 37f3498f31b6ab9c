package message

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"

	alertmanager "github.com/prometheus/alertmanager/template"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

//go:embed default.zh.tmpl default.en.tmpl
var defaults embed.FS

// maxPrograms bounds the compiled inline templates that are kept; contact points have a few each.
const maxPrograms = 1024

// TemplateFile is a file of template definitions.
type TemplateFile struct {
	// Name is what faults and {{ template }} call it.
	Name    string
	Content string
}

// Templates are compiled once and safe for concurrent use. They hold Alertmanager's own default
// definitions, Yunluo's (yunluo.zh.title and so on), and the user's, which may define both again.
type Templates struct {
	base *template.Template
	// redefined are Yunluo's own names that the user's files define again.
	redefined map[string]*program

	mu sync.Mutex
	// inline are compiled texts of styles, by text.
	inline map[string]*compiled
}

type compiled struct {
	program *program
	err     error
}

// TemplateError says what is wrong with a template and what to do. It is what ParseTemplates returns
// for each file that is wrong, joined, and what Check returns.
type TemplateError struct {
	// File is the TemplateFile's name, empty when the fault is in a Style.
	File string
	// Field of the Style: title, summary, item_title or item_text.
	Field string
	// Line counts from 1 within the template; 0 when it is not known.
	Line int
	// Message says what is wrong and what to do.
	Message lang.Text
	Err     error
}

// Error names where, what and what to do.
func (e *TemplateError) Error() string { return e.Words().EN }

// Words is Error in both languages.
func (e *TemplateError) Words() lang.Text {
	where := lang.Text{ZH: "模板 " + strconv.Quote(e.File), EN: "template " + strconv.Quote(e.File)}
	if e.File == "" {
		where = lang.Text{ZH: "字段 " + e.Field + " 的模板", EN: "template of field " + e.Field}
	}
	if e.Line > 0 {
		where.ZH += "第 " + strconv.Itoa(e.Line) + " 行"
		where.EN += ", line " + strconv.Itoa(e.Line)
	}
	return lang.Text{ZH: where.ZH + "：" + e.Message.In(lang.Chinese), EN: where.EN + ": " + e.Message.In(lang.English)}
}

// Unwrap gives what the template engine said.
func (e *TemplateError) Unwrap() error { return e.Err }

// ParseTemplates compiles files of definitions in Alertmanager's template language, later ones over
// earlier ones. Its error joins a *TemplateError for every file that is wrong.
func ParseTemplates(files ...TemplateFile) (*Templates, error) {
	base, err := alertmanagerDefaults()
	if err != nil {
		return nil, err
	}
	for _, l := range lang.Languages() {
		name := "default." + string(l) + ".tmpl"
		b, err := defaults.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the default templates: %w", err)
		}
		if _, err := base.New(name).Parse(string(b)); err != nil {
			return nil, fmt.Errorf("parse the default templates: %w", err)
		}
	}
	own := make(map[string]*parse.Tree)
	for _, l := range lang.Languages() {
		for _, f := range allFields() {
			own[defaultName(l, f)] = base.Lookup(defaultName(l, f)).Tree
		}
	}
	var faults []error
	for _, f := range files {
		if _, err := base.New(f.Name).Parse(f.Content); err != nil {
			faults = append(faults, explain(TemplateError{File: f.Name}, err, base))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if err := instrument(base); err != nil {
		return nil, fmt.Errorf("compile the templates: %w", err)
	}
	t := &Templates{base: base, redefined: make(map[string]*program), inline: make(map[string]*compiled)}
	for name, tree := range own {
		if now := base.Lookup(name); now.Tree != tree {
			t.redefined[name] = newProgram(now)
		}
	}
	return t, nil
}

// alertmanagerDefaults has Alertmanager's functions and definitions. Its option hands out the text
// template that it parses everything into, so that texts need not be parsed at every execution.
func alertmanagerDefaults() (*template.Template, error) {
	var base *template.Template
	_, err := alertmanager.FromGlobs(nil, func(t *template.Template, _ *htmltemplate.Template) {
		base = t.Funcs(watchFuncs())
	})
	if err != nil {
		return nil, fmt.Errorf("parse alertmanager's default templates: %w", err)
	}
	return base, nil
}

// program compiles an inline text, once.
func (t *Templates) program(text string) (*program, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c, ok := t.inline[text]; ok {
		return c.program, c.err
	}
	if len(t.inline) >= maxPrograms {
		clear(t.inline)
	}
	c := new(compiled)
	if root, err := t.parse(text); err != nil {
		c.err = err
	} else {
		c.program = newProgram(root)
	}
	t.inline[strings.Clone(text)] = c
	return c.program, c.err
}

func (t *Templates) parse(text string) (*template.Template, error) {
	root, err := t.base.Clone()
	if err != nil {
		return nil, err
	}
	if root, err = root.New("").Option("missingkey=zero").Parse(text); err != nil {
		return nil, err
	}
	return root, instrument(root)
}

// field is a part of a message that a template may fill, as the configuration names it.
type field string

const (
	titleField     field = "title"
	summaryField   field = "summary"
	itemTitleField field = "item_title"
	itemTextField  field = "item_text"
)

func allFields() []field { return []field{titleField, summaryField, itemTitleField, itemTextField} }

func (s Style) text(f field) string {
	switch f {
	case titleField:
		return s.Title
	case summaryField:
		return s.Summary
	case itemTitleField:
		return s.ItemTitle
	case itemTextField:
		return s.ItemText
	default:
		return ""
	}
}

func defaultName(l lang.Language, f field) string { return "yunluo." + string(l) + "." + string(f) }

// explain finds the line in what the engine says, and words it.
func explain(e TemplateError, err error, known *template.Template) *TemplateError {
	e.Err = err
	line, words := placeOf(err)
	e.Line = cmp.Or(line, e.Line)
	hint := hintFor(oneLine(err.Error()), definedIn(known))
	e.Message = lang.Text{ZH: words.ZH + hint.ZH, EN: words.EN + hint.EN}
	return &e
}

func definedIn(t *template.Template) map[string]bool {
	names := make(map[string]bool)
	if t == nil {
		return names
	}
	for _, one := range t.Templates() {
		if one.Name() != "" {
			names[one.Name()] = true
		}
	}
	return names
}
