package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// maxDepth is how deep a preview follows JSON.
const maxDepth = 32

// preview shows a body: JSON as an outline, in its own order, and anything else as it is.
func preview(raw json.RawMessage) (sender.Preview, error) {
	c, err := readContent(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	out := sender.Preview{Shape: sender.ShapeData, Title: c.Type}
	block := sender.Block{Kind: sender.BlockCode}
	if c.Text != nil {
		block.Text = *c.Text
	} else {
		o := outline{d: json.NewDecoder(bytes.NewReader(c.JSON))}
		o.d.UseNumber()
		if err := o.value("", 0); err != nil {
			return sender.Preview{}, err
		}
		block.Text = strings.TrimPrefix(o.out.String(), "\n")
		var top struct{ Title string }
		if json.Unmarshal(c.JSON, &top) == nil && top.Title != "" {
			out.Title = top.Title
		}
	}
	out.Blocks = []sender.Block{block}
	return out, nil
}

// outline writes JSON as people write lists: a line for each value, indented, texts as they are.
type outline struct {
	d   *json.Decoder
	out strings.Builder
}

// value writes the next value, which stands on a line that began already.
func (o *outline) value(indent string, depth int) error {
	if depth > maxDepth {
		return errors.New("the body is nested too deep to be shown")
	}
	t, err := o.d.Token()
	if err != nil {
		return err
	}
	open, nested := t.(json.Delim)
	if !nested {
		text := "null"
		if t != nil {
			text = fmt.Sprint(t)
		}
		if strings.Contains(text, "\n") {
			text = "\n" + text
		}
		o.out.WriteString(" " + strings.ReplaceAll(text, "\n", "\n"+indent))
		return nil
	}
	for o.d.More() {
		o.out.WriteString("\n" + indent)
		below := indent + "  "
		if open == '{' {
			key, err := o.d.Token()
			if err != nil {
				return err
			}
			o.out.WriteString(fmt.Sprint(key) + ":")
		} else {
			o.out.WriteString("-")
		}
		if err := o.value(below, depth+1); err != nil {
			return err
		}
	}
	_, err = o.d.Token()
	return err
}
