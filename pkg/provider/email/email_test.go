package email

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func TestWhoIsReached(t *testing.T) {
	li := &sender.Person{Name: "li", Title: "李雷", Email: "li@example.com"}
	for _, c := range []struct {
		target sender.Target
		want   string
	}{
		{sender.Target{Kind: sender.TargetPerson, Value: "li", Person: li}, `"李雷" <li@example.com>`},
		{sender.ParseTarget("email:ops@例子.中国"), "<ops@xn--fsqu00a.xn--fiqs8s>"},
		{sender.ParseTarget("email:ops+a@example.com"), "<ops+a@example.com>"},
		{sender.ParseTarget("email:not an address"), ""},
		{sender.ParseTarget("email:告警@example.com"), ""},
		{sender.Target{Kind: sender.TargetPerson, Value: "gone"}, ""},
		{sender.Target{Kind: sender.TargetPerson, Value: "han", Person: &sender.Person{Name: "han"}}, ""},
	} {
		got, err := receiver(c.target)
		if c.want == "" {
			f := sender.AsFailure(err)
			require.NotNil(t, f, c.target)
			assert.Equal(t, sender.ReasonRecipient, f.Reason)
			assert.Equal(t, sender.Never, f.Class)
			assert.NotEmpty(t, f.Hint.ZH)
			continue
		}
		require.NoError(t, err)
		name := ""
		if got.Name != "" {
			name = `"` + got.Name + `" `
		}
		assert.Equal(t, c.want, name+"<"+got.Address+">")
	}
}

// box is a mail service that keeps what it was told.
type box struct {
	fake

	mu    sync.Mutex
	asked []string
	// says replaces the reply to a path whose request has a text.
	says map[string]func(body string) string
}

func (b *box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	b.mu.Lock()
	b.asked = append(b.asked, r.URL.Path+" "+string(body))
	say, ok := b.says[r.URL.Path]
	b.mu.Unlock()
	if ok {
		if text := say(string(body)); text != "" {
			_, _ = io.WriteString(w, text)
			return
		}
	}
	b.fake.ServeHTTP(w, r)
}

// answer changes what is said to mails from now on; empty is a success.
func (b *box) answer(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.says = map[string]func(string) string{pathContent: func(string) string { return text }}
}

func (b *box) heard(path string) (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.asked {
		if rest, ok := strings.CutPrefix(a, path+" "); ok {
			list = append(list, rest)
		}
	}
	return list
}

// before opens a mailer that speaks to b.
func before(t *testing.T, b http.Handler, change func(*sender.Settings)) *mailer {
	t.Helper()
	s := testSettings()
	var stop func()
	s.BaseURL, stop = listen(b)
	t.Cleanup(stop)
	if change != nil {
		change(&s)
	}
	return open(t, s, sender.Deps{})
}

func content(t *testing.T) json.RawMessage {
	t.Helper()
	raw, err := outbound.JSON(part{Subject: "告警", Text: "正文", HTML: "<p>正文</p>"})
	require.NoError(t, err)
	return raw
}

func notices(t *testing.T, addresses ...string) (list []sender.Notification) {
	t.Helper()
	for i, a := range addresses {
		list = append(list, sender.Notification{Key: fmt.Sprintf("key-%d", i), Target: sender.ParseTarget("email:" + a), Content: content(t)})
	}
	return list
}

func TestOneMailForAllWhomTheServerTakes(t *testing.T) {
	b := &box{says: map[string]func(string) string{pathReceiver: func(body string) string {
		switch {
		case strings.Contains(body, "gone@"):
			return "550 5.1.1 User unknown\r\n"
		case strings.Contains(body, "later@"):
			return "450 4.2.0 Greylisted\r\n"
		}
		return ""
	}}}
	m := before(t, b, nil)
	out := m.SendBatch(t.Context(), notices(t, "a@example.com", "gone@example.com", "no address", "later@example.com", "b@example.com"))
	require.Len(t, out, 5)
	for i, want := range []sender.Reason{"", sender.ReasonRecipient, sender.ReasonRecipient, sender.ReasonUnavailable, ""} {
		f := sender.AsFailure(out[i].Err)
		if want == "" {
			require.Nil(t, f, i)
			require.Equal(t, "key-0@example.com", out[i].Receipt.MessageID)
			continue
		}
		require.Equal(t, want, f.Reason, i)
		require.False(t, f.MaybeSent)
	}
	require.Equal(t, "550 RCPT", sender.AsFailure(out[1].Err).Code)
	mails := b.heard(pathContent)
	require.Len(t, mails, 1)
	require.Contains(t, mails[0], "To: <a@example.com>, <b@example.com>\r\n", "nobody sees an address that was refused")

	nobody := m.SendBatch(t.Context(), notices(t, "gone@example.com"))
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(nobody[0].Err).Reason)
	require.Len(t, b.heard(pathContent), 1, "nothing is sent to nobody")
}

