package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
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

// mailTo is a configuration of one mail account and some addresses.
const mailTo = `
accounts:
  mail: {type: email, base_url: "smtp://%s", from: alerts@example.com, username: alerts@example.com, password: mail-demo-code%s}
contact_points:
  - {name: robot, steps: [{notify: [{account: mail, to: ["email:lilei@example.com", "email:hanmeimei@example.com", "email:nobody@example.com"]}]}]}
`

// withMail is an engine before the sandbox's mail service, in one process.
func withMail(t *testing.T, more string) (*engine.Engine, *sandbox.Sandbox) {
	t.Helper()
	play, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	e, err := engine.Open(t.Context(), engine.Options{
		Dir: t.TempDir(), Types: provider.Manifests(), Dial: play.Dial(sandbox.LineSMTP),
		Load: func() (*config.Config, error) {
			return config.Parse("test.yaml", fmt.Appendf(nil, mailTo, "localhost", more), provider.Manifests(), config.Options{})
		},
	})
	require.NoError(t, err)
	return e, play
}

func mailCalls(play *sandbox.Sandbox, endpoint, outcome string) (n int64) {
	for _, c := range play.Figures().Calls {
		if c.Endpoint == endpoint && c.Outcome == outcome {
			n += c.Count
		}
	}
	return n
}

func mailbox(play *sandbox.Sandbox, address string) []stage.Message {
	return play.Messages(stage.Filter{Conversation: "email:" + address})
}

// TestAMailWhoseAnswerIsLostIsSentAgainAsTheSame loses the reply to the last dot: nobody knows, so the mail goes out
// again, with the Message-ID by which the reader's mail program knows it.
func TestAMailWhoseAnswerIsLostIsSentAgainAsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, play := withMail(t, ", tls: none")
		defer func() { require.NoError(t, e.Close()) }()
		require.NoError(t, play.SetFaults(stage.Fault{Provider: "email", Kind: stage.FaultLoseAnswer, Times: 1}))
		submitOne(t, e, "disk", alert.Critical)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		page, err := e.History(t.Context(), core.HistoryQuery{Tenant: config.MainTenant})
		require.NoError(t, err)
		state := map[string]core.State{}
		for _, d := range page.Deliveries {
			state[d.Target] = d.State
		}
		require.Equal(t, map[string]core.State{
			"email:lilei@example.com": core.StateDelivered, "email:hanmeimei@example.com": core.StateDelivered, "email:nobody@example.com": core.StateFailed,
		}, state)
		first := mailbox(play, "lilei@example.com")
		require.Len(t, first, 2, "sent, and sent again")
		require.Len(t, mailbox(play, "hanmeimei@example.com"), 2)
		require.ElementsMatch(t, []string{"lilei@example.com", "hanmeimei@example.com"}, strings.Split(first[0].To, ", "),
			"one mail for both, without whom the server refused")
		same := first[0].Key == first[1].Key || mailbox(play, "hanmeimei@example.com")[0].Key == mailbox(play, "hanmeimei@example.com")[1].Key
		require.True(t, same, "the mail that the batch was named by keeps its Message-ID")
	})
}

// TestAMailServiceThatIsDownLosesNothing refuses connections, then is slow beyond the timeout, then works.
func TestAMailServiceThatIsDownLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, play := withMail(t, ", tls: none, timeout: 2s")
		defer func() { require.NoError(t, e.Close()) }()
		require.NoError(t, play.SetFaults(
			stage.Fault{Provider: "email", Kind: stage.FaultRefuse, Times: 3},
			stage.Fault{Provider: "email", Endpoint: "sender", Kind: stage.FaultCode, Code: "451 4.7.1", Times: 2},
		))
		submitOne(t, e, "disk", alert.Warning)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Len(t, mailbox(play, "lilei@example.com"), 1, "neither lost nor doubled")
		require.Len(t, mailbox(play, "hanmeimei@example.com"), 1)
		require.EqualValues(t, 2, mailCalls(play, "sender", "fault:code"))
	})
}

// TestMailGoesEncrypted lets the service insist on STARTTLS with a certificate of its own.
func TestMailGoesEncrypted(t *testing.T) {
	secured := func(t *testing.T, ca bool) (*engine.Engine, *sandbox.Sandbox) {
		t.Helper()
		play, err := sandbox.New(sandbox.Options{})
		require.NoError(t, err)
		require.NoError(t, play.Add(stage.World{Plays: map[string]json.RawMessage{"email": json.RawMessage(`{"tls":true}`)}}))
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		taken := make(chan error, 1)
		go func() { taken <- play.ServeLine(context.WithoutCancel(t.Context()), sandbox.LineSMTP, l) }()
		t.Cleanup(func() { _ = l.Close(); require.NoError(t, <-taken) })
		var world struct {
			Certificate string `json:"certificate"`
		}
		require.NoError(t, json.Unmarshal(play.View().Plays["email"], &world))
		more := ""
		if ca {
			quoted, err := json.Marshal(world.Certificate)
			require.NoError(t, err)
			more = ", ca: " + string(quoted)
		}
		e, err := engine.Open(t.Context(), engine.Options{
			Dir: t.TempDir(), Types: provider.Manifests(),
			Load: func() (*config.Config, error) {
				return config.Parse("test.yaml", fmt.Appendf(nil, mailTo, l.Addr(), more), provider.Manifests(), config.Options{})
			},
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, e.Close()) })
		return e, play
	}
	e, play := secured(t, true)
	checks, err := e.Probe(t.Context(), config.MainTenant, "mail")
	require.NoError(t, err)
	require.Len(t, checks, 1)
	require.Len(t, checks[0].Checks, 2)
	for _, c := range checks[0].Checks {
		require.True(t, c.OK, c.Detail)
	}
	require.Zero(t, mailCalls(play, "receiver", "0"), "a probe names no recipient")
	require.EqualValues(t, 1, mailCalls(play, "login", "0"))

	e, play = secured(t, false)
	checks, err = e.Probe(t.Context(), config.MainTenant, "mail")
	require.NoError(t, err)
	require.False(t, checks[0].Checks[0].OK)
	require.Contains(t, checks[0].Checks[0].Hint.EN, "own CA into ca")
	require.Zero(t, mailCalls(play, "login", "0"), "no password for whom nobody vouches")
}
