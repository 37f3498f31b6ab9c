package providertest

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func said(t *testing.T, text lang.Text, what string) {
	t.Helper()
	assert.NotEmpty(t, text.ZH, "%s has no Chinese", what)
	assert.NotEmpty(t, text.EN, "%s has no English", what)
}

func judgeManifest(t *testing.T, f Fixture) {
	t.Helper()
	m := f.Manifest
	require.Regexp(t, `^[a-z][a-z0-9]*(_[a-z0-9]+)*$`, m.Type)
	assert.True(t, m.Type == m.Provider || strings.HasPrefix(m.Type, m.Provider+"_"), "type %q does not begin with provider %q", m.Type, m.Provider)
	said(t, m.Title, "title")
	said(t, m.Summary, "summary")
	judgeAddress(t, m)
	assert.NotEmpty(t, m.Docs, "documentation")
	require.NotNil(t, m.New)
	require.NotNil(t, m.Preview)
	assert.NotEmpty(t, m.Repeat.Kind, "repeat")
	if m.Repeat.Kind == sender.Idempotent {
		assert.Positive(t, m.Repeat.For, "how long the key is known")
		assert.NotNil(t, f.Key, "a fixture of an idempotent type reads the key")
	}
	for _, l := range m.Limits {
		assert.Positive(t, l.Count, "limit")
		assert.Positive(t, l.Per, "limit")
		assert.NotEmpty(t, l.Scope, "limit")
	}
	judgeFields(t, m.Fields)
	judgeFields(t, m.Options)
	require.NotEmpty(t, m.Errors, "table of codes")
	for _, row := range m.Errors {
		assert.NotEmpty(t, row.Code, "code")
		assert.NotEmpty(t, row.Reason, "reason of %s", row.Code)
		said(t, row.Title, "title of "+row.Code)
		said(t, row.Hint, "hint of "+row.Code)
		assert.Equal(t, row.Class == sender.Later, row.After > 0, "code %s: a wait goes with class Later", row.Code)
	}
}

// judgeAddress wants an address of the type, or a secret field that holds each account's own.
func judgeAddress(t *testing.T, m sender.Manifest) {
	t.Helper()
	if m.BaseURL == "" {
		if len(m.Schemes) > 0 {
			return
		}
		assert.True(t, slices.ContainsFunc(m.Fields, func(f sender.Field) bool {
			return f.Kind == sender.FieldURL && f.Required && f.Secret
		}), "neither a base url nor a required secret address")
		return
	}
	base, err := url.Parse(m.BaseURL)
	require.NoError(t, err)
	assert.Contains(t, append([]string{"https"}, m.Schemes...), base.Scheme, "base url")
}

func judgeFields(t *testing.T, fields []sender.Field) {
	t.Helper()
	names := map[string]bool{}
	for _, field := range fields {
		assert.False(t, names[field.Name], "field %q is there twice", field.Name)
		names[field.Name] = true
		said(t, field.Label, "label of "+field.Name)
		said(t, field.Help, "help of "+field.Name)
		assert.NotEmpty(t, field.Kind, "kind of %q", field.Name)
		assert.False(t, field.Secret && field.Default != "", "secret %q has a default", field.Name)
		if len(field.Enum) > 0 && field.Default != "" {
			assert.Contains(t, field.Enum, field.Default, "default of %q", field.Name)
		}
	}
}

func judgeSettings(t *testing.T, f Fixture) {
	t.Helper()
	judgeStruct(t, f.Struct, f.Manifest.Fields)
	judgeStruct(t, f.OptionsStruct, f.Manifest.Options)
	var asked atomic.Int32
	baseURL, _ := f.start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	open := func(change func(*sender.Settings)) error {
		s := copySettings(f.Settings)
		s.BaseURL, s.Timeout = baseURL, time.Second
		change(&s)
		_, err := f.New(f.Manifest, s, sender.Deps{})
		return err
	}
	require.NoError(t, open(func(*sender.Settings) {}))
	cases := map[string]func(*sender.Settings){
		"bad base url":  func(s *sender.Settings) { s.BaseURL = "not an address" },
		"bad proxy url": func(s *sender.Settings) { s.Proxy = "::" },
	}
	if f.Manifest.BaseURL == "" && len(f.Manifest.Schemes) == 0 {
		require.NoError(t, open(func(s *sender.Settings) { s.BaseURL = "" }), "the address of the settings is enough")
	} else {
		cases["no base url"] = func(s *sender.Settings) { s.BaseURL = "" }
	}
	for _, field := range f.Manifest.Fields {
		if !field.Required {
			continue
		}
		err := open(func(s *sender.Settings) { delete(s.Values, field.Name); delete(s.Secrets, field.Name) })
		require.Error(t, err, "without %s", field.Name)
		require.Contains(t, err.Error(), field.Name, "the error names the field")
		cases["without "+field.Name] = func(s *sender.Settings) { delete(s.Values, field.Name); delete(s.Secrets, field.Name) }
	}
	maps.Copy(cases, f.Invalid)
	judgeAllAtOnce(t, f, cases, open)
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			err := open(change)
			var failure *sender.Failure
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, sender.ReasonConfig, failure.Reason)
			assert.Equal(t, sender.Never, failure.Class)
			for line := range strings.Lines(lang.TextOf(failure.Err).ZH + failure.Hint.ZH) {
				assert.Regexp(t, `\p{Han}`, line, "a fault of the settings is worded in Chinese too")
			}
			(&stage{fixture: f, settings: f.Settings}).clean(t, err.Error())
		})
	}
	assert.Zero(t, asked.Load(), "New touched the network")
}

