package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/mediatype"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/zabbixapi"
)

// zabbixYunluo is what the background core is configured with; %[1]s is the sandbox.
const zabbixYunluo = `
accounts:
  feishu: {type: feishu_app, app_id: cli_demo, app_secret: secret, base_url: '%[1]s'}
  robot: {type: dingtalk_robot, access_token: demo-robot-token, secret: SECdemo0123456789, base_url: '%[1]s'}
people:
  - {name: lilei, title: 李雷, email: lilei@example.com, mobile: "13800000001"}
contact_points:
  - name: walk
    steps: [{notify: [{account: feishu, to: ["chat:oc_demo"], mention: ["person:lilei"], urgent: {critical: phone}}, {account: robot}]}]
  - {name: outage, steps: [{notify: [{account: feishu, to: ["chat:oc_bench2"]}]}]}
  - {name: crash, steps: [{notify: [{account: feishu, to: ["chat:oc_bench3"]}]}]}
  - {name: events, group_window: 0s, steps: [{notify: [{account: feishu, to: ["chat:oc_bench4"]}]}]}
  - {name: burst, steps: [{notify: [{account: feishu, to: ["chat:oc_bench5"]}]}]}
`

// scene is a sandbox, a Zabbix, and Yunluo as Zabbix's script starts it.
type scene struct {
	*box
	zabbix *zabbixServer
	// dir is the background core's.
	dir string
	// daemon takes what the webhook posts.
	daemon *daemon

	walk, wrong, outage, crash, burst, hook watched
	// bad is an item that is not supported.
	bad string
}

// The media types' names.
const (
	scriptType  = "云锣"
	webhookType = "云锣 Webhook"
)

func TestARealZabbix(t *testing.T) { //nolint:tparallel // the subtests are one story, in order
	t.Parallel()
	s := setUpScene(t)
	t.Run("the media type's test button", s.testButton)
	t.Run("problem, acknowledgement, severity and recovery are one conversation", s.conversation)
	t.Run("a wrong Send to is explained in the action log", s.wrongSendTo)
	t.Run("a user of few rights acknowledges, and no more", s.fewRights)
	t.Run("a provider that is down is no failure for Zabbix", s.providerDown)
	t.Run("the core dies between problem and recovery", s.coreDies)
	t.Run("zabbix_server restarts while the core lives", s.serverRestarts)
	t.Run("webhook: Zabbix's own engine posts, keeps tags, and the card is found without a store", s.webhook)
	t.Run("200 problems at once, and the core killed in between", s.problemsAtOnce)
	t.Run("other events", s.otherEvents)
	t.Run("check says what is missing", s.check)
	require.NotContains(t, s.zabbix.log(), "SECdemo0123456789")
}

func setUpScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{box: startBox(t, stage.ModeFull, "SANDBOX_LIMITS=1")}
	s.zabbix = startZabbix(t)
	z := s.zabbix
	s.dir = z.path("yunluo")
	z.env = append(z.env, "YUNLUO_DIR="+s.dir, "YUNLUO_CONFIG="+z.write("yunluo.yaml", fmt.Sprintf(zabbixYunluo, s.url)))
	z.server.stop(t)
	z.startServer()
	t.Cleanup(func() {
		for _, pid := range s.cores() {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		eventually(t, patience, "the background core ends", func() bool { return len(s.cores()) == 0 })
	})
	s.install(t)
	s.walk = z.watch("walk", scriptType, "walk", 5, 1)
	s.wrong = z.watch("wrong", scriptType, "wlak", 3, 1)
	s.outage = z.watch("outage", scriptType, "outage", 3, 1)
	s.crash = z.watch("crash", scriptType, "crash", 4, 1)
	s.burst = z.watch("burst", scriptType, "burst", 3, 200)
	s.hook = z.watch("hook", webhookType, "payments", 4, 1)
	s.watchOthers()
	s.walk.settled()
	return s
}

