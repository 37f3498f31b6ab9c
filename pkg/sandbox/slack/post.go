package slack

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// place is a conversation, and who is in it.
type place struct {
	stage.Conversation

	members []string
}

// place finds where an app may post, or the word that refuses it. Channels are played by their ids only.
func (p *play) place(app App, id string) (place, string) {
	if u, found := p.user(strings.TrimPrefix(id, "D")); found && (strings.HasPrefix(id, "D") || id == UserID(u)) {
		if u.Resigned {
			return place{}, "user_disabled"
		}
		return place{Conversation: direct(u)}, ""
	}
	c, found := p.channel(id)
	in := member(c.Bots, app.BotID)
	switch {
	case !found, c.Private && !in:
		return place{}, "channel_not_found"
	case c.Archived:
		return place{}, "is_archived"
	case !in && !app.may("chat:write.public"):
		return place{}, "not_in_channel"
	case c.ReadOnly:
		return place{}, "restricted_action_read_only_channel"
	}
	return place{Conversation: c.conversation(), members: c.Members}, ""
}

// ts is the time of a message, which identifies it in its channel.
func (p *play) ts() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sequence++
	return fmt.Sprintf("%d.%06d", p.stage.Now().Unix(), p.sequence%1_000_000)
}

// existing finds a message by channel and ts; one that was deleted is none.
func (p *play) existing(channel, ts string) (stage.Message, bool) {
	m, found := p.stage.Message(ts)
	if !found || m.Provider != Provider || m.Conversation.ID != channel || m.Recalled != nil {
		return stage.Message{}, false
	}
	return m, true
}

// servePost serves chat.postMessage.
// https://docs.slack.dev/reference/methods/chat.postMessage
func (p *play) servePost(s session) stage.Answer {
	where, code := p.place(s.app, s.args.text("channel"))
	if code != "" {
		return refuse(code, nil)
	}
	c, f := readContent(s.args, maxPosted)
	if f != nil {
		return f.answer()
	}
	m := stage.Message{App: s.app.BotID, Type: typeApp}
	if thread := s.args.text("thread_ts"); thread != "" {
		root, found := p.existing(where.ID, thread)
		if !found || root.ReplyTo != "" {
			return refuse("thread_not_found", nil)
		}
		m.ReplyTo, m.InThread = root.ID, !s.args.flag("reply_broadcast")
	}
	if wait := p.take(s.app, "post/"+where.ID, postRates()...); wait > 0 {
		return limited(wait)
	}
	m = p.deliver(s.Call, s.args, m, where, c)
	return ok(map[string]any{"channel": where.ID, "ts": m.ID, "message": p.echo(s.args, m)})
}

// deliver puts a message into the inbox.
func (p *play) deliver(c *stage.Call, args arguments, m stage.Message, where place, said content) stage.Message {
	m.ID, m.Provider, m.Conversation, m.Form = p.ts(), Provider, where.Conversation, said.form
	m.Mentions, m.Content = p.mentions(said, where.Conversation, where.members), payload(args)
	m.Request = &stage.Request{Method: c.Method, Path: c.URL.Path, Body: string(m.Content)}
	if c.PathValue("key") != "" {
		m.Request.Path = "/services/" + m.App
	}
	stored, _ := p.stage.Deliver(m, "", 0)
	return stored
}

// payload is what a message shows, without who sent it and where.
func payload(args arguments) json.RawMessage {
	shown := map[string]json.RawMessage{}
	for _, key := range []string{"text", "blocks", "attachments"} {
		if args.has(key) {
			shown[key] = args[key]
		}
	}
	// JSON that was read marshals.
	raw, _ := json.Marshal(shown)
	return raw
}

func (p *play) echo(args arguments, m stage.Message) map[string]any {
	out := map[string]any{"type": "message", "ts": m.ID, "bot_id": m.App, "text": args.text("text")}
	if m.ReplyTo != "" {
		out["thread_ts"] = m.ReplyTo
	}
	return out
}

func (f *fault) answer() stage.Answer {
	if f.detail == "" {
		return refuse(f.code, nil)
	}
	return refuse(f.code, map[string]any{"errors": []string{f.detail}, "response_metadata": map[string]any{"messages": []string{f.detail}}})
}

// serveUpdate serves chat.update: blocks and attachments that are not named stay.
// https://docs.slack.dev/reference/methods/chat.update
func (p *play) serveUpdate(s session) stage.Answer {
	where, m, refusal := p.own(s, "cant_update_message")
	if refusal != nil {
		return *refusal
	}
	if wait := p.take(s.app, "update", methodRates()...); wait > 0 {
		return limited(wait)
	}
	var before arguments
	_ = json.Unmarshal(m.Content, &before)
	for _, key := range []string{"blocks", "attachments"} {
		if _, named := s.args[key]; !named && len(before[key]) > 0 {
			s.args[key] = before[key]
		}
	}
	c, f := readContent(s.args, maxUpdated)
	if f != nil {
		return f.answer()
	}
	content := payload(s.args)
	p.stage.Edit(m.ID, stage.Message{
		Content: content, Mentions: p.mentions(c, where.Conversation, where.members),
		Request: &stage.Request{Method: s.Method, Path: s.URL.Path, Body: string(content)},
	})
	return ok(map[string]any{"channel": where.ID, "ts": m.ID, "text": s.args.text("text"), "message": p.echo(s.args, m)})
}

// serveDelete serves chat.delete.
// https://docs.slack.dev/reference/methods/chat.delete
func (p *play) serveDelete(s session) stage.Answer {
	where, m, refusal := p.own(s, "cant_delete_message")
	if refusal != nil {
		return *refusal
	}
	if wait := p.take(s.app, "delete", methodRates()...); wait > 0 {
		return limited(wait)
	}
	p.stage.Recall(m.ID)
	return ok(map[string]any{"channel": where.ID, "ts": m.ID})
}

// own finds the app's own message that a call is about; another's is refused with a word. A person's id is no channel
// here.
func (p *play) own(s session, others string) (place, stage.Message, *stage.Answer) {
	id := s.args.text("channel")
	where, code := p.place(s.app, id)
	if code == "" && where.ID != id {
		code = "channel_not_found"
	}
	m, found := p.existing(where.ID, s.args.text("ts"))
	switch {
	case code != "":
	case !found:
		code = "message_not_found"
	case m.App != s.app.BotID:
		code = others
	}
	if code == "" {
		return where, m, nil
	}
	a := refuse(code, nil)
	return place{}, stage.Message{}, &a
}
