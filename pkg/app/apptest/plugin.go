// Package apptest plays a Grafana, as far as the app and its pages can tell: it starts the built plugin as Grafana does,
// keeps its settings, and serves what the pages ask for.
package apptest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// Plugin is the app's backend in a process of its own.
type Plugin struct {
	client *plugin.Client
	grpcplugin.ResourceClient
	grpcplugin.DiagnosticsClient
}

// launch prepares the plugin as Grafana 12.4 does: its environment and nothing of the host's, gRPC only.
// See https://github.com/grafana/grafana/blob/main/pkg/plugins/backendplugin/grpcplugin/client.go.
func launch(path string, env []string, log io.Writer) *plugin.Client {
	cmd := exec.Command(path) //nolint:noctx // the caller's plugin; its client ends it
	cmd.Env = append([]string{
		"GF_VERSION=" + version, "GF_EDITION=Open Source", "GF_ENTERPRISE_APP_URL=http://localhost:3000/", "GF_INSTANCE_FEATURE_TOGGLES_ENABLE=", "GFAZPL_AZURE_CLOUD=AzureCloud",
	}, env...)
	return plugin.NewClient(&plugin.ClientConfig{
		Cmd: cmd, SkipHostEnv: true,
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: grpcplugin.ProtocolVersion, MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{}, "resource": &grpcplugin.ResourceGRPCPlugin{},
		}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		GRPCDialOptions:  []grpc.DialOption{grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64 << 20))},
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: log, JSONFormat: true}),
	})
}

// version is the Grafana that is played.
const version = "12.4.0"

// Start starts the plugin at path with env besides Grafana's own variables.
func Start(path string, env []string, log io.Writer) (*Plugin, error) {
	p := &Plugin{client: launch(path, env, log)}
	if err := p.dispense(); err != nil {
		p.client.Kill()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return p, nil
}

func (p *Plugin) dispense() error {
	rpc, err := p.client.Client()
	if err != nil {
		return err
	}
	resource, err := rpc.Dispense("resource")
	if err != nil {
		return err
	}
	diagnostics, err := rpc.Dispense("diagnostics")
	if err != nil {
		return err
	}
	var ok, both bool
	p.ResourceClient, ok = resource.(grpcplugin.ResourceClient)
	p.DiagnosticsClient, both = diagnostics.(grpcplugin.DiagnosticsClient)
	if !ok || !both {
		return errors.New("it serves no resources or no diagnostics")
	}
	return nil
}

// Client is go-plugin's, for what only it knows.
func (p *Plugin) Client() *plugin.Client { return p.client }

// Stop ends the process. It may be called again.
func (p *Plugin) Stop() { p.client.Kill() }

// Reply is what the plugin answered to a call of a resource.
type Reply struct {
	Code   int
	Header http.Header
	Body   []byte
}

// Ask calls a resource and reads its answer to the end.
func (p *Plugin) Ask(ctx context.Context, r *pluginv2.CallResourceRequest) (Reply, error) {
	stream, err := p.CallResource(ctx, r)
	if err != nil {
		return Reply{}, err
	}
	out := Reply{Header: http.Header{}}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if part.GetCode() != 0 {
			out.Code = int(part.GetCode())
			for k, v := range part.GetHeaders() {
				out.Header[http.CanonicalHeaderKey(k)] = v.GetValues()
			}
		}
		out.Body = append(out.Body, part.GetBody()...)
	}
}
