package aliyun

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

// longestVariable is the hard limit of a variable, in characters, usualVariable what passes nearly everywhere.
// https://help.aliyun.com/document_detail/463270.html
const (
	longestVariable = 35
	usualVariable   = 20
)

// china is the time by which the service counts days.
func china() *time.Location { return time.FixedZone("CST", 8*60*60) }

// short sends SMS.
type short struct {
	sms.Form
	api *api
}

var (
	_ sender.Sender  = (*short)(nil)
	_ sender.Batcher = (*short)(nil)
	_ sender.Tracker = (*short)(nil)
	_ sender.Prober  = (*short)(nil)
)

// formOf reads what both services have in common.
func formOf(s sender.Settings, sign string) (sms.Form, error) {
	plan, planErr := sms.ParsePlan(sms.Usual(s, fieldParams, "content: message"))
	if planErr != nil {
		planErr = lang.About(fieldParams, planErr)
	}
	length, lengthErr := sms.Number(s, fieldLength, usualVariable, 1, longestVariable)
	template := s.Values[fieldTemplate]
	missing := sms.Filled(map[string]string{fieldKeyID: s.Values[fieldKeyID], fieldKey: s.Secrets[fieldKey].Reveal(), fieldTemplate: template})
	return sms.Form{
		Sign: sign, Template: template, Resolved: s.Values[fieldResolved], Text: s.Values[fieldText], Open: "${", Shut: "}", Plan: plan, Length: length,
	}, errors.Join(planErr, lengthErr, missing)
}

func newSMS(s sender.Settings, d sender.Deps) (sender.Sender, error) {
	key, sign := s.Secrets[fieldKey], strings.Trim(s.Values[fieldSign], "【】 ")
	f, faults := formOf(s, sign)
	if sign == "" {
		faults = errors.Join(faults, lang.Wrong("%s 是空的：请填已审核通过的签名", "%s is empty: give the approved signature", fieldSign))
	}
	a, err := newAPI(s, d, s.Values[fieldKeyID], key, smsCodes())
	if err := sender.Misconfigured(faults, err); err != nil {
		return nil, err
	}
	return &short{Form: f, api: a}, nil
}

// receipt is Receipt.Data.
type receipt struct {
	Version int `json:"v"`
	// ID is the BizId of an SMS or the CallId of a call; Number whom it went to, At when, in Unix milliseconds.
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

// Send sends to one number.
func (s *short) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	o := s.SendBatch(ctx, []sender.Notification{n})[0]
	return o.Receipt, o.Err
}

// SendBatch sends to all numbers in one call. One number that is refused takes the others with it, so they are then
// sent one by one.
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
	var all []int
	for i, n := range list {
		number, err := sms.Phone(n.Target)
		if err != nil {
			out[i].Err = err
			continue
		}
		numbers[i] = sms.National(number)
		all = append(all, i)
	}
	for chunk := range slices.Chunk(all, batchNumbers) {
		s.send(ctx, p, list, numbers, chunk, out)
	}
	return out
}

// send makes one call for the numbers at the places in chunk.
// https://help.aliyun.com/document_detail/419273.html
func (s *short) send(ctx context.Context, p sms.Parcel, list []sender.Notification, numbers []string, chunk []int, out []sender.Outcome) {
	var to []string
	for _, i := range chunk {
		if !slices.Contains(to, numbers[i]) {
			to = append(to, numbers[i])
		}
	}
	now := time.Now().UnixMilli()
	id, err := s.ask(ctx, p, strings.Join(to, ","), list[chunk[0]].Key)
	if err != nil && len(chunk) > 1 && numberFailure(err) {
		for _, i := range chunk {
			s.send(ctx, p, list, numbers, []int{i}, out)
		}
		return
	}
	for n, i := range chunk {
		out[i].Shared = n > 0
		if out[i].Err = err; err == nil {
			out[i].Receipt, out[i].Err = receipt{ID: id, Number: numbers[i], At: now}.encode()
		}
	}
}

func (s *short) ask(ctx context.Context, p sms.Parcel, numbers, key string) (string, error) {
	variables, err := params(p)
	if err != nil {
		return "", sender.Permanent(sender.ReasonMessage, err)
	}
	query := map[string]string{"PhoneNumbers": numbers, "SignName": p.Sign, "TemplateCode": p.Template, "OutId": key}
	if len(p.Values) > 0 {
		query["TemplateParam"] = variables
	}
	var got struct{ BizId string } //nolint:revive // the service's name
	if err := s.api.call(ctx, "SendSms", query, &got); err != nil {
		return "", err
	}
	if got.BizId == "" {
		return "", &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Err: errUnreadable}
	}
	return got.BizId, nil
}

