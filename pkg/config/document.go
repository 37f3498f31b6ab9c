package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// maxFile is the size that a configuration or a template file may have, in bytes.
const maxFile = 4 << 20

// readDocument turns a file into its tree. It returns nil when there is none; the faults say why.
func readDocument(file string, data []byte, faults *[]*Fault) *node {
	at := func(line, column int, p problem) {
		*faults = append(*faults, &Fault{File: file, Line: line, Column: column, Message: p.message, Hint: p.hint})
	}
	if line, column, p := encoding(data); !p.none() {
		at(line, column, p)
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	switch {
	case errors.Is(err, io.EOF), err == nil && document.Content[0].ShortTag() == "!!null":
		at(0, 0, wrong("文件是空的", "the file is empty").withHint(
			both("至少写上 accounts 和 contact_points", "it needs accounts and contact_points")))
		return nil
	case err != nil:
		line, p := syntax(data, err)
		at(line, 1, p)
		return nil
	}
	w := &writer{faults: faults, file: file, open: map[*yaml.Node]bool{}}
	root := w.node(document.Content[0], 0)
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		line, p := syntax(data, err)
		at(line, 1, p)
	default:
		at(max(1, second.Line), max(1, second.Column), wrong("一个文件里只能有一个 YAML 文档", "a file holds one YAML document only").withHint(
			both("删去 --- 及其后的内容", "remove the --- and what follows")))
	}
	if w.full {
		return nil
	}
	return root
}

// encoding refuses what is not plain UTF-8 of a sensible size.
func encoding(data []byte) (line, column int, p problem) {
	switch {
	case len(data) > maxFile:
		return 0, 0, wrong("文件超过 4 MiB", "the file is larger than 4 MiB")
	case bytes.Count(data, []byte("\n"))+bytes.Count(data, []byte(",")) > maxNodes:
		// The parser would need hundreds of bytes for each.
		return 0, 0, wrong("文件超过 %[1]d 行或值", "the file has more than %[1]d lines or values", maxNodes)
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return 1, 1, wrong("文件以字节顺序标记（BOM）开头", "the file begins with a byte order mark").withHint(
			both("请另存为不带 BOM 的 UTF-8", "save it as UTF-8 without BOM"))
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return 1, 1, wrong("文件是 UTF-16 编码", "the file is UTF-16").withHint(both("请另存为 UTF-8", "save it as UTF-8"))
	}
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			before := data[:at]
			return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1,
				wrong("不是有效的 UTF-8", "not valid UTF-8").withHint(both("请另存为 UTF-8", "save it as UTF-8"))
		}
		at += size
	}
	return 0, 0, problem{}
}

// syntax words an error of the YAML parser. Of the parser's own words only known ones are repeated,
// since others may hold a piece of the file.
func syntax(data []byte, err error) (line int, p problem) {
	said := strings.TrimPrefix(err.Error(), "yaml: ")
	line = 1
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(said); m != nil {
		said = strings.TrimPrefix(said, m[0])
		if l, err := strconv.Atoi(m[1]); err == nil {
			line = l
		}
		// The parser counts lines from 0, its scanner from 1.
		if regexp.MustCompile(`^did not find expected (key|'-' indicator|node content|',' or|<)`).MatchString(said) {
			line++
		}
	}
	if anchor, found := strings.CutPrefix(said, "unknown anchor '"); found {
		anchor, _, _ = strings.Cut(anchor, "'")
		before, _, _ := bytes.Cut(data, []byte("*"+anchor))
		return bytes.Count(before, []byte("\n")) + 1, wrong("用到了没有定义的别名", "an alias that is not defined").withHint(
			both("以 * 开头的值要加引号", "put a value that begins with * in quotes"))
	}
	if tab := tabbed(data); tab > 0 && strings.Contains(said, "cannot start any token") {
		return tab, wrong("行首缩进用了制表符（Tab）", "the line is indented with a tab").withHint(both("请改用空格", "use spaces"))
	}
	//nolint:gosec // "token" is a word of the parser
	why, known := map[string]string{
		"mapping values are not allowed in this context": "这里不能有“键: 值”，请检查缩进和冒号",
		"did not find expected key":                      "缩进或引号不对",
		"did not find expected '-' indicator":            "列表项要以 - 开头，并且对齐",
		"did not find expected node content":             "缺少值",
		"did not find expected ',' or '}'":               "花括号没有闭合，或缺少逗号",
		"did not find expected ',' or ']'":               "方括号没有闭合，或缺少逗号",
		"could not find expected ':'":                    "缺少冒号",
		"found unexpected end of stream":                 "引号或括号没有闭合",
		"found character that cannot start any token":    "值不能以 @、` 或 % 开头，请加引号",
		"found unknown escape character":                 "双引号里有不认识的转义，请改用单引号",
		"control characters are not allowed":             "含有控制字符",
	}[said]
	if !known {
		return line, wrong("不是有效的 YAML", "not valid YAML").withHint(
			both("请检查缩进、引号和冒号", "check the indentation, quotes and colons"))
	}
	return line, problem{message: lang.Text{ZH: "不是有效的 YAML：" + why, EN: "not valid YAML: " + said}}
}

// tabbed finds the first line whose indentation holds a tab; 0 when there is none.
func tabbed(data []byte) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if bytes.ContainsRune(indent, '\t') {
			return i + 1
		}
	}
	return 0
}
