package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// call is what a fake provider was asked.
type call struct {
	at      time.Time
	op      sender.Op
	key     string
	target  string
	to      string
	mode    sender.UrgeMode
	people  []string
	content content
	aloud   bool
}

// content is a message in the fake provider's form.
type content struct {
	Title  string
	Items  []string
	Whens  []string
	Kind   string
	Status alert.Status
}

// fake is a provider as a struct of answers.
type fake struct {
	mu     sync.Mutex
	calls  []call
	answer func(op sender.Op, target string, n int) error
	refuse []sender.Refusal
	parts  int
	delay  time.Duration
	// rendered counts the messages.
	rendered int
	// hollow messages have a part without content.
	hollow bool
}

func (f *fake) renders() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rendered
}

func (f *fake) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	f.mu.Lock()
	f.rendered++
	f.mu.Unlock()
	c := content{Title: d.Message.Title, Kind: string(d.Message.Kind), Status: d.Message.Status}
	for _, i := range d.Message.Items {
		c.Items = append(c.Items, i.Title)
		c.Whens = append(c.Whens, i.When)
	}
	b, err := json.Marshal(c)
	r := sender.Rendered{}
	for range max(f.parts, 1, d.MinParts) {
		r.Parts = append(r.Parts, b)
	}
	if f.hollow {
		r.Parts[len(r.Parts)-1] = nil
	}
	return r, err
}

