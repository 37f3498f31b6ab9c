package receiver_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestEachRouteSubmitsItsKind(t *testing.T) {
	b := setUp(t, loopback())
	for _, c := range []struct {
		path, body, kind string
		wait             time.Duration
	}{
		{alertmanagerPath, alertmanagerBody, "alertmanager", 0},
		{grafanaPath, grafanaBody, "grafana", 5 * time.Second},
		{alertsPath, alertsBody, "api", 0},
	} {
		w := b.post(c.path, c.body)
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		s := b.core.last(t)
		require.Equal(t, c.kind, s.Group.Kind)
		require.Equal(t, "default", s.Group.Source)
		require.Equal(t, config.MainTenant, s.Tenant)
		require.Equal(t, "payments", s.ContactPoint)
		require.Equal(t, c.wait, s.Wait, c.kind)
	}
	require.Equal(t, http.StatusOK, b.do(http.MethodPut, grafanaPath, grafanaBody).Code, "Grafana may be set to PUT")
}

func TestContactPointMayBeOneTarget(t *testing.T) {
	b := setUp(t, loopback())
	for _, path := range []string{"feishu-corp%2Fchat:oc_1", "feishu-corp/chat:oc_1", "feishu-corp%2Fchat%3Aoc_1"} {
		require.Equal(t, http.StatusOK, b.post("/api/v1/alerts/"+path, alertsBody).Code)
		require.Equal(t, "feishu-corp/chat:oc_1", b.core.last(t).ContactPoint)
	}
	require.Contains(t, b.do(http.MethodGet, "/metrics", "").Body.String(), `contact_point="direct"`)
}

func TestStatusTellsTheOutcome(t *testing.T) {
	failed := core.Result{GroupID: "g1", State: core.StateFailed, Deliveries: []core.DeliveryOutcome{
		{Account: "feishu-corp", Target: "chat:oc_1", State: core.StateFailed, Reason: sender.ReasonPermission, Code: "230002", Text: "Bot is NOT\nin the chat", Hint: lang.Text{ZH: "把机器人加进群", EN: "add the bot to the chat"}},
		{Account: "ops-robot", State: core.StateFailed, Reason: sender.ReasonAuth},
	}}
	for name, c := range map[string]struct {
		result core.Result
		err    error
		status int
		says   []string
		retry  string
	}{
		"delivered":                    {result: core.Result{State: core.StateDelivered, GroupID: "g7"}, status: 200, says: []string{`"state":"delivered"`, `"group_id":"g7"`, `"deliveries":[]`, `"notes":[]`}},
		"waiting":                      {result: core.Result{State: core.StateWaiting, Duplicate: "same state"}, status: 202, says: []string{`"duplicate":"same state"`}},
		"unknown":                      {result: core.Result{State: core.StateUnknown}, status: 202},
		"superseded":                   {result: core.Result{State: core.StateSuperseded}, status: 200},
		"failed":                       {result: failed, status: 422, says: []string{"nobody was reached: ops-robot: auth; feishu-corp → chat:oc_1: 230002 Bot is NOT in the chat (add the bot to the chat)"}},
		"unknown contact point":        {err: fmt.Errorf("no: %w", core.ErrUnknownContactPoint), status: 404, says: []string{`"payments"`, "did you mean payments?"}},
		"invalid":                      {err: fmt.Errorf("the key is too long: %w", core.ErrInvalid), status: 400, says: []string{"the key is too long"}},
		"store":                        {err: fmt.Errorf("disk full: %w", core.ErrStore), status: 503, says: []string{"disk full"}, retry: "30"},
		"core is being restarted":      {err: fmt.Errorf("dial: %w", core.ErrUnreachable), status: 503, says: []string{"send it again"}, retry: "5"},
		"core does not answer in time": {err: fmt.Errorf("call: %w", errDeadline()), status: 503, says: []string{"in time"}, retry: "5"},
		"something else":               {err: errors.New("secret detail"), status: 500, says: []string{"internal error"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t, loopback())
			b.core.submit = func(core.Submission) (core.Result, error) { return c.result, c.err }
			w := b.post(alertmanagerPath, alertmanagerBody)
			require.Equal(t, c.status, w.Code, w.Body)
			for _, s := range c.says {
				require.Contains(t, w.Body.String(), s)
			}
			require.Equal(t, c.retry, w.Header().Get("Retry-After"))
			require.NotContains(t, w.Body.String(), "secret detail")
			require.NotEmpty(t, w.Header().Get("X-Request-Id"))
		})
	}
}

