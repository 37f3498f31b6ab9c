package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint"
)

// provisioningAPI is an older Grafana with one contact point at most.
type provisioningAPI struct {
	made map[string]any
}

func (p *provisioningAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/apis/"):
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPost:
		_ = json.NewDecoder(r.Body).Decode(&p.made)
		w.WriteHeader(http.StatusAccepted)
	case strings.HasSuffix(r.URL.Path, "/policies"):
		_, _ = w.Write([]byte(`{"receiver":"` + fmt.Sprint(p.made["name"]) + `"}`))
	case p.made == nil:
		_, _ = w.Write([]byte(`[]`))
	default:
		raw, _ := json.Marshal([]any{p.made})
		_, _ = strings.NewReplacer(signing, "[REDACTED]", webhookToken, "[REDACTED]").WriteString(w, string(raw))
	}
}

// link plays the page: it puts the questions and posts again with the answers.
func (s *side) link(t *testing.T, grafana http.Handler, fields string) (status int, last string, asked []contactpoint.Ask) {
	t.Helper()
	answers := []contactpoint.Answer{}
	for {
		given, err := json.Marshal(answers)
		require.NoError(t, err)
		status, last = s.page(t, "Editor", http.MethodPost, "contact-points/ops/grafana", `{`+fields+`"answers":`+string(given)+`}`)
		var out linkAnswer
		if status != http.StatusOK || json.Unmarshal([]byte(last), &out) != nil || out.Ask == nil {
			return status, last, asked
		}
		asked = append(asked, *out.Ask)
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), out.Ask.Method, out.Ask.Path, strings.NewReader(string(out.Ask.Body)))
		grafana.ServeHTTP(w, r)
		body := w.Body.Bytes()
		if len(body) == 0 {
			body = []byte("null")
		}
		answers = append(answers, contactpoint.Answer{Status: w.Code, Body: body})
	}
}

func TestThePageLendsItsLoginToMakeTheContactPoint(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	var api provisioningAPI
	status, said, _ := s.link(t, &api, "")
	require.Equal(t, http.StatusConflict, status, said)
	require.Contains(t, said, "no token yet")

	s.settings.DecryptedSecureJSONData["grafana"] = `{"webhook_token":"` + webhookToken + `","settings_token":"` + settingsToken + `"}`
	status, said, asked := s.link(t, &api, "")
	require.Equal(t, http.StatusOK, status, said)
	require.JSONEq(t, `{"state":{"exists":false,"api":"provisioning","uid":"yunluo-ops","routes":0,"rules":0,"differences":[],"written":false}}`, said)
	for _, ask := range asked {
		require.Equal(t, http.MethodGet, ask.Method)
		require.Empty(t, ask.Body)
		require.NotContains(t, ask.Headers, "Authorization")
	}
	require.NotContains(t, s.said.String(), signing)
	require.NotContains(t, s.said.String(), webhookToken)

	status, said, _ = s.link(t, &api, `"write":true,"title":"运维",`)
	require.Equal(t, http.StatusOK, status, said)
	require.JSONEq(t, `{"state":{"exists":true,"api":"provisioning","title":"运维","uid":"yunluo-ops","routes":1,"rules":0,"differences":[],"written":true},
		"path":"/alerting/notifications/receivers/%E8%BF%90%E7%BB%B4/edit"}`, said)
	settings, ok := api.made["settings"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, webhookToken, settings["authorization_credentials"])
	require.Equal(t, "http://localhost:3000/api/plugins/"+ID+"/resources/v1/notify/ops", settings["url"])
	signs, ok := settings["hmacConfig"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, signing, signs["secret"])
	require.NotContains(t, s.said.String(), settingsToken)

	// After a rotation the newest secret is the one that Grafana should have.
	made := s.saves(t, http.MethodPost, "contact-points/ops/secret", "").HMACSecret
	_, said, _ = s.link(t, &api, "")
	require.Contains(t, said, `"differences":["secrets"]`)
	_, said, asked = s.link(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		api.ServeHTTP(w, r)
	}), `"write":true,`)
	require.Contains(t, said, "your login may not change")
	require.Contains(t, string(asked[len(asked)-1].Body), made)
}

func TestWhatThePageMayNotAsk(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	s.settings.DecryptedSecureJSONData["grafana"] = `{"webhook_token":"` + webhookToken + `"}`
	for body, want := range map[string]int{
		`{"answers":[` + strings.Repeat(`{"status":409},`, 20) + `{"status":409}]}`: http.StatusBadRequest,
		`{"answers":[{"status":7}]}`: http.StatusBadRequest,
		`{"answer":[]}`:              http.StatusBadRequest,
	} {
		status, said := s.page(t, "Editor", http.MethodPost, "contact-points/ops/grafana", body)
		require.Equal(t, want, status, said)
	}
	status, said := s.page(t, "Editor", http.MethodPost, "contact-points/nobody/grafana", `{}`)
	require.Equal(t, http.StatusNotFound, status, said)
	status, said = s.page(t, "Viewer", http.MethodPost, "contact-points/ops/grafana", `{}`)
	require.Equal(t, http.StatusForbidden, status, said)
	for _, bad := range []string{`[]`, `{"webhook_token":7}`} {
		s.settings.DecryptedSecureJSONData["grafana"] = bad
		status, said = s.page(t, "Editor", http.MethodPost, "contact-points/ops/grafana", `{}`)
		require.Equal(t, http.StatusConflict, status, said)
	}
	s.settings.DecryptedSecureJSONData["contact_points.ops"] = ""
	_, said = s.page(t, "Editor", http.MethodPost, "contact-points/ops/grafana", `{}`)
	require.Contains(t, said, "save it first")
}
