package feishu

import (
	"context"
	"errors"
	"sync"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// identified is what became of looking one person up.
type identified struct {
	target sender.Target
	id     identity
	err    error
}

// identify looks people up at once, so that they share a request.
func (a *app) identify(ctx context.Context, targets []sender.Target) []identified {
	out := make([]identified, len(targets))
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() {
			id, err := a.people.user(ctx, t)
			out[i] = identified{target: t, id: id, err: err}
		})
	}
	all.Wait()
	return out
}

// mention is somebody whom a message notifies; the id mentionAll is everybody in the chat.
type mention struct {
	id   string
	name string
}

const mentionAll = "all"

// mentions resolves whom a message notifies, in the given order and each once.
func (a *app) mentions(ctx context.Context, d sender.Draft) ([]mention, []lang.Text, error) {
	var out []mention
	var notes []lang.Text
	seen := map[string]bool{}
	for _, r := range a.identify(ctx, d.Mentions) {
		m := mention{id: r.id.value}
		if r.target.Person != nil {
			m.name = r.target.Person.Label()
		}
		if r.target.Kind == sender.TargetAll {
			m, r.err = mention{id: mentionAll}, everybody(d.Target)
		}
		if f := sender.AsFailure(r.err); f != nil {
			if f.Class != sender.Never && !a.people.patience.Out() {
				return nil, nil, f
			}
			notes = append(notes, sender.NotMentioned(r.target, f))
			continue
		}
		if !seen[m.id] {
			seen[m.id] = true
			out = append(out, m)
		}
	}
	return out, notes, nil
}

// everybody tells why all cannot be mentioned where a message goes.
func everybody(to sender.Target) error {
	if to.Kind == sender.TargetChat {
		return nil
	}
	return recipientFailure(errors.New("only a chat has everybody in it"), text(
		"只有群消息可以 @所有人", "Only in a chat can everybody be mentioned"))
}
