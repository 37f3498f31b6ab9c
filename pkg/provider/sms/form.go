package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Parcel is a message without its numbers: a template and what its variables hold.
type Parcel struct {
	Sign     string  `json:"sign_name,omitempty"`
	Template string  `json:"template_code"`
	Values   []Value `json:"values,omitempty"`
	// Text is what people get, where the template's words are known; it is not sent.
	Text string `json:"text,omitempty"`
}

// Value is a variable's.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Parse reads what Form.Render made.
func Parse(raw json.RawMessage) (Parcel, error) {
	var p Parcel
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("the content is not a template and its variables: %w", err)
	}
	if p.Template == "" || slices.ContainsFunc(p.Values, func(v Value) bool { return v.Name == "" }) {
		return p, errors.New("the content names no template, or a variable without a name")
	}
	return p, nil
}

// Form is how an account words its messages.
type Form struct {
	// Sign is an SMS's signature, Template what is sent, Resolved what is sent on resolve.
	Sign, Template, Resolved string
	// Text is Template's own, with each variable between Open and Shut; empty if it is not known.
	Text, Open, Shut string
	Plan             Plan
	// Length is the longest variable in characters.
	Length int
}

// Render implements sender.Sender: it fills the template's variables, in one part.
func (f Form) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	p := Parcel{Sign: f.Sign, Template: f.Template}
	if d.Message.Status == alert.Resolved && d.Message.Kind != message.TestKind && f.Resolved != "" {
		p.Template = f.Resolved
	}
	values := f.Plan.Fill(d.Message, f.Length)
	for i, name := range f.Plan.Names() {
		p.Values = append(p.Values, Value{name, values[i]})
	}
	if f.Text != "" && p.Template == f.Template {
		p.Text = Text(f.Text, f.Open, f.Shut, f.Plan.Names(), values)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	return sender.Rendered{Parts: []json.RawMessage{raw}}, nil
}

// PreviewSMS shows a message as a phone does, with what it costs.
func PreviewSMS(raw json.RawMessage) (sender.Preview, error) {
	p, err := Parse(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	return sender.Preview{Shape: sender.ShapeSMS, From: p.Sign, Segments: Segments(p.Sign, p.words()), Blocks: p.blocks()}, nil
}

// PreviewCall shows what a call says.
func PreviewCall(raw json.RawMessage) (sender.Preview, error) {
	p, err := Parse(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	return sender.Preview{Shape: sender.ShapeCall, Blocks: p.blocks()}, nil
}

// blocks shows the words, or the variables where the words are not known.
func (p Parcel) blocks() []sender.Block {
	if p.Text != "" {
		return []sender.Block{{Kind: sender.BlockText, Text: p.Text}}
	}
	fields := sender.Block{Kind: sender.BlockFields}
	for _, v := range p.Values {
		fields.Fields = append(fields.Fields, sender.Block{Kind: sender.BlockText, Text: v.Name}, sender.Block{Kind: sender.BlockText, Text: v.Value})
	}
	return []sender.Block{{Kind: sender.BlockNote, Text: p.Template}, fields}
}

// words is the text that is counted: the message, or at least its variables.
func (p Parcel) words() string {
	if p.Text != "" {
		return p.Text
	}
	var all strings.Builder
	for _, v := range p.Values {
		all.WriteString(v.Value)
	}
	return all.String()
}

// Number reads a setting that is a number between least and most; one that is not set is usual.
func Number(s sender.Settings, name string, usual, least, most int) (int, error) {
	raw := s.Values[name]
	if raw == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < least || n > most {
		return usual, lang.Wrong("%s 是 %q：请填 %d 到 %d 的数字", "%s is %q: give a number from %d to %d", name, raw, least, most)
	}
	return n, nil
}

// Origin reads base_url where only a scheme and a host can be given. What is no address at all outbound.New tells.
func Origin(s sender.Settings) (*url.URL, error) {
	u, err := url.Parse(s.BaseURL)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return u, nil //nolint:nilerr // outbound.New tells it
	}
	return nil, lang.Wrong(
		"base_url 里有路径：签名包含地址，所以只能写协议和主机",
		"base_url has a path: the signature covers the address, so only a scheme and a host can be given")
}

// Usual is a setting, or what it is when nothing is set.
func Usual(s sender.Settings, name, otherwise string) string {
	if v := s.Values[name]; strings.TrimSpace(v) != "" {
		return v
	}
	return otherwise
}

// Filled names the settings that are empty or hold a blank.
func Filled(values map[string]string) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if v := values[name]; v == "" || strings.ContainsAny(v, " \t\r\n") {
			faults = append(faults, lang.Wrong("%s 是空的，或有空白：请从控制台重新复制", "%s is empty or holds a blank: copy it again from the console", name))
		}
	}
	return errors.Join(faults...)
}
