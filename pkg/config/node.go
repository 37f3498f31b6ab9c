package config

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

const (
	// maxDepth and maxNodes bound what a document may hold once its aliases are written out.
	maxDepth = 32
	maxNodes = 200_000
)

type nodeKind int8

const (
	scalarNode nodeKind = iota
	listNode
	mappingNode
)

// node is a YAML value with its place, aliases and merge keys written out, so that every node is in
// the tree once.
type node struct {
	kind         nodeKind
	tag          string
	value        string
	line, column int
	// keys and values are a mapping's, pairwise; items are a list's.
	keys, values, items []*node
	// path, ok and parsed are set when the node is checked against its shape.
	path   string
	ok     bool
	parsed any
}

// get finds the value of a key; nil when there is none or n is nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for i, k := range n.keys {
		if k.value == key {
			return n.values[i]
		}
	}
	return nil
}

// list gives the items of a list that are what they should be.
func (n *node) list() []*node {
	if n == nil || !n.ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(n.items), func(item *node) bool { return !item.ok })
}

// read gives the checked value of a key, and whether there is one.
func read[T any](n *node, key string) (T, bool) {
	var none T
	child := n.get(key)
	if child == nil || !child.ok {
		return none, false
	}
	v, ok := child.parsed.(T)
	return v, ok
}

// readOr is read with a default.
func readOr[T any](n *node, key string, fallback T) T {
	if v, ok := read[T](n, key); ok {
		return v
	}
	return fallback
}

// writer writes aliases out.
type writer struct {
	faults *[]*Fault
	file   string
	count  int
	// open are the anchors that are being written out.
	open map[*yaml.Node]bool
	// full is set once the document proved too large or too deep; that is told once.
	full bool
}

func (w *writer) fault(y *yaml.Node, p problem) {
	*w.faults = append(*w.faults, &Fault{File: w.file, Line: y.Line, Column: y.Column, Message: p.message, Hint: p.hint})
}

// node converts y; nil when the bounds are exceeded.
func (w *writer) node(y *yaml.Node, depth int) *node {
	if w.full {
		return nil
	}
	w.count++
	if depth > maxDepth {
		w.full = true
		w.fault(y, wrong("嵌套超过 %[1]d 层", "nested deeper than %[1]d levels", maxDepth))
		return nil
	}
	if w.count > maxNodes {
		w.full = true
		w.fault(y, wrong("展开别名后超过 %[1]d 个值", "more than %[1]d values once aliases are written out", maxNodes))
		return nil
	}
	n := &node{line: y.Line, column: y.Column, tag: y.ShortTag(), value: y.Value}
	switch y.Kind {
	case yaml.AliasNode:
		return w.alias(y, depth)
	case yaml.SequenceNode:
		n.kind = listNode
		for _, item := range y.Content {
			if c := w.node(item, depth+1); c != nil {
				n.items = append(n.items, c)
			}
		}
	case yaml.MappingNode:
		n.kind = mappingNode
		w.pairs(n, y, depth)
	default:
		n.kind = scalarNode
	}
	return n
}

func (w *writer) alias(y *yaml.Node, depth int) *node {
	if w.open[y.Alias] {
		w.full = true
		w.fault(y, wrong("锚点包含了它自己", "an anchor that contains itself"))
		return nil
	}
	w.open[y.Alias] = true
	defer delete(w.open, y.Alias)
	return w.node(y.Alias, depth+1)
}

// pairs converts a mapping's own pairs first and its merged ones after, so that its own win.
func (w *writer) pairs(n *node, y *yaml.Node, depth int) {
	var merged []*yaml.Node
	seen := map[string]int{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		k := w.node(key, depth+1)
		v := w.node(value, depth+1)
		if k == nil || v == nil {
			return
		}
		if k.kind != scalarNode || k.tag == "!!null" {
			w.fault(key, wrong("键必须是一个词", "a key must be a word"))
			continue
		}
		if line, twice := seen[k.value]; twice {
			shown := shownKey(k.value, v.tag == "!!null", nil)
			w.fault(key, wrong("键 %[1]s 写了两次", "the key %[1]s is there twice", shown).withHint(
				both("第一次在第 %[1]s 行", "the first is on line %[1]s", strconv.Itoa(line))))
			continue
		}
		seen[k.value] = key.Line
		// Aliased keys point to where they are used.
		k.line, k.column = key.Line, key.Column
		n.keys, n.values = append(n.keys, k), append(n.values, v)
	}
	for _, m := range merged {
		w.merge(n, m, depth+1)
	}
}

func (w *writer) merge(n *node, y *yaml.Node, depth int) {
	from := w.node(y, depth)
	if from == nil {
		return
	}
	sources := []*node{from}
	if from.kind == listNode {
		sources = from.items
	}
	for _, s := range sources {
		if s.kind != mappingNode {
			w.fault(y, wrong("<< 之后必须是映射", "what follows << must be a mapping"))
			return
		}
		for i, k := range s.keys {
			if n.get(k.value) == nil {
				n.keys, n.values = append(n.keys, k), append(n.values, s.values[i])
			}
		}
	}
}

// faulty tells whether something below n was refused.
func (n *node) faulty() bool {
	return n != nil && (!n.ok || len(n.list()) < len(n.items))
}
