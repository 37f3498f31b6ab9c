package wecom

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// allUsers is everybody within the app's visible range.
const allUsers = "@all"

var errUnreadable = errors.New("the answer is not the JSON that WeCom documents")

// directory finds user ids by mobile number and e-mail address.
type directory struct {
	api   *api
	known *outbound.Lookups
}

func newDirectory(a *api) *directory { return &directory{api: a, known: outbound.NewLookups()} }

// byMobile and byEmail ask WeCom.
// https://developer.work.weixin.qq.com/document/path/95402
func (d *directory) byMobile(ctx context.Context, mobile string) (string, error) {
	return d.find(ctx, "mobile "+mobile, pathMobile, map[string]any{"mobile": mobile})
}

// https://developer.work.weixin.qq.com/document/path/95895
func (d *directory) byEmail(ctx context.Context, email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	id, err := d.find(ctx, "corp "+email, pathEmail, map[string]any{"email": email, "email_type": 1})
	if unknownPerson(err) {
		return d.find(ctx, "own "+email, pathEmail, map[string]any{"email": email, "email_type": 2})
	}
	return id, err
}

func (d *directory) find(ctx context.Context, key, path string, body map[string]any) (string, error) {
	return d.known.Find(ctx, key, func(ctx context.Context) (string, bool, error) {
		var got struct {
			UserID string `json:"userid"`
		}
		err := d.api.call(ctx, path, body, &got)
		if err == nil && !validUser(got.UserID) {
			err = &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
		}
		return got.UserID, unknownPerson(err), err
	})
}

// unknownPerson tells whether WeCom said that there is nobody of that number or address.
func unknownPerson(err error) bool {
	f := sender.AsFailure(err)
	return f != nil && slices.Contains([]string{"46004", "60103", "60111", "40003"}, f.Code)
}

func validUser(id string) bool { return userPattern().MatchString(id) }

// userPattern is what an account in Contacts may be.
// https://developer.work.weixin.qq.com/document/path/90195
func userPattern() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_\-.@]{0,63}$`) }

// recipient is a target as WeCom addresses it: one of the three is set.
type recipient struct{ user, party, tag string }

// resolve finds how WeCom addresses a target.
func (d *directory) resolve(ctx context.Context, t sender.Target) (recipient, error) {
	switch t.Kind {
	case sender.TargetAll:
		return recipient{user: allUsers}, nil
	case sender.TargetDepartment:
		return recipient{party: t.Value}, number(t)
	case sender.TargetTag:
		return recipient{tag: t.Value}, number(t)
	case sender.TargetUser:
		if !validUser(t.Value) {
			return recipient{}, nobody(t, "the user id is none of WeCom's")
		}
		return recipient{user: t.Value}, nil
	case sender.TargetPhone:
		id, err := d.mobile(ctx, t, t.Value)
		return recipient{user: id}, err
	case sender.TargetEmail:
		id, err := d.byEmail(ctx, t.Value)
		return recipient{user: id}, err
	case sender.TargetPerson:
		if t.Person == nil {
			return recipient{}, nobody(t, "the person is not configured")
		}
		id, err := d.person(ctx, t, *t.Person)
		return recipient{user: id}, err
	default:
		return recipient{}, nobody(t, "WeCom cannot be addressed so")
	}
}

func (d *directory) mobile(ctx context.Context, t sender.Target, raw string) (string, error) {
	mobile := sender.Mobile(raw)
	if mobile == "" {
		return "", nobody(t, "the mobile number is none")
	}
	return d.byMobile(ctx, mobile)
}

// person tries the configured id, then the mobile number, then the e-mail address.
func (d *directory) person(ctx context.Context, t sender.Target, p sender.Person) (string, error) {
	if id := p.IDs[providerName]; id != "" {
		if !validUser(id) {
			return "", nobody(t, "the person's wecom id is none of WeCom's")
		}
		return id, nil
	}
	err := nobody(t, "neither a wecom id nor a mobile number nor an e-mail address is configured")
	if p.Mobile != "" {
		id, mobileErr := d.mobile(ctx, t, p.Mobile)
		if mobileErr == nil || (!unknownPerson(mobileErr) && sender.AsFailure(mobileErr).Code != "") || p.Email == "" {
			return id, mobileErr
		}
		err = mobileErr
	}
	if p.Email != "" {
		return d.byEmail(ctx, p.Email)
	}
	return "", err
}

func number(t sender.Target) error {
	if t.Value == "" || strings.Trim(t.Value, "0123456789") != "" {
		return nobody(t, "departments and tags are addressed by number")
	}
	return nil
}

func nobody(t sender.Target, why string) error {
	return &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonRecipient, Err: errors.New(t.String() + ": " + why),
		Hint: words("检查接收者：user: 写通讯录里的「账号」，department: 与 tag: 写数字 ID，people 里配置 mobile、email 或 ids.wecom。",
			"Check the recipient: user: takes the account in Contacts, department: and tag: take numbers, and people need a mobile, an email or ids.wecom."),
	}
}
