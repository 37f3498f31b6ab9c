package dingtalk_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/dingtalk"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

type rig struct {
	*stage.Stage
	mux   *http.ServeMux
	clock *time.Time
}

func newRig(t *testing.T, robots ...stage.Robot) *rig {
	t.Helper()
	clock := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	r := &rig{mux: http.NewServeMux(), clock: &clock}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return clock }})
	require.NoError(t, r.Add(stage.Demo()))
	require.NoError(t, r.Add(stage.World{Robots: robots}))
	r.Mount(r.mux, dingtalk.New(r.Stage))
	return r
}

// open is a robot without checks.
func open() stage.Robot {
	return stage.Robot{Token: "open-robot", Group: "open", Members: []string{"li_lei", "john"}}
}

func (r *rig) post(t *testing.T, query, body string, headers ...string) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/robot/send?"+query, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	var out map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	require.Equal(t, http.StatusOK, w.Code, "every answer has HTTP 200")
	return w, out
}

func (r *rig) code(t *testing.T, query, body string) int {
	t.Helper()
	_, out := r.post(t, query, body)
	code, ok := out["errcode"].(float64)
	require.True(t, ok, out)
	return int(code)
}

const hello = `{"msgtype":"text","text":{"content":"hello"}}`

func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/dingtalk-robot-sign.json")
	require.NoError(t, err)
	var file struct {
		Vectors []struct {
			Secret    string `json:"secret"`
			Timestamp int64  `json:"timestamp_ms"`
			Sign      string `json:"sign_base64"`
			Suffix    string `json:"query_suffix"`
			Double    string `json:"wrong_double_encoded"`
		} `json:"vectors"`
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		require.Equal(t, v.Sign, dingtalk.Sign(v.Secret, strconv.FormatInt(v.Timestamp, 10)))
		r := newRig(t, stage.Robot{Token: "signed", Secret: v.Secret, Group: "g"})
		*r.clock = time.UnixMilli(v.Timestamp)
		require.Zero(t, r.code(t, "access_token=signed"+v.Suffix, hello))

		wrong := "access_token=signed&timestamp=" + strconv.FormatInt(v.Timestamp, 10) + "&sign=" + v.Double
		_, out := r.post(t, wrong, hello)
		require.InDelta(t, 310000, out["errcode"], 0)
		require.Contains(t, out["errmsg"], "sign not match")
	}
}

func TestTimestampMayBeAnHourOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, stage.Robot{Token: "signed", Secret: "SECx", Group: "g"})
	for offset, text := range map[time.Duration]string{
		0: "ok", time.Hour: "ok", -time.Hour: "ok",
		time.Hour + time.Millisecond: "invalid timestamp", -time.Hour - time.Millisecond: "invalid timestamp",
	} {
		ts := strconv.FormatInt(r.clock.Add(offset).UnixMilli(), 10)
		q := url.Values{"access_token": {"signed"}, "timestamp": {ts}, "sign": {dingtalk.Sign("SECx", ts)}}
		_, out := r.post(t, q.Encode(), hello)
		require.Contains(t, out["errmsg"], text, offset)
	}
	_, out := r.post(t, "access_token=signed", hello)
	require.Contains(t, out["errmsg"], "invalid timestamp")
	seconds := strconv.FormatInt(r.clock.Unix(), 10)
	_, out = r.post(t, "access_token=signed&timestamp="+seconds+"&sign="+url.QueryEscape(dingtalk.Sign("SECx", seconds)), hello)
	require.Contains(t, out["errmsg"], "invalid timestamp", "seconds are not milliseconds")
}

