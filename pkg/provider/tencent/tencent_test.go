package tencent

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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

// fake answers as both services do, and keeps what it was asked.
type fake struct {
	mu      sync.Mutex
	asked   []asked
	answers map[string]func(body map[string]any) string
}

type asked struct {
	action string
	body   map[string]any
}

func action(r *http.Request) string { return r.Header.Get("X-TC-Action") }

// ServeHTTP implements http.Handler.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one := asked{action: action(r)}
	raw, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(raw, &one.body) != nil {
		return
	}
	f.mu.Lock()
	f.asked = append(f.asked, one)
	answer := f.answers[one.action]
	f.mu.Unlock()
	switch {
	case answer != nil:
		_, _ = io.WriteString(w, answer(one.body))
	case one.action == "SendSms":
		_, _ = io.WriteString(w, sent(one.body, func(string) string { return "Ok" }))
	case one.action == "SendTtsVoice" && one.body["CalledNumber"] == "":
		_, _ = io.WriteString(w, `{"Response":{"Error":{"Code":"InvalidParameterValue.CalledNumberError","Message":"number"},"RequestId":"r"}}`)
	case one.action == "SendTtsVoice":
		_, _ = io.WriteString(w, `{"Response":{"SendStatus":{"CallId":"call-1","SessionContext":"k"},"RequestId":"r"}}`)
	default:
		_, _ = io.WriteString(w, `{"Response":{"PullSmsSendStatusSet":[],"RequestId":"r"}}`)
	}
}

