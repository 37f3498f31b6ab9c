package app

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/config"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// side is a Grafana that has the app's settings of one organisation, and the app asked by its pages.
type side struct {
	a        *App
	settings backend.AppInstanceSettings
	env      map[string]string
	// said is all that was answered.
	said strings.Builder
}

const (
	webhookToken  = "glsa_the_webhook_token"
	settingsToken = "glsa_the_settings_token"
)

func newSide(tb testing.TB, jsonData string, secure map[string]string) *side {
	tb.Helper()
	a := closed(tb, nil)
	a.log = slog.New(slog.DiscardHandler)
	s := raw(jsonData, maps.Clone(secure))
	if s.DecryptedSecureJSONData == nil {
		s.DecryptedSecureJSONData = map[string]string{}
	}
	return &side{a: a, settings: s, env: map[string]string{"GF_APP_URL": "http://localhost:3000/"}}
}

func (s *side) page(tb testing.TB, role, method, path, body string) (int, string) {
	tb.Helper()
	current := s.settings
	in := backend.PluginContext{
		OrgID: 1, PluginID: ID, User: &backend.User{Role: role}, //nolint:staticcheck // as Grafana 12.4 does
		AppInstanceSettings: &current, GrafanaConfig: config.NewGrafanaCfg(s.env),
	}
	r := httptest.NewRequestWithContext(backend.WithPluginContext(tb.Context(), in), method, "/v1/"+path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Accept-Language", "en")
	w := httptest.NewRecorder()
	s.a.routes().ServeHTTP(w, r)
	s.said.WriteString(w.Body.String())
	return w.Code, w.Body.String()
}

func (s *side) revision(tb testing.TB) string {
	tb.Helper()
	var out struct{ Revision string }
	code, body := s.page(tb, "Viewer", http.MethodGet, "defaults", "")
	require.Equal(tb, http.StatusOK, code, body)
	require.NoError(tb, json.Unmarshal([]byte(body), &out))
	return out.Revision
}

// change asks for a change with the revision in force; fields are what the body has besides.
func (s *side) change(tb testing.TB, role, method, path, fields string) (int, string) {
	tb.Helper()
	if method == http.MethodDelete {
		return s.page(tb, role, method, path+"?revision="+s.revision(tb), "")
	}
	body := fmt.Sprintf(`{"revision":%q`, s.revision(tb))
	if fields != "" {
		body += "," + fields
	}
	return s.page(tb, role, method, path, body+"}")
}

// store takes a document as POST /api/plugins/<id>/settings does.
func (s *side) store(document []byte) error {
	var in struct {
		Enabled, Pinned bool
		JSONData        json.RawMessage
		SecureJSONData  map[string]string
	}
	if err := json.Unmarshal(document, &in); err != nil {
		return err
	}
	if !in.Enabled || !in.Pinned {
		return fmt.Errorf("not enabled and pinned: %s", document)
	}
	s.settings.JSONData, s.settings.Updated = in.JSONData, s.settings.Updated.Add(time.Second)
	s.settings.DecryptedSecureJSONData = maps.Clone(s.settings.DecryptedSecureJSONData)
	maps.Copy(s.settings.DecryptedSecureJSONData, in.SecureJSONData)
	return nil
}

// saves makes a change as an admin, whose page saves it.
func (s *side) saves(tb testing.TB, method, path, fields string) changeAnswer {
	tb.Helper()
	code, body := s.change(tb, "Admin", method, path, fields)
	require.Equal(tb, http.StatusOK, code, body)
	var out changeAnswer
	require.NoError(tb, json.Unmarshal([]byte(body), &out))
	require.False(tb, out.Saved)
	document, err := json.Marshal(out.Save)
	require.NoError(tb, err)
	require.NoError(tb, s.store(document))
	return out
}

func (s *side) faults() []faultAnswer { return faultsOf(s.a.read(1, s.settings).faults) }

const opsSteps = `"settings":{"steps":[{"notify":[{"account":"robot"}]}]}`

func TestSettingsAreMadeFromNothing(t *testing.T) {
	s := newSide(t, "", nil)
	out := s.saves(t, http.MethodPut, "accounts/robot", `"create":true,"type":"dingtalk_robot","settings":{"title":"机器人","base_url":"http://gw"},"secrets":{"access_token":"`+token+`","secret":""}`)
	require.JSONEq(t, `{"access_token":"`+token+`","base_url":"http://gw"}`, out.Save.SecureJSONData["accounts.robot"])
	require.Len(t, out.Save.SecureJSONData, 1)
	out = s.saves(t, http.MethodPut, "contact-points/ops", `"create":true,`+opsSteps)
	require.Contains(t, out.Save.SecureJSONData, "contact_points.ops")
	require.Len(t, signingOf(s.settings.DecryptedSecureJSONData, "ops"), 1)
	s.saves(t, http.MethodPut, "people/li", `"create":true,"settings":{"title":"李雷","mobile":"13800000001"}`)
	s.saves(t, http.MethodPut, "defaults", `"defaults":{"language":"en"},"public_url":"https://grafana.example.com"`)
	require.Empty(t, s.faults())
	read := s.a.read(1, s.settings)
	require.Equal(t, token, read.cfg.Accounts["robot"].Settings.Secrets["access_token"].Reveal())
	require.Equal(t, "李雷", read.cfg.People["li"].Title)
	require.Equal(t, "https://grafana.example.com", read.cfg.PublicURL)
	code, body := s.page(t, "Viewer", http.MethodGet, "defaults", "")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `"defaults":{"language":"en"},"public_url":"https://grafana.example.com"`)

	// Secrets that are not entered stay where they are, and are in no answer.
	out = s.saves(t, http.MethodPut, "accounts/robot", `"type":"dingtalk_robot","settings":{"title":"B","base_url":"http://gw"}`)
	require.Empty(t, out.Save.SecureJSONData)
	out = s.saves(t, http.MethodPut, "contact-points/ops", `"settings":{"name":"ops","title":"运维","steps":[{"notify":[{"account":"robot"}]}]}`)
	require.Empty(t, out.Save.SecureJSONData)
	require.Empty(t, s.faults())

	s.saves(t, http.MethodDelete, "contact-points/ops", "")
	s.saves(t, http.MethodDelete, "accounts/robot", "")
	s.saves(t, http.MethodDelete, "people/li", "")
	s.saves(t, http.MethodPut, "defaults", `"defaults":{},"public_url":""`)
	require.JSONEq(t, `{"defaults":{}}`, string(s.settings.JSONData))
	for name, value := range s.settings.DecryptedSecureJSONData {
		require.Empty(t, value, name)
	}
}

