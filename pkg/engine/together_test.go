package engine

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// problem is what a source that groups nothing says of one thing.
func problem(id int, s alert.Severity, status alert.Status) alert.Group {
	g := group(fmt.Sprintf("event/%d", id), s, status, fmt.Sprintf("problem-%d", id))
	g.EventKey, g.Single = fmt.Sprintf("%d/%s", id, status), true
	return g
}

// windowed is a house whose contact points have a group window and no limits.
func windowed(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	for name, c := range h.cfg.ContactPoints {
		c.GroupWindow = 3 * time.Second
		h.cfg.ContactPoints[name] = c
	}
	robot := h.cfg.Accounts["robot"]
	robot.Limits = nil
	h.cfg.Accounts["robot"] = robot
	return h.open()
}

func TestABurstIsTheFirstAndThenOneMessage(t *testing.T) {
	for _, point := range []string{"robot", "card"} {
		synctest.Test(t, func(t *testing.T) {
			h := windowed(t)
			defer h.close()
			began := time.Now()
			require.Equal(t, core.StateDelivered, h.submit(point, problem(0, alert.High, alert.Firing), time.Second).State)
			for id := 1; id <= 5; id++ {
				r := h.submit(point, problem(id, alert.High, alert.Firing), time.Second)
				require.Equal(t, core.StateWaiting, r.State)
			}
			require.Less(t, time.Since(began), time.Second, "who has less time than the window is not kept waiting")
			settleFor(time.Millisecond)
			page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, State: core.StateWaiting})
			require.NoError(t, err)
			require.Len(t, page.Deliveries, 5)
			require.Equal(t, "waits for others of its group_window of 3s, for about 3s", page.Deliveries[0].Notes[0].EN)
			require.Empty(t, page.Deliveries[0].Reason, "no limit is in its way")
			settleFor(5 * time.Second)
			calls := append(h.robot.done(), h.card.done()...)
			require.Len(t, calls, 2)
			require.Equal(t, "digest", calls[1].content.Kind)
			require.Len(t, calls[1].content.Items, 5)
			require.InDelta(t, 3, calls[1].at.Sub(calls[0].at).Seconds(), 0.5)
		})
	}
}

func TestTheHistoryOfAContactPointHasItsDigests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		for id := range 4 {
			h.submit("robot", problem(id, alert.High, alert.Firing), 0)
			settleFor(10 * time.Millisecond)
		}
		settleFor(5 * time.Second)
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, ContactPoint: "robot", State: core.StateDelivered})
		require.NoError(t, err)
		require.Len(t, page.Deliveries, 2)
		d := page.Deliveries[0]
		require.Equal(t, "robot", d.ContactPoint)
		require.Equal(t, problem(1, 0, "").Source, d.Source)
		var keys []string
		for id := 1; id < 4; id++ {
			keys = append(keys, problem(id, 0, "").Key)
		}
		require.Equal(t, strings.Join(keys, ", "), d.GroupKey)
		require.NotNil(t, d.Alerts)
	})
}

func TestWhatWasNeverRenderedIsCalledAfterItsAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		h.submit("card", problem(0, alert.High, alert.Firing), time.Second)
		few, many := group("few", alert.High, alert.Firing, "disk", "cpu"), group("many", alert.High, alert.Firing, "a", "b", "c", "d")
		few.Single, many.Single = true, true
		many.Alerts = append(many.Alerts, many.Alerts[0])
		many.Alerts[4].Fingerprint = "a, on another host"
		h.submit("card", few, 0)
		h.submit("card", many, 0)
		settleFor(5 * time.Second)
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, State: core.StateSuperseded})
		require.NoError(t, err)
		var titles []string
		for _, d := range page.Deliveries {
			titles = append(titles, d.Title)
		}
		require.Equal(t, []string{"a, b, c, …", "disk, cpu"}, titles)
	})
}

func TestTheFirstOfABurstHasACardHoweverManyComeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		var all sync.WaitGroup
		for id := range 6 {
			all.Go(func() { h.submit("card", problem(id, alert.High, alert.Firing), 0) })
		}
		all.Wait()
		settleFor(10 * time.Second)
		calls := h.card.done()
		require.Len(t, calls, 2)
		require.Len(t, calls[0].content.Items, 1)
		require.Len(t, calls[1].content.Items, 5)
	})
}

func TestWhoHasTheTimeWaitsForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		h.submit("robot", problem(0, alert.High, alert.Firing), time.Second)
		require.Equal(t, core.StateDelivered, h.submit("robot", problem(1, alert.High, alert.Firing), 10*time.Second).State)
	})
}

func TestADisasterNeverWaitsForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		h.submit("robot", problem(0, alert.High, alert.Firing), time.Second)
		h.submit("robot", problem(1, alert.High, alert.Firing), 0)
		h.submit("robot", problem(2, alert.High, alert.Firing), 0)
		r := h.submit("robot", problem(3, alert.Critical, alert.Firing), time.Second)
		require.Equal(t, core.StateDelivered, r.State)
		calls := h.robot.done()
		require.Len(t, calls, 2)
		require.Equal(t, []string{"problem-3"}, calls[1].content.Items)
		require.Less(t, calls[1].at.Sub(calls[0].at), 100*time.Millisecond)
		settleFor(5 * time.Second)
		require.Len(t, h.robot.done(), 3)
		require.Len(t, h.robot.done()[2].content.Items, 2)
	})
}

