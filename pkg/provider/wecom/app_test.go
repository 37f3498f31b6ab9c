package wecom

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files anew")

func user(id string) sender.Target { return sender.Target{Kind: sender.TargetUser, Value: id} }

func person(p sender.Person) sender.Target {
	return sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p}
}

func TestFormsAreAsReviewed(t *testing.T) {
	a := open(t, &fake{})
	for name, m := range providertest.Samples() {
		for _, form := range []string{formText, formMarkdown, formTextCard, formCard} {
			if name == "long" && form != formTextCard {
				continue
			}
			t.Run(name+"/"+form, func(t *testing.T) {
				providertest.GoldenParts(t, *update, name+"_"+form+".json", a, sender.Draft{Message: m, Target: user("lilei"), Options: sender.Options{optionForm: form}})
			})
		}
	}
}

// TestWhoIsReached walks through everybody that "to" can name.
func TestWhoIsReached(t *testing.T) {
	for name, c := range map[string]struct {
		target  sender.Target
		want    map[string]any
		refused string
		asks    string
	}{
		"by id":               {target: user("LiLei"), want: map[string]any{"touser": "LiLei"}},
		"everybody":           {target: sender.Target{Kind: sender.TargetAll}, want: map[string]any{"touser": "@all"}},
		"a department":        {target: sender.Target{Kind: sender.TargetDepartment, Value: "7"}, want: map[string]any{"toparty": "7"}},
		"a tag":               {target: sender.Target{Kind: sender.TargetTag, Value: "3"}, want: map[string]any{"totag": "3"}},
		"a mobile number":     {target: sender.Target{Kind: sender.TargetPhone, Value: "+86 138-0000-0001"}, want: map[string]any{"touser": "LiLei"}, asks: pathMobile},
		"an e-mail address":   {target: sender.Target{Kind: sender.TargetEmail, Value: "Li@Example.com"}, want: map[string]any{"touser": "LiLei"}, asks: pathEmail},
		"a person's id":       {target: person(sender.Person{Name: "li", IDs: map[string]string{"wecom": "li.lei"}, Mobile: "1"}), want: map[string]any{"touser": "li.lei"}},
		"a person's mobile":   {target: person(sender.Person{Name: "li", Mobile: "+8613800000001"}), want: map[string]any{"touser": "LiLei"}, asks: pathMobile},
		"a person's e-mail":   {target: person(sender.Person{Name: "li", Email: "li@example.com"}), want: map[string]any{"touser": "LiLei"}, asks: pathEmail},
		"a person of nothing": {target: person(sender.Person{Name: "li"}), refused: "neither"},
		"nobody configured":   {target: sender.Target{Kind: sender.TargetPerson, Value: "x"}, refused: "not configured"},
		"an id with a bar":    {target: user("a|b"), refused: "user id"},
		"a department's name": {target: sender.Target{Kind: sender.TargetDepartment, Value: "ops"}, refused: "by number"},
		"a chat":              {target: sender.Target{Kind: sender.TargetChat, Value: "x"}, refused: "cannot be addressed"},
		"no number":           {target: sender.Target{Kind: sender.TargetPhone, Value: "x"}, refused: "mobile number"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{}
			_, err := open(t, f).Send(t.Context(), sender.Notification{Key: "k", Target: c.target, Content: textContent("x")})
			if c.refused != "" {
				failure := sender.AsFailure(err)
				require.ErrorContains(t, err, c.refused)
				require.Equal(t, sender.Never, failure.Class)
				require.Equal(t, sender.ReasonRecipient, failure.Reason)
				require.False(t, failure.Hint.Empty())
				require.Empty(t, f.bodies(pathSend))
				return
			}
			require.NoError(t, err)
			body := f.bodies(pathSend)[0]
			for _, k := range []string{"touser", "toparty", "totag"} {
				require.Equal(t, c.want[k], body[k], k)
			}
			require.InDelta(t, 1000002, body["agentid"], 0)
			if c.asks != "" {
				require.Len(t, f.bodies(c.asks), 1)
			}
		})
	}
}

func TestLookupsAreRememberedMissesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answers: map[string]string{pathMobile: `{"errcode":46004,"errmsg":"user not found"}`}}
		a := open(t, f)
		li := sender.Person{Name: "li", Mobile: "13800000001", Email: "li@example.com"}
		for range 3 {
			id, err := a.Find(t.Context(), li)
			require.NoError(t, err)
			require.Equal(t, "LiLei", id, "the e-mail address is tried next")
		}
		require.Len(t, f.bodies(pathMobile), 1)
		require.Len(t, f.bodies(pathEmail), 1)
		time.Sleep(11 * time.Minute)
		_, err := a.Find(t.Context(), li)
		require.NoError(t, err)
		require.Len(t, f.bodies(pathMobile), 2, "somebody may have joined meanwhile")
		require.Len(t, f.bodies(pathEmail), 1)
	})
}

