package email

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	authPlain   = "plain"
	authLogin   = "login"
	authCRAM    = "cram-md5"
	authSCRAM1  = "scram-sha-1"
	authSCRAM2  = "scram-sha-256"
	authXOAuth2 = "xoauth2"
)

// mechanisms are those that auto takes, the safest first: without encryption those that do not tell the password.
func mechanisms(encrypted bool) []string {
	if encrypted {
		return []string{authSCRAM2, authSCRAM1, authPlain, authLogin, authCRAM}
	}
	return []string{authSCRAM2, authSCRAM1, authCRAM, authPlain, authLogin}
}

// mechanism chooses how to log in; offered is the server's list.
func (m *mailer) mechanism(offered string) (smtp.Auth, *sender.Failure) { //nolint:ireturn // what the library's client takes
	list := strings.Fields(strings.ToLower(offered))
	name := m.account.Auth
	if name == "" || name == authAuto {
		all := mechanisms(!m.server.plain)
		if i := slices.IndexFunc(all, func(s string) bool { return slices.Contains(list, s) }); i >= 0 {
			name = all[i]
		}
	}
	user, password, host := m.account.Username, m.account.Password.Reveal(), m.server.host
	if slices.Contains(list, name) {
		switch name {
		case authPlain:
			return smtp.PlainAuth("", user, password, host, m.server.plain), nil
		case authLogin:
			return smtp.LoginAuth(user, password, host, m.server.plain), nil
		case authCRAM:
			return smtp.CRAMMD5Auth(user, password), nil
		case authSCRAM1:
			return smtp.ScramSHA1Auth(user, password), nil
		case authSCRAM2:
			return smtp.ScramSHA256Auth(user, password), nil
		case authXOAuth2:
			return smtp.XOAuth2Auth(user, password), nil
		}
	}
	return nil, m.dialer.RedactFailure(&sender.Failure{
		Class: sender.Never, Reason: sender.ReasonConfig, Err: fmt.Errorf("the server offers no login by %s, only: %s", m.account.Auth, offered),
		Hint: words("按服务器列出的方式设置 auth；若一个都没有，它可能只在加密后才允许登录（改用 smtps://），或不用登录（去掉 username 与 password）。",
			"Set auth to one that the server lists; if there is none, it may allow a login only once encrypted (use smtps://), or want none (remove username and password)."),
	})
}
