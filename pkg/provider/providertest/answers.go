package providertest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	patient   = 10 * time.Second
	impatient = 150 * time.Millisecond
)

// call does one operation; what must come before it has been done.
type call func(ctx context.Context) error

// calls are the operations that the type has, each ready to be done.
func (st *stage) calls(t *testing.T) map[sender.Op]call {
	t.Helper()
	n := st.changeable(t, "key-1")
	out := map[sender.Op]call{sender.OpSend: func(ctx context.Context) error {
		_, err := st.sender.Send(ctx, n)
		return err
	}}
	updater, canUpdate := st.sender.(sender.Updater)
	replier, canReply := st.sender.(sender.Replier)
	urger, canUrge := st.sender.(sender.Urger)
	recaller, canRecall := st.sender.(sender.Recaller)
	if !canUpdate && !canReply && !canUrge && !canRecall {
		return out
	}
	receipt, err := st.sender.Send(t.Context(), n)
	require.NoError(t, st.check(t, err))
	if canUpdate {
		out[sender.OpUpdate] = func(ctx context.Context) error {
			_, err := updater.Update(ctx, receipt, n)
			return err
		}
	}
	if canRecall {
		out[sender.OpRecall] = func(ctx context.Context) error { return recaller.Recall(ctx, receipt) }
	}
	if canReply {
		out[sender.OpReply] = func(ctx context.Context) error {
			_, err := replier.Reply(ctx, receipt, n)
			return err
		}
	}
	if canUrge {
		modes := slices.Sorted(maps.Keys(st.fixture.Manifest.UrgeRepeat))
		require.NotEmpty(t, modes, "a type that can urge says whether that may be repeated")
		out[sender.OpUrge] = func(ctx context.Context) error {
			_, err := urger.Urge(ctx, receipt, sender.Urge{Key: "key-2", Mode: modes[0], Targets: st.fixture.Mentions})
			return err
		}
	}
	return out
}

func judgeAccepted(t *testing.T, f Fixture) {
	t.Helper()
	st := newStage(t, f, patient)
	receipt, err := st.sender.Send(t.Context(), st.notification(t, "key-1"))
	require.NoError(t, st.check(t, err))
	assert.Equal(t, 1, st.count(sender.OpSend), "one request for one message")
	assert.Empty(t, receipt.Refused)
	st.clean(t, string(receipt.Data)+receipt.MessageID)
	for op, do := range st.calls(t) {
		before := st.count(op)
		require.NoError(t, st.check(t, do(t.Context())), op)
		assert.Positive(t, st.count(op)-before, "%s asked for nothing", op)
	}
}

func judgeCodes(t *testing.T, f Fixture) {
	t.Helper()
	for i, row := range f.Manifest.Errors {
		t.Run(fmt.Sprintf("%02d %s", i, row.Code), func(t *testing.T) {
			st := newStage(t, f, patient)
			op, told := f.Where[row.Code]
			if !told {
				op = sender.OpSend
			}
			var do call
			switch {
			case slices.Contains([]sender.Op{OpToken, OpLookup, OpProbe}, op), slices.Contains(f.Steps, op):
				n := st.notification(t, "key-1")
				// A second sender has no token and knows nobody yet.
				fresh := st.open(t)
				do = func(ctx context.Context) error {
					if _, err := fresh.Render(ctx, sender.Draft{
						Message: sample(), Target: f.Target, Mentions: f.Mentions, Options: st.forms()[0],
					}); err != nil {
						return err
					}
					_, err := fresh.Send(ctx, n)
					return err
				}
			default:
				do = st.calls(t)[op]
				require.NotNil(t, do, "the type has no operation %s", op)
			}
			before := st.count(op)
			st.answer(op, func(w http.ResponseWriter, _ *http.Request) { f.Refuse(w, row, "refused, 含中文") })
			err := st.check(t, do(t.Context()))
			var failure *sender.Failure
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, row.Code, failure.Code)
			assert.Equal(t, row.Class, failure.Class, "class")
			assert.Equal(t, row.Reason, failure.Reason, "reason")
			assert.Equal(t, row.After, failure.After, "wait")
			said(t, failure.Hint, "hint")
			assert.LessOrEqual(t, st.count(op)-before, 2, "a sender does not retry by itself, but for a new token")
		})
	}
}

// echo answers with everything that it was asked, so that secrets come back.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "you asked %s %s %v %s", r.Method, r.URL, r.Header, body) //nolint:gosec // a fake provider that tells what it was asked
	}
}