func TestWhatAChangeDoesNotTouchStaysAsItWas(t *testing.T) {
	const jsonData = `{"accounts":{"robot":{"type":"dingtalk_robot","in_flight":12345678901234567890}},
		"contact_points":[{"name":"b","steps":1e2},{"name":"a","steps":[]},{"name":"c"}],"later":{"big":123456789012345678901,"small":1.10}}`
	s := newSide(t, jsonData, robotSecrets())
	s.saves(t, http.MethodPut, "contact-points/a", opsSteps)
	text := string(s.settings.JSONData)
	require.Contains(t, text, `"later":{"big":123456789012345678901,"small":1.10}`)
	require.Contains(t, text, `12345678901234567890`)
	require.Equal(t, []string{"b", "a", "c"}, namesOf(s.settings.JSONData)[pointList])
	s.saves(t, http.MethodPut, "contact-points/d", `"create":true,`+opsSteps)
	s.saves(t, http.MethodDelete, "contact-points/b", "")
	require.Equal(t, []string{"a", "c", "d"}, namesOf(s.settings.JSONData)[pointList], "faults elsewhere moved and are still the old ones")
}

func TestChangesThatAreRefused(t *testing.T) {
	const jsonData = `{"accounts":{"robot":{"type":"dingtalk_robot","base_url":"http://gw"},"spare":{"type":"dingtalk_robot"}},
		"people":[{"name":"li","email":"li@example.com"}],
		"contact_points":[{"name":"ops","steps":[{"notify":[{"account":"robot"}]}]}]}`
	secure := map[string]string{
		"accounts.robot": `{"access_token":"` + token + `","base_url":"http://gw"}`, "accounts.spare": `{"access_token":"` + token + `"}`,
		"contact_points.ops": `{"hmac_secret":"` + signing + `"}`,
	}
	for name, c := range map[string]struct {
		role, method, path, fields string
		status                     int
		code, says                 string
	}{
		"a new address without secrets": {"Admin", "PUT", "accounts/robot", `"type":"dingtalk_robot","settings":{"base_url":"http://evil"}`, 422, "invalid_configuration", `"path":"accounts.robot.base_url"`},
		"a new proxy without secrets":   {"Admin", "PUT", "accounts/robot", `"type":"dingtalk_robot","settings":{"base_url":"http://gw","proxy":"http://evil"}`, 422, "invalid_configuration", "enter this account's secrets again"},
		"another type":                  {"Admin", "PUT", "accounts/spare", `"type":"dingtalk_app","settings":{"client_id":"x","robot_code":"x"}`, 422, "invalid_configuration", `"path":"accounts.spare.type"`},
		"a secret among the settings":   {"Admin", "PUT", "accounts/robot", `"type":"dingtalk_robot","settings":{"base_url":"http://gw","access_token":"x"}`, 422, "invalid_configuration", "must not be in jsonData"},
		"a secret that is none":         {"Admin", "PUT", "accounts/robot", `"type":"dingtalk_robot","settings":{},"secrets":{"base_url":"http://x","access_token":"x"}`, 422, "invalid_configuration", "no secret of dingtalk_robot"},
		"an unknown type":               {"Admin", "PUT", "accounts/x", `"create":true,"type":"pigeon","settings":{},"secrets":{"access_token":"x"}`, 422, "invalid_configuration", `"path":"accounts.x.type"`},
		"all secrets taken away":        {"Admin", "PUT", "accounts/robot", `"type":"dingtalk_robot","settings":{},"secrets":{}`, 422, "invalid_configuration", "access_token is missing"},
		"what cannot be built":          {"Admin", "PUT", "accounts/w", `"create":true,"type":"webhook","settings":{},"secrets":{"url":"https://x.example/","bearer_token":"b","password":"p"}`, 422, "invalid_configuration", `"path":"accounts.w"`},
		"two types":                     {"Admin", "PUT", "accounts/robot", `"type":"dingtalk_robot","settings":{"type":"webhook"}`, 400, "invalid", "settings.type"},
		"an account that is there":      {"Admin", "PUT", "accounts/robot", `"create":true,"type":"dingtalk_robot","settings":{}`, 409, "exists", "already"},
		"an account that is not there":  {"Admin", "PUT", "accounts/x", `"type":"dingtalk_robot","settings":{}`, 404, "not_found", "there is no account"},
		"an account in use":             {"Admin", "DELETE", "accounts/robot", "", 422, "invalid_configuration", `"path":"contact_points[0].steps[0].notify[0].account"`},
		"nobody to delete":              {"Admin", "DELETE", "people/nobody", "", 404, "not_found", "there is no person"},
		"no contact point to delete":    {"Admin", "DELETE", "contact-points/x", "", 404, "not_found", "there is no contact point"},
		"no contact point to rotate":    {"Admin", "POST", "contact-points/x/secret", "", 404, "not_found", "there is no contact point"},
		"an unknown account":            {"Admin", "PUT", "contact-points/ops", `"settings":{"steps":[{"notify":[{"account":"gone"}]}]}`, 422, "invalid_configuration", `contact_points[0].steps[0].notify[0].account`},
		"a bad name":                    {"Admin", "PUT", "contact-points/Ops", `"create":true,` + opsSteps, 422, "invalid_configuration", `contact_points[1].name`},
		"another name":                  {"Admin", "PUT", "contact-points/ops", `"settings":{"name":"other","steps":[]}`, 400, "invalid", "settings.name"},
		"a point that is there":         {"Admin", "PUT", "contact-points/ops", `"create":true,` + opsSteps, 409, "exists", "already"},
		"a point that is not there":     {"Admin", "PUT", "contact-points/x", opsSteps, 404, "not_found", "no contact point"},
		"no settings":                   {"Admin", "PUT", "contact-points/ops", "", 400, "invalid", "settings is missing"},
		"an unknown field":              {"Admin", "PUT", "contact-points/ops", `"stepz":[]`, 400, "invalid", "stepz"},
		"a person without address":      {"Admin", "PUT", "people/li", `"settings":{}`, 422, "invalid_configuration", `"path":"people[0]"`},
		"bad defaults":                  {"Admin", "PUT", "defaults", `"defaults":{"language":"fr"}`, 422, "invalid_configuration", `"path":"defaults.language"`},
		"no defaults":                   {"Admin", "PUT", "defaults", `"public_url":"x"`, 400, "invalid", "defaults is missing"},
		"a bad public_url":              {"Admin", "PUT", "defaults", `"defaults":{},"public_url":"x"`, 422, "invalid_configuration", `"path":"public_url"`},
		"no webhook token":              {"Admin", "PUT", "grafana", `"url":"http://x"`, 422, "invalid_configuration", `"path":"grafana.webhook_token"`},
		"a url that is none":            {"Admin", "PUT", "grafana", `"url":"grafana:3000","webhook_token":"x"`, 422, "invalid_configuration", `"path":"grafana.url"`},
		"a token with a line break":     {"Admin", "PUT", "grafana", `"webhook_token":"x\ny"`, 422, "invalid_configuration", "copy it again"},
		"an editor without a token":     {"Editor", "PUT", "contact-points/ops", opsSteps, 403, "role_settings", "Configuration page"},
		"an editor's account":           {"Editor", "PUT", "accounts/robot", `"type":"dingtalk_robot","settings":{}`, 403, "role", "admin"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSide(t, jsonData, secure)
			status, body := s.change(t, c.role, c.method, c.path, c.fields)
			require.Equal(t, c.status, status, body)
			require.Contains(t, body, `"code":"`+c.code+`"`)
			require.Contains(t, body, c.says)
			for _, hidden := range []string{token, signing} {
				require.NotContains(t, s.said.String(), hidden)
			}
			if c.code == "invalid_configuration" {
				require.Contains(t, body, `"faults":[{"path":`)
			}
		})
	}
}

