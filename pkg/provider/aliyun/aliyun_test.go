package aliyun

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files")

const headerAction = "X-Acs-Action"

// fake answers as both services do, and keeps what it was asked.
type fake struct {
	mu      sync.Mutex
	asked   []url.Values
	answers map[string]func(url.Values) string
}

// ServeHTTP implements http.Handler.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action, q := action(r), r.URL.Query()
	q.Set("action", action)
	f.mu.Lock()
	f.asked = append(f.asked, q)
	answer := f.answers[action]
	f.mu.Unlock()
	if answer != nil {
		_, _ = io.WriteString(w, answer(q))
		return
	}
	_, _ = io.WriteString(w, map[string]string{
		"SendSms":                 `{"Code":"OK","Message":"OK","BizId":"biz-1","RequestId":"r"}`,
		"QuerySendDetails":        `{"Code":"OK","TotalCount":"1","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"SendStatus":3,"ErrCode":"DELIVERED"}]}}`,
		"QuerySmsTemplate":        `{"Code":"OK","TemplateStatus":1,"TemplateContent":"告警 ${name}，级别 ${level}"}`,
		"SingleCallByTts":         `{"Code":"OK","Message":"OK","CallId":"call^1","RequestId":"r"}`,
		"QueryCallDetailByCallId": `{"Code":"OK","Message":"OK","RequestId":"r"}`,
	}[action])
}

// action is what a request asks for; the SDK's core writes header names in lower case.
func action(r *http.Request) string { return r.Header.Get(headerAction) }

func (f *fake) calls(action string) (list []url.Values) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, q := range f.asked {
		if q.Get("action") == action {
			list = append(list, q)
		}
	}
	return list
}

func settingsOf(values map[string]string) sender.Settings {
	return sender.Settings{
		Account: "test", BaseURL: "http://127.0.0.1:1", Values: values,
		Secrets: map[string]secret.Value{fieldKey: secret.New("key-secret-0123456789")},
	}
}

func smsTestSettings() sender.Settings {
	return settingsOf(map[string]string{fieldKeyID: "LTAI0123", fieldSign: "云锣", fieldTemplate: "SMS_1", fieldParams: "name: message\nlevel: severity"})
}

func voiceTestSettings() sender.Settings {
	return settingsOf(map[string]string{fieldKeyID: "LTAI0123", fieldTemplate: "TTS_1", fieldParams: "name: message"})
}

// open makes a sender before the fake.
func open(t *testing.T, f *fake, m sender.Manifest, s sender.Settings) sender.Sender {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	s.BaseURL = server.URL
	made, err := m.New(s, sender.Deps{})
	require.NoError(t, err)
	return made
}

func fixture(m sender.Manifest, s sender.Settings, settings any, send, track string) providertest.Fixture {
	return providertest.Fixture{
		Manifest: m, Settings: s, Struct: settings, Terse: true,
		Invalid: map[string]func(*sender.Settings){
			"a plan with a hole":     func(s *sender.Settings) { s.Values[fieldParams] = "name: poem" },
			"a long variable":        func(s *sender.Settings) { s.Values[fieldLength] = "36" },
			"a length that is none":  func(s *sender.Settings) { s.Values[fieldLength] = "x" },
			"a template with blanks": func(s *sender.Settings) { s.Values[fieldTemplate] = "SMS 1" },
		},
		Target:  sender.Target{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Mobile: "+8613800000001"}},
		MaxSize: 20,
		Size: func(raw json.RawMessage) (longest int) {
			p, err := sms.Parse(raw)
			if err != nil {
				return 1 << 30
			}
			for _, v := range p.Values {
				longest = max(longest, utf8.RuneCountInString(v.Value))
			}
			return longest
		},
		Provider: func() http.Handler { return &fake{} },
		Endpoint: func(r *http.Request, _ []byte) sender.Op {
			return map[string]sender.Op{
				send: sender.OpSend, track: sender.OpTrack, "QuerySmsTemplate": providertest.OpProbe,
			}[action(r)]
		},
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			if !strings.HasPrefix(row.Code, "is") {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = fmt.Fprintf(w, `{"Code":%q,"Message":%q,"RequestId":"r"}`, row.Code, text)
		},
	}
}

