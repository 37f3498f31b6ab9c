package corerpc

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// ErrRefused marks a core that runs and does not want this host, or the other way round: another
// protocol, another user, a tenant that it does not serve. Trying again does not help. What it is
// in also Is core.ErrUnreachable.
var ErrRefused = lang.Wrong("核心拒绝了这个宿主", "refused at the core's door")

// answered is a reply that carries the core's own error.
type answered interface{ GetError() *corepb.Error }

// outcome is the error of a call: the core's own from the reply, or why it could not be asked.
func outcome(ctx context.Context, reply answered, err error) error {
	if err != nil {
		return lost(ctx, err)
	}
	err = fromError(reply.GetError())
	// The caller's time ended at the core's side first: no different from when it ends at ours.
	if isContext(err) && !errors.Is(err, core.ErrUnreachable) && !errors.Is(err, core.ErrStore) {
		return late(err)
	}
	return err
}

func isContext(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// late is a core that had no time to answer.
func late(err error) error {
	return lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("它没有及时应答", "it did not answer in time"), err))
}

// refused is an ErrRefused that says why.
func refused(why error) error {
	return lang.Because(core.ErrUnreachable, lang.Because(ErrRefused, why))
}

// lost translates a gRPC status.
func lost(ctx context.Context, err error) error {
	if errors.Is(err, core.ErrUnreachable) {
		return err // Ours already, from a Hello on a new connection.
	}
	st := status.Convert(err)
	switch st.Code() {
	case codes.DeadlineExceeded:
		return late(context.DeadlineExceeded)
	case codes.Canceled:
		if ctx.Err() == nil {
			return lang.Because(core.ErrUnreachable, lang.Wrong("宿主已断开连接", "this host has closed its connection"))
		}
		return lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("调用被放弃", "the call was given up"), ctx.Err()))
	case codes.ResourceExhausted:
		return lang.Because(core.ErrInvalid, lang.Wrong("超过了宿主与核心之间一次能传的 %d MiB：%s；请少发些告警（max_alerts），或少查几行（limit）",
			"more than the %d MiB that host and core exchange: %s; send fewer alerts (max_alerts) or ask for fewer rows (limit)",
			MaxMessage>>20, st.Message()))
	case codes.Unimplemented:
		return refused(lang.Wrong("核心不认识这个调用，说明它比宿主旧；请装同一版本",
			"it does not know this call, so it is older than this host; install the same version of both"))
	case codes.PermissionDenied, codes.FailedPrecondition:
		return refused(errors.New(st.Message()))
	case codes.Unavailable:
		return lang.Because(core.ErrUnreachable, lang.Wrong("它没有运行，或在应答前退出了：%s",
			"it is not running, or died while it was asked: %s", st.Message()))
	default:
		return lang.Because(core.ErrUnreachable, fmt.Errorf("%s: %s", st.Code(), st.Message()))
	}
}
