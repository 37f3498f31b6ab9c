package tencent

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
	// maxNumbers is how many numbers one call takes. https://cloud.tencent.com/document/api/382/55981
	maxNumbers = 200
	// maxVariable is the longest variable of a notification. https://cloud.tencent.com/document/product/382/39023
	maxVariable = 12
	// maxSession is the longest SessionContext, in bytes.
	maxSession = 512
	day        = 24 * time.Hour
)

var (
	number  = regexp.MustCompile(`^\+(?:86(1[3-9][0-9]{9})|(?:[1-79][0-9]|8[0-57-9])[0-9]{5,13})$`)
	address = regexp.MustCompile(`(?i)https?://|www\.|[a-z0-9-]+\.(?:com|cn|net|org|io)\b`)
)

// e164 is a number as the service reads it: bare ones are Chinese. It is empty for what is none.
func e164(s string) string {
	switch {
	case strings.HasPrefix(s, "0086"):
		s = "+86" + s[4:]
	case len(s) == len("13800000000") && !strings.HasPrefix(s, "+"):
		s = "+86" + s
	}
	if !number.MatchString(s) {
		return ""
	}
	return s
}

// fill checks the variables and gives the content for the inbox.
func fill(t Template, values []string, sign string) (content json.RawMessage, code, text string) {
	if len(values) != t.variables() {
		return nil, codeParams, fmt.Sprintf("the template has %d variables, not %d", t.variables(), len(values))
	}
	type pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	pairs, words := []pair{}, t.Text
	for i, v := range values {
		name := strconv.Itoa(i + 1)
		switch {
		case v == "":
			return nil, codeForm, "variable " + name + " is empty"
		case utf8.RuneCountInString(v) > maxVariable:
			return nil, codeLong, "variable " + name + " is longer than 12 characters"
		case address.MatchString(v):
			return nil, codeURL, "variable " + name + " holds an address"
		case strings.ContainsAny(v, "【】\r\n"):
			return nil, codeForm, "variable " + name + " holds brackets or a line break"
		}
		pairs = append(pairs, pair{name, v})
		words = strings.ReplaceAll(words, "{"+name+"}", v)
	}
	// Strings always marshal.
	content, _ = json.Marshal(map[string]any{"sign_name": sign, "template_code": t.ID, "values": pairs, "text": words})
	return content, "", ""
}

func (p *play) deliver(s session, m stage.Message) {
	m.Provider, m.Request = Provider, &stage.Request{Method: s.Method, Path: s.URL.Path, Body: string(s.Body)}
	p.stage.Deliver(m, m.ID, time.Minute)
}

type smsRequest struct {
	Numbers  []string `json:"PhoneNumberSet"`
	App      string   `json:"SmsSdkAppId"`
	Sign     string   `json:"SignName"`
	Template string   `json:"TemplateId"`
	Values   []string `json:"TemplateParamSet"`
	Session  string   `json:"SessionContext"`
}

// serveSMS sends to each number by itself.
func (p *play) serveSMS(s session) stage.Answer {
	var in smsRequest
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return refuse(codeParameter, err.Error())
	}
	w := p.snapshot()
	switch {
	case len(in.Numbers) == 0 || len(in.Session) > maxSession:
		return refuse(codeParameter, "PhoneNumberSet is empty, or SessionContext too long")
	case len(in.Numbers) > maxNumbers:
		return refuse(codeCount, "more than 200 numbers")
	case !slices.Contains(w.Apps, in.App):
		return refuse(codeApp, "SmsSdkAppId does not exist")
	}
	home := slices.ContainsFunc(in.Numbers, func(n string) bool { return strings.HasPrefix(e164(n), "+86") })
	if home && slices.ContainsFunc(in.Numbers, func(n string) bool { return e164(n) != "" && !strings.HasPrefix(e164(n), "+86") }) {
		return refuse(codeMixed, "numbers in China and abroad may not be mixed")
	}
	template, found := w.template(in.Template, false)
	content, code, text := fill(template, in.Values, in.Sign)
	switch {
	case w.Broke:
		code, text = codeMoney, "insufficient balance in SMS package"
	case !slices.Contains(w.Signs, in.Sign):
		code, text = codeSign, "signature is incorrect or unapproved"
	case !found:
		code, text = codeTemplate, "template is incorrect or unapproved"
	}
	set := []map[string]any{}
	for _, n := range in.Numbers {
		one := map[string]any{"SerialNo": "", "PhoneNumber": n, "Fee": 0, "SessionContext": in.Session, "Code": code, "Message": text, "IsoCode": "CN"}
		if code == "" {
			one["Code"], one["Message"] = p.check(s.key, w, e164(n), string(content))
		}
		if one["Code"] == codeOK {
			id := p.stage.NewID("2640:")
			one["SerialNo"], one["Fee"], one["PhoneNumber"] = id, 1, e164(n)
			fate := "arrived"
			if slices.Contains(w.Silent, e164(n)) {
				fate = "lost"
			}
			p.deliver(s, stage.Message{ID: id, Type: typeSMS, App: in.Sign, Conversation: p.phone("sms", e164(n)), Form: "sms", Key: in.Session, Content: content, Fate: fate})
		}
		set = append(set, one)
	}
	return done(map[string]any{"SendStatusSet": set})
}

