package dingtalk

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files anew")

func disk() message.Message {
	return message.Message{
		Kind: message.GroupKind, Language: lang.Chinese, Status: alert.Firing, Severity: alert.Critical,
		Title: "磁盘将满（2 条）", Summary: "/data 剩余不足 5%\n请尽快清理",
		Fields: []message.Field{{Label: "集群", Value: "prod-1"}, {Label: "alertname", Value: "node_filesystem_avail"}},
		Items: []message.Item{
			{
				Title: "10.0.0.7 /data", Text: "剩余 3%", Status: alert.Firing, Severity: alert.Critical, When: "10:00 起，已 5 分钟",
				Fields: []message.Field{{Label: "设备", Value: "/dev/sda1"}},
				Links:  []message.Link{{Title: "图表", URL: "https://grafana.example.com/d/x?var=a&b=(1)"}},
			},
			{Title: "10.0.0.8 /data", Status: alert.Resolved, Severity: alert.High, When: "09:00 至 09:30"},
		},
		More: 2, MoreNote: "另有 2 条：10.0.0.9、10.0.0.10",
		Links: []message.Link{{Title: "处理手册", URL: "https://wiki.example.com/disk"}, {Title: "静默", URL: "https://am.example.com/#/silences"}},
		Notes: []string{"来源 alertmanager"},
	}
}

func render(t *testing.T, d sender.Draft) sender.Rendered {
	t.Helper()
	got, err := open(t, testSettings(), nil).Render(t.Context(), d)
	require.NoError(t, err)
	return got
}

