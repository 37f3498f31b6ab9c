// Package slack plays the part of Slack's Web API and incoming webhooks that reaches people, as strictly as its
// documentation and what others measured allow.
package slack

import (
	"encoding/json"
	"maps"
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
const Provider = "slack"

// The account types whose content the inbox previews.
const (
	typeApp     = "slack"
	typeWebhook = "slack_webhook"
)

// postRates are one message a second in a channel, with short bursts, and methodRates those of tier 3.
// https://docs.slack.dev/apis/web-api/rate-limits
func postRates() []stage.Rate { return []stage.Rate{{Count: 5, Per: 5 * time.Second}} }

func methodRates() []stage.Rate { return []stage.Rate{{Count: 50, Per: time.Minute}} }

type play struct {
	stage *stage.Stage

	mu    sync.Mutex
	world World
	// ended are the tokens whose next call a fault refuses.
	ended map[string]bool
	// sequence makes each ts one of its own.
	sequence int
}

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p := &play{stage: s, world: demo(), ended: map[string]bool{}}
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "Slack", EN: "Slack"}, Types: []string{typeApp, typeWebhook}, Accounts: accounts(),
		Add: p.add, View: p.view, Places: p.places, Sender: p.sender,
		Kinds: map[string]lang.Text{
			kindChannel: {ZH: "Slack 频道", EN: "Slack channel"}, kindPerson: {ZH: "Slack 私信", EN: "Slack, direct"},
		},
		Routes: []stage.Route{
			{Pattern: "/api/auth.test", Endpoint: "test", Serve: p.as("", p.serveTest)},
			{Pattern: "/api/chat.postMessage", Endpoint: "send", Serve: p.as("chat:write", p.servePost)},
			{Pattern: "/api/chat.update", Endpoint: "update", Serve: p.as("chat:write", p.serveUpdate)},
			{Pattern: "/api/chat.delete", Endpoint: "recall", Serve: p.as("chat:write", p.serveDelete)},
			{Pattern: "/api/conversations.open", Endpoint: "open", Serve: p.as("im:write", p.serveOpen)},
			{Pattern: "/api/users.lookupByEmail", Endpoint: "lookup", Serve: p.as("users:read.email", p.serveLookup)},
			{Pattern: "/api/", Endpoint: "unknown", Serve: func(*stage.Call) stage.Answer { return refuse("unknown_method", nil) }},
			{Pattern: "POST /services/{team}/{bot}/{key}", Endpoint: "webhook", Serve: p.serveWebhook},
		},
		Refuse: func(code stage.Code, text string, status int) stage.Answer {
			if own, ok := hookStatuses()[string(code)]; ok {
				a := word(own, string(code))
				if status != 0 {
					a.Status = status
				}
				return a
			}
			a := refuse(string(code), map[string]any{"response_metadata": map[string]any{"messages": []string{text}}})
			if status != 0 {
				a.Status = status
			}
			return a
		},
		Limited: func(c *stage.Call, f stage.Fault) stage.Answer {
			if c.PathValue("key") != "" {
				return hookLimited(f.Delay())
			}
			return limited(f.Delay())
		},
		Expire: func(c *stage.Call) { p.end(bearer(c)) },
	}
}

// session is a call by an app whose token is known, with its arguments.
type session struct {
	*stage.Call
	app  App
	args arguments
}

// as checks token, scope and body before serve runs, and tells the scopes as Slack does.
func (p *play) as(scope string, serve func(session) stage.Answer) func(*stage.Call) stage.Answer {
	return func(c *stage.Call) stage.Answer {
		args, code := readArguments(c)
		if code != "" {
			return refuse(code, nil)
		}
		token := bearer(c)
		if token == "" {
			token = args.text("token")
		}
		app, known := p.app(token)
		switch {
		case token == "":
			return refuse("not_authed", nil)
		case !known:
			return refuse("invalid_auth", nil)
		case app.Revoked:
			return refuse("token_revoked", nil)
		}
		var a stage.Answer
		if scope != "" && !app.may(scope) {
			a = refuse("missing_scope", map[string]any{"needed": scope, "provided": strings.Join(app.Scopes, ",")})
		} else {
			a = serve(session{Call: c, app: app, args: args})
		}
		if a.Header == nil {
			a.Header = map[string]string{}
		}
		a.Header["X-OAuth-Scopes"], a.Header["X-Accepted-OAuth-Scopes"] = strings.Join(app.Scopes, ","), scope
		return a
	}
}

func bearer(c *stage.Call) string {
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return strings.TrimSpace(token)
}

// ok answers with what a method gives.
func ok(fields map[string]any) stage.Answer {
	return answer(http.StatusOK, stage.Success, true, fields)
}

// refuse answers with HTTP 200 and a word.
func refuse(code string, fields map[string]any) stage.Answer {
	all := map[string]any{"error": code}
	maps.Copy(all, fields)
	return answer(http.StatusOK, code, false, all)
}

func answer(status int, outcome string, fine bool, fields map[string]any) stage.Answer {
	all := map[string]any{"ok": fine}
	maps.Copy(all, fields)
	// What the handlers answer is made of strings, numbers and JSON that was read.
	raw, _ := json.Marshal(all)
	return stage.Answer{Status: status, Body: raw, Outcome: outcome}
}

// limited is the answer to too many calls, and says when to come again.
func limited(wait time.Duration) stage.Answer {
	a := refuse("ratelimited", nil)
	a.Status = http.StatusTooManyRequests
	a.Header = map[string]string{"Retry-After": seconds(wait)}
	return a
}

func seconds(wait time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))) }

func (p *play) serveTest(s session) stage.Answer {
	return ok(map[string]any{"url": "https://yunluo.slack.test/", "team": s.app.Team, "team_id": "T0DEMO", "user": s.app.Name, "user_id": "U0BOT", "bot_id": s.app.BotID})
}

// serveLookup knows people by the e-mail of their account.
func (p *play) serveLookup(s session) stage.Answer {
	if wait := p.take(s.app, "lookup", methodRates()...); wait > 0 {
		return limited(wait)
	}
	email := s.args.text("email")
	u, found := p.stage.UserBy(func(u *stage.User) bool { return u.Email != "" && strings.EqualFold(u.Email, email) })
	if !found || u.Resigned {
		return refuse("users_not_found", nil)
	}
	return ok(map[string]any{"user": map[string]any{
		"id": UserID(u), "team_id": "T0DEMO", "name": u.UserID, "real_name": u.Name, "profile": map[string]string{"email": u.Email},
	}})
}

// serveOpen opens the conversation with one person.
func (p *play) serveOpen(s session) stage.Answer {
	users := s.args.text("users")
	if users == "" {
		return refuse("users_list_not_supplied", nil)
	}
	u, found := p.user(users)
	switch {
	case !found:
		return refuse("user_not_found", nil)
	case u.Resigned:
		return refuse("user_disabled", nil)
	}
	return ok(map[string]any{"no_op": true, "already_open": true, "channel": map[string]any{"id": direct(u).ID}})
}

// take counts a call, unless the app has no limits.
func (p *play) take(app App, what string, rates ...stage.Rate) time.Duration {
	if app.NoLimits {
		return 0
	}
	return p.stage.Take("slack/"+app.BotID+"/"+what, rates...)
}
