package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const api = "/sandbox/api/"

func TestAPI(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	client := &http.Client{Transport: s.Transport()}
	_, _, err := post(t.Context(), client, "http://x"+robotPath)
	require.NoError(t, err)

	var list struct {
		Messages []stage.Message `json:"messages"`
	}
	require.Equal(t, 200, call(t, client, "GET", api+"messages?provider=dingtalk&conversation=robot:open&text=hello&limit=5", "", "", &list))
	require.Len(t, list.Messages, 1)
	id := list.Messages[0].ID
	for _, filter := range []string{"provider=feishu", "conversation=x", "text=bye", "key=k", "app=a"} {
		call(t, client, "GET", api+"messages?"+filter, "", "", &list)
		require.Empty(t, list.Messages, filter)
	}
	var one stage.Message
	require.Equal(t, 200, call(t, client, "GET", api+"messages/"+id, "", "", &one))
	require.JSONEq(t, hello, one.Request.Body)
	require.NotContains(t, one.Request.Path, "open", "the token is not kept")
	require.Equal(t, 200, call(t, client, "POST", api+"messages/"+id+"/read", `{"user_id":"li_lei"}`, "", nil))
	one, _ = s.Message(id)
	require.Len(t, one.Reads, 1)

	var figures stage.Figures
	call(t, client, "GET", api+"counters", "", "", &figures)
	require.EqualValues(t, 1, figures.Messages)
	require.Equal(t, "0", figures.Calls[0].Outcome)

	require.Equal(t, 200, call(t, client, "PUT", api+"settings", `{"inbox":"count","no_limits":true}`, "", nil))
	require.Equal(t, stage.ModeCount, s.Mode())
	require.True(t, s.NoLimits())

	require.Equal(t, 201, call(t, client, "POST", api+"faults", `{"id":"f1","kind":"reset","provider":"dingtalk"}`, "", nil))
	require.Equal(t, 200, call(t, client, "PUT", api+"faults", `{"faults":[{"id":"f2","kind":"slow","delay_ms":5}]}`, "", nil))
	require.Equal(t, "f2", s.Faults()[0].ID)
	require.Equal(t, 200, call(t, client, "DELETE", api+"faults/f2", "", "", nil))
	require.Equal(t, 200, call(t, client, "DELETE", api+"faults", "", "", nil))
	require.Empty(t, s.Faults())

	require.Equal(t, 200, call(t, client, "DELETE", api+"messages", "", "", nil))
	require.Empty(t, s.Messages(stage.Filter{}))
	require.Equal(t, 200, call(t, client, "POST", api+"reset", "", "", nil))
}

func TestAPIRegistersAWorld(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	client := &http.Client{Transport: s.Transport()}
	require.Equal(t, 201, call(t, client, "POST", api+"world", `{
		"apps":[{"app_id":"cli_bench","app_secret":"planted-secret","name":"bench","no_limits":true}],
		"chats":[{"chat_id":"oc_1","name":"one","members":["*"],"bots":["cli_bench"]}],
		"robots":[{"access_token":"planted-token","secret":"planted-secret","group":"g"}],
		"users":[{"name":"n","user_id":"u"}]}`, "", nil))
	_, ok := s.App("cli_bench")
	require.True(t, ok)
	_, ok = s.Robot("planted-token")
	require.True(t, ok)

	raw := httptest.NewRecorder()
	s.Handler().ServeHTTP(raw, httptest.NewRequestWithContext(t.Context(), http.MethodGet, api+"world", nil))
	require.Contains(t, raw.Body.String(), "cli_bench")
	require.NotContains(t, raw.Body.String(), "planted-", "no secret is shown")
}

func TestAPIRefuses(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	client := &http.Client{Transport: s.Transport()}
	for what, status := range map[string]int{
		"GET messages?limit=x": 400, "GET messages/none": 404, "POST messages/none/read {\"user_id\":\"li_lei\"}": 404,
		"POST messages/none/read {\"user_id\":\"x\"}": 400, "PUT faults {\"faults\":[{\"kind\":\"boom\"}]}": 400,
		"POST faults {\"kind\":\"code\"}": 400, "POST faults {\"kind\":\"reset\",\"provider\":\"dingtak\"}": 400, "POST faults {\"what\":1}": 400, "DELETE faults/none": 404,
		"PUT settings {\"inbox\":\"some\"}": 400, "POST world {\"chats\":[{\"chat_id\":\"x\"}]}": 400, "POST world [": 400,
	} {
		method, rest, _ := strings.Cut(what, " ")
		path, body, _ := strings.Cut(rest, " ")
		var out map[string]string
		require.Equal(t, status, call(t, client, method, api+path, body, "", &out), what)
		require.NotEmpty(t, out["error"], what)
	}
}

func TestAPIRefusesOtherSites(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, api+"reset", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusForbidden, w.Code)
}

func FuzzAPI(f *testing.F) {
	f.Add(`{"faults":[{"kind":"slow","delay_ms":5}]}`)
	f.Add(`{"users":[{"name":"n","user_id":"u"}],"apps":[{}]}`)
	f.Add(`{"inbox":"count"}`)
	f.Fuzz(func(t *testing.T, body string) {
		s := newSandbox(t, sandbox.Options{})
		for path, method := range map[string]string{"faults": "PUT", "world": "POST", "settings": "PUT"} {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, api+path, strings.NewReader(body)))
			require.Contains(t, []int{200, 201, 400}, w.Code)
		}
	})
}
