package stage

import "net"

// Line is a protocol besides HTTP that a play speaks, on connections of its own.
type Line struct {
	// Name is the protocol, such as "smtp"; "{smtp}" in an account's settings is then where it is spoken.
	Name string
	// Refuse tells whether the next connection is to be refused; nil refuses none.
	Refuse func() bool
	// Serve speaks the protocol on one connection, and returns once it is closed.
	Serve func(conn net.Conn)
}
