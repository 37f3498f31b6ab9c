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

// sayings are the usual mistakes of who writes a template; text/template/exec.go and parse/parse.go have the rest. Each is the whole of what is
// said, so that a text of the template's own inside it stays as it is.
func sayings() []saying {
	say := func(pattern, zh, en string) saying { return saying{regexp.MustCompile("^" + pattern + "$"), zh, en} }
	return []saying{
		say(`can't evaluate field (\w+) in type \*?(?:\w+\.)*(\S+)`, "$2 里没有字段 .$1", "there is no field .$1 in $2"),
		say(`function "([^"]*)" not defined`, "没有函数 $1", "$0"),
		say(`template "([^"]*)" not defined`, "没有模板 $1", "$0"),
		say(`missing value for command`, "{{ }} 里是空的", "{{ }} is empty"),
		say(`missing value for (\S+)`, "$1 后面缺少内容", "$0"),
		say(`unexpected EOF`, "缺少 end", "$0"),
		say(`unexpected \{\{(end|else)\}\}`, "多了一个 $1", "$0"),
		say(`expected end; found \{\{(\w+)\}\}`, "这里应是 end，却是 $1", "$0"),
		say(`unterminated .*`, "引号没有成对", "$0"),
		say(`unclosed action started at \S*?:(\d+)`, "第 $1 行的 {{ 没有用 }} 结束", "the {{ of line $1 is not closed"),
		say(`unclosed action`, "{{ 没有用 }} 结束", "$0"),
		say(`unclosed left paren`, "括号没有成对", "$0"),
		say(`unexpected right paren`, "多了一个右括号", "$0"),
		say(`unclosed comment`, "注释没有结束", "$0"),
		say(`error calling index: (?:reflect: slice )?index out of range: (\d+)`, "下标 $1 越界", "index $1 is out of range"),
		say(`error calling (\w+): (.*)`, "调用 $1 出错：$2", "$0"),
		say(`wrong number of args for (\w+): want at least (\d+) got (\d+)`, "$1 至少要 $2 个参数，给了 $3 个", "$0"),
		say(`wrong number of args for (\w+): want (\d+) got (\d+)`, "$1 要 $2 个参数，给了 $3 个", "$0"),
		say(`undefined variable "([^"]*)"`, "没有变量 $1", "$0"),
		say(`unexpected (.+) in (.+)`, "$2 里不该有 $1", "$0"),
	}
}

// inWords is what text/template says, in words where they are known.
func inWords(said string) lang.Text {
	for _, s := range sayings() {
		if s.pattern.MatchString(said) {
			return lang.Text{ZH: s.pattern.ReplaceAllString(said, s.zh), EN: s.pattern.ReplaceAllString(said, s.en)}
		}
	}
	return lang.Text{ZH: said, EN: said}
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
	if words = inWords(said); errors.As(err, &own) {
		words = own.Words()
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
