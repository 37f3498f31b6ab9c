package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const hostedTenant = "org-1"

// openHosted opens an engine whose host owns the configuration, as the Grafana app does.
func (h *house) openHosted(known map[string]*config.Config) {
	h.t.Helper()
	e, err := Open(h.t.Context(), Options{Dir: h.dir, Types: h.types(), Tenants: known})
	require.NoError(h.t, err)
	h.Engine = e
}

func (h *house) submitHosted(point, key string) core.Result {
	h.t.Helper()
	r, err := h.Submit(h.t.Context(), core.Submission{
		Tenant: hostedTenant, ContactPoint: point, Group: group(key, alert.High, alert.Firing, key), Wait: time.Second,
	})
	require.NoError(h.t, err)
	return r
}

// leaveOneWaiting lets a delivery of a hosted tenant wait on disk.
func (h *house) leaveOneWaiting() {
	h.t.Helper()
	h.card.set(func(sender.Op, string, int) error { return errDown })
	h.openHosted(map[string]*config.Config{hostedTenant: h.cfg})
	require.Equal(h.t, core.StateWaiting, h.submitHosted("card", "disk").State)
	h.close()
	h.card.set(nil)
}

func TestWhatWaitsForATenantThatIsNotConfiguredYetIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.leaveOneWaiting()
		tried := len(h.card.done())

		h.openHosted(nil)
		defer h.close()
		settleFor(time.Hour)
		require.Len(t, h.card.done(), tried)
		page, err := h.History(t.Context(), core.HistoryQuery{Tenant: hostedTenant})
		require.NoError(t, err)
		require.Equal(t, core.StateWaiting, page.Deliveries[0].State, "an account that nobody described yet is not gone")

		require.NoError(t, h.Reconfigure(hostedTenant, h.cfg))
		settleFor(time.Second)
		require.Len(t, h.card.done(), tried+1, "it goes on as soon as its host says how")
	})
}

func TestWhatWaitsGoesOnWithTheConfigurationsKnownAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.leaveOneWaiting()
		tried := len(h.card.done())
		broken := &config.Config{Accounts: map[string]config.Account{"x": {Name: "x", Type: "nobody knows"}}}
		h.openHosted(map[string]*config.Config{hostedTenant: h.cfg, "org-2": broken})
		defer h.close()
		settleFor(time.Minute)
		require.Len(t, h.card.done(), tried+1, "another tenant's fault does not hold it up")
	})
}

func TestReconfigureTriesAgainWhatFailedBecauseOfItsSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.robot.set(func(sender.Op, string, int) error {
			return sender.Permanent(sender.ReasonAuth, errDown)
		})
		h.openHosted(map[string]*config.Config{hostedTenant: h.cfg})
		defer h.close()
		require.Equal(t, core.StateFailed, h.submitHosted("robot", "disk").State)
		h.robot.set(nil)
		require.NoError(t, h.Reconfigure(hostedTenant, standard()))
		settleFor(time.Second)
		require.Len(t, h.robot.done(), 2)
		require.ErrorIs(t, h.Reconfigure(hostedTenant, &config.Config{Accounts: map[string]config.Account{"x": {Type: "?"}}}), core.ErrConfig)
	})
}

func TestADraftIsPreviewedWithoutBeingInForce(t *testing.T) {
	h := newHouse(t)
	h.openHosted(map[string]*config.Config{hostedTenant: h.cfg})
	defer h.close()
	draft := standard()
	point := draft.ContactPoints["robot"]
	point.Name = "draft"
	draft.ContactPoints = map[string]config.ContactPoint{"draft": point}
	s := core.Submission{Tenant: hostedTenant, ContactPoint: "draft", Group: group("k", alert.High, alert.Firing, "disk")}
	list, err := h.PreviewDraft(t.Context(), draft, s)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Contains(t, string(list[0].Parts[0].Content), "disk")
	_, err = h.Preview(t.Context(), s)
	require.ErrorIs(t, err, core.ErrUnknownContactPoint)
	_, err = h.PreviewDraft(t.Context(), &config.Config{Accounts: map[string]config.Account{"x": {Type: "?"}}}, s)
	require.ErrorIs(t, err, core.ErrConfig)
}