func TestCoreThatComesBackIsUsedAgain(t *testing.T) {
	b := setUp(t, loopback())
	b.core.submit = func(core.Submission) (core.Result, error) { return core.Result{}, core.ErrUnreachable }
	require.Equal(t, http.StatusServiceUnavailable, b.post(alertsPath, alertsBody).Code)
	b.core.submit = nil
	require.Equal(t, http.StatusOK, b.post(alertsPath, alertsBody).Code)
}

func TestReasonIsAtMost1KiB(t *testing.T) {
	b := setUp(t, loopback())
	b.core.submit = func(core.Submission) (core.Result, error) {
		r := core.Result{State: core.StateFailed, GroupID: "g1"}
		for range 500 {
			r.Deliveries = append(r.Deliveries, core.DeliveryOutcome{Account: "a", Target: "chat:\"x\"", State: core.StateFailed, Text: strings.Repeat("没钱\"\\", 100)})
		}
		return r, nil
	}
	for _, accept := range []string{"", "application/json"} {
		w := b.post(alertsPath, alertsBody, "Accept", accept, "Accept-Language", "zh-CN,en;q=0.5")
		require.Equal(t, http.StatusUnprocessableEntity, w.Code)
		require.LessOrEqual(t, w.Body.Len(), 1024)
		require.Greater(t, w.Body.Len(), 250)
		require.True(t, utf8.Valid(w.Body.Bytes()))
		require.Contains(t, w.Body.String(), "没有送达任何人")
		if accept != "" {
			var a map[string]any
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a))
			require.Equal(t, "g1", a["group_id"])
			require.Equal(t, "failed", a["code"])
			require.NotEmpty(t, a["request_id"])
		}
	}
}

func TestLanguageAndFormOfAnAnswer(t *testing.T) {
	c := loopback()
	c.Defaults.Language = lang.Chinese
	b := setUp(t, c)
	for accepted, want := range map[string]string{
		"":                          "缺失",
		"en-US,en;q=0.9,zh;q=0.8":   "missing",
		"fr, zh-Hans;q=0.3, en;q=x": "缺失",
		"en;q=0":                    "缺失",
	} {
		w := b.post(alertsPath, `{}`, "Accept-Language", accepted)
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), want, accepted)
		require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
	}
	w := b.post(alertsPath, `{}`, "Accept", "text/html, application/json;q=0.1")
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.True(t, json.Valid(w.Body.Bytes()))
}

func TestSuccessListsFewDeliveries(t *testing.T) {
	b := setUp(t, loopback())
	b.core.submit = func(core.Submission) (core.Result, error) {
		r := core.Result{State: core.StateWaiting, Notes: []lang.Text{{ZH: "模板出错", EN: "a template failed"}}}
		for range 500 {
			r.Deliveries = append(r.Deliveries, core.DeliveryOutcome{ID: "d", State: core.StateWaiting, Text: strings.Repeat("x", 9000)})
		}
		return r, nil
	}
	var a struct {
		Deliveries []map[string]any
		More       int
		Notes      []string
	}
	require.NoError(t, json.Unmarshal(b.post(alertsPath, alertsBody).Body.Bytes(), &a))
	require.Len(t, a.Deliveries, 10)
	require.Equal(t, 490, a.More)
	require.Equal(t, []string{"a template failed"}, a.Notes)
}