func TestConformanceAliyunSms(t *testing.T) {
	providertest.Run(t, fixture(smsManifest(), smsTestSettings(), smsSettings{}, "SendSms", "QuerySendDetails"))
}

func TestConformanceAliyunVoice(t *testing.T) {
	f := fixture(voiceManifest(), voiceTestSettings(), voiceSettings{}, "SingleCallByTts", "QueryCallDetailByCallId")
	f.Invalid["read four times"] = func(s *sender.Settings) { s.Values[fieldPlay] = "4" }
	f.Invalid["louder than loud"] = func(s *sender.Settings) { s.Values[fieldVolume] = "101" }
	f.Invalid["faster than fast"] = func(s *sender.Settings) { s.Values[fieldSpeed] = "501" }
	f.Endpoint = func(r *http.Request, _ []byte) sender.Op {
		switch {
		case action(r) == "SingleCallByTts":
			return sender.OpSend
		case r.URL.Query().Get("CallId") == probeCall:
			return providertest.OpProbe
		default:
			return sender.OpTrack
		}
	}
	providertest.Run(t, f)
}

func content(t *testing.T, s sender.Sender) json.RawMessage {
	t.Helper()
	r, err := s.Render(t.Context(), sender.Draft{Message: providertest.Samples()["firing"]})
	require.NoError(t, err)
	return r.Parts[0]
}

func phone(number string) sender.Target {
	return sender.Target{Kind: sender.TargetPhone, Value: number}
}

func TestMessagesAreAsReviewed(t *testing.T) {
	s := smsTestSettings()
	s.Values[fieldText], s.Values[fieldResolved] = "告警 ${name}，级别 ${level}，请尽快处理。", "SMS_2"
	for name, made := range map[string]sender.Sender{"sms": open(t, &fake{}, smsManifest(), s), "voice": open(t, &fake{}, voiceManifest(), voiceTestSettings())} {
		for kind, m := range providertest.Samples() {
			t.Run(name+"/"+kind, func(t *testing.T) {
				providertest.GoldenParts(t, *update, name+"_"+kind+".json", made, sender.Draft{Message: m})
			})
		}
	}
}

func TestOneCallForAllNumbers(t *testing.T) {
	f := &fake{}
	s := open(t, f, smsManifest(), smsTestSettings())
	c := content(t, s)
	out := s.(sender.Batcher).SendBatch(t.Context(), []sender.Notification{
		{Key: "k1", Target: phone("13800000001"), Content: c},
		{Key: "k2", Target: phone("13800000002"), Content: c},
		{Key: "k3", Target: phone("110"), Content: c},
		{Key: "k4", Target: phone("13800000001"), Content: c},
		{Key: "k5", Target: phone("+14155550100"), Content: c},
	})
	calls := f.calls("SendSms")
	require.Len(t, calls, 1)
	require.Equal(t, "13800000001,13800000002,14155550100", calls[0].Get("PhoneNumbers"))
	require.Equal(t, "云锣", calls[0].Get("SignName"))
	require.JSONEq(t, `{"name":"支付接口 5xx 过高，共2条","level":"严重"}`, calls[0].Get("TemplateParam"))
	require.Equal(t, "k1", calls[0].Get("OutId"))
	for i, o := range out {
		if i == 2 {
			require.Equal(t, sender.ReasonRecipient, sender.AsFailure(o.Err).Reason)
			continue
		}
		require.NoError(t, o.Err)
		require.Equal(t, "biz-1", o.Receipt.MessageID)
	}
}

