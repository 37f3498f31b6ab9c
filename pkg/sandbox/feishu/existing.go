package feishu

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const (
	// updateLife is for how long a card may be updated; readLife for how long one may ask who read it.
	// https://open.larkoffice.com/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/patch.
	updateLife = 14 * 24 * time.Hour
	readLife   = 7 * 24 * time.Hour
	// maxUrgent is how many people one call urges; maxUnread how many unread urgent messages one may have.
	maxUrgent = 200
	maxUnread = 200
)

func (p *play) serveUpdate(s session) stage.Answer {
	var in struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(s.Body, &in) != nil {
		return refuse(codeBadRequest, "Bad Request: content must be a string that holds the card's JSON")
	}
	m, where, code := p.own(s, codeRecalled)
	switch {
	case code != 0:
		return refuse(code, "")
	case m.Form != "interactive":
		return refuse(codeNotACard, "")
	case p.stage.Now().Sub(m.At) > updateLife:
		return refuse(codeTooOld, "")
	}
	next, refusal := p.read(s, "interactive", in.Content, where)
	if refusal != nil {
		return *refusal
	}
	if !m.Shared || !next.shared {
		return parameter("update_multi must be true in the card as sent and in the new one")
	}
	if m.Schema == schemaTwo && next.schema == schemaOne {
		downgrade := &cardError{code: cardDowngrade, msg: "a card of schema V2 can not be updated to schema V1"}
		return refuse(codeCard, "Failed to create card content, ext="+downgrade.Error())
	}
	if !s.app.NoLimits && p.stage.Take("feishu/update/"+m.ID, objectRates()...) > 0 {
		return refuse(codeTooFast, "")
	}
	p.stage.Edit(m.ID, stage.Message{
		Content: wire("interactive", in.Content), Request: request(s), Mentions: next.mentions,
		Shared: next.shared, Schema: next.schema,
	})
	return ok(map[string]any{})
}

// own finds the message of a call that only its sender may make; a recalled one is answered with gone.
func (p *play) own(s session, gone int) (m stage.Message, where place, code int) {
	m, where, code = p.existing(s)
	switch {
	case code != 0:
	case m.App != s.app.ID:
		code = codeNotSender
	case m.Recalled != nil:
		code = gone
	}
	return m, where, code
}

func (p *play) serveRecall(s session) stage.Answer {
	m, _, code := p.own(s, codeRecalled)
	if code != 0 {
		return refuse(code, "")
	}
	p.stage.Recall(m.ID)
	return ok(map[string]any{})
}

// urge serves the three ways of making people look: only at the app's own messages, only people of
// the chat. https://open.feishu.cn/document/server-docs/im-v1/buzz-messages/urgent_app.
func (p *play) urge(mode string) func(session) stage.Answer {
	return func(s session) stage.Answer {
		idType := s.URL.Query().Get("user_id_type")
		if !slices.Contains(userIDTypes(), idType) {
			return field("user_id_type", "user_id_type is required, options: [open_id,union_id,user_id]")
		}
		var in struct {
			IDs []string `json:"user_id_list"`
		}
		if json.Unmarshal(s.Body, &in) != nil {
			return refuse(codeBadRequest, "Bad Request: the body is not the JSON that this endpoint takes")
		}
		if len(in.IDs) == 0 || len(in.IDs) > maxUrgent {
			return field("user_id_list", "user_id_list is required, 1 to 200 ids")
		}
		m, where, code := p.own(s, codeDeleted)
		switch {
		case code != 0:
			return refuse(code, "")
		case where.chat.NoUrgent:
			return refuse(codeNoUrgent, "")
		}
		return p.urgeAll(s, m, where, mode, idType, in.IDs)
	}
}

func (p *play) urgeAll(s session, m stage.Message, where place, mode, idType string, ids []string) stage.Answer {
	u := stage.Urgent{Mode: mode}
	invalid := []string{}
	for _, id := range ids {
		user, code := p.person(s.app, idType, id)
		if code != 0 || !where.holds(user) {
			invalid = append(invalid, id)
			continue
		}
		if !slices.Contains(u.UserIDs, user.UserID) {
			u.UserIDs = append(u.UserIDs, user.UserID)
			u.Names = append(u.Names, user.Name)
		}
	}
	if len(u.UserIDs) == 0 {
		return parameter("invalid user_id_list")
	}
	if !s.app.NoLimits && !p.stage.NoLimits() && slices.ContainsFunc(u.UserIDs, func(id string) bool { return p.stage.UnreadUrgents(id) >= maxUnread }) {
		return refuse(codeUnread, "")
	}
	if mode != "app" && !p.stage.SpendQuota(s.app.ID, mode == "phone", len(u.UserIDs)) {
		return refuse(codeQuota, "")
	}
	p.stage.Urge(m.ID, u)
	return ok(map[string]any{"invalid_user_id_list": invalid})
}

// serveReads answers pages of who read a message.
func (p *play) serveReads(s session) stage.Answer {
	query := s.URL.Query()
	idType := query.Get("user_id_type")
	if !slices.Contains(userIDTypes(), idType) {
		return field("user_id_type", "user_id_type is required, options: [open_id,union_id,user_id]")
	}
	size, err := strconv.Atoi(query.Get("page_size"))
	switch {
	case query.Get("page_size") == "":
		size = 20
	case err != nil || size < 1 || size > 100:
		return field("page_size", "page_size must be between 1 and 100")
	}
	offset := 0
	if t := query.Get("page_token"); t != "" {
		if offset, err = strconv.Atoi(t); err != nil || offset < 0 {
			return parameter("invalid page_token")
		}
	}
	m, _, code := p.existing(s)
	switch {
	case code != 0:
		return refuse(code, "")
	case m.App != s.app.ID:
		return refuse(codeNotSender, "")
	case p.stage.Now().Sub(m.At) > readLife:
		return parameter("the message is older than 7 days")
	}
	return ok(p.page(s.app, idType, m.Reads, offset, size))
}

func (p *play) page(app stage.App, idType string, reads []stage.Read, offset, size int) map[string]any {
	offset = min(offset, len(reads))
	end := min(offset+size, len(reads))
	items := []map[string]any{}
	for _, r := range reads[offset:end] {
		u, _ := p.stage.UserBy(func(u *stage.User) bool { return u.UserID == r.UserID })
		items = append(items, map[string]any{
			"user_id_type": idType, "user_id": p.userID(app, idType, u),
			"timestamp": strconv.FormatInt(r.At.UnixMilli(), 10), "tenant_key": "sandbox",
		})
	}
	data := map[string]any{"items": items, "has_more": end < len(reads)}
	if end < len(reads) {
		data["page_token"] = strconv.Itoa(end)
	}
	return data
}
