package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// everythingConfig sends one group to the demo's contact point that has every type; %[1]s is Yunluo.
const everythingConfig = `
route: {receiver: everything, group_by: [cluster], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}
receivers:
  - name: everything
    webhook_configs: [{url: '%[1]s/api/v1/alertmanager/everything'}]
`

// TestOneGroupReachesEveryType sends a real Alertmanager's group to an account of each type at once, while all that one
// provider offers is out of reach: the others do not wait for it, and it gets the group when it is back.
func TestOneGroupReachesEveryType(t *testing.T) {
	t.Parallel()
	const down = "wecom"
	dir := t.TempDir()
	demo := start(t, []string{"LC_ALL=zh_CN.UTF-8"}, binary, "demo", "--dir", dir, "--listen", "127.0.0.1:0", "--sandbox", "127.0.0.1:0")
	eventually(t, patience, "the demo says how to go on", func() bool { return strings.Contains(demo.out.String(), "Ctrl-C") })
	said := demo.out.String()
	b := &box{process: demo, url: first(t, said, `看收件箱：\s+(http://\S+)/`)}
	receiver, socket := first(t, said, `curl -X POST (http://\S+)/api/`), first(t, said, `yunluo history --core (\S+)`)
	types := func(state core.State) map[string]int {
		t.Helper()
		code, out, errs := run(t, nil, "history", "--json", "--contact-point", "everything", "--state", string(state), "--core", socket)
		require.Equal(t, 0, code, errs)
		found := map[string]int{}
		for in := json.NewDecoder(strings.NewReader(out)); in.More(); {
			var d core.Delivery
			require.NoError(t, in.Decode(&d))
			found[d.Type]++
		}
		return found
	}

	// It answers nothing, for longer than anybody would wait.
	b.faults(t, stage.Fault{Provider: down, Kind: stage.FaultSlow, DelayMS: 120_000})
	source := startSource(t, "0.31.1", fmt.Sprintf(everythingConfig, receiver))
	var group []prometheusAlert
	for i := range 3 {
		group = append(group, fires("everything", fmt.Sprintf("支付接口错误率过高-%d", i+1), "critical", "cluster", "prod-1", "instance", fmt.Sprintf("10.0.0.%d", i+1)))
	}
	source.send(group...)
	eventually(t, patience, "all types but those that are down have it", func() bool {
		delivered := types(core.StateDelivered)
		for _, m := range provider.Manifests() {
			if (m.Provider != down) != (delivered[m.Type] > 0) {
				return false
			}
		}
		return true
	})
	waiting := types(core.StateWaiting)
	for _, m := range provider.Manifests() {
		if m.Provider == down {
			require.Positive(t, waiting[m.Type], m.Type)
		}
	}
	require.Empty(t, types(core.StateFailed), "nothing fails that only waits")

	b.faults(t)
	eventually(t, 2*patience, "what was down has it too", func() bool {
		delivered := types(core.StateDelivered)
		for _, m := range provider.Manifests() {
			if delivered[m.Type] == 0 {
				return false
			}
		}
		return true
	})
	shown := map[string]stage.Message{}
	for _, m := range b.messages(t, "limit=1000") {
		shown[m.Type] = m
	}
	for _, m := range provider.Manifests() {
		require.Contains(t, shown, m.Type, "the inbox shows it")
		page := b.url + "/?lang=zh&c=" + url.QueryEscape(shown[m.Type].Conversation.ID)
		screenshot(t, page, "everything-"+m.Type+".png")
	}
}
