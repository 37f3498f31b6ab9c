// Package feishu plays the part of Feishu's open platform that reaches people, as strictly as its
// documentation and what others measured allow.
package feishu

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// Provider is the name of this play.
const Provider = "feishu"

// contentType is the account type whose content the inbox previews.
const contentType = "feishu_app"

// The codes that the play answers with.
// https://open.larkoffice.com/document/server-docs/api-call-guide/generic-error-code.
const (
	codeBadRequest    = 9499
	codeInvalidParam  = 10003
	codeWrongSecret   = 10014
	codeRateLimited   = 99991400
	codeNoToken       = 99991661
	codeBadToken      = 99991663
	codeMalformed     = 99991671
	codeOpenIDOfOther = 99992361
	codeFieldInvalid  = 99992402

	codeParameter    = 230001
	codeBotNotInChat = 230002
	codeBotOff       = 230006
	codeRecalled     = 230011
	codeNotSender    = 230012
	codeUnavailable  = 230013
	codeMuted        = 230018
	codeTooFast      = 230020
	codeUnread       = 230023
	codeQuota        = 230024
	codeTooLong      = 230025
	codeTooOld       = 230031
	codeNoUrgent     = 230052
	codeStopped      = 230053
	codeNotACard     = 230054
	codeCard         = 230099
	codeDeleted      = 230110
	codeDissolved    = 232009
)

// The limits of an app: https://open.feishu.cn/document/ukTMukTMukTM/uUzN04SN3QjL1cDN.
func appRates() []stage.Rate {
	return []stage.Rate{{Count: 50, Per: time.Second}, {Count: 1000, Per: time.Minute}}
}

// objectRates are the limits of one chat, one person, and one message's updates.
func objectRates() []stage.Rate { return []stage.Rate{{Count: 5, Per: time.Second}} }

type play struct {
	stage *stage.Stage

	mu      sync.Mutex
	tokens  map[string]token
	current map[string]string
}

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p := &play{stage: s, tokens: map[string]token{}, current: map[string]string{}}
	hooks := newRobots(s)
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "飞书", EN: "Feishu"}, Types: []string{contentType, typeRobot}, Add: hooks.add, View: hooks.view,
		Accounts: []stage.Account{{
			Name: "feishu-demo", Type: contentType, Title: "演示用飞书应用", Main: true,
			Settings: []stage.Setting{{Name: "app_id", Value: "cli_demo"}, {Name: "app_secret", Value: "secret"}, {Name: "base_url", Value: "{url}"}},
			To:       []string{"chat:oc_demo"}, Mention: []string{"person:lilei"}, Urgent: "phone",
		}, robotAccount()},
		Places: func() []stage.Conversation { return append(p.places(), hooks.places()...) }, Sender: p.sender,
		Kinds: map[string]lang.Text{"chat": {ZH: "飞书群", EN: "Feishu group"}, "person": {ZH: "飞书单聊", EN: "Feishu, private"}, robotKind: {ZH: "飞书群机器人", EN: "Feishu robot"}},
		Routes: []stage.Route{
			{Pattern: "POST /open-apis/auth/v3/tenant_access_token/internal", Endpoint: "token", Serve: p.serveToken},
			{Pattern: "POST /open-apis/contact/v3/users/batch_get_id", Endpoint: "lookup", Serve: p.as("lookup", p.serveLookup)},
			{Pattern: "GET /open-apis/bot/v3/info", Endpoint: "bot", Serve: p.as("bot", p.serveBot)},
			{Pattern: "POST /open-apis/im/v1/messages", Endpoint: "send", Serve: p.as("send", p.serveSend)},
			{Pattern: "POST /open-apis/im/v1/messages/{message_id}/reply", Endpoint: "reply", Serve: p.as("reply", p.serveReply)},
			{Pattern: "PATCH /open-apis/im/v1/messages/{message_id}", Endpoint: "update", Serve: p.as("update", p.serveUpdate)},
			{Pattern: "DELETE /open-apis/im/v1/messages/{message_id}", Endpoint: "recall", Serve: p.as("recall", p.serveRecall)},
			{Pattern: "GET /open-apis/im/v1/messages/{message_id}/read_users", Endpoint: "read", Serve: p.as("read", p.serveReads)},
			{Pattern: "PATCH /open-apis/im/v1/messages/{message_id}/urgent_app", Endpoint: "urge", Serve: p.as("urgent_app", p.urge("app"))},
			{Pattern: "PATCH /open-apis/im/v1/messages/{message_id}/urgent_sms", Endpoint: "urge", Serve: p.as("urgent_sms", p.urge("sms"))},
			{Pattern: "PATCH /open-apis/im/v1/messages/{message_id}/urgent_phone", Endpoint: "urge", Serve: p.as("urgent_phone", p.urge("phone"))},
			{Pattern: "POST /open-apis/bot/v2/hook/{token}", Endpoint: "robot", Serve: hooks.serve},
			{Pattern: "/open-apis/", Endpoint: "unknown", Serve: serveUnknown},
		},
		Refuse: func(code stage.Code, text string, status int) stage.Answer {
			a := refuse(code.Int(), text)
			if status != 0 {
				a.Status = status
			}
			return a
		},
		Limited: func(c *stage.Call, f stage.Fault) stage.Answer {
			if c.PathValue("token") != "" {
				return answerRobot(robotTooFast, "frequency limited")
			}
			if f.Code.Int() == codeTooFast {
				return refuse(codeTooFast, "")
			}
			return limited(f.Delay())
		},
		Expire: func(c *stage.Call) { p.expire(bearer(c)) },
	}
}

