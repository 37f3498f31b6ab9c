package receiver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

const (
	zabbixPath = "/api/v1/zabbix/payments"
	zabbixBody = `{"event":"1610","value":"1","nseverity":"5","name":"磁盘将满","tags":"[{\"tag\":\"yunluo_told_1\",\"value\":\"feishu chat:oc_1 {\\\"message_id\\\":\\\"om_1\\\"}\"}]"}`
	groupID    = "0190a5b4-7c3e-7d11-8f2a-3b9c6d5e4f01"
)

func TestZabbixGetsTagsToKeepAndBringsThemBack(t *testing.T) {
	c := loopback()
	c.PublicURL = "https://yunluo.example.com/"
	b := setUp(t, c)
	b.core.submit = func(core.Submission) (core.Result, error) {
		return core.Result{GroupID: groupID, State: core.StateDelivered, Deliveries: []core.DeliveryOutcome{
			{Account: "feishu", Target: "chat:oc_1", State: core.StateDelivered, Receipt: json.RawMessage(`{"message_id":"om_1"}`)},
			{Account: "robot", State: core.StateWaiting},
		}}, nil
	}
	w := b.post(zabbixPath, zabbixBody)
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	var a struct{ Tags map[string]string }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a))
	require.Equal(t, map[string]string{
		"yunluo_told_1": `feishu chat:oc_1 {"message_id":"om_1"}`, "yunluo_url": "https://yunluo.example.com/groups/" + groupID,
	}, a.Tags)
	s := b.core.last(t)
	require.Equal(t, "zabbix", s.Group.Kind)
	require.Equal(t, "problem/1610", s.Group.Key)
	require.Equal(t, []core.Told{{Account: "feishu", Target: "chat:oc_1", Receipt: json.RawMessage(`{"message_id":"om_1"}`)}}, s.Told)
	require.NotContains(t, b.post(alertsPath, alertsBody).Body.String(), "tags")
}

func TestAGroupsPageSaysWhoWasTold(t *testing.T) {
	b := setUp(t, loopback())
	var asked core.HistoryQuery
	b.core.history = func(q core.HistoryQuery) (core.HistoryPage, error) {
		asked = q
		if q.GroupID != groupID {
			return core.HistoryPage{}, nil
		}
		return core.HistoryPage{Deliveries: []core.Delivery{
			{Account: "robot", State: core.StateFailed, Title: "[严重] 磁盘将满", Code: "310000", Text: "sign not match", Hint: lang.Text{ZH: "检查密钥", EN: "check the secret"}, CreatedAt: time.Unix(1795639779, 0)},
			{Account: "feishu", Target: "chat:oc_1", State: core.StateDelivered, Title: "[严重] 磁盘将满", FinishedAt: time.Unix(1795639780, 0)},
		}}, nil
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Language", "zh-CN")
		b.http.ServeHTTP(w, r)
		return w
	}
	w := get("/groups/" + groupID)
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, groupID, asked.GroupID)
	for _, s := range []string{"[严重] 磁盘将满", "已送达  feishu → chat:oc_1", "失败  robot", "310000 sign not match", "→ 检查密钥"} {
		require.Contains(t, w.Body.String(), s)
	}
	require.Equal(t, http.StatusNotFound, get("/groups/0190a5b4-7c3e-7d11-8f2a-3b9c6d5e4f02").Code)
	require.Equal(t, http.StatusNotFound, get("/groups/..%2fmetrics").Code)
	require.Equal(t, http.StatusNotFound, get("/groups/%27").Code)
}
