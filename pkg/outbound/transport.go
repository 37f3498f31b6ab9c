package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// progress follows how far a request got.
type progress struct {
	// traced says that the transport reports at all; one in memory does not.
	traced, written atomic.Bool
}

func (p *progress) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { p.traced.Store(true) },
		WroteHeaders: func() { p.written.Store(true) },
	})
}

// maybeSent errs on the side of yes where nobody can tell.
func (p *progress) maybeSent(err error) bool {
	if p.traced.Load() {
		return p.written.Load()
	}
	return !neverConnected(err)
}

func neverConnected(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || (errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"))
}

// failure words an error of the transport. caller is the context without the account's timeout.
func (k *keeper) failure(caller context.Context, err error, maybeSent bool) *sender.Failure {
	f := &sender.Failure{Class: sender.Again, Reason: sender.ReasonUnavailable, MaybeSent: maybeSent, Err: k.hide(err)}
	var timeout net.Error
	switch {
	case errors.Is(caller.Err(), context.Canceled):
		if !errors.Is(f.Err, context.Canceled) {
			f.Err = errors.Join(context.Canceled, f.Err)
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		f.Reason = sender.ReasonTimeout
	}
	f.Hint = connectionHint(err)
	return f
}

// proxyError is a proxy's answer when it was asked for a tunnel and gives none.
type proxyError struct{ status int }

// Error implements error.
func (p *proxyError) Error() string {
	return fmt.Sprintf("the proxy makes no connection: it answers %d %s", p.status, http.StatusText(p.status))
}

func connectionHint(err error) lang.Text {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var op *net.OpError
	var proxy *proxyError
	switch {
	case errors.As(err, &proxy):
		return lang.Text{
			ZH: "代理拒绝了连接：检查账号 proxy 中的用户名和密码，以及代理是否允许访问这个地址。",
			EN: "The proxy refused the connection: check user and password in the account's proxy, and whether it allows this address.",
		}
	case errors.As(err, &dns):
		return lang.Text{
			ZH: "域名无法解析：检查账号的 base_url 与本机 DNS。",
			EN: "The host name cannot be resolved: check the account's base_url and this machine's DNS.",
		}
	case errors.As(err, &certificate), errors.As(err, &unknown):
		return lang.Text{
			ZH: "对方证书不受信任：检查 base_url、代理，以及本机的根证书。",
			EN: "The peer's certificate is not trusted: check base_url, the proxy and this machine's root certificates.",
		}
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return lang.Text{
			ZH: "代理无法连接：检查账号的 proxy，或环境变量 HTTP_PROXY、HTTPS_PROXY。",
			EN: "The proxy cannot be reached: check the account's proxy, or HTTP_PROXY and HTTPS_PROXY.",
		}
	case errors.As(err, &op) && op.Op == "dial":
		return lang.Text{
			ZH: "连接不上：检查账号的 base_url、代理，以及出网防火墙。",
			EN: "No connection could be made: check the account's base_url, the proxy and the outgoing firewall.",
		}
	}
	return lang.Text{}
}

// hidden is an error without the URL and the secrets that its cause may quote.
type hidden struct {
	text  string
	cause error
}

// Error implements error.
func (h *hidden) Error() string { return h.text }

// Unwrap gives the cause, or, if the cause quotes a secret, only the well-known error in it.
func (h *hidden) Unwrap() error { return h.cause }

// hide takes URLs off an error, and secrets out of its text.
func (k *keeper) hide(err error) error {
	for {
		var u *url.Error
		if !errors.As(err, &u) || u.Err == nil {
			break
		}
		err = u.Err
	}
	text := k.Redact(err.Error())
	// A RoundTripper that words its own errors may quote an address all the same.
	text = dropQueries(text)
	if text == err.Error() {
		return err
	}
	h := &hidden{text: text}
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, known) {
			h.cause = known
			break
		}
	}
	return h
}

// dropQueries cuts the query off every URL in s.
func dropQueries(s string) string {
	var out strings.Builder
	for {
		start := strings.Index(s, "://")
		if start < 0 {
			out.WriteString(s)
			return out.String()
		}
		end := start + len("://")
		for end < len(s) && !strings.ContainsRune(" \t\r\n\"'<>", rune(s[end])) {
			end++
		}
		address, _, cut := strings.Cut(s[:end], "?")
		out.WriteString(address)
		if cut && strings.HasSuffix(s[:end], ":") {
			out.WriteByte(':')
		}
		s = s[end:]
	}
}
