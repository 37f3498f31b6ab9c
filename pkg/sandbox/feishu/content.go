package feishu

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// parsed is what the play understood of a message's content.
type parsed struct {
	mentions []stage.Mention
	// shared and schema are those of a card.
	shared bool
	schema string
}

// read checks a message's content as Feishu would; refusal is nil if it may be sent.
func (p *play) read(s session, form, content string, where place) (out parsed, refusal *stage.Answer) {
	no := func(a stage.Answer) (parsed, *stage.Answer) { return parsed{}, &a }
	switch form {
	case "":
		return no(field("msg_type", "msg_type is required"))
	case "text", "post", "interactive":
	default:
		return no(parameter("invalid msg_type; the sandbox plays text, post and interactive"))
	}
	if content == "" {
		return no(field("content", "content is required"))
	}
	limit := maxRich
	if form == "text" {
		limit = maxText
	}
	if len(s.Body) > limit {
		return no(refuse(codeTooLong, ""))
	}
	var ids []mention
	var err error
	switch form {
	case "text":
		ids, err = readText(content)
	case "post":
		ids, err = readPost(content)
	default:
		c, cardErr := readCard(content)
		if cardErr != nil {
			return no(refuse(codeCard, "Failed to create card content, ext="+cardErr.Error()))
		}
		ids, out.shared, out.schema = c.mentions, c.shared, c.schema
	}
	if err != nil {
		return no(parameter(err.Error()))
	}
	for _, m := range ids {
		out.mentions = append(out.mentions, p.judge(s.app, m, where))
	}
	return out, nil
}

// mention is a mention as written.
type mention struct{ idType, id string }

// judge decides who a mention really notifies: people of this conversation, named by an id that
// this app may use.
func (p *play) judge(app stage.App, m mention, where place) stage.Mention {
	out := stage.Mention{ID: m.id}
	if m.id == "all" {
		out.Name, out.Notified = "所有人", where.person == nil
		if !out.Notified {
			out.Why = "there is no all in a private chat"
		}
		return out
	}
	idType := m.idType
	if idType == "" {
		idType = kindOf(m.id)
	}
	u, code := p.person(app, idType, m.id)
	switch {
	case code == codeOpenIDOfOther:
		out.Why = "the open_id belongs to another app"
	case code != 0:
		out.Why = "nobody has this id"
	case !where.holds(u):
		out.Name, out.Why = u.Name, "not in this chat"
	default:
		out.Name, out.Notified = u.Name, true
	}
	return out
}

// kindOf tells the kinds of id apart by their prefix.
func kindOf(id string) string {
	switch {
	case strings.HasPrefix(id, "ou_"):
		return byOpenID
	case strings.HasPrefix(id, "on_"):
		return byUnionID
	default:
		return byUserID
	}
}

type contentError string

func (e contentError) Error() string { return string(e) }

// textMention is a mention in a text message: quotes are required.
var textMention = regexp.MustCompile(`<at\s+user_id="([^"<>]+)"\s*>[^<]*</at>`)

func readText(content string) ([]mention, error) {
	var in struct {
		Text *string `json:"text"`
	}
	if err := json.Unmarshal([]byte(content), &in); err != nil || in.Text == nil {
		return nil, contentError("content is not in the format of msg_type text")
	}
	if strings.TrimSpace(*in.Text) == "" {
		return nil, contentError("text is empty")
	}
	return findText(*in.Text), nil
}

func findText(s string) []mention {
	if !strings.Contains(s, "<at") {
		return nil
	}
	var ids []mention
	for _, m := range textMention.FindAllStringSubmatch(s, -1) {
		ids = append(ids, mention{id: m[1]})
	}
	return ids
}

// postTags are the elements of a rich text message.
func postTags() []string {
	return []string{"text", "a", "at", "img", "media", "emotion", "hr", "code_block", "md"}
}

type postElement struct {
	Tag    string `json:"tag"`
	Text   string `json:"text"`
	Href   string `json:"href"`
	UserID string `json:"user_id"`
}

func readPost(content string) ([]mention, error) {
	var outer map[string]json.RawMessage
	if err := json.Unmarshal([]byte(content), &outer); err != nil {
		return nil, contentError("content is not in the format of msg_type post")
	}
	if _, ok := outer["post"]; ok {
		return nil, contentError("content has an outer post key, which only custom robots take")
	}
	var ids []mention
	languages := 0
	for name, raw := range outer {
		if !slices.Contains([]string{"zh_cn", "en_us", "ja_jp"}, name) {
			return nil, contentError("content has the unknown language " + name)
		}
		languages++
		found, err := readPostLanguage(raw)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 || name == "zh_cn" {
			ids = found
		}
	}
	if languages == 0 {
		return nil, contentError("content has no language")
	}
	return ids, nil
}

func readPostLanguage(raw json.RawMessage) ([]mention, error) {
	var in struct {
		Title   string          `json:"title"`
		Content [][]postElement `json:"content"`
	}
	if err := json.Unmarshal(raw, &in); err != nil || in.Content == nil {
		return nil, contentError("content is not in the format of msg_type post")
	}
	var ids []mention
	for _, line := range in.Content {
		for _, e := range line {
			switch {
			case !slices.Contains(postTags(), e.Tag):
				return nil, contentError("unknown tag " + e.Tag)
			case e.Tag == "at" && e.UserID == "":
				return nil, contentError("at without user_id")
			case e.Tag == "a" && e.Href == "":
				return nil, contentError("a without href")
			case e.Tag == "at":
				ids = append(ids, mention{id: e.UserID})
			case e.Tag == "md":
				ids = append(ids, findText(e.Text)...)
			}
		}
	}
	return ids, nil
}
