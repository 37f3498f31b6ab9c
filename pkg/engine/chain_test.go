package engine

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestADigestThatFailsGoesOnAsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		account := h.cfg.Accounts["card"]
		account.Limits = twenty()
		h.cfg.Accounts["card"] = account
		var dead atomic.Bool
		h.card.answer = func(op sender.Op, _ string, _ int) error {
			if dead.Load() && op == sender.OpSend {
				return sender.Permanent(sender.ReasonRecipient, errors.New("bot removed"))
			}
			return nil
		}
		h.open()
		defer h.close()
		for i := range 18 {
			h.submit("fallback", group(fmt.Sprintf("early-%d", i), alert.Warning, alert.Firing, fmt.Sprintf("early-%d", i)), 0)
			settleFor(4 * time.Second)
		}
		dead.Store(true)
		for i := range 30 {
			h.submit("fallback", group(fmt.Sprintf("k%d", i), alert.Warning, alert.Firing, fmt.Sprintf("late-%d", i)), 0)
		}
		settleFor(5 * time.Minute)
		robot := h.robot.done()
		require.Less(t, len(robot), 16, "the members of a digest go on together")
		var all strings.Builder
		for _, c := range robot {
			all.WriteString(strings.Join(c.content.Items, "|") + "|" + c.content.Title + "|")
		}
		for i := range 30 {
			require.Contains(t, all.String(), fmt.Sprintf("late-%d", i))
		}
	})
}

func TestADigestTakesTheHighestUrgencyOfItsMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		account := h.cfg.Accounts["card"]
		account.Limits = []sender.Limit{{Scope: sender.ScopeTarget, Count: 2, Per: time.Minute, Ops: []sender.Op{sender.OpSend}}}
		h.cfg.Accounts["card"] = account
		h.open()
		defer h.close()
		for i := range 3 {
			h.submit("urgent", group(fmt.Sprintf("c%d", i), alert.Critical, alert.Firing, fmt.Sprintf("crit-%d", i)), 0)
		}
		for i := range 5 {
			h.submit("urgent", group(fmt.Sprintf("w%d", i), alert.Warning, alert.Firing, fmt.Sprintf("warn-%d", i)), 0)
		}
		settleFor(3 * time.Minute)
		digests := 0
		for _, c := range h.card.done(sender.OpSend) {
			if c.content.Kind == "digest" {
				digests++
			}
		}
		require.NotZero(t, digests)
		urges := h.card.done(sender.OpUrge)
		require.NotEmpty(t, urges)
		for _, u := range urges {
			require.Equal(t, sender.UrgePhone, u.mode)
		}
		require.LessOrEqual(t, len(urges), 3)
	})
}

func TestFoldedBeforeAndAfterARestartNothingIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(sender.Op, string, int) error { return errDown }
		h.open()
		h.submit("card", group("a", alert.High, alert.Firing, "a1"), 0)
		settleFor(10 * time.Second)
		h.submit("card", group("a", alert.High, alert.Firing, "a1", "a2"), 0)
		settleFor(2 * time.Minute)
		h.close()
		h.open()
		settleFor(time.Minute)
		h.submit("card", group("a", alert.High, alert.Resolved, "a1", "a2"), 0)
		settleFor(time.Minute)
		h.close()
		h.card.set(nil)
		before := len(h.card.done())
		h.open()
		defer h.close()
		settleFor(2 * time.Minute)
		told := h.card.done()[before:]
		require.Len(t, told, 1)
		require.Equal(t, alert.Resolved, told[0].content.Status)
		require.ElementsMatch(t, []string{"a1", "a2"}, firstWords(told[0].content.Items))
	})
}

func firstWords(list []string) (out []string) {
	for _, s := range list {
		out = append(out, strings.Fields(s)[0])
	}
	return out
}

