package config

import (
	"math"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	namePattern     = `^[a-z0-9][a-z0-9-]{0,62}$`
	durationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$`
	sizePattern     = `^[0-9]+ ?(KiB|MiB|GiB|TiB)$`
	webPattern      = `^https?://[^/]`
	proxyPattern    = `^(https?|socks5h?)://[^/]`
	mobilePattern   = `^(\+[1-9][0-9]{6,14}|1[3-9][0-9]{9})$`
)

// reader checks a text and turns it into what the configuration holds.
type reader func(string) (any, problem)

func readText(s string) (any, problem) { return s, problem{} }

func readFilled(s string) (any, problem) {
	if strings.TrimSpace(s) == "" {
		return nil, wrong("不能为空", "must not be empty")
	}
	return s, problem{}
}

// readToken takes what can be in an HTTP header, so that a file with several lines is found out here.
func readToken(s string) (any, problem) {
	if strings.ContainsFunc(s, unicode.IsControl) {
		return nil, wrong("不能有换行或控制字符", "must not have line breaks or control characters")
	}
	return readFilled(s)
}

func readUsername(s string) (any, problem) {
	if s == "" || strings.Contains(s, ":") {
		return nil, wrong("用户名不能为空，也不能有冒号", "a user name must not be empty or have a colon")
	}
	return s, problem{}
}

func readName(s string) (any, problem) {
	if !regexp.MustCompile(namePattern).MatchString(s) {
		return nil, wrong("%[1]s 不能作为名称", "%[1]s cannot be a name", shown(s)).withHint(
			both("名称由小写字母、数字和连字符组成，以字母或数字开头，最长 63 个字符；显示用的名字写在 title 里",
				"a name has lower-case letters, digits and hyphens, begins with a letter or digit and has 63 characters at most; what people read goes into title"))
	}
	return s, problem{}
}

// readWord takes one of the words.
func readWord(words ...string) reader {
	return func(s string) (any, problem) {
		if !slices.Contains(words, s) {
			return nil, wrong("不认识的值 %[1]s", "unknown value %[1]s", shown(s)).withHint(meant(s, words))
		}
		return s, problem{}
	}
}

func severityNames() []string {
	var names []string
	for _, s := range alert.Severities() {
		names = append(names, s.String())
	}
	return names
}

func readSeverity(s string) (any, problem) {
	if _, p := readWord(severityNames()...)(s); !p.none() {
		return nil, p
	}
	v, err := alert.ParseSeverity(s)
	if err != nil {
		return nil, wrong("不认识的级别", "unknown severity")
	}
	return v, problem{}
}

func readLanguage(s string) (any, problem) {
	var words []string
	for _, l := range lang.Languages() {
		words = append(words, string(l))
	}
	if _, p := readWord(words...)(s); !p.none() {
		return nil, p
	}
	return lang.Language(s), problem{}
}

func readZone(s string) (any, problem) {
	if s == "" || s == "Local" {
		return nil, wrong("必须是时区名", "must name a time zone").withHint(both("例如 Asia/Shanghai", "such as Asia/Shanghai"))
	}
	zone, err := time.LoadLocation(s)
	if err != nil {
		return nil, wrong("不认识的时区 %[1]s", "unknown time zone %[1]s", shown(s)).withHint(both("例如 Asia/Shanghai", "such as Asia/Shanghai"))
	}
	return zone, problem{}
}

// readDuration takes what time.ParseDuration takes, and days and weeks, from least to most.
func readDuration(least, most time.Duration) reader {
	return func(s string) (any, problem) {
		d, ok := parseDuration(s)
		if !ok {
			return nil, wrong("必须是时长", "must be a duration").withHint(both("例如 500ms、30s、5m、1h30m、30d", "such as 500ms, 30s, 5m, 1h30m or 30d"))
		}
		if d < least || d > most {
			return nil, wrong("必须在 %[1]s 到 %[2]s 之间", "must be between %[1]s and %[2]s", lang.Duration(least), lang.Duration(most))
		}
		return d, problem{}
	}
}

func parseDuration(s string) (time.Duration, bool) {
	if !regexp.MustCompile(durationPattern).MatchString(s) {
		return 0, false
	}
	units := map[string]time.Duration{
		"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	}
	var total float64
	for _, m := range regexp.MustCompile(`([0-9.]+)(ms|s|m|h|d|w)`).FindAllStringSubmatch(s, -1) {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, false
		}
		total += n * float64(units[m[2]])
	}
	if total > math.MaxInt64/2 {
		return math.MaxInt64 / 2, true
	}
	return time.Duration(math.Round(total)), true
}

