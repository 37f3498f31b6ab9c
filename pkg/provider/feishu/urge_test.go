package feishu

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const urgeApp = pathMessages + "/om_1/urgent_app"

func users(ids ...string) []sender.Target {
	var out []sender.Target
	for _, id := range ids {
		out = append(out, sender.Target{Kind: sender.TargetUser, Value: id})
	}
	return out
}

// urgedIDs are the ids of one request.
func urgedIDs(r request) []string {
	var out []string
	list, _ := r.body["user_id_list"].([]any)
	for _, id := range list {
		out = append(out, fmt.Sprint(id))
	}
	return out
}

// among refuses a list with any of ids in it, as the provider was seen to do.
func (f *fake) among(endpoint, code, msg string, ids ...string) {
	f.answer("PATCH "+endpoint, func(w http.ResponseWriter, r *http.Request) {
		all := f.to(endpoint)
		for _, id := range urgedIDs(all[len(all)-1]) {
			if slices.Contains(ids, id) {
				refuse(code, msg)(w, r)
				return
			}
		}
		say(w, `{"code":0,"msg":"success","data":{"invalid_user_id_list":[]}}`)
	})
}

func TestUrgeAsksByModeAndKindOfID(t *testing.T) {
	for mode, endpoint := range map[sender.UrgeMode]string{
		sender.UrgeApp: "/urgent_app", sender.UrgeSMS: "/urgent_sms", sender.UrgePhone: "/urgent_phone",
	} {
		t.Run(string(mode), func(t *testing.T) {
			f := newFake()
			a := open(t, f)
			r := sent(t, a, formCard)
			targets := append(users("ou_1", "on_1", "ab1", "ou_1"), lilei(), sender.ParseTarget("phone:13800000000"))
			got, err := a.Urge(t.Context(), r, sender.Urge{Key: "k", Mode: mode, Targets: targets})
			require.NoError(t, err)
			require.Empty(t, got.Refused)
			require.Equal(t, r.Data, got.Data)
			asked := map[string][]string{}
			for _, one := range f.to(pathMessages + "/om_1" + endpoint) {
				require.Equal(t, http.MethodPatch, one.method)
				asked[one.query["user_id_type"]] = urgedIDs(one)
			}
			require.Equal(t, map[string][]string{"open_id": {"ou_1", "ou_li", "ou_han"}, "union_id": {"on_1"}, "user_id": {"ab1"}}, asked)
		})
	}
}

func TestUrgeSplitsAt200(t *testing.T) {
	f := newFake()
	a := open(t, f)
	r := sent(t, a, formCard)
	var ids []string
	for i := range 450 {
		ids = append(ids, fmt.Sprintf("ou_%d", i))
	}
	_, err := a.Urge(t.Context(), r, sender.Urge{Mode: sender.UrgeApp, Targets: users(ids...)})
	require.NoError(t, err)
	var sizes []int
	for _, one := range f.to(urgeApp) {
		sizes = append(sizes, len(urgedIDs(one)))
	}
	require.Equal(t, []int{200, 200, 50}, sizes)
}

func TestUrgeNamesWhoWasRefused(t *testing.T) {
	f := newFake()
	f.answer("PATCH "+urgeApp, func(w http.ResponseWriter, _ *http.Request) {
		say(w, `{"code":0,"data":{"invalid_user_id_list":["ou_2"]}}`)
	})
	a := open(t, f)
	r := sent(t, a, formCard)
	unknown := personTarget(sender.Person{Name: "x", Email: "x@example.com"})
	got, err := a.Urge(t.Context(), r, sender.Urge{Mode: sender.UrgeApp, Targets: append(users("ou_1", "ou_2"), unknown, chat())})
	require.NoError(t, err)
	require.Len(t, got.Refused, 3)
	for _, refusal := range got.Refused {
		assert.Equal(t, sender.ReasonRecipient, refusal.Reason)
		assert.NotEmpty(t, refusal.Text)
	}
	require.Equal(t, "user:ou_2", got.Refused[2].Target.String())
	require.Contains(t, got.Refused[2].Hint.EN, "not in the message's chat")
}

