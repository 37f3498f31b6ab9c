package email

import (
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string { return []string{"LOGIN", sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *session) Auth(mechanism string) (sasl.Server, error) { //nolint:ireturn // as the library's interface wants it
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return s.login(user, password) }), nil
	case "LOGIN":
		return &loginServer{check: s.login}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// login checks a password, which services in China call an authorization code.
func (s *session) login(user, password string) error {
	return s.step(atLogin, user, func() *smtp.SMTPError {
		a := s.snapshot().account(user)
		if a.Address == "" || a.Password != password {
			return reply(535, smtp.EnhancedCode{5, 7, 8}, "Login fail. Please enter your authorization code to login")
		}
		s.user = a.Address
		return nil
	})
}

// loginServer is the mechanism LOGIN, which asks for name and password one after the other.
type loginServer struct {
	check func(user, password string) error
	asked int
	user  string
}

// Next implements sasl.Server.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if l.asked == 0 && len(response) > 0 {
		l.asked = 1
	}
	l.asked++
	switch l.asked {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.check(l.user, string(response))
	}
}
