package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// prepare makes a delivery ready: rendered once and stored, and with what it updates or replies to.
func (e *Engine) prepare(ctx context.Context, a *account, d *store.Delivery) (order, error) {
	snap, err := e.tenant(d.Tenant)
	if err != nil {
		return order{}, err
	}
	switch d.Intent {
	case store.IntentUrge:
		return e.prepareUrge(ctx, snap, *d)
	case store.IntentRecall:
		return e.prepareRecall(ctx, *d)
	}
	o := order{op: sender.OpSend}
	if d.EventID != "" {
		if o.memo, err = e.recall(ctx, snap, d.GroupID, d.EventID); err != nil {
			return order{}, err
		}
	}
	var sent []store.Sent
	if o.memo != nil && !o.memo.first && remembers(a.sender) {
		if sent, err = e.store.Conversation(ctx, d.GroupID, d.Lane); err != nil {
			return order{}, err
		}
		if !fires(o.memo.group) {
			// What will be taken back is neither updated nor replied to.
			if entry, err := entryOf(o.memo.chain, *d); err == nil && entry.Recall {
				sent = nil
			}
		}
	}
	if err := e.requestOf(ctx, d, o.memo); err != nil {
		return order{}, err
	}
	if d.Request == nil {
		if err := e.render(ctx, snap, a, d, o.memo, cards(a.sender, *d, sent)); err != nil {
			return order{}, err
		}
	}
	o.notice = sender.Notification{Key: d.ID, Target: snap.person(sender.ParseTarget(d.Target)), Content: d.Request}
	if err := o.converse(a.sender, *d, sent); err != nil {
		return order{}, err
	}
	if o.op == sender.OpSend {
		return o, nil
	}
	if o.notice.Aloud, err = e.aloud(ctx, *d); err == nil && o.notice.Aloud && (d.Attempts > 0 || d.Reason != "") {
		o.updated, err = e.store.Updated(ctx, d.ID)
	}
	return o, err
}

// aloud tells whether everybody is to hear what goes into a conversation: a reminder, and what is worse than they heard of.
func (e *Engine) aloud(ctx context.Context, d store.Delivery) (bool, error) {
	if d.Intent == store.IntentRemind || d.News < 0 {
		return d.Intent == store.IntentRemind, nil
	}
	heard, err := e.store.Heard(ctx, d.GroupID, d.Lane)
	return d.News > heard, err
}

// requestOf reads what a delivery was rendered to, from memory if its event is new.
func (e *Engine) requestOf(ctx context.Context, d *store.Delivery, m *memo) (err error) {
	if d.Request != nil || !d.HasRequest {
		return nil
	}
	if m != nil && d.Step == 0 && d.Part <= 1 && !d.Folds {
		if early, ok := m.early[address{d.Entry, d.Target}]; ok {
			d.Request = early.rendered.Parts[0]
			return nil
		}
	}
	d.Request, err = e.store.Request(ctx, d.ID)
	return err
}

// remembers tells whether a sender can do anything with what was sent before.
func remembers(s sender.Sender) bool {
	_, updates := s.(sender.Updater)
	_, replies := s.(sender.Replier)
	return updates || replies
}

// cards is how many parts of a conversation can be updated.
func cards(s sender.Sender, d store.Delivery, sent []store.Sent) int {
	if _, ok := s.(sender.Updater); !ok || d.Intent != store.IntentTell {
		return 0
	}
	n := 0
	for _, v := range sent {
		if v.Op != string(sender.OpReply) {
			n = max(n, v.Part, 1)
		}
	}
	return n
}

