package config

import (
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func contactPoint(types []sender.Manifest) *shape {
	s := object(
		required("name", name().says("联络点的名称。", "The contact point's name.")),
		optional("title", title()),
		optional("language", language()),
		optional("time_zone", timeZone()),
		optional("template", object(
			optional("title", template(text()).says("标题的模板。", "Template of the title.")),
			optional("summary", template(text()).says("摘要的模板。", "Template of the summary.")),
			optional("item_title", template(text()).says("每条告警标题的模板。", "Template of each alert's title.")),
			optional("item_text", template(text()).says("每条告警正文的模板。", "Template of each alert's text.")),
		).says("Alertmanager 模板；不写则用默认模板。", "Alertmanager templates; the default ones where nothing is said.")),
		optional("repeat", repeat()),
		optional("duplicate_window", duplicateWindow()),
		optional("group_window", groupWindow()),
		required("steps", list(step(types)).also(firstAtOnce()).says("步骤：先第一步；前一步失败时下一步。", "Steps: the first at once, a later one when the one before failed.")),
	)
	s.later = []later{{"stale_after", lang.Text{
		ZH: "这个版本还不支持 stale_after", EN: "stale_after comes in a later version",
	}}}
	return s
}

// firstAtOnce is the schema of "no on in the first step, one in every other".
func firstAtOnce() map[string]any {
	first := map[string]any{"not": requires("on")}
	return map[string]any{"allOf": []any{map[string]any{"prefixItems": []any{first}, "items": requires("on")}}}
}

func step(types []sender.Manifest) *shape {
	s := object(
		optional("on", word(string(OnFailure)).says("何时执行：除第一步外都写 failure。", "When the step runs: failure, for every step but the first.")),
		optional("give_up", duration(minGiveUp, maxGiveUp).says(
			"后面还有步骤时，这一步尝试多久；默认 5m，critical 2m。", "How long the step keeps trying when a later step follows; 5m by default, 2m for critical.")),
		required("notify", list(notify(types)).says("通知谁。", "Whom to notify.")),
	)
	waiting := lang.Text{
		ZH: "这个版本还不支持等待后再执行的步骤，请用 on: failure",
		EN: "steps that wait come in a later version, use on: failure",
	}
	s.later = []later{{"after", waiting}, {"unless_acknowledged", waiting}}
	return s
}

func notify(types []sender.Manifest) *shape {
	s := object(
		required("account", name().says("账号的名称。", "The account's name.")),
		optional("to", list(target()).also(map[string]any{"uniqueItems": true}).says("发给谁；只有一个去处的类型（群机器人）不写。", "Whom to send to; not for types with a single target, such as robots.")),
		optional("mention", list(target()).also(map[string]any{"uniqueItems": true}).says("消息里 @ 谁。", "Whom the message mentions.")),
		optional("urgent", severityFor(word(modes()...)).says("从某级别起加急：app、sms、phone。", "How to urge (加急) from a severity on: app, sms or phone.")),
		optional("recall", boolean().says(
			"告警恢复后撤回此前发出的消息，只留下恢复通知；仅用于能撤回的类型。",
			"Takes earlier messages back once the group is resolved, so that only the news of that stays; for types that can.")),
		optional("severities", severity().says("只用于这个级别及更严重的告警；默认全部。", "Only for this severity or worse; all by default.")),
	)
	s.keys = append(s.keys, allOptions(types)...)
	return s
}

func target() *shape {
	return matching(`^\s*(all|(person|chat|user|department|tag|phone|email)\s*:\s*\S.*)$`, readTarget)
}

// allOptions are the options of every type. Which of them an entry may have depends on its account,
// which is known only when all accounts are.
func allOptions(types []sender.Manifest) []key {
	var keys []key
	for _, t := range types {
		for _, o := range t.Options {
			s := setting(o)
			i := slices.IndexFunc(keys, func(k key) bool { return k.name == o.Name })
			if i < 0 {
				keys = append(keys, key{name: o.Name, shape: &shape{kind: laterShape, help: s.help}})
				i = len(keys) - 1
			}
			keys[i].shape.alternatives = append(keys[i].shape.alternatives, s)
		}
	}
	return keys
}
