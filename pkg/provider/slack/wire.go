package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf16"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
)

// The limits of a message, in characters unless it says otherwise; text is counted as it is sent, escaped, and in units
// of UTF-16, the largest of the ways in which it may be counted.
// https://docs.slack.dev/reference/block-kit/blocks
const (
	// maxText is what chat.update takes; chat.postMessage takes ten times as much and asks for no more.
	// https://docs.slack.dev/reference/methods/chat.update
	maxText = 4000
	// maxBlocks counts blocks, those of attachments too.
	maxBlocks  = 50
	maxSection = 3000
	// maxFields counts fields of one section, maxField characters of one field.
	maxFields = 10
	maxField  = 2000
	maxHeader = 150
	maxButton = 75
	// maxButtons counts buttons of one block, of the 25 that it takes.
	maxButtons = 5
	maxURL     = 3000
	// maxLink bounds a link's address in text, so that it has room for its title in a section.
	maxLink = 2500
	// maxElements counts the elements of a context.
	maxElements = 10
	// maxAll bounds all blocks together, which Slack does not document: it refuses them as msg_blocks_too_long from
	// 13,172 to 13,297 characters on, 125 fewer for each divider (github.com/slackapi/bolt-js/issues/2509, /2867).
	maxAll    = 12_000
	blockCost = 125
)

const (
	typeHeader  = "header"
	typeSection = "section"
	typeDivider = "divider"
	typeActions = "actions"
	typeContext = "context"
	typeButton  = "button"
	typePlain   = "plain_text"
	typeMrkdwn  = "mrkdwn"
)

// part is what Render gives: a message without channel and thread.
type part struct {
	// Text is what notifications and screen readers say; without blocks it is the message.
	Text        string       `json:"text"`
	Blocks      []block      `json:"blocks,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
}

// attachment gives blocks a colour, which they cannot have otherwise.
type attachment struct {
	Color    string  `json:"color"`
	Fallback string  `json:"fallback"`
	Blocks   []block `json:"blocks"`
}

type block struct {
	Type     string  `json:"type"`
	Text     *words  `json:"text,omitempty"`
	Fields   []words `json:"fields,omitempty"`
	Elements []any   `json:"elements,omitempty"`
}

// words is a text object; Emoji is false for plain text, so that ":x:" stays as it is.
type words struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji *bool  `json:"emoji,omitempty"`
}

type button struct {
	Type     string `json:"type"`
	Text     words  `json:"text"`
	ActionID string `json:"action_id"`
	URL      string `json:"url"`
}

func plainWords(s string) words { return words{Type: typePlain, Text: s, Emoji: new(bool)} }
func markWords(s string) words  { return words{Type: typeMrkdwn, Text: s} }

// size is how much of the larger limit a message takes, in parts of maxAll.
func (p part) size() (int, error) {
	all := p.Blocks
	for _, a := range p.Attachments {
		all = append(slices.Clip(all), a.Blocks...)
	}
	worst := length(p.Text) * maxAll / maxText
	if len(all) == 0 {
		return worst, nil
	}
	raw, err := outbound.JSON(all)
	return max(worst, length(string(raw))+blockCost*len(all), len(all)*maxAll/maxBlocks), err
}

// length counts as JavaScript and Java do: a character beyond the basic plane is two.
func length(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// cutTo shortens text to a length, and then ends it with an ellipsis.
func cutTo(s string, limit int) string {
	if length(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		if n += max(utf16.RuneLen(r), 1); n >= limit {
			return s[:i] + "…"
		}
	}
	return s
}

// wire is a message as it is sent: a part, and where it goes.
type wire map[string]json.RawMessage

// decodeWire reads a part and checks that it says something.
func decodeWire(raw json.RawMessage) (wire, error) {
	var w wire
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("the content is not a message of Slack's: %w", err)
	}
	for _, key := range []string{"text", "blocks", "attachments"} {
		if v := string(w[key]); v != "" && v != "null" && v != `""` && v != "[]" {
			return w, nil
		}
	}
	return nil, errors.New("the content is not a message of Slack's: use text, blocks or attachments")
}

func (w wire) set(key string, value any) error {
	raw, err := outbound.JSON(value)
	w[key] = raw
	return err
}
