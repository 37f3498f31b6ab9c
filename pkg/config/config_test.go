package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("yunluo.yaml", []byte(text), fakeTypes(), fakeOptions())
	require.NoError(t, err)
	return c
}

func TestSampleIsValid(t *testing.T) {
	c := parse(t, config.Sample())
	require.Equal(t, "feishu-secret", c.Accounts["feishu-corp"].Settings.Secrets["app_secret"].Reveal())
	require.Equal(t, 10, c.Accounts["ops-robot"].Limits[0].Count, "half of the robot's 20")
	require.Equal(t, "+8613900000000", c.People["han"].Mobile)
	payments := c.ContactPoints["payments"]
	require.Len(t, payments.Steps, 2)
	require.Equal(t, 3*time.Minute, payments.Steps[0].GiveUp)
	first := payments.Steps[0].Notify[0]
	require.Equal(t, sender.Urgency{alert.Critical: sender.UrgePhone, alert.High: sender.UrgeApp}, first.Urgent)
	require.Equal(t, "李雷", first.Mention[0].Person.Title)
	require.Equal(t, lang.English, c.ContactPoints["platform"].Language)
	require.Equal(t, time.UTC, c.ContactPoints["platform"].Location)
	require.Equal(t, alert.Warning, c.ContactPoints["platform"].Steps[0].Notify[0].Severities)
	require.Equal(t, time.Duration(0), *c.Sources["prometheus"].Wait)
	require.Equal(t, "platform", c.Templates[0].Name)
}

func TestDefaultsAreFilledIn(t *testing.T) {
	c := parse(t, `
accounts:
  corp: {type: feishu_app, app_id: cli_1, app_secret: a}
  robot: {type: dingtalk_robot, access_token: a}
contact_points:
  - name: a
    steps: [{notify: [{account: robot}]}]
`)
	corp := c.Accounts["corp"]
	require.Equal(t, "https://open.feishu.cn", corp.Settings.BaseURL)
	require.Equal(t, 10*time.Second, corp.Settings.Timeout)
	require.Equal(t, map[string]string{"app_id": "cli_1", "id_type": "open_id", "strict": "false", "batch": "50", "cache": "1h"}, corp.Settings.Values)
	require.Equal(t, fakeTypes()[0].Limits, corp.Limits)
	require.Equal(t, 8, corp.InFlight)
	require.True(t, corp.Fold)

	a := c.ContactPoints["a"]
	require.Equal(t, lang.Chinese, a.Language)
	require.Equal(t, "Asia/Shanghai", a.Location.String())
	require.Equal(t, config.RepeatRemind, a.Repeat)
	require.Equal(t, time.Minute, a.DuplicateWindow)
	require.Equal(t, 3*time.Second, a.GroupWindow)
	require.Equal(t, config.AtOnce, a.Steps[0].On)
	entry := a.Steps[0].Notify[0]
	require.Equal(t, []sender.Target{{}}, entry.To, "a robot has one target without a name")
	require.Equal(t, sender.Options{"form": "markdown"}, entry.Options)
	require.Equal(t, alert.None, entry.Severities)

	require.Equal(t, "/var/lib/yunluo", c.Store.Path)
	require.Equal(t, "127.0.0.1:9095", c.Listen.Address)
	require.Equal(t, config.Retention{MaxAge: 30 * 24 * time.Hour, MaxSize: 1 << 30}, c.Retention)
	require.Equal(t, []string{"severity", "priority", "level"}, c.Labels.Severity)
	require.Equal(t, alert.Critical, c.Labels.SeverityValues["disaster"])
	require.Equal(t, alert.Warning, c.Labels.SeverityValues["average"])
	require.Equal(t, alert.Warning, c.Defaults.Severity)
	require.Contains(t, c.Sources, "default")
	require.False(t, c.Sources["default"].HasCredentials())
}

func TestAnEmptyDocumentIsAConfigurationWithoutAccounts(t *testing.T) {
	c := parse(t, "{}")
	require.Empty(t, c.Accounts)
	require.Empty(t, c.ContactPoints)
}

func TestVariablesAndFilesHoldSecrets(t *testing.T) {
	c := parse(t, `
accounts:
  env: {type: dingtalk_robot, access_token: "a-${DINGTALK_TOKEN}-$$-$x", timeout: "${TIMEOUT}"}
  file: {type: dingtalk_robot, access_token_file: ../../run/secrets/robot, keyword: $$}
sources:
  - {name: planted, token_file: /run/secrets/planted}
templates:
  - a.tmpl
  - {name: inline, content: "${NOT_A_VARIABLE} $$"}
`)
	require.Equal(t, "a-dingtalk-token-$-$x", c.Accounts["env"].Settings.Secrets["access_token"].Reveal())
	require.Equal(t, 7*time.Second, c.Accounts["env"].Settings.Timeout)
	require.Equal(t, "robot-token", c.Accounts["file"].Settings.Secrets["access_token"].Reveal(), "one newline is trimmed, and the mark of an editor")
	require.Equal(t, "$", c.Accounts["file"].Settings.Values["keyword"])
	require.Equal(t, planted+"-secret", c.Sources["planted"].Token.Reveal())
	require.Equal(t, "${NOT_A_VARIABLE} $$", c.Templates[1].Content, "templates are never expanded")
}

