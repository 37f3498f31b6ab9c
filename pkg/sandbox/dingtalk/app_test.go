package dingtalk_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/dingtalk"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const (
	pathPeople = "oToMessages/batchSend"
	pathGroup  = "groupMessages/send"
	hi         = `"robotCode":"dingdemo","msgKey":"sampleText","msgParam":"{\"content\":\"hi\"}"`
)

type appRig struct {
	*stage.Stage
	t     *testing.T
	mux   *http.ServeMux
	clock *time.Time
	play  stage.Play
	token string
}

func newAppRig(t *testing.T) *appRig {
	t.Helper()
	clock := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	r := &appRig{t: t, mux: http.NewServeMux(), clock: &clock}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return clock }})
	require.NoError(t, r.Add(stage.Demo()))
	r.play = dingtalk.New(r.Stage)
	r.Mount(r.mux, r.play)
	r.login()
	return r
}

func (r *appRig) login() {
	r.t.Helper()
	status, got := r.call(http.MethodPost, "/v1.0/oauth2/accessToken", `{"appKey":"dingdemo","appSecret":"dingtalk-demo-secret"}`)
	require.Equal(r.t, http.StatusOK, status, got)
	r.token, _ = got["accessToken"].(string)
	require.NotEmpty(r.t, r.token)
}

func (r *appRig) call(method, path, body string) (int, map[string]any) {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Acs-Dingtalk-Access-Token", r.token)
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	var out map[string]any
	require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	return w.Code, out
}

func (r *appRig) post(path, body string) (int, map[string]any) {
	r.t.Helper()
	return r.call(http.MethodPost, "/v1.0/robot/"+path, body)
}

// mustPost is for what DingTalk takes.
func (r *appRig) mustPost(path, body string) map[string]any {
	r.t.Helper()
	status, out := r.post(path, body)
	require.Equal(r.t, http.StatusOK, status, out)
	return out
}

func (r *appRig) set(app string) {
	r.t.Helper()
	require.NoError(r.t, r.play.Add(json.RawMessage(`{"apps":[{"app_key":"dingdemo","app_secret":"dingtalk-demo-secret","name":"n","visible":["li_lei"],`+app+`}]}`)))
}

func (r *appRig) arrived() []stage.Message { return r.Messages(stage.Filter{}) }