func (f *fake) did(c call) (sender.Receipt, error) {
	if f.delay > 0 {
		time.Sleep(f.delay)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c.at = time.Now()
	n := len(f.calls)
	f.calls = append(f.calls, c)
	if f.answer != nil {
		if err := f.answer(c.op, c.target, n); err != nil {
			return sender.Receipt{}, err
		}
	}
	id := fmt.Sprintf("m%d", n)
	if c.op == sender.OpUpdate {
		id = c.to
	}
	r := sender.Receipt{MessageID: id}
	if c.op == sender.OpSend {
		r.Refused = f.refuse
	}
	return r, nil
}

// set changes how a fake that is in use answers.
func (f *fake) set(answer func(op sender.Op, target string, n int) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

func read(b json.RawMessage) (c content) {
	if err := json.Unmarshal(b, &c); err != nil {
		panic(err)
	}
	return c
}

func (f *fake) Send(_ context.Context, n sender.Notification) (sender.Receipt, error) {
	return f.did(call{op: sender.OpSend, key: n.Key, target: n.Target.String(), content: read(n.Content)})
}

// card is a fake that can also update, reply and urge.
type card struct{ *fake }

func (f card) Update(_ context.Context, r sender.Receipt, n sender.Notification) (sender.Receipt, error) {
	return f.did(call{op: sender.OpUpdate, key: n.Key, to: r.MessageID, target: n.Target.String(), content: read(n.Content)})
}

func (f card) Reply(_ context.Context, r sender.Receipt, n sender.Notification) (sender.Receipt, error) {
	return f.did(call{op: sender.OpReply, key: n.Key, to: r.MessageID, target: n.Target.String(), content: read(n.Content), aloud: n.Aloud})
}

func (f card) Urge(_ context.Context, r sender.Receipt, u sender.Urge) (sender.Receipt, error) {
	c := call{op: sender.OpUrge, key: u.Key, to: r.MessageID, mode: u.Mode}
	for _, t := range u.Targets {
		c.people = append(c.people, t.String())
	}
	return f.did(c)
}

// done lists what was asked, without urging unless asked for.
func (f *fake) done(ops ...sender.Op) []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []call
	for _, c := range f.calls {
		for _, op := range ops {
			if c.op == op {
				list = append(list, c)
			}
		}
		if len(ops) == 0 {
			list = append(list, c)
		}
	}
	return list
}

// house is an engine with two fake providers: robot, which can only send, and card.
type house struct {
	*Engine
	t     *testing.T
	cfg   *config.Config
	robot *fake
	card  card
	dir   string
	// more are types besides those two.
	more []sender.Manifest
	// maxPages bounds the store; 0 does not.
	maxPages int
}

func (h *house) types() []sender.Manifest {
	all := []sender.TargetKind{sender.TargetChat, sender.TargetPerson}
	return append([]sender.Manifest{
		{
			Type: "robot", Provider: "fake", Repeat: sender.Repeat{Kind: sender.Idempotent},
			New: func(sender.Settings, sender.Deps) (sender.Sender, error) { return h.robot, nil },
		},
		{
			Type: "card", Provider: "fake", Targets: all, Mentions: all, Repeat: sender.Repeat{Kind: sender.Idempotent},
			UrgeRepeat: map[sender.UrgeMode]sender.Repeat{
				sender.UrgeApp: {Kind: sender.Repeatable}, sender.UrgeSMS: {Kind: sender.Once}, sender.UrgePhone: {Kind: sender.Once},
			},
			New: func(sender.Settings, sender.Deps) (sender.Sender, error) { return h.card, nil },
		},
	}, h.more...)
}

// twenty is the limit of a DingTalk robot.
func twenty() []sender.Limit {
	return []sender.Limit{{Scope: sender.ScopeAccount, Count: 20, Per: time.Minute}}
}

func standard() *config.Config {
	defaults := config.Defaults{
		Severity: alert.Warning, Language: lang.English, Location: time.UTC, Repeat: config.RepeatRemind, DuplicateWindow: time.Minute, Fold: true,
	}
	point := func(name string, steps ...config.Step) config.ContactPoint {
		return config.ContactPoint{
			Name: name, Language: lang.English, Location: time.UTC, Repeat: config.RepeatRemind, DuplicateWindow: time.Minute, Steps: steps,
		}
	}
	robot := config.Notify{Account: "robot", To: []sender.Target{{}}}
	chat := config.Notify{
		Account: "card", To: []sender.Target{{Kind: sender.TargetChat, Value: "ops"}},
		Mention: []sender.Target{{Kind: sender.TargetPerson, Value: "li"}},
	}
	urgent := chat
	urgent.Urgent = sender.Urgency{alert.Critical: sender.UrgePhone}
	return &config.Config{
		Accounts: map[string]config.Account{
			"robot": {Name: "robot", Type: "robot", Limits: twenty(), InFlight: 8, Fold: true},
			"card":  {Name: "card", Type: "card", InFlight: 8, Fold: true},
		},
		People: map[string]sender.Person{"li": {Name: "li", Email: "li@example.com"}},
		ContactPoints: map[string]config.ContactPoint{
			"robot":    point("robot", config.Step{Notify: []config.Notify{robot}}),
			"card":     point("card", config.Step{Notify: []config.Notify{chat}}),
			"urgent":   point("urgent", config.Step{Notify: []config.Notify{urgent}}),
			"fallback": point("fallback", config.Step{Notify: []config.Notify{urgent}}, config.Step{On: config.OnFailure, Notify: []config.Notify{robot}}),
		},
		Defaults: defaults,
	}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	f := &fake{}
	return &house{t: t, cfg: standard(), robot: &fake{}, card: card{f}, dir: t.TempDir()}
}

func (h *house) open() *house {
	h.t.Helper()
	e, err := Open(h.t.Context(), Options{
		Dir: h.dir, Types: h.types(), Load: func() (*config.Config, error) { return h.cfg, nil }, MaxPages: h.maxPages,
	})
	require.NoError(h.t, err)
	h.Engine = e
	return h
}

func (h *house) close() {
	h.t.Helper()
	require.NoError(h.t, h.Close())
}

// group is a group with one alert of each name, all of one severity.
func group(key string, s alert.Severity, status alert.Status, alerts ...string) alert.Group {
	g := alert.Group{Source: "default", Kind: "alertmanager", Key: key, Status: status}
	for _, a := range alerts {
		al := alert.Alert{
			Fingerprint: a, Status: status, Severity: s, StartsAt: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
			Labels: map[string]string{"alertname": a},
		}
		if status == alert.Resolved {
			al.EndsAt = al.StartsAt.Add(3 * time.Minute)
		}
		g.Alerts = append(g.Alerts, al)
	}
	return g
}

func (h *house) submit(point string, g alert.Group, wait time.Duration) core.Result {
	h.t.Helper()
	r, err := h.Submit(h.t.Context(), core.Submission{Tenant: config.MainTenant, ContactPoint: point, Group: g, Wait: wait})
	require.NoError(h.t, err)
	return r
}

// settleFor lets fake time pass.
func settleFor(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var errDown = &sender.Failure{Class: sender.Again, Reason: sender.ReasonUnavailable, Err: errors.New("connection refused")}

func TestAGroupIsDeliveredOnceAndItsCardFollowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()

		r := h.submit("card", group("k", alert.High, alert.Firing, "disk"), 5*time.Second)
		require.Equal(t, core.StateDelivered, r.State)
		require.Equal(t, core.StateDelivered, r.Deliveries[0].State)

		again := h.submit("card", group("k", alert.High, alert.Firing, "disk"), 0)
		require.NotEmpty(t, again.Duplicate, "the same state within the window is folded")

		h.submit("card", group("k", alert.High, alert.Firing, "disk", "memory"), time.Second)
		h.submit("card", group("k", alert.High, alert.Resolved, "disk", "memory"), time.Second)
		calls := h.card.done()
		require.Len(t, calls, 3)
		require.Equal(t, []sender.Op{sender.OpSend, sender.OpUpdate, sender.OpUpdate}, []sender.Op{calls[0].op, calls[1].op, calls[2].op})
		require.Equal(t, "m0", calls[2].to, "the card stays the one that began the conversation")

		h.submit("card", group("k", alert.High, alert.Resolved, "disk", "memory"), time.Second)
		require.Len(t, h.card.done(), 3, "resolved is told once")

		later := group("k", alert.High, alert.Firing, "disk")
		later.Alerts[0].StartsAt = later.Alerts[0].StartsAt.Add(time.Hour)
		h.submit("card", later, time.Second)
		require.Equal(t, sender.OpSend, h.card.done()[3].op, "a new episode is a new card")
	})
}

func TestAMessageWithoutContentFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.chats("a")
		h.card.hollow, h.card.parts = true, 2
		h.open()
		defer h.close()
		for _, point := range []string{"card", "a"} {
			r := h.submit(point, group("k", alert.High, alert.Firing, "disk"), 5*time.Second)
			require.Equal(t, core.StateFailed, r.State)
			require.Contains(t, r.Deliveries[0].Text, "no content")
		}
		require.NoError(t, h.store.Failed())
		list, err := h.Preview(t.Context(), core.Submission{Tenant: config.MainTenant, ContactPoint: "a", Group: group("k", alert.High, alert.Firing, "disk")})
		require.NoError(t, err)
		require.Contains(t, list[0].Error, "no content")
	})
}

// A core may start while the disk is full, after one that was killed.
func TestLanesOfACoreThatIsGoneAreSeenToOnceTheStoreCanBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		h.card.set(func(sender.Op, string, int) error { return errDown })
		h.submit("card", group("k", alert.High, alert.Firing, "disk"), 0)
		settleFor(time.Second)
		path := h.store.Path()
		h.close()
		db, err := sql.Open("sqlite", path)
		require.NoError(t, err)
		defer db.Close()
		change := func(statement string) {
			_, err := db.ExecContext(t.Context(), statement)
			require.NoError(t, err)
		}
		change(`UPDATE lanes SET leased_until = 4102444800000`)
		change(`CREATE TRIGGER full BEFORE UPDATE ON lanes BEGIN SELECT RAISE(FAIL, 'full'); END`)
		h.card.set(nil)
		h.card.calls = nil
		h.open()
		defer h.close()
		settleFor(time.Minute)
		require.Empty(t, h.card.done())
		require.NoError(t, h.store.Ping(), "not all is lost")
		health, err := h.Health(t.Context())
		require.NoError(t, err)
		require.False(t, health.Ready)
		require.Contains(t, health.Problems[0].EN, "nothing is sent")
		require.Contains(t, health.Problems[0].EN, "full")
		change(`DROP TRIGGER full`)
		settleFor(time.Minute)
		require.Len(t, h.card.done(), 1)
		health, err = h.Health(t.Context())
		require.NoError(t, err)
		require.True(t, health.Ready)
	})
}

