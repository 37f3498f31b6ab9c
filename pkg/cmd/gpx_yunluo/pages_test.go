package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

func TestEachRoleMayDoWhatItIsFor(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, payload("roles")).code)
	roles := []string{"", "None", "Viewer", "Editor", "Admin"}
	for _, c := range []struct {
		method, path, body string
		least              int
	}{
		{http.MethodGet, "v1/types", "", 2},
		{http.MethodGet, "v1/health", "", 2},
		{http.MethodGet, "v1/contact-points", "", 2},
		{http.MethodGet, "v1/people", "", 2},
		{http.MethodGet, "v1/history", "", 2},
		{http.MethodGet, "v1/accounts", "", 3},
		{http.MethodPost, "v1/preview", `{"contact_point":"payments"}`, 3},
		{http.MethodPost, "v1/test", `{"contact_point":"payments"}`, 3},
		{http.MethodPost, "v1/people/lookup", `{"account":"feishu","person":{"name":"li","mobile":"+8613800000001"}}`, 3},
		{http.MethodPost, "v1/accounts/feishu/probe", "", 4},
		{http.MethodPost, "v1/settings/check", `{"jsonData":{}}`, 4},
		{http.MethodDelete, "v1/settings/sealed", "", 4},
	} {
		for i, role := range roles {
			want := http.StatusForbidden
			if i >= c.least {
				want = http.StatusOK
			}
			r := o.page(role, c.method, c.path, c.body)
			require.Equal(t, want, r.code, "%s %s as %q: %s", c.method, c.path, role, r.body)
		}
	}
	require.Equal(t, http.StatusForbidden, o.page("Viewer", http.MethodPost, "v1/history/x/resend", "").code)
	require.Equal(t, http.StatusNotFound, o.page("Editor", http.MethodPost, "v1/history/x/resend", "").code)
	require.Equal(t, http.StatusNotFound, o.page("Admin", http.MethodGet, "v1/nothing", "").code)
	require.Equal(t, http.StatusNotFound, o.page("Admin", http.MethodPost, "v1/accounts/nobody/probe", "").code)
	require.Equal(t, http.StatusBadRequest, o.page("Admin", http.MethodGet, "v1/history?colour=red", "").code)
	require.Equal(t, http.StatusBadRequest, o.page("Admin", http.MethodPost, "v1/test", `{"contact":"payments"}`).code)
}

func TestSecretsNeverComeBack(t *testing.T) {
	w := newWorld(t)
	settings := strings.Replace(w.settings("oc_demo"), `"accounts": {`,
		`"accounts": {"robot": {"type": "dingtalk_robot", "base_url": "`+w.url+`", "title": "机器人"},`, 1)
	o := newHost(t).org(1, settings, w.secure())
	o.secure["accounts.robot"] = fmt.Sprintf(`{"access_token": %q, "secret": %q, "base_url": %q}`, robotToken, robotSecret, w.url)
	var accounts struct {
		ReadOnly bool `json:"read_only"`
		Accounts []struct {
			Name, Type, Title string
			Settings          map[string]any
			Secrets           []string
		}
		Faults []any
	}
	o.page("Admin", http.MethodGet, "v1/accounts", "").into(t, &accounts)
	require.Empty(t, accounts.Faults)
	require.Len(t, accounts.Accounts, 2)
	require.Equal(t, "机器人", accounts.Accounts[1].Title)
	require.Equal(t, []string{"access_token", "secret"}, accounts.Accounts[1].Secrets)
	require.Equal(t, w.url, accounts.Accounts[1].Settings["base_url"])

	var said strings.Builder
	for _, path := range []string{"v1/types", "v1/health", "v1/contact-points", "v1/people", "v1/history", "v1/accounts"} {
		said.WriteString(o.page("Admin", http.MethodGet, path, "").body)
	}
	said.WriteString(o.page("Admin", http.MethodPost, "v1/settings/check", `{"jsonData":`+settings+`}`).body)
	said.WriteString(o.page("Admin", http.MethodPost, "v1/accounts/robot/probe", "").body)
	said.WriteString(string(o.health().GetJsonDetails()) + o.health().GetMessage())
	for _, secret := range secrets() {
		require.NotContains(t, said.String(), secret)
	}
	// One who forgot that jsonData is public is told, and not by repeating it.
	o.save(strings.Replace(settings, `"app_id"`, `"app_secret": "`+otherSecret+`", "app_id"`, 1), nil)
	for _, role := range []string{"Editor", "Admin"} {
		body := o.page(role, http.MethodGet, "v1/accounts", "").body
		require.NotContains(t, body, otherSecret)
		require.Contains(t, body, "secureJsonData")
	}
}

