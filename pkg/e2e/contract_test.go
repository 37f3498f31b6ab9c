package e2e

import (
	"encoding/json"
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
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// hall is an engine with every account of the sandbox and one contact point, in one process and fake time.
type hall struct {
	*testing.T
	*engine.Engine
	play *sandbox.Sandbox
}

// rescue is a next step that always works: a robot's group.
const rescue = `{on: failure, notify: [{account: dingtalk-demo}]}`

// inHall runs a test with the steps of its contact point, as YAML, and what the plays know besides, as JSON by play.
func inHall(t *testing.T, steps string, world map[string]string, test func(*hall)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		play, err := sandbox.New(sandbox.Options{})
		require.NoError(t, err)
		more := stage.World{Plays: map[string]json.RawMessage{}}
		for name, raw := range world {
			more.Plays[name] = json.RawMessage(raw)
		}
		require.NoError(t, play.Add(more))
		accounts := slices.DeleteFunc(play.Accounts(), func(a stage.Account) bool {
			return slices.ContainsFunc(a.Settings, func(s stage.Setting) bool { return strings.Contains(s.Value, "{smtp}") })
		})
		text := accountsOf(t, accounts) + `
people:
  - {name: lilei, title: 李雷, email: lilei@example.com, mobile: "+8613800000001"}
  - {name: hanmeimei, title: 韩梅梅, email: hanmeimei@example.com, mobile: "+8613800000002"}
  - {name: zhaoliu, title: 赵六, email: zhaoliu@example.com, mobile: "+8613800000009"}
contact_points: [{name: hall, steps: [` + steps + `]}]
`
		e, err := engine.Open(t.Context(), engine.Options{
			Dir: t.TempDir(), Types: provider.Manifests(), Transport: play.Transport(),
			Load: func() (*config.Config, error) {
				return config.Parse("test.yaml", []byte(text), provider.Manifests(), config.Options{})
			},
		})
		require.NoError(t, err)
		defer func() { require.NoError(t, e.Close()) }()
		test(&hall{t, e, play})
	})
}

// tell submits one alert; its title is its name.
func (h *hall) tell(name string, s alert.Severity, status alert.Status) {
	h.Helper()
	now := time.Now()
	one := alert.Alert{Fingerprint: name, Status: status, Severity: s, StartsAt: now, Labels: map[string]string{"alertname": name}, GeneratorURL: "https://prometheus.example.com/graph"}
	if status == alert.Resolved {
		one.EndsAt = now
	}
	_, err := h.Submit(h.Context(), core.Submission{Tenant: config.MainTenant, ContactPoint: "hall", Group: alert.Group{
		Source: "default", Kind: "api", Key: name, Status: status, Alerts: []alert.Alert{one},
	}})
	require.NoError(h, err)
}

func (h *hall) fire(name string) { h.tell(name, alert.Critical, alert.Firing) }

