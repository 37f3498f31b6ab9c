package engine

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestWhatPeopleAreAlertedByStartsFromZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t).open()
		defer h.close()
		metrics := func() string {
			b, err := h.Metrics(t.Context())
			require.NoError(t, err)
			return string(b)
		}
		begun := func(account, typ string) []string {
			labels := `{account="` + account + `",type="` + typ + `"} 0`
			return []string{
				`yunluo_deliveries_total{account="` + account + `",outcome="failed",reason="auth",type="` + typ + `"} 0`,
				`yunluo_deliveries_total{account="` + account + `",outcome="failed",reason="unavailable",type="` + typ + `"} 0`,
				`yunluo_deliveries_total{account="` + account + `",outcome="unknown",reason="outcome_unknown",type="` + typ + `"} 0`,
				"yunluo_limit_refusals_total" + labels, "yunluo_limit_waits_total" + labels, "yunluo_folded_total" + labels, "yunluo_superseded_total" + labels,
			}
		}
		for _, series := range append(begun("card", "card"), begun("robot", "robot")...) {
			require.Contains(t, metrics(), series)
		}
		second := h.cfg.Accounts["robot"]
		second.Name = "second"
		h.cfg.Accounts["second"] = second
		require.NoError(t, h.Reload(t.Context()))
		for _, series := range begun("second", "robot") {
			require.Contains(t, metrics(), series)
		}
	})
}
