package aliyun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// apiVersion is of both services. https://help.aliyun.com/document_detail/419273.html
const apiVersion = "2017-05-25"

var errUnreadable = errors.New("the answer is not the JSON that Alibaba Cloud documents")

// api calls a service through the SDK's core, which signs; what is on the wire goes through outbound.
type api struct {
	client *outbound.Client
	sdk    *openapi.Client
	codes  []sender.CodeMeaning
}

// wire lets the SDK's core use our connections. https://github.com/alibabacloud-go/tea/blob/master/dara/core.go
type wire struct{ http.RoundTripper }

// Call implements dara.HttpClient.
func (w wire) Call(r *http.Request, _ *http.Transport) (*http.Response, error) { return w.RoundTrip(r) }

func newAPI(s sender.Settings, d sender.Deps, keyID string, key secret.Value, codes []sender.CodeMeaning) (*api, error) {
	client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
	base, pathErr := sms.Origin(s)
	if err := sender.Misconfigured(err, pathErr); err != nil {
		return nil, err
	}
	sdk, err := openapi.NewClient(&openapi.Config{
		AccessKeyId: new(keyID), AccessKeySecret: new(key.Reveal()), Endpoint: new(base.Host), Protocol: new(base.Scheme),
		HttpClient: wire{client.RoundTripper()}, UserAgent: new("yunluo"),
	})
	if err != nil {
		return nil, sender.Permanent(sender.ReasonConfig, lang.Wrong("access_key_id 或 access_key_secret 无法使用", "access_key_id or access_key_secret cannot be used"))
	}
	return &api{client: client, sdk: sdk, codes: codes}, nil
}

// call asks an action and reads its answer into out.
func (a *api) call(ctx context.Context, action string, query map[string]string, out any) error {
	params := &openapi.Params{
		Action: new(action), Version: new(apiVersion), Pathname: new("/"), Method: new(http.MethodPost),
		AuthType: new("AK"), Style: new("RPC"), ReqBodyType: new("formData"), BodyType: new("json"), Protocol: a.sdk.Protocol,
	}
	request := &openapi.OpenApiRequest{Query: map[string]*string{}}
	for name, value := range query {
		request.Query[name] = new(value)
	}
	ctx, exchange := outbound.Watch(ctx)
	// A call takes the headers off its client, so each has a client of its own.
	sdk := *a.sdk
	_, sdkErr := sdk.CallApiWithCtx(ctx, params, request, &dara.RuntimeOptions{})
	r, asked, err := exchange.Last()
	switch {
	case err != nil:
		return err
	case !asked:
		return outbound.NotSent(a.client.RedactFailure(&sender.Failure{Reason: sender.ReasonUnavailable, Err: fmt.Errorf("the request could not be made: %w", sdkErr)}))
	}
	if f := a.judge(r); f != nil {
		return a.client.RedactFailure(f)
	}
	if json.Unmarshal(r.Body, out) != nil {
		return &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Status: r.Status, Err: errUnreadable}
	}
	return nil
}

// judge reads an answer: only Code "OK" with HTTP 200 is success, whatever the status says of refusals.
func (a *api) judge(r outbound.Response) *sender.Failure {
	var head struct {
		Code    string
		Message string
	}
	err := json.Unmarshal(r.Body, &head)
	switch {
	case err != nil || head.Code == "", head.Code == "OK" && r.Status != http.StatusOK:
		return outbound.StatusFailure(r)
	case head.Code == "OK":
		return nil
	}
	known := head.Code
	if strings.HasPrefix(known, codeThrottling+".") && !slices.ContainsFunc(a.codes, func(m sender.CodeMeaning) bool { return m.Code == known }) {
		known = codeThrottling
	}
	f := outbound.FailureFromCode(a.codes, known, head.Message, r.Status)
	f.Code = head.Code
	if f.Class == sender.Later {
		if strings.HasPrefix(head.Code, codeThrottling) || head.Code == codeDay || head.Code == codeMonth {
			f.Scope = sender.ScopeAccount
		}
		if head.Code == codeFlow {
			f.After = levelOf(head.Message)
		}
	}
	return f
}

// numberFailure tells whether a call was refused for one of its numbers, so that the others can go without it. Such a
// call sent nothing at all.
func numberFailure(err error) bool {
	f := sender.AsFailure(err)
	return f != nil && !f.MaybeSent && (f.Reason == sender.ReasonRecipient || f.Code == codeFlow)
}
