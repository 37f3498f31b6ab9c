package teams_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/teams"
)

type rig struct {
	*stage.Stage
	t     *testing.T
	mux   *http.ServeMux
	play  stage.Play
	clock time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, mux: http.NewServeMux(), clock: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	r.Stage = stage.New(stage.Options{Now: func() time.Time { return r.clock }})
	require.NoError(t, r.Add(stage.Demo()))
	r.play = teams.New(r.Stage)
	r.Mount(r.mux, r.play)
	return r
}

const (
	demoFlow = "/powerautomate/automations/direct/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke?api-version=1&sv=1.0"
	demoSig  = "&sig=demo-teams-signature"
)

// post returns the status, the error's code and the answer.
func (r *rig) post(path, body string) (int, string, *httptest.ResponseRecorder) {
	r.t.Helper()
	r.clock = r.clock.Add(time.Second)
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	var out struct {
		Error struct{ Code, Message string }
	}
	if w.Body.Len() > 0 {
		require.NoError(r.t, json.Unmarshal(w.Body.Bytes(), &out))
	}
	return w.Code, out.Error.Code, w
}

func message(card string) string {
	return `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":` + card + `}]}`
}

func card(body, more string) string {
	return message(`{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[` + body + `]` + more + `}`)
}

const block = `{"type":"TextBlock","text":"磁盘满","wrap":true}`

func TestAPostArrives(t *testing.T) {
	r := newRig(t)
	status, _, w := r.post(demoFlow+demoSig, card(`{"type":"TextBlock","text":"<at>李雷</at> <at>王芳</at> <at>x</at>"}`,
		`,"msteams":{"width":"Full","entities":[`+
			`{"type":"mention","text":"<at>李雷</at>","mentioned":{"id":"LiLei@example.com","name":"李雷"}},`+
			`{"type":"mention","text":"<at>王芳</at>","mentioned":{"id":"wangfang@example.com","name":"王芳"}},`+
			`{"type":"mention","text":"<at>x</at>","mentioned":{"id":"nobody@example.com","name":"x"}}]}`))
	require.Equal(t, http.StatusAccepted, status)
	require.Empty(t, w.Body.String())
	require.NotEmpty(t, w.Header().Get("X-Ms-Workflow-Run-Id"))
	got := r.Messages(stage.Filter{})
	require.Len(t, got, 1)
	require.Equal(t, "Teams 运维频道", got[0].Conversation.Name)
	require.NotContains(t, got[0].Request.Path, "0123456789abcdef")
	require.Equal(t, []stage.Mention{
		{ID: "LiLei@example.com", Name: "李雷", Notified: true},
		{ID: "wangfang@example.com", Name: "王芳", Why: "not in this channel's team"},
		{ID: "nobody@example.com", Why: "nobody has this login"},
	}, got[0].Mentions)
}

func TestTheOldFormOfAddressWorksToo(t *testing.T) {
	r := newRig(t)
	status, _, _ := r.post("/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke?api-version=2016-06-01"+demoSig, card(block, ""))
	require.Equal(t, http.StatusAccepted, status)
}

func TestAFlowRefuses(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.play.Add(json.RawMessage(`{"flows":[{"id":"off","sig":"s","channel":"c","off":true},{"id":"late","sig":"s","channel":"c","fails":true}]}`)))
	path := func(id string) string { return "/workflows/" + id + "/triggers/manual/paths/invoke?sig=s" }
	for name, c := range map[string]struct {
		path   string
		status int
		code   string
	}{
		"unknown":  {path("nope"), 404, "WorkflowNotFound"},
		"unsigned": {demoFlow, 401, "DirectApiAuthorizationRequired"},
		"forged":   {demoFlow + "&sig=x", 401, "AuthorizationFailed"},
		"off":      {path("off"), 400, "WorkflowTriggerIsNotEnabled"},
	} {
		status, code, _ := r.post(c.path, card(block, ""))
		require.Equal(t, c.status, status, name)
		require.Equal(t, c.code, code, name)
	}
	status, _, _ := r.post(path("late"), card(block, ""))
	require.Equal(t, http.StatusAccepted, status, "a run that fails later looks as any other")
	require.Empty(t, r.Messages(stage.Filter{}))
}