func TestAFaultElsewhereDoesNotBlockAChange(t *testing.T) {
	const jsonData = `{"accounts":{"robot":{"type":"dingtalk_robot"},"broken":{"type":"pigeon"}},
		"contact_points":[{"name":"old","steps":[{"notify":[{"account":"gone"}]}]},{"name":"ops","steps":[{"notify":[{"account":"robot"}]}]}]}`
	s := newSide(t, jsonData, robotSecrets())
	s.saves(t, http.MethodPut, "contact-points/ops", opsSteps)
	s.saves(t, http.MethodPut, "accounts/w", `"create":true,"type":"webhook","settings":{},"secrets":{"url":"https://x.example/"}`)
	code, body := s.change(t, "Admin", http.MethodPut, "contact-points/old", `"settings":{"steps":[{"notify":[{"account":"gone"}]}]}`)
	require.Equal(t, http.StatusUnprocessableEntity, code, body)
	require.NotContains(t, body, "pigeon", "what is written has to be in order itself, the rest does not matter")
	code, body = s.change(t, "Admin", http.MethodPut, "accounts/w", `"type":"webhook","settings":{},"secrets":{"url":"https://x.example/","bearer_token":"b","password":"p"}`)
	require.Equal(t, http.StatusUnprocessableEntity, code, body)
	s.saves(t, http.MethodDelete, "contact-points/old", "")
	s.saves(t, http.MethodDelete, "accounts/broken", "")
	require.Empty(t, s.faults())
}

