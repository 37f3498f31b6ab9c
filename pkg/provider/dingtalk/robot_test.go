package dingtalk

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	plainToken = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
	testSecret = "SEC0123456789abcdef/+0123456789"
)

func testSettings() sender.Settings {
	return sender.Settings{
		Account: "ops-robot", BaseURL: "http://dingtalk.test",
		Values: map[string]string{"keyword": "告警"},
		Secrets: map[string]secret.Value{
			"access_token": secret.New(plainToken), "secret": secret.New(testSecret),
		},
	}
}

// fakeDingTalk takes every signed message and refuses an empty one.
type fakeDingTalk struct{}

func (fakeDingTalk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
	case r.URL.Path != "/robot/send" || r.Method != http.MethodPost:
		http.NotFound(w, r)
	case q.Get("access_token") != plainToken:
		answer(w, `{"errcode":300005,"errmsg":"token is not exist"}`)
	case q.Get("sign") != sign(secret.New(testSecret), q.Get("timestamp")):
		answer(w, `{"errcode":310000,"errmsg":"sign not match"}`)
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		answer(w, `{"errcode":43004,"errmsg":"wrong content type"}`)
	case !json.Valid(body):
		answer(w, `{"errcode":40035,"errmsg":"missing json"}`)
	default:
		answer(w, `{"errcode":0,"errmsg":"ok"}`)
	}
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body)
}

func refuse(w http.ResponseWriter, row sender.CodeMeaning, text string) {
	switch row.Code {
	case blockedCode:
		answer(w, `{"status":1111,"wait":5}`)
		return
	case punishCode:
		answer(w, `{"punish":{"url":"x"}}`)
		return
	case securityCode:
		for _, c := range securityChecks() {
			if c.meaning.Title == row.Title && len(c.words) > 0 {
				text = c.words[0]
			}
		}
	}
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	answer(w, `{"errcode":`+row.Code+`,"errmsg":`+string(b)+`}`)
}

func people() []sender.Target {
	return []sender.Target{
		{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Title: "李雷", Mobile: "+86 138-0000-0000"}},
		{Kind: sender.TargetPerson, Value: "han", Person: &sender.Person{Name: "han", IDs: map[string]string{"dingtalk": "manager_4321"}}},
	}
}

func TestConformanceDingtalkRobot(t *testing.T) {
	providertest.Run(t, providertest.Fixture{
		Manifest: robotManifest(), Settings: testSettings(), Struct: settings{}, OptionsStruct: options{},
		Invalid: map[string]func(*sender.Settings){
			"whole webhook address": func(s *sender.Settings) {
				s.Secrets["access_token"] = secret.New("https://oapi.dingtalk.com/robot/send?access_token=" + plainToken)
			},
			"secret on two lines":  func(s *sender.Settings) { s.Secrets["secret"] = secret.New(testSecret + "\n" + testSecret) },
			"keyword on two lines": func(s *sender.Settings) { s.Values["keyword"] = "a\nb" },
		},
		Mentions: people(),
		Forms:    []sender.Options{nil, {"form": "markdown"}, {"form": "text"}, {"form": "actionCard"}},
		MaxSize:  20_000,
		Size: func(part json.RawMessage) int {
			return len(part) + len(`,"msgUuid":"019aa000-0000-7000-8000-000000000001"`)
		},
		Provider: func() http.Handler { return fakeDingTalk{} },
		Endpoint: func(_ *http.Request, body []byte) sender.Op {
			if len(body) == 0 {
				return providertest.OpProbe
			}
			return sender.OpSend
		},
		Refuse: refuse,
		Key: func(_ *http.Request, body []byte) string {
			var b struct {
				Key string `json:"msgUuid"`
			}
			if json.Unmarshal(body, &b) != nil {
				return ""
			}
			return b.Key
		},
	})
}

func TestSignMatchesTheVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/sign.json")
	require.NoError(t, err)
	var file struct {
		Vectors []struct {
			Secret    string `json:"secret"`
			Timestamp int64  `json:"timestamp_ms"`
			Sign      string `json:"sign_base64"`
			Encoded   string `json:"sign_query_encoded_once"`
			Suffix    string `json:"query_suffix"`
		} `json:"vectors"`
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		assert.Equal(t, v.Sign, sign(secret.New(v.Secret), strconv.FormatInt(v.Timestamp, 10)))
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(time.UnixMilli(v.Timestamp)))
			query := sentQuery(t, v.Secret)
			assert.Contains(t, query, "sign="+v.Encoded)
			assert.Contains(t, query, "timestamp="+strconv.FormatInt(v.Timestamp, 10))
			got, err := url.ParseQuery(query)
			require.NoError(t, err)
			want, err := url.ParseQuery(strings.TrimPrefix(v.Suffix, "&"))
			require.NoError(t, err)
			got.Del("access_token")
			assert.Equal(t, want, got)
		})
	}
}

