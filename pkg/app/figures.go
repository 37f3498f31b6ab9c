package app

import (
	"net/url"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

const (
	// figuresSpan and figuresBuckets are what is shown when nothing is asked for.
	figuresSpan    = 24 * time.Hour
	figuresBuckets = 24
)

// figures counts deliveries by when they were made.
func (a *App) figures(c *call) (any, error) {
	q, err := figuresQuery(c.URL.Query(), time.Now())
	if err != nil {
		return nil, err
	}
	r, err := a.rooms.get(c.Context())
	if err != nil {
		return nil, err
	}
	q.Tenant = c.tenant.name
	list, err := r.core.Figures(c.Context(), q)
	if err != nil {
		return nil, err
	}
	return map[string][]core.Figures{"buckets": append([]core.Figures{}, list...)}, nil
}

func figuresQuery(values url.Values, now time.Time) (core.FiguresQuery, error) {
	q := core.FiguresQuery{Buckets: figuresBuckets}
	err := parameters(values, map[string]func(string) error{
		"contact_point": word(&q.ContactPoint), "account": word(&q.Account), "since": moment(&q.Since), "until": moment(&q.Until), "buckets": number(&q.Buckets),
	})
	if q.Until.IsZero() {
		q.Until = now
	}
	if q.Since.IsZero() {
		q.Since = q.Until.Add(-figuresSpan)
	}
	return q, err
}
