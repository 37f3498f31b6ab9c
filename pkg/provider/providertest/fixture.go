// Package providertest is the suite that every type of account passes: one judge
// for answers, failures, limits, escaping and secrets.
package providertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Operations at a provider that are not the engine's.
const (
	OpToken  sender.Op = "token"
	OpLookup sender.Op = "lookup"
	OpProbe  sender.Op = "probe"
)

// Fixture describes one type to the suite.
type Fixture struct {
	Manifest sender.Manifest
	// New makes the sender; nil means Manifest.New. It lets the suite run across a boundary.
	New func(sender.Manifest, sender.Settings, sender.Deps) (sender.Sender, error)
	// Settings are valid and complete: every secret field is set, to a value of at least 12
	// characters that appears nowhere else. The suite sets BaseURL and Timeout.
	Settings sender.Settings
	// Struct is the settings struct and OptionsStruct that of the options, each field tagged
	// `setting:"name"`; nil for a type without options.
	Struct, OptionsStruct any
	// Invalid settings, by what is wrong, besides the missing required fields and the bad addresses
	// that the suite tries anyway.
	Invalid map[string]func(*sender.Settings)

	// Target is what the fake provider knows, Mentions are people and kinds that it knows; both may be empty.
	Target   sender.Target
	Mentions []sender.Target
	// Forms are the options of every form of message that the type has.
	Forms []sender.Options
	// Brief are forms too short to name every alert: they are judged by length and previews' validity only.
	Brief []sender.Options
	// Terse is a type whose words are an approved template: all its forms are brief, and markup means nothing in them.
	Terse bool
	// Wordless is a type whose words are the provider's own, whatever the message says: it counts no alerts.
	Wordless bool
	// Changeable is the form that Update takes; nil means the first of Forms.
	Changeable sender.Options
	// MaxSize is the limit of one part and Size how the provider counts it.
	MaxSize int
	Size    func(part json.RawMessage) int

	// Spare is how much of MaxSize a type keeps free on purpose.
	Spare int

	// Provider makes a fake provider that accepts everything. If it has a method Expire(), that makes
	// it refuse the tokens that it gave out so far.
	Provider func() http.Handler
	// Endpoint says which operation a request is; empty for any other.
	Endpoint func(r *http.Request, body []byte) sender.Op
	// Refuse answers with one row of Manifest.Errors; text is to be in the provider's words.
	Refuse func(w http.ResponseWriter, row sender.CodeMeaning, text string)
	// Accepts names those of the suite's odd answers of 2xx, such as "202 empty", that this type takes as success,
	// and rightly so; none for a type whose provider says so in words.
	Accepts []string
	// Where gives the operation that answers with a row's code; OpSend if it is not in here.
	Where map[string]sender.Op
	// Key reads the idempotency key off a send; nil for a type without one.
	Key func(r *http.Request, body []byte) string
	// Tokens are secrets that the fake provider gives out.
	Tokens []string

	// Listen starts the fake provider of a type that does not speak HTTP, and gives its base URL and how to stop it:
	// what is asked of the provider is a request to h each time, and the body of h's answer goes back byte for byte. An
	// answer that is no whole one of the protocol, and a handler that panics, end the connection; a caller that leaves
	// ends the request's context. Nil speaks HTTP.
	Listen func(h http.Handler) (baseURL string, stop func())
	// Answers are what such a provider could say wrongly; nil means HTTP's.
	Answers map[string]Answer
	// Steps are operations of such a provider that only a send goes through, such as naming the recipient.
	Steps []sender.Op
}

// Answer is one that no provider should give, and what a sender is to make of it.
type Answer struct {
	Give  http.HandlerFunc
	Class sender.Class
	// Reason is any if empty.
	Reason sender.Reason
	After  time.Duration
	// MaybeSent: the outcome is not known.
	MaybeSent bool
}

// start serves h as the type's provider until the test ends, or stop is called.
func (f Fixture) start(t *testing.T, h http.Handler) (baseURL string, stop func()) {
	t.Helper()
	if f.Listen != nil {
		baseURL, stop = f.Listen(h)
	} else {
		server := httptest.NewServer(h)
		baseURL, stop = server.URL, server.Close
	}
	stop = sync.OnceFunc(stop)
	t.Cleanup(stop)
	return baseURL, stop
}

// Run judges a type.
func Run(t *testing.T, f Fixture) {
	t.Helper()
	if f.New == nil {
		f.New = func(m sender.Manifest, s sender.Settings, d sender.Deps) (sender.Sender, error) { return m.New(s, d) }
	}
	t.Run("manifest", func(t *testing.T) { judgeManifest(t, f) })
	t.Run("settings", func(t *testing.T) { judgeSettings(t, f) })
	t.Run("accepted", func(t *testing.T) { judgeAccepted(t, f) })
	t.Run("codes", func(t *testing.T) { judgeCodes(t, f) })
	t.Run("answers", func(t *testing.T) { judgeAnswers(t, f) })
	t.Run("later", func(t *testing.T) { judgeLater(t, f) })
	t.Run("network", func(t *testing.T) { judgeNetwork(t, f) })
	t.Run("tokens", func(t *testing.T) { judgeTokens(t, f) })
	t.Run("key", func(t *testing.T) { judgeKey(t, f) })
	t.Run("probe", func(t *testing.T) { judgeProbe(t, f) })
	t.Run("render", func(t *testing.T) { judgeRender(t, f) })
	t.Run("length", func(t *testing.T) { judgeLength(t, f) })
	t.Run("hostile", func(t *testing.T) { judgeHostile(t, f) })
	t.Run("preview", func(t *testing.T) { judgePreview(t, f) })
	t.Run("across", func(t *testing.T) { judgeAcross(t, f) })
}

