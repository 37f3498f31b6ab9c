package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// How many people one DING may reach, and how long its words may be, in characters.
// https://open.dingtalk.com/document/orgapp/robot-sends-nail-message
const (
	dingApp   = 200
	dingOther = 20
	dingRunes = 200
)

// remind is DingTalk's number of a mode, and how many people one call takes.
func remind(mode sender.UrgeMode) (kind, most int) {
	switch mode {
	case sender.UrgeSMS:
		return 2, dingOther
	case sender.UrgePhone:
		return 3, dingOther
	default:
		return 1, dingApp
	}
}

// Urge sends a DING about a message. Its receipt names who was left out, and the DINGs, so that they can be recalled.
func (a *app) Urge(ctx context.Context, r sender.Receipt, u sender.Urge) (sender.Receipt, error) {
	about, err := readReceipt(r)
	if err != nil {
		return sender.Receipt{}, err
	}
	var users []string
	var refused []sender.Refusal
	by := map[string]sender.Target{}
	for _, t := range u.Targets {
		id, err := a.people.user(ctx, t)
		if err != nil {
			f := sender.AsFailure(err)
			refused = append(refused, sender.Refusal{Target: t, Reason: f.Reason, Code: f.Code, Text: words(f), Hint: f.Hint})
			continue
		}
		if by[id] = t; !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	if len(users) == 0 {
		return sender.Receipt{Refused: refused}, &sender.Failure{
			Class: sender.Never, Reason: sender.ReasonRecipient, Err: errors.New("nobody can be urged"),
			Hint: text("在 to 或 mention 里写能在钉钉找到的人。", "Name people in to or mention that DingTalk knows."),
		}
	}
	kind, most := remind(u.Mode)
	own := receipt{Query: about.Query}
	var failed error
	for chunk := range slices.Chunk(users, most) {
		id, left, err := a.ding(ctx, about.Title, kind, chunk)
		if err != nil {
			failed = err
			f := sender.AsFailure(err)
			for _, user := range chunk {
				refused = append(refused, sender.Refusal{Target: by[user], Reason: f.Reason, Code: f.Code, Text: words(f), Hint: f.Hint})
			}
			continue
		}
		own.Dings = append(own.Dings, id)
		for why, list := range left {
			for _, user := range list {
				refused = append(refused, sender.Refusal{
					Target: by[user], Reason: sender.ReasonRecipient, Code: "failedList", Text: why,
					Hint: text("DING 没有送达此人：检查是否在应用可见范围、是否绑定手机号。", "The DING did not reach this person: check the app's range, and that a mobile is bound."),
				})
			}
		}
	}
	if len(own.Dings) == 0 {
		return sender.Receipt{Refused: refused}, failed
	}
	out, err := own.encode(own.Dings[0])
	out.Refused = refused
	return out, err
}

func words(f *sender.Failure) string {
	if f.Text == "" && f.Err != nil {
		return f.Err.Error()
	}
	return f.Text
}

// ding makes one call.
func (a *app) ding(ctx context.Context, title string, kind int, users []string) (id string, left map[string]anyone, err error) {
	var got struct {
		ID   string            `json:"openDingId"`
		Left map[string]anyone `json:"failedList"`
	}
	if title == "" {
		title = "云锣告警 Yunluo alert"
	}
	body := map[string]any{"robotCode": a.api.settings.RobotCode, "remindType": kind, "receiverUserIdList": users, "content": markup.Cut(title, dingRunes)}
	if err := a.api.call(ctx, http.MethodPost, pathDing, nil, body, &got); err != nil {
		return "", nil, err
	}
	if got.ID == "" {
		return "", nil, &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
	}
	return got.ID, got.Left, nil
}

// anyone is a list of ids, or one: the SDK leaves open which.
type anyone []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *anyone) UnmarshalJSON(raw []byte) error {
	var list []string
	if err := json.Unmarshal(raw, &list); err == nil {
		*a = list
		return nil
	}
	var one string
	if err := json.Unmarshal(raw, &one); err != nil {
		return fmt.Errorf("neither an id nor a list of ids: %w", err)
	}
	*a = anyone{one}
	return nil
}

// RecallUrge takes DINGs back.
func (a *app) RecallUrge(ctx context.Context, r sender.Receipt) error {
	own, err := readReceipt(r)
	if err != nil {
		return err
	}
	for _, id := range own.Dings {
		var got struct {
			ID string `json:"openDingId"`
		}
		body := map[string]string{"robotCode": a.api.settings.RobotCode, "openDingId": id}
		if err := a.api.call(ctx, http.MethodPost, pathUnDing, nil, body, &got); err != nil {
			return err
		}
		if got.ID != id {
			return &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
		}
	}
	return nil
}
