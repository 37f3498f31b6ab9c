package app

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Faults are shown on pages, to editors too, and some are logged.
func TestNoFaultQuotesASecret(t *testing.T) {
	const mark = "MARK5ECRET"
	a := closed(t, nil)
	for _, m := range a.o.Types {
		for _, f := range m.Fields {
			if !f.Secret {
				continue
			}
			for _, shape := range []string{
				"%s", "http://%s:p@h/%%zz\x01", "http://[%s", "%[1]s: x\n%[1]s", "%s\x00", "https://h/%%zz%s", "ftp://%s", "whsec_%s!", "%s\xff", "{{ .%s",
				"${%s}", "-----BEGIN %s-----", "https://u:%s@h:99999/", "//%s", " %s ",
			} {
				account, secrets := plausible(m)
				secrets[f.Name] = fmt.Sprintf(shape, mark)
				entry, err := json.Marshal(secrets)
				require.NoError(t, err)
				jsonData, err := json.Marshal(map[string]any{"accounts": map[string]any{"x": account}})
				require.NoError(t, err)
				faults, err := json.Marshal(faultsOf(a.read(1, raw(string(jsonData), map[string]string{"accounts.x": string(entry)})).faults))
				require.NoError(t, err)
				require.NotContains(t, string(faults), mark, "%s.%s as %q", m.Type, f.Name, shape)
			}
		}
	}
}

// plausible is an account of a type with what it requires.
func plausible(m sender.Manifest) (account map[string]any, secrets map[string]string) {
	account, secrets = map[string]any{"type": m.Type}, map[string]string{}
	if m.BaseURL == "" && len(m.Schemes) > 0 {
		account["base_url"] = m.Schemes[0] + "://h"
		secrets["base_url"] = m.Schemes[0] + "://h"
	}
	for _, f := range m.Fields {
		switch {
		case !f.Required:
		case !f.Secret:
			account[f.Name] = "1"
		case f.Kind == sender.FieldURL:
			secrets[f.Name] = "https://x.example/"
		default:
			secrets[f.Name] = "xoxb-1234567890"
		}
	}
	return account, secrets
}
