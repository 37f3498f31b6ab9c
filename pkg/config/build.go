package config

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// What is in force where the file says nothing.
const (
	defaultZone      = "Asia/Shanghai"
	defaultDuplicate = time.Minute
	defaultGroup     = 3 * time.Second
	defaultStore     = "/var/lib/yunluo"
	defaultAddress   = "127.0.0.1:9095"
	defaultMaxAge    = 30 * day
	defaultMaxSize   = 1 << 30
	defaultTimeout   = 10 * time.Second
	defaultInFlight  = 8
	// batchInFlight bounds the default of a type that sends to several targets in one call: lanes share a call only
	// while they are worked on at once.
	batchInFlight = 32
	defaultSource = "default"
)

// config builds what the document means, and reports what only shows across its parts. It goes on
// over what check has refused already, and then its result is not to be used.
func (d *decoder) config(root *node) *Config {
	c := &Config{
		Defaults:  d.defaults(root.get("defaults")),
		Labels:    d.labels(root.get("labels")),
		Store:     Store{Path: d.path(root.get("store"), "path", defaultStore)},
		Listen:    d.listen(root.get("listen")),
		PublicURL: readOr(root, "public_url", ""),
		Retention: Retention{
			MaxAge:  readOr(root.get("retention"), "max_age", defaultMaxAge),
			MaxSize: readOr[int64](root.get("retention"), "max_size", defaultMaxSize),
		},
		Sources: d.sources(root.get("sources")),
		People:  d.people(root.get("people")),
	}
	d.checkListen(root.get("listen"), c)
	c.Accounts = d.accounts(root.get("accounts"), c.Defaults)
	points, templates := root.get("contact_points"), root.get("templates")
	c.ContactPoints = d.contactPoints(points, c, root.get("accounts"))
	named := d.templates(templates)
	for _, t := range named {
		c.Templates = append(c.Templates, t.TemplateFile)
	}
	d.checkTemplates(named, points, c)
	return c
}

func (d *decoder) defaults(n *node) Defaults {
	out := Defaults{
		Severity:        readOr(n, "severity", alert.Warning),
		Language:        readOr(n, "language", lang.Chinese),
		Repeat:          RepeatAction(readOr(n, "repeat", string(RepeatRemind))),
		DuplicateWindow: readOr(n, "duplicate_window", defaultDuplicate),
		GroupWindow:     readOr(n, "group_window", defaultGroup),
		Fold:            readOr(n, "fold", true),
	}
	zone, ok := read[*time.Location](n, "time_zone")
	if !ok {
		var err error
		if zone, err = time.LoadLocation(defaultZone); err != nil {
			// A machine without a time zone database; China has kept one offset since 1991.
			zone = time.FixedZone(defaultZone, int((8 * time.Hour).Seconds()))
		}
	}
	out.Location = zone
	return out
}

func (d *decoder) listen(n *node) Listen {
	out := Listen{
		Address:     readOr(n, "address", defaultAddress),
		AllowOpen:   readOr(n, "allow_open", false),
		TLSCert:     d.path(n, "tls_cert", ""),
		VerifyFiles: texts(n.get("verify_files")),
		TLSKey:      d.path(n, "tls_key", ""),
	}
	if n != nil && (n.get("tls_cert") == nil) != (n.get("tls_key") == nil) {
		d.fault(n, wrong("tls_cert 和 tls_key 要一起写", "tls_cert and tls_key need each other"))
	}
	return out
}

// checkListen asks the hook. Sources with faults may have credentials once they have none.
func (d *decoder) checkListen(n *node, c *Config) {
	if d.opts.CheckListen == nil {
		return
	}
	closed := slices.ContainsFunc(d.faults, func(f *Fault) bool { return strings.HasPrefix(f.Path, "sources") })
	for _, s := range c.Sources {
		closed = closed || s.HasCredentials()
	}
	for _, f := range d.opts.CheckListen(c.Listen, closed) {
		p := problem{message: f.Message, hint: f.Hint}
		if field := n.get(f.Field); field != nil {
			d.fault(field, p)
			continue
		}
		d.faults = append(d.faults, &Fault{File: d.file, Path: "listen." + f.Field, Message: p.message, Hint: p.hint})
	}
}

// path reads a path and puts it beside the configuration when it is relative.
func (d *decoder) path(n *node, key, fallback string) string {
	p, ok := read[string](n, key)
	if !ok {
		return fallback
	}
	return filepath.Clean(d.beside(p))
}

func (d *decoder) labels(n *node) Labels {
	out := Labels{SeverityValues: knownSeverityValues()}
	for _, item := range n.get("severity").list() {
		if label, ok := item.parsed.(string); ok {
			out.Severity = append(out.Severity, label)
		}
	}
	if out.Severity == nil {
		out.Severity = []string{"severity", "priority", "level"}
	}
	values := n.get("severity_values")
	seen := map[string]bool{}
	if values != nil {
		for i, k := range values.keys {
			word := strings.ToLower(strings.TrimSpace(k.value))
			if seen[word] {
				d.fault(k, wrong("同一个标签值写了两次（不分大小写）", "the label's value is there twice (case does not matter)"))
			}
			seen[word] = true
			if s, ok := values.values[i].parsed.(alert.Severity); ok {
				out.SeverityValues[word] = s
			}
		}
	}
	return out
}

