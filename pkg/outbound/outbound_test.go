package outbound_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const planted = "s3cr3t/+of=the robot"

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func settings(base string) sender.Settings {
	return sender.Settings{
		Account: "a", BaseURL: base,
		Secrets: map[string]secret.Value{"access_token": secret.New(planted)},
	}
}

func client(t *testing.T, o outbound.Options) *outbound.Client {
	t.Helper()
	c, err := outbound.New(o)
	require.NoError(t, err)
	return c
}

// call is a request with the secret in its query, as a webhook has it.
func call() outbound.Request {
	return outbound.Request{Method: http.MethodPost, Path: "/send", Query: url.Values{"access_token": {planted}}, Body: map[string]string{"a": "<汉>"}}
}

// failed checks what holds for every failure: its type, and that it tells no secret and no query.
func failed(t *testing.T, err error) *sender.Failure {
	t.Helper()
	require.Error(t, err)
	var f *sender.Failure
	require.ErrorAs(t, err, &f)
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, form := range []string{planted, url.QueryEscape(planted), url.PathEscape(planted), "access_token", base64.StdEncoding.EncodeToString([]byte(planted))} {
			require.NotContains(t, fmt.Sprintf("%v %+v %#v", e, e, e.Error()), form)
		}
	}
	return f
}

func TestRequestOnTheWire(t *testing.T) {
	cases := map[string]struct {
		body any
		want string
	}{
		"marshalled":  {map[string]string{"a": "<汉>&"}, `{"a":"<汉>&"}`},
		"raw message": {json.RawMessage(`{ "a" : 1 }`), `{ "a" : 1 }`},
		"bytes":       {[]byte("x"), "x"},
		"empty bytes": {[]byte{}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				assert.NoError(t, err)
				assert.Equal(t, c.want, string(body))
				assert.Equal(t, "/mount/open-apis/im/a%2Fb", r.URL.EscapedPath())
				assert.Equal(t, "x=1+2", r.URL.RawQuery)
				assert.Equal(t, "application/json; charset=utf-8", r.Header.Get("Content-Type"))
				assert.Equal(t, "Bearer t", r.Header.Get("Authorization"))
				w.Header().Set("X-Log", "1")
				w.WriteHeader(http.StatusTeapot)
				_, _ = io.WriteString(w, "hi")
			}))
			defer server.Close()
			got, err := client(t, outbound.Options{Settings: settings(server.URL + "/mount/")}).Do(t.Context(), outbound.Request{
				Method: http.MethodPost, Path: "/open-apis/im/" + url.PathEscape("a/b"), Query: url.Values{"x": {"1 2"}},
				Header: http.Header{"authorization": {"Bearer t"}}, Body: c.body,
			})
			require.NoError(t, err, "any status is an answer")
			assert.Equal(t, http.StatusTeapot, got.Status)
			assert.Equal(t, "hi", string(got.Body))
			assert.Equal(t, "1", got.Header.Get("X-Log"))
			assert.Positive(t, got.Latency)
		})
	}
}

func TestRequestWithoutBody(t *testing.T) {
	c := client(t, outbound.Options{Settings: settings("http://x"), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		assert.Empty(t, r.Header.Get("Content-Type"))
		assert.Nil(t, r.Body)
		return answer(204, ""), nil
	})})
	_, err := c.Do(t.Context(), outbound.Request{Method: http.MethodGet, Path: "/x"})
	require.NoError(t, err)
}

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestBadSettings(t *testing.T) {
	cases := map[string]sender.Settings{
		"no base url":        {},
		"no scheme":          {BaseURL: "oapi.dingtalk.com"},
		"other scheme":       {BaseURL: "ftp://x"},
		"user in base url":   {BaseURL: "https://u:" + url.PathEscape(planted) + "@x"},
		"query in base url":  {BaseURL: "https://x?access_token=" + url.QueryEscape(planted)},
		"no url at all":      {BaseURL: "https://\x00" + planted},
		"proxy without host": {BaseURL: "https://x", Proxy: "http://"},
		"proxy of any kind":  {BaseURL: "https://x", Proxy: "gopher://u:" + url.PathEscape(planted) + "@x"},
	}
	for name, s := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := outbound.New(outbound.Options{Settings: s})
			f := failed(t, err)
			assert.Equal(t, sender.ReasonConfig, f.Reason)
			assert.Equal(t, sender.Never, f.Class)
			field := "base_url"
			if s.Proxy != "" {
				field = "proxy"
			}
			assert.Contains(t, err.Error(), field, "the error names the setting")
		})
	}
}

func TestNothingSentWhereNoConnectionIsMade(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	dead := listener.Addr().String()
	require.NoError(t, listener.Close())
	plain := httptest.NewTLSServer(http.NotFoundHandler())
	defer plain.Close()
	proxied := settings("http://provider.test")
	proxied.Proxy = "http://user:" + url.PathEscape(planted) + "@" + dead
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, http.MethodConnect, r.Method)
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer refusing.Close()
	tunnel := settings("https://provider.test")
	tunnel.Proxy = refusing.URL
	cases := map[string]sender.Settings{
		"refused by the proxy":  tunnel,
		"refused":               settings("http://" + dead),
		"no such host":          settings("http://nowhere.invalid"),
		"dead proxy":            proxied,
		"untrusted certificate": settings(plain.URL),
	}
	for name, s := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, outbound.Options{Settings: s}).Do(t.Context(), call())
			f := failed(t, err)
			assert.Equal(t, sender.ReasonUnavailable, f.Reason)
			assert.Equal(t, sender.Again, f.Class)
			assert.False(t, f.MaybeSent)
			assert.NotEmpty(t, f.Hint.ZH)
			assert.NotEmpty(t, f.Hint.EN)
		})
	}
}

