package wecom_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/wecom"
)

type rig struct {
	*stage.Stage
	t     *testing.T
	mux   *http.ServeMux
	clock *time.Time
	play  stage.Play
	token string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	clock := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	r := &rig{t: t, mux: http.NewServeMux(), clock: &clock}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return clock }})
	require.NoError(t, r.Add(stage.Demo()))
	r.play = wecom.New(r.Stage)
	r.Mount(r.mux, r.play)
	r.login()
	return r
}

func (r *rig) login() {
	r.t.Helper()
	got := r.call(http.MethodGet, "gettoken?corpid=wwdemo&corpsecret=wecom-demo-secret", "")
	token, _ := got["access_token"].(string)
	require.NotEmpty(r.t, token)
	r.token = token
}

func (r *rig) call(method, path, body string) map[string]any {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), method, "/cgi-bin/"+path, strings.NewReader(body))
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	require.Equal(r.t, http.StatusOK, w.Code, "every answer has HTTP 200")
	var out map[string]any
	require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	return out
}

func (r *rig) post(path, body string) map[string]any {
	r.t.Helper()
	return r.call(http.MethodPost, path+"?access_token="+r.token, body)
}

func code(out map[string]any) int {
	n, ok := out["errcode"].(float64)
	if !ok {
		return -999
	}
	return int(n)
}

func text(to, words string) string {
	raw, err := json.Marshal(map[string]any{"touser": to, "agentid": 1000002, "msgtype": "text", "text": map[string]string{"content": words}})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

const card = `{"touser":"li_lei","agentid":1000002,"msgtype":"template_card","template_card":{"card_type":"text_notice","task_id":"%s",
	"main_title":{"title":"t"},"action_menu":{"desc":"d","action_list":[{"text":"ok","key":"k"}]},"card_action":{"type":1,"url":"https://x"}}}`

func TestWhatIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		path, body string
		want       int
	}{
		"no token":               {"message/send", text("li_lei", "x"), 41001},
		"another token":          {"message/send?access_token=x", text("li_lei", "x"), 40014},
		"no agent":               {"message/send?", `{"touser":"a","msgtype":"text","text":{"content":"x"}}`, 41011},
		"another app's agent":    {"message/send?", strings.Replace(text("li_lei", "x"), "1000002", "7", 1), 301002},
		"nobody":                 {"message/send?", text("", "x"), 82001},
		"everybody unknown":      {"message/send?", text("nobody|zhao_liu", "x"), 81013},
		"no content":             {"message/send?", text("li_lei", ""), 44004},
		"another form":           {"message/send?", `{"touser":"li_lei","agentid":1000002,"msgtype":"poem"}`, 40008},
		"no JSON":                {"message/send?", `{`, 40058},
		"a textcard without url": {"message/send?", `{"touser":"li_lei","agentid":1000002,"msgtype":"textcard","textcard":{"title":"t","description":"d"}}`, 40058},
		"a long description":     {"message/send?", `{"touser":"li_lei","agentid":1000002,"msgtype":"textcard","textcard":{"title":"t","url":"u","description":"` + strings.Repeat("x", 513) + `"}}`, 45002},
		"a card without task_id": {"message/send?", fmt.Sprintf(card, ""), 40058},
		"a task_id with a blank": {"message/send?", fmt.Sprintf(card, "a b"), 40058},
		"a wrong mobile":         {"user/getuserid?", `{"mobile":"one"}`, 60103},
		"an unknown mobile":      {"user/getuserid?", `{"mobile":"13899999999"}`, 46004},
		"an e-mail without type": {"user/get_userid_by_email?", `{"email":"a@b"}`, 40058},
		"an unknown message":     {"message/recall?", `{"msgid":"x"}`, 40058},
		"an unknown card":        {"message/update_template_card?", strings.Replace(fmt.Sprintf(card, "k"), `"touser":"li_lei"`, `"userids":["li_lei"],"response_code":"x"`, 1), 40058},
		"a card for nobody":      {"message/update_template_card?", `{"agentid":1000002,"response_code":"x","template_card":{}}`, 82001},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			path := c.path
			if strings.HasSuffix(path, "?") {
				path += "access_token=" + r.token
			}
			require.Equal(t, c.want, code(r.call(http.MethodPost, path, c.body)))
			require.Empty(t, r.Messages(stage.Filter{}))
		})
	}
	r := newRig(t)
	require.Equal(t, 40013, code(r.call(http.MethodGet, "gettoken?corpid=x&corpsecret=wecom-demo-secret", "")))
	require.Equal(t, 40001, code(r.call(http.MethodGet, "gettoken?corpid=wwdemo&corpsecret=x", "")))
}

