package teams

import (
	"strings"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// entitiesOf finds what Teams knows people by: their user principal name, which usually is their e-mail address, or
// their object id in Entra ID. A flow can look nobody up, and mention neither a tag nor a whole channel.
func entitiesOf(targets []sender.Target) ([]entity, []lang.Text) {
	var out []entity
	var notes []lang.Text
	ids, texts := map[string]bool{}, map[string]bool{}
	for _, t := range targets {
		id, name := t.Value, ""
		switch {
		case t.Kind == sender.TargetAll:
			id = ""
		case t.Person != nil:
			name = t.Person.Label()
			if id = t.Person.IDs[typeName]; id == "" {
				id = t.Person.Email
			}
		case t.Kind == sender.TargetPerson:
			id = ""
		}
		id = strings.TrimSpace(id)
		if !isID(id) {
			notes = append(notes, leftOut(t))
			continue
		}
		if ids[strings.ToLower(id)] {
			continue
		}
		ids[strings.ToLower(id)] = true
		if name = visible(name); name == "" {
			name = id
		}
		// Two who are called alike are told apart, since an entity is found by its text.
		if texts[name] {
			name += " (" + id + ")"
		}
		texts[name] = true
		out = append(out, entity{Type: "mention", Text: "<at>" + name + "</at>", Mentioned: mentioned{ID: id, Name: name}})
	}
	return out, notes
}

// isID takes a user principal name or an object id.
func isID(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>"\`, r)
	}) &&
		(strings.Contains(s, "@") || len(s) == len("00000000-0000-0000-0000-000000000000"))
}

// visible is a name without what would end the mention's tag, or be markup in it.
func visible(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("<>&*_`~[]\\", r) {
			return ' '
		}
		return r
	}, markup.Flat(name))
}

func leftOut(t sender.Target) lang.Text {
	if t.Kind == sender.TargetAll {
		return words("没有 @ 所有人：工作流不能 @ 整个频道。", "Nobody was mentioned for all: a workflow cannot mention a whole channel.")
	}
	who := t.String()
	if t.Person != nil {
		who = t.Person.Label()
	}
	return words("没有 @ "+who+"：需要邮箱（即 Microsoft 365 登录名），或在 people 里把登录名、Entra 对象 ID 写到 ids.teams。",
		who+" is not mentioned: an e-mail address that is the Microsoft 365 login is needed, or the login or Entra object id as ids.teams in people.")
}

// mentionLine is where the entities' texts stand.
func mentionLine(entities []entity) string {
	texts := make([]string, len(entities))
	for i, e := range entities {
		texts[i] = e.Text
	}
	return strings.Join(texts, " ")
}
