package message

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

func TestWhatIsWrongWithATemplateIsSaidInBothLanguages(t *testing.T) {
	for text, want := range map[string]lang.Text{
		`{{ .Foo }}`:                   {ZH: "Data 里没有字段 .Foo", EN: "there is no field .Foo in Data"},
		`{{ .Status.Foo }}`:            {ZH: "string 里没有字段 .Foo", EN: "there is no field .Foo in string"},
		`{{ }}`:                        {ZH: "{{ }} 里是空的", EN: "{{ }} is empty"},
		`{{ and }}`:                    {ZH: "and 至少要 1 个参数，给了 0 个", EN: "wrong number of args for and"},
		`{{ (.Status }}`:               {ZH: "括号没有成对", EN: "unclosed left paren"},
		"{{ .Status }}{{ .Status \n\n": {ZH: "第 1 行的 {{ 没有用 }} 结束", EN: "the {{ of line 1 is not closed"},
		`{{ reReplaceAll "function \"zz\" not defined(" "x" .Status }}`: {ZH: "not defined(", EN: "not defined("},
		`{{ foo . }}`:           {ZH: "没有函数 foo", EN: `function "foo" not defined`},
		`{{ template "none" }}`: {ZH: "没有模板 none", EN: `template "none" not defined`},
		`{{ if }}x{{ end }}`:    {ZH: "if 后面缺少内容", EN: "missing value for if"},
		`{{ if .Status }}x`:     {ZH: "缺少 end", EN: "unexpected EOF"},
		`x{{ end }}`:            {ZH: "多了一个 end", EN: "unexpected {{end}}"},
		`{{ "x }}`:              {ZH: "引号没有成对", EN: "unterminated quoted string"},
		`{{ $x }}`:              {ZH: "没有变量 $x", EN: `undefined variable "$x"`},
	} {
		templates, err := ParseTemplates()
		require.NoError(t, err)
		faults := templates.Check(Style{Title: text})
		require.Len(t, faults, 1, text)
		words := lang.TextOf(faults[0])
		require.Contains(t, words.ZH, want.ZH, text)
		require.Contains(t, words.EN, want.EN, text)
	}
}

func TestWhyATemplateFailedIsSaidInTheMessagesLanguage(t *testing.T) {
	templates, err := ParseTemplates()
	require.NoError(t, err)
	group := alert.Group{Status: alert.Firing, Alerts: []alert.Alert{{Status: alert.Firing, Labels: map[string]string{"alertname": "disk"}}}}
	for text, want := range map[string]lang.Text{
		`{{ index .Alerts 7 }}`: {ZH: "第 1 行，index .Alerts 7：下标 7 越界", EN: "line 1, index .Alerts 7: index 7 is out of range"},
		`{{ " " }}`:             {ZH: "标题渲染出来是空的", EN: "it gives an empty title"},
		`{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`: {ZH: "模板互相调用超过", EN: "call each other more than"},
	} {
		for _, l := range lang.Languages() {
			m := templates.Compose(group, Style{Language: l, Title: text}, ComposeOptions{})
			require.True(t, m.Defaulted)
			require.Contains(t, m.Notes[len(m.Notes)-1], want.In(l))
		}
	}
}
