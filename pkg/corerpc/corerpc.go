// Package corerpc is the boundary between a host and a core: it serves a core.Core
// to other processes, and gives hosts one that runs in another process.
//
// Three ways lead to one. Launch and Supervise start a child of our own under go-plugin, Attach
// dials the socket of a core that runs by itself, and Connect does the same but starts that core
// in the background first if there is none. All of them speak core.proto.
//
// With the build tag yunluo_thin, which is for a host that lives for milliseconds, there is no Launch, and so
// no go-plugin, whose start alone takes as long as a whole alert.
//
// Two things differ from the engine itself. Text that is not UTF-8 arrives with U+FFFD in
// place of the broken bytes, and an empty list or map arrives as nil.
package corerpc

import (
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

//go:generate protoc -I .. --go_out=../.. --go_opt=module=github.com/yunluo-alerts/yunluo --go-grpc_out=../.. --go-grpc_opt=module=github.com/yunluo-alerts/yunluo corerpc/core.proto

// Protocol is the version of core.proto. Host and core must have the same.
const Protocol = 1

// MaxMessage is the largest request or reply in bytes, both ways.
const MaxMessage = 32 << 20

// Windows of flow control. The defaults of 64 KiB make a large group wait for many round trips.
const (
	streamWindow = 1 << 20
	connWindow   = 4 << 20
)

// A core that stopped to answer, without dying, is noticed by pings while calls are in flight.
const (
	pingEvery   = 20 * time.Second
	pingTimeout = 20 * time.Second
)

// dialOptions are those of every connection of ours, whichever way it was made. Nothing is
// asked twice behind the caller's back.
func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithInitialWindowSize(streamWindow),
		grpc.WithInitialConnWindowSize(connWindow),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(MaxMessage),
			grpc.MaxCallSendMsgSize(MaxMessage),
		),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingEvery, Timeout: pingTimeout}),
	}
}

// serverOptions are those of every server of ours.
func serverOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxMessage),
		grpc.MaxSendMsgSize(MaxMessage),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(connWindow),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime:             pingEvery / 2,
			PermitWithoutStream: true,
		}),
	}
}

// pid is our own, as the wire has it.
func pid() int64 { return int64(os.Getpid()) }
