package config

import (
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// accounts is an account of any type.
func accounts(types []sender.Manifest) *shape {
	s := &shape{kind: accountShape, types: map[string]*shape{}}
	for _, t := range types {
		s.types[t.Type] = account(t)
	}
	return s
}

// account is an account of one type.
func account(t sender.Manifest) *shape {
	keys := []key{required("type", word(t.Type).says("账号的类型。", "The account's type."))}
	for _, f := range t.Fields {
		keys = append(keys, key{name: f.Name, required: f.Required && f.Default == "", shape: setting(f)})
	}
	keys = append(keys,
		optional("title", title()),
		baseURL(t),
		optional("proxy", matching(proxyPattern, readURL(false, "http", "https", "socks5", "socks5h")).says(
			"代理：http、https 或 socks5。", "Proxy: http, https or socks5.")),
		optional("timeout", duration(minRequestLimit, maxTimeout).says("单个请求的超时，默认 10s。", "Timeout of one request, 10s by default.")),
		optional("limits", either(noLimits(), list(object(
			required("scope", word(string(sender.ScopeAccount), string(sender.ScopeTarget)).says("按账号还是按目标计数。", "Whether to count by account or by target.")),
			required("count", integer(1, maxLimitCount).says("每个窗口内最多几次。", "How many in each window.")),
			required("per", duration(minLimitWindow, maxLimitWindow).says("窗口的长度。", "Length of the window.")),
			optional("kind", word("rate", string(sender.Budget), string(sender.Quota)).says(
				"rate（默认）：用完后排队；budget：用完后交给下一步骤；quota：只计数（按自然月）并提醒。",
				"rate (default): what comes next waits; budget: the next step takes over; quota: only counted, by calendar month, and warned about.")),
			optional("ops", list(word(string(sender.OpSend), string(sender.OpUpdate), string(sender.OpReply), string(sender.OpUrge),
				string(sender.OpRecall), string(sender.OpTrack))).says("计入的操作；默认全部。", "The operations that count; all by default.")),
		))).says("取代该类型自带的限额；none 表示不限。", "Instead of the type's own limits; none for no limit.")),
		optional("share", &shape{kind: numberShape, most: 1}).described(
			"只用限额的一部分（0 到 1），例如两处共用同一机器人。", "Part of the limits to use (0 to 1), as when two cores share one robot."),
		optional("in_flight", integer(1, maxInFlight).says("同时处理的队列数上限，默认 8；一次调用可发给多人的类型按人数更多，至多 32。", "How many lanes may be worked on at once: 8 by default, for a type that sends to several people in one call as many as that, up to 32.")),
		optional("fold", fold()),
	)
	return object(keys...).says(t.Summary.ZH, t.Summary.EN).expands("type")
}

// baseURL is the provider's address, which only a type without a usual one requires.
func baseURL(t sender.Manifest) key {
	zh, en := "服务的地址，默认 "+t.BaseURL+"。", "The provider's address, "+t.BaseURL+" by default."
	if len(t.Schemes) == 0 {
		if t.BaseURL == "" {
			zh, en = "经网关转发时，网关的地址，取代地址里的协议和主机。", "The address of a gateway in front: it takes the place of the address's scheme and host."
		}
		return optional("base_url", matching(webPattern, readURL(true, "http", "https")).says(zh, en))
	}
	s := matching("^("+strings.Join(t.Schemes, "|")+")://[^/]", readURL(true, t.Schemes...))
	if t.BaseURL == "" {
		schemes := strings.Join(t.Schemes, "://, ") + "://"
		return required("base_url", s.says("服务的地址，以 "+schemes+" 开头。", "The provider's address; it begins with one of "+schemes+"."))
	}
	return optional("base_url", s.says(zh, en))
}

// noLimits is the word that lifts an account's limits.
func noLimits() *shape {
	return wordAs(func(s string) (any, problem) {
		if s != "none" {
			return nil, wrong("必须是 none 或列表", "must be none or a list").withHint(
				both("例如 [{scope: target, count: 5, per: 1s}]", "such as [{scope: target, count: 5, per: 1s}]"))
		}
		return s, problem{}
	}, "none")
}

func (k key) described(zh, en string) key {
	k.shape.says(zh, en)
	return k
}

func integer(least, most float64) *shape {
	return &shape{kind: intShape, least: least, most: most}
}

// setting is the shape of a manifest's field.
func setting(f sender.Field) *shape {
	s := settingValue(f)
	if f.Secret {
		s = &shape{kind: textShape, read: s.read, schema: s.schema, secret: true}
	}
	s.help = f.Help
	if s.help.Empty() {
		s.help = f.Label
	}
	return s
}

func settingValue(f sender.Field) *shape {
	switch f.Kind {
	case sender.FieldBool:
		return boolean()
	case sender.FieldInt:
		return integer(minInt, maxInt)
	case sender.FieldDuration:
		return duration(0, maxRetention)
	case sender.FieldURL:
		return matching(webPattern, readURL(false, "http", "https"))
	default:
		if len(f.Enum) > 0 {
			return word(f.Enum...)
		}
		return filled()
	}
}

// The integers that JSON carries without loss.
const (
	minInt = -(1 << 53)
	maxInt = 1 << 53
)
