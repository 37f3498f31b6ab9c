package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// plainYunluo sends to one chat and one robot, without credentials; %[1]s is the sandbox.
const plainYunluo = `
accounts:
  feishu: {type: feishu_app, app_id: cli_demo, app_secret: secret, limits: none, base_url: '%[1]s'}
  robot: {type: dingtalk_robot, access_token: demo-robot-token, secret: SECdemo0123456789, limits: none, base_url: '%[1]s'}
people:
  - {name: lilei, title: 李雷, email: lilei@example.com, mobile: "13800000001"}
contact_points:
  - name: payments
    steps:
      - notify:
          - {account: feishu, to: ["chat:oc_demo"], mention: ["person:lilei"], urgent: {critical: phone}}
          - {account: robot, mention: ["person:lilei"]}
  - {name: quiet, steps: [{notify: [{account: feishu, to: ["chat:oc_bench0"]}]}]}
`

// maxBody is the largest body that the guide promises to take.
const maxBody = 16 << 20

func TestRecordedPayloadsAreDelivered(t *testing.T) { //nolint:tparallel // its subtests build on one another
	t.Parallel()
	b := startBox(t, stage.ModeFull)
	d := serve(t, t.TempDir(), fmt.Sprintf(plainYunluo, b.url)+
		"sources: [{name: alertmanager-0-25}, {name: alertmanager-0-34-2}, {name: grafana-9-3}, {name: grafana-12-4}]\n")
	tried := 0
	for _, kind := range []string{"alertmanager", "grafana"} {
		files, err := filepath.Glob("../source/" + kind + "/testdata/*.body.json")
		require.NoError(t, err)
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".body.json")
			version := strings.ReplaceAll(strings.Split(name, "_")[1], ".", "-")
			t.Run(name, func(t *testing.T) {
				body, err := os.ReadFile(file)
				require.NoError(t, err)
				a := ask(t, http.MethodPost, fmt.Sprintf("%s/api/v1/%s/payments?wait=30s&source=%s-%s", d.url, kind, kind, version), body)
				require.Equal(t, http.StatusOK, a.status, a.body)
				var sent struct {
					Alerts []struct{ Labels map[string]string }
				}
				require.NoError(t, json.Unmarshal(body, &sent))
				for _, one := range sent.Alerts {
					for _, p := range []string{"feishu", "dingtalk"} {
						eventually(t, patience, p+" shows "+one.Labels["alertname"], func() bool {
							return len(b.looks(t, p, one.Labels["alertname"])) > 0
						})
					}
				}
			})
			tried++
		}
	}
	require.Equal(t, 23, tried, "there are other recordings than we know")
	eventually(t, patience, "nothing waits", func() bool { return len(d.history("--state", "waiting")) == 0 })
	require.Empty(t, d.history("--state", "failed"))
	require.Empty(t, b.refusals(t))
}

