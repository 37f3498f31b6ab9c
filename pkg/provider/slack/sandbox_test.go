package slack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	play "github.com/yunluo-alerts/yunluo/pkg/sandbox/slack"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// strict is the sandbox's play, which Slack's own SDKs drive too, with senders for its demo accounts.
func strict(t *testing.T) (*stage.Stage, map[string]sender.Sender) {
	t.Helper()
	s := stage.New(stage.Options{NoLimits: true})
	require.NoError(t, s.Add(stage.Demo()))
	p := play.New(s)
	mux := http.NewServeMux()
	s.Mount(mux, p)
	senders := map[string]sender.Sender{}
	for _, a := range p.Accounts {
		settings := sender.Settings{Account: a.Name, BaseURL: "https://slack.test", Secrets: map[string]secret.Value{}}
		for _, one := range a.Settings {
			if one.Name != "base_url" {
				settings.Secrets[one.Name] = secret.New(strings.ReplaceAll(one.Value, "{url}", settings.BaseURL))
			}
		}
		for _, m := range Manifests() {
			if m.Type == a.Type {
				made, err := m.New(settings, sender.Deps{Transport: roundTripper{mux}})
				require.NoError(t, err)
				senders[a.Type] = made
			}
		}
	}
	require.Len(t, senders, 2)
	return s, senders
}

// TestTheSandboxTakesEveryForm sends, changes, answers and takes back every kind of message in every look.
func TestTheSandboxTakesEveryForm(t *testing.T) {
	s, senders := strict(t)
	person := sender.ParseTarget("email:lilei@example.com")
	for name, m := range providertest.Samples() {
		for look, o := range looks() {
			t.Run(name+"/"+look, func(t *testing.T) {
				for typ, sends := range senders {
					d := sender.Draft{Message: m, Mentions: []sender.Target{sender.ParseTarget("user:ULILEI"), sender.ParseTarget("tag:S0OPS"), sender.ParseTarget("all")}, Options: o}
					if typ == appType {
						d.Target = sender.ParseTarget("chat:C0DEMO")
					}
					r, err := sends.Render(t.Context(), d)
					require.NoError(t, err)
					require.Empty(t, r.Notes)
					s.Clear()
					for _, raw := range r.Parts {
						n := sender.Notification{Target: d.Target, Content: raw}
						receipt, err := sends.Send(t.Context(), n)
						require.NoError(t, err)
						a, isApp := sends.(*app)
						if !isApp {
							continue
						}
						_, err = a.Update(t.Context(), receipt, n)
						require.NoError(t, err)
						_, err = a.Reply(t.Context(), receipt, n)
						require.NoError(t, err)
						require.NoError(t, a.Recall(t.Context(), receipt))
						_, err = a.Update(t.Context(), receipt, n)
						require.ErrorIs(t, err, sender.ErrCannotUpdate)
						_, err = a.Reply(t.Context(), receipt, n)
						require.ErrorIs(t, err, sender.ErrCannotReply)
						_, err = a.Send(t.Context(), sender.Notification{Target: person, Content: raw})
						require.NoError(t, err)
					}
					all := s.Messages(stage.Filter{})
					require.NotEmpty(t, all)
					for _, got := range all {
						require.Equal(t, form(look), got.Form, "nothing was sent as text instead")
					}
				}
			})
		}
	}
}

func form(look string) string {
	if look == "text" {
		return "text"
	}
	return "blocks"
}

func TestTheSandboxNotifiesWhomThePreviewNames(t *testing.T) {
	s, senders := strict(t)
	for look, o := range looks() {
		for typ, sends := range senders {
			d := sender.Draft{Message: providertest.Samples()["firing"], Mentions: []sender.Target{sender.ParseTarget("user:ULILEI"), sender.ParseTarget("all")}, Options: o}
			if typ == appType {
				d.Target = sender.ParseTarget("chat:C0DEMO")
			}
			r, err := sends.Render(t.Context(), d)
			require.NoError(t, err)
			shown, err := preview(r.Parts[0])
			require.NoError(t, err)
			s.Clear()
			_, err = sends.Send(t.Context(), sender.Notification{Target: d.Target, Content: r.Parts[0]})
			require.NoError(t, err)
			var notified []string
			for _, m := range s.Messages(stage.Filter{})[0].Mentions {
				if m.Notified {
					notified = append(notified, m.ID)
				}
			}
			require.Equal(t, shown.Mentions, notified, "%s, %s", typ, look)
		}
	}
}

func TestTheProbeOfTheSandboxIsGreen(t *testing.T) {
	s, senders := strict(t)
	for typ, sends := range senders {
		prober, can := sends.(sender.Prober)
		require.True(t, can)
		for _, c := range prober.Probe(t.Context()) {
			require.True(t, c.OK, "%s: %s", typ, c.Detail)
		}
	}
	require.Empty(t, s.Messages(stage.Filter{}), "a probe sends nothing")
}
