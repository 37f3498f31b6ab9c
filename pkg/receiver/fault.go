package receiver

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// fault is a request that was not served, and what the caller is told.
type fault struct {
	status int
	// code names the fault in logs and JSON answers; the text, which may quote the request, is never logged.
	code       string
	text       lang.Text
	retryAfter time.Duration
	challenges []string
	allow      string
	// limit is the most bytes of text in the answer; 0 means maxReason.
	limit int
	// closing ends the connection, since the rest of its body is not read.
	closing bool
}

// statusGone is what metrics say of a caller that left before its answer; nobody reads it.
const statusGone = 499

// The waits that a 503 asks for: a core is restarted within seconds, a full disk takes a person.
const (
	retryUnreachable = 5 * time.Second
	retryStore       = 30 * time.Second
)

// faultOf words what a core or a decoder did not accept.
func (s *Server) faultOf(ctx context.Context, v *view, contactPoint string, err error) *fault {
	var told *source.Error
	switch {
	case errors.As(err, &told):
		return &fault{status: http.StatusBadRequest, code: "invalid_body", text: told.Text}
	case ctx.Err() != nil:
		return &fault{status: statusGone, code: "gone", text: lang.Text{ZH: "请求方已断开", EN: "the caller has left"}}
	case errors.Is(err, core.ErrUnknownContactPoint):
		return s.unknownContactPoint(ctx, v, contactPoint, err)
	case errors.Is(err, core.ErrInvalid):
		return &fault{status: http.StatusBadRequest, code: "invalid", text: lang.Text{
			ZH: "请求无法处理：" + err.Error(), EN: err.Error(),
		}}
	case errors.Is(err, core.ErrStore):
		return &fault{status: http.StatusServiceUnavailable, code: "store", retryAfter: retryStore, text: lang.Text{
			ZH: "告警没有存下来，请稍后重发：" + err.Error(),
			EN: "the alert was not stored, send it again later: " + err.Error(),
		}}
	case errors.Is(err, core.ErrUnreachable):
		return &fault{status: http.StatusServiceUnavailable, code: "unreachable", retryAfter: retryUnreachable, text: lang.Text{
			ZH: "联系不上核心进程，告警没有存下来；它会自动重启，请几秒后重发：" + err.Error(),
			EN: "the core cannot be reached, so the alert was not stored; it is restarted by itself, send it again in some seconds: " + err.Error(),
		}}
	case errors.Is(err, context.DeadlineExceeded):
		return &fault{status: http.StatusServiceUnavailable, code: "timeout", retryAfter: retryUnreachable, text: lang.Text{
			ZH: "核心没有及时应答，不能确定告警已存下；请重发，重复的会被合并",
			EN: "the core did not answer in time and the alert may not be stored; send it again, a duplicate is folded",
		}}
	default:
		return &fault{status: http.StatusInternalServerError, code: "internal", text: lang.Text{
			ZH: "内部错误；请按 X-Request-Id 查看云锣的日志", EN: "internal error; look for the X-Request-Id in Yunluo's log",
		}}
	}
}

// unknownContactPoint names the nearest contact points, as the core knows them.
func (s *Server) unknownContactPoint(ctx context.Context, v *view, name string, err error) *fault {
	f := &fault{status: http.StatusNotFound, code: "unknown_contact_point"}
	if strings.Contains(name, "/") {
		f.text = lang.Text{ZH: "找不到目标 " + source.Quote(name) + "：" + err.Error(), EN: err.Error()}
		return f
	}
	names := s.contactPoints(ctx, v)
	f.text = didYouMean(lang.Text{
		ZH: "没有名为 " + source.Quote(name) + " 的联络点",
		EN: "there is no contact point " + source.Quote(name),
	}, source.Nearest(name, names), names)
	return f
}

// contactPoints asks the core for a moment, and falls back to the configuration at hand.
func (s *Server) contactPoints(ctx context.Context, v *view) []string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	infos, err := s.core.ContactPoints(ctx, config.MainTenant)
	if err != nil {
		return v.contactPoints()
	}
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name
	}
	return names
}

// didYouMean adds the nearest names to a sentence, else all of them if they are few.
func didYouMean(t lang.Text, near, all []string) lang.Text {
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
