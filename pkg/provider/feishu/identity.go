package feishu

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// idKind is the kind of an id, named as receive_id_type and user_id_type name it.
type idKind string

const (
	openID  idKind = "open_id"
	unionID idKind = "union_id"
	userID  idKind = "user_id"
	chatID  idKind = "chat_id"
	emailID idKind = "email"
)

// longestID bounds ids in bytes; the provider's have about 35.
const longestID = 128

// identity is whom or what a request is addressed to.
type identity struct {
	kind  idKind
	value string
}

// parseUser reads "open_id/ou_x", "union_id/on_x" or "user_id/x", or tells the kind by the prefixes
// ou_ and on_; anything else is a user_id.
func parseUser(raw string) (identity, error) {
	value := strings.TrimSpace(raw)
	kind, rest, explicit := strings.Cut(value, "/")
	id := identity{kind: userID, value: value}
	switch {
	case explicit && (idKind(kind) == openID || idKind(kind) == unionID || idKind(kind) == userID):
		id = identity{kind: idKind(kind), value: rest}
	case strings.HasPrefix(value, "ou_"):
		id.kind = openID
	case strings.HasPrefix(value, "on_"):
		id.kind = unionID
	}
	if !isPlainID(id.value) {
		return identity{}, recipientFailure(fmt.Errorf("%q is not the id of a Feishu user", raw), lang.Text{
			ZH: "用 ou_ 开头的 open_id、on_ 开头的 union_id，或 user_id；也可写成 open_id/…、union_id/…、user_id/…。",
			EN: "Use an open_id (ou_…), a union_id (on_…) or a user_id; open_id/…, union_id/… and user_id/… say which it is.",
		})
	}
	return id, nil
}

func parseChat(raw string) (identity, error) {
	value := strings.TrimSpace(raw)
	if !isPlainID(value) {
		return identity{}, recipientFailure(fmt.Errorf("%q is not the id of a Feishu chat", raw), lang.Text{
			ZH: "群的 chat_id 以 oc_ 开头，见群设置最下方的「会话 ID」。",
			EN: "A chat_id begins with oc_; it is at the end of the group's settings.",
		})
	}
	return identity{kind: chatID, value: value}, nil
}

// isPlainID tells whether s can stand in an address, in markup and in JSON without escaping.
func isPlainID(s string) bool {
	if s == "" || len(s) > longestID {
		return false
	}
	for _, r := range s {
		if r > unicode.MaxASCII || (!unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.@", r)) {
			return false
		}
	}
	return true
}

// normalEmail is the form in which addresses are compared.
func normalEmail(raw string) (string, error) {
	value := strings.ToLower(strings.TrimSpace(raw))
	if name, host, ok := strings.Cut(value, "@"); !ok || name == "" || host == "" || strings.ContainsFunc(value, notVisible) {
		return "", recipientFailure(fmt.Errorf("%q is not an e-mail address", raw), lang.Text{
			ZH: "写成员资料里的邮箱，如 li@example.com。", EN: "Write the e-mail address of the member's profile, such as li@example.com.",
		})
	}
	return value, nil
}

// normalMobile is the form that the provider wants: 11 digits for mainland China, else + and the
// country code.
func normalMobile(raw string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -()\u00a0", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(raw))
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits = "+" + rest
	}
	international := strings.HasPrefix(digits, "+")
	bare := strings.TrimPrefix(digits, "+")
	if rest, ok := strings.CutPrefix(bare, "86"); international && ok && isChineseMobile(rest) {
		return rest, nil
	}
	if len(bare) < 6 || len(bare) > 20 || strings.Trim(bare, "0123456789") != "" || (!international && !isChineseMobile(bare)) {
		return "", recipientFailure(fmt.Errorf("%q is not a mobile number", raw), lang.Text{
			ZH: "中国大陆手机号写 11 位，其他地区写 + 加国家或地区代码，如 +85291234567。",
			EN: "Write 11 digits for mainland China, and + with the country code elsewhere, such as +85291234567.",
		})
	}
	return digits, nil
}

func isChineseMobile(s string) bool {
	return len(s) == 11 && s[0] == '1' && strings.Trim(s, "0123456789") == ""
}

func notVisible(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func recipientFailure(err error, hint lang.Text) *sender.Failure {
	return &sender.Failure{Class: sender.Never, Reason: sender.ReasonRecipient, Err: err, Hint: hint}
}
