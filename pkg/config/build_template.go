package config

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// placedTemplate is a template with the node that names it.
type placedTemplate struct {
	TemplateFile
	from *node
}

func (d *decoder) templates(n *node) []placedTemplate {
	var out []placedTemplate
	for _, item := range n.list() {
		if item.kind == scalarNode {
			out = append(out, d.templateFiles(item)...)
			continue
		}
		out = append(out, placedTemplate{
			TemplateFile: TemplateFile{Name: readOr(item, "name", ""), Content: readOr(item, "content", "")},
			from:         item,
		})
	}
	seen := map[string]bool{}
	for _, t := range out {
		if t.Name != "" && seen[t.Name] {
			d.fault(t.from, wrong("模板 %[1]s 已经有了", "the template %[1]s is there already", shown(t.Name)))
		}
		seen[t.Name] = true
	}
	return out
}

// templateFiles reads the files that a path or glob names, in order of their names.
func (d *decoder) templateFiles(n *node) []placedTemplate {
	paths := []string{d.beside(n.value)}
	if strings.ContainsAny(n.value, "*?[") {
		found, err := d.opts.Glob(paths[0])
		if err != nil {
			d.fault(n, wrong("通配符写得不对", "the glob is malformed"))
			return nil
		}
		if len(found) == 0 {
			d.fault(n, wrong("没有匹配的文件：%[1]s", "no file matches %[1]s", paths[0]))
		}
		paths = slices.Sorted(slices.Values(found))
	}
	var out []placedTemplate
	for _, path := range paths {
		data, err := d.opts.ReadFile(path)
		switch {
		case err != nil:
			d.fault(n, d.unreadable(path, err))
		case len(data) > maxFile:
			d.fault(n, wrong("文件超过 4 MiB：%[1]s", "the file is larger than 4 MiB: %[1]s", path))
		case !utf8.Valid(data):
			d.fault(n, wrong("文件不是有效的 UTF-8：%[1]s", "the file is not valid UTF-8: %[1]s", path))
		default:
			out = append(out, placedTemplate{TemplateFile{Name: filepath.Clean(path), Content: string(data)}, n})
		}
	}
	return out
}

// checkTemplates asks the hook, and puts each of its faults where its template is.
func (d *decoder) checkTemplates(templates []placedTemplate, points *node, c *Config) {
	if d.opts.CheckTemplates == nil {
		return
	}
	byName := slices.SortedFunc(maps.Values(c.ContactPoints), func(a, b ContactPoint) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range d.opts.CheckTemplates(c.Templates, byName) {
		p := problem{message: f.Message}
		if f.ContactPoint != "" {
			for _, item := range points.list() {
				if field := item.get("template").get(f.Field); readOr(item, "name", "") == f.ContactPoint && field != nil {
					d.fault(field, p)
				}
			}
			continue
		}
		for _, t := range templates {
			switch {
			case t.Name != f.Template:
			case t.from.kind == scalarNode:
				d.faults = append(d.faults, &Fault{File: t.Name, Line: f.Line, Column: min(1, f.Line), Message: f.Message})
			default:
				d.fault(t.from.get("content"), p)
			}
		}
	}
}
