package dingtalk

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// typeApp is the account type of an app.
const typeApp = "dingtalk_app"

const (
	headerToken = "x-acs-dingtalk-access-token" //nolint:gosec // a header's name
	newAPI      = "/v1.0/"
	// tokenLife is how long a token lasts; asking again gives the same one and extends it.
	// https://open.dingtalk.com/document/orgapp/obtain-the-access_token-of-an-internal-app
	tokenLife = 2 * time.Hour
	// perSecond is how often one app may call one API.
	// https://open.dingtalk.com/document/orgapp/api-throttling
	perSecond = 20
)

// The words that the new API answers with, and the numbers of the old one.
const (
	wordCredentials = "invalidClientIdOrSecret"
	wordToken       = "InvalidAuthentication"
	wordRight       = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
	wordTooFast     = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
	wordMonth       = "Forbidden.AccessDenied.ApiCountLimitForOrg"
	wordParameter   = "invalidParameter"
	wordRobot       = "invalidParameter.robotCode.notExsit"
	wordForm        = "invalidParameter.msgKey"
	wordParam       = "invalidParameter.msgParam"

	oldToken     = 40014
	oldExpired   = 42001
	oldTooFast   = 90018
	oldRight     = 88
	oldMobile    = 40104
	oldUnknown   = 60121
	oldParameter = 400002
)

// appPlay is the part of the play that serves apps.
type appPlay struct {
	stage *stage.Stage

	mu     sync.Mutex
	world  World
	tokens map[string]*token
	// months counts the calls of each calendar month.
	months map[string]int
	// sent are the inbox's messages of one processQueryKey or openDingId.
	sent map[string]sent
}

type token struct {
	app   string
	until time.Time
}

// sent is what one call put into the inbox: a copy for each person, or one in a group.
type sent struct {
	robot, chat string
	copies      []string
}

func newAppPlay(s *stage.Stage) *appPlay {
	return &appPlay{stage: s, world: demo(), tokens: map[string]*token{}, months: map[string]int{}, sent: map[string]sent{}}
}

func (p *appPlay) routes() []stage.Route {
	serve := func(pattern, endpoint, right string, serve func(session) stage.Answer) stage.Route {
		return stage.Route{Pattern: pattern, Endpoint: endpoint, Serve: p.as(endpoint, right, serve)}
	}
	return []stage.Route{
		{Pattern: "POST /v1.0/oauth2/accessToken", Endpoint: "token", Serve: p.serveToken},
		serve("POST /v1.0/robot/oToMessages/batchSend", "batch_send", rightMessage, p.servePeople),
		serve("POST /v1.0/robot/otoMessages/batchRecall", "batch_recall", rightMessage, p.servePeopleRecall),
		serve("GET /v1.0/robot/oToMessages/readStatus", "read_status", rightMessage, p.serveRead),
		serve("POST /v1.0/robot/groupMessages/send", "group_send", rightMessage, p.serveGroup),
		serve("POST /v1.0/robot/groupMessages/recall", "group_recall", rightMessage, p.serveGroupRecall),
		serve("POST /v1.0/robot/ding/send", "ding", rightDing, p.serveDing),
		serve("POST /v1.0/robot/ding/recall", "ding_recall", rightDing, p.serveDingRecall),
		{Pattern: "POST /topapi/v2/user/getbymobile", Endpoint: "lookup", Serve: p.serveMobile},
	}
}

// say answers as the new API refuses: a word, and an HTTP status.
func say(status int, word, text string) stage.Answer {
	// Strings always marshal.
	raw, _ := json.Marshal(map[string]string{"code": word, "message": text, "requestid": "sandbox"})
	return stage.Answer{Status: status, Body: raw, Outcome: word}
}

func done(body any) stage.Answer {
	// Strings and lists of them always marshal.
	raw, _ := json.Marshal(body)
	return stage.Answer{Status: http.StatusOK, Body: raw, Outcome: stage.Success}
}

// status is the HTTP status that goes with a word.
func status(word string) int {
	switch {
	case word == wordToken:
		return http.StatusUnauthorized
	case strings.HasPrefix(word, "Forbidden."):
		return http.StatusForbidden
	default:
		return http.StatusBadRequest
	}
}

func fail(word, text string) stage.Answer { return say(status(word), word, text) }

// refuseApp answers with any code of an app's APIs.
func refuseApp(code stage.Code, text string, wanted int) stage.Answer {
	a := fail(string(code), text)
	a.Status = cmp.Or(wanted, a.Status)
	return a
}

// limitedApp answers that an app is too fast.
func limitedApp(c *stage.Call) stage.Answer {
	if strings.HasPrefix(c.URL.Path, newAPI) {
		return fail(wordTooFast, "the app calls this API more than 20 times a second")
	}
	return refuse(stage.Robot{}, oldTooFast, "the app calls this API more than 20 times a second")
}

