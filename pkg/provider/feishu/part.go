package feishu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
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

// content is a part as it was encoded: sent as it is, byte for byte.
type content struct {
	msgType string
	raw     json.RawMessage
}

// asContent takes what Render gave as it is; any other form is decoded and encoded anew.
func asContent(raw json.RawMessage) (content, error) {
	if rest, ok := bytes.CutPrefix(raw, []byte(`{"msg_type":"`)); ok {
		if kind, rest, ok := bytes.Cut(rest, []byte(`","content":"`)); ok && isPlainID(string(kind)) && closes(rest) {
			return content{string(kind), raw}, nil
		}
	}
	p, err := decodePart(raw)
	if err != nil {
		return content{}, err
	}
	raw, err = outbound.JSON(p)
	return content{p.MsgType, raw}, err
}

// closes tells whether b is the rest of a string that ends its object.
func closes(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return string(b[i:]) == `"}`
		}
	}
	return false
}

// plain is a card's text, for when the provider cannot make the card.
func (c content) plain() (content, error) {
	p, err := decodePart(c.raw)
	if err != nil {
		return content{}, err
	}
	if p.Content, err = plainForm(p.Content); err != nil {
		return content{}, err
	}
	p.MsgType = msgText
	raw, err := outbound.JSON(p)
	return content{p.MsgType, raw}, err
}

// envelope is what the body of a message to send, or to reply with, holds besides its content.
type envelope struct {
	ReceiveID     string `json:"receive_id,omitempty"`
	UUID          string `json:"uuid"`
	ReplyInThread bool   `json:"reply_in_thread,omitempty"`
}

// around puts the envelope's members before those of an encoded part.
func (e envelope) around(c content) (json.RawMessage, error) {
	body, err := outbound.JSON(e)
	if err != nil {
		return nil, err
	}
	body[len(body)-1] = ','
	return append(body, c.raw[1:]...), nil
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
