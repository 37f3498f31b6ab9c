package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// titleColumns bounds the title in the table; `history ID` and --json have it whole.
const titleColumns = 60

type historyFlags struct {
	client clientFlags
	query  core.HistoryQuery
	state  string
	since  string
	until  string
	json   bool
}

func (a *app) historyCommand() *cobra.Command {
	var f historyFlags
	c := &cobra.Command{
		Use:   "history " + a.t("[投递]", "[DELIVERY]"),
		Short: a.t("看每一条告警送到了没有，为什么", "what became of each delivery, and why"),
		Long: a.t(`列出投递记录，新的在前。给出投递编号（或其开头，至少 8 个字符）时，显示这一条的全部尝试。
状态：waiting 待投递，delivered 已送达，failed 失败，unknown 结果不明，superseded 已由别的消息代为告知。`,
			`Lists deliveries, newest first. With a delivery's id, or the beginning of it (8 characters or more),
shows that one with every attempt. States: waiting, delivered, failed, unknown (the provider may
have sent it and it must not be repeated), superseded (told by a newer message or a digest).`),
		Example: `  yunluo history
  yunluo history --state failed --since 24h
  yunluo history --contact-point payments --search HighLatency
  yunluo history 0192f0c4-7a31-7c5e-8a55-3b6f3f4f0b11
  yunluo history --since 1h --json | jq -r .title`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error { return a.history(c, &f, args) },
	}
	f.client.register(a, c)
	flags := c.Flags()
	flags.StringVar(&f.query.ContactPoint, "contact-point", "", a.t("只看这个联络点", "only this contact point"))
	flags.StringVar(&f.query.Account, "account", "", a.t("只看这个账号", "only this account"))
	flags.StringVar(&f.query.GroupID, "group", "", a.t("只看这个告警组（编号）", "only this alert group (its id)"))
	flags.StringVar(&f.state, "state", "", a.t("只看这个状态", "only this state: waiting, delivered, failed, unknown or superseded"))
	flags.StringVar(&f.query.Search, "search", "", a.t("在标题、告警名、错误码和服务商原文中查找", "text in titles, alert names, codes and providers' words"))
	flags.StringVar(&f.since, "since", "", a.t("起始：多久以前（如 24h）或时间（RFC 3339）", "from: an age such as 24h, or a time (RFC 3339)"))
	flags.StringVar(&f.until, "until", "", a.t("截止，写法同 --since", "until: the same forms"))
	flags.IntVar(&f.query.Limit, "limit", 100, a.t("最多几条（不超过 1000）", "at most this many (1000 is the most)"))
	flags.StringVar(&f.query.After, "after", "", a.t("接着上一页：上一页给出的标记", "next page: the mark that the page before gave"))
	flags.BoolVar(&f.json, "json", false, a.t("每条投递输出一行 JSON", "one JSON object a line"))
	return c
}

func (a *app) history(c *cobra.Command, f *historyFlags, args []string) error {
	if err := f.read(args, a.now()); err != nil {
		return err
	}
	client, done, err := f.client.connect(c.Context(), a)
	if err != nil {
		return err
	}
	defer done()
	page, err := client.History(c.Context(), f.query)
	if err != nil {
		return err
	}
	if f.query.ID != "" {
		if err := one(f.query.ID, page); err != nil {
			return err
		}
	}
	switch {
	case f.json:
		out := json.NewEncoder(a.out)
		out.SetEscapeHTML(false)
		for _, d := range page.Deliveries {
			// A list that is empty arrives as none.
			d.Alerts, d.Attempts = append([]string{}, d.Alerts...), append([]core.Attempt{}, d.Attempts...)
			if err := out.Encode(d); err != nil {
				return err
			}
		}
		a.more(page)
		return nil
	case f.query.ID != "":
		return a.writeDelivery(&page.Deliveries[0])
	default:
		return a.writeHistory(page)
	}
}

// more says on stderr that there are more, and how to get them.
func (a *app) more(page core.HistoryPage) {
	if page.Next != "" {
		fmt.Fprintf(a.err, a.t("还有更多：--after %s\n", "there are more: --after %s\n"), page.Next)
	}
}

// maxAlike is how many of the deliveries that an id's beginning fits are named.
const maxAlike = 5

