package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/app"
	"github.com/yunluo-alerts/yunluo/pkg/app/apptest"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// roleVariable makes this test binary play a Grafana of its own, to be killed.
const roleVariable = "YUNLUO_GPX_ROLE"

// binary is the plugin under test, built once.
var binary string //nolint:gochecknoglobals // made by TestMain for all tests

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) != "" {
		os.Exit(beGrafana())
	}
	flag.Parse()
	dir, err := os.MkdirTemp("", "gpx-yunluo-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "gpx_yunluo")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build gpx_yunluo: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// beGrafana starts the plugin, says its pid and waits to be killed.
func beGrafana() int {
	p, err := apptest.Start(os.Getenv("PLUGIN"), []string{"GF_PLUGIN_DATA_DIR=" + os.Getenv("DATA_DIR")}, os.Stderr)
	if err == nil {
		// It answers once its core is open. After that it says nothing, so no broken pipe ends it.
		_, err = p.CheckHealth(context.Background(), &pluginv2.CheckHealthRequest{
			PluginContext: &pluginv2.PluginContext{OrgId: 1, PluginId: app.ID, AppInstanceSettings: &pluginv2.AppInstanceSettings{}},
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(p.Client().ID()) //nolint:forbidigo // it is what the test reads
	select {}
}

// host is a Grafana as far as the plugin can tell.
type host struct {
	t      testing.TB
	env    []string
	log    *lines
	plugin *apptest.Plugin
}

type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newHost starts the plugin with the licence where Grafana's data is, and the operator's keys besides.
func newHost(tb testing.TB, env ...string) *host {
	tb.Helper()
	h := &host{t: tb, log: &lines{}, env: append([]string{"GF_ENTERPRISE_LICENSE_PATH=" + filepath.Join(tb.TempDir(), "license.jwt")}, env...)}
	h.start()
	tb.Cleanup(func() {
		h.plugin.Stop()
		if tb.Failed() {
			tb.Log("the plugin said:\n" + h.log.String())
		}
		for _, secret := range secrets() {
			require.NotContains(tb, h.log.String(), secret, "a secret is in the log")
		}
	})
	return h
}

func (h *host) start() {
	h.t.Helper()
	var err error
	h.plugin, err = apptest.Start(binary, h.env, h.log)
	require.NoError(h.t, err)
}

// crash ends the plugin as a crash would, and waits until it is gone.
func (h *host) crash() {
	h.t.Helper()
	pid, err := strconv.Atoi(h.plugin.Client().ID())
	require.NoError(h.t, err)
	p, err := os.FindProcess(pid)
	require.NoError(h.t, err)
	require.NoError(h.t, p.Kill())
	eventually(h.t, "the plugin is gone", h.plugin.Client().Exited)
}

// org is an organisation with the app's settings, as Grafana keeps them.
type org struct {
	host    *host
	id      int64
	json    string
	secure  map[string]string
	updated time.Time
}

func (h *host) org(id int64, settings string, secure map[string]string) *org {
	return &org{host: h, id: id, json: settings, secure: secure, updated: time.Now()}
}

// save changes settings as POST /api/plugins/<id>/settings does: secrets that are not given stay.
func (o *org) save(settings string, secure map[string]string) {
	o.json, o.updated = settings, o.updated.Add(time.Second)
	maps.Copy(o.secure, secure)
}

func (o *org) context(role string) *pluginv2.PluginContext {
	c := &pluginv2.PluginContext{
		OrgId: o.id, PluginId: app.ID, PluginVersion: "0.1.0",
		AppInstanceSettings: &pluginv2.AppInstanceSettings{
			JsonData: []byte(o.json), DecryptedSecureJsonData: o.secure, LastUpdatedMS: o.updated.UnixMilli(),
		},
		GrafanaConfig: map[string]string{"GF_APP_URL": "http://localhost:3000/"},
	}
	if role != "" {
		c.User = &pluginv2.User{Login: "sa-1-" + strings.ToLower(role), Role: role}
	}
	return c
}

// reply is what Grafana hands on to its caller.
type reply struct {
	code   int
	header http.Header
	body   string
}

func (r reply) into(t *testing.T, v any) {
	t.Helper()
	require.Equal(t, http.StatusOK, r.code, r.body)
	require.NoError(t, json.Unmarshal([]byte(r.body), v), r.body)
}

// call is a call of a resource by somebody with a role.
func (o *org) call(role, method, path string, header http.Header, body []byte) reply {
	o.host.t.Helper()
	r, err := o.try(role, method, path, header, body)
	require.NoError(o.host.t, err)
	return r
}

func (o *org) try(role, method, path string, header http.Header, body []byte) (reply, error) {
	headers := map[string]*pluginv2.StringList{"Content-Type": {Values: []string{"application/json"}}}
	for k, v := range header {
		headers[k] = &pluginv2.StringList{Values: v}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	bare, query, _ := strings.Cut(path, "?")
	r, err := o.host.plugin.Ask(ctx, &pluginv2.CallResourceRequest{
		PluginContext: o.context(role), Method: method, Path: bare, Headers: headers, Body: body,
		Url: (&url.URL{Path: bare, RawQuery: query}).String(),
	})
	return reply{code: r.Code, header: r.Header, body: string(r.Body)}, err
}

// page is a call as the app's pages make it.
func (o *org) page(role, method, path, body string) reply {
	o.host.t.Helper()
	return o.call(role, method, path, http.Header{"Accept": {"application/json"}, "Accept-Language": {"en"}}, []byte(body))
}

// signed makes the headers that Grafana signs a body with.
func signed(secret string, body []byte, at time.Time) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	return http.Header{
		grafana.TimestampHeader: {timestamp},
		grafana.SignatureHeader: {hex.EncodeToString(grafana.Sign(secret, timestamp, body))},
		"X-Grafana-Id":          {"a.b.c"},
		"Accept-Language":       {"en"},
	}
}

// notify sends what Grafana's contact point would, with a Viewer's token.
func (o *org) notify(point, secret string, body []byte) reply {
	o.host.t.Helper()
	return o.call("Viewer", http.MethodPost, "v1/notify/"+point, signed(secret, body, time.Now()), body)
}

func (o *org) health() *pluginv2.CheckHealthResponse {
	o.host.t.Helper()
	r, err := o.host.plugin.CheckHealth(context.Background(), &pluginv2.CheckHealthRequest{PluginContext: o.context("Admin")})
	require.NoError(o.host.t, err)
	return r
}

// world is the sandbox that the plugin sends to; it can be down.
type world struct {
	*sandbox.Sandbox
	url  string
	down atomic.Bool
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	s, err := sandbox.New(sandbox.Options{NoLimits: true})
	require.NoError(tb, err)
	w := &world{Sandbox: s}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.down.Load() {
			http.Error(rw, "down", http.StatusServiceUnavailable)
			return
		}
		s.Handler().ServeHTTP(rw, r)
	}))
	tb.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// arrived are the messages of a chat.
func (w *world) arrived(chat string) (list []stage.Message) {
	for _, m := range w.Messages(stage.Filter{}) {
		if m.Conversation.ID == chat {
			list = append(list, m)
		}
	}
	return list
}

const (
	hmacSecret  = "an-hmac-secret-of-payments"
	otherSecret = "an-hmac-secret-of-others"
	appSecret   = "secret"
	robotToken  = "demo-robot-token"
	robotSecret = "SECdemo0123456789"
)

// secrets must never be in a log; the app's, a plain word of the sandbox's, cannot be told from others.
func secrets() []string {
	return []string{hmacSecret, otherSecret, robotToken, robotSecret, webhookToken, settingsToken}
}

// settings are those of an organisation whose contact point sends to a chat.
func (w *world) settings(chat string) string {
	return fmt.Sprintf(`{
		"accounts": {"feishu": {"type": "feishu_app", "app_id": "cli_demo", "base_url": %q, "limits": "none"}},
		"people": [{"name": "li", "title": "李雷", "mobile": "+8613800000001"}],
		"contact_points": [
			{"name": "payments", "title": "支付", "steps": [{"notify": [{"account": "feishu", "to": [%q]}]}]},
			{"name": "others", "steps": [{"notify": [{"account": "feishu", "to": ["chat:oc_stranger"]}]}]}
		],
		"defaults": {"language": "en"}
	}`, w.url, "chat:"+chat)
}

func (w *world) secure() map[string]string {
	return map[string]string{
		"accounts.feishu":         fmt.Sprintf(`{"app_secret": %q, "base_url": %q}`, appSecret, w.url),
		"contact_points.payments": fmt.Sprintf(`{"hmac_secret": %q}`, hmacSecret),
		"contact_points.others":   fmt.Sprintf(`{"hmac_secret": %q}`, otherSecret),
	}
}

// recorded is a body of Grafana 12.4, byte for byte.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "source", "grafana", "testdata", name))
	require.NoError(t, err)
	return body
}

// payload is a small body with a group key of its own.
func payload(key string) []byte {
	return fmt.Appendf(nil, `{"receiver":"r","status":"firing","orgId":1,"version":"1","groupKey":%q,"title":"t","state":"alerting",
		"alerts":[{"status":"firing","labels":{"alertname":%q,"severity":"critical"},"annotations":{},
		"startsAt":"2026-11-25T10:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":%q}]}`, key, key, key)
}

func eventually(tb testing.TB, what string, cond func() bool) {
	tb.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if cond() {
			return
		}
	}
	require.FailNow(tb, "it did not happen in 30s", what)
}