func TestWhatMayHaveArrivedKeepsItsKeyAndIsNotFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		var lost atomic.Bool
		lost.Store(true)
		h.card.answer = func(sender.Op, string, int) error {
			if lost.Load() {
				return &sender.Failure{Class: sender.Again, Reason: sender.ReasonTimeout, MaybeSent: true}
			}
			return nil
		}
		h.open()
		defer h.close()
		h.submit("card", group("a", alert.High, alert.Firing, "a1"), 0)
		settleFor(5 * time.Second)
		h.submit("card", group("a", alert.High, alert.Resolved, "a1"), 0)
		settleFor(5 * time.Second)
		lost.Store(false)
		settleFor(2 * time.Minute)
		calls := h.card.done()
		last := calls[len(calls)-1]
		require.Equal(t, alert.Resolved, last.content.Status, "the last word is the newest state")
		for _, c := range calls[:len(calls)-1] {
			require.Equal(t, calls[0].key, c.key)
			require.Equal(t, alert.Firing, c.content.Status)
		}
	})
}

func TestWhoWasRefusedIsReachedByTheNextStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.refuse = []sender.Refusal{{Target: sender.ParseTarget("person:li"), Reason: sender.ReasonRecipient, Code: "230053", Text: "stopped the bot"}}
		h.open()
		defer h.close()
		r := h.submit("fallback", group("k", alert.High, alert.Firing, "disk"), time.Second)
		require.Equal(t, core.StateDelivered, r.State)
		settleFor(time.Second)
		require.Len(t, h.robot.done(), 1)
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, Account: "card"})
		require.NoError(t, err)
		require.Equal(t, "230053", page.Deliveries[0].Refused[0].Code)
	})
}

func TestACardThatCannotBeChangedBecomesAReplyThenAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(op sender.Op, _ string, _ int) error {
			switch op {
			case sender.OpUpdate:
				return sender.Permanent(sender.ReasonMessage, sender.ErrCannotUpdate)
			case sender.OpReply:
				return sender.Permanent(sender.ReasonMessage, sender.ErrCannotReply)
			default:
				return nil
			}
		}
		h.open()
		defer h.close()
		h.submit("card", group("k", alert.High, alert.Firing, "disk"), time.Second)
		h.submit("card", group("k", alert.High, alert.Resolved, "disk"), time.Second)
		ops := []sender.Op{}
		for _, c := range h.card.done() {
			ops = append(ops, c.op)
		}
		require.Equal(t, []sender.Op{sender.OpSend, sender.OpUpdate, sender.OpReply, sender.OpSend}, ops)
		require.False(t, h.card.done()[2].aloud, "good news need not be heard by all")
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant})
		require.NoError(t, err)
		require.Len(t, page.Deliveries[0].Attempts, 3, "each attempt is kept")
	})
}

func TestAnAccountThatIsGoneFailsWhatWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(sender.Op, string, int) error { return errDown }
		h.open()
		defer h.close()
		h.submit("fallback", group("k", alert.High, alert.Firing, "disk"), 0)
		settleFor(time.Second)
		without := standard()
		delete(without.Accounts, "card")
		h.cfg = without
		require.NoError(t, h.Reload(t.Context()))
		settleFor(5 * time.Second)
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, State: core.StateFailed})
		require.NoError(t, err)
		require.Equal(t, sender.ReasonConfig, page.Deliveries[0].Reason)
		require.Len(t, h.robot.done(), 1, "the next step runs")
	})
}

func TestABanCountsAsTroubleAndOurOwnLimitDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		banned := &sender.Failure{Class: sender.Later, After: 10 * time.Minute, Scope: sender.ScopeAccount, Reason: sender.ReasonRateLimited, Code: "130101"}
		h.card.answer = func(sender.Op, string, int) error { return banned }
		h.open()
		defer h.close()
		start := time.Now()
		h.submit("fallback", group("k", alert.High, alert.Firing, "disk"), 0)
		settleFor(6 * time.Minute)
		require.Len(t, h.card.done(), 1, "nobody knocks while the key is parked")
		require.Len(t, h.robot.done(), 1)
		require.InDelta(t, 5*time.Minute, h.robot.done()[0].at.Sub(start), float64(5*time.Second))
	})
}

