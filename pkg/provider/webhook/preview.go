package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// maxDepth is how deep a preview follows JSON.
const maxDepth = 32

// preview shows a body: JSON as a list of paths and values, anything else as it is.
func preview(raw json.RawMessage) (sender.Preview, error) {
	c, err := readContent(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	out := sender.Preview{Shape: sender.ShapeData, Title: c.Type}
	if c.Text != nil {
		out.Blocks = []sender.Block{{Kind: sender.BlockCode, Text: *c.Text}}
		return out, nil
	}
	d := json.NewDecoder(bytes.NewReader(c.JSON))
	d.UseNumber()
	rows := sender.Block{Kind: sender.BlockFields}
	if err := flatten(d, "", 0, &rows); err != nil {
		return sender.Preview{}, err
	}
	out.Blocks = []sender.Block{rows}
	return out, nil
}

// flatten adds each value below path, in the order of the text.
func flatten(d *json.Decoder, path string, depth int, rows *sender.Block) error {
	if depth > maxDepth {
		return errors.New("the body is nested too deep to be shown")
	}
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, nested := t.(json.Delim)
	if !nested {
		value := "null"
		if t != nil {
			value = fmt.Sprint(t)
		}
		rows.Fields = append(rows.Fields, sender.Block{Kind: sender.BlockText, Text: path}, sender.Block{Kind: sender.BlockText, Text: value})
		return nil
	}
	for i := 0; d.More(); i++ {
		below := path + "[" + strconv.Itoa(i) + "]"
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			below = fmt.Sprint(key)
			if path != "" {
				below = path + "." + below
			}
		}
		if err := flatten(d, below, depth+1, rows); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
