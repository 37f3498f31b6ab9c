package corerpc

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// fakeCore does what the contact point's name says.
type fakeCore struct {
	blocked atomic.Int64
	// free lets the blocked calls go; nil blocks them until their context ends.
	free chan struct{}
	// tenants counts what came for whom.
	tenant atomic.Pointer[string]
}

var _ core.Core = (*fakeCore)(nil)

func (f *fakeCore) Submit(ctx context.Context, s core.Submission) (core.Result, error) {
	f.tenant.Store(&s.Tenant)
	word, rest, _ := strings.Cut(s.ContactPoint, " ")
	switch word {
	case "echo":
		return core.Result{GroupID: s.Group.Key, State: core.StateDelivered, Duplicate: s.Group.ExternalURL}, nil
	case "refused":
		return core.Result{State: core.StateFailed, Deliveries: []core.DeliveryOutcome{{
			State: core.StateFailed, Reason: sender.ReasonAuth, Code: "99991663", Text: "app ticket invalid",
		}}}, nil
	case "block":
		f.blocked.Add(1)
		defer f.blocked.Add(-1)
		select {
		case <-f.free:
			return core.Result{State: core.StateDelivered}, nil
		case <-ctx.Done():
			return core.Result{}, ctx.Err()
		}
	case "panic":
		panic("a secret that must not be seen")
	case "die-once":
		if _, err := os.Stat(rest); err != nil {
			_ = os.WriteFile(rest, nil, 0o600)
			os.Exit(7)
		}
		return core.Result{State: core.StateDelivered, GroupID: "second try"}, nil
	case "env":
		return core.Result{Duplicate: strings.Join(os.Environ(), "\n")}, nil
	default:
		return core.Result{}, fmt.Errorf("%w: %q: there are echo and block", core.ErrUnknownContactPoint, s.ContactPoint)
	}
}

func (f *fakeCore) Resend(_ context.Context, _, delivery string) error {
	switch delivery {
	case "there":
		return nil
	case "die":
		os.Exit(7)
	}
	return fmt.Errorf("%w: delivery %s", core.ErrNotFound, delivery)
}

func (f *fakeCore) History(_ context.Context, q core.HistoryQuery) (core.HistoryPage, error) {
	return core.HistoryPage{Next: q.Tenant, Deliveries: []core.Delivery{{ID: q.ID, Text: q.Search}}}, nil
}

func (f *fakeCore) Figures(_ context.Context, q core.FiguresQuery) ([]core.Figures, error) {
	if q.Buckets > core.MaxBuckets {
		return nil, fmt.Errorf("%w: too many", core.ErrInvalid)
	}
	return []core.Figures{{At: q.Since, Delivered: q.Buckets}}, nil
}

func (f *fakeCore) Newest(_ context.Context, tenant string) ([]core.NewestDelivery, error) {
	return []core.NewestDelivery{{ContactPoint: "echo", ID: tenant}}, nil
}

func (f *fakeCore) Health(context.Context) (core.Health, error) {
	return core.Health{Ready: true, PID: os.Getpid(), Waiting: int(f.blocked.Load())}, nil
}

func (f *fakeCore) Metrics(context.Context) ([]byte, error) { return []byte("up 1\n"), nil }

func (f *fakeCore) Types(context.Context) ([]sender.Manifest, error) {
	return []sender.Manifest{{
		Type: "fake", UrgeRepeat: map[sender.UrgeMode]sender.Repeat{sender.UrgeApp: {Kind: sender.Idempotent, For: time.Hour}},
		New: func(sender.Settings, sender.Deps) (sender.Sender, error) { return nil, nil }, //nolint:nilnil // Never called.
	}}, nil
}

func (f *fakeCore) ContactPoints(_ context.Context, tenant string) ([]core.ContactPointInfo, error) {
	return []core.ContactPointInfo{{Name: "echo", Title: tenant}}, nil
}

func (f *fakeCore) Test(_ context.Context, t core.Test) (core.Result, error) {
	if t.Text == "die" {
		os.Exit(7)
	}
	return core.Result{GroupID: t.Severity.String() + " " + t.Text}, nil
}

func (f *fakeCore) Preview(_ context.Context, s core.Submission) ([]core.PreviewResult, error) {
	return []core.PreviewResult{{Account: s.ContactPoint, Parts: []core.PreviewPart{{Content: []byte(`{"a":1}`)}}}}, nil
}

func (f *fakeCore) Probe(_ context.Context, tenant, account string) ([]core.ProbeResult, error) {
	return []core.ProbeResult{{Account: account, Type: tenant, Checks: []sender.Check{{OK: true}}}}, nil
}

func (f *fakeCore) Lookup(_ context.Context, _, account string, p sender.Person) (string, error) {
	if p.Email == "" {
		return "", sender.Permanent(sender.ReasonRecipient, fmt.Errorf("nobody like that in %s", account))
	}
	return "ou_" + p.Name, nil
}

func (f *fakeCore) Reload(context.Context) error {
	return fmt.Errorf("%w: line 3", core.ErrConfig)
}
