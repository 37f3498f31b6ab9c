package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

var (
	errGaveUp      = errors.New("gave up")
	errUsedUp      = errors.New("the budget of this target is used up")
	errClosed      = errors.New("the provider takes no more for now")
	errInterrupted = errors.New("the core stopped while the provider was asked")
)

// errNoAlert is a group that says nothing.
var errNoAlert = lang.Wrong("告警组要有标识，至少一条告警", "a group needs a key and at least one alert")

func errAccountGone(account string) error {
	return fmt.Errorf("account %q is no longer configured", account)
}

func hintAccountGone(account string) lang.Text {
	return lang.Text{
		ZH: fmt.Sprintf("配置中已没有账号 %s：请恢复该账号，然后重发；或在联络点中改用其他账号", account),
		EN: fmt.Sprintf("account %s is gone from the configuration: put it back, then resend; or use another account in the contact point", account),
	}
}

// gaveUp is the failure of a delivery whose time is over, in the words of its last attempt; limited means that the provider
// refuses more for now, so that it may not have had one.
func gaveUp(d store.Delivery, limited bool) *sender.Failure {
	f := &sender.Failure{
		Class: sender.Never, Reason: sender.Reason(d.Reason), Code: d.Code, Text: d.Text,
		Hint: lang.Text{ZH: d.HintZH, EN: d.HintEN}, Err: errGaveUp, MaybeSent: d.MaybeSent,
	}
	switch {
	case f.Reason == "" && limited:
		f.Reason = sender.ReasonRateLimited
		f.Hint = lang.Text{
			ZH: "服务商的限流比这一步愿意等的更久；之后可用 yunluo resend 重发，或把 give_up 设长",
			EN: "the provider refuses more because of a limit, for longer than this step waits; later use yunluo resend, or set a longer give_up",
		}
	case f.Reason == "":
		f.Reason = sender.ReasonUnavailable
	}
	if f.Hint.Empty() {
		f.Hint = lang.Text{
			ZH: "服务商长时间不可用，已停止重试；恢复后可用 yunluo resend 重发",
			EN: "the provider was out of reach for too long; once it is back, use yunluo resend",
		}
	}
	if f.MaybeSent {
		f.Hint.ZH += "（其中一次可能已经送到，重发前请先确认）"
		f.Hint.EN += " (one attempt may have arrived all the same: check before you resend)"
	}
	return f
}

// usedUp is the failure of a delivery whose budget is used up while a later step can take over.
func usedUp(r rule) *sender.Failure {
	return &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonRateLimited, Err: fmt.Errorf("%w: %d in %s", errUsedUp, r.count, r.per),
		Hint: lang.Text{
			ZH: fmt.Sprintf("额度已用完（%s 内最多 %d 次），交给下一步骤；如果服务商给的额度更高，可在账号的 limits 里改", lang.Duration(r.per), r.count),
			EN: fmt.Sprintf("the budget is used up (%d in %s), so the next step takes over; if the provider grants more, raise it in the account's limits", r.count, lang.Duration(r.per)),
		},
	}
}

// closedFor is the failure of a delivery that the provider would refuse for hours while a later step can take over.
func closedFor(left time.Duration) *sender.Failure {
	left = left.Round(time.Minute)
	return &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonRateLimited, Err: fmt.Errorf("%w: %s", errClosed, left),
		Hint: lang.Text{
			ZH: fmt.Sprintf("服务商刚才以额度用完为由拒绝，还要等 %s，交给下一步骤；可在服务商控制台调高额度", left),
			EN: fmt.Sprintf("the provider refused because a limit is used up, for another %s, so the next step takes over; the provider's console may raise it", left),
		},
	}
}

// interrupted is the outcome of an operation that must happen once and was under way when the core died.
func interrupted() *sender.Failure {
	return &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errInterrupted,
		Hint: lang.Text{
			ZH: "不确定对方是否已收到，为避免重复打扰没有再次发送；请人工确认",
			EN: "it may have arrived, and is not repeated so that nobody is disturbed twice; please check",
		},
	}
}