func TestOneCallForSeveralAndWhoWasLeftOut(t *testing.T) {
	f := &fake{answers: map[string]string{pathSend: `{"errcode":0,"errmsg":"ok","invaliduser":"zhaoliu","unlicenseduser":"WangFang","invalidparty":"9","msgid":"m"}`}}
	a := open(t, f)
	var list []sender.Notification
	for _, target := range []sender.Target{
		user("LiLei"), user("ZhaoLiu"), user("wangfang"), {Kind: sender.TargetDepartment, Value: "7"}, {Kind: sender.TargetDepartment, Value: "9"}, user("a b"),
	} {
		list = append(list, sender.Notification{Key: target.Value, Target: target, Content: textContent("x")})
	}
	got := a.SendBatch(t.Context(), list)
	require.Len(t, f.bodies(pathSend), 1)
	body := f.bodies(pathSend)[0]
	require.Equal(t, "LiLei|ZhaoLiu|wangfang", body["touser"])
	require.Equal(t, "7|9", body["toparty"])
	require.NoError(t, got[0].Err)
	require.Equal(t, codeInvalid, sender.AsFailure(got[1].Err).Code, "WeCom writes ids in lower case")
	require.Equal(t, sender.ReasonPermission, sender.AsFailure(got[2].Err).Reason, "no licence")
	require.NoError(t, got[3].Err)
	require.Len(t, got[3].Receipt.Refused, 2, "those of the department who may have missed it")
	require.Equal(t, codeInvalid, sender.AsFailure(got[4].Err).Code)
	require.Equal(t, sender.ReasonRecipient, sender.AsFailure(got[5].Err).Reason)
}

func TestSomebodyNamedTwiceIsSentToOnce(t *testing.T) {
	f := &fake{}
	out := open(t, f).SendBatch(t.Context(), []sender.Notification{
		{Key: "k", Target: user("LiLei"), Content: textContent("x")},
		{Key: "k2", Target: sender.Target{Kind: sender.TargetPhone, Value: "13800000001"}, Content: textContent("x")},
	})
	require.Equal(t, "LiLei", f.bodies(pathSend)[0]["touser"])
	require.NoError(t, out[0].Err)
	require.NoError(t, out[1].Err)
}

func TestTheSameWordsOfTwoAlertsAreTwoMessages(t *testing.T) {
	f := &fake{}
	a := open(t, f)
	for _, key := range []string{"one", "one", "two"} {
		_, err := a.Send(t.Context(), sender.Notification{Key: key, Target: user("a"), Content: textContent("x")})
		require.NoError(t, err)
	}
	b := f.bodies(pathSend)
	require.Equal(t, b[0], b[1], "a repeat has the same bytes, so WeCom drops it")
	require.NotEqual(t, b[0], b[2])
	require.InDelta(t, 1, b[0]["enable_duplicate_check"], 0)
}

func TestACardIsReplacedOnce(t *testing.T) {
	f := &fake{}
	a := open(t, f)
	r, err := a.Render(t.Context(), sender.Draft{Message: providertest.Samples()["firing"], Options: sender.Options{optionForm: formCard}})
	require.NoError(t, err)
	n := sender.Notification{Key: "k", Target: user("LiLei"), Content: r.Parts[0]}
	first, err := a.Send(t.Context(), n)
	require.NoError(t, err)
	second, err := a.Update(t.Context(), first, n)
	require.NoError(t, err)
	require.Equal(t, first.MessageID, second.MessageID)
	body := f.bodies(pathUpdate)[0]
	require.Equal(t, "code-1", body["response_code"])
	require.Equal(t, []any{"LiLei"}, body["userids"])
	_, err = a.Update(t.Context(), second, n)
	require.ErrorIs(t, err, sender.ErrCannotUpdate, "a code works once")
	require.Len(t, f.bodies(pathUpdate), 1)
	_, err = a.Update(t.Context(), first, sender.Notification{Key: "k", Target: user("LiLei"), Content: textContent("x")})
	require.ErrorIs(t, err, sender.ErrCannotUpdate)
	require.NoError(t, a.Recall(t.Context(), second))
	require.Equal(t, "msg-1", f.bodies(pathRecall)[0]["msgid"])
	require.Error(t, a.Recall(t.Context(), sender.Receipt{Data: json.RawMessage(`{}`)}))
}

// TestARefusedUpdateBecomesANewMessage tells what is about this card from what is about the caller or the moment.
func TestARefusedUpdateBecomesANewMessage(t *testing.T) {
	for code, gone := range map[int]bool{40058: true, 987654: true, -1: false, 45009: false, 60020: false, 40014: false} {
		f := &fake{answers: map[string]string{pathUpdate: fmt.Sprintf(`{"errcode":%d,"errmsg":"no"}`, code)}}
		a := open(t, f)
		r, err := a.Render(t.Context(), sender.Draft{Message: providertest.Samples()["firing"], Options: sender.Options{optionForm: formCard}})
		require.NoError(t, err)
		n := sender.Notification{Key: "k", Target: user("LiLei"), Content: r.Parts[0]}
		sent, err := a.Send(t.Context(), n)
		require.NoError(t, err)
		_, err = a.Update(t.Context(), sent, n)
		require.Error(t, err)
		require.Equal(t, gone, errors.Is(err, sender.ErrCannotUpdate), code)
	}
}

func TestACardIsReplacedWithinThreeDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		a := open(t, f)
		r, err := a.Render(t.Context(), sender.Draft{Message: providertest.Samples()["firing"], Options: sender.Options{optionForm: formCard}})
		require.NoError(t, err)
		n := sender.Notification{Key: "k", Target: user("LiLei"), Content: r.Parts[0]}
		sent, err := a.Send(t.Context(), n)
		require.NoError(t, err)
		time.Sleep(updateFor)
		_, err = a.Update(t.Context(), sent, n)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		_, err = a.Update(t.Context(), sent, n)
		require.ErrorIs(t, err, sender.ErrCannotUpdate)
		require.Len(t, f.bodies(pathUpdate), 1, "WeCom is not even asked")
	})
}

func TestAnUntrustedAddressIsNamed(t *testing.T) {
	for said, want := range map[string]string{
		"not allow to access from your ip, hint: [17], from ip: 203.0.113.9, more info at https://open.work.weixin.qq.com": "203.0.113.9",
		"not allow, from ip: 203.0.113.9":  "203.0.113.9",
		"not allow, from ip: unknown":      "本机的出口 IP",
		"not allow to access from your ip": "本机的出口 IP",
	} {
		f := &fake{answers: map[string]string{pathSend: `{"errcode":60020,"errmsg":"` + said + `"}`, pathAgent: `{"errcode":60020,"errmsg":"` + said + `"}`}}
		a := open(t, f)
		_, err := a.Send(t.Context(), sender.Notification{Key: "k", Target: user("a"), Content: textContent("x")})
		hint := sender.AsFailure(err).Hint
		assert.Contains(t, hint.ZH, want)
		assert.Contains(t, hint.ZH, "企业可信 IP")
		assert.Contains(t, hint.ZH, "可信域名", "the console hides the form without one")
		checks := a.Probe(t.Context())
		assert.True(t, checks[0].OK)
		assert.Contains(t, checks[1].Hint.ZH, want)
	}
}

func TestProbeExplains(t *testing.T) {
	for name, c := range map[string]struct{ answer, want string }{
		"disabled":          {`{"errcode":0,"errmsg":"ok","name":"x","close":1,"allow_partys":{"partyid":[1]}}`, "Enable the app"},
		"visible to nobody": {`{"errcode":0,"errmsg":"ok","name":"x","close":0}`, "visible range is empty"},
		"another app's":     {`{"errcode":301002,"errmsg":"no permission"}`, "Check agent_id"},
	} {
		t.Run(name, func(t *testing.T) {
			checks := open(t, &fake{answers: map[string]string{pathAgent: c.answer}}).Probe(t.Context())
			last := checks[len(checks)-1]
			require.False(t, last.OK)
			require.Contains(t, last.Hint.EN, c.want)
		})
	}
}

func TestAGroupOfBytesIsNeverCut(t *testing.T) {
	for limit := 3; limit < 39; limit++ {
		got := cutBytes("告警😀é"+strings.Repeat("汉", 9), limit)
		require.LessOrEqual(t, len(got), limit)
		require.NotContains(t, got, "\uFFFD")
		require.True(t, strings.HasSuffix(got, "…"))
	}
	require.Equal(t, "abc", cutBytes("abc", 3))
}

func TestTaskIDs(t *testing.T) {
	require.Equal(t, "019aa-x_y@z___", taskID("019aa-x_y@z/汉" + "!")[:14])
	require.Len(t, taskID(strings.Repeat("x", 300)), 128)
}

func FuzzJudge(f *testing.F) {
	for _, s := range []string{`{"errcode":0}`, `{"errcode":"0"}`, `{"errcode":60020,"errmsg":"from ip: 1.2.3.4"}`, `{`, `null`, `{"errcode":1e3}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		fake := &fake{answers: map[string]string{pathSend: body}}
		_, err := open(t, fake).Send(t.Context(), sender.Notification{Key: "k", Target: user("a"), Content: textContent("x")})
		var head struct {
			Code *int `json:"errcode"`
		}
		if json.Unmarshal([]byte(body), &head) != nil || head.Code == nil || *head.Code != 0 {
			require.Error(t, err, "%q is no success", body)
		}
	})
}

func FuzzPreview(f *testing.F) {
	f.Add([]byte(`{"msgtype":"text","text":{"content":"<a href=\"x\">y</a>"}}`))
	f.Add([]byte(`{"msgtype":"textcard","textcard":{"title":"t","description":"<div class=\"gray\">x</div>","url":"u"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := preview(raw); err == nil {
			require.NotEmpty(t, p.Blocks)
		}
	})
}
