package email

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// perMinute is how many mails an account may send.
const perMinute = 60

// World is one company's mail.
type World struct {
	Accounts []Account `json:"accounts,omitempty"`
	// Domain is the company's: of its addresses only those of the stage's users exist. Others are taken for delivery
	// elsewhere.
	Domain string `json:"domain,omitempty"`
	// Full are addresses whose mailbox is full.
	Full []string `json:"full,omitempty"`
	// TLS wants STARTTLS before anything else; Certificate is then what to trust, in PEM.
	TLS         bool   `json:"tls,omitempty"`
	Certificate string `json:"certificate,omitempty"`
}

// Account may send.
type Account struct {
	Address  string `json:"address"`
	Password string `json:"password,omitempty"`
	NoLimits bool   `json:"no_limits,omitempty"`
}

// demo is what the sandbox starts with. Its secrets open nothing but the sandbox.
func demo() World {
	//nolint:gosec // a credential of the sandbox, published in its manual
	return World{Domain: "example.com", Accounts: []Account{{Address: "alerts@example.com", Password: "mail-demo-code"}}}
}

func accounts() []stage.Account {
	return []stage.Account{{
		Name: "email-demo", Type: typeEmail, Title: "演示用邮箱", To: []string{"person:lilei"},
		Settings: []stage.Setting{
			{Name: "base_url", Value: "smtp://{smtp}"},
			{Name: "tls", Value: "none"},
			{Name: "from", Value: "alerts@example.com"},
			{Name: "username", Value: "alerts@example.com"},
			{Name: "password", Value: "mail-demo-code"},
		},
	}}
}

func (w World) account(user string) Account {
	i := slices.IndexFunc(w.Accounts, func(a Account) bool { return strings.EqualFold(a.Address, user) })
	if i < 0 {
		return Account{}
	}
	return w.Accounts[i]
}

// add takes a World in JSON; what has the same address is replaced.
func (p *play) add(raw json.RawMessage) error {
	var more World
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&more); err != nil {
		return fmt.Errorf("read the company's mail: %w", err)
	}
	for _, a := range more.Accounts {
		if !plainAddress(a.Address) || a.Password == "" {
			return errors.New("an account needs an address and a password")
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &p.world
	w.Accounts = stage.Replace(w.Accounts, more.Accounts, func(a Account) string { return a.Address })
	w.Full = stage.Replace(w.Full, more.Full, func(s string) string { return s })
	w.TLS = w.TLS || more.TLS
	if more.Domain != "" {
		w.Domain = more.Domain
	}
	return nil
}

func (p *play) view() any {
	w := p.snapshot()
	w.Accounts = slices.Clone(w.Accounts)
	for i := range w.Accounts {
		w.Accounts[i].Password = ""
	}
	if certificate, err := p.identity(); w.TLS && err == nil {
		w.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}))
	}
	return w
}

func (p *play) snapshot() World {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.world
}

// places are the mailbox of the first person.
func (p *play) places() []stage.Conversation {
	return []stage.Conversation{p.mailbox("lilei@example.com")}
}

// mailbox is where what reaches an address is shown.
func (p *play) mailbox(address string) stage.Conversation {
	name := address
	if u, found := p.stage.UserBy(func(u *stage.User) bool { return strings.EqualFold(u.Email, address) }); found {
		name = u.Name + " " + address
	}
	return stage.Conversation{ID: "email:" + strings.ToLower(address), Kind: "mailbox", Name: name}
}
