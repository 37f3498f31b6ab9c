package mediatype_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/mediatype"
)

// scripted is what a run of the webhook's script did. Zabbix's own engine runs it in pkg/e2e.
type scripted struct {
	Result   string
	Thrown   string
	Requests []struct {
		URL, Proxy string
		Headers    []string
		Body       map[string]string
	}
}

type answers struct {
	Script      string            `json:"script"`
	Value       map[string]string `json:"value"`
	Status      int               `json:"status"`
	Answer      string            `json:"answer"`
	Unreachable bool              `json:"unreachable"`
}

func webhook(t *testing.T, a answers) (s scripted) {
	t.Helper()
	a.Script = mediatype.Type{Way: mediatype.Webhook}.Script()
	in, err := json.Marshal(a)
	require.NoError(t, err)
	node := exec.CommandContext(t.Context(), "node", "testdata/harness.js")
	node.Stdin = bytes.NewReader(in)
	out, err := node.Output()
	require.NoError(t, err, string(out))
	require.NoError(t, json.Unmarshal(out, &s))
	return s
}

func problem(more map[string]string) map[string]string {
	params := map[string]string{
		"sendto": "账号/chat:oc 1?", "event": "7", "value": "1", "update": "0", "lang": "zh", "name": "磁盘\"将满\n",
		"yunluo_url": "http://yunluo:9095/", "yunluo_token": "t0ken", "yunluo_wait": "3s", "yunluo_proxy": "",
	}
	maps.Copy(params, more)
	return params
}

func TestTheWebhookPostsAndReturnsTags(t *testing.T) {
	s := webhook(t, answers{Value: problem(nil), Status: 202, Answer: `{"state":"waiting","tags":{"yunluo_url":"https://y/groups/1"}}`})
	require.Empty(t, s.Thrown)
	require.JSONEq(t, `{"tags":{"yunluo_url":"https://y/groups/1"}}`, s.Result)
	r := s.Requests[0]
	require.Equal(t, "http://yunluo:9095/api/v1/zabbix/%E8%B4%A6%E5%8F%B7%2Fchat%3Aoc%201%3F?wait=3s", r.URL)
	require.Contains(t, r.Headers, "Authorization: Bearer t0ken")
	require.Contains(t, r.Headers, "Accept-Language: zh")
	require.Empty(t, r.Proxy)
	require.Equal(t, map[string]string{"sendto": "账号/chat:oc 1?", "event": "7", "value": "1", "update": "0", "lang": "zh", "name": "磁盘\"将满\n"}, r.Body, "its own parameters stay with it")
	for _, more := range []map[string]string{{"update": "1"}, {"value": "0"}} {
		s := webhook(t, answers{Value: problem(more), Status: 200, Answer: `{"tags":{"yunluo_url":"x"}}`})
		require.JSONEq(t, `{"tags":{}}`, s.Result, "Zabbix would add a second set")
	}
}

func TestTheWebhookDoesWithoutMacros(t *testing.T) {
	s := webhook(t, answers{
		Value: problem(map[string]string{"yunluo_url": "{$YUNLUO.URL}", "yunluo_token": "{$YUNLUO.TOKEN}", "yunluo_wait": "", "yunluo_proxy": "http://p:3128", "lang": "en"}), Status: 200, Answer: `{}`,
	})
	require.JSONEq(t, `{"tags":{}}`, s.Result)
	require.Equal(t, "http://127.0.0.1:9095/api/v1/zabbix/%E8%B4%A6%E5%8F%B7%2Fchat%3Aoc%201%3F?wait=0s", s.Requests[0].URL)
	require.Equal(t, "http://p:3128", s.Requests[0].Proxy)
	require.Len(t, s.Requests[0].Headers, 3, "no credential is made up")
}

func TestTheWebhookSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		answers
		says string
	}{
		"refused": {answers{Value: problem(nil), Status: 404, Answer: `{"error":"没有名为 x 的联络点","code":"unknown_contact_point"}`}, "云锣没有接受：没有名为 x 的联络点 (HTTP 404)"},
		"no JSON": {answers{Value: problem(nil), Status: 502, Answer: "<html>\nBad  Gateway</html>"}, "云锣没有接受：<html> Bad Gateway</html> (HTTP 502)"},
		"nothing": {answers{Value: problem(map[string]string{"lang": "en"}), Status: 500}, "Yunluo did not accept it: HTTP 500"},
		"down":    {answers{Value: problem(nil), Unreachable: true}, "连不上云锣 http://yunluo:9095：请确认 yunluo serve 在运行"},
		"down, in English": {
			answers{Value: problem(map[string]string{"lang": "en"}), Unreachable: true}, "Yunluo cannot be reached at http://yunluo:9095: check that yunluo serve runs",
		},
		"no Send to": {answers{Value: problem(map[string]string{"sendto": ""})}, "“收件人”是空的"},
	} {
		t.Run(name, func(t *testing.T) {
			s := webhook(t, c.answers)
			require.Contains(t, s.Thrown, c.says)
			require.NotContains(t, s.Thrown, "t0ken")
			require.Empty(t, s.Result)
		})
	}
}
