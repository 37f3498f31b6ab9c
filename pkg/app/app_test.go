package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// open is an app in this process whose robot's messages end at a server of the test.
func open(t *testing.T, handler http.HandlerFunc) (a *App, server string, log *bytes.Buffer) {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	log = &bytes.Buffer{}
	dir := t.TempDir()
	a = New(t.Context(), Options{
		Types: provider.Manifests(), Logger: slog.New(slog.NewTextHandler(log, nil)), Registerer: prometheus.NewRegistry(), Build: "test",
		Getenv: func(name string) string { return map[string]string{envDataDir: dir}[name] },
	})
	t.Cleanup(func() {
		require.NoError(t, a.Close())
		require.NoError(t, a.Close(), "closing twice is fine")
		require.NotContains(t, log.String(), token)
		require.NotContains(t, log.String(), signing)
	})
	return a, s.URL, log
}

// within is what Grafana's SDK hands over of an organisation.
func within(org int64, url string, updated int64) backend.PluginContext {
	return backend.PluginContext{
		OrgID: org, PluginID: ID, User: &backend.User{Role: "Admin"}, //nolint:staticcheck // as Grafana 12.4 does
		AppInstanceSettings: &backend.AppInstanceSettings{
			JSONData: fmt.Appendf(nil, `{"accounts":{"robot":{"type":"dingtalk_robot","base_url":%q,"limits":"none"}},
				"contact_points":[{"name":"ops","steps":[{"notify":[{"account":"robot"}]}]}],"defaults":{"language":"en"}}`, url),
			DecryptedSecureJSONData: map[string]string{
				"accounts.robot":     fmt.Sprintf(`{"access_token":%q,"base_url":%q}`, token, url),
				"contact_points.ops": fmt.Sprintf(`{"hmac_secret":%q}`, signing),
			},
			Updated: time.Unix(updated, 0),
		},
	}
}

// callOf makes an instance for a call, as after every change of settings, and calls.
func callOf(t *testing.T, a *App, in backend.PluginContext, method, path string, body []byte) (status int, said string) {
	t.Helper()
	ctx := backend.WithPluginContext(t.Context(), in)
	made, err := a.NewInstance(ctx, *in.AppInstanceSettings)
	require.NoError(t, err)
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	headers := map[string][]string{
		grafana.TimestampHeader: {stamp},
		grafana.SignatureHeader: {hex.EncodeToString(grafana.Sign(signing, stamp, body))},
	}
	handler, ok := made.(backend.CallResourceHandler)
	require.True(t, ok)
	err = handler.CallResource(ctx, &backend.CallResourceRequest{PluginContext: in, Method: method, Path: path, URL: path, Headers: headers, Body: body},
		backend.CallResourceResponseSenderFunc(func(r *backend.CallResourceResponse) error {
			if r.Status != 0 {
				status = r.Status
			}
			said += string(r.Body)
			return nil
		}))
	require.NoError(t, err)
	return status, said
}

func alertBody(key string) []byte {
	return fmt.Appendf(nil, `{"version":"1","groupKey":%q,"status":"firing","alerts":[{"status":"firing","labels":{"alertname":%q},"fingerprint":%q}]}`, key, key, key)
}

func TestEverythingAtOnce(t *testing.T) {
	a, url, _ := open(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"errcode":0,"errmsg":"ok"}`)) })
	var group sync.WaitGroup
	for i := range 24 {
		group.Go(func() {
			in := within(int64(i%3+1), url, int64(i/6))
			status, said := callOf(t, a, in, http.MethodPost, "v1/notify/ops", alertBody(strconv.Itoa(i)))
			require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, status, said)
		})
		group.Go(func() { callOf(t, a, within(int64(i%3+1), url, 9), http.MethodGet, "v1/history", nil) })
		group.Go(func() {
			ctx := backend.WithPluginContext(t.Context(), within(int64(i%3+1), url, 9))
			result, err := a.checkHealth(ctx, a.tenantOf(int64(i%3+1)))
			require.NoError(t, err)
			require.NotEmpty(t, result.JSONDetails)
		})
	}
	group.Wait()
}

func TestGrafanaIsAnsweredWithinTenSeconds(t *testing.T) {
	release := make(chan struct{})
	a, url, _ := open(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	start := time.Now()
	status, said := callOf(t, a, within(1, url, 1), http.MethodPost, "v1/notify/ops", alertBody("slow"))
	require.Equal(t, http.StatusAccepted, status, said)
	require.Less(t, time.Since(start), answerWithin)
}

// Grafana lets every viewer ask for an app's health.
func TestOnlyAdminsLearnMoreThanHowItIsFromTheHealthCheck(t *testing.T) {
	var asked atomic.Int64
	a, url, _ := open(t, func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); _, _ = w.Write([]byte(`{"errcode":0}`)) })
	for _, role := range []string{"", "Viewer", "Editor", "Admin"} {
		in := within(1, url, 1)
		in.User.Role = role
		if role == "" {
			in.User = nil
		}
		ctx := backend.WithPluginContext(t.Context(), in)
		made, err := a.NewInstance(ctx, *in.AppInstanceSettings)
		require.NoError(t, err)
		handler, ok := made.(backend.CheckHealthHandler)
		require.True(t, ok)
		asked.Store(0)
		result, err := handler.CheckHealth(ctx, &backend.CheckHealthRequest{PluginContext: in})
		require.NoError(t, err)
		var told map[string]any
		require.NoError(t, json.Unmarshal(result.JSONDetails, &told))
		require.Equal(t, true, told["ready"], role)
		if role != "Admin" {
			require.Zero(t, asked.Load(), role)
			require.NotContains(t, told, "data_dir", role)
			require.NotContains(t, told, "accounts", role)
			require.Equal(t, backend.HealthStatusOk, result.Status, role)
			require.Equal(t, "fine", result.Message, role)
			continue
		}
		require.Contains(t, told, "data_dir")
		require.Contains(t, told, "accounts")
	}
}

func TestAPanicIsAnsweredAndItsValueNotLogged(t *testing.T) {
	a, _, log := open(t, http.NotFound)
	a.guarded(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(token) })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil))
	require.Contains(t, log.String(), "request handler panicked")
}

func TestSettingsActAsSoonAsGrafanaHandsThemOver(t *testing.T) {
	var asked atomic.Int64
	a, url, _ := open(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte(`{"errcode":300005,"errmsg":"token is not exist"}`))
	})
	status, said := callOf(t, a, within(1, url, 1), http.MethodPost, "v1/notify/ops", alertBody("auth"))
	require.Equal(t, http.StatusUnprocessableEntity, status, said)
	before := asked.Load()
	changed := within(1, url, 2)
	changed.AppInstanceSettings.DecryptedSecureJSONData["accounts.robot"] = fmt.Sprintf(`{"access_token":"put-right","base_url":%q}`, url)
	// A page that reads only is the first to call after the change; what failed for its credentials is tried once more.
	status, _ = callOf(t, a, changed, http.MethodGet, "v1/history", nil)
	require.Equal(t, http.StatusOK, status)
	require.Eventually(t, func() bool { return asked.Load() > before }, 10*time.Second, time.Millisecond)
}