func TestForms(t *testing.T) {
	t.Parallel()
	at51 := `{"msgtype":"text","text":{"content":"x"},"at":{"atMobiles":[` + strings.TrimSuffix(strings.Repeat(`"1",`, 51), ",") + `]}}`
	sized := func(n int) string {
		const frame = `{"msgtype":"text","text":{"content":""}}`
		return strings.Replace(frame, `""`, `"`+strings.Repeat("x", n-len(frame))+`"`, 1)
	}
	for name, c := range map[string]struct {
		query, body string
		code        int
	}{
		"text":                     {"access_token=open-robot", hello, 0},
		"no token":                 {"", hello, 400101},
		"unknown token":            {"access_token=nobody", hello, 300005},
		"no body":                  {"access_token=open-robot", "", 40035},
		"no JSON":                  {"access_token=open-robot", "text=x", 40035},
		"no content":               {"access_token=open-robot", `{"msgtype":"text","text":{}}`, 40035},
		"no msgtype":               {"access_token=open-robot", `{"text":{"content":"x"}}`, 400105},
		"unknown msgtype":          {"access_token=open-robot", `{"msgtype":"interactive"}`, 400105},
		"markdown":                 {"access_token=open-robot", `{"msgtype":"markdown","markdown":{"title":"t","text":"x"}}`, 0},
		"markdown without title":   {"access_token=open-robot", `{"msgtype":"markdown","markdown":{"text":"x"}}`, 40035},
		"markdown without text":    {"access_token=open-robot", `{"msgtype":"markdown","markdown":{"title":"t"}}`, 40035},
		"link":                     {"access_token=open-robot", `{"msgtype":"link","link":{"title":"t","text":"x","messageUrl":"https://a"}}`, 0},
		"link without URL":         {"access_token=open-robot", `{"msgtype":"link","link":{"title":"t","text":"x"}}`, 40035},
		"card, one button":         {"access_token=open-robot", `{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","singleTitle":"a","singleURL":"https://a"}}`, 0},
		"card, no button":          {"access_token=open-robot", `{"msgtype":"actionCard","actionCard":{"title":"t","text":"x"}}`, 40035},
		"card, button without URL": {"access_token=open-robot", `{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","singleTitle":"a"}}`, 40035},
		"card, buttons":            {"access_token=open-robot", `{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","btnOrientation":"1","btns":[{"title":"a","actionURL":"https://a"}]}}`, 0},
		"card, bad orientation":    {"access_token=open-robot", `{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","btnOrientation":"h","btns":[{"title":"a","actionURL":"https://a"}]}}`, 40035},
		"feed":                     {"access_token=open-robot", `{"msgtype":"feedCard","feedCard":{"links":[{"title":"t","messageURL":"https://a","picURL":"https://a"}]}}`, 0},
		"feed without links":       {"access_token=open-robot", `{"msgtype":"feedCard","feedCard":{}}`, 40035},
		"51 people":                {"access_token=open-robot", at51, 40035},
		"20000 bytes":              {"access_token=open-robot", sized(20_000), 0},
		"20001 bytes":              {"access_token=open-robot", sized(20_001), 460101},
		"disabled":                 {"access_token=off", hello, 400102},
		"disbanded":                {"access_token=gone", hello, 400013},
		"keyword missing":          {"access_token=demo-keyword-token", hello, 310000},
		"keyword in the title":     {"access_token=demo-keyword-token", `{"msgtype":"markdown","markdown":{"title":"告警","text":"x"}}`, 0},
		"address not allowed":      {"access_token=far", hello, 310000},
		"address allowed":          {"access_token=near", hello, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(
				t, open(), stage.Robot{Token: "off", Disabled: true}, stage.Robot{Token: "gone", Disbanded: true},
				stage.Robot{Token: "far", AllowIPs: []string{"10.0.0.0/8"}},
				stage.Robot{Token: "near", AllowIPs: []string{"10.0.0.1", "192.0.2.0/24"}},
			)
			require.Equal(t, c.code, r.code(t, c.query, c.body))
			require.Len(t, r.Messages(stage.Filter{}), map[bool]int{true: 1}[c.code == 0])
		})
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	r := newRig(t, open())
	_, out := r.post(t, "access_token=open-robot", hello, "Content-Type", "text/plain")
	require.InDelta(t, 43004, out["errcode"], 0)
}

func TestErrcodeAsString(t *testing.T) {
	t.Parallel()
	robot := open()
	robot.ErrcodeAsString = true
	_, out := newRig(t, robot).post(t, "access_token=open-robot", hello)
	require.Equal(t, "0", out["errcode"])
}

func TestTwentyAMinuteThenBanned(t *testing.T) {
	t.Parallel()
	for limitCode, want := range map[int]int{0: 410100, 410100: 410100, 130101: 130101} {
		robot := open()
		robot.LimitCode = limitCode
		r := newRig(t, robot)
		for i := range 20 {
			require.Zero(t, r.code(t, "access_token=open-robot", hello), i)
			*r.clock = r.clock.Add(time.Second)
		}
		*r.clock = r.clock.Add(39 * time.Second)
		require.Equal(t, want, r.code(t, "access_token=open-robot", hello), "the 21st within 60 s of the first")
		*r.clock = r.clock.Add(10*time.Minute - time.Millisecond)
		require.Equal(t, want, r.code(t, "access_token=open-robot", hello), "still banned")
		*r.clock = r.clock.Add(time.Millisecond)
		require.Zero(t, r.code(t, "access_token=open-robot", hello), "ten minutes are over")
		require.Len(t, r.Messages(stage.Filter{}), 21)
	}
}

