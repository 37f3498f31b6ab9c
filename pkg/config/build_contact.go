package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func (d *decoder) contactPoints(n *node, c *Config, accounts *node) map[string]ContactPoint {
	out := map[string]ContactPoint{}
	first := d.unique()
	for _, item := range n.list() {
		first(item.get("name"))
		own := item.get("template")
		p := ContactPoint{
			Name:     readOr(item, "name", ""),
			Title:    readOr(item, "title", ""),
			Language: readOr(item, "language", c.Defaults.Language),
			Location: readOr(item, "time_zone", c.Defaults.Location),
			Template: Template{
				Title:     readOr(own, "title", ""),
				Summary:   readOr(own, "summary", ""),
				ItemTitle: readOr(own, "item_title", ""),
				ItemText:  readOr(own, "item_text", ""),
			},
			Repeat:          RepeatAction(readOr(item, "repeat", string(c.Defaults.Repeat))),
			DuplicateWindow: readOr(item, "duplicate_window", c.Defaults.DuplicateWindow),
			GroupWindow:     readOr(item, "group_window", c.Defaults.GroupWindow),
			Steps:           d.steps(item.get("steps"), c, accounts),
		}
		if p.Name != "" {
			out[p.Name] = p
		}
	}
	return out
}

func (d *decoder) steps(n *node, c *Config, accounts *node) []Step {
	if n == nil || !n.ok {
		return nil
	}
	var out []Step
	for i, item := range n.items {
		if !item.ok {
			continue
		}
		s := Step{On: Trigger(readOr(item, "on", "")), GiveUp: readOr(item, "give_up", Step{}.GiveUp)}
		on := item.get("on")
		waits := item.get("after") != nil || item.get("unless_acknowledged") != nil
		switch {
		case i == 0 && on != nil:
			d.fault(on, wrong("第一步没有前一步，不能写 on", "the first step runs at once and has no on").withHint(both("请删去 on", "remove it")))
		case i > 0 && on == nil && !waits:
			d.fault(item, wrong("缺少 on", "on is missing").withHint(
				both("第一步以后的每一步都要写 on: failure", "every step but the first needs on: failure")))
		}
		if g := item.get("give_up"); g != nil && i == len(n.items)-1 {
			d.fault(g, wrong("最后一步不能写 give_up", "give_up has no meaning in the last step").withHint(
				both("后面没有步骤时会一直试 24 小时；请删去它", "without a later step it keeps trying for 24 hours; remove it")))
		}
		for _, entry := range item.get("notify").list() {
			s.Notify = append(s.Notify, d.notify(entry, c, accounts))
		}
		out = append(out, s)
	}
	return out
}

func (d *decoder) notify(n *node, c *Config, accounts *node) Notify {
	out := Notify{
		Account:    readOr(n, "account", ""),
		To:         d.targets(n.get("to"), c),
		Mention:    d.targets(n.get("mention"), c),
		Urgent:     urgency(n.get("urgent")),
		Severities: readOr(n, "severities", alert.None),
	}
	account := accounts.get(out.Account)
	if account == nil {
		if n.get("account") != nil && n.get("account").ok {
			d.fault(n.get("account"), wrong("没有名为 %[1]s 的账号", "no account is named %[1]s", shown(out.Account)).withHint(
				meant(out.Account, accountNames(accounts))))
		}
		return out
	}
	m, ok := d.manifest(readOr(account, "type", ""))
	if !ok {
		return out
	}
	d.kinds(n.get("mention"), m.Mentions, m.Type, false)
	d.to(n, &out, m)
	d.urgent(n, out, m)
	if out.Recall = readOr(n, "recall", false); out.Recall && m.RecallFor == 0 {
		d.fault(n.get("recall"), wrong("%[1]s 的消息不能撤回", "messages of %[1]s cannot be taken back", m.Type).withHint(both("请删去 recall", "remove recall")))
	}
	out.Options = d.options(n, m)
	return out
}

func accountNames(accounts *node) []string {
	var names []string
	if accounts != nil {
		for _, k := range accounts.keys {
			names = append(names, k.value)
		}
	}
	return names
}

// to checks that there are targets exactly when the type has any.
func (d *decoder) to(n *node, out *Notify, m sender.Manifest) {
	to := n.get("to")
	switch {
	case len(m.Targets) > 0 && to == nil:
		d.fault(n, wrong("缺少 to", "to is missing").withHint(
			both("%[1]s 可以发给：%[2]s", "%[1]s takes: %[2]s", m.Type, kindList(m.Targets))))
	case len(m.Targets) == 0 && to != nil:
		d.fault(to, wrong("%[1]s 只有一个去处，不能写 to", "%[1]s has a single target and takes no to", m.Type).withHint(both("请删去 to", "remove it")))
	case len(m.Targets) == 0:
		out.To = []sender.Target{{}}
	default:
		d.kinds(to, m.Targets, m.Type, true)
	}
}

