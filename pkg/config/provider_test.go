package config_test

import (
	"slices"
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
