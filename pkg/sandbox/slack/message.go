package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// The limits of a message, in characters.
// https://docs.slack.dev/reference/block-kit/blocks
const (
	maxPosted      = 40_000
	maxUpdated     = 4_000
	maxBlocks      = 50
	maxAttachments = 100
	maxSection     = 3000
	maxFields      = 10
	maxField       = 2000
	maxHeader      = 150
	maxButton      = 75
	maxElements    = 25
	maxContext     = 10
	maxURL         = 3000
	maxActionID    = 255
	maxValue       = 2000
	// maxTogether is where all blocks become too long: github.com/slackapi/bolt-js/issues/2509.
	maxTogether = 13_100
)

// said is a text of a message, and where it stands.
type said struct {
	text string
	// aside is within an attachment.
	aside bool
}

// content is a message that was understood.
type content struct {
	// mrkdwn are the texts in which mentions are looked for.
	mrkdwn []said
	form   string
}

// fault is a refusal: a word, and where Slack found what is wrong.
type fault struct {
	code   string
	detail string
}

func invalid(path, format string, args ...any) *fault {
	return &fault{code: "invalid_blocks", detail: fmt.Sprintf("[ERROR] "+format, args...) + " [json-pointer:" + path + "]"}
}

type looseText struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji"`
	Verbatim *bool  `json:"verbatim"`
}

type looseBlock struct {
	Type     string            `json:"type"`
	BlockID  string            `json:"block_id"`
	Text     *looseText        `json:"text"`
	Fields   []looseText       `json:"fields"`
	Elements []json.RawMessage `json:"elements"`
}

// readContent checks a message as Slack does before it takes one.
func readContent(args arguments, most int) (content, *fault) {
	c := content{form: "text"}
	text := args.text("text")
	if !args.has("text") && !args.has("blocks") && !args.has("attachments") {
		return c, &fault{code: "no_text"}
	}
	if characters(text) > most {
		return c, &fault{code: "msg_too_long"}
	}
	together, count := 0, 0
	if args.has("blocks") {
		c.form = "blocks"
		if f := c.blocks(args["blocks"], "/blocks", false, &together, &count); f != nil {
			return c, f
		}
	} else {
		c.mrkdwn = append(c.mrkdwn, said{text: text})
	}
	if args.has("attachments") {
		var list []struct {
			Color  string          `json:"color"`
			Text   string          `json:"text"`
			Blocks json.RawMessage `json:"blocks"`
		}
		switch err := json.Unmarshal(args["attachments"], &list); {
		case err != nil:
			return c, &fault{code: "invalid_attachments"}
		case len(list) > maxAttachments:
			return c, &fault{code: "too_many_attachments"}
		}
		c.form = "blocks"
		for i, a := range list {
			c.mrkdwn = append(c.mrkdwn, said{text: a.Text, aside: true})
			if len(a.Blocks) == 0 {
				continue
			}
			if f := c.blocks(a.Blocks, fmt.Sprintf("/attachments/%d/blocks", i), true, &together, &count); f != nil {
				return c, f
			}
		}
	}
	if together > maxTogether {
		return c, &fault{code: "msg_blocks_too_long"}
	}
	return c, nil
}

// characters counts a character beyond the basic plane as two.
func characters(s string) int { return len(utf16.Encode([]rune(s))) }

func (c *content) blocks(raw json.RawMessage, path string, aside bool, together, count *int) *fault {
	var list []looseBlock
	if json.Unmarshal(raw, &list) != nil {
		return &fault{code: "invalid_blocks_format"}
	}
	*together += characters(string(raw))
	if *count += len(list); *count > maxBlocks {
		return invalid(path, "no more than %d items allowed", maxBlocks)
	}
	for i, b := range list {
		if f := c.block(b, fmt.Sprintf("%s/%d", path, i), aside); f != nil {
			return f
		}
	}
	return nil
}