// places are the groups that have a bot.
func (p *play) places() []stage.Conversation {
	var list []stage.Conversation
	for _, c := range p.stage.View().Chats {
		if len(c.Bots) > 0 {
			list = append(list, stage.Conversation{ID: c.ID, Kind: "chat", Name: cmp.Or(c.Name, c.ID)})
		}
	}
	return list
}

func (p *play) sender(m stage.Message) string {
	if m.Type == typeRobot {
		return "机器人 robot"
	}
	app, _ := p.stage.App(m.App)
	return app.Name
}

func serveUnknown(*stage.Call) stage.Answer {
	return stage.Answer{
		Status: http.StatusNotFound, Header: map[string]string{"Content-Type": "text/plain; charset=utf-8"},
		Body: []byte("404 page not found"), Outcome: "404",
	}
}

// session is a call by an app that proved who it is.
type session struct {
	*stage.Call
	app stage.App
}

// as checks the access token and the app's limits before serve runs. The limits count per endpoint.
func (p *play) as(endpoint string, serve func(session) stage.Answer) func(*stage.Call) stage.Answer {
	return func(c *stage.Call) stage.Answer {
		app, code := p.authenticate(c)
		if code != 0 {
			return refuse(code, "")
		}
		if !app.NoLimits {
			if wait := p.stage.Take("feishu/"+app.ID+"/"+endpoint, appRates()...); wait > 0 {
				return limited(wait)
			}
		}
		if len(c.Body) > 0 && !c.JSONBody() {
			return refuse(codeBadRequest, "Bad Request: the Content-Type is not application/json")
		}
		return serve(session{Call: c, app: app})
	}
}

// text is what Feishu writes beside a code.
func text(code int) string {
	switch code {
	case codeRateLimited:
		return "request trigger frequency limit"
	case codeNoToken:
		return "Missing access token for authorization. Please make a request with token attached."
	case codeBadToken, codeMalformed:
		return "Invalid access token for authorization. Please make a request with token attached."
	case codeOpenIDOfOther:
		return "open_id cross app"
	case codeParameter:
		return "Your request contains an invalid request parameter."
	case codeBotNotInChat:
		return "Bot/User can NOT be out of the chat."
	case codeBotOff:
		return "App does not enable bot feature."
	case codeRecalled:
		return "The message was withdrawn."
	case codeNotSender:
		return "Bot is NOT the sender of the message."
	case codeUnavailable:
		return "Bot has NO availability to this user."
	case codeMuted:
		return "These operations are NOT allowed at current group settings."
	case codeTooFast:
		return "This operation triggers the frequency limit."
	case codeUnread:
		return "The user has too many unread urgent messages."
	case codeQuota:
		return "Reach the upper limit of urgent message."
	case codeTooLong:
		return "The length of the message content reaches its limit."
	case codeTooOld:
		return "The message is too old to be updated."
	case codeNoUrgent:
		return "No permission to send urgent messages in this chat."
	case codeStopped:
		return "The user has stopped the bot from sending messages."
	case codeNotACard:
		return "This operation does not support this type of message."
	case codeDeleted:
		return "Action unavailable as the message has been deleted."
	case codeDissolved:
		return "Your request specifies a chat which has already been dissolved."
	default:
		return "failed"
	}
}

// refuse answers with a business error: HTTP 400, and the code in the body.
func refuse(code int, msg string) stage.Answer {
	if msg == "" {
		msg = text(code)
	}
	return answer(http.StatusBadRequest, code, map[string]any{
		"code": code, "msg": msg, "error": map[string]any{
			"log_id":         "20260101000000SANDBOX" + strconv.Itoa(code),
			"troubleshooter": "the sandbox refuses this as Feishu does; see docs/providers",
		},
	})
}

// parameter refuses an invalid parameter and says which.
func parameter(ext string) stage.Answer {
	return refuse(codeParameter, text(codeParameter)+" ext="+ext)
}

// field refuses a field that breaks the endpoint's schema.
func field(name, description string) stage.Answer {
	return answer(http.StatusBadRequest, codeFieldInvalid, map[string]any{
		"code": codeFieldInvalid, "msg": "field validation failed", "error": map[string]any{
			"log_id":           "20260101000000SANDBOX" + strconv.Itoa(codeFieldInvalid),
			"field_violations": []map[string]string{{"field": name, "description": description}},
		},
	})
}

// limited refuses at the gateway, and says in a header after how many seconds to come again.
func limited(wait time.Duration) stage.Answer {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	a := refuse(codeRateLimited, "")
	a.Status = http.StatusTooManyRequests
	a.Header = map[string]string{
		"x-ogw-ratelimit-limit": "50", "x-ogw-ratelimit-reset": strconv.Itoa(seconds),
	}
	return a
}

// ok answers with data.
func ok(data any) stage.Answer {
	return answer(http.StatusOK, 0, map[string]any{"code": 0, "msg": "success", "data": data})
}

func answer(status, code int, body any) stage.Answer {
	raw, err := json.Marshal(body)
	if err != nil {
		raw = fmt.Appendf(nil, `{"code":2200,"msg":"internal error: %s"}`, strings.ReplaceAll(err.Error(), `"`, `'`))
		status = http.StatusInternalServerError
	}
	return stage.Answer{Status: status, Body: raw, Outcome: strconv.Itoa(code)}
}
