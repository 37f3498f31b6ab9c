package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestVariablesOfTemplatesAreNeverRefused(t *testing.T) {
	inHall(t, `{notify: [{account: aliyun-sms-demo, to: ["person:lilei"]}, {account: tencent-sms-demo, to: ["person:lilei"]},
		{account: aliyun-voice-demo, to: ["person:lilei"]}, {account: tencent-voice-demo, to: ["person:lilei"]}]}`, nil, func(h *hall) {
		names := []string{
			"磁盘【/data】已满\n请看 https://grafana.example.com/d/x", "grafana.community.slow", "★ ※ m² → 🔥", "www.example.com 502", `${content} {1} "quoted" \`,
			strings.Repeat("很长的标题", 20), "db.co😀m", "[a](http://b.cn)", "\u202Etxt.exe", "a|b&c<d>'e'",
		}
		for i, name := range names {
			h.fire(name)
			h.pass(time.Hour)
			for _, typ := range []string{"aliyun_sms", "tencent_sms", "aliyun_voice", "tencent_voice"} {
				require.Len(h, h.arrived(typ), i+1, "%s %q", typ, name)
			}
		}
	})
}

// TestNotNowAndNotToday tells a short limit, after which it goes on, from a long one, where the next step takes over.
func TestNotNowAndNotToday(t *testing.T) {
	for name, c := range map[string]struct {
		account, typ string
		fault        stage.Fault
		today        bool
	}{
		"aliyun, a minute": {"aliyun-sms-demo", "aliyun_sms", stage.Fault{Provider: "aliyun", Endpoint: "sms", Code: "isv.BUSINESS_LIMIT_CONTROL", Text: "触发分钟级流控Permits:1"}, true},
		"aliyun, an hour":  {"aliyun-sms-demo", "aliyun_sms", stage.Fault{Provider: "aliyun", Endpoint: "sms", Code: "isv.BUSINESS_LIMIT_CONTROL", Text: "触发小时级流控Permits:5"}, false},
		"aliyun, a day":    {"aliyun-sms-demo", "aliyun_sms", stage.Fault{Provider: "aliyun", Endpoint: "sms", Code: "isv.DAY_LIMIT_CONTROL"}, false},
		"aliyun, calls":    {"aliyun-voice-demo", "aliyun_voice", stage.Fault{Provider: "aliyun", Endpoint: "call", Code: "isv.BUSINESS_LIMIT_CONTROL", Text: "触发天级流控Permits:20"}, false},
		"tencent, seconds": {"tencent-sms-demo", "tencent_sms", stage.Fault{Provider: "tencent", Endpoint: "sms", Code: "LimitExceeded.PhoneNumberThirtySecondLimit"}, true},
		"tencent, a day":   {"tencent-sms-demo", "tencent_sms", stage.Fault{Provider: "tencent", Endpoint: "sms", Code: "LimitExceeded.PhoneNumberDailyLimit"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inHall(t, fmt.Sprintf(`{notify: [{account: %s, to: ["person:lilei"]}]}, `, c.account)+rescue, nil, func(h *hall) {
				c.fault.Kind, c.fault.Times = stage.FaultCode, 1
				_, err := h.play.AddFault(c.fault)
				require.NoError(h, err)
				h.fire("disk")
				h.pass(5 * time.Second)
				require.Empty(h, h.arrived(c.typ))
				require.Equal(h, !c.today, len(h.arrived("dingtalk_robot")) == 1)
				h.pass(2 * time.Minute)
				require.Equal(h, c.today, len(h.arrived(c.typ)) == 1)
				require.Equal(h, !c.today, len(h.arrived("dingtalk_robot")) == 1)
				if !c.today {
					h.fire("cpu")
					h.pass(5 * time.Second)
					require.Len(h, h.arrived("dingtalk_robot"), 2, "what comes after it does not wait either")
					require.Empty(h, h.arrived(c.typ))
				}
			})
		})
	}
}

// TestBudgetsOfANumberAreKept sends more than a number gets: the provider refuses nothing, and the rest goes on.
func TestBudgetsOfANumberAreKept(t *testing.T) {
	for account, c := range map[string]struct {
		typ   string
		every time.Duration
		told  int
		most  int
	}{
		"aliyun-sms-demo":    {"aliyun_sms", 5 * time.Minute, 60, 50},
		"tencent-sms-demo":   {"tencent_sms", 5 * time.Minute, 15, 10},
		"aliyun-voice-demo":  {"aliyun_voice", 5 * time.Minute, 10, 5},
		"tencent-voice-demo": {"tencent_voice", 5 * time.Minute, 10, 5},
		"wecom-call-demo":    {"wecom_call", time.Minute, 6, 3},
	} {
		t.Run(account, func(t *testing.T) {
			inHall(t, fmt.Sprintf(`{notify: [{account: %s, to: ["person:lilei"]}]}, `, account)+rescue, nil, func(h *hall) {
				for i := range c.told {
					h.fire(fmt.Sprint("disk-", i))
					h.pass(c.every)
				}
				require.LessOrEqual(h, len(h.arrived(c.typ)), c.most)
				require.GreaterOrEqual(h, len(h.arrived(c.typ)), c.most-max(1, c.most/10), "all but what is kept for worse is used")
				require.Len(h, h.arrived("dingtalk_robot"), c.told-len(h.arrived(c.typ)), "the next step takes over at once")
				for _, endpoint := range []string{"sms", "call"} {
					for outcome, n := range h.calls(endpoint) {
						require.Equal(h, stage.Success, outcome, "%d", n)
					}
				}
				for _, d := range h.deliveries(account) {
					require.True(h, d.State == core.StateDelivered || d.Reason == sender.ReasonRateLimited, "%s %s", d.State, d.Code)
					require.True(h, d.Progress == nil || d.Progress.Code != "13", "WeCom says that it was too often")
				}
			})
		})
	}
}

func TestBatchesAreNoLargerThanTheProviderTakes(t *testing.T) {
	for account, c := range map[string]struct {
		to       func(i int) string
		endpoint string
		batch    int
	}{
		"aliyun-sms-demo":   {func(i int) string { return fmt.Sprintf(`"phone:138%08d"`, i) }, "sms", 32},
		"tencent-sms-demo":  {func(i int) string { return fmt.Sprintf(`"phone:138%08d"`, i) }, "sms", 32},
		"dingtalk-app-demo": {func(i int) string { return fmt.Sprintf(`"user:staff-%d"`, i) }, "batch_send", 20},
		"wecom-demo":        {func(i int) string { return fmt.Sprintf(`"user:staff-%d"`, i) }, "send", 32},
	} {
		t.Run(account, func(t *testing.T) {
			const people = 201
			var to []string
			for i := range people {
				to = append(to, c.to(i))
			}
			inHall(t, fmt.Sprintf(`{notify: [{account: %s, to: [%s]}]}`, account, strings.Join(to, ", ")), nil, func(h *hall) {
				for i := range people {
					require.NoError(h, h.play.Add(stage.World{Users: []stage.User{{Name: "员工", UserID: fmt.Sprint("staff-", i), OpenID: fmt.Sprint("ou_", i), UnionID: fmt.Sprint("on_", i)}}}))
				}
				h.fire("disk")
				h.pass(30 * time.Second)
				calls := h.calls(c.endpoint)
				require.Len(h, calls, 1, "nothing is refused: %v", calls)
				require.LessOrEqual(h, calls[stage.Success], int64(people/c.batch+2))
				require.Len(h, h.play.Messages(stage.Filter{}), people, "each once")
			})
		})
	}
}

// TestWhatMayHaveGoneOutIsNotRepeated loses the answer of an SMS and of calls: one is there, and the next step runs.
func TestWhatMayHaveGoneOutIsNotRepeated(t *testing.T) {
	for account, c := range map[string][2]string{
		"aliyun-sms-demo": {"aliyun_sms", "sms"}, "tencent-sms-demo": {"tencent_sms", "sms"}, "aliyun-voice-demo": {"aliyun_voice", "call"},
		"tencent-voice-demo": {"tencent_voice", "call"}, "wecom-call-demo": {"wecom_call", "call"},
	} {
		t.Run(account, func(t *testing.T) {
			inHall(t, fmt.Sprintf(`{notify: [{account: %s, to: ["person:lilei"]}]}, `, account)+rescue, nil, func(h *hall) {
				_, err := h.play.AddFault(stage.Fault{Endpoint: c[1], Kind: stage.FaultLoseAnswer, Times: 1})
				require.NoError(h, err)
				h.fire("disk")
				h.pass(10 * time.Minute)
				require.Len(h, h.arrived(c[0]), 1)
				list := h.deliveries(account)
				require.Len(h, list, 1)
				require.Equal(h, core.StateUnknown, list[0].State)
				require.Equal(h, sender.ReasonOutcomeUnknown, list[0].Reason)
				require.Len(h, h.arrived("dingtalk_robot"), 1)
			})
		})
	}
}

// TestEachPersonIsCalledOnceAndWhoAnsweredIsKnown calls one who answers and one who does not.
func TestEachPersonIsCalledOnceAndWhoAnsweredIsKnown(t *testing.T) {
	for account, c := range map[string]struct {
		typ          string
		answered     sender.Fate
		missed       sender.Fate
		silent       string
		world        map[string]string
		calls        map[string]int64
		wantsAnswers bool
	}{
		"aliyun-voice-demo": {"aliyun_voice", sender.FateAnswered, sender.FateUnanswered, "person:hanmeimei", map[string]string{"aliyun": `{"silent":["+8613800000002"]}`}, map[string]int64{"0": 2}, true},
		"wecom-call-demo":   {"wecom_call", sender.FateAnswered, sender.FateUnanswered, "person:hanmeimei", map[string]string{"wecom": `{"silent":["han_meimei"]}`}, map[string]int64{"0": 1}, true},
		"aliyun-sms-demo":   {"aliyun_sms", sender.FateArrived, sender.FateLost, "person:hanmeimei", map[string]string{"aliyun": `{"silent":["+8613800000002"]}`}, nil, true},
		"tencent-sms-demo":  {"tencent_sms", sender.FateArrived, sender.FateLost, "person:hanmeimei", map[string]string{"tencent": `{"silent":["+8613800000002"]}`}, nil, true},
		// Tencent Cloud tells nobody who asks.
		"tencent-voice-demo": {"tencent_voice", "", "", "", nil, map[string]int64{"0": 2}, false},
	} {
		t.Run(account, func(t *testing.T) {
			inHall(t, fmt.Sprintf(`{notify: [{account: %s, to: ["person:lilei", "person:hanmeimei"]}]}, `, account)+rescue, c.world, func(h *hall) {
				h.fire("disk")
				h.pass(time.Hour)
				require.Len(h, h.arrived(c.typ), 2)
				if c.calls != nil {
					require.Equal(h, c.calls, h.calls("call"))
				}
				for _, d := range h.deliveries(account) {
					require.Equal(h, core.StateDelivered, d.State, "the provider took it")
					if !c.wantsAnswers {
						require.Nil(h, d.Progress)
						continue
					}
					require.NotNil(h, d.Progress)
					require.True(h, d.Progress.Final)
					want := c.answered
					if d.Target == c.silent {
						want = c.missed
						require.NotEmpty(h, d.Progress.Hint.ZH)
					}
					require.Equal(h, want, d.Progress.Fate, d.Target)
				}
				require.Equal(h, c.wantsAnswers, len(h.arrived("dingtalk_robot")) == 1, "the next step runs for who did not answer")
			})
		})
	}
}

// TestNobodyIsRungForGoodNews resolves what people were called about: the chat hears of it, no phone rings.
func TestNobodyIsRungForGoodNews(t *testing.T) {
	callers := map[string]string{"aliyun-voice-demo": "aliyun_voice", "tencent-voice-demo": "tencent_voice", "wecom-call-demo": "wecom_call"}
	for account, typ := range callers {
		t.Run(typ, func(t *testing.T) {
			inHall(t, fmt.Sprintf(`{notify: [{account: %s, to: ["person:lilei"]}, {account: aliyun-sms-demo, to: ["person:lilei"]}]}`, account), nil, func(h *hall) {
				h.fire("disk")
				h.pass(10 * time.Minute)
				require.Len(h, h.arrived(typ), 1)
				h.tell("disk", alert.Critical, alert.Resolved)
				h.pass(time.Hour)
				require.Len(h, h.arrived(typ), 1, "nobody is called because something is over")
				require.Len(h, h.arrived("aliyun_sms"), 2, "a message tells it")
				h.fire("disk")
				h.pass(time.Hour)
				require.Len(h, h.arrived(typ), 2, "what begins again rings again")
			})
		})
	}
}
