// Package tencent plays Tencent Cloud's SMS and voice services: the signature of every call is verified, and each
// number has a result of its own.
package tencent

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// Provider is the name of this play.
const Provider = "tencent"

// The account types whose content the inbox previews.
const (
	typeSMS   = "tencent_sms"
	typeVoice = "tencent_voice"
)

// The codes that the play answers with, all of them with HTTP 200.
// https://cloud.tencent.com/document/api/382/52075, https://cloud.tencent.com/document/api/1128/51556
const (
	codeOK            = "Ok"
	codeSignature     = "AuthFailure.SignatureFailure"
	codeAuthorization = "AuthFailure.InvalidAuthorization"
	codeNoKey         = "AuthFailure.SecretIdNotFound"
	codeClock         = "AuthFailure.SignatureExpire"
	codeRight         = "AuthFailure.UnauthorizedOperation"
	codeAction        = "InvalidAction"
	codeParameter     = "InvalidParameter"
	codeRegion        = "UnsupportedRegion"
	codeFast          = "RequestLimitExceeded"
	codeApp           = "InvalidParameterValue.SdkAppIdNotExist"
	codeSign          = "FailedOperation.SignatureIncorrectOrUnapproved"
	codeTemplate      = "FailedOperation.TemplateIncorrectOrUnapproved"
	codeParams        = "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
	codeMoney         = "FailedOperation.InsufficientBalanceInSmsPackage"
	codeBlack         = "FailedOperation.PhoneNumberInBlacklist"
	codeLong          = "InvalidParameterValue.TemplateParameterLengthLimit"
	codeURL           = "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
	codeForm          = "InvalidParameterValue.TemplateParameterFormatError"
	codeNumber        = "InvalidParameterValue.IncorrectPhoneNumber"
	codeMixed         = "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"
	codeCount         = "LimitExceeded.PhoneNumberCountLimit"
	codeThirty        = "LimitExceeded.PhoneNumberThirtySecondLimit"
	codeDay           = "LimitExceeded.PhoneNumberDailyLimit"
	codeCalls         = "LimitExceeded.DeliveryFrequencyLimit"
	codeVoiceApp      = "InvalidParameterValue.VoiceSdkAppidNotExist"
	codeVoiceTemplate = "FailedOperation.TemplateUnapprovedOrNotMatch"
	codeVoiceMoney    = "FailedOperation.InsufficientBalanceInVoicePackage"
	codeVoiceNumber   = "InvalidParameterValue.CalledNumberError"
)

const headerAction = "X-TC-Action"

type play struct {
	stage *stage.Stage

	mu    sync.Mutex
	world World
}

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p := &play{stage: s, world: demo()}
	action := func(name, endpoint, service, version string, perSecond int, serve func(session) stage.Answer) stage.Route {
		return stage.Route{
			Pattern: "POST /{$}", Endpoint: endpoint, Serve: p.as(name, service, version, perSecond, serve),
			Match: func(c *stage.Call) bool { return c.Header.Get(headerAction) == name },
		}
	}
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "腾讯云短信与语音", EN: "Tencent Cloud SMS and voice"}, Types: []string{typeSMS, typeVoice},
		Accounts: accounts(), Add: p.add, View: p.view, Places: p.places, Sender: func(m stage.Message) string { return m.App },
		Kinds: map[string]lang.Text{"sms": {ZH: "短信", EN: "SMS"}, "call": {ZH: "电话", EN: "phone calls"}},
		Routes: []stage.Route{
			action("SendSms", "sms", "sms", "2021-01-11", 3000, p.serveSMS),
			action("PullSmsSendStatusByPhoneNumber", "sms_status", "sms", "2021-01-11", 20, p.serveStatus),
			action("SendTtsVoice", "call", "vms", "2020-09-02", 20, p.serveCall),
			{
				Pattern: "POST /{$}", Endpoint: "unknown", Match: func(c *stage.Call) bool { return c.Header.Get(headerAction) != "" },
				Serve: func(*stage.Call) stage.Answer { return refuse(codeAction, "this action is not played") },
			},
		},
		Refuse: func(code stage.Code, text string, status int) stage.Answer {
			a := refuse(string(code), text)
			if status != 0 {
				a.Status = status
			}
			return a
		},
		Limited: func(*stage.Call, stage.Fault) stage.Answer { return fast() },
	}
}

func fast() stage.Answer {
	return refuse(codeFast, "Your current request times equals to the limit in a second.")
}

func refuse(code, text string) stage.Answer {
	a := done(map[string]any{"Error": map[string]string{"Code": code, "Message": text}})
	a.Outcome = code
	return a
}

func done(body map[string]any) stage.Answer {
	body["RequestId"] = "sandbox"
	// Strings, numbers and lists of them always marshal.
	raw, _ := json.Marshal(map[string]any{"Response": body})
	return stage.Answer{Status: http.StatusOK, Body: raw, Outcome: stage.Success}
}

// session is a call by a key that proved who it is.
type session struct {
	*stage.Call
	key Key
}

// as verifies a call before serve runs.
func (p *play) as(name, service, version string, perSecond int, serve func(session) stage.Answer) func(*stage.Call) stage.Answer {
	return func(c *stage.Call) stage.Answer {
		key, refusal := p.verify(c, service)
		switch region := c.Header.Get("X-TC-Region"); {
		case refusal != nil:
			return *refusal
		case c.Header.Get("X-TC-Version") != version:
			return refuse("NoSuchVersion", "the version of "+name+" is "+version)
		case !strings.HasPrefix(region, "ap-"):
			return refuse(codeRegion, "the region is missing or not supported: "+region)
		case key.NoRight:
			return refuse(codeRight, "the sub-user lacks the right")
		case !key.NoLimits && p.stage.Take("tencent/"+key.ID+"/"+name, stage.Rate{Count: perSecond, Per: time.Second}) > 0:
			return fast()
		case !json.Valid(c.Body):
			return refuse(codeParameter, "the body is no JSON")
		}
		return serve(session{Call: c, key: key})
	}
}
