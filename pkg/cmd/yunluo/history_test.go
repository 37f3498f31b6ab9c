package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

func TestABeginningThatFitsSeveralDeliveriesNamesSome(t *testing.T) {
	for name, c := range map[string]struct {
		count int
		next  string
		shows []string
		hides string
	}{
		"few":          {3, "", []string{"01a21777-e2e2-0", "01a21777-e2e2-2; give more"}, "…"},
		"many":         {7, "", []string{"01a21777-e2e2-4, …; give more"}, "01a21777-e2e2-5"},
		"a page's end": {1, "01a21777-e2e2-0", []string{"01a21777-e2e2-0, …"}, "not found"},
	} {
		t.Run(name, func(t *testing.T) {
			page := core.HistoryPage{Next: c.next}
			for i := range c.count {
				page.Deliveries = append(page.Deliveries, core.Delivery{ID: fmt.Sprintf("01a21777-e2e2-%d", i)})
			}
			cli := newCLI(t)
			cli.serves(&fakeCore{page: page})
			for _, more := range [][]string{nil, {"--json"}} {
				r := cli.run(append([]string{"history", "01a21777-e2e2"}, more...)...)
				require.Equal(t, exitUsage, r.code)
				require.Empty(t, r.out)
				for _, want := range append(c.shows, "several deliveries begin with 01a21777-e2e2") {
					require.Contains(t, r.err, want)
				}
				require.NotContains(t, r.err, c.hides)
			}
		})
	}
}

func TestADigestOfSeveralGroupsHasNoEmptyFacts(t *testing.T) {
	c := newCLI(t)
	c.serves(&fakeCore{page: core.HistoryPage{Deliveries: []core.Delivery{{ID: "01a21777-e2e2-0", ContactPoint: "ops, payments", GroupKey: "one, two"}}}})
	page := c.run("history", "01a21777-e2e2-0")
	require.Regexp(t, `contact point +ops, payments, step 1\n`, page.out)
	require.Regexp(t, `group +one, two\n`, page.out)
	require.Contains(t, c.run("history", "--json").out, `"alerts":[]`)
}