// install does what docs/zabbix.md tells people to type.
func (s *scene) install(t *testing.T) {
	t.Helper()
	z := s.zabbix
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte(z.token+"\n"), 0o600))
	dir := t.TempDir()
	s.daemon = prepare(t, dir, fmt.Sprintf(`
public_url: https://yunluo.example.com
accounts: {feishu: {type: feishu_app, app_id: cli_demo, app_secret: secret, base_url: '%s'}}
sources: [{name: zabbix-hq, token: zbx-token}]
contact_points: [{name: payments, steps: [{notify: [{account: feishu, to: ["chat:oc_bench1"]}]}]}]
`, s.url))
	yunluo := filepath.Join(dir, "token")
	require.NoError(t, os.WriteFile(yunluo, []byte("zbx-token"), 0o600))
	common := []string{"zabbix", "install", "--lang", "zh", "--url", z.web, "--token-file", token, "--scripts", z.path("scripts")}
	code, out, errs := run(t, nil, append(common, "--user", "Admin", "--send-to", "walk")...)
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "✓ 导入报警媒介类型: 云锣 (Zabbix 6.0, yunluo-script-6.0.zh.yaml)")
	require.Contains(t, out, "✓ 用户 Admin 的报警媒介: walk")
	require.Contains(t, out, "已建好但停用")
	code, out, errs = run(t, nil, append(common, "--way", "webhook", "--no-action", "--yunluo-url", s.daemon.url, "--yunluo-token-file", yunluo)...)
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "{$YUNLUO.URL}, {$YUNLUO.TOKEN}")
	code, out, errs = run(t, nil, append(common, "--user", "Admin", "--send-to", "walk")...)
	require.Zero(t, code, out+errs)
	require.Equal(t, 2, strings.Count(out, "保留不动"), "a second time keeps what is there: %s", out)
	require.Len(t, z.rows("user.get", map[string]any{"filter": map[string]any{"username": "Admin"}, "selectMedias": "extend"})[0]["medias"], 1)
	// The files that people import by hand are the ones that install imports.
	for _, m := range mediatype.All() {
		text, err := os.ReadFile(filepath.Join("../../zabbix/exports", m.FileName()))
		require.NoError(t, err)
		err = z.api.Call(t.Context(), "configuration.import", map[string]any{
			"format": "yaml", "source": string(text), "rules": map[string]any{"mediaTypes": map[string]any{"createMissing": true, "updateExisting": true}},
		}, nil)
		if m.Version == mediatype.V60 {
			require.NoError(t, err, m.FileName())
			continue
		}
		require.ErrorContains(t, err, "unsupported version", "if this Zabbix takes it, run the rest with it, too")
	}
	// One language is enough: each media type adds its entry to a problem's menu.
	for _, m := range z.rows("mediatype.get", map[string]any{"filter": map[string]any{"name": []string{"Yunluo", "Yunluo webhook"}}}) {
		z.call("mediatype.delete", []any{m["mediatypeid"]})
	}
	// yunluo is found beside the script's real path.
	z.must(exec.Command("cp", binary, z.path("scripts", "yunluo")))
}