func TestUnknownContactPointNamesTheNearest(t *testing.T) {
	b := setUp(t, loopback())
	b.core.submit = func(core.Submission) (core.Result, error) { return core.Result{}, core.ErrUnknownContactPoint }
	require.Contains(t, b.post("/api/v1/alerts/paymants", alertsBody).Body.String(), "did you mean payments?")
	require.Contains(t, b.post("/api/v1/alerts/zzz", alertsBody).Body.String(), "there are payments, platform")
	b.core.points = func() ([]core.ContactPointInfo, error) { return nil, core.ErrUnreachable }
	require.Contains(t, b.post("/api/v1/alerts/zzz", alertsBody).Body.String(), "there are payments")
	for _, path := range []string{"/api/v1/alerts", "/api/v1/alerts/"} {
		w := b.post(path, alertsBody)
		require.Equal(t, http.StatusNotFound, w.Code)
		require.Contains(t, w.Body.String(), "/api/v1/alerts/{contact_point}")
	}
	require.Contains(t, b.post("/api/v2/alerts", "").Body.String(), "/api/v1/alertmanager/{contact_point}")
}

func TestWrongMethodShowsTheRightRequest(t *testing.T) {
	b := setUp(t, loopback())
	w := b.do(http.MethodGet, "/api/v1/alerts/pay'ments", "")
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "POST", w.Header().Get("Allow"))
	require.Contains(t, w.Body.String(), `curl -X POST 'http://127.0.0.1:9095/api/v1/alerts/pay%27ments' -H 'Content-Type: application/json' -d '{"title":"test","severity":"info"}'`)
	require.Equal(t, "POST, PUT", b.do(http.MethodGet, grafanaPath, "").Header().Get("Allow"))
	require.Equal(t, http.StatusMethodNotAllowed, b.do(http.MethodDelete, "/healthz", "").Code)
}

func TestExampleOfWrongMethodWorks(t *testing.T) {
	b := setUp(t, loopback())
	for _, path := range []string{alertmanagerPath, grafanaPath, alertsPath} {
		_, rest, ok := strings.Cut(b.do(http.MethodGet, path, "").Body.String(), "-d '")
		require.True(t, ok)
		body, _, _ := strings.Cut(rest, "'")
		require.Equal(t, http.StatusOK, b.post(path, body).Code, body)
	}
}

func TestWait(t *testing.T) {
	second := time.Second
	c := loopback()
	c.Sources["slow"] = config.Source{Name: "slow", Wait: &second}
	b := setUp(t, c)
	for query, want := range map[string]time.Duration{
		"":                    0,
		"?wait=5s":            5 * time.Second,
		"?wait=60s":           time.Minute,
		"?source=slow":        time.Second,
		"?source=slow&wait=0": 0,
	} {
		require.Equal(t, http.StatusOK, b.post(alertmanagerPath+query, alertmanagerBody).Code)
		require.Equal(t, want, b.core.last(t).Wait, query)
	}
	for query, says := range map[string]string{
		"?wait=5":      "write 5s",
		"?wait=61s":    "0s to 60s",
		"?wait=-1s":    "0s to 60s",
		"?sorce=x":     "did you mean source?",
		"?source=slew": "did you mean slow?",
		"?%zz":         "escape",
	} {
		w := b.post(alertmanagerPath+query, alertmanagerBody)
		require.Equal(t, http.StatusBadRequest, w.Code, query)
		require.Contains(t, w.Body.String(), says)
	}
}

func TestBodyOf16MiB(t *testing.T) {
	const limit = 16 << 20
	b := setUp(t, loopback())
	body := func(n int) string {
		head, tail := `{"title":"t","text":"`, `"}`
		return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
	}
	require.Equal(t, http.StatusOK, b.post(alertsPath, body(limit)).Code)
	for _, known := range []bool{true, false} {
		r := httptest.NewRequest(http.MethodPost, alertmanagerPath, strings.NewReader(body(limit+1)))
		if !known {
			r.ContentLength = -1
		}
		w := b.serve(r)
		require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
		require.Contains(t, w.Body.String(), "max_alerts")
		require.Equal(t, "close", w.Header().Get("Connection"))
	}
	require.Equal(t, 1, b.core.count())
}

