package sandbox_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// newSandbox has a robot that checks nothing besides the demo's world.
func newSandbox(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.New(o)
	require.NoError(t, err)
	require.NoError(t, s.Add(stage.World{Robots: []stage.Robot{{Token: "open", Group: "open"}}}))
	return s
}

const (
	robotPath = "/robot/send?access_token=open"
	hello     = `{"msgtype":"text","text":{"content":"hello"}}`
)

func post(ctx context.Context, c *http.Client, url string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(hello))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	answer, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

// doors are the two ways into a sandbox: over a socket and in memory.
func doors(t *testing.T, s *sandbox.Sandbox) map[string]func() (*http.Client, string) {
	t.Helper()
	return map[string]func() (*http.Client, string){
		"socket": func() (*http.Client, string) {
			server := httptest.NewServer(s.Handler())
			t.Cleanup(server.Close)
			return server.Client(), server.URL
		},
		"memory": func() (*http.Client, string) {
			return &http.Client{Transport: s.Transport()}, "https://oapi.dingtalk.com"
		},
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault stage.Fault
		// lost is whether the caller gets an error; arrived whether the message is there all the same.
		lost, arrived bool
		status        int
		body          string
	}{
		"refuse":        {stage.Fault{Kind: stage.FaultRefuse}, true, false, 0, ""},
		"reset":         {stage.Fault{Kind: stage.FaultReset}, true, false, 0, ""},
		"lose answer":   {stage.Fault{Kind: stage.FaultLoseAnswer}, true, true, 0, ""},
		"slow":          {stage.Fault{Kind: stage.FaultSlow, DelayMS: 1}, false, true, 200, `"ok"`},
		"slow answer":   {stage.Fault{Kind: stage.FaultSlowAnswer, DelayMS: 1}, false, true, 200, `"ok"`},
		"status":        {stage.Fault{Kind: stage.FaultStatus, Status: 503}, false, false, 503, "Service Unavailable"},
		"status, acted": {stage.Fault{Kind: stage.FaultStatus, Acted: true}, false, true, 502, "Bad Gateway"},
		"web page":      {stage.Fault{Kind: stage.FaultHTML}, false, false, 200, "<!doctype html>"},
		"code":          {stage.Fault{Kind: stage.FaultCode, Code: "-1", Text: "busy"}, false, false, 200, `"errcode":-1`},
		"limited":       {stage.Fault{Kind: stage.FaultLimited}, false, false, 200, `410100`},
		"truncated":     {stage.Fault{Kind: stage.FaultTruncated}, false, true, 200, `{"er`},
		"expired":       {stage.Fault{Kind: stage.FaultExpired}, false, true, 200, `"ok"`},
		"other play":    {stage.Fault{Kind: stage.FaultReset, Provider: "feishu"}, false, true, 200, `"ok"`},
		"other target":  {stage.Fault{Kind: stage.FaultReset, Target: "access_token=closed"}, false, true, 200, `"ok"`},
		"this target":   {stage.Fault{Kind: stage.FaultReset, Target: "hello"}, true, false, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, sandbox.Options{})
			for door, enter := range doors(t, s) {
				s.Reset()
				require.NoError(t, s.SetFaults(c.fault))
				client, base := enter()
				status, body, err := post(t.Context(), client, base+robotPath)
				require.Equal(t, c.lost, err != nil, door)
				require.Equal(t, c.status, status, door)
				require.Contains(t, body, c.body, door)
				require.Len(t, s.Messages(stage.Filter{}), map[bool]int{true: 1}[c.arrived], door)
			}
		})
	}
}

func TestHugeBody(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	require.NoError(t, s.SetFaults(stage.Fault{Kind: stage.FaultHuge, Size: 1 << 20}))
	_, body, err := post(t.Context(), &http.Client{Transport: s.Transport()}, "http://x"+robotPath)
	require.NoError(t, err)
	require.Len(t, body, 1<<20)
}

func TestFaultsCountCalls(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	client := &http.Client{Transport: s.Transport()}
	outcome := func() string {
		status, _, err := post(t.Context(), client, "http://x"+robotPath)
		if err != nil {
			return "x"
		}
		return map[int]string{200: "o", 502: "5"}[status]
	}
	run := func(f ...stage.Fault) string {
		require.NoError(t, s.SetFaults(f...))
		var all strings.Builder
		for range 6 {
			all.WriteString(outcome())
		}
		return all.String()
	}
	require.Equal(t, "xxoooo", run(stage.Fault{Kind: stage.FaultReset, Times: 2}))
	require.Equal(t, "oxxooo", run(stage.Fault{Kind: stage.FaultReset, Skip: 1, Times: 2}))
	require.Equal(t, "ooxoox", run(stage.Fault{Kind: stage.FaultReset, Every: 3}))
	require.Equal(t, "x5oooo", run(stage.Fault{Kind: stage.FaultReset, Times: 1}, stage.Fault{Kind: stage.FaultStatus, Times: 1}))
}

