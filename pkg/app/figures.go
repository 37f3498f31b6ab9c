package app

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
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
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values.Get(name)
		var err error
		switch name {
		case "contact_point":
			q.ContactPoint = value
		case "account":
			q.Account = value
		case "since":
			q.Since, err = time.Parse(time.RFC3339, value)
		case "until":
			q.Until, err = time.Parse(time.RFC3339, value)
		case "buckets":
			q.Buckets, err = strconv.Atoi(value)
		default:
			return q, fmt.Errorf("%w: there is no parameter %q", core.ErrInvalid, name)
		}
		if err != nil {
			return q, fmt.Errorf("%w: the parameter %s: %w", core.ErrInvalid, name, err)
		}
	}
	if q.Until.IsZero() {
		q.Until = now
	}
	if q.Since.IsZero() {
		q.Since = q.Until.Add(-figuresSpan)
	}
	return q, nil
}
