package email

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// usualName is whom mails come from when from has no name.
const usualName = "云锣 Yunluo"

// mailer sends through one account of a mail service.
type mailer struct {
	dialer  *outbound.Dialer
	server  server
	from    mail.Address
	helo    string
	account settings
	idle    *idle
}

var (
	_ sender.Sender  = (*mailer)(nil)
	_ sender.Batcher = (*mailer)(nil)
	_ sender.Replier = (*mailer)(nil)
	_ sender.Prober  = (*mailer)(nil)
)

// settings are the fields of the manifest.
type settings struct {
	From     string       `setting:"from"`
	Username string       `setting:"username"`
	Password secret.Value `setting:"password"`
	TLS      string       `setting:"tls"`
	Auth     string       `setting:"auth"`
	CA       string       `setting:"ca"`
	HELO     string       `setting:"helo"`
}

// server is where the account's mail service listens.
type server struct {
	address string
	host    string
	// implicit: encrypted from the first byte. plain: not encrypted at all.
	implicit, plain bool
	roots           *x509.CertPool
}

func newMailer(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	v := s.Values
	own := settings{
		From: strings.TrimSpace(v[fieldFrom]), Username: v[fieldUsername], Password: s.Secrets[fieldPassword],
		TLS: v[fieldTLS], Auth: v[fieldAuth], CA: v[fieldCA], HELO: strings.TrimSpace(v[fieldHELO]),
	}
	m := &mailer{account: own, idle: &idle{}}
	var faults [6]error
	m.server, faults[0] = serverOf(s.BaseURL, own)
	m.from, faults[1] = senderOf(own.From)
	m.helo, faults[2] = nameOf(own.HELO)
	m.server.roots, faults[3] = rootsOf(own.CA)
	faults[4] = own.check()
	m.dialer, faults[5] = outbound.NewDialer(outbound.Options{Settings: s, Dial: d.Dial, Logger: d.Logger})
	if err := sender.Misconfigured(faults[:]...); err != nil {
		return nil, err
	}
	return m, nil
}

func (s settings) check() error {
	var faults []error
	if s.TLS != "" && s.TLS != tlsRequired && s.TLS != tlsNone {
		faults = append(faults, lang.Wrong("tls 不能是 %q：请用 %s 或 %s", "tls %q is not known: use %s or %s", s.TLS, tlsRequired, tlsNone))
	}
	if s.Auth != "" && !slices.Contains(authWords(), s.Auth) {
		faults = append(faults, lang.Wrong("auth 不能是 %q：请用 %s 之一", "auth %q is not known: use one of %s", s.Auth, strings.Join(authWords(), ", ")))
	}
	if (s.Username == "") != !s.Password.IsSet() {
		faults = append(faults, lang.Wrong("username 和 password 要一起填：两个都填；中继不用登录时都不填", "username and password go together: set both, or neither for a relay that wants no login"))
	}
	if strings.ContainsFunc(s.Username+s.Password.Reveal(), unicode.IsControl) {
		faults = append(faults, lang.Wrong("username 或 password 里有换行或控制字符：请重新复制", "username or password holds a line break or control character: copy them again"))
	}
	return errors.Join(faults...)
}

func serverOf(base string, own settings) (server, error) {
	u, err := url.Parse(base)
	if base == "" || err != nil || u.Hostname() == "" || (u.Scheme != schemeSubmission && u.Scheme != schemeTLS) ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return server{}, lang.Wrong("base_url 不是邮件服务的地址：请用 smtps://主机:465，用 STARTTLS 则写 smtp://主机:587", "base_url is no mail service's address: use smtps://host:465, or smtp://host:587 for STARTTLS")
	}
	out := server{host: u.Hostname(), implicit: u.Scheme == schemeTLS, plain: own.TLS == tlsNone}
	port := u.Port()
	switch {
	case port == "" && out.implicit:
		port = "465"
	case port == "":
		port = "587"
	}
	out.address = net.JoinHostPort(out.host, port)
	if out.plain && out.implicit {
		return server{}, lang.Wrong("tls 是 none，而 base_url 以 smtps 开头：请改用 smtp://，或不填 tls", "tls is none, but base_url begins with smtps: use smtp://, or leave tls out")
	}
	return out, nil
}

// rootsOf are the certificates to trust: the system's and one's own; nil for the system's alone.
func rootsOf(ca string) (*x509.CertPool, error) {
	if ca == "" {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM([]byte(ca)) {
		return nil, lang.Wrong("ca 里没有证书：请填 PEM，以 -----BEGIN CERTIFICATE----- 开头", "ca holds no certificate: give it in PEM, which begins with -----BEGIN CERTIFICATE-----")
	}
	return roots, nil
}

func (s server) tls() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
}

func senderOf(raw string) (mail.Address, error) {
	a, err := mail.ParseAddress(raw)
	if err != nil || strings.ContainsFunc(raw, unicode.IsControl) {
		return mail.Address{}, lang.Wrong("from 不是邮箱地址：写成 alerts@example.com，或带名字的 Yunluo <alerts@example.com>", "from is no mail address: write it as alerts@example.com, or with a name as Yunluo <alerts@example.com>")
	}
	if a.Name == "" {
		a.Name = usualName
	}
	if a.Address, err = wireAddress(a.Address); err != nil {
		return mail.Address{}, lang.About("from", err)
	}
	return *a, nil
}

// nameOf is what this machine calls itself to servers: what was said, else its host name.
func nameOf(said string) (string, error) {
	name := said
	if name == "" {
		name, _ = os.Hostname()
		if name == "" || strings.ContainsFunc(name, notInName) {
			name = "localhost"
		}
	}
	if strings.ContainsFunc(name, notInName) {
		return "", lang.Wrong("helo 不是主机名：只用字母、数字、连字符和点，或方括号里的 IP 地址", "helo is no host name: use letters, digits, hyphens and dots, or an address in brackets")
	}
	return name, nil
}

func notInName(r rune) bool {
	return r > unicode.MaxASCII || (!unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-.[]:", r))
}