// converse decides between updating what was sent, replying to it, and a new message.
func (o *order) converse(s sender.Sender, d store.Delivery, sent []store.Sent) error {
	var card, anchor []byte
	for _, v := range sent {
		if v.Op == string(sender.OpReply) {
			continue
		}
		if max(v.Part, 1) == max(d.Part, 1) {
			card = v.Receipt
		}
		if anchor == nil {
			anchor = v.Receipt
		}
	}
	for _, r := range []struct {
		from []byte
		to   *sender.Receipt
	}{{card, &o.to}, {anchor, &o.anchor}} {
		if r.from == nil {
			continue
		}
		if err := json.Unmarshal(r.from, r.to); err != nil {
			return fmt.Errorf("read a stored receipt: %w", err)
		}
	}
	_, updates := s.(sender.Updater)
	_, replies := s.(sender.Replier)
	switch {
	case d.Intent == store.IntentTell && updates && card != nil:
		o.op = sender.OpUpdate
		if replies {
			o.fallbacks = append(o.fallbacks, sender.OpReply)
		}
		o.fallbacks = append(o.fallbacks, sender.OpSend)
	case replies && anchor != nil && (d.Part <= 1 || d.Intent == store.IntentRemind):
		o.op, o.fallbacks = sender.OpReply, []sender.Op{sender.OpSend}
	}
	return nil
}

// render gives a delivery the provider's form and stores it, with a delivery of its own for each further part.
func (e *Engine) render(ctx context.Context, snap *snapshot, a *account, d *store.Delivery, m *memo, minParts int) error {
	entry, err := entryOf(m.chain, *d)
	if err != nil {
		return err
	}
	msg := e.compose(snap, m.chain, m)
	return e.renderMessage(ctx, a, d, msg, draftOf(snap, *d, entry, msg, minParts))
}

func entryOf(c *chain, d store.Delivery) (config.Notify, error) {
	if d.Step >= len(c.Steps) || d.Entry >= len(c.Steps[d.Step].Notify) {
		return config.Notify{}, sender.Permanent(sender.ReasonConfig, errors.New("the frozen contact point has no such step"))
	}
	return c.Steps[d.Step].Notify[d.Entry], nil
}

func draftOf(snap *snapshot, d store.Delivery, entry config.Notify, msg message.Message, minParts int) sender.Draft {
	return sender.Draft{
		Message: msg, Target: snap.person(sender.ParseTarget(d.Target)), Mentions: snap.persons(entry.Mention),
		Options: entry.Options, MinParts: minParts,
	}
}

