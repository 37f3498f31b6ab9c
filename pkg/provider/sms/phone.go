package sms

import (
	"errors"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Targets are whom SMS and calls can reach.
func Targets() []sender.TargetKind {
	return []sender.TargetKind{sender.TargetPerson, sender.TargetPhone}
}

// errNoNumber marks a target without a number that can be used.
var errNoNumber = errors.New("no usable mobile number")

// Phone is a target's number as E.164 wants it: a plus, the country, the number.
func Phone(t sender.Target) (string, error) {
	given := t.Value
	if t.Kind == sender.TargetPerson {
		given = ""
		if t.Person != nil {
			given = t.Person.Mobile
		}
	}
	number := sender.Mobile(given)
	switch {
	case strings.HasPrefix(number, "+") && len(number) > len("+123456"):
		return number, nil
	case len(number) == len("13800000000") && number[0] == '1':
		return "+86" + number, nil
	}
	return "", &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonRecipient, Err: errNoNumber, Text: t.String(),
		Hint: lang.Text{
			ZH: "在 people 里给此人配置 mobile，或写 phone:号码：国内 11 位，境外以 + 和国家码开头。",
			EN: "Give the person a mobile, or write phone: and the number: 11 digits in China, else beginning with + and the country's code.",
		},
	}
}

// National is a number as services in China write it: bare in China, else the country's code and the number without a plus.
func National(e164 string) string {
	if rest, ok := strings.CutPrefix(e164, "+86"); ok {
		return rest
	}
	return strings.TrimPrefix(e164, "+")
}
