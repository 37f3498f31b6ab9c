package aliyun

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// product is the number of voice notifications, for questions about a call.
// https://help.aliyun.com/document_detail/393529.html
const product = "11000000300006"

// voice calls phones.
type voice struct {
	sms.Form
	api                 *api
	show                string
	play, volume, speed int
}

var (
	_ sender.Sender  = (*voice)(nil)
	_ sender.Tracker = (*voice)(nil)
	_ sender.Prober  = (*voice)(nil)
)

func newVoice(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	f, formErr := formOf(s, "")
	play, playErr := sms.Number(s, fieldPlay, 2, 1, 3)
	volume, volumeErr := sms.Number(s, fieldVolume, 100, 0, 100)
	speed, speedErr := sms.Number(s, fieldSpeed, 0, -500, 500)
	a, err := newAPI(s, d, s.Values[fieldKeyID], s.Secrets[fieldKey], voiceCodes())
	if err := sender.Misconfigured(formErr, playErr, volumeErr, speedErr, err); err != nil {
		return nil, err
	}
	return &voice{Form: f, api: a, show: s.Values[fieldShow], play: play, volume: volume, speed: speed}, nil
}

// Send calls one number. That the call was taken is all that is known then.
// https://help.aliyun.com/document_detail/393519.html
func (v *voice) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	p, err := sms.Parse(n.Content)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	e164, err := sms.Phone(n.Target)
	if err != nil {
		return sender.Receipt{}, err
	}
	variables, err := params(p)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	query := map[string]string{
		"CalledNumber": sms.National(e164), "TtsCode": p.Template, "OutId": n.Key,
		"PlayTimes": strconv.Itoa(v.play), "Volume": strconv.Itoa(v.volume), "Speed": strconv.Itoa(v.speed),
	}
	if len(p.Values) > 0 {
		query["TtsParam"] = variables
	}
	if v.show != "" {
		query["CalledShowNumber"] = v.show
	}
	now := time.Now().UnixMilli()
	var got struct{ CallId string } //nolint:revive // the service's name
	if err := v.api.call(ctx, "SingleCallByTts", query, &got); err != nil {
		return sender.Receipt{}, err
	}
	if got.CallId == "" {
		return sender.Receipt{}, &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
	}
	return receipt{ID: got.CallId, Number: sms.National(e164), At: now}.encode()
}

// Track asks whether a call was answered: the record has the time of that.
// https://help.aliyun.com/document_detail/393529.html
func (v *voice) Track(ctx context.Context, r sender.Receipt) (sender.Progress, error) {
	own, err := readReceipt(r)
	if err != nil {
		return sender.Progress{}, err
	}
	var got struct{ Data string }
	err = v.api.call(ctx, "QueryCallDetailByCallId", map[string]string{
		"CallId": own.ID, "ProdId": product, "QueryDate": strconv.FormatInt(own.At, 10),
	}, &got)
	if err != nil {
		return sender.Progress{}, err
	}
	if got.Data == "" {
		return sender.Progress{Fate: sender.FatePending}, nil
	}
	var call struct {
		Start    string `json:"startDate"`
		State    string `json:"state"`
		Said     string `json:"stateDesc"`
		Duration int    `json:"duration"`
	}
	switch {
	case json.Unmarshal([]byte(got.Data), &call) != nil:
		return sender.Progress{}, &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
	case call.Start != "" || call.Duration > 0:
		return sender.Progress{Fate: sender.FateAnswered, Final: true, Code: call.State, Text: call.Said}, nil
	case call.State == "":
		return sender.Progress{Fate: sender.FatePending}, nil
	}
	return sender.Progress{
		Fate: sender.FateUnanswered, Final: true, Code: call.State, Text: call.Said,
		Hint: text("电话没有接听：忙线、关机、拒接或空号，状态码见阿里云「呼叫状态码」。", "The call was not answered: busy, off, declined, or no such number; see Alibaba Cloud's page of call states."),
	}, nil
}

// probeCall is no call's id.
const probeCall = "0^0"

// Probe asks about a call that never was: that needs the key and the right, and calls nobody.
func (v *voice) Probe(ctx context.Context) []sender.Check {
	check := sender.Check{Name: text("AccessKey 可用", "the AccessKey works")}
	var got struct{ Data string }
	err := v.api.call(ctx, "QueryCallDetailByCallId", map[string]string{
		"CallId": probeCall, "ProdId": product, "QueryDate": strconv.FormatInt(time.Now().UnixMilli(), 10),
	}, &got)
	f := sender.AsFailure(err)
	if f != nil && (f.Code == "" || f.Reason == sender.ReasonAuth || f.Reason == sender.ReasonPermission || f.Class != sender.Never) {
		return []sender.Check{check.Failed(err)}
	}
	check.OK, check.Detail = true, "only a call shows whether the template is approved"
	return []sender.Check{check}
}
