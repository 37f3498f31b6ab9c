package contactpoint

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint/grafanatest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

const (
	ourToken = "glsa_ours"
	ourHMAC  = "the secret that signs"
	ourUID   = "yunluo-payments"
)

func wanted() Wanted {
	return Wanted{
		Name: "payments", Title: "支付 via yunluo", URL: "http://localhost:3000/api/plugins/yunluo-notify-app/resources/v1/notify/payments",
		Token: secret.New(ourToken), HMACSecret: secret.New(ourHMAC),
	}
}

// asker asks a Grafana with somebody's token.
type asker struct {
	url, token string
}

func (a asker) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := url.Parse(a.url)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = to.Scheme, to.Host
	r.Header.Set("Authorization", "Bearer "+a.token)
	return plainly(r)
}

// plainly follows no redirects, as a transport.
func plainly(r *http.Request) (*http.Response, error) {
	c := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c.Do(r)
}

func client(tb testing.TB, url, token string) *Client {
	tb.Helper()
	return New(Options{Org: 1, Transport: asker{url, token}})
}

// both runs a test against a Grafana with the newer API and one without.
func both(t *testing.T, test func(t *testing.T, f *fake, c *Client)) {
	t.Helper()
	for api, newer := range map[string]bool{"receivers": true, "provisioning": false} {
		t.Run(api, func(t *testing.T) {
			f := newFake(newer)
			test(t, f, client(t, f.start(t), editorToken))
		})
	}
}

func keep(t *testing.T, c *Client, w Wanted) State {
	t.Helper()
	s, err := c.Keep(t.Context(), w)
	require.NoError(t, err)
	return s
}

func TestAContactPointIsMadeOnceAndThenLeftAlone(t *testing.T) {
	both(t, func(t *testing.T, f *fake, c *Client) {
		t.Helper()
		s, err := c.Look(t.Context(), wanted())
		require.NoError(t, err)
		require.False(t, s.Exists)
		require.Equal(t, ourUID, s.UID)

		s = keep(t, c, wanted())
		require.True(t, s.Exists)
		require.True(t, s.Written)
		require.Empty(t, s.Differences)
		require.Empty(t, s.Provenance, "people can still edit it")
		require.Equal(t, wanted().Title, s.Title)
		require.Contains(t, []string{
			"/alerting/notifications/receivers/" + base64.RawURLEncoding.EncodeToString([]byte(wanted().Title)) + "/edit",
			"/alerting/notifications/receivers/" + url.PathEscape(wanted().Title) + "/edit",
		}, s.Page)
		settings := f.settings(t, ourUID)
		require.Equal(t, ourToken, settings["authorization_credentials"])
		require.Equal(t, object{"secret": ourHMAC, "header": "X-Yunluo-Signature", "timestampHeader": "X-Yunluo-Timestamp"}, settings["hmacConfig"])

		f.Change(func(l *grafanatest.Locked) {
			l.Route(wanted().Title, "other", wanted().Title)
			l.Rule(wanted().Title)
		})
		for range 3 {
			s = keep(t, c, wanted())
			require.False(t, s.Written)
			require.Equal(t, 2, s.Routes)
			require.Equal(t, map[string]int{"receivers": 1}[s.API], s.Rules, "only the newer API tells")
		}
		require.Equal(t, 1, f.written(), "each write would start all of Grafana's groups anew")
	})
}

func TestWhatDiffersIsPutRightAndTheRestIsLeft(t *testing.T) {
	both(t, func(t *testing.T, f *fake, c *Client) {
		t.Helper()
		keep(t, c, wanted())
		f.ours(func(p *grafanatest.Point) {
			p.Title, p.DisableResolve = "renamed by a person", true
			p.Settings["url"], p.Settings["maxAlerts"] = "http://elsewhere", "100"
			p.Settings["payload"] = object{"template": "{}"}
			p.Settings["headers"].(object)["X-Own"] = "1"
		})
		s, err := c.Look(t.Context(), wanted())
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"url", "payload", "disableResolveMessage"}, s.Differences)
		s = keep(t, c, wanted())
		require.True(t, s.Written)
		require.Empty(t, s.Differences)
		require.Equal(t, "renamed by a person", s.Title)
		settings := f.settings(t, ourUID)
		require.Equal(t, wanted().URL, settings["url"])
		require.Equal(t, "100", settings["maxAlerts"])
		require.Equal(t, "1", settings["headers"].(object)["X-Own"])
		require.NotContains(t, settings, "payload")
		require.Equal(t, ourHMAC, settings["hmacConfig"].(object)["secret"], "a [REDACTED] that was read is never written")
	})
}

