package feishu

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// urgeSize is how many people one request may urge.
const urgeSize = 200

// Urge implements sender.Urger: it makes people look at a message of this bot, in a chat that they are
// in. One who cannot be urged does not keep the others from it. The error is nil if anybody was urged;
// else the receipt names those who were refused all the same.
// https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/urgent_app
func (a *app) Urge(ctx context.Context, r sender.Receipt, u sender.Urge) (sender.Receipt, error) {
	to, err := decodeReceipt(r.Data)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonMessage, err)
	}
	endpoint, err := urgeEndpoint(u.Mode)
	if err != nil {
		return sender.Receipt{}, sender.Permanent(sender.ReasonConfig, err)
	}
	round := &urging{api: a.api, path: to.path() + endpoint, targets: map[identity]sender.Target{}}
	out := sender.Receipt{Data: r.Data, MessageID: to.MessageID}
	people, err := a.urged(ctx, u.Targets, round)
	if err != nil {
		return out, err
	}
	for _, kind := range []idKind{openID, unionID, userID} {
		for chunk := range slices.Chunk(people[kind], urgeSize) {
			round.try(ctx, kind, chunk)
		}
	}
	out.Refused = round.refused
	if round.reached > 0 {
		return out, nil
	}
	if round.failure == nil {
		round.failure = recipientFailure(errors.New("nobody can be urged"), text(
			"没有可加急的人：在 to 或 mention 中写上 person、user、email 或 phone。",
			"There is nobody to urge: name a person, user, email or phone in to or mention."))
	}
	return out, round.failure
}

func urgeEndpoint(mode sender.UrgeMode) (string, error) {
	switch mode {
	case sender.UrgeApp:
		return "/urgent_app", nil
	case sender.UrgeSMS:
		return "/urgent_sms", nil
	case sender.UrgePhone:
		return "/urgent_phone", nil
	}
	return "", errors.New("urgent is app, sms or phone")
}

// urged identifies the people, by kind of id and each once. It fails only while lookups may succeed
// later and nobody is known.
func (a *app) urged(ctx context.Context, targets []sender.Target, round *urging) (map[idKind][]string, error) {
	people := map[idKind][]string{}
	var later *sender.Failure
	for _, r := range a.identify(ctx, targets) {
		if f := sender.AsFailure(r.err); f != nil {
			round.refuse(r.target, f)
			if f.Class != sender.Never {
				later = f
			}
			continue
		}
		if _, seen := round.targets[r.id]; !seen {
			round.targets[r.id] = r.target
			people[r.id.kind] = append(people[r.id.kind], r.id.value)
		}
	}
	if len(people) == 0 && later != nil {
		return nil, later
	}
	return people, nil
}

// urging is one call of Urge on its way.
type urging struct {
	api     *api
	path    string
	targets map[identity]sender.Target
	reached int
	refused []sender.Refusal
	// failure is the last refusal of a request.
	failure *sender.Failure
}

func (r *urging) refuse(t sender.Target, f *sender.Failure) {
	words := f.Text
	if words == "" && f.Err != nil {
		words = f.Err.Error()
	}
	r.refused = append(r.refused, sender.Refusal{Target: t, Reason: f.Reason, Code: f.Code, Text: words, Hint: f.Hint})
}

// try urges people of one kind of id. The provider lists the ids that it leaves out, or refuses the
// whole list because of one: then each is tried alone, since such a refusal has urged nobody.
func (r *urging) try(ctx context.Context, kind idKind, ids []string) {
	var got struct {
		Data struct {
			Invalid []string `json:"invalid_user_id_list"`
		} `json:"data"`
	}
	query := url.Values{"user_id_type": {string(kind)}}
	body := map[string][]string{"user_id_list": ids}
	err := r.api.call(ctx, patch(r.path, query, body), &got)
	if err == nil {
		for _, id := range ids {
			if !slices.Contains(got.Data.Invalid, id) {
				r.reached++
				continue
			}
			f := outsideChat()
			r.failure = f
			r.refuse(r.targets[identity{kind: kind, value: id}], f)
		}
		return
	}
	f := sender.AsFailure(err)
	if len(ids) > 1 && aboutOne(f) {
		half := len(ids) / 2
		r.try(ctx, kind, ids[:half])
		r.try(ctx, kind, ids[half:])
		return
	}
	r.failure = f
	for _, id := range ids {
		r.refuse(r.targets[identity{kind: kind, value: id}], f)
	}
}

// aboutOne tells whether the refusal may be due to one of several people.
func aboutOne(f *sender.Failure) bool {
	switch f.Code {
	case codeParameter:
		return f.Reason == sender.ReasonRecipient
	case codeUnavailable, codeUnread, codeResigned, codeStopped, codeUserID, codeOpenID, codeUnionID, codeOpenIDOfApp:
		return true
	}
	return false
}

func outsideChat() *sender.Failure {
	return &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonRecipient, Code: codeParameter, Text: "invalid_user_id_list",
		Hint: text("此人不在消息所在的会话中，不能加急：把此人加入群，或用 person: 单独发给此人再加急。",
			"The person is not in the message's chat and cannot be urged: add them to the chat, or send to person: and urge that."),
	}
}
