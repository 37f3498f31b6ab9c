package outbound_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestRedactKnowsEveryWriting(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.StringMatching(`[a-zA-Z0-9/+=" &%-]{8,40}`).Draw(r, "secret")
		c, err := outbound.New(outbound.Options{
			Settings: sender.Settings{BaseURL: "http://x"}, Secrets: []secret.Value{secret.New(s), secret.New("")},
		})
		require.NoError(r, err)
		quoted, err := json.Marshal(s)
		require.NoError(r, err)
		before := rapid.StringMatching(`[a-z:]{0,5}`).Draw(r, "before")
		php := strings.ReplaceAll(strings.Trim(string(quoted), `"`), "/", `\/`)
		text := fmt.Sprintf("f %s a %s b %s c %s d %s e %s", php, s, url.QueryEscape(s), url.PathEscape(s), quoted,
			base64.StdEncoding.EncodeToString([]byte(before+s+"x")))
		got := c.Redact(text)
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(quoted), `"`), php} {
			require.NotContains(r, got, form)
		}
		encoded := base64.StdEncoding.EncodeToString([]byte(before + s))
		require.NotContains(r, got, encoded[(len(before)*8+5)/6:len(before+s)*8/6])
		require.Contains(r, got, secret.Mask)
		require.Equal(r, "nothing known here", c.Redact("nothing known here"))
	})
}

func TestRememberedTokensAreSecrets(t *testing.T) {
	c := client(t, outbound.Options{Settings: settings("http://x")})
	assert.Equal(t, "Bearer t-new-token", c.Redact("Bearer t-new-token"))
	c.Remember("t-new-token")
	c.Remember("t-new-token")
	c.Remember("")
	assert.Equal(t, "Bearer "+secret.Mask, c.Redact("Bearer t-new-token"))
	for i := range 40 {
		c.Remember(fmt.Sprintf("t-later-token-%02d", i))
	}
	assert.Equal(t, secret.Mask+" "+secret.Mask, c.Redact("t-later-token-39 t-later-token-10"))
	assert.Equal(t, secret.Mask, c.Redact(planted), "the account's own are never forgotten")
}

func TestLongerSecretWins(t *testing.T) {
	c := client(t, outbound.Options{
		Settings: sender.Settings{BaseURL: "http://x"}, Secrets: []secret.Value{secret.New("abcdef"), secret.New("abcdefghij")},
	})
	assert.Equal(t, secret.Mask, c.Redact("abcdefghij"))
}

func TestRedactFailure(t *testing.T) {
	c := client(t, outbound.Options{Settings: settings("http://x")})
	f := c.RedactFailure(&sender.Failure{
		Code: planted, Text: "no " + planted, Hint: lang.Text{ZH: planted, EN: planted},
		Err: fmt.Errorf("get http://x/?access_token=%s: %w", url.QueryEscape(planted), assert.AnError),
	})
	require.NotNil(t, failed(t, f))
	assert.Equal(t, "no "+secret.Mask, f.Text)
	assert.NotContains(t, f.Hint.ZH+f.Hint.EN, planted)
	assert.Nil(t, c.RedactFailure(nil))
}

func TestASecretThatACutHalvedIsHidden(t *testing.T) {
	c := client(t, outbound.Options{Settings: settings("http://x")})
	text := func(before int, tail string) string {
		f := outbound.StatusFailure(outbound.Response{Status: 400, Body: []byte(strings.Repeat("x", before) + " " + planted + tail)})
		return c.RedactFailure(f).Text
	}
	for kept := 4; kept < len(planted); kept++ {
		got := text(199-1-kept, " and more")
		require.True(t, strings.HasSuffix(got, "x <secret>…"), got)
	}
	require.NotContains(t, text(10, ""), "s3cr3t")
	whole := c.RedactFailure(outbound.StatusFailure(outbound.Response{Status: 400, Body: []byte(strings.Repeat("x", 300))})).Text
	require.True(t, strings.HasSuffix(whole, "xxx…"))
}
