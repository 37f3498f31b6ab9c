package outbound_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestStatusFailure(t *testing.T) {
	cases := map[string]struct {
		status int
		after  string
		class  sender.Class
		reason sender.Reason
		wait   time.Duration
		maybe  bool
	}{
		"200":                     {200, "", sender.Again, sender.ReasonOutcomeUnknown, 0, true},
		"204":                     {204, "", sender.Again, sender.ReasonOutcomeUnknown, 0, true},
		"301":                     {301, "", sender.Never, sender.ReasonConfig, 0, false},
		"400":                     {400, "", sender.Never, sender.ReasonMessage, 0, false},
		"401":                     {401, "", sender.Never, sender.ReasonAuth, 0, false},
		"403":                     {403, "", sender.Never, sender.ReasonPermission, 0, false},
		"404":                     {404, "", sender.Never, sender.ReasonConfig, 0, false},
		"407":                     {407, "", sender.Never, sender.ReasonConfig, 0, false},
		"408":                     {408, "", sender.Again, sender.ReasonTimeout, 0, false},
		"413":                     {413, "", sender.Never, sender.ReasonMessage, 0, false},
		"429 in seconds":          {429, "120", sender.Later, sender.ReasonRateLimited, 2 * time.Minute, false},
		"429 at a date":           {429, "Sat, 01 Jan 2000 00:01:30 GMT", sender.Later, sender.ReasonRateLimited, 90 * time.Second, false},
		"429 at a date gone by":   {429, "Sat, 01 Jan 1999 00:01:30 GMT", sender.Later, sender.ReasonRateLimited, time.Second, false},
		"429 at once":             {429, "0", sender.Later, sender.ReasonRateLimited, time.Second, false},
		"429 before":              {429, "-5", sender.Later, sender.ReasonRateLimited, time.Second, false},
		"429 in a century":        {429, "9223372036854775807", sender.Later, sender.ReasonRateLimited, 24 * time.Hour, false},
		"429 in words":            {429, "soon", sender.Again, sender.ReasonRateLimited, 0, false},
		"429 without":             {429, "", sender.Again, sender.ReasonRateLimited, 0, false},
		"500":                     {500, "", sender.Again, sender.ReasonUnavailable, 0, true},
		"500 with a wait":         {500, "5", sender.Again, sender.ReasonUnavailable, 0, true},
		"502":                     {502, "", sender.Again, sender.ReasonUnavailable, 0, true},
		"503 in seconds":          {503, "5", sender.Later, sender.ReasonUnavailable, 5 * time.Second, false},
		"503 without":             {503, "", sender.Again, sender.ReasonUnavailable, 0, true},
		"100 as the final answer": {100, "", sender.Again, sender.ReasonOutcomeUnknown, 0, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := outbound.Response{Status: c.status, Header: http.Header{}}
				if c.after != "" {
					r.Header.Set("Retry-After", c.after)
				}
				f := outbound.StatusFailure(r)
				assert.Equal(t, c.class, f.Class)
				assert.Equal(t, c.reason, f.Reason)
				assert.Equal(t, c.wait, f.After)
				assert.Equal(t, c.maybe, f.MaybeSent)
				assert.Equal(t, c.status, f.Status)
				assert.Equal(t, c.class == sender.Later, f.Scope == sender.ScopeAccount)
			})
		})
	}
}

func TestExcerpt(t *testing.T) {
	page := "<!DOCTYPE html><html><head><STYLE>p{color:red}</STYLE><script>if(a<b){'</p>'}</SCRIPT></head>" +
		"<body class='x'><h1>502 Bad Gateway</h1>\n<p>nginx &amp; İ</p></body></html>"
	cases := map[string]struct{ kind, body, want string }{
		"page":            {"", page, "502 Bad Gateway nginx & İ"},
		"page by header":  {"text/html", "a<br>b", "a b"},
		"open script":     {"", "<p>a</p><script>b", "a"},
		"open tag":        {"", "<p>a<b", "a"},
		"json":            {"application/json", `{"a":"<b>"}`, `{"a":"<b>"}`},
		"lines":           {"", "a\n\tb\x00c", "a b c"},
		"not utf-8":       {"", "a\xffb", "a\uFFFDb"},
		"long":            {"", strings.Repeat("汉", 300), strings.Repeat("汉", 199) + "…"},
		"just not long":   {"", strings.Repeat("汉", 200), strings.Repeat("汉", 200)},
		"nothing visible": {"", " \n ", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := outbound.Excerpt(outbound.Response{Header: http.Header{"Content-Type": {c.kind}}, Body: []byte(c.body)})
			assert.Equal(t, c.want, got)
		})
	}
}

func TestFailureFromCode(t *testing.T) {
	table := []sender.CodeMeaning{
		{Code: "99", Class: sender.Later, Reason: sender.ReasonRateLimited, After: time.Minute, Hint: lang.Text{ZH: "等", EN: "wait"}},
	}
	f := outbound.FailureFromCode(table, "99", "too\nfast", 200)
	assert.Equal(t, &sender.Failure{
		Class: sender.Later, Reason: sender.ReasonRateLimited, After: time.Minute, Hint: lang.Text{ZH: "等", EN: "wait"},
		Code: "99", Text: "too fast", Status: 200,
	}, f)
	f = outbound.FailureFromCode(table, "100", "", 200)
	assert.Equal(t, sender.Again, f.Class, "nothing is lost by a code that nobody knows")
	assert.Equal(t, sender.ReasonUnavailable, f.Reason)
	assert.NotEmpty(t, f.Hint.ZH)
	assert.NotEmpty(t, f.Hint.EN)
}

func FuzzExcerpt(f *testing.F) {
	f.Add("<html><script>x</script>y", "text/html")
	f.Add("</scrİpt><style", "")
	f.Fuzz(func(t *testing.T, body, kind string) {
		got := outbound.Excerpt(outbound.Response{Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)})
		assert.True(t, utf8.ValidString(got))
		assert.LessOrEqual(t, utf8.RuneCountInString(got), 200)
		assert.NotContains(t, got, "\n")
	})
}
