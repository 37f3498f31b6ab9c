package slack

import (
	"net/http"
	"slices"
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

func TestProbeReadsTheScopes(t *testing.T) {
	for name, c := range map[string]struct {
		scopes string
		failed []string
		hints  map[string]string
	}{
		"all": {"chat:write, chat:write.public,users:read,users:read.email,im:write", nil, nil},
		"only what it must": {"chat:write", nil, map[string]string{
			"Scope: public channels without joining": "chat:write.public is missing: the bot must be invited",
			"Scope: finding people by e-mail":        "users:read.email is missing", "Scope: opening direct messages": "im:write is missing",
		}},
		"a longer name is another": {"chat:write.public", []string{"Scope: sending"}, map[string]string{"Scope: sending": "chat:write is missing: nothing can be sent. Add chat:write under"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.answer(methodTest, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(headerScopes, c.scopes)
				say(w, `{"ok":true,"team":"示例","user":"yunluo","bot_id":"B0"}`)
			})
			checks := checksByName(open(t, f).Probe(t.Context()))
			require.Len(t, checks, 5)
			require.Equal(t, "yunluo @ 示例", checks["Bot token"].Detail)
			for n, check := range checks {
				require.Equal(t, slices.Contains(c.failed, n), !check.OK, n)
				if c.hints[n] == "" && check.OK {
					continue
				}
				require.Contains(t, check.Hint.EN, c.hints[n])
				require.NotEmpty(t, check.Hint.ZH)
			}
		})
	}
}

func TestProbeTellsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		hint   string
	}{
		"revoked":      {refuse("token_revoked", ""), "Reinstall the app"},
		"a user token": {func(w http.ResponseWriter, _ *http.Request) { say(w, `{"ok":true,"team":"t","user":"li"}`) }, "not a bot's token"},
		"no Slack":     {func(w http.ResponseWriter, _ *http.Request) { say(w, `<html>`) }, "check base_url"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.answer(methodTest, c.answer)
			checks := open(t, f).Probe(t.Context())
			require.Len(t, checks, 1, "of scopes nothing is known")
			require.False(t, checks[0].OK)
			require.Contains(t, checks[0].Hint.EN, c.hint)
		})
	}
}
