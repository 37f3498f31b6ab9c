package webhook

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const jsonType = "application/json"

// settings are an account's own.
type settings struct {
	URL           secret.Value `setting:"url"`
	Method        string       `setting:"method"`
	Secret        secret.Value `setting:"secret"`
	Bearer        secret.Value `setting:"bearer_token"`
	Username      string       `setting:"username"`
	Password      secret.Value `setting:"password"`
	Headers       string       `setting:"headers"`
	SecretHeaders secret.Value `setting:"secret_headers"`
	Body          string       `setting:"body"`
	ContentType   string       `setting:"content_type"`
	MaxBytes      int          `setting:"max_bytes"`
	SuccessField  string       `setting:"success_field"`
	SuccessValue  string       `setting:"success_value"`
}

func readSettings(s sender.Settings) settings {
	own := settings{
		URL: s.Secrets[fieldURL], Method: s.Values[fieldMethod], Secret: s.Secrets[fieldSecret], Bearer: s.Secrets[fieldBearer],
		Username: s.Values[fieldUsername], Password: s.Secrets[fieldPassword], Headers: s.Values[fieldHeaders],
		SecretHeaders: s.Secrets[fieldSecretHeaders], Body: s.Values[fieldBody], ContentType: s.Values[fieldContentType],
		SuccessField: s.Values[fieldSuccessField], SuccessValue: s.Values[fieldSuccessValue],
	}
	if own.Method == "" {
		own.Method = http.MethodPost
	}
	size := s.Values[fieldMaxBytes]
	if size == "" {
		size = defaultMaxBytes
	}
	// What is no number is 0, and out of range.
	own.MaxBytes, _ = strconv.Atoi(size)
	if own.ContentType == "" {
		own.ContentType = jsonType
	}
	return own
}

// build checks the settings, all at once, and makes of them what a request is made of.
func (s settings) build() (hook, error) {
	h := hook{settings: s, header: http.Header{}}
	var faults []error
	fault := func(err error) { faults = append(faults, err) }
	if s.Method != http.MethodPost && s.Method != http.MethodPut {
		fault(lang.Wrong("method 不能是 %q：请用 POST 或 PUT", "method %q is not possible: use POST or PUT", s.Method))
	}
	if s.MaxBytes < leastMaxBytes || s.MaxBytes > mostMaxBytes {
		fault(lang.Wrong("max_bytes 超出范围：请用 %d 到 %d", "max_bytes is out of range: use %d to %d", leastMaxBytes, mostMaxBytes))
	}
	if (s.SuccessField == "") != (s.SuccessValue == "") {
		fault(lang.Wrong("success_field 和 success_value 要一起填：都填，或都不填", "success_field and success_value go together: give both or none"))
	}
	if s.Secret.IsSet() {
		key, err := signingKey(s.Secret)
		h.key = key
		fault(err)
	}
	for _, lines := range []struct {
		field, text string
		secret      bool
	}{{fieldHeaders, s.Headers, false}, {fieldSecretHeaders, s.SecretHeaders.Reveal(), true}} {
		fault(h.addHeaders(lines.field, lines.text, lines.secret))
	}
	fault(h.authorize())
	media, _, err := mime.ParseMediaType(s.ContentType)
	isType := err == nil && httpguts.ValidHeaderFieldValue(s.ContentType)
	if !isType {
		fault(lang.Wrong("content_type 不是媒体类型：写成 text/plain; charset=utf-8 这样", "content_type is not a media type: write it as text/plain; charset=utf-8"))
	}
	h.json = media == jsonType || strings.HasSuffix(media, "+json")
	if s.Body == "" {
		if isType && !h.json {
			fault(lang.Wrong("content_type 只配合 body 模板使用：请也填 body，或不填 content_type", "content_type is for a body template: give body too, or leave content_type out"))
		}
		return h, errors.Join(faults...)
	}
	if h.body, err = message.ParseBody(fieldBody, s.Body); err != nil {
		fault(err)
	} else {
		fault(h.tryBody())
	}
	return h, errors.Join(faults...)
}

// tryBody finds a template that does not escape what it writes into JSON.
func (h hook) tryBody() error {
	if !h.json {
		return nil
	}
	out, err := h.fill(message.Sample(lang.English), nil, time.Now().Add(maxTime))
	if err == nil && !json.Valid([]byte(out)) {
		return lang.Wrong(
			"文字里有引号或换行时，body 写出的不是合法的 JSON：每个字符串都写成 {{ .Plain | toJson }}，外面不加引号；不是 JSON 的，在 content_type 里写明",
			"body does not write valid JSON when a text has quotes or line ends: write {{ .Plain | toJson }}, without quotes around it, for each string, or say in content_type what else it writes")
	}
	return nil
}

// reserved headers are written by the account's other settings or by HTTP itself.
func reserved(name string) bool {
	return strings.HasPrefix(name, "Webhook-") || slices.Contains([]string{
		"Connection", "Content-Length", "Content-Type", "Host", "Idempotency-Key", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	}, name)
}

func (h *hook) addHeaders(field, text string, isSecret bool) error {
	n := 0
	var faults []error
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		name, value = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case !found || value == "" || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
			faults = append(faults, lang.Wrong("%s 第 %d 行不是请求头：写成 名称: 值", "%s, line %d, is no header: write it as Name: value", field, n))
			continue
		case reserved(name):
			faults = append(faults, lang.Wrong("%s 第 %d 行：%s 由云锣自己写；请删去它，或用对应的字段", "%s, line %d: %s is written by Yunluo itself; leave it out, or use the field for it", field, n, name))
			continue
		}
		h.header.Add(name, value)
		if isSecret {
			h.secrets = append(h.secrets, secret.New(value))
		}
	}
	return errors.Join(faults...)
}

// authorize writes the Authorization header, of which there can be only one.
func (h *hook) authorize() error {
	s := h.settings
	basic := s.Username != "" || s.Password.IsSet()
	ways := 0
	for _, has := range []bool{s.Bearer.IsSet(), basic, h.header.Get("Authorization") != ""} {
		if has {
			ways++
		}
	}
	var faults []error
	if ways > 1 {
		faults = append(faults, lang.Wrong("bearer_token、username 加 password、Authorization 请求头只能用一种：请只留一个", "bearer_token, username with password, and an Authorization header exclude each other: keep one"))
	}
	if basic && (s.Username == "" || !s.Password.IsSet()) {
		faults = append(faults, lang.Wrong("username 和 password 要一起填：都填，或都不填", "username and password go together: give both or none"))
	}
	if strings.Contains(s.Username, ":") {
		faults = append(faults, lang.Wrong("username 里有冒号，Basic 认证不允许", "username holds a colon, which basic authentication does not allow"))
	}
	if s.Bearer.IsSet() && (strings.ContainsAny(s.Bearer.Reveal(), " \t") || !httpguts.ValidHeaderFieldValue(s.Bearer.Reveal())) {
		faults = append(faults, lang.Wrong("bearer_token 里有空白：只填令牌本身，不带 Bearer", "bearer_token holds a blank: give the token alone, without the word Bearer"))
	}
	switch {
	case len(faults) > 0:
	case s.Bearer.IsSet():
		h.header.Set("Authorization", "Bearer "+s.Bearer.Reveal())
	case basic:
		r := http.Request{Header: h.header}
		r.SetBasicAuth(s.Username, s.Password.Reveal())
	}
	return errors.Join(faults...)
}
