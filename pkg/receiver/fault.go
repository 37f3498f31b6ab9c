package receiver

import (
	"context"
	"errors"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// faultOf words what a core or a decoder did not accept.
func (s *Server) faultOf(ctx context.Context, v *view, contactPoint string, err error) *answer.Fault {
	if ctx.Err() == nil && errors.Is(err, core.ErrUnknownContactPoint) {
		return answer.UnknownContactPoint(contactPoint, s.contactPoints(ctx, v), err)
	}
	return answer.FaultOf(ctx, err)
}

// contactPoints asks the core for a moment, and falls back to the configuration at hand.
func (s *Server) contactPoints(ctx context.Context, v *view) []string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	infos, err := s.core.ContactPoints(ctx, config.MainTenant)
	if err != nil {
		return v.contactPoints()
	}
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name
	}
	return names
}
