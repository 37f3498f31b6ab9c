package app

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

const (
	// notifyWait is how long a notification waits for its first outcome.
	notifyWait = 5 * time.Second
	// testWait is the same for a test that a person makes and watches.
	testWait = 9 * time.Second
	// storeTime is kept of the time for an answer, to store in.
	storeTime = time.Second
	// retryNotReady is when to come again while the core starts or the settings are put right.
	retryNotReady = 5 * time.Second
	// maxNotification is the largest body that is taken.
	maxNotification = 16 << 20
	// largeBody is the size from which a body waits for one of largeAtOnce places to be decoded.
	largeBody   = 1 << 20
	largeAtOnce = 4
)

// arrival is what is known of a notification so far; it feeds metrics and log.
type arrival struct {
	contactPoint string
	known        bool
	result       core.Result
}

// notify takes what a webhook contact point of Grafana sends. Whoever may open the app may reach it, so a notification is
// believed by the signature of its contact point alone.
func (a *App) notify(w http.ResponseWriter, r *http.Request) {
	t := a.tenantOf(orgOf(r.Context()))
	at := &arrival{contactPoint: strings.ToValidUTF8(r.PathValue("contact_point"), "\ufffd")}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin-storeTime/2)
	defer cancel()
	f, err := a.accept(ctx, r, t, at)
	if err != nil {
		f = a.faultOf(r.Context(), t, err)
	}
	var status int
	if f == nil {
		s, _ := t.state()
		status = answer.WriteResult(w, r, s.language(), at.result, nil)
	} else {
		status = f.Status
		a.writeFault(w, r, f)
		a.log.WarnContext(r.Context(), "notification refused",
			"org", t.org, "status", f.Status, "fault", f.Code, "request_id", w.Header().Get(answer.RequestID))
	}
	label := ""
	if at.known {
		label = at.contactPoint
	}
	a.received.WithLabelValues(a.source(t), grafana.Kind, label, strconv.Itoa(status)).Inc()
}

// source is who sends: this Grafana, told apart from others where several share a core.
func (a *App) source(t *tenant) string {
	if a.place.attached() {
		return grafana.Kind + "-org-" + strconv.FormatInt(t.org, 10)
	}
	return grafana.Kind
}

// accept takes a notification as far as the core. A fault is worded for Grafana already, an error is not.
func (a *App) accept(ctx context.Context, r *http.Request, t *tenant, at *arrival) (*answer.Fault, error) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		return &answer.Fault{Status: http.StatusMethodNotAllowed, Code: "method", Allow: "POST, PUT", Text: lang.Text{
			ZH: "这里只支持 POST 和 PUT", EN: "only POST and PUT are allowed here",
		}}, nil
	}
	wait, f := waitOf(r)
	if f != nil {
		return f, nil
	}
	room, s, err := a.ready(ctx, t)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxNotification+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxNotification:
		return &answer.Fault{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Text: lang.Text{
			ZH: "请求体超过 16 MiB；请在联络点里设置 Max Alerts，例如 100",
			EN: "the body is larger than 16 MiB; set Max Alerts in the contact point, to 100 for example",
		}}, nil
	}
	if f := s.proven(r.Header, at.contactPoint, body, time.Now()); f != nil {
		return f, nil
	}
	group, err := a.decode(ctx, body, s)
	if err != nil {
		return nil, err
	}
	group.Source = a.source(t)
	at.result, err = room.core.Submit(ctx, core.Submission{
		Tenant: t.name, ContactPoint: at.contactPoint, Group: group, Wait: waitUntil(ctx, wait),
	})
	switch {
	case errors.Is(err, core.ErrUnknownContactPoint):
		return answer.UnknownContactPoint(at.contactPoint, a.pointNames(ctx, room, t), err), nil
	case err != nil:
		a.log.ErrorContext(ctx, "alert group not accepted by the core", "org", t.org, "error", err)
		return nil, err
	}
	at.known = true
	return nil, nil
}

