package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Schema is a JSON Schema (draft 2020-12) of the file, for editors. What needs knowledge of the
// whole file, such as names that must exist, only Parse checks.
func Schema(types []sender.Manifest) ([]byte, error) {
	s := schemaOf(structure(types))
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "云锣 Yunluo"
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("cannot write the schema: %w", err)
	}
	return append(out, '\n'), nil
}

func schemaOf(s *shape) map[string]any {
	out := map[string]any{}
	switch s.kind {
	case textShape:
		out = textSchema(s)
	case boolShape:
		out["type"] = "boolean"
	case intShape:
		out["type"], out["minimum"], out["maximum"] = "integer", s.least, s.most
	case numberShape:
		out["type"], out["exclusiveMinimum"], out["maximum"] = "number", s.least, s.most
	case listShape:
		out["type"], out["items"], out["minItems"] = "array", schemaOf(s.elem), int(s.least)
		maps.Copy(out, s.schema)
	case mapShape:
		out["type"], out["propertyNames"] = "object", schemaOf(s.names)
		out["additionalProperties"], out["minProperties"] = schemaOf(s.elem), int(s.least)
	case objectShape:
		out = objectSchema(s)
	case accountShape:
		out = accountSchema(s)
	case eitherShape, laterShape:
		out["anyOf"] = schemasOf(s.alternatives)
	}
	if d := description(s.help); d != "" {
		out["description"] = d
	}
	return out
}

func schemasOf(shapes []*shape) []any {
	var out []any
	for _, s := range shapes {
		out = append(out, schemaOf(s))
	}
	return out
}

// textSchema lets a variable stand for any text that may hold one.
func textSchema(s *shape) map[string]any {
	out := map[string]any{"type": "string"}
	if s.env && len(s.schema) > 0 {
		out["anyOf"] = []any{s.schema, map[string]any{"pattern": `\$\{`}}
		return out
	}
	maps.Copy(out, s.schema)
	return out
}

func objectSchema(s *shape) map[string]any {
	properties := map[string]any{}
	var needed []string
	var rules []any
	for _, k := range s.keys {
		properties[k.name] = schemaOf(k.shape)
		if !k.shape.secret {
			if k.required {
				needed = append(needed, k.name)
			}
			continue
		}
		twin := k.name + fileSuffix
		properties[twin] = schemaOf(filePath().says(
			"存放 "+k.name+" 的文件。"+k.shape.help.ZH, "File that holds "+k.name+". "+k.shape.help.EN))
		either := []any{requires(k.name), requires(twin)}
		if k.required {
			rules = append(rules, map[string]any{"oneOf": either})
		} else {
			rules = append(rules, map[string]any{"not": requires(k.name, twin)})
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(needed) > 0 {
		out["required"] = needed
	}
	if len(rules) > 0 {
		out["allOf"] = rules
	}
	maps.Copy(out, s.schema)
	return out
}

func requires(names ...string) map[string]any { return map[string]any{"required": names} }

// accountSchema chooses an account's fields by its type.
func accountSchema(s *shape) map[string]any {
	types := slices.AppendSeq([]string{}, maps.Keys(s.types))
	slices.Sort(types)
	var rules []any
	for _, t := range types {
		is := map[string]any{"properties": map[string]any{"type": map[string]any{"const": t}}, "required": []string{"type"}}
		rules = append(rules, map[string]any{"if": is, "then": schemaOf(s.types[t])})
	}
	out := map[string]any{
		"type": "object", "required": []string{"type"},
		"properties": map[string]any{"type": map[string]any{"enum": types}},
	}
	if len(rules) > 0 {
		out["allOf"] = rules
	}
	return out
}

func description(t lang.Text) string {
	return strings.TrimSpace(t.ZH + "\n" + t.EN)
}