// check judges one number.
func (p *play) check(key Key, w World, n, words string) (code, text string) {
	switch {
	case n == "":
		return codeNumber, "incorrect phone number"
	case slices.Contains(w.Blocked, n):
		return codeBlack, "phone number is in blacklist"
	case key.NoLimits:
		return codeOK, "send success"
	case p.stage.Take("tencent/same/"+n+"/"+words, stage.Rate{Count: 1, Per: 30 * time.Second}) > 0:
		return codeThirty, "the number of sending SMS within 30 seconds exceeds the upper limit"
	case p.stage.Take("tencent/day/"+n, stage.Rate{Count: 10, Per: day}) > 0:
		return codeDay, "the number of SMS sent from a single mobile number every day exceeds the upper limit"
	}
	return codeOK, "send success"
}

// serveStatus tells what became of SMS to one number.
// https://cloud.tencent.com/document/api/382/55976
func (p *play) serveStatus(s session) stage.Answer {
	var in struct {
		Begin  int64  `json:"BeginTime"`
		End    *int64 `json:"EndTime"`
		Offset int    `json:"Offset"`
		Limit  int    `json:"Limit"`
		Number string `json:"PhoneNumber"`
		App    string `json:"SmsSdkAppId"`
	}
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return refuse(codeParameter, err.Error())
	}
	now := p.stage.Now()
	switch {
	case !slices.Contains(p.snapshot().Apps, in.App):
		return refuse(codeApp, "SmsSdkAppId does not exist")
	case in.Begin <= 0 || now.Sub(time.Unix(in.Begin, 0)) > 7*day || in.Offset != 0 || in.Limit < 1 || in.Limit > 100 || in.Number == "":
		return refuse(codeParameter, "BeginTime within seven days, Offset 0, Limit 1 to 100 and PhoneNumber are required")
	}
	set := []map[string]any{}
	for _, m := range p.stage.Messages(stage.Filter{Provider: Provider, Conversation: p.phone("sms", in.Number).ID}) {
		at := m.At.Unix()
		if at < in.Begin || (in.End != nil && at > *in.End) || len(set) == in.Limit {
			continue
		}
		report, said := "SUCCESS", "DELIVRD"
		if m.Fate == "lost" {
			report, said = "FAIL", "MK:0001"
		}
		set = append(set, map[string]any{"SerialNo": m.ID, "PhoneNumber": in.Number, "UserReceiveTime": at + 3, "ReportStatus": report, "Description": said, "SessionContext": m.Key})
	}
	return done(map[string]any{"PullSmsSendStatusSet": set})
}

// serveCall calls one number. https://cloud.tencent.com/document/api/1128/51558
func (p *play) serveCall(s session) stage.Answer {
	var in struct {
		Template string   `json:"TemplateId"`
		Values   []string `json:"TemplateParamSet"`
		Number   string   `json:"CalledNumber"`
		App      string   `json:"VoiceSdkAppid"`
		Play     *int     `json:"PlayTimes"`
		Session  string   `json:"SessionContext"`
	}
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return refuse(codeParameter, err.Error())
	}
	w := p.snapshot()
	template, found := w.template(in.Template, true)
	n := e164(in.Number)
	switch {
	case n == "" || !strings.HasPrefix(in.Number, "+"):
		return refuse(codeVoiceNumber, "the called number must be a plus, the country and the number")
	case !slices.Contains(w.VoiceApps, in.App):
		return refuse(codeVoiceApp, "VoiceSdkAppid does not exist")
	case w.Broke:
		return refuse(codeVoiceMoney, "the voice package is used up")
	case !found:
		return refuse(codeVoiceTemplate, "the template is not approved, or the content does not match")
	case in.Play != nil && (*in.Play < 1 || *in.Play > 3):
		return refuse(codeParameter, "PlayTimes must be 1 to 3")
	}
	content, code, text := fill(template, in.Values, "")
	if code != "" {
		return refuse(code, text)
	}
	if !s.key.NoLimits && p.stage.Take("tencent/call/"+n, stage.Rate{Count: 1, Per: 30 * time.Second}, stage.Rate{Count: 5, Per: time.Hour}, stage.Rate{Count: 10, Per: day}) > 0 {
		return refuse(codeCalls, "the number is called too often")
	}
	id := p.stage.NewID("call-")
	p.deliver(s, stage.Message{ID: id, Type: typeVoice, App: in.App, Conversation: p.phone("call", n), Form: "call", Key: in.Session, Content: content})
	return done(map[string]any{"SendStatus": map[string]string{"CallId": id, "SessionContext": in.Session}})
}
