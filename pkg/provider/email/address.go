package email

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// wireAddress is an address as commands carry it: the domain in ASCII. Local parts with other characters need SMTPUTF8,
// which the services in China do not offer.
func wireAddress(address string) (string, error) {
	i := strings.LastIndex(address, "@")
	if i < 0 {
		return "", lang.Wrong("地址里没有 @", "the address has no @")
	}
	domain, err := idna.Lookup.ToASCII(address[i+1:])
	if err != nil {
		return "", lang.Wrong("地址的域名不是主机名", "the address's domain is no host name")
	}
	local := address[:i]
	if strings.ContainsFunc(local, func(r rune) bool {
		return r > unicode.MaxASCII || unicode.IsControl(r) || strings.ContainsRune(" <>\"", r)
	}) {
		return "", lang.Wrong("@ 前面有邮件服务器不接受的字符", "the part before the @ has characters that mail servers do not take")
	}
	return local + "@" + domain, nil
}

// receiver is whom a target stands for.
func receiver(t sender.Target) (mail.Address, error) {
	address := t.Value
	var name string
	if t.Kind == sender.TargetPerson {
		if t.Person == nil {
			return mail.Address{}, unreachable(t, "nobody of this name is configured")
		}
		address, name = t.Person.Email, t.Person.Label()
		if address == "" {
			return mail.Address{}, unreachable(t, "the person has no e-mail address")
		}
	}
	a, err := mail.ParseAddress(address)
	if err != nil {
		return mail.Address{}, unreachable(t, "this is no mail address")
	}
	if a.Name != "" {
		name = a.Name
	}
	wire, err := wireAddress(a.Address)
	if err != nil {
		return mail.Address{}, unreachable(t, err.Error())
	}
	return mail.Address{Name: name, Address: wire}, nil
}

func unreachable(t sender.Target, why string) *sender.Failure {
	return &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonRecipient, Err: errors.New(t.String() + ": " + why),
		Hint: words("在 people 里填写此人的 email，或写 email:地址。", "Set the person's email under people, or write email: and the address."),
	}
}
