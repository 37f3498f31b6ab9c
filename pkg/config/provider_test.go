package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestSampleWorksWithTheRealTypes(t *testing.T) {
	types := provider.Manifests()
	c, err := config.Parse("sample.yaml", []byte(config.Sample()), types, fakeOptions())
	require.NoError(t, err)
	require.NotEmpty(t, c.Accounts)
	for name, a := range c.Accounts {
		i := slices.IndexFunc(types, func(m sender.Manifest) bool { return m.Type == a.Type })
		_, err := types[i].New(a.Settings, sender.Deps{})
		require.NoError(t, err, name)
	}
	var doc any
	require.NoError(t, yaml.Unmarshal([]byte(config.Sample()), &doc))
	require.NoError(t, compiledSchema(t, types).Validate(doc))
}

func TestATypeThatSendsToManyAtOnceWorksOnAsManyAtOnce(t *testing.T) {
	c, err := config.Parse("a.yaml", []byte(`
accounts:
  few: {type: dingtalk_app, app_key: k, app_secret: secret-of-the-first}
  many: {type: aliyun_sms, access_key_id: k, access_key_secret: secret-of-the-second, sign_name: s, template_code: SMS_1}
  own: {type: aliyun_sms, access_key_id: k2, access_key_secret: secret-of-the-third, sign_name: s, template_code: SMS_1, in_flight: 2}
  one: {type: dingtalk_robot, access_token: token-of-the-fourth}
contact_points: [{name: a, steps: [{notify: [{account: one}]}]}]
`), provider.Manifests(), fakeOptions())
	require.NoError(t, err)
	for name, want := range map[string]int{"few": 20, "many": 32, "own": 2, "one": 8} {
		require.Equal(t, want, c.Accounts[name].InFlight, name)
	}
}

// An address that is wrong, a setting that is missing and one that is misspelt hide nothing of what is wrong besides.
func TestWhatOnlyARealTypeFindsIsToldAtOnce(t *testing.T) {
	for account, want := range map[string][]string{
		`{type: webhook, url: "https://x.example/", base_url: nowhere, secret: short, bearer_token: "Bearer x"}`: {
			"accounts.a: secret is not whsec_ and 24 to 64 bytes in base64: make one with: echo whsec_$(openssl rand -base64 32); " +
				"bearer_token holds a blank: give the token alone, without the word Bearer",
			"accounts.a.base_url: ",
		},
		`{type: webhook, url: nowhere, proxy: nowhere, headers: "X"}`: {
			"accounts.a: headers, line 1, is no header: write it as Name: value", "accounts.a.url: ", "accounts.a.proxy: ",
		},
		`{type: webhook, url: "https://x.example/", username: li, passwrod: p, max_bytes: 1}`: {
			"accounts.a: max_bytes is out of range: use 512 to 1048576", "accounts.a.passwrod: ",
		},
		`{type: feishu_robot, base_url: nowhere, token: a/b}`:                         {"accounts.a: token is empty or holds more", "accounts.a.base_url: "},
		`{type: slack, base_url: nowhere, bot_token: xapp-1}`:                         {"accounts.a: bot_token is not a bot's token", "accounts.a.base_url: "},
		`{type: slack_webhook, base_url: nowhere, url: "a?b"}`:                        {"accounts.a: url is empty or no webhook's", "accounts.a.base_url: "},
		`{type: slack_webhook, base_url: nowhere, url: "https://x/services/a"}`:       {"accounts.a.base_url: "},
		`{type: dingtalk_app, base_url: nowhere, app_key: a b}`:                       {"accounts.a: app_key is empty or holds a blank", "accounts.a: app_secret is missing", "accounts.a.base_url: "},
		`{type: dingtalk_app, app_secret: s}`:                                         {"accounts.a: app_key is missing"},
		`{type: email, from: nobody}`:                                                 {"accounts.a: from is no mail address", "accounts.a: base_url is missing"},
		`{type: email, base_url: "smtps://x", from: a@b.example, tls: none, auth: x}`: {"accounts.a: tls is none", "accounts.a.auth: "},
	} {
		for _, name := range []string{"a", "A"} {
			_, err := config.Parse("y", []byte("accounts: {"+name+": "+account+"}"), provider.Manifests(), config.Options{AllowFiles: true})
			var faults *config.Faults
			require.ErrorAs(t, err, &faults)
			var told []string
			for _, f := range faults.List {
				if f.Path != "accounts" {
					told = append(told, f.Path+": "+f.Message.EN)
				}
			}
			require.Len(t, told, len(want), "%s\n%s", account, err)
			for _, one := range want {
				one = strings.Replace(one, "accounts.a", "accounts."+name, 1)
				require.True(t, slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, one) }), "%s: %s\n%s", account, one, err)
			}
		}
	}
}

// A manifest must not name a field as one that every account, or every notify entry, has.
func TestNoFieldOfARealTypeIsTaken(t *testing.T) {
	ofAccounts := []string{"type", "title", "base_url", "proxy", "timeout", "limits", "share", "in_flight", "fold"}
	ofEntries := []string{"account", "to", "mention", "urgent", "severities"}
	for _, m := range provider.Manifests() {
		var names []string
		for _, f := range m.Fields {
			require.NotContains(t, ofAccounts, f.Name, m.Type)
			require.NotContains(t, names, f.Name, m.Type)
			names = append(names, f.Name)
			if f.Secret {
				names = append(names, f.Name+"_file")
			}
		}
		for _, f := range m.Options {
			require.NotContains(t, ofEntries, f.Name, m.Type)
			require.False(t, f.Secret, "%s.%s: secrets live in accounts only", m.Type, f.Name)
		}
	}
}
