package feishu

import "slices"

// The components of both structures, of the first only, and of the second only.
// https://open.feishu.cn/document/feishu-cards/card-json-v2-components/component-json-v2-overview.
func bothTags() []string {
	return []string{
		"div", "markdown", "hr", "img", "img_combination", "column_set", "button", "overflow", "select_static",
		"multi_select_static", "select_person", "multi_select_person", "date_picker", "picker_time",
		"picker_datetime", "select_img", "person", "person_list", "chart", "table", "form", "input",
		"collapsible_panel", "interactive_container", "checker",
	}
}

func firstTags() []string { return []string{"note", "action"} }

func secondTags() []string { return []string{"audio", "text_tag"} }

// component reads one component and those inside it.
func (c *card) component(o object, tag, path string) error {
	c.components++
	if err := c.supported(tag, path); err != nil {
		return err
	}
	switch tag {
	case "markdown":
		content, ok := o["content"].(string)
		if !ok {
			return &cardError{code: cardParse, path: path, msg: "markdown needs a content"}
		}
		c.markdown(content)
	case "div":
		return c.div(o, path)
	case "note":
		return c.note(o, path)
	case "button":
		return c.button(o, path)
	case "action":
		if actions, ok := o["actions"].([]any); !ok || len(actions) == 0 {
			return &cardError{code: cardParse, path: path, msg: "action needs actions"}
		}
		return c.list(o, "actions", path)
	case "column_set":
		return c.columns(o, path)
	case "img":
		if key, ok := o["img_key"].(string); !ok || key == "" {
			return &cardError{code: cardLimit, path: path, msg: "image key is invalid"}
		}
	case "table":
		c.tables++
	case "form", "collapsible_panel", "interactive_container":
		return c.list(o, "elements", path)
	}
	return nil
}

func (c *card) supported(tag, path string) error {
	two := c.schema == schemaTwo
	switch {
	case slices.Contains(bothTags(), tag),
		!two && slices.Contains(firstTags(), tag),
		two && slices.Contains(secondTags(), tag):
		return nil
	case two && slices.Contains(firstTags(), tag):
		return &cardError{
			code: cardUnsupported, path: path,
			msg: "cards of schema V2 no longer support this capability", value: "unsupported tag " + tag,
		}
	default:
		return &cardError{code: cardParse, path: path, msg: "not support tag: " + tag}
	}
}

// text reads a plain_text or lark_md object.
func (c *card) text(raw any, path string, counted bool) error {
	o, _ := raw.(object)
	tag, _ := o["tag"].(string)
	content, isText := o["content"].(string)
	if !isText || (tag != "plain_text" && tag != "lark_md") {
		return &cardError{code: cardParse, path: path, msg: "a text needs a tag plain_text or lark_md and a content"}
	}
	if counted {
		c.components++
	}
	if tag == "lark_md" {
		c.markdown(content)
	}
	return nil
}

func (c *card) div(o object, path string) error {
	text, hasText := o["text"]
	fields, hasFields := o["fields"]
	if !hasText && !hasFields {
		return &cardError{code: cardParse, path: path, msg: "div needs a text or fields"}
	}
	if hasText {
		if err := c.text(text, path+" -> text", true); err != nil {
			return err
		}
	}
	if !hasFields {
		return nil
	}
	list, ok := fields.([]any)
	if !ok {
		return &cardError{code: cardParse, path: path, msg: "fields must be a list"}
	}
	for _, f := range list {
		field, _ := f.(object)
		if err := c.text(field["text"], path+" -> fields", true); err != nil {
			return err
		}
	}
	return nil
}

func (c *card) note(o object, path string) error {
	list, ok := o["elements"].([]any)
	if !ok || len(list) == 0 {
		return &cardError{code: cardParse, path: path, msg: "note needs elements"}
	}
	for _, item := range list {
		if part, _ := item.(object); part["tag"] == "img" || part["tag"] == "standard_icon" {
			c.components++
			continue
		}
		if err := c.text(item, path+" -> elements", true); err != nil {
			return err
		}
	}
	return nil
}

func buttonTypes() []string {
	return []string{
		"", "default", "primary", "danger", "text", "primary_text", "danger_text", "primary_filled",
		"danger_filled", "laser",
	}
}

func (c *card) button(o object, path string) error {
	if err := c.text(o["text"], path+" -> text", false); err != nil {
		return err
	}
	kind, _ := o["type"].(string)
	if !slices.Contains(buttonTypes(), kind) {
		return &cardError{code: cardParse, path: path, msg: "unknown button type", value: kind}
	}
	raw, ok := o["behaviors"]
	if !ok {
		return nil
	}
	behaviors, ok := raw.([]any)
	if !ok {
		return &cardError{code: cardParse, path: path, msg: "behaviors must be a list"}
	}
	for _, b := range behaviors {
		behavior, _ := b.(object)
		url, _ := behavior["default_url"].(string)
		switch behavior["type"] {
		case "callback", "form_action":
		case "open_url":
			if url == "" {
				return &cardError{code: cardParse, path: path, msg: "open_url needs a default_url"}
			}
		default:
			return &cardError{code: cardParse, path: path, msg: "unknown behavior"}
		}
	}
	return nil
}

func (c *card) columns(o object, path string) error {
	list, ok := o["columns"].([]any)
	if !ok {
		return &cardError{code: cardParse, path: path, msg: "column_set needs columns"}
	}
	for _, item := range list {
		column, _ := item.(object)
		if column["tag"] != "column" {
			return &cardError{code: cardParse, path: path, msg: "columns hold only column"}
		}
		c.components++
		if err := c.list(column, "elements", path+" -> column"); err != nil {
			return err
		}
	}
	return nil
}
