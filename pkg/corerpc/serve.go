package corerpc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// drainTime is how long a stopping server waits for the calls in flight. The longest of them,
// a Test, waits 9 seconds for its outcome.
const drainTime = 10 * time.Second

// maxSocketPath is what sockaddr_un holds besides the closing zero byte.
// https://man7.org/linux/man-pages/man7/unix.7.html (108 bytes; 104 on BSD systems)
const maxSocketPath = 103

// ErrInUse means that another core already serves this address.
var ErrInUse = lang.Wrong("已有另一个核心在运行", "another core is already running")

// ServeOptions say where and for whom a core is served.
type ServeOptions struct {
	// Address is the path of the socket, absolute, in a directory of its own. The directory is made
	// if it is not there; if it is, it must be the user's own and not be more open than 0750.
	Address string
	// AllowUIDs may attach besides the core's own user and root. They have to be in the group of the
	// core's process: with AllowUIDs it may pass the directory and open the socket.
	AllowUIDs []int
	// Build is the core's version, told to hosts.
	Build string
	// Tenants are those that the core serves; none means that it takes any.
	Tenants []string
	Logger  *slog.Logger
	// Ready is called once hosts can attach; nil is fine.
	Ready func()
}

// Serve lets hosts attach to c until ctx ends. Then it takes no new calls, finishes those in
// flight for at most ten seconds, and returns nil. It neither starts nor stops c. It returns
// an error that Is ErrInUse and names the process when another core serves the address.
func Serve(ctx context.Context, c core.Core, opts ServeOptions) error {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if err := checkAddress(opts.Address); err != nil {
		return err
	}
	dir := filepath.Dir(opts.Address)
	dirMode, socketMode := fs.FileMode(0o700), fs.FileMode(0o600)
	if len(opts.AllowUIDs) > 0 {
		dirMode, socketMode = 0o710, 0o660
	}
	if err := ownDir(dir, dirMode); err != nil {
		return err
	}
	lock, err := lockAddress(ctx, opts.Address)
	if err != nil {
		return err
	}
	defer lock.release()

	listener, err := listen(ctx, opts.Address, socketMode)
	if err != nil {
		return err
	}
	keeper := doorkeeper{uids: uidCheck{own: os.Geteuid(), allow: opts.AllowUIDs}}
	srv := &server{core: c, door: door{build: opts.Build, tenants: opts.Tenants, logger: opts.Logger}}
	g := grpc.NewServer(append(serverOptions(),
		grpc.Creds(keeper),
		grpc.InTapHandle(srv.door.tap),
		grpc.UnaryInterceptor(survive(opts.Logger)),
	)...)
	corepb.RegisterCoreServer(g, srv)

	stop := context.AfterFunc(ctx, func() { drain(g) })
	defer stop()
	defer keepLogBounded(ctx, filepath.Join(dir, logName))()
	if opts.Ready != nil {
		opts.Ready()
	}
	if err := g.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve hosts at %s: %w", opts.Address, err)
	}
	return nil
}

// drain finishes what is in flight, but not for ever.
func drain(g *grpc.Server) {
	late := time.AfterFunc(drainTime, g.Stop)
	defer late.Stop()
	g.GracefulStop()
}

func checkAddress(path string) error {
	switch {
	case !filepath.IsAbs(path):
		return lang.Because(core.ErrInvalid, lang.Wrong("核心的地址是套接字的绝对路径，不是 %q", "the address of a core is the absolute path of a socket, not %q", path))
	case len(path) > maxSocketPath:
		return lang.Because(core.ErrInvalid, lang.Wrong("套接字路径 %q 有 %d 字节，至多 %d：请换一个短些的目录",
			"the socket's path %q has %d bytes and may have %d: choose a shorter directory", path, len(path), maxSocketPath))
	}
	return nil
}

// listen opens the socket. The caller holds the lock, so one that is there belongs to nobody.
func listen(ctx context.Context, path string, mode fs.FileMode) (net.Listener, error) {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("look for an old socket: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return nil, lang.Wrong("%s 占着核心套接字的位置，又不是套接字（%s）：请移走它", "%s is in the way of the core's socket and is no socket (%s): move it away", path, info.Mode())
	default:
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove the socket that a dead core left: %w", err)
		}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the core's socket: %w", err)
	}
	if err := os.Chmod(path, mode); err != nil {
		return nil, errors.Join(fmt.Errorf("close the core's socket to others: %w", err), listener.Close())
	}
	return listener, nil
}

// mostOpen is how open the directory of a socket may be: a group may pass and look, and nobody else.
const mostOpen fs.FileMode = 0o750

// ownDir makes the directory with mode, or checks that the one that is there is ours and no more open than
// mostOpen, and adds what it lacks of mode.
func ownDir(dir string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // Above our own directory.
		return lang.Because(lang.Wrong("建不了核心的目录", "make the core's directory"), err)
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return lang.Because(lang.Wrong("建不了核心的目录", "make the core's directory"), err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return lang.Because(lang.Wrong("看不了核心的目录", "look at the core's directory"), err)
	}
	if !info.IsDir() {
		return lang.Wrong("%s 不是目录，核心的套接字要有自己的目录", "%s is not a directory, which the core's socket needs for its own", dir)
	}
	if err := checkOwner(dir, info); err != nil {
		return err
	}
	if !permissionsCount {
		return nil
	}
	if open := info.Mode().Perm() &^ mostOpen; open != 0 {
		return lang.Wrong("目录 %[1]s 对他人开放（%[2]s）：核心的套接字要有自己的目录，请换一个目录，或 chmod 700 %[1]s",
			"the directory %[1]s is open to others (%[2]s): the core's socket needs one of its own, so name another or run chmod 700 %[1]s",
			dir, info.Mode())
	}
	// The umask, or whoever made it, may have taken what the group needs.
	if missing := mode &^ info.Mode().Perm(); missing != 0 {
		if err := os.Chmod(dir, info.Mode()|mode); err != nil {
			return fmt.Errorf("open the core's directory to its group: %w", err)
		}
	}
	return nil
}