// judgeAllAtOnce wants each fault to name the settings that it is about, and two faults of different settings both told.
func judgeAllAtOnce(t *testing.T, f Fixture, cases map[string]func(*sender.Settings), open func(func(*sender.Settings)) error) {
	t.Helper()
	names := []string{"base_url", "proxy"}
	for _, field := range f.Manifest.Fields {
		names = append(names, field.Name)
	}
	about := regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\b`)
	alone, changed := map[string][]string{}, map[string]map[string]string{}
	for name, change := range cases {
		alone[name], changed[name] = faultsOf(open(change)), changedBy(f.Settings, change)
		for _, fault := range alone[name] {
			assert.Regexp(t, about, fault, "%s: a fault names its settings", name)
		}
	}
	for one := range cases {
		for other := range cases {
			together := func(s *sender.Settings) { cases[one](s); cases[other](s) }
			if one == other || !unites(changedBy(f.Settings, together), changed[one], changed[other]) {
				continue
			}
			told := faultsOf(open(together))
			for _, fault := range alone[one] {
				if slices.ContainsFunc(about.FindAllString(fault, -1), func(name string) bool { _, ok := changed[other][name]; return ok }) {
					// It was about a setting that is another now.
					continue
				}
				assert.Contains(t, told, fault, "%s, and %s", one, other)
			}
		}
	}
}

// unites tells whether all is as both want it, who want nothing of the same.
func unites(all, one, other map[string]string) bool {
	if len(all) != len(one)+len(other) {
		return false
	}
	wanted := maps.Clone(one)
	maps.Copy(wanted, other)
	return maps.Equal(all, wanted)
}

func faultsOf(err error) []string {
	failure := sender.AsFailure(err)
	if failure == nil || failure.Err == nil {
		return nil
	}
	var list []string
	for _, one := range lang.Parts(failure.Err) {
		list = append(list, one.Error())
	}
	return list
}

// changedBy are the settings that a change touches, as they are then.
func changedBy(before sender.Settings, change func(*sender.Settings)) map[string]string {
	after := copySettings(before)
	change(&after)
	all := byName(after)
	for name, value := range byName(before) {
		switch now, ok := all[name]; {
		case !ok:
			all[name] = ""
		case now == value:
			delete(all, name)
		}
	}
	return all
}

// byName are settings by the names that the configuration has for them.
func byName(s sender.Settings) map[string]string {
	all := map[string]string{"base_url": s.BaseURL, "proxy": s.Proxy}
	maps.Copy(all, s.Values)
	for name, value := range s.Secrets {
		all[name] = value.Reveal()
	}
	return all
}

// judgeStruct holds a settings struct against the fields of the manifest.
func judgeStruct(t *testing.T, value any, fields []sender.Field) {
	t.Helper()
	if value == nil {
		require.Empty(t, fields, "the fixture has no struct for these fields")
		return
	}
	in := map[string]reflect.Type{}
	typ := reflect.TypeOf(value)
	for field := range typ.Fields() {
		name := field.Tag.Get("setting")
		require.NotEmpty(t, name, "%s.%s has no tag setting", typ, field.Name)
		in[name] = field.Type
	}
	for _, field := range fields {
		got, ok := in[field.Name]
		require.True(t, ok, "%s has no field for %q", typ, field.Name)
		delete(in, field.Name)
		isSecret := got == reflect.TypeFor[secret.Value]()
		assert.Equal(t, field.Secret, isSecret, "%q: a secret is a secret.Value, and nothing else is", field.Name)
		if isSecret {
			continue
		}
		switch field.Kind {
		case sender.FieldBool:
			assert.Equal(t, reflect.Bool, got.Kind(), field.Name)
		case sender.FieldInt:
			assert.Equal(t, reflect.Int, got.Kind(), field.Name)
		case sender.FieldDuration:
			assert.Equal(t, reflect.TypeFor[time.Duration](), got, field.Name)
		case sender.FieldString, sender.FieldText, sender.FieldURL:
			assert.Equal(t, reflect.String, got.Kind(), field.Name)
		}
	}
	assert.Empty(t, in, "fields that the manifest does not name")
}
