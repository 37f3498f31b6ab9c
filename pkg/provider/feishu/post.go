package feishu

import (
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
)

// postContent is rich text by language, without the outer "post" that only the custom robot wants.
// https://open.feishu.cn/document/server-docs/im-v1/message-content-description/create_json
type postContent map[string]postBody

type postBody struct {
	Title   string       `json:"title"`
	Content [][]postSpan `json:"content"`
}

// postSpan is a run of text: its text is shown as it is, tags in it mean nothing.
type postSpan struct {
	Tag    string   `json:"tag"`
	Text   string   `json:"text,omitempty"`
	Href   string   `json:"href,omitempty"`
	UserID string   `json:"user_id,omitempty"`
	Style  []string `json:"style,omitempty"`
}

func postText(s string) postSpan { return postSpan{Tag: "text", Text: s} }

func postBold(s string) postSpan { return postSpan{Tag: "text", Text: s, Style: []string{"bold"}} }

func buildPost(m message.Message, mentions []mention) postContent {
	status, severity := standing(m)
	p := postBody{Title: dot(status, severity) + " " + oneLine(m.Title)}
	p.line(tidy(m.Summary))
	for _, f := range m.Fields {
		p.add(postBold(oneLine(f.Label)+colon(m.Language)), postText(tidy(f.Value)))
	}
	for _, it := range m.Items {
		p.item(it, m)
	}
	p.line(tidy(m.LeftOut()))
	p.add(mentionSpans(mentions)...)
	p.add(linkSpans(m.Links)...)
	p.line(smallPrint(m))
	if len(p.Content) == 0 {
		p.line(oneLine(m.Title))
	}
	key := "zh_cn"
	if m.Language == lang.English {
		key = "en_us"
	}
	return postContent{key: p}
}

func (p *postBody) add(spans ...postSpan) {
	if len(spans) > 0 {
		p.Content = append(p.Content, spans)
	}
}

func (p *postBody) line(s string) {
	if s != "" {
		p.add(postText(s))
	}
}

func (p *postBody) item(it message.Item, m message.Message) {
	head := []postSpan{postText(dot(it.Status, it.Severity) + " "), postBold(oneLine(it.Title))}
	if m.Kind == message.DigestKind {
		for _, s := range []string{it.Text, it.When} {
			if s = oneLine(s); s != "" {
				head = append(head, postText(" · "+s))
			}
		}
		if links := linkSpans(it.Links); len(links) > 0 {
			head = append(append(head, postText(" · ")), links...)
		}
		p.add(head...)
		return
	}
	p.add(head...)
	p.line(oneLine(it.When))
	p.line(tidy(it.Text))
	for _, f := range it.Fields {
		p.line(oneLine(f.Label) + colon(m.Language) + oneLine(f.Value))
	}
	p.add(linkSpans(it.Links)...)
}

func linkSpans(links []message.Link) []postSpan {
	var out []postSpan
	for _, l := range links {
		if len(out) > 0 {
			out = append(out, postText(" · "))
		}
		if address, ok := webAddress(l.URL); ok {
			out = append(out, postSpan{Tag: "a", Text: oneLine(l.Title), Href: address})
		} else {
			out = append(out, postText(oneLine(l.Title+" "+l.URL)))
		}
	}
	return out
}

func mentionSpans(all []mention) []postSpan {
	var out []postSpan
	for _, m := range all {
		out = append(out, postSpan{Tag: "at", UserID: m.id}, postText(" "))
	}
	return out
}
