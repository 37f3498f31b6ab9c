package tencent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var errUnreadable = errors.New("the answer is not the JSON that Tencent Cloud documents")

// service is one of the two, with its version.
type service struct{ name, version string }

// The services. https://cloud.tencent.com/document/api/382/55981, https://cloud.tencent.com/document/api/1128/51558
func smsService() service   { return service{"sms", "2021-01-11"} }
func voiceService() service { return service{"vms", "2020-09-02"} }

// api calls a service through the SDK's core, which signs; what is on the wire goes through outbound.
type api struct {
	client  *outbound.Client
	sdk     *common.Client
	service service
	codes   []sender.CodeMeaning
}

func newAPI(s sender.Settings, d sender.Deps, of service, codes []sender.CodeMeaning) (*api, error) {
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	base, pathErr := sms.Origin(s)
	if err := sender.Misconfigured(err, pathErr); err != nil {
		return nil, err
	}
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint, p.HttpProfile.Scheme = base.Host, strings.ToUpper(base.Scheme)
	region := s.Values[fieldRegion]
	if region == "" {
		region = usualRegion
	}
	sdk := common.NewCommonClient(common.NewCredential(s.Values[fieldKeyID], s.Secrets[fieldKey].Reveal()), region, p)
	return &api{client: client, sdk: sdk.WithHttpTransport(client.RoundTripper()), service: of, codes: codes}, nil
}

// call asks an action and reads what is in its Response into out.
func (a *api) call(ctx context.Context, action string, body map[string]any, out any) error {
	request := tchttp.NewCommonRequest(a.service.name, a.service.version, action)
	if err := request.SetActionParameters(body); err != nil {
		return sender.Permanent(sender.ReasonMessage, err)
	}
	ctx, exchange := outbound.Watch(ctx)
	request.SetContext(ctx)
	sdkErr := a.sdk.Send(request, tchttp.NewCommonResponse())
	r, asked, err := exchange.Last()
	switch {
	case err != nil:
		return err
	case !asked:
		return outbound.NotSent(a.client.RedactFailure(&sender.Failure{Reason: sender.ReasonUnavailable, Err: fmt.Errorf("the request could not be made: %w", sdkErr)}))
	}
	inner, f := a.judge(r)
	if f != nil {
		return a.client.RedactFailure(f)
	}
	if json.Unmarshal(inner, out) != nil {
		return unreadable(r)
	}
	return nil
}

func unreadable(r outbound.Response) *sender.Failure {
	return &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Status: r.Status, Err: errUnreadable}
}

// judge reads an answer: always HTTP 200, with an Error in it or without. What a success must hold is for the
// caller to check.
func (a *api) judge(r outbound.Response) (json.RawMessage, *sender.Failure) {
	var whole struct{ Response json.RawMessage }
	var head struct {
		Error *struct{ Code, Message string }
		ID    string `json:"RequestId"`
	}
	if json.Unmarshal(r.Body, &whole) != nil || json.Unmarshal(whole.Response, &head) != nil || r.Status != http.StatusOK || (head.Error == nil && head.ID == "") {
		return nil, outbound.StatusFailure(r)
	}
	if head.Error == nil {
		return whole.Response, nil
	}
	if head.Error.Code == "" {
		return nil, unreadable(r)
	}
	f := a.failure(head.Error.Code, head.Error.Message, r.Status)
	if f.Class == sender.Later {
		f.Scope = sender.ScopeAccount
	}
	return nil, f
}

// unsure are the codes after which the operator may have got the SMS, or the call, all the same.
// https://cloud.tencent.com/document/api/382/52075, https://cloud.tencent.com/document/api/1128/51556
func unsure() []string {
	return []string{"InternalError.Timeout", "InternalError.SendAndRecvFail", "FailedOperation.AccessUpstreamTimeout"}
}

// failure is what a code means. One that is in no row is judged by the family before its dot.
func (a *api) failure(code, said string, status int) *sender.Failure {
	known := code
	if !slices.ContainsFunc(a.codes, func(row sender.CodeMeaning) bool { return row.Code == code }) {
		known, _, _ = strings.Cut(code, ".")
	}
	f := outbound.FailureFromCode(a.codes, known, said, status)
	f.Code, f.MaybeSent = code, slices.Contains(unsure(), code)
	return f
}
