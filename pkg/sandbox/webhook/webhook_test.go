package webhook_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/webhook"
)

const demoSecret = "whsec_eXVubHVvLXNhbmRib3gtc2lnbmluZy1rZXktMDE="

const fixed = `{"version":"1","kind":"group","status":"firing","severity":"high","language":"zh","title":"磁盘满",` +
	`"alerts":[{"status":"firing","severity":"high","title":"a","group":0,"starts_at":"2026-11-22T02:00:00Z","labels":{"a":"b"}}],"groups":[{"key":"k"}]}`

type rig struct {
	*stage.Stage
	t     *testing.T
	mux   *http.ServeMux
	play  stage.Play
	clock time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, mux: http.NewServeMux(), clock: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return r.clock }})
	r.play = webhook.New(r.Stage)
	r.Mount(r.mux, r.play)
	return r
}

func (r *rig) call(name, body string, header map[string]string) *httptest.ResponseRecorder {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/webhook/"+name, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	return w
}

func (r *rig) signed(id string, at time.Time, body string) map[string]string {
	r.t.Helper()
	signature, err := webhook.Sign(demoSecret, id, at, []byte(body))
	require.NoError(r.t, err)
	return map[string]string{"Webhook-Id": id, "Webhook-Timestamp": strconv.FormatInt(at.Unix(), 10), "Webhook-Signature": "v1,other " + signature}
}

func TestASignedRequestArrivesOnce(t *testing.T) {
	r := newRig(t)
	for range 2 {
		w := r.call("demo", fixed, r.signed("id-1", r.clock, fixed))
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		r.clock = r.clock.Add(time.Minute)
	}
	got := r.Messages(stage.Filter{})
	require.Len(t, got, 1, "the id is known")
	require.Equal(t, 1, got[0].Repeats)
	require.JSONEq(t, `{"content_type":"application/json","json":`+fixed+`}`, string(got[0].Content))
}

func TestARequestThatIsNotSignedAsItShouldBeIsRefused(t *testing.T) {
	r := newRig(t)
	for name, header := range map[string]map[string]string{
		"unsigned":  {},
		"another":   r.signed("id-1", r.clock, fixed+" "),
		"too old":   r.signed("id-1", r.clock.Add(-301*time.Second), fixed),
		"too early": r.signed("id-1", r.clock.Add(301*time.Second), fixed),
	} {
		require.Equal(t, http.StatusForbidden, r.call("demo", fixed, header).Code, name)
	}
	moved := r.signed("id-1", r.clock, fixed)
	moved["Webhook-Id"] = "id-2"
	require.Equal(t, http.StatusForbidden, r.call("demo", fixed, moved).Code)
	require.Equal(t, http.StatusOK, r.call("demo", fixed, r.signed("id-1", r.clock.Add(-299*time.Second), fixed)).Code)
	require.Equal(t, http.StatusNotFound, r.call("nope", fixed, nil).Code)
}

func TestTheFixedJSONIsChecked(t *testing.T) {
	r := newRig(t)
	for name, body := range map[string]string{
		"no JSON":           `{"version":`,
		"another version":   strings.Replace(fixed, `"1"`, `"2"`, 1),
		"an unknown field":  strings.Replace(fixed, `{`, `{"new":1,`, 1),
		"an unknown word":   strings.Replace(fixed, `"firing"`, `"fired"`, 1),
		"no title":          strings.Replace(fixed, `"磁盘满"`, `""`, 1),
		"an alert of none":  strings.Replace(fixed, `"group":0`, `"group":1`, 1),
		"an untitled alert": strings.Replace(fixed, `"title":"a"`, `"title":""`, 1),
	} {
		require.Equal(t, http.StatusUnprocessableEntity, r.call("demo", body, r.signed("id-1", r.clock, body)).Code, name)
	}
	text := r.signed("id-1", r.clock, fixed)
	text["Content-Type"] = "text/plain"
	require.Equal(t, http.StatusUnprocessableEntity, r.call("demo", fixed, text).Code)
}

func TestAServiceThatAnswers200WithACode(t *testing.T) {
	r := newRig(t)
	code := func(w *httptest.ResponseRecorder) int {
		require.Equal(t, http.StatusOK, w.Code)
		var out struct{ Errcode int }
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
		return out.Errcode
	}
	require.Equal(t, http.StatusUnauthorized, code(r.call("push", "{}", nil)))
	bearer := map[string]string{"Authorization": "Bearer demo-push-token"}
	require.Equal(t, http.StatusUnprocessableEntity, code(r.call("push", "{", bearer)))
	require.Zero(t, code(r.call("push", `{"any":"thing"}`, bearer)))
	bearer["Content-Type"] = "text/plain"
	require.Zero(t, code(r.call("push", "any thing", bearer)))
	require.Len(t, r.Messages(stage.Filter{}), 2)
}

func TestAHookOfTheTestsOwn(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.play.Add(json.RawMessage(`{"hooks":[{"name":"slow","title":"慢","any":true,"per_minute":1}]}`)))
	require.Equal(t, http.StatusOK, r.call("slow", "{}", nil).Code)
	require.Equal(t, http.StatusTooManyRequests, r.call("slow", "{}", nil).Code)
	require.Error(t, r.play.Add(json.RawMessage(`{"hooks":[{"name":"x"}]}`)))
	require.Error(t, r.play.Add(json.RawMessage(`{"hooks":[{"name":"x","title":"x","secret":"whsec_%"}]}`)))
	raw, err := json.Marshal(r.play.View())
	require.NoError(t, err)
	require.NotContains(t, string(raw), "whsec_")
	require.NotContains(t, string(raw), "demo-push-token")
}
