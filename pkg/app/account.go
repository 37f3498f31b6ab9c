package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

type accountRequest struct {
	Revision string                     `json:"revision"`
	Create   bool                       `json:"create"`
	Type     string                     `json:"type"`
	Settings map[string]json.RawMessage `json:"settings"`
	// Secrets are all of the account's; nil leaves those that are stored.
	Secrets map[string]string `json:"secrets"`
}

// putAccount makes or replaces an account.
func (a *App) putAccount(c *call) (any, error) {
	var in accountRequest
	if err := c.into(&in); err != nil {
		return nil, err
	}
	if in.Settings == nil {
		return nil, fmt.Errorf("%w: settings is missing", core.ErrInvalid)
	}
	if err := same(in.Settings, "type", in.Type); err != nil {
		return nil, err
	}
	return answered(a.change(c, in.Revision, func(ch *change) error { return a.setAccount(ch, c.PathValue("account"), in) }))
}

func (a *App) setAccount(ch *change, name string, in accountRequest) error {
	accounts, err := ch.accounts()
	if err != nil {
		return err
	}
	was, there := accounts[name]
	if err := expected("accounts", name, there, in.Create); err != nil {
		return err
	}
	key := accountSecrets + name
	path := "accounts." + name
	ch.own = []string{path}
	stored := ch.saved.DecryptedSecureJSONData[key] != ""
	switch {
	case in.Secrets != nil:
		a.enter(ch, name, in, stored)
	case stored && !there:
		// Left by an account of that name which was deleted.
		ch.secure[key] = ""
	case stored && typeOf(was) != in.Type:
		// Fields of two types may have the same name, and the new type's provider must not get the old one's secret.
		ch.fault(path+".type", lang.Text{
			ZH: "类型和输入密钥时的不同", EN: "the type is not the one that the secrets were entered for",
		}, lang.Text{ZH: "请重新输入这个账号的密钥", EN: "enter this account's secrets again"})
	}
	if accounts[name], err = json.Marshal(in.Settings); err != nil {
		return err
	}
	return ch.set("accounts", accounts, len(accounts))
}

func typeOf(account json.RawMessage) string {
	var has struct {
		Type json.RawMessage `json:"type"`
	}
	if json.Unmarshal(account, &has) != nil {
		return ""
	}
	return textOf(has.Type)
}

// enter writes an account's secrets with the addresses that they are entered for. Of an unknown type the check of the
// whole speaks.
func (a *App) enter(ch *change, name string, in accountRequest, stored bool) {
	m, ok := a.manifest(in.Type)
	if !ok {
		return
	}
	entry := map[string]string{}
	for _, field := range slices.Sorted(maps.Keys(in.Secrets)) {
		switch {
		case !slices.ContainsFunc(m.Fields, func(f sender.Field) bool { return f.Secret && f.Name == field }):
			ch.fault("accounts."+name+"."+field, lang.Text{
				ZH: "不是 " + m.Type + " 的密钥字段", EN: "it is no secret of " + m.Type,
			}, lang.Text{ZH: "请从 secrets 中删去它", EN: "remove it from secrets"})
		case in.Secrets[field] != "":
			entry[field] = in.Secrets[field]
		}
	}
	key := accountSecrets + name
	if len(entry) == 0 {
		if stored {
			ch.secure[key] = ""
		}
		return
	}
	for _, field := range addressesOf(m) {
		if address := textOf(in.Settings[field]); address != "" {
			entry[field] = address
		}
	}
	raw, _ := json.Marshal(entry) // strings can always be written
	ch.secure[key] = string(raw)
}

func (ch *change) accounts() (map[string]json.RawMessage, error) {
	accounts := map[string]json.RawMessage{}
	if raw, ok := ch.top["accounts"]; ok && json.Unmarshal(raw, &accounts) != nil {
		return nil, said("已保存的 accounts 应是对象", "the saved accounts have to be an object").
			as(http.StatusUnprocessableEntity, "invalid_configuration")
	}
	if accounts == nil {
		accounts = map[string]json.RawMessage{}
	}
	return accounts, nil
}

// deleteAccount deletes one that no contact point uses.
func (a *App) deleteAccount(c *call) (any, error) {
	name := c.PathValue("account")
	return answered(a.change(c, c.URL.Query().Get("revision"), func(ch *change) error {
		accounts, err := ch.accounts()
		if err != nil {
			return err
		}
		if _, ok := accounts[name]; !ok {
			return notThere("accounts", name)
		}
		if err := ch.unused("account", name, lang.Text{ZH: "在用这个账号", EN: "uses this account"}); err != nil {
			return err
		}
		delete(accounts, name)
		if key := accountSecrets + name; ch.saved.DecryptedSecureJSONData[key] != "" {
			ch.secure[key] = ""
		}
		return ch.set("accounts", accounts, len(accounts))
	}))
}

// unused refuses to delete what contact points name, and says which do.
func (ch *change) unused(kind, name string, does lang.Text) error {
	points, err := ch.list(pointList)
	if err != nil {
		return err
	}
	for i, raw := range points {
		for _, use := range usesOf(raw) {
			if use.kind != kind || use.name != name {
				continue
			}
			ch.fault(pointList+"["+strconv.Itoa(i)+"]."+use.path, lang.Text{
				ZH: "联络点 " + shown(nameOf(raw)) + " " + does.ZH, EN: "the contact point " + shown(nameOf(raw)) + " " + does.EN,
			}, lang.Text{ZH: "请先在那里换掉", EN: "put another in its place there first"})
		}
	}
	if len(ch.faults) == 0 {
		return nil
	}
	return refused(&config.Faults{List: ch.faults}, "还在使用，没有删除", "it is in use and was not deleted")
}

// use is an account or a person that a contact point names, and where it does.
type use struct{ kind, name, path string }

func usesOf(raw json.RawMessage) (list []use) {
	var point struct {
		Steps []struct {
			Notify []struct {
				Account string   `json:"account"`
				To      []string `json:"to"`
				Mention []string `json:"mention"`
			} `json:"notify"`
		} `json:"steps"`
	}
	// One that does not read so has a fault of its own; what was read before that counts.
	_ = json.Unmarshal(raw, &point)
	for i, step := range point.Steps {
		for j, n := range step.Notify {
			at := fmt.Sprintf("steps[%d].notify[%d].", i, j)
			list = append(list, use{"account", n.Account, at + "account"})
			list = append(list, peopleIn(n.To, at+"to")...)
			list = append(list, peopleIn(n.Mention, at+"mention")...)
		}
	}
	return list
}

func peopleIn(targets []string, at string) (list []use) {
	for i, target := range targets {
		if name, ok := strings.CutPrefix(target, "person:"); ok {
			list = append(list, use{"person", name, fmt.Sprintf("%s[%d]", at, i)})
		}
	}
	return list
}
