package receiver_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/receiver"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

const (
	tokenA, tokenB = "token-of-am-4711", "token-of-both-0815"
	passwordB      = "pass:word-of-both"
	hmacSecret     = "hmac-of-grafana-1234"
)

func closed() *config.Config {
	c := loopback()
	c.Listen.Address = "0.0.0.0:9095"
	c.Sources = map[string]config.Source{
		"am":      {Name: "am", Token: secret.New(tokenA)},
		"both":    {Name: "both", Token: secret.New(tokenB), Username: "u", Password: secret.New(passwordB)},
		"grafana": {Name: "grafana", HMACSecret: secret.New(hmacSecret)},
		"open":    {Name: "open"},
	}
	return c
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func sign(timestamp, body string) string {
	mac := hmac.New(sha256.New, []byte(hmacSecret))
	if timestamp != "" {
		mac.Write([]byte(timestamp + ":"))
	}
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestCredentialChoosesTheSource(t *testing.T) {
	at := func(d time.Duration) string { return strconv.FormatInt(now().Add(d).Unix(), 10) }
	const sig, ts = "X-Grafana-Alerting-Signature", "X-Yunluo-Timestamp"
	for name, c := range map[string]struct {
		query   string
		headers []string
		status  int
		source  string
	}{
		"bearer":                {"", []string{"Authorization", "Bearer " + tokenA}, 200, "am"},
		"bearer, other case":    {"", []string{"Authorization", "bearer  " + tokenB}, 200, "both"},
		"basic":                 {"", []string{"Authorization", basic("u", passwordB)}, 200, "both"},
		"same source named":     {"?source=am", []string{"Authorization", "Bearer " + tokenA}, 200, "am"},
		"other source named":    {"?source=both", []string{"Authorization", "Bearer " + tokenA}, 403, ""},
		"open source named":     {"?source=open", []string{"Authorization", "Bearer " + tokenA}, 403, ""},
		"wrong bearer":          {"", []string{"Authorization", "Bearer x" + tokenA}, 401, ""},
		"part of a token":       {"", []string{"Authorization", "Bearer " + tokenA[:5]}, 401, ""},
		"empty bearer":          {"", []string{"Authorization", "Bearer "}, 401, ""},
		"token as password":     {"", []string{"Authorization", basic("u", tokenB)}, 401, ""},
		"wrong user":            {"", []string{"Authorization", basic("v", passwordB)}, 401, ""},
		"empty basic":           {"", []string{"Authorization", basic("", "")}, 401, ""},
		"other scheme":          {"", []string{"Authorization", "X-Key " + tokenA}, 401, ""},
		"none":                  {"", nil, 401, ""},
		"named, not proven":     {"?source=am", nil, 401, ""},
		"open one, not proven":  {"?source=open", nil, 401, ""},
		"signature":             {"", []string{sig, sign("", grafanaBody)}, 200, "grafana"},
		"signature, our header": {"", []string{"X-Yunluo-Signature", sign("", grafanaBody)}, 200, "grafana"},
		"signature, upper case": {"", []string{sig, strings.ToUpper(sign("", grafanaBody))}, 200, "grafana"},
		"signed with time":      {"", []string{sig, sign(at(0), grafanaBody), ts, at(0)}, 200, "grafana"},
		"Grafana's time header": {"", []string{sig, sign(at(0), grafanaBody), "X-Grafana-Alerting-Timestamp", at(0)}, 200, "grafana"},
		"5 minutes old":         {"", []string{sig, sign(at(-5*time.Minute), grafanaBody), ts, at(-5 * time.Minute)}, 200, "grafana"},
		"older":                 {"", []string{sig, sign(at(-301*time.Second), grafanaBody), ts, at(-301 * time.Second)}, 401, ""},
		"from the future":       {"", []string{sig, sign(at(301*time.Second), grafanaBody), ts, at(301 * time.Second)}, 401, ""},
		"time is not a number":  {"", []string{sig, sign("now", grafanaBody), ts, "now"}, 401, ""},
		"time taken off":        {"", []string{sig, sign(at(0), grafanaBody)}, 401, ""},
		"time put on":           {"", []string{sig, sign("", grafanaBody), ts, at(0)}, 401, ""},
		"signed another body":   {"", []string{sig, sign("", grafanaBody+" ")}, 401, ""},
		"not a signature":       {"", []string{sig, "sha256=abc"}, 401, ""},
		"signed, other named":   {"?source=am", []string{sig, sign("", grafanaBody)}, 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t, closed())
			w := b.post(grafanaPath+c.query, grafanaBody, c.headers...)
			require.Equal(t, c.status, w.Code, w.Body)
			if c.status == http.StatusOK {
				require.Equal(t, c.source, b.core.last(t).Group.Source)
				return
			}
			require.Zero(t, b.core.count())
			if c.status == http.StatusUnauthorized {
				require.Equal(t, []string{`Bearer realm="yunluo"`, `Basic realm="yunluo", charset="UTF-8"`}, w.Header().Values("WWW-Authenticate"))
				require.Contains(t, w.Body.String(), "Authorization: Bearer")
			}
		})
	}
}

