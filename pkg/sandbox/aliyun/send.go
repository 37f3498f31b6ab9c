package aliyun

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const (
	// maxNumbers is how many numbers one call takes. https://help.aliyun.com/document_detail/419273.html
	maxNumbers = 1000
	// maxVariable is the longest variable, in characters. https://help.aliyun.com/document_detail/463270.html
	maxVariable = 35
	day         = 24 * time.Hour
	// recordAfter is how long after a call its record can be asked for. https://help.aliyun.com/document_detail/393529.html
	recordAfter = 3 * time.Minute
	// product is the number of voice notifications.
	product = "11000000300006"
)

// window is one limit, and how the service words it.
type window struct {
	rate  stage.Rate
	words string
}

// The limits of one number. https://help.aliyun.com/document_detail/2881383.html, .../2680293.html.
func smsWindows() []window {
	return []window{{stage.Rate{Count: 50, Per: day}, "触发天级流控Permits:50"}}
}

func callWindows() []window {
	return []window{
		{stage.Rate{Count: 1, Per: time.Minute}, "触发分钟级流控Permits:1"},
		{stage.Rate{Count: 5, Per: time.Hour}, "触发小时级流控Permits:5"},
		{stage.Rate{Count: 20, Per: day}, "触发天级流控Permits:20"},
	}
}

// full returns the words of the first window that has no room, and counts the call where all have.
func (p *play) full(key Key, id string, windows []window) string {
	if key.NoLimits {
		return ""
	}
	for _, w := range windows {
		if p.stage.Take("aliyun/"+id+"/"+w.rate.Per.String(), w.rate) > 0 {
			return w.words
		}
	}
	return ""
}

var (
	mainland = regexp.MustCompile(`^(?:\+86|0086|86)?(1[3-9][0-9]{9})$`)
	abroad   = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)
	address  = regexp.MustCompile(`(?i)https?://|www\.|[a-z0-9-]+\.(?:com|cn|net|org|io)\b`)
)

// e164 is a number as written anywhere; empty for what is none.
func e164(number string) string {
	if m := mainland.FindStringSubmatch(number); m != nil {
		return "+86" + m[1]
	}
	if abroad.MatchString(number) && !strings.HasPrefix(number, "86") {
		return "+" + number
	}
	return ""
}

// fill checks the variables and gives the words that a phone gets, and the content for the inbox.
func fill(t Template, raw, sign string) (content json.RawMessage, code, text string) {
	values := map[string]string{}
	if raw != "" && json.Unmarshal([]byte(raw), &values) != nil {
		return nil, codeJSON, "JSON参数不合法，只接受字符串值"
	}
	words := t.Text
	type pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	var pairs []pair
	for _, name := range t.variables() {
		v := values[name]
		switch {
		case v == "":
			return nil, codeMissing, "模板缺少变量 " + name
		case utf8.RuneCountInString(v) > maxVariable:
			return nil, codeLong, "参数超出长度限制 " + name
		case address.MatchString(v):
			return nil, codeURL, "不支持URL " + name
		case strings.ContainsAny(v, "【】\r\n★※²→"):
			return nil, codeIllegal, "模板变量中存在非法字符 " + name
		}
		pairs = append(pairs, pair{name, v})
		words = strings.ReplaceAll(words, "${"+name+"}", v)
	}
	// Strings always marshal.
	content, _ = json.Marshal(map[string]any{"sign_name": sign, "template_code": t.Code, "values": pairs, "text": words})
	return content, "", ""
}

func (p *play) deliver(s session, id, typ, kind, app, number, fate string, content json.RawMessage) {
	p.stage.Deliver(stage.Message{
		ID: id, Provider: Provider, Type: typ, App: app, Conversation: p.phone(kind, number), Form: kind, Key: s.arg("OutId"), Content: content, Fate: fate,
		Request: &stage.Request{Method: s.Method, Path: s.URL.RequestURI(), Body: string(s.Body)},
	}, id, time.Minute)
}

// serveSMS sends to all numbers or to none.
func (p *play) serveSMS(s session) stage.Answer {
	w := p.snapshot()
	numbers := strings.Split(s.arg("PhoneNumbers"), ",")
	template, found := w.template(s.arg("TemplateCode"), false)
	switch {
	case w.Broke:
		return refuse(codeMoney, "账户余额不足")
	case len(numbers) > maxNumbers:
		return refuse(codeNumbers, "手机号码数量超过限制")
	case !slices.Contains(w.Signs, s.arg("SignName")):
		return refuse(codeSign, "短信签名不合法")
	case !found:
		return refuse(codeTemplate, "短信模版不合法")
	}
	content, code, text := fill(template, s.arg("TemplateParam"), s.arg("SignName"))
	if code != "" {
		return refuse(code, text)
	}
	for i, n := range numbers {
		if numbers[i] = e164(n); numbers[i] == "" {
			return refuse(codeNumber, "非法手机号 "+n)
		}
	}
	for _, n := range numbers {
		if words := p.full(s.key, "sms/"+s.arg("SignName")+"/"+template.Code+"/"+n, smsWindows()); words != "" {
			return refuse(codeFlow, words)
		}
	}
	biz := p.stage.NewID("")
	for i, n := range numbers {
		fate := "arrived"
		if slices.Contains(w.Silent, n) {
			fate = "lost"
		}
		p.deliver(s, fmt.Sprintf("%s^%d", biz, i), typeSMS, "sms", s.arg("SignName"), n, fate, content)
	}
	return done(map[string]any{"BizId": biz})
}

