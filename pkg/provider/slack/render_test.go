package slack

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files anew")

// looks are the ways in which a message may look, by name.
func looks() map[string]sender.Options {
	return map[string]sender.Options{
		"blocks": nil, "text": {optionForm: formText}, "buttons": {optionLinks: linksButtons},
	}
}

func TestFormsAreAsReviewed(t *testing.T) {
	senders := map[string]sender.Sender{"app": open(t, newFake()), "webhook": openWebhook(t, takes)}
	for name, m := range providertest.Samples() {
		if name == "long" {
			continue
		}
		for look, o := range looks() {
			for kind, s := range senders {
				t.Run(kind+"/"+name+"/"+look, func(t *testing.T) {
					d := sender.Draft{Message: m, Options: o}
					if kind == "app" {
						d.Target = chat()
					}
					// Both types send the same forms.
					providertest.GoldenParts(t, *update, name+"_"+look+".json", s, d)
				})
			}
		}
	}
}

// mentioned are everybody that "mention" can name.
func mentioned() map[string][]sender.Target {
	return map[string][]sender.Target{
		"nobody":    nil,
		"by_id":     {sender.ParseTarget("user:U0WANG"), personTarget(sender.Person{Name: "han", Title: "韩梅梅", IDs: map[string]string{"slack": "W0HAN"}})},
		"by_email":  {lilei(), sender.ParseTarget("email:han@example.com"), lilei()},
		"by_mobile": {personTarget(sender.Person{Name: "li", Title: "李雷", Mobile: "13800000001"})},
		"group":     {sender.ParseTarget("tag:S0OPS"), sender.ParseTarget("tag:ops")},
		"unknown": {
			personTarget(sender.Person{Name: "gone", Email: "gone@example.com"}), sender.ParseTarget("user:lilei"), sender.ParseTarget("email:nobody"),
			{Kind: sender.TargetPerson, Value: "stranger"},
		},
		"all": {sender.ParseTarget("all")},
	}
}

func TestWhomTheAppMentions(t *testing.T) {
	a := open(t, newFake())
	for name, mentions := range mentioned() {
		for look, o := range looks() {
			t.Run(name+"/"+look, func(t *testing.T) {
				providertest.GoldenParts(t, *update, "mention_"+name+"_"+look+".json", a,
					sender.Draft{Message: providertest.Samples()["bare"], Target: chat(), Mentions: mentions, Options: o})
			})
		}
	}
}

func TestWhomAWebhookMentions(t *testing.T) {
	h := openWebhook(t, takes)
	for name, mentions := range mentioned() {
		for look, o := range looks() {
			t.Run(name+"/"+look, func(t *testing.T) {
				providertest.GoldenParts(t, *update, "webhook_mention_"+name+"_"+look+".json", h,
					sender.Draft{Message: providertest.Samples()["bare"], Mentions: mentions, Options: o})
			})
		}
	}
}

func TestAllIsHereOrChannelAndOnlyInAChannel(t *testing.T) {
	all := []sender.Target{sender.ParseTarget("all")}
	for name, c := range map[string]struct {
		target sender.Target
		option string
		want   []string
	}{
		"channel":             {chat(), "", []string{"channel"}},
		"here":                {chat(), allHere, []string{"here"}},
		"a person is no many": {sender.ParseTarget("user:U0LI"), "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := open(t, newFake()).Render(t.Context(), sender.Draft{
				Message: providertest.Samples()["firing"], Target: c.target, Mentions: all, Options: sender.Options{optionAll: c.option},
			})
			require.NoError(t, err)
			shown, err := preview(got.Parts[0])
			require.NoError(t, err)
			assert.Equal(t, c.want, shown.Mentions)
			assert.Equal(t, c.want == nil, len(got.Notes) == 1)
		})
	}
}

func TestAMentionNotifies(t *testing.T) {
	for look, o := range looks() {
		got, err := open(t, newFake()).Render(t.Context(), sender.Draft{
			Message: providertest.Samples()["firing"], Target: chat(), Mentions: []sender.Target{lilei()}, Options: o,
		})
		require.NoError(t, err)
		var p part
		require.NoError(t, json.Unmarshal(got.Parts[0], &p))
		require.Contains(t, p.Text, "<@U0LI>", look)
		raw, err := outbound.JSON(p.Blocks)
		require.NoError(t, err)
		require.Equal(t, look != "text", strings.Contains(string(raw), "<@U0LI>"), "%s: in the blocks of the message, not of an attachment", look)
	}
}