func TestAnAccountOfADeletedOnesNameDoesNotGetItsSecrets(t *testing.T) {
	s := newSide(t, `{}`, robotSecrets())
	code, body := s.change(t, "Admin", http.MethodPut, "accounts/robot", `"create":true,"type":"dingtalk_robot","settings":{}`)
	require.Equal(t, http.StatusUnprocessableEntity, code, body)
	require.Contains(t, body, "access_token is missing")
}

func TestTwoPeopleCannotOverwriteEachOther(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	seen := s.revision(t)
	s.saves(t, http.MethodPut, "people/li", `"create":true,"settings":{"email":"li@example.com"}`)
	put := fmt.Sprintf(`{"revision":%q,"create":true,"settings":{"email":"wang@example.com"}}`, seen)
	code, body := s.page(t, "Admin", http.MethodPut, "people/wang", put)
	require.Equal(t, http.StatusConflict, code, body)
	require.Contains(t, body, `"code":"changed"`)
	// Grafana's databases keep whole seconds.
	s.settings.Updated = s.settings.Updated.Add(-time.Second)
	require.NotEqual(t, seen, s.revision(t))
	code, body = s.page(t, "Admin", http.MethodDelete, "people/li", "")
	require.Equal(t, http.StatusBadRequest, code, body)
	require.Contains(t, body, "revision is missing")
	// What Grafana had cached is older than what is known.
	s.a.tenantOf(1).inForce = &settings{updated: s.settings.Updated.Add(time.Second)}
	code, body = s.change(t, "Admin", http.MethodDelete, "people/li", "")
	require.Equal(t, http.StatusConflict, code, body)
}

