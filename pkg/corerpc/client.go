package corerpc

import (
	"context"

	"google.golang.org/grpc"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Client is a core.Core in another process. All methods are safe for concurrent use and
// share one connection. Besides the errors of core.Core each returns one that Is
// core.ErrUnreachable when the core could not be asked or died while it was; that one Is
// also the context's error when the context ended first.
type Client struct {
	rpc  corepb.CoreClient
	conn *grpc.ClientConn
}

var _ core.Core = (*Client)(nil)

// newClient speaks over conn. An unset conn is the business of whoever made cc.
func newClient(cc grpc.ClientConnInterface, conn *grpc.ClientConn) *Client {
	return &Client{rpc: corepb.NewCoreClient(cc), conn: conn}
}

// Close ends the connection and never the core. Closing twice is fine.
func (c *Client) Close() error {
	if c.conn == nil {
		return nil
	}
	_ = c.conn.Close() // Fails only when it was closed before.
	return nil
}

// Submit implements core.Submitter.
func (c *Client) Submit(ctx context.Context, s core.Submission) (core.Result, error) {
	reply, err := c.rpc.Submit(ctx, &corepb.SubmitRequest{Submission: toSubmission(&s)})
	if err := outcome(ctx, reply, err); err != nil {
		return core.Result{}, err
	}
	return fromResult(reply.GetResult()), nil
}

// Resend implements core.Responder.
func (c *Client) Resend(ctx context.Context, tenant, delivery string) error {
	reply, err := c.rpc.Resend(ctx, &corepb.ResendRequest{Tenant: valid(tenant), Delivery: valid(delivery)})
	return outcome(ctx, reply, err)
}

// History implements core.Reader.
func (c *Client) History(ctx context.Context, q core.HistoryQuery) (core.HistoryPage, error) {
	reply, err := c.rpc.History(ctx, &corepb.HistoryRequest{Query: toQuery(&q)})
	if err := outcome(ctx, reply, err); err != nil {
		return core.HistoryPage{}, err
	}
	return fromPage(reply.GetPage()), nil
}

// Figures implements core.Overviewer.
func (c *Client) Figures(ctx context.Context, q core.FiguresQuery) ([]core.Figures, error) {
	reply, err := c.rpc.Figures(ctx, &corepb.FiguresRequest{Query: toFiguresQuery(&q)})
	if err := outcome(ctx, reply, err); err != nil {
		return nil, err
	}
	return unlist(reply.GetFigures(), fromFigures), nil
}

// Newest implements core.Overviewer.
func (c *Client) Newest(ctx context.Context, tenant string) ([]core.NewestDelivery, error) {
	reply, err := c.rpc.Newest(ctx, &corepb.NewestRequest{Tenant: valid(tenant)})
	if err := outcome(ctx, reply, err); err != nil {
		return nil, err
	}
	return unlist(reply.GetDeliveries(), fromNewest), nil
}

// Health implements core.Reader.
func (c *Client) Health(ctx context.Context) (core.Health, error) {
	reply, err := c.rpc.Health(ctx, &corepb.HealthRequest{})
	if err := outcome(ctx, reply, err); err != nil {
		return core.Health{}, err
	}
	return fromHealth(reply.GetHealth()), nil
}

// Metrics implements core.Reader.
func (c *Client) Metrics(ctx context.Context) ([]byte, error) {
	reply, err := c.rpc.Metrics(ctx, &corepb.MetricsRequest{})
	if err := outcome(ctx, reply, err); err != nil {
		return nil, err
	}
	return reply.GetText(), nil
}

// Types implements core.Reader. New and Preview of each manifest are nil: they stay in the core.
func (c *Client) Types(ctx context.Context) ([]sender.Manifest, error) {
	reply, err := c.rpc.Types(ctx, &corepb.TypesRequest{})
	if err := outcome(ctx, reply, err); err != nil {
		return nil, err
	}
	return unlist(reply.GetTypes(), fromManifest), nil
}

// ContactPoints implements core.Reader.
func (c *Client) ContactPoints(ctx context.Context, tenant string) ([]core.ContactPointInfo, error) {
	reply, err := c.rpc.ContactPoints(ctx, &corepb.ContactPointsRequest{Tenant: valid(tenant)})
	if err := outcome(ctx, reply, err); err != nil {
		return nil, err
	}
	return unlist(reply.GetContactPoints(), fromContactPoint), nil
}

// Test implements core.Workbench.
func (c *Client) Test(ctx context.Context, t core.Test) (core.Result, error) {
	reply, err := c.rpc.Test(ctx, toTest(&t))
	if err := outcome(ctx, reply, err); err != nil {
		return core.Result{}, err
	}
	return fromResult(reply.GetResult()), nil
}

// Preview implements core.Workbench.
func (c *Client) Preview(ctx context.Context, s core.Submission) ([]core.PreviewResult, error) {
	reply, err := c.rpc.Preview(ctx, &corepb.PreviewRequest{Submission: toSubmission(&s)})
	if err := outcome(ctx, reply, err); err != nil {
		return nil, err
	}
	return unlist(reply.GetResults(), fromPreview), nil
}

// Probe implements core.Workbench.
func (c *Client) Probe(ctx context.Context, tenant, account string) ([]core.ProbeResult, error) {
	reply, err := c.rpc.Probe(ctx, &corepb.ProbeRequest{Tenant: valid(tenant), Account: valid(account)})
	if err := outcome(ctx, reply, err); err != nil {
		return nil, err
	}
	return unlist(reply.GetResults(), fromProbe), nil
}

// Lookup implements core.Workbench.
func (c *Client) Lookup(ctx context.Context, tenant, account string, p sender.Person) (string, error) {
	reply, err := c.rpc.Lookup(ctx, &corepb.LookupRequest{
		Tenant: valid(tenant), Account: valid(account), Person: toPerson(&p),
	})
	if err := outcome(ctx, reply, err); err != nil {
		return "", err
	}
	return reply.GetId(), nil
}

// Reload implements core.Reloader.
func (c *Client) Reload(ctx context.Context) error {
	reply, err := c.rpc.Reload(ctx, &corepb.ReloadRequest{})
	return outcome(ctx, reply, err)
}