func TestAnAlertWithoutTimesIsDatedByWhenItCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		begin := time.Now()
		undated := func(status alert.Status) alert.Group {
			g := group("k", alert.High, status, "disk")
			g.Alerts[0].StartsAt, g.Alerts[0].EndsAt = time.Time{}, time.Time{}
			return g
		}
		told := func(status alert.Status) (a alert.Alert) {
			t.Helper()
			g := undated(status)
			require.Empty(t, h.submit("card", g, time.Second).Duplicate)
			require.NoError(t, h.store.Write(func(tx *store.Tx) error {
				_, state, _, err := tx.CurrentGroup(store.Identity{Tenant: config.MainTenant, Source: g.Source, ContactPoint: "card", Key: g.Key})
				require.NoError(t, err)
				return json.Unmarshal(state, &g)
			}))
			return g.Alerts[0]
		}

		require.True(t, told(alert.Firing).StartsAt.Equal(begin))
		settleFor(20 * time.Second)
		require.NotEmpty(t, h.submit("card", undated(alert.Firing), time.Second).Duplicate, "it still fires since then")
		over := told(alert.Resolved)
		require.True(t, over.StartsAt.Equal(begin), "what is over began when it fired first")
		require.Equal(t, 20*time.Second, over.EndsAt.Sub(over.StartsAt).Truncate(time.Second))
		require.NotEmpty(t, h.submit("card", undated(alert.Resolved), time.Second).Duplicate)
		settleFor(time.Second)
		require.True(t, told(alert.Firing).StartsAt.After(over.EndsAt), "it fires anew, and is not mistaken for a late twin")
		require.Len(t, h.card.done(), 3)
	})
}

func TestARepeatReminds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		g := group("k", alert.High, alert.Firing, "disk")
		h.submit("card", g, time.Second)
		settleFor(4 * time.Hour)
		h.submit("card", g, time.Second)
		calls := h.card.done()
		require.Len(t, calls, 2)
		require.Equal(t, sender.OpReply, calls[1].op, "a patched card makes no sound")
		require.True(t, calls[1].aloud, "nor does a thread, for those who take no part in it")
	})
}

func TestSomethingWorseInAnOpenGroupMakesASound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		state := func(severities ...alert.Severity) alert.Group {
			g := group("k", alert.Info, alert.Firing, []string{"disk", "memory", "network", "power"}[:len(severities)]...)
			for i, s := range severities {
				g.Alerts[i].Severity = s
			}
			return g
		}
		ops := func(point string, g alert.Group) (list []sender.Op) {
			h.card.calls = nil
			h.submit(point, g, time.Second)
			settleFor(time.Second)
			for _, c := range h.card.done() {
				list = append(list, c.op)
			}
			return list
		}

		require.Equal(t, []sender.Op{sender.OpSend}, ops("card", state(alert.Warning)))
		require.Equal(t, []sender.Op{sender.OpUpdate}, ops("card", state(alert.Warning, alert.Info)), "what is no worse changes the card")
		require.Equal(t, []sender.Op{sender.OpUpdate, sender.OpReply}, ops("card", state(alert.Warning, alert.Info, alert.Critical)))
		require.Contains(t, h.card.done()[1].content.Items, "network", "the reply says what is worse")
		require.True(t, h.card.done()[1].aloud)
		require.Equal(t, []sender.Op{sender.OpUpdate}, ops("card", state(alert.Warning, alert.Info, alert.Critical, alert.Critical)), "once")

		over := state(alert.Warning, alert.Info, alert.Critical, alert.Critical)
		over.Alerts[2].Status, over.Alerts[3].Status = alert.Resolved, alert.Resolved
		require.Equal(t, []sender.Op{sender.OpUpdate}, ops("card", over))
		require.Equal(t, []sender.Op{sender.OpUpdate, sender.OpReply}, ops("card", state(alert.Warning, alert.Info, alert.Critical)),
			"what recovered and fires again is worse than what is heard of now")
		over.Alerts[0].Status, over.Alerts[1].Status, over.Status = alert.Resolved, alert.Resolved, alert.Resolved
		require.Equal(t, []sender.Op{sender.OpUpdate}, ops("card", over))
	})
}

func TestWhatADigestToldWasHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		a := h.cfg.Accounts["card"]
		a.Limits = []sender.Limit{{Scope: sender.ScopeTarget, Count: 2, Per: 5 * time.Minute}}
		h.cfg.Accounts["card"] = a
		h.open()
		defer h.close()
		for k := range 4 {
			h.submit("card", group(strconv.Itoa(k), alert.Warning, alert.Firing, "a"), 0)
			settleFor(10 * time.Minute)
		}
		worse := func(k string) alert.Group {
			g := group(k, alert.Warning, alert.Firing, "a", "b")
			g.Alerts[1].Severity = alert.High
			return g
		}
		for k := range 4 {
			h.submit("card", worse(strconv.Itoa(k)), 0)
		}
		settleFor(time.Hour)
		calls := h.card.done()
		require.Equal(t, "digest", calls[len(calls)-1].content.Kind)
		replies := len(h.card.done(sender.OpReply))
		more := group("3", alert.Warning, alert.Firing, "a", "b", "c")
		more.Alerts[1].Severity, more.Alerts[2].Severity = alert.High, alert.High
		h.submit("card", more, 0)
		settleFor(time.Hour)
		require.Len(t, h.card.done(sender.OpReply), replies, "the digest made a sound")
	})
}