func TestTokensLastTwoHours(t *testing.T) {
	r := newRig(t)
	first := r.token
	*r.clock = r.clock.Add(time.Hour)
	r.login()
	require.Equal(t, first, r.token, "the same one while it lasts")
	*r.clock = r.clock.Add(time.Hour + time.Second)
	require.Equal(t, 42001, code(r.post("message/send", text("li_lei", "x"))))
	r.login()
	require.NotEqual(t, first, r.token)
	require.Zero(t, code(r.post("message/send", text("li_lei", "x"))))
}

func TestWhoIsLeftOutIsNamedInLowerCase(t *testing.T) {
	r := newRig(t)
	out := r.post("message/send", text("Li_Lei|ZHAO_LIU|John", "x"))
	require.Zero(t, code(out))
	require.Equal(t, "zhao_liu", out["invaliduser"])
	require.Equal(t, "john", out["unlicenseduser"])
	require.Len(t, r.Messages(stage.Filter{}), 1)
	out = r.post("message/send", `{"toparty":"1|9","totag":"1|8","agentid":1000002,"msgtype":"markdown","markdown":{"content":"x"}}`)
	require.Equal(t, "9", out["invalidparty"])
	require.Equal(t, "8", out["invalidtag"])
	require.Len(t, r.Messages(stage.Filter{}), 3)
	require.Zero(t, code(r.post("message/send", text("@all", "x"))))
}

func TestTheThirtyFirstInAMinuteIsDroppedWithoutAWord(t *testing.T) {
	r := newRig(t)
	for i := range 35 {
		require.Zero(t, code(r.post("message/send", text("li_lei", strconv.Itoa(i)))))
	}
	require.Len(t, r.Messages(stage.Filter{}), 30)
	*r.clock = r.clock.Add(time.Minute)
	require.Zero(t, code(r.post("message/send", text("li_lei", "later"))))
	require.Len(t, r.Messages(stage.Filter{}), 31)
}

func TestEqualRequestsAreOne(t *testing.T) {
	r := newRig(t)
	body := strings.Replace(text("li_lei", "x"), `"msgtype"`, `"enable_duplicate_check":1,"duplicate_check_interval":600,"msgtype"`, 1)
	first := r.post("message/send", body)
	require.Equal(t, first["msgid"], r.post("message/send", body)["msgid"])
	require.Len(t, r.Messages(stage.Filter{}), 1)
	*r.clock = r.clock.Add(11 * time.Minute)
	require.NotEqual(t, first["msgid"], r.post("message/send", body)["msgid"])
	require.Len(t, r.Messages(stage.Filter{}), 2)
}

func TestLongTextsAreCutWithoutAWord(t *testing.T) {
	r := newRig(t)
	require.Zero(t, code(r.post("message/send", text("li_lei", strings.Repeat("汉", 700)))))
	require.Contains(t, string(r.Messages(stage.Filter{})[0].Content), "\uFFFD", "in the middle of a character")
}

func TestACardIsUpdatedOnceAndAMessageRecalled(t *testing.T) {
	r := newRig(t)
	out := r.post("message/send", fmt.Sprintf(card, "k1"))
	responseCode, _ := out["response_code"].(string)
	require.NotEmpty(t, responseCode)
	next := strings.Replace(fmt.Sprintf(card, "k2"), `"touser":"li_lei"`, `"userids":["li_lei"],"response_code":"`+responseCode+`"`, 1)
	next = strings.Replace(next, `"title":"t"`, `"title":"resolved"`, 1)
	require.Zero(t, code(r.post("message/update_template_card", next)))
	require.Contains(t, string(r.Messages(stage.Filter{})[0].Content), "resolved")
	require.Equal(t, 40058, code(r.post("message/update_template_card", next)), "once")
	recall := fmt.Sprintf(`{"msgid":%q}`, out["msgid"])
	*r.clock = r.clock.Add(time.Hour)
	require.Zero(t, code(r.post("message/recall", recall)))
	require.NotNil(t, r.Messages(stage.Filter{})[0].Recalled)
	late := r.post("message/send", text("li_lei", "late"))
	*r.clock = r.clock.Add(25 * time.Hour)
	r.login()
	require.Equal(t, 40058, code(r.post("message/recall", fmt.Sprintf(`{"msgid":%q}`, late["msgid"]))))
}

