package outbound_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestAnSDKCallsThroughTheClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, `{"Code":"isv.X"}`)
	}))
	defer server.Close()
	c, err := outbound.New(outbound.Options{Settings: sender.Settings{BaseURL: server.URL, Timeout: time.Minute}})
	require.NoError(t, err)
	sdk := &http.Client{Transport: c.RoundTripper()}

	ctx, seen := outbound.Watch(t.Context())
	_, asked, _ := seen.Last()
	require.False(t, asked)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, http.NoBody)
	require.NoError(t, err)
	answer, err := sdk.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.JSONEq(t, `{"Response":{}}`, string(body), "the SDK is told that all is well")
	last, asked, err := seen.Last()
	require.NoError(t, err)
	require.True(t, asked)
	require.Equal(t, http.StatusTeapot, last.Status)
	require.JSONEq(t, `{"Code":"isv.X"}`, string(last.Body))

	plain, err := sdk.Do(req.Clone(t.Context()))
	require.NoError(t, err)
	require.NoError(t, plain.Body.Close())
	require.Equal(t, http.StatusTeapot, plain.StatusCode, "an answer that nobody watches goes to who asked")

	server.Close()
	_, err = sdk.Do(req.Clone(ctx)) //nolint:bodyclose // there is no answer
	require.Error(t, err)
	_, _, err = seen.Last()
	require.Equal(t, sender.ReasonUnavailable, sender.AsFailure(err).Reason)
}
