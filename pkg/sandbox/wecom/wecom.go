// Package wecom plays the part of WeCom's API that reaches people: apps, robots and emergency calls, as strictly as the write-ups of its documentation
// allow; no SDK proves it.
package wecom

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// Provider is the name of this play.
const Provider = "wecom"

// typeApp is the account type whose content the inbox previews.
const typeApp = "wecom_app"

// The codes that the play answers with, all of them with HTTP 200.
// https://developer.work.weixin.qq.com/document/path/90313.
const (
	codeWrongSecret = 40001
	codeMsgType     = 40008
	codeCorpID      = 40013
	codeBadToken    = 40014
	codeAgent       = 40056
	codeParameter   = 40058
	codeEmptyField  = 40063
	codeNoToken     = 41001
	codeNoAgent     = 41011
	codeExpired     = 42001
	codeEmpty       = 44004
	codeTooLong     = 45002
	codeTooOften    = 45009
	codeUnknown     = 46004
	codeMobile      = 60103
	codeAddress     = 60020
	codeAllInvalid  = 81013
	codeNobody      = 82001
	codeWebhook     = 93000
	codeOtherApp    = 301002
)

// tokenLife is how long a token lasts; within it the same one is given again.
// https://developer.work.weixin.qq.com/document/path/91039.
const tokenLife = 2 * time.Hour

type play struct {
	stage *stage.Stage

	mu     sync.Mutex
	world  World
	tokens map[string]token
	// cards are the codes that update a card, each once.
	cards map[string]string
	// copies are the inbox's messages of one msgid.
	copies map[string][]string
	equal  map[string]equal
	// rung are the calls, by their id.
	rung map[string]rung
}

// equal is a request that an equal one repeats.
type equal struct {
	id string
	at time.Time
}

type token struct {
	agent int
	until time.Time
}

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p := &play{stage: s, world: demo(), tokens: map[string]token{}, cards: map[string]string{}, copies: map[string][]string{}, equal: map[string]equal{}, rung: map[string]rung{}}
	post := func(path, endpoint string, serve func(session) stage.Answer) stage.Route {
		return stage.Route{Pattern: "POST /cgi-bin/" + path, Endpoint: endpoint, Serve: p.as(serve)}
	}
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "企业微信", EN: "WeCom"}, Types: []string{typeApp, typeRobot, typeCall},
		Accounts: accounts(), Add: p.add, View: p.view, Places: p.places, Sender: p.sender,
		Kinds: map[string]lang.Text{
			"member": {ZH: "企业微信成员", EN: "WeCom member"}, "department": {ZH: "企业微信部门", EN: "WeCom department"},
			"tag": {ZH: "企业微信标签", EN: "WeCom tag"}, "everybody": {ZH: "企业微信全员", EN: "WeCom, everybody"},
			"robot": {ZH: "企业微信群机器人", EN: "WeCom robot"}, "call": {ZH: "企业微信紧急电话", EN: "WeCom emergency call"},
		},
		Routes: []stage.Route{
			{Pattern: "GET /cgi-bin/gettoken", Endpoint: "token", Serve: p.serveToken},
			post("message/send", "send", p.serveSend),
			post("message/recall", "recall", p.serveRecall),
			post("message/update_template_card", "update", p.serveUpdate),
			post("pstncc/call", "call", p.serveCall),
			post("pstncc/getstates", "call_states", p.serveStates),
			{Pattern: "POST /cgi-bin/webhook/send", Endpoint: "robot", Serve: p.serveRobot},
			post("user/getuserid", "lookup", p.serveMobile),
			post("user/get_userid_by_email", "lookup", p.serveEmail),
			{Pattern: "GET /cgi-bin/agent/get", Endpoint: "agent", Serve: p.as(p.serveAgent)},
		},
		Refuse: func(code stage.Code, text string, status int) stage.Answer {
			a := refuse(code.Int(), text)
			a.Status = cmp.Or(status, a.Status)
			return a
		},
		Limited: func(*stage.Call, stage.Fault) stage.Answer { return refuse(codeTooOften, "api freq out of limit") },
		Expire: func(c *stage.Call) {
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.tokens, c.URL.Query().Get("access_token"))
		},
	}
}

func refuse(code int, text string) stage.Answer {
	return answer(code, map[string]any{"errmsg": text + ", hint: [sandbox], more info at https://open.work.weixin.qq.com/devtool/query?e=" + strconv.Itoa(code)})
}

func ok(body map[string]any) stage.Answer {
	body["errmsg"] = "ok"
	return answer(0, body)
}

func answer(code int, body map[string]any) stage.Answer {
	body["errcode"] = code
	// Strings, numbers and lists of them always marshal.
	raw, _ := json.Marshal(body)
	return stage.Answer{Status: http.StatusOK, Body: raw, Outcome: strconv.Itoa(code)}
}

// serveToken gives an app's token: the same one while it lasts.
func (p *play) serveToken(c *stage.Call) stage.Answer {
	q := c.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	if q.Get("corpid") != p.world.CorpID {
		return refuse(codeCorpID, "invalid corpid")
	}
	app, found := p.world.appOf(func(a App) bool { return a.Secret == q.Get("corpsecret") })
	if !found {
		return refuse(codeWrongSecret, "invalid credential")
	}
	now := p.stage.Now()
	for value, t := range p.tokens {
		if t.agent == app.AgentID && now.Before(t.until) {
			return ok(map[string]any{"access_token": value, "expires_in": int(t.until.Sub(now).Seconds())})
		}
	}
	value := p.stage.NewID("wecom-token-")
	p.tokens[value] = token{agent: app.AgentID, until: now.Add(tokenLife)}
	return ok(map[string]any{"access_token": value, "expires_in": int(tokenLife.Seconds())})
}

// session is a call by an app that proved who it is.
type session struct {
	*stage.Call
	app App
}

// as checks the token and the caller's address before serve runs.
func (p *play) as(serve func(session) stage.Answer) func(*stage.Call) stage.Answer {
	return func(c *stage.Call) stage.Answer {
		value := c.URL.Query().Get("access_token")
		if value == "" {
			return refuse(codeNoToken, "access_token missing")
		}
		p.mu.Lock()
		t, known := p.tokens[value]
		app, found := p.world.appOf(func(a App) bool { return a.AgentID == t.agent })
		p.mu.Unlock()
		switch {
		case !known || !found:
			return refuse(codeBadToken, "invalid access_token")
		case !p.stage.Now().Before(t.until):
			return refuse(codeExpired, "access_token expired")
		}
		if ip := stage.CallerIP(c); len(app.TrustedIPs) > 0 && !stage.Allowed(app.TrustedIPs, ip) {
			return refuse(codeAddress, "not allow to access from your ip, from ip: "+ip)
		}
		if c.Method == http.MethodPost && !json.Valid(c.Body) {
			return refuse(codeParameter, "the body is no JSON")
		}
		return serve(session{Call: c, app: app})
	}
}
