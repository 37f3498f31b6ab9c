package feishu

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxComponents and maxTables are what one card holds.
	// https://open.feishu.cn/document/feishu-cards/card-json-v2-structure.
	maxComponents = 200
	maxTables     = 5
	maxTextTags   = 3
	schemaOne     = "1.0"
	schemaTwo     = "2.0"
)

// cardError is the text behind ext= of code 230099.
type cardError struct {
	code  int
	path  string
	msg   string
	value string
}

func (e *cardError) Error() string {
	s := fmt.Sprintf("ErrCode: %d; ", e.code)
	if e.path != "" {
		s += "ErrPath: " + e.path + "; "
	}
	s += "ErrMsg: " + e.msg + "; "
	if e.value != "" {
		s += "ErrorValue: " + e.value + "; "
	}
	return s
}

// The codes inside 230099, as others measured them.
const (
	cardParse       = 200621
	cardUnsupported = 200861
	cardLimit       = 11310
	cardDowngrade   = 200830
)

type object = map[string]any

// card walks a card and collects what it finds.
type card struct {
	schema     string
	shared     bool
	mentions   []mention
	components int
	tables     int
}

func readCard(content string) (*card, error) {
	var root object
	if err := json.Unmarshal([]byte(content), &root); err != nil || root == nil {
		return nil, &cardError{code: cardParse, msg: "parse card json err, please check whether your card json is correct"}
	}
	if root["type"] == "template" {
		return nil, &cardError{code: cardLimit, msg: "template is not visible to this app; the sandbox has no card templates"}
	}
	c := &card{schema: schemaOne}
	if raw, ok := root["schema"]; ok {
		version, isText := raw.(string)
		if !isText || (version != schemaOne && version != schemaTwo) {
			return nil, &cardError{code: cardParse, msg: "parse card json err, unknown schema", value: fmt.Sprint(raw)}
		}
		c.schema = version
	}
	read := c.readOne
	if c.schema == schemaTwo {
		read = c.readTwo
	}
	if err := read(root); err != nil {
		return nil, err
	}
	if c.components > maxComponents {
		return nil, &cardError{code: cardLimit, msg: "element exceeds the limit", value: strconv.Itoa(c.components)}
	}
	if c.tables > maxTables {
		return nil, &cardError{code: cardLimit, msg: "card table number over limit", value: "table"}
	}
	return c, nil
}

// readOne reads the first structure, which ignores what it does not know at the root.
func (c *card) readOne(root object) error {
	config, err := child(root, "config", "")
	if err != nil {
		return err
	}
	c.shared = config["update_multi"] == true
	if err := c.header(root); err != nil {
		return err
	}
	if _, ok := root["elements"]; ok {
		return c.list(root, "elements", "ROOT")
	}
	translations, err := child(root, "i18n_elements", "")
	if err != nil {
		return err
	}
	for language := range translations {
		if err := c.list(translations, language, "ROOT -> i18n_elements"); err != nil {
			return err
		}
	}
	return nil
}

// readTwo reads the second structure, which refuses what it does not know.
func (c *card) readTwo(root object) error {
	if err := known(root, "", "schema", "config", "card_link", "header", "body", "i18n_header"); err != nil {
		return err
	}
	config, err := child(root, "config", "")
	if err != nil {
		return err
	}
	if err := known(config, "config", "streaming_mode", "streaming_config", "summary", "locales", "enable_forward",
		"update_multi", "width_mode", "use_custom_translation", "enable_forward_interaction", "style"); err != nil {
		return err
	}
	c.shared = true
	if shared, ok := config["update_multi"]; ok && shared != true {
		return &cardError{code: cardUnsupported, msg: "cards of schema V2 no longer support this capability", value: "update_multi false"}
	}
	if err := c.header(root); err != nil {
		return err
	}
	body, err := child(root, "body", "")
	if err != nil {
		return err
	}
	if err := known(body, "body", "direction", "padding", "horizontal_spacing", "horizontal_align",
		"vertical_spacing", "vertical_align", "elements"); err != nil {
		return err
	}
	return c.list(body, "elements", "ROOT -> body")
}

// child is an object inside another, empty if it is not there.
func child(parent object, name, path string) (object, error) {
	raw, ok := parent[name]
	if !ok {
		return nil, nil
	}
	o, ok := raw.(object)
	if !ok {
		return nil, &cardError{code: cardParse, msg: "parse card json err, not an object: " + name + ", path: [" + path + "]"}
	}
	return o, nil
}

func known(o object, path string, names ...string) error {
	for name := range o {
		if !slices.Contains(names, name) {
			return &cardError{code: cardParse, msg: "parse card json err, unknown property: " + name + ", path: [" + path + "]"}
		}
	}
	return nil
}

func templates() []string {
	return []string{
		"blue", "wathet", "turquoise", "green", "yellow", "orange", "red", "carmine", "violet", "purple",
		"indigo", "grey", "default",
	}
}

func (c *card) header(root object) error {
	if _, ok := root["header"]; !ok {
		return nil
	}
	h, err := child(root, "header", "")
	if err != nil {
		return err
	}
	title, err := child(h, "title", "header")
	if err != nil {
		return err
	}
	tag, _ := title["tag"].(string)
	if _, isText := title["content"].(string); !isText || (tag != "plain_text" && tag != "lark_md") {
		return &cardError{code: cardParse, path: "ROOT -> header -> title", msg: "title needs a tag plain_text or lark_md and a content"}
	}
	if template, ok := h["template"]; ok {
		name, isText := template.(string)
		if !isText || !slices.Contains(templates(), name) {
			return &cardError{code: cardParse, path: "ROOT -> header", msg: "unknown template", value: fmt.Sprint(template)}
		}
	}
	if tags, ok := h["text_tag_list"].([]any); ok && len(tags) > maxTextTags {
		return &cardError{code: cardLimit, path: "ROOT -> header", msg: "text_tag_list exceeds the limit", value: strconv.Itoa(len(tags))}
	}
	return nil
}

// list reads the components in parent[name].
func (c *card) list(parent object, name, path string) error {
	raw, ok := parent[name]
	if !ok {
		return nil
	}
	items, ok := raw.([]any)
	if !ok {
		return &cardError{code: cardParse, path: path, msg: name + " must be a list"}
	}
	for i, item := range items {
		o, _ := item.(object)
		tag, _ := o["tag"].(string)
		at := fmt.Sprintf("%s -> %s -> [%d](tag: %s)", path, name, i, tag)
		if o == nil || tag == "" {
			return &cardError{code: cardParse, path: at, msg: "every element needs a tag"}
		}
		if err := c.component(o, tag, at); err != nil {
			return err
		}
	}
	return nil
}

// cardMention is a mention in a card's markdown. An unclosed one counts as well: what might notify
// somebody is taken to do so.
var cardMention = regexp.MustCompile(`<at\s+(id|ids|email)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)\s*/?>`)

func (c *card) markdown(s string) {
	if !strings.Contains(s, "<at") {
		return
	}
	for _, m := range cardMention.FindAllStringSubmatch(s, -1) {
		value := strings.Trim(m[2], `"'`)
		switch m[1] {
		case "ids":
			for id := range strings.SplitSeq(value, ",") {
				c.mentions = append(c.mentions, mention{id: strings.TrimSpace(id)})
			}
		case "email":
			c.mentions = append(c.mentions, mention{idType: "email", id: value})
		default:
			c.mentions = append(c.mentions, mention{id: value})
		}
	}
}
