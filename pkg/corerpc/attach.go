package corerpc

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// errNoCore means that nobody serves the address: no socket, or one that a dead core left.
var errNoCore = lang.Wrong("那里没有运行中的核心", "no core is running there")

// AttachOptions say who attaches.
type AttachOptions struct {
	// Tenant is the only one that this host will name; empty binds the connection to none.
	Tenant string
	// Build is the host's version, for sentences and logs.
	Build string
	// AllowUIDs are users whose core we talk to, besides our own and root's.
	AllowUIDs []int
}

// Attach connects to a core that runs by itself. The connection is made again by itself when it is
// lost. Its errors Is core.ErrUnreachable, and ErrRefused as well where trying again does not help.
func Attach(ctx context.Context, address string, opts AttachOptions) (*Client, error) {
	if err := checkAddress(address); err != nil {
		return nil, err
	}
	d := &dialer{address: address, uids: uidCheck{own: os.Geteuid(), allow: opts.AllowUIDs}}
	// The first connection is made here for the sake of its error, which gRPC would wrap in its own words.
	first, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	d.first = first
	request := &corepb.HelloRequest{Protocol: Protocol, Build: valid(opts.Build), Tenant: valid(opts.Tenant)}
	return d.attach(ctx, request)
}

// attach makes the client and says Hello.
func (d *dialer) attach(ctx context.Context, request *corepb.HelloRequest) (*Client, error) {
	conn, err := grpc.NewClient("passthrough:///yunluo-core", append(dialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()), // The kernel says who is there.
		grpc.WithAuthority("localhost"),
		grpc.WithContextDialer(d.next),
		grpc.WithUnaryInterceptor(greeter{request: request}.intercept),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
	)...)
	if err != nil {
		d.drop()
		return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("准备到 %s 的连接", "prepare the connection to %s", d.address), err))
	}
	client := newClient(conn, conn)
	if err := hello(ctx, client.rpc, request); err != nil {
		_ = client.Close()
		d.drop()
		return nil, err
	}
	return client, nil
}

// dialer connects to one address and checks whose process listens there.
type dialer struct {
	address string
	uids    uidCheck

	mu    sync.Mutex
	first net.Conn
}

// next is gRPC's dialer: the connection that is there already, then new ones.
func (d *dialer) next(ctx context.Context, _ string) (net.Conn, error) {
	d.mu.Lock()
	first := d.first
	d.first = nil
	d.mu.Unlock()
	if first != nil {
		return first, nil
	}
	return d.dial(ctx)
}

// drop closes a first connection that gRPC never asked for.
func (d *dialer) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.first != nil {
		_ = d.first.Close()
		d.first = nil
	}
}

func (d *dialer) dial(ctx context.Context) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", d.address)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED):
		return nil, lang.Because(core.ErrUnreachable, lang.Because(errNoCore, errors.New(d.address)))
	case errors.Is(err, fs.ErrPermission):
		return nil, refused(lang.Wrong("本用户无权打开 %s：请用同一用户运行宿主和核心，或把本用户加进核心所属的组，并以 --allow-uid %d 启动核心",
			"this user may not open %s: run host and core as one user, or put this user into the core's group and start the core with --allow-uid %d",
			d.address, os.Geteuid()))
	case err != nil:
		return nil, lang.Because(core.ErrUnreachable, lang.Because(lang.Wrong("连接 %s", "connect to %s", d.address), err))
	}
	who, err := peerOf(conn)
	if err == nil {
		err = d.uids.check(who)
	}
	if err != nil {
		_ = conn.Close()
		return nil, refused(lang.Because(lang.Wrong("%s 的服务者不可信", "who serves %s is not trusted", d.address), err))
	}
	return conn, nil
}
