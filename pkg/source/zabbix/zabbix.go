// Package zabbix reads what Zabbix tells its media types, whether as arguments of a script, as a header inside the
// message or as a webhook's JSON, and turns it into alert groups.
package zabbix

import (
	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// Kind is the kind of the groups that this package gives.
const Kind = "zabbix"

// Notification is one thing that Zabbix wants somebody to know.
type Notification struct {
	// SendTo is the media's "Send to": a contact point, or "account/kind:value".
	SendTo string
	// Group has no Source yet. It has no Key in the sense of a problem where Zabbix named no event, as its Test button does.
	Group alert.Group
	// Told are the cards that an event's tags remember.
	Told []core.Told
}

// FromArgs reads a script's arguments: "Send to", subject and message, then any number of name=value, as the 6.4
// export passes them. The message may begin with a header, as the 6.0 export has it. Its errors are *source.Error.
func FromArgs(args []string) (Notification, error) {
	if len(args) < 3 {
		return Notification{}, source.Invalid(
			"参数不足：报警媒介类型的脚本参数应依次为 --、{ALERT.SENDTO}、{ALERT.SUBJECT}、{ALERT.MESSAGE}；重新导入云锣的报警媒介类型即可",
			"too few arguments: the media type's script parameters must be --, {ALERT.SENDTO}, {ALERT.SUBJECT} and {ALERT.MESSAGE}; import Yunluo's media type again")
	}
	f := facts{}
	for _, arg := range args[3:] {
		f.addPair(arg)
	}
	return read(args[0], args[1], args[2], f)
}

// Decode reads a webhook's JSON: an object of texts, named as Fields names them, with "sendto", "subject" and
// "message" besides. The configuration's labels do not matter, since Zabbix numbers its severities. The group's Source
// is left empty. Its errors are *source.Error and so Is core.ErrInvalid.
func Decode(body []byte, _ config.Labels, _ config.Defaults) (alert.Group, error) {
	n, err := fromJSON(body)
	return n.Group, err
}

// Told reads the cards that the tags of an event remember from the body that Decode reads.
func Told(body []byte) []core.Told {
	n, err := fromJSON(body)
	if err != nil {
		return nil
	}
	return n.Told
}

func fromJSON(body []byte) (Notification, error) {
	var given map[string]any
	if err := source.Unmarshal(body, &given, expected()); err != nil {
		return Notification{}, err
	}
	f := facts{}
	for name, value := range given {
		if text, ok := value.(string); ok {
			f.add(name, text)
		}
	}
	if f["event"] == "" && f["subject"] == "" && f["message"] == "" {
		return Notification{}, source.Invalid(
			"缺少 event、subject 和 message：这不是云锣 Webhook 报警媒介类型的请求体；自己的脚本请改用 /api/v1/alerts/{联络点}",
			"event, subject and message are missing: this is not the body of Yunluo's webhook media type; post from your own scripts to /api/v1/alerts/{contact_point}")
	}
	return read(f["sendto"], f["subject"], f["message"], f)
}

func expected() lang.Text {
	return lang.Text{ZH: "云锣 Webhook 报警媒介类型的请求体", EN: "the body of Yunluo's webhook media type"}
}
