package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestSendIsReadAsAPostOfOurJSON(t *testing.T) {
	c, f := newCLI(t), &fakeCore{result: core.Result{GroupID: "g1", State: core.StateWaiting}}
	c.serves(f)
	r := c.run("send", "payments", "--title", "disk full", "--text", "97 %", "--severity", "critical", "--label", "host=db-1", "--label", "expr=a=b")
	require.Equal(t, exitOK, r.code, r.err)
	require.Contains(t, r.out, "group g1: waiting")
	require.Len(t, f.submitted, 1)
	s := f.submitted[0]
	require.Equal(t, "payments", s.ContactPoint)
	require.Equal(t, mainTenant, s.Tenant)
	require.Equal(t, "cli", s.Group.Source)
	require.Equal(t, alert.Firing, s.Group.Status)
	one := s.Group.Alerts[0]
	require.Equal(t, map[string]string{"alertname": "disk full", "host": "db-1", "expr": "a=b"}, one.Labels)
	require.Equal(t, alert.Critical, one.Severity)
	require.Equal(t, "97 %", one.Annotations["description"])
	require.False(t, one.StartsAt.IsZero())

	require.Equal(t, exitOK, c.run("send", "payments", "--title", "disk full", "--status", "resolved", "--label", "host=db-1", "--label", "expr=a=b").code)
	require.Equal(t, s.Group.Key, f.submitted[1].Group.Key, "the same title and labels are the same group")
	require.Equal(t, alert.Resolved, f.submitted[1].Group.Status)
}

func TestSendTakesPayloadsOfEachSource(t *testing.T) {
	for kind, body := range map[string]string{
		"alertmanager": `{"version":"4","groupKey":"k","status":"firing","receiver":"r","groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am","alerts":[{"status":"firing","labels":{"alertname":"A"},"annotations":{},"startsAt":"2026-11-22T08:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"0123456789abcdef"}]}`,
		"grafana":      `{"version":"1","groupKey":"k","orgId":1,"state":"alerting","status":"firing","receiver":"r","title":"t","message":"m","groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://g","alerts":[{"status":"firing","labels":{"alertname":"A"},"annotations":{},"startsAt":"2026-11-22T08:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"0123456789abcdef"}]}`,
		"api":          `{"title":"A"}`,
	} {
		t.Run(kind, func(t *testing.T) {
			c, f := newCLI(t), &fakeCore{result: core.Result{State: core.StateDelivered}}
			c.serves(f)
			c.in = body
			r := c.run("send", "ops", "--file", "-")
			require.Equal(t, exitOK, r.code, r.err)
			require.Equal(t, kind, f.submitted[0].Group.Kind)
			require.Equal(t, "A", f.submitted[0].Group.Alerts[0].Name())
		})
	}
}

func TestSendTellsTheOutcomeByExitCode(t *testing.T) {
	failed := core.DeliveryOutcome{
		ID: "d1", Account: "ops-robot", State: core.StateFailed, Reason: sender.ReasonConfig, Code: "310000", Text: "keywords not in content",
		Hint: lang.Text{ZH: "把关键词填进 keyword", EN: "put the keyword into keyword"},
	}
	for name, c := range map[string]struct {
		core core.Result
		err  error
		wait string
		code int
	}{
		"stored":                   {core: core.Result{State: core.StateWaiting}, wait: "0s", code: exitOK},
		"delivered":                {core: core.Result{State: core.StateDelivered}, wait: "1s", code: exitOK},
		"still trying":             {core: core.Result{State: core.StateWaiting}, wait: "1s", code: exitWaiting},
		"failed":                   {core: core.Result{State: core.StateFailed, Deliveries: []core.DeliveryOutcome{failed}}, wait: "1s", code: exitDelivery},
		"unknown contact point":    {err: fmt.Errorf("%w: payment, did you mean payments", core.ErrUnknownContactPoint), wait: "0s", code: exitUsage},
		"could not be stored":      {err: fmt.Errorf("%w: the disk is full", core.ErrStore), wait: "0s", code: exitStore},
		"the core died meanwhile":  {err: fmt.Errorf("%w: it died", core.ErrUnreachable), wait: "0s", code: exitUnreachable},
		"the request is nonsense":  {err: fmt.Errorf("%w: no alerts", core.ErrInvalid), wait: "0s", code: exitUsage},
		"the configuration is bad": {err: fmt.Errorf("%w: no accounts", core.ErrConfig), wait: "0s", code: exitConfig},
	} {
		t.Run(name, func(t *testing.T) {
			surroundings := newCLI(t)
			surroundings.serves(&fakeCore{result: c.core, err: c.err})
			r := surroundings.run("send", "payments", "--title", "x", "--wait", c.wait)
			require.Equal(t, c.code, r.code, r.err)
			if c.err != nil {
				require.Contains(t, r.err, c.err.Error())
			}
			if name == "failed" {
				require.Contains(t, r.out, "310000")
				require.Contains(t, r.out, "keywords not in content")
				require.Contains(t, r.out, "put the keyword into keyword")
			}
		})
	}
}

