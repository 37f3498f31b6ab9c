package config

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func (d *decoder) manifest(typ string) (sender.Manifest, bool) {
	i := slices.IndexFunc(d.types, func(m sender.Manifest) bool { return m.Type == typ })
	if i < 0 {
		return sender.Manifest{}, false
	}
	return d.types[i], true
}

func (d *decoder) accounts(n *node, defaults Defaults) map[string]Account {
	out := map[string]Account{}
	if n == nil {
		return out
	}
	identities := map[string]string{}
	for i, k := range n.keys {
		item := n.values[i]
		m, ok := d.manifest(readOr(item, "type", ""))
		if !item.ok || !ok {
			continue
		}
		a := Account{
			Name:     k.value,
			Type:     m.Type,
			Title:    readOr(item, "title", ""),
			Settings: d.settings(k.value, item, m),
			Limits:   d.limits(item, m),
			InFlight: readOr(item, "in_flight", max(defaultInFlight, min(m.Batch, batchInFlight))),
			Fold:     readOr(item, "fold", defaults.Fold),
		}
		d.tryAccount(item, a, m)
		if !k.ok {
			continue
		}
		out[a.Name] = a
		if id := identity(a, m); id != "" {
			if other, twice := identities[id]; twice {
				k.path = join(k.path, k.value)
				d.fault(k, wrong("与账号 %[1]s 的类型和凭证相同", "the same type and credentials as account %[1]s", shown(other)).withHint(
					both("两个账号共用一个机器人，限额会被计算两次；请只留一个", "two accounts share one robot: limits would be counted twice; keep one of them")))
				continue
			}
			identities[id] = a.Name
		}
	}
	return out
}

// tryAccount makes the account's sender, which finds settings that no request can be made of. What it says of a setting
// that has a fault already is not told: it was given another in its place, or none.
func (d *decoder) tryAccount(n *node, a Account, m sender.Manifest) {
	if m.New == nil {
		return
	}
	_, err := m.New(a.Settings, sender.Deps{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		return
	}
	f := sender.AsFailure(err)
	why := err
	if f.Err != nil {
		why = f.Err
	}
	open := unsettled(n, account(m))
	said := problem{hint: f.Hint}
	var zh, en []string
	for _, one := range lang.Parts(why) {
		text := lang.TextOf(one)
		if namesOneOf(text.EN, open) {
			said.hint = lang.Text{}
			continue
		}
		zh, en = append(zh, strings.ReplaceAll(text.ZH, "\n", "；")), append(en, strings.ReplaceAll(text.EN, "\n", "; "))
	}
	if len(en) > 0 {
		said.message = lang.Text{ZH: strings.Join(zh, "；"), EN: strings.Join(en, "; ")}
		d.fault(n, said)
	}
}

// unsettled are the fields of an account of which it is told already what is wrong: those with faults, those that are
// missing, and those that a misspelt one stands for.
func unsettled(n *node, s *shape) (names []string) {
	for _, k := range s.keys {
		value, twin := n.get(k.name), n.get(k.name+fileSuffix)
		if !k.shape.secret {
			twin = nil
		}
		if value != nil && !value.ok || twin != nil && !twin.ok || k.required && value == nil && twin == nil {
			names = append(names, k.name)
		}
	}
	for _, k := range n.keys {
		if _, _, known := s.find(k.value); !known {
			names = append(names, strings.TrimSuffix(nearest(k.value, s.fieldNames()), fileSuffix))
		}
	}
	return names
}

// namesOneOf tells whether a text has one of the names in it as a word.
func namesOneOf(text string, names []string) bool {
	inName := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	words := strings.FieldsFunc(text, func(r rune) bool { return !inName(r) })
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(names, w) })
}

func (d *decoder) settings(name string, n *node, m sender.Manifest) sender.Settings {
	s := sender.Settings{
		Account: name,
		BaseURL: readOr(n, "base_url", m.BaseURL),
		Proxy:   readOr(n, "proxy", ""),
		Timeout: readOr(n, "timeout", defaultTimeout),
		Values:  map[string]string{},
		Secrets: map[string]secret.Value{},
	}
	for _, f := range m.Fields {
		if f.Secret {
			s.Secrets[f.Name] = secretOf(n, f.Name)
			if !s.Secrets[f.Name].IsSet() {
				s.Secrets[f.Name] = secret.New(f.Default)
			}
			continue
		}
		if v, ok := valueOf(n, f); ok {
			s.Values[f.Name] = v
		}
	}
	return s
}

// valueOf is a setting as providers get it; false when it is neither set nor has a default.
func valueOf(n *node, f sender.Field) (string, bool) {
	if child := n.get(f.Name); child != nil {
		switch v := child.parsed.(type) {
		case string:
			return v, true
		case bool:
			return strconv.FormatBool(v), true
		case int:
			return strconv.Itoa(v), true
		case time.Duration:
			return v.String(), true
		}
	}
	return f.Default, f.Default != ""
}

func (d *decoder) limits(n *node, m sender.Manifest) []sender.Limit {
	limits := slices.Clone(m.Limits)
	switch own := n.get("limits"); {
	case own == nil:
	case own.kind == scalarNode:
		limits = nil
	default:
		limits = nil
		for _, item := range own.list() {
			limits = append(limits, sender.Limit{
				Scope: sender.Scope(readOr(item, "scope", "")),
				Count: readOr(item, "count", 0),
				Per:   readOr[time.Duration](item, "per", 0),
				Kind:  limitKind(readOr(item, "kind", "")),
				Ops:   limitOps(item.get("ops")),
			})
		}
	}
	share := readOr(n, "share", 1.0)
	for i := range limits {
		limits[i].Count = max(1, int(math.Floor(float64(limits[i].Count)*share)))
	}
	return limits
}

func limitKind(word string) sender.LimitKind {
	if word == "rate" {
		return sender.Rate
	}
	return sender.LimitKind(word)
}

func limitOps(n *node) (ops []sender.Op) {
	for _, s := range texts(n) {
		ops = append(ops, sender.Op(s))
	}
	return ops
}

// identity tells accounts apart as the provider does: by the type and all required settings. It is
// empty for a type without a required secret, for an account that lacks one, and for a type without
// limits, of which nothing would be counted twice.
func identity(a Account, m sender.Manifest) string {
	if len(m.Limits) == 0 {
		return ""
	}
	var id strings.Builder
	fmt.Fprintf(&id, "%q", a.Type)
	secrets := 0
	for _, f := range m.Fields {
		if !f.Required {
			continue
		}
		v := a.Settings.Values[f.Name]
		if f.Secret {
			v = a.Settings.Secrets[f.Name].Reveal()
			secrets++
		}
		if v == "" {
			return ""
		}
		fmt.Fprintf(&id, " %q", v)
	}
	if secrets == 0 {
		return ""
	}
	return id.String()
}
