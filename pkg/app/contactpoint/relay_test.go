package contactpoint

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint/grafanatest"
	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// browser puts a relay's questions to a Grafana as a page does, until there are no more.
type browser struct {
	url, token string
	answers    []Answer
	asked      []string
}

func (b *browser) drive(t *testing.T, do func(*Client, context.Context, Wanted) (State, error), w Wanted) (State, error) {
	t.Helper()
	for range MaxAnswers + 1 {
		relay, err := NewRelay(b.answers)
		require.NoError(t, err)
		s, err := do(New(Options{Org: 1, Transport: relay}), t.Context(), w)
		ask := relay.Ask()
		if ask == nil {
			return s, err
		}
		require.Error(t, err)
		require.NotContains(t, ask.Headers, "Authorization")
		require.True(t, strings.HasPrefix(ask.Path, "/"))
		b.asked = append(b.asked, ask.Method+" "+ask.Path)
		b.answers = append(b.answers, b.put(t, ask))
	}
	require.FailNow(t, "there is no end to it", b.asked)
	return State{}, nil
}

func (b *browser) put(t *testing.T, ask *Ask) Answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), ask.Method, b.url+ask.Path, strings.NewReader(string(ask.Body)))
	require.NoError(t, err)
	for name, value := range ask.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	given, err := plainly(r)
	require.NoError(t, err)
	defer given.Body.Close()
	body, err := io.ReadAll(given.Body)
	require.NoError(t, err)
	if !json.Valid(body) {
		body, err = json.Marshal(string(body))
		require.NoError(t, err)
	}
	return Answer{Status: given.StatusCode, Body: body}
}

func TestSomebodyElseMayAskForUs(t *testing.T) {
	for api, newer := range map[string]bool{"receivers": true, "provisioning": false} {
		t.Run(api, func(t *testing.T) {
			f := newFake(newer)
			url := f.start(t)
			b := &browser{url: url, token: editorToken}
			s, err := b.drive(t, (*Client).Look, wanted())
			require.NoError(t, err)
			require.False(t, s.Exists)
			for _, asked := range b.asked {
				require.True(t, strings.HasPrefix(asked, http.MethodGet), "looking changes nothing: %s", asked)
			}

			b = &browser{url: url, token: editorToken}
			s, err = b.drive(t, (*Client).Keep, wanted())
			require.NoError(t, err)
			require.True(t, s.Written)
			require.Equal(t, api, s.API)
			require.Equal(t, 1, f.written(), "what was answered is not asked again: %v", b.asked)
			require.Equal(t, ourHMAC, f.settings(t, ourUID)["hmacConfig"].(object)["secret"])

			f.ours(func(p *grafanatest.Point) { p.Settings["url"] = "http://elsewhere" })
			s, err = (&browser{url: url, token: editorToken}).drive(t, (*Client).Keep, wanted())
			require.NoError(t, err)
			require.True(t, s.Written)
			require.Empty(t, s.Differences)

			_, err = (&browser{url: url, token: viewerToken}).drive(t, (*Client).Keep, Wanted{Name: "another", Title: "x", URL: "http://x"})
			require.ErrorContains(t, err, "your login may not change")
			_, err = (&browser{url: url, token: "wrong"}).drive(t, (*Client).Look, wanted())
			require.ErrorContains(t, err, "log in again")
		})
	}
}

func TestAConflictIsAskedOnceMore(t *testing.T) {
	f := newFake(true)
	url := f.start(t)
	keep(t, client(t, url, editorToken), wanted())
	f.Change(func(l *grafanatest.Locked) {
		l.Find(ourUID).Settings["url"] = "http://elsewhere"
		l.Meanwhile(func(l *grafanatest.Locked) { l.Find(ourUID).Settings["maxAlerts"] = "7" })
	})
	s, err := (&browser{url: url, token: editorToken}).drive(t, (*Client).Keep, wanted())
	require.NoError(t, err)
	require.True(t, s.Written)
	require.Equal(t, "7", f.settings(t, ourUID)["maxAlerts"])
}

func TestAnswersThatNobodyGave(t *testing.T) {
	_, err := NewRelay(make([]Answer, MaxAnswers+1))
	require.ErrorIs(t, err, core.ErrInvalid)
	for _, status := range []int{0, 101, 600, -1} {
		_, err := NewRelay([]Answer{{Status: status}})
		require.ErrorIs(t, err, core.ErrInvalid)
	}
	for said, body := range map[string]string{"": `null`, "<html>": `"<html>"`, `{"a":1}`: `{"a":1}`, "7": "7"} {
		require.Equal(t, said, Answer{Body: json.RawMessage(body)}.text())
	}
	relay, err := NewRelay([]Answer{{Status: http.StatusOK, Body: json.RawMessage(`"<html>"`)}})
	require.NoError(t, err)
	_, err = New(Options{Org: 1, Transport: relay}).Look(t.Context(), wanted())
	require.ErrorContains(t, err, "login page")
	require.Nil(t, relay.Ask())
}
