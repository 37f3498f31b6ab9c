// Package outbound is the only way out, by HTTP or by a plain connection: it bounds time and size, tells what
// may have been sent from what was not, and lets no secret out in an error.
package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// DefaultTimeout bounds one request of an account that sets no timeout.
	DefaultTimeout = 10 * time.Second
	// MaxBody is the longest answer that is read, in bytes.
	MaxBody = 1 << 20

	// idlePerHost keeps as many connections as an account may have sends in flight.
	idlePerHost = 64
	idleTimeout = 90 * time.Second
	keepAlive   = 30 * time.Second
	maxHeader   = 64 << 10
)

// Options are what a client is made of.
type Options struct {
	// Settings give the base URL, the proxy, the timeout and the secrets to redact.
	Settings sender.Settings
	// Transport replaces the network; nil means the real one, through the proxy of Settings,
	// else the environment's.
	Transport http.RoundTripper
	// Dial replaces the network of a Dialer; nil means the real one.
	Dial DialFunc
	// Logger may be nil.
	Logger *slog.Logger
	// Secrets are redacted besides those of Settings.
	Secrets []secret.Value
}

// Client calls one account's provider. It is safe for concurrent use.
type Client struct {
	keeper

	base    *url.URL
	timeout time.Duration
	http    *http.Client
	logger  *slog.Logger
}

// Request is one call.
type Request struct {
	Method string
	// Path is appended to the base URL's; foreign text in it must be escaped by url.PathEscape.
	Path   string
	Query  url.Values
	Header http.Header
	// Body is sent as it is when it is a json.RawMessage or []byte, else as JSON; nil sends none.
	Body any
}

// Response is what the provider answered, whatever its status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// Latency is the time from the call to the last byte of the answer.
	Latency time.Duration
}

// New makes a client with connections of its own. It does not touch the network. Its error is a
// *sender.Failure with ReasonConfig that names the settings.
func New(o Options) (*Client, error) {
	base, baseErr := ParseBase("base_url", o.Settings.BaseURL)
	proxy, proxyErr := parseProxy(o.Settings.Proxy)
	if err := sender.Misconfigured(baseErr, proxyErr); err != nil {
		return nil, err
	}
	c := &Client{base: base, timeout: o.Settings.Timeout, logger: o.Logger}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	c.keep(o, proxy)
	transport := o.Transport
	if transport == nil {
		transport = newTransport(proxy, c.timeout)
	}
	c.http = &http.Client{
		Transport: transport,
		// A redirect could carry credentials to another host, and turns POST into GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// ParseBase reads the address of a service: scheme, host and path. Its error names the setting that it stands in.
func ParseBase(field, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, lang.Wrong("%s 是空的：请填服务的地址，例如 https://主机", "%s is empty: give the provider's address, such as https://host", field)
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, lang.Wrong("%s 不是地址：请用 https://主机 或 http://主机:端口", "%s is not an address: use https://host or http://host:port", field)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, lang.Wrong("%s 不能带用户名、参数或 #：只写协议、主机和路径", "%s must not hold a user, a query or a fragment: use only scheme, host and path", field)
	}
	return u, nil
}

func parseProxy(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		return nil, lang.Wrong("proxy 不是地址：请用 http://主机:端口 或 socks5://主机:端口", "proxy is not an address: use http://host:port or socks5://host:port")
	}
	return u, nil
}

func configFailure(err error) *sender.Failure {
	return &sender.Failure{Class: sender.Never, Reason: sender.ReasonConfig, Err: err}
}

func newTransport(proxy *url.URL, timeout time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: timeout, KeepAlive: keepAlive}
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    timeout,
		MaxIdleConns:           2 * idlePerHost,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
		ForceAttemptHTTP2:      true,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
			if r.StatusCode != http.StatusOK {
				return &proxyError{status: r.StatusCode}
			}
			return nil
		},
	}
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
		return t
	}
	t.Proxy = func(r *http.Request) (*url.URL, error) {
		u, err := http.ProxyFromEnvironment(r)
		if err != nil {
			// The original error quotes the variable, and so a password in it.
			return nil, errors.New("the environment's proxy (HTTP_PROXY, HTTPS_PROXY) is not an address")
		}
		return u, nil
	}
	return t
}

// Do calls the provider once, for at most the account's timeout. Any HTTP status is a Response;
// redirects are not followed. The error is always a *sender.Failure to try again: unavailable
// where no connection was made or it broke, timeout, outcome_unknown where the answer is longer
// than MaxBody. It wraps context.Canceled when ctx was cancelled. MaybeSent tells whether the
// provider may have got the request. No secret and no query is in it.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	body, err := encode(r.Body)
	if err != nil {
		return Response{}, &sender.Failure{Class: sender.Never, Reason: sender.ReasonMessage, Err: c.hide(err)}
	}
	req, err := c.request(ctx, r, body)
	if err != nil {
		return Response{}, configFailure(c.hide(err))
	}
	return c.exchange(req)
}

// exchange sends one request and reads the whole answer, within the account's timeout.
func (c *Client) exchange(req *http.Request) (Response, error) {
	start := time.Now()
	progress := &progress{}
	caller := req.Context()
	ctx, cancel := context.WithTimeout(progress.watch(caller), c.timeout)
	defer cancel()
	answer, err := c.http.Do(req.WithContext(ctx)) //nolint:gosec // the address is the operator's own base_url
	if err != nil {
		return Response{}, c.failure(caller, err, progress.maybeSent(err))
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, MaxBody+1))
	if err != nil {
		f := c.failure(caller, err, true)
		f.Status = answer.StatusCode
		return Response{}, f
	}
	if len(text) > MaxBody {
		return Response{}, &sender.Failure{
			Reason: sender.ReasonOutcomeUnknown, Status: answer.StatusCode, MaybeSent: true,
			Err: fmt.Errorf("the answer is longer than %d bytes, so it was not read", MaxBody),
		}
	}
	resp := Response{Status: answer.StatusCode, Header: answer.Header, Body: text, Latency: time.Since(start)}
	c.logger.DebugContext(caller, "provider answered", "http_status", resp.Status, "bytes", len(text), "latency", resp.Latency)
	return resp, nil
}

func (c *Client) request(ctx context.Context, r Request, body []byte) (*http.Request, error) {
	u := c.base.JoinPath(r.Path)
	u.RawQuery = r.Query.Encode()
	var reader io.Reader
	if r.Body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), reader)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "yunluo")
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	for k, v := range r.Header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	return req, nil
}

// JSON encodes v, with < > and & as they are: providers count them, and escaped they would be six bytes each.
func JSON(v any) (json.RawMessage, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func encode(body any) ([]byte, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case json.RawMessage:
		return b, nil
	case []byte:
		return b, nil
	}
	return JSON(body)
}
