// Package dingtalk plays DingTalk's custom robot, and the API that the robot of an internal app calls, as strictly
// as the documentation and what others measured allow.
package dingtalk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// Provider is the name of this play.
const Provider = "dingtalk"

// contentType is the account type whose content the inbox previews.
const contentType = "dingtalk_robot"

// The codes that the play answers with, all of them with HTTP 200.
// https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages.
const (
	codeParameter   = 40035
	codeContentType = 43004
	codeUnknown     = 300005
	codeSecurity    = 310000
	codeDisbanded   = 400013
	codeNoToken     = 400101
	codeDisabled    = 400102
	codeForm        = 400105
	codeTooFast     = 410100
	codeTooFastToo  = 130101
	codeTooLong     = 460101
)

const (
	// perMinute is how often a robot may speak; banFor how long it is silenced when it does more.
	perMinute = 20
	banFor    = 10 * time.Minute
	// maxBytes is the longest message in bytes; maxAt how many people one message may mention.
	maxBytes = 20_000
	maxAt    = 50
	// maxSkew is how far the signature's timestamp may be off.
	maxSkew = time.Hour
	// uuidLife is how long a msgUuid is remembered; DingTalk does not say, an hour is the least to count on.
	uuidLife = time.Hour
)

const pathRobot = "/robot/send"

type play struct{ stage *stage.Stage }

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p, apps := &play{stage: s}, newAppPlay(s)
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "钉钉", EN: "DingTalk"}, Types: []string{contentType, typeApp},
		Places: func() []stage.Conversation { return append(p.places(), apps.places()...) },
		Add:    apps.add, View: apps.view, Expire: apps.expire,
		Accounts: []stage.Account{{
			Name: "dingtalk-demo", Type: contentType, Title: "演示用钉钉机器人", Main: true,
			Settings: []stage.Setting{
				{Name: "access_token", Value: "demo-robot-token"}, {Name: "secret", Value: "SECdemo0123456789"}, {Name: "base_url", Value: "{url}"},
			},
			Mention: []string{"person:lilei"},
		}, appAccount()},
		Sender: func(m stage.Message) string {
			if m.Type == typeApp {
				return apps.sender(m)
			}
			return "机器人 robot"
		},
		Kinds: map[string]lang.Text{
			"robot": {ZH: "钉钉机器人", EN: "DingTalk robot"}, "staff": {ZH: "钉钉成员", EN: "DingTalk member"}, "group": {ZH: "钉钉群", EN: "DingTalk group"},
		},
		Routes: append(apps.routes(), stage.Route{Pattern: "POST " + pathRobot, Endpoint: "send", Serve: p.serveSend}),
		Refuse: func(code stage.Code, text string, status int) stage.Answer {
			if code.Int() == 0 && code != "0" {
				return refuseApp(code, text, status)
			}
			a := refuse(stage.Robot{}, code.Int(), text)
			if status != 0 {
				a.Status = status
			}
			return a
		},
		Limited: func(c *stage.Call, _ stage.Fault) stage.Answer {
			if c.URL.Path != pathRobot {
				return limitedApp(c)
			}
			robot, ok := p.stage.Robot(c.URL.Query().Get("access_token"))
			if ok {
				p.stage.Ban(banKey(robot), banFor)
			}
			return tooFast(robot)
		},
	}
}

// places are the groups of the robots.
func (p *play) places() []stage.Conversation {
	var list []stage.Conversation
	for _, r := range p.stage.View().Robots {
		list = append(list, stage.Conversation{ID: "robot:" + r.Group, Kind: "robot", Name: r.Group})
	}
	return list
}

func banKey(r stage.Robot) string { return "dingtalk/" + r.Token }

// serveSend checks in this order: form of the request, robot, security, rate, message.
func (p *play) serveSend(c *stage.Call) stage.Answer {
	query := c.URL.Query()
	token := query.Get("access_token")
	if token == "" {
		return refuse(stage.Robot{}, codeNoToken, "access_token not exist")
	}
	robot, ok := p.stage.Robot(token)
	switch {
	case !ok:
		return refuse(stage.Robot{}, codeUnknown, "token is not exist")
	case !c.JSONBody():
		return refuse(robot, codeContentType, "invalid content-type")
	case len(c.Body) == 0 || !json.Valid(c.Body):
		return refuse(robot, codeParameter, "missing parameter json")
	case robot.Disbanded:
		return refuse(robot, codeDisbanded, "the group has been disbanded")
	case robot.Disabled:
		return refuse(robot, codeDisabled, "robot disabled")
	}
	if text := p.security(c, robot, query.Get("timestamp"), query.Get("sign")); text != "" {
		return refuse(robot, codeSecurity, text)
	}
	if !p.mayspeak(robot) {
		return tooFast(robot)
	}
	if len(c.Body) > maxBytes {
		return refuse(robot, codeTooLong, "message too long, exceed 20000 bytes")
	}
	return p.deliver(c, robot)
}

// security returns what DingTalk writes when a check fails, or nothing.
func (p *play) security(c *stage.Call, robot stage.Robot, timestamp, sign string) string {
	const more = ", more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"
	if robot.Secret != "" {
		ms, err := strconv.ParseInt(timestamp, 10, 64)
		if err != nil || p.stage.Now().Sub(time.UnixMilli(ms)).Abs() > maxSkew {
			return "invalid timestamp" + more
		}
		if !hmac.Equal([]byte(sign), []byte(Sign(robot.Secret, timestamp))) {
			return "sign not match" + more
		}
	}
	if ip := stage.CallerIP(c); len(robot.AllowIPs) > 0 && !stage.Allowed(robot.AllowIPs, ip) {
		return "ip " + ip + " not in whitelist" + more
	}
	return ""
}

// Sign is the signature that a robot with this secret asks for at a time in milliseconds.
// https://open.dingtalk.com/document/orgapp/customize-robot-security-settings.
func Sign(secret, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "\n" + secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// mayspeak counts one call; one too many within a minute bans the robot.
func (p *play) mayspeak(robot stage.Robot) bool {
	key := banKey(robot)
	if p.stage.Banned(key) > 0 {
		return false
	}
	if robot.NoLimits || p.stage.Take(key, stage.Rate{Count: perMinute, Per: time.Minute}) == 0 {
		return true
	}
	p.stage.Ban(key, banFor)
	return false
}

func tooFast(robot stage.Robot) stage.Answer {
	if robot.LimitCode == codeTooFastToo {
		// The gateway's own form of the refusal.
		return answer(robot, codeTooFastToo, map[string]any{
			"status": 1111, "wait": 5, "source": "x5", "punish": "deny",
			"errmsg": "send too fast, exceed 20 times per minute",
		})
	}
	return refuse(robot, codeTooFast, "send too fast")
}

func refuse(robot stage.Robot, code int, text string) stage.Answer {
	return answer(robot, code, map[string]any{"errmsg": text})
}

func answer(robot stage.Robot, code int, body map[string]any) stage.Answer {
	body["errcode"] = code
	if robot.ErrcodeAsString {
		body["errcode"] = strconv.Itoa(code)
	}
	// Strings and numbers always marshal.
	raw, _ := json.Marshal(body)
	return stage.Answer{Status: http.StatusOK, Body: raw, Outcome: strconv.Itoa(code)}
}

func isAt(text, id string) bool { return id != "" && strings.Contains(text, "@"+id) }