func TestBadInputIsToldAndHarmsNothing(t *testing.T) { //nolint:tparallel // its subtests build on one another
	t.Parallel()
	b := startBox(t, stage.ModeFull)
	d := serve(t, t.TempDir(), fmt.Sprintf(plainYunluo, b.url))
	host, child := d.cmd.Process.Pid, d.core()
	grafana, err := os.ReadFile("../source/grafana/testdata/grafana_12.4_firing.body.json")
	require.NoError(t, err)
	const am = "/api/v1/alertmanager/"
	for _, c := range []struct {
		name   string
		method string
		path   string
		body   string
		status int
		// says are parts of the answer: what was wrong and what would be right.
		says []string
	}{
		{"nothing at all", "POST", am + "quiet", "", 400, []string{"empty"}},
		{"no JSON", "POST", am + "quiet", "<html>", 400, []string{"JSON"}},
		{"a list", "POST", am + "quiet", "[]", 400, []string{"object"}},
		{"cut off", "POST", am + "quiet", string(notification("Cut")[:300]), 400, []string{"JSON"}},
		{"something behind", "POST", am + "quiet", string(notification("Behind")) + "}", 400, nil},
		{"alerts is a number", "POST", am + "quiet", `{"version":"4","groupKey":"g","status":"firing","alerts":7}`, 400, []string{"alerts"}},
		{"no alerts", "POST", am + "quiet", `{"version":"4","groupKey":"g","status":"firing","alerts":[]}`, 400, []string{"alerts"}},
		{"33 deep", "POST", am + "quiet", nested(33), 400, []string{"32"}},
		{"a million deep", "POST", am + "quiet", nested(1_000_000), 400, []string{"32"}},
		{"Grafana's body at Alertmanager's path", "POST", am + "quiet", string(grafana), 400, []string{"/api/v1/grafana/"}},
		{"Alertmanager's body at Grafana's path", "POST", "/api/v1/grafana/quiet", string(notification("Wrong")), 400, []string{"/api/v1/alertmanager/"}},
		{"an unknown field of ours", "POST", "/api/v1/alerts/quiet", `{"titel":"x"}`, 400, []string{"titel", "title"}},
		{"an unknown contact point", "POST", am + "quite", string(notification("Lost")), 404, []string{"quiet"}},
		{"no contact point", "POST", am, string(notification("Lost")), 404, []string{"payments", "quiet"}},
		{"another path", "POST", "/api/v2/alerts", string(notification("Lost")), 404, []string{"/api/v1/alertmanager/{contact_point}"}},
		{"GET", "GET", am + "quiet", "", 405, []string{"POST", "curl"}},
		{"an unknown parameter", "POST", am + "quiet?wiat=5s", string(notification("Lost")), 400, []string{"wait"}},
		{"a wait that is none", "POST", am + "quiet?wait=soon", string(notification("Lost")), 400, []string{"5s"}},
		{"one byte too many", "POST", am + "quiet", heavy(t, maxBody+1), 413, []string{"max_alerts", "16 MiB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ask(t, c.method, d.url+c.path, []byte(c.body), "Content-Type", "application/json", "Accept-Language", "en")
			require.Equal(t, c.status, a.status, a.body)
			for _, s := range c.says {
				require.Contains(t, a.body, s)
			}
			require.LessOrEqual(t, len(a.body), 1024)
			zh := ask(t, c.method, d.url+c.path, []byte(c.body), "Content-Type", "application/json", "Accept-Language", "zh")
			require.Equal(t, c.status, zh.status, zh.body)
			require.NotEqual(t, a.body, zh.body, "the answer is in the caller's language")
		})
	}
	require.Empty(t, d.history(), "nothing of it was stored, not by half")

	t.Run("16 MiB are taken and delivered", func(t *testing.T) {
		a := ask(t, http.MethodPost, d.url+am+"quiet?wait=60s", []byte(heavy(t, maxBody)), "Content-Type", "application/json")
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.NotEmpty(t, b.looks(t, "feishu", "Heavy"))
	})
	t.Run("invalid UTF-8 is replaced and delivered", func(t *testing.T) {
		body := bytes.ReplaceAll(notification("Torn"), []byte("prod-1"), []byte("prod-\xff\xfe1"))
		a := ask(t, http.MethodPost, d.url+am+"quiet?wait=30s", body, "Content-Type", "application/json")
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Contains(t, b.looks(t, "feishu", "Torn")[0].text, "prod-\ufffd")
	})
	t.Run("and then an alert like any other arrives", func(t *testing.T) {
		a := ask(t, http.MethodPost, d.url+am+"payments?wait=30s", notification("Ordinary"), "Content-Type", "application/json")
		require.Equal(t, http.StatusOK, a.status, a.body)
		eventually(t, patience, "both have it", func() bool {
			return len(b.looks(t, "feishu", "Ordinary")) == 1 && len(b.looks(t, "dingtalk", "Ordinary")) == 1
		})
	})
	require.Equal(t, host, d.cmd.Process.Pid)
	require.Equal(t, child, d.core(), "the core was started again")
	_, metrics := get(t, d.url+"/metrics")
	require.Contains(t, metrics, "yunluo_receiver_panics_total 0")
}

// nested is a body with an object that is that deep.
func nested(depth int) string {
	return `{"version":"4","groupKey":"g","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"Deep"}}],"x":` +
		strings.Repeat(`{"x":`, depth-2) + "{}" + strings.Repeat("}", depth-1)
}

// heavy is a valid body of exactly so many bytes: thousands of alerts, and one long text.
func heavy(tb testing.TB, size int) string {
	tb.Helper()
	var b strings.Builder
	b.Grow(size)
	b.WriteString(`{"version":"4","groupKey":"{}:{alertname=\"Heavy\"}","truncatedAlerts":0,"status":"firing","receiver":"r","groupLabels":{"alertname":"Heavy"},` +
		`"commonLabels":{"alertname":"Heavy"},"commonAnnotations":{},"externalURL":"http://am","alerts":[`)
	for i := range 20_000 {
		fmt.Fprintf(&b, `{"status":"firing","labels":{"alertname":"Heavy","instance":"web-%[1]d","severity":"warning"},"annotations":{"summary":"实例 %[1]d"},`+
			`"startsAt":"2026-11-22T08:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://p","fingerprint":"%016[1]x"},`, i)
	}
	const end = `{"status":"firing","labels":{"alertname":"Heavy"},"annotations":{"description":"%s"},"fingerprint":"ffffffffffffffff"}]}`
	fmt.Fprintf(&b, end, strings.Repeat("x", size-b.Len()-len(end)+len("%s")))
	require.Equal(tb, size, b.Len())
	return b.String()
}