// readSize takes a number of bytes with a binary unit.
func readSize(s string) (any, problem) {
	bad := wrong("必须是大小", "must be a size").withHint(both("例如 512MiB、1GiB", "such as 512MiB or 1GiB"))
	if !regexp.MustCompile(sizePattern).MatchString(s) {
		return nil, bad
	}
	shifts := map[string]int{"KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}
	number, unit := strings.TrimSpace(s[:len(s)-3]), s[len(s)-3:]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n > math.MaxInt64>>shifts[unit] {
		return nil, bad
	}
	if n <<= shifts[unit]; n < 1<<20 {
		return nil, wrong("不能小于 1MiB", "must be 1MiB at least")
	}
	return n, problem{}
}

// readURL takes an absolute URL. Its faults never repeat the value, which may hold a token.
func readURL(plain bool, schemes ...string) reader {
	return func(s string) (any, problem) {
		list := strings.Join(schemes, ", ")
		u, err := url.Parse(s)
		switch {
		case err != nil || u.Host == "" || u.Hostname() == "":
			return nil, wrong("必须是带主机名的完整地址", "must be a whole URL with a host").withHint(both("例如 %[1]s://host:port", "such as %[1]s://host:port", schemes[0]))
		case !slices.Contains(schemes, u.Scheme):
			return nil, wrong("地址必须以这些协议开头：%[1]s", "the URL's scheme must be one of: %[1]s", list)
		case plain && (u.RawQuery != "" || u.Fragment != "" || u.User != nil):
			return nil, wrong("地址里不能有用户名、查询参数或 #", "the URL must have no user, query or fragment")
		}
		if plain {
			return strings.TrimRight(s, "/"), problem{}
		}
		return s, problem{}
	}
}

func readAddress(s string) (any, problem) {
	_, port, err := net.SplitHostPort(s)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n > math.MaxUint16 {
		return nil, wrong("必须是 主机:端口", "must be host:port").withHint(both("例如 127.0.0.1:9095", "such as 127.0.0.1:9095"))
	}
	return s, problem{}
}

func readVerifyFile(s string) (any, problem) {
	if !regexp.MustCompile(verifyPattern).MatchString(s) {
		return nil, wrong("不是企业微信的校验文件名", "not the name of a file that WeCom verifies a domain by").withHint(
			both("例如 WW_verify_YpAqDE4xoAPsmGSK.txt", "such as WW_verify_YpAqDE4xoAPsmGSK.txt"))
	}
	return s, problem{}
}

func readEmail(s string) (any, problem) {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		return nil, wrong("不是邮箱地址", "not an e-mail address").withHint(both("例如 li@example.com", "such as li@example.com"))
	}
	return s, problem{}
}

// readMobile takes E.164, and puts +86 before a Chinese number without it.
func readMobile(s string) (any, problem) {
	s = strings.NewReplacer(" ", "", "-", "").Replace(s)
	if !regexp.MustCompile(mobilePattern).MatchString(s) {
		return nil, wrong("不是手机号", "not a mobile number").withHint(
			both(`写成 "+8613800000000"，或 11 位的中国大陆号码`, `write "+8613800000000", or the 11 digits of a Chinese number`))
	}
	if !strings.HasPrefix(s, "+") {
		s = "+86" + s
	}
	return s, problem{}
}

func targetKinds() []string {
	return []string{
		string(sender.TargetPerson), string(sender.TargetChat), string(sender.TargetUser), string(sender.TargetDepartment),
		string(sender.TargetTag), string(sender.TargetPhone), string(sender.TargetEmail), string(sender.TargetAll),
	}
}

// readTarget takes "kind:value" and "all", whatever the type may take.
func readTarget(s string) (any, problem) {
	t := sender.ParseTarget(s)
	kinds := targetKinds()
	switch {
	case t.Kind == sender.TargetOnCall:
		return nil, wrong("这个版本还不支持值班表（on_call:）", "on-call schedules (on_call:) come in a later version").withHint(
			both("请先直接写 person:", "name a person: until then"))
	case !slices.Contains(kinds, string(t.Kind)):
		return nil, wrong("不认识的目标类别 %[1]s", "unknown kind of target %[1]s", shown(string(t.Kind))).withHint(meant(string(t.Kind), kinds))
	case t.Kind == sender.TargetAll && strings.Contains(s, ":"):
		return nil, wrong("all 后面不能有值", "all takes no value")
	case t.Kind != sender.TargetAll && t.Value == "":
		return nil, wrong("%[1]s: 后面缺少值", "the value behind %[1]s: is missing", string(t.Kind))
	}
	var p problem
	switch t.Kind {
	case sender.TargetEmail:
		_, p = readEmail(t.Value)
	case sender.TargetPhone:
		_, p = readMobile(t.Value)
	default:
	}
	return t, p
}
