package webhook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// TestTheExamplesOfThePage reads the accounts on the type's page as a configuration, and renders by them.
func TestTheExamplesOfThePage(t *testing.T) {
	for _, page := range []string{"webhook.md", "webhook.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "providers", page))
		require.NoError(t, err)
		found := 0
		for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			cfg, err := config.Parse(page, []byte(m[1]), Manifests(), config.Options{AllowFiles: true})
			require.NoError(t, err)
			for name, a := range cfg.Accounts {
				found++
				made, err := newHook(a.Settings, sender.Deps{})
				require.NoError(t, err, "%s: %s", page, name)
				for _, d := range providertest.Samples() {
					out, err := made.Render(t.Context(), sender.Draft{Message: d})
					require.NoError(t, err, name)
					require.Empty(t, out.Notes, name)
				}
			}
		}
		require.GreaterOrEqual(t, found, 7, page)
	}
}

// TestTheFieldsOfThePage holds the JSON on the page against what is sent.
func TestTheFieldsOfThePage(t *testing.T) {
	for _, page := range []string{"webhook.md", "webhook.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "providers", page))
		require.NoError(t, err)
		m := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(string(text))
		require.NotNil(t, m, page)
		d := json.NewDecoder(strings.NewReader(m[1]))
		d.DisallowUnknownFields()
		var p payload
		require.NoError(t, d.Decode(&p), page)
		require.Equal(t, version, p.Version)
		raw, err := json.Marshal(p)
		require.NoError(t, err)
		var shown, again map[string]any
		require.NoError(t, json.Unmarshal([]byte(m[1]), &shown))
		require.NoError(t, json.Unmarshal(raw, &again))
		for key := range again {
			require.Contains(t, shown, key, "the page does not show it")
		}
	}
}