func TestGolden(t *testing.T) {
	digest := disk()
	digest.Kind, digest.Title = message.DigestKind, "5 个告警组"
	test := message.Message{Kind: message.TestKind, Language: lang.English, Severity: alert.Warning, Status: alert.Firing, Title: "Yunluo works", Notes: []string{"sent by li"}}
	part := disk()
	part.Part, part.Parts, part.Language = 2, 3, lang.English
	single := disk()
	single.Links = single.Links[:1]
	bare := disk()
	bare.Links = nil
	all := []sender.Target{{Kind: sender.TargetAll}}
	cases := map[string]sender.Draft{
		"markdown":               {Message: disk(), Mentions: people()},
		"markdown_digest":        {Message: digest},
		"markdown_test":          {Message: test, Mentions: all},
		"markdown_part":          {Message: part},
		"text":                   {Message: disk(), Mentions: people(), Options: sender.Options{"form": "text"}},
		"text_digest":            {Message: digest, Options: sender.Options{"form": "text"}},
		"card":                   {Message: disk(), Options: sender.Options{"form": "actionCard"}},
		"card_with_one_link":     {Message: single, Options: sender.Options{"form": "actionCard"}},
		"card_without_link":      {Message: bare, Options: sender.Options{"form": "actionCard"}},
		"card_that_mentions_all": {Message: disk(), Mentions: all, Options: sender.Options{"form": "actionCard"}},
	}
	for name, d := range cases {
		t.Run(name, func(t *testing.T) {
			got := render(t, d)
			require.Len(t, got.Parts, 1)
			var pretty bytes.Buffer
			require.NoError(t, json.Indent(&pretty, got.Parts[0], "", "  "))
			pretty.WriteByte('\n')
			path := filepath.Join("testdata", name+".json")
			if *update {
				require.NoError(t, os.WriteFile(path, pretty.Bytes(), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), pretty.String())
		})
	}
}

func TestCardFallsBackWhereItWouldMentionNobody(t *testing.T) {
	got := render(t, sender.Draft{Message: disk(), Mentions: people(), Options: sender.Options{"form": "actionCard"}})
	assert.Contains(t, string(got.Parts[0]), `"msgtype":"markdown"`)
	require.Len(t, got.Notes, 1)
	assert.Contains(t, got.Notes[0].EN, "actionCard")
	got = render(t, sender.Draft{Message: disk(), Mentions: []sender.Target{{Kind: sender.TargetPhone, Value: "x"}}, Options: sender.Options{"form": "actionCard"}})
	assert.Contains(t, string(got.Parts[0]), `"msgtype":"actionCard"`, "nobody is left to mention")
}

func TestUnknownForm(t *testing.T) {
	_, err := open(t, testSettings(), nil).Render(t.Context(), sender.Draft{Message: disk(), Options: sender.Options{"form": "feedCard"}})
	f := sender.AsFailure(err)
	assert.Equal(t, sender.Never, f.Class)
	assert.Equal(t, sender.ReasonConfig, f.Reason)
}

func TestKeywordIsAddedOnlyWhereItLacks(t *testing.T) {
	m := disk()
	got := render(t, sender.Draft{Message: m})
	assert.Equal(t, 1, strings.Count(string(got.Parts[0]), "告警"))
	m.Summary = "这是告警"
	got = render(t, sender.Draft{Message: m})
	assert.Equal(t, 1, strings.Count(string(got.Parts[0]), "告警"))
	m = disk()
	m.Title = "告警 in the list of chats"
	m.Items = nil
	for i := range 300 {
		m.Items = append(m.Items, message.Item{Title: fmt.Sprintf("item %d", i), Text: strings.Repeat("汉", 100)})
	}
	for _, form := range []string{"markdown", "text", "actionCard"} {
		for i, part := range render(t, sender.Draft{Message: m, Options: sender.Options{"form": form}}).Parts {
			p, err := preview(part)
			require.NoError(t, err)
			assert.Contains(t, shown(p), "告警", "%s part %d", form, i)
		}
	}
}

func shown(p sender.Preview) string {
	var out strings.Builder
	var walk func([]sender.Block)
	walk = func(blocks []sender.Block) {
		for _, b := range blocks {
			out.WriteString(b.Text)
			for _, s := range b.Spans {
				out.WriteString(s.Text)
			}
			out.WriteByte('\n')
			walk(b.Fields)
		}
	}
	walk(p.Blocks)
	return out.String()
}

func TestOnlyTheFirstPartMentions(t *testing.T) {
	m := disk()
	m.Items = nil
	for i := range 200 {
		m.Items = append(m.Items, message.Item{Title: fmt.Sprintf("item %d", i), Text: strings.Repeat("汉", 100)})
	}
	for _, form := range []string{"markdown", "text"} {
		got := render(t, sender.Draft{Message: m, Mentions: append(people(), sender.Target{Kind: sender.TargetAll}), Options: sender.Options{"form": form}})
		require.Greater(t, len(got.Parts), 1)
		for i, part := range got.Parts {
			p, err := preview(part)
			require.NoError(t, err)
			if i == 0 {
				assert.Equal(t, []string{"all", "13800000000", "manager_4321"}, p.Mentions)
				continue
			}
			assert.Empty(t, p.Mentions)
			assert.NotContains(t, string(part), "@138")
		}
	}
}

func TestResolveMentions(t *testing.T) {
	person := func(p sender.Person) sender.Target {
		return sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p}
	}
	cases := map[string]struct {
		target sender.Target
		want   mentions
	}{
		"id before mobile":      {person(sender.Person{IDs: map[string]string{"dingtalk": "u1"}, Mobile: "13800000000"}), mentions{Users: []string{"u1"}}},
		"id of another app":     {person(sender.Person{IDs: map[string]string{"feishu": "ou_1"}, Mobile: "13800000000"}), mentions{Mobiles: []string{"13800000000"}}},
		"mobile with code":      {person(sender.Person{Mobile: "+86 138-0000-0000"}), mentions{Mobiles: []string{"13800000000"}}},
		"mobile with 0086":      {person(sender.Person{Mobile: "0086 13800000000"}), mentions{Mobiles: []string{"13800000000"}}},
		"mobile with bare 86":   {person(sender.Person{Mobile: "8613800000000"}), mentions{Mobiles: []string{"13800000000"}}},
		"mobile in Hong Kong":   {person(sender.Person{Mobile: "+852 9123 4567"}), mentions{Mobiles: []string{"+85291234567"}}},
		"mobile with 00852":     {person(sender.Person{Mobile: "0085291234567"}), mentions{Mobiles: []string{"+85291234567"}}},
		"phone":                 {sender.Target{Kind: sender.TargetPhone, Value: "13800000001"}, mentions{Mobiles: []string{"13800000001"}}},
		"user":                  {sender.Target{Kind: sender.TargetUser, Value: "manager4321"}, mentions{Users: []string{"manager4321"}}},
		"all":                   {sender.Target{Kind: sender.TargetAll}, mentions{All: true}},
		"nobody known":          {person(sender.Person{Name: "x", Email: "x@example.com"}), mentions{}},
		"person without entry":  {sender.Target{Kind: sender.TargetPerson, Value: "x"}, mentions{}},
		"phone in words":        {sender.Target{Kind: sender.TargetPhone, Value: "call me"}, mentions{}},
		"user with a space":     {sender.Target{Kind: sender.TargetUser, Value: "a b"}, mentions{}},
		"kind of another type":  {sender.Target{Kind: sender.TargetChat, Value: "oc_1"}, mentions{}},
		"empty phone":           {sender.Target{Kind: sender.TargetPhone}, mentions{}},
		"only a plus":           {sender.Target{Kind: sender.TargetPhone, Value: "+"}, mentions{}},
		"mobile with full code": {sender.Target{Kind: sender.TargetPhone, Value: "+13800000000"}, mentions{Mobiles: []string{"+13800000000"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, notes := resolveMentions([]sender.Target{c.target, c.target})
			assert.Equal(t, c.want, got, "and nobody twice")
			if c.want.empty() {
				require.NotEmpty(t, notes, "who is left out is in a note")
				assert.NotEmpty(t, notes[0].ZH)
				assert.NotEmpty(t, notes[0].EN)
				return
			}
			assert.Empty(t, notes)
		})
	}
}

func TestAtMostFiftyMentions(t *testing.T) {
	var targets []sender.Target
	for i := range 52 {
		targets = append(targets, sender.Target{Kind: sender.TargetPhone, Value: fmt.Sprintf("138000000%02d", i)})
	}
	got := render(t, sender.Draft{Message: disk(), Mentions: targets})
	require.Len(t, got.Notes, 2)
	p, err := preview(got.Parts[0])
	require.NoError(t, err)
	assert.Len(t, p.Mentions, 50)
}

func TestTextOfLabelsMentionsNobody(t *testing.T) {
	m := disk()
	m.Title = "@13800000000 @所有人 @ALL li@example.com x@manager_4321"
	m.Links[0].URL = "https://example.com/@13800000000"
	for _, form := range []string{"markdown", "text", "actionCard"} {
		for _, whom := range [][]sender.Target{nil, people()} {
			got := render(t, sender.Draft{Message: m, Mentions: whom, Options: sender.Options{"form": form}})
			part := string(got.Parts[0])
			assert.Equal(t, len(whom)/2, strings.Count(part, "@13800000000")-strings.Count(part, "/@13800000000"), form)
			assert.NotContains(t, part, "@所有人")
			assert.NotContains(t, strings.ToLower(part), "@all")
			if len(whom) > 0 {
				assert.Equal(t, strings.Count(part, " @manager_4321"), strings.Count(part, "@manager_4321"), form)
				assert.NotContains(t, part, "/@13800000000")
			}
			assert.Contains(t, part, "li@example.com", "an address can still be copied")
		}
	}
}

func TestEscapeLeavesOrdinaryTextAlone(t *testing.T) {
	for _, s := range []string{
		"node_memory_MemAvailable_bytes < 5%", "a [b] c", "x > 3 && y < 4", "1.5 GiB", "10.0.0.7:9100", "a * b", "http://a/b?c=d&e=f",
		"C:\\temp\\x", "rate 5/s", "支付接口", "a - b", "2026-11-22 10:00", "100", "a~b",
	} {
		assert.Equal(t, s, markup.EscapeLine(s))
	}
	assert.Equal(t, "-5 °C", markup.EscapeMarkdown("-5 °C"), "a value within a line")
}

func TestLinkURL(t *testing.T) {
	cases := map[string]string{
		"https://a/b?c=d&e=f":         "https://a/b?c=d&e=f",
		"http://a/x)](http://evil":    "http://a/x%29]%28http://evil",
		"https://a/(1) x":             "https://a/%281%29%20x",
		"javascript:alert(1)":         "",
		"/relative":                   "",
		"https://":                    "",
		"https://a/\nb":               "https://a/%20b",
		"https://a/@13800000000":      "https://a/%4013800000000",
		"https://li:pw@a/13800000000": "https://li:pw@a/13800000000",
	}
	for in, want := range cases {
		assert.Equal(t, want, markup.LinkURL(in, []string{"13800000000"}), "%q", in)
	}
}

func BenchmarkRenderOfFourHundred(b *testing.B) {
	made, err := newRobot(testSettings(), sender.Deps{})
	require.NoError(b, err)
	m := disk()
	for i := range 400 {
		it := disk().Items[0]
		it.Title = fmt.Sprintf("告警编号%04d号", i)
		m.Items = append(m.Items, it)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := made.Render(b.Context(), sender.Draft{Message: m, Mentions: people()}); err != nil {
			b.Fatal(err)
		}
	}
}