// knownSeverityValues are the words that alerting rules commonly use besides our own.
func knownSeverityValues() map[string]alert.Severity {
	known := map[string]alert.Severity{}
	for severity, words := range map[alert.Severity]string{
		alert.Critical: "crit fatal emergency emerg page disaster blocker p0 p1 sev0 sev1 紧急 致命 严重 灾难",
		alert.High:     "error err major severe p2 sev2 高 重要",
		alert.Warning:  "warn average minor medium p3 sev3 警告 一般",
		alert.Info:     "information informational notice low p4 sev4 debug 信息 通知",
		alert.None:     "not_classified ok",
	} {
		for word := range strings.FieldsSeq(words) {
			known[word] = severity
		}
	}
	known["not classified"] = alert.None
	return known
}

func (d *decoder) people(n *node) map[string]sender.Person {
	out := map[string]sender.Person{}
	first := d.unique()
	for _, item := range n.list() {
		p := sender.Person{
			Name:   readOr(item, "name", ""),
			Title:  readOr(item, "title", ""),
			Email:  readOr(item, "email", ""),
			Mobile: readOr(item, "mobile", ""),
		}
		if ids := item.get("ids"); ids != nil {
			p.IDs = map[string]string{}
			for i, k := range ids.keys {
				if id, ok := ids.values[i].parsed.(string); ok {
					p.IDs[k.value] = id
				}
			}
		}
		if item.get("email") == nil && item.get("mobile") == nil && item.get("ids") == nil {
			d.fault(item, wrong("无法找到这个人", "there is no way to find this person").withHint(
				both("请写上 email、mobile 或 ids", "give an email, a mobile or ids")))
		}
		first(item.get("name"))
		out[p.Name] = p
	}
	delete(out, "")
	return out
}

// unique returns a check that a name is the first of its kind.
func (d *decoder) unique() func(*node) {
	seen := map[string]int{}
	return func(n *node) {
		if n == nil || !n.ok {
			return
		}
		if line, twice := seen[n.value]; twice {
			d.fault(n, wrong("名称 %[1]s 已经用过", "the name %[1]s is taken", shown(n.value)).withHint(
				both("第一次在第 %[1]d 行", "the first is on line %[1]d", line)))
			return
		}
		seen[n.value] = n.line
	}
}

func (d *decoder) sources(n *node) map[string]Source {
	out := map[string]Source{defaultSource: {Name: defaultSource}}
	first := d.unique()
	credentials := map[string]string{}
	for _, item := range n.list() {
		s := Source{
			Name:       readOr(item, "name", ""),
			Token:      secretOf(item, "token"),
			Username:   readOr(item, "username", ""),
			Password:   secretOf(item, "password"),
			HMACSecret: secretOf(item, "hmac_secret"),
		}
		if wait, ok := read[time.Duration](item, "wait"); ok {
			s.Wait = &wait
		}
		hasPassword := item.get("password") != nil || item.get("password"+fileSuffix) != nil
		if (item.get("username") != nil) != hasPassword {
			d.fault(item, wrong("username 和 password 要一起写", "username and password need each other"))
		}
		first(item.get("name"))
		d.ownCredentials(item, s, credentials)
		if s.Name != "" {
			out[s.Name] = s
		}
	}
	return out
}

func (d *decoder) ownCredentials(n *node, s Source, taken map[string]string) {
	for _, c := range []struct{ key, credential string }{
		{"token", s.Token.Reveal()},
		{"password", s.Password.Reveal()},
		{"hmac_secret", s.HMACSecret.Reveal()},
	} {
		if c.credential == "" {
			continue
		}
		id := c.key + "\x00" + c.credential
		if c.key == "password" {
			id += "\x00" + s.Username
		}
		if other, twice := taken[id]; twice {
			at := n.get(c.key)
			if at == nil {
				at = n.get(c.key + fileSuffix)
			}
			d.fault(at, wrong("与来源 %[1]s 的凭证相同，分不清是谁发来的", "the same credential as source %[1]s, so nobody could tell them apart", shown(other)))
			continue
		}
		taken[id] = s.Name
	}
}

// secretOf reads a secret or its file's content.
func secretOf(n *node, key string) secret.Value {
	if v, ok := read[string](n, key); ok {
		return secret.New(v)
	}
	return secret.New(readOr(n, key+fileSuffix, ""))
}

// texts are the strings of a list.
func texts(n *node) (list []string) {
	if n == nil {
		return nil
	}
	for _, item := range n.list() {
		if s, ok := item.parsed.(string); ok {
			list = append(list, s)
		}
	}
	return list
}
