package corerpc

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
)

// server translates calls for the core behind it.
type server struct {
	corepb.UnimplementedCoreServer

	core core.Core
	door door
}

var _ corepb.CoreServer = (*server)(nil)

// Hello tells who serves, and refuses hosts that it cannot serve.
func (s *server) Hello(ctx context.Context, r *corepb.HelloRequest) (*corepb.HelloReply, error) {
	reply := &corepb.HelloReply{Protocol: Protocol, Build: valid(s.door.build), Pid: pid()}
	if err := s.door.greet(ctx, r); err != nil {
		reply.Refused = valid(err.Error())
	}
	return reply, nil
}

// Submit translates for core.Submitter.
func (s *server) Submit(ctx context.Context, r *corepb.SubmitRequest) (*corepb.SubmitReply, error) {
	in := fromSubmission(r.GetSubmission())
	if err := s.door.bind(ctx, &in.Tenant); err != nil {
		return &corepb.SubmitReply{Error: toError(err)}, nil
	}
	out, err := s.core.Submit(ctx, in)
	if err != nil {
		return &corepb.SubmitReply{Error: toError(err)}, nil
	}
	return &corepb.SubmitReply{Result: toResult(&out)}, nil
}

// Resend translates for core.Responder.
func (s *server) Resend(ctx context.Context, r *corepb.ResendRequest) (*corepb.ResendReply, error) {
	tenant := r.GetTenant()
	if err := s.door.bind(ctx, &tenant); err != nil {
		return &corepb.ResendReply{Error: toError(err)}, nil
	}
	return &corepb.ResendReply{Error: toError(s.core.Resend(ctx, tenant, r.GetDelivery()))}, nil
}

// History translates for core.Reader.
func (s *server) History(ctx context.Context, r *corepb.HistoryRequest) (*corepb.HistoryReply, error) {
	q := fromQuery(r.GetQuery())
	if err := s.door.bind(ctx, &q.Tenant); err != nil {
		return &corepb.HistoryReply{Error: toError(err)}, nil
	}
	page, err := s.core.History(ctx, q)
	if err != nil {
		return &corepb.HistoryReply{Error: toError(err)}, nil
	}
	return &corepb.HistoryReply{Page: toPage(&page)}, nil
}

// Figures translates for core.Overviewer.
func (s *server) Figures(ctx context.Context, r *corepb.FiguresRequest) (*corepb.FiguresReply, error) {
	q := fromFiguresQuery(r.GetQuery())
	if err := s.door.bind(ctx, &q.Tenant); err != nil {
		return &corepb.FiguresReply{Error: toError(err)}, nil
	}
	out, err := s.core.Figures(ctx, q)
	if err != nil {
		return &corepb.FiguresReply{Error: toError(err)}, nil
	}
	return &corepb.FiguresReply{Figures: list(out, toFigures)}, nil
}

// Newest translates for core.Overviewer.
func (s *server) Newest(ctx context.Context, r *corepb.NewestRequest) (*corepb.NewestReply, error) {
	tenant := r.GetTenant()
	if err := s.door.bind(ctx, &tenant); err != nil {
		return &corepb.NewestReply{Error: toError(err)}, nil
	}
	out, err := s.core.Newest(ctx, tenant)
	if err != nil {
		return &corepb.NewestReply{Error: toError(err)}, nil
	}
	return &corepb.NewestReply{Deliveries: list(out, toNewest)}, nil
}

// Health translates for core.Reader.
func (s *server) Health(ctx context.Context, _ *corepb.HealthRequest) (*corepb.HealthReply, error) {
	h, err := s.core.Health(ctx)
	if err != nil {
		return &corepb.HealthReply{Error: toError(err)}, nil
	}
	return &corepb.HealthReply{Health: toHealth(&h)}, nil
}

// Metrics translates for core.Reader.
func (s *server) Metrics(ctx context.Context, _ *corepb.MetricsRequest) (*corepb.MetricsReply, error) {
	text, err := s.core.Metrics(ctx)
	if err != nil {
		return &corepb.MetricsReply{Error: toError(err)}, nil
	}
	return &corepb.MetricsReply{Text: text}, nil
}

