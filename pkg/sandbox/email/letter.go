package email

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// maxLine is the longest line of a mail without its end, in bytes.
	// https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
	maxLine = 998
	// maxDepth is how deep parts may be nested.
	maxDepth = 5
)

var (
	messageID = regexp.MustCompile(`^<([^<>@\s]+@[^<>@\s]+)>$`)
	address   = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9][A-Za-z0-9.-]*$`)
)

func plainAddress(s string) bool { return address.MatchString(s) }

// letter is a mail that was read.
type letter struct {
	id, answers string
	to          string
	form        string
	text        string
	// content is what the inbox previews: the provider's form of a mail, with who sent it.
	content json.RawMessage
}

// content is the account type's form of a mail.
type content struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitempty"`
	Urgent  bool   `json:"urgent,omitempty"`
	From    string `json:"from"`
}

// read takes a mail apart as strictly as the standards ask; the error says what is wrong with it.
func read(raw []byte, envelope string) (letter, error) {
	if err := checkLines(raw); err != nil {
		return letter{}, err
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return letter{}, fmt.Errorf("the header cannot be read: %w", err)
	}
	for _, name := range []string{"From", "To", "Date", "Message-Id", "Subject", "Mime-Version"} {
		if n := len(m.Header[name]); n != 1 {
			return letter{}, fmt.Errorf("there are %d fields %s: one is wanted", n, name)
		}
	}
	from, err := mail.ParseAddress(m.Header.Get("From"))
	if err != nil || !strings.EqualFold(from.Address, envelope) {
		return letter{}, errors.New("the header From is not the sender that was named in MAIL FROM")
	}
	to, err := m.Header.AddressList("To")
	if err != nil {
		return letter{}, fmt.Errorf("the header To is no list of addresses: %w", err)
	}
	if _, err := m.Header.Date(); err != nil {
		return letter{}, errors.New("the header Date is no date")
	}
	id := messageID.FindStringSubmatch(m.Header.Get("Message-Id"))
	if id == nil {
		return letter{}, errors.New("the header Message-ID is not of the form <local@domain>")
	}
	out := letter{id: id[1]}
	if above := messageID.FindStringSubmatch(m.Header.Get("In-Reply-To")); above != nil {
		out.answers = above[1]
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !utf8.ValidString(subject) {
		return letter{}, errors.New("the header Subject is encoded wrongly")
	}
	c := content{Subject: subject, From: from.String(), Urgent: strings.EqualFold(m.Header.Get("Importance"), "high")}
	if from.Name != "" {
		c.From = from.Name + " <" + from.Address + ">"
	}
	names := make([]string, len(to))
	for i, a := range to {
		names[i] = a.Address
	}
	out.to = strings.Join(names, ", ")
	if err := c.body(textproto.MIMEHeader(m.Header), m.Body, maxDepth); err != nil {
		return letter{}, err
	}
	if c.Text == "" {
		return letter{}, errors.New("the mail has no text part")
	}
	out.form, out.text = "text/plain", c.Text
	if c.HTML != "" {
		out.form = "multipart/alternative"
	}
	out.content, err = json.Marshal(c)
	return out, err
}

// checkLines wants lines that end in CRLF, are not too long, and in the header nothing but ASCII.
func checkLines(raw []byte) error {
	header := true
	for line := range bytes.Lines(raw) {
		text, whole := bytes.CutSuffix(line, []byte("\r\n"))
		switch {
		case !whole || bytes.ContainsAny(text, "\r\x00"):
			return errors.New("a line does not end in CR and LF, or holds CR or NUL")
		case len(text) > maxLine:
			return fmt.Errorf("a line is longer than %d bytes", maxLine)
		case len(text) == 0:
			header = false
		case header && bytes.ContainsFunc(text, func(r rune) bool { return r > 126 || (r < 32 && r != '\t') }):
			return errors.New("the header holds other than printable ASCII")
		}
	}
	return nil
}

// body reads a part, and those in it.
func (c *content) body(h textproto.MIMEHeader, r io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || depth == 0 {
		return errors.New("the Content-Type cannot be read, or parts are nested too deep")
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(r, params["boundary"])
		for n := 0; ; n++ {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) && n > 0 {
				return nil
			}
			if err != nil {
				return fmt.Errorf("the parts cannot be read: %w", err)
			}
			if err := c.body(p.Header, p, depth-1); err != nil {
				return err
			}
		}
	}
	if !strings.EqualFold(params["charset"], "utf-8") && !strings.EqualFold(params["charset"], "us-ascii") {
		return fmt.Errorf("a part of type %s has charset %q: UTF-8 is wanted", kind, params["charset"])
	}
	switch encoding := strings.ToLower(h.Get("Content-Transfer-Encoding")); encoding {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "", "7bit", "8bit":
	default:
		return fmt.Errorf("the encoding %q is not known", encoding)
	}
	text, err := io.ReadAll(r)
	if err != nil || !utf8.Valid(text) {
		return fmt.Errorf("a part of type %s is encoded wrongly", kind)
	}
	switch kind {
	case "text/plain":
		c.Text = string(text)
	case "text/html":
		c.HTML = string(text)
	}
	return nil
}
