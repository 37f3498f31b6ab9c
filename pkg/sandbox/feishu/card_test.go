package feishu_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

func one(elements string) string { return `{"elements":[` + elements + `]}` }

func two(elements string) string { return `{"schema":"2.0","body":{"elements":[` + elements + `]}}` }

func TestCards(t *testing.T) {
	t.Parallel()
	const button = `{"tag":"button","text":{"tag":"plain_text","content":"ok"},"type":"primary"}`
	many := strings.TrimSuffix(strings.Repeat(`{"tag":"hr"},`, 201), ",")
	tables := strings.TrimSuffix(strings.Repeat(`{"tag":"table"},`, 6), ",")
	for name, c := range map[string]struct {
		card string
		// refusal is what the error must hold; empty for a good card.
		refusal string
	}{
		"empty":                   {`{}`, ""},
		"every part of one":       {one(`{"tag":"div","text":{"tag":"lark_md","content":"x"},"fields":[{"is_short":true,"text":{"tag":"plain_text","content":"x"}}]},{"tag":"hr"},{"tag":"note","elements":[{"tag":"plain_text","content":"x"}]},{"tag":"action","actions":[` + button + `]},{"tag":"column_set","columns":[{"tag":"column","elements":[{"tag":"markdown","content":"x"}]}]}`), ""},
		"every part of two":       {two(button + `,{"tag":"collapsible_panel","elements":[{"tag":"markdown","content":"x"}]}`), ""},
		"200 components":          {two(strings.TrimSuffix(strings.Repeat(`{"tag":"hr"},`, 200), ",")), ""},
		"201 components":          {two(many), "ErrCode: 11310; ErrMsg: element exceeds the limit"},
		"six tables":              {two(tables), "card table number over limit"},
		"note in two":             {two(`{"tag":"note","elements":[]}`), "ErrCode: 200861; ErrPath: ROOT -> body -> elements -> [0](tag: note)"},
		"action in two":           {two(`{"tag":"action","actions":[` + button + `]}`), "unsupported tag action"},
		"elements at root of two": {`{"schema":"2.0","elements":[]}`, "ErrCode: 200621; ErrMsg: parse card json err, unknown property: elements, path: []"},
		"wide_screen_mode in two": {`{"schema":"2.0","config":{"wide_screen_mode":true},"body":{"elements":[]}}`, "unknown property: wide_screen_mode"},
		"two is always shared":    {`{"schema":"2.0","config":{"update_multi":false},"body":{"elements":[]}}`, "ErrCode: 200861"},
		"unknown tag":             {one(`{"tag":"blink"}`), "not support tag: blink"},
		"unknown tag inside":      {one(`{"tag":"column_set","columns":[{"tag":"column","elements":[{"tag":"blink"}]}]}`), "not support tag: blink"},
		"no tag":                  {one(`{}`), "every element needs a tag"},
		"unknown schema":          {`{"schema":"3.0"}`, "unknown schema"},
		"unknown template":        {`{"header":{"template":"pink","title":{"tag":"plain_text","content":"x"}}}`, "unknown template"},
		"header without title":    {`{"header":{}}`, "title needs a tag"},
		"markdown empty":          {one(`{"tag":"markdown"}`), "markdown needs a content"},
		"div empty":               {one(`{"tag":"div"}`), "div needs a text or fields"},
		"button without text":     {one(`{"tag":"action","actions":[{"tag":"button"}]}`), "a text needs a tag"},
		"button without URL":      {two(`{"tag":"button","text":{"tag":"plain_text","content":"x"},"behaviors":[{"type":"open_url"}]}`), "open_url needs a default_url"},
		"template":                {`{"type":"template","data":{"template_id":"x"}}`, "template"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			out := r.send(t, "chat_id", "oc_demo", "interactive", c.card, "")
			if c.refusal == "" {
				require.Zero(t, out.Code, out.Msg)
				return
			}
			require.Equal(t, 230099, out.Code)
			require.Contains(t, out.Msg, "Failed to create card content, ext=ErrCode: ")
			require.Contains(t, out.Msg, c.refusal)
		})
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	type want struct {
		id       string
		notified bool
		why      string
	}
	for name, c := range map[string]struct {
		form, content string
		want          []want
	}{
		"card, bare id":       {"interactive", one(`{"tag":"markdown","content":"<at id=ou_demo_lilei></at>"}`), []want{{"ou_demo_lilei", true, ""}}},
		"card, quoted":        {"interactive", one(`{"tag":"div","text":{"tag":"lark_md","content":"<at id=\"ou_demo_lilei\"></at>"}}`), []want{{"ou_demo_lilei", true, ""}}},
		"card, several":       {"interactive", one(`{"tag":"markdown","content":"<at ids=ou_demo_lilei,ou_demo_hanmeimei></at>"}`), []want{{"ou_demo_lilei", true, ""}, {"ou_demo_hanmeimei", true, ""}}},
		"card, e-mail":        {"interactive", one(`{"tag":"markdown","content":"<at email=lilei@example.com></at>"}`), []want{{"lilei@example.com", true, ""}}},
		"card, all":           {"interactive", two(`{"tag":"markdown","content":"<at id=all></at>"}`), []want{{"all", true, ""}}},
		"card, unclosed":      {"interactive", one(`{"tag":"markdown","content":"<at id=all>"}`), []want{{"all", true, ""}}},
		"card, plain text":    {"interactive", one(`{"tag":"div","text":{"tag":"plain_text","content":"<at id=all></at>"}}`), nil},
		"card, escaped":       {"interactive", one(`{"tag":"markdown","content":"&lt;at id=all&gt;&lt;/at&gt;"}`), nil},
		"card, form of text":  {"interactive", one(`{"tag":"markdown","content":"<at user_id=\"all\"></at>"}`), nil},
		"not in the chat":     {"interactive", one(`{"tag":"markdown","content":"<at id=ou_demo_john></at>"}`), []want{{"ou_demo_john", false, "not in this chat"}}},
		"nobody":              {"interactive", one(`{"tag":"markdown","content":"<at id=ou_none></at>"}`), []want{{"ou_none", false, "nobody has this id"}}},
		"text":                {"text", textOf(`<at user_id="ou_demo_lilei">李雷</at> <at user_id="all">x</at>`), []want{{"ou_demo_lilei", true, ""}, {"all", true, ""}}},
		"text without quotes": {"text", textOf(`<at user_id=ou_demo_lilei>李雷</at>`), nil},
		"post":                {"post", `{"zh_cn":{"title":"t","content":[[{"tag":"text","text":"<at user_id=\"all\"></at>"},{"tag":"at","user_id":"li_lei"}]]}}`, []want{{"li_lei", true, ""}}},
		"post, markdown":      {"post", `{"zh_cn":{"content":[[{"tag":"md","text":"<at user_id=\"ou_demo_lilei\"></at>"}]]}}`, []want{{"ou_demo_lilei", true, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			m, ok := r.Message(r.mustSend(t, "oc_demo", c.form, c.content))
			require.True(t, ok)
			var got []want
			for _, x := range m.Mentions {
				got = append(got, want{x.ID, x.Notified, x.Why})
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestNobodyIsAllInPrivate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	out := r.send(t, "user_id", "li_lei", "text", textOf(`<at user_id="all">x</at><at user_id="ou_demo_hanmeimei">y</at><at user_id="ou_demo_lilei">z</at>`), "")
	m, _ := r.Message(messageID(t, out))
	require.Equal(t, []bool{false, false, true}, []bool{m.Mentions[0].Notified, m.Mentions[1].Notified, m.Mentions[2].Notified})
}

func FuzzContent(f *testing.F) {
	for _, s := range []string{sharedOne, sharedTwo, one(`{"tag":"note","elements":[1]}`), textOf(`<at user_id="all">x</at>`), `{"zh_cn":{"content":[[{"tag":"at"}]]}}`, `{"header":[]}`, `[]`, `null`} {
		f.Add(s, "interactive")
		f.Add(s, "text")
		f.Add(s, "post")
	}
	f.Fuzz(func(t *testing.T, content, form string) {
		r := newRig(t)
		r.SetNoLimits(true)
		out := r.send(t, "chat_id", "oc_demo", form, content, "")
		if out.Code != 0 {
			require.Empty(t, r.Messages(stage.Filter{}), "refused and delivered: "+out.Msg)
			return
		}
		require.Len(t, r.Messages(stage.Filter{}), 1)
	})
}

func FuzzBody(f *testing.F) {
	f.Add(`{"receive_id":"oc_demo","msg_type":"text","content":"{}"}`)
	f.Add(`{"user_id_list":["li_lei"]}`)
	f.Add(`{"emails":["lilei@example.com"]}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := newRig(t)
		id := r.mustSend(t, "oc_demo", "interactive", sharedTwo)
		for path, method := range map[string]string{
			messages + "?receive_id_type=chat_id":                    "POST",
			messages + "/" + id:                                      "PATCH",
			messages + "/" + id + "/reply":                           "POST",
			messages + "/" + id + "/urgent_app?user_id_type=user_id": "PATCH",
			"/open-apis/contact/v3/users/batch_get_id":               "POST",
			"/open-apis/auth/v3/tenant_access_token/internal":        "POST",
		} {
			require.NotEqual(t, 500, r.call(t, method, path, body).status)
		}
	})
}
