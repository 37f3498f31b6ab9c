package dingtalk

import (
	"context"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// probeMobile is nobody's: looking it up shows whether the app may look people up.
const probeMobile = "10000000000"

// Probe fetches a token and looks up a number that nobody has: DingTalk then says that it found nobody, or that the app
// lacks the right. Whether the robot may send, only a message shows.
func (a *app) Probe(ctx context.Context) []sender.Check {
	token := sender.Check{Name: text("AppKey 与 AppSecret", "app key and secret")}
	if _, err := a.api.tokens.Get(ctx); err != nil {
		return []sender.Check{token.Failed(sender.AsFailure(err))}
	}
	token.OK = true
	contacts := sender.Check{Name: text("可按手机号找人", "people can be found by mobile number")}
	var got struct{}
	err := a.api.lookup(ctx, pathMobile, map[string]string{"mobile": probeMobile}, &got)
	if f := sender.AsFailure(err); f != nil && f.Code != "60121" && f.Code != "40104" {
		return []sender.Check{token, contacts.Failed(f)}
	}
	contacts.OK, contacts.Detail = true, outbound.Plain("only a message shows whether the robot may send")
	return []sender.Check{token, contacts}
}
