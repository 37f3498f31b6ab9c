package core

import (
	"context"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Overviewer sums up what happened.
type Overviewer interface {
	// Figures counts deliveries over time. Its errors Is ErrInvalid for a query that is out of bounds.
	Figures(ctx context.Context, q FiguresQuery) ([]Figures, error)
	// Newest gives the newest delivery of each contact point that has one; an urge or a recall does not count.
	Newest(ctx context.Context, tenant string) ([]NewestDelivery, error)
}

// MaxBuckets bounds a FiguresQuery.
const MaxBuckets = 200

// FiguresQuery selects deliveries to count by when they were made. Empty fields select all.
type FiguresQuery struct {
	Tenant       string
	ContactPoint string
	Account      string
	// Since and Until are required, and Buckets is how many parts the time between them has, MaxBuckets at most.
	Since   time.Time
	Until   time.Time
	Buckets int
}

// Figures are counts of what became of the deliveries that were made from At on.
type Figures struct {
	At         time.Time `json:"at"`
	Delivered  int       `json:"delivered"`
	Failed     int       `json:"failed"`
	Waiting    int       `json:"waiting"`
	Unknown    int       `json:"unknown"`
	Superseded int       `json:"superseded"`
}

// NewestDelivery is what became of a contact point's newest delivery. One that was superseded has the state of the delivery
// that tells it.
type NewestDelivery struct {
	ContactPoint string        `json:"-"`
	ID           string        `json:"id"`
	State        State         `json:"state"`
	At           time.Time     `json:"at"`
	Reason       sender.Reason `json:"reason,omitempty"`
	Code         string        `json:"code,omitempty"`
}
