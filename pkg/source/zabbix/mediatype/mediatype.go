// Package mediatype makes the media types that Zabbix imports, for every version, way and language from one source.
package mediatype

import (
	"bytes"
	_ "embed" // the webhook's script
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix"
)

// Way is how a media type reaches Yunluo.
type Way string

// The two ways.
const (
	// Script runs yunluo-zabbix on the server.
	Script Way = "script"
	// Webhook posts to yunluo serve.
	Webhook Way = "webhook"
)

// Version is the version of the file's format.
type Version string

// The two formats. Zabbix imports files of older versions, never of newer ones.
const (
	// V60 is for 6.0 and later. Scripts of 6.0 get three macros only, so the event travels inside the message.
	V60 Version = "6.0"
	// V64 is for 6.4 and later, where a script may have any macro as an argument.
	V64 Version = "6.4"
)

// Type is one importable media type.
type Type struct {
	Way      Way
	Version  Version
	Language lang.Language
}

// All lists every media type that there is a file of.
func All() []Type {
	var all []Type
	for _, v := range []Version{V60, V64} {
		for _, w := range []Way{Script, Webhook} {
			for _, l := range lang.Languages() {
				all = append(all, Type{w, v, l})
			}
		}
	}
	return all
}

// Binary is the script that AlertScriptsPath must hold.
const Binary = "yunluo-zabbix"

//go:embed webhook.js
var script string

// Script is the JavaScript of the webhook.
func (Type) Script() string { return script }

// Name is what the media type is called in Zabbix, by which an import finds it again.
func (t Type) Name() string {
	if t.Way == Webhook {
		return t.say("云锣 Webhook", "Yunluo webhook")
	}
	return t.say("云锣", "Yunluo")
}

// FileName is the file in zabbix/exports.
func (t Type) FileName() string {
	return fmt.Sprintf("yunluo-%s-%s.%s.yaml", t.Way, t.Version, t.Language)
}

func (t Type) say(zh, en string) string { return lang.Text{ZH: zh, EN: en}.In(t.Language) }

// YAML is the file to import.
func (t Type) YAML() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("# " + t.say("由 go tool mage exports 生成，请勿手改", "made by go tool mage exports; do not edit") + "\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(file{export{Version: text(t.Version), MediaTypes: []media{t.media()}}}); err != nil {
		return nil, fmt.Errorf("write the media type %s: %w", t.FileName(), err)
	}
	return out.Bytes(), nil
}

// The file's structure. Every value is a string, also what looks like a number.
type (
	file struct {
		Export export `yaml:"zabbix_export"`
	}
	export struct {
		Version    text    `yaml:"version"`
		MediaTypes []media `yaml:"media_types"`
	}
	media struct {
		Name          text      `yaml:"name"`
		Type          text      `yaml:"type"`
		ScriptName    text      `yaml:"script_name,omitempty"`
		Parameters    []any     `yaml:"parameters"`
		MaxSessions   text      `yaml:"max_sessions"`
		Script        text      `yaml:"script,omitempty"`
		Timeout       text      `yaml:"timeout,omitempty"`
		ProcessTags   text      `yaml:"process_tags,omitempty"`
		ShowEventMenu text      `yaml:"show_event_menu,omitempty"`
		EventMenuURL  text      `yaml:"event_menu_url,omitempty"`
		EventMenuName text      `yaml:"event_menu_name,omitempty"`
		Description   text      `yaml:"description"`
		Messages      []message `yaml:"message_templates"`
	}
	sorted struct {
		Sortorder text `yaml:"sortorder"`
		Value     text `yaml:"value"`
	}
	named struct {
		Name  text `yaml:"name"`
		Value text `yaml:"value"`
	}
	message struct {
		EventSource   text `yaml:"event_source"`
		OperationMode text `yaml:"operation_mode"`
		Subject       text `yaml:"subject"`
		Message       text `yaml:"message"`
	}
)

// text is a string that is written as one: several lines as a block, one line in quotes.
type text string

// MarshalYAML implements yaml.Marshaler.
func (t text) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: string(t)}
	switch {
	case strings.Contains(n.Value, "\n"):
		n.Style = yaml.LiteralStyle
	case strings.Trim(n.Value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		n.Style = yaml.SingleQuotedStyle
	}
	return n, nil
}

func (t Type) media() media {
	m := media{
		Name: text(t.Name()), MaxSessions: "0", Messages: t.messages(),
		Description: text(t.say("把问题交给云锣：先存盘，再送到人，一条不丢。“收件人”填云锣的联络点，或 账号/目标。\nhttps://github.com/yunluo-alerts/yunluo",
			"Hands problems to Yunluo, which stores them and then gets them to people. \"Send to\" is a contact point of Yunluo, or account/target.\nhttps://github.com/yunluo-alerts/yunluo")),
	}
	if t.Way == Webhook {
		m.Type, m.Script, m.Timeout = "WEBHOOK", text(script), "15s"
		m.ProcessTags, m.ShowEventMenu = "YES", "YES"
		m.EventMenuURL = "{EVENT.TAGS." + zabbix.TagURL + "}"
		m.EventMenuName = text(t.say("云锣：谁收到了", "Yunluo: who was told"))
		for _, p := range t.webhookParameters() {
			m.Parameters = append(m.Parameters, p)
		}
		return m
	}
	m.Type, m.ScriptName = "SCRIPT", Binary
	for i, p := range t.Arguments() {
		if t.Version == V64 {
			m.Parameters = append(m.Parameters, sorted{text(strconv.Itoa(i)), text(p)})
			continue
		}
		m.Parameters = append(m.Parameters, text(p))
	}
	return m
}

// Arguments are a script's. Nothing before the -- comes from a macro, so nobody's "Send to" can be taken for an option.
func (t Type) Arguments() []string {
	args := []string{"--lang=" + string(t.Language), "--", "{ALERT.SENDTO}", "{ALERT.SUBJECT}", "{ALERT.MESSAGE}"}
	if t.Version == V64 {
		args = append(args, "event={EVENT.ID}", "lang="+string(t.Language))
		for _, f := range zabbix.Fields() {
			args = append(args, f.Name+"="+f.Macro)
		}
	}
	return args
}

// The webhook's own parameters; the script posts all others.
const (
	paramURL   = "yunluo_url"
	paramToken = "yunluo_token" //nolint:gosec // G101: a parameter's name
	paramWait  = "yunluo_wait"
	paramProxy = "yunluo_proxy"
)

// webhookParameters come sorted by name, as Zabbix exports them.
func (t Type) webhookParameters() []named {
	list := []named{
		{"event", "{EVENT.ID}"},
		{"lang", text(t.Language)},
		{"sendto", "{ALERT.SENDTO}"},
		{"subject", "{ALERT.SUBJECT}"},
		{"message", "{ALERT.MESSAGE}"},
		{paramURL, "{$YUNLUO.URL}"},
		{paramToken, "{$YUNLUO.TOKEN}"},
		{paramWait, "3s"},
		{paramProxy, ""},
	}
	for _, f := range zabbix.Fields() {
		list = append(list, named{text(f.Name), text(f.Macro)})
	}
	slices.SortFunc(list, func(a, b named) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return list
}
