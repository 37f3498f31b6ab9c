package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// hall is an engine with every account of the sandbox and one contact point, in one process and fake time.
type hall struct {
	*testing.T
	*engine.Engine
	play *sandbox.Sandbox
}

// rescue is a next step that always works: a robot's group.
const rescue = `{on: failure, notify: [{account: dingtalk-demo}]}`

// inHall runs a test with the steps of its contact point, as YAML, and what the plays know besides, as JSON by play.
func inHall(t *testing.T, steps string, world map[string]string, test func(*hall)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		play, err := sandbox.New(sandbox.Options{})
		require.NoError(t, err)
		more := stage.World{Plays: map[string]json.RawMessage{}}
		for name, raw := range world {
			more.Plays[name] = json.RawMessage(raw)
		}
		require.NoError(t, play.Add(more))
		text := accountsOf(t, play.Accounts()) + `
people:
  - {name: lilei, title: 李雷, email: lilei@example.com, mobile: "+8613800000001"}
  - {name: hanmeimei, title: 韩梅梅, email: hanmeimei@example.com, mobile: "+8613800000002"}
  - {name: zhaoliu, title: 赵六, email: zhaoliu@example.com, mobile: "+8613800000009"}
contact_points: [{name: hall, steps: [` + steps + `]}]
`
		e, err := engine.Open(t.Context(), engine.Options{
			Dir: t.TempDir(), Types: provider.Manifests(), Transport: play.Transport(), Dial: play.Dial(sandbox.LineSMTP),
			Load: func() (*config.Config, error) {
				return config.Parse("test.yaml", []byte(text), provider.Manifests(), config.Options{})
			},
		})
		require.NoError(t, err)
		defer func() { require.NoError(t, e.Close()) }()
		test(&hall{t, e, play})
	})
}

// tell submits one alert; its title is its name.
func (h *hall) tell(name string, s alert.Severity, status alert.Status) {
	h.Helper()
	now := time.Now()
	one := alert.Alert{Fingerprint: name, Status: status, Severity: s, StartsAt: now, Labels: map[string]string{"alertname": name}, GeneratorURL: "https://prometheus.example.com/graph"}
	if status == alert.Resolved {
		one.EndsAt = now
	}
	_, err := h.Submit(h.Context(), core.Submission{Tenant: config.MainTenant, ContactPoint: "hall", Group: alert.Group{
		Source: "default", Kind: "api", Key: name, Status: status, Alerts: []alert.Alert{one},
	}})
	require.NoError(h, err)
}

func (h *hall) fire(name string) { h.tell(name, alert.Critical, alert.Firing) }

// pass lets time pass.
func (h *hall) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// deliveries are an account's, oldest first.
func (h *hall) deliveries(account string) []core.Delivery {
	h.Helper()
	var list []core.Delivery
	q := core.HistoryQuery{Tenant: config.MainTenant, Account: account}
	for {
		page, err := h.History(h.Context(), q)
		require.NoError(h, err)
		list = append(list, page.Deliveries...)
		if page.Next == "" {
			break
		}
		q.After = page.Next
	}
	slices.Reverse(list)
	return list
}

// arrived are the messages of a type.
func (h *hall) arrived(typ string) []stage.Message {
	return slices.DeleteFunc(h.play.Messages(stage.Filter{}), func(m stage.Message) bool { return m.Type != typ })
}

// calls counts the calls of an endpoint by their outcome.
func (h *hall) calls(endpoint string) map[string]int64 {
	got := map[string]int64{}
	for _, c := range h.play.Figures().Calls {
		if c.Endpoint == endpoint {
			got[c.Outcome] += c.Count
		}
	}
	return got
}
