package feishu

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// activated is the state of an app that its tenant has switched on.
const activated = 2

// Probe implements sender.Prober: it fetches a token, and reads the bot's state and the scopes granted.
func (a *app) Probe(ctx context.Context) []sender.Check {
	credentials := sender.Check{Name: text("App ID 与 App Secret", "App ID and App Secret")}
	if _, err := a.api.tokens.Get(ctx); err != nil {
		credentials = credentials.Failed(err)
		return []sender.Check{credentials}
	}
	credentials.OK = true
	checks := []sender.Check{credentials, a.probeBot(ctx)}
	return append(checks, a.probeScopes(ctx)...)
}

// https://open.feishu.cn/document/ukTMukTMukTM/uAjMxEjLwITMx4CMyETM
func (a *app) probeBot(ctx context.Context) sender.Check {
	check := sender.Check{Name: text("机器人能力", "Bot ability")}
	var got struct {
		Bot struct {
			Status int    `json:"activate_status"`
			Name   string `json:"app_name"`
			OpenID string `json:"open_id"`
		} `json:"bot"`
	}
	if err := a.api.call(ctx, outbound.Request{Method: http.MethodGet, Path: pathBot}, &got); err != nil {
		check = check.Failed(err)
		return check
	}
	check.Detail = outbound.Plain(got.Bot.Name)
	check.OK = got.Bot.Status == activated && got.Bot.OpenID != ""
	if !check.OK {
		check.Detail = strings.TrimSpace(fmt.Sprintf("%s activate_status %d", check.Detail, got.Bot.Status))
		check.Hint = text("在开发者后台启用机器人能力并发布版本，请管理员在管理后台启用应用。",
			"Enable the bot in the developer console and publish a version; have an administrator enable the app.")
	}
	return check
}

// ability is what a scope is for; any of its scopes will do.
type ability struct {
	name     lang.Text
	scopes   []string
	required bool
	without  lang.Text
}

func abilities() []ability {
	return []ability{
		{
			name: text("权限：发送消息", "Scope: sending"), scopes: []string{"im:message:send_as_bot", "im:message"}, required: true,
			without: text("不能发送", "nothing can be sent"),
		},
		{
			name: text("权限：按邮箱或手机号查人", "Scope: finding people by e-mail or mobile"), scopes: []string{"contact:user.id:readonly"},
			without: text("只能用 ids.feishu 或 user: 指定人", "people need ids.feishu or user:"),
		},
		{
			name: text("权限：应用内加急", "Scope: urging in the app"), scopes: []string{"im:message.urgent"},
			without: text("urgent: app 会失败", "urgent: app will fail"),
		},
		{
			name: text("权限：短信加急", "Scope: urging by SMS"), scopes: []string{"im:message.urgent:sms", "im:message.urgent:sms_send"},
			without: text("urgent: sms 会失败", "urgent: sms will fail"),
		},
		{
			name: text("权限：电话加急", "Scope: urging by phone"), scopes: []string{"im:message.urgent:phone", "im:message.urgent:phone_send"},
			without: text("urgent: phone 会失败", "urgent: phone will fail"),
		},
	}
}

// probeScopes tells which abilities are granted. One that an account may not need is OK without, and
// its hint says what then does not work.
// https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/application-v6/scope/list
func (a *app) probeScopes(ctx context.Context) []sender.Check {
	var got struct {
		Data struct {
			Scopes []struct {
				Name    string `json:"scope_name"`
				Granted int    `json:"grant_status"`
			} `json:"scopes"`
		} `json:"data"`
	}
	if err := a.api.call(ctx, outbound.Request{Method: http.MethodGet, Path: pathScopes}, &got); err != nil {
		if sender.AsFailure(err).Status == http.StatusNotFound {
			// A private deployment may not have this API; the token and the bot were fine.
			return nil
		}
		check := sender.Check{Name: text("应用权限", "Scopes of the app")}
		check = check.Failed(err)
		return []sender.Check{check}
	}
	var granted []string
	for _, s := range got.Data.Scopes {
		if s.Granted == 1 {
			granted = append(granted, s.Name)
		}
	}
	var checks []sender.Check
	for _, b := range abilities() {
		check := sender.Check{Name: b.name, OK: true}
		i := slices.IndexFunc(b.scopes, func(s string) bool { return slices.Contains(granted, s) })
		if i >= 0 {
			check.Detail = b.scopes[i]
		} else {
			check.OK = !b.required
			check.Detail = b.scopes[0] + ": not granted"
			check.Hint = text("未开通 "+b.scopes[0]+"："+b.without.ZH+"。在开发者后台「权限管理」开通后发布版本。",
				b.scopes[0]+" is not granted: "+b.without.EN+". Grant it under Permissions in the developer console and publish a version.")
		}
		checks = append(checks, check)
	}
	return checks
}