// params are the variables as the services take them: an object of strings, in JSON.
func params(p sms.Parcel) (string, error) {
	values := map[string]string{}
	for _, v := range p.Values {
		values[v.Name] = v.Value
	}
	raw, err := json.Marshal(values)
	return string(raw), err
}

// The states of an SMS. https://help.aliyun.com/document_detail/419277.html
const (
	smsWaits  = 1
	smsFailed = 2
	smsCame   = 3
)

// Track asks whether an SMS arrived.
// https://help.aliyun.com/document_detail/419277.html
func (s *short) Track(ctx context.Context, r sender.Receipt) (sender.Progress, error) {
	own, err := readReceipt(r)
	if err != nil {
		return sender.Progress{}, err
	}
	var got struct {
		List *struct {
			One []struct {
				Status int    `json:"SendStatus"`
				Code   string `json:"ErrCode"`
			} `json:"SmsSendDetailDTO"`
		} `json:"SmsSendDetailDTOs"`
	}
	err = s.api.call(ctx, "QuerySendDetails", map[string]string{
		"PhoneNumber": own.Number, "BizId": own.ID, "SendDate": time.UnixMilli(own.At).In(china()).Format("20060102"), "PageSize": "10", "CurrentPage": "1",
	}, &got)
	switch {
	case err != nil:
		return sender.Progress{}, err
	case got.List == nil:
		return sender.Progress{}, &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
	case len(got.List.One) == 0:
		return sender.Progress{Fate: sender.FatePending}, nil
	}
	switch one := got.List.One[0]; one.Status {
	case smsCame:
		return sender.Progress{Fate: sender.FateArrived, Final: true, Code: one.Code}, nil
	case smsFailed:
		return sender.Progress{
			Fate: sender.FateLost, Final: true, Code: one.Code, Text: "the operator did not deliver it",
			Hint: text("运营商没有送达：空号、停机、关机或被拦截，错误码见阿里云「运营商错误码」。", "The operator did not deliver it: no such number, switched off, or blocked; see Alibaba Cloud's page of operators' codes."),
		}, nil
	case smsWaits:
		return sender.Progress{Fate: sender.FatePending}, nil
	}
	return sender.Progress{}, &sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable}
}

// Probe asks about the templates: that needs the key and the right, and sends nothing.
// https://help.aliyun.com/document_detail/419289.html
func (s *short) Probe(ctx context.Context) []sender.Check {
	checks := []sender.Check{s.probe(ctx, s.Template)}
	if s.Resolved != "" && s.Resolved != s.Template {
		checks = append(checks, s.probe(ctx, s.Resolved))
	}
	return checks
}

// probe tells whether a template is approved, and its variables are those of the plan.
func (s *short) probe(ctx context.Context, template string) sender.Check {
	check := sender.Check{Name: text("AccessKey 可用，模板 "+template+" 已审核", "the AccessKey works, template "+template+" is approved")}
	var got struct {
		Status  *int   `json:"TemplateStatus"`
		Reason  string `json:"Reason"`
		Content string `json:"TemplateContent"`
	}
	err := s.api.call(ctx, "QuerySmsTemplate", map[string]string{"TemplateCode": template}, &got)
	switch {
	case err != nil:
		return check.Failed(err)
	case got.Status == nil:
		return check.Failed(&sender.Failure{Reason: sender.ReasonUnavailable, Err: errUnreadable})
	case *got.Status != 1:
		check.Detail, check.Hint = "TemplateStatus "+strconv.Itoa(*got.Status)+" "+got.Reason, text("模板还没有审核通过，在控制台查看原因。", "The template is not approved; the console says why.")
		return check
	}
	check.Detail = got.Content
	if missing := s.missing(got.Content); len(missing) > 0 {
		names := strings.Join(missing, ", ")
		check.Hint = text("模板里的变量 "+names+" 没有写在 template_params 里，短信会被拒绝：每行补一个。",
			"template_params lacks the template's variables "+names+", so SMS would be refused: add a line for each.")
		return check
	}
	check.OK = true
	return check
}

// missing are the variables of a template's text that the plan does not fill.
func (s *short) missing(content string) (names []string) {
	known := s.Plan.Names()
	for _, part := range strings.Split(content, s.Open)[1:] {
		name, _, closed := strings.Cut(part, s.Shut)
		if closed && !slices.Contains(known, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
