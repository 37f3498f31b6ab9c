package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// longestVariable bounds variable_length; usualVariable is what notifications get.
// https://cloud.tencent.com/document/product/382/39023
const (
	longestVariable = 35
	usualVariable   = 12
	codeOK          = "Ok"
)

// short sends SMS.
type short struct {
	sms.Form
	api *api
	app string
}

var (
	_ sender.Sender  = (*short)(nil)
	_ sender.Batcher = (*short)(nil)
	_ sender.Tracker = (*short)(nil)
	_ sender.Prober  = (*short)(nil)
)

// formOf reads what both services have in common.
func formOf(s sender.Settings, sign string) (sms.Form, error) {
	plan, planErr := sms.ParsePlan(sms.Usual(s, fieldParams, usualParams))
	if planErr != nil {
		planErr = lang.About(fieldParams, planErr)
	}
	for i, name := range plan.Names() {
		if name != strconv.Itoa(i+1) {
			planErr = errors.Join(planErr, lang.Wrong(
				"%s：变量 %q 在第 %d 位：请按模板的顺序用 1、2、3 编号",
				"%s: variable %q stands at place %d: number them 1, 2, 3 in the template's order", fieldParams, name, i+1))
		}
	}
	length, lengthErr := sms.Number(s, fieldLength, usualVariable, 1, longestVariable)
	template := s.Values[fieldTemplate]
	missing := sms.Filled(map[string]string{
		fieldKeyID: s.Values[fieldKeyID], fieldKey: s.Secrets[fieldKey].Reveal(), fieldTemplate: template, fieldApp: s.Values[fieldApp],
	})
	return sms.Form{
		Sign: sign, Template: template, Resolved: s.Values[fieldResolved], Text: s.Values[fieldText], Open: "{", Shut: "}", Plan: plan, Length: length,
	}, errors.Join(planErr, lengthErr, missing)
}

func newSMS(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	sign := strings.Trim(s.Values[fieldSign], "【】 ")
	f, faults := formOf(s, sign)
	if sign == "" {
		faults = errors.Join(faults, lang.Wrong("%s 是空的：请填已审核通过的签名", "%s is empty: give the approved signature", fieldSign))
	}
	a, err := newAPI(s, d, smsService(), smsCodes())
	if err := sender.Misconfigured(faults, err); err != nil {
		return nil, err
	}
	return &short{Form: f, api: a, app: s.Values[fieldApp]}, nil
}

// receipt is Receipt.Data.
type receipt struct {
	Version int `json:"v"`
	// ID is the SerialNo of an SMS or the CallId of a call; Number whom it went to, At when, in Unix seconds.
	ID     string `json:"id"`
	Number string `json:"number"`
	At     int64  `json:"at"`
}

func (r receipt) encode() (sender.Receipt, error) {
	r.Version = 1
	data, err := json.Marshal(r)
	return sender.Receipt{Data: data, MessageID: r.ID}, err
}

func readReceipt(r sender.Receipt) (receipt, error) {
	var own receipt
	if err := json.Unmarshal(r.Data, &own); err != nil || own.Version != 1 || own.ID == "" || own.Number == "" {
		return own, sender.Permanent(sender.ReasonMessage, errors.New("the receipt is none of this type's"))
	}
	return own, nil
}

// values are the variables in the template's order; a template without any has an empty list.
func values(p sms.Parcel) []string {
	list := make([]string, 0, len(p.Values))
	for _, v := range p.Values {
		list = append(list, v.Value)
	}
	return list
}

// Send sends to one number.
func (s *short) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	o := s.SendBatch(ctx, []sender.Notification{n})[0]
	return o.Receipt, o.Err
}

// SendBatch sends to all numbers in one call for those in China and one for those abroad, which may not be mixed.
func (s *short) SendBatch(ctx context.Context, list []sender.Notification) []sender.Outcome {
	out := make([]sender.Outcome, len(list))
	p, err := sms.Parse(list[0].Content)
	if err != nil {
		for i := range out {
			out[i].Err = sender.Permanent(sender.ReasonMessage, err)
		}
		return out
	}
	numbers := make([]string, len(list))
	var home, abroad []int
	for i, n := range list {
		if numbers[i], out[i].Err = sms.Phone(n.Target); out[i].Err != nil {
			continue
		}
		if strings.HasPrefix(numbers[i], "+86") {
			home = append(home, i)
		} else {
			abroad = append(abroad, i)
		}
	}
	for _, group := range [][]int{home, abroad} {
		for chunk := range slices.Chunk(group, batchNumbers) {
			s.send(ctx, p, list[chunk[0]].Key, numbers, chunk, out)
		}
	}
	return out
}