func TestANewSecretLeavesTheOneBeforeItValid(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	used := []string{signing}
	for range 4 {
		out := s.saves(t, http.MethodPost, "contact-points/ops/secret", "")
		require.GreaterOrEqual(t, len(out.HMACSecret), 43)
		require.NotContains(t, used, out.HMACSecret)
		require.Len(t, out.Save.SecureJSONData, 1)
		for _, old := range used {
			require.NotContains(t, fmt.Sprint(out.Save.SecureJSONData), old, "an old secret is in no answer")
		}
		used = append(used, out.HMACSecret)
		keys := s.a.read(1, s.settings).signing["ops"]
		require.Len(t, keys, 2)
		require.Equal(t, used[len(used)-1], keys[0].Reveal())
		require.Equal(t, used[len(used)-2], keys[1].Reveal())
	}
	require.Empty(t, s.faults())
	s.saves(t, http.MethodDelete, "contact-points/ops", "")
	require.Empty(t, s.a.read(1, s.settings).signing)
}

func TestASecretThatCannotBeUsedIsReplaced(t *testing.T) {
	s := newSide(t, robotJSON, map[string]string{"accounts.robot": robotSecrets()["accounts.robot"], "contact_points.ops": `{"hmac_secret":"short"}`})
	require.Len(t, s.faults(), 1)
	s.saves(t, http.MethodPut, "contact-points/ops", opsSteps)
	require.Empty(t, s.faults())
}

// settingsAPI is POST /api/plugins/<id>/settings of a Grafana.
type settingsAPI struct {
	mu     sync.Mutex
	side   *side
	status int
	bodies []string
}

func (g *settingsAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil || r.Method != http.MethodPost || r.URL.Path != "/sub/api/plugins/"+ID+"/settings":
		w.WriteHeader(http.StatusNotFound)
	case r.Header.Get("Authorization") != "Bearer "+settingsToken:
		w.WriteHeader(http.StatusUnauthorized)
	case g.status != 0:
		w.Header().Set("Location", "/login")
		w.WriteHeader(g.status)
		_, _ = w.Write(body)
	default:
		g.bodies = append(g.bodies, string(body))
		if err := g.side.store(body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}
}

