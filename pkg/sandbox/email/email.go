// Package email plays a mail service: SMTP with logins, mailboxes that exist or not, and a strict eye on what a mail
// is made of.
package email

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// Provider is the name of this play, and of the protocol's line.
const (
	Provider = "email"
	lineName = "smtp"
)

// typeEmail is the account type whose content the inbox previews.
const typeEmail = "email"

// The steps of a conversation, for counting and for faults.
const (
	atConnect  = "connect"
	atLogin    = "login"
	atSender   = "sender"
	atReceiver = "receiver"
	atSend     = "send"
)

const (
	// maxRecipients of one mail and maxBytes of it, as a usual service has them.
	maxRecipients = 100
	maxBytes      = 10 << 20
	// patience is how long the service waits for a command.
	patience = 5 * time.Minute
)

type play struct {
	stage *stage.Stage

	mu    sync.Mutex
	world World
	// identity is the service's certificate, made when it is first needed.
	identity func() (tls.Certificate, error)
}

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p := &play{stage: s, world: demo(), identity: sync.OnceValues(newIdentity)}
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "邮件", EN: "E-mail"}, Types: []string{typeEmail},
		Accounts: accounts(), Add: p.add, View: p.view, Places: p.places, Sender: func(m stage.Message) string { return m.App },
		Kinds: map[string]lang.Text{"mailbox": {ZH: "邮箱", EN: "mailbox"}},
		Lines: []stage.Line{{Name: lineName, Refuse: p.refuses, Serve: p.serve}},
		Faults: []stage.FaultKind{
			stage.FaultRefuse, stage.FaultReset, stage.FaultSlow, stage.FaultSlowAnswer, stage.FaultLoseAnswer,
			stage.FaultCode, stage.FaultLimited, stage.FaultTruncated, stage.FaultHuge, stage.FaultHTML,
		},
	}
}

// serve leads one conversation.
func (p *play) serve(conn net.Conn) {
	done := make(chan struct{})
	watched := &watchedConn{Conn: conn, done: done}
	w := p.snapshot()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, encrypted := c.TLSConnectionState()
		return &session{play: p, conn: c, encrypted: encrypted}, nil
	}))
	server.Domain, server.MaxRecipients, server.MaxMessageBytes, server.AllowInsecureAuth = "sandbox", maxRecipients, maxBytes, !w.TLS
	server.ReadTimeout, server.WriteTimeout = patience, patience
	server.ErrorLog = quiet{}
	if w.TLS {
		certificate, err := p.identity()
		if err != nil {
			p.stage.Logger().Error("the mail service has no certificate", "error", err)
			_ = conn.Close()
			return
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	// The server takes its one connection, and ends when that is closed.
	_ = server.Serve(&oneConn{conn: watched, done: done})
}

// session is a conversation.
type session struct {
	*play

	conn      *smtp.Conn
	encrypted bool
	// user is who logged in.
	user string
	from string
	to   []string
}

var _ smtp.AuthSession = (*session)(nil)

func reply(code int, enhanced smtp.EnhancedCode, text string, args ...any) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: fmt.Sprintf(text, args...)}
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// Mail implements smtp.Session.
func (s *session) Mail(from string, o *smtp.MailOptions) error {
	return s.step(atSender, from, func() *smtp.SMTPError {
		w := s.snapshot()
		switch {
		case w.TLS && !s.encrypted:
			return reply(530, smtp.EnhancedCode{5, 7, 0}, "Must issue a STARTTLS command first")
		case s.user == "":
			return reply(530, smtp.EnhancedCode{5, 7, 0}, "Authentication required")
		case !strings.EqualFold(from, s.user):
			return reply(553, smtp.EnhancedCode{5, 7, 1}, "Mail from must equal authorized user")
		case o != nil && o.Size > maxBytes:
			return reply(552, smtp.EnhancedCode{5, 3, 4}, "Message size exceeds fixed limit")
		case !w.account(s.user).NoLimits && s.stage.Take("email/"+s.user, stage.Rate{Count: perMinute, Per: time.Minute}) > 0:
			return limited()
		}
		s.from = from
		return nil
	})
}

