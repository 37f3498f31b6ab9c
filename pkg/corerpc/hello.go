package corerpc

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
)

// hello says who we are and checks who answers. A refusal Is ErrRefused.
func hello(ctx context.Context, rpc corepb.CoreClient, request *corepb.HelloRequest) error {
	reply, err := rpc.Hello(ctx, request)
	switch {
	case err != nil:
		return lost(ctx, err)
	case reply.GetProtocol() != request.GetProtocol():
		return refused(otherProtocol(request.GetBuild(),
			int64(request.GetProtocol()), reply.GetBuild(), int64(reply.GetProtocol())))
	case reply.GetRefused() != "":
		return refused(errors.New(reply.GetRefused()))
	}
	return nil
}

// maxGreetings bounds how often one call meets a connection that has not said Hello.
const maxGreetings = 3

// greeter says Hello wherever it is missing. gRPC replaces a lost connection without telling, so
// a core that was restarted refuses the first call, unseen and unread: it is made again after Hello.
type greeter struct{ request *corepb.HelloRequest }

// intercept is a grpc.UnaryClientInterceptor.
func (g greeter) intercept(
	ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	var err error
	for range maxGreetings {
		err = invoke(ctx, method, req, reply, cc, opts...)
		if method == corepb.Core_Hello_FullMethodName || status.Code(err) != codes.FailedPrecondition {
			return err
		}
		if err := hello(ctx, corepb.NewCoreClient(cc), g.request); err != nil {
			return err
		}
	}
	return err
}
