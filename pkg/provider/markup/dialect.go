package markup

import (
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// Markdown is the subset that chat tools share. Foreign text mentions none of ids.
func Markdown(ids []string) Dialect {
	return Dialect{
		Inline:  func(s string) string { return EscapeMarkdown(BreakMentions(s, ids)) },
		Line:    func(s string) string { return EscapeLine(BreakMentions(s, ids)) },
		Address: func(s string) string { return LinkURL(s, ids) },
		Link: func(title, address string) string {
			if title == "" {
				title = EscapeMarkdown(BreakMentions(address, ids))
			}
			return "[" + LinkTitle(title) + "](" + address + ")"
		},
		Heading: "### ", Quote: "> ", Bold: "**", Break: "  \n", Gap: "\n\n", LinkGap: " | ",
	}
}

// Plain is text without any markup. Foreign text mentions none of ids.
func Plain(language lang.Language, ids []string) Dialect {
	colon := Colon(language)
	plain := func(s string) string { return BreakMentions(s, ids) }
	return Dialect{
		Inline: plain, Line: plain,
		Address: func(s string) string { return LinkURL(s, ids) },
		Link:    func(title, address string) string { return strings.TrimPrefix(title+colon+address, colon) },
		Open:    true,
		Break:   "\n", Gap: "\n", LinkGap: "\n",
	}
}
