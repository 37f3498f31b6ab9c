package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/stretchr/testify/require"
)

func TestAnAlertOfGrafanaArrivesAndItsResolveFollows(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())

	r := o.notify("payments", hmacSecret, recorded(t, "grafana_12.4_firing.body.json"))
	require.Equal(t, http.StatusOK, r.code, r.body)
	require.Contains(t, r.body, `"state":"delivered"`)
	require.Len(t, w.arrived("oc_demo"), 1)

	r = o.notify("payments", hmacSecret, recorded(t, "grafana_12.4_resolved.body.json"))
	require.Equal(t, http.StatusOK, r.code, r.body)
	require.Equal(t, 1, w.arrived("oc_demo")[0].EditCount, "the card changed in place")
}

func TestANotificationIsBelievedByItsSignatureAlone(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	body := recorded(t, "grafana_12.4_firing.body.json")
	without := func(name string) http.Header {
		h := signed(hmacSecret, body, time.Now())
		h.Del(name)
		return h
	}
	for name, c := range map[string]struct {
		point  string
		header http.Header
		body   []byte
		status int
		says   string
	}{
		"no signature":               {"payments", without("X-Yunluo-Signature"), body, http.StatusForbidden, "not signed"},
		"no timestamp":               {"payments", without("X-Yunluo-Timestamp"), body, http.StatusForbidden, "no timestamp"},
		"another point's secret":     {"payments", signed(otherSecret, body, time.Now()), body, http.StatusForbidden, "another HMAC secret"},
		"another body":               {"payments", signed(hmacSecret, body, time.Now()), append([]byte(" "), body...), http.StatusForbidden, "another HMAC secret"},
		"an old one":                 {"payments", signed(hmacSecret, body, time.Now().Add(-6*time.Minute)), body, http.StatusForbidden, "5 minutes"},
		"a point that nobody signs":  {"nobody", signed(hmacSecret, body, time.Now()), body, http.StatusForbidden, "no signing secret"},
		"a path that is not a name":  {"pay%ments /x", signed(hmacSecret, body, time.Now()), body, http.StatusForbidden, "no signing secret"},
		"a body that is not Grafana": {"payments", signed(hmacSecret, []byte(`{"a":1}`), time.Now()), []byte(`{"a":1}`), http.StatusBadRequest, "Grafana"},
		"no body":                    {"payments", signed(hmacSecret, nil, time.Now()), nil, http.StatusBadRequest, "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			r := o.call("Admin", http.MethodPost, "v1/notify/"+c.point, c.header, c.body)
			require.Equal(t, c.status, r.code, r.body)
			require.Contains(t, r.body, c.says)
			require.LessOrEqual(t, len(r.body), 1024)
		})
	}
	require.Equal(t, http.StatusBadRequest, o.call("Viewer", http.MethodPost, "v1/notify/payments?wait=1h", signed(hmacSecret, body, time.Now()), body).code)
	require.Equal(t, http.StatusMethodNotAllowed, o.call("Admin", http.MethodGet, "v1/notify/payments", nil, nil).code)
	require.Empty(t, w.arrived("oc_demo"))
}

func TestARefusalByTheProviderIsToldWithItsReason(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	r := o.notify("others", otherSecret, recorded(t, "grafana_12.4_firing.body.json"))
	require.Equal(t, http.StatusUnprocessableEntity, r.code, r.body)
	require.Contains(t, r.body, "230002", "the provider's code")
	require.LessOrEqual(t, len(r.body), 1024)
}

func TestChangedSettingsActAtTheNextCallAndBrokenOnesChangeNothing(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, payload("a")).code)

	o.save(w.settings("oc_ops"), nil)
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, payload("b")).code)
	require.Len(t, w.arrived("oc_ops"), 1, "the change acts at once, and secrets that were not entered again stay")

	o.save(strings.Replace(w.settings("oc_demo"), `"steps"`, `"stepz"`, 1), nil)
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, payload("c")).code)
	require.Len(t, w.arrived("oc_ops"), 2, "what was in force stays so")
	health := o.health()
	require.Equal(t, pluginv2.CheckHealthResponse_ERROR, health.GetStatus())
	require.Contains(t, health.GetMessage(), "stepz")

	// An address that changed would get the secrets of the old one.
	o.save(strings.Replace(w.settings("oc_demo"), w.url, "http://127.0.0.1:1", 1), nil)
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, payload("d")).code)
	require.Len(t, w.arrived("oc_ops"), 3)
	require.Contains(t, o.health().GetMessage(), "enter this account's secrets again")

	rotated := `{"hmac_secret": "` + otherSecret + `", "previous_hmac_secret": "` + hmacSecret + `"}`
	o.save(w.settings("oc_demo"), map[string]string{"contact_points.payments": rotated})
	for _, secret := range []string{otherSecret, hmacSecret} {
		require.Equal(t, http.StatusOK, o.notify("payments", secret, payload("e"+secret)).code)
	}
}

