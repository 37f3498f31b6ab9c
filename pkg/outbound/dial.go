package outbound

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// DialFunc makes a connection, as net.Dialer does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Dialer makes the connections of types that do not speak HTTP. It is safe for concurrent use.
type Dialer struct {
	keeper

	timeout time.Duration
	proxy   *url.URL
	dial    DialFunc
}

// NewDialer reads neither the base URL nor the environment's proxies, which are for HTTP. Its error is a
// *sender.Failure with ReasonConfig that names the setting.
func NewDialer(o Options) (*Dialer, error) {
	through, err := parseProxy(o.Settings.Proxy)
	if err != nil {
		return nil, configFailure(err)
	}
	d := &Dialer{timeout: o.Settings.Timeout, proxy: through, dial: o.Dial}
	if d.timeout <= 0 {
		d.timeout = DefaultTimeout
	}
	if d.dial == nil {
		d.dial = (&net.Dialer{KeepAlive: keepAlive}).DialContext
	}
	d.keep(o, through)
	return d, nil
}

// Dial connects to host:port, through the account's proxy if it has one. The error is a *sender.Failure after which
// nothing was sent.
func (d *Dialer) Dial(ctx context.Context, address string) (*Conn, error) {
	within, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	c, err := d.connect(within, address)
	if err != nil {
		return nil, d.Failure(ctx, err, false)
	}
	out := &Conn{Conn: c, timeout: d.timeout}
	out.Follow(ctx)
	return out, nil
}

// Failure words an error of a connection, as Client.Do does. ctx is the caller's.
func (d *Dialer) Failure(ctx context.Context, err error, maybeSent bool) *sender.Failure {
	return d.failure(ctx, err, maybeSent)
}

func (d *Dialer) connect(ctx context.Context, address string) (net.Conn, error) {
	if d.proxy == nil {
		return d.dial(ctx, "tcp", address)
	}
	c, err := d.tunnel(ctx, address)
	var refused *proxyError
	if err != nil && !errors.As(err, &refused) {
		err = &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
	}
	return c, err
}

func (d *Dialer) tunnel(ctx context.Context, address string) (net.Conn, error) {
	switch d.proxy.Scheme {
	case "http", "https":
		return d.connectHTTP(ctx, address)
	}
	var login *proxy.Auth
	if d.proxy.User != nil {
		password, _ := d.proxy.User.Password()
		login = &proxy.Auth{User: d.proxy.User.Username(), Password: password}
	}
	socks, err := proxy.SOCKS5("tcp", withPort(d.proxy, "1080"), login, forward(d.dial))
	if err != nil {
		return nil, err
	}
	byContext, ok := socks.(proxy.ContextDialer)
	if !ok {
		return nil, errors.New("the SOCKS dialer knows no context")
	}
	return byContext.DialContext(ctx, "tcp", address)
}

// connectHTTP asks a proxy for a tunnel.
func (d *Dialer) connectHTTP(ctx context.Context, address string) (net.Conn, error) {
	port := "80"
	if d.proxy.Scheme == "https" {
		port = "443"
	}
	c, err := d.dial(ctx, "tcp", withPort(d.proxy, port))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	through, err := askTunnel(ctx, c, d.proxy, address)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = c.Close()
		return nil, errors.Join(ctx.Err(), err)
	}
	return through, nil
}

func askTunnel(ctx context.Context, c net.Conn, by *url.URL, address string) (net.Conn, error) {
	if by.Scheme == "https" {
		secured := tls.Client(c, &tls.Config{ServerName: by.Hostname(), MinVersion: tls.VersionTLS12})
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		c = secured
	}
	ask := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if by.User != nil {
		password, _ := by.User.Password()
		ask.SetBasicAuth(by.User.Username(), password)
		ask.Header["Proxy-Authorization"] = ask.Header["Authorization"]
		ask.Header.Del("Authorization")
	}
	if err := ask.Write(c); err != nil {
		return nil, err
	}
	// What the peer said at once may be in the same packet as the proxy's answer.
	early := bufio.NewReaderSize(c, maxHeader)
	answer, err := http.ReadResponse(early, ask)
	if err != nil {
		return nil, fmt.Errorf("read the proxy's answer: %w", err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, &proxyError{status: answer.StatusCode}
	}
	return &ahead{Conn: c, early: early}, nil
}

// ahead is a connection of which something was read already.
type ahead struct {
	net.Conn

	early *bufio.Reader
}

// Read implements net.Conn.
func (a *ahead) Read(b []byte) (int, error) { return a.early.Read(b) }

// forward lets a DialFunc be a proxy.ContextDialer.
type forward DialFunc

// DialContext implements proxy.ContextDialer.
func (f forward) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

// Dial implements proxy.Dialer.
func (f forward) Dial(network, address string) (net.Conn, error) {
	return f(context.Background(), network, address)
}

func withPort(u *url.URL, usual string) string {
	port := u.Port()
	if port == "" {
		port = usual
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// Conn is a connection that ends with a context. No wait on it is longer than the account's timeout, and no more than
// MaxBody can be read from it under one context. It is for one user at a time.
type Conn struct {
	net.Conn

	timeout time.Duration
	ctx     context.Context //nolint:containedctx // the connection ends with it
	left    int64
	stop    func() bool
}

// Follow makes the connection end with ctx, rather than with the context that it followed.
func (c *Conn) Follow(ctx context.Context) {
	if c.stop != nil {
		c.stop()
	}
	c.ctx, c.left = ctx, MaxBody
	c.stop = context.AfterFunc(ctx, func() { _ = c.Conn.Close() })
}

// Read implements net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("the peer said more than %d bytes, which were not read", MaxBody)
	}
	// A connection that is gone says so when it is read.
	_ = c.SetReadDeadline(time.Now().Add(c.timeout))
	n, err := c.Conn.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	return n, c.ended(err)
}

// Write implements net.Conn.
func (c *Conn) Write(b []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(c.timeout))
	n, err := c.Conn.Write(b)
	return n, c.ended(err)
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// ended says why a connection was closed when its context was the reason.
func (c *Conn) ended(err error) error {
	if err != nil && c.ctx.Err() != nil {
		return errors.Join(c.ctx.Err(), err)
	}
	return err
}
