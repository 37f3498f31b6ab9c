package message

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

var update = flag.Bool("update", false, "write the golden files")

// now is a moment after the recorded payloads.
func now() time.Time { return time.Date(2026, 11, 22, 22, 51, 30, 0, time.UTC) }

func shanghai(tb testing.TB) *time.Location {
	tb.Helper()
	l, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(tb, err)
	return l
}

func parsed(tb testing.TB, files ...TemplateFile) *Templates {
	tb.Helper()
	tm, err := ParseTemplates(files...)
	require.NoError(tb, err)
	return tm
}

// recorded decodes a payload of a real server.
func recorded(tb testing.TB, path string) alert.Group {
	tb.Helper()
	b, err := os.ReadFile(path)
	require.NoError(tb, err)
	var w webhook.Message
	require.NoError(tb, json.Unmarshal(b, &w))
	kind := "alertmanager"
	if strings.Contains(path, "grafana") {
		kind = "grafana"
	}
	g := alert.Group{
		Source: "prod", Kind: kind, Key: w.GroupKey, Receiver: w.Receiver, Status: alert.Status(w.Status),
		GroupLabels: w.GroupLabels, CommonLabels: w.CommonLabels, CommonAnnotations: w.CommonAnnotations,
		ExternalURL: w.ExternalURL, Truncated: int(w.TruncatedAlerts),
	}
	for _, a := range w.Alerts {
		severity, err := alert.ParseSeverity(a.Labels["severity"])
		if err != nil {
			severity = alert.Warning
		}
		g.Alerts = append(g.Alerts, alert.Alert{
			Fingerprint: a.Fingerprint, Status: alert.Status(a.Status), Severity: severity, Labels: a.Labels,
			Annotations: a.Annotations, StartsAt: a.StartsAt, EndsAt: a.EndsAt, GeneratorURL: a.GeneratorURL,
		})
	}
	return g
}

func golden(t *testing.T, name string, m Message) {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(m))
	path := filepath.Join("testdata", "golden", name+".json")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

func TestComposeGolden(t *testing.T) {
	t.Parallel()
	tm := parsed(t)
	files, err := filepath.Glob("testdata/*.body.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".body.json")
		g := recorded(t, file)
		golden(t, name+".zh", tm.Compose(g, Style{Language: lang.Chinese, Location: shanghai(t)}, ComposeOptions{Now: now()}))
		golden(t, name+".en", tm.Compose(g, Style{Language: lang.English}, ComposeOptions{Now: now()}))
	}
}

func TestDefaultTemplatesSayWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.body.json")
	require.NoError(t, err)
	tm := parsed(t)
	for _, l := range lang.Languages() {
		inTemplate := Style{
			Language: l, Title: `{{ template "` + defaultName(l, titleField) + `" . }}`, Summary: `{{ template "` + defaultName(l, summaryField) + `" . }}`,
			ItemTitle: `{{ template "` + defaultName(l, itemTitleField) + `" . }}`, ItemText: `{{ template "` + defaultName(l, itemTextField) + `" . }}`,
		}
		for _, file := range files {
			for _, kind := range []Kind{GroupKind, TestKind} {
				g := recorded(t, file)
				opts := ComposeOptions{Now: now(), Kind: kind}
				byCode, byTemplate := tm.Compose(g, Style{Language: l}, opts), tm.Compose(g, inTemplate, opts)
				assert.Equal(t, byCode.Title, byTemplate.Title)
				assert.Equal(t, byCode.Summary, byTemplate.Summary)
				assert.Equal(t, byCode.Notes, byTemplate.Notes, "no template fails")
				for i := range byCode.Items {
					assert.Equal(t, byCode.Items[i].Title, byTemplate.Items[i].Title)
				}
			}
		}
	}
}

