package feishu

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const (
	// maxText and maxRich are the longest request bodies in bytes; uuidLife is how long a uuid is
	// remembered. https://open.feishu.cn/document/server-docs/im-v1/message/create.
	maxText  = 150 << 10
	maxRich  = 30 << 10
	maxUUID  = 50
	uuidLife = time.Hour
)

type post struct {
	ReceiveID string `json:"receive_id"`
	Type      string `json:"msg_type"`
	Content   string `json:"content"`
	UUID      string `json:"uuid"`
	InThread  bool   `json:"reply_in_thread"`
}

// decodePost reads what send and reply take; its error is the answer's text.
func decodePost(body []byte) (post, error) {
	var in post
	if err := json.Unmarshal(body, &in); err != nil {
		return post{}, errors.New("bad request: the body is not the JSON that this endpoint takes; content must be a string")
	}
	return in, nil
}

// place is a conversation and who takes part.
type place struct {
	stage.Conversation
	chat   stage.Chat
	person *stage.User
}

// holds tells whether u takes part.
func (pl place) holds(u stage.User) bool {
	if pl.person != nil {
		return pl.person.UserID == u.UserID
	}
	return !u.Resigned && member(pl.chat.Members, u.UserID)
}

func member(list []string, id string) bool {
	return slices.Contains(list, id) || slices.Contains(list, "*")
}

func (p *play) serveSend(s session) stage.Answer {
	in, err := decodePost(s.Body)
	if err != nil {
		return refuse(codeBadRequest, err.Error())
	}
	idType := s.URL.Query().Get("receive_id_type")
	switch {
	case !slices.Contains([]string{byOpenID, byUnionID, byUserID, "email", "chat_id"}, idType):
		return field("receive_id_type", "receive_id_type is required, options: [open_id,user_id,union_id,email,chat_id]")
	case in.ReceiveID == "":
		return field("receive_id", "receive_id is required")
	}
	where, code := p.receiver(s.app, idType, in.ReceiveID)
	if code == codeParameter {
		return parameter("invalid receive_id")
	}
	if code != 0 {
		return refuse(code, "")
	}
	return p.deliver(s, in, where, stage.Message{})
}

// receiver finds where a message goes, or the code that refuses it.
func (p *play) receiver(app stage.App, idType, id string) (place, int) {
	if app.BotOff {
		return place{}, codeBotOff
	}
	if idType == "chat_id" {
		return p.chat(app, id)
	}
	u, code := p.person(app, idType, id)
	if code == 0 {
		code = reachable(app, u)
	}
	if code != 0 {
		return place{}, code
	}
	return private(app, u), 0
}

// private is the conversation of an app's bot with one person.
func private(app stage.App, u stage.User) place {
	sum := sha256.Sum256([]byte(app.ID + "\n" + u.UnionID))
	return place{
		Conversation: stage.Conversation{ID: "oc_p2p_" + hex.EncodeToString(sum[:12]), Kind: "person", Name: u.Name},
		person:       &u,
	}
}

func (p *play) chat(app stage.App, id string) (place, int) {
	if strings.HasPrefix(id, "oc_p2p_") {
		u, ok := p.stage.UserBy(func(u *stage.User) bool { return private(app, *u).ID == id })
		if !ok {
			return place{}, codeBotNotInChat
		}
		return private(app, u), reachable(app, u)
	}
	c, ok := p.stage.Chat(id)
	switch {
	case !ok && !strings.HasPrefix(id, "oc_"):
		return place{}, codeParameter
	case !ok:
		return place{}, codeBotNotInChat
	case c.Dissolved:
		return place{}, codeDissolved
	case !member(c.Bots, app.ID):
		return place{}, codeBotNotInChat
	case c.Muted:
		return place{}, codeMuted
	}
	return place{Conversation: stage.Conversation{ID: c.ID, Kind: "chat", Name: c.Name}, chat: c}, 0
}

