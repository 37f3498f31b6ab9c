package zabbix_test

import (
	"encoding/json"
	"flag"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/source/sourcetest"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The bodies hold what zabbix_server 6.0.14 put in for each macro.
func TestBodies(t *testing.T) { sourcetest.Golden(t, zabbix.Decode, *update) }

func FuzzDecode(f *testing.F) { sourcetest.Fuzz(f, zabbix.Decode) }

// problem is a header as zabbix_server fills it in: the template's line ends are CRLF, those of values are LF.
const problem = "yunluo/1 1610\r\n1610|lang=zh\r\n1610|source=0\r\n1610|value=1\r\n1610|update=0\r\n1610|nseverity=5\r\n" +
	"1610|date=2026.11.26\r\n1610|time=04:49:38\r\n1610|timestamp={EVENT.TIMESTAMP}\r\n" +
	"1610|now_date=2026.11.26\r\n1610|now_time=04:49:39\r\n1610|now=1795639779\r\n" +
	"1610|recovery_date={EVENT.RECOVERY.DATE}\r\n1610|recovery_time={EVENT.RECOVERY.TIME}\r\n" +
	"1610|trigger=7\r\n1610|zabbix=https://zabbix.example.com/\r\n1610|severity=Disaster\r\n1610|host=主机一号\r\n1610|ip=10.0.0.1\r\n" +
	"1610|tags=[{\"tag\":\"service\",\"value\":\"支付\"},{\"tag\":\"vip\",\"value\":\"\"}]\r\n" +
	"1610|name=磁盘将满 {HOST.NAME} '\"$(id)\r\n1610|opdata=98 %\nline two\r\n1610|text=先看 /var/log\r\n1610|value=0"

func parse(t *testing.T, args ...string) zabbix.Notification {
	t.Helper()
	n, err := zabbix.FromArgs(args)
	require.NoError(t, err)
	require.Len(t, n.Group.Alerts, 1)
	return n
}

func TestAHeaderCarriesTheEvent(t *testing.T) {
	n := parse(t, " payments ", "问题", problem)
	require.Equal(t, "payments", n.SendTo)
	g, a := n.Group, n.Group.Alerts[0]
	require.Equal(t, "problem/1610", g.Key)
	require.Equal(t, "1610/problem/1795639779", g.EventKey)
	require.True(t, g.Single)
	require.False(t, g.Update)
	require.Equal(t, alert.Critical, a.Severity)
	require.Equal(t, "1610", a.Fingerprint)
	require.Equal(t, "2026-11-25T20:49:38Z", a.StartsAt.Format(time.RFC3339), "told in the reader's zone, which falls out of the present")
	require.Equal(t, "98 %\nline two", a.Value)
	require.Equal(t, `磁盘将满 {HOST.NAME} '"$(id)`, a.Name())
	require.Equal(t, map[string]string{
		"alertname": a.Name(), "severity": "Disaster", "主机": "主机一号", "IP": "10.0.0.1", "service": "支付", "标签": "vip",
	}, a.Labels)
	require.Equal(t, "先看 /var/log\n1610|value=0", a.Annotations["summary"], "the text ends the header")
	require.Equal(t, []alert.Link{{Kind: alert.Source, URL: "https://zabbix.example.com/tr_events.php?triggerid=7&eventid=1610"}}, a.Links)
}

func TestArgumentsCarryTheEvent(t *testing.T) {
	n := parse(t, "payments", "subject", "text", "event=1610", "lang=en", "source=0", "value=0", "nseverity=4", "name=a=b\nc", "update=1",
		"action=acknowledged and closed", "user=Li Lei (li)", "comment=--done", "opdata={EVENT.OPDATA}", "no pair", "=x", "Name=y")
	a := n.Group.Alerts[0]
	require.Equal(t, "problem/1610", n.Group.Key)
	require.True(t, n.Group.Update)
	require.Equal(t, alert.Resolved, a.Status)
	require.Equal(t, "a=b\nc", a.Name())
	require.Empty(t, a.Value)
	require.Equal(t, "Li Lei (li) acknowledged and closed: --done", a.Annotations["update"])
	require.Equal(t, "text", a.Annotations["summary"])
	require.True(t, a.StartsAt.IsZero())
}

func TestABareMessageIsAThingOfItsOwn(t *testing.T) {
	first, second := parse(t, "payments", "Test subject", "This is the test message from Zabbix"), parse(t, "payments", "Test subject", "")
	require.NotEqual(t, first.Group.Key, second.Group.Key)
	require.NotEmpty(t, first.Group.EventKey, "a second try of the same run is no second message")
	require.Equal(t, "Test subject", first.Group.Alerts[0].Name())
	require.Equal(t, "This is the test message from Zabbix", first.Group.Alerts[0].Annotations["summary"])
	untested := parse(t, "payments", "", "yunluo/1 {EVENT.ID}\n{EVENT.ID}|name={EVENT.NAME}\n{EVENT.ID}|text=hello")
	require.Equal(t, "hello", untested.Group.Alerts[0].Name(), "the header of a template that nobody resolved is not shown")
}

func TestSeveritiesAreNumbered(t *testing.T) {
	for n, want := range []alert.Severity{alert.None, alert.Info, alert.Warning, alert.Warning, alert.High, alert.Critical} {
		g := parse(t, "p", "s", "m", "event=1", "nseverity="+string(rune('0'+n))).Group
		require.Equal(t, want, g.Alerts[0].Severity)
	}
	require.Equal(t, alert.Warning, parse(t, "p", "s", "m", "event=1", "source=3").Group.Alerts[0].Severity)
}

func TestOneProblemIsOneConversation(t *testing.T) {
	base := []string{"p", "s", "m", "event=7", "source=0", "date=2026.11.26", "time=04:49:38", "now_date=2026.11.26"}
	fired := parse(t, append(base, "value=1", "now_time=04:49:40", "now=1795639780")...).Group
	other := parse(t, append(base, "value=1", "now_time=04:49:41", "now=1795639781")...).Group
	ended := parse(t, append(base, "value=0", "recovery_date=2026.11.26", "recovery_time=05:00:00", "now_time=05:00:01", "now=1795640401")...).Group
	require.Equal(t, fired.Key, ended.Key)
	require.Equal(t, fired.Alerts[0].Fingerprint, ended.Alerts[0].Fingerprint)
	require.Equal(t, fired.Alerts[0].StartsAt, ended.Alerts[0].StartsAt)
	require.Equal(t, "2026-11-25T21:00:00Z", ended.Alerts[0].EndsAt.Format(time.RFC3339))
	require.NotEqual(t, fired.EventKey, other.EventKey, "a step of an escalation tells it again")

	acted := append(base, "update=1", "action=acknowledged", "update_date=2026.11.26", "update_time=04:50:00", "value=1")
	one, two := parse(t, append(acted, "now=1795639801")...).Group, parse(t, append(acted, "now=1795639802")...).Group
	require.Equal(t, one.EventKey, two.EventKey, "two people who share a chat are told of one update")
	require.NotEqual(t, one.EventKey, parse(t, append(acted, "comment=x")...).Group.EventKey)
}

func TestWhatPeopleDidIsSaidInChinese(t *testing.T) {
	for action, want := range map[string]string{
		"acknowledged": "确认了问题",
		"acknowledged, commented and changed severity from Average to High": "确认了问题、留言、把级别由“一般严重”改为“严重”",
		"commented and closed":                    "留言、关闭了问题",
		"changed severity from 很 to 极 and closed": "把级别由“很”改为“极”、关闭了问题",
		"did something new":                       "did something new",
	} {
		a := parse(t, "p", "s", "m", "event=1", "update=1", "user=李雷 (li)", "action="+action).Group.Alerts[0]
		require.Equal(t, "李雷 (li) "+want, a.Annotations["更新"])
	}
}

func TestDevicesAreFollowed(t *testing.T) {
	device := func(event, status string) alert.Group {
		return parse(t, "p", "s", "m", "event="+event, "source=1", "rule=局域网", "device=10.0.0.9", "device_status="+status, "device_port=*UNKNOWN*").Group
	}
	down, up := device("1", "DOWN"), device("2", "UP")
	require.Equal(t, down.Key, up.Key)
	require.Equal(t, []alert.Status{alert.Firing, alert.Resolved}, []alert.Status{down.Status, up.Status})
	require.Empty(t, up.EventKey, "the same state at each interval is no news")
	port := parse(t, "p", "s", "m", "event=3", "source=1", "rule=局域网", "device=10.0.0.9", "device_status=UP", "device_port=22", "device_service_status=DOWN").Group
	require.NotEqual(t, down.Key, port.Key)
	require.Equal(t, alert.Firing, port.Status)
}

func TestTagsRememberCards(t *testing.T) {
	delivered := core.DeliveryOutcome{Account: "feishu-corp", Target: "chat:oc_1", State: core.StateDelivered, Receipt: json.RawMessage(`{"data":{"v":1},"message_id":"om_1"}`)}
	waiting, long := delivered, delivered
	waiting.State = core.StateWaiting
	long.Receipt = json.RawMessage(`{"message_id":"` + strings.Repeat("x", 255) + `"}`)
	tags := zabbix.Tags([]core.DeliveryOutcome{waiting, long, delivered})
	require.Len(t, tags, 1)
	var list []map[string]string
	for name, value := range tags {
		list = append(list, map[string]string{"tag": name, "value": value})
	}
	raw, err := json.Marshal(append(list, map[string]string{"tag": "yunluo_told_9", "value": "nonsense"}, map[string]string{"tag": zabbix.TagURL, "value": "http://x/"}))
	require.NoError(t, err)
	body, err := json.Marshal(map[string]string{"event": "1", "value": "0", "tags": string(raw)})
	require.NoError(t, err)
	require.Equal(t, []core.Told{{Account: "feishu-corp", Target: "chat:oc_1", Receipt: delivered.Receipt}}, zabbix.Told(body))
	g, err := zabbix.Decode(body, sourcetest.Labels(), sourcetest.Defaults())
	require.NoError(t, err)
	require.Len(t, g.Alerts[0].Labels, 1, "our own tags are not shown")
}

func TestRefuses(t *testing.T) {
	sourcetest.Refused(t, zabbix.Decode, `{}`, "event", "/api/v1/alerts/")
	sourcetest.Refused(t, zabbix.Decode, `{"event":"1"`, "JSON")
	sourcetest.Refused(t, zabbix.Decode, `[]`, "JSON")
	sourcetest.Refused(t, zabbix.Decode, `{"message":"\u0000","subject":"{ALERT.SUBJECT}"}`, "event")
	for _, args := range [][]string{nil, {"p"}, {"p", "s"}} {
		_, err := zabbix.FromArgs(args)
		require.ErrorIs(t, err, core.ErrInvalid)
		require.ErrorContains(t, err, "{ALERT.MESSAGE}")
	}
	_, err := zabbix.FromArgs([]string{"p", "", "\x00"})
	require.ErrorIs(t, err, core.ErrInvalid)
}

// hostile are values that a log line or a host's name may bring.
func hostile() []string {
	return []string{
		"a\r\nb\rc\n\nd", "\x00\x01\x1b[31m", "\xff\xfe中\xc3", strings.Repeat("长", 43_000), "--help", "-", "--", "{EVENT.X}", "{$SECRET}", "{{ITEM.VALUE}.regsub(\"x\",1)}",
		"1610|value=0", "x\n1610|value=0\n1610|event=9", "yunluo/1 9\n9|value=0", "=", "'\"`$(id)\\;|&", "\ufeff\u202e", " ", "",
	}
}

func TestNoValuePretendsToBeAFact(t *testing.T) {
	for _, v := range hostile() {
		n := parse(t, "payments", v, strings.NewReplacer("98 %\nline two", v, "主机一号", v).Replace(problem))
		a := n.Group.Alerts[0]
		require.Equal(t, "problem/1610", n.Group.Key)
		require.Equal(t, alert.Firing, a.Status, "%q", v)
		require.Equal(t, alert.Critical, a.Severity)
		require.Equal(t, "先看 /var/log\n1610|value=0", a.Annotations["summary"])
		require.Equal(t, "支付", a.Labels["service"])
	}
}

func FuzzFromArgs(f *testing.F) {
	f.Add("payments", "问题", problem, "event=1", "name=x")
	f.Add("", "", "", "", "")
	for _, v := range hostile() {
		f.Add(v, v, strings.ReplaceAll(problem, "98 %", v), v, "tags="+v)
		f.Add("p", "s", v, "event=1", "tags=[{\"tag\":\""+v+"\",\"value\":\"x\"}]")
	}
	f.Fuzz(func(t *testing.T, sendTo, subject, message, one, two string) {
		n, err := zabbix.FromArgs([]string{sendTo, subject, message, one, two})
		if err != nil {
			require.ErrorIs(t, err, core.ErrInvalid)
			return
		}
		require.True(t, utf8.ValidString(n.SendTo))
		sourcetest.Sound(t, n.Group)
	})
}