func TestWhatHasACardNeitherWaitsNorIsFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		h.submit("card", problem(0, alert.High, alert.Firing), time.Second)
		settleFor(time.Minute)
		h.submit("card", problem(1, alert.High, alert.Firing), time.Second)
		h.submit("card", problem(2, alert.High, alert.Firing), 0)
		h.submit("card", problem(3, alert.High, alert.Firing), 0)
		h.submit("card", problem(0, alert.High, alert.Resolved), 0)
		h.submit("card", problem(1, alert.High, alert.Resolved), 0)
		settleFor(5 * time.Second)
		updates := h.card.done(sender.OpUpdate)
		require.Len(t, updates, 2, "both turn green")
		require.ElementsMatch(t, []string{"m0", "m1"}, []string{updates[0].to, updates[1].to})
		require.Len(t, h.card.done(sender.OpSend), 3)
	})
}

func TestAStormWithoutCardsLeavesTheCardItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		c := h.cfg.ContactPoints["card"]
		c.GroupWindow = 3 * time.Second
		h.cfg.ContactPoints["card"] = c
		limited := h.cfg.Accounts["card"]
		limited.Limits = twenty()
		h.cfg.Accounts["card"] = limited
		h.open()
		defer h.close()
		for id := range 200 {
			h.submit("card", problem(id, alert.High, alert.Firing), 0)
		}
		settleFor(10 * time.Minute)
		cards := h.card.done(sender.OpSend)
		require.Len(t, cards[0].content.Items, 1)
		for id := range 200 {
			h.submit("card", problem(id, alert.High, alert.Resolved), 0)
		}
		settleFor(10 * time.Minute)
		updates := h.card.done(sender.OpUpdate)
		require.Len(t, updates, 1)
		require.Equal(t, "m0", updates[0].to)
		named := map[string]bool{}
		for _, call := range h.card.done() {
			for _, item := range call.content.Items {
				named[item] = true
			}
		}
		require.Len(t, named, 200)
		require.Less(t, len(h.card.done()), 20)
	})
}

func TestWithoutAWindowOrFromASourceThatGroupsEachGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		for id := range 4 {
			g := problem(id, alert.High, alert.Firing)
			g.Single = false
			h.submit("robot", g, time.Second)
		}
		require.Len(t, h.robot.done(), 4)
	})
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		for id := range 4 {
			h.submit("card", problem(id, alert.High, alert.Firing), time.Second)
		}
		require.Len(t, h.card.done(), 4)
	})
}

func TestOneProblemOfSeveralPeopleIsToldOnceAndItsEscalationReminds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		for _, key := range []string{"1/a", "1/b", "1/c"} {
			g := problem(1, alert.High, alert.Firing)
			g.EventKey = key
			h.submit("card", g, time.Second)
		}
		require.Len(t, h.card.done(), 1, "three who share a chat")
		settleFor(time.Hour)
		g := problem(1, alert.High, alert.Firing)
		g.EventKey = "1/second step"
		h.submit("card", g, time.Second)
		require.Len(t, h.card.done(sender.OpReply), 1)
	})
}

func TestAnUpdateChangesTheCardAndIsHeardOnlyIfItIsWorse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		defer h.close()
		firing := problem(1, alert.High, alert.Firing)
		h.submit("urgent", firing, time.Second)
		acknowledged := firing
		acknowledged.EventKey, acknowledged.Update = "1/ack", true
		h.submit("urgent", acknowledged, time.Second)
		require.Equal(t, "event_key", h.submit("urgent", acknowledged, time.Second).Duplicate)

		worse := problem(1, alert.Critical, alert.Firing)
		worse.EventKey, worse.Update = "1/severity", true
		h.submit("urgent", worse, time.Second)
		settleFor(time.Second)
		h.submit("urgent", problem(1, alert.Critical, alert.Resolved), time.Second)
		closed := problem(1, alert.Critical, alert.Resolved)
		closed.EventKey, closed.Update = "1/closed", true
		h.submit("urgent", closed, time.Second)
		late := acknowledged
		late.EventKey = "1/late"
		require.NotEmpty(t, h.submit("urgent", late, time.Second).Duplicate, "it does not fire again")

		require.Len(t, h.card.done(sender.OpSend), 1)
		require.Len(t, h.card.done(sender.OpUpdate), 4)
		require.Len(t, h.card.done(sender.OpReply), 1, "only when it became critical")
		urges := h.card.done(sender.OpUrge)
		require.Len(t, urges, 1, "only when it became critical")
	})
}

func TestASourceRemembersACardThatTheStoreForgot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := windowed(t)
		r := h.submit("card", problem(1, alert.High, alert.Firing), time.Second)
		require.Len(t, r.Deliveries, 1)
		kept := core.Told{Account: r.Deliveries[0].Account, Target: r.Deliveries[0].Target, Receipt: r.Deliveries[0].Receipt}
		require.NotEmpty(t, kept.Receipt)
		h.close()
		h.dir = t.TempDir()
		h.open()
		defer h.close()
		foreign := core.Told{Account: "card", Target: "chat:another", Receipt: kept.Receipt}
		nonsense := core.Told{Account: kept.Account, Target: kept.Target, Receipt: json.RawMessage(`"x`)}
		_, err := h.Submit(t.Context(), core.Submission{
			Tenant: config.MainTenant, ContactPoint: "card", Group: problem(1, alert.High, alert.Resolved), Wait: time.Second,
			Told: []core.Told{foreign, nonsense, kept},
		})
		require.NoError(t, err)
		calls := h.card.done()
		require.Len(t, calls, 2)
		require.Equal(t, sender.OpUpdate, calls[1].op)
		require.Equal(t, "m0", calls[1].to)

		_, err = h.Submit(t.Context(), core.Submission{
			Tenant: config.MainTenant, ContactPoint: "card", Group: problem(2, alert.High, alert.Firing), Wait: time.Second,
			Told: []core.Told{foreign, nonsense},
		})
		require.NoError(t, err)
		require.Equal(t, sender.OpSend, h.card.done()[2].op, "other targets and nonsense are no card")
	})
}