func TestACardThatTheFlowCouldNotPostIsRefused(t *testing.T) {
	r := newRig(t)
	for name, body := range map[string]string{
		"another message":     `{"text":"x"}`,
		"a MessageCard":       `{"@type":"MessageCard","title":"x"}`,
		"no attachment":       `{"type":"message","attachments":[]}`,
		"another attachment":  strings.Replace(card(block, ""), "adaptive", "hero", 1),
		"a content address":   strings.Replace(card(block, ""), "null", `"https://x"`, 1),
		"another card":        strings.Replace(card(block, ""), "AdaptiveCard", "Card", 1),
		"a version too new":   strings.Replace(card(block, ""), "1.4", "1.6", 1),
		"no body":             card("", ""),
		"an empty text":       card(`{"type":"TextBlock","text":""}`, ""),
		"an unknown element":  card(`{"type":"Input.Text","id":"x"}`, ""),
		"an unknown property": card(`{"type":"TextBlock","text":"x","bold":true}`, ""),
		"an unknown size":     card(`{"type":"TextBlock","text":"x","size":"Huge"}`, ""),
		"an unknown style":    card(`{"type":"Container","style":"red","items":[`+block+`]}`, ""),
		"an empty container":  card(`{"type":"Container","items":[]}`, ""),
		"a bad inner element": card(`{"type":"Container","items":[{"type":"TextBlock"}]}`, ""),
		"a fact without text": card(`{"type":"FactSet","facts":[{"title":"x"}]}`, ""),
		"no facts":            card(`{"type":"FactSet","facts":[]}`, ""),
		"a submit":            card(block, `,"actions":[{"type":"Action.Submit","title":"Ack"}]`),
		"a relative address":  card(block, `,"actions":[{"type":"Action.OpenUrl","title":"x","url":"/x"}]`),
		"seven actions":       card(block, `,"actions":[`+strings.TrimSuffix(strings.Repeat(`{"type":"Action.OpenUrl","title":"x","url":"https://x"},`, 7), ",")+`]`),
		"another width":       card(block, `,"msteams":{"width":"Half"}`),
		"a mention unnamed":   card(`{"type":"TextBlock","text":"<at>x</at>"}`, ""),
		"an entity unsaid":    card(block, `,"msteams":{"entities":[{"type":"mention","text":"<at>x</at>","mentioned":{"id":"a@b","name":"x"}}]}`),
		"an entity of no tag": card(block, `,"msteams":{"entities":[{"type":"mention","text":"磁盘","mentioned":{"id":"a@b","name":"x"}}]}`),
		"too long":            card(`{"type":"TextBlock","text":"`+strings.Repeat("汉", 10_000)+`"}`, ""),
	} {
		status, code, _ := r.post(demoFlow+demoSig, body)
		require.Equal(t, http.StatusBadRequest, status, name)
		require.Equal(t, "TriggerInputSchemaMismatch", code, name)
	}
	_, code, _ := r.post(demoFlow+demoSig, "{")
	require.Equal(t, "InvalidRequestContent", code)
	require.Empty(t, r.Messages(stage.Filter{}))
}

func TestAFlowTakesFourASecond(t *testing.T) {
	r := newRig(t)
	r.clock = r.clock.Add(time.Hour)
	for i := range 5 {
		r.clock = r.clock.Add(-time.Second) // post adds it
		status, _, w := r.post(demoFlow+demoSig, card(block, ""))
		if i < 4 {
			require.Equal(t, http.StatusAccepted, status)
			continue
		}
		require.Equal(t, http.StatusTooManyRequests, status)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
	}
}

func TestTheViewHoldsNoSignature(t *testing.T) {
	r := newRig(t)
	raw, err := json.Marshal(r.play.View())
	require.NoError(t, err)
	require.NotContains(t, string(raw), "demo-teams-signature")
	require.Error(t, r.play.Add(json.RawMessage(`{"flows":[{"id":"x"}]}`)))
	require.Error(t, r.play.Add(json.RawMessage(`{"robots":[]}`)))
}
