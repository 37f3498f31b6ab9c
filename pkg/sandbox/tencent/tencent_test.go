package tencent_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/tencent"
)

// TestKnownSignatures checks the signature against the service's worked examples and one more.
// https://cloud.tencent.com/document/api/213/30654
func TestKnownSignatures(t *testing.T) {
	raw, err := os.ReadFile("testdata/tc3.json")
	require.NoError(t, err)
	var vectors []struct {
		Secret  string `json:"secret_key"`
		At      int64  `json:"timestamp"`
		Service string
		Host    string
		Type    string `json:"content_type"`
		Action  string
		Payload string
		Signed  string
		Want    string `json:"signature"`
	}
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.NotEmpty(t, vectors)
	for i, v := range vectors {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+v.Host+"/", nil)
		r.Header.Set("Content-Type", v.Type)
		r.Header.Set("X-TC-Action", v.Action)
		require.Equal(t, v.Want, tencent.Sign(v.Secret, v.Service, v.At, r, strings.Split(v.Signed, ";"), []byte(v.Payload)), i)
	}
}

type rig struct {
	*stage.Stage
	t     *testing.T
	mux   *http.ServeMux
	clock *time.Time
	play  stage.Play
	// spoil changes a request after it was signed; service is what it is signed for.
	spoil   func(*http.Request)
	service string
	// id and secret are the key that signs.
	id, secret string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	clock := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	r := &rig{t: t, mux: http.NewServeMux(), clock: &clock, id: "AKIDdemo", secret: "tencent-demo-secret"}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return clock }})
	require.NoError(t, r.Add(stage.Demo()))
	r.play = tencent.New(r.Stage)
	r.Mount(r.mux, r.play)
	return r
}

func (r *rig) call(action, body string) map[string]any {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://sandbox:9096/", strings.NewReader(body))
	service, version := "sms", "2021-01-11"
	if action == "SendTtsVoice" {
		service, version = "vms", "2020-09-02"
	}
	if r.service != "" {
		service = r.service
	}
	at := r.clock.Unix()
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-TC-Action": action, "X-TC-Version": version, "X-TC-Region": "ap-guangzhou", "X-TC-Timestamp": strconv.FormatInt(at, 10),
	} {
		req.Header.Set(name, value)
	}
	signed := []string{"content-type", "host", "x-tc-action"}
	req.Header.Set("Authorization", fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/%s/%s/tc3_request, SignedHeaders=%s, Signature=%s",
		r.id, r.clock.Format(time.DateOnly), service, strings.Join(signed, ";"), tencent.Sign(r.secret, service, at, req, signed, []byte(body))))
	if r.spoil != nil {
		r.spoil(req)
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	require.Equal(r.t, http.StatusOK, w.Code, "every answer has HTTP 200")
	var out struct{ Response map[string]any }
	require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	return out.Response
}

func code(out map[string]any) string {
	if e, ok := out["Error"].(map[string]any); ok {
		return fmt.Sprint(e["Code"])
	}
	if set, ok := out["SendStatusSet"].([]any); ok {
		return fmt.Sprint(set[0].(map[string]any)["Code"])
	}
	return "Ok"
}

func sms(number, value string) string {
	return fmt.Sprintf(`{"PhoneNumberSet":[%q],"SmsSdkAppId":"1400000001","SignName":"云锣告警","TemplateId":"100","TemplateParamSet":[%q]}`, number, value)
}

func tts(number string) string {
	return fmt.Sprintf(`{"TemplateId":"200","TemplateParamSet":["x"],"CalledNumber":%q,"VoiceSdkAppid":"1400000002"}`, number)
}

func TestEveryCallMustBeSigned(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	credential := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	for name, c := range map[string]struct {
		spoil func(*http.Request)
		want  string
	}{
		"no header":         {func(r *http.Request) { r.Header.Del("Authorization") }, "AuthFailure.InvalidAuthorization"},
		"another algorithm": {header("Authorization", "TC2 x"), "AuthFailure.InvalidAuthorization"},
		"no scope":          {credential("/tc3_request", ""), "AuthFailure.InvalidAuthorization"},
		"another key":       {credential("AKIDdemo", "AKIDx"), "AuthFailure.SecretIdNotFound"},
		"local midnight":    {credential("2026-11-22", "2026-11-23"), "AuthFailure.SignatureFailure"},
		"another type":      {header("Content-Type", "application/json; charset=utf-8"), "AuthFailure.SignatureFailure"},
		"fewer headers":     {credential("content-type;host;", "host;"), "AuthFailure.SignatureFailure"},
		"an old clock":      {header("X-TC-Timestamp", "1551113065"), "AuthFailure.SignatureExpire"},
		"no clock":          {header("X-TC-Timestamp", ""), "AuthFailure.SignatureExpire"},
		"another version":   {header("X-TC-Version", "2019-07-11"), "NoSuchVersion"},
		"no region":         {header("X-TC-Region", ""), "UnsupportedRegion"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.spoil = c.spoil
			require.Equal(t, c.want, code(r.call("SendSms", sms("+8613800000001", "x"))))
			require.Empty(t, r.Messages(stage.Filter{}))
		})
	}
	r := newRig(t)
	r.service = "cvm"
	require.Equal(t, "AuthFailure.SignatureFailure", code(r.call("SendSms", sms("+8613800000001", "x"))))
	require.Equal(t, "InvalidAction", code(r.call("MakeCoffee", "{}")))
	r.service = ""
	r.secret = "x"
	require.Equal(t, "AuthFailure.SignatureFailure", code(r.call("SendSms", sms("+8613800000001", "x"))))
}