func TestWhatAnAppIsRefused(t *testing.T) {
	crowd := `["` + strings.Repeat(`u","`, 20) + `u"]`
	for name, c := range map[string]struct {
		path, body string
		status     int
		want       string
	}{
		"no JSON":                 {pathPeople, `{`, 400, "invalidParameter"},
		"another robot":           {pathPeople, strings.Replace("{"+hi+`,"userIds":["li_lei"]}`, "dingdemo", "x", 1), 400, "invalidParameter.robotCode.notExsit"},
		"nobody":                  {pathPeople, "{" + hi + "}", 400, "miss.staffId"},
		"too many":                {pathPeople, "{" + hi + `,"userIds":` + crowd + "}", 400, "too.many.people"},
		"another template":        {pathPeople, strings.Replace("{"+hi+`,"userIds":["li_lei"]}`, "sampleText", "poem", 1), 400, "invalidParameter.msgKey"},
		"param is an object":      {pathPeople, `{"robotCode":"dingdemo","msgKey":"sampleText","msgParam":{"content":"x"},"userIds":["li_lei"]}`, 400, "invalidParameter"},
		"an empty text":           {pathPeople, `{"robotCode":"dingdemo","msgKey":"sampleText","msgParam":"{}","userIds":["li_lei"]}`, 400, "invalidParameter.msgParam"},
		"markdown without text":   {pathPeople, `{"robotCode":"dingdemo","msgKey":"sampleMarkdown","msgParam":"{\"title\":\"t\"}","userIds":["li_lei"]}`, 400, "invalidParameter.msgParam"},
		"a card without a link":   {pathPeople, `{"robotCode":"dingdemo","msgKey":"sampleActionCard","msgParam":"{\"title\":\"t\",\"text\":\"x\"}","userIds":["li_lei"]}`, 400, "invalidParameter.msgParam"},
		"a long param":            {pathGroup, `{"robotCode":"dingdemo","openConversationId":"cidDemo==","msgKey":"sampleText","msgParam":"{\"content\":\"` + strings.Repeat("字", 5000) + `\"}"}`, 400, "invalidParameter.msgParam"},
		"no conversation":         {pathGroup, "{" + hi + "}", 400, "miss.openConversationId"},
		"another conversation":    {pathGroup, "{" + hi + `,"openConversationId":"x"}`, 400, "invalid.openConversationId"},
		"a DING by pigeon":        {"ding/send", `{"robotCode":"dingdemo","remindType":4,"receiverUserIdList":["li_lei"],"content":"x"}`, 400, "invalidParameter.remindType"},
		"a DING to nobody":        {"ding/send", `{"robotCode":"dingdemo","remindType":1,"content":"x"}`, 400, "miss.staffId"},
		"calls to a crowd":        {"ding/send", `{"robotCode":"dingdemo","remindType":3,"content":"x","receiverUserIdList":` + crowd + "}", 400, "ding.receivercount.limit"},
		"a DING without words":    {"ding/send", `{"robotCode":"dingdemo","remindType":1,"receiverUserIdList":["li_lei"]}`, 400, "invalidParameter.content"},
		"a DING of another robot": {"ding/send", `{"robotCode":"x","remindType":1,"receiverUserIdList":["li_lei"],"content":"x"}`, 400, "invalid.chatbotId"},
		"an unknown DING":         {"ding/recall", `{"robotCode":"dingdemo","openDingId":"x"}`, 400, "invalidParameter.openDingId"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newAppRig(t)
			status, out := r.post(c.path, c.body)
			require.Equal(t, c.status, status, out)
			require.Equal(t, c.want, out["code"], out)
			require.Empty(t, r.arrived())
		})
	}
}

func TestAnAppProvesWhoItIs(t *testing.T) {
	r := newAppRig(t)
	good := r.token
	status, out := r.call(http.MethodPost, "/v1.0/oauth2/accessToken", `{"appKey":"dingdemo","appSecret":"x"}`)
	require.Equal(t, 400, status)
	require.Equal(t, "invalidClientIdOrSecret", out["code"])

	send := "{" + hi + `,"userIds":["li_lei"]}`
	r.token = "x"
	status, out = r.post(pathPeople, send)
	require.Equal(t, 401, status)
	require.Equal(t, "InvalidAuthentication", out["code"])
	_, out = r.call(http.MethodPost, "/topapi/v2/user/getbymobile?access_token=x", `{"mobile":"13800000001"}`)
	require.InDelta(t, 40014, out["errcode"], 0)

	*r.clock = r.clock.Add(time.Hour)
	r.login()
	require.Equal(t, good, r.token, "the same one while it lasts")
	*r.clock = r.clock.Add(119 * time.Minute)
	r.mustPost(pathPeople, send)
	*r.clock = r.clock.Add(2 * time.Minute)
	status, _ = r.post(pathPeople, send)
	require.Equal(t, 401, status, "it was extended to two hours once more")
	_, out = r.call(http.MethodPost, "/topapi/v2/user/getbymobile?access_token="+good, `{"mobile":"13800000001"}`)
	require.InDelta(t, 42001, out["errcode"], 0)
}

func TestWhoIsLeftOutIsInAnAnswerThatLooksLikeSuccess(t *testing.T) {
	r := newAppRig(t)
	r.set(`"ding_sms":1,"ding_phone":0,"flow_controlled":["li_lei"]`)
	out := r.mustPost(pathPeople, "{"+hi+`,"userIds":["li_lei","wang_fang"]}`)
	require.Equal(t, []any{"li_lei"}, out["flowControlledStaffIdList"])
	require.Equal(t, []any{"wang_fang"}, out["invalidStaffIdList"], "out of the app's range")
	require.Empty(t, r.arrived())
	out = r.mustPost("ding/send", `{"robotCode":"dingdemo","remindType":1,"receiverUserIdList":["li_lei","wang_fang"],"content":"x"}`)
	require.Equal(t, map[string]any{"not in the app's range": []any{"wang_fang"}}, out["failedList"])
	require.Len(t, r.arrived(), 1)
	require.EqualValues(t, 1, r.Figures().Urgents["app"])

	sms := `{"robotCode":"dingdemo","remindType":2,"receiverUserIdList":["li_lei"],"content":"x"}`
	r.mustPost("ding/send", sms)
	status, out := r.post("ding/send", sms)
	require.Equal(t, 400, status)
	require.Equal(t, "ding.serverquota.insufficient", out["code"], "one was paid for")
}

