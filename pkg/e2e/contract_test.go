package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

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
