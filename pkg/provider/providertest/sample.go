package providertest

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
)

// sample is a small group as the default template words one.
func sample() message.Message {
	return message.Message{
		Kind: message.GroupKind, Language: lang.Chinese, Status: alert.Firing, Severity: alert.Critical,
		Title:   "支付接口 5xx 过高",
		Summary: "错误率 12%",
		Fields:  []message.Field{{Label: "集群", Value: "prod 1"}},
		Items: []message.Item{
			item("接口甲"), item("接口乙"),
		},
		Links: []message.Link{{Title: "处理手册", URL: "https://example.com/runbook?a=1&b=2"}},
		Notes: []string{"来源 alertmanager"},
	}
}

func item(title string) message.Item {
	return message.Item{
		Title: title, Text: "从 3% 升到 12%", Status: alert.Firing, Severity: alert.Critical,
		Fields: []message.Field{{Label: "实例", Value: "10.0.0.7"}},
		When:   "10:00 起，已 5 分钟",
		Links:  []message.Link{{Title: "图表", URL: "https://example.com/graph"}},
	}
}

// kinds are one message of every kind and language.
func kinds() map[string]message.Message {
	resolved := sample()
	resolved.Status, resolved.Language = alert.Resolved, lang.English
	for i := range resolved.Items {
		resolved.Items[i].Status = alert.Resolved
	}
	digest := sample()
	digest.Kind, digest.More, digest.MoreNote = message.DigestKind, 3, "另有 3 条未列出"
	test := sample()
	test.Kind, test.Items, test.Fields, test.Links = message.TestKind, nil, nil, nil
	long := sample()
	long.Items = nil
	for i := range 400 {
		long.Items = append(long.Items, item(fmt.Sprintf("告警编号%04d号", i)))
	}
	return map[string]message.Message{
		"firing": sample(), "resolved": resolved, "digest": digest, "test": test, "long": long,
		"bare": {Kind: message.GroupKind, Language: lang.English, Status: alert.Firing, Title: "x"},
	}
}

// writings are the ways in which a secret may be told.
func writings(s string) []string {
	out := []string{s, url.QueryEscape(s), url.PathEscape(s)}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			encoded := e.EncodeToString([]byte(strings.Repeat("\x00", before) + s))
			out = append(out, encoded[(before*8+5)/6:(before+len(s))*8/6])
		}
	}
	return out
}
