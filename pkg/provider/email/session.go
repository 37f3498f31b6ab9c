package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wneessen/go-mail/smtp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// session is a conversation with the mail service, logged in.
type session struct {
	*mailer

	client *smtp.Client
	conn   *outbound.Conn
	// lost: the conversation broke off, so there is nobody to say good-bye to.
	lost bool
	// expiry ends a conversation that waits.
	expiry *time.Timer
}

// open connects, encrypts and logs in. After an error nothing was sent. The conversation ends with ctx.
func (m *mailer) open(ctx context.Context) (*session, error) {
	conn, err := m.dialer.Dial(ctx, m.server.address)
	if err != nil {
		return nil, err
	}
	client, f := m.greet(ctx, conn)
	if f != nil {
		_ = conn.Close()
		return nil, f
	}
	return &session{mailer: m, client: client, conn: conn}, nil
}

func (m *mailer) greet(ctx context.Context, conn net.Conn) (*smtp.Client, *sender.Failure) {
	if m.server.implicit {
		secured := tls.Client(conn, m.server.tls())
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, m.broken(ctx, atGreeting, err)
		}
		conn = secured
	}
	client, err := smtp.NewClient(conn, m.server.host)
	if err != nil {
		return nil, m.broken(ctx, atGreeting, err)
	}
	if err := client.Hello(m.helo); err != nil {
		return nil, m.broken(ctx, atGreeting, err)
	}
	if !m.server.implicit && !m.server.plain {
		if f := m.encrypt(ctx, client); f != nil {
			return nil, f
		}
	}
	if f := m.login(ctx, client); f != nil {
		return nil, f
	}
	return client, nil
}

func (m *mailer) encrypt(ctx context.Context, client *smtp.Client) *sender.Failure {
	if ok, _ := client.Extension("STARTTLS"); !ok {
		return &sender.Failure{
			Class: sender.Never, Reason: sender.ReasonConfig, Err: errors.New("the server offers no STARTTLS, so nothing was sent in clear"),
			Hint: words("改用 smtps://主机:465；若是内网中继、允许明文，设 tls: none。", "Use smtps://host:465; for a relay in your own network that may be spoken to in clear set tls: none."),
		}
	}
	if err := client.StartTLS(m.server.tls()); err != nil {
		return m.broken(ctx, atGreeting, err)
	}
	return nil
}

func (m *mailer) login(ctx context.Context, client *smtp.Client) *sender.Failure {
	if m.account.Username == "" {
		return nil
	}
	_, offered := client.Extension("AUTH")
	how, f := m.mechanism(offered)
	if f != nil {
		return f
	}
	if err := client.Auth(how); err != nil {
		return m.broken(ctx, atLogin, err)
	}
	return nil
}

// close says good-bye; what is wrong with that concerns nobody.
func (s *session) close() {
	if !s.lost {
		_ = s.client.Quit()
	}
	_ = s.client.Close()
}

// failed words what went wrong before the mail was handed over, and notes whether the conversation goes on.
func (s *session) failed(ctx context.Context, where stage, err error) *sender.Failure {
	var reply *textproto.Error
	s.lost = s.lost || !errors.As(err, &reply) || reply.Code == closing
	return s.broken(ctx, where, err)
}

// address names the sender, and then each receiver. refused has an entry for each of to; err is the sender's.
func (s *session) address(ctx context.Context, to []string) (refused []*sender.Failure, err error) {
	s.client.SkipSMTPUTF8(true)
	if err := s.client.Mail("<" + s.from.Address + ">"); err != nil {
		return nil, s.failed(ctx, atSender, err)
	}
	refused = make([]*sender.Failure, len(to))
	for i, address := range to {
		err := s.client.Rcpt("<" + address + ">")
		if err == nil {
			continue
		}
		if refused[i] = s.failed(ctx, atReceiver, err); s.lost {
			return nil, refused[i]
		}
	}
	return refused, nil
}

// closing is the reply of a server that ends the conversation.
const closing = 421

// send hands the mail over, and returns what the server said to it. Only what fails after the last dot may have been
// sent.
func (s *session) send(ctx context.Context, mail []byte) (said string, err error) {
	w, err := s.client.Data()
	if err != nil {
		return "", s.failed(ctx, atContent, err)
	}
	if _, err := w.Write(mail); err != nil {
		return "", s.failed(ctx, atContent, err)
	}
	err = w.Close()
	if err == nil {
		if closed, ok := w.(*smtp.DataCloser); ok {
			said = s.dialer.Redact(readable(closed.ServerResponse()))
		}
		return said, nil
	}
	var reply *textproto.Error
	var garbled textproto.ProtocolError
	if errors.As(err, &reply) && reply.Code >= 400 && reply.Code < 600 {
		return "", s.failed(ctx, atContent, err)
	}
	s.lost = true
	switch {
	case errors.As(err, &reply), errors.As(err, &garbled):
		f := s.dialer.Failure(ctx, err, true)
		f.Reason, f.Hint = sender.ReasonOutcomeUnknown, notSMTP()
		return "", f
	}
	return "", s.dialer.Failure(ctx, err, true)
}

// broken words what ended a conversation before the mail was handed over.
func (m *mailer) broken(ctx context.Context, where stage, err error) *sender.Failure {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code >= 400 && reply.Code < 600 {
		return m.dialer.RedactFailure(judge(where, reply.Code, reply.Msg))
	}
	f := m.dialer.Failure(ctx, err, false)
	if hint := m.explain(where, err, f); !hint.Empty() {
		f.Hint = hint
	}
	return f
}

func notSMTP() lang.Text {
	return words("对方说的不是 SMTP：检查 base_url 的主机和端口，以及中间的代理或网关。",
		"The peer does not speak SMTP: check host and port in base_url, and a proxy or gateway in between.")
}

// explain tells the usual mix-ups of ports and certificates apart.
func (m *mailer) explain(where stage, err error, f *sender.Failure) lang.Text {
	var header tls.RecordHeaderError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var garbled textproto.ProtocolError
	switch {
	case errors.As(err, &header):
		return words("这个端口一开始不加密：把 base_url 改成 smtp://主机:587（STARTTLS），或用 465 端口。",
			"This port is not encrypted from the start: use smtp://host:587 (STARTTLS) as base_url, or port 465.")
	case errors.As(err, &name):
		return words("证书不是给 base_url 里的主机名的：写证书上的名字，不要写 IP。", "The certificate is not for the host in base_url: use the name on the certificate, not an IP address.")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return words("服务器的证书已过期或未生效：更新证书，并核对本机时间。", "The server's certificate expired or is not valid yet: renew it, and check this machine's clock.")
	case errors.As(err, &unknown):
		return words("证书不是公认机构签发的：自建服务器请把 CA 证书填入 ca。", "The certificate is of no known authority: put that of your own CA into ca.")
	case errors.As(err, &garbled):
		return notSMTP()
	case where == atGreeting && f.Reason == sender.ReasonTimeout && !m.server.implicit:
		return words("连上了，但服务器没有问候：465 端口要用 smtps://；云主机常封 25 端口。", "Connected, but the server does not greet: port 465 wants smtps://; clouds often block port 25.")
	case where == atLogin && f.Hint.Empty():
		return words("登录过程中断：换一种 auth 再试。", "The login broke off: try another auth.")
	}
	return lang.Text{}
}

// readable is a server's text; QQ's is in GBK at times.
func readable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if decoded, err := simplifiedchinese.GB18030.NewDecoder().String(s); err == nil {
		return decoded
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
