package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// alertmanagerConfig has a route for each case, chosen by the label "case"; %[1]s is Yunluo.
const alertmanagerConfig = `
route:
  receiver: follow
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
  routes:
    - {matchers: ['case="truncated"'], receiver: truncated}
    - {matchers: ['case="repeated"'], receiver: repeated, repeat_interval: 3s, continue: true}
    - {matchers: ['case="repeated"'], receiver: twins, repeat_interval: 3s}
    - {matchers: ['case="outage"'], receiver: outage}
receivers:
  - name: follow
    webhook_configs: [{url: '%[1]s/payments', send_resolved: true, http_config: {authorization: {credentials: am-token}}}]
  - name: truncated
    webhook_configs: [{url: '%[1]s/payments', max_alerts: 2, http_config: {authorization: {credentials: am-token}}}]
  - name: repeated
    webhook_configs: [{url: '%[1]s/repeats', http_config: {authorization: {credentials: am-token}}}]
  - name: twins
    webhook_configs: [{url: '%[1]s/twins', http_config: {authorization: {credentials: am-token}}}]
  - name: outage
    webhook_configs: [{url: '%[1]s/outage', http_config: {authorization: {credentials: am-token}}}]
`

// alertmanagerYunluo takes what Alertmanager sends; %[1]s is the sandbox.
const alertmanagerYunluo = `
accounts:
  feishu: {type: feishu_app, app_id: cli_demo, app_secret: secret, base_url: '%[1]s'}
  robot: {type: dingtalk_robot, access_token: demo-robot-token, secret: SECdemo0123456789, base_url: '%[1]s'}
  other-robot: {type: dingtalk_robot, access_token: demo-keyword-token, keyword: 告警, base_url: '%[1]s'}
people:
  - {name: lilei, title: 李雷, email: lilei@example.com, mobile: "13800000001"}
sources:
  - {name: am, token: am-token}
contact_points:
  - name: payments
    steps:
      - notify:
          - {account: feishu, to: ["chat:oc_demo"], mention: ["person:lilei"], urgent: {critical: phone, high: app}}
          - {account: robot, mention: ["person:lilei"]}
  - name: repeats
    duplicate_window: 1s
    steps: [{notify: [{account: feishu, to: ["chat:oc_bench0"]}]}]
  - name: twins
    steps: [{notify: [{account: feishu, to: ["chat:oc_bench1"]}]}]
  - name: outage
    steps: [{notify: [{account: feishu, to: ["chat:oc_bench2"]}, {account: other-robot}]}]
`

// gong is a sandbox, a yunluo that sends to it and an Alertmanager that sends to that.
type gong struct {
	*box
	yunluo *daemon
	source *promSource
}

func TestARealAlertmanagersGroupsAreFollowed(t *testing.T) {
	t.Parallel()
	for version := range alertmanagers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			g := gong{box: startBox(t, stage.ModeFull, "SANDBOX_LIMITS=1")}
			g.yunluo = serve(t, t.TempDir(), fmt.Sprintf(alertmanagerYunluo, g.url))
			g.source = startSource(t, version, fmt.Sprintf(alertmanagerConfig, g.yunluo.url+"/api/v1/alertmanager"))
			g.source.send(fires("repeated", "Repeated", "warning"))
			t.Run("one alert, firing and resolved", g.single)
			t.Run("a group that grows and shrinks", g.grouped)
			t.Run("a group cut by max_alerts", g.truncated)
			t.Run("labels in Chinese", func(t *testing.T) { g.chinese(t, version) })
			t.Run("repeats", g.repeated)
			t.Run("providers down for a while, and the core killed meanwhile", g.outage)
			require.Empty(t, g.refusals(t), "the providers refused something")
		})
	}
}

// single follows one critical alert from its card, with a call and a mention, to its end.
func (g gong) single(t *testing.T) {
	a := fires("single", "Single", "critical", "instance", "db-1")
	g.source.send(a)
	card, ding := g.one(t, "feishu", "Single"), g.one(t, "dingtalk", "Single")
	require.Equal(t, "red", card.color)
	require.Contains(t, card.title, "[严重]")
	require.Equal(t, []string{"李雷"}, card.notified())
	eventually(t, patience, "李雷 is called", func() bool { return len(g.one(t, "feishu", "Single").urged()) > 0 })
	require.Equal(t, []string{"phone 李雷"}, g.one(t, "feishu", "Single").urged())
	require.Equal(t, []string{"李雷"}, ding.notified())
	require.Contains(t, ding.text, "[严重]")
	require.Contains(t, ding.text, "@13800000001")

	g.source.send(a.ends())
	eventually(t, patience, "the card is green", func() bool { return g.one(t, "feishu", "Single").color == "green" })
	card = g.one(t, "feishu", "Single")
	require.Equal(t, 1, card.EditCount, "one change, one edit")
	require.Len(t, card.urged(), 1, "an end urges nobody")
	eventually(t, patience, "DingTalk says that it ended", func() bool { return len(g.looks(t, "dingtalk", "Single")) == 2 })
	require.Contains(t, g.looks(t, "dingtalk", "Single")[1].text, "恢复")
}

