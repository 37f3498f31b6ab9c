package providertest

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// concurrent is how many sends meet an expired token at once.
const concurrent = 32

func judgeTokens(t *testing.T, f Fixture) {
	t.Helper()
	st := newStage(t, f, patient)
	n := st.notification(t, "key-1")
	all := func() {
		t.Helper()
		var done sync.WaitGroup
		errs := make([]error, concurrent)
		for i := range concurrent {
			done.Go(func() { _, errs[i] = st.sender.Send(t.Context(), n) })
		}
		done.Wait()
		for _, err := range errs {
			require.NoError(t, st.check(t, err))
		}
	}
	all()
	provider, hasTokens := st.provider.(interface{ Expire() })
	if !hasTokens {
		assert.Zero(t, st.count(OpToken), "a type with tokens needs a fake provider with Expire()")
		return
	}
	require.Equal(t, 1, st.count(OpToken), "one fetch for all")
	provider.Expire()
	all()
	assert.Equal(t, 2, st.count(OpToken), "one refresh for all that were refused")
	st.mu.Lock()
	assert.Equal(t, 2, st.fetched, "each token fetched is told")
	st.mu.Unlock()
}

func judgeKey(t *testing.T, f Fixture) {
	t.Helper()
	if f.Key == nil {
		assert.NotEqual(t, sender.Idempotent, f.Manifest.Repeat.Kind)
		return
	}
	st := newStage(t, f, patient)
	n := st.notification(t, "019aa000-0000-7000-8000-000000000001")
	st.answer(sender.OpSend, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	_, err := st.sender.Send(t.Context(), n)
	require.Error(t, st.check(t, err))
	st.answer(sender.OpSend, nil)
	for _, s := range []sender.Sender{st.sender, st.open(t)} {
		_, err = s.Send(t.Context(), n)
		require.NoError(t, st.check(t, err))
	}
	n.Key = "019aa000-0000-7000-8000-000000000002"
	_, err = st.sender.Send(t.Context(), n)
	require.NoError(t, st.check(t, err))
	keys := st.keys()
	require.Len(t, keys, 4)
	require.NotEmpty(t, keys[0])
	assert.Equal(t, keys[0], keys[1], "the same for a second attempt")
	assert.Equal(t, keys[0], keys[2], "the same after a restart")
	assert.NotEqual(t, keys[0], keys[3], "another for another delivery")
}

func judgeProbe(t *testing.T, f Fixture) {
	t.Helper()
	st := newStage(t, f, patient)
	prober, can := st.sender.(sender.Prober)
	if !can {
		return
	}
	checks := prober.Probe(t.Context())
	require.NotEmpty(t, checks)
	for _, c := range checks {
		said(t, c.Name, "name of a check")
		assert.True(t, c.OK, "%s: %s", c.Name.EN, c.Detail)
		st.clean(t, c.Detail+c.Hint.ZH+c.Hint.EN)
	}
	assert.Zero(t, st.count(sender.OpSend), "a probe sends nothing")

	broken := map[string]http.HandlerFunc{
		"echoes": echo(http.StatusInternalServerError), "page": text(200, "text/html", "<html>hello</html>"),
		"empty": text(200, "application/json", ""),
	}
	for name, h := range broken {
		t.Run(name, func(t *testing.T) {
			st := newStage(t, f, patient)
			for _, op := range []sender.Op{OpToken, OpProbe, OpLookup, ""} {
				st.answer(op, h)
			}
			judgeFailedProbe(t, st)
		})
	}
	t.Run("connection refused", func(t *testing.T) {
		st := newStage(t, f, patient)
		st.stop()
		judgeFailedProbe(t, st)
	})
}

func judgeFailedProbe(t *testing.T, st *stage) {
	t.Helper()
	prober, can := st.sender.(sender.Prober)
	require.True(t, can)
	failed := 0
	for _, c := range prober.Probe(t.Context()) {
		st.clean(t, c.Detail+c.Hint.ZH+c.Hint.EN)
		if c.OK {
			continue
		}
		failed++
		said(t, c.Name, "name of a check")
		said(t, c.Hint, "hint of a failed check")
	}
	assert.Positive(t, failed, "the probe saw nothing wrong")
}
