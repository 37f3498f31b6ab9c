package answer

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// Fault is a request that was not served, and what the caller is told.
type Fault struct {
	Status int
	// Code names the fault in logs and JSON answers; the Text, which may quote the request, is never logged.
	Code       string
	Text       lang.Text
	RetryAfter time.Duration
	Challenges []string
	Allow      string
	// Limit is the most bytes of text in the answer; 0 means maxReason.
	Limit int
	// Closing ends the connection, since the rest of its body is not read.
	Closing bool
}

// StatusGone is what metrics say of a caller that left before its answer; nobody reads it.
const StatusGone = 499

// The waits that a 503 asks for: a core is restarted within seconds, a full disk takes a person.
const (
	retryUnreachable = 5 * time.Second
	retryStore       = 30 * time.Second
)

// FaultOf words what a core or a decoder did not accept.
func FaultOf(ctx context.Context, err error) *Fault {
	var told *source.Error
	switch {
	case errors.As(err, &told):
		return &Fault{Status: http.StatusBadRequest, Code: "invalid_body", Text: told.Text}
	case ctx.Err() != nil:
		return &Fault{Status: StatusGone, Code: "gone", Text: lang.Text{ZH: "请求方已断开", EN: "the caller has left"}}
	case errors.Is(err, core.ErrInvalid):
		return &Fault{Status: http.StatusBadRequest, Code: "invalid", Text: lang.Text{
			ZH: "请求无法处理：" + lang.TextOf(err).ZH, EN: err.Error(),
		}}
	case errors.Is(err, core.ErrStore):
		return &Fault{Status: http.StatusServiceUnavailable, Code: "store", RetryAfter: retryStore, Text: lang.Text{
			ZH: "告警没有存下来，请稍后重发：" + lang.TextOf(err).ZH,
			EN: "the alert was not stored, send it again later: " + err.Error(),
		}}
	case errors.Is(err, core.ErrUnreachable):
		return &Fault{Status: http.StatusServiceUnavailable, Code: "unreachable", RetryAfter: retryUnreachable, Text: lang.Text{
			ZH: "联系不上核心进程，告警没有存下来，请几秒后重发；一直如此时，原因见云锣的日志：" + lang.TextOf(err).ZH,
			EN: "the core cannot be reached, so the alert was not stored, send it again in some seconds; should it go on, Yunluo's log says why: " + err.Error(),
		}}
	case errors.Is(err, context.DeadlineExceeded):
		return &Fault{Status: http.StatusServiceUnavailable, Code: "timeout", RetryAfter: retryUnreachable, Text: lang.Text{
			ZH: "核心没有及时应答，不能确定告警已存下；请重发，重复的会被合并",
			EN: "the core did not answer in time and the alert may not be stored; send it again, a duplicate is folded",
		}}
	default:
		return &Fault{Status: http.StatusInternalServerError, Code: "internal", Text: lang.Text{
			ZH: "内部错误；请按 X-Request-Id 查看云锣的日志", EN: "internal error; look for the X-Request-Id in Yunluo's log",
		}}
	}
}

// UnknownContactPoint words core.ErrUnknownContactPoint, and names the nearest contact points.
func UnknownContactPoint(name string, names []string, err error) *Fault {
	f := &Fault{Status: http.StatusNotFound, Code: "unknown_contact_point"}
	if strings.Contains(name, "/") {
		f.Text = lang.TextOf(err)
		return f
	}
	f.Text = DidYouMean(lang.Text{
		ZH: "没有名为 " + source.Quote(name) + " 的联络点",
		EN: "there is no contact point " + source.Quote(name),
	}, source.Nearest(name, names), names)
	return f
}

// DidYouMean adds the nearest names to a sentence, else all of them if they are few.
func DidYouMean(t lang.Text, near, all []string) lang.Text {
	const few = 10
	switch {
	case len(near) > 0:
		t.ZH += "，是否想写 " + strings.Join(near, "、") + "？"
		t.EN += ", did you mean " + strings.Join(near, " or ") + "?"
	case len(all) == 0:
		t.ZH += "；配置里一个也没有"
		t.EN += "; none is configured"
	case len(all) <= few:
		t.ZH += "；现有 " + strings.Join(all, "、")
		t.EN += "; there are " + strings.Join(all, ", ")
	default:
		t.ZH += "；现有 " + strings.Join(all[:few], "、") + " 等"
		t.EN += "; there are " + strings.Join(all[:few], ", ") + " and more"
	}
	return t
}