func text(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func judgeAnswers(t *testing.T, f Fixture) {
	t.Helper()
	const j = "application/json"
	retryAfter := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		}
	}
	type want struct {
		answer http.HandlerFunc
		class  sender.Class
		reason sender.Reason // empty: any
		after  time.Duration
		maybe  bool // the outcome is not known
	}
	unknown := func(h http.HandlerFunc) want { return want{answer: h, maybe: true} }
	cases := map[string]want{
		"429 that names a wait": {answer: retryAfter(429), class: sender.Later, reason: sender.ReasonRateLimited, after: 7 * time.Second},
		"503 that names a wait": {answer: retryAfter(503), class: sender.Later, after: 7 * time.Second},
		"429":                   {answer: text(429, j, `{}`), reason: sender.ReasonRateLimited},
		"500":                   {answer: text(500, "text/plain", "oops"), reason: sender.ReasonUnavailable, maybe: true},
		"502 page":              {answer: text(502, "text/html", "<html><h1>Bad Gateway</h1></html>"), reason: sender.ReasonUnavailable, maybe: true},
		"500 that echoes":       {answer: echo(500), reason: sender.ReasonUnavailable, maybe: true},
		"400 that echoes":       {answer: echo(400), class: sender.Never},
		"401":                   {answer: text(401, "text/plain", "no"), class: sender.Never, reason: sender.ReasonAuth},
		"403":                   {answer: text(403, "text/plain", "no"), class: sender.Never, reason: sender.ReasonPermission},
		"404":                   {answer: text(404, "text/plain", "no"), class: sender.Never, reason: sender.ReasonConfig},
		"413":                   {answer: text(413, "text/plain", "no"), class: sender.Never, reason: sender.ReasonMessage},
		"redirect": {class: sender.Never, reason: sender.ReasonConfig, answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}},
		"200 that echoes":   unknown(echo(200)),
		"200 empty":         unknown(text(200, j, "")),
		"200 page":          unknown(text(200, "text/html", "<!doctype html><title>Login</title><p>ok</p>")),
		"200 cut":           unknown(text(200, j, `{"code":0,"errcode":0,"msg":"suc`)),
		"200 null":          unknown(text(200, j, `null`)),
		"200 list":          unknown(text(200, j, `[]`)),
		"200 word":          unknown(text(200, j, `"ok"`)),
		"200 number":        unknown(text(200, j, `0`)),
		"200 empty object":  unknown(text(200, j, `{}`)),
		"200 other object":  unknown(text(200, j, `{"success":true,"data":{}}`)),
		"200 null code":     unknown(text(200, j, `{"code":null,"errcode":null}`)),
		"200 code as list":  unknown(text(200, j, `{"code":[0],"errcode":[0]}`)),
		"200 deeply nested": unknown(text(200, j, strings.Repeat(`{"code":`, 20_000))),
		"200 not utf-8":     unknown(text(200, j, "{\"code\":\xff\xfe}")),
		"200 of 2 MiB":      unknown(text(200, j, `{"code":0,"errcode":0,"msg":"`+strings.Repeat("x", 2<<20)+`"}`)),
		"202 empty":         unknown(text(202, j, "")),
		"204":               unknown(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }),
	}
	for _, name := range f.Accepts {
		require.Contains(t, cases, name, "Accepts names an answer that the suite does not give")
		require.Regexp(t, "^2", name, "a refusal is no success")
	}
	if f.Answers != nil {
		clear(cases)
	}
	for name, a := range f.Answers {
		cases[name] = want{a.Give, a.Class, a.Reason, a.After, a.MaybeSent}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			st := newStage(t, f, patient)
			for op, do := range st.calls(t) {
				before := st.count(op)
				st.answer(op, c.answer)
				err := st.check(t, do(t.Context()))
				if slices.Contains(f.Accepts, name) {
					require.NoError(t, err, op)
					continue
				}
				require.Error(t, err, "%s is no success", op)
				failure := sender.AsFailure(err)
				assert.Equal(t, c.class, failure.Class, "%s: class of %v", op, err)
				assert.Equal(t, c.after, failure.After, "%s: wait", op)
				assert.Equal(t, c.maybe, failure.MaybeSent, "%s: may have been sent: %v", op, err)
				if c.reason != "" {
					assert.Equal(t, c.reason, failure.Reason, "%s: reason of %v", op, err)
				}
				assert.LessOrEqual(t, st.count(op)-before, 2, "a sender does not retry by itself")
			}
		})
	}
}

