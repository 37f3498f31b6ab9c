package app

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// closed is an app whose core is never opened, for what needs none.
func closed(tb testing.TB, env map[string]string) *App {
	tb.Helper()
	if env == nil {
		env = map[string]string{envDataDir: tb.TempDir()}
	}
	p := placeFrom(func(name string) string { return env[name] })
	return &App{o: Options{Types: provider.Manifests()}, place: p, seals: newSeals(p), tenants: map[int64]*tenant{}}
}

func raw(jsonData string, secure map[string]string) backend.AppInstanceSettings {
	return backend.AppInstanceSettings{JSONData: []byte(jsonData), DecryptedSecureJSONData: secure, Updated: time.Unix(1, 0)}
}

const (
	robotJSON = `{"accounts":{"robot":{"type":"dingtalk_robot"}},"contact_points":[{"name":"ops","steps":[{"notify":[{"account":"robot"}]}]}]}`
	token     = "a-token-that-is-secret"
	signing   = "a-secret-that-signs"
)

func robotSecrets() map[string]string {
	return map[string]string{"accounts.robot": `{"access_token":"` + token + `"}`, "contact_points.ops": `{"hmac_secret":"` + signing + `"}`}
}

func TestSettingsHaveTheStructureOfTheFile(t *testing.T) {
	a := closed(t, nil)
	s := a.read(1, raw(robotJSON, robotSecrets()))
	require.Nil(t, s.faults)
	require.Equal(t, token, s.cfg.Accounts["robot"].Settings.Secrets["access_token"].Reveal())
	require.Equal(t, signing, s.signing["ops"][0].Reveal())
	require.NotEmpty(t, s.sealed)
	require.Len(t, s.cfg.ContactPoints["ops"].Steps, 1)

	fromFile, err := config.Parse("f", []byte(strings.Replace(robotJSON, `"dingtalk_robot"`, `"dingtalk_robot","access_token":"`+token+`"`, 1)),
		provider.Manifests(), config.Options{})
	require.NoError(t, err)
	require.Equal(t, fromFile, s.cfg)

	for _, empty := range []string{"", "{}", "null", " "} {
		s := a.read(1, raw(empty, nil))
		require.Nil(t, s.faults, empty)
		require.NotNil(t, s.cfg)
	}
}

func TestADollarInASecretIsADollar(t *testing.T) {
	secure := map[string]string{"accounts.robot": `{"access_token":"a$$b${HOME}$"}`}
	s := closed(t, nil).read(1, raw(`{"accounts":{"robot":{"type":"dingtalk_robot"}}}`, secure))
	require.Nil(t, s.faults)
	require.Equal(t, "a$$b${HOME}$", s.cfg.Accounts["robot"].Settings.Secrets["access_token"].Reveal())
}

func TestADollarOfPeopleContactPointsAndDefaultsIsADollar(t *testing.T) {
	const typed = "a$$b ${HOME} $5 ${"
	s := newSide(t, robotJSON, robotSecrets())
	s.saves(t, http.MethodPut, "contact-points/ops", `"settings":{"title":"`+typed+`","steps":[{"notify":[{"account":"robot"}]}]}`)
	s.saves(t, http.MethodPut, "people/li", `"create":true,"settings":{"title":"`+typed+`","mobile":"13800000001"}`)
	s.saves(t, http.MethodPut, "defaults", `"defaults":{},"public_url":"https://grafana.example.com/${HOME}"`)
	cfg := s.a.read(1, s.settings).cfg
	require.Equal(t, typed, cfg.ContactPoints["ops"].Title)
	require.Equal(t, typed, cfg.People["li"].Title)
	require.Equal(t, "https://grafana.example.com/${HOME}", cfg.PublicURL)
}