// serveDetails tells what became of an SMS to one number.
// https://help.aliyun.com/document_detail/419277.html
func (p *play) serveDetails(s session) stage.Answer {
	number, date := e164(s.arg("PhoneNumber")), s.arg("SendDate")
	if _, err := time.Parse("20060102", date); err != nil || number == "" || s.arg("PageSize") == "" || s.arg("CurrentPage") == "" {
		return refuse(codeParameter, "PhoneNumber, SendDate (yyyyMMdd), PageSize and CurrentPage are required")
	}
	list := []map[string]any{}
	for _, m := range p.stage.Messages(stage.Filter{Provider: Provider, Conversation: p.phone("sms", number).ID}) {
		biz, _, _ := strings.Cut(m.ID, "^")
		if want := s.arg("BizId"); want != "" && want != biz {
			continue
		}
		state, code := 3, "DELIVERED"
		if m.Fate == "lost" {
			state, code = 2, "MK:0001"
		}
		list = append(list, map[string]any{"PhoneNum": s.arg("PhoneNumber"), "SendStatus": state, "ErrCode": code, "SendDate": m.At.Format(time.DateTime), "OutId": m.Key})
	}
	return done(map[string]any{"TotalCount": strconv.Itoa(len(list)), "SmsSendDetailDTOs": map[string]any{"SmsSendDetailDTO": list}})
}

func (p *play) serveTemplate(s session) stage.Answer {
	w := p.snapshot()
	i := slices.IndexFunc(w.Templates, func(t Template) bool { return t.Code == s.arg("TemplateCode") && !t.voice() })
	if i < 0 {
		return refuse(codeTemplate, "短信模版不合法")
	}
	status := 1
	if w.Templates[i].Waiting {
		status = 0
	}
	return done(map[string]any{"TemplateCode": w.Templates[i].Code, "TemplateContent": w.Templates[i].Text, "TemplateStatus": status})
}

// serveCall calls one number. https://help.aliyun.com/document_detail/393519.html
func (p *play) serveCall(s session) stage.Answer {
	w, number := p.snapshot(), e164(s.arg("CalledNumber"))
	template, found := w.template(s.arg("TtsCode"), true)
	show := s.arg("CalledShowNumber")
	switch {
	case w.Broke:
		return refuse(codeMoney, "账户余额不足")
	case !found:
		return refuse(codeTTS, "TTS模板不合法")
	case show != "" && !slices.Contains(w.Numbers, show):
		return refuse(codeShow, "号显不合法")
	case number == "":
		return refuse(codeNumber, "非法手机号")
	case !between(s.arg("PlayTimes"), 1, 3) || !between(s.arg("Volume"), 0, 100) || !between(s.arg("Speed"), -500, 500):
		return refuse(codeParameter, "PlayTimes, Volume or Speed is out of range")
	}
	content, code, text := fill(template, s.arg("TtsParam"), "")
	if code != "" {
		return refuse(code, text)
	}
	if words := p.full(s.key, "call/"+number, callWindows()); words != "" {
		return refuse(codeFlow, words)
	}
	id := p.stage.NewID("") + "^1"
	one := call{message: id, number: number, at: p.stage.Now(), answered: !slices.Contains(w.Silent, number)}
	fate := "unanswered"
	if one.answered {
		fate = "answered"
	}
	p.deliver(s, id, typeVoice, "call", show, number, fate, content)
	p.mu.Lock()
	p.calls[id] = one
	p.mu.Unlock()
	return done(map[string]any{"CallId": id})
}

// between tells whether a setting is left out, or a number in its range.
func between(s string, least, most int) bool {
	n, err := strconv.Atoi(s)
	return s == "" || (err == nil && n >= least && n <= most)
}

// serveRecord gives a call's record, once there is one.
// https://help.aliyun.com/document_detail/393529.html
func (p *play) serveRecord(s session) stage.Answer {
	ms, err := strconv.ParseInt(s.arg("QueryDate"), 10, 64)
	if err != nil || s.arg("CallId") == "" {
		return refuse(codeParameter, "CallId and QueryDate (Unix milliseconds) are required")
	}
	p.mu.Lock()
	one, found := p.calls[s.arg("CallId")]
	p.mu.Unlock()
	if !found || s.arg("ProdId") != product || p.stage.Now().Sub(one.at) < recordAfter || one.at.Sub(time.UnixMilli(ms)).Abs() > day {
		return done(map[string]any{})
	}
	record := map[string]any{"callee": strings.TrimPrefix(one.number, "+86"), "state": "200005", "stateDesc": "用户未接听", "duration": 0, "startDate": "", "endDate": ""}
	if one.answered {
		record = map[string]any{
			"callee": strings.TrimPrefix(one.number, "+86"), "state": "200000", "stateDesc": "用户接听", "duration": 12,
			"startDate": one.at.Add(5 * time.Second).Format(time.DateTime), "endDate": one.at.Add(17 * time.Second).Format(time.DateTime),
		}
	}
	// Strings and numbers always marshal.
	raw, _ := json.Marshal(record)
	return done(map[string]any{"Data": string(raw)})
}
