package tencent

import (
	"context"

	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// voice calls phones.
type voice struct {
	sms.Form
	api  *api
	app  string
	play int
}

var (
	_ sender.Sender = (*voice)(nil)
	_ sender.Prober = (*voice)(nil)
)

func newVoice(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	f, formErr := formOf(s, "")
	play, playErr := sms.Number(s, fieldPlay, 2, 1, 3)
	a, err := newAPI(s, d, voiceService(), voiceCodes())
	if err := sender.Misconfigured(formErr, playErr, err); err != nil {
		return nil, err
	}
	return &voice{Form: f, api: a, app: s.Values[fieldApp], play: play}, nil
}

// call asks for a call and returns its id.
// https://cloud.tencent.com/document/api/1128/51558
func (v *voice) call(ctx context.Context, p sms.Parcel, number, key string) (string, error) {
	var got struct {
		Status struct {
			ID string `json:"CallId"`
		} `json:"SendStatus"`
	}
	err := v.api.call(ctx, "SendTtsVoice", map[string]any{
		"TemplateId": p.Template, "TemplateParamSet": values(p), "CalledNumber": number, "VoiceSdkAppid": v.app, "PlayTimes": v.play, "SessionContext": key,
	}, &got)
	if err == nil && got.Status.ID == "" {
		err = &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
	}
	return got.Status.ID, err
}

// Send calls one number. That the call was taken is all that Tencent Cloud tells whoever asks.
func (v *voice) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	p, err := sms.Parse(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	number, err := sms.Phone(n.Target)
	if err != nil {
		return sender.Receipt{}, err
	}
	id, err := v.call(ctx, p, number, n.Key)
	if err != nil {
		return sender.Receipt{}, err
	}
	return receipt{ID: id, Number: number}.encode()
}

// Probe asks for a call to no number: the gateway checks the key before the service refuses the number.
func (v *voice) Probe(ctx context.Context) []sender.Check {
	check := sender.Check{Name: text("密钥可用", "the key works")}
	_, err := v.call(ctx, sms.Parcel{Template: v.Template}, "", "")
	f := sender.AsFailure(err)
	if f == nil || f.Code == "" || f.Class != sender.Never || f.Reason == sender.ReasonAuth || f.Reason == sender.ReasonPermission {
		if err == nil {
			err = errUnreadable
		}
		return []sender.Check{check.Failed(err)}
	}
	check.OK, check.Detail = true, "only a call shows whether application and template are approved"
	return []sender.Check{check}
}