func TestNewSecretsAreWritten(t *testing.T) {
	both(t, func(t *testing.T, f *fake, c *Client) {
		t.Helper()
		keep(t, c, wanted())
		rotated := wanted()
		rotated.HMACSecret = secret.New("another secret that signs")
		s, err := c.Look(t.Context(), rotated)
		require.NoError(t, err)
		require.Equal(t, []string{"secrets"}, s.Differences)
		keep(t, c, rotated)
		require.Equal(t, "another secret that signs", f.settings(t, ourUID)["hmacConfig"].(object)["secret"])
		// What somebody destroyed through the older API cannot be seen, only be written again.
		f.ours(func(p *grafanatest.Point) { p.Settings["hmacConfig"].(object)["secret"] = redacted })
		require.False(t, keep(t, c, rotated).Written)
		rotated.Force = true
		require.True(t, keep(t, c, rotated).Written)
		require.Equal(t, "another secret that signs", f.settings(t, ourUID)["hmacConfig"].(object)["secret"])
		// One that is gone can be seen.
		f.ours(func(p *grafanatest.Point) { delete(p.Settings, "authorization_credentials") })
		rotated.Force = false
		require.True(t, keep(t, c, rotated).Written)
	})
}

func TestWhatWasProvisionedIsNotTouched(t *testing.T) {
	both(t, func(t *testing.T, f *fake, c *Client) {
		t.Helper()
		keep(t, c, wanted())
		f.ours(func(p *grafanatest.Point) { p.Provenance, p.Settings["url"] = "file", "http://elsewhere" })
		s, err := c.Keep(t.Context(), wanted())
		require.ErrorContains(t, err, "provisioned (file)")
		require.Equal(t, "file", s.Provenance)
		require.Equal(t, 1, f.written())
	})
}

func TestATitleThatIsTakenIsSomebodyElses(t *testing.T) {
	both(t, func(t *testing.T, f *fake, c *Client) {
		t.Helper()
		f.Change(func(l *grafanatest.Locked) {
			l.Add(&grafanatest.Point{UID: "x", Title: wanted().Title, Settings: object{"url": "http://x"}})
		})
		_, err := c.Keep(t.Context(), wanted())
		require.ErrorContains(t, err, "another name")
		f.Change(func(l *grafanatest.Locked) { require.Len(t, l.All(), 1) })
	})
}

func TestOtherIntegrationsOfTheContactPointKeepTheirSecrets(t *testing.T) {
	f := newFake(true)
	c := client(t, f.start(t), editorToken)
	keep(t, c, wanted())
	f.Change(func(l *grafanatest.Locked) {
		l.Add(&grafanatest.Point{UID: "other", Title: wanted().Title, Settings: object{
			"url": "http://other", "password": "theirs", "hmacConfig": object{"secret": "theirs too"},
		}})
		l.Find(ourUID).Settings["url"] = "http://elsewhere"
	})
	keep(t, c, wanted())
	other := f.settings(t, "other")
	require.Equal(t, "theirs", other["password"])
	require.Equal(t, "theirs too", other["hmacConfig"].(object)["secret"])
}

func TestAChangeThatSomebodyMakesMeanwhileIsNotLost(t *testing.T) {
	f := newFake(true)
	c := client(t, f.start(t), editorToken)
	keep(t, c, wanted())
	f.Change(func(l *grafanatest.Locked) {
		l.Find(ourUID).Settings["url"] = "http://elsewhere"
		l.Meanwhile(func(l *grafanatest.Locked) { l.Find(ourUID).Settings["maxAlerts"] = "7" })
	})
	require.True(t, keep(t, c, wanted()).Written)
	require.Equal(t, "7", f.settings(t, ourUID)["maxAlerts"])
	require.Equal(t, wanted().URL, f.settings(t, ourUID)["url"])
}