func (p *appPlay) expire(c *stage.Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tokens, c.Header.Get(headerToken))
	delete(p.tokens, c.URL.Query().Get("access_token"))
}

// serveToken gives an app's token: the same one while it lasts, extended.
func (p *appPlay) serveToken(c *stage.Call) stage.Answer {
	var in struct {
		Key    string `json:"appKey"`
		Secret string `json:"appSecret"`
	}
	if !c.JSONBody() || json.Unmarshal(c.Body, &in) != nil {
		return fail(wordParameter, "the body is no JSON")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	app, found := p.world.app(in.Key)
	if !found || in.Secret != app.Secret {
		return fail(wordCredentials, "invalid app key or secret")
	}
	until := p.stage.Now().Add(tokenLife)
	give := func(value string) stage.Answer {
		return done(map[string]any{"accessToken": value, "expireIn": int(tokenLife.Seconds())})
	}
	for value, t := range p.tokens {
		if t.app == app.Key && p.stage.Now().Before(t.until) {
			t.until = until
			return give(value)
		}
	}
	value := p.stage.NewID("dingtalk-token-")
	p.tokens[value] = &token{app: app.Key, until: until}
	return give(value)
}

// session is a call by an app that proved who it is.
type session struct {
	*stage.Call
	app App
}

// holder is the app of a token, and whether the token is known and still good.
func (p *appPlay) holder(value string) (app App, known, good bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, known := p.tokens[value]
	if !known {
		return App{}, false, false
	}
	app, found := p.world.app(t.app)
	return app, true, found && p.stage.Now().Before(t.until)
}

// as checks the token, the right, and how often this API was called, before serve runs.
func (p *appPlay) as(endpoint, right string, serve func(session) stage.Answer) func(*stage.Call) stage.Answer {
	return func(c *stage.Call) stage.Answer {
		app, _, good := p.holder(c.Header.Get(headerToken))
		switch {
		case !good:
			return fail(wordToken, "the access token is missing, unknown or expired")
		case app.lacks(right):
			return fail(wordRight, "the app lacks the right "+right)
		case !app.NoLimits && p.stage.Take("dingtalk/"+app.Key+"/"+endpoint, stage.Rate{Count: perSecond, Per: time.Second}) > 0:
			return limitedApp(c)
		case !p.spendCall(app):
			return fail(wordMonth, "the calls that the edition includes are used up this month")
		case c.Method == http.MethodPost && (!c.JSONBody() || !json.Valid(c.Body)):
			return fail(wordParameter, "the body is no JSON")
		}
		return serve(session{Call: c, app: app})
	}
}

// spendCall counts one call against what the company's edition includes in a calendar month.
func (p *appPlay) spendCall(app App) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if app.NoLimits || p.world.MonthlyCalls <= 0 {
		return true
	}
	month := p.stage.Now().Format("2006-01")
	if p.months[month] >= p.world.MonthlyCalls {
		return false
	}
	p.months[month]++
	return true
}

// serveMobile finds a member by mobile number: the old API, whose calls do not count for the month.
// https://open.dingtalk.com/document/orgapp/query-users-by-phone-number
func (p *appPlay) serveMobile(c *stage.Call) stage.Answer {
	app, known, good := p.holder(c.URL.Query().Get("access_token"))
	var in struct {
		Mobile string `json:"mobile"`
	}
	switch {
	case !known:
		return refuse(stage.Robot{}, oldToken, "invalid access_token")
	case !good:
		return refuse(stage.Robot{}, oldExpired, "the access_token expired")
	case app.lacks(rightContacts):
		return refuse(stage.Robot{}, oldRight, "the app lacks the right "+rightContacts)
	case !app.NoLimits && p.stage.Take("dingtalk/"+app.Key+"/lookup", stage.Rate{Count: perSecond, Per: time.Second}) > 0:
		return limitedApp(c)
	case json.Unmarshal(c.Body, &in) != nil:
		return refuse(stage.Robot{}, oldParameter, "bad parameter")
	case in.Mobile == "" || strings.Trim(in.Mobile, "+-0123456789") != "":
		return refuse(stage.Robot{}, oldMobile, "invalid mobile")
	}
	u, found := p.stage.UserBy(func(u *stage.User) bool { return u.Mobile != "" && nationalMobile(u.Mobile) == in.Mobile })
	if !found || u.Resigned {
		return refuse(stage.Robot{}, oldUnknown, "no such user")
	}
	return answer(stage.Robot{}, 0, map[string]any{"errmsg": "ok", "result": map[string]any{"userid": u.UserID, "exclusive_account_userid_list": []string{}}})
}
