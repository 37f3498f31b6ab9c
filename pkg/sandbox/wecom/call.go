package wecom

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// typeCall is the account type of emergency calls.
const typeCall = "wecom_call"

const (
	codeNotLinked = 301049
	codeBalance   = 301051
	// ringing is how long a call rings before its outcome is known.
	ringing = 30 * time.Second
	// stateLife is how long the outcome can be asked for. https://developer.work.weixin.qq.com/document/path/91628
	stateLife = 7 * 24 * time.Hour
	// noAnswer and tooMany are reasons.
	noAnswer = 4
	tooMany  = 13
)

// rung is one call.
type rung struct {
	user   string
	at     time.Time
	reason int
}

// serveCall calls each of the callees.
// https://developer.work.weixin.qq.com/document/path/91627
func (p *play) serveCall(s session) stage.Answer {
	var in struct {
		Users []string `json:"callee_userid"`
	}
	if json.Unmarshal(s.Body, &in) != nil || len(in.Users) == 0 {
		return refuse(codeEmptyField, "callee_userid missing")
	}
	p.mu.Lock()
	linked := slices.Contains(p.world.Callers, s.app.AgentID)
	enough := p.world.Calls < 0 || p.world.Calls >= len(in.Users)
	if linked && enough && p.world.Calls > 0 {
		p.world.Calls -= len(in.Users)
	}
	p.mu.Unlock()
	switch {
	case !linked:
		return refuse(codeNotLinked, "the app is not linked to the emergency notice app")
	case !enough:
		return refuse(codeBalance, "no balance for emergency notices")
	}
	states := []map[string]any{}
	for _, id := range in.Users {
		if !p.reachable(s.app, id) {
			states = append(states, map[string]any{"code": 60111, "userid": id})
			continue
		}
		call := p.stage.NewID("pstn-")
		states = append(states, map[string]any{"code": 0, "callid": call, "userid": id})
		p.ring(s, call, id)
	}
	return ok(map[string]any{"states": states})
}

// ring shows one call, unless the member has had too many.
func (p *play) ring(s session, call, id string) {
	one := rung{user: strings.ToLower(id), at: p.stage.Now()}
	full := !s.app.NoLimits && p.stage.Take("wecom/call/"+one.user, stage.Rate{Count: 3, Per: 8 * time.Minute}, stage.Rate{Count: 8, Per: 24 * time.Hour}) > 0
	p.mu.Lock()
	silent := slices.ContainsFunc(p.world.Silent, func(u string) bool { return strings.EqualFold(u, id) })
	switch {
	case full:
		one.reason = tooMany
	case silent:
		one.reason = noAnswer
	}
	p.rung[call] = one
	p.mu.Unlock()
	if full {
		return
	}
	fate := "answered"
	if silent {
		fate = "unanswered"
	}
	to := p.conversation("user", id)
	to.ID, to.Kind = "wecom:call:"+one.user, "call"
	// A call says fixed words.
	words, _ := json.Marshal(map[string]string{"title": "您有一条紧急通知，请查看企业微信"})
	p.stage.Deliver(stage.Message{
		ID: call, Provider: Provider, Type: typeCall, App: strconv.Itoa(s.app.AgentID), Conversation: to, Form: "call", Content: words, Fate: fate,
		Request: &stage.Request{Method: s.Method, Path: s.URL.Path, Body: string(s.Body)},
	}, "", 0)
}

// serveStates tells whether a call was answered.
func (p *play) serveStates(s session) stage.Answer {
	var in struct {
		User string `json:"callee_userid"`
		Call string `json:"callid"`
	}
	if json.Unmarshal(s.Body, &in) != nil || in.User == "" || in.Call == "" {
		return refuse(codeEmptyField, "callee_userid or callid missing")
	}
	p.mu.Lock()
	one, found := p.rung[in.Call]
	p.mu.Unlock()
	age := p.stage.Now().Sub(one.at)
	if !found || !strings.EqualFold(one.user, in.User) || age > stateLife {
		return refuse(codeParameter, "invalid callid")
	}
	body := map[string]any{"istalked": 0, "calltime": one.at.Unix(), "talktime": 0, "reason": one.reason}
	switch {
	case age < ringing:
		body["reason"] = 0
	case one.reason == 0:
		body["istalked"], body["talktime"] = 1, 8
	}
	return ok(body)
}
