// Package pigeon is a type of account as an experiment: this folder and one line in pkg/provider are all that a new type
// takes. tests/newtype.spec.ts builds the plugin with both laid over the sources.
package pigeon

import (
	"context"
	"encoding/json"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#556270"/><path d="M5 14l6-7 8 2-5 3 1 5z" fill="#fff"/></svg>`

// Manifests lists the types of this provider.
func Manifests() []sender.Manifest {
	return []sender.Manifest{{
		Type: "pigeon", Provider: "pigeon", Title: words("信鸽", "Pigeon post"), Summary: words("放一只信鸽。", "Releases a pigeon."),
		Fields: []sender.Field{
			{Name: "loft", Kind: sender.FieldString, Required: true, Label: words("鸽舍", "Loft"), Help: words("鸽子从哪里放飞。", "Where the pigeon starts.")},
			{Name: "ring", Kind: sender.FieldString, Required: true, Secret: true, Label: words("脚环号", "Ring number")},
			{Name: "breed", Kind: sender.FieldString, Label: words("品种", "Breed"), Enum: []string{"homing", "carrier"}, Default: "homing"},
			{Name: "fed", Kind: sender.FieldBool, Label: words("已喂食", "Fed"), Default: "true"},
		},
		BaseURL: "https://loft.example.com",
		Targets: []sender.TargetKind{sender.TargetUser},
		Repeat:  sender.Repeat{Kind: sender.Repeatable},
		Logo:    logo,
		New:     func(sender.Settings, sender.Deps) (sender.Sender, error) { return loft{}, nil },
		Preview: preview,
	}}
}

func words(zh, en string) lang.Text { return lang.Text{ZH: zh, EN: en} }

type loft struct{}

type note struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Render writes what fits on a leg.
func (loft) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	raw, err := json.Marshal(note{Title: d.Message.Title, Text: d.Message.Summary})
	return sender.Rendered{Parts: []json.RawMessage{raw}}, err
}

// Send lets it fly.
func (loft) Send(_ context.Context, n sender.Notification) (sender.Receipt, error) {
	return sender.Receipt{Data: json.RawMessage(`{"v":1}`), MessageID: "feather-" + n.Target.Value}, nil
}

func preview(content json.RawMessage) (sender.Preview, error) {
	var n note
	if err := json.Unmarshal(content, &n); err != nil {
		return sender.Preview{}, err
	}
	return sender.Preview{
		Shape: sender.ShapeBubble, From: "Coo", Title: n.Title, Blocks: []sender.Block{{Kind: sender.BlockText, Text: n.Text}},
	}, nil
}
