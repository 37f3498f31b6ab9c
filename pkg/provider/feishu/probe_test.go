package feishu

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func checksByName(checks []sender.Check) map[string]sender.Check {
	out := map[string]sender.Check{}
	for _, c := range checks {
		out[c.Name.EN] = c
	}
	return out
}

func TestProbe(t *testing.T) {
	f := newFake()
	checks := checksByName(open(t, f).Probe(t.Context()))
	require.Len(t, checks, 7)
	require.Equal(t, "云锣", checks["Bot ability"].Detail)
	require.True(t, checks["Scope: sending"].OK)
	urgent := checks["Scope: urging in the app"]
	require.True(t, urgent.OK, "an account may do without")
	require.Contains(t, urgent.Hint.EN, "urgent: app will fail")
	require.Empty(t, f.to(pathMessages))
}

func TestProbeTellsWhatIsWrong(t *testing.T) {
	body := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { say(w, s) }
	}
	for name, c := range map[string]struct {
		endpoint string
		answer   http.HandlerFunc
		check    string
		hint     string
	}{
		"secret":         {"POST " + pathToken, refuse("10014", "app secret invalid"), "App ID and App Secret", "Copy the App Secret again"},
		"bot off":        {"GET " + pathBot, refuse("230006", "Bot ability is not activated."), "Bot ability", "Enable the bot"},
		"app off":        {"GET " + pathBot, body(`{"code":0,"bot":{"activate_status":1,"app_name":"x","open_id":"ou_1"}}`), "Bot ability", "have an administrator enable the app"},
		"no bot":         {"GET " + pathBot, body(`{"code":0}`), "Bot ability", "Enable the bot"},
		"not installed":  {"GET " + pathScopes, refuse("212100", "app not install"), "Scopes of the app", "publish a version"},
		"no scope":       {"GET " + pathScopes, body(`{"code":0,"data":{"scopes":[]}}`), "Scope: sending", "im:message:send_as_bot is not granted"},
		"scopes on fire": {"GET " + pathScopes, body(`<html>`), "Scopes of the app", "check base_url"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.answer(c.endpoint, c.answer)
			got := checksByName(open(t, f).Probe(t.Context()))[c.check]
			require.False(t, got.OK)
			require.Contains(t, got.Hint.EN, c.hint)
			require.NotEmpty(t, got.Hint.ZH)
		})
	}
}

func TestProbeWithoutAnAPIForScopes(t *testing.T) {
	f := newFake()
	f.answer("GET "+pathScopes, http.NotFound)
	require.Len(t, open(t, f).Probe(t.Context()), 2)
}
