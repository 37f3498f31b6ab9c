package zabbix

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// read makes a notification of what was handed over.
func read(sendTo, subject, message string, f facts) (Notification, error) {
	n := Notification{SendTo: strings.TrimSpace(clean(sendTo))}
	text := f.readHeader(message)
	subject = clean(subject)
	if !isNumber(f["event"]) {
		if subject == "" && text == "" {
			return n, source.Invalid(
				"主题和消息都是空的：请在报警媒介类型的“消息模板”里填写，或重新导入云锣的报警媒介类型",
				"subject and message are both empty: fill in the media type's message templates, or import Yunluo's media type again")
		}
		n.Group = bare(subject, text)
		return n, nil
	}
	var own []string
	r := reading{facts: f, lang: lang.Language(f["lang"]), subject: subject, text: text}
	n.Group, own = r.group()
	n.Told = told(own)
	return n, nil
}

// bare is a message without an event, such as the Test button sends: each is a thing of its own.
func bare(subject, text string) alert.Group {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails, by its documentation
	key := "message/" + hex.EncodeToString(id[:])
	if subject == "" {
		subject, _, _ = strings.Cut(text, "\n")
	}
	labels := map[string]string{nameLabel: subject}
	annotations := map[string]string{}
	if text != "" && text != subject {
		annotations[textAnnotation] = text
	}
	a := alert.Alert{Fingerprint: key, Status: alert.Firing, Severity: alert.Warning, Labels: labels, Annotations: annotations}
	return group(key, key, a)
}

func group(key, eventKey string, a alert.Alert) alert.Group {
	return alert.Group{
		Kind: Kind, Key: key, EventKey: eventKey, Status: a.Status, Single: true, Alerts: []alert.Alert{a},
		GroupLabels:  map[string]string{nameLabel: a.Labels[nameLabel]},
		CommonLabels: maps.Clone(a.Labels), CommonAnnotations: maps.Clone(a.Annotations),
	}
}

const (
	nameLabel      = "alertname"
	severityLabel  = "severity"
	textAnnotation = "summary"
)

// reading is an event on its way to a group.
type reading struct {
	facts
	lang          lang.Language
	subject, text string
}

// say picks the words of the template's language; Chinese where it names none.
func (r reading) say(zh, en string) string { return lang.Text{ZH: zh, EN: en}.In(r.lang) }

// group translates the event. The tags that are ours are returned apart.
func (r reading) group() (g alert.Group, own []string) {
	times := r.times()
	a := alert.Alert{
		Fingerprint: r.facts["event"], Status: alert.Firing, Severity: r.severity(), Value: r.facts["opdata"],
		Labels: map[string]string{}, Annotations: map[string]string{}, StartsAt: times.started,
	}
	own = r.tags(a.Labels)
	if r.facts["value"] == "0" {
		a.Status, a.EndsAt = alert.Resolved, times.ended
	}
	key, eventKey := r.facts["event"], ""
	switch src := EventSource(r.facts["source"]); src {
	case Discovery:
		key = r.discovery(&a)
	case Autoregistration:
		key = r.registration(&a)
	case Internal:
		key, eventKey = "internal/"+key, r.eventKey(a.Status)
		r.label(&a, "监控项", "item", r.facts["item"])
	case Service:
		key, eventKey = "service/"+key, r.eventKey(a.Status)
		r.label(&a, "服务", "service", r.facts["service"])
		r.annotate(&a, "根本原因", "root cause", r.facts["root_cause"])
	case Trigger:
		fallthrough
	default:
		key, eventKey = "problem/"+key, r.eventKey(a.Status)
		r.links(&a)
	}
	r.label(&a, "主机", "host", r.facts["host"])
	r.label(&a, "主机群组", "host groups", r.facts["groups"])
	if r.facts["ip"] != r.facts["host"] {
		r.label(&a, "IP", "IP", r.facts["ip"])
	}
	if a.Labels[nameLabel] == "" {
		a.Labels[nameLabel] = r.name()
	}
	if name := r.facts["severity"]; name != "" {
		a.Labels[severityLabel] = name
	}
	if r.text != "" && r.text != a.Labels[nameLabel] {
		a.Annotations[textAnnotation] = r.text
	}
	update := r.facts["update"] == "1"
	switch {
	case update:
		r.annotate(&a, "更新", "update", r.update())
	case a.Status == alert.Resolved:
		r.annotate(&a, "处理记录", "history", r.facts["history"])
	}
	g = group(key, eventKey, a)
	g.Update = update
	if source.IsWebURL(r.facts["zabbix"]) {
		g.ExternalURL = r.facts["zabbix"]
	}
	return g, own
}

