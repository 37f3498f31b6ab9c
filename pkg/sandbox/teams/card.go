package teams

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// post is what the template's flow takes apart.
type post struct {
	Type        string `json:"type"`
	Attachments []struct {
		ContentType string          `json:"contentType"`
		ContentURL  *string         `json:"contentUrl"`
		Content     json.RawMessage `json:"content"`
	} `json:"attachments"`
}

// card is an Adaptive Card, of what can be posted through a flow.
// https://learn.microsoft.com/en-us/adaptive-cards/schema-explorer/adaptive-card
type card struct {
	Schema   string    `json:"$schema"`
	Type     string    `json:"type"`
	Version  string    `json:"version"`
	Fallback string    `json:"fallbackText"`
	Speak    string    `json:"speak"`
	Body     []element `json:"body"`
	Actions  []struct {
		Type  string `json:"type"`
		Title string `json:"title"`
		URL   string `json:"url"`
	} `json:"actions"`
	Teams struct {
		Width    string `json:"width"`
		Entities []struct {
			Type      string `json:"type"`
			Text      string `json:"text"`
			Mentioned struct {
				ID   string `json:"id"`
				Name string `json:"name"`
			} `json:"mentioned"`
		} `json:"entities"`
	} `json:"msteams"`
}

// element has the properties of all elements that are played.
type element struct {
	Type      string    `json:"type"`
	Text      *string   `json:"text"`
	Wrap      bool      `json:"wrap"`
	MaxLines  int       `json:"maxLines"`
	Size      string    `json:"size"`
	Weight    string    `json:"weight"`
	Color     string    `json:"color"`
	Subtle    bool      `json:"isSubtle"`
	Font      string    `json:"fontType"`
	Align     string    `json:"horizontalAlignment"`
	Style     string    `json:"style"`
	Bleed     bool      `json:"bleed"`
	Items     []element `json:"items"`
	Separator bool      `json:"separator"`
	Spacing   string    `json:"spacing"`
	Facts     []struct {
		Title *string `json:"title"`
		Value *string `json:"value"`
	} `json:"facts"`
}

const maxActions = 6

// words are what a property may be; an empty one is left out.
func words() map[string][]string {
	return map[string][]string{
		"size": {"", "default", "small", "medium", "large", "extralarge"}, "weight": {"", "default", "lighter", "bolder"},
		"color": {"", "default", "dark", "light", "accent", "good", "warning", "attention"}, "fontType": {"", "default", "monospace"},
		"horizontalAlignment": {"", "left", "center", "right"}, "spacing": {"", "default", "none", "small", "medium", "large", "extralarge", "padding"},
		"container style": {"", "default", "emphasis", "good", "attention", "warning", "accent"}, "text style": {"", "default", "heading", "columnheader"},
	}
}

