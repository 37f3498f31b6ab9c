package feishu_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

func (r *rig) patch(t *testing.T, id, card string) reply {
	t.Helper()
	return r.call(t, "PATCH", messages+"/"+id, map[string]string{"content": card})
}

func (r *rig) urge(t *testing.T, id, mode, query string, ids ...string) reply {
	t.Helper()
	return r.call(t, "PATCH", messages+"/"+id+"/urgent_"+mode+query, map[string]any{"user_id_list": ids})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.mustSend(t, "oc_demo", "interactive", sharedOne)
	require.Zero(t, r.patch(t, id, sharedTwo).Code)
	m, _ := r.Message(id)
	require.Equal(t, 1, m.EditCount)
	require.Contains(t, string(m.Content), "2.0")
	require.Len(t, m.Edits, 1)
	require.NotContains(t, string(m.Edits[0].Content), "2.0")
	require.EqualValues(t, 1, r.Figures().Messages, "an update is no message")

	for range 4 {
		require.Zero(t, r.patch(t, id, sharedTwo).Code)
	}
	require.Equal(t, 230020, r.patch(t, id, sharedTwo).Code, "five a second for each message")
}

func TestUpdateIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	private := r.mustSend(t, "oc_demo", "interactive", `{"elements":[]}`)
	shared := r.mustSend(t, "oc_demo", "interactive", sharedTwo)
	text := r.mustSend(t, "oc_demo", "text", textOf("x"))
	recalled := r.mustSend(t, "oc_demo", "interactive", sharedOne)
	require.Zero(t, r.call(t, "DELETE", messages+"/"+recalled, nil).Code)
	for name, c := range map[string]struct {
		id, card string
		code     int
	}{
		"sent without update_multi": {private, sharedOne, 230001},
		"new without update_multi":  {shared, `{"elements":[]}`, 230001},
		"structure goes back":       {shared, sharedOne, 230099},
		"text":                      {text, sharedOne, 230054},
		"recalled":                  {recalled, sharedOne, 230011},
		"unknown message":           {"om_none", sharedOne, 230001},
		"no card":                   {shared, "x", 230099},
	} {
		require.Equal(t, c.code, r.patch(t, c.id, c.card).Code, name)
	}
	own := r.token
	r.token = r.login(t, "cli_poor", "s").Token
	require.Equal(t, 230012, r.patch(t, shared, sharedTwo).Code, "another app's message")
	require.Equal(t, 230012, r.call(t, "DELETE", messages+"/"+shared, nil).Code)
	r.token = own
	*r.clock = r.clock.Add(14*24*time.Hour + time.Second)
	r.token = r.login(t, "cli_demo", "secret").Token
	require.Equal(t, 230031, r.patch(t, shared, sharedTwo).Code, "older than 14 days")
}

func TestUrgent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.mustSend(t, "oc_demo", "text", textOf("x"))
	out := r.urge(t, id, "phone", "?user_id_type=open_id", "ou_demo_lilei", "ou_demo_john", "ou_none")
	require.Zero(t, out.Code, out.Msg)
	require.JSONEq(t, `{"invalid_user_id_list":["ou_demo_john","ou_none"]}`, string(out.Data))
	m, _ := r.Message(id)
	require.Len(t, m.Urgents, 1)
	require.Equal(t, "phone", m.Urgents[0].Mode)
	require.Equal(t, []string{"李雷"}, m.Urgents[0].Names)
	require.EqualValues(t, 1, r.Figures().Urgents["phone"])
}

func TestUrgentIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.mustSend(t, "oc_demo", "text", textOf("x"))
	calm := r.mustSend(t, "oc_calm", "text", textOf("x"))
	const q = "?user_id_type=user_id"
	require.Equal(t, 99992402, r.urge(t, id, "app", "", "li_lei").Code, "user_id_type is required")
	require.Equal(t, 99992402, r.urge(t, id, "app", q).Code, "nobody")
	require.Equal(t, 99992402, r.urge(t, id, "app", q, make([]string, 201)...).Code, "too many")
	require.Equal(t, 230001, r.urge(t, id, "app", q, "john", "nobody").Code, "all invalid")
	require.Equal(t, 230052, r.urge(t, calm, "app", q, "li_lei").Code, "the group forbids it")
	require.Equal(t, 230001, r.urge(t, "om_none", "app", q, "li_lei").Code)

	r.token = r.login(t, "cli_poor", "s").Token
	require.Equal(t, 230012, r.urge(t, id, "app", q, "li_lei").Code, "another app's message")
	own := r.mustSend(t, "oc_demo", "text", textOf("x"))
	require.Zero(t, r.urge(t, own, "sms", q, "li_lei").Code)
	require.Equal(t, 230024, r.urge(t, own, "sms", q, "li_lei").Code, "quota is spent")
	require.Equal(t, 230024, r.urge(t, own, "phone", q, "li_lei").Code)
	require.Zero(t, r.urge(t, own, "app", q, "li_lei").Code, "in the app costs nothing")
	require.Zero(t, r.call(t, "DELETE", messages+"/"+own, nil).Code)
	require.Equal(t, 230110, r.urge(t, own, "app", q, "li_lei").Code)
	require.Empty(t, r.Figures().Urgents["phone"])
}