func TestEditorsSaveWithATokenThatAnAdminGave(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	api := &settingsAPI{side: s}
	theirs := httptest.NewServer(api)
	defer theirs.Close()
	grafana := func(token string) string {
		return fmt.Sprintf(`"url":%q,"webhook_token":%q,"settings_token":%q`, theirs.URL+"/sub/", webhookToken, token)
	}
	s.saves(t, http.MethodPut, "grafana", grafana(settingsToken))
	code, body := s.page(t, "Admin", http.MethodGet, "grafana", "")
	require.Equal(t, http.StatusOK, code)
	require.JSONEq(t, fmt.Sprintf(`{"url":%q,"app_url":"http://localhost:3000/","webhook_token":true,"settings_token":true,"managed":false,"revision":%q}`,
		theirs.URL+"/sub/", s.revision(t)), body)

	s.said.Reset()
	seen := s.revision(t)
	code, body = s.change(t, "Editor", http.MethodPut, "people/li", `"create":true,"settings":{"email":"li@example.com"}`)
	require.Equal(t, http.StatusOK, code, body)
	require.JSONEq(t, `{"saved":true}`, body)
	require.Equal(t, []string{"li"}, namesOf(s.settings.JSONData)[personList])
	code, body = s.change(t, "Editor", http.MethodPost, "contact-points/ops/secret", "")
	require.Equal(t, http.StatusOK, code, body)
	require.Equal(t, signingOf(s.settings.DecryptedSecureJSONData, "ops")[0].Reveal(), func() string {
		var out changeAnswer
		require.NoError(t, json.Unmarshal([]byte(body), &out))
		return out.HMACSecret
	}())
	code, _ = s.change(t, "Editor", http.MethodPut, "accounts/robot", `"type":"dingtalk_robot","settings":{}`)
	require.Equal(t, http.StatusForbidden, code)

	// Somebody who was handed the settings before may come a moment later.
	now := s.settings
	s.settings.Updated = now.Updated.Add(-2 * time.Second)
	require.NotEqual(t, seen, s.revision(t))
	s.settings = now
	s.a.tenantOf(1).spentRevision = s.revision(t)
	code, body = s.change(t, "Editor", http.MethodDelete, "people/li", "")
	require.Equal(t, http.StatusConflict, code, body)
	s.a.tenantOf(1).spentAt = time.Now().Add(-2 * spentFor)

	for status, says := range map[int]string{
		http.StatusForbidden: "plugins:write", http.StatusNotFound: "no such app", http.StatusFound: "elsewhere", http.StatusInternalServerError: "500",
	} {
		api.status = status
		code, body = s.change(t, "Editor", http.MethodDelete, "people/li", "")
		require.Equal(t, http.StatusBadGateway, code, body)
		require.Contains(t, body, says)
		require.Contains(t, body, `"code":"grafana"`)
	}
	api.status = 0
	s.saves(t, http.MethodPut, "grafana", grafana("glsa_old"))
	code, body = s.change(t, "Editor", http.MethodDelete, "people/li", "")
	require.Equal(t, http.StatusBadGateway, code)
	require.Contains(t, body, "does not know the token")
	theirs.Close()
	_, body = s.change(t, "Editor", http.MethodDelete, "people/li", "")
	require.Contains(t, body, "cannot reach Grafana")
	for _, hidden := range []string{token, signing, settingsToken} {
		require.NotContains(t, s.said.String(), hidden)
	}
}

func TestTheAccountThatGrafanaManagesSavesToo(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	api := &settingsAPI{side: s}
	theirs := httptest.NewServer(api)
	defer theirs.Close()
	s.env = map[string]string{"GF_APP_URL": theirs.URL + "/sub/", "GF_PLUGIN_APP_CLIENT_SECRET": settingsToken}
	code, body := s.change(t, "Editor", http.MethodPut, "people/li", `"create":true,"settings":{"email":"li@example.com"}`)
	require.Equal(t, http.StatusOK, code, body)
	require.Contains(t, body, `"saved":true`)
	s.saves(t, http.MethodPut, "grafana", `"url":"","webhook_token":""`)
	code, body = s.page(t, "Admin", http.MethodGet, "grafana", "")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `"managed":true`)

	// It may write the app's settings, so nobody is handed it, and it goes to no address that people entered.
	code, body, _ = s.link(t, http.NotFoundHandler(), `"write":true,`)
	require.Equal(t, http.StatusConflict, code, body)
	require.Contains(t, body, "no token yet")
	s.saves(t, http.MethodPut, "grafana", fmt.Sprintf(`"url":%q,"webhook_token":%q`, theirs.URL+"/sub", webhookToken))
	code, body = s.change(t, "Editor", http.MethodDelete, "people/li", "")
	require.Equal(t, http.StatusOK, code, body)
	s.saves(t, http.MethodPut, "grafana", fmt.Sprintf(`"url":%q,"webhook_token":%q`, theirs.URL+"/elsewhere", webhookToken))
	code, body = s.change(t, "Editor", http.MethodPut, "people/li", `"create":true,"settings":{"email":"li@example.com"}`)
	require.Equal(t, http.StatusForbidden, code, body)
	require.Contains(t, body, `"code":"role_settings"`)
	require.NotContains(t, s.said.String(), settingsToken)
}