func TestFaultsOfSettings(t *testing.T) {
	robot := func(more string) string {
		return `{"accounts":{"robot":{"type":"dingtalk_robot"` + more + `}}}`
	}
	entered := func(doc string) map[string]string { return map[string]string{"accounts.robot": doc} }
	good := `{"access_token":"` + token + `"}`
	for name, c := range map[string]struct {
		json   string
		secure map[string]string
		path   string
		says   string
	}{
		"not an object":            {`[]`, nil, "", "not a JSON object"},
		"not JSON":                 {`{`, nil, "", "not a JSON object"},
		"an unknown field":         {`{"acounts":{}}`, nil, "acounts", "accounts"},
		"sources":                  {`{"sources":[]}`, nil, "sources", "means nothing in Grafana"},
		"listen":                   {`{"listen":{}}`, nil, "listen", "means nothing in Grafana"},
		"store":                    {`{"store":{"path":"/"}}`, nil, "store", "means nothing in Grafana"},
		"no secret":                {robot(""), nil, "accounts.robot", "access_token is missing"},
		"a secret in the open":     {robot(`,"access_token":"` + token + `"`), nil, "accounts.robot.access_token", "secureJsonData"},
		"a secret's file":          {robot(`,"access_token_file":"/etc/passwd"`), nil, "accounts.robot.access_token_file", "cannot be named here"},
		"a variable":               {robot(`,"title":"${HOME}"`), entered(good), "accounts.robot.title", "cannot be used here"},
		"a template's file":        {`{"templates":["/etc/passwd"]}`, nil, "templates[0]", "cannot be named here"},
		"secrets that are no JSON": {robot(""), entered(token), "accounts.robot", "JSON object"},
		"another type's secret":    {robot(""), entered(`{"access_token":"x","app_secret":"y"}`), "accounts.robot", "app_secret"},
		"a new address":            {robot(`,"base_url":"http://evil.example"`), entered(good), "accounts.robot.base_url", "enter this account's secrets again"},
		"a new proxy":              {robot(`,"proxy":"http://evil.example"`), entered(good), "accounts.robot.proxy", "enter this account's secrets again"},
		"an address taken away":    {robot(""), entered(`{"access_token":"x","base_url":"http://gw"}`), "accounts.robot.base_url", "again"},
		"a short signing secret":   {`{}`, map[string]string{"contact_points.ops": `{"hmac_secret":"short"}`}, "contact_points.ops", "16"},
		"a broken template":        {`{"templates":[{"name":"x","content":"{{ if }}"}]}`, nil, "templates[0].content", "if"},
		"accounts that are a list": {`{"accounts":[]}`, nil, "accounts", "mapping"},
		"an account that is none":  {`{"accounts":{"robot":null}}`, nil, "accounts.robot", "no value"},
		"what no type can do": {
			`{"accounts":{"w":{"type":"webhook"}}}`,
			map[string]string{"accounts.w": `{"url":"https://x.example/` + token + `","bearer_token":"b","password":"` + token + `"}`},
			"accounts.w", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := closed(t, nil).read(1, raw(c.json, c.secure))
			require.NotNil(t, s.faults)
			require.Nil(t, s.cfg)
			text := s.faults.In(lang.English) + s.faults.In(lang.Chinese)
			require.Contains(t, text, c.says)
			require.NotContains(t, text, token)
			require.Equal(t, c.path, s.faults.List[0].Path, text)
			for _, f := range s.faults.List {
				require.Zero(t, f.Line, "the lines are nobody's")
				require.False(t, f.Message.ZH == "" || f.Message.EN == "")
			}
		})
	}
}

func TestEveryAddressOfATypeIsBound(t *testing.T) {
	const contacts = "contact_url"
	doc := `{"accounts":{"app":{"type":"dingtalk_app","client_id":"x","robot_code":"x","` + contacts + `":"https://evil.example"}}}`
	s := closed(t, nil).read(1, raw(doc, map[string]string{"accounts.app": `{"app_secret":"x"}`}))
	require.NotNil(t, s.faults)
	i := 0
	for _, f := range s.faults.List {
		if strings.Contains(f.Hint.EN, "again") {
			i++
			require.Equal(t, "accounts.app."+contacts, f.Path)
		}
	}
	require.Equal(t, 1, i, s.faults.In(lang.English))
}

func TestAttachedSettingsHaveNoAccounts(t *testing.T) {
	a := closed(t, map[string]string{envCore: "/run/yunluo/core.sock"})
	s := a.read(7, raw(`{"defaults":{"language":"en"},"labels":{"severity":["sev"]}}`, robotSecrets()))
	require.Nil(t, s.faults)
	require.Empty(t, s.sealed)
	require.Equal(t, "main", a.tenantOf(7).name)
	require.Empty(t, s.notes())

	had := strings.Replace(robotJSON, "{", `{"people":{},"store":{},"labels":{"severity":["sev"]},`, 1)
	s = a.read(7, raw(had, robotSecrets()))
	require.Nil(t, s.faults, "an organisation that had settings before takes alerts all the same")
	require.Empty(t, s.cfg.Accounts)
	require.Equal(t, []string{"sev"}, s.cfg.Labels.Severity)
	require.Equal(t, signing, s.signing["ops"][0].Reveal())
	require.Equal(t, []lang.Text{{
		ZH: "Grafana 里的这些设置没有使用，因为由核心的配置文件决定：accounts、contact_points、people、store",
		EN: "these settings of Grafana's are not used, since the core's file decides: accounts, contact_points, people, store",
	}}, s.notes())
}