func limited() *smtp.SMTPError {
	return reply(450, smtp.EnhancedCode{4, 7, 1}, "Sending too frequently, try again later")
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	return s.step(atReceiver, to, func() *smtp.SMTPError {
		w := s.snapshot()
		if !plainAddress(to) {
			return reply(501, smtp.EnhancedCode{5, 1, 3}, "Bad recipient address syntax")
		}
		_, domain, _ := strings.Cut(to, "@")
		user, known := s.stage.UserBy(func(u *stage.User) bool { return strings.EqualFold(u.Email, to) })
		switch {
		case known && user.Resigned:
			return reply(550, smtp.EnhancedCode{5, 2, 1}, "Mailbox disabled: <%s>", to)
		case slices.Contains(w.Full, to):
			return reply(552, smtp.EnhancedCode{5, 2, 2}, "Mailbox full: <%s>", to)
		case strings.EqualFold(domain, w.Domain) && !known:
			return reply(550, smtp.EnhancedCode{5, 1, 1}, "User unknown: <%s>", to)
		}
		s.to = append(s.to, to)
		return nil
	})
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return s.step(atSend, s.from+"\n"+strings.Join(s.to, "\n")+"\n"+string(raw), func() *smtp.SMTPError {
		m, err := read(raw, s.from)
		if err != nil {
			return reply(554, smtp.EnhancedCode{5, 6, 0}, "%s", err)
		}
		for _, to := range s.to {
			s.deliver(m, raw, to)
		}
		return nil
	})
}

// deliver puts a mail into one mailbox.
func (s *session) deliver(m letter, raw []byte, to string) {
	box := s.mailbox(to)
	above := ""
	for _, old := range s.stage.Messages(stage.Filter{Provider: Provider, Conversation: box.ID}) {
		if m.answers != "" && old.Key == m.answers {
			above = old.ID
		}
	}
	s.stage.Deliver(stage.Message{
		ID: s.stage.NewID("mail_"), Provider: Provider, Type: typeEmail, App: s.user, Conversation: box, Form: m.form, Key: m.id,
		Content: m.content, Plain: m.text, To: m.to, ReplyTo: above, InThread: above != "",
		Request: &stage.Request{Method: "MAIL", Path: "FROM:<" + s.from + "> RCPT TO:<" + to + ">", Body: string(raw)},
	}, box.ID, 0)
}

// step does one step as the faults in force want, and counts it.
func (s *session) step(endpoint, subject string, act func() *smtp.SMTPError) error {
	f, faulty := s.stage.Fault(Provider, endpoint, func() string { return subject }, func(f stage.Fault) bool {
		// Only what a service does to a whole mail happens by itself; other steps are to be named.
		return f.Kind != stage.FaultRefuse && (endpoint == atSend || f.Endpoint == endpoint)
	})
	if !faulty {
		return s.counted(endpoint, act)
	}
	s.count(endpoint, "fault:"+string(f.Kind))
	switch f.Kind {
	case stage.FaultReset:
		return s.hangUp("")
	case stage.FaultSlow:
		time.Sleep(f.Delay())
		return s.counted(endpoint, act)
	case stage.FaultCode:
		return coded(f)
	case stage.FaultLimited:
		return limited()
	case stage.FaultHTML:
		return s.hangUp("<!doctype html><html><body><h1>Access denied</h1></body></html>\r\n")
	default:
	}
	if err := s.counted(endpoint, act); err != nil {
		return err
	}
	switch f.Kind {
	case stage.FaultSlowAnswer:
		time.Sleep(f.Delay())
	case stage.FaultLoseAnswer:
		time.Sleep(f.Delay())
		return s.hangUp("")
	case stage.FaultTruncated:
		return s.hangUp("25")
	case stage.FaultHuge:
		return s.hangUp("250-" + strings.Repeat(" ", max(f.Size, 2<<20)))
	default:
	}
	return nil
}

func (s *session) counted(endpoint string, act func() *smtp.SMTPError) error {
	err := act()
	if err == nil {
		s.count(endpoint, stage.Success)
		return nil
	}
	s.count(endpoint, strconv.Itoa(err.Code))
	return err
}

func (p *play) count(endpoint, outcome string) {
	p.stage.CountCall(stage.CallKey{Provider: Provider, Endpoint: endpoint, Outcome: outcome})
}

// coded is a reply with the fault's code, such as "550" or "550 5.7.1".
func coded(f stage.Fault) *smtp.SMTPError {
	var code int
	var e smtp.EnhancedCode
	if n, _ := fmt.Sscanf(string(f.Code), "%d %d.%d.%d", &code, &e[0], &e[1], &e[2]); n < 4 {
		e = smtp.NoEnhancedCode
	}
	if code < 200 || code > 599 {
		code = 554
	}
	text := f.Text
	if text == "" {
		text = "refused by a fault switch"
	}
	return reply(code, e, "%s", text)
}

var errHungUp = errors.New("the connection was dropped by a fault switch")

// hangUp ends the conversation after some last words.
func (s *session) hangUp(words string) error {
	c := s.conn.Conn()
	_, _ = io.WriteString(c, words)
	_ = c.Close()
	return errHungUp
}

// refuses takes the fault that refuses connections.
func (p *play) refuses() bool {
	f, faulty := p.stage.Fault(Provider, atConnect, func() string { return "" }, func(f stage.Fault) bool { return f.Kind == stage.FaultRefuse })
	if faulty {
		p.count(atConnect, "fault:"+string(f.Kind))
	}
	return faulty
}
