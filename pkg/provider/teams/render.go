package teams

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
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

func encode(m message.Message, entities []entity) (json.RawMessage, error) {
	p := post{Type: postType, Attachments: []attachment{{ContentType: cardType, Content: newCard(m, entities)}}}
	return outbound.JSON(p)
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
