// Package setup puts Yunluo's media type into a Zabbix, and says what a Zabbix lacks for it.
package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/mediatype"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/zabbixapi"
)

// Options say what to set up in Zabbix.
type Options struct {
	Way      mediatype.Way
	Language lang.Language
	// Overwrite replaces a media type of that name, and so what was edited in it.
	Overwrite bool
	// User gets a media with SendTo; both empty leaves the users alone.
	User, SendTo string
	// Action makes a sample action that tells User of every problem. It is disabled unless Enable says else.
	Action, Enable bool
	// URL and Token are where and how the webhook reaches yunluo serve: global macros. Empty ones are left alone.
	URL   string
	Token secret.Value
}

// Report gets each step as it is done. A step that is not OK is the last one.
type Report func(sender.Check)

// installer is one run.
type installer struct {
	api    *zabbixapi.Client
	o      Options
	report Report
	media  string
	user   string
}

// Install does what the options say, step by step, and may be run again: what is there already is kept.
// Its error is the one of the last step, which was reported.
func Install(ctx context.Context, api *zabbixapi.Client, o Options, report Report) error {
	i := &installer{api: api, o: o, report: report}
	steps := []func(context.Context) (sender.Check, error){i.importMediaType}
	if o.Way == mediatype.Webhook {
		steps = append(steps, i.macros)
	}
	if o.User != "" {
		steps = append(steps, i.userMedia)
		if o.Action {
			steps = append(steps, i.action)
		}
	}
	for _, step := range steps {
		check, err := step(ctx)
		check.OK = err == nil
		if err != nil {
			check.Detail = err.Error()
			if f := new(sender.Failure); errors.As(err, &f) {
				check.Hint = f.Hint
			}
		}
		report(check)
		if err != nil {
			return err
		}
	}
	return nil
}

// typeFor is the file for a Zabbix of a version.
func typeFor(v zabbixapi.Version, way mediatype.Way, l lang.Language) mediatype.Type {
	t := mediatype.Type{Way: way, Version: mediatype.V60, Language: l}
	if v.AtLeast(6, 4) {
		t.Version = mediatype.V64
	}
	return t
}

type mediaType struct {
	ID          string `json:"mediatypeid"`
	Name        string `json:"name"`
	Status      string `json:"status"`
	MaxSessions string `json:"maxsessions"`
	Templates   []struct {
		EventSource string `json:"eventsource"`
		Recovery    string `json:"recovery"`
		Message     string `json:"message"`
	} `json:"message_templates"`
	ExecPath string `json:"exec_path"`
}

func findMediaType(ctx context.Context, api *zabbixapi.Client, name string) (m mediaType, found bool, err error) {
	var list []mediaType
	err = api.Call(ctx, "mediatype.get", map[string]any{
		"filter": map[string]any{"name": name}, "output": "extend", "selectMessageTemplates": "extend",
	}, &list)
	if err != nil || len(list) == 0 {
		return mediaType{}, false, err
	}
	return list[0], true, nil
}

func (i *installer) importMediaType(ctx context.Context) (c sender.Check, err error) {
	c.Name = lang.Text{ZH: "导入报警媒介类型", EN: "import the media type"}
	v, err := i.api.Version(ctx)
	if err != nil {
		return c, err
	}
	t := typeFor(v, i.o.Way, i.o.Language)
	m, found, err := findMediaType(ctx, i.api, t.Name())
	if err != nil {
		return c, err
	}
	if found && !i.o.Overwrite {
		i.media, c.Detail = m.ID, fmt.Sprintf("%s: %s", t.Name(), lang.Text{
			ZH: "已经有了，保留不动（--overwrite 用新的覆盖，其中改过的内容会丢）", EN: "is there and is kept (--overwrite replaces it, and what was edited in it)",
		}.In(i.o.Language))
		return c, nil
	}
	text, err := t.YAML()
	if err != nil {
		return c, err
	}
	err = i.api.Call(ctx, "configuration.import", map[string]any{
		"format": "yaml", "source": string(text),
		"rules": map[string]any{"mediaTypes": map[string]any{"createMissing": true, "updateExisting": true}},
	}, nil)
	if err != nil {
		return c, err
	}
	m, found, err = findMediaType(ctx, i.api, t.Name())
	if err == nil && !found {
		err = errNotThere
	}
	i.media, c.Detail = m.ID, fmt.Sprintf("%s (Zabbix %s, %s)", t.Name(), v, t.FileName())
	return c, err
}

var errNotThere = errors.New("Zabbix has imported it and does not have it") //nolint:staticcheck // a name begins it