// stage is one sender before one fake provider, with everything recorded.
type stage struct {
	fixture  Fixture
	stop     func()
	provider http.Handler
	sender   sender.Sender
	settings sender.Settings

	mu      sync.Mutex
	answers map[sender.Op]http.HandlerFunc
	seen    []seen
	logs    bytes.Buffer
	fetched int
}

// seen is one request that reached the provider.
type seen struct {
	op  sender.Op
	key string
}

// newStage starts the fake provider and a sender with timeout; every error that the sender returned
// must be given to stage.check.
func newStage(t *testing.T, f Fixture, timeout time.Duration) *stage {
	t.Helper()
	st := &stage{fixture: f, provider: f.Provider(), answers: map[sender.Op]http.HandlerFunc{}}
	st.settings = f.Settings
	st.settings.BaseURL, st.stop = f.start(t, st)
	st.settings.Timeout = timeout
	st.sender = st.open(t)
	t.Cleanup(func() { st.clean(t, st.log()) })
	return st
}

// open makes another sender for the same account.
func (st *stage) open(t *testing.T) sender.Sender {
	t.Helper()
	s, err := st.fixture.New(st.fixture.Manifest, st.settings, sender.Deps{
		Logger: slog.New(slog.NewJSONHandler(logWriter{st}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		TokenRefreshed: func() {
			st.mu.Lock()
			defer st.mu.Unlock()
			st.fetched++
		},
	})
	require.NoError(t, err)
	return s
}

type logWriter struct{ st *stage }

// Write implements io.Writer.
func (w logWriter) Write(b []byte) (int, error) {
	w.st.mu.Lock()
	defer w.st.mu.Unlock()
	return w.st.logs.Write(b)
}

func (st *stage) log() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.logs.String()
}

// ServeHTTP implements http.Handler: the suite's answer for an operation, else the fake provider's.
func (st *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	one := seen{op: st.fixture.Endpoint(r, body)}
	if st.fixture.Key != nil && one.op == sender.OpSend {
		one.key = st.fixture.Key(r, body)
	}
	st.mu.Lock()
	st.seen = append(st.seen, one)
	answer := st.answers[one.op]
	st.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	if answer != nil {
		answer(w, r)
		return
	}
	st.provider.ServeHTTP(w, r)
}

// answer replaces the provider's answer to op; nil takes that back.
func (st *stage) answer(op sender.Op, h http.HandlerFunc) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.answers[op] = h
}

// count tells how often op was asked for.
func (st *stage) count(op sender.Op) int {
	st.mu.Lock()
	defer st.mu.Unlock()
	n := 0
	for _, s := range st.seen {
		if s.op == op {
			n++
		}
	}
	return n
}

func (st *stage) keys() []string {
	st.mu.Lock()
	defer st.mu.Unlock()
	var keys []string
	for _, s := range st.seen {
		if s.op == sender.OpSend {
			keys = append(keys, s.key)
		}
	}
	return keys
}

// content renders a small message in the type's first form.
func (st *stage) content(t *testing.T) json.RawMessage {
	t.Helper()
	r, err := st.sender.Render(t.Context(), sender.Draft{
		Message: sample(), Target: st.fixture.Target, Mentions: st.fixture.Mentions, Options: st.forms()[0],
	})
	require.NoError(t, st.check(t, err))
	require.NotEmpty(t, r.Parts)
	return r.Parts[0]
}

func (st *stage) forms() []sender.Options {
	if len(st.fixture.Forms) == 0 {
		return []sender.Options{nil}
	}
	return st.fixture.Forms
}

func (st *stage) notification(t *testing.T, key string) sender.Notification {
	t.Helper()
	return sender.Notification{Key: key, Target: st.fixture.Target, Content: st.content(t)}
}

// changeable is a notification in the form that can be updated.
func (st *stage) changeable(t *testing.T, key string) sender.Notification {
	t.Helper()
	form := st.fixture.Changeable
	if form == nil {
		form = st.forms()[0]
	}
	r, err := st.sender.Render(t.Context(), st.draft(sample(), form, nil))
	require.NoError(t, st.check(t, err))
	return sender.Notification{Key: key, Target: st.fixture.Target, Content: r.Parts[0]}
}

// check looks for secrets in everything that an error says, and returns it.
func (st *stage) check(t *testing.T, err error) error {
	t.Helper()
	if err == nil {
		return nil
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		st.clean(t, e.Error())
	}
	f := sender.AsFailure(err)
	words, jsonErr := json.Marshal([]string{f.Code, f.Text, f.Hint.ZH, f.Hint.EN})
	require.NoError(t, jsonErr)
	st.clean(t, string(words))
	return err
}

// clean fails if s holds a secret in any writing.
func (st *stage) clean(t *testing.T, s string) {
	t.Helper()
	planted := slices.Clone(st.fixture.Tokens)
	for _, v := range st.settings.Secrets {
		planted = append(planted, v.Reveal())
	}
	for _, p := range planted {
		for _, form := range writings(p) {
			require.NotContains(t, s, form, "a secret is told")
		}
	}
}

// copySettings lets a case change settings without changing the fixture's.
func copySettings(s sender.Settings) sender.Settings {
	out := s
	out.Values = map[string]string{}
	maps.Copy(out.Values, s.Values)
	out.Secrets = map[string]secret.Value{}
	maps.Copy(out.Secrets, s.Secrets)
	return out
}