func (e *Engine) renderMessage(ctx context.Context, a *account, d *store.Delivery, msg message.Message, draft sender.Draft) error {
	rest, err := e.parts(ctx, a, d, msg, draft)
	if err != nil {
		return err
	}
	now := time.Now()
	return e.persist(func(tx *store.Tx) error {
		if err := tx.SetRequest(*d); err != nil {
			return err
		}
		for _, more := range rest {
			if err := enqueue(tx, more, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// parts renders a message into d, and into further deliveries if it does not fit into one.
func (e *Engine) parts(ctx context.Context, a *account, d *store.Delivery, msg message.Message, draft sender.Draft) ([]store.Delivery, error) {
	rendered, err := a.sender.Render(ctx, draft)
	if err != nil {
		return nil, err
	}
	if err := whole(rendered); err != nil {
		return nil, err
	}
	return split(d, msg.Title, rendered), nil
}

// whole refuses a message with nothing to send, in all of it or in a part.
func whole(r sender.Rendered) error {
	if len(r.Parts) == 0 || slices.ContainsFunc(r.Parts, func(p json.RawMessage) bool { return len(p) == 0 }) {
		return sender.Permanent(sender.ReasonMessage, errors.New("the message has no content"))
	}
	return nil
}

// split gives d the first part of what was rendered, and returns a delivery for each further one.
func split(d *store.Delivery, title string, rendered sender.Rendered) []store.Delivery {
	d.Request, d.Title, d.Notes = rendered.Parts[0], title, notesOf(rendered.Notes)
	if len(rendered.Parts) == 1 {
		return nil
	}
	d.Part, d.Parts = 1, len(rendered.Parts)
	var rest []store.Delivery
	for i, content := range rendered.Parts[1:] {
		more := *d
		more.ID, more.Parent, more.Part, more.Request, more.Notes, more.News = newID(), d.ID, i+2, content, "", -1
		rest = append(rest, more)
	}
	return rest
}

// early is what was rendered before its delivery existed, by target of the first step.
type early map[address]earlyMessage

type address struct {
	entry  int
	target string
}

type earlyMessage struct {
	title    string
	rendered sender.Rendered
}

// renderEarly renders a group that is probably new before it is stored, so that it is stored with its
// requests. What mentions people is left for later, since they may have to be looked up.
func (e *Engine) renderEarly(ctx context.Context, in *intake) early {
	if in.known {
		return nil
	}
	var done early
	severity := in.group.Severity()
	for i, n := range in.chain.Steps[0].Notify {
		a := in.snap.accounts[n.Account]
		if a == nil || len(n.Mention) > 0 || severity < n.Severities {
			continue
		}
		msg := e.compose(in.snap, in.chain, &memo{group: in.group, receivedAt: in.now})
		for _, to := range n.To {
			rendered, err := a.sender.Render(ctx, sender.Draft{Message: msg, Target: in.snap.person(to), Options: n.Options})
			if err != nil || whole(rendered) != nil {
				continue // It is rendered again when it is sent, and fails in its own name.
			}
			if done == nil {
				done = early{}
			}
			done[address{i, to.String()}] = earlyMessage{msg.Title, rendered}
		}
	}
	return done
}

// compose makes the message of an event.
func (e *Engine) compose(snap *snapshot, c *chain, m *memo) message.Message {
	kind := message.GroupKind
	if m.group.Kind == testKind {
		kind = message.TestKind
	}
	msg := snap.templates.Compose(m.group, c.style, message.ComposeOptions{Kind: kind, Now: m.receivedAt, PublicURL: snap.cfg.PublicURL, SeverityLabels: snap.cfg.Labels.Severity})
	e.composed(c, msg)
	return msg
}

// composed counts a message whose template failed, and says so.
func (e *Engine) composed(c *chain, m message.Message) {
	if why := whyDefaulted(m); why != "" {
		e.m.templates.Inc()
		e.log.Warn("a template failed and the default was used", "contact_point", c.Name, "why", why)
	}
}

// whyDefaulted is why a template's default was used; empty if none failed.
func whyDefaulted(m message.Message) string {
	if !m.Defaulted {
		return ""
	}
	return m.Notes[len(m.Notes)-1]
}

// prepareUrge reads whom to urge, and what about.
func (e *Engine) prepareUrge(ctx context.Context, snap *snapshot, d store.Delivery) (order, error) {
	raw, err := e.store.Receipt(ctx, d.Parent)
	if err != nil {
		return order{}, err
	}
	if err := e.requestOf(ctx, &d, nil); err != nil {
		return order{}, err
	}
	o := order{op: sender.OpUrge}
	if err := json.Unmarshal(raw, &o.to); err != nil {
		return order{}, sender.Permanent(sender.ReasonMessage, fmt.Errorf("read the receipt of what is urged: %w", err))
	}
	o.urge = sender.Urge{Key: d.ID, Mode: sender.UrgeMode(d.UrgeMode)}
	var to []string
	if err := json.Unmarshal(d.Request, &to); err != nil {
		return order{}, sender.Permanent(sender.ReasonMessage, fmt.Errorf("read whom to urge: %w", err))
	}
	for _, t := range to {
		o.urge.Targets = append(o.urge.Targets, snap.person(sender.ParseTarget(t)))
	}
	return o, nil
}

// readNotes is the opposite of notesOf.
func readNotes(s string) []lang.Text {
	var notes []lang.Text
	if s != "" && json.Unmarshal([]byte(s), &notes) != nil {
		return nil
	}
	return notes
}