func TestABatchFailsTogether(t *testing.T) {
	b := &box{says: map[string]func(string) string{pathContent: func(string) string { return "554 DT:SPM 163 smtp\r\n" }}}
	for _, o := range before(t, b, nil).SendBatch(t.Context(), notices(t, "a@example.com", "b@example.com")) {
		f := sender.AsFailure(o.Err)
		require.Equal(t, codeSpam, f.Code)
		require.Equal(t, sender.Never, f.Class)
		require.Contains(t, f.Text, "DT:SPM")
	}
	// The server ends it at the first recipient: the second is not blamed on its address.
	b = &box{says: map[string]func(string) string{pathReceiver: func(string) string { return "421 4.3.2 closing\r\n" }}}
	for _, o := range before(t, b, nil).SendBatch(t.Context(), notices(t, "a@example.com", "b@example.com")) {
		require.Equal(t, "421", sender.AsFailure(o.Err).Code)
		require.Equal(t, sender.Again, sender.AsFailure(o.Err).Class)
	}
	require.Len(t, b.heard(pathReceiver), 1)
}

func TestWhatFollowsIsBelowTheFirst(t *testing.T) {
	b := &box{}
	m := before(t, b, nil)
	first, err := m.Send(t.Context(), notices(t, "a@example.com")[0])
	require.NoError(t, err)
	var own receipt
	require.NoError(t, json.Unmarshal(first.Data, &own))
	require.Equal(t, receipt{Version: 1, ID: "key-0@example.com", Said: "2.0.0 queued as 4ABC"}, own)
	n := notices(t, "a@example.com")[0]
	n.Key = "key-9"
	_, err = m.Reply(t.Context(), first, n)
	require.NoError(t, err)
	mails := b.heard(pathContent)
	require.Len(t, mails, 2)
	require.Contains(t, mails[1], "\r\nIn-Reply-To: <key-0@example.com>\r\n")
	require.Contains(t, mails[1], "\r\nReferences: <key-0@example.com>\r\n")
	require.Contains(t, mails[1], "\r\nMessage-ID: <key-9@example.com>\r\n")
	for _, broken := range []string{``, `{}`, `{"v":2,"id":"a@b"}`, `{"v":1,"id":"a@b>\r\nBcc: c@d"}`} {
		_, err = m.Reply(t.Context(), sender.Receipt{Data: json.RawMessage(broken)}, n)
		require.ErrorIs(t, err, sender.ErrCannotReply, broken)
	}
}

func TestTheSafestLoginIsChosen(t *testing.T) {
	m := open(t, testSettings(), sender.Deps{})
	name := func(m *mailer, offered string) string {
		how, f := m.mechanism(offered)
		if f != nil {
			require.Equal(t, sender.ReasonConfig, f.Reason)
			require.NotEmpty(t, f.Hint.ZH)
			return ""
		}
		return fmt.Sprintf("%T", how)
	}
	encrypted := *m
	encrypted.server.plain = false
	require.Equal(t, "*smtp.plainAuth", name(&encrypted, "LOGIN PLAIN XOAUTH2"))
	require.Equal(t, "*smtp.loginAuth", name(&encrypted, "LOGIN XOAUTH XOAUTH2"))
	require.Equal(t, "*smtp.scramAuth", name(&encrypted, "PLAIN SCRAM-SHA-256"))
	require.Equal(t, "*smtp.cramMD5Auth", name(m, "PLAIN LOGIN CRAM-MD5"), "in clear the password is not told if it need not be")
	require.Empty(t, name(m, "GSSAPI"))
	require.Empty(t, name(m, ""))
	chosen := *m
	for auth, want := range map[string]string{"login": "*smtp.loginAuth", "xoauth2": "*smtp.xoauth2Auth", "scram-sha-1": "*smtp.scramAuth"} {
		chosen.account.Auth = auth
		require.Equal(t, want, name(&chosen, "LOGIN PLAIN XOAUTH2 SCRAM-SHA-1"))
	}
	chosen.account.Auth = "cram-md5"
	require.Empty(t, name(&chosen, "LOGIN PLAIN"))
}

func TestARelayWithoutLogin(t *testing.T) {
	b := &box{}
	m := before(t, b, func(s *sender.Settings) { s.Values[fieldUsername] = ""; s.Secrets = map[string]secret.Value{} })
	_, err := m.Send(t.Context(), notices(t, "a@example.com")[0])
	require.NoError(t, err)
	require.Empty(t, b.heard(pathLogin))
}

func TestNothingInClearWithoutBeingTold(t *testing.T) {
	b := &box{}
	m := before(t, b, func(s *sender.Settings) { delete(s.Values, fieldTLS) })
	_, err := m.Send(t.Context(), notices(t, "a@example.com")[0])
	f := sender.AsFailure(err)
	require.NotNil(t, f)
	require.Equal(t, sender.ReasonConfig, f.Reason)
	require.Contains(t, f.Error(), "STARTTLS")
	require.Empty(t, b.heard(pathLogin))
	require.Empty(t, b.heard(pathSender))
}