// grouped follows three alerts of one group, of which one ends first and one joins late.
func (g gong) grouped(t *testing.T) {
	disk := func(mount string) prometheusAlert { return fires("grouped", "Grouped", "warning", "mount", mount) }
	g.source.send(disk("/a"), disk("/b"))
	first := g.one(t, "feishu", "Grouped")
	require.Contains(t, first.text, "/a")
	require.Contains(t, first.text, "/b")
	require.Empty(t, first.urged(), "a warning urges nobody")
	require.NotEqual(t, "red", first.color)
	require.NotEqual(t, "green", first.color)

	g.source.send(disk("/b").ends(), disk("/c"))
	eventually(t, patience, "the card tells of the newcomer", func() bool {
		return strings.Contains(g.one(t, "feishu", "Grouped").text, "/c")
	})
	partly := g.one(t, "feishu", "Grouped")
	require.Equal(t, first.color, partly.color, "it still fires")
	require.Contains(t, partly.text, "/b", "what ended is named")
	require.Contains(t, partly.text, "恢复")

	g.source.send(disk("/a").ends(), disk("/c").ends())
	eventually(t, patience, "the card is green", func() bool { return g.one(t, "feishu", "Grouped").color == "green" })
	// The newcomer and the end of another reach Alertmanager together; it may flush between them.
	require.Contains(t, []int{2, 3}, g.one(t, "feishu", "Grouped").EditCount)
}

// truncated is told how many alerts Alertmanager kept back.
func (g gong) truncated(t *testing.T) {
	many := make([]prometheusAlert, 5)
	for i := range many {
		many[i] = fires("truncated", "Truncated", "high", "instance", fmt.Sprintf("web-%d", i))
	}
	g.source.send(many...)
	for _, p := range []string{"feishu", "dingtalk"} {
		l := g.one(t, p, "Truncated")
		require.Contains(t, l.text, "另有 3 条告警")
		require.Contains(t, l.text, "max_alerts")
	}
	eventually(t, patience, "李雷 is urged in the app", func() bool {
		return strings.Join(g.one(t, "feishu", "Truncated").urged(), ";") == "app 李雷"
	})
}

// chinese has Chinese values, and names where this Alertmanager takes them.
func (g gong) chinese(t *testing.T, version string) {
	t.Helper()
	g.source.send(fires("chinese", "磁盘将满", "info", "instance", "数据库-1"))
	for _, p := range []string{"feishu", "dingtalk"} {
		l := g.one(t, p, "磁盘将满")
		require.Contains(t, l.text, "数据库-1")
		require.NotContains(t, strings.Join(l.notified(), ","), "所有人", "foreign text mentions nobody")
	}
	status, answer := g.source.try(fires("chinese", "名称也是中文", "info", "机房", "上海"))
	if version == "0.25" {
		require.Equal(t, http.StatusBadRequest, status, "this Alertmanager took a name in UTF-8, so test that it arrives")
		return
	}
	require.Equal(t, http.StatusOK, status, answer)
	for _, p := range []string{"feishu", "dingtalk"} {
		l := g.one(t, p, "名称也是中文")
		require.Contains(t, l.text, "机房")
		require.Contains(t, l.text, "上海")
	}
}

// repeated reminds everybody in the chat, in words beside the card, unless the repeat comes so soon that it is a twin's.
func (g gong) repeated(t *testing.T) {
	eventually(t, patience, "a repeat reminds", func() bool { return len(g.messages(t, "conversation=oc_bench0")) > 1 })
	list := g.messages(t, "conversation=oc_bench0")
	require.Equal(t, "interactive", list[0].Form)
	for _, m := range list[1:] {
		require.Equal(t, "text", m.Form, "one card, and reminders")
		require.False(t, m.InThread, "a topic reminds only those who take part in it")
	}
	require.Len(t, g.messages(t, "conversation=oc_bench1"), 1, "the same state within a minute is a duplicate")
	eventually(t, patience, "duplicates are counted", func() bool {
		_, metrics := get(t, g.yunluo.url+"/metrics")
		return strings.Contains(metrics, `yunluo_submitted_total{change="duplicate",contact_point="twins"}`)
	})
}

