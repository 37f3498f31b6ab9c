package aliyun_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/aliyun"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// TestKnownSignatures checks the signature against the service's worked example and two more.
// https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
func TestKnownSignatures(t *testing.T) {
	raw, err := os.ReadFile("testdata/acs3.json")
	require.NoError(t, err)
	var vectors []struct {
		Method  string
		Host    string
		Action  string
		Version string
		Date    string `json:"x-acs-date"`
		Nonce   string `json:"x-acs-signature-nonce"`
		Query   map[string]string
		Body    string
		Secret  string `json:"access_key_secret"`
		Want    string `json:"signature"`
	}
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		q := url.Values{}
		for name, value := range v.Query {
			q.Set(name, value)
		}
		r := httptest.NewRequestWithContext(t.Context(), v.Method, "https://"+v.Host+"/?"+q.Encode(), strings.NewReader(v.Body))
		sum := sha256.Sum256([]byte(v.Body))
		hash := hex.EncodeToString(sum[:])
		for name, value := range map[string]string{"action": v.Action, "version": v.Version, "date": v.Date, "signature-nonce": v.Nonce, "content-sha256": hash} {
			r.Header.Set("X-Acs-"+name, value)
		}
		signed := []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
		require.Equal(t, v.Want, aliyun.Sign(v.Secret, r, signed, hash), v.Action)
	}
}

type rig struct {
	*stage.Stage
	t     *testing.T
	mux   *http.ServeMux
	clock *time.Time
	play  stage.Play
	n     int
	// spoil changes a request after it was signed.
	spoil func(*http.Request)
	// id and secret are the key that signs.
	id, secret string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	clock := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	r := &rig{t: t, mux: http.NewServeMux(), clock: &clock, id: "LTAIdemo", secret: "aliyun-demo-secret"}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return clock }})
	require.NoError(t, r.Add(stage.Demo()))
	r.play = aliyun.New(r.Stage)
	r.Mount(r.mux, r.play)
	return r
}

func (r *rig) call(action string, query map[string]string) (int, map[string]any) {
	r.t.Helper()
	q := url.Values{}
	for name, value := range query {
		q.Set(name, value)
	}
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://sandbox/?"+q.Encode(), nil)
	sum := sha256.Sum256(nil)
	hash := hex.EncodeToString(sum[:])
	r.n++
	for name, value := range map[string]string{
		"action": action, "version": "2017-05-25", "date": r.clock.Format("2006-01-02T15:04:05Z"), "signature-nonce": strconv.Itoa(r.n), "content-sha256": hash,
	} {
		req.Header.Set("X-Acs-"+name, value)
	}
	signed := []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
	req.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+r.id+",SignedHeaders="+strings.Join(signed, ";")+",Signature="+aliyun.Sign(r.secret, req, signed, hash))
	if r.spoil != nil {
		r.spoil(req)
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	var out map[string]any
	require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	return w.Code, out
}

func sms(numbers, params string) map[string]string {
	return map[string]string{"PhoneNumbers": numbers, "SignName": "云锣告警", "TemplateCode": "SMS_100", "TemplateParam": params}
}

func tts(number string) map[string]string {
	return map[string]string{"CalledNumber": number, "TtsCode": "TTS_100", "TtsParam": `{"content":"x"}`}
}

func TestEveryCallMustBeSigned(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*http.Request)
		want  string
	}{
		"no header":         {func(r *http.Request) { r.Header.Del("Authorization") }, "SignatureDoesNotMatch"},
		"another algorithm": {func(r *http.Request) { r.Header.Set("Authorization", "ACS1 x") }, "SignatureDoesNotMatch"},
		"another number": {func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "13800000001", "13800000002", 1)
		}, "SignatureDoesNotMatch"},
		"another body":    {func(r *http.Request) { r.Header.Set("X-Acs-Content-Sha256", "x") }, "SignatureDoesNotMatch"},
		"one more header": {func(r *http.Request) { r.Header.Set("X-Acs-Security-Token", "x") }, "SignatureDoesNotMatch"},
		"an old clock":    {func(r *http.Request) { r.Header.Set("X-Acs-Date", "2026-11-22T07:40:00Z") }, "InvalidTimeStamp.Expired"},
		"no clock":        {func(r *http.Request) { r.Header.Del("X-Acs-Date") }, "InvalidTimeStamp.Expired"},
		"another key": {func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "LTAIdemo", "x", 1))
		}, "InvalidAccessKeyId.NotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.spoil = c.spoil
			status, out := r.call("SendSms", sms("13800000001", `{"content":"x"}`))
			require.Equal(t, 400, status)
			require.Equal(t, c.want, out["Code"])
			require.Empty(t, r.Messages(stage.Filter{}))
		})
	}
	r := newRig(t)
	_, out := r.call("SendSms", sms("13800000001", `{"content":"x"}`))
	require.Equal(t, "OK", out["Code"])
	r.n = 0
	_, out = r.call("SendSms", sms("13800000001", `{"content":"x"}`))
	require.Equal(t, "SignatureNonceUsed", out["Code"])
	_, out = r.call("MakeCoffee", nil)
	require.Equal(t, "InvalidAction.NotFound", out["Code"])
}

