package corerpc

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func attach(tb testing.TB, address string, opts AttachOptions) *Client {
	tb.Helper()
	c, err := Attach(tb.Context(), address, opts)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, c.Close()) })
	return c
}

func TestEveryCallCrosses(t *testing.T) {
	address := Address(socketDir(t))
	serve(t, &fakeCore{}, address, nil)
	requireEveryCall(t, attach(t, address, AttachOptions{}))
}

// requireEveryCall makes every call of core.Core at a fakeCore behind c.
func requireEveryCall(t *testing.T, c core.Core) {
	t.Helper()
	ctx := t.Context()

	result, err := c.Submit(ctx, core.Submission{ContactPoint: "echo", Group: alert.Group{Key: "k"}})
	require.NoError(t, err)
	require.Equal(t, core.Result{GroupID: "k", State: core.StateDelivered}, result)
	result, err = c.Submit(ctx, core.Submission{ContactPoint: "refused"})
	require.NoError(t, err, "a provider's refusal is a result")
	require.Equal(t, sender.ReasonAuth, result.Deliveries[0].Reason)
	_, err = c.Submit(ctx, core.Submission{ContactPoint: "paymens"})
	require.ErrorIs(t, err, core.ErrUnknownContactPoint)
	require.NotErrorIs(t, err, core.ErrUnreachable)
	require.EqualError(t, err, `unknown contact point: "paymens": there are echo and block`)

	require.NoError(t, c.Resend(ctx, "main", "there"))
	require.ErrorIs(t, c.Resend(ctx, "main", "gone"), core.ErrNotFound)
	page, err := c.History(ctx, core.HistoryQuery{ID: "d1", Search: "磁盘", Tenant: "main"})
	require.NoError(t, err)
	require.Equal(t, core.HistoryPage{Next: "main", Deliveries: []core.Delivery{{ID: "d1", Text: "磁盘"}}}, page)
	since := time.Unix(1764150000, 0).UTC()
	figures, err := c.Figures(ctx, core.FiguresQuery{Since: since, Buckets: 24})
	require.NoError(t, err)
	require.Equal(t, []core.Figures{{At: since, Delivered: 24}}, figures)
	_, err = c.Figures(ctx, core.FiguresQuery{Buckets: core.MaxBuckets + 1})
	require.ErrorIs(t, err, core.ErrInvalid)
	newest, err := c.Newest(ctx, "main")
	require.NoError(t, err)
	require.Equal(t, []core.NewestDelivery{{ContactPoint: "echo", ID: "main"}}, newest)
	health, err := c.Health(ctx)
	require.NoError(t, err)
	require.True(t, health.Ready)
	text, err := c.Metrics(ctx)
	require.NoError(t, err)
	require.Equal(t, "up 1\n", string(text))
	types, err := c.Types(ctx)
	require.NoError(t, err)
	require.True(t, types[0].CanUrge(sender.UrgeApp))
	require.Nil(t, types[0].New)
	points, err := c.ContactPoints(ctx, "main")
	require.NoError(t, err)
	require.Equal(t, []core.ContactPointInfo{{Name: "echo", Title: "main"}}, points)

	result, err = c.Test(ctx, core.Test{Severity: alert.High, Text: "试一下"})
	require.NoError(t, err)
	require.Equal(t, "high 试一下", result.GroupID)
	previews, err := c.Preview(ctx, core.Submission{ContactPoint: "p"})
	require.NoError(t, err)
	require.JSONEq(t, `{"a":1}`, string(previews[0].Parts[0].Content))
	probes, err := c.Probe(ctx, "main", "ops")
	require.NoError(t, err)
	require.Equal(t, []core.ProbeResult{{Account: "ops", Type: "main", Checks: []sender.Check{{OK: true}}}}, probes)
	id, err := c.Lookup(ctx, "main", "ops", sender.Person{Name: "li", Email: "li@example.com"})
	require.NoError(t, err)
	require.Equal(t, "ou_li", id)
	_, err = c.Lookup(ctx, "main", "ops", sender.Person{Name: "li"})
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(err).Reason)
	require.ErrorIs(t, c.Reload(ctx), core.ErrConfig)
}

func TestTwentyMebibytesCrossBothWays(t *testing.T) {
	address := Address(socketDir(t))
	serve(t, &fakeCore{}, address, nil)
	requireLarge(t, attach(t, address, AttachOptions{}))
}

func requireLarge(t *testing.T, c core.Core) {
	t.Helper()
	large := strings.Repeat("名", 20<<20/3)
	result, err := c.Submit(t.Context(), core.Submission{ContactPoint: "echo", Group: alert.Group{ExternalURL: large}})
	require.NoError(t, err)
	require.Equal(t, len(large), len(result.Duplicate)) //nolint:testifylint // Len would print both.
	require.True(t, large == result.Duplicate)          //nolint:testifylint // Equal would print both.

	_, err = c.Submit(t.Context(), core.Submission{ContactPoint: "echo", Group: alert.Group{ExternalURL: large + large}})
	require.ErrorIs(t, err, core.ErrInvalid)
	require.ErrorContains(t, err, "32 MiB")
}