// Types translates for core.Reader.
func (s *server) Types(ctx context.Context, _ *corepb.TypesRequest) (*corepb.TypesReply, error) {
	types, err := s.core.Types(ctx)
	if err != nil {
		return &corepb.TypesReply{Error: toError(err)}, nil
	}
	return &corepb.TypesReply{Types: list(types, toManifest)}, nil
}

// ContactPoints translates for core.Reader.
func (s *server) ContactPoints(ctx context.Context, r *corepb.ContactPointsRequest) (*corepb.ContactPointsReply, error) {
	tenant := r.GetTenant()
	if err := s.door.bind(ctx, &tenant); err != nil {
		return &corepb.ContactPointsReply{Error: toError(err)}, nil
	}
	points, err := s.core.ContactPoints(ctx, tenant)
	if err != nil {
		return &corepb.ContactPointsReply{Error: toError(err)}, nil
	}
	return &corepb.ContactPointsReply{ContactPoints: list(points, toContactPoint)}, nil
}

// Test translates for core.Workbench.
func (s *server) Test(ctx context.Context, r *corepb.TestRequest) (*corepb.TestReply, error) {
	in := fromTest(r)
	if err := s.door.bind(ctx, &in.Tenant); err != nil {
		return &corepb.TestReply{Error: toError(err)}, nil
	}
	out, err := s.core.Test(ctx, in)
	if err != nil {
		return &corepb.TestReply{Error: toError(err)}, nil
	}
	return &corepb.TestReply{Result: toResult(&out)}, nil
}

// Preview translates for core.Workbench.
func (s *server) Preview(ctx context.Context, r *corepb.PreviewRequest) (*corepb.PreviewReply, error) {
	in := fromSubmission(r.GetSubmission())
	if err := s.door.bind(ctx, &in.Tenant); err != nil {
		return &corepb.PreviewReply{Error: toError(err)}, nil
	}
	out, err := s.core.Preview(ctx, in)
	if err != nil {
		return &corepb.PreviewReply{Error: toError(err)}, nil
	}
	return &corepb.PreviewReply{Results: list(out, toPreview)}, nil
}

// Probe translates for core.Workbench.
func (s *server) Probe(ctx context.Context, r *corepb.ProbeRequest) (*corepb.ProbeReply, error) {
	tenant := r.GetTenant()
	if err := s.door.bind(ctx, &tenant); err != nil {
		return &corepb.ProbeReply{Error: toError(err)}, nil
	}
	out, err := s.core.Probe(ctx, tenant, r.GetAccount())
	if err != nil {
		return &corepb.ProbeReply{Error: toError(err)}, nil
	}
	return &corepb.ProbeReply{Results: list(out, toProbe)}, nil
}

// Lookup translates for core.Workbench.
func (s *server) Lookup(ctx context.Context, r *corepb.LookupRequest) (*corepb.LookupReply, error) {
	tenant := r.GetTenant()
	if err := s.door.bind(ctx, &tenant); err != nil {
		return &corepb.LookupReply{Error: toError(err)}, nil
	}
	id, err := s.core.Lookup(ctx, tenant, r.GetAccount(), fromPerson(r.GetPerson()))
	if err != nil {
		return &corepb.LookupReply{Error: toError(err)}, nil
	}
	return &corepb.LookupReply{Id: valid(id)}, nil
}

// Reload translates for core.Reloader.
func (s *server) Reload(ctx context.Context, _ *corepb.ReloadRequest) (*corepb.ReloadReply, error) {
	return &corepb.ReloadReply{Error: toError(s.core.Reload(ctx))}, nil
}

// survive keeps a panic on one call from ending the core for all. The panic's own words may
// hold what was being sent, so only those of the runtime are logged.
func survive(logger *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (reply any, err error) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			words := fmt.Sprintf("%T", cause)
			if e, ok := cause.(runtime.Error); ok {
				words = e.Error()
			}
			logger.ErrorContext(ctx, "a call made the core panic",
				slog.String("method", info.FullMethod),
				slog.String("panic", words),
				slog.String("stack", string(debug.Stack())))
			reply, err = nil, status.Error(codes.Internal, "the core failed on this call, which is a bug: its log has the stack")
		}()
		return next(ctx, req)
	}
}
