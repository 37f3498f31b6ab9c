package api_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/source/api"
	"github.com/yunluo-alerts/yunluo/pkg/source/sourcetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestBodies(t *testing.T) { sourcetest.Golden(t, api.Decode, *update) }

func FuzzDecode(f *testing.F) { sourcetest.Fuzz(f, api.Decode) }

func decode(t *testing.T, body string) alert.Group {
	t.Helper()
	g, err := api.Decode([]byte(body), sourcetest.Labels(), sourcetest.Defaults())
	require.NoError(t, err)
	return g
}

func TestKeyIsTheSameFromFiringToResolved(t *testing.T) {
	firing := decode(t, `{"title":"disk","labels":{"b":"2","a":"1"},"text":"80 %","starts_at":"2026-11-22T20:46:17Z"}`)
	resolved := decode(t, `{"status":"resolved","labels":{"a":"1","b":"2"},"title":"disk"}`)
	require.Equal(t, firing.Key, resolved.Key)
	require.Equal(t, firing.Alerts[0].Fingerprint, resolved.Alerts[0].Fingerprint)
	require.NotEqual(t, firing.Key, decode(t, `{"title":"disk","labels":{"a":"1"}}`).Key)
}

func TestKeyNamesTheAlertWhateverItsTitle(t *testing.T) {
	a, b := decode(t, `{"key":"k","title":"disk 91 %"}`), decode(t, `{"key":"k","title":"disk 92 %"}`)
	require.Equal(t, "k", a.Key)
	require.Equal(t, a.Alerts[0].Fingerprint, b.Alerts[0].Fingerprint)
}

func TestTitlesTellAlertsOfOneNameApart(t *testing.T) {
	named := func(title, status string) string {
		return decode(t, `{"title":"`+title+`","status":"`+status+`","labels":{"alertname":"cron"}}`).Key
	}
	require.NotEqual(t, named("backup failed", "firing"), named("disk is full", "firing"))
	require.Equal(t, named("disk is full", "firing"), named("disk is full", "resolved"))
}

func TestTitleBesideAlertname(t *testing.T) {
	g := decode(t, `{"title":"disk is full on db1","labels":{"alertname":"DiskFull"}}`)
	require.Equal(t, "DiskFull", g.Alerts[0].Name())
	require.Equal(t, "disk is full on db1", g.Alerts[0].Annotations["summary"])
}

func TestAlertsDoNotShareMaps(t *testing.T) {
	g := decode(t, `{"key":"k","labels":{"x":"1"},"alerts":[{"title":"a"},{"title":"b"}]}`)
	g.Alerts[0].Labels["x"] = "changed"
	require.Equal(t, "1", g.Alerts[1].Labels["x"])
	require.Equal(t, map[string]string{"x": "1"}, g.CommonLabels)
}

func TestRefusesWithTheNearestName(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		says []string
	}{
		"misspelt":            {`{"titel":"x"}`, []string{`"titel"`, "title"}},
		"two misspelt":        {`{"titel":"x","severty":"high"}`, []string{"title", `"severty"`, "severity"}},
		"misspelt in a list":  {`{"key":"k","alerts":[{"title":"x"},{"titel":"y"}]}`, []string{`"alerts[1].titel"`}},
		"nothing like it":     {`{"title":"x","zzzzzzzz":1}`, []string{`"zzzzzzzz"`, "event_key"}},
		"no list in a list":   {`{"key":"k","alerts":[{"title":"x","alerts":[]}]}`, []string{`"alerts[0].alerts"`}},
		"severity":            {`{"title":"x","severity":"urgent"}`, []string{`"urgent"`, "critical", "page"}},
		"status":              {`{"title":"x","status":"ok"}`, []string{`"ok"`, "resolved"}},
		"no title":            {`{"severity":"high"}`, []string{"title"}},
		"blank title":         {`{"title":"  "}`, []string{"title"}},
		"no key for a list":   {`{"alerts":[{"title":"x"}]}`, []string{"key"}},
		"label is an object":  {`{"title":"x","labels":{"a":{}}}`, []string{`labels["a"]`}},
		"time":                {`{"title":"x","starts_at":"2026-11-22 10:00"}`, []string{"starts_at", "RFC 3339"}},
		"end of a firing one": {`{"title":"x","ends_at":"2026-11-22T10:00:00Z"}`, []string{"ends_at", "resolved"}},
		"link kind":           {`{"title":"x","links":{"runbok":"http://x/"}}`, []string{"links.runbok", "runbook"}},
		"link address":        {`{"title":"x","links":{"runbook":"wiki/x"}}`, []string{"links.runbook", "https://"}},
		"wrong type":          {`{"title":7}`, []string{`"title"`}},
		"something behind":    {`{"title":"x"} {"title":"y"}`, []string{"JSON"}},
		"cut off":             {`{"title":"x"`, []string{"JSON"}},
		"empty":               {``, []string{"title"}},
		"Alertmanager's body": {`{"version":"4","groupKey":"k","alerts":[{"status":"firing","startsAt":""}]}`, []string{"/api/v1/alertmanager/"}},
		"Grafana's body":      {`{"version":"1","groupKey":"k","state":"ok"}`, []string{"/api/v1/grafana/"}},
	} {
		t.Run(name, func(t *testing.T) { sourcetest.Refused(t, api.Decode, c.body, c.says...) })
	}
}

func TestManyUnknownFieldsAreNotAllNamed(t *testing.T) {
	fault := sourcetest.Fault(t, api.Decode, `{"titel":1,"titel1":1,"titel2":1,"titel3":1,"titel4":1,"titel5":1,"titel6":1}`)
	require.Contains(t, fault.Text.EN, "2 more")
}

func BenchmarkDecodeSmallest(b *testing.B) {
	body := []byte(`{"title":"磁盘快满了","severity":"critical"}`)
	labels, defaults := sourcetest.Labels(), sourcetest.Defaults()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := api.Decode(body, labels, defaults); err != nil {
			b.Fatal(err)
		}
	}
}