func TestASoundThatFailsIsMadeAgainUnlessItNeverCanBe(t *testing.T) {
	for name, c := range map[string]struct {
		failure *sender.Failure
		want    []sender.Op
	}{
		"not in a thread": {&sender.Failure{Class: sender.Never, Reason: sender.ReasonMessage, Err: sender.ErrCannotReply}, []sender.Op{"send", "update", "reply", "send"}},
		"for now":         {&sender.Failure{Class: sender.Again, Reason: sender.ReasonUnavailable}, []sender.Op{"send", "update", "reply", "reply"}},
		"for good":        {&sender.Failure{Class: sender.Never, Reason: sender.ReasonPermission}, []sender.Op{"send", "update", "reply"}},
		"by a limit":      {&sender.Failure{Class: sender.Later, Reason: sender.ReasonRateLimited, After: time.Second}, []sender.Op{"send", "update", "reply", "reply"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				replies := 0
				h.card.answer = func(op sender.Op, _ string, _ int) error {
					if op == sender.OpReply {
						if replies++; replies == 1 {
							return c.failure
						}
					}
					return nil
				}
				h.open()
				defer h.close()
				h.submit("card", group("k", alert.Warning, alert.Firing, "disk"), time.Second)
				h.submit("card", group("k", alert.Critical, alert.Firing, "disk", "memory"), time.Second)
				settleFor(time.Minute)
				var ops []sender.Op
				for _, call := range h.card.done() {
					ops = append(ops, call.op)
				}
				require.Equal(t, c.want, ops)
				page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, Limit: 1})
				require.NoError(t, err)
				require.Equal(t, core.StateDelivered, page.Deliveries[0].State)
				require.Equal(t, c.want[len(c.want)-1], page.Deliveries[0].Attempts[len(page.Deliveries[0].Attempts)-1].Op)
			})
		})
	}
}

func TestCriticalIsUrgedOnceAndFallsBackToTheApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(op sender.Op, _ string, _ int) error {
			if op == sender.OpUrge && len(h.card.calls) == 2 {
				return &sender.Failure{Class: sender.Never, Reason: sender.ReasonRateLimited, Code: "230024", Text: "quota"}
			}
			return nil
		}
		h.open()
		defer h.close()
		h.submit("urgent", group("w", alert.High, alert.Firing, "quiet"), time.Second)
		require.Empty(t, h.card.done(sender.OpUrge), "only critical is urgent")
		h.card.calls = nil

		h.submit("urgent", group("c", alert.Critical, alert.Firing, "fire"), time.Second)
		settleFor(time.Second)
		urges := h.card.done(sender.OpUrge)
		require.Len(t, urges, 2)
		require.Equal(t, sender.UrgePhone, urges[0].mode)
		require.Equal(t, []string{"person:li"}, urges[0].people)
		require.Equal(t, sender.UrgeApp, urges[1].mode, "a used-up quota falls back to what costs nothing")
	})
}

func TestAnUrgeByPhoneWithUnknownOutcomeIsNotRepeatedAndTheNextStepRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(op sender.Op, _ string, _ int) error {
			if op == sender.OpUrge && h.card.calls[len(h.card.calls)-1].mode == sender.UrgePhone {
				return &sender.Failure{Class: sender.Again, Reason: sender.ReasonTimeout, MaybeSent: true}
			}
			return nil
		}
		h.open()
		defer h.close()
		h.submit("fallback", group("c", alert.Critical, alert.Firing, "fire"), time.Second)
		settleFor(10 * time.Minute)
		phone := 0
		for _, u := range h.card.done(sender.OpUrge) {
			if u.mode == sender.UrgePhone {
				phone++
			}
		}
		require.Equal(t, 1, phone)
		require.Len(t, h.robot.done(), 1, "the next step runs")
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, State: core.StateUnknown})
		require.NoError(t, err)
		require.Len(t, page.Deliveries, 1)
	})
}