// strict reads JSON that has no property besides those of v.
func strict(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// readPost checks a message, and returns the ids of those whom it mentions.
func readPost(raw []byte) ([]string, error) {
	var p post
	if err := strict(raw, &p); err != nil {
		return nil, fmt.Errorf("the message: %w", err)
	}
	switch {
	case p.Type != "message":
		return nil, fmt.Errorf("the message's type is %q and not message", p.Type)
	case len(p.Attachments) == 0:
		return nil, errors.New("the message has no attachments")
	}
	var ids []string
	for _, a := range p.Attachments {
		if a.ContentType != "application/vnd.microsoft.card.adaptive" || a.ContentURL != nil {
			return nil, errors.New("an attachment is no Adaptive Card, or has a contentUrl")
		}
		var c card
		if err := strict(a.Content, &c); err != nil {
			return nil, fmt.Errorf("the card: %w", err)
		}
		named, err := c.check()
		if err != nil {
			return nil, err
		}
		ids = append(ids, named...)
	}
	return ids, nil
}

func (c card) check() ([]string, error) {
	switch {
	case c.Type != "AdaptiveCard":
		return nil, fmt.Errorf("the card's type is %q and not AdaptiveCard", c.Type)
	case !slices.Contains([]string{"1.0", "1.1", "1.2", "1.3", "1.4", "1.5"}, c.Version):
		return nil, fmt.Errorf("version %q is none that Teams draws", c.Version)
	case len(c.Body) == 0:
		return nil, errors.New("the card has no body")
	case c.Teams.Width != "" && c.Teams.Width != "Full":
		return nil, fmt.Errorf("width %q is not Full", c.Teams.Width)
	case len(c.Actions) > maxActions:
		return nil, fmt.Errorf("the card has %d actions, and Teams shows %d", len(c.Actions), maxActions)
	}
	for _, a := range c.Actions {
		u, err := url.Parse(a.URL)
		switch {
		case a.Type != "Action.OpenUrl":
			return nil, fmt.Errorf("%s needs a bot: a flow's card can have Action.OpenUrl only", a.Type)
		case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || a.Title == "":
			return nil, errors.New("an action lacks its title, or a whole address")
		}
	}
	var texts []string
	if err := checkAll(c.Body, &texts); err != nil {
		return nil, err
	}
	return c.mentions(texts)
}

// checkAll checks elements, and collects what they say.
func checkAll(list []element, texts *[]string) error {
	for _, e := range list {
		for property, value := range map[string]string{
			"size": e.Size, "weight": e.Weight, "color": e.Color, "fontType": e.Font, "horizontalAlignment": e.Align, "spacing": e.Spacing,
			styleOf(e.Type): e.Style,
		} {
			if !slices.Contains(words()[property], strings.ToLower(value)) {
				return fmt.Errorf("%s: %s cannot be %q", e.Type, property, value)
			}
		}
		switch e.Type {
		case "TextBlock":
			if e.Text == nil || *e.Text == "" || len(e.Items) > 0 || len(e.Facts) > 0 {
				return errors.New("a TextBlock has a text, and neither items nor facts")
			}
			*texts = append(*texts, *e.Text)
		case "FactSet":
			if len(e.Facts) == 0 || e.Text != nil || len(e.Items) > 0 {
				return errors.New("a FactSet has facts, and neither text nor items")
			}
			for _, f := range e.Facts {
				if f.Title == nil || f.Value == nil {
					return errors.New("a fact lacks its title or value")
				}
				*texts = append(*texts, *f.Title, *f.Value)
			}
		case "Container":
			if len(e.Items) == 0 || e.Text != nil || len(e.Facts) > 0 {
				return errors.New("a Container has items, and neither text nor facts")
			}
			if err := checkAll(e.Items, texts); err != nil {
				return err
			}
		default:
			return fmt.Errorf("an element of type %q is not played", e.Type)
		}
	}
	return nil
}

func styleOf(typ string) string {
	if typ == "Container" {
		return "container style"
	}
	return "text style"
}

var at = regexp.MustCompile(`<at>[^<]*</at>`)

// mentions holds the entities against the texts: each must be there, and each <at> must have one.
func (c card) mentions(texts []string) ([]string, error) {
	var ids []string
	var known []string
	for _, e := range c.Teams.Entities {
		switch {
		case e.Type != "mention" || e.Mentioned.ID == "" || e.Mentioned.Name == "" || at.FindString(e.Text) != e.Text:
			return nil, errors.New("an entity is no mention with <at>name</at>, id and name")
		case slices.Contains(known, e.Text):
			return nil, fmt.Errorf("two entities have the text %s", e.Text)
		case !slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, e.Text) }):
			return nil, fmt.Errorf("%s is an entity and stands in no text", e.Text)
		}
		known = append(known, e.Text)
		ids = append(ids, e.Mentioned.ID)
	}
	for _, t := range texts {
		for _, found := range at.FindAllString(t, -1) {
			if !slices.Contains(known, found) {
				return nil, fmt.Errorf("%s stands in a text and is no entity", found)
			}
		}
	}
	return ids, nil
}