func TestASecretThatTheOlderAPIWouldDestroyStopsTheWrite(t *testing.T) {
	f := newFake(false)
	c := client(t, f.start(t), editorToken)
	keep(t, c, wanted())
	f.Change(func(l *grafanatest.Locked) {
		l.Find(ourUID).Settings["tlsConfig"] = object{"clientKey": "theirs"}
		l.Find(ourUID).Settings["url"] = "http://elsewhere"
	})
	_, err := c.Keep(t.Context(), wanted())
	require.ErrorContains(t, err, "tlsConfig")
	require.Equal(t, "theirs", f.settings(t, ourUID)["tlsConfig"].(object)["clientKey"])
}

func TestOtherOrganisationsHaveTheirOwnNamespace(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("X-Grafana-Org-Id"))
		if strings.HasSuffix(r.URL.Path, group) {
			_, _ = io.WriteString(w, `{"versions":[{"version":"v1beta1"},{"version":"v0alpha1"}]}`)
			return
		}
		_, _ = io.WriteString(w, `{"items":[]}`)
	}))
	defer s.Close()
	_, err := New(Options{Org: 2, Transport: asker{s.URL, "x"}}).Look(t.Context(), wanted())
	require.NoError(t, err)
	require.Equal(t, []string{"/apis/" + group + " 2", "/apis/" + group + "/v1beta1/namespaces/org-2/receivers 2"}, asked)
}

func TestWhatGrafanaRefusesIsExplainedWithoutSecrets(t *testing.T) {
	both(t, func(t *testing.T, f *fake, _ *Client) {
		t.Helper()
		url := f.start(t)
		_, err := client(t, url, "wrong").Look(t.Context(), wanted())
		require.ErrorContains(t, err, "log in again")
		_, err = client(t, url, viewerToken).Keep(t.Context(), wanted())
		require.ErrorContains(t, err, "an editor")
	})
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"a login page": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "login page"},
		"a redirect":   {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, "302"},
		"an echo": {func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				_, _ = io.WriteString(w, `{"versions":[{"version":"v0alpha1"}],"items":[]}`)
				return
			}
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.Copy(w, r.Body)
		}, "400"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(c.handler)
			defer s.Close()
			_, err := client(t, s.URL, editorToken).Keep(t.Context(), wanted())
			require.ErrorContains(t, err, c.says)
			for _, hidden := range []string{ourToken, ourHMAC, editorToken} {
				require.NotContains(t, err.Error(), hidden)
			}
		})
	}
	_, err := client(t, "http://127.0.0.1:1", editorToken).Look(t.Context(), wanted())
	require.ErrorContains(t, err, "cannot reach Grafana")
}

func TestUIDsAreWhatGrafanaTakes(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"a", "payments", strings.Repeat("a", 33), strings.Repeat("a", 34), strings.Repeat("a", 62), strings.Repeat("a", 63)} {
		uid := UID(name)
		require.Regexp(t, `^[a-zA-Z0-9_-]{1,40}$`, uid)
		require.False(t, seen[uid])
		seen[uid] = true
		require.Equal(t, uid, UID(name))
	}
}

// FuzzLook: whatever answers instead of Grafana, nothing panics.
func FuzzLook(f *testing.F) {
	f.Add(`{"versions":[{"version":"v0alpha1"}]}`, `{"items":[{"metadata":{"annotations":{"grafana.com/inUse/routes":"x"}},"spec":{"title":1,"integrations":[{"uid":"yunluo-payments","settings":[]}]}}]}`)
	f.Add(`{}`, `[{"uid":"yunluo-payments","name":"n","settings":{"headers":{"X-Yunluo-Key":{}},"hmacConfig":[]}}]`)
	f.Add(`{"versions":[{"version":"v0alpha1"}]}`, `{"items":[{"spec":{"integrations":[{"uid":"yunluo-payments","settings":{"url":{},"hmacConfig":{"header":[]}}}]}}]}`)
	f.Fuzz(func(t *testing.T, versions, list string) {
		c := New(Options{Org: 1, Transport: answers(func(r *http.Request) string {
			if strings.HasSuffix(r.URL.Path, group) {
				return versions
			}
			return list
		})})
		_, _ = c.Keep(t.Context(), wanted())
	})
}

type answers func(*http.Request) string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a(r))), Request: r}, nil
}