// sent gives each number a result.
func sent(body map[string]any, code func(number string) string) string {
	numbers, _ := body["PhoneNumberSet"].([]any)
	set := []map[string]any{}
	for i, n := range numbers {
		number := fmt.Sprint(n)
		one := map[string]any{"PhoneNumber": number, "Fee": 1, "Code": code(number), "Message": "said", "IsoCode": "CN", "SerialNo": ""}
		if one["Code"] == "Ok" {
			one["SerialNo"] = fmt.Sprint("serial-", i)
		}
		set = append(set, one)
	}
	raw, err := json.Marshal(map[string]any{"Response": map[string]any{"SendStatusSet": set, "RequestId": "r"}})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func (f *fake) calls(action string) (list []map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if a.action == action {
			list = append(list, a.body)
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
	return settingsOf(map[string]string{fieldKeyID: "AKID0123", fieldApp: "1400000001", fieldSign: "云锣", fieldTemplate: "100", fieldParams: "1: message\n2: severity"})
}

func voiceTestSettings() sender.Settings {
	return settingsOf(map[string]string{fieldKeyID: "AKID0123", fieldApp: "1400000002", fieldTemplate: "200"})
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

func fixture(m sender.Manifest, s sender.Settings, settings any) providertest.Fixture {
	return providertest.Fixture{
		Manifest: m, Settings: s, Struct: settings, Terse: true,
		Invalid: map[string]func(*sender.Settings){
			"a plan with a hole":     func(s *sender.Settings) { s.Values[fieldParams] = "1: poem" },
			"a plan out of order":    func(s *sender.Settings) { s.Values[fieldParams] = "2: title\n1: count" },
			"a long variable":        func(s *sender.Settings) { s.Values[fieldLength] = "36" },
			"a template with blanks": func(s *sender.Settings) { s.Values[fieldTemplate] = "1 2" },
		},
		Target:  sender.Target{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Mobile: "13800000001"}},
		MaxSize: usualVariable,
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
		Endpoint: func(r *http.Request, body []byte) sender.Op {
			switch {
			case strings.Contains(string(body), `"CalledNumber":""`), strings.Contains(string(body), probeNumber):
				return providertest.OpProbe
			case strings.HasPrefix(action(r), "Send"):
				return sender.OpSend
			default:
				return sender.OpTrack
			}
		},
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			if strings.HasPrefix(row.Code, "LimitExceeded.") || strings.HasPrefix(row.Code, "FailedOperation.PhoneNumber") {
				_, _ = io.WriteString(w, strings.ReplaceAll(sent(map[string]any{"PhoneNumberSet": []any{"+8613800000001"}}, func(string) string { return row.Code }), "said", text))
				return
			}
			_, _ = fmt.Fprintf(w, `{"Response":{"Error":{"Code":%q,"Message":%q},"RequestId":"r"}}`, row.Code, text)
		},
	}
}

func TestConformanceTencentSms(t *testing.T) {
	providertest.Run(t, fixture(smsManifest(), smsTestSettings(), smsSettings{}))
}

func TestConformanceTencentVoice(t *testing.T) {
	f := fixture(voiceManifest(), voiceTestSettings(), voiceSettings{})
	f.Invalid["read four times"] = func(s *sender.Settings) { s.Values[fieldPlay] = "4" }
	f.Refuse = func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
		_, _ = fmt.Fprintf(w, `{"Response":{"Error":{"Code":%q,"Message":%q},"RequestId":"r"}}`, row.Code, text)
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
	s.Values[fieldText], s.Values[fieldResolved] = "告警{1}，级别{2}，请尽快处理。", "101"
	for name, made := range map[string]sender.Sender{"sms": open(t, &fake{}, smsManifest(), s), "voice": open(t, &fake{}, voiceManifest(), voiceTestSettings())} {
		for kind, m := range providertest.Samples() {
			t.Run(name+"/"+kind, func(t *testing.T) {
				providertest.GoldenParts(t, *update, name+"_"+kind+".json", made, sender.Draft{Message: m})
			})
		}
	}
}

// TestEachNumberHasItsOwnResult also in an answer that as a whole is a success.
func TestEachNumberHasItsOwnResult(t *testing.T) {
	codes := map[string]string{
		"+8613800000001": "Ok", "+8613800000002": "LimitExceeded.PhoneNumberDailyLimit", "+8613800000003": "FailedOperation.PhoneNumberInBlacklist",
		"+8613800000004": "ok", "+8613800000005": "", "+14155550100": "Ok",
	}
	f := &fake{answers: map[string]func(map[string]any) string{"SendSms": func(body map[string]any) string {
		return sent(body, func(n string) string { return codes[n] })
	}}}
	s := open(t, f, smsManifest(), smsTestSettings())
	c := content(t, s)
	var list []sender.Notification
	for _, n := range []string{"13800000001", "13800000002", "13800000003", "13800000004", "13800000005", "+14155550100", "110"} {
		list = append(list, sender.Notification{Key: "k", Target: phone(n), Content: c})
	}
	out := s.(sender.Batcher).SendBatch(t.Context(), list)
	calls := f.calls("SendSms")
	require.Len(t, calls, 2, "numbers abroad go in a call of their own")
	require.Len(t, calls[0]["PhoneNumberSet"], 5)
	require.Equal(t, []any{"+14155550100"}, calls[1]["PhoneNumberSet"])
	require.Equal(t, []any{"支付接口 5xx共2条", "严重"}, []any{strings.ReplaceAll(fmt.Sprint(calls[0]["TemplateParamSet"].([]any)[0]), ".", ""), calls[0]["TemplateParamSet"].([]any)[1]})
	require.Equal(t, []any{"1400000001", "云锣", "100", "k"}, []any{calls[0]["SmsSdkAppId"], calls[0]["SignName"], calls[0]["TemplateId"], calls[0]["SessionContext"]})
	require.NoError(t, out[0].Err)
	require.Equal(t, "serial-0", out[0].Receipt.MessageID)
	limited := sender.AsFailure(out[1].Err)
	require.Equal(t, []any{sender.Later, day, sender.Scope("")}, []any{limited.Class, limited.After, limited.Scope}, "only this number waits")
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(out[2].Err).Reason)
	require.Error(t, out[3].Err, "ok is not Ok")
	require.True(t, sender.AsFailure(out[4].Err).MaybeSent, "a result without a code")
	require.NoError(t, out[5].Err)
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(out[6].Err).Reason)
}

func TestANumberThatIsNotInTheAnswerIsUnknown(t *testing.T) {
	f := &fake{answers: map[string]func(map[string]any) string{"SendSms": func(map[string]any) string {
		return sent(map[string]any{"PhoneNumberSet": []any{"+8613899999999"}}, func(string) string { return "Ok" })
	}}}
	s := open(t, f, smsManifest(), smsTestSettings())
	_, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
	require.True(t, sender.AsFailure(err).MaybeSent)
}

func TestAnApplicationsLimitStopsTheAccount(t *testing.T) {
	for code, scope := range map[string]sender.Scope{"LimitExceeded.AppDailyLimit": sender.ScopeAccount, "LimitExceeded.DailyLimit": sender.ScopeAccount, "LimitExceeded.PhoneNumberDailyLimit": ""} {
		f := &fake{answers: map[string]func(map[string]any) string{"SendSms": func(body map[string]any) string {
			return sent(body, func(string) string { return code })
		}}}
		s := open(t, f, smsManifest(), smsTestSettings())
		_, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
		require.Equal(t, scope, sender.AsFailure(err).Scope, code)
	}
}