func TestTemplateGlobsAreReadInOrder(t *testing.T) {
	c := parse(t, `templates: ["*.tmpl"]`)
	require.Equal(t, []config.TemplateFile{
		{Name: "/etc/yunluo/a.tmpl", Content: `{{ define "a" }}{{ end }}`},
		{Name: "/etc/yunluo/b.tmpl", Content: `{{ define "b" }}${NOT_A_VARIABLE}{{ end }}`},
	}, c.Templates)
}

func TestLimitsOfAnAccount(t *testing.T) {
	own := fakeTypes()[2].Limits
	for name, tt := range map[string]struct {
		fields string
		want   []sender.Limit
	}{
		"the type's":           {"", own},
		"none":                 {"limits: none", nil},
		"its own":              {"limits: [{scope: target, count: 5, per: 1m}]", []sender.Limit{{Scope: sender.ScopeTarget, Count: 5, Per: time.Minute}}},
		"a share":              {"share: 0.55", []sender.Limit{{Scope: sender.ScopeAccount, Count: 11, Per: time.Minute}}},
		"at least one":         {"share: 0.001", []sender.Limit{{Scope: sender.ScopeAccount, Count: 1, Per: time.Minute}}},
		"a share of its own":   {"share: 0.5, limits: [{scope: account, count: 7, per: 1h}]", []sender.Limit{{Scope: sender.ScopeAccount, Count: 3, Per: time.Hour}}},
		"the whole is a share": {"share: 1", own},
	} {
		t.Run(name, func(t *testing.T) {
			c := parse(t, "accounts: {robot: {type: dingtalk_robot, access_token: a, "+tt.fields+"}}")
			require.Equal(t, tt.want, c.Accounts["robot"].Limits)
		})
	}
}

func TestOneAddressMayHaveSeveralAccountsWhereNothingIsLimited(t *testing.T) {
	c := parse(t, `
accounts:
  one: {type: hook, webhook: "https://push.example.com/"}
  two: {type: hook, webhook: "https://push.example.com/"}
`)
	require.Len(t, c.Accounts, 2)
}

func TestAnchorsAndMergeKeys(t *testing.T) {
	c := parse(t, `
accounts:
  one: &robot {type: dingtalk_robot, access_token: a, timeout: 3s}
  two:
    <<: *robot
    access_token: b
`)
	require.Equal(t, "b", c.Accounts["two"].Settings.Secrets["access_token"].Reveal())
	require.Equal(t, 3*time.Second, c.Accounts["two"].Settings.Timeout)
}

func TestOwnSeverityValuesAddToTheKnownOnes(t *testing.T) {
	c := parse(t, "labels: {severity_values: {P3: critical, 5: high}}")
	require.Equal(t, alert.Critical, c.Labels.SeverityValues["p3"])
	require.Equal(t, alert.High, c.Labels.SeverityValues["5"])
	require.Equal(t, alert.Warning, c.Labels.SeverityValues["minor"])
}

func TestDurationsAndSizes(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1h": time.Hour, "90m": 90 * time.Minute, "30d": 720 * time.Hour, "1d12h": 36 * time.Hour, "2w": 336 * time.Hour, "1.5h": 90 * time.Minute,
	} {
		require.Equal(t, want, parse(t, "retention: {max_age: "+text+"}").Retention.MaxAge, text)
	}
	for text, want := range map[string]int64{"1024KiB": 1 << 20, "1MiB": 1 << 20, "2 GiB": 2 << 30, "1TiB": 1 << 40} {
		require.Equal(t, want, parse(t, "retention: {max_size: "+text+"}").Retention.MaxSize, text)
	}
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	c := parse(t, "store: {path: data}\nlisten: {tls_cert: c.pem, tls_key: /k.pem}\npublic_url: https://a.example.com/x/")
	require.Equal(t, "/etc/yunluo/data", c.Store.Path)
	require.Equal(t, "/etc/yunluo/c.pem", c.Listen.TLSCert)
	require.Equal(t, "/k.pem", c.Listen.TLSKey)
	require.Equal(t, "https://a.example.com/x", c.PublicURL)
}