// sentQuery is the query of a send as it goes over the wire.
func sentQuery(t *testing.T, key string) string {
	t.Helper()
	var query string
	s := testSettings()
	s.Secrets["secret"] = secret.New(key)
	r := open(t, s, func(r *http.Request) (*http.Response, error) {
		query = r.URL.RawQuery
		return reply(200, `{"errcode":0}`), nil
	})
	_, err := r.Send(t.Context(), sender.Notification{Key: "k", Content: json.RawMessage(`{"msgtype":"text"}`)})
	require.NoError(t, err)
	return query
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func open(t *testing.T, s sender.Settings, answer roundTrip) *robot {
	t.Helper()
	made, err := newRobot(s, sender.Deps{Transport: answer})
	require.NoError(t, err)
	r, ok := made.(*robot)
	require.True(t, ok)
	return r
}

func TestUnsignedWithoutSecret(t *testing.T) {
	query := sentQuery(t, "")
	assert.Equal(t, "access_token="+plainToken, query)
}

func TestTokenIsEscapedOnce(t *testing.T) {
	assert.Equal(t, "/+=", mustUnescape(t, url.Values{"a": {"/+="}}.Encode()))
	s := testSettings()
	s.Secrets["access_token"] = secret.New("a+b")
	var query string
	r := open(t, s, func(r *http.Request) (*http.Response, error) {
		query = r.URL.RawQuery
		return reply(200, `{"errcode":0}`), nil
	})
	_, err := r.Send(t.Context(), sender.Notification{Key: "k", Content: json.RawMessage(`{"msgtype":"text"}`)})
	require.NoError(t, err)
	assert.Contains(t, query, "access_token=a%2Bb&")
}

func mustUnescape(t *testing.T, query string) string {
	t.Helper()
	v, err := url.ParseQuery(query)
	require.NoError(t, err)
	return v.Get("a")
}

func TestSendAddsTheKeyAndNothingElse(t *testing.T) {
	var got string
	r := open(t, testSettings(), func(r *http.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		got = string(b)
		return reply(200, `{"errcode":"0","errmsg":"ok"}`), err
	})
	content := `{ "msgtype":"text",  "text":{"content":"<a>&"} }`
	_, err := r.Send(t.Context(), sender.Notification{Key: "id-1", Content: json.RawMessage(content)})
	require.NoError(t, err)
	want := strings.TrimSuffix(content, "}") + `,"msgUuid":"id-1"}`
	assert.Equal(t, []byte(want), []byte(got), "byte for byte")

	for _, bad := range []string{"", "{}", "[]", "nul", `{"msgtype":"text","msgUuid":"x"}`} {
		_, err := r.Send(t.Context(), sender.Notification{Key: "k", Content: json.RawMessage(bad)})
		assert.Equal(t, sender.Never, sender.AsFailure(err).Class, "%q", bad)
	}
}

func TestAnswers(t *testing.T) {
	cases := map[string]struct {
		status int
		body   string
		class  sender.Class
		reason sender.Reason
		code   string
		after  time.Duration
		hint   string
	}{
		"code as string":     {200, `{"errcode":"400102","errmsg":"robot disabled"}`, sender.Never, sender.ReasonPermission, "400102", 0, "Enable it"},
		"code with status":   {400, `{"errcode":300005,"errmsg":"token is not exist"}`, sender.Never, sender.ReasonAuth, "300005", 0, "access_token"},
		"keyword":            {200, `{"errcode":310000,"errmsg":"keywords not in content"}`, sender.Never, sender.ReasonConfig, "310000", 0, "keyword"},
		"keyword in Chinese": {200, `{"errcode":310000,"errmsg":"错误描述:关键词不匹配;解决方案:请联系群管理员"}`, sender.Never, sender.ReasonConfig, "310000", 0, "keyword"},
		"clock":              {200, `{"errcode":310000,"errmsg":"invalid timestamp"}`, sender.Never, sender.ReasonConfig, "310000", 0, "clock"},
		"signature":          {200, `{"errcode":310000,"errmsg":"sign not match, more at [https://x]"}`, sender.Never, sender.ReasonAuth, "310000", 0, "SEC"},
		"signature, whose advice names the timestamp": {
			200, `{"errcode":310000,"errmsg":"description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳(timestamp)"}`,
			sender.Never, sender.ReasonAuth, "310000", 0, "SEC",
		},
		"address":              {200, `{"errcode":310000,"errmsg":"ip 203.0.113.9 not in whitelist"}`, sender.Never, sender.ReasonPermission, "310000", 0, "Add 203.0.113.9 to"},
		"IPv6 address":         {200, `{"errcode":310000,"errmsg":"ip 2001:db8::1 not in whitelist"}`, sender.Never, sender.ReasonPermission, "310000", 0, "Add 2001:db8::1 to"},
		"address in Chinese":   {200, `{"errcode":310000,"errmsg":"description:ip 不在白名单中;solution:请联系对应群的管理员"}`, sender.Never, sender.ReasonPermission, "310000", 0, "outgoing IP"},
		"some security check":  {200, `{"errcode":310000,"errmsg":"something new"}`, sender.Never, sender.ReasonConfig, "310000", 0, "Compare"},
		"ban":                  {200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, sender.Later, sender.ReasonRateLimited, "130101", 10 * time.Minute, "20"},
		"blocked object":       {200, `{"status":1111,"punish":"deny"}`, sender.Later, sender.ReasonRateLimited, "1111", 5 * time.Minute, "IP"},
		"blocked as string":    {403, `{"status":"1111"}`, sender.Later, sender.ReasonRateLimited, "1111", 5 * time.Minute, "IP"},
		"punish page":          {200, `<!doctype html><script>var u="/_____tmd_____/punish?x5"</script>`, sender.Later, sender.ReasonRateLimited, "punish", 5 * time.Minute, "IP"},
		"unknown code":         {200, `{"errcode":987654,"errmsg":"new"}`, sender.Again, sender.ReasonUnavailable, "987654", 0, "unknown code"},
		"success but not 2xx":  {502, `{"errcode":0}`, sender.Again, sender.ReasonUnavailable, "", 0, ""},
		"code that is no code": {200, `{"errcode":true,"errmsg":"ok"}`, sender.Again, sender.ReasonOutcomeUnknown, "", 0, "gateway"},
		"code with a fraction": {200, `{"errcode":0.0}`, sender.Again, sender.ReasonOutcomeUnknown, "", 0, "gateway"},
		"code as empty string": {200, `{"errcode":""}`, sender.Again, sender.ReasonOutcomeUnknown, "", 0, "gateway"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := open(t, testSettings(), func(*http.Request) (*http.Response, error) { return reply(c.status, c.body), nil })
			_, err := r.Send(t.Context(), sender.Notification{Key: "k", Content: json.RawMessage(`{"msgtype":"text"}`)})
			require.Error(t, err)
			f := sender.AsFailure(err)
			assert.Equal(t, c.class, f.Class)
			assert.Equal(t, c.reason, f.Reason)
			assert.Equal(t, c.code, f.Code)
			assert.Equal(t, c.after, f.After)
			assert.Contains(t, f.Hint.EN, c.hint)
			if c.class == sender.Later {
				assert.Equal(t, sender.ScopeAccount, f.Scope, "the robot is parked, not one target")
			}
		})
	}
}

