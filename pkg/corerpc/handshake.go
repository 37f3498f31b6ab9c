//go:build !yunluo_thin

package corerpc

import (
	"context"
	"errors"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
)

// pluginName is the only thing that a core dispenses.
const pluginName = "core"

// leadFD is where a launched core finds the pipe that its host holds: the first after stderr.
const leadFD = 3

// handshake tells a core that it was launched, and not typed at a prompt. It is no secret.
func handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  Protocol,
		MagicCookieKey:   "YUNLUO_CORE_COOKIE",
		MagicCookieValue: "a-rack-of-ten-small-gongs",
	}
}

// glue joins our service to go-plugin, over gRPC only.
type glue struct {
	plugin.NetRPCUnsupportedPlugin

	server *server
}

var _ plugin.GRPCPlugin = (*glue)(nil)

// GRPCServer implements plugin.GRPCPlugin.
func (g *glue) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	if g.server == nil {
		return errors.New("a host cannot serve a core to its core")
	}
	corepb.RegisterCoreServer(s, g.server)
	return nil
}

// GRPCClient implements plugin.GRPCPlugin.
func (*glue) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return newClient(conn, nil), nil
}
