package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	webhookToken  = "glsa_webhook_0123456789"
	settingsToken = "glsa_settings_0123456789"
)

// revision is what a page read before it makes a change.
func (o *org) revision() string {
	o.host.t.Helper()
	var out struct{ Revision string }
	r := o.page("Viewer", http.MethodGet, "v1/health", "")
	require.NoError(o.host.t, json.Unmarshal([]byte(r.body), &out), r.body)
	return out.Revision
}

// change asks for a change; fields are what its body has besides the revision.
func (o *org) change(role, method, path, fields string) reply {
	o.host.t.Helper()
	if method == http.MethodDelete {
		return o.page(role, method, path+"?revision="+o.revision(), "")
	}
	body := fmt.Sprintf(`{"revision":%q`, o.revision())
	if fields != "" {
		body += "," + fields
	}
	return o.page(role, method, path, body+"}")
}

// changes is change by an admin, whose page then saves what it was given.
func (o *org) changes(t *testing.T, method, path, fields string) (shown string) {
	t.Helper()
	var out struct {
		Saved bool
		Save  *struct {
			Enabled, Pinned bool
			JSONData        json.RawMessage
			SecureJSONData  map[string]string
		}
		HMACSecret string `json:"hmac_secret"`
	}
	o.change("Admin", method, path, fields).into(t, &out)
	require.False(t, out.Saved)
	require.True(t, out.Save.Enabled && out.Save.Pinned)
	o.save(string(out.Save.JSONData), out.Save.SecureJSONData)
	return out.HMACSecret
}

func TestEachChangeNeedsItsRole(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, w.settings("oc_demo"), w.secure())
	steps := `"settings":{"steps":[{"notify":[{"account":"feishu","to":["chat:oc_demo"]}]}]}`
	account := fmt.Sprintf(`"type":"feishu_app","settings":{"app_id":"cli_demo","base_url":%q,"limits":"none"}`, w.url)
	for _, c := range []struct{ method, path, fields, least string }{
		{http.MethodPut, "v1/accounts/feishu", account, "Admin"},
		{http.MethodDelete, "v1/accounts/feishu", "", "Admin"},
		{http.MethodPut, "v1/defaults", `"defaults":{"language":"en"}`, "Admin"},
		{http.MethodPut, "v1/grafana", `"webhook_token":"` + webhookToken + `"`, "Admin"},
		{http.MethodPut, "v1/contact-points/payments", steps, "Editor"},
		{http.MethodDelete, "v1/contact-points/payments", "", "Editor"},
		{http.MethodPost, "v1/contact-points/payments/secret", "", "Editor"},
		{http.MethodPut, "v1/people/li", `"settings":{"email":"li@example.com"}`, "Editor"},
		{http.MethodDelete, "v1/people/li", "", "Editor"},
	} {
		what := c.method + " " + c.path
		for _, role := range []string{"", "None", "Viewer"} {
			r := o.change(role, c.method, c.path, c.fields)
			require.Equal(t, http.StatusForbidden, r.code, what)
			require.Contains(t, r.body, `"code":"role"`)
		}
		r := o.change("Editor", c.method, c.path, c.fields)
		require.Equal(t, http.StatusForbidden, r.code, what)
		if c.least == "Editor" {
			require.Contains(t, r.body, `"code":"role_settings"`, what)
			require.Contains(t, r.body, "Configuration page")
		}
		r = o.change("Admin", c.method, c.path, c.fields)
		if c.method == http.MethodDelete && c.least == "Admin" {
			require.Equal(t, http.StatusUnprocessableEntity, r.code, r.body)
			require.Contains(t, r.body, `contact_points[0].steps[0].notify[0].account`)
			continue
		}
		require.Equal(t, http.StatusOK, r.code, "%s: %s", what, r.body)
		require.NotContains(t, r.body, hmacSecret)
	}
	for _, path := range []string{"v1/grafana", "v1/contact-points/payments/manual"} {
		require.Equal(t, http.StatusForbidden, o.page("Viewer", http.MethodGet, path, "").code)
		require.Equal(t, http.StatusOK, o.page("Admin", http.MethodGet, path, "").code)
	}
	link := "v1/contact-points/payments/grafana"
	require.Equal(t, http.StatusForbidden, o.page("Viewer", http.MethodPost, link, "{}").code)
	require.Equal(t, http.StatusConflict, o.page("Editor", http.MethodPost, link, "{}").code)
	o.changes(t, http.MethodPut, "v1/grafana", `"webhook_token":"`+webhookToken+`"`)
	r := o.page("Editor", http.MethodPost, link, "{}")
	require.Equal(t, http.StatusOK, r.code, r.body)
	require.Contains(t, r.body, `{"ask":{"method":"GET","path":"/apis/notifications.alerting.grafana.app","headers":{`)
	require.Equal(t, http.StatusNotFound, o.page("Editor", http.MethodPut, link, "{}").code, "as it was before")
	require.Equal(t, http.StatusForbidden, o.page("Editor", http.MethodGet, "v1/grafana", "").code)
	require.Equal(t, http.StatusOK, o.page("Editor", http.MethodGet, "v1/contact-points/payments/manual", "").code)
}