func (c *content) block(b looseBlock, path string, aside bool) *fault {
	if len(b.BlockID) > maxActionID {
		return invalid(path+"/block_id", "must be less than %d characters", maxActionID+1)
	}
	switch b.Type {
	case "divider":
		return nil
	case "header":
		if b.Text == nil || b.Text.Type != "plain_text" {
			return invalid(path+"/text/type", "must be plain_text")
		}
		return c.text(*b.Text, path+"/text", maxHeader, aside)
	case "section":
		return c.section(b, path, aside)
	case "actions":
		return actions(b.Elements, path)
	case "context":
		if len(b.Elements) == 0 || len(b.Elements) > maxContext {
			return invalid(path+"/elements", "1 to %d elements", maxContext)
		}
		for i, raw := range b.Elements {
			var t looseText
			if json.Unmarshal(raw, &t) != nil {
				return invalid(path+"/elements", "unsupported element")
			}
			if f := c.text(t, fmt.Sprintf("%s/elements/%d", path, i), maxSection, aside); f != nil {
				return f
			}
		}
		return nil
	}
	return invalid(path+"/type", "unsupported type: %s", b.Type)
}

func (c *content) section(b looseBlock, path string, aside bool) *fault {
	if b.Text == nil && len(b.Fields) == 0 {
		return invalid(path, "missing required field: text or fields")
	}
	if b.Text != nil {
		if f := c.text(*b.Text, path+"/text", maxSection, aside); f != nil {
			return f
		}
	}
	if len(b.Fields) > maxFields {
		return invalid(path+"/fields", "no more than %d items allowed", maxFields)
	}
	for i, t := range b.Fields {
		if f := c.text(t, fmt.Sprintf("%s/fields/%d", path, i), maxField, aside); f != nil {
			return f
		}
	}
	return nil
}

// text checks a text object: only plain text has emoji, only mrkdwn has mentions.
func (c *content) text(t looseText, path string, most int, aside bool) *fault {
	switch {
	case t.Type != "plain_text" && t.Type != "mrkdwn":
		return invalid(path+"/type", "must be plain_text or mrkdwn")
	case t.Text == "":
		return invalid(path+"/text", "must be more than 0 characters")
	case characters(t.Text) > most:
		return invalid(path+"/text", "must be less than %d characters", most+1)
	case t.Type == "mrkdwn" && t.Emoji != nil:
		return invalid(path+"/emoji", "emoji is of plain_text only")
	case t.Type == "plain_text" && t.Verbatim != nil:
		return invalid(path+"/verbatim", "verbatim is of mrkdwn only")
	}
	if t.Type == "mrkdwn" {
		c.mrkdwn = append(c.mrkdwn, said{text: t.Text, aside: aside})
	}
	return nil
}

func actions(elements []json.RawMessage, path string) *fault {
	if len(elements) == 0 || len(elements) > maxElements {
		return invalid(path+"/elements", "1 to %d elements", maxElements)
	}
	var ids []string
	for i, raw := range elements {
		at := fmt.Sprintf("%s/elements/%d", path, i)
		var e struct {
			Type     string     `json:"type"`
			Text     *looseText `json:"text"`
			ActionID string     `json:"action_id"`
			URL      string     `json:"url"`
			Value    string     `json:"value"`
			Style    string     `json:"style"`
		}
		switch err := json.Unmarshal(raw, &e); {
		case err != nil || e.Type != "button":
			return invalid(at+"/type", "unsupported type: %s", e.Type)
		case e.Text == nil || e.Text.Type != "plain_text" || e.Text.Text == "":
			return invalid(at+"/text", "must be plain_text")
		case characters(e.Text.Text) > maxButton:
			return invalid(at+"/text/text", "must be less than %d characters", maxButton+1)
		case len(e.URL) > maxURL || (e.URL != "" && !strings.HasPrefix(e.URL, "https://") && !strings.HasPrefix(e.URL, "http://")):
			return invalid(at+"/url", "must be a valid URL of at most %d characters", maxURL)
		case characters(e.Value) > maxValue || len(e.ActionID) > maxActionID:
			return invalid(at, "value or action_id is too long")
		case e.Style != "" && e.Style != "primary" && e.Style != "danger":
			return invalid(at+"/style", "must be primary or danger")
		case e.ActionID != "" && slices.Contains(ids, e.ActionID):
			return invalid(at+"/action_id", "already exists: %s", e.ActionID)
		}
		ids = append(ids, e.ActionID)
	}
	return nil
}
