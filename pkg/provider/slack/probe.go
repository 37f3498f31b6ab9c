package slack

import (
	"context"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// ability is what a scope is for.
type ability struct {
	name     lang.Text
	scope    string
	required bool
	without  lang.Text
}

func abilities() []ability {
	return []ability{
		{text("权限：发送消息", "Scope: sending"), "chat:write", true, text("不能发送", "nothing can be sent")},
		{
			text("权限：不进频道也能发到公开频道", "Scope: public channels without joining"), "chat:write.public", false,
			text("每个频道都要 /invite 机器人", "the bot must be invited to every channel"),
		},
		{
			text("权限：按邮箱查人", "Scope: finding people by e-mail"), "users:read.email", false,
			text("只能用 ids.slack 或 user: 指定人", "people need ids.slack or user:"),
		},
		{
			text("权限：打开私信", "Scope: opening direct messages"), "im:write", false,
			text("给人发消息时改为直接用成员 ID", "messages to people go to their member id instead"),
		},
	}
}

// Probe implements sender.Prober: it asks who the token belongs to, and reads the scopes that the answer lists.
// https://docs.slack.dev/reference/methods/auth.test
func (a *app) Probe(ctx context.Context) []sender.Check {
	known := sender.Check{Name: text("Bot 令牌", "Bot token")}
	var got struct {
		Team  string `json:"team"`
		User  string `json:"user"`
		BotID string `json:"bot_id"`
	}
	header, err := a.api.post(ctx, methodTest, struct{}{}, &got)
	if err != nil {
		return []sender.Check{known.Failed(err)}
	}
	known.OK, known.Detail = true, a.api.client.Redact(outbound.Plain(got.User+" @ "+got.Team))
	if got.BotID == "" {
		known.OK = false
		known.Hint = text("这不是机器人的令牌：用 OAuth & Permissions 里的 Bot User OAuth Token（xoxb- 开头）。", "This is not a bot's token: use the Bot User OAuth Token (xoxb-…) of OAuth & Permissions.")
	}
	checks := []sender.Check{known}
	listed := header.Get(headerScopes)
	if listed == "" {
		// Nothing is known of the scopes behind a proxy that drops the header; the first send will tell.
		return checks
	}
	granted := strings.FieldsFunc(listed, func(r rune) bool { return r == ',' || r == ' ' })
	for _, b := range abilities() {
		check := sender.Check{Name: b.name, OK: true, Detail: b.scope}
		if !slices.Contains(granted, b.scope) {
			check.OK, check.Detail = !b.required, b.scope+": not granted"
			hint := scopeHint(b.scope)
			check.Hint = text("缺少 "+b.scope+"："+b.without.ZH+"。"+hint.ZH, b.scope+" is missing: "+b.without.EN+". "+hint.EN)
		}
		checks = append(checks, check)
	}
	return checks
}
