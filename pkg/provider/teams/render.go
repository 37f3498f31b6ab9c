package teams

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// maxPost bounds a request, in bytes of its JSON. The flow's step that posts fails above about 28 KB, unseen by
	// the sender, and counts what Teams adds.
	// https://learn.microsoft.com/en-us/connectors/teams/, known issues and limitations with actions
	maxPost = 25_000
	// maxParts bounds how many messages one becomes; what is left is counted in the last.
	maxParts = 5
)

// Render makes a card; the template's flow posts nothing else. Only the first part mentions people.
func (w *workflow) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	entities, notes := entitiesOf(d.Mentions)
	pages, err := message.Fit(d.Message, message.Limit{Max: maxPost, Parts: maxParts}, func(m message.Message) (int, error) {
		raw, err := encode(m, entities)
		return len(raw), err
	})
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	out := sender.Rendered{Notes: notes}
	for _, m := range pages {
		raw, err := encode(m, entities)
		if err != nil {
			return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
		}
		out.Parts, entities = append(out.Parts, raw), nil
	}
	return out, nil
}

// encode leaves < > and & as they are.
func encode(m message.Message, entities []entity) (json.RawMessage, error) {
	p := post{Type: postType, Attachments: []attachment{{ContentType: cardType, Content: newCard(m, entities)}}}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

var errContent = errors.New("the content is no message with an Adaptive Card in it")

// readPost reads what Render made.
func readPost(raw json.RawMessage) (card, error) {
	var p post
	if json.Unmarshal(raw, &p) != nil || p.Type != postType || len(p.Attachments) != 1 || p.Attachments[0].ContentType != cardType {
		return card{}, errContent
	}
	c := p.Attachments[0].Content
	if c.Type != "AdaptiveCard" || len(c.Body) == 0 {
		return card{}, errContent
	}
	return c, nil
}

// moreNote words what a message leaves out.
func moreNote(m message.Message) string {
	if m.MoreNote != "" || m.More <= 0 {
		return m.MoreNote
	}
	return lang.Text{ZH: fmt.Sprintf("另有 %d 条未列出", m.More), EN: fmt.Sprintf("%d more are not listed", m.More)}.In(m.Language)
}
