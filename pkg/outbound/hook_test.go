package outbound_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func hookSettings(address, base string) sender.Settings {
	return sender.Settings{Account: "a", BaseURL: base, Secrets: map[string]secret.Value{"url": secret.New(address)}}
}

func TestAHookGoesToItsAddressOrThroughAGateway(t *testing.T) {
	const address = "https://hooks.example.com:443/a%2Fb/key-0123456789?sig=x%2By%3D&v=1"
	for base, want := range map[string]string{
		"":                           "https://hooks.example.com:443/a%2Fb/key-0123456789?sig=x%2By%3D&v=1",
		"http://gateway.example/out": "http://gateway.example/out/a%2Fb/key-0123456789?sig=x%2By%3D&v=1",
	} {
		var got string
		c, r, err := outbound.NewHook(outbound.Options{Settings: hookSettings(address, base), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return nil, errors.New("dial " + r.URL.String())
		})}, "url")
		require.NoError(t, err)
		r.Method = http.MethodPost
		_, err = c.Do(t.Context(), r)
		require.Equal(t, want, got)
		for _, part := range []string{"key-0123456789", "x%2By", "x+y"} {
			require.NotContains(t, err.Error(), part)
		}
		require.Equal(t, "said <secret>", c.Redact("said /a%2Fb/key-0123456789?sig=x%2By%3D&v=1"))
	}
}

func TestAHookWithABadAddressNamesTheField(t *testing.T) {
	for name, address := range map[string]string{
		"none": "", "no address": "key-" + planted, "other scheme": "ftp://host/" + url.PathEscape(planted), "user": "https://u:" + url.PathEscape(planted) + "@host/x",
		"fragment": "https://host/#" + url.PathEscape(planted), "no url": "https://\x00" + planted,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := outbound.NewHook(outbound.Options{Settings: hookSettings(address, "")}, "url")
			f := failed(t, err)
			require.Equal(t, sender.ReasonConfig, f.Reason)
			require.Equal(t, sender.Never, f.Class)
			require.Contains(t, err.Error(), "url")
		})
	}
	_, _, err := outbound.NewHook(outbound.Options{Settings: hookSettings("https://host/x", "no address")}, "url")
	require.ErrorContains(t, err, "base_url")
}

func TestStatusesByTheTypesTable(t *testing.T) {
	table := []sender.CodeMeaning{
		{Code: "410", Class: sender.Never, Reason: sender.ReasonRecipient},
		{Code: "429", Class: sender.Again, Reason: sender.ReasonRateLimited},
	}
	get := func(status int, header http.Header) *sender.Failure {
		return outbound.FailureFromStatus(table, outbound.Response{Status: status, Header: header})
	}
	require.Equal(t, sender.ReasonRecipient, get(410, nil).Reason)
	require.Equal(t, "410", get(410, nil).Code)
	require.Equal(t, sender.Later, get(429, http.Header{"Retry-After": {"7"}}).Class, "the answer's own wait goes first")
	require.Equal(t, sender.Again, get(429, nil).Class)
	require.Equal(t, sender.ReasonUnavailable, get(502, nil).Reason, "a status that is not in the table")
	require.Equal(t, "502", get(502, nil).Code)
	odd := get(200, nil)
	require.Equal(t, sender.ReasonOutcomeUnknown, odd.Reason)
	require.Empty(t, odd.Code)
	require.True(t, odd.MaybeSent)
}