// cores are the background cores of the scene that run now.
func (s *scene) cores() (pids []int) {
	mark := []byte("core\x00--socket\x00" + s.dir)
	list, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range list {
		if text, err := os.ReadFile(path); err == nil && bytes.Contains(text, mark) {
			var pid int
			if _, err := fmt.Sscanf(path, "/proc/%d/", &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// chat is what a chat shows.
func (s *scene) chat(tb testing.TB, id string) (list []look) {
	tb.Helper()
	for _, m := range s.messages(tb, "conversation="+id) {
		list = append(list, drawn(tb, m))
	}
	return list
}

// card waits for the chat's only message that says something.
func (s *scene) card(tb testing.TB, chat, says string) look {
	tb.Helper()
	var found []look
	eventually(tb, patience, chat+" says "+says, func() bool {
		found = nil
		for _, l := range s.chat(tb, chat) {
			if strings.Contains(l.text, says) {
				found = append(found, l)
			}
		}
		return len(found) > 0
	})
	require.Len(tb, found, 1)
	return found[0]
}

// tested is what the Test button answers: it has no event.
func (s *scene) tested(t *testing.T, mediaType string, data map[string]any) map[string]any {
	t.Helper()
	data["mediatypeid"] = s.zabbix.rows("mediatype.get", map[string]any{"filter": map[string]any{"name": mediaType}})[0]["mediatypeid"]
	return s.zabbix.trap(map[string]any{"request": "alert.send", "sid": s.zabbix.token, "data": data})
}

func (s *scene) testButton(t *testing.T) {
	answer := s.tested(t, scriptType, map[string]any{"sendto": "events", "subject": "按下测试", "message": "This is the test message from Zabbix"})
	require.Equal(t, "success", answer["response"], answer)
	require.Contains(t, s.card(t, "oc_bench4", "按下测试").text, "This is the test message from Zabbix")
	answer = s.tested(t, scriptType, map[string]any{"sendto": "event", "subject": "x", "message": "y"})
	require.Equal(t, "failed", answer["response"])
	require.Contains(t, answer["info"], "是否想写 events？")
}

func (s *scene) conversation(t *testing.T) {
	w := s.walk
	require.True(t, w.send(w.host, "1"))
	card := s.card(t, "oc_demo", "walk-000")
	require.Equal(t, "red", card.color)
	require.Contains(t, card.title, "[严重] walk-000 磁盘'将满\" · 主机 walk")
	for _, s := range []string{"支付", "先看 /var/log", "UTC+8", "当前值"} {
		require.Contains(t, card.text, s)
	}
	eventually(t, patience, "李雷 is called", func() bool { return len(s.card(t, "oc_demo", "walk-000").urged()) == 1 })
	require.Len(t, s.looks(t, "dingtalk", "walk-000"), 1)

	event := w.problem()
	high := alert.High
	require.NoError(t, w.api.Acknowledge(t.Context(), []string{event}, zabbixapi.Action{Acknowledge: true, Message: "我在看\n\"第二行\"", Severity: &high}))
	eventually(t, patience, "the card tells of the acknowledgement", func() bool {
		return strings.Contains(s.card(t, "oc_demo", "walk-000").text, "确认了问题、留言、把级别由“灾难”改为“严重”：我在看")
	})
	require.NotEqual(t, "red", s.card(t, "oc_demo", "walk-000").color, "it is less bad now")

	require.True(t, w.send(w.host, "0"))
	eventually(t, patience, "the card is green", func() bool { return s.card(t, "oc_demo", "walk-000").color == "green" })
	last := s.card(t, "oc_demo", "walk-000")
	require.Equal(t, card.ID, last.ID, "one problem, one card")
	require.Len(t, s.chat(t, "oc_demo"), 1)
	require.Contains(t, last.text, "已恢复")
	require.Contains(t, last.text, "我在看", "what was done stays on the card")
	require.Len(t, last.urged(), 1)
	eventually(t, patience, "DingTalk has all three", func() bool { return len(s.looks(t, "dingtalk", "walk-000")) == 3 })
	eventually(t, patience, "Zabbix's action log says that all were sent", func() bool {
		list := w.alerts()
		return len(list) == 3 && !slices.ContainsFunc(list, func(a map[string]any) bool { return a["status"] != "1" })
	})
	require.Empty(t, s.refusals(t))
}

func (s *scene) wrongSendTo(t *testing.T) {
	w := s.wrong
	require.True(t, w.send(w.host, "1"))
	eventually(t, patience, "the action log has our sentence", func() bool {
		list := w.alerts()
		return len(list) == 1 && list[0]["error"] != ""
	})
	require.Equal(t, "云锣没有名为“wlak”的联络点，是否想写 walk？请在 Zabbix 用户的“报警媒介”里改“收件人”；现有：burst, crash, events, outage, walk",
		strings.TrimSpace(fmt.Sprint(w.alerts()[0]["error"])))
}

func (s *scene) providerDown(t *testing.T) {
	w := s.outage
	s.faults(t, stage.Fault{Kind: stage.FaultRefuse, Provider: "feishu"})
	require.True(t, w.send(w.host, "1"))
	eventually(t, patience, "Zabbix's action log says sent", func() bool {
		list := w.alerts()
		return len(list) == 1 && list[0]["status"] == "1"
	})
	require.Empty(t, s.chat(t, "oc_bench2"), "while nobody could be told")
	s.faults(t)
	s.card(t, "oc_bench2", "outage-000")
	// Closing by the API makes an update, a recovery and another update.
	require.NoError(t, w.api.Acknowledge(t.Context(), []string{w.problem()}, zabbixapi.Action{Close: true, Message: "误报"}))
	eventually(t, patience, "the card is green and says who closed it", func() bool {
		card := s.card(t, "oc_bench2", "outage-000")
		return card.color == "green" && strings.Contains(card.text, "关闭了问题：误报")
	})
}

// fewRights acknowledges as a user who may do no more than docs/zabbix.md asks for.
func (s *scene) fewRights(t *testing.T) {
	z, w := s.zabbix, s.wrong
	event := w.problem()
	role := z.rows("role.get", map[string]any{"filter": map[string]any{"name": "User role"}})[0]["roleid"]
	team := z.create("usergroup.create", "usrgrpids", map[string]any{"name": "readers", "rights": []any{map[string]any{"permission": 2, "id": w.group}}})
	user := z.create("user.create", "userids", map[string]any{
		"username": "yunluo", "passwd": "Tr0ub4dor&3x", "roleid": role, "usrgrps": []any{map[string]any{"usrgrpid": team}},
	})
	id := z.create("token.create", "tokenids", map[string]any{"name": "yunluo", "userid": user})
	made, ok := z.call("token.generate", []string{id}).([]any)
	require.True(t, ok)
	token, ok := made[0].(map[string]any)
	require.True(t, ok)
	api, err := zabbixapi.New(zabbixapi.Options{URL: z.web + "/api_jsonrpc.php", Token: secret.New(fmt.Sprint(token["token"]))})
	require.NoError(t, err)
	require.NoError(t, api.Acknowledge(t.Context(), []string{event}, zabbixapi.Action{Acknowledge: true, Message: "收到"}))
	for _, a := range []zabbixapi.Action{{Close: true}, {Severity: new(alert.Severity)}} {
		err := api.Acknowledge(t.Context(), []string{event}, a)
		require.Equal(t, sender.ReasonPermission, sender.AsFailure(err).Reason, err)
	}
	z.call("usergroup.update", map[string]any{"usrgrpid": team, "rights": []any{map[string]any{"permission": 3, "id": w.group}}})
	require.NoError(t, api.Acknowledge(t.Context(), []string{event}, zabbixapi.Action{Close: true, Severity: new(alert.Severity)}))
}

func (s *scene) coreDies(t *testing.T) {
	w := s.crash
	require.True(t, w.send(w.host, "1"))
	card := s.card(t, "oc_bench3", "crash-000")
	before := s.cores()
	require.Len(t, before, 1)
	require.NoError(t, syscall.Kill(before[0], syscall.SIGKILL))
	require.True(t, w.send(w.host, "0"))
	eventually(t, patience, "the card is green", func() bool { return s.card(t, "oc_bench3", "crash-000").color == "green" })
	require.Equal(t, card.ID, s.card(t, "oc_bench3", "crash-000").ID)
	after := s.cores()
	require.Len(t, after, 1)
	require.NotEqual(t, before, after)
}

func (s *scene) serverRestarts(t *testing.T) {
	before := s.cores()
	require.Len(t, before, 1)
	s.zabbix.server.stop(t)
	s.zabbix.startServer()
	require.Equal(t, before, s.cores(), "the core lives on, and holds nothing of the server's")
	s.walk.settled()
}

func (s *scene) webhook(t *testing.T) {
	s.daemon.run()
	w := s.hook
	// The Test button hands over the parameters as they are typed.
	answer := s.tested(t, webhookType, map[string]any{"parameters": map[string]any{
		"sendto": "paymnts", "subject": "x", "message": "y", "lang": "zh", "yunluo_url": s.daemon.url, "yunluo_token": "zbx-token",
	}})
	require.Equal(t, "failed", answer["response"], answer)
	require.Contains(t, answer["info"], "是否想写 payments？")
	answer = s.tested(t, webhookType, map[string]any{"parameters": map[string]any{
		"sendto": "payments", "subject": "x", "message": "y", "lang": "en", "yunluo_url": "http://" + freePort(t), "yunluo_token": "",
	}})
	require.Contains(t, answer["info"], "Yunluo cannot be reached")

	require.True(t, w.send(w.host, "1"))
	card := s.card(t, "oc_bench1", "hook-000")
	event := w.problem()
	var menu map[string]any
	eventually(t, patience, "Zabbix keeps the tags", func() bool {
		list := w.rows("event.get", map[string]any{"eventids": []string{event}, "selectTags": "extend"})
		return strings.Contains(fmt.Sprint(list[0]["tags"]), "yunluo_told_1")
	})
	require.NoError(t, w.api.Call(t.Context(), "problem.get", map[string]any{"eventids": []string{event}, "selectTags": "extend"}, new([]any)))
	list := w.rows("event.get", map[string]any{"eventids": []string{event}, "selectTags": "extend", "output": "extend"})
	urls, ok := list[0]["urls"].([]any)
	require.True(t, ok)
	require.Len(t, urls, 1)
	menu, ok = urls[0].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "云锣：谁收到了", menu["name"])
	path, ok := strings.CutPrefix(fmt.Sprint(menu["url"]), "https://yunluo.example.com")
	require.True(t, ok)
	_, page := get(t, s.daemon.url+path)
	require.Contains(t, page, "已送达  feishu → chat:oc_bench1")

	// Our store is gone; Zabbix remembers the card.
	s.daemon.stop(t)
	require.NoError(t, os.RemoveAll(filepath.Join(s.daemon.dir, "store")))
	s.daemon.run()
	require.True(t, w.send(w.host, "0"))
	eventually(t, patience, "the card is green", func() bool { return s.card(t, "oc_bench1", "hook-000").color == "green" })
	require.Equal(t, card.ID, s.card(t, "oc_bench1", "hook-000").ID)
	history := s.daemon.history("--limit", "10")
	require.Equal(t, "zabbix-hq", history[0].Source)
}

// watchOthers sets up what makes the other events: a service, an item that is not supported, a discovery rule. Zabbix
// looks at new rules once a minute, so it comes first.
func (s *scene) watchOthers() {
	z := s.zabbix
	media := z.rows("mediatype.get", map[string]any{"filter": map[string]any{"name": scriptType}})[0]["mediatypeid"]
	user := z.user("events", "", media, "events")
	for name, source := range map[string]int{"discovery": 1, "autoregistration": 2, "internal": 3, "service": 4} {
		z.act(name, source, media, user, []any{})
	}
	z.create("service.create", "serviceids", map[string]any{
		"name": "支付服务", "algorithm": 1, "sortorder": 0, "problem_tags": []any{map[string]any{"tag": "scene", "operator": 0, "value": "walk"}},
	})
	z.create("drule.create", "druleids", map[string]any{
		"name": "本机", "iprange": "127.0.0.1", "delay": "5s", "dchecks": []any{map[string]any{"type": 8, "ports": z.port}},
	})
	host := z.rows("host.get", map[string]any{"filter": map[string]any{"host": "walk"}})[0]["hostid"]
	s.bad = z.create("item.create", "itemids", map[string]any{
		"hostid": host, "name": "算不出", "key_": "bad", "type": 15, "value_type": 3, "delay": "5s", "params": "last(/walk/v)/0",
	})
}

// otherEvents are those of a service, of an item that is not supported, of a device, and of an agent that registers itself.
func (s *scene) otherEvents(t *testing.T) {
	s.zabbix.trap(map[string]any{"request": "active checks", "host": "new-host", "ip": "127.0.0.1", "port": 10050, "host_metadata": "linux"})
	for _, says := range []string{"主机自动注册：new-host", "division by zero", "Status of service", "自动发现：127.0.0.1:" + s.zabbix.port + " UP"} {
		eventually(t, 2*patience, "the chat says "+says, func() bool {
			return slices.ContainsFunc(s.chat(t, "oc_bench4"), func(l look) bool { return strings.Contains(l.text, says) })
		})
	}
	eventually(t, patience, "the service is well again, as walk is", func() bool {
		return slices.ContainsFunc(s.chat(t, "oc_bench4"), func(l look) bool {
			return strings.Contains(l.text, "支付服务") && strings.Contains(l.text, "已恢复")
		})
	})
	s.zabbix.call("item.update", map[string]any{"itemid": s.bad, "params": "last(/walk/v)+1"})
	eventually(t, patience, "the item is supported again", func() bool {
		return slices.ContainsFunc(s.chat(t, "oc_bench4"), func(l look) bool {
			return strings.Contains(l.text, "算不出") && strings.Contains(l.text, "已恢复")
		})
	})
}

// problemsAtOnce fires 200 triggers with one value, kills the core once, and counts.
func (s *scene) problemsAtOnce(t *testing.T) {
	w := s.burst
	var most atomic.Int64
	stop, sampled := make(chan struct{}), 0
	var sampling sync.WaitGroup
	sampling.Go(func() {
		for ; ; sampled++ {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				most.Store(max(most.Load(), int64(len(s.cores()))))
			}
		}
	})
	began := time.Now()
	require.True(t, w.send(w.host, "1"))
	sent := func() (n int) {
		for _, a := range w.alerts() {
			if a["status"] == "1" {
				n++
			}
		}
		return n
	}
	eventually(t, 2*patience, "a part of the alerts was handed over", func() bool { return sent() >= 40 })
	victims := s.cores()
	require.Len(t, victims, 1)
	require.NoError(t, syscall.Kill(victims[0], syscall.SIGKILL))
	eventually(t, 3*patience, "all were handed over", func() bool { return sent() == 200 })
	handed := time.Since(began)
	told := func() (missing []string) {
		var all strings.Builder
		for _, l := range s.chat(t, "oc_bench5") {
			all.WriteString(l.text)
		}
		for i := range 200 {
			if name := fmt.Sprintf("burst-%03d", i); !strings.Contains(all.String(), name) {
				missing = append(missing, name)
			}
		}
		return missing
	}
	eventually(t, 2*patience, "every problem is named in the chat", func() bool { return len(told()) == 0 })
	close(stop)
	sampling.Wait()
	require.EqualValues(t, 1, most.Load(), "cores at once, in %d samples", sampled)
	t.Logf("200 problems: handed over in %.1f s, named in %d messages after %.1f s; at most %d core in %d samples",
		handed.Seconds(), len(s.chat(t, "oc_bench5")), time.Since(began).Seconds(), most.Load(), sampled)
	before := s.chat(t, "oc_bench5")
	s.allEnd(t, before)
	require.Empty(t, s.refusals(t))
}

// allEnd ends the 200 problems, of which one has a card.
func (s *scene) allEnd(t *testing.T, before []look) {
	t.Helper()
	require.True(t, s.burst.send(s.burst.host, "0"))
	eventually(t, 3*patience, "every recovery is named", func() bool {
		var ended strings.Builder
		for i, l := range s.chat(t, "oc_bench5") {
			if i >= len(before) || l.EditCount > before[i].EditCount {
				ended.WriteString(l.text)
			}
		}
		for i := range 200 {
			if !strings.Contains(ended.String(), fmt.Sprintf("burst-%03d", i)) {
				return false
			}
		}
		return true
	})
	cards := 0
	for i, l := range s.chat(t, "oc_bench5")[:len(before)] {
		// A digest is of several problems, and is no card of any.
		if names := regexp.MustCompile(`burst-\d+`).FindAllString(before[i].text, -1); len(slices.Compact(names)) == 1 {
			cards++
			require.Equal(t, "green", l.color, l.text)
		}
	}
	t.Logf("200 recoveries: %d cards turned green, %d new messages", cards, len(s.chat(t, "oc_bench5"))-len(before))
}

func (s *scene) check(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte(s.zabbix.token), 0o600))
	code, out, _ := run(t, nil, "zabbix", "check", "--lang", "zh", "--url", s.zabbix.web, "--token-file", token,
		"--scripts", s.zabbix.path("scripts"), "--core", filepath.Join(s.dir, "core.sock"))
	for _, says := range []string{"✓ yunluo-zabbix", "✓ 报警媒介类型 云锣\n", "✓ 报警媒介类型 云锣 Webhook", "✗ 用户 wrong 的报警媒介: wlak", "✓ 用户 walk 的报警媒介: walk", "✓ 动作 walk"} {
		require.Contains(t, out, says)
	}
	require.Equal(t, 1, code, "a wrong Send to is a fault")
}
