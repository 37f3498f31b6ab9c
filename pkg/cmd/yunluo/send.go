package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
)

type sendFlags struct {
	client   clientFlags
	title    string
	text     string
	severity string
	status   string
	key      string
	source   string
	file     string
	labels   []string
	wait     time.Duration
	json     bool
}

func (a *app) sendCommand() *cobra.Command {
	var f sendFlags
	c := &cobra.Command{
		Use:   "send " + a.t("联络点", "CONTACT_POINT"),
		Short: a.t("发一条告警，走真告警的全程", "send an alert, the whole way of a real one"),
		Long: a.t(`把一条告警交给正在运行的云锣，走的就是真告警的路：先存盘，再投递、重试、走下一步。
同样的标题和标签就是同一组告警：用 --status resolved 再发一次，原来的卡片会变成已恢复。
--file 接受 Alertmanager 或 Grafana 的请求体，或云锣自己的 JSON；“-” 是标准输入。
联络点也可以写成 账号/目标，如 feishu-corp/chat:oc_1。`,
			`Hands an alert to the running yunluo, the way of a real one: stored first, then delivered, retried,
taken to the next step. The same title and labels are the same alert group: send it again with
--status resolved and the card that was sent turns into a resolved one.
--file takes what Alertmanager or Grafana posts, or Yunluo's own JSON; "-" is stdin.
A contact point may also be ACCOUNT/TARGET, such as feishu-corp/chat:oc_1.`),
		Example: `  yunluo send payments --title "disk full on db-1" --severity critical --wait 10s
  yunluo send payments --title "disk full on db-1" --status resolved
  yunluo send payments --title backup --text "$(tail -5 backup.log)" --label host=db-1
  yunluo send payments --file webhook.json
  yunluo send feishu-corp/email:li@example.com --title hello --severity info`,
		Args: needs(1, `请写上一个联络点（配置里的 contact_points），如 yunluo send payments --title "磁盘满了"`,
			`name one contact point (of contact_points in the configuration), such as yunluo send payments --title "disk full"`),
		RunE: func(c *cobra.Command, args []string) error { return a.send(c, &f, args[0]) },
	}
	f.client.register(a, c)
	f.client.registerConfig(a, c)
	flags := c.Flags()
	flags.StringVar(&f.title, "title", "", a.t("发生了什么，一行", "what happened, in one line"))
	flags.StringVar(&f.text, "text", "", a.t("详细说明", "more about it"))
	flags.StringVar(&f.severity, "severity", "", a.t("级别：critical、high、warning、info、none", "critical, high, warning, info or none"))
	flags.StringVar(&f.status, "status", "firing", a.t("firing 告警中，或 resolved 已恢复", "firing or resolved"))
	flags.StringVar(&f.key, "key", "", a.t("这件事的名字，恢复时用同一个（默认由标题和标签得出）", "names the thing that alerts, the same when resolved (default: from title and labels)"))
	flags.StringArrayVar(&f.labels, "label", nil, a.t("标签 名=值，可重复", "a label NAME=VALUE; may be repeated"))
	flags.StringVar(&f.source, "source", "cli", a.t("以哪个来源的名义", "the source to send as"))
	flags.StringVar(&f.file, "file", "", a.t("请求体文件，代替上面这些；“-” 是标准输入", "a payload instead of the flags above; - is stdin"))
	flags.DurationVar(&f.wait, "wait", 0, a.t("最多等多久第一个结果：送达，或第一次失败（暂时的失败之后还会重试）；默认存好就返回", "how long to wait for the first outcome: delivered, or a first failure, after which a passing one is tried again (default: return once stored)"))
	flags.BoolVar(&f.json, "json", false, a.t("输出 JSON", "print JSON"))
	return c
}

func (a *app) send(c *cobra.Command, f *sendFlags, contactPoint string) error {
	group, err := a.groupToSend(f)
	if err != nil {
		return err
	}
	client, done, err := f.client.connect(c.Context(), a)
	if err != nil {
		return err
	}
	defer done()
	result, err := client.Submit(c.Context(), core.Submission{Tenant: mainTenant, ContactPoint: contactPoint, Group: group, Wait: f.wait})
	if err != nil {
		return err
	}
	if f.json {
		out := json.NewEncoder(a.out)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		if err := out.Encode(resultJSON(result)); err != nil {
			return err
		}
	} else if err := a.writeResult(result); err != nil {
		return err
	}
	return exitOf(result, f.wait)
}