// TestOneBadNumberDoesNotTakeTheOthersWithIt sends them alone after a refusal that sent nothing.
func TestOneBadNumberDoesNotTakeTheOthersWithIt(t *testing.T) {
	for code, again := range map[string]int{"isv.MOBILE_NUMBER_ILLEGAL": 4, codeFlow: 4, "isv.AMOUNT_NOT_ENOUGH": 1, "isp.SYSTEM_ERROR": 1, codeDay: 1, codeMonth: 1} {
		t.Run(code, func(t *testing.T) {
			f := &fake{answers: map[string]func(url.Values) string{"SendSms": func(q url.Values) string {
				if strings.Contains(q.Get("PhoneNumbers"), "13800000002") {
					return fmt.Sprintf(`{"Code":%q,"Message":"触发小时级流控Permits:5","RequestId":"r"}`, code)
				}
				return `{"Code":"OK","BizId":"biz-2"}`
			}}}
			s := open(t, f, smsManifest(), smsTestSettings())
			var list []sender.Notification
			for i := 1; i <= 3; i++ {
				list = append(list, sender.Notification{Target: phone(fmt.Sprint("1380000000", i)), Content: content(t, s)})
			}
			out := s.(sender.Batcher).SendBatch(t.Context(), list)
			require.Len(t, f.calls("SendSms"), again)
			require.Equal(t, code, sender.AsFailure(out[1].Err).Code)
			require.Equal(t, again == 1, out[0].Err != nil)
			require.Equal(t, again == 1, out[2].Err != nil)
		})
	}
}

func TestAFullWindowIsNamed(t *testing.T) {
	for said, after := range map[string]time.Duration{
		"触发分钟级流控Permits:1": time.Minute, "触发小时级流控Permits:5": time.Hour, "触发天级流控Permits:50": day, "day limit": day, "?": time.Minute,
	} {
		f := &fake{answers: map[string]func(url.Values) string{"SendSms": func(url.Values) string {
			return fmt.Sprintf(`{"Code":%q,"Message":%q}`, codeFlow, said)
		}}}
		s := open(t, f, smsManifest(), smsTestSettings())
		_, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
		got := sender.AsFailure(err)
		require.Equal(t, sender.Later, got.Class)
		require.Equal(t, after, got.After, said)
		require.Empty(t, got.Scope, "only this number waits")
	}
}

func TestTheGatewaysOwnLimitsAreOneFamily(t *testing.T) {
	f := &fake{answers: map[string]func(url.Values) string{"SendSms": func(url.Values) string { return `{"Code":"Throttling.Api","Message":"m"}` }}}
	s := open(t, f, smsManifest(), smsTestSettings())
	_, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
	got := sender.AsFailure(err)
	require.Equal(t, []any{"Throttling.Api", sender.Later, sender.ScopeAccount}, []any{got.Code, got.Class, got.Scope})
}

func TestAnAccountsOwnLimitStopsTheAccount(t *testing.T) {
	for _, code := range []string{codeDay, codeMonth} {
		f := &fake{answers: map[string]func(url.Values) string{"SendSms": func(url.Values) string {
			return fmt.Sprintf(`{"Code":%q,"Message":"触发日发送限额"}`, code)
		}}}
		s := open(t, f, smsManifest(), smsTestSettings())
		_, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
		got := sender.AsFailure(err)
		require.Equal(t, []any{sender.Later, time.Hour, sender.ScopeAccount}, []any{got.Class, got.After, got.Scope}, code)
	}
}

func TestWhatBecameOfAnSMS(t *testing.T) {
	for answer, want := range map[string]sender.Progress{
		`{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"SendStatus":3,"ErrCode":"DELIVERED"}]}}`: {Fate: sender.FateArrived, Final: true, Code: "DELIVERED"},
		`{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"SendStatus":2,"ErrCode":"MK:0001"}]}}`:   {Fate: sender.FateLost, Final: true, Code: "MK:0001"},
		`{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"SendStatus":1}]}}`:                       {Fate: sender.FatePending},
		`{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[]}}`:                                       {Fate: sender.FatePending},
		`{"Code":"OK"}`: {},
		`{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"SendStatus":9}]}}`: {},
		`{"Code":"isp.SYSTEM_ERROR"}`: {},
	} {
		f := &fake{answers: map[string]func(url.Values) string{"QuerySendDetails": func(url.Values) string { return answer }}}
		s := open(t, f, smsManifest(), smsTestSettings())
		r, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
		require.NoError(t, err)
		got, err := s.(sender.Tracker).Track(t.Context(), r)
		require.Equal(t, want.Fate == "", err != nil, answer)
		require.Equal(t, want.Fate, got.Fate, answer)
		require.Equal(t, want.Final, got.Final)
		require.Equal(t, want.Code, got.Code)
		require.Equal(t, got.Fate.Missed(), !got.Hint.Empty(), "a lost one says what to do")
		q := f.calls("QuerySendDetails")[0]
		require.Equal(t, []string{"13800000001", "biz-1"}, []string{q.Get("PhoneNumber"), q.Get("BizId")})
		require.Len(t, q.Get("SendDate"), len("20260102"))
	}
}