func TestReply(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.mustSend(t, "oc_demo", "interactive", sharedOne)
	quote := r.call(t, "POST", messages+"/"+id+"/reply", map[string]any{"msg_type": "text", "content": textOf("quoted")})
	quoted, _ := r.Message(messageID(t, quote))
	require.False(t, quoted.InThread)
	out := r.call(t, "POST", messages+"/"+id+"/reply",
		map[string]any{"msg_type": "text", "content": textOf("done"), "reply_in_thread": true, "uuid": "r1"})
	late, _ := r.Message(messageID(t, r.call(t, "POST", messages+"/"+id+"/reply", map[string]any{"msg_type": "text", "content": textOf("late")})))
	require.True(t, late.InThread, "what has a topic is answered there")
	require.Zero(t, out.Code, out.Msg)
	var data map[string]any
	require.NoError(t, json.Unmarshal(out.Data, &data))
	require.Equal(t, id, data["parent_id"])
	require.Equal(t, id, data["root_id"])
	require.NotEmpty(t, data["thread_id"])
	m, _ := r.Message(messageID(t, out))
	require.Equal(t, id, m.ReplyTo)
	require.True(t, m.InThread)

	require.Zero(t, r.call(t, "DELETE", messages+"/"+id, nil).Code)
	out = r.call(t, "POST", messages+"/"+id+"/reply", map[string]any{"msg_type": "text", "content": textOf("x")})
	require.Equal(t, 230011, out.Code)
}

func TestReadUsersInPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.mustSend(t, "oc_demo", "text", textOf("x"))
	for _, u := range []string{"li_lei", "han_meimei", "li_lei"} {
		require.True(t, r.MarkRead(id, u))
	}
	type page struct {
		Items []struct {
			ID string `json:"user_id"`
		} `json:"items"`
		More  bool   `json:"has_more"`
		Token string `json:"page_token"`
	}
	var seen []string
	token := ""
	for range 3 {
		out := r.call(t, "GET", messages+"/"+id+"/read_users?user_id_type=open_id&page_size=1&page_token="+token, nil)
		var p page
		require.NoError(t, json.Unmarshal(out.Data, &p))
		for _, i := range p.Items {
			seen = append(seen, i.ID)
		}
		if token = p.Token; !p.More {
			break
		}
	}
	require.Equal(t, []string{"ou_demo_lilei", "ou_demo_hanmeimei"}, seen)
	for _, size := range []int{0, 101} {
		require.Equal(t, 99992402, r.call(t, "GET", messages+"/"+id+"/read_users?user_id_type=open_id&page_size="+strconv.Itoa(size), nil).Code)
	}
	*r.clock = r.clock.Add(8 * 24 * time.Hour)
	r.token = r.login(t, "cli_demo", "secret").Token
	require.Equal(t, 230001, r.call(t, "GET", messages+"/"+id+"/read_users?user_id_type=open_id", nil).Code)
}

func TestCountModeStillKnowsMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.NoError(t, r.SetMode(stage.ModeCount))
	id := r.mustSend(t, "oc_demo", "interactive", sharedTwo)
	require.Zero(t, r.patch(t, id, sharedTwo).Code)
	require.Zero(t, r.urge(t, id, "app", "?user_id_type=user_id", "li_lei").Code)
	m, ok := r.Message(id)
	require.True(t, ok)
	require.Empty(t, m.Content)
	require.Equal(t, 1, r.Figures().DistinctContents)
}

func TestUrgentStopsAtTooManyUnread(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var last string
	for range 200 {
		last = r.mustSend(t, "oc_demo", "text", textOf("x"))
		require.Zero(t, r.urge(t, last, "app", "?user_id_type=user_id", "li_lei").Code)
	}
	next := r.mustSend(t, "oc_demo", "text", textOf("x"))
	require.Equal(t, 230023, r.urge(t, next, "app", "?user_id_type=user_id", "li_lei").Code)
	require.Zero(t, r.urge(t, next, "app", "?user_id_type=user_id", "han_meimei").Code)
	require.True(t, r.MarkRead(last, "li_lei"))
	require.Zero(t, r.urge(t, next, "app", "?user_id_type=user_id", "li_lei").Code, "reading one makes room")
}