// judgeLater wants no answer of an unknown shape to be news of what became of a message, good or bad.
func judgeLater(t *testing.T, f Fixture) {
	t.Helper()
	st := newStage(t, f, patient)
	tracker, can := st.sender.(sender.Tracker)
	if !can {
		assert.Empty(t, f.Manifest.Track, "nobody can be asked")
		return
	}
	require.NotEmpty(t, f.Manifest.Track, "nobody is ever asked")
	receipt, err := st.sender.Send(t.Context(), st.notification(t, "key-1"))
	require.NoError(t, st.check(t, err))
	const j = "application/json"
	for name, answer := range map[string]http.HandlerFunc{
		"500": text(500, "text/plain", "oops"), "200 that echoes": echo(200), "empty": text(200, j, ""), "page": text(200, "text/html", "<html>ok</html>"),
		"cut": text(200, j, `{"errcode":0,"Code":"OK","Response":{"RequestId":"r"`), "null": text(200, j, `null`), "list": text(200, j, `[]`),
		"word": text(200, j, `"ok"`), "empty object": text(200, j, `{}`), "other object": text(200, j, `{"success":true,"data":{"status":"READ"}}`),
		"no more than a success": text(200, j, `{"errcode":0,"errmsg":"ok","Code":"OK","Response":{"RequestId":"r"}}`),
	} {
		st.answer(sender.OpTrack, answer)
		before := st.count(sender.OpTrack)
		got, err := tracker.Track(t.Context(), receipt)
		_ = st.check(t, err)
		assert.Positive(t, st.count(sender.OpTrack)-before, "%s: the fixture's Endpoint names the question", name)
		assert.False(t, got.Fate.Reached() || got.Fate.Missed() || got.Final, "%s: %v is no news", name, got)
	}
	for _, foreign := range []string{``, `{}`, `null`, `{"v":2}`} {
		_, err := tracker.Track(t.Context(), sender.Receipt{Data: []byte(foreign)})
		require.Error(t, err, "a receipt of another type: %s", foreign)
		assert.Equal(t, sender.Never, sender.AsFailure(st.check(t, err)).Class, "a receipt of another type: %s", foreign)
	}
}

func judgeNetwork(t *testing.T, f Fixture) {
	t.Helper()
	t.Run("timeout", func(t *testing.T) {
		st := newStage(t, f, impatient)
		for op, do := range st.calls(t) {
			st.answer(op, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			failure := sender.AsFailure(st.check(t, do(t.Context())))
			require.NotNil(t, failure, op)
			assert.Equal(t, sender.ReasonTimeout, failure.Reason, op)
			assert.Equal(t, sender.Again, failure.Class, op)
			assert.True(t, failure.MaybeSent, "%s: it was on its way", op)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		st := newStage(t, f, patient)
		for op, do := range st.calls(t) {
			ctx, cancel := context.WithCancel(t.Context())
			st.answer(op, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
			require.ErrorIs(t, st.check(t, do(ctx)), context.Canceled, op)
		}
	})
	t.Run("connection lost", func(t *testing.T) {
		st := newStage(t, f, patient)
		for op, do := range st.calls(t) {
			st.answer(op, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			failure := sender.AsFailure(st.check(t, do(t.Context())))
			require.NotNil(t, failure, op)
			assert.Equal(t, sender.ReasonUnavailable, failure.Reason, op)
			assert.True(t, failure.MaybeSent, "%s: it was written", op)
		}
	})
	t.Run("connection refused", func(t *testing.T) {
		st := newStage(t, f, patient)
		calls := st.calls(t)
		st.stop()
		for op, do := range calls {
			failure := sender.AsFailure(st.check(t, do(t.Context())))
			require.NotNil(t, failure, op)
			assert.Equal(t, sender.ReasonUnavailable, failure.Reason, op)
			assert.Equal(t, sender.Again, failure.Class, op)
			assert.False(t, failure.MaybeSent, "%s: nothing was sent", op)
		}
	})
	t.Run("dead proxy", func(t *testing.T) {
		st := newStage(t, f, patient)
		n := st.notification(t, "key-1")
		dead := httptest.NewServer(http.NotFoundHandler())
		dead.Close()
		st.settings.Proxy = strings.Replace(dead.URL, "http://", "http://user:proxy-password-9@", 1)
		// No proxy is used for the loopback of the environment, but the account's own is for every host.
		_, err := st.open(t).Send(t.Context(), n)
		failure := sender.AsFailure(st.check(t, err))
		require.NotNil(t, failure)
		assert.Equal(t, sender.ReasonUnavailable, failure.Reason)
		assert.False(t, failure.MaybeSent)
		assert.NotContains(t, err.Error(), "proxy-password-9")
	})
	t.Run("answer longer than any", func(t *testing.T) {
		st := newStage(t, f, patient)
		st.answer(sender.OpSend, func(w http.ResponseWriter, r *http.Request) {
			line := []byte(strings.Repeat(" ", 1<<16))
			for r.Context().Err() == nil {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		})
		_, err := st.sender.Send(t.Context(), st.notification(t, "key-1"))
		failure := sender.AsFailure(st.check(t, err))
		require.NotNil(t, failure, "an endless answer of more than %d bytes", outbound.MaxBody)
		assert.True(t, failure.MaybeSent)
	})
}
