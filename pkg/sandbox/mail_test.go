package sandbox_test

import (
	"net"
	"net/smtp"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const oneMail = "From: alerts@example.com\r\nTo: lilei@example.com\r\nDate: Wed, 25 Nov 2026 20:00:00 +0000\r\nMessage-ID: <one@example.com>\r\n" +
	"Subject: hello\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n"

// sendMail sends with the standard library's client, over a connection.
func sendMail(c net.Conn) error {
	client, err := smtp.NewClient(c, "localhost")
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if err := client.Auth(smtp.PlainAuth("", "alerts@example.com", "mail-demo-code", "localhost")); err != nil {
		return err
	}
	if err := client.Mail("alerts@example.com"); err != nil {
		return err
	}
	if err := client.Rcpt("lilei@example.com"); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(oneMail)); err != nil {
		return err
	}
	return w.Close()
}

func TestFaultsOfMail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   stage.Fault
		said    string
		arrived bool
	}{
		"refuse":           {stage.Fault{Kind: stage.FaultRefuse}, "?", false},
		"reset":            {stage.Fault{Kind: stage.FaultReset}, "?", false},
		"lose answer":      {stage.Fault{Kind: stage.FaultLoseAnswer}, "?", true},
		"slow":             {stage.Fault{Kind: stage.FaultSlow, DelayMS: 1}, "", true},
		"slow answer":      {stage.Fault{Kind: stage.FaultSlowAnswer, DelayMS: 1}, "", true},
		"code":             {stage.Fault{Kind: stage.FaultCode, Code: "550 5.7.1", Text: "no"}, "5.7.1 no", false},
		"code that is odd": {stage.Fault{Kind: stage.FaultCode, Code: "x"}, "554 ", false},
		"code of a step":   {stage.Fault{Kind: stage.FaultCode, Endpoint: "receiver", Code: "450"}, "450 ", false},
		"limited":          {stage.Fault{Kind: stage.FaultLimited}, "4.7.1 Sending", false},
		"web page":         {stage.Fault{Kind: stage.FaultHTML}, "?", false},
		"truncated":        {stage.Fault{Kind: stage.FaultTruncated}, "?", true},
		"huge":             {stage.Fault{Kind: stage.FaultHuge}, "?", true},
		"other play":       {stage.Fault{Kind: stage.FaultReset, Provider: "feishu"}, "", true},
		"other target":     {stage.Fault{Kind: stage.FaultReset, Target: "hanmeimei"}, "", true},
		"this target":      {stage.Fault{Kind: stage.FaultReset, Target: "lilei"}, "?", false},
		"means nothing":    {stage.Fault{Kind: stage.FaultExpired}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, sandbox.Options{})
			address := takeMail(t, s)
			for door, dial := range map[string]func() (net.Conn, error){
				"socket": func() (net.Conn, error) { return new(net.Dialer).DialContext(t.Context(), "tcp", address) },
				"memory": func() (net.Conn, error) { return s.Dial(sandbox.LineSMTP)(t.Context(), "tcp", "anywhere:25") },
			} {
				s.Reset()
				require.NoError(t, s.SetFaults(c.fault))
				conn, err := dial()
				if err == nil {
					err = sendMail(conn)
				}
				switch c.said {
				case "":
					require.NoError(t, err, door)
				case "?":
					require.Error(t, err, door)
				default:
					require.ErrorContains(t, err, c.said, door)
				}
				require.Len(t, s.Messages(stage.Filter{}), map[bool]int{true: 1}[c.arrived], door)
			}
		})
	}
}

func TestAConnectionThatIsRefusedInMemory(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	require.NoError(t, s.SetFaults(stage.Fault{Kind: stage.FaultRefuse}))
	_, err := s.Dial(sandbox.LineSMTP)(t.Context(), "tcp", "x:25")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	_, err = s.Dial("gopher")(t.Context(), "tcp", "x:70")
	require.ErrorContains(t, err, "gopher")
	require.ErrorContains(t, s.ServeLine(t.Context(), "gopher", nil), "gopher")
}

func TestMailIsLimited(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	for i := range 61 {
		conn, err := s.Dial(sandbox.LineSMTP)(t.Context(), "tcp", "x:25")
		require.NoError(t, err)
		err = sendMail(conn)
		if i < 60 {
			require.NoError(t, err, i)
			continue
		}
		require.ErrorContains(t, err, "4.7.1 Sending")
	}
}

func TestMailIsShownAsAMail(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	conn, err := s.Dial(sandbox.LineSMTP)(t.Context(), "tcp", "x:25")
	require.NoError(t, err)
	require.NoError(t, sendMail(conn))
	body := page(t, s, "/?c=email:lilei@example.com&lang=zh").Body.String()
	for _, want := range []string{"李雷 lilei@example.com", "纯文本部分", "<pre>hello", "MAIL FROM:&lt;alerts@example.com&gt;"} {
		require.Contains(t, body, want)
	}
	require.NotContains(t, body, "fault_")
	require.NotContains(t, body, "fault&#34;:&#34;expired", "no switch for what means nothing to mail")
	require.Contains(t, body, "page-email-lose_answer", "the mail service's own switches are offered")
}