// pass lets time pass.
func (h *hall) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// deliveries are an account's, oldest first.
func (h *hall) deliveries(account string) []core.Delivery {
	h.Helper()
	var list []core.Delivery
	q := core.HistoryQuery{Tenant: config.MainTenant, Account: account}
	for {
		page, err := h.History(h.Context(), q)
		require.NoError(h, err)
		list = append(list, page.Deliveries...)
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	slices.Reverse(list)
	return list
}

// arrived are the messages of a type.
func (h *hall) arrived(typ string) []stage.Message {
	return slices.DeleteFunc(h.play.Messages(stage.Filter{}), func(m stage.Message) bool { return m.Type != typ })
}

// calls counts the calls of an endpoint by their outcome.
func (h *hall) calls(endpoint string) map[string]int64 {
	got := map[string]int64{}
	for _, c := range h.play.Figures().Calls {
		if c.Endpoint == endpoint {
			got[c.Outcome] += c.Count
		}
	}
	return got
}

func TestADingRingsIsReadAndEndsWithItsAlert(t *testing.T) {
	inHall(t, `{notify: [{account: dingtalk-app-demo, to: ["person:lilei"], mention: ["user:zhao_liu"], urgent: {critical: phone}, read_status: true}]}`, nil, func(h *hall) {
		h.fire("disk")
		h.pass(time.Minute)
		told := h.arrived("dingtalk_app")
		require.Len(h, told, 2, "a message and a DING")
		require.Equal(h, "phone", told[1].Urgents[0].Mode)
		require.Equal(h, int64(1), h.play.Figures().Urgents["phone"])
		ding := h.deliveries("dingtalk-app-demo")[1]
		require.Equal(h, core.StateDelivered, ding.State)
		require.Len(h, ding.Refused, 1, "whom the DING did not reach is told")
		require.Equal(h, "failedList", ding.Refused[0].Code)
		require.Equal(h, "user:zhao_liu", ding.Refused[0].Target.String())

		h.play.MarkRead(told[0].ID, "li_lei")
		h.pass(5 * time.Minute)
		progress := h.deliveries("dingtalk-app-demo")[0].Progress
		require.NotNil(h, progress)
		require.Equal(h, sender.FateRead, progress.Fate)
		require.Equal(h, []string{"李雷"}, progress.Readers)

		h.tell("disk", alert.Critical, alert.Resolved)
		h.pass(time.Minute)
		told = h.arrived("dingtalk_app")
		require.Len(h, told, 3)
		require.Nil(h, told[0].Recalled, "the message stays")
		require.NotNil(h, told[1].Recalled, "the DING ends")
	})
}

func TestWhoIsLeftOutOfASuccessGoesOn(t *testing.T) {
	world := map[string]string{"dingtalk": `{"apps":[{"app_key":"dingdemo","app_secret":"dingtalk-demo-secret","name":"云锣","visible":["*"],"flow_controlled":["wang_fang"]}]}`}
	inHall(t, `{notify: [{account: dingtalk-app-demo, to: ["user:li_lei", "user:zhao_liu", "user:wang_fang"]}]}, `+rescue, world, func(h *hall) {
		h.fire("disk")
		h.pass(10 * time.Second)
		require.Equal(h, map[string]int64{"0": 1}, h.calls("batch_send"), "one call for all three")
		states := map[string]core.Delivery{}
		for _, d := range h.deliveries("dingtalk-app-demo") {
			states[d.Target] = d
		}
		require.Equal(h, core.StateDelivered, states["user:li_lei"].State)
		require.Equal(h, core.StateFailed, states["user:zhao_liu"].State)
		require.Equal(h, "invalidStaffIdList", states["user:zhao_liu"].Code)
		require.Equal(h, core.StateWaiting, states["user:wang_fang"].State, "not now is not never")
		require.Len(h, h.arrived("dingtalk_robot"), 1, "for Zhao Liu")
		h.pass(5 * time.Minute)
		require.Len(h, h.arrived("dingtalk_app"), 1, "nobody gets it twice")
		require.Equal(h, "flowControlledStaffIdList", h.deliveries("dingtalk-app-demo")[2].Code)
	})
}

func TestTheMonthsCallsAreCountedAndWarnedOf(t *testing.T) {
	world := map[string]string{"dingtalk": `{"monthly_calls":10}`}
	steps := `{notify: [{account: dingtalk-app-demo, to: ["user:li_lei", "chat:cidDemo=="]}]}, ` + rescue
	inHall(t, steps, world, func(h *hall) {
		for i := range 5 {
			h.fire(fmt.Sprint("disk-", i))
			h.pass(time.Second)
		}
		h.fire("one more")
		h.pass(time.Minute)
		require.Equal(h, int64(5), h.calls("batch_send")["0"])
		require.Equal(h, int64(5), h.calls("group_send")["0"])
		require.Len(h, h.arrived("dingtalk_robot"), 1, "the next step takes over when the month is used up")
		metrics, err := h.Metrics(h.Context())
		require.NoError(h, err)
		require.Contains(h, string(metrics), `yunluo_quota_used_ratio{account="dingtalk-app-demo",type="dingtalk_app"} 0.0012`, "each call counts, also that to a group")
	})
}

// TestWeComDropsNothingInSilence keeps what WeCom would drop without a word: over 30 a minute and 1000 an hour.
func TestWeComDropsNothingInSilence(t *testing.T) {
	inHall(t, `{notify: [{account: wecom-demo, to: ["person:lilei"]}]}`, nil, func(h *hall) {
		const alerts = 1500
		for i := range alerts {
			h.tell(fmt.Sprintf("alert-%04d-", i), alert.Warning, alert.Firing)
			time.Sleep(2 * time.Second)
		}
		h.pass(time.Hour)
		require.Zero(h, h.calls("send")["dropped silently"])
		var said strings.Builder
		for _, m := range h.arrived("wecom_app") {
			said.Write(m.Content)
		}
		for i := range alerts {
			require.Contains(h, said.String(), fmt.Sprintf("alert-%04d-", i))
		}
	})
}

func TestAWeComCardIsReplacedAndAMessageTakenBack(t *testing.T) {
	steps := `{notify: [{account: wecom-demo, to: ["user:li_lei"], form: template_card}, {account: wecom-demo, to: ["user:han_meimei"], recall: true}]}`
	inHall(t, steps, nil, func(h *hall) {
		h.fire("disk")
		h.pass(time.Second)
		told := h.arrived("wecom_app")
		require.Len(h, told, 2)
		h.tell("disk", alert.Critical, alert.Resolved)
		h.pass(time.Second)
		card, text := h.play.Messages(stage.Filter{Conversation: "wecom:member:li_lei"}), h.play.Messages(stage.Filter{Conversation: "wecom:member:han_meimei"})
		require.Len(h, card, 1)
		require.Equal(h, 1, card[0].EditCount, "the card itself changes")
		require.Contains(h, string(card[0].Content), "恢复")
		require.Len(h, text, 2)
		require.NotNil(h, text[0].Recalled)
		require.Nil(h, text[1].Recalled)

		h.fire("disk")
		h.pass(time.Second)
		h.tell("disk", alert.Critical, alert.Resolved)
		h.pass(time.Second)
		require.Len(h, h.play.Messages(stage.Filter{Conversation: "wecom:member:li_lei"}), 2, "what fires again is a card of its own")
	})
}

func TestAnAddressThatWeComDoesNotTrust(t *testing.T) {
	world := map[string]string{"wecom": `{"apps":[{"agent_id":1000002,"corp_secret":"wecom-demo-secret","name":"云锣","visible":["*"],"trusted_ips":["203.0.113.7"]}]}`}
	inHall(t, `{notify: [{account: wecom-demo, to: ["user:li_lei"]}]}, `+rescue, world, func(h *hall) {
		h.fire("disk")
		h.pass(time.Second)
		d := h.deliveries("wecom-demo")[0]
		require.Equal(h, core.StateFailed, d.State)
		require.Equal(h, "60020", d.Code)
		hints := []string{d.Hint.ZH}
		for _, account := range []string{"wecom-demo", "wecom-call-demo"} {
			found, err := h.Probe(h.Context(), config.MainTenant, account)
			require.NoError(h, err)
			checks := found[0].Checks
			hints = append(hints, checks[len(checks)-1].Hint.ZH)
		}
		for _, hint := range hints {
			for _, word := range []string{"127.0.0.1", "企业可信 IP", "可信域名", "WW_verify_"} {
				require.Contains(h, hint, word)
			}
		}
		require.Len(h, h.arrived("dingtalk_robot"), 1)
	})
}

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

func TestADingByPhoneThatMayHaveRungIsNotRepeated(t *testing.T) {
	inHall(t, `{notify: [{account: dingtalk-app-demo, to: ["person:lilei"], urgent: {critical: phone}}]}`, nil, func(h *hall) {
		_, err := h.play.AddFault(stage.Fault{Endpoint: "ding", Kind: stage.FaultLoseAnswer, Times: 1})
		require.NoError(h, err)
		h.fire("disk")
		h.pass(10 * time.Minute)
		require.Equal(h, int64(1), h.play.Figures().Urgents["phone"])
		require.Equal(h, core.StateUnknown, h.deliveries("dingtalk-app-demo")[1].State)
	})
}

// TestDingsFollowTheSeverity rings as loud as the alert is bad, and lets nobody be rung without credit.
func TestDingsFollowTheSeverity(t *testing.T) {
	steps := `{notify: [{account: dingtalk-app-demo, to: ["person:lilei"], urgent: {critical: phone, high: sms, warning: app}}]}`
	for severity, mode := range map[alert.Severity]string{alert.Critical: "phone", alert.High: "sms", alert.Warning: "app", alert.Info: ""} {
		inHall(t, steps, nil, func(h *hall) {
			h.tell("disk", severity, alert.Firing)
			h.pass(time.Minute)
			for _, m := range []string{"phone", "sms", "app"} {
				require.Equal(h, m == mode, h.play.Figures().Urgents[m] == 1, "%s at %s", m, severity)
			}
		})
	}
	broke := map[string]string{"dingtalk": `{"apps":[{"app_key":"dingdemo","app_secret":"dingtalk-demo-secret","name":"云锣","visible":["*"]}]}`}
	inHall(t, steps, broke, func(h *hall) {
		h.fire("disk")
		h.pass(time.Minute)
		list := h.deliveries("dingtalk-app-demo")
		require.Equal(h, core.StateDelivered, list[0].State, "the message itself arrived")
		require.Equal(h, "ding.serverquota.insufficient", list[1].Code)
		require.Contains(h, list[1].Hint.ZH, "DING 额度")
		require.Equal(h, int64(1), h.play.Figures().Urgents["app"], "what costs nothing is tried instead")
	})
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