func TestWindowSlides(t *testing.T) {
	t.Parallel()
	r := newRig(t, open())
	for range 100 {
		require.Zero(t, r.code(t, "access_token=open-robot", hello))
		*r.clock = r.clock.Add(3 * time.Second)
	}
}

func TestLimitsLifted(t *testing.T) {
	t.Parallel()
	robot := open()
	robot.NoLimits = true
	r := newRig(t, robot)
	for range 50 {
		require.Zero(t, r.code(t, "access_token=open-robot", hello))
	}
}

func TestUUIDFoldsRepeats(t *testing.T) {
	t.Parallel()
	r := newRig(t, open())
	const body = `{"msgtype":"text","msgUuid":"u1","text":{"content":"x"}}`
	require.Zero(t, r.code(t, "access_token=open-robot", body))
	require.Zero(t, r.code(t, "access_token=open-robot", body))
	require.Zero(t, r.code(t, "access_token=open-robot", hello))
	all := r.Messages(stage.Filter{})
	require.Len(t, all, 2)
	require.Equal(t, 1, all[0].Repeats)
}

func TestMentionNeedsListAndText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		id   string
		yes  bool
		why  string
	}{
		"list and text":     {`{"msgtype":"text","text":{"content":"x @13800000001"},"at":{"atMobiles":["13800000001"]}}`, "13800000001", true, ""},
		"in markdown":       {`{"msgtype":"markdown","markdown":{"title":"t","text":"@li_lei"},"at":{"atUserIds":["li_lei"]}}`, "li_lei", true, ""},
		"abroad":            {`{"msgtype":"text","text":{"content":"@+1-4155550100"},"at":{"atMobiles":["+1-4155550100"]}}`, "+1-4155550100", true, ""},
		"only in the list":  {`{"msgtype":"text","text":{"content":"x"},"at":{"atMobiles":["13800000001"]}}`, "13800000001", false, "its @ is not in the text"},
		"only in the title": {`{"msgtype":"markdown","markdown":{"title":"@li_lei","text":"x"},"at":{"atUserIds":["li_lei"]}}`, "li_lei", false, "its @ is not in the text"},
		"with country code": {`{"msgtype":"text","text":{"content":"@+8613800000001"},"at":{"atMobiles":["+8613800000001"]}}`, "+8613800000001", false, "nobody has this id"},
		"not in the group":  {`{"msgtype":"text","text":{"content":"@wang_fang"},"at":{"atUserIds":["wang_fang"]}}`, "wang_fang", false, "not in this group"},
		"everybody":         {`{"msgtype":"text","text":{"content":"x"},"at":{"isAtAll":true}}`, "all", true, ""},
		"a card ignores it": {`{"msgtype":"actionCard","actionCard":{"title":"t","text":"@li_lei","singleTitle":"a","singleURL":"https://a"},"at":{"atUserIds":["li_lei"]}}`, "li_lei", false, "messages of this type mention nobody"},
		"a card and all":    {`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","singleTitle":"a","singleURL":"https://a"},"at":{"isAtAll":true}}`, "all", false, "messages of this type mention nobody"},
	} {
		r := newRig(t, open())
		require.Zero(t, r.code(t, "access_token=open-robot", c.body), name)
		m := r.Messages(stage.Filter{})[0]
		require.Len(t, m.Mentions, 1, name)
		require.Equal(t, c.id, m.Mentions[0].ID, name)
		require.Equal(t, c.yes, m.Mentions[0].Notified, name)
		require.Equal(t, c.why, m.Mentions[0].Why, name)
	}
	r := newRig(t, open())
	require.Zero(t, r.code(t, "access_token=open-robot", `{"msgtype":"text","text":{"content":"@li_lei"}}`))
	require.Empty(t, r.Messages(stage.Filter{})[0].Mentions, "text alone notifies nobody")
}

func TestNoTokenIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, open())
	require.Zero(t, r.code(t, "access_token=open-robot", hello))
	raw, err := json.Marshal([]any{r.Messages(stage.Filter{}), r.View()})
	require.NoError(t, err)
	require.NotContains(t, string(raw), "open-robot")
	require.NotContains(t, string(raw), "SECdemo")
}

func FuzzSend(f *testing.F) {
	f.Add(hello)
	f.Add(`{"msgtype":"feedCard","feedCard":{"links":[null]}}`)
	f.Add(`{"msgtype":"actionCard","actionCard":{"btns":[{}]},"at":{"atMobiles":[""],"isAtAll":true}}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := newRig(t, open())
		code := r.code(t, "access_token=open-robot", body)
		require.Len(t, r.Messages(stage.Filter{}), map[bool]int{true: 1}[code == 0])
	})
}
