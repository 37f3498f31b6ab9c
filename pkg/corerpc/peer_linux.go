package corerpc

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// peerOf asks the kernel who made the other end of a unix socket, as of connect or listen.
// https://man7.org/linux/man-pages/man7/unix.7.html (SO_PEERCRED)
func peerOf(conn net.Conn) (process, error) {
	u, ok := conn.(*net.UnixConn)
	if !ok {
		return process{}, fmt.Errorf("a %T has no peer user: only unix sockets are served", conn)
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return process{}, fmt.Errorf("ask who is at the other end of the socket: %w", err)
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return process{}, fmt.Errorf("ask who is at the other end of the socket: %w", err)
	}
	if credErr != nil {
		return process{}, fmt.Errorf("ask who is at the other end of the socket: %w", credErr)
	}
	return process{pid: int(cred.Pid), uid: int(cred.Uid)}, nil
}
