package provider_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider"
)

func TestEveryTypeIsThereOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range provider.Manifests() {
		require.NotEmpty(t, m.Type)
		require.False(t, seen[m.Type], "type %q is there twice", m.Type)
		seen[m.Type] = true
		found, ok := provider.Find(m.Type)
		require.True(t, ok)
		assert.Equal(t, m.Title, found.Title)
		assert.Equal(t, m.Provider, found.Provider)
	}
	assert.Subset(t, seen, map[string]bool{"dingtalk_robot": true, "feishu_app": true})
}

func TestFindOfAnUnknownType(t *testing.T) {
	for _, typ := range []string{"", "pigeon", "DingTalk_Robot"} {
		_, ok := provider.Find(typ)
		assert.False(t, ok, "%q", typ)
	}
}

// Every account has these settings, so no type may name its own like them.
func TestNoFieldHidesAGeneralSetting(t *testing.T) {
	general := []string{"type", "title", "base_url", "proxy", "timeout", "limits", "share", "in_flight"}
	for _, m := range provider.Manifests() {
		for _, f := range m.Fields {
			assert.NotContains(t, general, f.Name, m.Type)
			assert.NotRegexp(t, "_file$", f.Name, "%s: the twin of a secret", m.Type)
		}
	}
}
