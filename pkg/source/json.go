package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// MaxDepth is how deep the objects and lists of a body may be nested.
const MaxDepth = 32

// Unmarshal reads the JSON object body into v and ignores fields that v does not have. Invalid
// UTF-8 becomes U+FFFD. Its errors are *Error; expected says in a few words what would be right.
func Unmarshal(body []byte, v any, expected lang.Text) error {
	body = withoutMark(body)
	if err := CheckShape(body, expected); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return Explain(body, err, expected)
	}
	return nil
}

// UnmarshalStrict is Unmarshal, but a field that v does not have is an error, and a number
// in an any stays as it was written.
func UnmarshalStrict(body []byte, v any, expected lang.Text) error {
	body = withoutMark(body)
	if err := CheckShape(body, expected); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return Explain(body, err, expected)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return invalidAt(body, dec.InputOffset(),
			"JSON 对象之后还有内容；一次请求只放一个对象",
			"there is something behind the JSON object; send one object in a request")
	}
	return nil
}

// withoutMark removes the byte order mark that some Windows clients write.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }

// CheckShape tells cheaply, before anything is decoded, whether body is one object that is not
// nested deeper than MaxDepth. It leaves other faults of syntax to the decoder.
func CheckShape(body []byte, expected lang.Text) error {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return Invalid("请求体为空；应发送"+expected.ZH, "the body is empty; send "+expected.EN)
	case trimmed[0] == '[':
		return Invalid("请求体是 JSON 数组；应发送"+expected.ZH,
			"the body is a JSON list where one JSON object is wanted: "+expected.EN)
	case trimmed[0] != '{':
		return Invalid("请求体不是 JSON 对象；应发送"+expected.ZH, "the body is not a JSON object; send "+expected.EN)
	}
	if at := tooDeep(body); at >= 0 {
		return invalidAt(body, int64(at),
			fmt.Sprintf("嵌套超过 %d 层；应发送%s", MaxDepth, expected.ZH),
			fmt.Sprintf("nested deeper than %d; send %s", MaxDepth, expected.EN))
	}
	return nil
}

// tooDeep gives the index of the bracket that opens a level beyond MaxDepth, or -1.
func tooDeep(body []byte) int {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = stringEnd(body, i+1)
		case '{', '[':
			if depth++; depth > MaxDepth {
				return i
			}
		case '}', ']':
			depth--
		}
	}
	return -1
}

// stringEnd gives the index of the quote that closes the string that starts at i.
func stringEnd(body []byte, i int) int {
	for i < len(body) {
		n := bytes.IndexByte(body[i:], '"')
		if n < 0 {
			break
		}
		end := i + n
		slashes := 0
		for j := end - 1; j >= i && body[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
		i = end + 1
	}
	return len(body)
}

// Explain words an error of encoding/json for the sender.
func Explain(body []byte, err error, expected lang.Text) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) && strings.HasPrefix(syntax.Error(), "unexpected end"):
		return cutOff(body, expected)
	case errors.As(err, &syntax):
		return invalidAt(body, syntax.Offset-1,
			"不是合法的 JSON（"+syntax.Error()+"）；应发送"+expected.ZH,
			"not valid JSON ("+syntax.Error()+"); send "+expected.EN)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return cutOff(body, expected)
	case errors.As(err, &kind):
		return invalidAt(body, kind.Offset-1,
			fmt.Sprintf("字段 %s 的值是%s，应为%s", fieldName(kind), found(kind), wanted(kind).ZH),
			fmt.Sprintf("the field %s has a %s where %s is wanted", fieldName(kind), kind.Value, wanted(kind).EN))
	default:
		return Invalid("无法读取请求体："+err.Error(), "the body cannot be read: "+err.Error())
	}
}

func fieldName(e *json.UnmarshalTypeError) string {
	if e.Field == "" {
		return "(top level)"
	}
	return Quote(e.Field)
}

func cutOff(body []byte, expected lang.Text) error {
	return invalidAt(body, int64(len(body)-1), "JSON 在此处中断，请求体不完整；应发送"+expected.ZH,
		"the JSON ends too early, the body is not complete; send "+expected.EN)
}

// found is in Chinese what a value is.
func found(e *json.UnmarshalTypeError) string {
	switch what, _, _ := strings.Cut(e.Value, " "); what {
	case "string":
		return "字符串"
	case "number":
		return "数字"
	case "bool":
		return "布尔值"
	case "object":
		return "对象"
	case "array":
		return "数组"
	default:
		return " " + e.Value
	}
}

func wanted(e *json.UnmarshalTypeError) lang.Text {
	switch e.Type.Kind().String() {
	case "string":
		return lang.Text{ZH: "字符串", EN: "a string"}
	case "map", "struct":
		return lang.Text{ZH: "对象", EN: "an object"}
	case "slice":
		return lang.Text{ZH: "数组", EN: "a list"}
	case "int":
		return lang.Text{ZH: "整数", EN: "a whole number"}
	default:
		return lang.Text{ZH: e.Type.String(), EN: e.Type.String()}
	}
}

// lineOf counts the line, from 1, of the byte with that index.
func lineOf(body []byte, index int64) int { return bytes.Count(body[:index], []byte("\n")) + 1 }