// deliver does what send and reply have in common; reply fills in what it answers.
func (p *play) deliver(s session, in post, where place, m stage.Message) stage.Answer {
	if len(in.UUID) > maxUUID {
		return field("uuid", "the max len is 50")
	}
	scope := "feishu/" + s.app.ID + "/uuid"
	if first, ok := p.stage.Repeated(scope, in.UUID); ok {
		return p.sent(s, first)
	}
	content, refusal := p.read(s, in.Type, in.Content, where)
	if refusal != nil {
		return *refusal
	}
	if !s.app.NoLimits {
		if p.stage.Take("feishu/to/"+where.ID, objectRates()...) > 0 {
			return refuse(codeTooFast, "")
		}
	}
	m.ID, m.Provider, m.Type, m.App = p.stage.NewID("om_"), Provider, contentType, s.app.ID
	m.Conversation, m.Form, m.Key = where.Conversation, in.Type, in.UUID
	m.InThread = m.ReplyTo != "" && (in.InThread || p.hasTopic(m))
	m.Mentions, m.Shared, m.Schema = content.mentions, content.shared, content.schema
	m.Content = wire(in.Type, in.Content)
	m.Request = request(s)
	stored, _ := p.stage.Deliver(m, scope, uuidLife)
	return p.sent(s, stored)
}

// hasTopic tells whether a reply is to a message that has a topic, where it goes whatever is asked.
// https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/reply
func (p *play) hasTopic(reply stage.Message) bool {
	return slices.ContainsFunc(p.stage.Messages(stage.Filter{Provider: Provider, Conversation: reply.Conversation.ID}), func(m stage.Message) bool {
		return m.InThread && (m.ReplyTo == reply.ReplyTo || m.ID == reply.ReplyTo)
	})
}

func request(s session) *stage.Request {
	return &stage.Request{Method: s.Method, Path: s.URL.RequestURI(), Body: string(s.Body)}
}

// wire is the content as a preview takes it: the message type beside the content string.
func wire(form, content string) json.RawMessage {
	// A struct of strings always marshals.
	raw, _ := json.Marshal(map[string]string{"msg_type": form, "content": content})
	return raw
}

// sent answers with a message.
func (p *play) sent(s session, m stage.Message) stage.Answer {
	at := strconv.FormatInt(m.At.UnixMilli(), 10)
	updated := at
	if m.UpdatedAt != nil {
		updated = strconv.FormatInt(m.UpdatedAt.UnixMilli(), 10)
	}
	data := map[string]any{
		"message_id": m.ID, "msg_type": m.Form, "create_time": at, "update_time": updated,
		"deleted": m.Recalled != nil, "updated": m.EditCount > 0, "chat_id": m.Conversation.ID,
		"sender": map[string]string{"id": s.app.ID, "id_type": "app_id", "sender_type": "app", "tenant_key": "sandbox"},
		"body":   map[string]string{"content": "{}"},
	}
	if m.ReplyTo != "" {
		root := m.ReplyTo
		if parent, ok := p.stage.Message(root); ok && parent.ReplyTo != "" {
			root = parent.ReplyTo
		}
		data["parent_id"], data["root_id"] = m.ReplyTo, root
		if m.InThread {
			data["thread_id"] = "omt_" + strings.TrimPrefix(root, "om_")
		}
	}
	return ok(data)
}

func (p *play) serveReply(s session) stage.Answer {
	in, err := decodePost(s.Body)
	if err != nil {
		return refuse(codeBadRequest, err.Error())
	}
	parent, where, code := p.existing(s)
	if code != 0 {
		return refuse(code, "")
	}
	if parent.Recalled != nil {
		return refuse(codeRecalled, "")
	}
	return p.deliver(s, in, where, stage.Message{ReplyTo: parent.ID})
}

// existing finds the message that the path names, in a chat that the app is in.
func (p *play) existing(s session) (stage.Message, place, int) {
	m, ok := p.stage.Message(s.PathValue("message_id"))
	if !ok || m.Provider != Provider {
		return stage.Message{}, place{}, codeParameter
	}
	if m.Conversation.Kind == "person" && m.App != s.app.ID {
		return stage.Message{}, place{}, codeBotNotInChat
	}
	where, code := p.chat(s.app, m.Conversation.ID)
	return m, where, code
}