func TestARightThatNobodyGranted(t *testing.T) {
	r := newAppRig(t)
	r.set(`"ding_sms":0,"ding_phone":0,"lacks":["qyapi_robot_sendmsg","qyapi_get_member_by_mobile"]`)
	status, out := r.post(pathPeople, "{"+hi+`,"userIds":["li_lei"]}`)
	require.Equal(t, 403, status)
	require.Equal(t, "Forbidden.AccessDenied.AccessTokenPermissionDenied", out["code"])
	_, out = r.call(http.MethodPost, "/topapi/v2/user/getbymobile?access_token="+r.token, `{"mobile":"13800000001"}`)
	require.InDelta(t, 88, out["errcode"], 0)
}

func TestTwentyASecondAndSoManyAMonth(t *testing.T) {
	r := newAppRig(t)
	require.NoError(t, r.play.Add(json.RawMessage(`{"monthly_calls":21}`)))
	send := "{" + hi + `,"userIds":["li_lei"]}`
	for range 20 {
		r.mustPost(pathPeople, send)
	}
	status, out := r.post(pathPeople, send)
	require.Equal(t, 403, status)
	require.Equal(t, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", out["code"])
	r.mustPost(pathGroup, "{"+hi+`,"openConversationId":"cidDemo=="}`)
	*r.clock = r.clock.Add(time.Second)
	status, out = r.post(pathPeople, send)
	require.Equal(t, 403, status)
	require.Equal(t, "Forbidden.AccessDenied.ApiCountLimitForOrg", out["code"])
	_, out = r.call(http.MethodPost, "/topapi/v2/user/getbymobile?access_token="+r.token, `{"mobile":"13800000001"}`)
	require.InDelta(t, 0, out["errcode"], 0, "looking people up does not count")
	*r.clock = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	r.login()
	r.mustPost(pathPeople, send)
}

func TestMessagesAreReadAndTakenBack(t *testing.T) {
	r := newAppRig(t)
	query, _ := r.mustPost(pathPeople, "{"+hi+`,"userIds":["li_lei","han_meimei"]}`)["processQueryKey"].(string)
	chat, _ := r.mustPost(pathGroup, "{"+hi+`,"openConversationId":"cidDemo=="}`)["processQueryKey"].(string)
	require.Len(t, r.arrived(), 3)
	require.True(t, r.MarkRead(r.arrived()[0].ID, "li_lei"))
	_, out := r.call(http.MethodGet, "/v1.0/robot/oToMessages/readStatus?robotCode=dingdemo&processQueryKey="+query, "")
	raw, err := json.Marshal(out)
	require.NoError(t, err)
	require.JSONEq(t, fmt.Sprintf(`{"sendStatus":"SUCCESS","messageReadInfoList":[
		{"name":"李雷","userId":"li_lei","readStatus":"READ","readTimestamp":%d},{"name":"韩梅梅","userId":"han_meimei","readStatus":"UNREAD"}]}`, r.clock.UnixMilli()), string(raw))

	recall := func(path, more string, key string) map[string]any {
		return r.mustPost(path, fmt.Sprintf(`{"robotCode":"dingdemo","processQueryKeys":[%q]%s}`, key, more))
	}
	require.Contains(t, recall("otoMessages/batchRecall", "", chat)["failedResult"], chat, "a group's message is another call's")
	require.Equal(t, []any{query}, recall("otoMessages/batchRecall", "", query)["successResult"])
	*r.clock = r.clock.Add(25 * time.Hour)
	r.login()
	late := recall("groupMessages/recall", `,"openConversationId":"cidDemo=="`, chat)
	require.Equal(t, map[string]any{chat: "the message is older than 24 hours"}, late["failedResult"])
	var gone int
	for _, m := range r.arrived() {
		if m.Recalled != nil {
			gone++
		}
	}
	require.Equal(t, 2, gone)
}

func TestADingRingsUntilItIsTakenBack(t *testing.T) {
	r := newAppRig(t)
	ding, _ := r.mustPost("ding/send", `{"robotCode":"dingdemo","remindType":3,"receiverUserIdList":["li_lei"],"content":"电话"}`)["openDingId"].(string)
	m := r.arrived()[0]
	require.Equal(t, "phone", m.Urgents[0].Mode)
	require.Nil(t, m.Recalled)
	r.mustPost("ding/recall", fmt.Sprintf(`{"robotCode":"dingdemo","openDingId":%q}`, ding))
	require.NotNil(t, r.arrived()[0].Recalled)
}

func TestMembersAreFoundByMobile(t *testing.T) {
	r := newAppRig(t)
	find := func(mobile string) map[string]any {
		_, out := r.call(http.MethodPost, "/topapi/v2/user/getbymobile?access_token="+r.token, fmt.Sprintf(`{"mobile":%q}`, mobile))
		return out
	}
	require.Equal(t, "li_lei", find("13800000001")["result"].(map[string]any)["userid"])
	for mobile, want := range map[string]int{"13899999999": 60121, "13800000009": 60121, "one": 40104, "": 40104} {
		require.InDelta(t, want, find(mobile)["errcode"], 0, mobile)
	}
}

func TestFaultsAnswerAsTheAPIThatIsCalled(t *testing.T) {
	r := newAppRig(t)
	send := "{" + hi + `,"userIds":["li_lei"]}`
	for _, c := range []struct {
		fault  stage.Fault
		status int
		want   string
	}{
		{stage.Fault{Kind: stage.FaultCode, Code: "send.too.fast", Times: 1}, 400, "send.too.fast"},
		{stage.Fault{Kind: stage.FaultLimited, Times: 1}, 403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"},
		{stage.Fault{Kind: stage.FaultExpired, Times: 1}, 401, "InvalidAuthentication"},
	} {
		require.NoError(t, r.SetFaults(c.fault))
		status, out := r.post(pathPeople, send)
		require.Equal(t, c.status, status)
		require.Equal(t, c.want, out["code"])
	}
	require.Empty(t, r.arrived())
}

func TestTheCompanyIsStrictAndShowsNoSecret(t *testing.T) {
	r := newAppRig(t)
	for _, bad := range []string{`{"x":1}`, `{"apps":[{"app_key":"k"}]}`, `{"groups":[{"open_conversation_id":"c"}]}`, `[]`} {
		require.Error(t, r.play.Add(json.RawMessage(bad)), bad)
	}
	require.NoError(t, r.play.Add(json.RawMessage(`{"groups":[{"open_conversation_id":"cid2","name":"散了的群","robots":["dingdemo"],"dissolved":true}]}`)))
	_, out := r.post(pathGroup, "{"+hi+`,"openConversationId":"cid2"}`)
	require.Equal(t, "group.disbanded", out["code"])
	raw, err := json.Marshal(r.play.View())
	require.NoError(t, err)
	require.NotContains(t, string(raw), "dingtalk-demo-secret")
	require.Contains(t, string(raw), "散了的群")
}

func FuzzApp(f *testing.F) {
	f.Add("{" + hi + `,"userIds":["li_lei"],"openConversationId":"cidDemo=="}`)
	f.Add(`{"robotCode":"dingdemo","remindType":3,"receiverUserIdList":["li_lei"],"content":"x"}`)
	f.Add(`{"robotCode":"dingdemo","processQueryKeys":["x"]}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := newAppRig(t)
		for _, path := range []string{pathPeople, pathGroup, "ding/send", "ding/recall", "otoMessages/batchRecall", "groupMessages/recall"} {
			before := len(r.arrived())
			if status, _ := r.post(path, body); status != http.StatusOK {
				require.Len(t, r.arrived(), before)
			}
		}
	})
}