func TestMixUpsAreExplained(t *testing.T) {
	hint := func(m *mailer) string {
		checks := m.Probe(t.Context())
		last := checks[len(checks)-1]
		require.False(t, last.OK)
		return last.Hint.EN
	}
	// TLS spoken to a plain port.
	m := before(t, &box{}, func(s *sender.Settings) {
		s.BaseURL = strings.Replace(s.BaseURL, "smtp://", "smtps://", 1)
		delete(s.Values, fieldTLS)
	})
	require.Contains(t, hint(m), "smtp://host:587")
	// A port that waits for TLS says nothing.
	var config net.ListenConfig
	silent, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	m = before(t, &box{}, func(s *sender.Settings) {
		s.BaseURL = "smtp://" + silent.Addr().String()
		s.Timeout = 50 * time.Millisecond
	})
	require.Contains(t, hint(m), "smtps://")
	// A web server.
	m = before(t, &box{says: map[string]func(string) string{pathGreeting: func(string) string { return "HTTP/1.1 400 Bad Request\r\n\r\n" }}}, nil)
	require.Contains(t, hint(m), "does not speak SMTP")
	// A wrong password, and a sender that is not the account.
	m = before(t, &box{says: map[string]func(string) string{pathLogin: func(string) string { return "535 Login Fail\r\n" }}}, nil)
	require.Contains(t, hint(m), "授权码")
	b := &box{says: map[string]func(string) string{pathSender: func(string) string { return "553 Mail from must equal authorized user\r\n" }}}
	m = before(t, b, nil)
	checks := m.Probe(t.Context())
	require.True(t, checks[0].OK)
	require.Contains(t, checks[1].Hint.EN, "from be username")
	require.Empty(t, b.heard(pathReceiver))
}

func TestRepliesThatOnlyTheirTextExplains(t *testing.T) {
	for text, want := range map[string]string{
		"554 Reject by behaviour spamANTISPAM_BAT: too frequently sending":  codeLimit,
		"550 5.4.5 Daily user sending limit exceeded":                       codeLimit,
		"451 Requested mail action not taken: too much fail authentication": codeLimit,
		"554 Reject by content spam":                                        codeSpam,
		"554 5.7.1 <a@b.c>: Relay access denied":                            codeRelay,
		"450 4.7.1 Greylisted":                                              "450",
		"550 5.1.1 nobody":                                                  "550 RCPT",
	} {
		var code int
		_, err := fmt.Sscan(text, &code)
		require.NoError(t, err)
		f := judge(atReceiver, code, text[4:])
		require.Equal(t, want, f.Code, text)
		require.Contains(t, f.Text, text[4:])
	}
	// QQ says it in GBK at times.
	require.Contains(t, judge(atLogin, 535, "Error: \xc7\xeb\xca\xb9\xd3\xc3\xca\xda\xc8\xa8\xc2\xeb\xb5\xc7\xc2\xbc").Text, "请使用授权码登录")
}

func TestOneLoginForManyMails(t *testing.T) {
	b := &box{}
	m := before(t, b, nil)
	for range 5 {
		_, err := m.Send(t.Context(), notices(t, "a@example.com")[0])
		require.NoError(t, err)
	}
	require.Len(t, b.heard(pathLogin), 1)
	require.Len(t, b.heard(pathContent), 5)
	// A refusal does not end the conversation; a lost one is not used again.
	b.answer("554 no\r\n")
	_, err := m.Send(t.Context(), notices(t, "a@example.com")[0])
	require.Error(t, err)
	b.answer("?")
	_, err = m.Send(t.Context(), notices(t, "a@example.com")[0])
	require.Error(t, err)
	require.Len(t, b.heard(pathLogin), 1)
	b.answer("")
	_, err = m.Send(t.Context(), notices(t, "a@example.com")[0])
	require.NoError(t, err)
	require.Len(t, b.heard(pathLogin), 2)
}

func TestAConversationTheServerEndedIsNotUsed(t *testing.T) {
	b := &box{}
	s := testSettings()
	front, address := newFront(b)
	t.Cleanup(front.close)
	s.BaseURL = address
	m := open(t, s, sender.Deps{})
	_, err := m.Send(t.Context(), notices(t, "a@example.com")[0])
	require.NoError(t, err)
	front.hangUp()
	_, err = m.Send(t.Context(), notices(t, "a@example.com")[0])
	require.NoError(t, err)
	require.Len(t, b.heard(pathLogin), 2)
}

// FuzzPreview reads what others may have sent.
func FuzzPreview(f *testing.F) {
	f.Add(`{"subject":"a","text":"b","html":"<table><tr><th>a<td>b<li><p><small>x"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := preview(json.RawMessage(raw))
		if err == nil {
			require.NotEmpty(t, p.Blocks)
		}
	})
}

// FuzzReply reads what a server may say.
func FuzzReply(f *testing.F) {
	f.Add(550, "5.1.1 no such user")
	f.Add(421, "\xff\xfe")
	f.Fuzz(func(t *testing.T, code int, text string) {
		for _, at := range []stage{atGreeting, atLogin, atSender, atReceiver, atContent} {
			failure := judge(at, code, text)
			require.NotEmpty(t, failure.Code)
			require.NotEmpty(t, failure.Reason)
			require.NotEmpty(t, failure.Hint.ZH)
			require.Equal(t, failure.Class == sender.Later, failure.After > 0)
		}
	})
}
