// Package aliyun plays Alibaba Cloud's SMS and voice services: the signature of every call is verified, and the
// operators' answer can be asked for later.
package aliyun

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
const Provider = "aliyun"

// The account types whose content the inbox previews.
const (
	typeSMS   = "aliyun_sms"
	typeVoice = "aliyun_voice"
)

// The codes that the play answers with.
// https://help.aliyun.com/document_detail/101346.html, https://help.aliyun.com/document_detail/112502.html
const (
	codeOK        = "OK"
	codeSignature = "SignatureDoesNotMatch"
	codeNoKey     = "InvalidAccessKeyId.NotFound"
	codeClock     = "InvalidTimeStamp.Expired"
	codeNonce     = "SignatureNonceUsed"
	codeAction    = "InvalidAction.NotFound"
	codeRight     = "isp.RAM_PERMISSION_DENY"
	codeThrottled = "Throttling.User"
	codeFlow      = "isv.BUSINESS_LIMIT_CONTROL"
	codeMoney     = "isv.AMOUNT_NOT_ENOUGH"
	codeSign      = "isv.SMS_SIGNATURE_ILLEGAL"
	codeTemplate  = "isv.SMS_TEMPLATE_ILLEGAL"
	codeTTS       = "isv.TTS_TEMPLATE_ILLEGAL"
	codeShow      = "isv.DISPLAY_NUMBER_ILLEGAL"
	codeMissing   = "isv.TEMPLATE_MISSING_PARAMETERS"
	codeIllegal   = "isv.TEMPLATE_PARAMS_ILLEGAL"
	codeJSON      = "isv.INVALID_JSON_PARAM"
	codeLong      = "isv.PARAM_LENGTH_LIMIT"
	codeURL       = "isv.PARAM_NOT_SUPPORT_URL"
	codeNumber    = "isv.MOBILE_NUMBER_ILLEGAL"
	codeNumbers   = "isv.MOBILE_COUNT_OVER_LIMIT"
	codeParameter = "isv.INVALID_PARAMETERS"
)

const (
	headerAction = "X-Acs-Action"
	// perSecond is how often one key may call one action.
	perSecond = 1000
)

type play struct {
	stage *stage.Stage

	mu     sync.Mutex
	world  World
	nonces map[string]time.Time
	// calls are what was called, by CallId.
	calls map[string]call
}

// call is one call to a phone.
type call struct {
	message, number string
	at              time.Time
	answered        bool
}

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p := &play{stage: s, world: demo(), nonces: map[string]time.Time{}, calls: map[string]call{}}
	action := func(name, endpoint string, serve func(session) stage.Answer) stage.Route {
		return stage.Route{
			Pattern: "POST /{$}", Endpoint: endpoint, Serve: p.as(serve),
			Match: func(c *stage.Call) bool { return c.Header.Get(headerAction) == name },
		}
	}
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "阿里云短信与语音", EN: "Alibaba Cloud SMS and voice"}, Types: []string{typeSMS, typeVoice},
		Accounts: accounts(), Add: p.add, View: p.view, Places: p.places, Sender: func(m stage.Message) string { return m.App },
		Kinds: map[string]lang.Text{"sms": {ZH: "短信", EN: "SMS"}, "call": {ZH: "电话", EN: "phone calls"}},
		Routes: []stage.Route{
			action("SendSms", "sms", p.serveSMS),
			action("QuerySendDetails", "sms_details", p.serveDetails),
			action("QuerySmsTemplate", "sms_template", p.serveTemplate),
			action("SingleCallByTts", "call", p.serveCall),
			action("QueryCallDetailByCallId", "call_detail", p.serveRecord),
			{
				Pattern: "POST /{$}", Endpoint: "unknown", Match: func(c *stage.Call) bool { return c.Header.Get(headerAction) != "" },
				Serve: p.as(func(session) stage.Answer { return refuse(codeAction, "this action is not played") }),
			},
		},
		Refuse: func(code stage.Code, text string, status int) stage.Answer {
			a := refuse(string(code), text)
			if status != 0 {
				a.Status = status
			}
			return a
		},
		Limited: func(*stage.Call, stage.Fault) stage.Answer { return throttled() },
	}
}

// refuse answers with a code: those of the services with HTTP 200, those of the gateway without.
func refuse(code, text string) stage.Answer {
	status := http.StatusBadRequest
	if strings.HasPrefix(code, "isv.") || strings.HasPrefix(code, "isp.") {
		status = http.StatusOK
	}
	// Strings always marshal.
	raw, _ := json.Marshal(map[string]string{"Code": code, "Message": text, "RequestId": "SANDBOX"})
	return stage.Answer{Status: status, Body: raw, Outcome: code}
}

func throttled() stage.Answer {
	return refuse(codeThrottled, "Request was denied due to user flow control.")
}

func done(body map[string]any) stage.Answer {
	body["Code"], body["Message"], body["RequestId"] = codeOK, codeOK, "SANDBOX"
	// Strings, numbers and lists of them always marshal.
	raw, _ := json.Marshal(body)
	return stage.Answer{Status: http.StatusOK, Body: raw, Outcome: stage.Success}
}

// session is a call by a key that proved who it is.
type session struct {
	*stage.Call
	key Key
}

// arg is a parameter, from the query or a form.
func (s session) arg(name string) string {
	if v := s.URL.Query().Get(name); v != "" {
		return v
	}
	return form(s.Call).Get(name)
}

// as verifies a call before serve runs.
func (p *play) as(serve func(session) stage.Answer) func(*stage.Call) stage.Answer {
	return func(c *stage.Call) stage.Answer {
		key, refusal := p.verify(c)
		switch {
		case refusal != nil:
			return *refusal
		case key.NoRight:
			return refuse(codeRight, "the RAM user lacks the right")
		case !key.NoLimits && p.stage.Take("aliyun/"+key.ID+"/"+c.Header.Get(headerAction), stage.Rate{Count: perSecond, Per: time.Second}) > 0:
			return throttled()
		}
		return serve(session{Call: c, key: key})
	}
}