func zipped(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(s))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

func TestContentEncoding(t *testing.T) {
	b := setUp(t, loopback())
	whole := zipped(t, alertsBody)
	for name, c := range map[string]struct {
		encoding, body string
		status         int
		says           string
	}{
		"gzip":      {"gzip", whole, 200, `"delivered"`},
		"not gzip":  {"gzip", alertsBody, 400, "gzip"},
		"cut off":   {"gzip", whole[:len(whole)-9], 400, "gzip"},
		"other":     {"br", alertsBody, 415, "gzip"},
		"gzip bomb": {"gzip", zipped(t, strings.Repeat(" ", 16<<20+1)), 413, "max_alerts"},
	} {
		t.Run(name, func(t *testing.T) {
			w := b.post(alertsPath, c.body, "Content-Encoding", c.encoding)
			require.Equal(t, c.status, w.Code, w.Body)
			require.Contains(t, w.Body.String(), c.says)
		})
	}
}

func TestMalformedIsRefusedAndNothingIsSubmitted(t *testing.T) {
	b := setUp(t, loopback())
	for name, c := range map[string]struct{ path, body, says string }{
		"broken":              {alertmanagerPath, `{"groupKey":`, "the JSON ends too early"},
		"too deep":            {alertmanagerPath, strings.Repeat(`{"a":`, 40), "nested deeper than 32"},
		"Grafana's body":      {alertmanagerPath, `{"version":"1","groupKey":"k","alerts":[{}]}`, "/api/v1/grafana/"},
		"unknown field":       {alertsPath, `{"titel":"x"}`, "did you mean title?"},
		"Alertmanager's body": {grafanaPath, alertmanagerBody, "/api/v1/alertmanager/"},
	} {
		t.Run(name, func(t *testing.T) {
			w := b.post(c.path, c.body)
			require.Equal(t, http.StatusBadRequest, w.Code)
			require.Contains(t, w.Body.String(), c.says)
		})
	}
	require.Zero(t, b.core.count())
}

func TestInvalidUTF8IsDelivered(t *testing.T) {
	b := setUp(t, loopback())
	require.Equal(t, http.StatusOK, b.post("/api/v1/alerts/%ff", "{\"title\":\"a\xffb\"}").Code)
	require.Equal(t, "a\ufffdb", b.core.last(t).Group.Alerts[0].Name())
	require.Equal(t, "\ufffd", b.core.last(t).ContactPoint)
	require.Equal(t, alert.Firing, b.core.last(t).Group.Status)
}

func TestRequestID(t *testing.T) {
	b := setUp(t, loopback())
	require.Equal(t, "abc-1", b.post(alertsPath, alertsBody, "X-Request-Id", "abc-1").Header().Get("X-Request-Id"))
	made := b.post(alertsPath, alertsBody, "X-Request-Id", "a b\"").Header().Get("X-Request-Id")
	require.Len(t, made, 16)
}

func TestPageOfAnotherSiteMayNotPost(t *testing.T) {
	b := setUp(t, loopback())
	w := b.post(alertsPath, alertsBody, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Zero(t, b.core.count())
}

func TestPanicIs500WithoutDetails(t *testing.T) {
	b := setUp(t, loopback())
	b.core.submit = func(s core.Submission) (core.Result, error) { panic("body: " + s.Group.Alerts[0].Name()) }
	w := b.post(alertsPath, `{"title":"geheim"}`)
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.NotContains(t, w.Body.String(), "geheim")
	require.Contains(t, b.log.String(), "request handler panicked")
	require.NotContains(t, b.log.String(), "geheim")
	b.core.submit = nil
	require.Equal(t, http.StatusOK, b.post(alertsPath, alertsBody).Code)
}
