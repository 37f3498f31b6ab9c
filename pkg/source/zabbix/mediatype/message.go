package mediatype

import (
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix"
)

// template is one message template's words.
type template struct {
	source zabbix.EventSource
	// of and mode are how the file calls the event source and the operation.
	of, mode      string
	subject, text lang.Text
}

func templates() []template {
	described := lang.Text{ZH: "{TRIGGER.DESCRIPTION}", EN: "{TRIGGER.DESCRIPTION}"}
	return []template{
		{zabbix.Trigger, "TRIGGERS", "PROBLEM", lang.Text{ZH: "问题：{EVENT.NAME}", EN: "Problem: {EVENT.NAME}"}, described},
		{zabbix.Trigger, "TRIGGERS", "RECOVERY", lang.Text{ZH: "恢复：{EVENT.NAME}", EN: "Resolved: {EVENT.NAME}"}, described},
		{zabbix.Trigger, "TRIGGERS", "UPDATE", lang.Text{ZH: "更新：{EVENT.NAME}", EN: "Updated: {EVENT.NAME}"}, described},
		{
			zabbix.Discovery, "DISCOVERY", "PROBLEM",
			lang.Text{ZH: "自动发现：{DISCOVERY.DEVICE.IPADDRESS}", EN: "Discovery: {DISCOVERY.DEVICE.IPADDRESS}"},
			lang.Text{ZH: "该设备的状态已持续 {DISCOVERY.DEVICE.UPTIME}", EN: "the device has been in its state for {DISCOVERY.DEVICE.UPTIME}"},
		},
		{
			zabbix.Autoregistration, "AUTOREGISTRATION", "PROBLEM",
			lang.Text{ZH: "主机自动注册：{HOST.HOST}", EN: "Host registered itself: {HOST.HOST}"},
			lang.Text{},
		},
		{
			zabbix.Internal, "INTERNAL", "PROBLEM",
			lang.Text{ZH: "内部问题：{EVENT.NAME}", EN: "Internal problem: {EVENT.NAME}"},
			lang.Text{ZH: "Zabbix 自身的问题：监控项、触发器或发现规则失效，相应的监控已中断", EN: "a problem of Zabbix itself: an item, a trigger or a rule does not work, so what it watches is not watched"},
		},
		{zabbix.Internal, "INTERNAL", "RECOVERY", lang.Text{ZH: "内部问题恢复：{EVENT.NAME}", EN: "Internal problem resolved: {EVENT.NAME}"}, lang.Text{}},
		{zabbix.Service, "SERVICE", "PROBLEM", lang.Text{ZH: "服务异常：{SERVICE.NAME}", EN: "Service problem: {SERVICE.NAME}"}, lang.Text{ZH: "{SERVICE.DESCRIPTION}", EN: "{SERVICE.DESCRIPTION}"}},
		{zabbix.Service, "SERVICE", "RECOVERY", lang.Text{ZH: "服务恢复：{SERVICE.NAME}", EN: "Service resolved: {SERVICE.NAME}"}, lang.Text{ZH: "{SERVICE.DESCRIPTION}", EN: "{SERVICE.DESCRIPTION}"}},
		{zabbix.Service, "SERVICE", "UPDATE", lang.Text{ZH: "服务更新：{SERVICE.NAME}", EN: "Service updated: {SERVICE.NAME}"}, lang.Text{ZH: "{SERVICE.DESCRIPTION}", EN: "{SERVICE.DESCRIPTION}"}},
	}
}

func (t Type) messages() []message {
	var list []message
	for _, w := range templates() {
		body := w.text.In(t.Language)
		if t.Way == Script && t.Version == V60 {
			body = t.header(w.source) + body
		}
		list = append(list, message{text(w.of), text(w.mode), text(w.subject.In(t.Language)), text(body)})
	}
	return list
}

// header puts the facts of an event in front of the text for people, as zabbix.FromArgs reads them.
func (t Type) header(of zabbix.EventSource) string {
	var b strings.Builder
	fact := func(name, value string) { b.WriteString("{EVENT.ID}|" + name + "=" + value + "\n") }
	b.WriteString("yunluo/1 {EVENT.ID}\n")
	fact("lang", string(t.Language))
	for _, f := range zabbix.Fields() {
		if len(f.On) == 0 || slices.Contains(f.On, of) {
			fact(f.Name, f.Macro)
		}
	}
	return b.String() + "{EVENT.ID}|text="
}
