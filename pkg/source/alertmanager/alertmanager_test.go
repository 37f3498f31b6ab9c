package alertmanager_test

import (
	"flag"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/source/alertmanager"
	"github.com/yunluo-alerts/yunluo/pkg/source/sourcetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestRecordedPayloads(t *testing.T) { sourcetest.Golden(t, alertmanager.Decode, *update) }

func FuzzDecode(f *testing.F) { sourcetest.Fuzz(f, alertmanager.Decode) }

func decode(t *testing.T, body string) alert.Group {
	t.Helper()
	g, err := alertmanager.Decode([]byte(body), sourcetest.Labels(), sourcetest.Defaults())
	require.NoError(t, err)
	return g
}

func TestRefusesWhatIsNotItsWebhook(t *testing.T) {
	deep := `{"version":"4","groupKey":"k","x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`
	for name, c := range map[string]struct {
		body string
		says []string
	}{
		"empty":                     {"  \n", []string{"webhook_configs"}},
		"list, as Prometheus posts": {`[{"labels":{}}]`, []string{"JSON", "webhook_configs"}},
		"text":                      {"disk full", []string{"JSON"}},
		"cut off":                   {"{\n\"groupKey\":\"k\",\n\"alerts\":[", []string{"JSON", "28"}},
		"broken":                    {"{\n\"groupKey\": }", []string{"JSON", "15", "2"}},
		"two objects":               {`{} {}`, []string{"JSON"}},
		"too deep":                  {deep, []string{"32"}},
		"no group key":              {`{"version":"4","alerts":[{"status":"firing"}]}`, []string{"groupKey"}},
		"no alerts":                 {`{"version":"4","groupKey":"k","alerts":[]}`, []string{"alerts"}},
		"other version":             {`{"version":"5","groupKey":"k","alerts":[{"status":"firing"}]}`, []string{`"5"`, `"4"`}},
		"status":                    {`{"groupKey":"k","alerts":[{"status":"pending"}]}`, []string{"alerts[0].status", `"pending"`, "firing"}},
		"start":                     {`{"groupKey":"k","alerts":[{"status":"firing","startsAt":"gestern"}]}`, []string{"alerts[0].startsAt", "RFC 3339"}},
		"end beyond JSON":           {`{"groupKey":"k","alerts":[{"status":"resolved","endsAt":"9999-12-31T23:59:59-23:59"}]}`, []string{"alerts[0].endsAt"}},
		"label is a number":         {`{"groupKey":"k","alerts":[{"status":"firing","labels":{"a":1}}]}`, []string{"alerts.labels"}},
		"Grafana's body":            {`{"version":"1","groupKey":"k","state":"alerting","alerts":[{"status":"firing"}]}`, []string{"/api/v1/grafana/"}},
		"our own body":              {`{"title":"disk full"}`, []string{"/api/v1/alerts/"}},
	} {
		t.Run(name, func(t *testing.T) { sourcetest.Refused(t, alertmanager.Decode, c.body, c.says...) })
	}
}

func TestSyntaxErrorNamesByteAndLine(t *testing.T) {
	fault := sourcetest.Fault(t, alertmanager.Decode, "{\n\"groupKey\": }")
	require.Equal(t, int64(15), fault.Byte)
	require.Equal(t, 2, fault.Line)
}

func TestDepthOf32Passes(t *testing.T) {
	nested := strings.Repeat("[", 31) + strings.Repeat("]", 31)
	decode(t, `{"version":"4","groupKey":"{[\\\"[[[","future":`+nested+`,"alerts":[{"status":"firing"}]}`)
}

func TestBracketsInStringsAreNotDepth(t *testing.T) {
	g := decode(t, `{"groupKey":"`+strings.Repeat(`[{\"\\`, 100)+`","alerts":[{"status":"firing"}]}`)
	require.Len(t, g.Key, 400)
}

func TestInvalidUTF8IsReplacedAndDelivered(t *testing.T) {
	g := decode(t, "{\"groupKey\":\"k\xff\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\xc3\":\"\\ud800\"}}]}")
	require.Equal(t, "k\ufffd", g.Key)
	require.Equal(t, map[string]string{"a\ufffd": "\ufffd"}, g.Alerts[0].Labels)
}

func TestMissingFingerprintIsAlertmanagersOwn(t *testing.T) {
	for _, file := range []string{"testdata/alertmanager_0.25_firing_grouped3.body.json", "testdata/alertmanager_0.34.2_utf8_label_name.body.json"} {
		body, err := os.ReadFile(file)
		require.NoError(t, err)
		want := decode(t, string(body))
		got := decode(t, strings.ReplaceAll(string(body), `"fingerprint"`, `"forgotten"`))
		require.Equal(t, want, got)
	}
}

func TestSeverity(t *testing.T) {
	for value, want := range map[string]alert.Severity{
		`{"severity":"Page"}`:                    alert.Critical,
		`{"severity":" HIGH "}`:                  alert.High,
		`{"severity":"none"}`:                    alert.None,
		`{"severity":"","priority":"P1"}`:        alert.Critical,
		`{"severity":"weird","priority":"info"}`: alert.Warning,
		`{"other":"critical"}`:                   alert.Warning,
	} {
		g := decode(t, `{"groupKey":"k","alerts":[{"status":"firing","labels":`+value+`}]}`)
		require.Equal(t, want, g.Alerts[0].Severity, value)
	}
}

func TestStatusOfTheGroupIsThatOfItsAlerts(t *testing.T) {
	g := decode(t, `{"groupKey":"k","status":"firing","alerts":[
		{"status":"resolved","startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T08:00:01+08:00"},
		{"endsAt":"2026-01-02T00:00:00Z"}]}`)
	require.Equal(t, alert.Firing, g.Status)
	require.Equal(t, time.Date(2026, 1, 1, 0, 0, 1, 0, time.UTC), g.Alerts[0].EndsAt)
	require.Equal(t, alert.Firing, g.Alerts[1].Status, "an alert without status has the group's")
	require.Zero(t, g.Alerts[1].EndsAt, "a firing alert has no end")
}

func TestLinks(t *testing.T) {
	g := decode(t, `{"groupKey":"k","externalURL":"http://am:9093/","alerts":[{"status":"firing",
		"labels":{"alertname":"a \"b\"\\","标签":"v"},
		"annotations":{"runbook_url":"wiki/relative","runbook":"https://wiki/x","dashboard_url":"javascript://x","panel":"http://g/p"},
		"generatorURL":"http://prom/graph"}]}`)
	byKind := map[alert.LinkKind]string{}
	for _, l := range g.Alerts[0].Links {
		byKind[l.Kind] = l.URL
	}
	silence := byKind[alert.Silence]
	delete(byKind, alert.Silence)
	require.Equal(t, map[alert.LinkKind]string{
		alert.Runbook: "https://wiki/x", alert.Panel: "http://g/p", alert.Source: "http://prom/graph",
	}, byKind)
	filter, ok := strings.CutPrefix(silence, "http://am:9093/#/silences/new?filter=")
	require.True(t, ok, silence)
	require.NotContains(t, filter, "+")
	filter, err := url.PathUnescape(filter)
	require.NoError(t, err)
	require.Equal(t, `{alertname="a \"b\"\\","标签"="v"}`, filter)
}

func TestByteOrderMarkIsIgnored(t *testing.T) {
	decode(t, "\xef\xbb\xbf{\"groupKey\":\"k\",\"alerts\":[{\"status\":\"firing\"}]}")
}

func TestErrorQuotesOnlyAPiece(t *testing.T) {
	fault := sourcetest.Fault(t, alertmanager.Decode, `{"groupKey":"k","alerts":[{"status":"`+strings.Repeat("鑫", 9000)+`"}]}`)
	require.Less(t, len(fault.Text.EN), 400)
}

func BenchmarkDecodeOneAlert(b *testing.B) {
	body, err := os.ReadFile("testdata/alertmanager_0.34.2_firing_single.body.json")
	require.NoError(b, err)
	labels, defaults := sourcetest.Labels(), sourcetest.Defaults()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := alertmanager.Decode(body, labels, defaults); err != nil {
			b.Fatal(err)
		}
	}
}
