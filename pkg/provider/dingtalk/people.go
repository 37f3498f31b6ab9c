package dingtalk

import (
	"context"
	"errors"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// directory finds user ids by mobile number.
type directory struct {
	api   *api
	known *outbound.Lookups
}

// byMobile asks DingTalk for an active member.
// https://open.dingtalk.com/document/orgapp/query-users-by-phone-number
func (d *directory) byMobile(ctx context.Context, mobile string) (string, error) {
	return d.known.Find(ctx, mobile, func(ctx context.Context) (string, bool, error) {
		var got struct {
			Result struct {
				UserID string `json:"userid"`
			} `json:"result"`
		}
		err := d.api.lookup(ctx, pathMobile, map[string]string{"mobile": mobile}, &got)
		if f := sender.AsFailure(err); f != nil {
			return "", f.Code == "60121" || f.Code == "40104", err
		}
		id := userID(got.Result.UserID)
		if id == "" {
			return "", false, &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
		}
		return id, false, nil
	})
}

// user is DingTalk's id of a target that is a person.
func (d *directory) user(ctx context.Context, t sender.Target) (string, error) {
	mobile, user := identify(t)
	switch {
	case user != "":
		return user, nil
	case mobile != "":
		return d.byMobile(ctx, mobile)
	}
	return "", &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonRecipient, Err: errors.New(t.String() + ": neither a DingTalk user id nor a usable mobile number is known"),
		Hint: text("在 people 里配置 mobile 或 ids.dingtalk，或写 user:员工号。", "Give the person a mobile or ids.dingtalk, or write user: and the id."),
	}
}
