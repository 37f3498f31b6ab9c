package providertest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	acrossTenant  = config.MainTenant
	acrossAccount = "account"
	acrossWait    = 10 * time.Second
)

// across is a host before a core that has one account of the type.
type across struct {
	*stage
	engine *engine.Engine
	host   *corerpc.Client
	asked  int
}

// judgeAcross runs the type where it runs for real: in a core behind the boundary, asked by a host.
func judgeAcross(t *testing.T, f Fixture) {
	t.Helper()
	a := newAcross(t, f)
	t.Run("types", func(t *testing.T) {
		types, err := a.host.Types(t.Context())
		require.NoError(t, err)
		require.Len(t, types, 1)
		want, err := json.Marshal(f.Manifest)
		require.NoError(t, err)
		got, err := json.Marshal(types[0])
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(got))
	})
	t.Run("preview", func(t *testing.T) {
		for i := range a.forms() {
			s := a.submission(i)
			want, err := a.engine.Preview(t.Context(), s)
			require.NoError(t, err)
			got, err := a.host.Preview(t.Context(), s)
			require.NoError(t, err)
			require.Equal(t, asJSON(t, want), asJSON(t, got))
			require.Len(t, got, 1)
			require.Empty(t, got[0].Error)
			require.NotEmpty(t, got[0].Parts)
		}
	})
	t.Run("delivered", func(t *testing.T) {
		for i := range a.forms() {
			before := a.count(sender.OpSend)
			d := a.submit(t, i)
			require.Equal(t, core.StateDelivered, d.State, "%s %s", d.Code, d.Text)
			require.Greater(t, a.count(sender.OpSend), before)
			page, err := a.host.History(t.Context(), core.HistoryQuery{Tenant: acrossTenant, ID: d.ID})
			require.NoError(t, err)
			require.Len(t, page.Deliveries, 1)
			require.Equal(t, f.Manifest.Type, page.Deliveries[0].Type)
			require.Equal(t, "delivered", page.Deliveries[0].Attempts[0].Outcome)
			a.clean(t, asJSON(t, page))
		}
	})
	t.Run("refused", func(t *testing.T) {
		for _, row := range f.Manifest.Errors {
			if where, ok := f.Where[row.Code]; row.Class == sender.Never && (!ok || where == sender.OpSend) {
				a.judgeRefused(t, row)
			}
		}
	})
	t.Run("probe", func(t *testing.T) {
		want, err := a.engine.Probe(t.Context(), acrossTenant, acrossAccount)
		require.NoError(t, err)
		got, err := a.host.Probe(t.Context(), acrossTenant, acrossAccount)
		require.NoError(t, err)
		require.Equal(t, asJSON(t, want), asJSON(t, got))
		a.clean(t, asJSON(t, got))
	})
}

// newAcross starts a core and attaches a host to it.
func newAcross(t *testing.T, f Fixture) *across {
	t.Helper()
	a := &across{stage: newStage(t, f, patient)}
	cfg := a.config()
	e, err := engine.Open(t.Context(), engine.Options{
		Dir: t.TempDir(), Types: []sender.Manifest{a.manifest()}, Load: func() (*config.Config, error) { return cfg, nil },
		Logger: slog.New(slog.NewJSONHandler(logWriter{a.stage}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(t, err)
	a.engine = e
	t.Cleanup(func() { assert.NoError(t, e.Close()) })

	dir, err := os.MkdirTemp("", "yl") //nolint:usetesting // a socket's path is short: t.TempDir is not
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	address := filepath.Join(dir, "core", "s")
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- corerpc.Serve(ctx, e, corerpc.ServeOptions{Address: address, Ready: func() { close(ready) }})
	}()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-ended)
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		require.NoError(t, err)
	}
	a.host, err = corerpc.Attach(t.Context(), address, corerpc.AttachOptions{Tenant: acrossTenant})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, a.host.Close()) })
	return a
}

// manifest makes its senders as the fixture wants it.
func (a *across) manifest() sender.Manifest {
	m := a.fixture.Manifest
	m.New = func(s sender.Settings, d sender.Deps) (sender.Sender, error) {
		return a.fixture.New(a.fixture.Manifest, s, d)
	}
	return m
}

// config has one contact point for each form.
func (a *across) config() *config.Config {
	settings := a.settings
	settings.Account = acrossAccount
	c := &config.Config{
		People:        map[string]sender.Person{},
		Accounts:      map[string]config.Account{acrossAccount: {Name: acrossAccount, Type: a.fixture.Manifest.Type, Settings: settings, InFlight: 1}},
		ContactPoints: map[string]config.ContactPoint{},
	}
	for _, t := range append([]sender.Target{a.fixture.Target}, a.fixture.Mentions...) {
		if t.Person != nil {
			c.People[t.Value] = *t.Person
		}
	}
	for i, form := range a.forms() {
		name := contactPoint(i)
		c.ContactPoints[name] = config.ContactPoint{
			Name: name, Language: lang.Chinese, Location: time.UTC, Repeat: config.RepeatRemind, DuplicateWindow: time.Minute,
			Steps: []config.Step{{Notify: []config.Notify{{
				Account: acrossAccount, To: []sender.Target{a.fixture.Target}, Mention: a.fixture.Mentions, Options: form,
			}}}},
		}
	}
	return c
}

func contactPoint(form int) string { return fmt.Sprintf("form %d", form) }

func (a *across) submission(form int) core.Submission {
	a.asked++
	key := fmt.Sprintf("group %d", a.asked)
	return core.Submission{
		Tenant: acrossTenant, ContactPoint: contactPoint(form), Wait: acrossWait,
		Group: alert.Group{
			Source: "test", Kind: "api", Key: key, Status: alert.Firing,
			Alerts: []alert.Alert{{
				Fingerprint: key, Status: alert.Firing, Severity: alert.Critical,
				Labels:      map[string]string{"alertname": "支付接口 5xx 过高", "instance": "10.0.0.7"},
				Annotations: map[string]string{"summary": "错误率 12%"}, StartsAt: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC),
			}},
		},
	}
}

func (a *across) submit(t *testing.T, form int) core.DeliveryOutcome {
	t.Helper()
	r, err := a.host.Submit(t.Context(), a.submission(form))
	require.NoError(t, err)
	require.NotEmpty(t, r.Deliveries)
	a.clean(t, asJSON(t, r))
	return r.Deliveries[0]
}

// judgeRefused compares what the sender says of a refusal with what a host hears of it.
func (a *across) judgeRefused(t *testing.T, row sender.CodeMeaning) {
	t.Helper()
	n := a.notification(t, "key")
	a.answer(sender.OpSend, func(w http.ResponseWriter, _ *http.Request) { a.fixture.Refuse(w, row, "said "+row.Code) })
	defer a.answer(sender.OpSend, nil)
	_, err := a.sender.Send(t.Context(), n)
	want := sender.AsFailure(a.check(t, err))
	require.NotNil(t, want, row.Code)
	d := a.submit(t, 0)
	require.Equal(t, core.StateFailed, d.State, row.Code)
	require.Equal(t, want.Reason, d.Reason, row.Code)
	require.Equal(t, want.Code, d.Code)
	require.Equal(t, want.Hint, d.Hint, row.Code)
	require.Contains(t, d.Text, want.Text, row.Code)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}
