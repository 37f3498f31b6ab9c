package wecom

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Probe fetches a token and reads the app: that needs the right id, the right secret and a trusted address, as sending
// does. It sends nothing.
// https://developer.work.weixin.qq.com/document/path/90227
func (a *app) Probe(ctx context.Context) []sender.Check {
	token := sender.Check{Name: words("企业 ID 与 Secret", "corp id and secret")}
	reach := sender.Check{Name: words("应用可用，出口 IP 可信", "the app answers, and this address is trusted")}
	if _, err := a.api.tokens.Get(ctx); err != nil {
		return []sender.Check{token.Failed(err)}
	}
	token.OK = true
	var got struct {
		Name  string `json:"name"`
		Close int    `json:"close"`
		Users struct {
			List []struct{} `json:"user"`
		} `json:"allow_userinfos"`
		Parties struct {
			List []int `json:"partyid"`
		} `json:"allow_partys"`
		Tags struct {
			List []int `json:"tagid"`
		} `json:"allow_tags"`
	}
	request := outbound.Request{Method: http.MethodGet, Path: pathAgent, Query: url.Values{"agentid": {strconv.Itoa(a.api.settings.AgentID)}}}
	if err := a.api.do(ctx, request, &got); err != nil {
		return []sender.Check{token, reach.Failed(err)}
	}
	reach.OK, reach.Detail = true, a.api.client.Redact(outbound.Plain(got.Name))
	sight := sender.Check{
		Name: words("可见范围", "visible range"), OK: got.Close == 0 && len(got.Users.List)+len(got.Parties.List)+len(got.Tags.List) > 0,
		Detail: fmt.Sprintf("%d users, %d departments, %d tags", len(got.Users.List), len(got.Parties.List), len(got.Tags.List)),
	}
	switch {
	case got.Close != 0:
		sight.Detail = "the app is disabled"
		sight.Hint = words("在「应用管理」里启用该应用。", "Enable the app under App Management.")
	case !sight.OK:
		sight.Hint = words("应用的可见范围是空的：在「应用管理」里加入成员、部门或标签。", "The app's visible range is empty: add people, departments or tags under App Management.")
	}
	return []sender.Check{token, reach, sight}
}
