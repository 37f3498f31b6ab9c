package email

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// longestTalk bounds a whole conversation, whose every wait is bounded by the account's timeout.
const longestTalk = 90 * time.Second

// receipt is Receipt.Data.
type receipt struct {
	Version int `json:"v"`
	// ID is the mail's Message-ID, without brackets.
	ID string `json:"id"`
	// Said is what the server answered, often with its queue's number, to search its log by.
	Said string `json:"said,omitempty"`
}

func readReceipt(r sender.Receipt) (receipt, error) {
	var own receipt
	if err := json.Unmarshal(r.Data, &own); err != nil || own.Version != 1 || !plainID(own.ID) {
		return own, errors.New("the receipt is none of this type's")
	}
	return own, nil
}

// Send implements sender.Sender: one mail to one address.
func (m *mailer) Send(ctx context.Context, n sender.Notification) (sender.Receipt, error) {
	o := m.deliver(ctx, []sender.Notification{n}, "")[0]
	return o.Receipt, o.Err
}

// SendBatch sends one mail to all, each of whom sees the others. Its Message-ID comes from the smallest key of those whom
// the server takes, so after an unknown outcome a repeat to the same people has the same one; when they are repeated one
// by one, only that of the smallest key.
func (m *mailer) SendBatch(ctx context.Context, list []sender.Notification) []sender.Outcome {
	return m.deliver(ctx, list, "")
}

// Reply sends a mail that mail programs show below the one of the receipt.
func (m *mailer) Reply(ctx context.Context, r sender.Receipt, n sender.Notification) (sender.Receipt, error) {
	own, err := readReceipt(r)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, fmt.Errorf("%w: %w", sender.ErrCannotReply, err))
	}
	o := m.deliver(ctx, []sender.Notification{n}, own.ID)[0]
	return o.Receipt, o.Err
}

// deliver makes one mail of notifications with the same content. Those that the server refuses do not keep the others
// from getting it.
func (m *mailer) deliver(ctx context.Context, list []sender.Notification, answers string) []sender.Outcome {
	out := make([]sender.Outcome, len(list))
	p, err := parsePart(list[0].Content)
	if err != nil {
		return all(out, sender.Permanent(sender.ReasonMessage, err))
	}
	var to []mail.Address
	var wire []string
	var places []int
	for i, n := range list {
		a, err := receiver(n.Target)
		if err != nil {
			out[i].Err = err
			continue
		}
		to, wire, places = append(to, a), append(wire, a.Address), append(places, i)
	}
	if len(to) == 0 {
		return out
	}
	l := letter{part: p, from: m.from, answers: answers}
	ctx, cancel := context.WithTimeout(ctx, longestTalk)
	defer cancel()
	s, err := m.take(ctx)
	if err != nil {
		return some(out, places, err)
	}
	defer m.keep(ctx, s)
	refused, err := s.address(ctx, wire)
	if err != nil {
		return some(out, places, err)
	}
	var accepted []int
	for k, place := range places {
		if refused[k] != nil {
			out[place].Err = refused[k]
			continue
		}
		l.to = append(l.to, to[k])
		if l.key == "" || list[place].Key < l.key {
			l.key = list[place].Key
		}
		accepted = append(accepted, place)
	}
	if len(accepted) == 0 {
		return out
	}
	raw, err := l.compose()
	if err != nil {
		return some(out, accepted, sender.Permanent(sender.ReasonMessage, err))
	}
	said, err := s.send(ctx, raw)
	if err != nil {
		return some(out, accepted, err)
	}
	// Strings always marshal.
	data, _ := json.Marshal(receipt{Version: 1, ID: l.id(), Said: outbound.Plain(said)})
	for _, place := range accepted {
		out[place].Receipt = sender.Receipt{Data: data, MessageID: l.id()}
	}
	return out
}

func all(out []sender.Outcome, err error) []sender.Outcome {
	for i := range out {
		out[i].Err = err
	}
	return out
}

func some(out []sender.Outcome, places []int, err error) []sender.Outcome {
	for _, i := range places {
		out[i].Err = err
	}
	return out
}