func TestSendPrintsJSON(t *testing.T) {
	c := newCLI(t)
	c.serves(&fakeCore{result: core.Result{GroupID: "g1", State: core.StateDelivered, Deliveries: []core.DeliveryOutcome{{ID: "d1", Account: "a", State: core.StateDelivered}}}})
	r := c.run("send", "payments", "--title", "x", "--json")
	require.Equal(t, exitOK, r.code, r.err)
	require.JSONEq(t, `{"group_id":"g1","state":"delivered","deliveries":[{"id":"d1","step":0,"account":"a","state":"delivered"}]}`, r.out)
}

func sampleHistory() core.HistoryPage {
	at := time.Date(2026, 11, 22, 7, 30, 0, 0, time.UTC)
	return core.HistoryPage{Next: "page-2", Deliveries: []core.Delivery{
		{
			ID: "0192f0c4-7a31-7c5e-8a55-3b6f3f4f0b11", GroupID: "g1", GroupKey: `{}:{alertname="支付"}`, Source: "am", ContactPoint: "payments",
			Account: "feishu-corp", Type: "feishu_app", Target: "chat:oc_1", Op: sender.OpSend, Parts: 1, Title: "🔥 [严重] 支付接口延迟过高 (2)", Alerts: []string{"HighLatency"},
			Status: alert.Firing, Severity: alert.Critical, State: core.StateDelivered, MessageID: "om_1", CreatedAt: at, FinishedAt: at.Add(time.Second),
			Attempts: []core.Attempt{
				{At: at, Op: sender.OpSend, Latency: 51 * time.Millisecond, Outcome: "retry", Reason: sender.ReasonUnavailable, Code: "503"},
				{At: at.Add(time.Second), Op: sender.OpSend, Latency: 48 * time.Millisecond, Outcome: "delivered"},
			},
		},
		{
			ID: "0192f0c4-7a31-7c5e-8a55-3b6f3f4f0b12", GroupID: "g2", ContactPoint: "ops", Account: "ops-robot", Type: "dingtalk_robot", Op: sender.OpSend,
			Title: "disk full\x1b[2J on db-1", Status: alert.Firing, Severity: alert.Warning, State: core.StateFailed, Reason: sender.ReasonConfig, Code: "310000",
			Text: "keywords not in content", Hint: lang.Text{ZH: "把关键词填进 keyword", EN: "put the keyword into keyword"}, CreatedAt: at,
		},
	}}
}

func TestHistoryIsATableThatLinesUp(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		c := newCLI(t)
		f := &fakeCore{page: sampleHistory()}
		c.serves(f)
		r := c.run("history", "--lang", language, "--state", "failed", "--since", "7d", "--contact-point", "ops", "--search", "disk", "--limit", "2")
		require.Equal(t, exitOK, r.code, r.err)
		golden(t, "history."+language+".golden", r.out)
		require.Contains(t, r.err, "--after page-2")
		require.Equal(t, core.HistoryQuery{
			Tenant: mainTenant, ContactPoint: "ops", State: core.StateFailed, Search: "disk", Limit: 2,
			Since: time.Date(2026, 11, 15, 8, 0, 0, 0, time.UTC),
		}, core.HistoryQuery{
			Tenant: f.query.Tenant, ContactPoint: f.query.ContactPoint, State: f.query.State, Search: f.query.Search, Limit: f.query.Limit,
			Since: f.query.Since.UTC(),
		})
	}
}

func TestHistoryOfOneDeliveryShowsEveryAttempt(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		c := newCLI(t)
		page := sampleHistory()
		page.Deliveries = page.Deliveries[:1]
		c.serves(&fakeCore{page: page})
		r := c.run("history", page.Deliveries[0].ID, "--lang", language)
		require.Equal(t, exitOK, r.code, r.err)
		golden(t, "delivery."+language+".golden", r.out)
	}
}

func TestHistoryAsJSONIsOneDeliveryALine(t *testing.T) {
	c := newCLI(t)
	c.serves(&fakeCore{page: sampleHistory()})
	r := c.run("history", "--json")
	require.Equal(t, exitOK, r.code, r.err)
	var first core.Delivery
	require.NoError(t, json.Unmarshal([]byte(r.out[:indexByte(r.out, '\n')]), &first))
	require.Equal(t, "feishu-corp", first.Account)
	require.Len(t, first.Attempts, 2)
}

