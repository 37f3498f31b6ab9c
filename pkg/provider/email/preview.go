package email

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// preview draws a mail as a mail program does: its HTML, else its text.
func preview(raw json.RawMessage) (sender.Preview, error) {
	p, err := parsePart(raw)
	if err != nil {
		return sender.Preview{}, err
	}
	out := sender.Preview{Shape: sender.ShapeMail, From: p.From, Title: p.Subject}
	if p.HTML == "" {
		for l := range strings.Lines(p.Text) {
			if l = strings.TrimRight(l, "\r\n"); l != "" {
				out.Blocks = append(out.Blocks, sender.Block{Kind: sender.BlockText, Text: l})
			}
		}
		return out, nil
	}
	doc, err := html.Parse(strings.NewReader(p.HTML))
	if err != nil {
		return sender.Preview{}, fmt.Errorf("read the mail's HTML: %w", err)
	}
	r := reader{}
	r.walk(doc)
	if out.Blocks, out.Color = r.blocks, r.color; len(out.Blocks) == 0 {
		return sender.Preview{}, errors.New("the mail's HTML shows nothing")
	}
	return out, nil
}

// reader makes blocks of a page. It takes every element for what it means to a mail program, whoever wrote it.
type reader struct {
	blocks []sender.Block
	color  string
}

func (r *reader) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		switch n.DataAtom {
		case atom.Head, atom.Script, atom.Style, atom.Title:
			return
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			r.text(sender.Block{Kind: sender.BlockHeading, Level: int(n.Data[1] - '0')}, n)
			return
		case atom.P, atom.Pre:
			kind := sender.BlockText
			if small := n.FirstChild; small != nil && small.DataAtom == atom.Small {
				kind = sender.BlockNote
			}
			r.text(sender.Block{Kind: kind}, n)
			return
		case atom.Blockquote:
			r.text(sender.Block{Kind: sender.BlockQuote}, n)
			return
		case atom.Li:
			r.item(n)
			return
		case atom.Hr:
			r.blocks = append(r.blocks, sender.Block{Kind: sender.BlockDivider})
			return
		case atom.Tr:
			if r.pair(n) {
				return
			}
		case atom.Td:
			if r.color == "" {
				r.color = colorName(attribute(n, "bgcolor"))
			}
		default:
		}
	}
	if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
		r.text(sender.Block{Kind: sender.BlockText}, n)
		return
	}
	for c := range n.ChildNodes() {
		r.walk(c)
	}
}

// text adds a block with the inline content of n.
func (r *reader) text(b sender.Block, n *html.Node) {
	if b.Spans = inline(n); len(b.Spans) > 0 {
		r.blocks = append(r.blocks, b)
	}
}

// item joins the items of one list.
func (r *reader) item(n *html.Node) {
	spans := inline(n)
	if len(spans) == 0 {
		return
	}
	one := sender.Block{Kind: sender.BlockText, Spans: spans}
	if i := len(r.blocks) - 1; i >= 0 && r.blocks[i].Kind == sender.BlockList {
		r.blocks[i].Fields = append(r.blocks[i].Fields, one)
		return
	}
	r.blocks = append(r.blocks, sender.Block{Kind: sender.BlockList, Fields: []sender.Block{one}})
}

// pair takes a row with a head and a cell for a name and its value.
func (r *reader) pair(row *html.Node) bool {
	var head, cell *html.Node
	for c := range row.ChildNodes() {
		switch c.DataAtom {
		case atom.Th:
			head = c
		case atom.Td:
			cell = c
		default:
		}
	}
	if head == nil || cell == nil {
		return false
	}
	two := []sender.Block{{Kind: sender.BlockText, Spans: inline(head)}, {Kind: sender.BlockText, Spans: inline(cell)}}
	if i := len(r.blocks) - 1; i >= 0 && r.blocks[i].Kind == sender.BlockFields {
		r.blocks[i].Fields = append(r.blocks[i].Fields, two...)
		return true
	}
	r.blocks = append(r.blocks, sender.Block{Kind: sender.BlockFields, Fields: two})
	return true
}

// inline is the text in n, with its bold words and links.
func inline(n *html.Node) []sender.Span {
	var out []sender.Span
	var visit func(n *html.Node, s sender.Span)
	visit = func(n *html.Node, s sender.Span) {
		switch {
		case n.Type == html.TextNode:
			if s.Text = squeeze(n.Data); s.Text != "" {
				out = append(out, s)
			}
			return
		case n.DataAtom == atom.B, n.DataAtom == atom.Strong:
			s.Bold = true
		case n.DataAtom == atom.A:
			s.URL = attribute(n, "href")
		case n.DataAtom == atom.Br:
			out = append(out, sender.Span{Text: "\n"})
		}
		for c := range n.ChildNodes() {
			visit(c, s)
		}
	}
	visit(n, sender.Span{})
	if len(out) == 1 && strings.TrimSpace(out[0].Text) == "" {
		return nil
	}
	return out
}

// squeeze makes one blank of each run of blanks, as a browser does.
func squeeze(s string) string {
	fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) })
	out := strings.Join(fields, " ")
	switch {
	case out == "" && s != "":
		return " "
	case out == "":
		return ""
	}
	if strings.ContainsRune(" \t\r\n", rune(s[0])) {
		out = " " + out
	}
	if strings.ContainsRune(" \t\r\n", rune(s[len(s)-1])) {
		out += " "
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// colorName is the name of a colour that mails here are painted in, empty for another.
func colorName(hex string) string {
	for _, severity := range alert.Severities() {
		if s := shades(alert.Firing, severity); s.Color == hex {
			return s.Name
		}
	}
	if s := shades(alert.Resolved, alert.None); s.Color == hex {
		return s.Name
	}
	return ""
}