// macros tells the webhook where yunluo serve is.
func (i *installer) macros(ctx context.Context) (c sender.Check, err error) {
	c.Name = lang.Text{ZH: "全局宏 {$YUNLUO.URL}、{$YUNLUO.TOKEN}", EN: "global macros {$YUNLUO.URL} and {$YUNLUO.TOKEN}"}
	var set []string
	// A macro of type 1 is secret: nobody can read it again.
	for _, m := range []struct {
		name, value string
		kind        int
	}{{"{$YUNLUO.URL}", i.o.URL, 0}, {"{$YUNLUO.TOKEN}", i.o.Token.Reveal(), 1}} {
		if m.value == "" {
			continue
		}
		var known []struct {
			ID string `json:"globalmacroid"`
		}
		err = i.api.Call(ctx, "usermacro.get", map[string]any{"globalmacro": true, "output": []string{"globalmacroid"}, "filter": map[string]any{"macro": m.name}}, &known)
		if err != nil {
			return c, err
		}
		params := map[string]any{"value": m.value, "type": m.kind}
		if len(known) > 0 {
			params["globalmacroid"] = known[0].ID
			err = i.api.Call(ctx, "usermacro.updateglobal", params, nil)
		} else {
			params["macro"] = m.name
			err = i.api.Call(ctx, "usermacro.createglobal", params, nil)
		}
		if err != nil {
			return c, err
		}
		set = append(set, m.name)
	}
	c.Detail = strings.Join(set, ", ")
	if len(set) == 0 {
		c.Detail = lang.Text{ZH: "没有改动", EN: "left as they are"}.In(i.o.Language)
	}
	return c, nil
}

// always is when a media is active: every day, for every severity.
const (
	always        = "1-7,00:00-24:00"
	everySeverity = "63"
)

type userMedia struct {
	MediaType string `json:"mediatypeid"`
	// SendTo is a list for e-mail, and a text for every other media type.
	SendTo   any    `json:"sendto"`
	Active   string `json:"active"`
	Severity string `json:"severity"`
	Period   string `json:"period"`
}

// userMedia adds the media to the user, whose other media stay.
func (i *installer) userMedia(ctx context.Context) (c sender.Check, err error) {
	c.Name = lang.Text{ZH: "用户 " + i.o.User + " 的报警媒介", EN: "media of user " + i.o.User}
	var users []struct {
		ID     string      `json:"userid"`
		Medias []userMedia `json:"medias"`
	}
	err = i.api.Call(ctx, "user.get", map[string]any{
		"output": []string{"userid"}, "filter": map[string]any{"username": i.o.User},
		"selectMedias": []string{"mediatypeid", "sendto", "active", "severity", "period"},
	}, &users)
	if err != nil {
		return c, err
	}
	if len(users) == 0 {
		return c, &sender.Failure{Class: sender.Never, Reason: sender.ReasonConfig, Err: errNoUser, Hint: lang.Text{
			ZH: "Zabbix 里没有用户 " + i.o.User + "：在“用户”页里新建，或换一个 --user",
			EN: "there is no user " + i.o.User + " in Zabbix: create it on the page Users, or give another --user",
		}}
	}
	i.user, c.Detail = users[0].ID, i.o.SendTo
	if slices.ContainsFunc(users[0].Medias, func(m userMedia) bool { return m.MediaType == i.media && m.SendTo == i.o.SendTo }) {
		return c, nil
	}
	medias := append(users[0].Medias, userMedia{i.media, i.o.SendTo, "0", everySeverity, always})
	return c, i.api.Call(ctx, "user.update", map[string]any{"userid": i.user, "medias": medias}, nil)
}

var errNoUser = errors.New("no such user")

// actionName is what the sample action is called.
func actionName(l lang.Language) string {
	return lang.Text{ZH: "云锣：所有问题", EN: "Yunluo: every problem"}.In(l)
}

// action makes an action that tells the user of every problem, of its updates and its end.
func (i *installer) action(ctx context.Context) (c sender.Check, err error) {
	name := actionName(i.o.Language)
	c.Name = lang.Text{ZH: "示例动作 " + name, EN: "sample action " + name}
	var known []struct {
		ID string `json:"actionid"`
	}
	if err = i.api.Call(ctx, "action.get", map[string]any{"output": []string{"actionid"}, "filter": map[string]any{"name": name}}, &known); err != nil {
		return c, err
	}
	if len(known) > 0 {
		c.Detail = lang.Text{ZH: "已经有了，保留不动", EN: "is there and is kept"}.In(i.o.Language)
		return c, nil
	}
	status := "1"
	c.Detail = lang.Text{ZH: "已建好但停用：看过条件后在“动作”页里启用", EN: "made and disabled: look at its conditions, then enable it on the page Actions → Trigger actions"}.In(i.o.Language)
	if i.o.Enable {
		status, c.Detail = "0", lang.Text{ZH: "已启用", EN: "enabled"}.In(i.o.Language)
	}
	message := func() map[string]any { return map[string]any{"default_msg": "1"} }
	tell := message()
	tell["mediatypeid"] = i.media
	// Operation types: 0 sends a message, 11 and 12 tell everybody who was told of the problem.
	return c, i.api.Call(ctx, "action.create", map[string]any{
		"name": name, "eventsource": "0", "status": status, "esc_period": "1h",
		"filter":              map[string]any{"evaltype": "0", "conditions": []any{}},
		"operations":          []any{map[string]any{"operationtype": "0", "opmessage": tell, "opmessage_usr": []any{map[string]any{"userid": i.user}}}},
		"recovery_operations": []any{map[string]any{"operationtype": "11", "opmessage": message()}},
		"update_operations":   []any{map[string]any{"operationtype": "12", "opmessage": message()}},
	}, nil)
}
