package feishu

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const (
	// tokenLife is how long a tenant_access_token lives; within renewWithin of its end a call gets a
	// new one, and both are valid.
	// https://open.larkoffice.com/document/ukTMukTMukTM/ukDNz4SO0MjL5QzM/auth-v3/auth/tenant_access_token_internal.
	tokenLife   = 2 * time.Hour
	renewWithin = 30 * time.Minute
)

type token struct {
	app   string
	until time.Time
}

// serveToken answers errors with HTTP 200, as that endpoint does.
func (p *play) serveToken(c *stage.Call) stage.Answer {
	var in struct {
		AppID     string `json:"app_id"`
		AppSecret string `json:"app_secret"`
	}
	if !c.JSONBody() || json.Unmarshal(c.Body, &in) != nil || in.AppID == "" || in.AppSecret == "" {
		return answer(http.StatusOK, codeInvalidParam, map[string]any{"code": codeInvalidParam, "msg": "invalid param"})
	}
	app, known := p.stage.App(in.AppID)
	if !known || app.Secret != in.AppSecret {
		msg := "app secret invalid"
		if !known {
			msg = "app id not exists"
		}
		return answer(http.StatusOK, codeWrongSecret, map[string]any{"code": codeWrongSecret, "msg": msg})
	}
	value, left := p.issue(app.ID)
	return answer(http.StatusOK, 0, map[string]any{
		"code": 0, "msg": "ok", "tenant_access_token": value, "expire": int(left.Seconds()),
	})
}

// issue returns the app's token and how long it lives.
func (p *play) issue(app string) (string, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.stage.Now()
	maps.DeleteFunc(p.tokens, func(_ string, t token) bool { return !now.Before(t.until) })
	if t, ok := p.tokens[p.current[app]]; ok {
		if left := t.until.Sub(now); left >= renewWithin {
			return p.current[app], left
		}
	}
	value := p.stage.NewID("t-")
	p.tokens[value] = token{app: app, until: now.Add(tokenLife)}
	p.current[app] = value
	return value, tokenLife
}

func (p *play) expire(value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tokens, value)
}

func bearer(c *stage.Call) string {
	value, found := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !found {
		return ""
	}
	return strings.TrimSpace(value)
}

// authenticate finds the app behind the call, or the code that refuses it.
func (p *play) authenticate(c *stage.Call) (stage.App, int) {
	value := bearer(c)
	switch {
	case value == "":
		return stage.App{}, codeNoToken
	case !strings.HasPrefix(value, "t-"):
		return stage.App{}, codeMalformed
	}
	p.mu.Lock()
	t, ok := p.tokens[value]
	p.mu.Unlock()
	if !ok || !p.stage.Now().Before(t.until) {
		return stage.App{}, codeBadToken
	}
	app, ok := p.stage.App(t.app)
	if !ok {
		return stage.App{}, codeBadToken
	}
	return app, 0
}
