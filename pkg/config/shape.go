package config

import (
	"maps"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// shapeKind is what a value looks like in YAML.
type shapeKind int8

const (
	textShape shapeKind = iota
	boolShape
	intShape
	numberShape
	listShape
	// objectShape has known keys; mapShape has names of the operator's own; accountShape is an object
	// whose keys depend on its "type".
	objectShape
	mapShape
	accountShape
	// eitherShape is the first of its alternatives that looks like the value.
	eitherShape
	// laterShape is checked by whoever knows more; its alternatives are all that it may be.
	laterShape
)

// shape says what a value must look like. Parse checks documents against it and Schema is written
// from it, so that neither can know a field that the other does not.
type shape struct {
	kind shapeKind
	help lang.Text
	// read checks a text and converts it.
	read reader
	// schema are further keywords for the JSON Schema, such as for what read checks.
	schema map[string]any
	// least and most bound an integer or a number, and least the length of a list, map or object.
	least, most float64
	// secret is never shown, may come from a file, and must not be empty.
	secret bool
	// file is a path on this machine.
	file bool
	// env says that ${NAME} is expanded.
	env bool
	// verbatim says that ${ has a meaning of its own, as in templates.
	verbatim bool
	// elem is what a list or map holds; names what a map's keys are.
	elem, names *shape
	keys        []key
	later       []later
	// types are an account's shapes by type.
	types        map[string]*shape
	alternatives []*shape
}

// key is one field of an object.
type key struct {
	name     string
	required bool
	shape    *shape
}

// later is a field that a later version will act on.
type later struct {
	name string
	text lang.Text
}

// fileSuffix makes the name of the field that names a secret's file.
const fileSuffix = "_file"

// fieldNames lists an object's fields, the twins of secrets included.
func (s *shape) fieldNames() []string {
	var names []string
	for _, k := range s.keys {
		names = append(names, k.name)
		if k.shape.secret {
			names = append(names, k.name+fileSuffix)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(s.types)) {
		for _, n := range s.types[t].fieldNames() {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// find gives the field of a name, and whether the name is that of its file twin.
func (s *shape) find(name string) (k key, twin, ok bool) {
	for _, k := range s.keys {
		if k.name == name {
			return k, false, true
		}
		if k.shape.secret && k.name+fileSuffix == name {
			return k, true, true
		}
	}
	return key{}, false, false
}

// expands marks every text of an object for the expansion of ${NAME}, but for the named fields.
func (s *shape) expands(but ...string) *shape {
	for _, k := range s.keys {
		if !slices.Contains(but, k.name) {
			k.shape.expandsAll()
		}
	}
	return s
}

func (s *shape) expandsAll() {
	if s == nil {
		return
	}
	s.env = s.kind == textShape
	s.elem.expandsAll()
	for _, k := range s.keys {
		k.shape.expandsAll()
	}
	for _, a := range s.alternatives {
		a.expandsAll()
	}
}

func (s *shape) says(zh, en string) *shape {
	s.help = lang.Text{ZH: zh, EN: en}
	return s
}

// also adds keywords to the schema that say what Parse checks elsewhere.
func (s *shape) also(keywords map[string]any) *shape {
	s.schema = keywords
	return s
}

func optional(name string, s *shape) key { return key{name: name, shape: s} }
func required(name string, s *shape) key { return key{name: name, shape: s, required: true} }

func text() *shape {
	return &shape{kind: textShape, read: readText, schema: map[string]any{}}
}

// template is a text in Alertmanager's template language.
func template(s *shape) *shape {
	s.verbatim = true
	return s
}

func filled() *shape {
	return &shape{kind: textShape, read: readFilled, schema: map[string]any{"pattern": `\S`}}
}

func matching(pattern string, r reader) *shape {
	return &shape{kind: textShape, read: r, schema: map[string]any{"pattern": pattern}}
}

func word(words ...string) *shape {
	return &shape{kind: textShape, read: readWord(words...), schema: map[string]any{"enum": words}}
}

func wordAs(r reader, words ...string) *shape {
	return &shape{kind: textShape, read: r, schema: map[string]any{"enum": words}}
}

func secretText(r reader) *shape {
	return &shape{kind: textShape, read: r, secret: true, schema: map[string]any{"pattern": `\S`}}
}

func filePath() *shape {
	s := filled()
	s.file = true
	return s
}

func boolean() *shape { return &shape{kind: boolShape} }

func list(elem *shape) *shape { return &shape{kind: listShape, elem: elem, least: 1} }

func mapOf(names, elem *shape) *shape { return &shape{kind: mapShape, names: names, elem: elem} }

func object(keys ...key) *shape { return &shape{kind: objectShape, keys: keys} }

func either(alternatives ...*shape) *shape {
	return &shape{kind: eitherShape, alternatives: alternatives}
}

// looksLike tells whether a node is of the YAML kind that s wants.
func (s *shape) looksLike(n *node) bool {
	switch s.kind {
	case listShape:
		return n.kind == listNode
	case objectShape, mapShape, accountShape:
		return n.kind == mappingNode
	default:
		return n.kind == scalarNode
	}
}
