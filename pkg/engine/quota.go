package engine

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// warnFrom is the share of a quota, in percent, from which on health warns.
const warnFrom = 80

// quotas counts what plans include, by account and calendar month. They hold nothing back.
type quotas struct {
	mu    sync.Mutex
	month time.Time
	used  map[string]map[sender.Op]int
}

func monthOf(now time.Time) time.Time {
	y, m, _ := now.Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, now.Location())
}

// reset forgets everything.
func (q *quotas) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.month, q.used = time.Time{}, nil
}

// count adds one operation.
func (q *quotas) count(account string, op sender.Op, n int, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if month := monthOf(now); !q.month.Equal(month) {
		q.month, q.used = month, map[string]map[sender.Op]int{}
	}
	if q.used[account] == nil {
		q.used[account] = map[sender.Op]int{}
	}
	q.used[account][op] += n
}

// of is how many operations of a limit an account had this month.
func (q *quotas) of(account string, l sender.Limit, now time.Time) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.month.Equal(monthOf(now)) {
		return 0
	}
	for op, used := range q.used[account] {
		if op != opRode && counts(l, op) {
			n += used
		}
	}
	return n
}

// quota is the quota of an account, if it has one.
func (a *account) quota() (sender.Limit, bool) {
	i := slices.IndexFunc(a.Limits, func(l sender.Limit) bool { return l.Kind == sender.Quota })
	if i < 0 {
		return sender.Limit{}, false
	}
	return a.Limits[i], true
}

// withQuota lists the accounts that have one.
func (e *Engine) withQuota() (list []*account) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, t := range e.tenants {
		for _, name := range sortedKeys(t.accounts) {
			if _, ok := t.accounts[name].quota(); ok {
				list = append(list, t.accounts[name])
			}
		}
	}
	return list
}

// recount rebuilds the month's figures from the attempts.
func (e *Engine) recount(tx *store.Tx, now time.Time) error {
	e.quotas.reset()
	if len(e.withQuota()) == 0 {
		return nil
	}
	usage, err := tx.UsageSince(millis(monthOf(now)))
	if err != nil {
		return err
	}
	for _, u := range usage {
		e.quotas.count(u.Account, sender.Op(u.Op), u.Count, now)
	}
	return nil
}

// quotaProblems warns of quotas that are nearly or wholly used up.
func (e *Engine) quotaProblems(now time.Time) (list []lang.Text) {
	for _, a := range e.withQuota() {
		l, _ := a.quota()
		used := e.quotas.of(a.key, l, now)
		if used*100 < l.Count*warnFrom {
			continue
		}
		list = append(list, lang.Text{
			ZH: fmt.Sprintf("账号 %s 本月已调用 %d 次，套餐共 %d 次：用完后服务商会拒绝发送；请升级套餐，或让群消息改走群机器人", a.Name, used, l.Count),
			EN: fmt.Sprintf("account %s made %d calls this month, of %d that its plan includes: once they are used up the provider refuses; upgrade the plan, or let group robots send to groups",
				a.Name, used, l.Count),
		})
	}
	return list
}
