package aliyun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/sms"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// longestVariable is the hard limit of a variable. https://help.aliyun.com/document_detail/463270.html
const longestVariable = 35

// parcel is a message without its numbers: a template and what its variables hold.
type parcel struct {
	Sign     string     `json:"sign_name,omitempty"`
	Template string     `json:"template_code"`
	Values   []variable `json:"values,omitempty"`
	// Text is what people get, where the template's words are known; it is not sent.
	Text string `json:"text,omitempty"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// params are the variables as the service takes them: an object of strings, in JSON.
func (p parcel) params() (string, error) {
	values := map[string]string{}
	for _, v := range p.Values {
		values[v.Name] = v.Value
	}
	raw, err := json.Marshal(values)
	return string(raw), err
}

func parse(raw json.RawMessage) (parcel, error) {
	var p parcel
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("the content is not a template and its variables: %w", err)
	}
	if p.Template == "" || slices.ContainsFunc(p.Values, func(v variable) bool { return v.Name == "" }) {
		return p, errors.New("the content names no template, or a variable without a name")
	}
	return p, nil
}

// form is how an account words its messages.
type form struct {
	sign, template, resolved, text string
	plan                           sms.Plan
	length                         int
}

func newForm(sign, template, resolved, words, params string, length int) (form, error) {
	plan, err := sms.ParsePlan(params)
	if err != nil {
		return form{}, fmt.Errorf("template_params: %w", err)
	}
	if length < 1 || length > longestVariable {
		return form{}, fmt.Errorf("variable_length is %d: give 1 to %d", length, longestVariable)
	}
	if resolved == "" {
		resolved = template
	}
	return form{sign: sign, template: template, resolved: resolved, text: words, plan: plan, length: length}, nil
}

// Render fills the template's variables; there is always one part.
func (f form) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	p := parcel{Sign: f.sign, Template: f.template}
	if d.Message.Status == alert.Resolved && d.Message.Kind != message.TestKind {
		p.Template = f.resolved
	}
	values := f.plan.Fill(d.Message, f.length)
	for i, name := range f.plan.Names() {
		p.Values = append(p.Values, variable{name, values[i]})
	}
	if f.text != "" && p.Template == f.template {
		p.Text = sms.Text(f.text, "${", "}", f.plan.Names(), values)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	return sender.Rendered{Parts: []json.RawMessage{raw}}, nil
}

// blocks shows the words, or the variables where the words are not known.
func (p parcel) blocks() []sender.Block {
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
func (p parcel) words() string {
	if p.Text != "" {
		return p.Text
	}
	var all string
	for _, v := range p.Values {
		all += v.Value
	}
	return all
}

func previewSMS(raw json.RawMessage) (sender.Preview, error) {
	p, err := parse(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	return sender.Preview{Shape: sender.ShapeSMS, From: p.Sign, Segments: sms.Segments(p.Sign, p.words()), Blocks: p.blocks()}, nil
}

func previewVoice(raw json.RawMessage) (sender.Preview, error) {
	p, err := parse(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	return sender.Preview{Shape: sender.ShapeCall, Blocks: p.blocks()}, nil
}

// number reads a setting between least and most; one that is not set is usual.
func number(s sender.Settings, name string, usual, least, most int) (int, error) {
	raw := s.Values[name]
	if raw == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is %q: give a number from %d to %d", name, raw, least, most)
	}
	return n, nil
}