func TestAlertmanagerTemplatesWorkUnchanged(t *testing.T) {
	t.Parallel()
	tm := parsed(t, TemplateFile{Name: "ops.tmpl", Content: `{{ define "ops.title" }}{{ .GroupLabels.SortedPairs.Values | join " " }}{{ end }}`})
	g := recorded(t, "testdata/alertmanager_0.34.2_firing_partly_resolved.body.json")
	for _, tt := range []struct{ template, want string }{
		{`{{ template "slack.default.title" . }}`, "[FIRING:2] Grouped c1 "},
		{`{{ template "ops.title" . }}`, "Grouped c1"},
		{`{{ .Alerts.Firing | len }}/{{ .Alerts.Resolved | len }}`, "2/1"},
		{`{{ .CommonLabels.nothing }}x`, "x"},
		{`{{ range .Alerts }}{{ .Labels.instance }} {{ end }}`, "h0 h1 h2"},
		{`{{ (index .Alerts 0).StartsAt | tz "Asia/Shanghai" | date "15:04" }}`, "04:46"},
		{`{{ routeLabels "x" }}{{ .Status | toUpper }}`, "FIRING"},
		{`{{ .SeverityText }} {{ .Source }}`, "严重 prod"},
		{`{{ define "mine" }}{{ . }}!{{ end }}{{ template "mine" .Receiver }}`, "ok!"},
	} {
		m := tm.Compose(g, Style{Summary: tt.template}, ComposeOptions{Now: now()})
		assert.Equal(t, strings.TrimSpace(tt.want), m.Summary, tt.template)
		assert.Len(t, m.Notes, 1, "only the source: %v", m.Notes)
	}
	m := tm.Compose(g, Style{ItemTitle: `{{ .Labels.instance }} of {{ .CommonLabels.cluster }}`, ItemText: `{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}`}, ComposeOptions{Now: now()})
	assert.Equal(t, "h0 of c1", m.Items[0].Title)
	assert.Equal(t, "s", m.Items[0].Text)
	assert.Equal(t, []Field{{"instance", "h0"}}, m.Items[0].Fields, "a custom title leaves the label to the fields")
}

func TestRedefinedDefaultIsUsed(t *testing.T) {
	t.Parallel()
	tm := parsed(t, TemplateFile{Name: "x", Content: `{{ define "yunluo.zh.title" }}自定义 {{ .Name }}{{ end }}`})
	g := recorded(t, "testdata/alertmanager_0.34.2_firing_single.body.json")
	assert.Equal(t, "自定义 Single", tm.Compose(g, Style{Language: lang.Chinese}, ComposeOptions{}).Title)
	assert.Equal(t, "[CRITICAL] Single · h1:9100", tm.Compose(g, Style{Language: lang.English}, ComposeOptions{}).Title)
}

func TestFailingTemplateFallsBackAndSaysSo(t *testing.T) {
	t.Parallel()
	tm := parsed(t)
	g := recorded(t, "testdata/alertmanager_0.34.2_firing_grouped3.body.json")
	want := tm.Compose(g, Style{Language: lang.English}, ComposeOptions{Now: now()})
	for name, tt := range map[string]struct {
		style Style
		says  string
	}{
		"syntax":        {Style{Title: `{{ .Name`}, "template title failed"},
		"unknown field": {Style{Summary: `{{ .Nope }}`}, "template summary failed"},
		"empty title":   {Style{Title: ` {{ if false }}x{{ end }} `}, "empty title"},
		"item":          {Style{ItemTitle: `{{ index .Alerts 7 }}`}, "template item_title failed"},
		"too long":      {Style{ItemText: `{{ range 100000 }}0123456789{{ end }}`}, "more than 64 KiB"},
		"too slow":      {Style{Title: `{{ range 1000000000000 }}{{ end }}x`}, "takes longer than 1s"},
		"recursion":     {Style{Title: `{{ define "r" }}{{ range 9 }}{{ template "r" $ }}{{ end }}{{ end }}{{ template "r" . }}`}, "more than 500 deep"},
		"panic":         {Style{Title: `{{ reReplaceAll "(" "" "x" }}`}, "template title failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.style.Language = lang.English
			m := tm.Compose(g, tt.style, ComposeOptions{Now: now()})
			require.Len(t, m.Notes, 2)
			assert.Contains(t, m.Notes[1], tt.says)
			assert.True(t, m.Defaulted)
			m.Notes, m.Defaulted = m.Notes[:1], false
			for i := range m.Items {
				if tt.style.ItemTitle != "" {
					m.Items[i].Fields = want.Items[i].Fields
				}
			}
			assert.Equal(t, want, m)
		})
	}
}

func TestComposeIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	tm := parsed(t)
	g := recorded(t, "testdata/alertmanager_0.34.2_firing_grouped3.body.json")
	s := Style{Title: `{{ template "yunluo.zh.title" . }}!`, ItemText: `{{ range 50 }}{{ end }}{{ .Labels.instance }}`}
	titles := make(chan string)
	for range 8 {
		go func() {
			last := ""
			for range 50 {
				last = tm.Compose(g, s, ComposeOptions{Now: now()}).Title
			}
			titles <- last
		}()
	}
	for range 8 {
		assert.Equal(t, "[严重] Grouped 触发 3!", <-titles)
	}
}

func TestComposeOrdersWorstFirst(t *testing.T) {
	t.Parallel()
	at := func(fp string, s alert.Status, sev alert.Severity, minute int) alert.Alert {
		return alert.Alert{Fingerprint: fp, Status: s, Severity: sev, StartsAt: now().Add(time.Duration(minute) * time.Minute)}
	}
	g := alert.Group{Alerts: []alert.Alert{
		at("g", alert.Resolved, alert.Critical, -9), at("f", alert.Firing, alert.Info, -9), at("b", alert.Firing, alert.Critical, -1),
		at("d", alert.Firing, alert.High, -5), at("c", alert.Firing, alert.High, -6), at("e", alert.Firing, alert.High, -5), at("a", alert.Firing, alert.Critical, -2),
	}}
	m := parsed(t).Compose(g, Style{}, ComposeOptions{Now: now()})
	order := ""
	var orderSb228 strings.Builder
	for _, i := range m.Items {
		orderSb228.WriteString(i.Title)
	}
	order += orderSb228.String()
	assert.Equal(t, "abcdefg", order)
	assert.Equal(t, alert.Critical, m.Severity)
}

func TestWhen(t *testing.T) {
	t.Parallel()
	start := now().Add(-2*time.Hour - 5*time.Minute)
	firing := func(at time.Time) alert.Alert { return alert.Alert{Status: alert.Firing, StartsAt: at} }
	resolved := func(from, to time.Time) alert.Alert {
		return alert.Alert{Status: alert.Resolved, StartsAt: from, EndsAt: to}
	}
	for _, tt := range []struct {
		name      string
		alert     alert.Alert
		meanwhile bool
		zh, en    string
	}{
		{"firing", firing(start), false, "2026-11-23 04:46:30 UTC+8 起，已持续 2 小时 5 分", "since 2026-11-22 20:46:30 UTC, for 2h5m"},
		{"just now", firing(now()), false, "2026-11-23 06:51:30 UTC+8 起", "since 2026-11-22 22:51:30 UTC"},
		{"future", firing(now().Add(time.Minute)), false, "2026-11-23 06:52:30 UTC+8 起", "since 2026-11-22 22:52:30 UTC"},
		{"zero", firing(time.Time{}), false, "", ""},
		{"year 9999", firing(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), false, "", ""},
		{"resolved", resolved(start, start.Add(12*time.Second)), false, "2026-11-23 04:46:30 至 04:46:42 UTC+8，持续 12 秒", "2026-11-22 20:46:30 to 20:46:42 UTC, lasted 12 s"},
		{"no start", resolved(time.Time{}, start), false, "恢复于 2026-11-23 04:46:30 UTC+8", "resolved at 2026-11-22 20:46:30 UTC"},
		{"ends before it starts", resolved(start, start.Add(-time.Hour)), false, "触发于 2026-11-23 04:46:30 UTC+8", "fired at 2026-11-22 20:46:30 UTC"},
		{"meanwhile", resolved(start, start.Add(3*time.Minute)), true, "期间已触发并恢复，持续 3 分钟，2026-11-23 04:46:30 至 04:49:30 UTC+8", "fired and resolved meanwhile, 3 min, 2026-11-22 20:46:30 to 20:49:30 UTC"},
		{"meanwhile, no times", resolved(time.Time{}, time.Time{}), true, "期间已触发并恢复", "fired and resolved meanwhile"},
	} {
		zh := clock{now: now(), location: shanghai(t), language: lang.Chinese}
		en := clock{now: now(), language: lang.English}
		assert.Equal(t, tt.zh, zh.when(&tt.alert, tt.meanwhile), tt.name)
		assert.Equal(t, tt.en, en.when(&tt.alert, tt.meanwhile), tt.name)
	}
	for d, want := range map[time.Duration][2]string{
		0: {"0 秒", "0 s"}, time.Hour: {"1 小时", "1h"}, 24 * time.Hour: {"1 天", "1d"}, 75 * time.Hour: {"3 天 3 小时", "3d3h"}, -1: {"", ""},
	} {
		assert.Equal(t, want, [2]string{duration(d, lang.Chinese), duration(d, lang.English)})
	}
	kolkata := time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 5*3600+1800))
	assert.Equal(t, "UTC+5:30", zone(kolkata))
}