func TestViewersSeeNoPhoneNumbers(t *testing.T) {
	w := newWorld(t)
	settings := strings.Replace(w.settings("oc_demo"), `"to": ["chat:oc_demo"]`, `"to": ["person:li"]`, 1)
	o := newHost(t).org(1, settings, w.secure())
	body := []byte(strings.Replace(string(payload("call 13800000001")), `"annotations":{}`, `"annotations":{"summary":"+86 138 0000 0001"}`, 1))
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, body).code)
	for _, path := range []string{"v1/people", "v1/history"} {
		require.Contains(t, o.page("Editor", http.MethodGet, path, "").body, "13800000001")
		masked := o.page("Viewer", http.MethodGet, path, "").body
		require.NotContains(t, masked, "13800000001")
		require.Contains(t, masked, "*****")
	}
}

func TestPreviewAndTestShowWhatAlertsWillBe(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	type previews []struct {
		Account, Type, Target, Error string
		Parts                        []struct{ Preview struct{ Title string } }
	}
	var saved, draft previews
	o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"payments","severity":"critical","text":"说明"}`).into(t, &saved)
	require.Len(t, saved, 1)
	require.Equal(t, "chat:oc_demo", saved[0].Target)
	require.NotEmpty(t, saved[0].Parts[0].Preview.Title)

	ops := `"draft":{"steps":[{"notify":[{"account":"feishu","to":["chat:oc_ops"]}]}]}`
	for _, name := range []string{"payments", "drafted"} {
		o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"`+name+`",`+ops+`,"payload":`+
			string(recorded(t, "grafana_12.4_firing.body.json"))+`}`).into(t, &draft)
		require.Len(t, draft, 1)
		require.Equal(t, "chat:oc_ops", draft[0].Target)
		require.Contains(t, draft[0].Parts[0].Preview.Title, "磁盘 rc")
	}
	require.Equal(t, http.StatusNotFound, o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"drafted"}`).code)
	o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"payments","status":"resolved"}`).into(t, &draft)
	require.NotEqual(t, saved[0].Parts[0].Preview.Title, draft[0].Parts[0].Preview.Title)
	require.Equal(t, http.StatusBadRequest, o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"payments","status":"maybe"}`).code)
	r := o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"payments","draft":{"stepz":[]}}`)
	require.Equal(t, http.StatusUnprocessableEntity, r.code)
	require.Contains(t, r.body, `"faults":[{"path":"contact_points[0]`)
	// Faults elsewhere are not the draft's, and a draft cannot say where a provider is.
	good := o.json
	o.save(strings.Replace(good, `"name": "others",`, `"name": "others", "stepz": [],`, 1), map[string]string{"contact_points.others": `{"hmac_secret":"short"}`})
	o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"payments",`+ops+`}`).into(t, &draft)
	require.Equal(t, "chat:oc_ops", draft[0].Target)
	o.save(strings.Replace(good, `"type": "feishu_app"`, `"type": "pigeon"`, 1), nil)
	r = o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"payments",`+ops+`}`)
	require.Equal(t, http.StatusUnprocessableEntity, r.code)
	require.Contains(t, r.body, "pigeon")
	o.save(good, map[string]string{"contact_points.others": w.secure()["contact_points.others"]})
	for _, elsewhere := range []string{`"settings":{"jsonData":{}}`, `"draft":{"accounts":{}}`} {
		require.NotEqual(t, http.StatusOK, o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"payments",`+elsewhere+`}`).code)
	}
	require.Empty(t, w.Messages(stage.Filter{}), "a preview sends nothing")

	var result struct {
		State      string
		Deliveries []struct {
			State, Code string
			Hint        struct{ ZH, EN string }
		}
	}
	o.page("Editor", http.MethodPost, "v1/test", `{"contact_point":"payments"}`).into(t, &result)
	require.Equal(t, "delivered", result.State)
	require.Len(t, w.arrived("oc_demo"), 1)
	o.page("Editor", http.MethodPost, "v1/test", `{"contact_point":"others"}`).into(t, &result)
	require.Equal(t, "failed", result.State)
	require.Equal(t, "230002", result.Deliveries[0].Code)
	require.NotEmpty(t, result.Deliveries[0].Hint.ZH)
}

func TestContactPointsTellTheirNewestDelivery(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	var list struct {
		Revision      string
		ContactPoints []struct {
			Name string
			Last *struct{ ID, State, At, Reason, Code string }
		} `json:"contact_points"`
	}
	o.page("Viewer", http.MethodGet, "v1/contact-points", "").into(t, &list)
	require.NotEmpty(t, list.Revision)
	require.Nil(t, list.ContactPoints[0].Last)
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, payload("a")).code)
	require.Equal(t, http.StatusUnprocessableEntity, o.notify("others", otherSecret, payload("b")).code)
	o.page("Viewer", http.MethodGet, "v1/contact-points", "").into(t, &list)
	require.Equal(t, "delivered", list.ContactPoints[0].Last.State)
	require.Equal(t, "failed", list.ContactPoints[1].Last.State)
	require.Equal(t, "230002", list.ContactPoints[1].Last.Code)
	require.NotEmpty(t, list.ContactPoints[1].Last.Reason)
	require.NotEmpty(t, list.ContactPoints[1].Last.At)
	require.Equal(t, http.StatusOK, o.page("Viewer", http.MethodGet, "v1/history/"+list.ContactPoints[1].Last.ID, "").code)
}

func TestFiguresSumUpTheHistory(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, payload("a")).code)
	require.Equal(t, http.StatusOK, o.notify("payments", hmacSecret, payload("b")).code)
	require.Equal(t, http.StatusUnprocessableEntity, o.notify("others", otherSecret, payload("c")).code)
	type bucket struct {
		At                                              time.Time
		Delivered, Failed, Waiting, Unknown, Superseded int
	}
	read := func(query string) (list []bucket, sum bucket) {
		var out struct{ Buckets []bucket }
		o.page("Viewer", http.MethodGet, "v1/history/figures"+query, "").into(t, &out)
		for _, b := range out.Buckets {
			sum.Delivered, sum.Failed = sum.Delivered+b.Delivered, sum.Failed+b.Failed
			require.Zero(t, b.Waiting+b.Unknown+b.Superseded)
		}
		return out.Buckets, sum
	}
	list, sum := read("")
	require.Len(t, list, 24)
	require.Equal(t, time.Hour, list[1].At.Sub(list[0].At))
	require.Equal(t, bucket{Delivered: 2, Failed: 1}, sum)
	require.Equal(t, bucket{Delivered: 2, Failed: 1, At: list[23].At}, list[23])
	_, sum = read("?contact_point=payments&account=feishu")
	require.Equal(t, bucket{Delivered: 2}, sum)
	_, sum = read("?contact_point=nobody")
	require.Zero(t, sum)
	list, sum = read("?since=2020-01-01T00:00:00Z&until=2020-01-01T00:00:10Z&buckets=200")
	require.Len(t, list, 200)
	require.Zero(t, sum)
	for _, bad := range []string{
		"?buckets=201", "?buckets=0", "?buckets=x", "?since=2020-01-01T00:00:00Z&until=2019-01-01T00:00:00Z",
		"?since=1900-01-01T00:00:00Z&until=2020-01-01T00:00:00Z", "?since=yesterday", "?colour=red",
	} {
		require.Equal(t, http.StatusBadRequest, o.page("Viewer", http.MethodGet, "v1/history/figures"+bad, "").code, bad)
	}
	require.Equal(t, http.StatusForbidden, o.page("", http.MethodGet, "v1/history/figures", "").code)
}

func TestAPersonSendsAgainWhatFailed(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_stranger"), w.secure())
	require.Equal(t, http.StatusUnprocessableEntity, o.notify("payments", hmacSecret, payload("again")).code)
	var page struct {
		Deliveries []struct{ ID, State string }
	}
	o.page("Viewer", http.MethodGet, "v1/history?state=failed&contact_point=payments&limit=5", "").into(t, &page)
	require.Len(t, page.Deliveries, 1)
	chat, _ := w.Chat("oc_stranger")
	chat.Bots = []string{"*"}
	world := w.View()
	world.Chats = append(world.Chats[:0:0], chat)
	world.Users, world.Apps, world.Robots, world.Plays = nil, nil, nil, nil
	require.NoError(t, w.Add(world))
	require.Equal(t, http.StatusOK, o.page("Editor", http.MethodPost, "v1/history/"+page.Deliveries[0].ID+"/resend", "").code)
	eventually(t, "it arrives", func() bool { return len(w.arrived("oc_stranger")) == 1 })
	require.Equal(t, http.StatusBadRequest, o.page("Editor", http.MethodPost, "v1/history/"+page.Deliveries[0].ID+"/resend", "").code)
}

// serveCore runs a core of its own file until the test ends.
func serveCore(t *testing.T, w *world, address string) {
	t.Helper()
	load := func() (*config.Config, error) {
		return config.Parse("core.yaml", fmt.Appendf(nil, `
accounts: {feishu: {type: feishu_app, app_id: cli_demo, app_secret: secret, base_url: %q}}
contact_points: [{name: payments, title: 支付, steps: [{notify: [{account: feishu, to: ["chat:oc_demo"]}]}]}]
`, w.url), provider.Manifests(), config.Options{AllowFiles: true})
	}
	e, err := engine.Open(t.Context(), engine.Options{Dir: t.TempDir(), Types: provider.Manifests(), Load: load, ConfigPath: "/etc/yunluo/core.yaml"})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ready, served := make(chan struct{}), make(chan error, 1)
	go func() {
		served <- corerpc.Serve(ctx, e, corerpc.ServeOptions{Address: address, Tenants: []string{config.MainTenant}, Ready: func() { close(ready) }})
	}()
	<-ready
	t.Cleanup(func() { stop(); require.NoError(t, <-served); require.NoError(t, e.Close()) })
}

func TestAttachedToACoreOfItsOwnFile(t *testing.T) {
	w := newWorld(t)
	address := filepath.Join(t.TempDir(), "socket", "core.sock")
	serveCore(t, w, address)

	h := newHost(t, "GF_PLUGIN_CORE="+address)
	o := h.org(3, `{"defaults": {"language": "en"}}`, w.secure())
	r := o.notify("payments", hmacSecret, recorded(t, "grafana_12.4_firing.body.json"))
	require.Equal(t, http.StatusOK, r.code, r.body)
	require.Len(t, w.arrived("oc_demo"), 1)
	require.NoDirExists(t, dataDir(h), "what a core of its own keeps is not kept twice")

	var points struct {
		ReadOnly      bool   `json:"read_only"`
		ConfigPath    string `json:"config_path"`
		ContactPoints []struct {
			Name, Title, Path string
			Signed            bool
		} `json:"contact_points"`
	}
	o.page("Admin", http.MethodGet, "v1/contact-points", "").into(t, &points)
	require.True(t, points.ReadOnly)
	require.Equal(t, "/etc/yunluo/core.yaml", points.ConfigPath)
	require.Equal(t, "支付", points.ContactPoints[0].Title)
	require.True(t, points.ContactPoints[0].Signed)
	require.Contains(t, o.page("Viewer", http.MethodGet, "v1/contact-points", "").body, `"last":{"at":`)
	require.Contains(t, o.page("Viewer", http.MethodGet, "v1/history/figures", "").body, `"delivered":1`)
	o.page("Editor", http.MethodPost, "v1/test", `{"contact_point":"payments"}`).into(t, &struct{}{})
	require.Equal(t, "OK", o.health().GetStatus().String(), o.health().GetMessage())

	for path, fields := range map[string]string{
		"v1/accounts/x": `"create":true,"type":"feishu_app","settings":{}`, "v1/people/li": `"settings":{}`, "v1/defaults": `"defaults":{}`,
		"v1/contact-points/payments": `"settings":{}`,
	} {
		r = o.change("Admin", http.MethodPut, path, fields)
		require.Equal(t, http.StatusConflict, r.code, r.body)
		require.Contains(t, r.body, `"code":"read_only"`)
		require.Contains(t, r.body, "/etc/yunluo/core.yaml")
	}
	r = o.page("Editor", http.MethodPost, "v1/preview", `{"contact_point":"payments","draft":{"steps":[]}}`)
	require.Contains(t, r.body, `"code":"read_only"`)
	// What is Grafana's side is not in that file.
	shown := o.changes(t, http.MethodPost, "v1/contact-points/payments/secret", "")
	require.Equal(t, http.StatusOK, o.notify("payments", shown, payload("rotated")).code)
	o.changes(t, http.MethodPut, "v1/grafana", `"webhook_token":"`+webhookToken+`"`)
	require.Equal(t, http.StatusOK, o.page("Editor", http.MethodPost, "v1/contact-points/payments/grafana", "{}").code)
	require.Equal(t, http.StatusNotFound, o.page("Editor", http.MethodPost, "v1/contact-points/others/grafana", "{}").code)

	// An organisation that had settings of its own before.
	had := h.org(4, w.settings("oc_other"), w.secure())
	r = had.notify("payments", hmacSecret, payload("still"))
	require.Equal(t, http.StatusOK, r.code, r.body)
	require.Empty(t, w.arrived("oc_other"))
	health := had.health()
	require.Equal(t, "OK", health.GetStatus().String(), health.GetMessage())
	require.Contains(t, health.GetMessage(), "accounts, contact_points")
	require.Contains(t, had.page("Admin", http.MethodGet, "v1/health", "").body, "没有使用")
	shown = had.changes(t, http.MethodPost, "v1/contact-points/payments/secret", "")
	require.Equal(t, http.StatusOK, had.notify("payments", shown, payload("rotated there")).code)
	had.changes(t, http.MethodPut, "v1/grafana", `"webhook_token":"`+webhookToken+`"`)

	// One whose defaults and labels have faults, which no page could put right.
	wrong := h.org(5, `{"defaults": {"language": "fr"}, "labels": {"severity": "sev"}}`, w.secure())
	require.Equal(t, http.StatusOK, wrong.notify("payments", hmacSecret, payload("without them")).code)
	var state struct {
		Ready    bool
		Faults   []any
		Problems []lang.Text
	}
	wrong.page("Admin", http.MethodGet, "v1/health", "").into(t, &state)
	require.True(t, state.Ready)
	require.Empty(t, state.Faults)
	require.Len(t, state.Problems, 1)
	require.Contains(t, state.Problems[0].EN, "not in force")
	require.Contains(t, state.Problems[0].EN, "defaults.language")
	require.Contains(t, state.Problems[0].EN, "labels.severity")
	require.Equal(t, "OK", wrong.health().GetStatus().String(), wrong.health().GetMessage())
	wrong.changes(t, http.MethodPut, "v1/grafana", `"webhook_token":"`+webhookToken+`"`)
}

func TestSettingsOfTheWrongShapeAreFaults(t *testing.T) {
	o := newHost(t).org(1, `{}`, nil)
	for _, c := range []struct{ settings, page, path, listed string }{
		{`{"accounts":[1,2]}`, "v1/accounts", "accounts", `"accounts":[]`},
		{`{"accounts":{"a":1,"b":null}}`, "v1/accounts", "accounts.a", `"accounts":[]`},
		{`[]`, "v1/accounts", "", `"accounts":[]`},
		{`{"people":{}}`, "v1/people", "people", `"people":[]`},
		{`{"people":[1,{"name":"li"}]}`, "v1/people", "people[0]", `"name":"li"`},
		{`[]`, "v1/people", "", `"people":[]`},
		{`{"contact_points":{}}`, "v1/contact-points", "contact_points", `"contact_points":[]`},
		{`{"contact_points":[{"name":"ops","steps":[]},"x"]}`, "v1/contact-points", "contact_points[1]", `"name":"ops"`},
	} {
		o.save(c.settings, nil)
		r := o.page("Admin", http.MethodGet, c.page, "")
		var got struct{ Faults []struct{ Path string } }
		r.into(t, &got)
		require.NotEmpty(t, got.Faults, r.body)
		require.True(t, slices.ContainsFunc(got.Faults, func(f struct{ Path string }) bool { return f.Path == c.path }), r.body)
		require.Contains(t, r.body, c.listed)
	}
	o.save(`{"people":{},"accounts":{"x":{"type":"nothing"}}}`, nil)
	require.NotContains(t, o.page("Viewer", http.MethodGet, "v1/people", "").body, "accounts.x")
	o.save(`[]`, nil)
	for language, says := range map[string]string{"en": "the saved settings cannot be read", "zh-CN": "已保存的设置无法读取"} {
		r := o.call("Admin", http.MethodGet, "v1/defaults", http.Header{"Accept-Language": {language}}, nil)
		require.Equal(t, http.StatusUnprocessableEntity, r.code)
		require.Contains(t, r.body, says)
		require.NotContains(t, r.body, "unmarshal")
	}
}

func TestACoreThatIsNotThereIsToldAndThenFound(t *testing.T) {
	w := newWorld(t)
	address := filepath.Join(t.TempDir(), "socket", "core.sock")
	o := newHost(t, "GF_PLUGIN_CORE="+address).org(1, `{"defaults": {"language": "en"}}`, w.secure())
	r := o.notify("payments", hmacSecret, payload("early"))
	require.Equal(t, http.StatusServiceUnavailable, r.code)
	require.Contains(t, r.body, "yunluo core")
	require.Equal(t, "ERROR", o.health().GetStatus().String())
	serveCore(t, w, address)
	r = o.notify("payments", hmacSecret, payload("later"))
	require.Equal(t, http.StatusOK, r.code, r.body)
}
