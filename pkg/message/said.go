package message

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// saying is something that text/template says, and how it reads in words.
type saying struct {
	pattern *regexp.Regexp
	zh, en  string
}

// sayings are the usual mistakes of who writes a template; text/template/exec.go and parse/parse.go have the rest.
func sayings() []saying {
	say := func(pattern, zh, en string) saying { return saying{regexp.MustCompile(pattern), zh, en} }
	return []saying{
		say(`can't evaluate field (\S+) in type .*$`, "没有字段 .$1", "there is no field .$1"),
		say(`function "([^"]*)" not defined`, "没有函数 $1", `function "$1" not defined`),
		say(`template "([^"]*)" not defined`, "没有模板 $1", `template "$1" not defined`),
		say(`missing value for (\S+)`, "$1 后面缺少内容", "missing value for $1"),
		say(`unexpected EOF`, "缺少 end", "unexpected EOF"),
		say(`unexpected \{\{end\}\}`, "多了一个 end", "unexpected {{end}}"),
		say(`unexpected \{\{else\}\}`, "多了一个 else", "unexpected {{else}}"),
		say(`unterminated .*$`, "引号没有成对", "$0"),
		say(`unclosed action( started at \S+)?`, "{{ 没有用 }} 结束", "$0"),
		say(`unclosed comment`, "注释没有结束", "$0"),
		say(`error calling index: (?:reflect: slice )?index out of range: (\d+)`, "下标 $1 越界", "index $1 is out of range"),
		say(`error calling (\w+): `, "调用 $1 出错：", "error calling $1: "),
		say(`wrong number of args for (\w+): want (.*) got (\d+)`, "$1 的参数个数不对：要 $2 个，给了 $3 个", "$0"),
		say(`undefined variable "([^"]*)"`, "没有变量 $1", "$0"),
		say(`unexpected (\S+) in (\S+)$`, "$2 里不该有 $1", "$0"),
	}
}

// where is how text/template begins what it says: the name, the place, and while it runs the action in question.
var where = regexp.MustCompile(`^template: .*?:(\d+)(?::\d+)?: (?:executing "[^"]*" at <(.*?)>: )?`)

// placeOf takes what text/template says apart into the line, 0 if it names none, and words.
func placeOf(err error) (line int, words lang.Text) {
	var own interface{ Words() lang.Text }
	said := oneLine(err.Error())
	action := ""
	if m := where.FindStringSubmatch(said); m != nil {
		line, _ = strconv.Atoi(m[1])
		action, said = m[2], said[len(m[0]):]
	}
	words = lang.Text{ZH: said, EN: said}
	if errors.As(err, &own) {
		words = own.Words()
	} else {
		for _, s := range sayings() {
			words.ZH = s.pattern.ReplaceAllString(words.ZH, s.zh)
			words.EN = s.pattern.ReplaceAllString(words.EN, s.en)
		}
	}
	if action != "" && !strings.Contains(words.EN, action) {
		words.ZH, words.EN = action+"："+words.ZH, action+": "+words.EN
	}
	return line, words
}

// said is what text/template says, with its line.
func said(err error) lang.Text {
	line, words := placeOf(err)
	if line > 0 {
		words.ZH = "第 " + strconv.Itoa(line) + " 行，" + words.ZH
		words.EN = "line " + strconv.Itoa(line) + ", " + words.EN
	}
	return words
}