func TestUrgeGoesRoundThoseForWhomTheListIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ code, msg string }{
		"invalid id":  {codeParameter, "Your request contains an invalid request parameter, ext=invalid user_id"},
		"unread":      {codeUnread, "The number of user's unread urgent messages exceeds the limit"},
		"unavailable": {codeUnavailable, "Bot has NO availability to this user"},
		"stopped bot": {codeStopped, "The user has stopped the bot"},
		"foreign id":  {codeOpenIDOfApp, "open_id cross app"},
		"has left":    {codeResigned, "User has resigned"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.among(urgeApp, c.code, c.msg, "ou_3", "ou_6")
			a := open(t, f)
			r := sent(t, a, formCard)
			got, err := a.Urge(t.Context(), r, sender.Urge{Mode: sender.UrgeApp, Targets: users("ou_1", "ou_2", "ou_3", "ou_4", "ou_5", "ou_6", "ou_7", "ou_8")})
			require.NoError(t, err)
			require.Len(t, got.Refused, 2)
			require.Equal(t, []string{"user:ou_3", "user:ou_6"}, []string{got.Refused[0].Target.String(), got.Refused[1].Target.String()})
			require.Equal(t, c.code, got.Refused[0].Code)
			calls := map[string]int{}
			for _, one := range f.to(urgeApp) {
				if ids := urgedIDs(one); !slices.Contains(ids, "ou_3") && !slices.Contains(ids, "ou_6") {
					for _, id := range ids {
						calls[id]++
					}
				}
			}
			require.Equal(t, map[string]int{"ou_1": 1, "ou_2": 1, "ou_4": 1, "ou_5": 1, "ou_7": 1, "ou_8": 1}, calls, "each is urged once")
		})
	}
}

func TestUrgeFailsWhenNobodyWasReached(t *testing.T) {
	for name, c := range map[string]struct {
		code, msg string
		calls     int
		class     sender.Class
		reason    sender.Reason
	}{
		"all invalid":     {codeParameter, "ext=invalid user_id", 3, sender.Never, sender.ReasonRecipient},
		"bad message id":  {codeParameter, "ext=invalid message_id", 1, sender.Never, sender.ReasonMessage},
		"quota":           {"230024", "Reach the upper limit of urgent message", 1, sender.Never, sender.ReasonRateLimited},
		"not the sender":  {"230012", "Bot is NOT the sender of the message", 1, sender.Never, sender.ReasonPermission},
		"not allowed":     {"230052", "no permission to urge", 1, sender.Never, sender.ReasonPermission},
		"folded":          {"230098", "message is folded", 1, sender.Never, sender.ReasonMessage},
		"gateway's limit": {codeGatewayLimit, "request trigger frequency limit", 1, sender.Later, sender.ReasonRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.answer("PATCH "+urgeApp, refuse(c.code, c.msg))
			a := open(t, f)
			r := sent(t, a, formCard)
			got, err := a.Urge(t.Context(), r, sender.Urge{Mode: sender.UrgeApp, Targets: users("ou_1", "ou_2")})
			failure := failureOf(t, err)
			require.Equal(t, c.code, failure.Code)
			require.Equal(t, c.class, failure.Class)
			require.Equal(t, c.reason, failure.Reason)
			require.Len(t, got.Refused, 2)
			require.Len(t, f.to(urgeApp), c.calls)
		})
	}
}

func TestUrgeIsNotRepeatedForThoseReachedWhenALaterPartFails(t *testing.T) {
	f := newFake()
	n := 0
	f.answer("PATCH "+pathMessages+"/om_1/urgent_sms", func(w http.ResponseWriter, _ *http.Request) {
		if n++; n > 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		say(w, `{"code":0,"data":{}}`)
	})
	a := open(t, f)
	r := sent(t, a, formCard)
	got, err := a.Urge(t.Context(), r, sender.Urge{Mode: sender.UrgeSMS, Targets: users("ou_1", "on_2")})
	require.NoError(t, err, "a failure would be tried again, and ou_1 get a second SMS")
	require.Len(t, got.Refused, 1)
	require.Equal(t, "user:on_2", got.Refused[0].Target.String())
	require.Equal(t, sender.ReasonUnavailable, got.Refused[0].Reason)
}

func TestUrgeWithoutPeople(t *testing.T) {
	a := open(t, newFake())
	r := sent(t, a, formCard)
	_, err := a.Urge(t.Context(), r, sender.Urge{Mode: sender.UrgeApp, Targets: []sender.Target{chat()}})
	require.Equal(t, sender.ReasonRecipient, failureOf(t, err).Reason)
	_, err = a.Urge(t.Context(), r, sender.Urge{Mode: "fax", Targets: users("ou_1")})
	require.Equal(t, sender.ReasonConfig, failureOf(t, err).Reason)
}

func TestUrgeWaitsForALookupThatMaySucceedLater(t *testing.T) {
	f := newFake()
	a := open(t, f)
	r := sent(t, a, formCard)
	f.answer("POST "+pathLookup, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	_, err := a.Urge(t.Context(), r, sender.Urge{Mode: sender.UrgeSMS, Targets: []sender.Target{lilei()}})
	failure := failureOf(t, err)
	require.Equal(t, sender.Again, failure.Class)
	require.False(t, failure.MaybeSent, "nobody was urged, so an SMS may be tried again")
}