func TestProxyIsUsed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "provider.test", r.URL.Host)
		assert.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte("u:p")), r.Header.Get("Proxy-Authorization"))
		_, _ = io.WriteString(w, "through")
	}))
	defer proxy.Close()
	s := settings("http://provider.test")
	s.Proxy = strings.Replace(proxy.URL, "http://", "http://u:p@", 1)
	got, err := client(t, outbound.Options{Settings: s}).Do(t.Context(), call())
	require.NoError(t, err)
	assert.Equal(t, "through", string(got.Body))
}

func TestConnectionsAreReused(t *testing.T) {
	remotes := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { remotes[r.RemoteAddr] = true }))
	defer server.Close()
	c := client(t, outbound.Options{Settings: settings(server.URL)})
	for range 5 {
		_, err := c.Do(t.Context(), call())
		require.NoError(t, err)
	}
	assert.Len(t, remotes, 1)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	got, err := client(t, outbound.Options{Settings: settings(server.URL)}).Do(t.Context(), call())
	require.NoError(t, err)
	assert.Equal(t, http.StatusTemporaryRedirect, got.Status)
	assert.Equal(t, 1, asked)
	assert.Equal(t, sender.ReasonConfig, outbound.StatusFailure(got).Reason)
}

func TestConnectionLostAfterWriting(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	_, err := client(t, outbound.Options{Settings: settings(server.URL)}).Do(t.Context(), call())
	f := failed(t, err)
	assert.Equal(t, sender.ReasonUnavailable, f.Reason)
	assert.True(t, f.MaybeSent)
}

func TestAnswerIsBounded(t *testing.T) {
	for size, fits := range map[int]bool{outbound.MaxBody: true, outbound.MaxBody + 1: false} {
		c := client(t, outbound.Options{Settings: settings("http://x"), Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(200, strings.Repeat("x", size)), nil
		})})
		got, err := c.Do(t.Context(), call())
		if fits {
			require.NoError(t, err)
			assert.Len(t, got.Body, size)
			continue
		}
		f := failed(t, err)
		assert.True(t, f.MaybeSent)
		assert.Equal(t, sender.ReasonOutcomeUnknown, f.Reason)
		assert.Equal(t, 200, f.Status)
	}
}

func TestTimeouts(t *testing.T) {
	hang := roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	dialing := roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: r.Context().Err()}
	})
	slowBody := roundTrip(func(r *http.Request) (*http.Response, error) {
		resp := answer(200, "")
		resp.Body = io.NopCloser(readerFunc(func([]byte) (int, error) {
			<-r.Context().Done()
			return 0, r.Context().Err()
		}))
		return resp, nil
	})
	cases := map[string]struct {
		transport http.RoundTripper
		timeout   time.Duration
		want      time.Duration
		maybe     bool
	}{
		"default":            {hang, 0, outbound.DefaultTimeout, true},
		"of the account":     {hang, 2 * time.Second, 2 * time.Second, true},
		"while dialing":      {dialing, time.Second, time.Second, false},
		"while it is read":   {slowBody, time.Second, time.Second, true},
		"longer than normal": {hang, time.Minute, time.Minute, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := settings("http://x")
				s.Timeout = c.timeout
				start := time.Now()
				_, err := client(t, outbound.Options{Settings: s, Transport: c.transport}).Do(t.Context(), call())
				f := failed(t, err)
				assert.Equal(t, c.want, time.Since(start))
				assert.Equal(t, sender.ReasonTimeout, f.Reason)
				assert.Equal(t, c.maybe, f.MaybeSent)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			})
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := client(t, outbound.Options{Settings: settings("http://x"), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			cancel()
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		_, err := c.Do(ctx, call())
		assert.Equal(t, sender.Again, failed(t, err).Class)
		assert.ErrorIs(t, err, context.Canceled)
	})
}

func TestErrorsOfTheTransportTellNoSecret(t *testing.T) {
	for _, format := range []string{
		"plain %[1]s", "query http://x/send?access_token=%[2]s: EOF", "path http://x/%[3]s: EOF", "basic %[4]s", "in json %[5]q",
	} {
		t.Run(format, func(t *testing.T) {
			c := client(t, outbound.Options{Settings: settings("http://x"), Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				basic := base64.StdEncoding.EncodeToString([]byte("user:" + planted))
				return nil, fmt.Errorf(format, planted, url.QueryEscape(planted), url.PathEscape(planted), basic, planted)
			})})
			_, err := c.Do(t.Context(), call())
			f := failed(t, err)
			assert.Equal(t, sender.ReasonUnavailable, f.Reason)
			assert.True(t, f.MaybeSent, "nobody can tell")
			assert.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString([]byte("user:" + planted))[10:24])
		})
	}
}

func TestLogsTellNoSecret(t *testing.T) {
	var logs bytes.Buffer
	c := client(t, outbound.Options{
		Settings: settings("http://x"), Logger: slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Transport: roundTrip(func(*http.Request) (*http.Response, error) { return answer(200, planted), nil }),
	})
	_, err := c.Do(t.Context(), call())
	require.NoError(t, err)
	assert.Contains(t, logs.String(), "http_status=200")
	assert.NotContains(t, logs.String(), planted)
	assert.NotContains(t, logs.String(), url.QueryEscape(planted))
}

func TestBodyThatCannotBeWritten(t *testing.T) {
	c := client(t, outbound.Options{Settings: settings("http://x")})
	_, err := c.Do(t.Context(), outbound.Request{Method: http.MethodPost, Body: func() {}})
	f := failed(t, err)
	assert.Equal(t, sender.Never, f.Class)
	assert.Equal(t, sender.ReasonMessage, f.Reason)
}