func indexByte(s string, b byte) int {
	for i := range len(s) {
		if s[i] == b {
			return i
		}
	}
	return -1
}

func TestUnknownDeliveryIsAnError(t *testing.T) {
	c := newCLI(t)
	c.serves(&fakeCore{})
	r := c.run("history", "nope")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "nope")
}

func TestResendQueuesEachDelivery(t *testing.T) {
	c, f := newCLI(t), &fakeCore{}
	c.serves(f)
	r := c.run("resend", "d1", "d2")
	require.Equal(t, exitOK, r.code, r.err)
	require.Equal(t, []string{"d1", "d2"}, f.resent)
	require.Equal(t, "queued again: d1\nqueued again: d2\n", r.out)

	f.err = lang.Because(core.ErrNotFound, lang.Wrong("没有投递 d1", "no delivery d1"))
	r = c.run("resend", "d1", "d2", "--lang", "zh")
	require.Equal(t, exitUsage, r.code)
	require.Equal(t, []string{"d1", "d2", "d1", "d2"}, f.resent, "one that is unknown does not stop the others")
	require.Equal(t, "yunluo: 找不到：没有投递 d1\nyunluo: 找不到：没有投递 d1\n", r.err)
	f.err = core.ErrUnreachable
	require.Equal(t, exitUnreachable, c.run("resend", "d3", "d4").code)
	require.Equal(t, "d3", f.resent[len(f.resent)-1], "nobody is there to ask again")
}

func TestProbeShowsWhatToDoAndFails(t *testing.T) {
	c := newCLI(t)
	c.serves(&fakeCore{probes: []core.ProbeResult{
		{Account: "feishu-corp", Type: "feishu_app", Checks: []sender.Check{
			{Name: lang.Text{ZH: "凭证", EN: "credentials"}, OK: true, Detail: "token for 7200 s"},
			{Name: lang.Text{ZH: "机器人", EN: "bot"}, Detail: "230006", Hint: lang.Text{ZH: "开启机器人能力", EN: "turn the bot on"}},
		}},
		{Account: "ops-robot", Type: "dingtalk_robot"},
	}})
	r := c.run("probe")
	require.Equal(t, exitFailed, r.code)
	golden(t, "probe.en.golden", r.out)
	require.Contains(t, c.run("probe", "--json").out, `"account": "feishu-corp",
    "type": "feishu_app",
    "checks": [`)
	require.Contains(t, c.run("probe", "--lang", "zh").out, "→ 开启机器人能力")
}

func TestRenderDrawsWhatEachTargetWouldSee(t *testing.T) {
	c, f := newCLI(t), &fakeCore{previews: []core.PreviewResult{
		{
			Account: "feishu-corp", Type: "feishu_app", Target: "chat:oc_1", Notes: []lang.Text{{ZH: "查无此人：韩梅梅", EN: "nobody found: 韩梅梅"}},
			Parts: []core.PreviewPart{{Bytes: 1234, Content: json.RawMessage(`{"a":1}`), Preview: sender.Preview{
				Shape: "card", Color: "red", Title: "🔥 [严重] 支付接口延迟过高", Mentions: []string{"李雷"},
				Blocks: []sender.Block{
					{Kind: sender.BlockText, Spans: []sender.Span{{Text: "服务 ", Bold: true}, {Text: "payments "}, {Mention: "ou_1", Text: "李雷"}}},
					{Kind: sender.BlockDivider},
					{Kind: sender.BlockList, Fields: []sender.Block{{Kind: sender.BlockText, Text: "p99 = 3.2 s"}}},
					{Kind: sender.BlockQuote, Text: "支付接口 p99 超过 2 秒，持续七分钟，请先看运行手册，再看仪表盘；必要时切流量到备用机房。"},
					{Kind: sender.BlockButtons, Fields: []sender.Block{{Kind: sender.BlockButton, Text: "运行手册", URL: "https://runbooks.example.com"}}},
				},
			}}},
		},
		{Account: "ops-robot", Type: "dingtalk_robot", Error: "the template has a hole"},
		{Account: "sms", Type: "aliyun_sms", Target: "person:li", Parts: []core.PreviewPart{{Bytes: 60, Content: json.RawMessage(`{}`), Preview: sender.Preview{
			Shape: sender.ShapeSMS, From: "云锣", Segments: 2,
			Blocks: []sender.Block{{Kind: sender.BlockFields, Fields: []sender.Block{{Kind: sender.BlockText, Text: "实例"}, {Kind: sender.BlockText, Text: "db-1"}}}},
		}}}},
	}}
	c.serves(f)
	r := c.run("render", "payments", "--status", "resolved", "--severity", "high")
	require.Equal(t, exitFailed, r.code, "a target that cannot be rendered is a failure")
	golden(t, "render.en.golden", r.out)
	require.Equal(t, alert.Resolved, f.submitted[0].Group.Status)
	require.Equal(t, alert.High, f.submitted[0].Group.Severity())

	require.Equal(t, "{\n  \"a\": 1\n}\n{}\n", c.run("render", "payments", "--content").out)
	var out []map[string]any
	require.NoError(t, json.Unmarshal([]byte(c.run("render", "payments", "--json").out), &out))
	require.Len(t, out, 3)

	f.previews = []core.PreviewResult{{Account: "ops-robot", Type: "dingtalk_robot"}}
	require.Equal(t, exitOK, c.run("render", "payments").code)
	f.previews[0].Defaulted = "the template title failed"
	for _, form := range []string{"--json", "--content", "--json=false"} {
		r = c.run("render", "payments", form)
		require.Equal(t, exitFailed, r.code, "a template that failed is a failure, though a message goes out")
		require.Equal(t, "yunluo: ops-robot: the template title failed\n", r.err)
	}
	require.Contains(t, c.run("render", "payments", "--json").out, `"defaulted": "the template title failed"`)
}

