package dingtalk

import (
	"encoding/json"
	"fmt"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// How many people one DING may reach. https://open.dingtalk.com/document/orgapp/robot-sends-nail-message
const (
	maxDingApp   = 200
	maxDingOther = 20
)

// dingMode is what the number of a DING means.
func dingMode(kind int) (mode string, most int) {
	switch kind {
	case 1:
		return "app", maxDingApp
	case 2:
		return "sms", maxDingOther
	case 3:
		return "phone", maxDingOther
	default:
		return "", 0
	}
}

// serveDing rings people. Who cannot be rung is in the answer, with HTTP 200.
func (p *appPlay) serveDing(s session) stage.Answer {
	var in struct {
		Robot   string   `json:"robotCode"`
		Kind    int      `json:"remindType"`
		Users   []string `json:"receiverUserIdList"`
		Content string   `json:"content"`
		Voice   string   `json:"callVoice"`
	}
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return fail(wordParameter, err.Error())
	}
	mode, most := dingMode(in.Kind)
	switch {
	case in.Robot != s.app.robot():
		return fail("invalid.chatbotId", "robotCode does not exist")
	case mode == "":
		return fail(wordParameter+".remindType", "remindType must be 1, 2 or 3")
	case len(in.Users) == 0:
		return fail("miss.staffId", "receiverUserIdList is empty")
	case len(in.Users) > most:
		return fail("ding.receivercount.limit", fmt.Sprintf("a DING by %s reaches at most %d people", mode, most))
	case in.Content == "":
		return fail(wordParameter+".content", "content is empty")
	}
	failed := map[string][]string{}
	var ring []stage.User
	for _, id := range in.Users {
		u, found := p.member(id)
		switch {
		case !found || !s.app.reaches(u):
			failed["not in the app's range"] = append(failed["not in the app's range"], id)
		case mode != "app" && u.Mobile == "":
			failed["no mobile number"] = append(failed["no mobile number"], id)
		default:
			ring = append(ring, u)
		}
	}
	if !p.spendDing(s.app.Key, mode, len(ring)) {
		return fail("ding.serverquota.insufficient", "no DING by "+mode+" is left")
	}
	ding := p.stage.NewID("ding_")
	param, err := json.Marshal(template{Content: in.Content})
	if err != nil {
		return fail(wordParameter, err.Error())
	}
	record := sent{robot: in.Robot}
	for n, u := range ring {
		id := fmt.Sprintf("%s-%d", ding, n)
		p.deliver(s, id, p.person(u.UserID), "ding", outgoing{Key: "sampleText", Param: string(param)}.show())
		p.stage.Urge(id, stage.Urgent{Mode: mode, Names: []string{u.Name}, UserIDs: []string{u.UserID}})
		record.copies = append(record.copies, id)
	}
	p.keep(ding, record)
	return done(map[string]any{"openDingId": ding, "failedList": failed})
}

// spendDing takes n DINGs from what is paid for.
func (p *appPlay) spendDing(key, mode string, n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.world.Apps {
		a := &p.world.Apps[i]
		if a.Key != key || mode == "app" {
			continue
		}
		left := &a.DingSMS
		if mode == "phone" {
			left = &a.DingPhone
		}
		switch {
		case *left < 0:
			return true
		case *left < n:
			return false
		}
		*left -= n
	}
	return true
}

func (p *appPlay) serveDingRecall(s session) stage.Answer {
	var in struct {
		Robot string `json:"robotCode"`
		Ding  string `json:"openDingId"`
	}
	if err := json.Unmarshal(s.Body, &in); err != nil {
		return fail(wordParameter, err.Error())
	}
	record, found := p.find(in.Ding)
	switch {
	case in.Robot != s.app.robot():
		return fail("invalid.chatbotId", "robotCode does not exist")
	case !found || record.robot != in.Robot:
		return fail(wordParameter+".openDingId", "the DING does not exist")
	}
	for _, id := range record.copies {
		p.stage.Recall(id)
	}
	return done(map[string]string{"openDingId": in.Ding})
}
