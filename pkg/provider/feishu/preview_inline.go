package feishu

import (
	"html"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// markdown reads the inline markup that a card shows: bold, colour, links and mentions.
func (d *drawing) markdown(s string) sender.Block {
	r := inline{drawing: d, markdown: true}
	r.read(s)
	return sender.Block{Kind: sender.BlockText, Spans: r.spans}
}

// text reads a line of a text message, where only links and mentions mean something.
func (d *drawing) text(s string) []sender.Span {
	r := inline{drawing: d}
	r.read(s)
	return r.spans
}

// inline turns markup into spans.
type inline struct {
	*drawing

	markdown bool
	spans    []sender.Span
	bold     bool
	color    string
	run      strings.Builder
}

func (r *inline) read(s string) {
	for s != "" {
		rest, ok := r.token(s)
		if !ok {
			r.run.WriteByte(s[0])
			rest = s[1:]
		}
		s = rest
	}
	r.flush()
}

// token reads one piece of markup at the start of s and gives what follows it.
func (r *inline) token(s string) (string, bool) {
	switch {
	case strings.HasPrefix(s, "<at "):
		return r.at(s)
	case strings.HasPrefix(s, "["):
		return r.link(s)
	case !r.markdown:
		return "", false
	case strings.HasPrefix(s, "**") && (r.bold || strings.Contains(s[2:], "**")):
		r.flush()
		r.bold = !r.bold
		return s[2:], true
	case strings.HasPrefix(s, "<font "):
		head, rest, ok := strings.Cut(s, ">")
		if !ok {
			return "", false
		}
		r.flush()
		r.color = attribute(head, "color")
		return rest, true
	case strings.HasPrefix(s, "</font>"):
		r.flush()
		r.color = ""
		return s[len("</font>"):], true
	}
	return "", false
}

// at reads <at id=x></at>, <at ids=x,y></at>, <at email=x></at> and <at user_id="x">name</at>.
func (r *inline) at(s string) (string, bool) {
	head, rest, ok := strings.Cut(s, ">")
	if !ok {
		return "", false
	}
	name := ""
	if inner, after, closed := strings.Cut(rest, "</at>"); closed && !strings.Contains(inner, "<") {
		name, rest = inner, after
	}
	r.flush()
	for _, key := range []string{"id", "ids", "email", "user_id"} {
		for who := range strings.SplitSeq(attribute(head, key), ",") {
			if who = strings.TrimSpace(who); who == "" {
				continue
			}
			shown := "@" + who
			if name != "" {
				shown = "@" + name
			}
			r.mentioned(who)
			r.spans = append(r.spans, sender.Span{Text: shown, Mention: who, Bold: r.bold})
		}
	}
	return rest, true
}

func (r *inline) link(s string) (string, bool) {
	title, rest, ok := strings.Cut(s[1:], "](")
	if !ok || strings.ContainsAny(title, "[]\n") {
		return "", false
	}
	address, rest, ok := strings.Cut(rest, ")")
	if !ok || strings.ContainsAny(address, " \n") {
		return "", false
	}
	r.flush()
	r.spans = append(r.spans, sender.Span{Text: r.decode(title), URL: address, Bold: r.bold})
	return rest, true
}

// flush ends a run of plain text.
func (r *inline) flush() {
	if r.run.Len() > 0 {
		r.spans = append(r.spans, sender.Span{Text: r.decode(r.run.String()), Bold: r.bold, Color: r.color})
		r.run.Reset()
	}
}

// decode reads character references, which only markdown has.
func (r *inline) decode(s string) string {
	if r.markdown {
		return html.UnescapeString(s)
	}
	return s
}

// attribute finds name=value, name='value' or name="value" in a tag's head.
func attribute(head, name string) string {
	_, value, ok := strings.Cut(head, " "+name+"=")
	if !ok {
		return ""
	}
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		inner, _, _ := strings.Cut(value[1:], value[:1])
		return inner
	}
	value, _, _ = strings.Cut(value, " ")
	return strings.TrimSuffix(value, "/")
}
