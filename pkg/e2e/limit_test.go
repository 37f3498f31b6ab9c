package e2e

import (
	"fmt"
	"slices"
	"strings"
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

// oneRobot is an engine with the sandbox's DingTalk robot of 20 messages a minute, in one process and fake time.
func oneRobot(t *testing.T) (*engine.Engine, *sandbox.Sandbox) {
	t.Helper()
	play, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	const text = `
accounts:
  robot: {type: dingtalk_robot, access_token: demo-robot-token, secret: SECdemo0123456789, base_url: "http://sandbox.test"}
contact_points:
  - {name: robot, steps: [{notify: [{account: robot}]}]}
`
	e, err := engine.Open(t.Context(), engine.Options{
		Dir: t.TempDir(), Types: provider.Manifests(), Transport: play.Transport(),
		Load: func() (*config.Config, error) {
			return config.Parse("test.yaml", []byte(text), provider.Manifests(), config.Options{})
		},
	})
	require.NoError(t, err)
	return e, play
}

func submitOne(t *testing.T, e *engine.Engine, name string, s alert.Severity) {
	t.Helper()
	_, err := e.Submit(t.Context(), core.Submission{Tenant: config.MainTenant, ContactPoint: "robot", Group: alert.Group{
		Source: "default", Kind: "api", Key: name, Status: alert.Firing, Alerts: []alert.Alert{{
			Fingerprint: name, Status: alert.Firing, Severity: s, StartsAt: time.Now(), Labels: map[string]string{"alertname": name},
		}},
	}})
	require.NoError(t, err)
}

// refused counts the calls that the provider did not take.
func refused(play *sandbox.Sandbox) (n int64) {
	for _, c := range play.Figures().Calls {
		if c.Outcome != "0" {
			n += c.Count
		}
	}
	return n
}

// TestFiveHundredAlertsInASecondToOneRobot asks that a robot of 20 a minute refuses nothing, that each of 500 alerts is
// named, and that what is critical comes first.
func TestFiveHundredAlertsInASecondToOneRobot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, play := oneRobot(t)
		defer func() { require.NoError(t, e.Close()) }()
		begin := time.Now()
		var names, critical []string
		for i := range 500 {
			name, s := fmt.Sprintf("alert-%03d", i), alert.Warning
			if i%50 == 7 {
				s = alert.Critical
				critical = append(critical, name)
			}
			names = append(names, name)
			submitOne(t, e, name, s)
			time.Sleep(2 * time.Millisecond)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		require.Zero(t, refused(play), "the provider refuses nothing")
		told := play.Messages(stage.Filter{})
		slices.SortFunc(told, func(x, y stage.Message) int { return x.At.Compare(y.At) })
		first := map[string]time.Duration{}
		for _, m := range told {
			for _, name := range names {
				if _, known := first[name]; !known && strings.Contains(string(m.Content), name) {
					first[name] = m.At.Sub(begin)
				}
			}
		}
		for _, name := range names {
			require.Contains(t, first, name, "every alert is named")
			require.Less(t, first[name], 2*time.Minute, name)
		}
		for _, name := range critical {
			require.Less(t, first[name], 2*time.Second, "%s is critical", name)
		}
		require.Less(t, len(told), 60)
	})
}

// TestADisasterAfterTwentyTrifles asks that the place kept for it lets a disaster leave at once, alone.
func TestADisasterAfterTwentyTrifles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, play := oneRobot(t)
		defer func() { require.NoError(t, e.Close()) }()
		for i := range 20 {
			submitOne(t, e, fmt.Sprintf("trifle-%02d", i), alert.Info)
			time.Sleep(200 * time.Millisecond)
		}
		at := time.Now()
		submitOne(t, e, "disaster", alert.Critical)
		time.Sleep(time.Second)
		synctest.Wait()
		told := play.Messages(stage.Filter{Text: "disaster"})
		require.Len(t, told, 1)
		require.Less(t, told[0].At.Sub(at), 100*time.Millisecond)
		require.NotContains(t, string(told[0].Content), "trifle")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		require.Zero(t, refused(play))
		for i := range 20 {
			require.NotEmpty(t, play.Messages(stage.Filter{Text: fmt.Sprintf("trifle-%02d", i)}))
		}
	})
}
