package sms

import (
	"regexp"
	"strings"
	"unicode"
)

// What services refuse in a variable: addresses of pages, which they find by the ending of a name.
// https://help.aliyun.com/document_detail/2806243.html, https://cloud.tencent.com/document/product/382/39023
var (
	address = regexp.MustCompile(`(?i)(?:(?:[a-z][a-z0-9+.-]*)?://|www\.)\S*`)
	domain  = regexp.MustCompile(`(?i)([a-z0-9_-]+)(?:\.[a-z0-9_-]+)*\.(?:com|cn|net|org|io|dev|app|top|cc|me|info|biz|xyz|tv|co|gov|edu|local|internal)\b(?:[:/?#][^\s，。；]*)?`)
)

// Clean makes words fit for a variable: one line of at most limit characters without pages, brackets, emoji or
// symbols. Of a host's full name the host stays.
func Clean(s string, limit int) string {
	s = plain(s)
	for {
		// What is taken out, or cut off, can leave something that reads as an address: "a.community" ends as "a.com".
		cut := Cut(oneLine(domain.ReplaceAllString(address.ReplaceAllString(s, ""), "$1")), limit)
		if cut == s {
			return cut
		}
		s = cut
	}
}

// plain leaves out what a variable may not hold, a blank for what separates words.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), strings.ContainsRune("【】[]{}<>《》「」『』$", r):
			return ' '
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" ,.:;!?-_/%()+=#@&*'\"，。：；！？、（）~", r):
			return r
		}
		return -1
	}, s)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Cut shortens s to limit characters, the last of them an ellipsis of one dot if something is missing.
func Cut(s string, limit int) string {
	runes := []rune(s)
	switch {
	case len(runes) <= limit:
		return s
	case limit <= 0:
		return ""
	case limit == 1:
		return string(runes[:1])
	}
	return strings.TrimRight(string(runes[:limit-1]), " ") + "."
}

// How long one SMS is, in characters; a longer text is paid for by the parts that it is sent in.
// https://help.aliyun.com/document_detail/108085.html, https://cloud.tencent.com/document/product/382/18058
const (
	single = 70
	part   = 67
)

// Segments is how many SMS are paid for, the signature and its brackets included.
func Segments(sign, text string) int {
	n := len([]rune(text))
	if sign != "" {
		n += len([]rune(sign)) + 2
	}
	if n <= single {
		return 1
	}
	return (n + part - 1) / part
}

// Text is a template with its variables filled in; variables are written as open, the name, and shut.
func Text(template, open, shut string, names, values []string) string {
	var pairs []string
	for i, name := range names {
		pairs = append(pairs, open+name+shut, values[i])
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// Names are the plan's names in order.
func (p Plan) Names() []string {
	names := make([]string, 0, len(p))
	for _, v := range p {
		names = append(names, v.Name)
	}
	return names
}
