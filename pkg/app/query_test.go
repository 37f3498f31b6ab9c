package app

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

func TestQueriesAreRead(t *testing.T) {
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	values, err := url.ParseQuery("state=failed&search=a%20b&after=x&limit=7&since=2026-11-25T00:00:00Z&contact_point=ops")
	require.NoError(t, err)
	history, err := historyQuery(values)
	require.NoError(t, err)
	require.Equal(t, core.HistoryQuery{
		State: core.StateFailed, Search: "a b", After: "x", Limit: 7, Since: now.Add(-32 * time.Hour), ContactPoint: "ops",
	}, history)
	figures, err := figuresQuery(url.Values{"account": {"robot"}}, now)
	require.NoError(t, err)
	require.Equal(t, core.FiguresQuery{Account: "robot", Buckets: 24, Since: now.Add(-24 * time.Hour), Until: now}, figures)
	for raw, says := range map[string]string{"since=yesterday": "the parameter since", "tenant=org-2": `there is no parameter "tenant"`} {
		values, err := url.ParseQuery(raw)
		require.NoError(t, err)
		_, err = historyQuery(values)
		require.ErrorIs(t, err, core.ErrInvalid)
		require.ErrorContains(t, err, says)
		_, err = figuresQuery(values, now)
		require.ErrorContains(t, err, says)
	}
}