func TestPeopleAreFound(t *testing.T) {
	r := newRig(t)
	require.Equal(t, "li_lei", r.post("user/getuserid", `{"mobile":"13800000001"}`)["userid"])
	require.Equal(t, "john", r.post("user/getuserid", `{"mobile":"+14155550100"}`)["userid"])
	require.Equal(t, "li_lei", r.post("user/get_userid_by_email", `{"email":"LiLei@example.com","email_type":1}`)["userid"])
	require.Equal(t, "li_lei", r.post("user/get_userid_by_email", `{"email":"lilei@corp.example.com","email_type":2}`)["userid"])
	require.Equal(t, 46004, code(r.post("user/getuserid", `{"mobile":"13800000009"}`)), "who left is not found")
}

func TestAnAddressMustBeTrusted(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.play.Add(json.RawMessage(`{"apps":[{"agent_id":1000002,"corp_secret":"wecom-demo-secret","name":"x","visible":["*"],"trusted_ips":["198.51.100.1"]}]}`)))
	out := r.post("message/send", text("li_lei", "x"))
	require.Equal(t, 60020, code(out))
	require.Contains(t, out["errmsg"], "from ip: 192.0.2.1")
}

func TestTheWorldIsStrictAndShowsNoSecret(t *testing.T) {
	r := newRig(t)
	for _, bad := range []string{`{"x":1}`, `{"apps":[{"agent_id":0,"corp_secret":"x"}]}`, `{"robots":[{"key":""}]}`, `[]`} {
		require.Error(t, r.play.Add(json.RawMessage(bad)), bad)
	}
	require.NoError(t, r.play.Add(json.RawMessage(`{"corp_id":"ww2","unlicensed":["han_meimei"],"apps":[{"agent_id":5,"corp_secret":"s","name":"n","visible":[]}]}`)))
	raw, err := json.Marshal(r.play.View())
	require.NoError(t, err)
	require.NotContains(t, string(raw), "wecom-demo-secret")
	require.NotContains(t, string(raw), "demo-wecom-robot-key")
	require.Contains(t, string(raw), `"corp_id":"ww2"`)
}

func FuzzSend(f *testing.F) {
	f.Add(text("li_lei", "x"))
	f.Add(fmt.Sprintf(card, "k"))
	f.Fuzz(func(t *testing.T, body string) {
		r := newRig(t)
		if code(r.post("message/send", body)) != 0 {
			require.Empty(t, r.Messages(stage.Filter{}))
		}
	})
}

func (r *rig) robot(key, body string) int {
	r.t.Helper()
	return code(r.call(http.MethodPost, "webhook/send?key="+key, body))
}

func TestARobotIsKnownByItsKeyAndSpeaksTwentyTimesAMinute(t *testing.T) {
	const key = "demo-wecom-robot-key"
	r := newRig(t)
	long := func(form string, n int) string {
		return fmt.Sprintf(`{"msgtype":%q,%q:{"content":%q}}`, form, form, strings.Repeat("x", n))
	}
	require.Equal(t, 93000, r.robot("x", long("text", 1)))
	for body, want := range map[string]int{
		`{}`: 40008, `{`: 40058, `{"msgtype":"text"}`: 44004, `{"msgtype":"markdown","text":{"content":"x"}}`: 44004, `{"msgtype":"news"}`: 40008,
		long("text", 2049): 40058, long("markdown", 4097): 40058, long("markdown_v2", 4097): 40058,
	} {
		require.Equal(t, want, r.robot(key, body), body)
	}
	require.Empty(t, r.Messages(stage.Filter{}))
	*r.clock = r.clock.Add(time.Minute)
	for range 20 {
		require.Zero(t, r.robot(key, long("text", 2048)))
	}
	require.Equal(t, 45009, r.robot(key, long("markdown", 4096)))
	*r.clock = r.clock.Add(time.Minute)
	require.Zero(t, r.robot(key, long("markdown_v2", 4096)))
	require.Len(t, r.Messages(stage.Filter{}), 21)
}

