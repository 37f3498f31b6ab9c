package feishu_test

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

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/feishu"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const openHook = "open-robot"

type hookRig struct {
	*stage.Stage
	t     *testing.T
	mux   *http.ServeMux
	clock *time.Time
	play  stage.Play
}

func newHookRig(t *testing.T) *hookRig {
	t.Helper()
	clock := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	r := &hookRig{t: t, mux: http.NewServeMux(), clock: &clock}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return clock }})
	require.NoError(t, r.Add(stage.Demo()))
	r.play = feishu.New(r.Stage)
	require.NoError(t, r.play.Add(json.RawMessage(`{"robots":[{"token":"open-robot","group":"open","members":["li_lei"]},
		{"token":"strict-robot","group":"strict","members":["*"],"keywords":["告警"],"allow_ips":["198.51.100.0/24"]},
		{"token":"word-robot","group":"words","members":["*"],"keywords":["告警"]}]}`)))
	r.Mount(r.mux, r.play)
	return r
}

func (r *hookRig) post(token, body string) int {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/open-apis/bot/v2/hook/"+token, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	require.Equal(r.t, http.StatusOK, w.Code, "every answer has HTTP 200")
	var out struct{ Code int }
	require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	return out.Code
}

const said = `"msg_type":"text","content":{"text":"x"}`

func TestKnownRobotSignatures(t *testing.T) {
	raw, err := os.ReadFile("testdata/robot-sign.json")
	require.NoError(t, err)
	var vectors []struct {
		Secret string
		At     int64 `json:"timestamp"`
		Sign   string
	}
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		require.Equal(t, v.Sign, feishu.SignRobot(v.Secret, v.At))
	}
}

func TestARobotChecksWhoAsksAndWhatIsSaid(t *testing.T) {
	r := newHookRig(t)
	const secret = "feishu-robot-demo-secret"
	signed := func(at time.Time, quote string) string {
		return fmt.Sprintf(`{"timestamp":%s%d%s,"sign":%q,%s}`, quote, at.Unix(), quote, feishu.SignRobot(secret, at.Unix()), said)
	}
	for name, c := range map[string]struct {
		token, body string
		want        int
	}{
		"no such robot":     {"other", "{" + said + "}", 19001},
		"not signed":        {"demo-feishu-robot-token", "{" + said + "}", 19021},
		"signed":            {"demo-feishu-robot-token", signed(*r.clock, `"`), 0},
		"time as a number":  {"demo-feishu-robot-token", signed(*r.clock, ""), 0},
		"old":               {"demo-feishu-robot-token", signed(r.clock.Add(-2*time.Hour), `"`), 19021},
		"another address":   {"strict-robot", "{" + said + "}", 19022},
		"no keyword":        {"word-robot", "{" + said + "}", 19024},
		"the keyword":       {"word-robot", `{"msg_type":"text","content":{"text":"一条告警"}}`, 0},
		"no JSON":           {openHook, "{", 9499},
		"no type":           {openHook, "{}", 9499},
		"another type":      {openHook, `{"msg_type":"poem"}`, 9499},
		"a card as string":  {openHook, `{"msg_type":"interactive","card":"{}"}`, 9499},
		"a card as content": {openHook, `{"msg_type":"interactive","content":{}}`, 9499},
		"a post unwrapped":  {openHook, `{"msg_type":"post","content":{"zh_cn":{"title":"t","content":[]}}}`, 9499},
		"a post":            {openHook, `{"msg_type":"post","content":{"post":{"zh_cn":{"title":"t","content":[[{"tag":"text","text":"x"}]]}}}}`, 0},
		"a card":            {openHook, `{"msg_type":"interactive","card":{"header":{"title":{"tag":"plain_text","content":"x"}},"elements":[]}}`, 0},
		"an empty text":     {openHook, `{"msg_type":"text","content":{"text":""}}`, 9499},
		"too long":          {openHook, `{"msg_type":"text","content":{"text":"` + strings.Repeat("x", 20<<10) + `"}}`, 9499},
	} {
		before := len(r.Messages(stage.Filter{}))
		require.Equal(t, c.want, r.post(c.token, c.body), name)
		if c.want != 0 {
			require.Len(t, r.Messages(stage.Filter{}), before, name)
		}
		*r.clock = r.clock.Add(time.Second)
	}
	require.NotContains(t, fmt.Sprint(r.Messages(stage.Filter{})), "demo-feishu-robot-token", "the inbox shows no token")
}

func TestFiveASecondAndAHundredAMinute(t *testing.T) {
	r := newHookRig(t)
	taken := 0
	for i := range 130 {
		if r.post(openHook, "{"+said+"}") == 0 {
			taken++
		} else if i < 5 {
			require.Fail(t, "refused too early")
		}
		if i%5 == 4 {
			require.Equal(t, 11232, r.post(openHook, "{"+said+"}"), "the sixth in a second")
			*r.clock = r.clock.Add(time.Second)
		}
	}
	require.Equal(t, 100, taken)
}

func TestWhomARobotNotifies(t *testing.T) {
	r := newHookRig(t)
	require.Zero(t, r.post(openHook, `{"msg_type":"text","content":{"text":"<at user_id=\"ou_demo_lilei\">李雷</at><at user_id=\"ou_demo_wangfang\">x</at><at user_id=\"li_lei\">x</at><at user_id=\"all\">x</at>"}}`))
	got := map[string]string{}
	for _, m := range r.Messages(stage.Filter{})[0].Mentions {
		got[m.ID] = strconv.FormatBool(m.Notified) + m.Why
	}
	require.Equal(t, map[string]string{"ou_demo_lilei": "true", "ou_demo_wangfang": "falsenot in this group", "li_lei": "falsenobody has this id", "all": "true"}, got)
}

func TestTheRobotsAreStrictAndShowNoSecret(t *testing.T) {
	r := newHookRig(t)
	for _, bad := range []string{`{"x":1}`, `{"robots":[{"token":"k"}]}`, `[]`} {
		require.Error(t, r.play.Add(json.RawMessage(bad)), bad)
	}
	raw, err := json.Marshal(r.play.View())
	require.NoError(t, err)
	require.NotContains(t, string(raw), "feishu-robot-demo-secret")
	require.NotContains(t, string(raw), "demo-feishu-robot-token")
	require.NoError(t, r.SetFaults(stage.Fault{Kind: stage.FaultLimited}))
	require.Equal(t, 11232, r.post(openHook, "{"+said+"}"))
}

func FuzzRobot(f *testing.F) {
	f.Add("{" + said + "}")
	f.Add(`{"msg_type":"interactive","card":{"elements":[{"tag":"markdown","content":"<at id=all></at>"}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := newHookRig(t)
		if r.post(openHook, body) != 0 {
			require.Empty(t, r.Messages(stage.Filter{}))
		}
	})
}