func TestTwoOrganisationsSeeNothingOfEachOther(t *testing.T) {
	w := newWorld(t)
	h := newHost(t)
	one, two := h.org(1, w.settings("oc_demo"), w.secure()), h.org(2, w.settings("oc_ops"), w.secure())
	delete(two.secure, "contact_points.payments")
	two.secure["contact_points.payments"] = `{"hmac_secret": "` + otherSecret + `"}`

	require.Equal(t, http.StatusOK, one.notify("payments", hmacSecret, payload("same")).code)
	require.Equal(t, http.StatusForbidden, two.notify("payments", hmacSecret, payload("same")).code)
	require.Equal(t, http.StatusOK, two.notify("payments", otherSecret, payload("same")).code)
	require.Len(t, w.arrived("oc_demo"), 1)
	require.Len(t, w.arrived("oc_ops"), 1)

	var first, second struct {
		Deliveries []struct {
			ID     string `json:"id"`
			Target string `json:"target"`
		} `json:"deliveries"`
	}
	one.page("Viewer", http.MethodGet, "v1/history", "").into(t, &first)
	two.page("Viewer", http.MethodGet, "v1/history", "").into(t, &second)
	require.Len(t, first.Deliveries, 1)
	require.Equal(t, "chat:oc_demo", first.Deliveries[0].Target)
	require.Len(t, second.Deliveries, 1)
	require.Equal(t, "chat:oc_ops", second.Deliveries[0].Target)
	require.Equal(t, http.StatusNotFound, two.page("Admin", http.MethodGet, "v1/history/"+first.Deliveries[0].ID, "").code)
	require.Equal(t, http.StatusNotFound, two.page("Admin", http.MethodPost, "v1/history/"+first.Deliveries[0].ID+"/resend", "").code)
}

func TestWhatWaitsGoesOnAfterACrashThoughNobodyCalls(t *testing.T) {
	for name, key := range map[string][]string{"with a key file": nil, "with the operator's key": {"GF_PLUGIN_SECRET_KEY=" + otherSecret}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := newHost(t, key...)
			o := h.org(1, w.settings("oc_demo"), w.secure())
			w.down.Store(true)
			r := o.notify("payments", hmacSecret, payload("waits"))
			require.Equal(t, http.StatusAccepted, r.code, r.body)
			h.crash()
			w.down.Store(false)

			h.start()
			eventually(t, "the message arrives", func() bool { return len(w.arrived("oc_demo")) == 1 })
			kept := filepath.Join(dataDir(h), "settings", "org-1.sealed")
			content, err := os.ReadFile(kept)
			require.NoError(t, err)
			require.NotContains(t, string(content), "app_secret")
			info, err := os.Stat(kept)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			require.Equal(t, http.StatusOK, o.page("Admin", http.MethodDelete, "v1/settings/sealed", "").code)
			require.NoFileExists(t, kept)
		})
	}
}

// dataDir is where the plugin keeps its data: beside Grafana's licence.
func dataDir(h *host) string {
	_, licence, _ := strings.Cut(h.env[0], "=")
	return filepath.Join(filepath.Dir(licence), "yunluo")
}

func TestAProcessWaitsForItsPredecessor(t *testing.T) {
	w := newWorld(t)
	old := newHost(t)
	require.Equal(t, http.StatusOK, old.org(1, w.settings("oc_demo"), w.secure()).notify("payments", hmacSecret, payload("old")).code)
	next := newHost(t, "GF_PLUGIN_DATA_DIR="+dataDir(old))
	answered := make(chan reply, 1)
	o := next.org(1, w.settings("oc_demo"), w.secure())
	go func() {
		r, _ := o.try("Viewer", http.MethodPost, "v1/notify/payments", signed(hmacSecret, payload("new"), time.Now()), payload("new"))
		answered <- r
	}()
	var busy struct{ Ready bool }
	o.page("Viewer", http.MethodGet, "v1/health", "").into(t, &busy)
	require.False(t, busy.Ready, "the old one has the store")
	old.plugin.Stop()
	require.Equal(t, http.StatusOK, (<-answered).code)
}

func TestAPluginEndsWithAGrafanaThatWasKilled(t *testing.T) {
	dir := t.TempDir()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), roleVariable+"=grafana", "PLUGIN="+binary, "DATA_DIR="+dir)
	said := &lines{}
	parent.Stderr = said
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	var pid int
	_, err = fmt.Fscan(out, &pid)
	require.NoError(t, err, said.String())
	orphan, err := os.FindProcess(pid)
	require.NoError(t, err)
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	require.NoError(t, orphan.Signal(syscall.Signal(0)), "a plugin does not notice at once")

	w := newWorld(t)
	o := newHost(t, "GF_PLUGIN_DATA_DIR="+dir).org(1, w.settings("oc_demo"), w.secure())
	r := o.notify("payments", hmacSecret, payload("after"))
	require.Equal(t, http.StatusOK, r.code, r.body)
}