func TestHelloComesFirst(t *testing.T) {
	address := Address(socketDir(t))
	serve(t, &fakeCore{}, address, nil)
	raw, err := grpc.NewClient("unix:"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer raw.Close()
	_, err = corepb.NewCoreClient(raw).Health(t.Context(), &corepb.HealthRequest{})
	require.ErrorContains(t, err, "the first call on a connection is Hello")
}

func TestAnotherProtocolIsRefusedAndBothVersionsNamed(t *testing.T) {
	address := Address(socketDir(t))
	serve(t, &fakeCore{}, address, func(o *ServeOptions) { o.Build = "core-v2" })
	d := &dialer{address: address, uids: uidCheck{own: os.Geteuid()}}
	_, err := d.attach(t.Context(), &corepb.HelloRequest{Protocol: 99, Build: "host-v9"})
	require.ErrorIs(t, err, ErrRefused)
	require.ErrorIs(t, err, core.ErrUnreachable)
	for _, word := range []string{"host-v9", "protocol 99", "core-v2", "protocol 1"} {
		require.ErrorContains(t, err, word)
	}
}

func TestAServerRefusesAnotherProtocolToo(t *testing.T) {
	d := &door{build: "core-v2"}
	err := d.greet(t.Context(), &corepb.HelloRequest{Protocol: 99, Build: "host-v9"})
	require.ErrorContains(t, err, "host-v9")
	require.ErrorContains(t, err, "core-v2")
}

func TestAConnectionKeepsToItsTenant(t *testing.T) {
	address := Address(socketDir(t))
	fake := &fakeCore{}
	serve(t, fake, address, func(o *ServeOptions) { o.Tenants = []string{"main", "org-2"} })

	_, err := Attach(t.Context(), address, AttachOptions{Tenant: "org-7"})
	require.ErrorIs(t, err, ErrRefused)
	require.ErrorContains(t, err, `"org-7": it serves main, org-2`)

	c := attach(t, address, AttachOptions{Tenant: "main"})
	_, err = c.Submit(t.Context(), core.Submission{Tenant: "org-2", ContactPoint: "echo"})
	require.ErrorIs(t, err, core.ErrInvalid)
	require.Nil(t, fake.tenant.Load())
	_, err = c.Submit(t.Context(), core.Submission{ContactPoint: "echo"})
	require.NoError(t, err)
	require.Equal(t, "main", *fake.tenant.Load())
}

func TestAttachSaysWhyItCannot(t *testing.T) {
	dir := socketDir(t)
	_, err := Attach(t.Context(), filepath.Join(dir, "none.sock"), AttachOptions{})
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.ErrorIs(t, err, errNoCore)
	require.NotErrorIs(t, err, ErrRefused)

	_, err = Attach(t.Context(), "core.sock", AttachOptions{})
	require.ErrorIs(t, err, core.ErrInvalid)
	_, err = Attach(t.Context(), "/"+strings.Repeat("x", 200), AttachOptions{})
	require.ErrorContains(t, err, "choose a shorter directory")

	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "left.sock")})
	require.NoError(t, err)
	left.SetUnlinkOnClose(false)
	require.NoError(t, left.Close())
	_, err = Attach(t.Context(), filepath.Join(dir, "left.sock"), AttachOptions{})
	require.ErrorIs(t, err, errNoCore)
}

func TestACallEndsWithItsContext(t *testing.T) {
	address := Address(socketDir(t))
	fake := &fakeCore{}
	serve(t, fake, address, nil)
	c := attach(t, address, AttachOptions{})

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Submit(ctx, core.Submission{ContactPoint: "block"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.Eventually(t, func() bool { return fake.blocked.Load() == 0 }, patience, time.Millisecond, "the deadline crosses")

	ctx, cancel = context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := c.Submit(ctx, core.Submission{ContactPoint: "block"})
		failed <- err
	}()
	require.Eventually(t, func() bool { return fake.blocked.Load() == 1 }, patience, time.Millisecond)
	cancel()
	err = <-failed
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, core.ErrUnreachable)
}

func TestAPanicEndsOneCallOnly(t *testing.T) {
	address := Address(socketDir(t))
	serve(t, &fakeCore{}, address, nil)
	c := attach(t, address, AttachOptions{})
	_, err := c.Submit(t.Context(), core.Submission{ContactPoint: "panic"})
	require.ErrorIs(t, err, core.ErrUnreachable)
	require.ErrorContains(t, err, "bug")
	require.NotContains(t, err.Error(), "secret")
	_, err = c.Health(t.Context())
	require.NoError(t, err)
}

func TestAClientFindsARestartedCore(t *testing.T) {
	address := Address(socketDir(t))
	stop := serve(t, &fakeCore{}, address, nil)
	c := attach(t, address, AttachOptions{Tenant: "main"})
	_, err := c.Health(t.Context())
	require.NoError(t, err)
	require.NoError(t, stop())
	_, err = c.Health(t.Context())
	require.ErrorIs(t, err, core.ErrUnreachable)

	serve(t, &fakeCore{}, address, nil)
	require.Eventually(t, func() bool {
		_, err := c.Health(t.Context())
		return err == nil
	}, patience, 10*time.Millisecond)
	require.NoError(t, c.Close())
	_, err = c.Health(t.Context())
	require.ErrorIs(t, err, core.ErrUnreachable)
}