func TestMemoryLosesConnectionsAsSocketsDo(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	client := &http.Client{Transport: s.Transport()}
	for kind, want := range map[stage.FaultKind]error{
		stage.FaultRefuse: syscall.ECONNREFUSED, stage.FaultReset: syscall.ECONNRESET, stage.FaultLoseAnswer: syscall.ECONNRESET,
	} {
		require.NoError(t, s.SetFaults(stage.Fault{Kind: kind}))
		_, _, err := post(t.Context(), client, "http://x"+robotPath)
		require.ErrorIs(t, err, want)
		var op *net.OpError
		require.ErrorAs(t, err, &op)
		require.Equal(t, kind == stage.FaultRefuse, op.Op == "dial")
	}
}

func TestTransportInFakeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSandbox(t, sandbox.Options{})
		client := &http.Client{Transport: s.Transport()}

		require.NoError(t, s.SetFaults(stage.Fault{Kind: stage.FaultSlow, DelayMS: 60_000}))
		start := time.Now()
		_, _, err := post(t.Context(), client, "http://x"+robotPath)
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err = post(ctx, client, "http://x"+robotPath)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, s.Messages(stage.Filter{}), 1, "who leaves before it is acted on leaves nothing")

		require.NoError(t, s.SetFaults(stage.Fault{Kind: stage.FaultSlowAnswer, DelayMS: 60_000}))
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err = post(ctx, client, "http://x"+robotPath)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, s.Messages(stage.Filter{}), 2, "who leaves while the answer is late does not know")

		client.Timeout = time.Second
		_, _, err = post(t.Context(), client, "http://x"+robotPath)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
	})
}

func TestFakeTimeMovesTheLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSandbox(t, sandbox.Options{})
		client := &http.Client{Transport: s.Transport()}
		for range 21 {
			_, _, err := post(t.Context(), client, "http://x"+robotPath)
			require.NoError(t, err)
		}
		require.Len(t, s.Messages(stage.Filter{}), 20)
		time.Sleep(10 * time.Minute)
		_, body, err := post(t.Context(), client, "http://x"+robotPath)
		require.NoError(t, err)
		require.Contains(t, body, "ok")
	})
}

func TestExpiredTokenIsRefreshed(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	client := &http.Client{Transport: s.Transport()}
	login := func() string {
		var out struct {
			Token string `json:"tenant_access_token"`
		}
		call(t, client, "POST", "/open-apis/auth/v3/tenant_access_token/internal", `{"app_id":"cli_demo","app_secret":"secret"}`, "", &out)
		return out.Token
	}
	info := func(token string) int {
		var out struct {
			Code int `json:"code"`
		}
		call(t, client, "GET", "/open-apis/bot/v3/info", "", token, &out)
		return out.Code
	}
	first := login()
	require.Zero(t, info(first))
	require.NoError(t, s.SetFaults(stage.Fault{Kind: stage.FaultExpired, Endpoint: "bot", Times: 1}))
	require.Equal(t, 99991663, info(first))
	next := login()
	require.NotEqual(t, first, next, "an invalid token is not given out again")
	require.Zero(t, info(next))
}

func call(t *testing.T, client *http.Client, method, path, body, token string, into any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:9096"+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	if into != nil {
		require.NoError(t, json.Unmarshal(raw, into), string(raw))
	}
	return answer.StatusCode
}

func BenchmarkSend(b *testing.B) {
	s, err := sandbox.New(sandbox.Options{NoLimits: true, Inbox: stage.ModeCount})
	require.NoError(b, err)
	require.NoError(b, s.Add(stage.World{Robots: []stage.Robot{{Token: "open", Group: "open"}}}))
	client := &http.Client{Transport: s.Transport()}
	for b.Loop() {
		_, _, err := post(b.Context(), client, "http://x"+robotPath)
		require.NoError(b, err)
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	t.Parallel()
	_, err := sandbox.New(sandbox.Options{Inbox: "some"})
	require.ErrorContains(t, err, "inbox")
	_, err = sandbox.New(sandbox.Options{World: &stage.World{Chats: []stage.Chat{{ID: "x"}}}})
	require.ErrorContains(t, err, "chat")
}
