package markup_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/markup"
)

// Where addresses are read, the long one of each alert is left out if the whole message leads there; where they hide
// behind a title, or nothing else leads there, it stays.
func TestLongAddressesDoNotStandBetweenAlerts(t *testing.T) {
	silence := "http://alertmanager/#/silences/new?filter=" + strings.Repeat("%E6", 60)
	m := message.Message{
		Language: lang.Chinese, Status: alert.Firing, Severity: alert.Critical, Title: "支付接口错误率过高",
		Items: []message.Item{{
			Title: "实例 1", Status: alert.Firing, Severity: alert.Critical,
			Links: []message.Link{{Title: "处理手册", URL: "https://wiki.example.com/1"}, {Title: "静默", URL: silence}},
		}},
		Links: []message.Link{{Title: "静默本组", URL: "http://alertmanager/#/silences/new?filter=group"}},
	}
	plain := markup.Draw(m, markup.Plain(m.Language, nil), 0)
	require.NotContains(t, plain, silence)
	require.Contains(t, plain, "https://wiki.example.com/1")
	require.Contains(t, plain, "filter=group")
	require.Contains(t, markup.Draw(m, markup.Markdown(nil), 0), silence)
	m.Links = nil
	require.Contains(t, markup.Draw(m, markup.Plain(m.Language, nil), 0), silence)
}