// TestNotTodayGoesOnAtOnce has a provider whose limit of the day is used up.
func TestNotTodayGoesOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(sender.Op, string, int) error {
			return &sender.Failure{Class: sender.Later, After: 24 * time.Hour, Reason: sender.ReasonRateLimited, Code: "isv.DAY_LIMIT_CONTROL"}
		}
		h.open()
		defer h.close()
		start := time.Now()
		h.submit("fallback", group("k", alert.High, alert.Firing, "disk"), 0)
		settleFor(time.Minute)
		require.Len(t, h.robot.done(), 1)
		require.Less(t, h.robot.done()[0].at.Sub(start), 2*time.Second)
		h.submit("card", group("alone", alert.High, alert.Firing, "disk"), 0)
		settleFor(23 * time.Hour)
		require.Len(t, h.card.done(), 1, "without a later step it waits for tomorrow")
	})
}

func TestOneDeadAccountDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.delay = time.Hour
		h.open()
		for i := range 50 {
			h.submit("card", group(fmt.Sprintf("k%d", i), alert.High, alert.Firing, "x"), 0)
		}
		r := h.submit("robot", group("k", alert.High, alert.Firing, "disk"), time.Second)
		require.Equal(t, core.StateDelivered, r.State)
		settleFor(2 * time.Hour)
		h.close()
	})
}

func TestAnEventKeyIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		g := group("k", alert.High, alert.Firing, "disk")
		g.EventKey = "zabbix-1"
		require.Empty(t, h.submit("card", g, time.Second).Duplicate)
		settleFor(48 * time.Hour)
		require.NotEmpty(t, h.submit("card", g, time.Second).Duplicate)
		g.EventKey = "zabbix-2"
		require.Empty(t, h.submit("card", g, time.Second).Duplicate)
		require.Len(t, h.card.done(), 2)
	})
}

func TestATwinsLateFiringDoesNotReopen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		h.submit("card", group("k", alert.High, alert.Firing, "disk"), time.Second)
		h.submit("card", group("k", alert.High, alert.Resolved, "disk"), time.Second)
		r := h.submit("card", group("k", alert.High, alert.Firing, "disk"), time.Second)
		require.NotEmpty(t, r.Duplicate)
		require.Len(t, h.card.done(), 2)
	})
}

func TestASplitMessageGrowsAndShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		h.card.parts = 2
		h.submit("card", group("k", alert.High, alert.Firing, "a"), time.Second)
		settleFor(time.Second)
		h.card.parts = 3
		h.submit("card", group("k", alert.High, alert.Firing, "a", "b"), time.Second)
		settleFor(time.Second)
		h.card.parts = 1
		h.submit("card", group("k", alert.High, alert.Resolved, "a", "b"), time.Second)
		settleFor(time.Second)
		var ops []string
		for _, c := range h.card.done() {
			ops = append(ops, string(c.op))
		}
		require.Equal(t, []string{"send", "send", "update", "update", "send", "update", "update", "update"}, ops,
			"every card of a conversation is kept up to date")
	})
}

func TestResendGoesOutUnderItsOwnKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.card.answer = func(sender.Op, string, int) error {
			return sender.Permanent(sender.ReasonPermission, errors.New("muted"))
		}
		h.open()
		defer h.close()
		r := h.submit("card", group("k", alert.High, alert.Firing, "disk"), time.Second)
		h.card.set(nil)
		id := r.Deliveries[0].ID
		require.NoError(t, h.Resend(t.Context(), config.MainTenant, id))
		settleFor(time.Second)
		require.ErrorIs(t, h.Resend(t.Context(), config.MainTenant, id), core.ErrInvalid, "it is delivered now")
		require.ErrorIs(t, h.Resend(t.Context(), config.MainTenant, "nope"), core.ErrNotFound)
		require.Equal(t, id, h.card.done()[1].key)
	})
}