// status is what became of one number in a call.
type status struct {
	ID      string `json:"SerialNo"`
	Number  string `json:"PhoneNumber"`
	Code    string `json:"Code"`
	Message string `json:"Message"`
}

// send makes one call for the numbers at the places in chunk, and finds each one's result.
// https://cloud.tencent.com/document/api/382/55981
func (s *short) send(ctx context.Context, p sms.Parcel, key string, numbers []string, chunk []int, out []sender.Outcome) {
	var to []string
	for _, i := range chunk {
		if !slices.Contains(to, numbers[i]) {
			to = append(to, numbers[i])
		}
	}
	now := time.Now().Unix()
	var got struct {
		Set []status `json:"SendStatusSet"`
	}
	err := s.api.call(ctx, "SendSms", map[string]any{
		"PhoneNumberSet": to, "SmsSdkAppId": s.app, "SignName": p.Sign, "TemplateId": p.Template, "TemplateParamSet": values(p), "SessionContext": key,
	}, &got)
	for n, i := range chunk {
		out[i].Shared = n > 0
		if out[i].Err = err; err != nil {
			continue
		}
		at := slices.IndexFunc(got.Set, func(one status) bool { return one.Number == numbers[i] })
		switch {
		case at < 0 || got.Set[at].Code == "" || (got.Set[at].Code == codeOK && got.Set[at].ID == ""):
			out[i].Err = &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
		case got.Set[at].Code != codeOK:
			f := s.api.failure(got.Set[at].Code, got.Set[at].Message, 0)
			if slices.Contains(accountLimits(), f.Code) {
				f.Scope = sender.ScopeAccount
			}
			out[i].Err = s.api.client.RedactFailure(f)
		default:
			out[i].Receipt, out[i].Err = receipt{ID: got.Set[at].ID, Number: numbers[i], At: now}.encode()
		}
	}
}

// Track asks whether an SMS arrived.
// https://cloud.tencent.com/document/api/382/55976
func (s *short) Track(ctx context.Context, r sender.Receipt) (sender.Progress, error) {
	own, err := readReceipt(r)
	if err != nil {
		return sender.Progress{}, err
	}
	var got struct {
		Set *[]struct {
			ID   string `json:"SerialNo"`
			Said string `json:"Description"`
			Fate string `json:"ReportStatus"`
		} `json:"PullSmsSendStatusSet"`
	}
	// A minute before, for two clocks that differ.
	err = s.api.call(ctx, "PullSmsSendStatusByPhoneNumber", map[string]any{
		"PhoneNumber": own.Number, "SmsSdkAppId": s.app, "BeginTime": own.At - 60, "EndTime": time.Now().Unix() + 60, "Offset": 0, "Limit": 100,
	}, &got)
	switch {
	case err != nil:
		return sender.Progress{}, err
	case got.Set == nil:
		return sender.Progress{}, &sender.Failure{Reason: sender.ReasonUnavailable, MaybeSent: true, Err: errUnreadable}
	}
	for _, one := range *got.Set {
		switch {
		case one.ID != own.ID:
		case one.Fate == "SUCCESS":
			return sender.Progress{Fate: sender.FateArrived, Final: true, Code: one.Said}, nil
		case one.Fate == "FAIL":
			return sender.Progress{
				Fate: sender.FateLost, Final: true, Code: one.Said, Text: "the operator did not deliver it",
				Hint: text("运营商没有送达：空号、停机、关机或被拦截，错误码见腾讯云「状态回执错误码」。", "The operator did not deliver it: no such number, switched off, or blocked; see Tencent Cloud's page of receipt codes."),
			}, nil
		}
	}
	return sender.Progress{Fate: sender.FatePending}, nil
}

// probeNumber is nobody's.
const probeNumber = "+8610000000000"

// Probe asks what became of SMS to a number that nobody has: that needs the key, the right and the application, and
// sends nothing.
func (s *short) Probe(ctx context.Context) []sender.Check {
	check := sender.Check{Name: text("密钥与应用可用", "the key and the application work")}
	now := time.Now().Unix()
	var got struct {
		Set *[]struct{} `json:"PullSmsSendStatusSet"`
	}
	err := s.api.call(ctx, "PullSmsSendStatusByPhoneNumber", map[string]any{
		"PhoneNumber": probeNumber, "SmsSdkAppId": s.app, "BeginTime": now - 60, "EndTime": now, "Offset": 0, "Limit": 1,
	}, &got)
	switch {
	case err != nil:
		return []sender.Check{check.Failed(err)}
	case got.Set == nil:
		return []sender.Check{check.Failed(&sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable})}
	}
	check.OK, check.Detail = true, "only an SMS shows whether signature and template are approved"
	return []sender.Check{check}
}
