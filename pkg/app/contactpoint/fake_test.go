package contactpoint

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint/grafanatest"
)

const (
	editorToken = "glsa_editor"
	viewerToken = "glsa_viewer"
)

// fake is a Grafana whose callers have a token.
type fake struct{ grafanatest.Points }

func newFake(newer bool) *fake { return &fake{grafanatest.Points{Newer: newer}} }

func (f *fake) start(tb testing.TB) string {
	tb.Helper()
	points := f.Handler()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		role := r.Header.Get("Authorization")
		switch {
		case role != "Bearer "+editorToken && role != "Bearer "+viewerToken:
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"message":"Invalid API key"}`)
		case role == "Bearer "+viewerToken && r.Method != http.MethodGet:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"message":"You'll need additional permissions to perform this action."}`)
		default:
			points.ServeHTTP(w, r)
		}
	}))
	tb.Cleanup(s.Close)
	return s.URL
}

// ours changes our integration.
func (f *fake) ours(change func(*grafanatest.Point)) {
	f.Change(func(l *grafanatest.Locked) { change(l.Find(ourUID)) })
}

func (f *fake) written() (n int) {
	f.Change(func(l *grafanatest.Locked) { n = len(l.Writes()) })
	return n
}

func (f *fake) settings(t *testing.T, uid string) (s object) {
	t.Helper()
	f.Change(func(l *grafanatest.Locked) {
		p := l.Find(uid)
		require.NotNil(t, p, uid)
		raw, err := json.Marshal(p.Settings)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &s))
	})
	return s
}