func TestLimitsOfANumber(t *testing.T) {
	r := newRig(t)
	require.Equal(t, "Ok", code(r.call("SendSms", sms("+8613800000001", "x"))))
	require.Equal(t, "LimitExceeded.PhoneNumberThirtySecondLimit", code(r.call("SendSms", sms("+8613800000001", "x"))))
	*r.clock = r.clock.Add(30 * time.Second)
	require.Equal(t, "Ok", code(r.call("SendSms", sms("+8613800000001", "x"))))
	for i := range 8 {
		require.Equal(t, "Ok", code(r.call("SendSms", sms("+8613800000001", strconv.Itoa(i)))))
	}
	require.Equal(t, "LimitExceeded.PhoneNumberDailyLimit", code(r.call("SendSms", sms("+8613800000001", "more"))))
	require.Equal(t, "Ok", code(r.call("SendTtsVoice", tts("+8613800000001"))))
	require.Equal(t, "LimitExceeded.DeliveryFrequencyLimit", code(r.call("SendTtsVoice", tts("+8613800000001"))))
}

func TestWhatBecameOfIt(t *testing.T) {
	r := newRig(t)
	r.call("SendSms", sms("+8613800000009", "x"))
	ask := func(begin, end int64, limit int) map[string]any {
		return r.call("PullSmsSendStatusByPhoneNumber", fmt.Sprintf(
			`{"BeginTime":%d,"EndTime":%d,"Offset":0,"Limit":%d,"PhoneNumber":"+8613800000009","SmsSdkAppId":"1400000001"}`, begin, end, limit))
	}
	now := r.clock.Unix()
	set, _ := ask(now-1, now+1, 10)["PullSmsSendStatusSet"].([]any)
	require.Len(t, set, 1)
	require.Equal(t, "FAIL", set[0].(map[string]any)["ReportStatus"])
	require.Empty(t, ask(now-9, now-5, 10)["PullSmsSendStatusSet"])
	require.Equal(t, "InvalidParameter", code(ask(now-8*24*3600, now, 10)), "seven days at most")
	require.Equal(t, "InvalidParameter", code(ask(now-1, now, 101)))
}

func TestTheAccountIsStrictAndShowsNoSecret(t *testing.T) {
	r := newRig(t)
	for _, bad := range []string{`{"x":1}`, `{"keys":[{"secret_id":"k"}]}`, `{"templates":[{"id":"1"}]}`, `[]`} {
		require.Error(t, r.play.Add(json.RawMessage(bad)), bad)
	}
	require.NoError(t, r.play.Add(json.RawMessage(`{"keys":[{"secret_id":"k","secret_key":"s","no_right":true}],"signs":["别家"],"apps":["1"],"voice_apps":["2"],"silent":["+8613800000001"],"blocked":["+8613800000002"]}`)))
	raw, err := json.Marshal(r.play.View())
	require.NoError(t, err)
	require.NotContains(t, string(raw), "tencent-demo-secret")
	require.Equal(t, "FailedOperation.PhoneNumberInBlacklist", code(r.call("SendSms", sms("+8613800000002", "x"))))
	require.NoError(t, r.play.Add(json.RawMessage(`{"broke":true}`)))
	require.Equal(t, "FailedOperation.InsufficientBalanceInSmsPackage", code(r.call("SendSms", sms("+8613800000001", "x"))))
	require.Equal(t, "FailedOperation.InsufficientBalanceInVoicePackage", code(r.call("SendTtsVoice", tts("+8613800000001"))))
	r.id, r.secret = "k", "s"
	require.Equal(t, "AuthFailure.UnauthorizedOperation", code(r.call("SendSms", sms("+8613800000001", "x"))))
}

func TestFaults(t *testing.T) {
	r := newRig(t)
	for kind, want := range map[stage.FaultKind]string{stage.FaultCode: "InternalError.Timeout", stage.FaultLimited: "RequestLimitExceeded"} {
		require.NoError(t, r.SetFaults(stage.Fault{Kind: kind, Code: "InternalError.Timeout"}))
		require.Equal(t, want, code(r.call("SendSms", sms("+8613800000001", "x"))))
	}
	require.Empty(t, r.Messages(stage.Filter{}))
}

func FuzzBodies(f *testing.F) {
	f.Add(sms("+8613800000001", "x"))
	f.Add(tts("+8613800000001"))
	f.Add(`{"BeginTime":1,"Limit":1,"PhoneNumber":"+8613800000001","SmsSdkAppId":"1400000001"}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := newRig(t)
		for _, action := range []string{"SendSms", "SendTtsVoice", "PullSmsSendStatusByPhoneNumber"} {
			before := len(r.Messages(stage.Filter{}))
			if out := r.call(action, body); out["Error"] != nil {
				require.Len(t, r.Messages(stage.Filter{}), before)
			}
		}
	})
}