func TestFailedForGoodIsSaidAndTriedAgainOnlyAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		bad := &sender.Failure{Class: sender.Never, Reason: sender.ReasonRecipient, Code: "230002", Text: "bot not in group"}
		h.card.answer = func(sender.Op, string, int) error { return bad }
		h.open()
		defer h.close()
		g := group("k", alert.High, alert.Firing, "disk")
		r := h.submit("card", g, 5*time.Second)
		require.Equal(t, core.StateFailed, r.State)
		require.Equal(t, "230002", r.Deliveries[0].Code)

		settleFor(30 * time.Second)
		require.Equal(t, core.StateFailed, h.submit("card", g, 0).State, "the same answer")
		require.Len(t, h.card.done(), 1, "without an attempt")
		settleFor(40 * time.Second)
		h.card.set(nil)
		require.Equal(t, core.StateDelivered, h.submit("card", g, 5*time.Second).State, "after a minute it is tried again")
	})
}

func TestOnFailureRunsWhenAStepGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(sender.Op, string, int) error { return errDown }
		h.open()
		defer h.close()
		start := time.Now()
		h.submit("fallback", group("c", alert.Critical, alert.Firing, "fire"), 0)
		settleFor(time.Minute)
		require.Empty(t, h.robot.done())
		settleFor(90 * time.Second)
		require.Len(t, h.robot.done(), 1)
		require.InDelta(t, 2*time.Minute, h.robot.done()[0].at.Sub(start), float64(5*time.Second), "a critical step gives up after 2 minutes")

		h.card.set(nil)
		h.submit("fallback", group("c", alert.Critical, alert.Resolved, "fire"), time.Second)
		settleFor(time.Second)
		require.Equal(t, alert.Resolved, h.robot.done()[1].content.Status, "who got the firing gets the resolve")
	})
}

func TestAnOutageEndsWithEveryLastStateOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		var down atomic.Bool
		down.Store(true)
		h.card.answer = func(sender.Op, string, int) error {
			if down.Load() {
				return errDown
			}
			return nil
		}
		h.open()
		defer h.close()
		h.submit("card", group("a", alert.High, alert.Firing, "a1"), 0)
		settleFor(time.Minute)
		h.submit("card", group("a", alert.High, alert.Firing, "a1", "a2"), 0)
		h.submit("card", group("b", alert.High, alert.Firing, "b1"), 0)
		settleFor(time.Minute)
		h.submit("card", group("a", alert.High, alert.Resolved, "a1", "a2"), 0)
		settleFor(time.Minute)
		down.Store(false)
		before := len(h.card.done())
		settleFor(2 * time.Minute)
		told := h.card.done()[before:]
		require.Len(t, told, 2, "one message a group")
		for _, c := range told {
			if c.content.Items[0][0] != 'b' && len(c.content.Items) > 0 {
				require.Equal(t, alert.Resolved, c.content.Status)
				require.Len(t, c.content.Items, 2)
			}
		}
	})
}

func TestFiveHundredToARobotOfTwentyAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.robot.delay = 20 * time.Millisecond
		var sent []time.Time
		h.robot.answer = func(sender.Op, string, int) error {
			now := time.Now()
			sent = append(sent, now)
			n := 0
			for _, s := range sent {
				if now.Sub(s) < time.Minute {
					n++
				}
			}
			if n > 20 {
				return sender.RetryAfter(10*time.Minute, errors.New("banned"))
			}
			return nil
		}
		h.open()
		defer h.close()
		start := time.Now()
		for i := range 500 {
			s := alert.Warning
			if i%10 == 0 {
				s = alert.Critical
			}
			h.submit("robot", group(fmt.Sprintf("k%d", i), s, alert.Firing, fmt.Sprintf("alert-%d", i)), 0)
			time.Sleep(2 * time.Millisecond)
		}
		settleFor(5 * time.Minute)
		named := map[string]bool{}
		for _, c := range h.robot.done() {
			for _, n := range c.content.Items {
				named[n] = true
			}
		}
		require.Len(t, h.robot.done(), len(sent))
		last := h.robot.done()[len(sent)-1].at.Sub(start)
		require.Less(t, last, 3*time.Minute)
		count := 0
		for i := range 500 {
			for n := range named {
				if n == fmt.Sprintf("alert-%d", i) || len(n) > 8 && n[:len(fmt.Sprintf("alert-%d", i))] == fmt.Sprintf("alert-%d", i) {
					count++
					break
				}
			}
		}
		require.Equal(t, 500, count, "every alert is named")
		t.Logf("%d messages in %s", len(sent), last)
	})
}

func TestTheHistorySaysWhatALaneWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		standing := func(id string) core.Delivery {
			t.Helper()
			page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, State: core.StateWaiting, Search: id})
			require.NoError(t, err)
			require.NotEmpty(t, page.Deliveries)
			return page.Deliveries[0]
		}
		var provider atomic.Pointer[func() error]
		answers := func(f func() error) { provider.Store(&f) }
		answers(func() error { return nil })
		h.robot.answer = func(sender.Op, string, int) error { return (*provider.Load())() }
		h.open()
		defer h.close()
		for i := range 12 {
			h.submit("robot", group(strconv.Itoa(i), alert.Warning, alert.Firing, fmt.Sprintf("trifle-%d", i)), 0)
		}
		settleFor(time.Millisecond)
		waits := standing("trifle-11")
		require.Equal(t, sender.ReasonRateLimited, waits.Reason)
		require.Equal(t, []lang.Text{{
			ZH: "等我们自己的限额（每 1m 至多 20 条），约 3s 后有位置",
			EN: "waits for our own limit of 20 in 1m: the next place is free in about 3s",
		}}, waits.Notes)
		require.Empty(t, waits.Attempts)

		settleFor(time.Hour)
		answers(func() error {
			return &sender.Failure{Class: sender.Later, Reason: sender.ReasonRateLimited, After: 10 * time.Minute, Code: "130101", Text: "send too fast"}
		})
		h.submit("robot", group("late", alert.Warning, alert.Firing, "late"), 0)
		settleFor(time.Minute)
		require.Equal(t, "the provider refuses for now, for about 9m", standing("late").Notes[0].EN)

		answers(func() error { return nil })
		settleFor(time.Hour)
		answers(func() error {
			time.Sleep(20 * time.Second)
			return &sender.Failure{Class: sender.Again, Reason: sender.ReasonUnavailable}
		})
		h.submit("robot", group("slow", alert.Warning, alert.Firing, "slow"), 0)
		settleFor(time.Second)
		require.Empty(t, standing("slow").Notes, "it is being sent")
		settleFor(19*time.Second + 100*time.Millisecond)
		failed := standing("slow")
		require.Equal(t, sender.ReasonUnavailable, failed.Reason)
		require.Equal(t, "the last call here failed: it is tried again in about 1s", failed.Notes[0].EN)
	})
}

func TestADisasterAfterTwentyTriflesLeavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		for i := range 20 {
			h.submit("robot", group(fmt.Sprintf("k%d", i), alert.Info, alert.Firing, fmt.Sprintf("trifle-%d", i)), 0)
			settleFor(100 * time.Millisecond)
		}
		r := h.submit("robot", group("disaster", alert.Critical, alert.Firing, "disaster"), time.Second)
		require.Equal(t, core.StateDelivered, r.State)
		settleFor(3 * time.Minute)
		require.LessOrEqual(t, len(h.robot.done()), 21)
	})
}

func TestWhatWaitsSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(sender.Op, string, int) error { return errDown }
		h.open()
		h.submit("card", group("k", alert.High, alert.Firing, "disk"), 0)
		settleFor(time.Second)
		h.close()
		h.card.set(nil)
		h.open()
		defer h.close()
		settleFor(time.Minute)
		calls := h.card.done()
		require.Equal(t, calls[0].key, calls[len(calls)-1].key, "a repeat carries the same key")
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant})
		require.NoError(t, err)
		require.Equal(t, core.StateDelivered, page.Deliveries[0].State)
	})
}

func TestAnOpenGroupGoesOnWithTheContactPointOnceItsAccountIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		h.submit("card", group("k", alert.High, alert.Firing, "disk"), time.Second)
		h.cfg = standard()
		renamed := h.cfg.Accounts["card"]
		renamed.Name = "renamed"
		delete(h.cfg.Accounts, "card")
		h.cfg.Accounts["renamed"] = renamed
		for _, name := range []string{"urgent", "fallback"} {
			delete(h.cfg.ContactPoints, name)
		}
		h.cfg.ContactPoints["card"].Steps[0].Notify[0].Account = "renamed"
		require.NoError(t, h.Reload(t.Context()))
		for i, status := range []alert.Status{alert.Firing, alert.Resolved} {
			r := h.submit("card", group("k", alert.High, status, "disk", "memory"), time.Second)
			require.Equal(t, core.StateDelivered, r.State)
			require.Len(t, h.card.done(), i+2)
		}
		require.Equal(t, sender.OpSend, h.card.done()[1].op, "nothing was said there that could be changed")
		require.Equal(t, sender.OpUpdate, h.card.done()[2].op)
	})
}

func TestATemplateThatFailsIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		c := h.cfg.ContactPoints["card"]
		c.Template.Title = `{{ index .Alerts 7 }}`
		h.cfg.ContactPoints["card"] = c
		h.open()
		defer h.close()
		h.submit("card", group("k", alert.High, alert.Firing, "disk"), time.Second)
		b, err := h.Metrics(t.Context())
		require.NoError(t, err)
		require.Contains(t, string(b), "yunluo_template_failures_total 1\n")
		previews, err := h.Preview(t.Context(), core.Submission{
			Tenant: config.MainTenant, ContactPoint: "card", Group: group("k", alert.High, alert.Firing, "disk"),
		})
		require.NoError(t, err)
		require.Contains(t, previews[0].Defaulted, "title")
	})
}

func TestGivingUpSaysWhatStoppedIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		d       store.Delivery
		limited bool
		reason  sender.Reason
		hint    string
	}{
		"an outage":       {store.Delivery{Reason: "timeout"}, false, sender.ReasonTimeout, "out of reach"},
		"a limit":         {store.Delivery{}, true, sender.ReasonRateLimited, "because of a limit"},
		"an answer lost":  {store.Delivery{Reason: "unavailable", MaybeSent: true}, false, sender.ReasonUnavailable, "may have arrived"},
		"nothing of this": {store.Delivery{}, false, sender.ReasonUnavailable, "out of reach"},
	} {
		f := gaveUp(c.d, c.limited)
		require.Equal(t, c.reason, f.Reason, name)
		require.Contains(t, f.Hint.EN, c.hint, name)
	}
}

// withWrongSecret opens a house whose cards the provider refuses, until its answer is set.
func withWrongSecret(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.card.answer = func(sender.Op, string, int) error {
		return sender.Permanent(sender.ReasonAuth, errors.New("invalid app_secret"))
	}
	return h.open()
}

func TestReloadTriesOnceMoreWhatFailedForItsCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := withWrongSecret(t)
		defer h.close()
		r := h.submit("card", group("k", alert.High, alert.Firing, "disk"), time.Second)
		require.Equal(t, core.StateFailed, r.State)
		h.card.set(nil)
		require.NoError(t, h.Reload(t.Context()))
		settleFor(time.Second)
		require.Len(t, h.card.done(), 2)
	})
}

func TestWhatWentThroughAtLastIsNotToldAgainByARepeat(t *testing.T) {
	for name, tryAgain := range map[string]func(h *house, r core.Result) error{
		"reload": func(h *house, _ core.Result) error { return h.Reload(h.t.Context()) },
		"resend": func(h *house, r core.Result) error {
			return h.Resend(h.t.Context(), config.MainTenant, r.Deliveries[0].ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := withWrongSecret(t)
				defer h.close()
				g := group("k", alert.High, alert.Firing, "disk")
				r := h.submit("card", g, time.Second)
				require.Equal(t, core.StateFailed, r.State)
				h.card.set(nil)
				require.NoError(t, tryAgain(h, r))
				settleFor(time.Second)
				require.Len(t, h.card.done(), 2)
				again := h.submit("card", g, time.Second)
				require.Contains(t, again.Duplicate, "the same state")
				require.Len(t, h.card.done(), 2)
			})
		})
	}
}

func TestWhatComesDuringACallGoesRightAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		h.card.delay = 100 * time.Millisecond
		begin := time.Now()
		h.submit("card", group("k1", alert.Warning, alert.Firing, "disk"), 0)
		settleFor(30 * time.Millisecond)
		h.submit("card", group("k2", alert.Warning, alert.Firing, "cpu"), 0)
		settleFor(10 * time.Millisecond)
		release := h.hog(0)
		settleFor(time.Second)
		calls := h.card.done(sender.OpSend)
		release()
		require.Len(t, calls, 2, "the second does not wait until the first one's outcome is on the disk")
		require.Equal(t, 200*time.Millisecond, calls[1].at.Sub(begin))
	})
}
