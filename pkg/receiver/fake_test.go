package receiver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/receiver"
)

// fakeCore is a core of functions; a method without one delivers, and is healthy.
type fakeCore struct {
	core.Core
	submit  func(core.Submission) (core.Result, error)
	health  func() (core.Health, error)
	metrics func() ([]byte, error)
	points  func() ([]core.ContactPointInfo, error)
	history func(core.HistoryQuery) (core.HistoryPage, error)

	mu   sync.Mutex
	seen []core.Submission
}

func (f *fakeCore) Submit(_ context.Context, s core.Submission) (core.Result, error) {
	f.mu.Lock()
	f.seen = append(f.seen, s)
	f.mu.Unlock()
	if f.submit != nil {
		return f.submit(s)
	}
	return core.Result{GroupID: "g1", State: core.StateDelivered}, nil
}

func (f *fakeCore) Health(context.Context) (core.Health, error) {
	if f.health != nil {
		return f.health()
	}
	return core.Health{Ready: true}, nil
}

func (f *fakeCore) Metrics(context.Context) ([]byte, error) {
	if f.metrics != nil {
		return f.metrics()
	}
	return nil, nil
}

func (f *fakeCore) ContactPoints(context.Context, string) ([]core.ContactPointInfo, error) {
	if f.points != nil {
		return f.points()
	}
	return []core.ContactPointInfo{{Name: "payments"}, {Name: "platform"}}, nil
}

func (f *fakeCore) History(_ context.Context, q core.HistoryQuery) (core.HistoryPage, error) {
	return f.history(q)
}

func (f *fakeCore) last(tb testing.TB) core.Submission {
	tb.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	require.NotEmpty(tb, f.seen)
	return f.seen[len(f.seen)-1]
}

func (f *fakeCore) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen)
}

// now is the clock of every test.
func now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func loopback() *config.Config {
	return &config.Config{
		ContactPoints: map[string]config.ContactPoint{"payments": {Name: "payments"}},
		Sources:       map[string]config.Source{},
		Labels:        config.Labels{Severity: []string{"severity"}},
		Defaults:      config.Defaults{Severity: alert.Warning, Language: lang.English},
		Listen:        config.Listen{Address: "127.0.0.1:9095"},
	}
}

// bench is a receiver with everything that a test looks at.
type bench struct {
	*receiver.Server
	core *fakeCore
	log  *lockedBuffer
	http http.Handler
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func setUp(tb testing.TB, c *config.Config, change ...func(*receiver.Options)) *bench {
	tb.Helper()
	b := &bench{core: &fakeCore{}, log: &lockedBuffer{}}
	o := receiver.Options{
		Core: b.core, Config: c, Now: now, Registry: prometheus.NewRegistry(),
		Logger: slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&o)
	}
	s, err := receiver.New(o)
	require.NoError(tb, err)
	b.Server, b.http = s, s.Handler()
	return b
}

func (b *bench) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	return b.serve(r, headers...)
}

func (b *bench) serve(r *http.Request, headers ...string) *httptest.ResponseRecorder {
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.RemoteAddr = "127.0.0.1:5555"
	w := httptest.NewRecorder()
	b.http.ServeHTTP(w, r)
	return w
}

func (b *bench) post(target, body string, headers ...string) *httptest.ResponseRecorder {
	return b.do(http.MethodPost, target, body, headers...)
}

const (
	alertmanagerPath = "/api/v1/alertmanager/payments"
	grafanaPath      = "/api/v1/grafana/payments"
	alertsPath       = "/api/v1/alerts/payments"
	alertmanagerBody = `{"version":"4","groupKey":"k","alerts":[{"status":"firing","labels":{"alertname":"a"}}]}`
	grafanaBody      = `{"version":"1","groupKey":"k","alerts":[{"status":"firing","labels":{"alertname":"a"}}]}`
	alertsBody       = `{"title":"磁盘快满了","severity":"critical"}`
)

func readAll(tb testing.TB, r io.Reader) string {
	tb.Helper()
	b, err := io.ReadAll(r)
	require.NoError(tb, err)
	return string(b)
}

func errDeadline() error { return context.DeadlineExceeded }

func errConfig(text string) error { return fmt.Errorf("%s: %w", text, core.ErrConfig) }

func headerText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b)
	return b.String()
}