// Who links a contact point sees the token for webhooks, so that must not be the one that saves.
func TestOneTokenIsNotForBoth(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	code, body := s.change(t, "Admin", http.MethodPut, "grafana", fmt.Sprintf(`"webhook_token":%q,"settings_token":%q`, settingsToken, settingsToken))
	require.Equal(t, http.StatusUnprocessableEntity, code, body)
	require.Contains(t, body, `"path":"grafana.webhook_token"`)
	require.NotContains(t, body, settingsToken)
}

func TestTheManualWay(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	code, body := s.page(t, "Editor", http.MethodGet, "contact-points/ops/manual", "")
	require.Equal(t, http.StatusOK, code, body)
	var out manualAnswer
	require.NoError(t, json.Unmarshal([]byte(body), &out))
	require.Equal(t, "http://localhost:3000/api/plugins/"+ID+"/resources/v1/notify/ops", out.URL)
	require.Equal(t, `apiVersion: 1
contactPoints:
  - orgId: 1
    name: ops (Yunluo)
    receivers:
      - uid: yunluo-ops
        type: webhook
        settings:
          url: http://localhost:3000/api/plugins/yunluo-notify-app/resources/v1/notify/ops
          httpMethod: POST
          authorization_scheme: Bearer
          authorization_credentials: $YUNLUO_WEBHOOK_TOKEN
          maxAlerts: "100"
          hmacConfig:
            secret: $YUNLUO_HMAC_SECRET
            header: X-Yunluo-Signature
            timestampHeader: X-Yunluo-Timestamp
`, out.YAML)
	for _, line := range []string{`resource "grafana_contact_point" "yunluo_ops" {`, "authorization_credentials = var.yunluo_webhook_token", "max_alerts                = 100", `header           = "X-Yunluo-Signature"`} {
		require.Contains(t, out.Terraform, line)
	}
	s.settings.DecryptedSecureJSONData["grafana"] = `{"url":"https://g.example/${x}/","webhook_token":"` + webhookToken + `"}`
	_, body = s.page(t, "Editor", http.MethodGet, "contact-points/ops/manual", "")
	require.Contains(t, body, `https://g.example/$${x}/api/plugins`)
	require.NotContains(t, body, webhookToken)
	require.NotContains(t, body, signing)
	code, _ = s.page(t, "Editor", http.MethodGet, "contact-points/nobody/manual", "")
	require.Equal(t, http.StatusNotFound, code)
	s.settings.DecryptedSecureJSONData["grafana"], s.env = "", nil
	code, body = s.page(t, "Editor", http.MethodGet, "contact-points/ops/manual", "")
	require.Equal(t, http.StatusConflict, code)
	require.Contains(t, body, "did not tell")
}