func TestColorSaysHowBad(t *testing.T) {
	for severity, want := range map[alert.Severity]string{
		alert.Critical: "red", alert.High: "orange", alert.Warning: "yellow", alert.Info: "blue", alert.None: "grey",
	} {
		m := providertest.Samples()["firing"]
		m.Severity = severity
		assert.Equal(t, want, colorName(color(m)))
		m.Status = alert.Resolved
		assert.Equal(t, "green", colorName(color(m)))
	}
	require.Equal(t, "red", colorName("danger"))
	require.Equal(t, "#123456", colorName("#123456"))
}

// lengths of each text, by where it stands.
func TestEveryLimitOfABlockIsKept(t *testing.T) {
	m := providertest.Samples()["firing"]
	m.Title = strings.Repeat("标题😀", 200)
	m.Summary = strings.Repeat("<", 2000)
	m.Fields = nil
	for i := range 15 {
		m.Fields = append(m.Fields, message.Field{Label: fmt.Sprintf("标签%d", i), Value: "v"})
	}
	m.Fields = append(m.Fields, message.Field{Label: "long", Value: strings.Repeat("&", 500)})
	m.Items = m.Items[:1]
	m.Links = nil
	for i := range 30 {
		m.Links = append(m.Links, message.Link{Title: strings.Repeat("链", 100), URL: fmt.Sprintf("https://x.test/%d?a=1&b=2|", i)})
	}
	m.Links = append(m.Links, message.Link{Title: "too long", URL: "https://x.test/" + strings.Repeat("x", 3000)}, message.Link{Title: "no page", URL: "slack://x"})
	size := judgedSize(t)
	for look, o := range looks() {
		got, err := open(t, newFake()).Render(t.Context(), sender.Draft{Message: m, Target: chat(), Options: o})
		require.NoError(t, err)
		for _, raw := range got.Parts {
			require.LessOrEqual(t, size(raw), maxAll, look)
			require.NotContains(t, string(raw), "slack://")
			shown, err := preview(raw)
			require.NoError(t, err)
			require.NotEmpty(t, shown.Blocks)
		}
	}
}

func TestATitleThatIsCutStandsInFull(t *testing.T) {
	m := providertest.Samples()["bare"]
	m.Title = strings.Repeat("x", 200)
	p := buildBlocks(m, nil, renderOptions{})
	require.Equal(t, maxHeader, length(p.Blocks[0].Text.Text))
	require.True(t, strings.HasSuffix(p.Blocks[0].Text.Text, "…"))
	require.Contains(t, p.Attachments[0].Blocks[0].Text.Text, m.Title)
}

func TestALongMessageIsSplitByAlert(t *testing.T) {
	for look, o := range looks() {
		got, err := open(t, newFake()).Render(t.Context(), sender.Draft{
			Message: providertest.Samples()["long"], Target: chat(), Mentions: []sender.Target{lilei()}, Options: o,
		})
		require.NoError(t, err)
		require.Len(t, got.Parts, maxParts, look)
		for i, raw := range got.Parts {
			shown, err := preview(raw)
			require.NoError(t, err)
			require.Equal(t, i == 0, len(shown.Mentions) == 1, "only the first part calls people")
		}
	}
}

func TestRenderFillsUpParts(t *testing.T) {
	got, err := open(t, newFake()).Render(t.Context(), sender.Draft{Message: providertest.Samples()["resolved"], Target: chat(), MinParts: 3})
	require.NoError(t, err)
	require.Len(t, got.Parts, 3)
	require.Contains(t, string(got.Parts[2]), "The content has moved to the first message.")
	require.Contains(t, string(got.Parts[2]), "(3/3)")
}

func TestRenderRefusesUnknownOptions(t *testing.T) {
	for _, name := range []string{optionForm, optionLinks, optionAll} {
		for _, s := range []sender.Sender{open(t, newFake()), openWebhook(t, takes)} {
			_, err := s.Render(t.Context(), sender.Draft{Message: providertest.Samples()["bare"], Target: chat(), Options: sender.Options{name: "html"}})
			f := failureOf(t, err)
			require.Equal(t, sender.ReasonConfig, f.Reason)
			require.Contains(t, err.Error(), name)
		}
	}
}

func TestRenderWaitsForALookupButNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.answer(methodLookup, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		a := open(t, f)
		d := sender.Draft{Message: providertest.Samples()["bare"], Target: chat(), Mentions: []sender.Target{lilei()}}
		for range 2 {
			_, err := a.Render(t.Context(), d)
			require.Error(t, err)
			time.Sleep(30 * time.Second)
		}
		got, err := a.Render(t.Context(), d)
		require.NoError(t, err, "the alert is worth more than its mention")
		require.Len(t, got.Notes, 1)
	})
}

func TestRenderWaitsForALookupThatMayPass(t *testing.T) {
	f := newFake()
	f.answer(methodLookup, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	a := open(t, f)
	d := sender.Draft{Message: providertest.Samples()["bare"], Target: chat(), Mentions: []sender.Target{lilei()}}
	_, err := a.Render(t.Context(), d)
	failure := failureOf(t, err)
	require.Equal(t, sender.Again, failure.Class)
	require.False(t, failure.MaybeSent)
	f.answer(methodLookup, refuse(codeScope, ""))
	got, err := a.Render(t.Context(), d)
	require.NoError(t, err, "a scope that is missing will not come by waiting")
	require.Len(t, got.Notes, 1)
	require.Contains(t, got.Notes[0].EN, "李雷 is not mentioned: The error names the scope after needed")
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"a & b < c > d": "a &amp; b &lt; c &gt; d", "<!channel>": "&lt;!channel&gt;", "&lt;!here&gt;": "&amp;lt;!here&amp;gt;",
		"@channel": "@\u200bchannel", "li@example.com": "li@example.com", "a@here": "a@\u200bhere",
		"*bold*": "＊bold＊", "2 * 3": "2 * 3", "_it_": "＿it＿", "node_cpu_seconds": "node_cpu_seconds", "~gone~": "～gone～", "`code`": "｀code｀",
		"job:rate:5m": "job:rate:5m", `C:\x`: `C:\x`,
	} {
		require.Equal(t, want, escape(in))
	}
	require.Equal(t, "\u200b&gt; quote", escapeLine("> quote"))
	require.Equal(t, "＜!channel> < 3 <-", plain("<!channel> < 3 <-"))
	require.Empty(t, address("javascript:alert(1)"))
	require.Equal(t, "https://x.test/a%7Cb?c=1&amp;d=%3E", address("https://x.test/a|b?c=1&d=>"))
}

func TestEscapedTextIsReadBackAsItWas(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("a 汉😀<>&!@#^|;:/lgtmpU0*_~`\"\\"))).Draw(r, "text")
		d := &drawing{}
		for _, span := range d.spans(escapeLine(s)) {
			require.Empty(r, span.Mention)
			require.Empty(r, span.URL)
			require.False(r, span.Bold)
		}
		require.Empty(r, d.mentions)
	})
}

func TestPackLosesNothingAndKeepsTheLimit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.IntRange(6, 40).Draw(r, "limit")
		var pieces []string
		for _, s := range rapid.SliceOf(rapid.StringOf(rapid.SampledFrom([]rune("ab汉😀<>& ")))).Draw(r, "pieces") {
			pieces = append(pieces, escape(s))
		}
		got := pack(pieces, "\n", limit)
		for _, s := range got {
			require.LessOrEqual(r, length(s), limit)
			require.NotRegexp(r, `&[a-z]{0,3}$`, s, "an escape was cut")
		}
		flat := func(s string) string { return strings.ReplaceAll(s, "\n", "") }
		require.Equal(r, flat(strings.Join(pieces, "")), flat(strings.Join(got, "")))
	})
}

func TestALongLineIsNotSplitWithinALink(t *testing.T) {
	const whole = "<https://x.test/a?b=1&amp;c=2|title>"
	for n := range 60 {
		got := pack([]string{strings.Repeat("x", n) + whole + " and more"}, "\n", 50)
		require.Contains(t, strings.Join(got, "\n"), whole, n)
	}
}

func TestTheTextBesideBlocksKeepsItsMentions(t *testing.T) {
	m := providertest.Samples()["long"]
	m.Title = strings.Repeat("&", 4000)
	p := buildBlocks(m, []mention{"U0LI", allChannel}, renderOptions{})
	require.Contains(t, p.Text, "<@U0LI> <!channel>\n")
	require.True(t, strings.HasSuffix(p.Text, "\n…"))
	require.LessOrEqual(t, length(p.Text), maxText)
}