// TestATimeoutInsideIsAnUnknownOutcome wants no SMS or call to be repeated that may have gone out.
func TestATimeoutInsideIsAnUnknownOutcome(t *testing.T) {
	for code, maybe := range map[string]bool{"InternalError.Timeout": true, "InternalError.SendAndRecvFail": true, "InternalError.OtherError": false} {
		f := &fake{answers: map[string]func(map[string]any) string{"SendSms": func(body map[string]any) string {
			return sent(body, func(string) string { return code })
		}}}
		s := open(t, f, smsManifest(), smsTestSettings())
		_, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
		require.Equal(t, maybe, sender.AsFailure(err).MaybeSent, code)
	}
}

func TestACodeThatIsInNoRowIsJudgedByItsFamily(t *testing.T) {
	for code, want := range map[string]sender.Reason{
		"UnauthorizedOperation.SmsSdkAppIdVerifyFail": sender.ReasonPermission, "InternalError.New": sender.ReasonUnavailable,
		"RequestLimitExceeded.IPLimitExceeded": sender.ReasonRateLimited, "InvalidParameterValue.New": sender.ReasonMessage,
		"AuthFailure.TokenFailure": sender.ReasonAuth, "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": sender.ReasonConfig,
	} {
		f := &fake{answers: map[string]func(map[string]any) string{"SendSms": func(map[string]any) string {
			return fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":"m"},"RequestId":"r"}}`, code)
		}}}
		s := open(t, f, smsManifest(), smsTestSettings())
		_, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
		require.Equal(t, want, sender.AsFailure(err).Reason, code)
		require.Equal(t, code, sender.AsFailure(err).Code)
		require.NotEmpty(t, sender.AsFailure(err).Hint.EN)
	}
}

func TestWhatBecameOfAnSMS(t *testing.T) {
	record := func(serial, fate string) string {
		return fmt.Sprintf(`{"Response":{"PullSmsSendStatusSet":[{"SerialNo":"other","ReportStatus":"FAIL"},{"SerialNo":%q,"ReportStatus":%q,"Description":"DELIVRD"}],"RequestId":"r"}}`, serial, fate)
	}
	for answer, want := range map[string]sender.Progress{
		record("serial-0", "SUCCESS"):        {Fate: sender.FateArrived, Final: true, Code: "DELIVRD"},
		record("serial-0", "FAIL"):           {Fate: sender.FateLost, Final: true, Code: "DELIVRD"},
		record("serial-9", "SUCCESS"):        {Fate: sender.FatePending},
		`{"Response":{"RequestId":"r"}}`:     {},
		`{"Response":{"Error":{"Code":""}}}`: {},
	} {
		f := &fake{answers: map[string]func(map[string]any) string{"PullSmsSendStatusByPhoneNumber": func(map[string]any) string { return answer }}}
		s := open(t, f, smsManifest(), smsTestSettings())
		r, err := s.Send(t.Context(), sender.Notification{Target: phone("13800000001"), Content: content(t, s)})
		require.NoError(t, err)
		got, err := s.(sender.Tracker).Track(t.Context(), r)
		require.Equal(t, want.Fate == "", err != nil, answer)
		require.Equal(t, []any{want.Fate, want.Final, want.Code}, []any{got.Fate, got.Final, got.Code}, answer)
		require.Equal(t, got.Fate.Missed(), !got.Hint.Empty())
		q := f.calls("PullSmsSendStatusByPhoneNumber")[0]
		require.Equal(t, []any{"+8613800000001", "1400000001"}, []any{q["PhoneNumber"], q["SmsSdkAppId"]})
		require.InDelta(t, time.Now().Unix()-60, q["BeginTime"], 5)
	}
}

func TestACall(t *testing.T) {
	f := &fake{}
	s := open(t, f, voiceManifest(), voiceTestSettings())
	r, err := s.Send(t.Context(), sender.Notification{Key: "k", Target: phone("13800000001"), Content: content(t, s)})
	require.NoError(t, err)
	require.Equal(t, "call-1", r.MessageID)
	q := f.calls("SendTtsVoice")[0]
	require.Equal(t, []any{"200", "+8613800000001", "1400000002", 2.0, "k"}, []any{q["TemplateId"], q["CalledNumber"], q["VoiceSdkAppid"], q["PlayTimes"], q["SessionContext"]})
	_, tracks := s.(sender.Tracker)
	require.False(t, tracks, "there is nothing to ask")
}

func TestAnAddressWithAPathCannotBeSigned(t *testing.T) {
	s := smsTestSettings()
	s.BaseURL = "https://gateway.example.com/tencent"
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