func TestProbe(t *testing.T) {
	cases := map[string]struct {
		body string
		ok   []bool
	}{
		"known":           {`{"errcode":40035,"errmsg":"missing json"}`, []bool{true, true, true}},
		"wants keyword":   {`{"errcode":310000,"errmsg":"keywords not in content"}`, []bool{true, true, true}},
		"wrong token":     {`{"errcode":300005,"errmsg":"token is not exist"}`, []bool{true, false}},
		"wrong signature": {`{"errcode":310000,"errmsg":"sign not match"}`, []bool{true, false}},
		"banned":          {`{"errcode":410100,"errmsg":"too fast"}`, []bool{true, false}},
		"no DingTalk":     {`{"errcode":0,"errmsg":"ok"}`, []bool{true, false}},
		"page":            {`<html>login</html>`, []bool{false}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := open(t, testSettings(), func(q *http.Request) (*http.Response, error) {
				b, err := io.ReadAll(q.Body)
				assert.Empty(t, b, "a probe has no message")
				return reply(200, c.body), err
			})
			var got []bool
			for _, check := range r.Probe(t.Context()) {
				got = append(got, check.OK)
				assert.True(t, check.OK || !check.Hint.Empty())
			}
			assert.Equal(t, c.ok, got)
		})
	}
}

func TestSendTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Timeout = 3 * time.Second
		r := open(t, s, func(q *http.Request) (*http.Response, error) {
			<-q.Context().Done()
			return nil, q.Context().Err()
		})
		start := time.Now()
		_, err := r.Send(t.Context(), sender.Notification{Key: "k", Content: json.RawMessage(`{"msgtype":"text"}`)})
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.Equal(t, sender.ReasonTimeout, sender.AsFailure(err).Reason)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func FuzzParseAnswer(f *testing.F) {
	for _, s := range []string{`{"errcode":0}`, `{"errcode":"0"}`, `{"status":1111}`, `<html>punish</html>`, "", "null", `{"errcode":"\"0\""}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := open(t, testSettings(), func(*http.Request) (*http.Response, error) { return reply(200, body), nil })
		_, err := r.Send(t.Context(), sender.Notification{Key: "k", Content: json.RawMessage(`{"msgtype":"text"}`)})
		if err != nil {
			return
		}
		var b struct {
			Code any `json:"errcode"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &b), "only JSON is a success")
		require.Contains(t, []any{0.0, "0"}, b.Code, "only errcode 0 is a success: %q", body)
	})
}
