package feishu

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The provider's kinds of message that are used.
const (
	msgCard = "interactive"
	msgPost = "post"
	msgText = "text"
)

// part is what Render gives: a request's body without receiver and uuid. Content is JSON in a string,
// as the provider wants it.
type part struct {
	MsgType string `json:"msg_type"`
	Content string `json:"content"`
}

// bodyRoom is what a request's body adds to its content, in bytes.
const bodyRoom = len(`{"receive_id":"","msg_type":"interactive","content":"","uuid":"","reply_in_thread":true}`) + longestID + longestUUID

// size is the length of a request's body, in bytes: as a string in JSON, content's quotes and
// backslashes count twice.
func (p part) size() int {
	return bodyRoom + len(p.Content) + strings.Count(p.Content, `"`) + strings.Count(p.Content, `\`)
}

// decodePart also takes content as an object, and a body without msg_type, as PATCH has it.
func decodePart(raw json.RawMessage) (part, error) {
	var body struct {
		MsgType string          `json:"msg_type"`
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return part{}, fmt.Errorf("the content cannot be read: %w", err)
	}
	p := part{MsgType: body.MsgType}
	content := strings.TrimSpace(string(body.Content))
	switch {
	case strings.HasPrefix(content, `"`):
		if err := json.Unmarshal(body.Content, &p.Content); err != nil {
			return part{}, fmt.Errorf("the content cannot be read: %w", err)
		}
	case strings.HasPrefix(content, "{"):
		p.Content = content
	default:
		return part{}, errors.New("the content is neither a string nor an object")
	}
	if p.MsgType == "" {
		p.MsgType = msgCard
	}
	return p, nil
}