// one tells why a page does not have exactly the delivery that an id, or the beginning of one, names.
func one(id string, page core.HistoryPage) error {
	switch list := page.Deliveries; {
	case len(list) == 0:
		return lang.Because(core.ErrNotFound, lang.Wrong("投递 %s；`yunluo history` 会列出还留着的；只写开头时至少要 8 个字符",
			"delivery %s; `yunluo history` lists those that are kept; the beginning of an id needs 8 characters", id))
	case list[0].ID == id:
		return nil
	case len(list) > 1 || page.Next != "":
		var names []string
		for _, d := range list[:min(len(list), maxAlike)] {
			names = append(names, d.ID)
		}
		more := ""
		if len(list) > maxAlike || page.Next != "" {
			more = ", …"
		}
		return misused("有几条投递以 %s 开头：%s%s；请多写几个字符", "several deliveries begin with %s: %s%s; give more of the id", id, strings.Join(names, ", "), more)
	default:
		return nil
	}
}

func (f *historyFlags) read(args []string, now time.Time) error {
	if len(args) == 1 {
		f.query.ID = args[0]
	}
	f.query.Tenant = mainTenant
	switch s := core.State(f.state); s {
	case "", core.StateWaiting, core.StateDelivered, core.StateFailed, core.StateUnknown, core.StateSuperseded:
		f.query.State = s
	default:
		return misused("--state %q：可用 waiting、delivered、failed、unknown、superseded", "--state %q: use waiting, delivered, failed, unknown or superseded", f.state)
	}
	if f.query.Limit < 1 || f.query.Limit > 1000 {
		return misused("--limit %d：可用 1 到 1000，更多的用 --after 翻页", "--limit %d: use 1 to 1000, and --after for more", f.query.Limit)
	}
	if _, err := uuid.Parse(f.query.After); f.query.After != "" && err != nil {
		return misused("--after %q：不是上一页给出的标记", "--after %q: not a mark that a page before gave", f.query.After)
	}
	var err error
	if f.query.Since, err = timeOf("--since", f.since, now); err != nil {
		return err
	}
	f.query.Until, err = timeOf("--until", f.until, now)
	return err
}

// timeOf reads an age such as 24h or 7d, or a time.
func timeOf(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	age := s
	var days int
	if n, err := fmt.Sscanf(s, "%dd", &days); n == 1 && err == nil && strings.HasSuffix(s, "d") {
		age = fmt.Sprintf("%dh", 24*days)
	}
	d, err := time.ParseDuration(age)
	if err != nil || d < 0 {
		return time.Time{}, misused("%s %q：请写多久以前，如 90m、24h、7d，或一个时间，如 %s", "%s %q: use an age such as 90m, 24h or 7d, or a time such as %s", flag, s, now.Format(time.RFC3339))
	}
	return now.Add(-d), nil
}

func (a *app) writeHistory(page core.HistoryPage) error {
	if len(page.Deliveries) == 0 {
		fmt.Fprintln(a.err, a.t("没有符合条件的投递", "no deliveries match"))
		return nil
	}
	t := table{last: titleColumns}
	t.add(a.t("时间", "TIME"), a.t("编号", "DELIVERY"), a.t("状态", "STATE"), a.t("级别", "SEVERITY"), a.t("联络点", "CONTACT POINT"),
		a.t("操作", "OP"), a.t("去向", "TO"), a.t("次数", "TRIES"), a.t("原因", "WHY"), a.t("标题", "TITLE"))
	for i := range page.Deliveries {
		d := &page.Deliveries[i]
		t.add(a.local(d.CreatedAt).Format("01-02 15:04:05"), d.ID, a.stateAndFate(d), d.Severity.String(), oneLine(d.ContactPoint),
			string(d.Op), oneLine(to(d.Account, d.Target)), strconv.Itoa(len(d.Attempts)), oneLine(why(string(d.Reason), d.Code)), oneLine(d.Title))
	}
	if err := t.write(a.out); err != nil {
		return err
	}
	a.more(page)
	return nil
}

