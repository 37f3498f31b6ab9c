package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/config"
)

func TestSchemaAcceptsWhatParseAccepts(t *testing.T) {
	schema := compiledSchema(t, fakeTypes())
	for name, text := range map[string]string{"sample": config.Sample(), "everything": everything(t)} {
		var doc any
		require.NoError(t, yaml.Unmarshal([]byte(text), &doc), name)
		require.NoError(t, schema.Validate(doc), name)
		parse(t, text)
	}
}

func TestSchemaIsStable(t *testing.T) {
	data, err := config.Schema(fakeTypes())
	require.NoError(t, err)
	golden(t, "testdata/schema.golden.json", string(data))
}

// Every key of the schema is in everything.yaml, and Parse acts on each: without it, the configuration is
// another, or has a fault.
func TestParseActsOnEveryKeyOfTheSchema(t *testing.T) {
	text := everything(t)
	whole := fmt.Sprintf("%#v", fingerprint(t, text))
	acted := map[string]bool{}
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(text), &doc))
	eachKey(doc.Content[0], "", func(path string, without func(func())) {
		without(func() {
			rest, err := yaml.Marshal(&doc)
			require.NoError(t, err)
			c, err := config.Parse("yunluo.yaml", rest, fakeTypes(), fakeOptions())
			if err == nil && fmt.Sprintf("%#v", fingerprintOf(t, c)) == whole {
				return
			}
			acted[path] = true
		})
	})
	var keys []string
	data, err := config.Schema(fakeTypes())
	require.NoError(t, err)
	var schema map[string]any
	require.NoError(t, json.Unmarshal(data, &schema))
	schemaKeys(schema, "", &keys)
	slices.Sort(keys)
	keys = slices.Compact(keys)
	require.Greater(t, len(keys), 70)
	for _, key := range keys {
		require.True(t, acted[key], "%s makes no difference, or is not in everything.yaml", key)
	}
	for key := range acted {
		require.Contains(t, keys, key, "Parse takes what the schema does not have")
	}
}

// A key that no one knows is refused at every place, by both.
func TestBothRefuseAKeyThatIsNotKnownAtEveryPlace(t *testing.T) {
	schema := compiledSchema(t, fakeTypes())
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(everything(t)), &doc))
	places := 0
	eachMapping(doc.Content[0], "", func(path string, m *yaml.Node) {
		if slices.Contains([]string{"accounts", "labels.severity_values"}, path) {
			return
		}
		before := m.Content
		m.Content = append(slices.Clone(before), &yaml.Node{Kind: yaml.ScalarNode, Value: "nobody_knows"}, &yaml.Node{Kind: yaml.ScalarNode, Value: "this"})
		data, err := yaml.Marshal(&doc)
		require.NoError(t, err)
		m.Content = before
		_, err = config.Parse("yunluo.yaml", data, fakeTypes(), fakeOptions())
		require.Error(t, err, path)
		require.True(t, schemaRefuses(schema, data), path)
		places++
	})
	require.Greater(t, places, 15)
}

func everything(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/everything.yaml")
	require.NoError(t, err)
	return string(data)
}

func fingerprint(t *testing.T, text string) any { t.Helper(); return fingerprintOf(t, parse(t, text)) }

// fingerprintOf shows all of a configuration, its secrets too.
func fingerprintOf(t *testing.T, c *config.Config) any {
	t.Helper()
	out, err := json.Marshal(c)
	require.NoError(t, err)
	var secrets []string
	for name, a := range c.Accounts {
		for key, s := range a.Settings.Secrets {
			secrets = append(secrets, name+key+s.Reveal())
		}
	}
	for name, s := range c.Sources {
		secrets = append(secrets, name, s.Token.Reveal(), s.Password.Reveal(), s.HMACSecret.Reveal())
	}
	for name, p := range c.ContactPoints {
		secrets = append(secrets, name+p.Location.String())
	}
	secrets = append(secrets, c.Defaults.Location.String())
	slices.Sort(secrets)
	return []string{string(out), strings.Join(secrets, "\n")}
}

// generic is a path without what the operator chose: accounts are named by their type.
func generic(n *yaml.Node, key, path string) string {
	switch path {
	case "accounts":
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Value == "type" {
				return "accounts." + n.Content[i+1].Value
			}
		}
	case "labels.severity_values", "contact_points.steps.notify.urgent", "people.ids":
		return path + ".*"
	}
	return strings.TrimPrefix(path+"."+key, ".")
}

// eachKey calls f for each key with a function that takes the key out while it runs.
func eachKey(n *yaml.Node, path string, f func(path string, without func(func()))) {
	eachMapping(n, path, func(path string, m *yaml.Node) {
		for i := 0; i < len(m.Content); i += 2 {
			at := generic(m.Content[i+1], m.Content[i].Value, path)
			if path == "accounts" || strings.HasSuffix(at, ".*") {
				continue
			}
			f(at, func(run func()) {
				before := m.Content
				m.Content = slices.Delete(slices.Clone(before), i, i+2)
				run()
				m.Content = before
			})
		}
	})
}

func eachMapping(n *yaml.Node, path string, f func(path string, m *yaml.Node)) {
	switch n.Kind {
	case yaml.MappingNode:
		f(path, n)
		for i := 0; i < len(n.Content); i += 2 {
			eachMapping(n.Content[i+1], generic(n.Content[i+1], n.Content[i].Value, path), f)
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			eachMapping(item, path, f)
		}
	default:
	}
}

// schemaKeys collects the paths of all properties.
func schemaKeys(s map[string]any, path string, keys *[]string) {
	if properties, ok := s["properties"].(map[string]any); ok {
		for name, p := range properties {
			at := strings.TrimPrefix(path+"."+name, ".")
			*keys = append(*keys, at)
			schemaKeys(p.(map[string]any), at, keys)
		}
	}
	for _, word := range []string{"items", "additionalProperties"} {
		if inner, ok := s[word].(map[string]any); ok {
			schemaKeys(inner, path, keys)
		}
	}
	if alternatives, ok := s["anyOf"].([]any); ok {
		for _, a := range alternatives {
			schemaKeys(a.(map[string]any), path, keys)
		}
	}
	if rules, ok := s["allOf"].([]any); ok && path == "accounts" {
		*keys = slices.DeleteFunc(*keys, func(k string) bool { return k == "accounts.type" })
		for _, r := range rules {
			rule := r.(map[string]any)
			is := rule["if"].(map[string]any)["properties"].(map[string]any)["type"].(map[string]any)["const"].(string)
			schemaKeys(rule["then"].(map[string]any), "accounts."+is, keys)
		}
	}
}
