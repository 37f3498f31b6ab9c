package dingtalk

import (
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
)

// draw writes everything but the links that are buttons. Foreign text mentions none of ids.
func draw(m message.Message, markdown bool, ids []string, buttons int) string {
	dialect := markdownDialect(ids)
	if !markdown {
		dialect = plainDialect(m.Language, ids)
	}
	return markup.Draw(m, dialect, buttons)
}

func markdownDialect(ids []string) markup.Dialect {
	return markup.Dialect{
		Inline:  func(s string) string { return escapeMarkdown(breakMentions(s, ids)) },
		Line:    func(s string) string { return escapeLine(breakMentions(s, ids)) },
		Address: func(s string) string { return linkURL(s, ids) },
		Link: func(title, address string) string {
			if title == "" {
				title = escapeMarkdown(breakMentions(address, ids))
			}
			return "[" + linkTitle(title) + "](" + address + ")"
		},
		Heading: "### ", Quote: "> ", Bold: "**", Break: "  \n", Gap: "\n\n", LinkGap: " | ",
	}
}

func plainDialect(language lang.Language, ids []string) markup.Dialect {
	colon := markup.Colon(language)
	plain := func(s string) string { return breakMentions(s, ids) }
	return markup.Dialect{
		Inline: plain, Line: plain,
		Address: func(s string) string { return linkURL(s, ids) },
		Link:    func(title, address string) string { return strings.TrimPrefix(title+colon+address, colon) },
		Break:   "\n", Gap: "\n", LinkGap: "\n",
	}
}