// This vector was computed with openssl dgst -sha256 -hmac s3cret, over timestamp, colon and body.
func TestSignatureVector(t *testing.T) {
	c := closed()
	c.Sources = map[string]config.Source{"g": {Name: "g", HMACSecret: secret.New("s3cret")}}
	b := setUp(t, c, func(o *receiver.Options) { o.Now = func() time.Time { return time.Unix(1795385896, 0) } })
	w := b.post(alertsPath, `{"title":"x"}`, "X-Yunluo-Timestamp", "1795385896",
		"X-Yunluo-Signature", "bdbee46c4ebb4c500e4ee35b8d0181062ad91fdd61ba31a4ca28a9c4a1360324")
	require.Equal(t, http.StatusOK, w.Code, w.Body)
}

func TestAllowOpen(t *testing.T) {
	c := closed()
	c.Listen.AllowOpen = true
	b := setUp(t, c)
	for query, want := range map[string]int{"": 200, "?source=open": 200, "?source=am": 401, "?source=nobody": 400} {
		require.Equal(t, want, b.post(alertsPath+query, alertsBody).Code, query)
	}
	require.Equal(t, http.StatusUnauthorized, b.post(alertsPath, alertsBody, "Authorization", "Bearer wrong").Code)
	require.Equal(t, http.StatusUnauthorized, b.post(alertsPath, alertsBody, "X-Yunluo-Signature", sign("", "other")).Code)
	require.Equal(t, http.StatusOK, b.post(alertsPath, alertsBody, "Authorization", "Bearer "+tokenA).Code)
	require.Equal(t, "am", b.core.last(t).Group.Source)
	require.Equal(t, http.StatusUnauthorized, b.post("/-/reload", "").Code)

	c = closed()
	c.Listen.AllowOpen = true
	c.Sources["default"] = config.Source{Name: "default", Token: secret.New("t")}
	require.Equal(t, http.StatusUnauthorized, setUp(t, c).post(alertsPath, alertsBody).Code, "the default source is claimed too")
}

func TestOpenListenerIsRefused(t *testing.T) {
	for address, refused := range map[string]bool{
		"127.0.0.1:9095": false, "localhost:0": false, "[::1]:9095": false,
		"0.0.0.0:9095": true, ":9095": true, "[::]:9095": true, "192.0.2.1:9095": true, "myhost:9095": true, "": true,
	} {
		c := loopback()
		c.Listen.Address = address
		_, err := receiver.New(receiver.Options{Core: &fakeCore{}, Config: c})
		if !refused {
			require.NoError(t, err, address)
			continue
		}
		require.ErrorContains(t, err, "token_file", address)
		require.ErrorContains(t, err, "allow_open")
		c.Listen.AllowOpen = true
		_, err = receiver.New(receiver.Options{Core: &fakeCore{}, Config: c})
		require.NoError(t, err, address)
	}
}

func TestSourcesMayNotShareACredential(t *testing.T) {
	c := closed()
	c.Sources["twin"] = config.Source{Name: "twin", Token: secret.New(tokenA)}
	_, err := receiver.New(receiver.Options{Core: &fakeCore{}, Config: c})
	require.ErrorContains(t, err, `"am" and "twin"`)
	require.NotContains(t, err.Error(), tokenA)
}