func TestACallIsAnsweredOrNotAndItsRecordComesLater(t *testing.T) {
	r := newRig(t)
	_, first := r.call("SingleCallByTts", tts("13800000001"))
	_, second := r.call("SingleCallByTts", tts("13800000009"))
	record := func(id any, product string, at time.Time) string {
		_, out := r.call("QueryCallDetailByCallId", map[string]string{"CallId": fmt.Sprint(id), "ProdId": product, "QueryDate": strconv.FormatInt(at.UnixMilli(), 10)})
		require.Equal(t, "OK", out["Code"])
		data, _ := out["Data"].(string)
		return data
	}
	const notifications = "11000000300006"
	at := *r.clock
	require.Empty(t, record(first["CallId"], notifications, at), "not yet")
	*r.clock = r.clock.Add(3 * time.Minute)
	require.Contains(t, record(first["CallId"], notifications, at), `"startDate":"2026`)
	require.Contains(t, record(second["CallId"], notifications, at), `"startDate":""`)
	require.Empty(t, record(first["CallId"], "11010000138001", at), "another product")
	require.Empty(t, record(first["CallId"], notifications, at.Add(48*time.Hour)), "another day")
	fates := []string{r.Messages(stage.Filter{})[0].Fate, r.Messages(stage.Filter{})[1].Fate}
	require.Equal(t, []string{"answered", "unanswered"}, fates)
}

func TestOneCallAMinuteFiveAnHourTwentyADay(t *testing.T) {
	r := newRig(t)
	var refused []string
	for range 30 {
		_, out := r.call("SingleCallByTts", tts("13800000001"))
		if out["Code"] != "OK" {
			require.Equal(t, "isv.BUSINESS_LIMIT_CONTROL", out["Code"])
			refused = append(refused, fmt.Sprint(out["Message"]))
		}
		*r.clock = r.clock.Add(30 * time.Second)
	}
	require.Equal(t, "触发分钟级流控Permits:1", refused[0])
	require.Contains(t, refused, "触发小时级流控Permits:5")
	require.Len(t, r.Messages(stage.Filter{}), 5)
}

func TestWhatACallIsRefusedFor(t *testing.T) {
	for want, change := range map[string]map[string]string{
		"isv.TTS_TEMPLATE_ILLEGAL":        {"TtsCode": "SMS_100"},
		"isv.DISPLAY_NUMBER_ILLEGAL":      {"CalledShowNumber": "110"},
		"isv.MOBILE_NUMBER_ILLEGAL":       {"CalledNumber": "110"},
		"isv.INVALID_PARAMETERS":          {"PlayTimes": "4"},
		"isv.TEMPLATE_MISSING_PARAMETERS": {"TtsParam": ""},
	} {
		r := newRig(t)
		q := tts("13800000001")
		maps.Copy(q, change)
		_, out := r.call("SingleCallByTts", q)
		require.Equal(t, want, out["Code"])
	}
	r := newRig(t)
	_, out := r.call("QuerySendDetails", map[string]string{"PhoneNumber": "13800000001"})
	require.Equal(t, "isv.INVALID_PARAMETERS", out["Code"])
	_, out = r.call("QueryCallDetailByCallId", map[string]string{"CallId": "x"})
	require.Equal(t, "isv.INVALID_PARAMETERS", out["Code"])
	_, out = r.call("QuerySmsTemplate", map[string]string{"TemplateCode": "SMS_9"})
	require.Equal(t, "isv.SMS_TEMPLATE_ILLEGAL", out["Code"])
	_, out = r.call("QuerySmsTemplate", map[string]string{"TemplateCode": "SMS_199"})
	require.InDelta(t, 0, out["TemplateStatus"], 0, "not approved yet")
}

func TestTheAccountIsStrictAndShowsNoSecret(t *testing.T) {
	r := newRig(t)
	for _, bad := range []string{`{"x":1}`, `{"keys":[{"access_key_id":"k"}]}`, `{"templates":[{"code":"X_1"}]}`, `[]`} {
		require.Error(t, r.play.Add(json.RawMessage(bad)), bad)
	}
	require.NoError(t, r.play.Add(json.RawMessage(`{"keys":[{"access_key_id":"k","access_key_secret":"s","no_right":true}],"signs":["别家"],"silent":["+8613800000001"]}`)))
	raw, err := json.Marshal(r.play.View())
	require.NoError(t, err)
	require.NotContains(t, string(raw), "aliyun-demo-secret")
	_, out := r.call("SendSms", sms("13800000001", `{"content":"x"}`))
	require.Equal(t, "OK", out["Code"])
	require.Equal(t, "lost", r.Messages(stage.Filter{})[0].Fate)
	r.id, r.secret = "k", "s"
	_, out = r.call("SendSms", sms("13800000001", `{"content":"x"}`))
	require.Equal(t, "isp.RAM_PERMISSION_DENY", out["Code"])
	require.NoError(t, r.play.Add(json.RawMessage(`{"broke":true}`)))
	r.id, r.secret = "LTAIdemo", "aliyun-demo-secret"
	_, out = r.call("SendSms", sms("13800000001", `{"content":"x"}`))
	require.Equal(t, "isv.AMOUNT_NOT_ENOUGH", out["Code"])
}

func TestFaults(t *testing.T) {
	r := newRig(t)
	for kind, want := range map[stage.FaultKind]string{stage.FaultCode: "isv.DAY_LIMIT_CONTROL", stage.FaultLimited: "Throttling.User"} {
		require.NoError(t, r.SetFaults(stage.Fault{Kind: kind, Code: "isv.DAY_LIMIT_CONTROL"}))
		_, out := r.call("SendSms", sms("13800000001", `{"content":"x"}`))
		require.Equal(t, want, out["Code"])
	}
	require.Empty(t, r.Messages(stage.Filter{}))
}

func FuzzSMS(f *testing.F) {
	f.Add("13800000001,+8613800000002", `{"content":"x"}`)
	f.Add("0", `{"content":5}`)
	f.Fuzz(func(t *testing.T, numbers, params string) {
		r := newRig(t)
		if _, out := r.call("SendSms", sms(numbers, params)); out["Code"] != "OK" {
			require.Empty(t, r.Messages(stage.Filter{}))
		}
	})
}
