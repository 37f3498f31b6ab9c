// Package grafana reads the webhook of Grafana's contact points, versions 9.3 to 12.4 as recorded.
package grafana

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// Kind is the kind of the groups that Decode gives.
const Kind = "grafana"

// version of the webhook's body that Grafana sends since its unified alerting.
const version = "1"

// Decode reads one notification in Grafana's default payload. Fields that newer versions add are
// ignored. The group's Source is left empty. Its errors are *source.Error and so Is core.ErrInvalid.
// See https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/.
func Decode(body []byte, labels config.Labels, defaults config.Defaults) (alert.Group, error) {
	return source.Reading{
		Kind: Kind, System: "Grafana", Labels: labels, Defaults: defaults, Expected: expected(), Check: check, Finish: finish,
	}.Decode(body)
}

func expected() lang.Text {
	return lang.Text{
		ZH: " Grafana webhook 联络点的默认请求体（不要设置自定义 payload）",
		EN: "the default body of Grafana's webhook contact point (without a custom payload)",
	}
}

func check(w *source.Webhook) error {
	switch {
	case w.Version == version:
		return nil
	case w.Version == "4", w.Version == "" && w.GroupKey != "" && w.State == "" && w.Title == "":
		return source.Invalid(
			"这是 Alertmanager 的请求体，却发到了 Grafana 的路径；请发到 /api/v1/alertmanager/{联络点}",
			"this is Alertmanager's body on Grafana's path; post it to /api/v1/alertmanager/{contact_point}")
	case w.GroupKey == "" && w.Title != "":
		return source.Invalid(
			"这不是 Grafana 统一告警的默认请求体（有 title，没有 groupKey）；自己的脚本请发到 /api/v1/alerts/{联络点}，Grafana 里请去掉自定义 payload",
			"this is not the default body of Grafana's alerting (a title and no groupKey); post your own scripts' alerts to /api/v1/alerts/{contact_point}, and in Grafana remove the custom payload")
	case w.Version != "":
		return source.Invalid(
			"version 是 "+source.Quote(w.Version)+"，应为 \"1\"：Grafana webhook 的请求体版本",
			"version is "+source.Quote(w.Version)+" and should be \"1\", the version of Grafana's webhook body")
	}
	return nil
}

func finish(_ *source.Webhook, from *source.WebhookAlert, to *alert.Alert) {
	var links []alert.Link
	links = source.AppendLink(links, alert.Dashboard, from.DashboardURL)
	links = source.AppendLink(links, alert.Panel, from.PanelURL)
	links = source.AppendLink(links, alert.Silence, from.SilenceURL)
	for _, l := range source.AnnotationLinks(from.Annotations) {
		links = source.AppendLink(links, l.Kind, l.URL)
	}
	to.Links = source.AppendLink(links, alert.Source, from.GeneratorURL)
	to.Value = value(from.Values, from.ValueString)
}

// value words the measured values by name, "B=20, C=1"; older Grafana has only its own wording.
func value(values map[string]any, wording string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch v := values[name].(type) {
		case float64:
			parts = append(parts, name+"="+number(v))
		case string:
			parts = append(parts, name+"="+v)
		case bool:
			parts = append(parts, name+"="+strconv.FormatBool(v))
		}
	}
	if len(parts) == 0 {
		return wording
	}
	return strings.Join(parts, ", ")
}

// number avoids exponents where a person would not write one.
func number(v float64) string {
	if abs := max(v, -v); abs != 0 && (abs < 1e-6 || abs >= 1e15) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
