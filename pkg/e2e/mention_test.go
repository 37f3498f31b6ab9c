package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files anew")

// played is an account of the sandbox, and a sender of it before a sandbox of its own.
type played struct {
	account  stage.Account
	manifest sender.Manifest
	sender   sender.Sender
	sandbox  *sandbox.Sandbox
}

// everyAccount opens a sender for each account of the sandbox.
func everyAccount(t *testing.T) (list []played) {
	t.Helper()
	first, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	for _, a := range first.Accounts() {
		play, err := sandbox.New(sandbox.Options{NoLimits: true})
		require.NoError(t, err)
		text := accountsOf(t, []stage.Account{a}) + fmt.Sprintf(
			"people: [{name: lilei, email: lilei@example.com, mobile: \"+8613800000001\"}]\ncontact_points: [{name: x, steps: [{notify: [%s]}]}]\n", entryOf(t, a))
		c, err := config.Parse("sandbox.yaml", []byte(text), provider.Manifests(), config.Options{})
		require.NoError(t, err)
		m, _ := provider.Find(a.Type)
		s, err := m.New(c.Accounts[a.Name].Settings, sender.Deps{Transport: play.Transport(), Dial: play.Dial(sandbox.LineSMTP)})
		require.NoError(t, err)
		list = append(list, played{a, m, s, play})
	}
	return list
}

// idOf is Li Lei's id at a provider: the one that an account of the sandbox names, else the one in contacts. Teams takes
// logins.
func idOf(play *sandbox.Sandbox, name string) string {
	if name == "teams" {
		return "lilei@example.com"
	}
	for _, a := range play.Accounts() {
		if m, _ := provider.Find(a.Type); m.Provider != name {
			continue
		}
		for _, s := range slices.Concat(a.Mention, a.To) {
			if t := sender.ParseTarget(s); t.Kind == sender.TargetUser {
				return t.Value
			}
		}
	}
	return "li_lei"
}

// ways are how somebody may be known.
func (p played) ways() map[string]sender.Target {
	who := func(one sender.Person) sender.Target {
		return sender.Target{Kind: sender.TargetPerson, Value: one.Name, Person: &one}
	}
	return map[string]sender.Target{
		"by_email":  who(sender.Person{Name: "lilei", Title: "李雷", Email: "lilei@example.com"}),
		"by_mobile": who(sender.Person{Name: "lilei", Title: "李雷", Mobile: "+8613800000001"}),
		"by_id":     who(sender.Person{Name: "lilei", Title: "李雷", IDs: map[string]string{p.manifest.Provider: idOf(p.sandbox, p.manifest.Provider)}}),
		"unknown":   who(sender.Person{Name: "gone", Title: "查无此人", Email: "gone@example.com", Mobile: "+8613800000099"}),
		"nothing":   who(sender.Person{Name: "bare", Title: "什么都没写的人"}),
		"all":       {Kind: sender.TargetAll},
	}
}

// forms are a type's forms of message.
func (p played) forms() []string {
	for _, f := range p.manifest.Options {
		if f.Name == "form" {
			return f.Enum
		}
	}
	return []string{""}
}

// told is one cell of the matrix: what is sent, what it leaves out, and whom the sandbox would notify.
type told struct {
	Parts    []json.RawMessage `json:"parts"`
	Notes    []string          `json:"notes,omitempty"`
	Mentions []stage.Mention   `json:"mentions,omitempty"`
}

// tell renders a message that mentions somebody, sends it, and reads the sandbox's judgement.
func (p played) tell(t *testing.T, form string, whom sender.Target) told {
	t.Helper()
	p.sandbox.Clear()
	to := sender.Target{}
	for _, s := range p.account.To {
		if to = sender.ParseTarget(s); to.Kind == sender.TargetChat {
			break
		}
	}
	d := sender.Draft{Message: providertest.Samples()["bare"], Target: to, Mentions: []sender.Target{whom}}
	d.Message.Language = lang.Chinese
	if form != "" {
		d.Options = sender.Options{"form": form}
	}
	r, err := p.sender.Render(t.Context(), d)
	require.NoError(t, err)
	cell := told{Parts: r.Parts}
	for _, n := range r.Notes {
		require.NotEmpty(t, n.EN)
		cell.Notes = append(cell.Notes, n.ZH)
	}
	for i, part := range r.Parts {
		_, err := p.sender.Send(t.Context(), sender.Notification{Key: fmt.Sprint("mention-", i), Target: to, Content: part})
		require.NoError(t, err)
	}
	said := p.sandbox.Messages(stage.Filter{})
	require.Len(t, said, len(r.Parts))
	for _, m := range said {
		cell.Mentions = append(cell.Mentions, m.Mentions...)
	}
	return cell
}

// notified are the names of those whom the sandbox would notify.
func (c told) notified() (names []string) {
	for _, m := range c.Mentions {
		if m.Notified {
			names = append(names, m.Name)
		}
	}
	return names
}

// reachable are the ways of knowing somebody that are enough for each type, in all of its forms: what a provider can
// look up, or takes as it is. A type that is not here is only held against its golden file.
func reachable() map[string]string {
	return map[string]string{
		"feishu_app": "by_email by_mobile by_id all", "feishu_robot": "by_id all", "dingtalk_robot": "by_mobile by_id all",
		"wecom_robot": "by_mobile by_id all", "dingtalk_app": "",
		"slack": "by_email by_id all", "slack_webhook": "by_id all", "teams": "by_email by_id", "webhook": "",
	}
}

