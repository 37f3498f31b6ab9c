// Package alertmanager reads the webhook of Prometheus Alertmanager, versions 0.25 to 0.34 as recorded.
package alertmanager

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// Kind is the kind of the groups that Decode gives.
const Kind = "alertmanager"

// version of the webhook's body that every Alertmanager since 0.6 sends.
const version = "4"

// Decode reads one notification. Fields that newer Alertmanagers add are ignored. The group's
// Source is left empty. Its errors are *source.Error and so Is core.ErrInvalid.
// See https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
func Decode(body []byte, labels config.Labels, defaults config.Defaults) (alert.Group, error) {
	return source.Reading{
		Kind: Kind, System: "Alertmanager", Labels: labels, Defaults: defaults, Expected: expected(), Check: check, Finish: finish,
	}.Decode(body)
}

func expected() lang.Text {
	return lang.Text{ZH: " Alertmanager webhook_configs 的请求体（version 4）", EN: "the body of Alertmanager's webhook_configs (version 4)"}
}

func check(w *source.Webhook) error {
	switch {
	case w.Version == version:
		return nil
	case w.GroupKey != "" && (w.Version == "1" || w.State != ""):
		return source.Invalid(
			"这是 Grafana 的请求体，却发到了 Alertmanager 的路径；请发到 /api/v1/grafana/{联络点}",
			"this is Grafana's body on Alertmanager's path; post it to /api/v1/grafana/{contact_point}")
	case w.GroupKey == "" && w.Title != "":
		return source.Invalid(
			"这像是云锣自己的告警 JSON，却发到了 Alertmanager 的路径；请发到 /api/v1/alerts/{联络点}",
			"this looks like Yunluo's own alert JSON on Alertmanager's path; post it to /api/v1/alerts/{contact_point}")
	case w.Version != "":
		return source.Invalid(
			"version 是 "+source.Quote(w.Version)+"，应为 \"4\"：Alertmanager webhook 的请求体版本",
			"version is "+source.Quote(w.Version)+" and should be \"4\", the version of Alertmanager's webhook body")
	}
	return nil
}

func finish(w *source.Webhook, from *source.WebhookAlert, to *alert.Alert) {
	links := source.AnnotationLinks(from.Annotations)
	links = source.AppendLink(links, alert.Silence, silenceURL(w.ExternalURL, from.Labels))
	to.Links = source.AppendLink(links, alert.Source, from.GeneratorURL)
}

// silenceURL opens the form for a silence of exactly these labels in Alertmanager's own web pages,
// in the form that those pages link to it themselves.
func silenceURL(externalURL string, labels map[string]string) string {
	if !source.IsWebURL(externalURL) || len(labels) == 0 {
		return ""
	}
	var filter strings.Builder
	filter.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(labels)) {
		if i > 0 {
			filter.WriteByte(',')
		}
		filter.WriteString(labelName(name))
		filter.WriteByte('=')
		quoteTo(&filter, labels[name])
	}
	filter.WriteByte('}')
	// The form's fragment is not decoded as a query string is: a plus stays a plus there.
	escaped := strings.ReplaceAll(url.QueryEscape(filter.String()), "+", "%20")
	return strings.TrimRight(externalURL, "/") + "/#/silences/new?filter=" + escaped
}

// labelName is quoted if it is not a name of the classic kind, as matchers of Alertmanager 0.27 and later want it.
func labelName(name string) string {
	classic := name != ""
	for i := range len(name) {
		c := name[i]
		letter := c == '_' || (c|0x20 >= 'a' && c|0x20 <= 'z')
		if !letter && (i == 0 || c < '0' || c > '9') {
			classic = false
			break
		}
	}
	if classic {
		return name
	}
	var b strings.Builder
	quoteTo(&b, name)
	return b.String()
}

func quoteTo(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := range len(s) {
		switch s[i] {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(s[i])
		case '\n':
			b.WriteString(`\n`)
		default:
			b.WriteByte(s[i])
		}
	}
	b.WriteByte('"')
}
