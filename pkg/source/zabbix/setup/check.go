package setup

import (
	"context"
	"fmt"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/mediatype"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/zabbixapi"
)

// wholeSet is how many message templates a media type of ours has.
const wholeSet = 10

// Check looks at a Zabbix through its API and changes nothing. knows tells whether "Send to" is something that Yunluo
// can reach; nil leaves that out.
func Check(ctx context.Context, api *zabbixapi.Client, l lang.Language, knows func(sendTo string) bool, report Report) error {
	v, err := api.Version(ctx)
	c := sender.Check{Name: lang.Text{ZH: "Zabbix 的 API", EN: "Zabbix's API"}, OK: err == nil, Detail: v.String()}
	if err != nil {
		c.Detail = err.Error()
		c.Hint = sender.AsFailure(err).Hint
		report(c)
		return err
	}
	report(c)
	found := false
	for _, way := range []mediatype.Way{mediatype.Script, mediatype.Webhook} {
		m, ok, err := findMediaType(ctx, api, typeFor(v, way, l).Name())
		if err != nil {
			report(sender.Check{Name: lang.Text{ZH: "报警媒介类型", EN: "media type"}, Detail: err.Error(), Hint: sender.AsFailure(err).Hint})
			return err
		}
		if !ok {
			continue
		}
		found = true
		report(checkMediaType(m))
		if err := checkUse(ctx, api, m, knows, report); err != nil {
			return err
		}
	}
	if !found {
		report(sender.Check{Name: lang.Text{ZH: "报警媒介类型", EN: "media type"}, Hint: lang.Text{
			ZH: "还没有导入云锣的报警媒介类型：运行 yunluo zabbix install，或在“报警媒介类型”页的“导入”里选 zabbix/exports 下的文件",
			EN: "Yunluo's media type is not imported: run yunluo zabbix install, or import a file of zabbix/exports on the page Media types",
		}})
		return nil
	}
	return checkActions(ctx, api, report)
}

func checkMediaType(m mediaType) sender.Check {
	c := sender.Check{Name: lang.Text{ZH: "报警媒介类型 " + m.Name, EN: "media type " + m.Name}, OK: true}
	wrong := func(zh, en string) {
		c.OK = false
		c.Hint.ZH = strings.TrimPrefix(c.Hint.ZH+"；"+zh, "；")
		c.Hint.EN = strings.TrimPrefix(c.Hint.EN+"; "+en, "; ")
	}
	if m.Status != "0" {
		wrong("已停用：启用它", "it is disabled: enable it")
	}
	if m.MaxSessions != "0" {
		wrong("“并发会话”应为不限（0）：否则一条慢的会挡住所有告警", "concurrent sessions should be unlimited (0): else a slow one holds up every alert")
	}
	if len(m.Templates) < wholeSet {
		wrong(fmt.Sprintf("消息模板只有 %d 个，应有 %d 个：用 yunluo zabbix install --overwrite 重新导入", len(m.Templates), wholeSet),
			fmt.Sprintf("it has %d message templates of %d: import it again with yunluo zabbix install --overwrite", len(m.Templates), wholeSet))
	}
	return c
}

// checkUse looks for people with the media.
func checkUse(ctx context.Context, api *zabbixapi.Client, m mediaType, knows func(string) bool, report Report) error {
	var users []struct {
		Name   string      `json:"username"`
		Medias []userMedia `json:"medias"`
	}
	err := api.Call(ctx, "user.get", map[string]any{
		"output": []string{"username"}, "mediatypeids": []string{m.ID},
		"selectMedias": []string{"mediatypeid", "sendto", "active", "severity", "period"},
	}, &users)
	if err != nil {
		report(sender.Check{Name: lang.Text{ZH: "用户", EN: "users"}, Detail: err.Error(), Hint: sender.AsFailure(err).Hint})
		return err
	}
	if len(users) == 0 {
		report(sender.Check{Name: lang.Text{ZH: "报警媒介", EN: "media"}, Hint: lang.Text{
			ZH: "没有用户配置了“" + m.Name + "”：在用户的“报警媒介”里添加，“收件人”填联络点",
			EN: "no user has a media of " + m.Name + ": add one on the page Users, tab Media, with a contact point as \"Send to\"",
		}})
	}
	for _, u := range users {
		for _, media := range u.Medias {
			if media.MediaType == m.ID {
				report(checkMedia(u.Name, media, knows))
			}
		}
	}
	return nil
}

func checkMedia(user string, m userMedia, knows func(string) bool) sender.Check {
	sendTo := fmt.Sprint(m.SendTo)
	c := sender.Check{Name: lang.Text{ZH: "用户 " + user + " 的报警媒介", EN: "media of user " + user}, OK: true, Detail: sendTo}
	switch {
	case m.Active != "0":
		c.OK, c.Hint = false, lang.Text{ZH: "已停用：启用它", EN: "it is disabled: enable it"}
	case knows != nil && !knows(sendTo):
		c.OK, c.Hint = false, lang.Text{
			ZH: "云锣没有这个联络点：改“收件人”，或在云锣的配置里加上它",
			EN: "Yunluo has no such contact point: correct \"Send to\", or add it to Yunluo's configuration",
		}
	}
	return c
}

// checkActions looks for trigger actions that also tell of updates and recoveries.
func checkActions(ctx context.Context, api *zabbixapi.Client, report Report) error {
	var actions []struct {
		Name       string `json:"name"`
		Operations []any  `json:"operations"`
		Recovery   []any  `json:"recovery_operations"`
		RecoveryV6 []any  `json:"recoveryOperations"`
		Update     []any  `json:"update_operations"`
		UpdateV6   []any  `json:"updateOperations"`
	}
	err := api.Call(ctx, "action.get", map[string]any{
		"output": []string{"name"}, "filter": map[string]any{"status": "0", "eventsource": "0"},
		"selectOperations": "extend", "selectRecoveryOperations": "extend", "selectUpdateOperations": "extend",
	}, &actions)
	if err != nil {
		report(sender.Check{Name: lang.Text{ZH: "动作", EN: "actions"}, Detail: err.Error(), Hint: sender.AsFailure(err).Hint})
		return err
	}
	if len(actions) == 0 {
		report(sender.Check{Name: lang.Text{ZH: "触发器动作", EN: "trigger actions"}, Hint: lang.Text{
			ZH: "没有启用的触发器动作，什么也不会发：在“动作”页里启用一个",
			EN: "no trigger action is enabled, so nothing is sent: enable one on the page Actions → Trigger actions",
		}})
	}
	for _, a := range actions {
		c := sender.Check{Name: lang.Text{ZH: "动作 " + a.Name, EN: "action " + a.Name}, OK: true}
		if len(a.Recovery)+len(a.RecoveryV6) == 0 {
			c.OK = false
			c.Hint = lang.Text{ZH: "没有恢复操作，卡片会一直是红的：加上“通知所有参与者”", EN: "it has no recovery operations, so cards stay red: add \"Notify all involved\""}
		} else if len(a.Update)+len(a.UpdateV6) == 0 {
			c.OK = false
			c.Hint = lang.Text{ZH: "没有更新操作，确认和留言不会到群里：加上“通知所有参与者”", EN: "it has no update operations, so acknowledgements and comments reach no chat: add \"Notify all involved\""}
		}
		report(c)
	}
	return nil
}