// waitOf is how long ?wait= asks to wait, else as usual.
func waitOf(r *http.Request) (time.Duration, *answer.Fault) {
	asked := r.URL.Query().Get("wait")
	if asked == "" {
		return notifyWait, nil
	}
	d, err := time.ParseDuration(asked)
	if err != nil || d < 0 || d >= answerWithin {
		return 0, &answer.Fault{Status: http.StatusBadRequest, Code: "invalid_query", Text: lang.Text{
			ZH: "?wait= 应是不到 10s 的时长，例如 5s", EN: "?wait= has to be a duration below 10s, such as 5s",
		}}
	}
	return d, nil
}

// waitUntil is how long may be waited so that there is time left to answer.
func waitUntil(ctx context.Context, usual time.Duration) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return usual
	}
	return max(0, min(usual, time.Until(end)-storeTime))
}

// decode lets only a few big bodies be decoded at once.
func (a *App) decode(ctx context.Context, body []byte, s *settings) (alert.Group, error) {
	if len(body) >= largeBody {
		select {
		case a.large <- struct{}{}:
			defer func() { <-a.large }()
		case <-ctx.Done():
			return alert.Group{}, ctx.Err()
		}
	}
	return grafana.Decode(body, s.cfg.Labels, s.cfg.Defaults)
}

// proven checks that a contact point's secret signed a body just now.
func (s *settings) proven(h http.Header, point string, body []byte, now time.Time) *answer.Fault {
	signature, ok := grafana.ReadSignature(grafana.SignatureOf(h))
	timestamp := grafana.TimestampOf(h)
	secrets := s.signing[point]
	switch {
	case len(secrets) == 0:
		return unproven(
			"这个联络点没有签名密钥；请在应用的页面上打开它并“在 Grafana 中创建”",
			"this contact point has no signing secret; open it on the app's page and create it in Grafana from there")
	case !ok:
		return unproven(
			"请求没有签名；Grafana 的联络点里要设置 HMAC Signature，签名头为 "+grafana.SignatureHeader,
			"the request is not signed; set HMAC Signature in Grafana's contact point, with the header "+grafana.SignatureHeader)
	case timestamp == "":
		return unproven(
			"签名没有时间戳；Grafana 的联络点里 Timestamp Header 要设为 "+grafana.TimestampHeader,
			"the signature has no timestamp; set Timestamp Header in Grafana's contact point to "+grafana.TimestampHeader)
	}
	match := 0
	for _, key := range secrets {
		match |= subtle.ConstantTimeCompare(grafana.Sign(key.Reveal(), timestamp, body), signature)
	}
	switch {
	case match == 0:
		return unproven(
			"签名不对：Grafana 联络点里的 HMAC 密钥与应用里的不同（刚改过的，要等 Grafana 下一次同步，通常一分钟内）",
			"the signature is wrong: Grafana's contact point has another HMAC secret than the app (one that was just changed takes Grafana up to a minute)")
	case !grafana.Fresh(timestamp, now):
		return unproven(
			"签名的时间戳与本机时钟相差超过 5 分钟；请校准时钟（本机为 "+now.UTC().Format(time.RFC3339)+"）",
			"the signature's timestamp is more than 5 minutes from our clock; set the clock right (ours says "+now.UTC().Format(time.RFC3339)+")")
	}
	return nil
}

func unproven(zh, en string) *answer.Fault {
	return &answer.Fault{Status: http.StatusForbidden, Code: "signature", Text: lang.Text{ZH: zh, EN: en}}
}

// pointNames asks the core for a moment.
func (a *App) pointNames(ctx context.Context, room *room, t *tenant) []string {
	points, err := room.core.ContactPoints(ctx, t.name)
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(points))
	for _, p := range points {
		names = append(names, p.Name)
	}
	return slices.Clip(names)
}
