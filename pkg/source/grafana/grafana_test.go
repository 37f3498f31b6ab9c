package grafana_test

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
	"github.com/yunluo-alerts/yunluo/pkg/source/sourcetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestRecordedPayloads(t *testing.T) { sourcetest.Golden(t, grafana.Decode, *update) }

func FuzzDecode(f *testing.F) { sourcetest.Fuzz(f, grafana.Decode) }

func TestRefusesWhatIsNotItsWebhook(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		says []string
	}{
		"Alertmanager's body":             {`{"version":"4","groupKey":"k","alerts":[{"status":"firing"}]}`, []string{"/api/v1/alertmanager/"}},
		"Alertmanager's, without version": {`{"groupKey":"k","alerts":[{"status":"firing"}]}`, []string{"/api/v1/alertmanager/"}},
		"our own body":                    {`{"title":"disk full"}`, []string{"/api/v1/alerts/"}},
		"other version":                   {`{"version":"2","groupKey":"k","title":"t","alerts":[{"status":"firing"}]}`, []string{`"2"`, `"1"`}},
		"custom payload":                  {`{"n":1}`, []string{"groupKey", "Grafana"}},
		"broken":                          {`{"alerts":`, []string{"JSON", "payload"}},
	} {
		t.Run(name, func(t *testing.T) { sourcetest.Refused(t, grafana.Decode, c.body, c.says...) })
	}
}

func TestValue(t *testing.T) {
	for values, want := range map[string]string{
		`"values":{"B":20,"A":0.000001,"C":1e21}`:                     "A=0.000001, B=20, C=1e+21",
		`"values":{"B":null,"C":"NaN","D":1234567.5}`:                 "C=NaN, D=1234567.5",
		`"values":null,"valueString":"[ var='B' labels={} value=3 ]"`: "[ var='B' labels={} value=3 ]",
		`"values":{}`: "",
	} {
		body := `{"version":"1","groupKey":"k","alerts":[{"status":"firing",` + values + `}]}`
		g, err := grafana.Decode([]byte(body), sourcetest.Labels(), sourcetest.Defaults())
		require.NoError(t, err)
		require.Equal(t, want, g.Alerts[0].Value)
	}
}

func TestGrafanasOwnLinksComeBeforeAnnotations(t *testing.T) {
	body := `{"version":"1","groupKey":"k","alerts":[{"status":"firing","dashboardURL":"http://g/d","panelURL":"",
		"annotations":{"dashboard_url":"http://other/d","panel_url":"http://other/p"}}]}`
	g, err := grafana.Decode([]byte(body), sourcetest.Labels(), sourcetest.Defaults())
	require.NoError(t, err)
	require.Equal(t, []alert.Link{{Kind: alert.Dashboard, URL: "http://g/d"}, {Kind: alert.Panel, URL: "http://other/p"}}, g.Alerts[0].Links)
}

func BenchmarkDecodeOneAlert(b *testing.B) {
	body, err := os.ReadFile("testdata/grafana_12.4_firing.body.json")
	require.NoError(b, err)
	labels, defaults := sourcetest.Labels(), sourcetest.Defaults()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := grafana.Decode(body, labels, defaults); err != nil {
			b.Fatal(err)
		}
	}
}
