package corerpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// door decides who may come in: by user at the handshake, by Hello after it.
type door struct {
	build string
	// tenants are those that this core serves; empty means any.
	tenants []string
	logger  *slog.Logger
}

// caller is what is known of one connection.
type caller struct {
	credentials.CommonAuthInfo

	peer    process
	refused error
	greeted atomic.Bool
	tenant  atomic.Pointer[string]
}

// AuthType implements credentials.AuthInfo.
func (*caller) AuthType() string { return "yunluo-peer-uid" }

// callerOf is nil under go-plugin, where AutoMTLS has told who calls.
func callerOf(ctx context.Context) *caller {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	c, _ := p.AuthInfo.(*caller)
	return c
}

// tap refuses a call before its message is read. A refused user gets a sentence and not just
// a closed connection.
func (d *door) tap(ctx context.Context, info *tap.Info) (context.Context, error) {
	c := callerOf(ctx)
	switch {
	case c == nil:
		return nil, status.Error(codes.PermissionDenied, "this connection has no user")
	case c.refused != nil:
		return nil, status.Error(codes.PermissionDenied, c.refused.Error())
	case info.FullMethodName != corepb.Core_Hello_FullMethodName && !c.greeted.Load():
		return nil, status.Error(codes.FailedPrecondition, "the first call on a connection is Hello")
	}
	return ctx, nil
}

// greet answers Hello.
func (d *door) greet(ctx context.Context, r *corepb.HelloRequest) error {
	if r.GetProtocol() != Protocol {
		return otherProtocol(r.GetBuild(), int64(r.GetProtocol()), d.build, Protocol)
	}
	if t := r.GetTenant(); t != "" && len(d.tenants) > 0 && !slices.Contains(d.tenants, t) {
		return fmt.Errorf("this core does not serve the tenant %q: it serves %s", t, strings.Join(d.tenants, ", "))
	}
	c := callerOf(ctx)
	if c == nil {
		return nil
	}
	if t := r.GetTenant(); t != "" && !c.tenant.CompareAndSwap(nil, &t) && *c.tenant.Load() != t {
		return fmt.Errorf("this connection was opened for the tenant %q: open another for %q", *c.tenant.Load(), t)
	}
	if c.greeted.CompareAndSwap(false, true) {
		d.logger.DebugContext(ctx, "a host has attached",
			slog.Int("host_pid", c.peer.pid), slog.Int("host_uid", c.peer.uid), slog.String("host_build", r.GetBuild()))
	}
	return nil
}

// otherProtocol names both versions.
func otherProtocol(host string, hostProtocol int64, served string, serverProtocol int64) error {
	return lang.Wrong("宿主（%s）说第 %d 版协议，核心（%s）说第 %d 版：请装同一版本，并重启较旧的那个",
		"the host (%s) speaks protocol %d and the core (%s) protocol %d: install the same version of both and restart the older one",
		orUnnamed(host), hostProtocol, orUnnamed(served), serverProtocol)
}

func orUnnamed(build string) string {
	if build == "" {
		return "unnamed build"
	}
	return build
}

// bind keeps a connection to the tenant that it said Hello for; it fills in an empty one.
func (d *door) bind(ctx context.Context, tenant *string) error {
	c := callerOf(ctx)
	if c == nil {
		return nil
	}
	bound := c.tenant.Load()
	switch {
	case bound == nil:
	case *tenant == "":
		*tenant = *bound
	case *tenant != *bound:
		return lang.Because(core.ErrInvalid, lang.Wrong("这个连接是为租户 %q 打开的，不是 %q", "this connection was opened for the tenant %q, not for %q", *bound, *tenant))
	}
	return nil
}

// uidCheck is which users may be on the other side.
type uidCheck struct {
	own   int
	allow []int
}

// check returns a sentence for a user who may not.
func (u uidCheck) check(who process) error {
	if who.uid == u.own || who.uid == 0 || slices.Contains(u.allow, who.uid) {
		return nil
	}
	return lang.Wrong("进程 %d 属于用户 id %d，而只放行用户 id %d 和 root：请用同一用户运行两者，或允许那个 id",
		"the process %d belongs to the user id %d, and only the user id %d and root are let in: run both as one user, or allow that id", who.pid, who.uid, u.own)
}

// process is the other end of a unix socket, as the kernel tells.
type process struct{ pid, uid int }

// doorkeeper asks the kernel who connects. It encrypts nothing: a unix socket does not leave the machine.
type doorkeeper struct{ uids uidCheck }

var _ credentials.TransportCredentials = doorkeeper{}

// ServerHandshake implements credentials.TransportCredentials. It lets everybody in as far as tap.
func (k doorkeeper) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) { //nolint:ireturn // As gRPC asks.
	c := &caller{CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity}}
	c.peer, c.refused = peerOf(conn)
	if c.refused == nil {
		c.refused = k.uids.check(c.peer)
	}
	return conn, c, nil
}

// ClientHandshake implements credentials.TransportCredentials for the side that has none.
func (doorkeeper) ClientHandshake( //nolint:ireturn // As gRPC asks.
	context.Context, string, net.Conn,
) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("the doorkeeper stands at the server's side")
}

// Info implements credentials.TransportCredentials.
func (doorkeeper) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "yunluo-peer-uid"}
}

// Clone implements credentials.TransportCredentials.
func (k doorkeeper) Clone() credentials.TransportCredentials { return k } //nolint:ireturn // As gRPC asks.

// OverrideServerName implements credentials.TransportCredentials, where there are no names.
func (doorkeeper) OverrideServerName(string) error { return nil }
