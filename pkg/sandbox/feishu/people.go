package feishu

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// maxLookup is how many addresses of each kind one lookup takes.
// https://open.feishu.cn/document/server-docs/contact-v3/user/batch_get_id.
const maxLookup = 50

// The kinds of id that name a person.
const (
	byOpenID  = "open_id"
	byUnionID = "union_id"
	byUserID  = "user_id"
)

func userIDTypes() []string { return []string{byOpenID, byUnionID, byUserID} }

// person finds somebody by an id; it returns the code that refuses the id otherwise.
func (p *play) person(app stage.App, idType, id string) (stage.User, int) {
	switch idType {
	case byOpenID:
		u, owner, ok := p.stage.UserByOpenID(id)
		switch {
		case !ok:
			return stage.User{}, codeParameter
		case owner != app.ID:
			return stage.User{}, codeOpenIDOfOther
		}
		return u, 0
	case byUnionID, byUserID, "email":
		u, ok := p.stage.UserBy(func(u *stage.User) bool {
			return (idType == byUnionID && u.UnionID == id) || (idType == byUserID && u.UserID == id) ||
				(idType == "email" && u.Email != "" && strings.EqualFold(u.Email, id))
		})
		if !ok {
			return stage.User{}, codeParameter
		}
		return u, 0
	default:
		return stage.User{}, codeParameter
	}
}

// userID is how app names u.
func (p *play) userID(app stage.App, idType string, u stage.User) string {
	switch idType {
	case byUnionID:
		return u.UnionID
	case byUserID:
		return u.UserID
	default:
		return p.stage.OpenID(app.ID, u)
	}
}

// reachable returns 0, or the code that refuses to write to u.
func reachable(app stage.App, u stage.User) int {
	switch {
	case u.Resigned, slices.Contains(app.Hidden, u.UserID):
		return codeUnavailable
	case u.Stopped:
		return codeStopped
	default:
		return 0
	}
}

// serveLookup answers those it does not find without a user_id.
func (p *play) serveLookup(s session) stage.Answer {
	idType := s.URL.Query().Get("user_id_type")
	if idType == "" {
		idType = byOpenID
	}
	if !slices.Contains(userIDTypes(), idType) {
		return field("user_id_type", "user_id_type is optional, options: [open_id,union_id,user_id]")
	}
	var in struct {
		Emails   []string `json:"emails"`
		Mobiles  []string `json:"mobiles"`
		Resigned bool     `json:"include_resigned"`
	}
	if json.Unmarshal(s.Body, &in) != nil {
		return refuse(codeBadRequest, "Bad Request: the body is not the JSON that this endpoint takes")
	}
	if len(in.Emails) > maxLookup {
		return field("emails", "the max len is 50")
	}
	if len(in.Mobiles) > maxLookup {
		return field("mobiles", "the max len is 50")
	}
	list := []map[string]any{}
	add := func(name, value string, match func(*stage.User) bool) {
		item := map[string]any{name: value}
		u, found := p.stage.UserBy(func(u *stage.User) bool { return match(u) && (in.Resigned || !u.Resigned) })
		if found && !slices.Contains(s.app.Hidden, u.UserID) {
			item["user_id"] = p.userID(s.app, idType, u)
			item["status"] = map[string]bool{
				"is_frozen": false, "is_resigned": u.Resigned, "is_activated": true, "is_exited": false, "is_unjoin": false,
			}
		}
		list = append(list, item)
	}
	for _, email := range in.Emails {
		add("email", email, func(u *stage.User) bool { return u.Email != "" && strings.EqualFold(u.Email, email) })
	}
	for _, mobile := range in.Mobiles {
		add("mobile", mobile, func(u *stage.User) bool { return mobile != "" && sameMobile(u.Mobile, mobile) })
	}
	return ok(map[string]any{"user_list": list})
}

// sameMobile knows that only numbers of mainland China go without their country code.
func sameMobile(known, asked string) bool {
	return known == asked || (strings.HasPrefix(known, "+86") && known[3:] == asked)
}

// serveBot is flat: there is no data around it.
func (p *play) serveBot(s session) stage.Answer {
	if s.app.BotOff {
		return refuse(codeBotOff, "")
	}
	return answer(http.StatusOK, 0, map[string]any{
		"code": 0, "msg": "ok", "bot": map[string]any{
			"activate_status": 2, "app_name": s.app.Name, "avatar_url": "", "ip_white_list": []string{},
			"open_id": "ou_bot_" + strings.TrimPrefix(s.app.ID, "cli_"),
		},
	})
}