func TestReload(t *testing.T) {
	var answer error
	calls := 0
	with := func(o *receiver.Options) {
		o.Reload = func(context.Context) error { calls++; return answer }
	}
	open, shut := setUp(t, loopback(), with), setUp(t, closed(), with)

	require.Equal(t, http.StatusOK, open.post("/-/reload", "").Code)
	require.Equal(t, http.StatusOK, shut.post("/-/reload", "", "Authorization", "Bearer "+tokenA).Code)
	stamp := strconv.FormatInt(now().Unix(), 10)
	require.Equal(t, http.StatusOK, shut.post("/-/reload", "", "X-Yunluo-Signature", sign(stamp, ""), "X-Yunluo-Timestamp", stamp).Code)
	require.Equal(t, 3, calls)

	require.Equal(t, http.StatusForbidden, open.post("/-/reload", "", "X-Forwarded-For", "192.0.2.7").Code)
	require.Equal(t, http.StatusForbidden, open.post("/-/reload", "", "Sec-Fetch-Site", "cross-site").Code)
	require.Equal(t, http.StatusUnauthorized, shut.post("/-/reload", "").Code)
	require.Equal(t, http.StatusUnauthorized, shut.post("/-/reload", "", "X-Yunluo-Signature", sign("", "")).Code, "it could be replayed")
	get := open.do(http.MethodGet, "/-/reload", "")
	require.Equal(t, http.StatusMethodNotAllowed, get.Code)
	require.Contains(t, get.Body.String(), "curl -X POST 'http://127.0.0.1:9095/-/reload'")
	require.Equal(t, 3, calls)

	answer = errConfig("line 7: no account \"feishu\"")
	w := open.post("/-/reload", "")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "line 7")
	require.Contains(t, w.Body.String(), "stays in force")
	answer = core.ErrUnreachable
	require.Equal(t, http.StatusInternalServerError, open.post("/-/reload", "").Code)
	require.Equal(t, http.StatusNotImplemented, setUp(t, loopback()).post("/-/reload", "").Code)
}

func TestSecretsAreInNothingThatLeaves(t *testing.T) {
	b := setUp(t, closed(), func(o *receiver.Options) {
		o.Reload = func(context.Context) error { return nil }
	})
	var out strings.Builder
	planted := []string{tokenA, tokenB, passwordB, hmacSecret, "planted-in-body", "planted-in-query", "wrong-token-4712"}
	body := `{"title":"planted-in-body","severity":"planted-in-body"}`
	for _, headers := range [][]string{
		nil,
		{"Authorization", "Bearer " + tokenA},
		{"Authorization", "Bearer wrong-token-4712"},
		{"Authorization", basic("u", passwordB)},
		{"X-Yunluo-Signature", sign("", body)},
		{"X-Yunluo-Signature", "wrong-token-4712"},
	} {
		for _, path := range []string{alertsPath, alertmanagerPath, alertsPath + "?token=planted-in-query", "/-/reload", "/planted-in-query"} {
			for _, sent := range []string{body, alertsBody, alertmanagerBody, `{"planted-in-body":`} {
				w := b.post(path, sent, headers...)
				out.WriteString(headerText(w.Header()))
				if w.Code == http.StatusUnauthorized {
					out.WriteString(w.Body.String())
				}
			}
		}
	}
	b.core.submit = func(core.Submission) (core.Result, error) { panic("planted-in-body") }
	b.post(alertsPath, alertsBody, "Authorization", "Bearer "+tokenA)
	out.WriteString(b.do(http.MethodGet, "/metrics", "").Body.String())
	out.WriteString(b.log.String())
	require.Contains(t, out.String(), "request refused")
	for _, p := range planted {
		for _, form := range []string{p, base64.StdEncoding.EncodeToString([]byte(p)), url.QueryEscape(p)} {
			require.NotContains(t, out.String(), form)
		}
	}
	require.NotContains(t, out.String(), basic("u", passwordB)[6:])
}
