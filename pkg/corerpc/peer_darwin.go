package corerpc

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// peerOf asks the kernel for the user at the other end of a unix socket; the pid stays 0.
func peerOf(conn net.Conn) (process, error) {
	u, ok := conn.(*net.UnixConn)
	if !ok {
		return process{}, fmt.Errorf("a %T has no peer user: only unix sockets are served", conn)
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return process{}, fmt.Errorf("ask who is at the other end of the socket: %w", err)
	}
	var cred *unix.Xucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	}); err != nil {
		return process{}, fmt.Errorf("ask who is at the other end of the socket: %w", err)
	}
	if credErr != nil {
		return process{}, fmt.Errorf("ask who is at the other end of the socket: %w", credErr)
	}
	return process{uid: int(cred.Uid)}, nil
}
