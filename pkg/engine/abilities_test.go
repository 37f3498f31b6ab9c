package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// phones sends to several numbers in one call, and knows later who was reached.
type phones struct {
	*fake
	refused map[string]error
	fates   []sender.Progress
	asked   []time.Time
}

func (p *phones) SendBatch(_ context.Context, list []sender.Notification) []sender.Outcome {
	var to []string
	for _, n := range list {
		to = append(to, n.Target.Value)
	}
	slices.Sort(to)
	_, err := p.did(call{op: sender.OpSend, target: strings.Join(to, ","), content: read(list[0].Content)})
	outcomes := make([]sender.Outcome, len(list))
	for i, n := range list {
		outcomes[i] = sender.Outcome{Receipt: sender.Receipt{MessageID: n.Target.Value}, Err: err, Shared: i > 0}
		if why := p.refused[n.Target.Value]; why != nil {
			outcomes[i].Err = why
		}
	}
	return outcomes
}

func (p *phones) Track(_ context.Context, _ sender.Receipt) (sender.Progress, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, time.Now())
	next := p.fates[min(len(p.asked), len(p.fates))-1]
	if next.Fate == "" {
		return next, errDown
	}
	return next, nil
}

// bell can take back what it sent, and end an urge.
type bell struct{ card }

func (b bell) Recall(_ context.Context, r sender.Receipt) error {
	_, err := b.did(call{op: sender.OpRecall, to: r.MessageID, target: "message"})
	return err
}

func (b bell) RecallUrge(_ context.Context, r sender.Receipt) error {
	_, err := b.did(call{op: sender.OpRecall, to: r.MessageID, target: "urge"})
	return err
}

// with opens a house that also has a type of its own, a contact point "own" for it, and "robot" as the next step.
func with(t *testing.T, m sender.Manifest, s sender.Sender, limits []sender.Limit, n config.Notify) *house {
	t.Helper()
	h := newHouse(t)
	m.Type, m.Provider = "own", "fake"
	m.Targets = []sender.TargetKind{sender.TargetPhone, sender.TargetChat}
	m.New = func(sender.Settings, sender.Deps) (sender.Sender, error) { return s, nil }
	h.cfg.Accounts["own"] = config.Account{Name: "own", Type: "own", InFlight: 8, Fold: true, Limits: limits}
	n.Account = "own"
	point := h.cfg.ContactPoints["fallback"]
	point.Name = "own"
	point.Steps = slices.Clone(point.Steps)
	point.Steps[0].Notify = []config.Notify{n}
	h.cfg.ContactPoints["own"] = point
	h.more = []sender.Manifest{m}
	return h.open()
}

func numbers(n int) (list []sender.Target) {
	for i := range n {
		list = append(list, sender.Target{Kind: sender.TargetPhone, Value: fmt.Sprintf("+86138%04d", i)})
	}
	return list
}

func TestTheSameToSeveralIsOneCallWithAnOutcomeForEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{fake: &fake{}, refused: map[string]error{
			"+861380001": &sender.Failure{Class: sender.Never, Reason: sender.ReasonRecipient, Code: "isv.MOBILE_NUMBER_ILLEGAL"},
		}}
		minute := []sender.Limit{{Scope: sender.ScopeAccount, Count: 8, Per: time.Minute}}
		h := with(t, sender.Manifest{Batch: 100}, p, minute, config.Notify{To: numbers(5)})
		defer h.close()
		h.submit("own", group("k", alert.Critical, alert.Firing, "disk"), 0)
		settleFor(time.Second)
		calls := p.done(sender.OpSend)
		require.Len(t, calls, 1)
		require.Equal(t, "+861380000,+861380001,+861380002,+861380003,+861380004", calls[0].target)
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, Account: "own"})
		require.NoError(t, err)
		states := map[core.State]int{}
		for _, d := range page.Deliveries {
			states[d.State]++
		}
		require.Equal(t, map[core.State]int{core.StateDelivered: 4, core.StateFailed: 1}, states)
		require.Len(t, h.robot.done(), 1, "for the one that was refused the next step runs")

		h.submit("own", group("k2", alert.Critical, alert.Firing, "cpu"), 0)
		settleFor(time.Second)
		require.Len(t, p.done(sender.OpSend), 2, "one call counted once against the account's limit")
	})
}

func TestACallThatNobodyAnswersGoesOn(t *testing.T) {
	pending, missed := sender.Progress{Fate: sender.FatePending}, sender.Progress{Fate: sender.FateUnanswered, Final: true, Code: "200002", Text: "busy"}
	answered := sender.Progress{Fate: sender.FateAnswered, Final: true}
	for name, c := range map[string]struct {
		fates    []sender.Progress
		resolved bool
		asked    int
		fate     sender.Fate
		next     int
	}{
		"answered at once":         {fates: []sender.Progress{answered}, asked: 1, fate: sender.FateAnswered},
		"nobody answers":           {fates: []sender.Progress{pending, missed}, asked: 2, fate: sender.FateUnanswered, next: 1},
		"nobody, but it is over":   {fates: []sender.Progress{pending, missed}, resolved: true, asked: 2, fate: sender.FateUnanswered},
		"the provider never knows": {fates: []sender.Progress{pending}, asked: 3, fate: sender.FatePending},
		"down meanwhile":           {fates: []sender.Progress{{}, answered}, asked: 2, fate: sender.FateAnswered},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &phones{fake: &fake{}, fates: c.fates}
				m := sender.Manifest{Track: []time.Duration{30 * time.Second, time.Minute, 5 * time.Minute}, Repeat: sender.Repeat{Kind: sender.Once}}
				h := with(t, m, p, nil, config.Notify{To: numbers(1), Severities: alert.None})
				defer h.close()
				h.submit("own", group("k", alert.Critical, alert.Firing, "disk"), 0)
				settleFor(40 * time.Second)
				before := len(p.done(sender.OpSend))
				if c.resolved {
					h.cfg.ContactPoints["own"].Steps[0].Notify[0].To = nil
					require.NoError(t, h.Reload(t.Context()))
					h.submit("own", group("k", alert.Critical, alert.Resolved, "disk"), 0)
				}
				settleFor(10 * time.Minute)
				require.Equal(t, 1, before)
				page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, Account: "own"})
				require.NoError(t, err)
				first := page.Deliveries[len(page.Deliveries)-1]
				require.Equal(t, core.StateDelivered, first.State)
				require.NotNil(t, first.Progress)
				require.Equal(t, c.fate, first.Progress.Fate)
				require.True(t, first.Progress.Final)
				require.Len(t, h.robot.done(), c.next)
				if !c.resolved {
					require.Len(t, p.asked, c.asked)
				}
			})
		})
	}
}

func TestWhatIsToBeAskedSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{fake: &fake{}, fates: []sender.Progress{{Fate: sender.FateArrived, Final: true}}}
		m := sender.Manifest{Track: []time.Duration{time.Minute}}
		h := with(t, m, p, nil, config.Notify{To: numbers(1)})
		h.submit("own", group("k", alert.Critical, alert.Firing, "disk"), time.Second)
		h.close()
		require.Empty(t, p.asked)
		settleFor(5 * time.Minute)
		h.open()
		defer h.close()
		settleFor(time.Second)
		require.Len(t, p.asked, 1)
	})
}

func TestResolvedEndsWhatStillRings(t *testing.T) {
	for name, c := range map[string]struct {
		recall bool
		want   map[string]string
	}{
		"only urges":        {false, map[string]string{"m1": "urge"}},
		"and messages, too": {true, map[string]string{"m1": "urge", "m0": "message"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := bell{card{&fake{}}}
				m := sender.Manifest{
					RecallFor: time.Hour, UrgeRepeat: map[sender.UrgeMode]sender.Repeat{sender.UrgePhone: {Kind: sender.Once}},
				}
				h := with(t, m, b, nil, config.Notify{To: numbers(1), Urgent: sender.Urgency{alert.Critical: sender.UrgePhone}, Recall: c.recall})
				defer h.close()
				h.submit("own", group("k", alert.Critical, alert.Firing, "disk"), time.Second)
				settleFor(time.Minute)
				require.Empty(t, b.done(sender.OpRecall))
				h.submit("own", group("k", alert.Critical, alert.Resolved, "disk"), time.Second)
				settleFor(time.Minute)
				got := map[string]string{}
				for _, r := range b.done(sender.OpRecall) {
					got[r.to] = r.target
				}
				require.Equal(t, c.want, got)
				if c.recall {
					require.Len(t, b.done(sender.OpSend), 2, "the news that it is over is a message of its own")
				}
				require.Empty(t, h.robot.done())
			})
		})
	}
}

func TestAUsedUpBudgetLetsTheNextStepTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{fake: &fake{}}
		day := []sender.Limit{{Scope: sender.ScopeTarget, Count: 2, Per: 24 * time.Hour, Kind: sender.Budget, Ops: []sender.Op{sender.OpSend}}}
		h := with(t, sender.Manifest{}, p, day, config.Notify{To: numbers(1)})
		for i := range 3 {
			h.submit("own", group(fmt.Sprint("k", i), alert.Critical, alert.Firing, fmt.Sprint("disk-", i)), 0)
			settleFor(time.Minute)
		}
		require.Len(t, p.done(sender.OpSend), 2)
		require.Len(t, h.robot.done(), 1, "nobody waits a day for the third")
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant, Account: "own", State: core.StateFailed})
		require.NoError(t, err)
		require.Len(t, page.Deliveries, 1)
		require.Equal(t, sender.ReasonRateLimited, page.Deliveries[0].Reason)
		require.Contains(t, page.Deliveries[0].Hint.ZH, "额度已用完")

		h.close()
		h.open()
		defer h.close()
		h.submit("own", group("k9", alert.Critical, alert.Firing, "disk-9"), 0)
		settleFor(time.Minute)
		require.Len(t, p.done(sender.OpSend), 2, "a restart does not forget what was used")
		require.Len(t, h.robot.done(), 2)
	})
}

func TestAQuotaWarnsAndHoldsNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &phones{fake: &fake{}}
		month := []sender.Limit{{Scope: sender.ScopeAccount, Count: 10, Per: sender.Month, Kind: sender.Quota}}
		h := with(t, sender.Manifest{Batch: 100}, p, month, config.Notify{To: numbers(3)})
		for i := range 12 {
			h.submit("own", group(fmt.Sprint("k", i), alert.Critical, alert.Firing, fmt.Sprint("disk-", i)), 0)
			settleFor(time.Second)
			health, err := h.Health(t.Context())
			require.NoError(t, err)
			require.True(t, health.Ready)
			require.Equal(t, i >= 7, len(health.Problems) == 1, "after %d calls", i+1)
		}
		require.Len(t, p.done(sender.OpSend), 12)
		h.close()
		h.open()
		health, err := h.Health(t.Context())
		require.NoError(t, err)
		require.Len(t, health.Problems, 1, "a restart does not forget what was used")
		h.close()
	})
}
