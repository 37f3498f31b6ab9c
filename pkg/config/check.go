package config

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// decoder turns one document into a configuration and collects its faults.
type decoder struct {
	file   string
	types  []sender.Manifest
	opts   Options
	faults []*Fault
}

// fault reports a problem with a node.
func (d *decoder) fault(n *node, p problem) {
	d.faults = append(d.faults, &Fault{
		File: d.file, Line: n.line, Column: n.column, Path: n.path, Message: p.message, Hint: p.hint,
	})
}

// check compares a node with its shape, reports what differs, and converts what does not.
func (d *decoder) check(n *node, s *shape, path string) {
	n.path = path
	if n.kind == scalarNode && n.tag == "!!null" {
		d.fault(n, wrong("没有值", "has no value").withHint(both("请写上值，或删去这个键", "give it one, or remove the key")))
		return
	}
	if s.kind == eitherShape {
		i := slices.IndexFunc(s.alternatives, func(a *shape) bool { return a.looksLike(n) })
		s = s.alternatives[max(0, i)]
	}
	if s.kind == laterShape {
		n.ok = true
		return
	}
	if !s.looksLike(n) {
		d.fault(n, mismatch(s, n))
		return
	}
	switch s.kind {
	case listShape:
		n.ok = d.enough(n, len(n.items), s)
		for i, item := range n.items {
			d.check(item, s.elem, path+"["+strconv.Itoa(i)+"]")
		}
	case mapShape:
		n.ok = d.enough(n, len(n.keys), s)
		d.entries(n, s, path)
	case objectShape:
		n.ok = true
		d.object(n, s, path)
	case accountShape:
		d.account(n, s, path)
	default:
		d.scalar(n, s)
	}
}

func (d *decoder) enough(n *node, have int, s *shape) bool {
	if have < int(s.least) {
		d.fault(n, wrong("是空的", "is empty").withHint(both("请至少写一项，或删去这个键", "write one entry at least, or remove the key")))
		return false
	}
	return true
}

// mismatch says what was expected and what was found, without the value.
func mismatch(s *shape, n *node) problem {
	if s.kind == textShape && n.kind == scalarNode {
		return wrong("必须是文本", "must be a text").withHint(both("请给它加上引号", "put it in quotes"))
	}
	zh, en := map[shapeKind]string{
		textShape: "文本", boolShape: " true 或 false", intShape: "整数", numberShape: "数字", listShape: "列表",
	}, map[shapeKind]string{
		textShape: "a text", boolShape: "true or false", intShape: "a whole number", numberShape: "a number", listShape: "a list",
	}
	foundZH := [...]string{scalarNode: "单个值", listNode: "列表", mappingNode: "映射"}
	foundEN := [...]string{scalarNode: "a single value", listNode: "a list", mappingNode: "a mapping"}
	p := wrong("必须是映射（键: 值）", "must be a mapping (key: value)")
	if zh[s.kind] != "" {
		p.message.ZH, p.message.EN = "必须是"+zh[s.kind], "must be "+en[s.kind]
	}
	if s.looksLike(n) {
		return p
	}
	p.message.ZH += "，这里是" + foundZH[n.kind]
	p.message.EN += ", this is " + foundEN[n.kind]
	return p
}

func (d *decoder) entries(n *node, s *shape, path string) {
	for i, k := range n.keys {
		k.path = path
		if _, p := s.names.read(k.value); !p.none() {
			d.fault(k, p)
		} else {
			k.ok = true
		}
		d.check(n.values[i], s.elem, join(path, shownName(k.value)))
	}
}

