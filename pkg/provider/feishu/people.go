package feishu

import (
	"context"
	"errors"
	"fmt"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// user identifies a person, for mentions and urging. Its error is a *sender.Failure: Permanent with
// ReasonRecipient when the provider knows no such person.
func (d *directory) user(ctx context.Context, t sender.Target) (identity, error) {
	switch t.Kind {
	case sender.TargetUser:
		return parseUser(t.Value)
	case sender.TargetPerson:
		if t.Person == nil {
			return identity{}, recipientFailure(fmt.Errorf("person %q is not in the configuration", t.Value), lang.Text{
				ZH: "在配置的 people 中加上此人。", EN: "Add the person to people in the configuration.",
			})
		}
		return d.person(ctx, *t.Person)
	case sender.TargetEmail:
		return d.person(ctx, sender.Person{Name: t.Value, Email: t.Value})
	case sender.TargetPhone:
		return d.person(ctx, sender.Person{Name: t.Value, Mobile: t.Value})
	default:
		return identity{}, recipientFailure(fmt.Errorf("%q is not a person", t), text(
			"此处要写人：person、user、email 或 phone。", "Name a person here: person, user, email or phone."))
	}
}

// person uses the configured id, else the e-mail address, else the mobile number.
func (d *directory) person(ctx context.Context, p sender.Person) (identity, error) {
	if id := p.IDs[providerName]; id != "" {
		return parseUser(id)
	}
	var contacts []contact
	var faults []error
	if p.Email != "" {
		if email, err := normalEmail(p.Email); err != nil {
			faults = append(faults, err)
		} else {
			contacts = append(contacts, contact{value: email})
		}
	}
	if p.Mobile != "" {
		if mobile, err := normalMobile(p.Mobile); err != nil {
			faults = append(faults, err)
		} else {
			contacts = append(contacts, contact{mobile: true, value: mobile})
		}
	}
	if len(contacts) == 0 {
		if len(faults) > 0 {
			return identity{}, faults[0]
		}
		return identity{}, recipientFailure(fmt.Errorf("%s has no Feishu id, e-mail address or mobile number", p.Label()), lang.Text{
			ZH: "在 people 中给此人写上 email、mobile 或 ids.feishu。", EN: "Give the person an email, a mobile or ids.feishu under people.",
		})
	}
	found := d.find(ctx, contacts...)
	var failure error
	for _, c := range contacts {
		switch f := found[c]; {
		case f.openID != "":
			return identity{kind: openID, value: f.openID}, nil
		case f.err != nil:
			failure = f.err
		}
	}
	if failure != nil {
		return identity{}, failure
	}
	return identity{}, recipientFailure(errors.New("Feishu does not know "+p.Label()), unknownPersonHint())
}

func unknownPersonHint() lang.Text {
	return lang.Text{
		ZH: "检查三点：要用成员资料里的邮箱或手机号（飞书「企业邮箱」地址查不到）；此人在应用的「通讯录权限范围」内" +
			"（开发者后台 → 权限管理 → 数据权限）；此人未离职。非大陆手机号要带 + 和区号。",
		EN: "Check three things: use the e-mail or mobile of the member's profile (a Feishu enterprise mailbox address is never found); " +
			"the person is within the app's contact scope (developer console → Permissions → Data permissions); the person has not left. " +
			"Mobiles outside mainland China need + and the country code.",
	}
}

// receiver identifies whom a message is sent to. An e-mail address needs no lookup.
func (d *directory) receiver(ctx context.Context, t sender.Target) (identity, error) {
	switch t.Kind {
	case sender.TargetChat:
		return parseChat(t.Value)
	case sender.TargetEmail:
		return receiveByEmail(t.Value)
	default:
	}
	id, err := d.user(ctx, t)
	if f := sender.AsFailure(err); f != nil && f.Class == sender.Never && f.Reason == sender.ReasonPermission &&
		t.Person != nil && t.Person.Email != "" {
		// Sending by e-mail address does not need the permission to look people up.
		return receiveByEmail(t.Person.Email)
	}
	return id, err
}

func receiveByEmail(raw string) (identity, error) {
	email, err := normalEmail(raw)
	if err != nil {
		return identity{}, err
	}
	return identity{kind: emailID, value: email}, nil
}
