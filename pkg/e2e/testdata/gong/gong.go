// Package gong is a type that exists in a test only: it rings a gong in a hall.
package gong

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Manifests describes the one type.
func Manifests() []sender.Manifest {
	return []sender.Manifest{{
		Type: "hall_gong", Provider: "gong", Title: lang.Text{ZH: "大厅的锣", EN: "Gong of the hall"}, Summary: lang.Text{ZH: "敲响大厅的锣。", EN: "Rings the gong of the hall."},
		Fields: []sender.Field{
			{Name: "mallet", Kind: sender.FieldString, Required: true, Secret: true, Label: lang.Text{ZH: "槌", EN: "Mallet"}, Help: lang.Text{ZH: "敲锣用。", EN: "To ring it with."}},
			{Name: "hall", Kind: sender.FieldString, Default: "east", Enum: []string{"east", "west"}, Label: lang.Text{ZH: "哪个厅", EN: "Which hall"}, Help: lang.Text{ZH: "东厅或西厅。", EN: "East or west."}},
		},
		Targets: []sender.TargetKind{sender.TargetTag}, BaseURL: "https://gong.example", Repeat: sender.Repeat{Kind: sender.Repeatable},
		Errors: []sender.CodeMeaning{{
			Code: "cracked", Class: sender.Never, Reason: sender.ReasonConfig,
			Title: lang.Text{ZH: "锣裂了", EN: "the gong is cracked"}, Hint: lang.Text{ZH: "换一面锣。", EN: "Hang up another gong."},
		}},
		Docs: "https://gong.example/docs",
		New: func(s sender.Settings, d sender.Deps) (sender.Sender, error) {
			client, err := outbound.New(outbound.Options{Settings: s, Transport: d.Transport, Logger: d.Logger})
			return gong{client}, err
		},
		Preview: func(raw json.RawMessage) (sender.Preview, error) {
			var words string
			err := json.Unmarshal(raw, &words)
			return sender.Preview{Shape: sender.ShapeBubble, Blocks: []sender.Block{{Kind: sender.BlockText, Text: words}}}, err
		},
	}}
}

type gong struct{ client *outbound.Client }

// Render says the title with a gong before it.
func (gong) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	raw, err := json.Marshal("🔔 " + d.Message.Title)
	if err != nil {
		return sender.Rendered{}, fmt.Errorf("write the words: %w", err)
	}
	return sender.Rendered{Parts: []json.RawMessage{raw}}, nil
}

// Send rings.
func (g gong) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	r, err := g.client.Do(ctx, outbound.Request{Method: http.MethodPost, Path: "/ring/" + n.Target.Value, Body: n.Content})
	if err != nil {
		return sender.Receipt{}, err
	}
	if r.Status != http.StatusOK {
		return sender.Receipt{}, errors.New("the gong is silent")
	}
	return sender.Receipt{MessageID: "rung"}, nil
}