// FuzzChange: whatever a page sends, a change is refused in words or gives settings that can be read again.
func FuzzChange(f *testing.F) {
	f.Add(uint8(0), "robot", `{"type":"dingtalk_robot","settings":{"title":"x"},"secrets":{"access_token":"x"}}`, robotJSON)
	f.Add(uint8(1), "ops", `{"create":true,`+opsSteps+`}`, `{"contact_points":[1,null,{"name":7}]}`)
	f.Add(uint8(2), "li", `{"settings":{"name":null}}`, `{"people":{"name":[]}}`)
	f.Add(uint8(3), "", `{"defaults":null,"public_url":"<>"}`, `[]`)
	f.Add(uint8(4), "", `{"url":"http://[","webhook_token":"\u0000"}`, `null`)
	s := newSide(f, robotJSON, robotSecrets())
	// The fewer types, the more is tried in the time.
	s.a.o.Types = slices.DeleteFunc(s.a.o.Types, func(m sender.Manifest) bool { return m.Type != "dingtalk_robot" && m.Type != "webhook" })
	f.Fuzz(func(t *testing.T, part uint8, name, body, saved string) {
		parts := []string{"accounts/", "contact-points/", "people/", "defaults", "grafana"}
		path := parts[int(part)%len(parts)]
		if strings.HasSuffix(path, "/") {
			path += url.PathEscape(orElse(strings.Trim(name, "."), "x"))
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal([]byte(body), &fields) != nil || fields == nil {
			t.Skip()
		}
		s.settings.JSONData = []byte(saved)
		c := call{settings: s.settings}
		fields["revision"], _ = json.Marshal(c.revision())
		with, err := json.Marshal(fields)
		require.NoError(t, err)
		s.said.Reset()
		code, answer := s.page(t, "Admin", http.MethodPut, path, string(with))
		require.NotEqual(t, http.StatusInternalServerError, code, answer)
		if code != http.StatusOK {
			return
		}
		var out changeAnswer
		require.NoError(t, json.Unmarshal([]byte(answer), &out))
		require.NotNil(t, out.Save)
		require.NotContains(t, answer, signing)
	})
}

func TestAnEditorIsToldBeforehandThatOnlyAdminsSave(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	for _, path := range []string{"people", "accounts"} {
		code, body := s.page(t, "Editor", http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, code, body)
		require.Contains(t, body, `"admins_only":true`)
		_, body = s.page(t, "Admin", http.MethodGet, path, "")
		require.NotContains(t, body, "admins_only")
	}
	s.settings.DecryptedSecureJSONData["grafana"] = `{"url":"http://x","settings_token":"` + settingsToken + `"}`
	_, body := s.page(t, "Editor", http.MethodGet, "people", "")
	require.NotContains(t, body, "admins_only")
}

func TestAPersonInUseIsNotDeleted(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	s.saves(t, http.MethodPut, "people/li", `"create":true,"settings":{"email":"li@example.com"}`)
	s.saves(t, http.MethodPut, "contact-points/ops", `"settings":{"steps":[{"notify":[{"account":"robot","mention":["all","person:li"]}]}]}`)
	code, body := s.change(t, "Admin", http.MethodDelete, "people/li", "")
	require.Equal(t, http.StatusUnprocessableEntity, code, body)
	require.Contains(t, body, `the contact point \"ops\" notifies or mentions this person`)
	require.Equal(t, 1, strings.Count(body, `"path"`), body)
}

func TestSecretsAreSavedInASecondOfTheirOwn(t *testing.T) {
	s := newSide(t, robotJSON, robotSecrets())
	s.settings.Updated = time.Now()
	code, body := s.change(t, "Admin", http.MethodPost, "contact-points/ops/secret", "")
	require.Equal(t, http.StatusOK, code, body)
	require.NotEqual(t, s.settings.Updated.Unix(), time.Now().Unix())
}

func TestLimitsOfAnAccountAreSavedAndToldAsTheyWereEntered(t *testing.T) {
	const limits = `[{"count":50,"per":"1m","scope":"account"},{"count":9,"kind":"budget","ops":["send","reply"],"per":"1d","scope":"target"}]`
	s := newSide(t, robotJSON, robotSecrets())
	put := func(limits string) string { return `"type":"dingtalk_robot","settings":{"limits":` + limits + `}` }
	s.saves(t, http.MethodPut, "accounts/robot", put(limits))
	require.Empty(t, s.faults())
	require.Equal(t, []sender.Limit{
		{Scope: sender.ScopeAccount, Count: 50, Per: time.Minute},
		{Scope: sender.ScopeTarget, Count: 9, Per: 24 * time.Hour, Kind: sender.Budget, Ops: []sender.Op{sender.OpSend, sender.OpReply}},
	}, s.a.read(1, s.settings).cfg.Accounts["robot"].Limits)
	code, body := s.page(t, "Admin", http.MethodGet, "accounts", "")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `"limits":`+limits)

	code, body = s.change(t, "Admin", http.MethodPut, "accounts/robot", put(`[{"scope":"account","count":0,"per":"soon"},{"scope":"target","count":1.5,"per":"1s","ops":["shout"]}]`))
	require.Equal(t, http.StatusUnprocessableEntity, code, body)
	for _, path := range []string{"limits[0].count", "limits[0].per", "limits[1].count", "limits[1].ops[0]"} {
		require.Contains(t, body, `"path":"accounts.robot.`+path+`"`)
	}

	s.saves(t, http.MethodPut, "accounts/robot", put(`"none"`))
	require.Empty(t, s.a.read(1, s.settings).cfg.Accounts["robot"].Limits)
	s.saves(t, http.MethodPut, "accounts/robot", `"type":"dingtalk_robot","settings":{}`)
	require.Equal(t, 20, s.a.read(1, s.settings).cfg.Accounts["robot"].Limits[0].Count)
}
