package message

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

const (
	// maxOutput is what a template may write for one field, in bytes.
	maxOutput = 64 << 10
	// maxRun is how long the templates of one field may run.
	maxRun = time.Second
	// maxDepth is how deep templates may call each other. text/template's own bound of 100,000 takes
	// minutes to report, for an error passes through every range on its way up.
	maxDepth = 500
	// tickFunc is called in every loop, enterFunc and leaveFunc around every template.
	tickFunc, enterFunc, leaveFunc = "yunluo_tick", "yunluo_enter", "yunluo_leave"
)

// ErrTooLong is Is of the error of a template that writes too much.
var ErrTooLong = lang.Wrong("写出的内容超过 %d KiB", "it writes more than %d KiB", maxOutput>>10)

var (
	errTooSlow = lang.Wrong("运行超过 %s", "it takes longer than %s", maxRun)
	errTooDeep = lang.Wrong("模板互相调用超过 %d 层", "its templates call each other more than %d deep", maxDepth)
	errEmpty   = lang.Wrong("标题渲染出来是空的", "it gives an empty title")
)

// program is a compiled template that many goroutines run, each on a copy with a deadline of its own.
type program struct {
	root *template.Template
	pool sync.Pool
}

func newProgram(root *template.Template) *program {
	p := &program{root: root}
	p.pool.New = func() any {
		r := new(runner)
		clone, err := root.Clone()
		if err != nil {
			r.err = err
			return r
		}
		r.template = clone.Funcs(template.FuncMap{tickFunc: r.tick, enterFunc: r.enter, leaveFunc: r.leave})
		return r
	}
	return p
}

// run executes the program; its error never comes without a reason that a person can act on.
func (p *program) run(data any, deadline time.Time) (string, error) {
	r, ok := p.pool.Get().(*runner)
	if !ok {
		return "", errors.New("no runner")
	}
	out, err := r.run(data, deadline)
	p.pool.Put(r)
	return out, err
}

type runner struct {
	template *template.Template
	deadline time.Time
	depth    int
	out      strings.Builder
	err      error
}

func (r *runner) run(data any, deadline time.Time) (out string, err error) {
	if r.err != nil {
		return "", r.err
	}
	// text/template lets errors of the runtime through, such as an index out of range in a function.
	defer func() {
		if p := recover(); p != nil {
			out, err = "", fmt.Errorf("it panics: %v", p)
		}
	}()
	r.deadline, r.depth = deadline, 0
	r.out.Reset()
	if err := r.template.Execute(r, data); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

// Write implements io.Writer within the limits.
func (r *runner) Write(b []byte) (int, error) {
	if r.out.Len()+len(b) > maxOutput {
		return 0, ErrTooLong
	}
	return r.out.Write(b)
}

func (r *runner) tick() (string, error) {
	if time.Now().After(r.deadline) {
		return "", errTooSlow
	}
	return "", nil
}

func (r *runner) enter() (string, error) {
	if r.depth++; r.depth > maxDepth {
		return "", errTooDeep
	}
	return r.tick()
}

func (r *runner) leave() string {
	r.depth--
	return ""
}

// watchFuncs stand in for those of a runner while templates are parsed.
func watchFuncs() template.FuncMap {
	return template.FuncMap{
		tickFunc:  func() (string, error) { return "", nil },
		enterFunc: func() (string, error) { return "", nil },
		leaveFunc: func() string { return "" },
	}
}

// instrument puts calls of a runner's functions into every loop and around every template that has
// none yet, for text/template cannot be told to stop.
func instrument(t *template.Template) error {
	probe, err := template.New("").Funcs(watchFuncs()).Parse("{{" + tickFunc + "}}{{" + enterFunc + "}}{{" + leaveFunc + "}}")
	if err != nil {
		return err
	}
	tick, enter, leave := probe.Root.Nodes[0], probe.Root.Nodes[1], probe.Root.Nodes[2]
	for _, one := range t.Templates() {
		if one.Tree == nil || one.Root == nil || beginsWith(one.Root, enter) {
			continue
		}
		addToLoops(one.Root, tick)
		nodes := append([]parse.Node{enter.Copy()}, one.Root.Nodes...)
		one.Root.Nodes = append(nodes, leave.Copy())
	}
	return nil
}

func beginsWith(l *parse.ListNode, call parse.Node) bool {
	return len(l.Nodes) > 0 && l.Nodes[0].Type() == parse.NodeAction && l.Nodes[0].String() == call.String()
}

func addToLoops(l *parse.ListNode, tick parse.Node) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.RangeNode:
			addToLoops(n.List, tick)
			addToLoops(n.ElseList, tick)
			n.List.Nodes = append([]parse.Node{tick.Copy()}, n.List.Nodes...)
		case *parse.IfNode:
			addToLoops(n.List, tick)
			addToLoops(n.ElseList, tick)
		case *parse.WithNode:
			addToLoops(n.List, tick)
			addToLoops(n.ElseList, tick)
		}
	}
}