func TestWhatBecameOfACall(t *testing.T) {
	record := func(fields string) string {
		raw, err := json.Marshal(map[string]string{"Code": "OK", "Data": "{" + fields + "}"})
		require.NoError(t, err)
		return string(raw)
	}
	for answer, want := range map[string]sender.Progress{
		record(`"state":"200000","stateDesc":"用户接听","startDate":"2026-11-23 10:00:00","duration":12`): {Fate: sender.FateAnswered, Final: true, Code: "200000"},
		record(`"state":"502","stateDesc":"502","startDate":"","duration":0`):                         {Fate: sender.FateUnanswered, Final: true, Code: "502"},
		record(``):                    {Fate: sender.FatePending},
		`{"Code":"OK"}`:               {Fate: sender.FatePending},
		`{"Code":"OK","Data":"[]"}`:   {},
		`{"Code":"isp.SYSTEM_ERROR"}`: {},
	} {
		f := &fake{answers: map[string]func(url.Values) string{"QueryCallDetailByCallId": func(url.Values) string { return answer }}}
		settings := voiceTestSettings()
		settings.Values[fieldShow] = "05710000"
		s := open(t, f, voiceManifest(), settings)
		r, err := s.Send(t.Context(), sender.Notification{Key: "k", Target: phone("13800000001"), Content: content(t, s)})
		require.NoError(t, err)
		q := f.calls("SingleCallByTts")[0]
		require.Equal(t, []string{"13800000001", "TTS_1", "2", "100", "0", "05710000", "k"},
			[]string{q.Get("CalledNumber"), q.Get("TtsCode"), q.Get("PlayTimes"), q.Get("Volume"), q.Get("Speed"), q.Get("CalledShowNumber"), q.Get("OutId")})
		got, err := s.(sender.Tracker).Track(t.Context(), r)
		require.Equal(t, want.Fate == "", err != nil, answer)
		require.Equal(t, []any{want.Fate, want.Final, want.Code}, []any{got.Fate, got.Final, got.Code}, answer)
		require.Equal(t, product, f.calls("QueryCallDetailByCallId")[0].Get("ProdId"))
	}
}

func TestATemplateThatIsNotApprovedFailsTheProbe(t *testing.T) {
	f := &fake{answers: map[string]func(url.Values) string{"QuerySmsTemplate": func(url.Values) string {
		return `{"Code":"OK","TemplateStatus":2,"Reason":"含有敏感词"}`
	}}}
	s := open(t, f, smsManifest(), smsTestSettings())
	checks := s.(sender.Prober).Probe(t.Context())
	require.False(t, checks[0].OK)
	require.Contains(t, checks[0].Detail, "含有敏感词")
}

func TestAVariableThatNobodyFillsFailsTheProbe(t *testing.T) {
	f := &fake{answers: map[string]func(url.Values) string{"QuerySmsTemplate": func(q url.Values) string {
		return fmt.Sprintf(`{"Code":"OK","TemplateStatus":1,"TemplateContent":"%s ${name} ${host} ${host} ${"}`, q.Get("TemplateCode"))
	}}}
	settings := smsTestSettings()
	settings.Values[fieldResolved] = "SMS_2"
	checks := open(t, f, smsManifest(), settings).(sender.Prober).Probe(t.Context())
	require.Len(t, checks, 2, "that of resolved is looked at too")
	for i, c := range checks {
		require.False(t, c.OK)
		require.Contains(t, c.Detail, fmt.Sprint("SMS_", i+1))
		require.Contains(t, c.Hint.EN, "variables host,")
	}
}

func TestAnAddressWithAPathCannotBeSigned(t *testing.T) {
	s := smsTestSettings()
	s.BaseURL = "https://gateway.example.com/aliyun"
	_, err := newSMS(s, sender.Deps{})
	require.ErrorContains(t, err, "base_url has a path")
}

func FuzzReceipt(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"b","number":"1","at":2}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := readReceipt(sender.Receipt{Data: raw})
		if err == nil {
			require.NotEmpty(t, r.ID)
		}
	})
}
