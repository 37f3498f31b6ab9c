package dingtalk

import (
	"context"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Probe sends nothing to the group. A robot has no address to ask, so Probe posts an empty body, which
// DingTalk refuses: with 40035 or 43004 (no JSON) where the robot is known, with 300005 or 400101 where
// the token is not, with 310000 where a security setting refuses the caller.
// https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages
func (r *robot) Probe(ctx context.Context) []sender.Check {
	reach := sender.Check{Name: lang.Text{ZH: "钉钉可以访问", EN: "DingTalk can be reached"}}
	known := sender.Check{Name: lang.Text{ZH: "机器人有效", EN: "the robot is known"}}
	answer, err := r.post(ctx, []byte{})
	if err != nil {
		return []sender.Check{reach.Failed(sender.AsFailure(err))}
	}
	code, said, ok := parseAnswer(answer)
	if !ok {
		return []sender.Check{reach.Failed(r.client.RedactFailure(outbound.StatusFailure(answer)))}
	}
	reach.OK = true
	if refusedEmptyBody(code, said) {
		known.OK = true
		known.Detail = r.client.Redact(outbound.Plain(code + " " + said))
		return []sender.Check{reach, known, r.untested()}
	}
	if f := judge(answer); f != nil {
		return []sender.Check{reach, known.Failed(r.client.RedactFailure(f))}
	}
	return []sender.Check{reach, known.Failed(&sender.Failure{
		Reason: sender.ReasonOutcomeUnknown, Code: code, Text: "an empty message was accepted",
		Hint: lang.Text{ZH: "检查 base_url：对方不像钉钉。", EN: "Check base_url: the peer does not behave like DingTalk."},
	})}
}

// refusedEmptyBody tells whether only the missing message was refused, and so the token is right.
func refusedEmptyBody(code, said string) bool {
	switch code {
	case "40035", "43004", "400105":
		return true
	case securityCode:
		// An empty message has no keyword; whatever else a security setting minds is a fault.
		return securityMeaning(said).Title == securityChecks()[0].meaning.Title
	default:
		return false
	}
}

// untested says what only a message can show.
func (r *robot) untested() sender.Check {
	c := sender.Check{
		Name: lang.Text{ZH: "安全设置没有拒绝空请求", EN: "the security settings did not refuse an empty request"}, OK: true,
		Detail: "signed; only a message shows whether keywords and signature are right",
	}
	if !r.settings.Secret.IsSet() {
		c.Detail = "not signed, since the account has no secret; only a message shows whether keywords and IP addresses are right"
	}
	return c
}
