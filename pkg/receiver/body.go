package receiver

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// maxBody is the largest body that is taken, before and after inflation.
const maxBody = 16 << 20

// pooledBody is the largest buffer that is kept for the next request.
const pooledBody = 256 << 10

// maxDrained is how much of a body that is too large is read and thrown away.
const maxDrained = 64 << 20

// readBody reads a whole body of at most maxBody into buf.
func readBody(w http.ResponseWriter, r *http.Request, buf *bytes.Buffer) *answer.Fault {
	if r.ContentLength > maxBody {
		return tooLarge(r.Body)
	}
	var from io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	zipped := false
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		inflated, err := gzip.NewReader(from)
		if err != nil {
			return unreadable(r.Body, err, true)
		}
		from, zipped = io.LimitReader(inflated, maxBody+1), true
	default:
		return &answer.Fault{Status: http.StatusUnsupportedMediaType, Code: "encoding", Text: lang.Text{
			ZH: "不支持这种 Content-Encoding；请不压缩，或用 gzip",
			EN: "this Content-Encoding is not supported; send the body as it is, or with gzip",
		}}
	}
	if r.ContentLength > 0 {
		buf.Grow(int(min(r.ContentLength, 64<<10)) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(from); err != nil {
		return unreadable(r.Body, err, zipped)
	}
	if buf.Len() > maxBody {
		return tooLarge(r.Body)
	}
	return nil
}

func unreadable(body io.Reader, err error, zipped bool) *answer.Fault {
	var over *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &over):
		return tooLarge(body)
	case errors.As(err, &network) && network.Timeout():
		return &answer.Fault{Status: http.StatusRequestTimeout, Code: "slow_body", Closing: true, Text: lang.Text{
			ZH: "请求体在 60 秒内没有传完；请检查网络，或减小请求体",
			EN: "the body did not arrive within 60 seconds; check the network, or send less at once",
		}}
	case zipped:
		return &answer.Fault{Status: http.StatusBadRequest, Code: "bad_gzip", Text: lang.Text{
			ZH: "请求体不是完整的 gzip，而 Content-Encoding 说它是；请去掉该请求头，或真正压缩",
			EN: "the body is not whole gzip though Content-Encoding says so; leave that header out, or compress the body",
		}}
	default:
		return &answer.Fault{Status: http.StatusBadRequest, Code: "cut_off", Closing: true, Text: lang.Text{
			ZH: "请求体没有传完，连接就断了",
			EN: "the connection broke before the whole body had arrived",
		}}
	}
}

// tooLarge reads on for a while first: a sender that is cut off while it writes sees a reset connection,
// not the answer.
func tooLarge(body io.Reader) *answer.Fault {
	_, _ = io.CopyN(io.Discard, body, maxDrained) // what went wrong is known already
	return &answer.Fault{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Closing: true, Text: lang.Text{
		ZH: "请求体（解压后）超过 16 MiB；请在 Alertmanager 的 webhook_configs 里设置 max_alerts（Grafana：Max Alerts），例如 100；自己的脚本请缩短文字，或把 alerts 分几次发送",
		EN: "the body (inflated) is larger than 16 MiB; set max_alerts in Alertmanager's webhook_configs (Grafana: Max Alerts), to 100 for example; " +
			"a script of your own sends shorter texts, or its alerts in several posts",
	}}
}