func TestFaultsInWhatAnAttachedCoreDoesWithoutDoNotCount(t *testing.T) {
	a := closed(t, map[string]string{envCore: "/run/yunluo/core.sock"})
	s := a.read(7, raw(`{"defaults":{"language":"fr"},"labels":{"severity":["sev"]}}`, robotSecrets()))
	require.Nil(t, s.faults)
	require.Equal(t, []string{"sev"}, s.cfg.Labels.Severity, "what is in order stays in force")
	require.Equal(t, lang.Chinese, s.cfg.Defaults.Language)
	require.Len(t, s.notes(), 1)
	require.Contains(t, s.notes()[0].EN, "defaults.language")
	require.Contains(t, s.notes()[0].ZH, "没有生效")

	s = a.read(7, raw(`{"defaults":[],"labels":7,"people":{}}`, robotSecrets()))
	require.Nil(t, s.faults)
	require.Len(t, s.notes(), 2)
	require.Len(t, s.ignored.List, 2)

	require.NotNil(t, a.read(7, raw(`[]`, robotSecrets())).faults)
	require.NotNil(t, closed(t, nil).read(7, raw(`{"labels":7}`, nil)).faults, "a core of the app's own has no file to go by")
}

func TestOlderSettingsDoNotReplaceNewerOnes(t *testing.T) {
	at := func(seconds int64) *settings { return &settings{updated: time.Unix(seconds, 0)} }
	tenant := &tenant{}
	newer := at(10)
	tenant.offer(newer)
	tenant.offer(at(9))
	require.Same(t, newer, tenant.next)
	tenant.next, tenant.inForce = nil, newer
	tenant.offer(at(9))
	require.Nil(t, tenant.next)
	again := at(10)
	tenant.offer(again)
	require.Same(t, again, tenant.next)
}

// FuzzRead: whatever an admin saves is either in order or has faults, and no fault repeats a secret.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{robotJSON, `{"accounts":{"x":{"type":"feishu_app","base_url":"http://x"}}}`, `[]`, `{"accounts":{"robot":[1]}}`} {
		f.Add([]byte(seed), `{"access_token":"`+token+`"}`)
	}
	f.Add([]byte(`{"contact_points":[{"name":"<<"}]}`), `{"access_token":7}`)
	a := closed(f, nil)
	// The fewer types, the more is tried in the time.
	a.o.Types = slices.DeleteFunc(a.o.Types, func(m sender.Manifest) bool { return m.Type != "dingtalk_robot" && m.Type != "webhook" })
	f.Fuzz(func(t *testing.T, jsonData []byte, entered string) {
		s := a.read(1, backend.AppInstanceSettings{JSONData: jsonData, DecryptedSecureJSONData: map[string]string{
			"accounts.robot": entered, "contact_points.ops": entered,
		}})
		require.Equal(t, s.cfg == nil, s.faults != nil)
		if s.faults == nil {
			return
		}
		require.NotEmpty(t, s.faults.List)
		var doc map[string]string
		if json.Unmarshal([]byte(entered), &doc) == nil && doc["access_token"] == token && !strings.Contains(string(jsonData), token) {
			require.NotContains(t, s.faults.In(lang.English), token)
		}
	})
}

func TestTheSettingsInTheDocumentationAreInOrder(t *testing.T) {
	for _, page := range []string{"grafana-app.md", "grafana-app.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
		require.NoError(t, err)
		_, block, found := strings.Cut(string(text), "```yaml\n")
		require.True(t, found)
		block, _, _ = strings.Cut(block, "```")
		var file struct {
			Apps []struct {
				Type           string            `yaml:"type"`
				JSONData       map[string]any    `yaml:"jsonData"`
				SecureJSONData map[string]string `yaml:"secureJsonData"`
			} `yaml:"apps"`
		}
		require.NoError(t, yaml.Unmarshal([]byte(block), &file))
		require.Equal(t, ID, file.Apps[0].Type)
		jsonData, err := json.Marshal(file.Apps[0].JSONData)
		require.NoError(t, err)
		s := closed(t, nil).read(1, raw(string(jsonData), file.Apps[0].SecureJSONData))
		require.Nil(t, s.faults)
		require.Len(t, s.cfg.Accounts, 2)
		require.Len(t, s.signing, 1)
	}
}