// TestWhoWouldReallyBeNotified sends each form of each type with a mention of somebody known in each way, and compares
// what is sent and whom the sandbox, as strict as the provider, would notify.
func TestWhoWouldReallyBeNotified(t *testing.T) {
	for _, p := range everyAccount(t) {
		if len(p.manifest.Mentions) == 0 {
			continue
		}
		t.Run(p.account.Name, func(t *testing.T) {
			matrix := map[string]told{}
			for _, form := range p.forms() {
				for way, whom := range p.ways() {
					if !slices.Contains(p.manifest.Mentions, whom.Kind) {
						continue
					}
					cell := p.tell(t, form, whom)
					matrix[form+" "+way] = cell
					p.judge(t, form+" "+way, way, whom, cell)
				}
			}
			var out bytes.Buffer
			e := json.NewEncoder(&out)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			require.NoError(t, e.Encode(matrix))
			providertest.Golden(t, *update, "mentions/"+p.account.Name+".json", out.Bytes())
		})
	}
}

// judge holds a cell against what is true of every type.
func (p played) judge(t *testing.T, cell, way string, whom sender.Target, got told) {
	t.Helper()
	names := got.notified()
	if enough, known := reachable()[p.manifest.Type]; known {
		require.Equal(t, slices.Contains(strings.Fields(enough), way), len(names) > 0, cell)
	}
	var drawn []string
	var shape sender.Shape
	for _, part := range got.Parts {
		preview, err := p.manifest.Preview(part)
		require.NoError(t, err)
		drawn, shape = append(drawn, preview.Mentions...), preview.Shape
	}
	require.GreaterOrEqual(t, len(drawn), len(names), "%s: the preview hides a mention", cell)
	switch {
	case len(names) > 0:
		require.Len(t, names, 1, cell)
		require.Equal(t, way != "all", names[0] == "李雷", "%s: %s", cell, names[0])
		require.Len(t, drawn, 1, cell)
	case way != "all" && shape != sender.ShapeData:
		// Nobody is forgotten in silence: a note or the message names the person, or the number that nobody can look up.
		words := strings.Join(got.Notes, "\n") + asText(t, got.Parts)
		require.True(t, strings.Contains(words, whom.Person.Title) || strings.Contains(words, "@"+sender.Mobile(whom.Person.Mobile)) ||
			strings.Contains(words, `"`+sender.Mobile(whom.Person.Mobile)+`"`), "%s: %s", cell, words)
	}
}

func asText(t *testing.T, parts []json.RawMessage) string {
	t.Helper()
	raw, err := json.Marshal(parts)
	require.NoError(t, err)
	return string(raw)
}

// reached is what became of a message to somebody: the conversation where it is, or why there is none.
type reached struct {
	In     string `json:"in,omitempty"`
	Reason string `json:"reason,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// TestWhoIsReallyReached sends to somebody known in each way, through each type that can address a person.
func TestWhoIsReallyReached(t *testing.T) {
	for _, p := range everyAccount(t) {
		if !slices.Contains(p.manifest.Targets, sender.TargetPerson) {
			continue
		}
		t.Run(p.account.Name, func(t *testing.T) {
			got := map[string]reached{}
			for way, whom := range p.ways() {
				if slices.Contains(p.manifest.Targets, whom.Kind) {
					got[way] = p.reach(t, way, whom)
				}
			}
			require.NotEmpty(t, got["by_id"].In+got["by_mobile"].In+got["by_email"].In, "nobody can be reached: %v", got)
			for _, way := range []string{"unknown", "nothing"} {
				if got[way].In == "" {
					require.NotEqual(t, string(sender.ReasonOutcomeUnknown), got[way].Reason)
					require.NotEmpty(t, got[way].Hint, way)
				}
			}
			raw, err := json.MarshalIndent(got, "", "  ")
			require.NoError(t, err)
			providertest.Golden(t, *update, "reached/"+p.account.Name+".json", append(raw, '\n'))
		})
	}
}

// reach sends to somebody and tells where it arrived.
func (p played) reach(t *testing.T, way string, whom sender.Target) reached {
	t.Helper()
	p.sandbox.Clear()
	said := func(err error) reached {
		f := sender.AsFailure(err)
		return reached{Reason: string(f.Reason), Hint: f.Hint.ZH}
	}
	r, err := p.sender.Render(t.Context(), sender.Draft{Message: providertest.Samples()["bare"], Target: whom})
	if err != nil {
		return said(err)
	}
	if _, err = p.sender.Send(t.Context(), sender.Notification{Key: "reach-" + way, Target: whom, Content: r.Parts[0]}); err != nil {
		require.Empty(t, p.sandbox.Messages(stage.Filter{}), "a failure that arrived")
		return said(err)
	}
	told := p.sandbox.Messages(stage.Filter{})
	require.Len(t, told, 1, "a success that did not arrive")
	return reached{In: told[0].Conversation.Kind + " " + told[0].Conversation.Name}
}
