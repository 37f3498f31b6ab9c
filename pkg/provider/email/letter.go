package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"
)

// letter is a mail before it is written out. The same letter is always the same bytes: its date, its Message-ID and
// its boundary come from the delivery's key and the content, so that a repeat is known as one.
type letter struct {
	part

	from mail.Address
	to   []mail.Address
	// key is the delivery's.
	key string
	// answers is the Message-ID of the mail that this one belongs below.
	answers string
}

// id is the Message-ID, without brackets.
func (l letter) id() string {
	_, domain, _ := strings.Cut(l.from.Address, "@")
	return idPart(l.key) + "@" + domain
}

// idPart is a key as a Message-ID may hold it.
func idPart(key string) string {
	if key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == "" {
		return key
	}
	return digest(key)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

func plainID(id string) bool {
	local, domain, found := strings.Cut(id, "@")
	return found && local != "" && domain != "" && len(id) < 250 && !strings.ContainsAny(id, " \t\r\n<>\",;")
}

// date is when the delivery was made, which its key, a UUIDv7, tells; now for any other key.
func (l letter) date() time.Time {
	if id, err := uuid.Parse(l.key); err == nil && id.Version() == 7 {
		return time.Unix(id.Time().UnixTime()).UTC()
	}
	return time.Now().UTC()
}

// compose writes the mail out: text, and the same as HTML. It says that a program wrote it, so that no program answers
// (RFC 3834), and is not marked as bulk, which filters take for advertising.
func (l letter) compose() ([]byte, error) {
	// Base64 has no hyphens, so no content holds the boundary; it has no character that needs quotes.
	m := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingB64),
		gomail.WithBoundary("yunluo-"+digest(l.key+l.Text+l.HTML)), gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&l.from)
	for i := range l.to {
		m.AddToMailAddress(&l.to[i])
	}
	m.Subject(l.Subject)
	m.SetDateWithValue(l.date())
	m.SetMessageIDWithValue(l.id())
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader(gomail.HeaderXMailer, "Yunluo")
	if l.answers != "" {
		m.SetGenHeader(gomail.HeaderInReplyTo, "<"+l.answers+">")
		m.SetGenHeader(gomail.HeaderReferences, "<"+l.answers+">")
	}
	if l.Urgent {
		// Not the other two that SetImportance sets: filters count them against a mail of no known program.
		m.SetGenHeader(gomail.HeaderImportance, "high")
		m.SetGenHeader(gomail.HeaderXPriority, "1")
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write the mail: %w", err)
	}
	return out.Bytes(), nil
}
