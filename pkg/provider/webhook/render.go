package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// maxParts bounds how many requests one message becomes. It is more than for people: a machine minds no number of them.
const maxParts = 20

// bulkyShare is the part of a body that one alert, and its group, as the source sent them may take.
const bulkyShare = 8

// maxTime is how long the template of one message may run, all the times that it is written to fit it.
const maxTime = 5 * time.Second

// writer writes a message as one body.
type writer func(m message.Message, mentions []message.Mention) (content, error)

// Render fills the template, or makes the fixed JSON where there is none. A template that fails is replaced by the fixed
// JSON, which says so in its notes. Only the first part has the mentions.
func (h *hook) Render(_ context.Context, d sender.Draft) (sender.Rendered, error) {
	m := d.Message
	var notes []lang.Text
	if h.body != nil {
		out, err := h.fit(m, d.Mentions, h.filled(time.Now().Add(maxTime)))
		if err == nil {
			return out, nil
		}
		why := outbound.Plain(err.Error())
		note := words("正文模板失败，已改发固定格式的 JSON："+why, "the body template failed and the fixed JSON is sent: "+why)
		notes = append(notes, note)
		m.Notes = append(append([]string{}, m.Notes...), note.In(m.Language))
	}
	without, err := bulky(m.Items, h.settings.MaxBytes/bulkyShare)
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	if len(without) > 0 {
		notes = append(notes, words("有的告警标签和注解太长，没有原样带上（trimmed）。", "Some alerts' labels and annotations are too long and were left out as such (trimmed)."))
	}
	out, err := h.fit(m, d.Mentions, fixed(without))
	if err != nil {
		return sender.Rendered{}, sender.Permanent(sender.ReasonMessage, err)
	}
	out.Notes = notes
	return out, nil
}

func (h *hook) fit(m message.Message, targets []sender.Target, write writer) (sender.Rendered, error) {
	mentions := mentionsOf(targets)
	pages, err := message.Fit(m, message.Limit{Max: h.settings.MaxBytes, Parts: maxParts}, func(m message.Message) (int, error) {
		c, err := write(m, mentions)
		if errors.Is(err, message.ErrTooLong) {
			return 2 * mostMaxBytes, nil
		}
		return len(c.bytes()), err
	})
	if err != nil {
		return sender.Rendered{}, err
	}
	var out sender.Rendered
	for _, page := range pages {
		c, err := write(page, mentions)
		if err != nil {
			return sender.Rendered{}, err
		}
		raw, err := outbound.JSON(c)
		if err != nil {
			return sender.Rendered{}, err
		}
		out.Parts, mentions = append(out.Parts, raw), nil
	}
	return out, nil
}

func fixed(without map[any]bool) writer {
	return func(m message.Message, mentions []message.Mention) (content, error) {
		raw, err := outbound.JSON(payloadOf(m, mentions, without))
		return content{Type: jsonType, JSON: raw}, err
	}
}

// filled writes by the template, and refuses what should be JSON and is not.
func (h *hook) filled(until time.Time) writer {
	return func(m message.Message, mentions []message.Mention) (content, error) {
		out, err := h.fill(m, mentions, until)
		if err != nil {
			return content{}, err
		}
		c := content{Type: h.settings.ContentType}
		if !h.json {
			c.Text = &out
			return c, nil
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(out)); err != nil {
			return content{}, fmt.Errorf("it does not write valid JSON: %w", err)
		}
		c.JSON = compact.Bytes()
		return c, nil
	}
}

func (h *hook) fill(m message.Message, mentions []message.Mention, until time.Time) (string, error) {
	return h.body.Write(message.BodyData{
		Message: m, Mentions: mentions, Plain: markup.Draw(m, markup.Plain(m.Language, nil), 0), Markdown: markup.Draw(m, markup.Markdown(nil), 0),
	}, until)
}