func (a *app) writeDelivery(d *core.Delivery) error {
	var facts table
	fact := func(zh, en, value string) {
		if value != "" {
			facts.add(a.t(zh, en), oneLine(value))
		}
	}
	fact("编号", "delivery", d.ID)
	fact("标题", "title", d.Title)
	fact("状态", "state", a.state(d.State))
	if d.Progress != nil {
		fact("后来", "became of it", a.fate(d.Progress.Fate))
		fact("服务商后来说", "the provider later said", strings.TrimSpace(d.Progress.Code+" "+d.Progress.Text))
		fact("怎么办", "what to do", d.Progress.Hint.In(a.lang))
		fact("已读", "read by", strings.Join(d.Progress.Readers, ", "))
	}
	fact("原因", "why", why(string(d.Reason), d.Code))
	fact("服务商原文", "provider's words", d.Text)
	fact("怎么办", "what to do", d.Hint.In(a.lang))
	fact("告警", "alerts", strings.Join(d.Alerts, ", "))
	fact("告警状态", "status", a.status(d.Status)+a.t("，", ", ")+d.Severity.String())
	fact("联络点", "contact point", fmt.Sprintf(a.t("%s，第 %d 步", "%s, step %d"), d.ContactPoint, d.Step+1))
	fact("去向", "to", to(d.Account, d.Target)+" ("+d.Type+")")
	fact("操作", "operation", string(d.Op))
	if d.Parts > 1 {
		fact("分条", "part", fmt.Sprintf("%d / %d", d.Part, d.Parts))
	}
	fact("来源", "source", d.Source)
	fact("告警组", "group", strings.TrimSpace(d.GroupID+" "+d.GroupKey))
	fact("消息编号", "message id", d.MessageID)
	fact("并入", "folded into", d.FoldedInto)
	fact("创建", "created", a.stamp(d.CreatedAt))
	fact("完成", "finished", a.stamp(d.FinishedAt))
	for _, r := range d.Refused {
		fact("未送达者", "left out", fmt.Sprintf("%s: %s %s", r.Target, why(string(r.Reason), r.Code), orElse(r.Hint.In(a.lang), r.Text)))
	}
	for _, n := range d.Notes {
		fact("备注", "note", n.In(a.lang))
	}
	if err := facts.write(a.out); err != nil {
		return err
	}
	return a.writeAttempts(a.out, d.Attempts)
}

func (a *app) writeAttempts(out io.Writer, attempts []core.Attempt) error {
	if len(attempts) == 0 {
		return nil
	}
	fmt.Fprintln(out)
	t := table{}
	t.add(a.t("尝试于", "TRIED AT"), a.t("操作", "OPERATION"), a.t("结果", "OUTCOME"), a.t("耗时", "TOOK"), a.t("原因", "WHY"), a.t("服务商原文", "PROVIDER'S WORDS"))
	for _, at := range attempts {
		t.add(a.stamp(at.At), string(at.Op), a.outcome(at.Outcome), at.Latency.Round(time.Millisecond).String(), oneLine(why(string(at.Reason), at.Code)), oneLine(at.Text))
	}
	return t.write(out)
}

// local puts a time into the zone of whoever looks at it.
func (a *app) local(t time.Time) time.Time { return t.In(a.now().Location()) }

func (a *app) stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return a.local(t).Format("2006-01-02 15:04:05.000 -07:00")
}

func to(account, target string) string {
	if target == "" {
		return account
	}
	return account + "/" + target
}

func why(reason, code string) string {
	return strings.TrimSpace(reason + " " + code)
}

// stateAndFate is the state, and what became of it later where that is known.
func (a *app) stateAndFate(d *core.Delivery) string {
	if d.Progress == nil || d.Progress.Fate == sender.FatePending || d.Progress.Fate == "" {
		return a.state(d.State)
	}
	return a.state(d.State) + "/" + a.fate(d.Progress.Fate)
}

// fate words what became of a message or call for people.
func (a *app) fate(f sender.Fate) string {
	if a.lang == lang.English {
		return string(f)
	}
	switch f {
	case sender.FatePending:
		return "尚无结果"
	case sender.FateArrived:
		return "已到手机"
	case sender.FateRead:
		return "已读"
	case sender.FateAnswered:
		return "已接听"
	case sender.FateUnanswered:
		return "无人接听"
	case sender.FateLost:
		return "未送到"
	default:
		return string(f)
	}
}

// status words a status for people.
func (a *app) status(s alert.Status) string {
	if s == alert.Firing {
		return a.t("告警中", string(s))
	}
	return a.t("已恢复", string(s))
}

// outcome words for people what became of an attempt.
func (a *app) outcome(s string) string {
	if a.lang == lang.English {
		return s
	}
	switch s {
	case "retry":
		return "失败，将重试"
	case "limited":
		return "被限流"
	default:
		return a.state(core.State(s))
	}
}

// state words a state for people.
func (a *app) state(s core.State) string {
	if a.lang == lang.English {
		return string(s)
	}
	switch s {
	case core.StateWaiting:
		return "待投递"
	case core.StateDelivered:
		return "已送达"
	case core.StateFailed:
		return "失败"
	case core.StateUnknown:
		return "结果不明"
	case core.StateSuperseded:
		return "已代告"
	default:
		return string(s)
	}
}
