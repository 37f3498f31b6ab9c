package outbound

import (
	"net/url"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// shortestPart is the shortest segment of a webhook's path and the shortest value in its query, in bytes, that is taken
// for a secret of its own, unless it is an ordinary word.
const shortestPart = 8

// NewHook makes a client for a service whose whole address is one secret setting, the field of that name, since whoever
// knows it may post. The account's base_url, where there is one, takes the place of the address's scheme and host, as for
// a gateway. The request that it returns has the address's path and query; its path and query are redacted like
// the address itself. Its error is a *sender.Failure with ReasonConfig that names the settings.
func NewHook(o Options, field string) (*Client, Request, error) {
	u, err := ParseHook(field, o.Settings.Secrets[field])
	if err != nil {
		_, proxyErr := parseProxy(o.Settings.Proxy)
		var baseErr error
		if o.Settings.BaseURL != "" {
			_, baseErr = ParseBase("base_url", o.Settings.BaseURL)
		}
		return nil, Request{}, sender.Misconfigured(err, baseErr, proxyErr)
	}
	if o.Settings.BaseURL == "" {
		o.Settings.BaseURL = u.Scheme + "://" + u.Host
	}
	o.Secrets = append(o.Secrets, partsOf(u)...)
	c, err := New(o)
	if err != nil {
		return nil, Request{}, err
	}
	return c, Request{Path: u.EscapedPath(), Query: u.Query()}, nil
}

// ParseHook reads a webhook's address. Its error names the field and never quotes the address.
func ParseHook(field string, address secret.Value) (*url.URL, error) {
	raw := address.Reveal()
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, lang.Wrong("%s 是空的：请填完整的地址，例如 https://主机/路径", "%s is empty: give the whole address, such as https://host/path", field)
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, lang.Wrong("%s 不是地址：请从 https:// 开始完整复制", "%s is not an address: copy the whole of it, from https:// on", field)
	case u.User != nil:
		return nil, lang.Wrong("%s 里有用户名或密码：请填到各自的字段里", "%s holds a user or password: give them in fields of their own", field)
	case u.Fragment != "":
		return nil, lang.Wrong("%s 里有 # 和后面的内容，它们不会发送：请重新复制地址", "%s holds a # and what follows it, which is never sent: copy the address again", field)
	}
	return u, nil
}

func partsOf(u *url.URL) []secret.Value {
	parts := strings.Split(u.Path, "/")
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	out := []secret.Value{secret.New(u.RequestURI())}
	for _, p := range parts {
		if len(p) >= shortestPart && strings.Trim(p, "abcdefghijklmnopqrstuvwxyz-_./") != "" {
			out = append(out, secret.New(p))
		}
	}
	if len(u.RequestURI()) < shortestPart {
		return out[1:]
	}
	return out
}