// targets reads a list of targets, each once, with the people that they name.
func (d *decoder) targets(n *node, c *Config) []sender.Target {
	var out []sender.Target
	seen := map[string]bool{}
	for _, item := range n.list() {
		t, ok := item.parsed.(sender.Target)
		if !ok {
			continue
		}
		if seen[t.String()] {
			d.fault(item, wrong("同一个目标写了两次", "the same target is there twice"))
			continue
		}
		seen[t.String()] = true
		if t.Kind == sender.TargetPerson {
			p, known := c.People[t.Value]
			if !known {
				d.fault(item, wrong("people 里没有 %[1]s", "nobody in people is named %[1]s", shown(t.Value)).withHint(
					meant(t.Value, slices.Sorted(maps.Keys(c.People)))))
				item.ok = false
				continue
			}
			t.Person = &p
		}
		out = append(out, t)
	}
	return out
}

// kinds checks that the type takes each target.
func (d *decoder) kinds(n *node, allowed []sender.TargetKind, typ string, to bool) {
	for _, item := range n.list() {
		t, ok := item.parsed.(sender.Target)
		if !ok || slices.Contains(allowed, t.Kind) {
			continue
		}
		p := wrong("%[1]s 不能 @ %[2]s", "%[1]s cannot mention %[2]s", typ, string(t.Kind))
		if to {
			p = wrong("%[1]s 不能发给 %[2]s", "%[1]s cannot send to %[2]s", typ, string(t.Kind))
		}
		if len(allowed) > 0 {
			p = p.withHint(both("可用的有：%[1]s", "use one of: %[1]s", kindList(allowed)))
		}
		d.fault(item, p)
	}
}

func kindList(kinds []sender.TargetKind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func urgency(n *node) sender.Urgency {
	if n == nil || !n.ok {
		return nil
	}
	out := sender.Urgency{}
	for i, k := range n.keys {
		mode, ok := n.values[i].parsed.(string)
		if s, err := alert.ParseSeverity(k.value); err == nil && ok {
			out[s] = sender.UrgeMode(mode)
		}
	}
	return out
}

// urgent checks that the type can urge so, and that there is somebody to urge.
func (d *decoder) urgent(n *node, entry Notify, m sender.Manifest) {
	urgent := n.get("urgent")
	if urgent == nil || !urgent.ok {
		return
	}
	var can []string
	for _, mode := range modes() {
		if m.CanUrge(sender.UrgeMode(mode)) {
			can = append(can, mode)
		}
	}
	if len(can) == 0 {
		d.fault(urgent, wrong("%[1]s 不能加急", "%[1]s cannot urge", m.Type).withHint(both("请删去 urgent", "remove urgent")))
		return
	}
	for i := range urgent.keys {
		value := urgent.values[i]
		if value.ok && !slices.Contains(can, value.value) {
			d.fault(value, wrong("%[1]s 不能用 %[2]s 加急", "%[1]s cannot urge by %[2]s", m.Type, shown(value.value)).withHint(meant("", can)))
		}
	}
	someone := func(t sender.Target) bool {
		switch t.Kind {
		case sender.TargetPerson, sender.TargetUser, sender.TargetEmail, sender.TargetPhone:
			return true
		default:
			return false
		}
	}
	// Targets with faults of their own are not counted, so what is there is taken as written.
	if n.get("to").faulty() || n.get("mention").faulty() {
		return
	}
	if !slices.ContainsFunc(entry.To, someone) && !slices.ContainsFunc(entry.Mention, someone) {
		d.fault(urgent, wrong("没有可以加急的人", "there is nobody to urge").withHint(
			both("请在 to 或 mention 里写上 person、user、email 或 phone", "name a person, user, email or phone in to or mention")))
	}
}

// options reads an entry's options and refuses those that its type does not have.
func (d *decoder) options(n *node, m sender.Manifest) sender.Options {
	out := sender.Options{}
	all := allOptions(d.types)
	var names []string
	for _, f := range m.Options {
		names = append(names, f.Name)
		if child := n.get(f.Name); child != nil && child.ok {
			child.ok = false
			d.check(child, setting(f), child.path)
		}
		if v, ok := valueOf(n, f); ok {
			out[f.Name] = v
		}
	}
	for i, k := range n.keys {
		if slices.Contains(names, k.value) || !slices.ContainsFunc(all, func(o key) bool { return o.name == k.value }) {
			continue
		}
		k.path = n.values[i].path
		d.fault(k, wrong("%[1]s 没有这个选项", "%[1]s has no such option", m.Type).withHint(meant(k.value, names)))
	}
	return out
}