func TestWhomARobotNotifies(t *testing.T) {
	r := newRig(t)
	notified := func(body string) map[string]string {
		require.Zero(t, r.robot("demo-wecom-robot-key", body))
		all := r.Messages(stage.Filter{})
		out := map[string]string{}
		for _, m := range all[len(all)-1].Mentions {
			out[m.ID] = m.Why
		}
		return out
	}
	require.Equal(t, map[string]string{"LI_LEI": "", "@all": "", "wang_fang": "not in this group", "ghost": "nobody has this id", "13800000002": "", "13899999999": "nobody has this id"},
		notified(`{"msgtype":"text","text":{"content":"x","mentioned_list":["LI_LEI","@all","wang_fang","ghost"],"mentioned_mobile_list":["13800000002","13899999999"]}}`))
	require.Equal(t, map[string]string{"li_lei": "", "ghost": "nobody has this id"}, notified(`{"msgtype":"markdown","markdown":{"content":"x <@li_lei> <@ghost> @han_meimei"}}`))
	require.Empty(t, notified(`{"msgtype":"markdown_v2","markdown_v2":{"content":"x <@li_lei>"}}`), "markdown_v2 mentions nobody")
}

func TestEmergencyCallsRingAndAreAnsweredOrNot(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.play.Add(json.RawMessage(`{"silent":["han_meimei"]}`)))
	out := r.post("pstncc/call", `{"callee_userid":["Li_Lei","han_meimei","zhao_liu"]}`)
	require.Zero(t, code(out))
	states, _ := out["states"].([]any)
	ids := map[string]string{}
	for _, s := range states {
		one, _ := s.(map[string]any)
		ids[fmt.Sprint(one["userid"])] = fmt.Sprint(one["callid"], " ", one["code"])
	}
	require.Contains(t, ids["zhao_liu"], "60111")
	ask := func(user string) string {
		call, _, _ := strings.Cut(ids[user], " ")
		got := r.post("pstncc/getstates", fmt.Sprintf(`{"callee_userid":%q,"callid":%q}`, user, call))
		require.Zero(t, code(got))
		return fmt.Sprint(got["istalked"], got["reason"])
	}
	require.Equal(t, "0 0", ask("Li_Lei"), "it rings")
	*r.clock = r.clock.Add(time.Minute)
	require.Equal(t, "1 0", ask("Li_Lei"))
	require.Equal(t, "0 4", ask("han_meimei"))
	require.Len(t, r.Messages(stage.Filter{}), 2)
	for range 2 {
		r.post("pstncc/call", `{"callee_userid":["Li_Lei"]}`)
	}
	out = r.post("pstncc/call", `{"callee_userid":["Li_Lei"]}`)
	fourth, _ := out["states"].([]any)[0].(map[string]any)
	ids["Li_Lei"] = fmt.Sprint(fourth["callid"], " ")
	*r.clock = r.clock.Add(time.Minute)
	require.Equal(t, "0 13", ask("Li_Lei"), "three in eight minutes")
	require.Len(t, r.Messages(stage.Filter{}), 4)
	require.Equal(t, 40058, code(r.post("pstncc/getstates", `{"callee_userid":"li_lei","callid":"x"}`)))
	require.Equal(t, 40063, code(r.post("pstncc/call", `{}`)))
	require.Equal(t, 40063, code(r.post("pstncc/getstates", `{}`)))
	require.NoError(t, r.play.Add(json.RawMessage(`{"calls":1}`)))
	require.Equal(t, 301051, code(r.post("pstncc/call", `{"callee_userid":["li_lei","han_meimei"]}`)))
	require.NoError(t, r.play.Add(json.RawMessage(`{"apps":[{"agent_id":7,"corp_secret":"other","name":"n","visible":["*"]}]}`)))
	got := r.call(http.MethodGet, "gettoken?corpid=wwdemo&corpsecret=other", "")
	r.token, _ = got["access_token"].(string)
	require.Equal(t, 301049, code(r.post("pstncc/call", `{"callee_userid":["li_lei"]}`)))
}

func FuzzRobot(f *testing.F) {
	f.Add(`{"msgtype":"text","text":{"content":"x","mentioned_list":["@all"]}}`)
	f.Add(`{"msgtype":"markdown","markdown":{"content":"<@li_lei>"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := newRig(t)
		if r.robot("demo-wecom-robot-key", body) != 0 {
			require.Empty(t, r.Messages(stage.Filter{}))
		}
		r.post("pstncc/call", body)
	})
}