func TestHostileTextIsCleaned(t *testing.T) {
	t.Parallel()
	g := alert.Group{Alerts: []alert.Alert{{Status: alert.Firing, Labels: map[string]string{
		"alertname": "bad\xff\x00\x1b[31m\nname", "集群": "上海\u202e", "job": "a\r\nb",
	}, Annotations: map[string]string{"summary": "x\xc3\x28", "runbook_url": "javascript:alert(1)"}}}}
	m := parsed(t).Compose(g, Style{}, ComposeOptions{Now: now()})
	assert.Equal(t, "[未分级] bad\uFFFD[31m name · a b", m.Title)
	assert.Equal(t, "x\uFFFD(", m.Summary)
	assert.Equal(t, []Field{{"job", "a\nb"}, {"集群", "上海"}}, m.Fields)
	assert.Empty(t, m.Links)
}

func TestCheckNamesFieldLineAndHint(t *testing.T) {
	t.Parallel()
	tm := parsed(t, TemplateFile{Name: "f", Content: `{{ define "ops.broken" }}{{ template "gone" . }}{{ end }}{{ define "ops.title" }}x{{ end }}`})
	for _, tt := range []struct {
		style Style
		line  int
		says  []string
	}{
		{Style{Title: "a\n{{ .Name"}, 2, []string{"field title", "close every {{"}},
		{Style{Summary: "{{ if .Name }}x"}, 1, []string{"field summary", "exactly one end"}},
		{Style{ItemTitle: "\n\n{{ toUper .Name }}"}, 3, []string{"field item_title", "did you mean toUpper"}},
		{Style{ItemText: `{{ template "ops.tite" . }}`}, 1, []string{"field item_text", "did you mean ops.title"}},
		{Style{Title: `x{{ if false }}{{ template "ops.broken" . }}{{ end }}`}, 1, []string{`"gone" not defined`}},
		{Style{Title: "{{ .Alert }}"}, 1, []string{"there is no field .Alert", "notifications/#data"}},
		{Style{Title: "{{ range 1000000000000 }}{{ end }}"}, 1, []string{"takes longer"}},
	} {
		errs := tm.Check(tt.style)
		require.Len(t, errs, 1, "%+v", tt.style)
		var te *TemplateError
		require.ErrorAs(t, errs[0], &te)
		assert.Equal(t, tt.line, te.Line, te.Error())
		for _, s := range tt.says {
			assert.Contains(t, te.Error(), s)
		}
		assert.NotEmpty(t, te.Message.ZH)
	}
	assert.Empty(t, tm.Check(Style{Title: `{{ template "ops.title" . }}{{ .CommonLabels.foo }}{{ index .Alerts 9 }}`}))
	_, err := ParseTemplates(TemplateFile{Name: "a.tmpl", Content: "x\n{{ end }}"}, TemplateFile{Name: "b.tmpl", Content: "{{ nope }}"})
	require.ErrorContains(t, err, `template "a.tmpl", line 2`)
	require.ErrorContains(t, err, `template "b.tmpl", line 1`)
}

