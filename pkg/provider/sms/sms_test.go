package sms_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestAPlanSaysWhatEachVariableHolds(t *testing.T) {
	p, err := sms.ParsePlan("name: title\n\nlevel: severity\n n: count\nhost: label.实例\nteam: =支付组\nstate: status\nwhat: message\nnothing: label.x\n")
	require.NoError(t, err)
	require.Equal(t, []string{"name", "level", "n", "host", "team", "state", "what", "nothing"}, p.Names())
	require.Equal(t,
		[]string{"支付接口 5xx 过高", "严重", "2", "10.0.0.7", "支付组", "告警中", "支付接口 5xx 过高，共2条", "无"},
		p.Fill(providertest.Samples()["firing"], 20))
	require.Equal(t, []string{"resolved"}, sms.Plan{{Name: "s", Piece: "status"}}.Fill(providertest.Samples()["resolved"], 20))
	require.Equal(t, []string{"测试"}, sms.Plan{{Name: "s", Piece: "status"}}.Fill(providertest.Samples()["test"], 20))
	counted := providertest.Samples()["firing"]
	counted.Title += " 触发 2"
	require.Equal(t, []string{"支付接口 5xx 过高 触发 2"}, sms.Plan{{Name: "s", Piece: "message"}}.Fill(counted, 20), "the title says it already")
	counted.Title = "node 2"
	require.Equal(t, []string{"node 2，共2条"}, sms.Plan{{Name: "s", Piece: "message"}}.Fill(counted, 20))
	require.Equal(t, []string{"支付接口 5.共400条"}, sms.Plan{{Name: "s", Piece: "message"}}.Fill(providertest.Samples()["long"], 12))
}

func TestASentenceKeepsWithinAnyLimit(t *testing.T) {
	p := sms.Plan{{Name: "s", Piece: "message"}}
	for _, kind := range []string{"firing", "resolved", "long", "bare"} {
		for limit := 1; limit <= 35; limit++ {
			got := p.Fill(providertest.Samples()[kind], limit)[0]
			require.NotEmpty(t, got)
			require.LessOrEqual(t, utf8.RuneCountInString(got), limit, got)
		}
	}
}

func TestEveryFaultOfAPlanIsNamed(t *testing.T) {
	_, err := sms.ParsePlan("title\n: title\na b: title\nx: poem\ny: label.\nz: =\ny: title\ny: count")
	require.Error(t, err)
	for _, line := range []string{"line 1", "line 2", "line 3", "line 4", "line 5", "line 6", "line 8", `"poem"`, "label.NAME", "twice"} {
		require.ErrorContains(t, err, line)
	}
}

func TestWhatServicesRefuseIsTakenOut(t *testing.T) {
	for in, want := range map[string]string{
		"磁盘【/data】已满\n请看 https://grafana.example.com/d/x?a=1": "磁盘 /data 已满 请看",
		"db1.prod.example.com down":             "db1 down",
		"🔥 p99 > 2s ★ 10.0.0.7:9100":            "p99 2s 10.0.0.7:9100",
		"  a\t b \x00 c ":                       "a b c",
		"温度 85%，超过 80%":                         "温度 85%，超过 80%",
		"${name} {1}":                           "name 1",
		"api.payments.internal:8443/health 502": "api 502",
	} {
		require.Equal(t, want, sms.Clean(in, 100), in)
	}
}

func TestAVariableIsNeverTooLongNorRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 40).Draw(t, "limit")
		s := sms.Clean(rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z. :/【】\n🔥汉字0-9]{0,80}`)).Draw(t, "words"), limit)
		if n := utf8.RuneCountInString(s); n > limit {
			t.Fatalf("%d characters of %d: %q", n, limit, s)
		}
		if !utf8.ValidString(s) || strings.ContainsAny(s, "【】[]\n\r\t") || strings.Contains(s, "://") {
			t.Fatalf("refused: %q", s)
		}
		for _, r := range s {
			if unicode.IsControl(r) || unicode.Is(unicode.So, r) {
				t.Fatalf("a symbol: %q", s)
			}
		}
	})
}

// TestNothingReadsAsAnAddress tries what only becomes an address by the cleaning itself. The pattern is wider than that
// of the services.
func TestNothingReadsAsAnAddress(t *testing.T) {
	reads := regexp.MustCompile(`(?i)://|www\.|[a-z0-9_-]\.(?:com|cn|net|org|io)\b`)
	for in, want := range map[string]string{
		"db1.co😀m": "db1", "ht😀tp://x.example/y 断了": "断了", "1https://x": "1", "www.grafana/x 慢": "慢", "a.com.b.cn-c.com": "a",
		"http:/😀/a.cn": "", "x【.com】": "x .com",
	} {
		require.Equal(t, want, sms.Clean(in, 100), in)
	}
	require.Equal(t, "grafana.", sms.Clean("grafana.community", 12), "cut, it would read grafana.com")
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", ".", "com", "munity", "cn", "😀", "://", "http", "www", "/", "告警", " ", "【", "-", "io"})
		s := sms.Clean(strings.Join(rapid.SliceOfN(word, 0, 12).Draw(t, "words"), ""), rapid.IntRange(1, 20).Draw(t, "limit"))
		if reads.MatchString(s) {
			t.Fatalf("an address: %q", s)
		}
	})
}

func TestWhatAMessageCosts(t *testing.T) {
	for n, want := range map[int]int{1: 1, 66: 1, 67: 2, 130: 2, 131: 3} {
		require.Equal(t, want, sms.Segments("云锣", strings.Repeat("字", n)), n)
	}
	require.Equal(t, 1, sms.Segments("", strings.Repeat("x", 70)))
}

func TestNumbersAreWrittenAsServicesWantThem(t *testing.T) {
	person := func(mobile string) sender.Target {
		return sender.Target{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Mobile: mobile}}
	}
	for target, want := range map[sender.Target]string{
		{Kind: sender.TargetPhone, Value: "138-0000-0001"}:   "+8613800000001",
		{Kind: sender.TargetPhone, Value: "+8613800000001"}:  "+8613800000001",
		{Kind: sender.TargetPhone, Value: "00 14155550100"}:  "+14155550100",
		{Kind: sender.TargetPhone, Value: "+1 (415) 555010"}: "+1415555010",
	} {
		got, err := sms.Phone(target)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	got, err := sms.Phone(person("13800000001"))
	require.NoError(t, err)
	require.Equal(t, "13800000001", sms.National(got))
	require.Equal(t, "14155550100", sms.National("+14155550100"))
	for _, bad := range []sender.Target{person(""), {Kind: sender.TargetPhone, Value: "110"}, {Kind: sender.TargetPerson, Value: "gone"}, {Kind: sender.TargetPhone, Value: "x"}} {
		_, err := sms.Phone(bad)
		f := sender.AsFailure(err)
		require.Equal(t, sender.Never, f.Class)
		require.Equal(t, sender.ReasonRecipient, f.Reason)
		require.NotEmpty(t, f.Hint.ZH)
	}
}

func TestATemplateIsFilledIn(t *testing.T) {
	require.Equal(t, "告警 db-1，共 2 条。", sms.Text("告警 ${name}，共 ${n} 条。", "${", "}", []string{"name", "n"}, []string{"db-1", "2"}))
	require.Equal(t, "b{2}", sms.Text("{1}", "{", "}", []string{"1", "2"}, []string{"b{2}", "x"}), "a value is no template")
}

func FuzzContent(f *testing.F) {
	f.Add([]byte(`{"sign_name":"云锣","template_code":"SMS_1","values":[{"name":"a","value":"b"}],"text":"x"}`))
	f.Add([]byte(`{"template_code":"x"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := sms.PreviewSMS(raw)
		if err == nil {
			require.Positive(t, p.Segments)
		}
		_, _ = sms.PreviewCall(raw)
	})
}
