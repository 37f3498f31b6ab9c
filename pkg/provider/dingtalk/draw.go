package dingtalk

import (
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
)

// draw writes everything but the links that are buttons. Foreign text mentions none of ids.
func draw(m message.Message, markdown bool, ids []string, buttons int) string {
	dialect := markup.Markdown(ids)
	if !markdown {
		dialect = markup.Plain(m.Language, ids)
	}
	return markup.Draw(m, dialect, buttons)
}