// groupToSend reads the file or makes the JSON that the flags stand for, so both are read as a post is.
func (a *app) groupToSend(f *sendFlags) (alert.Group, error) {
	labels, defaults, err := f.client.reading(a)
	if err != nil {
		return alert.Group{}, err
	}
	var body []byte
	switch {
	case f.file != "" && (f.title != "" || f.text != "" || len(f.labels) > 0):
		return alert.Group{}, misused("--file 就是整个请求体：不要再写 --title、--text 和 --label", "--file is the whole payload: leave out --title, --text and --label")
	case f.file != "":
		body, err = a.readPayload(f.file)
	case f.title == "" && f.key == "":
		return alert.Group{}, misused(`缺少 --title：用一句话说发生了什么，如 --title "db-1 磁盘已满"，或用 --file 给出请求体`,
			`--title is missing: say in one line what happened, such as --title "disk full on db-1", or give a payload with --file`)
	default:
		body, err = f.body()
	}
	if err != nil {
		return alert.Group{}, err
	}
	group, err := decodePayload(body, labels, defaults)
	return ready(group, f.source, a.now()), err
}

func (f *sendFlags) body() ([]byte, error) {
	labels := map[string]string{}
	for _, l := range f.labels {
		name, value, found := strings.Cut(l, "=")
		if !found || name == "" {
			return nil, misused("--label %q：请写 名=值", "--label %q: use NAME=VALUE", l)
		}
		labels[name] = value
	}
	payload := map[string]any{"title": f.title, "text": f.text, "status": f.status, "severity": f.severity, "key": f.key, "labels": labels}
	for name, value := range payload {
		if value == "" {
			delete(payload, name)
		}
	}
	return json.Marshal(payload)
}

// exitOf turns what is known of a submission into an exit code; without --wait stored is good enough.
func exitOf(r core.Result, wait time.Duration) error {
	switch {
	case r.State == core.StateFailed:
		return &exitError{code: exitDelivery}
	case wait > 0 && r.State != core.StateDelivered:
		return &exitError{code: exitWaiting}
	default:
		return nil
	}
}

func (a *app) writeResult(r core.Result) error {
	fmt.Fprintf(a.out, a.t("告警组 %s：%s\n", "group %s: %s\n"), r.GroupID, a.state(r.State))
	if r.Duplicate != "" {
		fmt.Fprintf(a.out, a.t("没有新的投递：%s\n", "nothing new was queued: %s\n"), oneLine(r.Duplicate))
	}
	var t table
	for _, d := range r.Deliveries {
		t.add("  "+to(d.Account, d.Target), a.state(d.State), oneLine(why(string(d.Reason), d.Code)), oneLine(d.Text), d.ID)
	}
	if err := t.write(a.out); err != nil {
		return err
	}
	for _, d := range r.Deliveries {
		if hint := d.Hint.In(a.lang); hint != "" {
			fmt.Fprintf(a.out, "  → %s: %s\n", d.Account, oneLine(hint))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(a.out, "  ! %s\n", oneLine(n.In(a.lang)))
	}
	return nil
}

// jsonResult is core.Result as `send --json` prints it: the same words as the receiver's answer.
type jsonResult struct {
	GroupID    string         `json:"group_id"`
	State      core.State     `json:"state"`
	Duplicate  string         `json:"duplicate,omitempty"`
	Deliveries []jsonDelivery `json:"deliveries"`
	Notes      []string       `json:"notes,omitempty"`
}

type jsonDelivery struct {
	ID      string     `json:"id"`
	Step    int        `json:"step"`
	Account string     `json:"account"`
	Target  string     `json:"target,omitempty"`
	State   core.State `json:"state"`
	Reason  string     `json:"reason,omitempty"`
	Code    string     `json:"code,omitempty"`
	Text    string     `json:"text,omitempty"`
	Hint    string     `json:"hint,omitempty"`
}

func resultJSON(r core.Result) jsonResult {
	out := jsonResult{GroupID: r.GroupID, State: r.State, Duplicate: r.Duplicate, Deliveries: []jsonDelivery{}}
	for _, d := range r.Deliveries {
		out.Deliveries = append(out.Deliveries, jsonDelivery{
			ID: d.ID, Step: d.Step, Account: d.Account, Target: d.Target, State: d.State,
			Reason: string(d.Reason), Code: d.Code, Text: d.Text, Hint: d.Hint.EN,
		})
	}
	for _, n := range r.Notes {
		out.Notes = append(out.Notes, n.EN)
	}
	return out
}
