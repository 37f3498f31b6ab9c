package slack

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestAWebhookTakesTheWholeAddressOrItsEnd(t *testing.T) {
	for _, url := range []string{webhookPath, "/services/" + webhookPath, "services/" + webhookPath, " https://hooks.slack.test/services/" + webhookPath + " \n"} {
		var asked string
		settings := webhookTestSettings()
		settings.Secrets = map[string]secret.Value{fieldURL: secret.New(url)}
		s, err := newWebhook(settings, sender.Deps{Transport: roundTripper{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.Path
			takes(w, r)
		})}})
		require.NoError(t, err, url)
		_, err = s.Send(t.Context(), sender.Notification{Content: []byte(`{"text":"x"}`)})
		require.NoError(t, err)
		require.Equal(t, "/services/"+webhookPath, asked)
	}
}

func TestNoPartOfAWebhooksAddressIsTold(t *testing.T) {
	settings := webhookTestSettings()
	settings.Secrets = map[string]secret.Value{fieldURL: secret.New("https://hooks.slack.test/services/" + webhookPath)}
	s, err := newWebhook(settings, sender.Deps{Transport: roundTripper{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "cannot reach "+r.URL.Path)
	})}})
	require.NoError(t, err)
	_, err = s.Send(t.Context(), sender.Notification{Content: []byte(`{"text":"x"}`)})
	require.ErrorContains(t, err, "cannot reach /services/")
	for one := range strings.SplitSeq(webhookPath, "/") {
		require.NotContains(t, err.Error(), one)
	}
}

// TestWebhookCodes walks the table with the statuses that Slack gives.
func TestWebhookCodes(t *testing.T) {
	seen := map[string]bool{}
	statuses := map[string]int{
		"action_prohibited": 403, "posting_to_general_channel_denied": 403, "invalid_token": 403, "team_disabled": 403, "channel_not_found": 404, "no_service": 404,
		"no_active_hooks": 404, "no_team": 404, "channel_is_archived": 410, "rate_limited": 429, "rollup_error": 500,
	}
	for _, row := range webhookMeanings() {
		t.Run(row.Code, func(t *testing.T) {
			require.False(t, seen[row.Code], "a code stands there once")
			seen[row.Code] = true
			status := statuses[row.Code]
			if status == 0 {
				status = http.StatusBadRequest
			}
			h := openWebhook(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, row.Code+"\n")
			})
			_, err := h.Send(t.Context(), sender.Notification{Content: []byte(`{"text":"x"}`)})
			failure := failureOf(t, err)
			require.Equal(t, row.Code, failure.Code)
			require.Equal(t, status, failure.Status)
			require.Equal(t, row.Class, failure.Class)
			require.Equal(t, row.Reason, failure.Reason)
			require.Equal(t, row.After, failure.After)
			require.Equal(t, row.Hint, failure.Hint)
			require.Equal(t, status == 500, failure.MaybeSent)
		})
	}
	for code := range strings.FieldsSeq("invalid_payload no_text channel_is_archived action_prohibited no_service no_active_hooks channel_not_found") {
		require.True(t, seen[code], "the table lacks %s", code)
	}
}

func TestAWebhookIsBelievedOnlyWhenItSaysOK(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		class  sender.Class
		maybe  bool
	}{
		"an object":                {200, `{"ok":true}`, sender.Again, true},
		"a workflow's":             {200, ``, sender.Again, true},
		"ok, created":              {201, `ok`, sender.Again, true},
		"an unknown word":          {400, `something_new`, sender.Never, false},
		"a word with HTTP 200":     {200, `no_service`, sender.Never, false},
		"an outage":                {502, `ok`, sender.Again, true},
		"an unknown word, refused": {403, `something_new`, sender.Never, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := openWebhook(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			_, err := h.Send(t.Context(), sender.Notification{Content: []byte(`{"text":"x"}`)})
			failure := failureOf(t, err)
			require.Equal(t, c.class, failure.Class)
			require.Equal(t, c.maybe, failure.MaybeSent)
		})
	}
}

func TestAWebhooksLimitIsTheAccounts(t *testing.T) {
	h := openWebhook(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, "rate_limited")
	})
	_, err := h.Send(t.Context(), sender.Notification{Content: []byte(`{"text":"x"}`)})
	failure := failureOf(t, err)
	require.Equal(t, sender.Later, failure.Class)
	require.Equal(t, 30*time.Second, failure.After)
	require.Equal(t, sender.ScopeAccount, failure.Scope)
}

func TestProbeOfAWebhook(t *testing.T) {
	for word, fine := range map[string]bool{"no_text": true, "invalid_payload": true, "no_service": false, "ok": false} {
		h := openWebhook(t, func(w http.ResponseWriter, _ *http.Request) {
			if word != "ok" {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = io.WriteString(w, word)
		})
		checks := h.Probe(t.Context())
		require.Len(t, checks, 1)
		require.Equal(t, fine, checks[0].OK, word)
		require.Equal(t, fine, checks[0].Hint.Empty(), word)
	}
}

func FuzzContent(f *testing.F) {
	f.Add([]byte(`{"text":"*x* <@U0> <!channel> <https://x.test|y> &lt;"}`))
	f.Add([]byte(`{"text":"x","blocks":[{"type":"header","text":{"type":"plain_text","text":"t"}},{"type":"section","fields":[{"type":"mrkdwn","text":"> x"}]}]}`))
	f.Add([]byte(`{"attachments":[{"color":"danger","blocks":[{"type":"actions","elements":[{"type":"button","url":"https://x.test"}]}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := preview(raw)
		if err != nil {
			return
		}
		require.NotEmpty(t, p.Shape)
		w, err := decodeWire(raw)
		require.NoError(t, err)
		_, err = textForm(w)
		require.NoError(t, err)
	})
}