func (d *decoder) object(n *node, s *shape, path string) {
	known := d.offered(s)
	// A required field that is there but misspelt is one fault, not two.
	misspelt := map[string]bool{}
	for i, k := range n.keys {
		value := n.values[i]
		field, twin, ok := s.find(k.value)
		if !ok {
			d.unknown(k, value, s, known, path)
			misspelt[nearest(k.value, known)] = true
			continue
		}
		at := join(path, k.value)
		if twin {
			value.path = at
			d.twin(n, value, field, at)
			continue
		}
		d.check(value, field.shape, at)
	}
	for _, k := range s.keys {
		twin := k.name + fileSuffix
		there := n.get(k.name) != nil || misspelt[k.name] || k.shape.secret && (n.get(twin) != nil || misspelt[twin])
		if k.required && !there {
			p := wrong("缺少 %[1]s", "%[1]s is missing", k.name)
			if k.shape.secret && d.opts.AllowFiles {
				p = p.withHint(both("写 %[1]s 或 %[1]s_file", "give %[1]s or %[1]s_file", k.name))
			}
			d.fault(n, p)
		}
	}
}

// offered are the names that may be written, which those of files are not everywhere.
func (d *decoder) offered(s *shape) []string {
	names := s.fieldNames()
	if d.opts.AllowFiles {
		return names
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, fileSuffix) })
}

func (d *decoder) unknown(k, value *node, s *shape, known []string, path string) {
	empty := value.kind == scalarNode && value.tag == "!!null"
	k.path = join(path, shownKey(k.value, empty, known))
	if i := slices.IndexFunc(s.later, func(l later) bool { return l.name == k.value }); i >= 0 {
		k.path = join(path, k.value)
		d.fault(k, problem{message: s.later[i].text})
		return
	}
	d.fault(k, wrong("未知的字段", "unknown field").withHint(meant(k.value, known)))
}

func (d *decoder) account(n *node, s *shape, path string) {
	n.ok = true
	types := slices.Sorted(maps.Keys(s.types))
	typ := n.get("type")
	if typ != nil && typ.kind == scalarNode && s.types[typ.value] != nil {
		d.object(n, s.types[typ.value], path)
		return
	}
	if typ == nil {
		d.fault(n, wrong("缺少 type", "type is missing").withHint(meant("", types)))
	} else {
		d.check(typ, word(types...), join(path, "type"))
	}
	// Without a type only what no type knows is certainly wrong.
	known := d.offered(s)
	for i, k := range n.keys {
		if !slices.Contains(known, k.value) {
			d.unknown(k, n.values[i], s, known, path)
		}
	}
}

func (d *decoder) scalar(n *node, s *shape) {
	if n.tag == "!!str" && !d.variables(n, s) {
		return
	}
	var p problem
	switch {
	case s.kind == textShape && n.tag == "!!str":
		n.parsed, p = s.read(n.value)
	case s.kind == boolShape && n.tag == "!!bool":
		n.parsed = n.value[0] == 't' || n.value[0] == 'T'
	case s.kind == intShape && n.tag == "!!int":
		v, err := strconv.ParseInt(n.value, 0, 64)
		if err != nil || float64(v) < s.least || float64(v) > s.most {
			p = wrong("必须在 %.0[1]f 到 %.0[2]f 之间", "must be between %.0[1]f and %.0[2]f", s.least, s.most)
		}
		n.parsed = int(v)
	case s.kind == numberShape && (n.tag == "!!int" || n.tag == "!!float"):
		v, err := strconv.ParseFloat(n.value, 64)
		if err != nil || math.IsNaN(v) || v <= s.least || v > s.most {
			p = wrong("必须大于 %.0[1]f 且不超过 %.0[2]f", "must be more than %.0[1]f and at most %.0[2]f", s.least, s.most)
		}
		n.parsed = v
	default:
		p = mismatch(s, n)
		if s.kind == textShape && !s.secret {
			// Quotes alone would not make a duration of 30.
			if _, inQuotes := s.read(n.value); !inQuotes.none() {
				p = inQuotes
			}
		}
	}
	if !p.none() {
		d.fault(n, p)
		return
	}
	if s.file && !d.filesAllowed(n) {
		return
	}
	n.ok = true
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
