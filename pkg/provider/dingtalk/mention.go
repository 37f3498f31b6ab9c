package dingtalk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	// maxMentions is how many people one message may mention.
	maxMentions = 50
	// allText is what people read where everybody is mentioned.
	allText = "@所有人"
)

// mentions are whom a message notifies.
type mentions struct {
	Mobiles []string `json:"atMobiles,omitempty"`
	Users   []string `json:"atUserIds,omitempty"`
	All     bool     `json:"isAtAll,omitempty"`
}

func (m mentions) empty() bool { return !m.All && len(m.Mobiles) == 0 && len(m.Users) == 0 }

// ids are what an @ in foreign text must not stand before.
func (m mentions) ids() []string {
	return append(slices.Concat(m.Mobiles, m.Users), "all", "所有人")
}

// text is what has to be in the message, since the list alone notifies nobody.
func (m mentions) text() string {
	var words []string
	if m.All {
		words = append(words, allText)
	}
	for _, id := range slices.Concat(m.Mobiles, m.Users) {
		words = append(words, "@"+id)
	}
	return strings.Join(words, " ")
}

// resolveMentions finds what DingTalk knows people by. Each that it cannot is in a note.
func resolveMentions(targets []sender.Target) (mentions, []lang.Text) {
	var m mentions
	var notes []lang.Text
	for _, t := range targets {
		if t.Kind == sender.TargetAll {
			m.All = true
			continue
		}
		mobile, user := identify(t)
		switch {
		case mobile == "" && user == "":
			notes = append(notes, lang.Text{
				ZH: "没有 @ " + name(t) + "：既没有钉钉用户 ID，也没有可用的手机号。",
				EN: name(t) + " is not mentioned: neither a DingTalk user id nor a usable mobile number is known.",
			})
		case slices.Contains(m.Users, user) || slices.Contains(m.Mobiles, mobile):
		case len(m.Users)+len(m.Mobiles) >= maxMentions:
			notes = append(notes, lang.Text{
				ZH: fmt.Sprintf("没有 @ %s：一条消息最多 @ %d 人。", name(t), maxMentions),
				EN: fmt.Sprintf("%s is not mentioned: one message mentions at most %d people.", name(t), maxMentions),
			})
		case user != "":
			m.Users = append(m.Users, user)
		default:
			m.Mobiles = append(m.Mobiles, mobile)
		}
	}
	return m, notes
}

func identify(t sender.Target) (mobile, user string) {
	switch t.Kind {
	case sender.TargetUser:
		return "", userID(t.Value)
	case sender.TargetPhone:
		return sender.Mobile(t.Value), ""
	case sender.TargetPerson:
		if t.Person == nil {
			return "", ""
		}
		if id := userID(t.Person.IDs[personID]); id != "" {
			return "", id
		}
		return sender.Mobile(t.Person.Mobile), ""
	default:
		return "", ""
	}
}

func userID(s string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '@' }) {
		return ""
	}
	return s
}

func name(t sender.Target) string {
	if t.Person != nil {
		return t.Person.Label()
	}
	return t.String()
}