func TestRenderReadsARecordedPayload(t *testing.T) {
	c, f := newCLI(t), &fakeCore{}
	c.serves(f)
	path := c.write("body.json", `{"title":"磁盘快满了","severity":"critical"}`)
	r := c.run("render", "payments", "--file", path)
	require.Equal(t, exitOK, r.code, r.err)
	require.Equal(t, "磁盘快满了", f.submitted[0].Group.Alerts[0].Name())
	require.Contains(t, r.err, "nobody would be notified")
	_, err := os.Stat(path)
	require.NoError(t, err)
}

func TestCheckFindsWhatServeWouldNotListenWith(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		args []string
		says string // Empty where it is fine.
	}{
		"an open listener":      {`listen: {address: "0.0.0.0:9095"}`, nil, "yunluo.yaml:1:19: listen.address: 0.0.0.0:9095 can be reached by others and no source has credentials"},
		"allowed to be open":    {`listen: {address: "0.0.0.0:9095", allow_open: true}`, nil, ""},
		"a flag that closes it": {`listen: {address: "0.0.0.0:9095"}`, []string{"--listen", "127.0.0.1:9095"}, ""},
		"a flag that opens it":  {`{}`, []string{"--listen", "0.0.0.0:9095"}, "yunluo.yaml: listen.address: 0.0.0.0:9095 can be"},
		"with credentials":      {"listen: {address: ':9095'}\nsources: [{name: am, token: abcdefgh}]", nil, ""},
		"no certificate":        {"listen: {tls_cert: none.pem, tls_key: y.pem}", nil, "yunluo.yaml:1:20: listen.tls_cert: cannot read"},
		"no PEM":                {"listen: {tls_cert: y.pem, tls_key: y.pem}", nil, "yunluo.yaml:1:20: listen.tls_cert: the certificate and its key cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			cli := newCLI(t)
			cli.write("yunluo.yaml", c.file)
			cli.write("y.pem", "no PEM")
			r := cli.run(append([]string{"check"}, c.args...)...)
			if c.says == "" {
				require.Equal(t, exitOK, r.code, r.err)
				return
			}
			require.Equal(t, exitConfig, r.code)
			require.Contains(t, r.err, c.says)
			r = cli.run(append([]string{"serve"}, c.args...)...)
			require.Equal(t, exitConfig, r.code)
			require.Contains(t, r.err, c.says)
			require.NoFileExists(t, filepath.Join(cli.dir, "yunluo.db"), "no core was started")
		})
	}
}

func TestAFaultySourceIsNotAlsoAnOpenListener(t *testing.T) {
	cli := newCLI(t)
	cli.write("yunluo.yaml", "listen: {address: ':9095'}\nsources: [{name: am, token_file: /nowhere}]")
	r := cli.run("check")
	require.Contains(t, r.err, "no such file")
	require.Contains(t, r.err, "faults: 1")
}

func TestCheckCountsWhatIsConfigured(t *testing.T) {
	for file, says := range map[string]string{
		"{}": "0 accounts, 0 contact points, 0 sources, 0 people",
		"people: [{name: li, email: li@example.com}]\nsources: [{name: am, token: abcdefgh}]": "0 accounts, 0 contact points, 1 source, 1 person",
	} {
		cli := newCLI(t)
		cli.write("yunluo.yaml", file)
		require.Contains(t, cli.run("check").out, says)
	}
}