func TestLargeBodies(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	sized := func(size int) []byte {
		head, tail, _ := bytes.Cut(payload("large"), []byte(`"annotations":{}`))
		fill := size - len(head) - len(tail) - len(`"annotations":{"summary":""}`)
		return bytes.Join([][]byte{head, []byte(`"annotations":{"summary":"`), bytes.Repeat([]byte("x"), fill), []byte(`"}`), tail}, nil)
	}
	body := sized(16 << 20)
	require.Len(t, body, 16<<20)
	r := o.notify("payments", hmacSecret, body)
	require.Equal(t, http.StatusOK, r.code, r.body)
	body = append(body, ' ')
	r = o.notify("payments", hmacSecret, body)
	require.Equal(t, http.StatusRequestEntityTooLarge, r.code, r.body)
	require.Contains(t, r.body, "Max Alerts")
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	h := newHost(t)
	orgs := []*org{h.org(1, w.settings("oc_demo"), w.secure()), h.org(2, w.settings("oc_ops"), w.secure())}
	const each = 40
	var group sync.WaitGroup
	codes := make(chan int, 2*each)
	for _, o := range orgs {
		for i := range each {
			group.Go(func() {
				body := payload(fmt.Sprintf("many-%d", i))
				r, err := o.try("Viewer", http.MethodPost, "v1/notify/payments", signed(hmacSecret, body, time.Now()), body)
				if err != nil {
					r.code = -1
				}
				codes <- r.code
			})
			group.Go(func() { _, _ = o.try("Viewer", http.MethodGet, "v1/history?limit=10", nil, nil) })
		}
	}
	group.Wait()
	close(codes)
	for code := range codes {
		require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, code)
	}
	for chat, o := range map[string]*org{"oc_demo": orgs[0], "oc_ops": orgs[1]} {
		eventually(t, "all of "+chat+" are told", func() bool {
			var page struct {
				Deliveries []struct{ State string } `json:"deliveries"`
			}
			o.page("Viewer", http.MethodGet, "v1/history?limit=1000&state=waiting", "").into(t, &page)
			return len(page.Deliveries) == 0
		})
		all := fmt.Sprint(w.arrived(chat))
		require.NotEmpty(t, all)
	}
}

func TestMetricsAreInGrafanasRegistry(t *testing.T) {
	w := newWorld(t)
	h := newHost(t)
	require.Equal(t, http.StatusOK, h.org(1, w.settings("oc_demo"), w.secure()).notify("payments", hmacSecret, payload("m")).code)
	r, err := h.plugin.CollectMetrics(t.Context(), &pluginv2.CollectMetricsRequest{})
	require.NoError(t, err)
	text := string(r.GetMetrics().GetPrometheus())
	require.Contains(t, text, `yunluo_received_total{code="200",contact_point="payments",kind="grafana",source="grafana"} 1`)
	require.Contains(t, text, `yunluo_deliveries_total{account="feishu",outcome="delivered",reason="",type="feishu_app"} 1`)
	require.Contains(t, text, "yunluo_provider_seconds_bucket")
	require.Contains(t, text, "go_goroutines")
}

func TestTheHealthCheckTestsEveryAccount(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	health := o.health()
	require.Equal(t, pluginv2.CheckHealthResponse_OK, health.GetStatus(), health.GetMessage())
	o.save(o.json, map[string]string{"accounts.feishu": fmt.Sprintf(`{"app_secret": "wrong", "base_url": %q}`, w.url)})
	health = o.health()
	require.Equal(t, pluginv2.CheckHealthResponse_ERROR, health.GetStatus())
	require.Contains(t, health.GetMessage(), "feishu")
	require.Contains(t, health.GetMessage(), "10014")
	require.Contains(t, string(health.GetJsonDetails()), `"ready":true`)
}

func TestADataDirectoryThatCannotBeUsedIsToldEverywhere(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	o := newHost(t, "GF_PLUGIN_DATA_DIR="+filepath.Join(file, "below")).org(1, w.settings("oc_demo"), w.secure())
	health := o.health()
	require.Equal(t, pluginv2.CheckHealthResponse_ERROR, health.GetStatus())
	require.Contains(t, health.GetMessage(), "data_dir")
	r := o.notify("payments", hmacSecret, payload("lost"))
	require.Equal(t, http.StatusServiceUnavailable, r.code)
	require.NotEmpty(t, r.header.Get("Retry-After"))
	require.Contains(t, r.body, file)
}