func groups() *rapid.Generator[alert.Group] {
	labels := rapid.MapOfN(rapid.SampledFrom([]string{"alertname", "instance", "severity", "job", "集群", "__x__", "a\xff"}),
		rapid.OneOf(text(5), rapid.String(), rapid.Just("\xff\x00")), 0, 5)
	return rapid.Custom(func(t *rapid.T) alert.Group {
		g := alert.Group{
			Source: "s", Kind: rapid.SampledFrom([]string{"alertmanager", "grafana", "api"}).Draw(t, "kind"),
			ExternalURL: rapid.SampledFrom([]string{"", "http://am", "::"}).Draw(t, "url"), GroupLabels: labels.Draw(t, "group labels"),
			Truncated: rapid.IntRange(-1, 3).Draw(t, "truncated"), Status: alert.Firing,
		}
		for range rapid.IntRange(0, 6).Draw(t, "alerts") {
			g.Alerts = append(g.Alerts, alert.Alert{
				Fingerprint: rapid.StringN(0, 2, 8).Draw(t, "fingerprint"),
				Status:      rapid.SampledFrom([]alert.Status{alert.Firing, alert.Resolved, ""}).Draw(t, "status"),
				Severity:    rapid.SampledFrom(alert.Severities()).Draw(t, "severity"),
				Labels:      labels.Draw(t, "labels"), Annotations: labels.Draw(t, "annotations"),
				StartsAt: time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "start"), 0),
				EndsAt:   time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "end"), 0),
				Value:    text(3).Draw(t, "value"),
			})
		}
		return g
	})
}

func checkMessage(t require.TestingT, m Message) {
	b, err := json.Marshal(m)
	require.NoError(t, err)
	require.True(t, utf8.Valid(b))
	require.NotEmpty(t, strings.TrimSpace(m.Title))
	require.NotContains(t, m.Title, "\n")
	require.LessOrEqual(t, characters(m.Title), titleLen)
	require.Equal(t, m.More > 0, m.MoreNote != "")
	for _, text := range []string{m.Title, m.Summary, m.MoreNote, strings.Join(m.Notes, "")} {
		require.Equal(t, strings.ToValidUTF8(text, "?"), text)
		require.NotContains(t, text, "\x00")
	}
}

func TestComposeHoldsForAnyGroup(t *testing.T) {
	t.Parallel()
	tm := parsed(t)
	rapid.Check(t, func(t *rapid.T) {
		g := groups().Draw(t, "group")
		before := maps.Clone(g.GroupLabels)
		s := Style{Language: rapid.SampledFrom([]lang.Language{"", "zh", "en"}).Draw(t, "language"), Title: rapid.SampledFrom([]string{
			"", "{{ .Name }}", "{{ template \"slack.default.title\" . }}", "{{ index .Alerts 2 }}", "{{",
		}).Draw(t, "title")}
		m := tm.Compose(g, s, ComposeOptions{Now: now()})
		checkMessage(t, m)
		require.Len(t, m.Items, len(g.Alerts))
		require.Equal(t, before, g.GroupLabels)
		for _, i := range m.Items {
			require.Contains(t, []alert.Status{alert.Firing, alert.Resolved}, i.Status)
		}
	})
}

func FuzzCompose(f *testing.F) {
	f.Add(`{{ template "yunluo.zh.title" . }}`, "name", "value\xff", int64(1_700_000_000))
	f.Add(`{{ range .Alerts }}{{ .Labels.SortedPairs }}{{ end }}`, "a", "\x00", int64(-1))
	f.Add("\x11", "0", "0", int64(1_700_000_049))
	tm, err := ParseTemplates()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, template, name, value string, at int64) {
		g := alert.Group{Kind: "alertmanager", ExternalURL: "http://" + value, Alerts: []alert.Alert{{
			Fingerprint: name, Status: alert.Firing, StartsAt: time.Unix(at, 0),
			Labels: map[string]string{"alertname": name, name: value}, Annotations: map[string]string{"summary": value},
		}}}
		checkMessage(t, tm.Compose(g, Style{Title: template, ItemText: template}, ComposeOptions{Now: now()}))
	})
}
