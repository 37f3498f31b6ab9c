package email

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// The steps of a conversation that only a send goes through.
const (
	opLogin    sender.Op = "login"
	opSender   sender.Op = "sender"
	opReceiver sender.Op = "receiver"
)

// paths name what a mail service is asked: each a request of the suite.
const (
	pathGreeting = "/greeting"
	pathHello    = "/hello"
	pathLogin    = "/login"
	pathSender   = "/sender"
	pathReceiver = "/receiver"
	pathContent  = "/content"
)

// fake is a mail service that accepts everything, in clear.
type fake struct{}

// ServeHTTP implements http.Handler.
func (fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := "250 2.0.0 OK"
	switch r.URL.Path {
	case pathGreeting:
		reply = "220 fake ESMTP"
	case pathHello:
		reply = "250-fake\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME"
	case pathLogin:
		reply = "235 2.7.0 welcome"
	case pathContent:
		reply = "250 2.0.0 queued as 4ABC"
	}
	_, _ = io.WriteString(w, reply+"\r\n")
}

func endpoint(r *http.Request, body []byte) sender.Op {
	switch r.URL.Path {
	case pathLogin:
		return opLogin
	case pathSender:
		return opSender
	case pathReceiver:
		return opReceiver
	case pathContent:
		if strings.Contains(string(body), "\r\nIn-Reply-To: ") {
			return sender.OpReply
		}
		return sender.OpSend
	}
	return ""
}

// listen speaks SMTP for a handler.
func listen(h http.Handler) (baseURL string, stop func()) {
	s, baseURL := newFront(h)
	return baseURL, s.close
}

func newFront(h http.Handler) (s *smtpFront, baseURL string) {
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s = &smtpFront{handler: h, listener: l, open: map[net.Conn]chan struct{}{}}
	go s.accept(l)
	return s, "smtp://" + l.Addr().String()
}

// smtpFront turns the commands of a conversation into requests, and the bodies of the answers into replies.
type smtpFront struct {
	handler  http.Handler
	listener net.Listener

	mu sync.Mutex
	// open are the conversations, each with what is closed at its end.
	open   map[net.Conn]chan struct{}
	closed bool
}

func (s *smtpFront) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = c.Close()
			return
		}
		over := make(chan struct{})
		s.open[c] = over
		s.mu.Unlock()
		go func() {
			defer close(over)
			s.talk(c)
		}()
	}
}

func (s *smtpFront) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.hangUp()
}

// hangUp ends every conversation.
func (s *smtpFront) hangUp() {
	s.mu.Lock()
	talks := maps.Clone(s.open)
	s.mu.Unlock()
	for c, over := range talks {
		_ = c.Close()
		<-over
	}
}

// talk leads one conversation. Lines come through a channel, so that a caller who leaves is noticed at once.
func (s *smtpFront) talk(c net.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	lines := make(chan string, 1<<16)
	go func() {
		defer close(lines)
		defer cancel()
		r := bufio.NewReader(c)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			lines <- line
		}
	}()
	defer func() { cancel(); _ = c.Close() }()
	if !s.ask(ctx, c, pathGreeting, "") {
		return
	}
	for line := range lines {
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		ok := true
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			ok = s.ask(ctx, c, pathHello, line)
		case "AUTH":
			ok = s.ask(ctx, c, pathLogin, line)
		case "MAIL":
			ok = s.ask(ctx, c, pathSender, line)
		case "RCPT":
			ok = s.ask(ctx, c, pathReceiver, line)
		case "DATA":
			_, _ = io.WriteString(c, "354 go ahead\r\n")
			var mail strings.Builder
			for l := range lines {
				if l == ".\r\n" {
					break
				}
				mail.WriteString(strings.TrimPrefix(l, "."))
			}
			ok = s.ask(ctx, c, pathContent, mail.String())
		case "RSET":
			_, _ = io.WriteString(c, "250 2.0.0 OK\r\n")
		case "QUIT":
			_, _ = io.WriteString(c, "221 2.0.0 bye\r\n")
			return
		default:
			_, _ = io.WriteString(c, "501 5.5.4 what\r\n")
		}
		if !ok {
			return
		}
	}
}

// ask puts one request to the handler; it returns false when the conversation is over.
func (s *smtpFront) ask(ctx context.Context, c net.Conn, path, body string) (ok bool) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://smtp"+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	w := &replyWriter{to: c}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	s.handler.ServeHTTP(w, r)
	return w.whole()
}

// replyWriter writes an answer to the connection as it is.
type replyWriter struct {
	to   io.Writer
	said strings.Builder
}

// Header implements http.ResponseWriter.
func (w *replyWriter) Header() http.Header { return http.Header{} }

// WriteHeader implements http.ResponseWriter.
func (w *replyWriter) WriteHeader(int) {}

// Write implements http.ResponseWriter.
func (w *replyWriter) Write(b []byte) (int, error) {
	w.said.Write(b)
	return w.to.Write(b)
}

// whole tells whether a client sees the end of the reply.
func (w *replyWriter) whole() bool {
	lines := strings.Split(strings.TrimSuffix(w.said.String(), "\r\n"), "\r\n")
	last := lines[len(lines)-1]
	var code int
	_, err := fmt.Sscanf(last, "%3d", &code)
	return err == nil && strings.HasSuffix(w.said.String(), "\r\n") && (len(last) == 3 || last[3] == ' ')
}

func refuse(w http.ResponseWriter, row sender.CodeMeaning, text string) {
	code, said := row.Code, text
	switch row.Code {
	case codeLimit:
		code, said = "550", "Ip frequency limited "+text
	case codeSpam:
		code, said = "554", "DT:SPM 163 smtp "+text
	case codeRelay:
		code, said = "554", "5.7.1 <x@example.net>: Relay access denied "+text
	case "530 STARTTLS":
		code, said = "530", "5.7.0 Must issue a STARTTLS command first "+text
	}
	code, _, _ = strings.Cut(code, " ")
	_, _ = fmt.Fprintf(w, "%s %s\r\n", code, said)
}

// where gives each row the step that says it.
func where() map[string]sender.Op {
	out := map[string]sender.Op{codeRelay: opReceiver, "530 STARTTLS": opSender, "554 " + string(atGreeting): ""}
	steps := map[stage]sender.Op{atLogin: opLogin, atSender: opSender, atReceiver: opReceiver, atContent: sender.OpSend}
	for _, row := range codes() {
		_, at, _ := strings.Cut(row.Code, " ")
		if op, ok := steps[stage(at)]; ok {
			out[row.Code] = op
		}
	}
	for _, code := range []string{"526", "530", "534", "535", "538"} {
		out[code] = opLogin
	}
	return out
}