func TestAContactPointThatAPageMadeIsUsedAtOnce(t *testing.T) {
	w := newWorld(t)
	o := newHost(t).org(1, "", map[string]string{})
	o.changes(t, http.MethodPut, "v1/accounts/feishu", fmt.Sprintf(
		`"create":true,"type":"feishu_app","settings":{"app_id":"cli_demo","base_url":%q},"secrets":{"app_secret":%q}`, w.url, appSecret))
	o.changes(t, http.MethodPut, "v1/contact-points/payments", `"create":true,"settings":{"steps":[{"notify":[{"account":"feishu","to":["chat:oc_demo"]}]}]}`)
	first := o.changes(t, http.MethodPost, "v1/contact-points/payments/secret", "")
	second := o.changes(t, http.MethodPost, "v1/contact-points/payments/secret", "")
	for _, secret := range []string{first, second} {
		r := o.notify("payments", secret, payload(secret))
		require.Equal(t, http.StatusOK, r.code, r.body)
	}
	third := o.changes(t, http.MethodPost, "v1/contact-points/payments/secret", "")
	require.Equal(t, http.StatusOK, o.notify("payments", second, payload("second")).code, "Grafana signs with it until its next poll")
	require.Equal(t, http.StatusOK, o.notify("payments", third, payload("third")).code)
	require.Equal(t, http.StatusForbidden, o.notify("payments", first, payload("first")).code)

	// Somebody else's change in between is not lost.
	seen := o.revision()
	o.changes(t, http.MethodPut, "v1/people/li", `"create":true,"settings":{"email":"li@example.com"}`)
	r := o.page("Admin", http.MethodDelete, "v1/contact-points/payments?revision="+seen, "")
	require.Equal(t, http.StatusConflict, r.code)
	require.Contains(t, r.body, `"code":"changed"`)
	o.changes(t, http.MethodDelete, "v1/contact-points/payments", "")
	o.changes(t, http.MethodDelete, "v1/accounts/feishu", "")
	require.Equal(t, http.StatusForbidden, o.notify("payments", third, payload("gone")).code)
}

func TestNoChangeGivesStoredSecretsAway(t *testing.T) {
	w := newWorld(t)
	settings := strings.Replace(w.settings("oc_demo"), `"accounts": {`, `"accounts": {"robot": {"type": "dingtalk_robot", "base_url": "`+w.url+`"},`, 1)
	o := newHost(t).org(1, settings, w.secure())
	o.secure["accounts.robot"] = fmt.Sprintf(`{"access_token": %q, "secret": %q, "base_url": %q}`, robotToken, robotSecret, w.url)
	o.secure["grafana"] = fmt.Sprintf(`{"webhook_token": %q, "settings_token": %q}`, webhookToken, settingsToken)
	var said strings.Builder
	for _, c := range []struct{ method, path, fields string }{
		{http.MethodPut, "v1/accounts/robot", fmt.Sprintf(`"type":"dingtalk_robot","settings":{"base_url":%q}`, w.url)},
		{http.MethodPut, "v1/accounts/robot", `"type":"dingtalk_robot","settings":{"base_url":"http://127.0.0.1:1"}`},
		{http.MethodPut, "v1/accounts/robot", `"type":"feishu_robot","settings":{}`},
		{http.MethodDelete, "v1/accounts/robot", ""},
		{http.MethodPut, "v1/contact-points/payments", `"settings":{"steps":[{"notify":[{"account":"robot"}]}]}`},
		{http.MethodPost, "v1/contact-points/payments/secret", ""},
		{http.MethodDelete, "v1/contact-points/payments", ""},
		{http.MethodPut, "v1/defaults", `"defaults":{}`},
		{http.MethodPut, "v1/grafana", `"webhook_token":"another"`},
	} {
		for _, role := range []string{"Editor", "Admin"} {
			said.WriteString(o.change(role, c.method, c.path, c.fields).body)
		}
	}
	for _, path := range []string{"v1/grafana", "v1/defaults", "v1/contact-points/payments/manual", "v1/contact-points", "v1/accounts", "v1/people", "v1/health"} {
		said.WriteString(o.page("Admin", http.MethodGet, path, "").body)
	}
	for _, secret := range secrets() {
		require.NotContains(t, said.String(), secret)
	}
	require.Contains(t, said.String(), "enter this account's secrets again")
}