// name is what happened.
func (r reading) name() string {
	for _, s := range []string{r.facts["name"], r.subject, r.text} {
		if s != "" {
			return s
		}
	}
	return r.say("Zabbix 事件 ", "Zabbix event ") + r.facts["event"]
}

// eventKey names this very notification. zabbix_server runs a script again that was under way when it stopped, with
// the same text, and notifies each of several people of one problem, or of one update, with texts that differ.
func (r reading) eventKey(s alert.Status) string {
	id := r.facts["event"] + "/"
	switch {
	case r.facts["update"] == "1":
		what := map[string]string{"action": r.facts["action"], "user": r.facts["user"], "comment": r.facts["comment"]}
		return id + "update/" + r.facts["update_date"] + " " + r.facts["update_time"] + "/" + source.Fingerprint(what) + "/" + string(s)
	case s == alert.Resolved:
		return id + "recovery"
	}
	return id + "problem/" + r.facts["now"]
}

// severity translates {EVENT.NSEVERITY}: what has none, such as an item that is not supported, is a warning, and what
// is no problem is information.
func (r reading) severity() alert.Severity {
	switch r.facts["nseverity"] {
	case "5":
		return alert.Critical
	case "4":
		return alert.High
	case "3", "2":
		return alert.Warning
	case "1":
		return alert.Info
	case "0":
		return alert.None
	}
	switch EventSource(r.facts["source"]) {
	case Discovery, Autoregistration:
		return alert.Info
	case Trigger, Internal, Service:
	}
	return alert.Warning
}

func (r reading) label(a *alert.Alert, zh, en, value string) {
	if name := r.say(zh, en); value != "" {
		a.Labels[name] = value
	}
}

func (r reading) annotate(a *alert.Alert, zh, en, value string) {
	if value != "" {
		a.Annotations[r.say(zh, en)] = value
	}
}

// links lead to the problem in Zabbix, and to what the trigger names.
func (r reading) links(a *alert.Alert) {
	a.Links = source.AppendLink(a.Links, alert.Runbook, r.facts["url"])
	if base := strings.TrimRight(r.facts["zabbix"], "/"); base != "" && isNumber(r.facts["trigger"]) {
		a.Links = source.AppendLink(a.Links, alert.Source, base+"/tr_events.php?triggerid="+r.facts["trigger"]+"&eventid="+r.facts["event"])
	}
	for _, l := range a.Links {
		if l.Kind == alert.Source {
			a.GeneratorURL = l.URL
		}
	}
}

// discovery makes one conversation of each device, or of each service of it: it ends when that is up. Its states come
// at every interval of the rule, so they have no key of their own and are told when they change.
func (r reading) discovery(a *alert.Alert) (key string) {
	where, status := r.facts["device"], r.facts["device_status"]
	if r.facts["device_port"] != "" {
		where, status = where+":"+r.facts["device_port"], r.facts["device_service_status"]
	}
	up := strings.EqualFold(status, "UP") || strings.EqualFold(status, "DISCOVERED")
	if up {
		a.Status, a.EndsAt = alert.Resolved, a.StartsAt
	}
	a.Labels[nameLabel] = r.say("自动发现：", "discovery: ") + where + " " + status
	r.label(a, "发现规则", "discovery rule", r.facts["rule"])
	r.label(a, "DNS", "DNS", r.facts["device_dns"])
	r.label(a, "端口服务", "port service", r.facts["device_service"])
	a.StartsAt = noTime()
	a.Fingerprint = "discovery/" + r.facts["rule"] + "/" + where
	return a.Fingerprint
}

// registration is the news of an agent that registered itself.
func (r reading) registration(a *alert.Alert) (key string) {
	host := r.facts["new_host"]
	a.Labels[nameLabel] = r.say("主机自动注册：", "host registered itself: ") + host
	r.label(a, "端口", "port", r.facts["port"])
	r.label(a, "元数据", "metadata", r.facts["metadata"])
	a.Fingerprint = "registration/" + host + "/" + r.facts["event"]
	return a.Fingerprint
}

func isNumber(s string) bool { return s != "" && len(s) <= 20 && strings.Trim(s, "0123456789") == "" }