// outage takes both providers away while groups fire, change and end, and kills the core meanwhile.
func (g gong) outage(t *testing.T) {
	const groups = 24
	group := func(i int) prometheusAlert {
		return fires("outage", fmt.Sprintf("Outage%02d", i), "warning", "round", "first")
	}
	before := fires("outage", "OutageBefore", "high")
	g.source.send(before)
	card := g.one(t, "feishu", "OutageBefore")
	g.one(t, "dingtalk", "OutageBefore")

	g.faults(t, stage.Fault{Kind: stage.FaultRefuse, Provider: "feishu"}, stage.Fault{Kind: stage.FaultStatus, Status: 500, Provider: "dingtalk"})
	all := []prometheusAlert{before.ends()}
	for i := range groups {
		all = append(all, group(i))
	}
	g.source.send(all...)
	eventually(t, patience, "every group waits", func() bool { return len(g.waiting(t)) >= groups+1 })
	first := g.yunluo.core()
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	// Two end while nobody could be told that they fired; one more alert joins a third group.
	joins := group(2)
	joins.Labels["round"] = "second"
	g.source.send(group(0).ends(), group(1).ends(), joins)
	eventually(t, patience, "what fired and ended waits, too", func() bool {
		w := g.waiting(t)
		return w["Outage00"] >= 2 && w["Outage01"] >= 2 && w["Outage02"] >= 2
	})
	second := g.yunluo.core()
	require.NotEqual(t, first, second, "a new core took over")
	require.NoError(t, syscall.Kill(second, syscall.SIGKILL))
	g.faults(t)

	t.Cleanup(func() {
		if t.Failed() {
			_, out, _ := g.yunluo.command("history", "--json", "--search", "Outage00")
			t.Log(out)
		}
	})
	eventually(t, 2*patience, "nothing waits any more", func() bool { return len(g.waiting(t)) == 0 })
	for _, p := range []string{"feishu", "dingtalk"} {
		for i := range groups {
			name := fmt.Sprintf("Outage%02d", i)
			said := g.looks(t, p, name)
			require.NotEmptyf(t, said, "%s never told of %s", p, name)
			last := said[len(said)-1]
			switch {
			case i < 2:
				// What may have arrived already is sent again as it was and then followed; the rest tells both at once.
				require.Equalf(t, 1, count(said, func(l look) bool { return ended(l.text, name) }), "the end of %s on %s, once: %v", name, p, texts(said))
				require.Truef(t, ended(last.text, name), "%s on %s ended, and yet the last word is: %s", name, p, last.text)
				firstTold := len(said) > 1 || last.EditCount > 0
				require.Truef(t, firstTold || strings.Contains(last.text, "期间已触发并恢复"), "%s on %s: %s", name, p, last.text)
			case i == 2:
				require.Equal(t, 1, count(said, func(l look) bool { return strings.Contains(l.text, "second") }), texts(said))
				require.Contains(t, last.text, "second", "the newest state comes last")
			default:
				require.Lenf(t, said, 1, "%s on %s: %v", name, p, texts(said))
			}
			for _, l := range said {
				for _, e := range l.Edits {
					require.NotEqual(t, string(e.Content), string(l.Content), "%s was updated to what it said", name)
				}
			}
		}
	}
	after := g.looks(t, "feishu", "OutageBefore")
	require.Len(t, after, 1)
	require.Equal(t, card.ID, after[0].ID)
	require.Equal(t, "green", after[0].color, "the end of what was told before")
	require.Len(t, g.looks(t, "dingtalk", "OutageBefore"), 2)
	require.Zero(t, g.figures(t).Repeats, "the provider was asked twice for the same")
}

// ended tells whether a text says of an alert, before it names the next one, from when to when it fired.
func ended(text, name string) bool {
	for _, rest := range strings.Split(text, name)[1:] {
		line, _, _ := strings.Cut(rest, "Outage")
		if strings.Contains(line, " 至 ") {
			return true
		}
	}
	return false
}

func count(list []look, matches func(look) bool) (n int) {
	for _, l := range list {
		if matches(l) {
			n++
		}
	}
	return n
}

func texts(list []look) (all []string) {
	for _, l := range list {
		all = append(all, l.At.Format("15:04:05.000 ")+l.text)
	}
	return all
}

// one waits for the only message of a provider that has a text.
func (g gong) one(tb testing.TB, providerName, text string) look {
	tb.Helper()
	var list []look
	eventually(tb, patience, providerName+" tells of "+text, func() bool {
		list = g.looks(tb, providerName, text)
		return len(list) > 0
	})
	require.Len(tb, list, 1)
	return list[0]
}

// waiting counts the deliveries to the outage's contact point that wait, by alert name.
func (g gong) waiting(tb testing.TB) map[string]int {
	tb.Helper()
	count := map[string]int{}
	for _, d := range g.yunluo.history("--contact-point", "outage", "--state", "waiting", "--limit", "1000") {
		for _, name := range d.Alerts {
			count[name]++
		}
	}
	return count
}

// history asks the running daemon through its socket, as a person does on the command line.
func (d *daemon) history(args ...string) []core.Delivery {
	d.t.Helper()
	var list []core.Delivery
	var out string
	// The core may be on its way up again.
	eventually(d.t, patience, "the history can be read", func() bool {
		var code int
		code, out, _ = d.command("history", append([]string{"--json"}, args...)...)
		return code == 0
	})
	for in := json.NewDecoder(strings.NewReader(out)); in.More(); {
		var one core.Delivery
		require.NoError(d.t, in.Decode(&one))
		list = append(list, one)
	}
	return list
}
